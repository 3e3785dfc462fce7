"""The arrays that kernels read: their sizes, the field that is one everywhere, and kernels bound to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import UNIT
from symdcrnn.errors import InputError
from symdcrnn.kernels.build import Kernel, build
from symdcrnn.kernels.emit import KernelSpec
from symdcrnn.kernels.runtime import BoundKernel, GridData

Array = NDArray[np.float64]

LARGEST_VALUE = 1e50
"""Squares of such values, times what differences over small steps add, are still finite."""


def check_sizes(fields: Mapping[str, Array], whole: bool = True) -> None:
    """Refuse values whose squares are not numbers any more.

    Parameters
    ----------
    fields : mapping of str to ndarray
    whole : bool
        Whether these are all values: only then can all of them be too small.

    Raises
    ------
    InputError
        Naming the field and its largest value.
    """
    for name, values in fields.items():
        largest = max(float(values.max()), -float(values.min()))
        if largest > LARGEST_VALUE or (whole and 0.0 < largest < 1.0 / LARGEST_VALUE):
            raise InputError(
                f"the field {name!r} has values up to {largest:.1e}: give it in units that make them between "
                f"{1.0 / LARGEST_VALUE:.0e} and {LARGEST_VALUE:.0e}"
            )


def reads_unit(spec: KernelSpec) -> bool:
    """Whether a kernel reads the field that is one."""
    return UNIT.name in dict(spec.program.fields)


def with_unit(data: GridData) -> GridData:
    """The data with the field that is one, which only equations with a source read."""
    if UNIT.name in data.fields:
        return data
    return replace(data, fields={**data.fields, UNIT.name: np.ones((data.frames, data.nx))})


def plain(array: Array) -> Array:
    """The type of array that kernels are compiled for; copied only if it is read-only or strided."""
    return np.require(array, np.float64, ["C", "W"])


@lru_cache(maxsize=32)
def built(spec: KernelSpec) -> Kernel:
    """The kernel of a process: it is not built again for every block."""
    return build(spec)


def bound_to(spec: KernelSpec, data: GridData, width: float = 1.0) -> BoundKernel:
    """A kernel with the frames of one block."""
    return BoundKernel(built(spec), with_unit(data) if reads_unit(spec) else data, width)
