"""A kernel that may be any matrix of the velocities: sought as moments times functions of v, kept as one word.

Q f = sum_l a_l(v) <P_l f>, with as many polynomials as there are velocities, is Q f = sum_j M_ij f(v_j).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.collisions.reading import FULL, HIGHEST, Kernel, kernels_of
from symdcrnn.collisions.record import LearnedKernel
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.equation import Check, LearnedEquation, LearnedFunction, LearnedTerm
from symdcrnn.errors import SettingError
from symdcrnn.regression.dictionary import operator_text
from symdcrnn.settings import FitSettings

Array = NDArray[np.float64]

TOLD = 0.2
"""Of the matrix: its standard error, or what is put right in it, that the data tells it in spite of."""

NUMERIC_RANK = 1e-6
"""Singular values of what is gained, relative to the largest, that count as none."""


@dataclass(frozen=True, eq=False)
class FullKernel:
    """A kernel that is sought as a matrix.

    Parameters
    ----------
    kernel : Kernel
    axis : str
        Of its velocities.
    velocities, weights : ndarray, shape (n,)
        The weights have the sum one.
    """

    kernel: Kernel
    axis: str
    velocities: Array
    weights: Array

    @property
    def moments(self) -> tuple[str, ...]:
        """The words of its moments, by degree."""
        field = self.kernel.field
        return (f"<{field}>", *(f"<P_{degree} {field}>" for degree in range(1, self.velocities.size)))


def full_kernels(settings: FitSettings, trajectory: Trajectory) -> tuple[FullKernel, ...]:
    """The kernels of a fit that are sought as matrices.

    Parameters
    ----------
    settings : FitSettings
    trajectory : Trajectory

    Raises
    ------
    SettingError
        If the data has no velocities for one, or too many, or functions are asked for as well.
    """
    found = []
    for kernel in kernels_of(settings.kernels):
        if kernel.form != FULL:
            continue
        if kernel.field not in trajectory.field_names:
            raise SettingError("kernels", f"has {kernel.name} of {kernel.field}: the fields of this data are "
                               f"{', '.join(trajectory.field_names)}")
        own = [axis for axis in trajectory.axes if axis.weights is not None]
        if len(own) != 1 or own[0].name not in trajectory.axes_of(kernel.field) or own[0].size > HIGHEST + 1:
            raise SettingError("kernels", f"has {kernel.name}, a matrix, which needs one axis of at most {HIGHEST + 1} "
                               f"velocities with weights that {kernel.field} depends on: take isotropic in its place")
        if settings.functions or settings.conserved or settings.decaying or settings.symmetries:
            raise SettingError("kernels", f"has {kernel.name}, a matrix, beside functions or constraints of the "
                               "equation: ask for one of both, a matrix may be ', conserving'")
        weights = np.array(own[0].weights, dtype=np.float64)
        found.append(FullKernel(kernel, own[0].name, np.array(own[0].coordinate, dtype=np.float64),
                                weights / weights.sum()))
    return tuple(found)


def with_moments(settings: FitSettings, full: Sequence[FullKernel]) -> FitSettings:
    """Settings under which moments times functions of the velocity stand for matrices.

    Parameters
    ----------
    settings : FitSettings
    full : sequence of FullKernel
    """
    words = [f"{one.kernel.field}:{word}" for one in full for word in one.moments]
    functions = [f"{one.kernel.field}:{word}@{one.axis}" for one in full for word in one.moments]
    fields = dict.fromkeys(f"{one.kernel.field}:{one.kernel.field}" for one in full)
    return replace(settings, words=(*settings.words, *words), functions=tuple(functions), basis="grid",
                   excluded=(*settings.excluded, *(one for one in fields if one not in settings.excluded)))


def with_matrices(
    equations: Sequence[LearnedEquation], full: Sequence[FullKernel]
) -> tuple[list[LearnedEquation], list[str]]:
    """Equations with their matrices as words, and the texts of the operators.

    Parameters
    ----------
    equations : sequence of LearnedEquation
        Learned under `with_moments`.
    full : sequence of FullKernel
    """
    found, operators = [], []
    for equation in equations:
        for one in full:
            if one.kernel.field == equation.target:
                equation, text = with_matrix(equation, one)
                operators.append(text)
        found.append(equation)
    return found, operators


def with_matrix(equation: LearnedEquation, full: FullKernel) -> tuple[LearnedEquation, str]:
    """An equation with one word in the place of moments times functions, and the text of its operator.

    Parameters
    ----------
    equation : LearnedEquation
        Learned under `with_moments`.
    full : FullKernel
    """
    kernel, by_word = full.kernel, {one.word: one for one in equation.functions}
    told = [degree for degree, word in enumerate(full.moments) if word in by_word]
    basis = np.polynomial.legendre.legvander(full.velocities, full.velocities.size - 1)
    moments = (basis * full.weights[:, None])[:, told].T
    functions = [by_word[full.moments[degree]] for degree in told]
    found = np.array([one.values for one in functions]).reshape(len(told), full.weights.size)
    raw = found.T @ moments
    matrix = put_right(raw, full)
    lacking = _untold(full, raw, dict(zip(told, functions, strict=True)), moments)
    checks = (*equation.checks, *_checks(full, raw, matrix, functions, moments))
    word = f"{kernel.name} {kernel.field}"
    learned = LearnedKernel(
        kernel.name, kernel.form, kernel.field, kernel.conserving, (word,),
        matrix=tuple(tuple(map(float, row)) for row in matrix), rank=rank_of(matrix, full), lacking=lacking)
    operator = Operator(kernel.name, Quadrature(full.axis, matrix=learned.matrix))
    excluded = {kernel.field: f"{kernel.field} is in {word}"}
    return replace(
        equation, terms=(*equation.terms, LearnedTerm(word, 1.0)), functions=(), kernels=(*equation.kernels, learned),
        checks=checks, certain=all(check.passed for check in checks),
        vanishing={**equation.vanishing, **excluded}), operator_text(operator)


def put_right(matrix: Array, full: FullKernel) -> Array:
    """The nearest matrix that conserves, is symmetric and has the rank that was asked for.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        With the weights in it.
    full : FullKernel
    """
    kernel, root = full.kernel, np.sqrt(full.weights)
    scaled = matrix * root[:, None] / root
    if kernel.symmetric:
        scaled = 0.5 * (scaled + scaled.T)
    if kernel.rank:
        lost = _lost(scaled, kernel.rank)
        left, values, right = np.linalg.svd(scaled + lost * np.eye(root.size))
        scaled = (left[:, :kernel.rank] * values[:kernel.rank]) @ right[:kernel.rank] - lost * np.eye(root.size)
    if kernel.conserving:
        ones = root / np.linalg.norm(root)
        scaled = scaled - np.outer(ones, ones @ scaled)
        if kernel.symmetric:
            scaled = scaled - np.outer(scaled @ ones, ones)
    found: Array = scaled * root / root[:, None]
    return found


def rank_of(matrix: Array, full: FullKernel) -> int:
    """The rank of what is gained, K in K f - s f."""
    root = np.sqrt(full.weights)
    scaled = matrix * root[:, None] / root
    found = []
    for rate in -np.linalg.eigvals(scaled).real:
        values = np.linalg.svd(scaled + rate * np.eye(root.size), compute_uv=False)
        found.append(int(np.sum(values > NUMERIC_RANK * max(float(values[0]), np.finfo(float).tiny))))
    return min(found)


def _lost(scaled: Array, rank: int) -> float:
    """The rate s with which K f - s f loses, for which K is nearest to a rank."""
    rates = -np.linalg.eigvals(scaled).real
    identity = np.eye(len(scaled))
    left = [float(np.sum(np.linalg.svd(scaled + rate * identity, compute_uv=False)[rank:] ** 2)) for rate in rates]
    return float(rates[int(np.argmin(left))])


def _untold(
    full: FullKernel, matrix: Array, functions: Mapping[int, LearnedFunction], moments: Array
) -> tuple[int, ...]:
    """The degrees of moments whose part of the matrix the data does not tell."""
    allowed = TOLD * float(np.linalg.norm(matrix)) / np.sqrt(full.velocities.size)
    sizes = np.linalg.norm(moments, axis=1)
    vague = [degree for (degree, one), size in zip(functions.items(), sizes, strict=True)
             if one.errors and float(np.linalg.norm(one.errors)) * size > allowed]
    return tuple(sorted({*range(full.velocities.size)} - functions.keys() | {*vague}))


def _checks(
    full: FullKernel, raw: Array, matrix: Array, functions: Sequence[LearnedFunction], moments: Array
) -> tuple[Check, ...]:
    """Whether the data tells the matrix, and what was put right in it."""
    size, found, name = float(np.linalg.norm(raw)), [], full.kernel.name
    errors = [one.errors for one in functions]
    if functions and all(errors):
        error = float(np.sqrt(np.sum(np.square(np.array(errors)).T @ np.square(moments)))) / size
        passed = error <= TOLD
        found.append(Check("kernel", passed, f"the matrix of {name} is told within {100.0 * error:.2g} %" + (
            "" if passed else ": far too few data for its noise, ask for an isotropic kernel"), error))
    if len(functions) < full.velocities.size:
        lost = full.velocities.size - len(functions)
        found.append(Check("kernel", False, f"{lost} of {full.velocities.size} moments are not told: the matrix of "
                           f"{name} lacks what they give"))
    moved = float(np.linalg.norm(matrix - raw)) / max(size, np.finfo(float).tiny)
    if full.kernel.conserving or full.kernel.symmetric or full.kernel.rank:
        found.append(Check("constraints", moved <= TOLD, f"what was asked of the matrix of {name} changes it by "
                           f"{100.0 * moved:.2g} %", moved))
    return tuple(found)
