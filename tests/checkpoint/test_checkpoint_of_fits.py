"""Fits that go on from a checkpoint come to the same bits, wherever they were ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdcrnn
from symdcrnn import InputError
from symdcrnn.checkpoint import Journal

X, T = 2.0 * np.pi * np.arange(48) / 48, 0.03 * np.arange(60)
U = (1.0 / (2.0 + np.sin(X - T[:, None])) + 1.0) * np.exp(-0.5 * T[:, None])
WORDS: dict[str, Any] = {"words": ("u", "d_x u", "d_xx u"), "bootstrap": 10, "starts": 1}
NETWORKS: dict[str, Any] = {"operators": ("I", "d_x"), "layers": 1, "scales": 0}
"""Without them there is nothing that optimisers would do."""


@pytest.fixture(scope="module")
def data() -> symdcrnn.Trajectory:
    return symdcrnn.Trajectory.from_arrays({"u": U}, t=T, x=X, periodic=True)


@pytest.fixture(autouse=True)
def _all_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passes over small data too."""
    monkeypatch.setattr(Journal.kept, "__defaults__", (0.0,))


def said(model: symdcrnn.Model) -> dict[str, Any]:
    return {name: value for name, value in model.report().items() if name != "seconds"}


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("settings", [
    {}, pytest.param({"norm": "l1"}, marks=pytest.mark.soak), {"scheme": "weak"},
    {**NETWORKS, "functions": ("u:u",), "knots": 6, "bootstrap": 0},
    pytest.param({"scheme": "rk4", "bootstrap": 0}, marks=pytest.mark.soak),
    {**NETWORKS, "stability": 4, "optimisers": ("sgd", "gauss-newton"), "batches": 3, "sgd": 50},
], ids=["l2", "l1", "weak", "function", "stages", "minibatches"])
def test_a_fit_goes_on_from_any_place(data: symdcrnn.Trajectory, tmp_path: Path, settings: dict[str, Any]) -> None:
    asked = {**WORDS, **settings}
    expected = said(symdcrnn.fit(data, **asked))
    path = tmp_path / "run.ckpt"
    assert said(symdcrnn.fit(data, checkpoint=path, **asked)) == expected
    whole = path.read_bytes()
    kept = whole.count(b"\n") - 1
    assert kept > (0 if settings.get("scheme") == "weak" else 5)
    # A fit that goes on keeps again what was lost, and nothing twice.
    for part in (0.0, 0.5, 1.0):
        path.write_bytes(whole[:whole.index(b"\n") + 1 + int(part * (len(whole) - whole.index(b"\n") - 1))])
        assert said(symdcrnn.fit(data, checkpoint=path, resume=True, **asked)) == expected
        assert path.read_bytes().count(b"\n") - 1 == kept


@pytest.mark.usefixtures("interpreted")
def test_blocks_from_disk_are_not_read_again(data: symdcrnn.Trajectory, tmp_path: Path) -> None:
    symdcrnn.write_trajectory(data, tmp_path / "u.nc")
    stored = symdcrnn.open_trajectory(tmp_path / "u.nc")
    asked = {**WORDS, "scheme": "newton-cotes4", "central_stencil": "central8"}
    expected = said(symdcrnn.fit(stored, checkpoint=tmp_path / "a", **asked))
    assert said(symdcrnn.fit(stored, checkpoint=tmp_path / "a", resume=True, **asked)) == expected
    os.utime(tmp_path / "u.nc", ns=(0, 0))
    with pytest.raises(InputError, match="a checkpoint of other data"):
        symdcrnn.fit(symdcrnn.open_trajectory(tmp_path / "u.nc"), checkpoint=tmp_path / "a", resume=True, **asked)


def test_other_settings_take_what_they_have_in_common(data: symdcrnn.Trajectory, tmp_path: Path) -> None:
    symdcrnn.fit(data, checkpoint=tmp_path / "a", **WORDS)
    more = {**WORDS, "bootstrap": 12}
    assert said(symdcrnn.fit(data, checkpoint=tmp_path / "a", resume=True, **more)) == said(symdcrnn.fit(data, **more))


def test_other_data_is_refused(data: symdcrnn.Trajectory, tmp_path: Path) -> None:
    symdcrnn.fit(data, checkpoint=tmp_path / "a", **WORDS)
    other = symdcrnn.Trajectory.from_arrays({"u": np.nextafter(U, 9.0)}, t=T, x=X, periodic=True)
    with pytest.raises(InputError, match="a checkpoint of other data"):
        symdcrnn.fit(other, checkpoint=tmp_path / "a", resume=True, **WORDS)


def test_a_killed_fit_goes_on(data: symdcrnn.Trajectory, tmp_path: Path, command: Any) -> None:
    symdcrnn.write_trajectory(data, tmp_path / "u.nc")
    asked = ["fit", "u.nc", "--word", "u", "--word", "d_x u", "--word", "d_xx u", "--json"]

    def answer(*more: str) -> dict[str, Any]:
        done = command(tmp_path, *asked, *more)
        assert done.returncode == 0, done.stderr
        return {name: value for name, value in json.loads(done.stdout).items() if name != "seconds"}

    expected = answer()
    run = [sys.executable, "-m", "symdcrnn", *asked, "--checkpoint", "run.ckpt"]
    with subprocess.Popen(run, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120.0
        while time.monotonic() < deadline and process.poll() is None:
            if (tmp_path / "run.ckpt").exists() and (tmp_path / "run.ckpt").read_bytes().count(b"\n") > 1:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert (tmp_path / "run.ckpt").read_bytes().count(b"\n") > 1
    assert answer("--checkpoint", "run.ckpt", "--resume") == expected


def test_resume_says_which_checkpoint(tmp_path: Path, command: Any) -> None:
    done = command(tmp_path, "fit", "u.nc", "--resume")
    assert done.returncode == 2
    assert "--resume goes on with a checkpoint: say which by --checkpoint FILE" in done.stderr
