"""Parts of flat arrays as arrays, for generated functions: slices and reshapes would be half of their compile time.

Nothing is checked here: a generated function first compares the lengths of its flat arrays with those planned.
Machine code is kept by the source that calls them: what they do may change only with their names.
"""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.extending import intrinsic
from numba.np import arrayobj

make_array: Any = arrayobj.make_array
populate_array: Any = arrayobj.populate_array


def _made(context: Any, builder: Any, signature: Any, array: Any, first: Any, shape: list[Any]) -> Any:
    """A contiguous array over the memory of another one."""
    source = make_array(signature.args[0])(context, builder, array)
    made = make_array(signature.return_type)(context, builder)
    strides = [source.itemsize]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    data = source.data if first is None else builder.gep(source.data, [first])
    populate_array(made, data=data, shape=shape, strides=strides, itemsize=source.itemsize, meminfo=source.meminfo,
                   parent=None)
    return made._getvalue()


def _placed(dimensions: int) -> Any:
    """A view whose beginning, rows and columns stand in another array."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, places, at = arguments
        numbers = make_array(signature.args[1])(context, builder, places)
        first, rows, columns = (
            builder.load(builder.gep(numbers.data, [builder.add(at, context.get_constant(types.int64, number))]))
            for number in range(3))
        shape = [builder.mul(rows, columns)] if dimensions == 1 else [rows, columns]
        if dimensions == 3:
            shape.insert(0, context.get_constant(types.int64, 1))
        return _made(context, builder, signature, array, first, shape)

    return code


def _whole_line(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    source = make_array(signature.args[0])(context, builder, arguments[0])
    return _made(context, builder, signature, arguments[0], None, [source.nitems])


def _line(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return _made(context, builder, signature, arguments[0], arguments[1], [arguments[2]])


@intrinsic
def line(typing_context: Any, array: Any, first: Any, size: Any) -> Any:
    """``array[first:first + size]`` of a contiguous array."""
    return types.Array(array.dtype, 1, "C")(array, types.int64, types.int64), _line


@intrinsic
def whole_line(typing_context: Any, array: Any) -> Any:
    """All of a contiguous array in one row."""
    return types.Array(array.dtype, 1, "C")(array), _whole_line


@intrinsic
def placed_line(typing_context: Any, array: Any, places: Any, at: Any) -> Any:
    """The part of a contiguous array that begins at ``places[at]``, ``places[at + 1] * places[at + 2]`` long."""
    return types.Array(array.dtype, 1, "C")(array, places, types.int64), _placed(1)


@intrinsic
def placed_rows(typing_context: Any, array: Any, places: Any, at: Any) -> Any:
    """As `placed_line`, of the shape ``(places[at + 1], places[at + 2])``."""
    return types.Array(array.dtype, 2, "C")(array, places, types.int64), _placed(2)


@intrinsic
def placed_block(typing_context: Any, array: Any, places: Any, at: Any) -> Any:
    """As `placed_rows`, with a first axis of one."""
    return types.Array(array.dtype, 3, "C")(array, places, types.int64), _placed(3)
