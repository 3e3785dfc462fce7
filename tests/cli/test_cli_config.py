"""Settings in a TOML file: the names of `--help`, one clear line about what cannot be used."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pytest

from symdcrnn.cli.compare import METHOD_NAMES
from symdcrnn.cli.config import read_config
from symdcrnn.cli.fit import fit_command
from symdcrnn.comparison.methods import METHODS

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_every_option_of_the_help_can_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "fit.toml"
    file.write_text("""
equation = "g, rho"
operators = ["I", "v_dx"]
epsilon-intervals = 2
epsilon_lower = 0.1
stencil = "upwind2"
fix = ["g:v_dx g=-64"]
tie = "g:v_dx rho=1*g"
exclude = ["g:rho"]
function = ["rho:1"]
sigma-s = 2
periodic = true
frames = "0:9"
threads = 1
output = "model.json"
""")
    assert read_config(file, click.Context(fit_command)) == {
        "equations": ("g", "rho"), "operators": ("I", "v_dx"), "intervals": 2, "epsilon_lower": 0.1,
        "transport_stencil": "upwind2", "fixed": ("g:v_dx g=-64",), "tied": ("g:v_dx rho=1*g",),
        "excluded": ("g:rho",), "functions": ("rho:1",), "sigma_s": "2", "periodic": True, "frames": "0:9",
        "threads": 1, "output": Path("model.json"),
    }


def test_a_file_chooses_the_window_and_the_output(command: Command, workplace: Path, tmp_path: Path) -> None:
    (tmp_path / "fit.toml").write_text(
        'equation = "g"\nlayers = 1\nbootstrap = 0\nframes = "0:20"\noutput = "a.json"\n')
    done = command(tmp_path, "fit", str(workplace / "data.nc"), "--config", "fit.toml")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "a.json").read_text())["data"]["frames"] == 20
    again = command(tmp_path, "fit", str(workplace / "data.nc"), "--config", "fit.toml")
    assert again.returncode == 1
    assert again.stderr.startswith("Error: a.json exists already")


@pytest.mark.parametrize(("text", "expected"), [
    ("layer = 1", "unknown setting 'layer': choose from adam, axis, basis"),
    ("json = true", "unknown setting 'json'"),
    ('fix = {"g" = 1}', 'fix should be a list of texts: write fix = ["g:v_dx g=-64"]'),
    ("exclude = [1]", 'exclude should be a list of texts: write exclude = ["g:rho"]'),
    ("equation = 3", 'equation should be a list of texts: write equation = ["g", "rho"]'),
    ("epsilon-intervals = -1", "fit.toml: epsilon-intervals is -1: give a whole number"),
    ("stencil = 3", "fit.toml: stencil is 3: give a name"),
    ("threads = 0", "fit.toml: threads: "),
    ('equation = "g"\nequations = "g"', "'equations' is given twice under two names"),
    ("knots = 20", "fit.toml: knots is 20, but no coefficient is a function of x"),
    ("layers =", "fit.toml: not TOML"),
])
def test_one_clear_line_and_exit_code_1(command: Command, tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "fit.toml").write_text(text)
    done = command(tmp_path, "fit", "missing.nc", "--config", "fit.toml")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert expected in done.stderr


def test_the_list_of_settings_has_the_names_of_the_help(command: Command, tmp_path: Path) -> None:
    (tmp_path / "fit.toml").write_text("foo = 1")
    listed = command(tmp_path, "fit", "missing.nc", "--config", "fit.toml").stderr.split("choose from ")[1].strip()
    names = set(listed.split(", "))
    assert {"epsilon_intervals", "exclude", "stencil", "fix", "tie", "function", "equation", "frames"} <= names
    assert names.isdisjoint({"intervals", "excluded", "transport_stencil", "fixed", "tied", "functions", "equations"})


def test_compare_offers_every_method() -> None:
    assert tuple(METHODS) == METHOD_NAMES


@pytest.mark.parametrize("line", [
    "periodic = 2", 'periodic = "yes"', "threads = [1]", "threads = inf", "threads = true", 'output = ["m.json"]',
    'output = "a\\u0000b"', "output = 99999999999999999999", 'frames = "²:3"', "frames = [1, 2]",
    "memory = 1" + "0" * 400, "memory = {}", "epsilon_lower = 1" + "0" * 400, "layers = 1" + "0" * 400,
    "seed = 1" + "0" * 400, "scheme = 1", "sigma_s = [1]", "sigma_s = 1" + "0" * 400, "scheduler = 1",
    'operators = [["I"]]', "functions = 1", "operator_file = 3", 'knots = "²"',
])
def test_values_of_another_type_or_size_end_in_one_line(
    line: str, tmp_path: Path, command: Command
) -> None:
    (tmp_path / "c.toml").write_text(line + "\n", encoding="utf-8")
    np.savez(tmp_path / "d.npz", u=np.ones((12, 8)), t=np.arange(12.0), x=np.arange(8.0))
    done = command(tmp_path, "fit", "d.npz", "--config", "c.toml")
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: ")
    assert len(last) < 300
    assert line.startswith("scheduler") or line.partition(" ")[0].replace("_", "-") in last.replace("_", "-")
