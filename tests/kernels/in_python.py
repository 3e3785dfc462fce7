"""Generated sources run by Python itself, without numba: their statements as they stand, and which of them were run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np

from symdcrnn.imex import loops
from symdcrnn.kernels.one_state import bound as one_state
from symdcrnn.kernels.runtime import bound
from symdcrnn.kernels.staged import penalties, sweeps
from symdcrnn.networks import straight_line
from symdcrnn.problems import ars222

LOADING = (bound, penalties, one_state)
"""Modules that load generated sources."""

REMEMBERED = ((bound, "built"), (penalties, "_slopes"))
"""What they remember of them."""

PLAIN = ((sweeps, "compiled"), (loops, "compiled"), (straight_line, "_compiled"), (ars222, "_solver"))
"""What compiles functions of the package itself."""


def placed(dimensions: int) -> Callable[[Any, Any, int], Any]:
    """What `symdcrnn.kernels.runtime.views` does for machine code."""
    def view(array: Any, places: Any, at: int) -> Any:
        first, rows, columns = places[at:at + 3]
        part = array[first:first + rows * columns]
        return part if dimensions == 1 else part.reshape((1, rows, columns)[3 - dimensions:])

    return view


VIEWS = {"line": lambda array, first, size: array[first:first + size], "whole_line": lambda array: array.reshape(-1),
         "placed_line": placed(1), "placed_rows": placed(2), "placed_block": placed(3)}


@dataclass(eq=False)
class Run:
    """Sources that were run, and the lines of statements in their functions.

    Parameters
    ----------
    statements, seen : dict of str to set of int
        By function, as its text, the lines of it that hold a statement, and those that were reached.
    """

    statements: dict[str, set[int]] = field(default_factory=dict)
    seen: dict[str, set[int]] = field(default_factory=dict)


def decorated(signature: str, **_: object) -> Callable[[Any], Any]:
    """In the place of numba's decorator: a function has as many arguments as its signature."""
    inside = re.sub(r"\[[^]]*\]", "", signature[signature.index("(") + 1:-1])

    def checked(function: Any) -> Any:
        assert len(inside.split(",")) == function.__code__.co_argcount, function.__name__
        return function

    return checked


def without_imports(source: str) -> ast.Module:
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return tree


def compiled(tree: ast.Module) -> CodeType:
    return compile(ast.fix_missing_locations(tree), "<generated>", "exec")


@lru_cache(maxsize=512)
def unnoted(source: str) -> CodeType:
    """As several tests run the same sources."""
    return compiled(without_imports(source))


@contextmanager
def in_python(notes: bool = False) -> Iterator[Run]:
    """All kernels are run by Python for a while; what is bound before has machine code.

    Parameters
    ----------
    notes : bool
        Whether it is noted which statements were run, which takes longer.
    """
    run = Run()

    def load(source: str, folder: Path, whole: bool = False) -> ModuleType:
        module = ModuleType("in_python")
        module.__dict__.update(numba=SimpleNamespace(njit=decorated), np=np, **VIEWS)
        if notes:
            tree = without_imports(source)
            note(tree, source.splitlines(), run, module)
            exec(compiled(tree), module.__dict__)
        else:
            exec(unnoted(source), module.__dict__)
        return module

    def plain(title: str, functions: Iterable[tuple[Callable[..., Any], str]], *_: object, **__: object) -> Any:
        return SimpleNamespace(**{function.__name__: function for function, _ in functions})

    patches = [mock.patch.object(module, "load", load) for module in LOADING]
    patches += [mock.patch.object(module, name, lru_cache(getattr(module, name).__wrapped__))
                for module, name in (*REMEMBERED, *PLAIN)]
    patches += [mock.patch.object(module, "compiled_functions", plain) for module, _ in PLAIN]
    for patch in patches:
        patch.start()
    try:
        yield run
    finally:
        for patch in reversed(patches):
            patch.stop()


def note(tree: ast.Module, lines: Sequence[str], run: Run, module: ModuleType) -> None:
    """Have each statement of the functions of a source note that it is reached."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            text = "\n".join(lines[node.lineno - 1:node.end_lineno])
            statements, seen = run.statements.setdefault(text, set()), run.seen.setdefault(text, set())
            name = f"seen_{len(module.__dict__)}"
            module.__dict__[name] = seen.add
            _note(node, node.lineno, name, statements)


def _note(node: ast.AST, first: int, name: str, statements: set[int]) -> None:
    for part in ("body", "orelse"):
        inner = getattr(node, part, [])
        if not isinstance(inner, list):
            continue
        noted: list[ast.stmt] = []
        for one in inner:
            line = one.lineno - first
            statements.add(line)
            call = ast.Call(ast.Name(name, ast.Load()), [ast.Constant(line)], [])
            noted += [ast.Expr(call), one]
            _note(one, first, name, statements)
        setattr(node, part, noted)
