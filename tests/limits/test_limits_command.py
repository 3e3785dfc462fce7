"""`symdcrnn limit`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from learned_models import F, learned

import symdcrnn

Command = Callable[..., subprocess.CompletedProcess[str]]
TERMS = {"v_dx f": (-64.0, 1e-5), "f": (-4096.0, 1e-4), "<f>": (4096.0, 1e-4)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a model and data of its fields."""
    learned({"f": TERMS}, F).save(tmp_path / "model.json")
    v, weights = np.polynomial.legendre.leggauss(16)
    x = np.arange(64) / 64
    f = np.tile(1 + v[:, None] * np.sin(2 * np.pi * x), (3, 1, 1))
    trajectory = symdcrnn.Trajectory.from_arrays({"f": f}, t=np.arange(3.0), v=v, x=x, weights=weights, periodic=True)
    symdcrnn.write_trajectory(trajectory, tmp_path / "data.nc")
    return tmp_path


def test_formats(folder: Path, command: Command) -> None:
    text = command(folder, "limit", "model.json")
    assert [line[:16].rstrip() for line in text.stdout.splitlines()] == [
        "d_t rho = 1/3 d_", "  coefficients", "  where", "  assumptions"]
    assert command(folder, "limit", "model.json", "--quiet").stdout == "d_t rho = 1/3 d_xx rho\n"
    assert command(folder, "limit", "model.json", "--format", "latex").stdout.startswith(r"\begin{aligned}")
    content = json.loads(command(folder, "limit", "model.json", "--order", "2", "--json").stdout)
    assert content["equations"]["rho"]["text"] == "d_t rho = 1/3 d_xx rho - 1/45 eps^2 d_xxxx rho"
    assert json.loads(command(folder, "limit", "model.json", "--format", "json").stdout)["order"] == 0


def test_sympy_can_be_run(folder: Path, command: Command, block: Callable[[Path, str], str]) -> None:
    done = command(folder, "limit", "model.json", "--order", "2", "--format", "sympy")
    printed = block(folder, done.stdout + "\nprint(equations[0].lhs)\n")
    assert printed == "Derivative(rho(t, x), t)\n"


def test_outputs(folder: Path, command: Command) -> None:
    done = command(folder, "limit", "model.json", "--data", "data.nc", "-o", "limit.json", "--fields", "slow.nc")
    assert done.returncode == 0, done.stderr
    assert "averages over v: the weights of the data" in done.stdout
    assert symdcrnn.load_model(folder / "limit.json")["rho"].coefficients["d_xx rho"] == pytest.approx(1 / 3)
    assert symdcrnn.read_trajectory(folder / "slow.nc").array("rho") == pytest.approx(np.ones((3, 64)))
    shown = command(folder, "inspect", "limit.json").stdout
    assert "  derived       from another equation" in shown
    assert "residual" not in shown
    again = command(folder, "limit", "model.json", "-o", "limit.json")
    assert (again.returncode, "--force" in again.stderr) == (1, True)


@pytest.mark.parametrize(("arguments", "code", "message"), [
    (("--power", "f=1"), 1, "powers has 'f' = 1: write EQUATION:WORD = POWER"),
    (("--power", "f:f"), 2, "--power has 'f:f': write a name, = and a value"),
    (("--power", "f:f=x"), 2, "the power is a whole number"),
    (("--velocity", "v=gauss"), 2, "choose from legendre"),
    (("--velocity", "x=line"), 1, "'x', which is no velocity axis of the model"),
    (("--epsilon", "2"), 2, "--epsilon is 2"),
    (("--large", "nu"), 1, "no word of the model has the known function 'nu'"),
    (("--small", "a", "--large", "b"), 1, "name one of both"),
    (("--fields", "slow.nc"), 2, "--fields are those of --data"),
    (("--order", "99"), 2, "99 is not in the range"),
])
def test_refusals_are_one_line(
    folder: Path, command: Command, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = command(folder, "limit", "model.json", *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
