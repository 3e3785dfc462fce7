"""What a solver needs to march a model: packed states in, packed rates out, data where there are no rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, eq=False)
class March:
    """The equations of a model on the grid of a trajectory, with what comes from its data put in.

    Parameters
    ----------
    rhs : RightHandSide
    data : callable
        The fields of the data as ``data(name, t)``.
    """

    rhs: RightHandSide
    data: Callable[[str, float], Array]

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields without an equation."""
        return self.rhs.missing

    def pack(self, state: Mapping[str, ArrayLike]) -> Array:
        """One array of all fields that have an equation."""
        return self.rhs.pack(state)

    def unpack(self, y: Array) -> dict[str, Array]:
        """The fields of a packed state, as views."""
        return self.rhs.unpack(y)

    def fields(self, t: float, y: Array) -> dict[str, Array]:
        """All fields of the model for a packed state; points near open ends as the data has them."""
        state = self._filled(t, y) | {name: self.data(name, t) for name in self.missing}
        return {field.name: state[field.name] for field in self.rhs.fields}

    def rate(self, t: float, y: Array) -> Array:
        """The packed rate of a packed state; zero where there is none."""
        return self.rhs(t, self.pack(self._filled(t, y)) if self._open else y)

    def pattern(self) -> csc_matrix:
        """See `symdcrnn.embedding.pattern.pattern`."""
        return pattern(self.rhs.structure)

    def _filled(self, t: float, y: Array) -> dict[str, Array]:
        state = self.unpack(y)
        return state | {name: np.where(inside, state[name], self.data(name, t)) for name, inside in self._open.items()}

    @cached_property
    def _open(self) -> dict[str, NDArray[np.bool_]]:
        """Fields with points that have no rate."""
        return {name: inside for name, inside in self.rhs.inside.items() if not inside.all()}


def march_of(model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None = None) -> March:
    """The equations of a model on the grid of a trajectory.

    Raises
    ------
    InputError
        If a field, an axis or a function that the equations need is missing.
    """
    return March(model_rhs(model, trajectory, known), between_frames(trajectory))
