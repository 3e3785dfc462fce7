"""Right-hand sides, their Jacobians and the transposes of these as words with the numbers of their coefficients.

The algebra gives derivatives and adjoints under the average over all axes. The plain transpose, sum of z (J u) = sum of
(J^T z) u over all entries, differs from that by quadrature weights, which stand in the words as known functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.calculus.derivative import Chain, derivative
from symdcrnn.algebra.operators import Operator, multiplication
from symdcrnn.algebra.rules import Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.algebra.words import Field, Function, Product, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid

Array = NDArray[np.float64]

ALIKE = 1e-12
"""Relative differences of weights that are rounding."""


@dataclass(frozen=True)
class WeightedWord:
    """factor * coefficients[which] * word; without the coefficient where that is None.

    Parameters
    ----------
    word : Word
    which : int or None
    factor : float
    time_weights : tuple of float
        Of the combination of frames that it acts on.
    """

    word: Word
    which: int | None
    factor: float = 1.0
    time_weights: tuple[float, ...] = (1.0,)


def rate_words(words: Sequence[Word], first: int) -> list[WeightedWord]:
    """A right-hand side whose first coefficient is that of the number."""
    return [WeightedWord(word, first + number) for number, word in enumerate(words)]


def tangent_words(words: Sequence[Word], first: int, changes: Mapping[Field, Field]) -> list[WeightedWord]:
    """The Jacobian of a right-hand side applied to changes of the fields.

    Parameters
    ----------
    words : sequence of Word
        Of the right-hand side.
    first : int
        The number of its first coefficient.
    changes : mapping of Field to Field
        By field what its change is named.
    """
    return [WeightedWord(chain.on(Word((), change)), first + number, float(chain.coefficient))
            for number, word in enumerate(words) for field, change in changes.items()
            for chain in derivative(word, field)]


@dataclass(frozen=True, eq=False)
class Transposition:
    """How words are transposed on a grid.

    Parameters
    ----------
    grid : PhaseGrid
    """

    grid: PhaseGrid

    @cached_property
    def uneven_weights(self) -> frozenset[str]:
        """Axes whose quadrature weights are not all alike."""
        return frozenset(axis.name for axis in self.grid.axes if axis.weights is not None
                         and np.ptp(axis.weights) > ALIKE * np.max(np.abs(axis.weights)))

    @cached_property
    def matrices(self) -> frozenset[str]:
        """Axes along which the transpose of a stencil is not the stencil of the other side."""
        ends = {axis.name for axis in self.grid.axes
                if not axis.periodic and (axis.role != "space" or axis.weights is not None)}
        return self.uneven_weights | ends | {axis.name for axis in self.grid.axes if axis.spacing is None}

    @cached_property
    def measured(self) -> PhaseGrid:
        """The grid with weights along all axes, and with those that stand in words as known functions."""
        axes = tuple(axis if axis.weights is not None else replace(axis, weights=np.full(axis.size, 1.0 / axis.size))
                     for axis in self.grid.axes)
        functions = dict(self.grid.functions)
        for axis in axes:
            if axis.name in self.uneven_weights:
                functions[_weights(axis.name)] = ((axis.name,), _given(axis))
                with np.errstate(divide="ignore"):
                    functions[_inverse(axis.name)] = ((axis.name,), 1.0 / _given(axis))
        return replace(self.grid, axes=axes, functions=functions)

    def words(self, words: Sequence[Word], first: int, field: Field, cotangent: Field) -> list[WeightedWord]:
        """The gradient by a field of the sum of a cotangent times a right-hand side.

        Parameters
        ----------
        words : sequence of Word
            Of the right-hand side.
        first : int
            The number of its first coefficient.
        field : Field
        cotangent : Field
            Of the axes of the target.

        Raises
        ------
        InputError
            If a weight that is divided by is zero.
        """
        return [WeightedWord(self._word(chain, field, cotangent), first + number,
                             float(chain.coefficient) * self._ratio(field, cotangent))
                for number, word in enumerate(words) for chain in derivative(word, field)]

    def _word(self, chain: Chain, field: Field, cotangent: Field) -> Word:
        asked = self.uneven_weights & _needed(chain, field, cotangent)
        inverse, weights = sorted(asked & set(cotangent.axes)), sorted(asked & set(field.axes))
        for name in inverse:
            if np.any(np.abs(_given(self.grid.axis(name))) <= 0.0):
                raise InputError(f"the quadrature along {name!r} has a weight of zero, which an adjoint divides by: "
                                 "leave that point out of the data")
        divided = tuple(multiplication(_inverse(name), (name,)) for name in inverse)
        # What divides belongs to the chain, so that its adjoint stands next to the cotangent.
        whole = replace(chain, steps=(*divided, *chain.steps))
        word = self._weighted(whole.adjoint(field, cotangent, self.matrices))
        return word.after(tuple(multiplication(_weights(name), (name,)) for name in weights))

    def _ratio(self, field: Field, cotangent: Field) -> float:
        """The part of the weights that is a number."""
        def size(one: Field) -> float:
            return float(np.prod([self.grid.axis(name).size for name in one.axes
                                  if name != "t" and name not in self.uneven_weights]))

        return size(cotangent) / size(field)

    def _weighted(self, word: Word) -> Word:
        """The word with transposed stencils between weights, where these are not all alike."""
        base = word.base
        if isinstance(base, Product):
            base = replace(base, factors=tuple(map(self._weighted, base.factors)))
        elif isinstance(base, Function):
            base = replace(base, arguments=tuple(map(self._weighted, base.arguments)))
        return Word(tuple(map(self._letter, word.letters)), base)

    def _letter(self, letter: Operator) -> Operator:
        rules = tuple(self._between(letter.rules))
        return letter if rules == letter.rules else Operator(f"{letter.name}_weighted", rules)

    def _between(self, rules: Sequence[Rule]) -> Iterator[Rule]:
        for rule in rules:
            if isinstance(rule, Sum):
                yield Sum(tuple(tuple(self._between(term)) for term in rule.terms))
            elif isinstance(rule, Stencil) and rule.transposed and rule.axis in self.uneven_weights:
                yield Profile(_inverse(rule.axis), (rule.axis,))
                yield rule
                yield Profile(_weights(rule.axis), (rule.axis,))
            else:
                yield rule


def _needed(chain: Chain, field: Field, cotangent: Field) -> frozenset[str]:
    """The axes whose weights do not cancel."""
    found = set(field.axes) ^ set(cotangent.axes)
    for step in chain.steps:
        for rule in step.rules if isinstance(step, Operator) else ():
            for part in rule.rules if isinstance(rule, Sum) else (rule,):
                if isinstance(part, Stencil | Quadrature):
                    found.add(part.axis)
    return frozenset(found)


def _given(axis: GridAxis) -> Array:
    assert axis.weights is not None
    return axis.weights


def _weights(axis: str) -> str:
    return f"weights of {axis}"


def _inverse(axis: str) -> str:
    return f"one over the weights of {axis}"
