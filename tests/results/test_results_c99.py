"""C99 source of right-hand sides, compiled and called, beside the numba function of the same model."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
import written_models
from numpy.typing import NDArray

import symdcrnn
from symdcrnn import InputError, Model, Trajectory
from symdcrnn.equation import LearnedFunction

Command = Callable[..., CompletedProcess[str]]
Array = NDArray[np.float64]

COMPILER = next((found for name in ("gcc", "clang", "cc") if (found := shutil.which(name)) is not None), None)
STRICT = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC")

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


def arguments_of(source: str) -> list[str]:
    declared = re.findall(r"void symdcrnn_rhs\((.*?)\)", source, re.DOTALL)[0]
    return [one.split()[-1] for one in declared.split(",")]


def rates_in_c(source: str, folder: Path, data: Trajectory, frame: int, epsilon: float = 1.0) -> dict[str, Array]:
    """What the compiled source writes for a frame of data."""
    (folder / "rhs.c").write_text(source, encoding="utf-8")
    assert COMPILER is not None
    subprocess.run([COMPILER, *STRICT, "rhs.c", "-o", "rhs.so", "-lm"], cwd=folder, check=True, timeout=120)
    function = ctypes.CDLL(str(folder / "rhs.so")).symdcrnn_rhs
    room = int(re.findall(r"symdcrnn_work = (\d+)", source)[0])
    given: list[object] = []
    kept, out = [], {}
    for name in arguments_of(source):
        kind, _, of = name.partition("_")
        if name in ("t", "epsilon"):
            given.append(ctypes.c_double(float(data.t[frame]) if name == "t" else epsilon))
            continue
        if kind == "state":
            values = data.array(of)[frame]
        elif kind == "weights":
            values = next(axis.weights for axis in data.axes if axis.name == of)
        elif kind == "at":
            values = data.coordinates[of][1] if of in data.coordinates else data.array(of)
        else:
            values = np.full(room if kind == "work" else data.array(of)[frame].shape, np.nan)
        kept.append(np.require(values, np.float64, ["C", "W"]))
        if kind == "out":
            out[of] = kept[-1]
        given.append(kept[-1].ctypes.data_as(ctypes.c_void_p))
    function(*given)
    return out


def rates_in_numba(model: Model, data: Trajectory, frame: int) -> dict[str, Array]:
    rhs = model.rhs(data)
    state = {name: data.array(name)[frame] for name in data.field_names}
    # Fields without an equation are those of the frame.
    return {name: np.array(values) for name, values in rhs.unpack(rhs(float(data.t[frame]), rhs.pack(state))).items()}


def check_agrees(model: Model, data: Trajectory, folder: Path, frame: int = 1) -> None:
    expected = rates_in_numba(model, data, frame)
    found = rates_in_c(model.written("c99"), folder, data, frame, data.epsilon or 1.0)
    assert set(found) == set(expected)
    for name, values in expected.items():
        scale = np.max(np.abs(values))
        assert scale > 0.0
        np.testing.assert_allclose(found[name], values, rtol=0.0, atol=1e-12 * scale)


@pytest.mark.usefixtures("interpreted")
@needs_compiler
@pytest.mark.parametrize("periodic", [True, False])
def test_kinetic_equations_in_c(tmp_path: Path, periodic: bool) -> None:
    """Averages, a kernel, leaning stencils, products, functions, a velocity with ends, known functions and t."""
    check_agrees(*written_models.kinetic(periodic, True), tmp_path)


@pytest.mark.usefixtures("interpreted")
@needs_compiler
def test_several_space_axes_in_c(tmp_path: Path) -> None:
    check_agrees(*written_models.plane(), tmp_path)


@pytest.mark.usefixtures("interpreted")
@needs_compiler
def test_learned_functions_and_powers_of_epsilon_in_c(tmp_path: Path) -> None:
    model, data = written_models.kinetic(True, True)
    x = np.arange(41) * 0.3
    functions = (LearnedFunction("u", tuple(x), tuple(np.sin(x))), LearnedFunction("1", tuple(x), tuple(np.cos(x))))
    equation = model["u"]
    terms = tuple(replace(term, power=number % 3) for number, term in enumerate(equation.terms))
    changed = replace(model, equations=(replace(equation, terms=terms, functions=functions),))
    check_agrees(changed, Trajectory(data.dataset.assign_attrs(epsilon=0.25)), tmp_path)


@needs_compiler
def test_a_learned_model_in_c_from_the_shell(tmp_path: Path, workplace: Path, command: Command) -> None:
    model, data = symdcrnn.load_model(workplace / "model.json"), symdcrnn.read_trajectory(workplace / "data.nc")
    done = command(workplace, "inspect", "model.json", "--format", "c99", "--equation", "g")
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip() == model.written("c99").rstrip()
    found = rates_in_c(done.stdout, tmp_path, data, 3)["g"]
    expected = symdcrnn.right_hand_side(model, data, "g")[3]
    assert np.max(np.abs(found - expected)) <= 1e-12 * np.max(np.abs(expected))


def test_what_has_no_source_in_c_is_said(tmp_path: Path) -> None:
    uneven, _ = written_models.kinetic(True, False)
    with pytest.raises(InputError, match="the axis 'x' is unevenly spaced, and the model holds no points of it"):
        uneven.written("c99")
    model, _ = written_models.kinetic(True, True)
    moving = replace(model["u"], functions=(LearnedFunction("u", (0.0, 1.0), (1.0, 2.0), "t"),))
    with pytest.raises(InputError, match="is a function of time, which C source has none of: use --format numba"):
        replace(model, equations=(moving,)).written("c99")


def test_names_never_become_source() -> None:
    model, _ = written_models.kinetic(True, True)
    fields = {"u */ int x; /*": ("t", "x"), **model.data.fields}
    with pytest.raises(InputError, match="cannot stand in a kernel"):
        replace(model, data=replace(model.data, fields=fields)).written("c99")
