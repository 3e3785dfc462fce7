"""Derivatives of words by the fields they are made of (Frechet), and the adjoints of these.

The derivative of a tree is a sum of chains: letters and products with other words, one after the other, on a change of
the field.  A pass that needs a tangent applies a chain, one that needs a gradient its adjoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import sympy

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.calculus.adjoint import adjoint_letter, mean_over
from symdcrnn.algebra.operators import Operator, multiplication
from symdcrnn.algebra.reading.formulas import parse_formula
from symdcrnn.algebra.reading.trees import expression_of, function, product
from symdcrnn.algebra.relations.continuum import coefficient
from symdcrnn.algebra.relations.expansion import partial
from symdcrnn.algebra.rules import Axes, Pointwise, Rule, Sum
from symdcrnn.algebra.words import UNIT, Field, Function, Product, Word

Step = Operator | Word


@dataclass(frozen=True)
class Chain:
    """coefficient * step after step of a change of a field.

    Parameters
    ----------
    coefficient : Fraction
        A sympy number where it is not rational.
    steps : tuple of Operator or Word
        The outermost first; a letter is applied, a word is multiplied by.
    """

    coefficient: Fraction
    steps: tuple[Step, ...]

    def on(self, change: Word) -> Word:
        """The chain without its coefficient on a change of the field."""
        for step in reversed(self.steps):
            change = change.after((step,)) if isinstance(step, Operator) else product([step, change])
        return change

    def adjoint(self, field: Field, output: Field, transposed: Axes = frozenset()) -> Word:
        """The adjoint without the coefficient, on a field of the shape of the result.

        Parameters
        ----------
        field : Field
            What the chain acts on changes of.
        output : Field
            What the adjoint acts on.
        transposed : frozenset of str
            See `adjoint_letter`.

        Raises
        ------
        InputError
            If a stencil of it has no adjoint.
        """
        reached = frozenset(field.axes)
        before = []
        for step in reversed(self.steps):
            before.append(reached)
            reached = step.axes_after(reached) if isinstance(step, Operator) else reached | set(step.axes)
        word = Word((), output)
        touched = set(output.axes)
        for step, axes in zip(self.steps, reversed(before), strict=True):
            touched |= step.touched if isinstance(step, Operator) else set(step.axes)
            word = (word.after((adjoint_letter(step, axes, transposed),)) if isinstance(step, Operator)
                    else product([step, word]))
        return word.after(tuple(mean_over(axis) for axis in sorted(touched - {TIME, *field.axes})))


def derivative(word: Word, field: Field) -> tuple[Chain, ...]:
    """The derivative of a word by a field.

    Parameters
    ----------
    word : Word
    field : Field

    Returns
    -------
    tuple of Chain
        Their sum is the derivative; none where the word does not depend on the field.
    """
    found: dict[tuple[Step, ...], Fraction] = {}
    for chain in _chains(word, field):
        steps = _joined(chain.steps)
        found[steps] = found.get(steps, Fraction(0)) + chain.coefficient
    return tuple(Chain(number, steps) for steps, number in found.items() if number)


def _joined(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The same with products that follow each other as one."""
    found: list[Step] = []
    for step in steps:
        if found and isinstance(step, Word) and isinstance(found[-1], Word):
            found[-1] = product([found[-1], step])
        else:
            found.append(step)
    return tuple(found)


def _chains(word: Word, field: Field) -> Iterator[Chain]:
    if field not in word.fields:
        return
    if word.letters:
        inner = Word(word.letters[1:], word.base)
        outer = list(_of_letter(word.letters[0], inner))
        for chain in _chains(inner, field):
            for number, steps in outer:
                yield Chain(number * chain.coefficient, (*steps, *chain.steps))
    elif isinstance(word.base, Product):
        for k, factor in enumerate(word.base.factors):
            others = product([*word.base.factors[:k], *word.base.factors[k + 1:]])
            for chain in _chains(factor, field):
                yield replace(chain, steps=(others, *chain.steps))
    elif isinstance(word.base, Function):
        for symbol, argument in word.base.named.items():
            chains = list(_chains(argument, field))
            if chains:
                number, slope = _slope(word.base.expression, symbol, word.base.named)
                for chain in chains:
                    yield Chain(number * chain.coefficient, (*slope, *chain.steps))
    else:
        yield Chain(Fraction(1), ())


def _slope(
    expression: sympy.Expr, symbol: sympy.Symbol, arguments: dict[sympy.Symbol, Word]
) -> tuple[Fraction, tuple[Step, ...]]:
    """The derivative of a function by an argument, as a number and a product with a word."""
    real = {one: sympy.Symbol(one.name, real=True) for one in arguments}
    slope = partial(expression.xreplace(real), real[symbol]).xreplace({own: one for one, own in real.items()})
    words: dict[sympy.Symbol, Word] = {}
    slope = slope.xreplace({one: expression_of(word, words) for one, word in arguments.items()})
    number, rest = slope.as_independent(*slope.free_symbols, as_Add=False)
    factor = function(rest, words)
    return coefficient(number), () if factor == Word((), UNIT) else (factor,)


def _of_letter(
    letter: Operator, inner: Word
) -> Iterator[tuple[Fraction, tuple[Step, ...]]]:
    """What a letter does to a change of a word: itself, unless there is a pointwise function in it."""
    if not any(isinstance(part, Pointwise) for part in _parts(letter.rules)):
        yield Fraction(1), (letter,)
        return
    yield from _of_rules(letter.name, letter.rules, inner)


def _of_rules(
    name: str, rules: tuple[Rule, ...], inner: Word
) -> Iterator[tuple[Fraction, tuple[Step, ...]]]:
    if not rules:
        yield Fraction(1), ()
        return
    first, rest = rules[0], rules[1:]
    below = inner.after((Operator(f"{name}_inner", rest),)) if rest else inner
    for number, steps in _of_rules(name, rest, inner):
        if isinstance(first, Sum):
            for term in first.terms:
                for factor, more in _of_rules(name, term, below):
                    yield factor * number, (*more, *steps)
        elif isinstance(first, Pointwise):
            factor, more = _pointwise_slope(first, below)
            yield factor * number, (*more, *steps)
        else:
            yield number, (Operator(f"{name}_{len(rest)}", first), *steps)


def _pointwise_slope(rule: Pointwise, inner: Word) -> tuple[Fraction, tuple[Step, ...]]:
    known = {name: Word((multiplication(name, axes),), UNIT) for name, axes in rule.known}
    expression = parse_formula(rule.expression, ["u", *known])
    arguments = {symbol: known[symbol.name] for symbol in expression.free_symbols if symbol.name != "u"}
    symbol = sympy.Symbol("u")
    return _slope(expression, symbol, {symbol: inner, **arguments})


def _parts(rules: tuple[Rule, ...]) -> Iterator[Rule]:
    for rule in rules:
        if isinstance(rule, Sum):
            yield from _parts(rule.rules)
        else:
            yield rule
