"""Fits of files that stay on disk, and Zarr folders, as a user meets them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from symdcrnn.data.files.formats import read_trajectory, write_trajectory
from symdcrnn.engines import cluster, local
from symdcrnn.preprocess import frame_chunks

Command = Callable[..., subprocess.CompletedProcess[str]]
WORDS = ("v_dx g", "<v_dx g>", "v_dx rho", "g", "v_dx v_dx g")
FIT = ("--equation", "g", *(part for word in WORDS for part in ("--word", word)), "--scheme", "imex-bdf2",
       "--starts", "1", "--bootstrap", "4", "--json")


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there are many."""
    monkeypatch.setattr(frame_chunks, "SMALLEST_BLOCK", 2**18)


@pytest.fixture(scope="module")
def folder(command: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with long.nc, 300 frames, 2.4 MB; not to be written to."""
    made = tmp_path_factory.mktemp("long")
    done = command(made, "generate", "transport", "--preset", "paper", "--epsilon", "1/64", "--nx", "60",
                   "--every", "1", "--steps", "300", "--first", "0", "--frames", "300", "-o", "long.nc")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def coefficients(command: Command, folder: Path) -> dict[str, float]:
    done = command(folder, "fit", "long.nc", *FIT)
    assert done.returncode == 0, done.stderr
    found: dict[str, float] = json.loads(done.stdout)["equations"]["g"]
    return found


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("options", [
    pytest.param("--memory 1.5MB", marks=pytest.mark.soak), pytest.param("--memory 2GiB", marks=pytest.mark.soak),
    "--scheduler processes"])
def test_memory_and_scheduler_do_not_change_the_answer(
    command: Command, folder: Path, coefficients: dict[str, float], options: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A process takes seconds to start; what several do is told of engines by themselves.
    monkeypatch.setattr(local, "workers", lambda: 1)
    done = command(folder, "fit", "long.nc", *FIT, *options.split())
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout)["equations"]["g"] == pytest.approx(coefficients, rel=1e-12)


def test_zarr_from_generate_to_fit(command: Command, tmp_path: Path, workplace: Path) -> None:
    small = ("generate", "transport", "--nx", "40", "--steps", "40", "--every", "4", "--first", "0", "--frames", "8",
             "-o", "data.zarr")
    assert command(tmp_path, *small).returncode == 0
    assert "exists already" in command(tmp_path, *small).stderr
    assert command(tmp_path, *small, "--force").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["data.zarr"]
    assert json.loads(command(tmp_path, "info", "data.zarr", "--json").stdout)["axes"]["t"]["points"] == 8
    write_trajectory(read_trajectory(workplace / "data.nc"), tmp_path / "whole.zarr")
    done = command(tmp_path, "fit", "whole.zarr", *FIT, "--memory", "1GB")
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(("options", "code", "text"), [
    ("--memory 2bananas", 2, "such as 2GB"),
    ("--memory 10kB", 1, "give at least"),
    ("--scheduler slurm", 2, "--scheduler is 'slurm'"),
    ("--scheduler tcp://127.0.0.1:9", 1, "does not answer"),
    ("--memory 1.5MB --scheme rk4", 1, "leave --memory"),
])
def test_what_cannot_be_had_is_one_line(
    command: Command, folder: Path, options: str, code: int, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ANSWER", 1.0)
    done = command(folder, "fit", "long.nc", "--equation", "g", *options.split())
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1
    assert text in lines[0]
    if code == 1:
        assert done.stderr.splitlines() == lines
