"""One direction, no way back: what each room may import."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "symdcrnn"

MAY_IMPORT: dict[str, set[str]] = {
    "algebra": {"algebra", "errors"},
    "engines": {"engines", "errors"},
    "data": {"data", "errors"},
    "schemes": {"schemes", "algebra", "errors"},
    "leastsquares": {"leastsquares", "errors"},
    "kernels": {"kernels", "leastsquares", "schemes", "algebra", "errors"},
    "problems": {"problems", "data", "errors"},
    "training": {"training", "leastsquares", "kernels", "schemes", "algebra", "data", "engines", "errors", "equation",
                 "model", "scaled_form"},
}

FORBIDDEN_LIBRARIES: dict[str, set[str]] = {
    "algebra": {"numpy", "scipy", "numba", "xarray"},
    "data": {"sympy", "numba"},
    "leastsquares": {"sympy", "numba", "xarray"},
    "kernels": {"sympy", "scipy", "xarray"},
    "training": {"xarray", "h5netcdf", "click"},
}


def imports(room: str) -> set[tuple[str, str]]:
    """(file, imported module) of every import in a room."""
    found = set()
    for path in sorted((PACKAGE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                found.add((path.name, node.module))
            elif isinstance(node, ast.Import):
                found.update((path.name, alias.name) for alias in node.names)
    return found


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_rooms_import_only_what_is_on_their_left(room: str) -> None:
    inside = {(file, module.split(".")[1]) for file, module in imports(room) if module.startswith("symdcrnn.")}
    assert {pair for pair in inside if pair[1] not in MAY_IMPORT[room]} == set()


@pytest.mark.parametrize("room", FORBIDDEN_LIBRARIES)
def test_rooms_keep_to_their_libraries(room: str) -> None:
    used = {(file, module.split(".")[0]) for file, module in imports(room)}
    assert {pair for pair in used if pair[1] in FORBIDDEN_LIBRARIES[room]} == set()


def test_no_file_holds_two_ideas() -> None:
    long = {path.name: count for path in PACKAGE.rglob("*.py")
            if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400}
    assert long == {}
