"""Fields of a state in one array, as scipy's solvers take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Packing:
    """The order and the shapes of the fields of a packed state.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
    """

    shapes: Mapping[str, tuple[int, ...]]

    @cached_property
    def size(self) -> int:
        """Numbers in a packed state."""
        return sum(map(prod, self.shapes.values()))

    def pack(self, state: Mapping[str, ArrayLike]) -> Array:
        """One array of all fields.

        Parameters
        ----------
        state : mapping of str to array_like
            Further fields are left out.

        Raises
        ------
        InputError
            If a field is missing or has another shape.
        """
        parts = []
        for name, shape in self.shapes.items():
            if name not in state:
                raise InputError(f"the state has no field {name!r}: give {', '.join(self.shapes)}")
            values = np.asarray(state[name], dtype=np.float64)
            if values.shape != shape:
                raise InputError(f"the field {name!r} has shape {values.shape}: it should have {shape}")
            parts.append(values.ravel())
        return np.concatenate(parts)

    def unpack(self, y: ArrayLike) -> dict[str, Array]:
        """The fields of a packed state, as views where possible.

        Raises
        ------
        InputError
            If it has another size.
        """
        packed = np.require(y, np.float64, ["C", "W"])
        if packed.shape != (self.size,):
            raise InputError(f"the packed state has shape {packed.shape}: it should have ({self.size},)")
        fields, start = {}, 0
        for name, shape in self.shapes.items():
            stop = start + prod(shape)
            fields[name] = packed[start:stop].reshape(shape)
            start = stop
        return fields
