"""Right-hand sides that are linear in the coefficients of others: values and error bars are carried along."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Word
from symdcrnn.equation import LearnedFunction, LearnedTerm
from symdcrnn.errors import InputError
from symdcrnn.forms.equality import Sameness
from symdcrnn.limits.coefficients import STANDARD_ERRORS
from symdcrnn.limits.equations.scaling import AGREE, FARTHEST

Array = NDArray[np.float64]

ROUNDING = 1e-12
"""What is left of terms that cancel, relative to them, is rounding."""

Source = LearnedTerm | LearnedFunction


@dataclass(frozen=True)
class Part:
    """A number times a coefficient, before a word.

    Parameters
    ----------
    word : Word
    factor : float
    power : int
        Of 1/epsilon, beside the number.
    name : Hashable
        Of the coefficient: parts of one name are summed before errors are.
    source : LearnedTerm or LearnedFunction
        Whose coefficient it is.
    """

    word: Word
    factor: float
    power: int
    name: Hashable
    source: Source


def summed(
    parts: Sequence[Part], same: Sameness
) -> tuple[tuple[LearnedTerm, ...], tuple[LearnedFunction, ...]]:
    """The terms and functions of a right-hand side.

    Parameters
    ----------
    parts : sequence of Part
    same : Sameness
        Which words are multiples of each other.

    Raises
    ------
    InputError
        If a function would stand with a power of epsilon.

    Notes
    -----
    Coefficients err independently.  What is left where several cancel within their errors is left out.
    """
    groups: dict[tuple[Hashable, int], list[tuple[Part, float]]] = {}
    for part in parts:
        key, times = same.multiple(part.word)
        groups.setdefault((key, part.power), []).append((part, times))
    terms: list[LearnedTerm] = []
    functions: list[LearnedFunction] = []
    for (_, power), group in groups.items():
        word = min((same.shorter(part.word) for part, _ in group), key=lambda one: len(str(one)))
        unit = same.multiple(word)[1]
        factors: dict[Hashable, float] = {}
        sources: dict[Hashable, Source] = {}
        for part, times in group:
            factors[part.name] = factors.get(part.name, 0.0) + part.factor * times / unit
            sources[part.name] = part.source
        pairs = [(factors[name], source) for name, source in sources.items()]
        constants = [(factor, one) for factor, one in pairs if isinstance(one, LearnedTerm)]
        varying = [(factor, one) for factor, one in pairs if isinstance(one, LearnedFunction)]
        if varying and power:
            raise InputError(f"the coefficient of {word} would be a function times a power of epsilon: give epsilon "
                             "its value")
        if varying:
            functions += _functions(str(word), varying, constants)
        else:
            terms += _term(str(word), power, constants)
    return tuple(terms), tuple(functions)


def _term(word: str, power: int, constants: Sequence[tuple[float, LearnedTerm]]) -> list[LearnedTerm]:
    value, error, size = _number(constants)
    if _cancels(np.array([value]), None if error is None else np.array([error]), size, len(constants)):
        return []
    return [LearnedTerm(word, value, all(one.known for _, one in constants), error, power=power)]


def _number(constants: Sequence[tuple[float, LearnedTerm]]) -> tuple[float, float | None, float]:
    """The sum, its error, and the sum of sizes."""
    value = math.fsum(factor * one.coefficient for factor, one in constants)
    size = math.fsum(abs(factor * one.coefficient) for factor, one in constants)
    errors = [0.0 if one.known else one.error for _, one in constants]
    squares = [(factor * error) ** 2 for (factor, _), error in zip(constants, errors, strict=True) if error is not None]
    return value, math.sqrt(math.fsum(squares)) if len(squares) == len(errors) else None, size


def _functions(
    word: str, varying: Sequence[tuple[float, LearnedFunction]], constants: Sequence[tuple[float, LearnedTerm]]
) -> list[LearnedFunction]:
    """Functions by the points that they are known at; constants go to the first of them."""
    grids: dict[tuple[tuple[str, tuple[float, ...]], ...], list[tuple[float, LearnedFunction]]] = {}
    for factor, one in varying:
        grids.setdefault(tuple(one.points.items()), []).append((factor, one))
    value, error, size = _number(constants)
    found, count = [], len(constants)
    for group in grids.values():
        columns = [factor * np.array(one.values) for factor, one in group]
        values = value + np.sum(columns, axis=0)
        errors = None
        if all(one.errors for _, one in group) and error is not None:
            errors = np.sqrt(error**2 + sum((factor * np.array(one.errors)) ** 2 for factor, one in group))
        scale = size + float(np.max(np.sum(np.abs(columns), axis=0)))
        if not _cancels(values, errors, scale, len(group) + count):
            first = group[0][1]
            found.append(LearnedFunction(word, first.x, tuple(values.tolist()), first.axis, first.grid,
                                         () if errors is None else tuple(errors.tolist())))
        value, error, size, count = 0.0, 0.0, 0.0, 0
    return found


def _cancels(values: Array, errors: Array | None, size: float, count: int) -> bool:
    """Whether several numbers leave nothing that they tell from zero."""
    if count < 2:
        return size <= 0.0
    near = np.full_like(values, AGREE * size) if errors is None else STANDARD_ERRORS * errors
    return bool(np.all(np.abs(values) <= np.maximum(np.minimum(near, FARTHEST * size), ROUNDING * size)))
