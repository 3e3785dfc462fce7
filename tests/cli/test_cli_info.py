"""`symdcrnn info` of data on any axes, and what the other commands say to it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import symdcrnn
from symdcrnn.cli import info

Command = Callable[..., subprocess.CompletedProcess[str]]

NT, NA, NY, NX = 4, 3, 6, 7


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with plane.nc: ordinates in the plane, x uneven, walls in y."""
    folder = tmp_path_factory.mktemp("plane")
    angle = 2 * np.pi * (np.arange(NA) + 0.25) / NA
    made = symdcrnn.Trajectory.from_arrays(
        {"f": (("t", "angle", "y", "x"), np.arange(NT * NA * NY * NX).reshape(NT, NA, NY, NX) / 7.0),
         "q": ("t", np.arange(NT))},
        t=0.5 * np.arange(NT), x=np.arange(NX)**2, y=np.arange(NY) / NY, axes={"angle": angle},
        coordinates={"c": ("angle", np.cos(angle))}, weights=np.ones(NA), profiles={"sigma": np.ones((NY, NX))},
        periodic={"x": True, "y": False}, units={"x": "cm", "f": "1/cm^3", "t": "s"}, epsilon=0.5)
    symdcrnn.write_trajectory(made, folder / "plane.nc")
    return folder


def test_info_as_json(command: Command, plane: Path) -> None:
    done = command(plane, "info", "plane.nc", "--json")
    assert done.returncode == 0
    content = json.loads(done.stdout)
    assert content["axes"] == {
        "t": {"points": NT, "from": 0.0, "to": 1.5, "step": 0.5, "even": True, "units": "s"},
        "angle": {"points": NA, "from": pytest.approx(np.pi / 6), "to": pytest.approx(1.5 * np.pi), "role": "index",
                  "even": True, "periodic": False, "weights": True},
        "y": {"points": NY, "from": 0.0, "to": pytest.approx(5 / 6), "step": pytest.approx(1 / 6), "role": "space",
              "even": True, "periodic": False},
        "x": {"points": NX, "from": 0.0, "to": 36.0, "step": None, "role": "space", "even": False, "periodic": True,
              "units": "cm"}}
    assert list(content["axes"]) == ["t", "angle", "y", "x"]
    assert content["periodic"] is True
    assert content["fields"] == {
        "f": {"axes": "t angle y x", "min": 0.0, "max": pytest.approx(503 / 7), "mean": pytest.approx(503 / 14),
              "units": "1/cm^3"},
        "q": {"axes": "t", "min": 0.0, "max": 3.0, "mean": 1.5}}
    assert content["coordinates"] == {"c": {"axes": "angle", "min": pytest.approx(-np.sqrt(0.75)),
                                            "max": pytest.approx(np.sqrt(0.75))}}
    assert content["known"] == {"sigma": {"axes": "y x", "min": 1.0, "max": 1.0}}
    assert content["dt/epsilon^2"] == 2.0


def test_info_as_text(command: Command, plane: Path) -> None:
    lines = command(plane, "info", "plane.nc").stdout.splitlines()
    assert "  x      7 points from 0 to 36 cm, uneven, space, periodic" in lines
    assert "  f  on t, angle, y, x: 0 to 71.8571 1/cm^3, mean 35.9286" in lines


def test_data_on_t_and_x_has_no_velocity(command: Command, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", u=np.full((4, 8), -1e308), t=[0.0, 1.0, 2.0, 4.0], x=np.arange(8), periodic=0,
             epsilon=1e-300)
    done = command(tmp_path, "info", "a.npz", "--json")
    assert done.stderr == ""
    content = json.loads(done.stdout)
    assert list(content["axes"]) == ["t", "x"]
    assert content["axes"]["t"]["step"] is None
    assert content["fields"]["u"]["mean"] == pytest.approx(-1e308)
    assert "dt/epsilon^2" not in content


def test_an_attribute_that_is_an_array_is_refused_in_one_line(command: Command, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", u=np.ones((4, 8)), t=np.arange(4), x=np.arange(8), periodic=np.ones((12, 12)))
    done = command(tmp_path, "info", "a.npz")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Error: a.npz: attribute periodic is an array of shape (12, 12): set it to 1 (periodic in x) or 0 (not "
        "periodic)"]


def test_of_large_files_two_frames_are_read(
    tmp_path: Path, workplace: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = json.loads(command(tmp_path, "info", str(workplace / "data.nc"), "--json").stdout)
    monkeypatch.setattr(info, "LARGE", 0)
    monkeypatch.setattr(info, "read_file", None)
    done = command(tmp_path, "info", str(workplace / "data.nc"), "--json")
    assert done.returncode == 0, done.stderr
    assert "Note: read two of 30 frames: all of them take 0.00163 GB of memory" in done.stderr
    some = json.loads(done.stdout)
    assert {**some, "fields": None} == {**whole, "fields": None}
    for name, entry in some["fields"].items():
        assert entry["of"] == "the first and the last frame"
        assert entry["axes"] == whole["fields"][name]["axes"]
        assert whole["fields"][name]["min"] <= entry["min"] < entry["max"] <= whole["fields"][name]["max"]
    assert ", in the first and the last frame" in command(tmp_path, "info", str(workplace / "data.nc")).stdout
