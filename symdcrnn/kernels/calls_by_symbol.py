"""Calls of compiled functions by a symbol of their own: their code does not become part of every caller.

By itself numba links what a function calls into it, and optimises and translates all of that again.
"""

from __future__ import annotations

import inspect
from functools import cache
from importlib import import_module
from typing import Any


@cache
def called_by_symbol(function: Any, symbol: str) -> Any:
    """What numba functions may call in place of a compiled function.

    Machine code that calls it so is of use only where the symbol is known: what calls it is loaded after this.

    Parameters
    ----------
    function : numba function
        With one explicit signature; it raises nothing.
    symbol : str
        Which no other function has.
    """
    binding, cgutils, extending = map(import_module, ("llvmlite.binding", "numba.core.cgutils", "numba.extending"))
    compiled = next(iter(function.overloads.values()))
    binding.add_symbol(symbol, compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name))
    signature = compiled.signature

    def written(context: Any, builder: Any, called: Any, arguments: Any) -> Any:
        kind = context.call_conv.get_function_type(called.return_type, called.args)
        callee = cgutils.get_or_insert_function(builder.module, kind, symbol)
        _, result = context.call_conv.call_function(builder, callee, called.return_type, called.args, arguments)
        return result

    def typed(_: Any, *__: Any) -> tuple[Any, Any]:
        return signature, written

    # numba counts the arguments.
    first = inspect.Parameter("context", inspect.Parameter.POSITIONAL_ONLY)
    parameters = (first, *inspect.signature(function.py_func).parameters.values())
    typed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    typed.__name__ = function.__name__
    return extending.intrinsic(typed)
