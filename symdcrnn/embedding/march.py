"""What a solver needs to march a model: packed states in, packed rates out, and what stands where no rates are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.grids import between_frames
from symdcrnn.embedding.pattern import pattern
from symdcrnn.embedding.right_hand_side import RightHandSide, model_rhs
from symdcrnn.model import Model

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Ends(Protocol):
    """The points of fields that have no rate, and the grid that solvers march on."""

    @property
    def inside(self) -> Mapping[str, Mask]:
        """By field with an equation the points that have a rate."""
        ...

    def fill(self, name: str, t: float, values: Array) -> None:
        """Write what stands at all other points of a field, or of one that comes from the data."""
        ...

    def around(self, name: str, values: Array) -> Array:
        """A field of the data on the grid that solvers march on."""
        ...

    def within(self, name: str, values: Array) -> Array:
        """A field of that grid on that of the data."""
        ...

    def coupling(self, name: str, shape: tuple[int, ...]) -> csc_matrix | None:
        """Which values of a field those after `fill` may depend on; None where each depends on itself alone."""
        ...


@dataclass(frozen=True, eq=False)
class EndsOfData:
    """Points near open ends are as the data has them; see `Ends`.

    Parameters
    ----------
    inside : mapping of str to ndarray of bool
    data : callable
        The fields of the data as ``data(name, t)``.
    """

    inside: Mapping[str, Mask]
    data: Callable[[str, float], Array]

    def fill(self, name: str, t: float, values: Array) -> None:
        """As `Ends.fill`."""
        if name in self._outside:
            outside = self._outside[name]
            values[outside] = self.data(name, t)[outside]

    def around(self, name: str, values: Array) -> Array:
        """As `Ends.around`."""
        return values

    def within(self, name: str, values: Array) -> Array:
        """As `Ends.within`."""
        return values

    def coupling(self, name: str, shape: tuple[int, ...]) -> csc_matrix | None:
        """As `Ends.coupling`."""
        return None

    @cached_property
    def _outside(self) -> dict[str, Mask]:
        return {name: ~inside for name, inside in self.inside.items() if not inside.all()}


@dataclass(frozen=True, eq=False)
class March:
    """The equations of a model on the grid of a trajectory, with what comes from its data put in.

    Parameters
    ----------
    rhs : RightHandSide
    data : callable
        The fields of the data as ``data(name, t)``.
    ends : Ends
    """

    rhs: RightHandSide
    data: Callable[[str, float], Array]
    ends: Ends

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields without an equation."""
        return self.rhs.missing

    def pack(self, state: Mapping[str, ArrayLike]) -> Array:
        """One array of all fields that have an equation, which are given on the grid of the data."""
        return self.rhs.pack({name: self.ends.around(name, np.asarray(values, dtype=np.float64))
                              for name, values in state.items() if name in self.ends.inside})

    def unpack(self, y: Array) -> dict[str, Array]:
        """The fields of a packed state on the grid that is marched on, as views."""
        return self.rhs.unpack(y)

    def fields(self, t: float, y: Array) -> dict[str, Array]:
        """All fields of the model on the grid of the data for a packed state."""
        state = {name: self.ends.within(name, values) for name, values in self.unpack(self._filled(t, y)).items()}
        state |= {name: self.data(name, t) for name in self.missing}
        return {field.name: state[field.name] for field in self.rhs.fields}

    def given(self, name: str, t: float) -> Array:
        """A field without an equation, on the grid that is marched on."""
        values = self.ends.around(name, self.data(name, t))
        self.ends.fill(name, t, values)
        return values

    def rate(self, t: float, y: Array) -> Array:
        """The packed rate of a packed state; zero where there is none."""
        if not self._open:
            return self.rhs(t, y)
        rate = self.rhs(t, self._filled(t, y))
        rate[self._still] = 0.0
        return rate

    def pattern(self) -> csc_matrix:
        """The pattern of the Jacobian of `rate`; see `symdcrnn.embedding.pattern.pattern`."""
        import scipy.sparse

        found = pattern(self.rhs.structure)
        shapes = {equation.target.name: self.rhs.structure.shape(equation.target)
                  for equation, _ in self.rhs.structure.numbered}
        couplings = {name: self.ends.coupling(name, shape) for name, shape in shapes.items()}
        if all(one is None for one in couplings.values()):
            return found
        filled = scipy.sparse.block_diag([
            scipy.sparse.identity(int(np.prod(shapes[name]))) if one is None else one
            for name, one in couplings.items()])
        return (found @ filled).tocsc()

    def _filled(self, t: float, y: Array) -> Array:
        if not self._open:
            return y
        found = np.array(y)
        for name, values in self.unpack(found).items():
            self.ends.fill(name, t, values)
        return found

    @cached_property
    def _open(self) -> bool:
        """Whether there are points that have no rate."""
        return bool(self._still.any())

    @cached_property
    def _still(self) -> Mask:
        """The entries of a packed state that have none."""
        inside = [np.ravel(self.ends.inside[name]) for name in self.unpack(np.empty(self.rhs.size))]
        return np.asarray(~np.concatenate(inside), dtype=np.bool_)


def march_of(model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None = None) -> March:
    """The equations of a model on the grid of a trajectory, whose open ends are those of its data.

    Raises
    ------
    InputError
        If a field, an axis or a function that the equations need is missing.
    """
    rhs, data = model_rhs(model, trajectory, known), between_frames(trajectory)
    return March(rhs, data, EndsOfData(rhs.inside, data))
