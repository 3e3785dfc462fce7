"""What the shell says of data with gaps, and of noise that is told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import symdcrnn

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decaying wave with a gap, and how uncertain its values are."""
    place = tmp_path_factory.mktemp("noise")
    x, t = 2.0 * np.pi * np.arange(48) / 48, 0.05 * np.arange(60)
    u = np.exp(-0.5 * t)[:, None] * (2.0 + np.sin(x - 0.7 * t[:, None]) + 0.5 * np.cos(2.0 * x - 1.4 * t[:, None]))
    spread = 0.02 * (1.0 + (x > 3.0)) * np.ones((60, 1))
    u += spread * np.random.default_rng(0).standard_normal(u.shape)
    u[20:24, 10:14] = np.nan
    symdcrnn.write_trajectory(symdcrnn.Trajectory.from_arrays({"u": u, "w": spread**2}, t=t, x=x, periodic=True),
                              place / "data.nc")
    return place


def test_gaps_and_variances_are_said(command: Command, folder: Path) -> None:
    done = command(folder, "fit", "data.nc", "--word", "d_x u", "--variance", "u=w", "--equation", "u")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("d_t u = -0.")
    assert "; u: the data has a variance for each value" in done.stdout
    gaps = next(line for line in done.stdout.splitlines() if line.startswith("  gaps "))
    assert gaps.split()[1:8] == ["16", "of", "2880", "values", "of", "u", "are"]
    assert gaps.endswith("test functions left out that would read one")
    assert "gaps: 16 of 2880 values of u are missing" in done.stderr
    found = json.loads(command(folder, "fit", "data.nc", "--word", "d_x u", "--variance", "u=w", "--json").stdout)
    equation = found["details"]["u"]
    assert equation["weak"]["gaps"] == {"u": [16, 2880]}
    assert 0 < equation["weak"]["left_out"] < equation["equations_fitted"]
    assert equation["weak"]["kinds"] == {"u": "the data has a variance for each value"}


@pytest.mark.parametrize(("text", "says"), [
    ("u", "--variance is 'u': write FIELD=NAME"), ("u=s", "there is no variable 's' for the variances of u"),
    ("u=u", "the variances 'u' of 'u' have the axes t, x")])
def test_variances_that_are_not_there(command: Command, folder: Path, text: str, says: str) -> None:
    done = command(folder, "fit", "data.nc", "--word", "d_x u", "--variance", text)
    assert done.returncode == 1
    assert says in done.stderr.splitlines()[-1]


def test_more_noise_than_signal_is_said(command: Command, tmp_path: Path) -> None:
    x, t = 2.0 * np.pi * np.arange(64) / 64, 0.05 * np.arange(60)
    wave = np.sin(x - 0.7 * t[:, None]) + 0.5 * np.cos(2.0 * x - 1.4 * t[:, None])
    for size, said in ((2.0, True), (0.5, False)):
        u = wave + size * np.random.default_rng(0).standard_normal(wave.shape)
        symdcrnn.write_trajectory(symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True),
                                  tmp_path / f"{size}.nc")
        done = command(tmp_path, "fit", f"{size}.nc", "--word", "d_x u", "--word", "d_xx u")
        noise = next(line for line in done.stdout.splitlines() if line.startswith("  noise "))
        assert noise.endswith("% of the standard deviation of u, more than its signal") == said
        assert "  unseen        noise hides terms up to " in done.stdout


def test_noise_is_told(command: Command, folder: Path) -> None:
    asked = ("fit", "data.nc", "--word", "d_x u", "--equation", "u", "--noise")
    done = command(folder, *asked, "white:0.05")
    assert done.returncode == 0
    assert "u: white, of the level that was told" in done.stdout
    for text in ("loud", "poisson:2"):
        done = command(folder, *asked, text)
        assert done.returncode == 2
        assert f"--noise is '{text}': give one of auto, none, white, poisson" in done.stderr.splitlines()[-1]
