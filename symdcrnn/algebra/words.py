"""Words: compositions of operators (eq. 1.4) on a field, on a product of words, or on a function of words.

A word is a tree in one normal form.  Two words that the relations make equal under the stencils have the same normal
form, so a polynomial never carries one term twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.normal_form import Letters, axes_of, normal_form
from symdcrnn.algebra.operators import Operator, latex_name
from symdcrnn.algebra.reading.written import ATOM, POWER, PREFIX, PRODUCT, SUM, Written, enclosed
from symdcrnn.algebra.rules import Axes
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import sympy

Part = TypeVar("Part")


@dataclass(frozen=True)
class Field:
    """A field the words act on.

    Parameters
    ----------
    name : str
        Its name in the trajectory.
    axes : tuple of str
        What it depends on, ``t`` first if it changes in time: (t, v, x) for g and f, (t, x) for rho.
    """

    name: str
    axes: tuple[str, ...]

    @property
    def v_dependent(self) -> bool:
        """Whether it depends on v."""
        return "v" in self.axes

    @property
    def latex(self) -> str:
        return latex_name(self.name)


UNIT = Field("", ())
"""The field that is one everywhere: a source G(x) is the word that multiplies it by G."""


def kinetic_field(name: str, v_dependent: bool) -> Field:
    """A field of data on t, x and, where it depends on it, v."""
    return Field(name, (TIME, "v", "x") if v_dependent else (TIME, "x"))


@dataclass(frozen=True)
class Product:
    """A product of words.

    Parameters
    ----------
    factors : tuple of Word
        In canonical order, as they commute; none is itself a product.  Powers are repeated factors.
    """

    factors: tuple[Word, ...]

    @property
    def axes(self) -> tuple[str, ...]:
        """What it depends on."""
        return _united(self.factors)


@dataclass(frozen=True)
class Function:
    """A function of words.

    Parameters
    ----------
    expression : sympy.Expr
        In symbols named a0, a1, ... for the arguments.
    arguments : tuple of Word
    """

    expression: sympy.Expr
    arguments: tuple[Word, ...]

    @property
    def axes(self) -> tuple[str, ...]:
        """What it depends on."""
        return _united(self.arguments)

    @property
    def named(self) -> dict[sympy.Symbol, Word]:
        """The arguments by their symbols in the expression."""
        import sympy

        return {sympy.Symbol(f"a{number}"): argument for number, argument in enumerate(self.arguments)}


Base = Field | Product | Function


@dataclass(frozen=True)
class Word:
    """A composition of operators in normal form, and what it acts on.

    Parameters
    ----------
    letters : tuple of Operator
        Outermost first, in normal form: use `Word.of`.
    base : Field, Product or Function
        What they act on.
    """

    letters: Letters
    base: Base

    @classmethod
    def of(cls, letters: Letters, base: Base) -> Word:
        """The word of any composition, brought to normal form."""
        return cls(normal_form(letters, base.axes), base)

    @property
    def axes(self) -> tuple[str, ...]:
        """What its value depends on, ``t`` first if it changes in time."""
        return ordered_axes(axes_of(self.letters, self.base.axes), self.base.axes)

    @property
    def inner(self) -> tuple[Word, ...]:
        """The factors of the product, or the arguments of the function, that it acts on; none on a field."""
        if isinstance(self.base, Product):
            return self.base.factors
        return self.base.arguments if isinstance(self.base, Function) else ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields it is made of, each once."""
        if isinstance(self.base, Field):
            return () if self.base == UNIT else (self.base,)
        return tuple(dict.fromkeys(field for word in self.inner for field in word.fields))

    @property
    def v_dependent(self) -> bool:
        """Whether its value depends on v."""
        return "v" in axes_of(self.letters, self.base.axes)

    @property
    def is_identity(self) -> bool:
        return not self.letters

    @property
    def vanishes(self) -> bool:
        """Whether it is zero because a stencil acts along an axis that its operand does not depend on."""
        axes = frozenset(self.base.axes)
        for letter in reversed(self.letters):
            if letter.vanishes_on(axes):
                return True
            axes = letter.axes_after(axes)
        return False

    def after(self, letters: Letters) -> Word:
        """This word with more operators applied to it."""
        return Word.of((*letters, *self.letters), self.base)

    def __str__(self) -> str:
        """Operators first, the field last: ``v_dx v_dx g``, ``<v_dx g>``, ``v_dx <g>``, ``d_x(u^2)``, ``u d_x u``."""
        part = _word_text(self)
        return f"({part.text})" if part.binding == SUM else part.text

    @property
    def latex(self) -> str:
        return _word_latex(self).text

    @property
    def identifier(self) -> str:
        """A Python identifier made from the word: ``mean_v_dx_g``.

        Words on products and functions may share one.
        """
        text = str(self.base.name or "1") if isinstance(self.base, Field) else _base_text(self.base).text
        named = "_".join([*(letter.name for letter in self.letters), text])
        plain = re.sub(r"\W+|__+", "_", named.replace("^", "").replace("<", "mean_")).strip("_")
        return plain if plain[:1].isalpha() else f"w_{plain}"


def acted_on(word: Word) -> Field:
    """The field that a word acts on.

    Raises
    ------
    InputError
        If it acts on a product or a function of words.
    """
    if not isinstance(word.base, Field):
        raise InputError("a word acts on a product or a function of words here, where only one on a field can stand")
    return word.base


def ordered_axes(axes: Axes, known: tuple[str, ...]) -> tuple[str, ...]:
    """Axes in a definite order: t, those that are new, those that are known in their order."""
    first = [TIME] if TIME in axes else []
    return (*first, *sorted(axes - {TIME, *known}), *(axis for axis in known if axis in axes and axis != TIME))


def _united(words: tuple[Word, ...]) -> tuple[str, ...]:
    known: dict[str, None] = {}
    for field in sorted((field for word in words for field in word.fields), key=lambda one: (-len(one.axes), one.name)):
        known.update(dict.fromkeys(field.axes))
    return ordered_axes(frozenset().union(*(word.axes for word in words)), tuple(known))


def _word_text(word: Word) -> Written:
    """Its text: an operator stands before what it acts on, in parentheses unless that is one factor."""
    part, known = _base_text(word.base), word.base == UNIT
    one = known
    for letter, count in _counted(word.letters):
        if letter.multiplies:
            name, plain = letter.name if count == 1 else f"{letter.name}^{count}", letter.name.isidentifier()
            if one:
                part = Written(name, POWER if count > 1 or not plain else ATOM)
            else:
                prefix = plain and part.binding in (PREFIX, ATOM)
                part = Written(f"{name} {enclosed(part, PRODUCT)}", PREFIX if prefix else PRODUCT)
        elif letter.text == f"{letter.name} {{}}":
            for _ in range(count):
                whole = part.binding in (PREFIX, ATOM) and not known
                part = Written(f"{letter.name} {part.text}" if whole else f"{letter.name}({part.text})", PREFIX)
                known = False
        else:
            for _ in range(count):
                part = Written(letter.text.replace("{}", part.text), ATOM)
            known = False
        one = False
    return part


def _base_text(base: Base) -> Written:
    if isinstance(base, Field):
        return Written(base.name or "1", ATOM)
    if isinstance(base, Function):
        from symdcrnn.algebra.reading.formulas import written

        return written(base.expression, {symbol: _word_text(argument) for symbol, argument in base.named.items()})
    parts = [Written(f"{enclosed(_word_text(factor), ATOM)}^{count}", POWER) if count > 1 else _word_text(factor)
             for factor, count in _counted(base.factors)]
    if len(parts) == 1:
        return parts[0]
    return Written(" ".join(enclosed(part, PREFIX) for part in parts), PRODUCT)


def _word_latex(word: Word) -> Written:
    """The same as it is typeset."""
    unit = word.base == UNIT
    part = Written("", ATOM) if unit and word.letters else _base_latex(word.base)
    for letter, count in _counted(word.letters):
        template = letter.latex
        if letter.multiplies and count > 1:
            template, count = f"{template.replace('{}', '').strip()}^{{{count}}} {{}}", 1
        for _ in range(count):
            prefix = template.rstrip().endswith("{}")
            least = PRODUCT if letter.multiplies else PREFIX
            inside = part.text if not prefix else _enclosed_latex(part, least)
            text = template.replace("{}", inside).rstrip()
            bound = ATOM if not prefix or (letter.multiplies and not part.text) else (
                part.binding if letter.multiplies and part.binding == PRODUCT else PREFIX)
            part = Written(text, bound)
    return part


def _enclosed_latex(part: Written, least: int) -> str:
    loose = part.binding < least or (part.binding == POWER and least == PREFIX)
    return rf"\left({part.text}\right)" if loose else part.text


def _base_latex(base: Base) -> Written:
    if isinstance(base, Field):
        return Written(base.latex if base.name else "1", ATOM)
    if isinstance(base, Function):
        return _function_latex(base)
    parts = []
    for factor, count in _counted(base.factors):
        part = _word_latex(factor)
        parts.append(Written(f"{_enclosed_latex(part, ATOM)}^{{{count}}}", POWER) if count > 1 else part)
    if len(parts) == 1:
        return parts[0]
    # Of several factors only the last may be operators without parentheses.
    texts = [_enclosed_latex(part, POWER) for part in parts[:-1]] + [_enclosed_latex(parts[-1], PREFIX - 1)]
    return Written(r" \, ".join(texts), PRODUCT)


def _function_latex(base: Function) -> Written:
    import sympy

    from symdcrnn.algebra.reading.formulas import maxwellian_order

    parts = {symbol: _word_latex(argument) for symbol, argument in base.named.items()}
    moments = maxwellian_order(base.expression)
    if moments is not None:
        return Written(rf"\mathcal{{M}}\left({', '.join(parts[one].text for one in moments)}\right)", ATOM)
    names = {symbol: _enclosed_latex(part, ATOM) for symbol, part in parts.items()}
    text = str(sympy.latex(base.expression, symbol_names=names))
    if base.expression.is_Add:
        return Written(text, SUM)
    return Written(text, POWER if base.expression.is_Pow else PREFIX if base.expression.is_Mul else ATOM)


def _counted(parts: tuple[Part, ...]) -> Iterator[tuple[Part, int]]:
    """Runs of the same, those of letters from the innermost on."""
    reverse = bool(parts) and isinstance(parts[0], Operator)
    for part, run in groupby(reversed(parts) if reverse else parts):
        yield part, sum(1 for _ in run)
