"""The function on one state with pointers and sizes, for C and for `scipy.LowLevelCallable`."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from symdcrnn.kernels.system import Array, Output, Sum, System
from symdcrnn.kernels.system_arguments import BLOCK, Rows, argument, argument_types

NUMBA_TYPES = {"int64_t ": "numba.int64", "double ": "numba.float64"}


def c_arguments(system: System) -> dict[str, str]:
    """The arguments of the function for C and their types in C."""
    reads = {argument(array): "const double *" for array in system.arrays}
    writes = {f"out_{array.name}": "double *" for array in system.written}
    return {
        "nv": "int64_t ", "nx": "int64_t ", **reads, "coefficients": "const double *", "profiles": "const double *",
        "v": "const double *", "quadrature": "const double *", "dx": "double ", "periodic": "int64_t ",
        "scratch": "double *", **writes,
    }


def coefficient_count(system: System) -> int:
    """How many coefficients it reads."""
    sums = [part for part in (*system.values, *system.outputs) if isinstance(part, Sum | Output)]
    found = [term.coefficient for part in sums for term in part.terms if term.coefficient is not None]
    return 1 + max(found, default=-1)


def c_prototype(system: System, name: str) -> str:
    """The declaration of the function in C, with the sizes of its arrays in a comment.

    Parameters
    ----------
    system : System
    name : str
        What the function is called in C.
    """
    shapes = _shapes(system)
    sizes = [f" *   {key}: {shapes[key]}" for key in c_arguments(system) if key in shapes]
    declared = ",\n    ".join(f"{kind}{key}" for key, kind in c_arguments(system).items())
    lines = ["/* float64 arrays in C order, the last axis contiguous:", *sizes,
             " * periodic is 0 or 1; nothing is allocated, and the scratch array may hold anything. */",
             f"void {name}(", f"    {declared});"]
    return "\n".join(["#include <stdint.h>", "", *lines, ""])


def _shapes(system: System) -> dict[str, str]:
    rows = Rows.of(system)
    width = BLOCK + 2 * system.halo
    shapes = {argument(array): _shape(array) for array in system.arrays}
    shapes |= {"coefficients": f"({coefficient_count(system)},)", "profiles": f"({len(system.profiles)}, nx)",
               "v": "(nv,)", "quadrature": "(nv,)",
               "scratch": f"({max(rows.single, 1 - rows.per_v)} + {rows.per_v} * nv, {width})"}
    return shapes | {f"out_{array.name}": _shape(array) for array in system.written}


def _shape(array: Array) -> str:
    parts = [*([str(array.frames)] if array.frames is not None else []), *(["nv"] if array.full else []), "nx"]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def c_function(system: System) -> Iterator[str]:
    """Source lines of the function."""
    arguments, shapes = c_arguments(system), _shapes(system)
    types = ", ".join(NUMBA_TYPES.get(kind, "POINTER") for kind in arguments.values())
    yield "POINTER = numba.types.CPointer(numba.float64)"
    yield ""
    yield ""
    yield "@numba.cfunc("
    yield from (f"    {line}" for line in wrap(f"numba.void({types}),", 100))
    yield "    cache=True,"
    yield ")"
    first, *rest = wrap(f"def c_kernel({', '.join(arguments)}):", 100)
    yield first
    yield from (f"        {line}" for line in rest)
    yield "    kernel("
    for name in argument_types(system):
        value = f"numba.carray({name}, {shapes[name]})" if name in shapes else name
        yield f"        {value}{' != 0' if name == 'periodic' else ''},"
    yield "    )"
