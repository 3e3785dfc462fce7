"""One direction, no way back: what each room may import."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "symdcrnn"

MAY_IMPORT: dict[str, set[str]] = {
    "algebra": {"algebra", "errors", "given"},
    "engines": {"engines", "errors", "given"},
    "data": {"data", "errors", "given", "leftovers"},
    "schemes": {"schemes", "algebra", "errors", "given"},
    "leastsquares": {"leastsquares", "errors"},
    "collisions": {"collisions", "errors"},
    "kernels": {"kernels", "leastsquares", "schemes", "algebra", "errors", "leftovers"},
    "problems": {"problems", "kernels", "data", "errors", "given"},
    "preprocess": {"preprocess", "kernels", "leastsquares", "schemes", "algebra", "data", "engines", "errors"},
    "regression": {"regression", "preprocess", "kernels", "leastsquares", "schemes", "collisions", "algebra", "data",
                   "errors", "given", "settings"},
    "varying_coefficients": {"varying_coefficients", "regression", "preprocess", "kernels", "leastsquares", "errors",
                             "settings"},
    "selection": {"selection", "varying_coefficients", "leastsquares"},
    "uncertainty": {"uncertainty", "selection", "leastsquares", "kernels", "engines", "equation", "equation_text"},
    "weak_form": {"weak_form", "uncertainty", "selection", "preprocess", "kernels", "leastsquares", "algebra",
                  "equation", "equation_text", "errors"},
    "checkpoint": {"checkpoint", "preprocess", "kernels", "leastsquares", "schemes", "algebra", "data", "engines",
                   "errors", "given"},
    "networks": {"networks", "checkpoint", "regression", "leastsquares", "kernels", "schemes", "algebra", "engines",
                 "equation", "errors", "settings"},
    "fitting": {"fitting", "checkpoint", "networks", "weak_form", "uncertainty", "selection", "varying_coefficients",
                "regression", "preprocess", "kernels", "leastsquares", "schemes", "collisions", "algebra", "data",
                "engines", "equation", "equation_text", "model", "records", "scaled_form", "noise_setting",
                "setting_entries", "settings",
                "weak_record", "errors", "given"},
    "results": {"results", "report", "embedding", "algebra", "data", "equation", "equation_text", "model", "errors"},
    "estimator": {"estimator", "simulation", "changes", "evaluation", "results", "fitting", "kernels", "schemes",
                  "data", "model", "settings", "weak_record", "errors", "given"},
    "embedding": {"embedding", "fitting", "regression", "preprocess", "kernels", "schemes", "algebra", "data",
                  "equation", "equation_text", "model", "errors", "given"},
    "forms": {"forms", "limits", "results", "embedding", "regression", "algebra", "data", "equation", "model",
              "settings", "errors", "given"},
    "closure": {"closure", "forms", "fitting", "data", "equation", "model", "setting_entries", "errors"},
    "boundaries": {"boundaries", "embedding", "preprocess", "kernels", "algebra", "data", "model", "errors", "given"},
    "imex": {"imex", "embedding", "preprocess", "kernels", "schemes", "algebra", "errors", "given"},
    "limits": {"limits", "embedding", "regression", "algebra", "data", "equation", "equation_text", "model",
               "scaled_form", "settings", "errors", "given"},
}

FORBIDDEN_LIBRARIES: dict[str, set[str]] = {
    "algebra": {"numpy", "scipy", "numba", "xarray"},
    "data": {"sympy", "numba"},
    "leastsquares": {"sympy", "numba", "xarray"},
    "collisions": {"scipy", "sympy", "numba", "xarray", "click"},
    "kernels": {"sympy", "scipy", "xarray"},
    "preprocess": {"sympy", "xarray", "h5netcdf", "click"},
    "regression": {"scipy", "numba", "xarray", "click"},
    "varying_coefficients": {"sympy", "numba", "xarray", "click"},
    "selection": {"scipy", "sympy", "numba", "xarray", "click"},
    "uncertainty": {"scipy", "sympy", "numba", "xarray", "click"},
    "weak_form": {"sympy", "numba", "xarray", "click"},
    "networks": {"xarray", "h5netcdf", "click"},
    "fitting": {"scipy", "sympy", "numba", "xarray", "h5netcdf", "click"},
    "embedding": {"sympy", "numba", "xarray", "h5netcdf", "click"},
    "closure": {"scipy", "sympy", "numba", "xarray", "click"},
    "boundaries": {"sympy", "numba", "xarray", "h5netcdf", "click"},
    "imex": {"scipy", "sympy", "numba", "xarray", "h5netcdf", "click"},
    "results": {"numba", "scipy", "h5netcdf", "click"},
    "limits": {"scipy", "numba", "h5netcdf", "click"},
    "forms": {"scipy", "numba", "h5netcdf", "click"},
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


COMPILER_ROOMS = ("kernels", "kernels/ir", "kernels/c99", "kernels/codegen", "kernels/codegen/reduction",
                  "kernels/runtime", "kernels/one_state", "kernels/staged")

FIT_ROOMS = ("leastsquares", "preprocess", "regression", "varying_coefficients", "selection", "uncertainty",
             "weak_form", "networks", "fitting", "embedding")


PROBLEM_ROOMS = ("problems", "problems/kinetic")

IMPOSED_ROOMS = ("collisions", "fitting/imposed")

LIMIT_ROOMS = ("forms", "limits", "limits/equations", "limits/expansion", "limits/output")


@pytest.mark.parametrize("room", [*FIT_ROOMS, *COMPILER_ROOMS, *IMPOSED_ROOMS, *LIMIT_ROOMS, *PROBLEM_ROOMS,
                                  "imex", "boundaries", "closure"])
def test_rooms_hold_a_dozen_files_at_most(room: str) -> None:
    assert len([path for path in (PACKAGE / room).glob("*.py") if path.name != "__init__.py"]) <= 12


@pytest.mark.parametrize("room", FIT_ROOMS)
def test_no_room_asks_what_kind_of_kernel_or_data_it_has(room: str) -> None:
    """All that they need is in the protocols; what a user gives is checked where it comes in."""
    kinds = ("Kernel", "Stages", "GridData", "Frame", "Stored")
    found = []
    for path in sorted((PACKAGE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
                found += [(path.name, name) for name in ast.unparse(node.args[1]).split(" | ")
                          if any(kind in name for kind in kinds)]
    assert found in ([], [("inputs.py", "StoredTrajectory")])
