"""`symdcrnn generate` of kinetic problems: presets, tables of numbers, what is printed and refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from symdcrnn.data.files.formats import read_trajectory

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_sizes_of_all_axes_are_printed(command: Command, tmp_path: Path) -> None:
    done = command(tmp_path, "generate", "ordinates-2d", "--nx", "8", "--ny", "10", "--angles", "4", "--frames", "3",
                   "-o", "plane.nc")
    assert done.stdout == "plane.nc: 3 frames of f on 4 x 10 x 8 points, dt = 0.005\n"
    assert read_trajectory(tmp_path / "plane.nc").exact == {
        "f": {"c d_x f": -1.0, "s d_y f": -1.0, "f": -1.0, "<f>": 1.0}}


def test_tables_and_fractions_are_options(command: Command, tmp_path: Path) -> None:
    done = command(tmp_path, "generate", "groups", "--preset", "two", "--speeds", "3, 1/2", "--nx", "8", "--frames",
                   "2", "--json", "-o", "groups.npz")
    assert json.loads(done.stdout)["points"] == 8
    assert read_trajectory(tmp_path / "groups.npz").exact["f2"]["v_dx f2"] == -0.5


@pytest.mark.parametrize(("arguments", "message"), [
    ("groups --speeds 1,2,3", "total has 2 numbers, but speeds are of 3 groups"),
    ("anisotropic --epsilon 2", "epsilon is 2.0: give a number above 0 and at most 1"),
    ("bgk --v-max 2", "it must decay there"),
    ("slab --nodes 3", "nodes is 3: give a whole number from 16 on"),
    ("vlasov-poisson --preset streams", "'streams' is not one of"),
])
def test_bad_settings_are_one_line(command: Command, tmp_path: Path, arguments: str, message: str) -> None:
    done = command(tmp_path, "generate", *arguments.split(), "--frames", "2", "-o", "new.nc")
    assert done.returncode in (1, 2)
    assert message in " ".join(done.stderr.split())
    assert not (tmp_path / "new.nc").exists()
