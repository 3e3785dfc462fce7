"""Functions of an axis as further unknowns of a regression, and the regression that is left with them at their best.

The sums over all other axes are made once for every point of it, for each trajectory and for each penalty; what the
functions can explain is then projected out, and what is left is a regression over the constant coefficients that the
choice of words works on as on any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from symdcrnn.errors import InputError
from symdcrnn.leastsquares.objective import LossNorm
from symdcrnn.leastsquares.projected import ExtendedModel, Projection, project
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.taylor import TaylorModel
from symdcrnn.preprocess.frames import BoundWords
from symdcrnn.preprocess.residuals.values import Along
from symdcrnn.regression.bound_equation import frames_needed
from symdcrnn.varying_coefficients.bases import BASES, FunctionSpace
from symdcrnn.varying_coefficients.products import loss_and_gradient, products_by_point

Array = NDArray[np.float64]

ROUNDING = 1e-16
"""Losses below this, relative to that of no equation, are rounding errors of the Gram matrix."""


@dataclass(frozen=True)
class Piece:
    """One sum of squares among those that functions are sought from: of a trajectory, or its penalty.

    Parameters
    ----------
    words : BoundWords
        Of the L2 norm, with one column per word.
    factors : ndarray, shape (columns,)
        What turns the coefficients that are sought into those of the kernel.
    weight : float
        Of its loss in the whole.
    counts : bool
        Whether its residuals are data, and not a penalty.
    """

    words: BoundWords
    factors: Array
    weight: float = 1.0
    counts: bool = True


@dataclass(frozen=True)
class SoughtFunctions:
    """Functions of an axis at their best for given constant coefficients.

    Parameters
    ----------
    columns : tuple of int
        The words that they multiply.
    offset : ndarray, shape (functions, points)
        The functions with all constants zero.
    response : ndarray, shape (functions, points, columns)
        What a constant adds to them.
    unit : float
        What constants are multiplied by, and functions divided, to be those of the equation: dt.
    axis : Along, optional
        What they are functions of; None where there is none.
    """

    columns: tuple[int, ...]
    offset: Array
    response: Array
    unit: float
    axis: Along | None = None

    @classmethod
    def none(cls, columns: int) -> SoughtFunctions:
        """Those of an equation with constant coefficients alone."""
        return cls((), np.zeros((0, 1)), np.zeros((0, 1, columns)), 1.0)

    def values(self, coefficients: Array) -> Array:
        """At all points of the axis, shape (functions, points), for given constants."""
        found: Array = (self.offset + self.response @ (self.unit * coefficients)) / self.unit
        return found


@dataclass(frozen=True)
class Whole:
    """A regression before its functions are projected out.

    Parameters
    ----------
    pieces : tuple of Piece
    extended : ExtendedModel
        By the constants and the unknowns of the leading functions.
    columns : tuple of int
        All words whose coefficient is a function.
    ratios : ndarray, shape (functions, leading functions)
        What turns the leading functions into all of them: some may follow others.
    leading : tuple of int
        The words of the leading functions.
    bases : tuple of csr_matrix, shape (points, size) each
        Of every axis.
    spaces : tuple of FunctionSpace
        Of every axis.
    points : int
    norm : LossNorm
    axis : Along
        What they are functions of.
    """

    pieces: tuple[Piece, ...]
    extended: ExtendedModel
    columns: tuple[int, ...]
    ratios: Array
    leading: tuple[int, ...]
    bases: tuple[sparse.csr_matrix, ...]
    spaces: tuple[FunctionSpace, ...]
    points: int
    norm: LossNorm
    axis: Along

    @cached_property
    def basis(self) -> sparse.csr_matrix:
        """Shape (points, size), of all axes together."""
        return whole_basis(self.bases)

    @property
    def spread(self) -> sparse.csr_matrix:
        """From the unknowns of the leading functions to those of all."""
        return sparse.kron(sparse.csr_matrix(self.ratios), sparse.identity(self.basis.shape[1]), format="csr")

    def loss_and_gradient(self, known: Array, unknowns: Array) -> tuple[float, Array]:
        """The loss for given functions and its gradient by their unknowns, by passes over the data.

        Parameters
        ----------
        known : ndarray, shape (columns,)
            Constant coefficients.
        unknowns : ndarray, shape (leading functions * size,)
        """
        chosen, spread = list(self.columns), self.spread
        loss, gradient = 0.0, np.zeros(unknowns.size)
        for piece in self.pieces:
            own = np.repeat(piece.factors[chosen], self.basis.shape[1])
            found, slope = loss_and_gradient(piece.words, self.columns, self.basis, self.axis.name,
                                             piece.factors * known, own * (spread @ unknowns))
            loss += piece.weight * found
            gradient += piece.weight * (spread.T @ (own * slope))
        return loss, gradient


def whole_regression(
    pieces: Sequence[Piece], functions: Sequence[int], spaces: FunctionSpace | Sequence[FunctionSpace],
    ties: Array | None = None, axis: str = "x",
) -> Whole:
    """A regression with functions of an axis as further unknowns.

    Parameters
    ----------
    pieces : sequence of Piece
        Of data on the same points of the axis.
    functions : sequence of int
        The columns whose coefficient is a function.
    spaces : FunctionSpace or sequence of FunctionSpace
        Of the axis, or of every one.
    ties : ndarray, shape (columns, columns), optional
        Of `tie_matrix`; functions of followers are those of their leaders.
    axis : str
        What they are functions of; several axes with commas between them.

    Raises
    ------
    InputError
        If there are more unknowns than residuals.
    """
    leading = tuple(functions)
    spaces = (spaces,) if isinstance(spaces, FunctionSpace) else tuple(spaces)
    words = pieces[0].words
    columns = words.loss.columns
    matrix = np.eye(columns) if ties is None else ties
    chosen = tuple(int(column) for column in np.flatnonzero(np.any(matrix[:, list(leading)], axis=1)))
    ratios = matrix[np.ix_(chosen, leading)]
    along = words.values.along(axis)
    for part, space in zip(along.parts, spaces, strict=True):
        if space.basis != "grid" and space.knots > part.reached.size:
            raise InputError(f"a spline with {space.knots} knots is more than the {part.reached.size} points of "
                             f"{part.name} can tell: use fewer")
    bases = tuple(BASES[space.basis](part.reached, space.knots)
                  for part, space in zip(along.parts, spaces, strict=True))
    basis = whole_basis(bases)
    size = int(basis.shape[1])
    points = sum(piece.words.loss.points for piece in pieces if piece.counts)
    if points < 2 * (size * len(leading) + columns):
        needed = frames_needed(points, words.frames.frames, words.reads, 2 * (size * len(leading) + columns))
        raise InputError(
            f"the data gives {points} equations for {size * len(leading)} values of functions of {axis}: give at "
            f"least {needed} frames, or use fewer knots"
        )
    extended = reduce(add, (_extended(piece, chosen, basis, axis) for piece in pieces))
    whole = Whole(tuple(pieces), extended, chosen, ratios, leading, bases, spaces, points, words.loss.norm, along)
    return whole if ties is None else replace(whole, extended=whole.extended.pullback(matrix, whole.spread))


def whole_basis(bases: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
    """The products of the basis functions of several axes."""
    return sparse.csr_matrix(reduce(sparse.kron, bases))


def _extended(piece: Piece, chosen: tuple[int, ...], basis: sparse.csr_matrix, axis: str) -> ExtendedModel:
    words = piece.words
    stiffness, coupling, force = products_by_point(words, chosen, basis, axis)
    found = ExtendedModel(words.loss.evaluate(np.zeros(words.loss.columns)), force, coupling, stiffness)
    own = sparse.diags(np.repeat(piece.factors[list(chosen)], basis.shape[1]), format="csr")
    return found.pullback(piece.factors, own).scaled(piece.weight)


def project_functions(whole: Whole, unit: float = 1.0) -> tuple[TaylorModel, SoughtFunctions]:
    """Project the functions out of a regression.

    Parameters
    ----------
    whole : Whole
    unit : float
        Its coefficients are those of the equation times this.

    Returns
    -------
    TaylorModel
        The loss of the constants; it does not depend on those of functions.
    SoughtFunctions
    """
    best = without_functions(whole)
    return loss_of(whole, best), _functions(whole, best, unit)


def without_functions(whole: Whole) -> Projection:
    """The regression with the functions at their best.

    Parameters
    ----------
    whole : Whole
    """
    stiffness, count = whole.extended.stiffness, len(whole.leading)
    unit = float(stiffness.diagonal().mean())
    continuity = whole.spaces[0].continuity
    if continuity > 0.0:
        slopes = [sparse.csr_matrix(np.diff(basis.toarray(), axis=0)) if space.basis != "grid" else sparse.diags(
            [-1.0, 1.0], [0, 1], shape=(basis.shape[1] - 1, basis.shape[1]), format="csr")
            for basis, space in zip(whole.bases, whole.spaces, strict=True)]
        stiffness = stiffness + continuity * unit * sparse.block_diag([_squares(slopes)] * count, format="csc")
    return project(replace(whole.extended, stiffness=stiffness))


def _squares(differences: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
    """The quadratic form of differences along every axis by themselves."""
    ones = [sparse.identity(one.shape[1], format="csr") for one in differences]
    return sum((reduce(sparse.kron, [one.T @ one if place == number else ones[place]
                                     for place, one in enumerate(differences)])
                for number in range(1, len(differences))),
               start=reduce(sparse.kron, [differences[0].T @ differences[0], *ones[1:]]))


def loss_of(whole: Whole, found: Projection) -> TaylorModel:
    """The loss of the constants; the columns of functions have no part in it.

    Parameters
    ----------
    whole : Whole
    found : Projection
    """
    keep = np.ones(found.model.gradient.size)
    keep[list(whole.columns)] = 0.0
    least = ROUNDING * whole.extended.constants.loss
    model: QuadraticModel = found.model.pullback(keep).bounded(least)
    return TaylorModel(np.zeros(keep.size), model, whole.points, whole.norm, least)


def _functions(whole: Whole, found: Projection, unit: float) -> SoughtFunctions:
    size, count, columns = int(whole.basis.shape[1]), len(whole.leading), found.model.gradient.size
    response = found.response.copy()
    response[:, list(whole.columns)] = 0.0
    unknowns = np.concatenate([found.offset[:, None], response], axis=1).reshape(count, size, -1)
    shape = tuple(part.last - part.first for part in whole.axis.parts)
    inside = tuple(slice(part.first, part.last) for part in whole.axis.parts)
    by_point = all(space.basis == "grid" for space in whole.spaces)
    values = np.full((count, *whole.axis.shape, 1 + columns), np.nan)
    for number in range(count):
        reached: Array = whole.basis @ unknowns[number]
        if by_point:
            reached[found.unseen.reshape(count, size)[number]] = np.nan
        values[number][inside] = reached.reshape(*shape, -1)
    for axis in range(len(shape), 0, -1):
        _extend(np.moveaxis(values, axis, -1))
    flat = np.nan_to_num(values, nan=0.0).reshape(count, -1, 1 + columns)
    offsets, responses = flat[..., 0], flat[..., 1:]
    return SoughtFunctions(whole.columns, whole.ratios @ offsets, np.tensordot(whole.ratios, responses, axes=1), unit,
                           whole.axis)


def _extend(lines: Array) -> None:
    """Fill what is not known on lines, the last axis, from its neighbours there, linearly, in place."""
    for place in np.ndindex(lines.shape[:-1]):
        line = lines[place]
        missing = np.isnan(line)
        where = np.flatnonzero(~missing)
        if missing.any() and where.size:
            line[missing] = np.interp(np.flatnonzero(missing), where, line[where])
