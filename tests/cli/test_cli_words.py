"""Words, libraries and operators of one's own from the shell: files of settings, and one clear line about mistakes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest

import symdcrnn
from symdcrnn.cli.config import read_config
from symdcrnn.cli.fit import fit_command
from symdcrnn.cli.fitting import asked_for
from symdcrnn.cli.show import show_equation
from symdcrnn.report.findings import findings

Command = Callable[..., subprocess.CompletedProcess[str]]

FILES = {
    "own.toml": "[operators.twice]\nrules = [{stencil = 'x', order = 1}, {stencil = 'x', order = 1}]\n",
    "axis.toml": "[operators.K]\nrules = [{quadrature = 'w'}]\n",
    "taken.toml": "[operators.d_x]\nrules = [{stencil = 'x', order = 1}]\n",
    "rule.toml": "[operators.K]\nrules = [{stencl = 'x'}]\n",
    "none.toml": "rules = []\n",
    "words.toml": 'words = ["u*d_x u", "d_xxv u"]\n',
    "library.toml": 'library = "poli 3"\n',
    "number.toml": "word = 3\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("words")
    x, t = 2 * np.pi * np.arange(24) / 24, 0.1 * np.arange(12)
    u = np.exp(-t)[:, None] * (2 + np.sin(x))
    symdcrnn.write_trajectory(symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True), place / "data.nc")
    for name, text in FILES.items():
        (place / name).write_text(text)
    return place


def test_a_file_of_settings_says_the_same_as_options(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "fit.toml"
    own = folder / "own.toml"
    file.write_text(f'words = ["u", "twice u"]\nlibrary = "poly 2, d_x 2"\noperator-file = "{own}"\n')
    context = click.Context(fit_command)
    assert read_config(file, context) == {"words": ("u", "twice u"), "library": ("poly 2, d_x 2",),
                                          "operator_file": own}
    in_file = asked_for(context, file, {}).settings()
    given = asked_for(context, None, {"words": ("u", "twice u"), "library": ("poly 2, d_x 2",),
                                      "operator_file": own}).settings()
    assert in_file == given
    assert (given.operators, given.layers, given.scales) == (("I",), 0, 0)
    assert json.loads(given.own_operators[0])["name"] == "twice"


def test_networks_stay_where_they_are_asked_for(folder: Path) -> None:
    asked = asked_for(click.Context(fit_command), None, {"words": ("u^2",), "layers": 1}).settings()
    assert (asked.operators, asked.layers) == (("I", "v_dx", "mean"), 1)


@pytest.mark.parametrize(("arguments", "code", "expected"), [
    (["--word", "d_xxv u"], 2, "--word has 'd_xxv u': cannot read the word 'd_xxv u': 'd_xxv' is neither an operator"),
    (["--word", "d_xxv u"], 2, "nor a field (u): the nearest are d_xx, d_xxx, d_x"),
    (["--word", "sine(u)"], 2, "the nearest are sin, sinh"),
    (["--word", "u *"], 2, "--word has 'u *': cannot read the word 'u *': the end stands where a name"),
    (["--word", ""], 2, "--word has ''"),
    (["--word", "u + u^2"], 2, "it is a sum: each of its terms is a word of its own"),
    (["--word", "d_x t"], 2, "--word has 'd_x t'"),
    (["--word", "w:u"], 2, "--word has 'w:u', of no equation that is sought"),
    (["--library", "poly 3 d_x 4"], 2, "--library has 'poly 3 d_x 4': cannot read the library"),
    (["--library", "poly 3, d_y 4"], 2, "--library has 'poly 3, d_y 4': unknown operator 'd_y'"),
    (["--library", "poly 99, d_x 99"], 2, "lower the degree or the orders"),
    (["--operators", "I,d_y"], 2, "--operators has 'd_y': unknown operator 'd_y'"),
    (["--operator-file", "axis.toml"], 2, "--operator-file cannot be used with this data: the operator 'K' acts along"),
    (["--operator-file", "taken.toml"], 2, "--operator-file cannot be used with this data: the name of the operator"),
    (["--operator-file", "rule.toml"], 2, "rule.toml: the operator 'K': has the rule {'stencl': 'x'}"),
    (["--operator-file", "none.toml"], 2, "none.toml"),
    (["--operator-file", "missing.toml"], 2, "missing.toml: cannot be read"),
    (["--config", "words.toml"], 2, "--word has 'd_xxv u'"),
    (["--config", "library.toml"], 2, "--library has 'poli 3'"),
    (["--config", "number.toml"], 1, 'number.toml: word should be a list of texts: write word = ["u*d_x u"'),
])
def test_mistakes_get_one_line(
    command: Command, folder: Path, arguments: list[str], code: int, expected: str
) -> None:
    done = command(folder, "fit", "data.nc", *arguments)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert expected in line


def test_candidates_that_are_excluded_are_named(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = symdcrnn.load_model(workplace / "model.json")
    reason = "s^2 g is a linear combination of simpler candidates in this data"
    shown = replace(model["g"], vanishing={"s^2 g": reason, "<g>": "<g> is identically zero"})
    show_equation(model, shown)
    printed = capsys.readouterr().out
    assert "  excluded      1 candidate (identically zero): <g>\n" in printed
    assert f"                {reason}\n" in printed


@pytest.mark.usefixtures("interpreted")
def test_networks_are_mentioned_where_they_did_not_converge(folder: Path) -> None:
    data = symdcrnn.read_trajectory(folder / "data.nc")
    words = symdcrnn.fit(data, words=("d_x u",), bootstrap=0)
    composed = symdcrnn.fit(data, operators=("I", "d_x"), layers=1, scales=0, bootstrap=0)
    assert labels(words, True).count("networks") == 0
    assert labels(composed, True).count("networks") == 1
    assert labels(composed, False).count("networks") == 0
    wrong = replace(composed["u"], network=replace(composed["u"].network, converged=False))
    assert next(one.text for one in findings(composed, wrong) if one.label == "networks").startswith("not converged")


def labels(model: symdcrnn.Model, details: bool) -> list[str]:
    return [one.label for one in findings(model, model["u"], details)]


def test_info_ends_with_a_fit(command: Command, folder: Path, tmp_path: Path) -> None:
    assert command(folder, "info", "data.nc").stdout.splitlines()[-1].split(maxsplit=1) == [
        "try", "symdcrnn fit data.nc --library 'poly 2, d_x 2'"]
    angle = np.arange(3.0)
    plane = symdcrnn.Trajectory.from_arrays(
        {"f": (("t", "angle", "y", "x"), np.random.default_rng(0).random((4, 3, 5, 6)))}, t=np.arange(4.0),
        x=np.arange(6.0), y=np.arange(5.0), axes={"angle": angle}, weights={"angle": np.ones(3)}, periodic=True,
        coordinates={"c": ("angle", np.cos(angle)), "s": ("angle", np.sin(angle))})
    symdcrnn.write_trajectory(plane, tmp_path / "plane.nc")
    suggested = json.loads(command(tmp_path, "info", "plane.nc", "--json").stdout)["try"]
    assert suggested == "symdcrnn fit plane.nc --operators I,c,s,mean,d_y,d_x --layers 1 --scales 0"
