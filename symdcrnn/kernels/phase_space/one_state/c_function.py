"""A function on one state with pointers, for C and for `scipy.LowLevelCallable`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap

from symdcrnn.kernels.phase_space.one_state.layout import LENGTHS, StateFunction

POINTERS = {"places": "WHOLE"}


def c_function(function: StateFunction, arguments: Mapping[str, str]) -> Iterator[str]:
    """Source lines of the function for C; the sizes of all arrays stand in ``places``."""
    kinds = ", ".join(POINTERS.get(name, "POINTER") for name in arguments)
    yield "POINTER, WHOLE = numba.types.CPointer(numba.float64), numba.types.CPointer(numba.int64)"
    yield ""
    yield ""
    yield f"@numba.cfunc(numba.void({kinds}), cache=True)"
    yield f"def c_kernel({', '.join(arguments)}):"
    yield f"    sizes = numba.carray(places, ({function.header},))"
    yield "    kernel("
    for name in arguments:
        yield f"        numba.carray({name}, {_shape(function, name)}),"
    yield "    )"


def _shape(function: StateFunction, name: str) -> str:
    if name in LENGTHS:
        return f"(sizes[{LENGTHS.index(name)}],)"
    array = next(one for one in (*function.arrays, *function.outputs) if one.argument == name)
    first = function.shape_at(array)
    sizes = [f"sizes[{first + number}]" for number in range(array.dimensions)]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def c_prototype(function: StateFunction, arguments: Mapping[str, str], name: str) -> str:
    """The declaration of the function in C.

    Parameters
    ----------
    function : StateFunction
    arguments : mapping of str to str
        By name their numba types.
    name : str
        What the function is called in C.
    """
    written = {array.argument for array in function.outputs} | {"scratch"}
    kinds = {one: f"{'' if one in written else 'const '}{'int64_t' if one == 'places' else 'double'} *"
             for one in arguments}
    shapes = [f"{array.argument} ({', '.join(_axes(array.axes, array.frames))})"
              for array in (*function.arrays, *function.outputs)]
    lengths = ", ".join(f"{one} places[{number}]" for number, one in enumerate(LENGTHS))
    lines = wrap(f"float64 arrays in C order: {', '.join(shapes)}. Their lengths: {lengths}. Nothing is allocated, and "
                 "the scratch array may hold anything.", 100)
    declared = ",\n    ".join(f"{kind}{one}" for one, kind in kinds.items())
    return "\n".join(["#include <stdint.h>", "", *(f"{' *' if number else '/*'} {line}" for number, line in
                                                    enumerate(lines)), " */", f"void {name}(", f"    {declared});", ""])


def _axes(axes: tuple[str, ...], frames: int | None) -> list[str]:
    return [*([] if frames is None else [str(frames)]), *axes] or ["1"]
