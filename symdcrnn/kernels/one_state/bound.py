"""A function on one state with its machine code, and the same with the numbers of a grid: what solvers call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.errors import InputError
from symdcrnn.kernels.cache import load, source_path
from symdcrnn.kernels.cache_folder import cache_directory
from symdcrnn.kernels.one_state.c_function import c_module, c_prototype
from symdcrnn.kernels.one_state.emit import StateSource, emit_state
from symdcrnn.kernels.one_state.layout import StateArray, StateFunction
from symdcrnn.kernels.one_state.numbers import KnownFunction, Packed, shape_of

Array = NDArray[np.float64]
Functions = Callable[[str, tuple[str, ...], float], Array]


@dataclass(frozen=True, eq=False)
class CompiledState:
    """A compiled function of a model: made from its structure alone, without any number of it.

    It takes the fields, then ``coefficients, functions, numbers, places, scratch``, then the arrays that it writes. It
    allocates nothing and releases the GIL.

    Parameters
    ----------
    structure : StateFunction
    emitted : StateSource
    path : Path
        The file that holds the source.
    function : callable
        The numba function, compiled for one signature.
    """

    structure: StateFunction
    emitted: StateSource
    path: Path
    function: Any

    @cached_property
    def c_function(self) -> Any:
        """The same with pointers, a numba cfunc; compiled, or loaded from the cache, when it is first asked for."""
        return load(c_module(self.structure, self.arguments, self.function.__module__), self.path.parent,
                    whole=True).c_kernel

    @property
    def source(self) -> str:
        """Its numba source."""
        return self.emitted.text

    @property
    def arguments(self) -> dict[str, str]:
        """The numba types of the arguments by name, in their order."""
        return dict(self.emitted.arguments)

    @property
    def signature(self) -> str:
        """The numba signature; it depends on the fields of the model alone, not on its words."""
        return self.emitted.signature

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
        """The declaration of the function in C."""
        return c_prototype(self.structure, self.arguments, f"symdcrnn_{self.structure.name}")


def compile_state(structure: StateFunction) -> CompiledState:
    """Compile a function on one state, or load it from the cache.

    Raises
    ------
    InputError
        If the cache folder cannot be used.
    """
    emitted = emit_state(structure)
    folder = cache_directory()
    module = load(emitted.text, folder, whole=True)
    return CompiledState(structure, emitted, source_path(emitted.text, folder), module.kernel)


@dataclass(frozen=True, eq=False)
class BoundState:
    """A compiled function with all its arguments except the fields.

    One scratch array belongs to it: use one for each thread.

    Parameters
    ----------
    compiled : CompiledState
    coefficients : ndarray, shape (words,)
        Of the words of all equations.
    packed : Packed
        The numbers of the grid.
    sizes : mapping of str to int
        Points by axis.
    known : callable
        Known functions as ``known(name, axes, t)``.
    start : float
        The time of the first frame of those that change in time, unless another one is given.
    step : float
        From one frame to the next, where there are some.
    """

    compiled: CompiledState
    coefficients: Array
    packed: Packed
    sizes: Mapping[str, int]
    known: Functions
    start: float
    step: float = 0.0

    @cached_property
    def constants(self) -> tuple[Any, ...]:
        """``coefficients, functions, numbers, places, scratch``: the arguments after the fields."""
        return (np.require(self.coefficients, np.float64, ["C", "W"]), self._steady, self.packed.numbers,
                self.packed.places, np.zeros(self.packed.scratch))

    def functions(self, t: float) -> Array:
        """The argument ``functions`` at a time; the same array where nothing in it changes."""
        moving = [one for one in self.packed.functions if "t" in one.axes]
        if not moving:
            return self._steady
        made = np.array(self._steady)
        for one in moving:
            made[one.first:one.first + one.size] = self._at(one, t)
        return made

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of an argument that holds a field, such as ``state_f`` or ``out_f``."""
        return shape_of(self._fields[name], self.sizes)

    def __call__(self, *fields: ArrayLike, t: float | None = None) -> tuple[Array, ...]:
        """The results for some fields, in new arrays; `compiled.function` writes to given ones instead.

        Parameters
        ----------
        *fields : array_like
            In the order of the arguments.
        t : float, optional
            The time of known functions that change in time; that of the first frame by default.

        Raises
        ------
        InputError
            If their number or a shape is wrong.
        """
        structure = self.compiled.structure
        names = [array.argument for array in structure.arrays]
        if len(fields) != len(names):
            raise InputError(f"{structure.name} takes {', '.join(names)}, but {len(fields)} arrays were given")
        arrays = [np.require(field, np.float64, ["C", "W"]) for field in fields]
        for name, array in zip(names, arrays, strict=True):
            if array.shape != self.shape(name):
                raise InputError(f"{name} has shape {array.shape}: it should have {self.shape(name)}")
        results = tuple(np.zeros(self.shape(array.argument)) for array in structure.outputs)
        self.write(arrays, results, self.start if t is None else t)
        return results

    def write(self, fields: list[Array], results: tuple[Array, ...], t: float) -> None:
        """Call the function on arrays of the right shapes."""
        coefficients, _, *others = self.constants
        self.compiled.function(*fields, coefficients, self.functions(t), *others, *results)

    @cached_property
    def _fields(self) -> dict[str, StateArray]:
        structure = self.compiled.structure
        return {array.argument: array for array in (*structure.arrays, *structure.outputs)}

    @cached_property
    def _steady(self) -> Array:
        made = np.zeros(sum(one.size for one in self.packed.functions))
        for one in self.packed.functions:
            made[one.first:one.first + one.size] = self._at(one, self.start)
        return made

    def _at(self, one: KnownFunction, t: float) -> Array:
        return np.concatenate([self.known(one.name, one.axes, t + (one.frame + number) * self.step)
                               for number in range(one.frames)])
