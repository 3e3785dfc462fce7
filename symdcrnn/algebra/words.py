"""Words: compositions of operators (eq. 1.4) on a field, on a product of words, or on a function of words.

A word is a tree in one normal form.  Two words that the relations make equal under the stencils have the same normal
form, so a polynomial never carries one term twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.normal_form import Letters, axes_of, normal_form
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Axes
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import sympy


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
        return {"rho": r"\rho"}.get(self.name, self.name)


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
        return _united(factor.axes for factor in self.factors)


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
        return _united(argument.axes for argument in self.arguments)


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
        """Operators first, the field last: ``v_dx v_dx g``, ``<v_dx g>``, ``v_dx <g>``."""
        text = acted_on(self).name
        for letter in reversed(self.letters):
            text = letter.text.replace("{}", text)
        return text.rstrip()

    @property
    def latex(self) -> str:
        text = acted_on(self).latex
        for letter in reversed(self.letters):
            text = letter.latex.replace("{}", text)
        return text.rstrip()

    @property
    def identifier(self) -> str:
        """A Python identifier made from the word: ``mean_v_dx_g``."""
        return "_".join([letter.name for letter in self.letters] + [acted_on(self).name])


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


def _united(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for axes in sorted(parts, key=len, reverse=True):
        found.update(dict.fromkeys(axes))
    return ordered_axes(frozenset(found), tuple(found))


def parse_word(text: str, fields: dict[str, Field], operators: dict[str, Operator]) -> Word:
    """The word that `str(word)` printed.

    Parameters
    ----------
    text : str
        For example ``<v_dx g>``.
    fields, operators : dict
        What its names may mean.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    spaced = text.replace("<", " < ").replace(">", " > ").split()
    average = next((operator for operator in operators.values() if operator.averages), None)
    letters: list[Operator] = []
    depth = 0
    field: Field | None = None
    for token in spaced:
        if token == ">" and field is not None and depth > 0:
            depth -= 1
        elif field is not None:
            raise InputError(f"cannot read the word {text!r}: nothing may follow the field {field.name!r}")
        elif token == "<" and average is not None:
            letters.append(average)
            depth += 1
        elif token in operators:
            letters.append(operators[token])
        elif token in fields:
            field = fields[token]
        else:
            raise InputError(
                f"cannot read the word {text!r}: {token!r} is neither an operator ({', '.join(operators)}) "
                f"nor a field ({', '.join(fields)})"
            )
    if field is None or depth:
        raise InputError(f"cannot read the word {text!r}: write operators first, the field last, like '<v_dx g>'")
    return Word.of(tuple(letters), field)
