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


def _view(dimensions: int) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, first, *shape = arguments
        source = make_array(signature.args[0])(context, builder, array)
        made = make_array(signature.return_type)(context, builder)
        strides = [builder.mul(shape[1], source.itemsize), source.itemsize] if dimensions == 2 else [source.itemsize]
        populate_array(made, data=builder.gep(source.data, [first]), shape=shape, strides=strides,
                       itemsize=source.itemsize, meminfo=source.meminfo, parent=None)
        return made._getvalue()

    return code


@intrinsic
def line(typing_context: Any, array: Any, first: Any, size: Any) -> Any:
    """``array[first:first + size]`` of a contiguous array."""
    return types.Array(array.dtype, 1, "C")(array, types.int64, types.int64), _view(1)


@intrinsic
def rows(typing_context: Any, array: Any, first: Any, count: Any, columns: Any) -> Any:
    """``array[first:first + count * columns].reshape((count, columns))`` of a contiguous array."""
    return types.Array(array.dtype, 2, "C")(array, types.int64, types.int64, types.int64), _view(2)
