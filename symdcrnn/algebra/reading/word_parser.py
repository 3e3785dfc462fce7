"""Words as they are typed: operators first, the field last; see `parse_word`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from math import comb, prod

import sympy

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.reading.formulas import FUNCTIONS, MAXWELLIAN, POLYNOMIALS, checked, evaluate, maxwellian
from symdcrnn.algebra.reading.syntax import Name, Node, Power, Terms, parse, quoted
from symdcrnn.algebra.reading.trees import applied, expression_of, function
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.errors import InputError

MOST_TERMS = 2000
"""Of a sum that is multiplied out."""


def parse_word(
    text: str, fields: Mapping[str, Field], operators: Mapping[str, Operator],
    meanings: Mapping[str, Word] | None = None,
) -> Word:
    """The word that a text means; it reads whatever `str(word)` prints.

    An operator acts on the next factor, as in ``v_dx v_dx g``, ``<v_dx g>``, ``d_x(u^2)`` and ``u d_x u``, which is u
    times d_x u; ``*`` and what stands side by side are products.  Sums stand inside parentheses alone, and a
    word has no numeric factor: its coefficient is learned.

    Parameters
    ----------
    text : str
        For example ``<v_dx g>``.
    fields, operators : mapping
        What its names may mean.  ``<...>`` is the operator named mean.
    meanings : mapping of str to Word, optional
        Further names, each of a word.

    Raises
    ------
    InputError
        If it cannot be read, or it is zero because a stencil acts on what does not depend on its axis.
    """
    reader = _Reader(fields, operators, meanings or {})
    try:
        tree = parse(text)
        if isinstance(tree, Terms) and len(tree.parts) > 1:
            raise InputError("it is a sum: each of its terms is a word of its own, whose coefficient is learned")
        return reader.word(evaluate(tree, reader))
    except InputError as error:
        raise InputError(f"cannot read the word {quoted(text)}: {error}") from None


def parse_terms(
    text: str, fields: Mapping[str, Field], operators: Mapping[str, Operator],
    meanings: Mapping[str, Word] | None = None,
) -> list[tuple[sympy.Expr, Word]]:
    """The words of a sum such as ``-v_dx f + 1/2 (<f> - f)``, multiplied out, each with its number in front.

    Parameters
    ----------
    text : str
    fields, operators, meanings : mapping
        As in `parse_word`.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    reader = _Reader(fields, operators, meanings or {})
    try:
        found = []
        whole = checked(evaluate(parse(text), reader))
        _count(whole)
        for term in sympy.Add.make_args(sympy.expand(whole)):
            number, rest = term.as_independent(*term.free_symbols, as_Add=False)
            if number != 0:
                found.append((number, reader.word(rest)))
        return found
    except InputError as error:
        raise InputError(f"cannot read the sum {quoted(text)}: {error}") from None


def _count(expression: sympy.Expr) -> int:
    """How many terms an expression has when it is multiplied out; what would take long is refused."""
    parts = [_count(part) for part in expression.args]
    if expression.is_Add:
        found = sum(parts)
    elif expression.is_Mul:
        found = prod(parts)
    elif expression.is_Pow and parts[0] > 1 and expression.exp.is_Rational:
        times = min(int(abs(expression.exp)), MOST_TERMS)
        found = comb(parts[0] + times - 1, times)
    else:
        found = 1
    if found > MOST_TERMS:
        raise InputError(f"multiplied out it has more than {MOST_TERMS} terms: give smaller powers of sums")
    return found


class _Reader:
    """What names mean: fields, words and known functions become symbols, and symbols words again."""

    def __init__(
        self, fields: Mapping[str, Field], operators: Mapping[str, Operator], meanings: Mapping[str, Word]
    ) -> None:
        self._fields = fields
        self._meanings = meanings
        self._operators = operators
        self._words: dict[sympy.Symbol, Word] = {}

    def word(self, expression: sympy.Expr) -> Word:
        """The word of an expression in symbols of words."""
        return function(expression, self._words)

    def name(self, name: str) -> sympy.Expr | None:
        if name in self._fields:
            return self._symbol(Word((), self._fields[name]))
        if name in self._meanings:
            return expression_of(self._meanings[name], self._words)
        if name in FUNCTIONS or name in POLYNOMIALS or name in (MAXWELLIAN, "pi"):
            return None
        close = get_close_matches(name, [*self._operators, *self._fields, *FUNCTIONS, *POLYNOMIALS, MAXWELLIAN])
        raise InputError(f"{name!r} is neither an operator ({', '.join(self._operators)}) "
                         f"nor a field ({', '.join(self._fields)})"
                         + (f": the nearest {'are' if len(close) > 1 else 'is'} {', '.join(close)}" if close else ""))

    def brackets(self, inner: Node) -> sympy.Expr:
        if "mean" not in self._operators:
            raise InputError("'<' is neither an operator nor a field: there is no axis to average over")
        return self._applied(self._operators["mean"], evaluate(inner, self))

    def prefix(self, part: Node, operand: Callable[[], sympy.Expr] | None) -> sympy.Expr | None:
        name, exponent = (part.base, part.exponent) if isinstance(part, Power) else (part, None)
        if not isinstance(name, Name) or name.name not in self._operators or name.name in self._fields:
            return None
        letter = self._operators[name.name]
        if exponent is None:
            if operand is not None:
                return self._applied(letter, operand())
            if letter.multiplies:
                return self._symbol(Word((letter,), UNIT))
            raise InputError(f"{letter.name} acts on nothing: write operators first, the field last, like '<v_dx g>'")
        if not letter.multiplies:
            raise InputError(f"{letter.name} stands to a power: write the operator as often as it acts, or parentheses "
                             f"as in '({letter.name} u)^2'")
        raised: sympy.Expr = self._symbol(Word((letter,), UNIT)) ** evaluate(exponent, self)
        return raised if operand is None else raised * operand()

    def check_alone(self, part: Node, operand: sympy.Expr) -> None:
        if not isinstance(part, Name) or self._operators[part.name].multiplies:
            return
        inner = function(operand, self._words)
        if not inner.fields:
            raise InputError(f"{part.name} would act on {inner} alone: put all that it acts on in parentheses, as in "
                             f"'{part.name}({inner} ...)'")

    def call(self, name: str, arguments: Sequence[sympy.Expr]) -> sympy.Expr | None:
        if name != MAXWELLIAN:
            return None
        if len(arguments) != 4:
            raise InputError(f"{name} has {len(arguments)} arguments: give it n = <f>, m = <v f>, e = <v^2 f> and v")
        whole = checked(maxwellian(*arguments))
        return self._symbol(Word((), applied(whole, self._words)))

    def _applied(self, letter: Operator, operand: sympy.Expr) -> sympy.Expr:
        if letter.is_identity:
            return operand
        if letter.multiplies:
            return self._symbol(Word((letter,), UNIT)) * operand
        inner = function(operand, self._words)
        word = inner.after((letter,))
        if word.vanishes:
            lacking = sorted(letter.stencil_axes - set(inner.axes))
            raise InputError(f"{word} is zero, as {inner} does not depend on {', '.join(lacking)}")
        return expression_of(word, self._words)

    def _symbol(self, word: Word) -> sympy.Symbol:
        symbol = sympy.Symbol(str(word))
        self._words[symbol] = word
        return symbol
