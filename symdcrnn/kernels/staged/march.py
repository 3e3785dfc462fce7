"""One equation under a scheme with stages on any axes, (4.7) and (8.1)-(8.12), as a least-squares problem.

Steps are marched in groups. A group carries the tangents of its stages by all active coefficients, from which loss,
gradient and Gauss-Newton matrix of every step follow. Loss and gradient alone are made by a backward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.staged.penalties import penalties
from symdcrnn.kernels.staged.reverse import ReversePass
from symdcrnn.kernels.staged.reverse_kernels import ReverseKernels
from symdcrnn.kernels.staged.right_hand_side import Columns, RightHandSide, with_field
from symdcrnn.kernels.threads import each_part
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel, total
from symdcrnn.schemes.runge_kutta import DoubleTableau

Array = NDArray[np.float64]

NUMBERS = 2**22
"""In all arrays of a group of steps, about; one step at least."""


@dataclass(frozen=True, eq=False)
class PhaseStages:
    """A scheme with stages, words and data.

    Parameters
    ----------
    scheme : DoubleTableau
    target : Field
    columns : int
        How many words there are.
    equation : RightHandSide
    grid : PhaseGrid
        The frames.
    between : mapping of float to PhaseGrid
        By abscissa, all fields and functions at the times of the stages, one frame for each step.
    lengths : ndarray, shape (steps,)
        Of the steps, by which coefficients are multiplied; ones where these are times dt.
    norm : Norm
    rebind : callable
        The same problem of other frames.
    bind_reverse : callable
        The kernels of a backward pass and ``between`` with all that they read.
    width : float
        The width parameter of the norm.
    """

    scheme: DoubleTableau
    target: Field
    columns: int
    equation: RightHandSide
    grid: PhaseGrid
    between: Mapping[float, PhaseGrid]
    lengths: Array
    norm: Norm
    rebind: Callable[[PhaseGrid], PhaseStages]
    bind_reverse: Callable[[], tuple[ReverseKernels, Mapping[float, PhaseGrid]]]
    width: float = 1.0

    linear = False

    @property
    def steps(self) -> int:
        return self.grid.frames - 1

    @cached_property
    def fitted(self) -> tuple[slice, ...]:
        """By axis of the field, the points that no stage reaches from outside the data.

        Raises
        ------
        InputError
            If there is none.
        """
        found = []
        for name in self.target.axes[1:]:
            axis = self.grid.axis(name)
            reach = 0 if axis.periodic else self.equation.margin.get(name, 0) * self.scheme.stages
            if axis.size < 2 * reach + 1:
                raise InputError(f"the data has {axis.size} points along {name!r}, but the stages of "
                                 f"{self.scheme.name} reach over {2 * reach + 1}: give more points, words of fewer "
                                 "derivatives, or choose a multistep scheme")
            found.append(slice(reach, axis.size - reach))
        return tuple(found)

    @property
    def points(self) -> int:
        """How many values of the residual there are."""
        return self.steps * prod(int(part.stop - part.start) for part in self.fitted)

    def residual(self, coefficients: Array) -> Array:
        """r at every step, axes (step, axes of the field); NaN at points that a stage reaches from outside.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
            Times dt.
        """
        found = [self._march(first, last, coefficients, ())[0] for first, last in self._groups(0)]
        whole = np.concatenate(found)
        out = np.full_like(whole, np.nan)
        inside = (slice(None), *self.fitted)
        out[inside] = whole[inside]
        return out

    def value_and_gradient(self, coefficients: Array, width: float | None = None) -> tuple[float, Array]:
        """The mean loss and its gradient by the coefficients, shape (columns,), as `evaluate` has them.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
            Times dt.
        width : float, optional
            The width parameter of the norm, if not the bound one.

        Raises
        ------
        InputError
            If a word has no transpose on this grid, as where a weight of an average is zero.
        """
        sums = self._reverse.sums(coefficients, self.width if width is None else width) / self.points
        if np.all(np.isfinite(sums)):
            return float(sums[0]), sums[1:]
        # Beyond the ends words are formed of what is read around, which may be no number though nothing depends on it.
        model = self.evaluate(coefficients, width)
        return model.loss, model.gradient

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """Loss, gradient and Gauss-Newton matrix, from tangents; see `LeastSquares.evaluate`.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
            Times dt.
        width : float, optional
            The width parameter of the norm, if not the bound one.
        active : sequence of int, optional
            The columns whose derivatives are asked for; those of others are left zero.
        """
        chosen = tuple(range(self.columns)) if active is None else tuple(active)
        found = total(self._models(coefficients, width, chosen))
        gradient, gram = np.zeros(self.columns), np.zeros((self.columns, self.columns))
        gradient[list(chosen)] = found.gradient
        gram[np.ix_(chosen, chosen)] = found.gram
        return QuadraticModel(found.loss, gradient, gram).scaled(1.0 / self.points)

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """What runs of steps contribute to `evaluate`; see `LeastSquares.cells`. Space is not cut."""
        found = self._models(coefficients, width, tuple(range(self.columns)))
        count = partition.along_time(len(found), 2)
        edges = [len(found) * number // count for number in range(count + 1)]
        return [total([QuadraticModel.zero(self.columns), *found[first:last]]).scaled(1.0 / self.points)
                for first, last in pairwise(edges)]

    def on_data(self, data: Sequence[PhaseGrid]) -> PhaseStages:
        """The same equation with other data, of one trajectory."""
        return replace(self.rebind(data[0]), width=self.width)

    @cached_property
    def _reverse(self) -> ReversePass:
        kernels, between = self.bind_reverse()
        shape = tuple(self.grid.axis(name).size for name in self.target.axes[1:])
        solved, fitted = np.ones(shape), np.zeros(shape)
        if self._ends is not None:
            solved[self._ends] = 0.0
        fitted[self.fitted] = 1.0
        return ReversePass(self.scheme, self.target, self.columns, kernels, self.grid, between, self.lengths, self.norm,
                           solved.reshape(-1), fitted.reshape(-1))

    def _groups(self, active: int) -> Iterator[tuple[int, int]]:
        """Which steps go together."""
        values = self.grid.fields[self.target.name][0].size
        arrays = self.columns + (2 * self.scheme.stages + 2) * (active + 1)
        size = max(1, NUMBERS // (values * arrays))
        return ((first, min(first + size, self.steps)) for first in range(0, self.steps, size))

    def _models(self, coefficients: Array, width: float | None, chosen: tuple[int, ...]) -> list[QuadraticModel]:
        """The sums over the points of each step, by the chosen columns alone."""
        found = []
        inside = (slice(None), *self.fitted)
        every = (slice(None), *inside)
        for first, last in self._groups(len(chosen)):
            residual, jacobian = self._march(first, last, coefficients, chosen)
            left = np.ascontiguousarray(residual[inside]).reshape(last - first, -1)
            slopes = np.ascontiguousarray(jacobian[every]).reshape(len(chosen), *left.shape)
            values, weights = penalties(self.norm, left, self.width if width is None else width)
            found += each_part(_Model(left, slopes, values, weights), last - first)
        return found

    def _march(self, first: int, last: int, coefficients: Array, active: tuple[int, ...]) -> tuple[Array, Array]:
        """The residuals of some steps, and their derivatives by the active coefficients.

        Returns
        -------
        residual : ndarray, axes (step, axes of the field)
        jacobian : ndarray, axes (active, step, axes of the field)
        """
        scheme, parts = self.scheme, self.equation.parts
        start, end = (self.grid.fields[self.target.name][first + k:last + k] for k in (0, 1))
        length = self.lengths[first:last].reshape(-1, *(1,) * (start.ndim - 1))
        residual, jacobian = end - start, np.zeros((len(active), *start.shape))
        slopes: list[tuple[Array, Array]] = []
        tangents: list[tuple[Array, Array]] = []
        weights = zip(scheme.explicit_weights, scheme.implicit_weights or (0.0,) * scheme.stages, strict=True)
        for i, (w_explicit, w_implicit) in enumerate(weights):
            diagonal = scheme.implicit[i][i] if scheme.splits else 0.0
            explicit_at = self.between[scheme.explicit_abscissas[i]].between(first, last)
            implicit_at = self.between[scheme.implicit_abscissas[i]].between(first, last)
            forcing = length * self._columns(self.equation.forcing, implicit_at)
            profiles = length * self._columns(self.equation.profiles, implicit_at)
            stiffness = _combined(coefficients, parts.damping, profiles)
            constant = _combined(coefficients, parts.forcing, forcing)
            divisor = 1.0 - diagonal * stiffness
            value = (start + self._known(i, slopes, start) + diagonal * constant) / divisor
            value = self._at_ends(value, explicit_at, i)
            needed = bool(w_explicit) or any(row[i] for row in scheme.explicit)
            here = with_field(explicit_at, self.target, value)
            words = length * self._columns(self.equation.explicit, here) if needed else np.zeros((0, *start.shape))
            explicit = _combined(coefficients, parts.explicit, words) if needed else np.zeros_like(start)
            implicit = constant + stiffness * value
            slopes.append((explicit, implicit))
            residual = residual - w_explicit * explicit - w_implicit * implicit
            if not active:
                continue
            direct = np.zeros_like(jacobian)
            for place, k in enumerate(active):
                if k in parts.forcing:
                    direct[place] = forcing[parts.forcing.index(k)]
                elif k in parts.damping:
                    direct[place] = profiles[parts.damping.index(k)] * value
            moved = (self._known(i, tangents, jacobian) + diagonal * direct) / divisor
            moved = self._still(moved)
            change = np.zeros_like(jacobian)
            for place, k in enumerate(active):
                if needed and k in parts.explicit:
                    change[place] = words[parts.explicit.index(k)]
                if needed and self.equation.tangent.kernel is not None and (i > 0 or diagonal):
                    change[place] += length * self.equation.tangent.at(here, self.target, coefficients, moved[place])
            stiff = direct + stiffness * moved
            tangents.append((change, stiff))
            jacobian = jacobian - w_explicit * change - w_implicit * stiff
        return residual, jacobian

    def _columns(self, columns: Columns, grid: PhaseGrid) -> Array:
        return columns.at(grid, self.target)

    def _known(self, i: int, slopes: Sequence[tuple[Array, Array]], like: Array) -> Array:
        """sum_{j<i} (a~_ij e_j + a_ij s_j)."""
        found: Array = np.zeros_like(like)
        for j, (explicit, implicit) in enumerate(slopes):
            if self.scheme.explicit[i][j]:
                found = found + self.scheme.explicit[i][j] * explicit
            if self.scheme.splits and self.scheme.implicit[i][j]:
                found = found + self.scheme.implicit[i][j] * implicit
        return found

    @cached_property
    def _ends(self) -> NDArray[np.bool_] | None:
        """The points that have no rate; None where all have."""
        found = np.zeros((), bool)
        for name in self.target.axes[1:]:
            axis = self.grid.axis(name)
            reach = 0 if axis.periodic else self.equation.margin.get(name, 0)
            here = np.zeros(axis.size, bool)
            here[:reach], here[axis.size - reach:] = True, True
            found = found[..., None] | here
        return found if found.any() else None

    def _at_ends(self, value: Array, grid: PhaseGrid, i: int) -> Array:
        """A stage with the data at points that have no rate; the first one is a frame."""
        if self._ends is None or (i == 0 and not self.scheme.splits):
            return value
        return np.where(self._ends, grid.fields[self.target.name], value)

    def _still(self, moved: Array) -> Array:
        return moved if self._ends is None else np.where(self._ends, 0.0, moved)


@dataclass(frozen=True, eq=False)
class _Model:
    """The quadratic models of a group of steps."""

    residual: Array
    jacobian: Array
    values: Array
    weights: Array

    def __call__(self, step: int) -> QuadraticModel:
        slopes = np.ascontiguousarray(self.jacobian[:, step])
        weighted = slopes * self.weights[step]
        gram = np.einsum("pn,qn->pq", weighted, slopes, optimize=False)
        return QuadraticModel(float(self.values[step].sum()), (weighted * self.residual[step]).sum(axis=1), gram)


def _combined(coefficients: Array, chosen: Sequence[int], columns: Array) -> Array:
    found: Array = np.zeros(columns.shape[1:])
    for k, column in zip(chosen, columns, strict=True):
        found += coefficients[k] * column
    return found
