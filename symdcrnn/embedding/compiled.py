"""A system with its machine code, and the same bound to a grid: what solvers call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.errors import InputError
from symdcrnn.kernels.c_function import c_prototype
from symdcrnn.kernels.cache import cache_directory, load, source_path
from symdcrnn.kernels.emit_system import emit_system
from symdcrnn.kernels.system import System
from symdcrnn.kernels.system_arguments import argument_types, scratch_shape, system_signature

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CompiledFunction:
    """A compiled function of a model: made from its structure alone, without any number of it.

    It takes the fields, then ``coefficients, profiles, v, quadrature, dx, periodic, scratch``, then the arrays that it
    writes; `arguments` names them with their types. It allocates nothing and releases the GIL.

    Parameters
    ----------
    system : System
        What it computes.
    source : str
        Its numba source.
    path : Path
        The file that holds the source.
    function : callable
        The numba function, compiled for one signature.
    c_function : numba cfunc
        The same with pointers and sizes.
    """

    system: System
    source: str
    path: Path
    function: Any
    c_function: Any

    @property
    def arguments(self) -> dict[str, str]:
        """The numba types of the arguments by name, in their order."""
        return argument_types(self.system)

    @property
    def signature(self) -> str:
        """The numba signature; it depends on the fields of the model alone, not on its words."""
        return system_signature(self.system)

    @property
    def numba_type(self) -> Any:
        """``numba.types.FunctionType`` of the signature, for the argument of a solver that takes such a function."""
        from numba import types

        return types.FunctionType(self.function.nopython_signatures[0])

    @property
    def address(self) -> int:
        """The address of the function for C."""
        return int(self.c_function.address)

    @property
    def ctypes(self) -> Any:
        """The function for C as a ctypes function; ``scipy.LowLevelCallable`` takes it."""
        return self.c_function.ctypes

    @property
    def prototype(self) -> str:
        """The declaration of the function in C, with the sizes of its arrays."""
        return c_prototype(self.system, f"symdcrnn_{self.system.name}")

    def scratch(self, velocities: int) -> Values:
        """A scratch array for so many velocities and any number of points; one for each thread."""
        return np.zeros(scratch_shape(self.system, velocities))


def compile_system(system: System) -> CompiledFunction:
    """Compile a system, or load it from the cache.

    Raises
    ------
    InputError
        If the cache folder cannot be used.
    """
    source = emit_system(system)
    folder = cache_directory()
    module = load(source, folder)
    return CompiledFunction(system, source, source_path(source, folder), module.kernel, module.c_kernel)


@dataclass(frozen=True)
class Grid:
    """The numbers that a compiled function needs besides the fields.

    Parameters
    ----------
    coefficients : ndarray, shape (words,)
        Of the words of all equations.
    profiles : mapping of str to ndarray, shape (Nx,)
        Known functions of x.
    v, quadrature : ndarray, shape (Nv,)
        Nodes, and weights that sum to one.
    nx : int
        Points of x.
    dx : float
        Spacing of x.
    periodic : bool
        Whether x wraps around.
    """

    coefficients: Values
    profiles: Mapping[str, Values]
    v: Values
    quadrature: Values
    nx: int
    dx: float
    periodic: bool


@dataclass(frozen=True, eq=False)
class BoundFunction:
    """A compiled function with all its arguments except the fields.

    One scratch array belongs to it: use one for each thread.

    Parameters
    ----------
    compiled : CompiledFunction
    grid : Grid

    Raises
    ------
    InputError
        If there are fewer points of x than the stencils reach over, or an adjoint meets a weight of zero.
    """

    compiled: CompiledFunction
    grid: Grid

    def __post_init__(self) -> None:
        reach = 2 * max(self.compiled.system.halo, self.compiled.system.margin) + 1
        if self.grid.nx < reach:
            raise InputError(f"the grid has {self.grid.nx} points in x, but the stencils of the equations reach over "
                             f"{reach}: give more points")
        divides = any(array.role == "cotangent" and array.full for array in self.compiled.system.arrays)
        if divides and np.any(self.grid.quadrature == 0.0):
            raise InputError("the quadrature has a weight of zero, which an adjoint divides by: leave that v out of "
                             "the data")

    @cached_property
    def constants(self) -> tuple[Any, ...]:
        """``coefficients, profiles, v, quadrature, dx, periodic, scratch``: the arguments after the fields."""
        grid = self.grid
        profiles = np.zeros((len(self.compiled.system.profiles), grid.nx))
        for row, name in enumerate(self.compiled.system.profiles):
            profiles[row] = grid.profiles[name]
        return (_plain(grid.coefficients), profiles, _plain(grid.v), _plain(grid.quadrature), float(grid.dx),
                bool(grid.periodic), self.compiled.scratch(grid.v.size))

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of an argument that holds a field, such as ``state_g`` or ``out_rho``."""
        arrays = {f"{array.role}_{array.name}": array for array in self.compiled.system.arrays}
        arrays |= {f"out_{array.name}": array for array in self.compiled.system.written}
        array = arrays[name]
        return (*(() if array.frames is None else (array.frames,)), *((self.grid.v.size,) if array.full else ()),
                self.grid.nx)

    def __call__(self, *fields: ArrayLike) -> tuple[Values, ...]:
        """The results for some fields, in new arrays; `compiled.function` writes to given ones instead.

        Parameters
        ----------
        *fields : array_like
            In the order of the arguments: states, and for an adjoint the cotangents.

        Raises
        ------
        InputError
            If their number or a shape is wrong.
        """
        system = self.compiled.system
        names = [f"{array.role}_{array.name}" for array in system.arrays]
        if len(fields) != len(names):
            raise InputError(f"{system.name} takes {', '.join(names)}, but {len(fields)} arrays were given")
        arrays = [_plain(field) for field in fields]
        for name, array in zip(names, arrays, strict=True):
            if array.shape != self.shape(name):
                raise InputError(f"{name} has shape {array.shape}: it should have {self.shape(name)}")
        results = tuple(np.zeros(self.shape(f"out_{array.name}")) for array in system.written)
        self.compiled.function(*arrays, *self.constants, *results)
        return results


def _plain(values: ArrayLike | Sequence[float]) -> Values:
    return np.require(values, np.float64, ["C", "W"])
