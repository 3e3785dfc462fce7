"""Kernels and constraints from the command line, a file of settings, and in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

import symdcrnn

Command = Callable[..., CompletedProcess[str]]
FIT = ("--word", "u^2", "--word", "d_x u", "--word", "d_xx u", "--bootstrap", "0", "--json")


@pytest.fixture(scope="module")
def waves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """d_t u = -d_x u + 0.1 d_xx u, exact."""
    path = tmp_path_factory.mktemp("waves") / "waves.nc"
    x, t, k = 2.0 * np.pi * np.arange(64) / 64, 0.02 * np.arange(40)[:, None, None], np.array([1, 2, 3])
    u = 1.0 + np.sum(np.exp(-0.1 * k**2 * t) * np.sin(k * (x[:, None] - t)) / k, axis=2)
    symdcrnn.write_trajectory(symdcrnn.Trajectory.from_arrays({"u": u}, t=t[:, 0, 0], x=x, periodic=True), path)
    return path


@pytest.mark.usefixtures("interpreted")
def test_options_and_a_file_of_settings_say_the_same(command: Command, waves: Path, tmp_path: Path) -> None:
    line = command(tmp_path, "fit", str(waves), *FIT, "--conserve", "u", "--decay", "u^2")
    (tmp_path / "fit.toml").write_text('conserve = ["u"]\ndecay = ["u^2"]\n', encoding="utf-8")
    file = command(tmp_path, "fit", str(waves), *FIT, "--config", "fit.toml")
    assert line.returncode == file.returncode == 0, line.stderr + file.stderr
    first, second = (json.loads(one.stdout)["details"]["u"] for one in (line, file))
    assert first["checks"] == second["checks"]
    assert first["vanishing"] == {name: f"{name} cannot be in the equation: u conserved" for name in ("u", "u^2")}
    assert first["checks"][-1]["name"] == "constraints"
    assert first["checks"][-1]["passed"]


def test_what_the_data_contradicts_is_said_with_its_cost(command: Command, waves: Path, tmp_path: Path) -> None:
    done = command(tmp_path, "fit", str(waves), *FIT, "--conserve", "u^2")
    assert done.returncode == 0, done.stderr
    details = json.loads(done.stdout)
    assert "d_xx u cannot be in the equation: u^2 conserved" in details["details"]["u"]["vanishing"].values()
    assert not details["certain"]["u"]


@pytest.mark.parametrize(("options", "named"), [
    (("--kernel", "Q = isotropic of u"), "--kernel has 'Q = isotropic of u': say up to which degree"),
    (("--kernel", "Q = isotropic <= 2 of u"), "--kernel has Q, a kernel of the angle, which needs one velocity"),
    (("--conserve", "w"), "--conserve has 'w'"), (("--decay", "1"), "--decay has '1': write a density of one field"),
    (("--symmetry", "mirror"), "--symmetry has 'mirror': write parity"),
    (("--symmetry", "parity, w odd"), "'w' is none of u"),
])
def test_what_cannot_be_used_is_one_line(
    command: Command, waves: Path, tmp_path: Path, options: tuple[str, str], named: str
) -> None:
    done = command(tmp_path, "fit", str(waves), *FIT[:2], "--bootstrap", "0", *options)
    assert done.returncode != 0
    assert named in done.stderr
    assert "Traceback" not in done.stderr
