"""Residuals of schemes with stages (4.7), (8.1)-(8.12), with tangents and adjoints through the stages.

A step starts from the frame u^n and ends at the frame u^{n+1}.  With e_j the explicit and s_j the stiff part of the
right-hand side at stage j, times dt,

    U_i = u^n + sum_{j<i} (a~_ij e_j + a_ij s_j) + a_ii s_i,
    r^n = u^{n+1} - u^n - sum_i (w~_i e_i + w_i s_i).

The stiff part multiplies U_i at each point, so a stage is solved by one division.  The other fields are data, and
stand at the time of the stage: a stage of the equation of g needs no equation of rho.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field, Word, acted_on
from symdcrnn.errors import InputError
from symdcrnn.kernels.build import Kernel, build
from symdcrnn.kernels.emit import KernelSpec, Kind
from symdcrnn.kernels.interpolation import between_frames
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime import BoundKernel, GridData
from symdcrnn.kernels.stage_pass import StagePass
from symdcrnn.kernels.threads import each_part
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel, total
from symdcrnn.schemes.multistep import is_stiff
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau

Array = NDArray[np.float64]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Stage:
    """What one stage of one step has computed.

    Parameters
    ----------
    columns : ndarray, shape (columns, [Nv,] Nx)
        Every word at this stage; an explicit one is left zero where its stage has no weight.
    tangents : tuple of ndarray, or None
        d e / d coefficient and d s / d coefficient, each of shape (active, [Nv,] Nx).
    """

    columns: Array
    tangents: tuple[Array, Array] | None


@dataclass(frozen=True)
class BoundStages:
    """A scheme with stages bound to words and data; made by `bind_stages`.

    Parameters
    ----------
    scheme : DoubleTableau
    target : Field
    words : tuple of Word
        The right-hand side, in the order of the coefficients.
    data : GridData
    norm : Norm
    kernels : mapping of str to Kernel
        ``explicit`` and ``forcing`` write columns, ``forward`` applies the explicit words on the target, ``penalties``
        evaluates the norm.
    explicit, forcing, damping, own : tuple of int
        Which words are explicit, stiff on other fields, stiff on the target, and explicit on the target.
    between : mapping
        By abscissa, the other fields at the times of the stages.
    halo : int
        Of one right-hand side.
    adjoint : StagePass
        Residual and adjoint gradient of the same equation.
    width : float
        The width parameter of the norm.
    """

    scheme: DoubleTableau
    target: Field
    words: tuple[Word, ...]
    data: GridData
    norm: Norm
    kernels: Mapping[str, Kernel]
    explicit: tuple[int, ...]
    forcing: tuple[int, ...]
    damping: tuple[int, ...]
    own: tuple[int, ...]
    between: Mapping[float, Mapping[str, Array]]
    halo: int
    adjoint: StagePass
    width: float = 1.0

    linear = False

    @property
    def columns(self) -> int:
        """How many coefficients there are."""
        return len(self.words)

    @property
    def points(self) -> int:
        """How many values of the residual there are."""
        first, last = self.fitted
        velocities = self.data.v.size if self.target.v_dependent else 1
        return (self.data.frames - 1) * velocities * (last - first)

    @property
    def fitted(self) -> tuple[int, int]:
        """The indices of x that no stage reaches from outside the data."""
        reach = 0 if self.data.periodic else self.halo * self.scheme.stages
        return reach, self.data.nx - reach

    def residual(self, coefficients: Array) -> Array:
        """r at every step, shape (frames - 1, [Nv,] Nx).

        Points of x whose stages leave the data are NaN.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
            Times dt.
        """
        first, last = self.fitted
        out = self.adjoint.residual(coefficients)
        out[..., :first] = np.nan
        out[..., last:] = np.nan
        return out

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """Loss, gradient and Gauss-Newton matrix, from tangents.

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
        found = total(self._steps(coefficients, width, chosen))
        gradient, gram = np.zeros(self.columns), np.zeros((self.columns, self.columns))
        gradient[list(chosen)] = found.gradient
        gram[np.ix_(chosen, chosen)] = found.gram
        return QuadraticModel(found.loss / self.points, gradient / self.points, gram / self.points)

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """What runs of steps contribute to `evaluate`; see `LeastSquares.cells`.  x is not cut."""
        found = self._steps(coefficients, width, tuple(range(self.columns)))
        count = partition.along_time(len(found), 2)
        edges = [len(found) * number // count for number in range(count + 1)]
        return [total([QuadraticModel.zero(self.columns), *found[first:last]]).scaled(1.0 / self.points)
                for first, last in pairwise(edges)]

    def on_data(self, data: Sequence[GridData]) -> BoundStages:
        """The same equation with other data, of one trajectory."""
        bound = bind_stages(self.scheme, self.target, self.words, data[0], self.adjoint.stencils, self.norm)
        return replace(bound, width=self.width)

    def _steps(self, coefficients: Array, width: float | None, chosen: tuple[int, ...]) -> list[QuadraticModel]:
        """The sums over the points of each step, by the chosen columns alone."""
        first, last = self.fitted

        def step(n: int) -> QuadraticModel:
            residual, stages = self._march(n, coefficients, chosen)
            inside = np.ascontiguousarray(residual[..., first:last])
            value, _, omega = self._penalties(inside, width)
            jacobian = np.zeros((len(chosen), inside.size))
            for stage, explicit, implicit in zip(stages, *self._weights(), strict=True):
                if stage.tangents is not None:
                    for weight, tangent in zip((explicit, implicit), stage.tangents, strict=True):
                        if weight:
                            jacobian -= weight * tangent[..., first:last].reshape(jacobian.shape)
            weighted = jacobian * omega.ravel()
            gram = np.einsum("pn,qn->pq", weighted, jacobian, optimize=False)
            return QuadraticModel(float(value.sum()), (weighted * inside.ravel()).sum(axis=1), gram)

        return self._each(step)

    def value_and_gradient(self, coefficients: Array) -> tuple[float, Array]:
        """The mean loss and its gradient, by the adjoint of the stages.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
            Times dt.

        Raises
        ------
        InputError
            If a weight of the quadrature is zero: the adjoint of an average divides by it.
        """
        if self.target.v_dependent and np.any(self.data.quadrature == 0.0):
            raise InputError("the quadrature has a weight of zero: leave that v out of the data")
        value, gradient = self.adjoint.value_and_gradient(coefficients, self.fitted, self.width)
        return value / self.points, gradient / self.points

    def _each(self, step: Callable[[int], Result]) -> list[Result]:
        """The results of all steps in their order, worked on by all threads."""
        return each_part(step, self.data.frames - 1)

    def _weights(self) -> tuple[Sequence[float], Sequence[float]]:
        scheme = self.scheme
        return scheme.explicit_weights, scheme.implicit_weights or (0.0,) * scheme.stages

    def _march(self, n: int, coefficients: Array, active: tuple[int, ...]) -> tuple[Array, list[Stage]]:
        scheme = self.scheme
        start, end = self.data.fields[self.target.name][n:n + 2]
        stiffness = self._stiffness(coefficients)
        residual = end - start
        parts: list[tuple[Array, Array]] = []
        stages: list[Stage] = []
        for i, (w_explicit, w_implicit) in enumerate(zip(*self._weights(), strict=True)):
            diagonal = scheme.implicit[i][i] if scheme.splits else 0.0
            divisor = 1.0 - diagonal * stiffness
            columns = np.zeros((len(self.words), *start.shape))
            forcing = np.zeros_like(start)
            if self.forcing and scheme.splits:
                self._fill("forcing", columns, self.forcing, self._others(scheme.implicit_abscissas[i], n))
                forcing = _combined(coefficients, columns, self.forcing)
            value = (self._known(i, start, parts) + diagonal * forcing) / divisor
            for k in self.damping:
                columns[k] = _profile(self.words[k], self.data) * value
            needed = bool(w_explicit) or any(row[i] for row in scheme.explicit)
            if needed and self.explicit:
                fields = {**self._others(scheme.explicit_abscissas[i], n), self.target.name: value[None]}
                self._fill("explicit", columns, self.explicit, fields)
            e = _combined(coefficients, columns, self.explicit)
            s = forcing + stiffness * value
            residual = residual - w_explicit * e - w_implicit * s
            parts.append((e, s))
            tangents = self._tangents(i, stages, columns, coefficients, active, needed) if active else None
            stages.append(Stage(columns, tangents))
        return residual, stages

    def _known(self, i: int, start: Array, parts: Sequence[tuple[Array, Array]]) -> Array:
        """start + sum_{j<i} (a~_ij e_j + a_ij s_j)."""
        total = start
        for j, (e, s) in enumerate(parts):
            if self.scheme.explicit[i][j]:
                total = total + self.scheme.explicit[i][j] * e
            if self.scheme.splits and self.scheme.implicit[i][j]:
                total = total + self.scheme.implicit[i][j] * s
        return total

    def _tangents(
        self, i: int, stages: Sequence[Stage], columns: Array, coefficients: Array, active: tuple[int, ...],
        needed: bool,
    ) -> tuple[Array, Array]:
        diagonal = self.scheme.implicit[i][i] if self.scheme.splits else 0.0
        stiffness = self._stiffness(coefficients)
        explicit = np.array([k in self.explicit for k in active]).reshape(-1, *(1,) * (columns.ndim - 1))
        own = columns[list(active)]
        implicit_part = np.where(explicit, 0.0, own)
        earlier = [stage.tangents for stage in stages if stage.tangents is not None]
        moved = self._known(i, np.zeros_like(own), earlier)
        if diagonal:
            moved = (moved + diagonal * implicit_part) / (1.0 - diagonal * stiffness)
        explicit_part = np.where(explicit, own, 0.0)
        if needed and (i > 0 or diagonal) and self.own:
            reply = np.zeros_like(moved)
            self._apply("forward", coefficients, moved, reply)
            explicit_part += reply
        return explicit_part, implicit_part + stiffness * moved

    def _stiffness(self, coefficients: Array) -> Array:
        total: Array = np.zeros(self.data.nx)
        for k in self.damping:
            total = total + coefficients[k] * _profile(self.words[k], self.data)
        return total

    def _others(self, abscissa: float, n: int) -> dict[str, Array]:
        return {name: values[n:n + 1] for name, values in self.between[abscissa].items()}

    def _fill(self, name: str, columns: Array, chosen: Sequence[int], fields: Mapping[str, Array]) -> None:
        found = np.zeros((len(chosen), 1, *columns.shape[1:]))
        self._run(name, np.ones(len(chosen)), fields, found)
        columns[list(chosen)] = found[:, 0]

    def _apply(self, name: str, coefficients: Array, values: Array, out: Array) -> None:
        self._run(name, coefficients[list(self.own)], {self.target.name: np.ascontiguousarray(values)}, out)

    def _run(self, name: str, coefficients: Array, fields: Mapping[str, Array], out: Array) -> None:
        missing = {key: value for key, value in self.data.fields.items() if key not in fields}
        data = replace(self.data, fields={**fields, **missing})
        reach = 0 if self.data.periodic else self.halo
        BoundKernel(self.kernels[name], data).fill(coefficients, out, reach, self.data.nx - reach)

    def _penalties(self, inside: Array, width: float | None) -> Array:
        out = np.zeros((3, 1, *inside.shape))
        data = replace(self.data, fields={self.target.name: inside[None]})
        bound = BoundKernel(self.kernels["penalties"], data, self.width if width is None else width)
        bound.fill(np.zeros(0), out, 0, inside.shape[-1])
        penalties: Array = out[:, 0]
        return penalties


def _combined(coefficients: Array, columns: Array, chosen: Sequence[int]) -> Array:
    total: Array = np.zeros(columns.shape[1:])
    for k in chosen:
        if coefficients[k]:
            total += coefficients[k] * columns[k]
    return total


def _profile(word: Word, data: GridData) -> Array:
    """The factor in x of a word that only multiplies."""
    total: Array = np.ones(data.nx)
    for letter in word.letters:
        if letter.multiplies:
            total = total * data.profiles[letter.name]
    return total


def bind_stages(
    scheme: DoubleTableau, target: Field, words: Sequence[Word], data: GridData, stencils: Stencils, norm: Norm
) -> BoundStages:
    """Compile the words of an equation for a scheme with stages and bind them to the data.

    Parameters
    ----------
    scheme : DoubleTableau
    target : Field
        The field on the left-hand side.
    words : sequence of Word
        The right-hand side, in the order of the coefficients.
    data : GridData
    stencils : Stencils
    norm : Norm

    Raises
    ------
    InputError
        If there are too few frames or points of x.
    """
    stiff = {k for k, word in enumerate(words) if scheme.splits and is_stiff(word, target)}
    mine = {k for k, word in enumerate(words) if word.base == target}
    explicit = tuple(k for k in range(len(words)) if k not in stiff)
    own = tuple(k for k in explicit if k in mine)
    forcing = tuple(sorted(stiff - mine))
    wanted: dict[str, tuple[Kind, tuple[Word, ...]]] = {
        "explicit": ("columns", tuple(words[k] for k in explicit)),
        "forcing": ("columns", tuple(words[k] for k in forcing)),
        "forward": ("apply", tuple(words[k] for k in own)),
    }
    kernels = {}
    halo = 0
    for name, (kind, chosen) in wanted.items():
        if chosen:
            form = Residual(target, (0.0,), tuple(Column(word, "now", (1.0,)) for word in chosen))
            program = lower(form, stencils)
            halo = max(halo, program.halo)
            kernels[name] = build(KernelSpec(kind, program, norm, (f"The {name} part of a stage.",)))
    kernels["penalties"] = build(KernelSpec("penalties", lower(Residual(target, (1.0,), ()), stencils), norm))
    if data.frames < 2:
        raise InputError(f"the data has {data.frames} frame(s): {scheme.name} needs at least 2")
    reach = 2 * halo * scheme.stages
    if data.nx < reach + 1:
        raise InputError(
            f"the data has {data.nx} points in x, but the stages of {scheme.name} reach over {reach + 1}: give more "
            "points, fewer layers or stencils of lower order"
        )
    abscissas = {*scheme.explicit_abscissas, *scheme.implicit_abscissas}
    others = {acted_on(words[k]).name for k in range(len(words)) if k not in mine}
    between = {
        abscissa: {name: between_frames(data.fields[name], abscissa) for name in sorted(others)}
        for abscissa in sorted(abscissas)
    }
    damping = tuple(sorted(stiff & mine))
    adjoint = StagePass(scheme, target, tuple(words), data, stencils, norm, explicit, forcing, own,
                        {k: _profile(words[k], data) for k in damping}, between, halo)
    return BoundStages(scheme, target, tuple(words), data, norm, kernels, explicit, forcing, damping, own, between,
                       halo, adjoint)
