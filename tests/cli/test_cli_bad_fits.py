"""Fits that cannot be made, as a user meets them: one clear line and exit code 1 or 2."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

import symdcrnn
from symdcrnn.cli.main import main
from symdcrnn.regression.bound_equation import frames_needed

FIT = ("fit", "data.nc", "--equation", "g", "--layers", "1")
FLAT = '{"explicit": [[0, 0], [1, 0]], "explicit_weights": %s, "order": 1}'
FILES = {
    "upper.json": '{"explicit": [[0, 1], [1, 0]], "explicit_weights": [1, 0], "order": 1}',
    "diagonal.json": '{"explicit": [[0, 0], [1, 0.5]], "explicit_weights": [1, 0], "order": 1}',
    "implicit.json": '{"explicit": [[0, 0], [1, 0]], "explicit_weights": [1, 0], "implicit": [[0, 1], [0, 1]], '
                     '"implicit_weights": [0, 1], "order": 1}',
    "sum.json": FLAT % "[0.5, 0.4]",
    "negative.json": FLAT % "[-1, 1]",
    "nan.json": FLAT % "[NaN, 1]",
    "infinite.json": FLAT % "[1e400, 1]",
    "text.json": FLAT % '["1", 0]',
    "ragged.json": '{"explicit": [[0, 0], [1]], "explicit_weights": [1, 0], "order": 1}',
    "order.json": '{"explicit": [[0]], "explicit_weights": [1], "order": 0}',
    "broken.json": "{",
    "pair.json": '{"explicit": [[0, 0], [1, 0]], "explicit_weights": [1, 0], "order": 1}',
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bad")
    random = np.random.default_rng(0)
    x, v = np.arange(24) / 24, np.array([-0.5, 0.5])
    grid = {"t": 0.1 * np.arange(12), "x": x, "v": v, "weights": np.array([0.5, 0.5]), "periodic": True}
    data = symdcrnn.Trajectory.from_arrays(
        {"g": random.standard_normal((12, 2, 24)), "rho": random.standard_normal((12, 24))}, **grid)
    symdcrnn.write_trajectory(data, place / "data.nc")
    few = symdcrnn.Trajectory.from_arrays(
        {"g": random.standard_normal((3, 2, 9)), "rho": random.standard_normal((3, 9))},
        **{**grid, "t": 0.1 * np.arange(3), "x": x[:9]})
    symdcrnn.write_trajectory(few, place / "few.nc")
    for name, text in FILES.items():
        (place / name).write_text(text)
    return place


def run(folder: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["symdcrnn", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize(("arguments", "expected"), [
    (("--scheme", "upper.json"), "not strictly lower triangular: row 1, column 2 is 1"),
    (("--scheme", "diagonal.json"), "not strictly lower triangular: row 2, column 2 is 0.5"),
    (("--scheme", "implicit.json"), "the implicit tableau is not lower triangular: row 1, column 2"),
    (("--scheme", "sum.json"), "the explicit weights have sum 0.9: it must be 1"),
    (("--scheme", "negative.json"), "the explicit weights have sum 0: it must be 1"),
    (("--scheme", "nan.json"), "explicit_weights has NaN: it must hold finite numbers"),
    (("--scheme", "infinite.json"), "explicit_weights has Infinity"),
    (("--scheme", "text.json"), 'explicit_weights has "1"'),
    (("--scheme", "ragged.json"), "must have 2 rows of 2 numbers"),
    (("--scheme", "order.json"), "order is 0: it must be a positive integer"),
    (("--scheme", "broken.json"), "broken.json: not JSON"),
    (("--scheme", "missing.json"), "missing.json: cannot be read (No such file or directory)"),
    (("--scheme", "newton-cotes8", "--frames", "0:5"), "has 5 frames, but the scheme reads 9 at a time"),
    (("--sigma-s", "1", "--function", "g:g"), "sigma_s is given and sought at once"),
    (("--sigma-s", "1", "--function", "g:*"), "sigma_s is given and sought at once"),
    (("--source", "1", "--function", "g:1"), "the source is given and sought at once"),
    (("--fix", "g:g=-1", "--function", "g:g"), "is given and sought as a function at once"),
    (("--sigma-s", "1/x"), "sigma_s: '1/x' is inf at x = 0"),
    (("--sigma-a", "log(x)"), "sigma_a: 'log(x)' is -inf at x = 0"),
    (("--nonlinear", "v_dx g"), "--nonlinear has 'v_dx g', which is linear in g"),
    (("--nonlinear", "g*rho", "--nonlinear", "rho g"), "--nonlinear has 'rho g', which is 'g*rho' again"),
    (("--nonlinear", "1/(rho - rho)"), "--nonlinear has '1/(rho - rho)': cannot read the word"),
    (("--fix", "g:h=1"), "'h' is no word of the g-equation: the nearest are "),
    (("--fix", "f:g=1"), "of no equation that is sought"),
    (("--fix", "g:g=x"), "--fix has 'g:g=x': 'x' uses the unknown name"),
    (("--fix", "g:g=1/0"), "--fix has 'g:g=1/0': '1/0' is inf"),
    (("--fix", "g:g=1", "--exclude", "g:g"), "'g' of the g-equation is given twice"),
    (("--tie", "g:h=1*g"), "'h' is no word of the g-equation"),
    (("--tie", "g:g=1*h"), "'h' is no word of the g-equation"),
    (("--tie", "g:g=1*g"), "--tie has 'g:g=1*g', which ties a word to itself"),
    (("--fix", "g:v_dx h=1"), "the nearest are v_dx rho, v_dx g, <v_dx rho>; `symdcrnn inspect --layers"),
    (("--tie", "g:g=0*rho"), "--tie has 'g:g=0*rho': a ratio of zero leaves the word out"),
    (("--tie", "g:g=1*rho", "--fix", "g:rho=1"), "which is given itself: give 'g' in the same way"),
    (("--tie", "g:g=2"), "--tie has 'g:g=2' without a ratio"),
    (("--tie", "g:g=q*rho"), "--tie has 'g:g=q*rho': 'q' uses the unknown name"),
    (("--exclude", "g:h"), "'h' is no word of the g-equation"),
    (("--function", "g:h"), "'h' is no word of the g-equation"),
    (("--function", "g:g", "--knots", "24", "--frames", "0:3"), "give at least 4 frames, or use fewer knots"),
])
def test_one_clear_line(
    folder: Path, arguments: tuple[str, ...], expected: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(folder, (*FIT, *arguments), monkeypatch) in (1, 2)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("Error: ")
    assert len(printed.err.splitlines()) == 1
    assert expected in printed.err


def test_too_little_data_says_how_much_is_needed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("fit", "few.nc", *FIT[2:], "--scales", "0")
    assert run(folder, arguments, monkeypatch) == 1
    message = capsys.readouterr().err
    found = re.search(r"gives (\d+) equations for (\d+) words under (\S+): give at least (\d+) frames", message)
    assert found is not None, message
    equations, words, needed = int(found[1]), int(found[2]), int(found[4])
    in_one = 2 * 9
    read = 3 - equations // in_one + 1
    assert (needed - read + 1) * in_one >= 2 * words > (needed - read) * in_one


def test_frames_needed() -> None:
    assert frames_needed(points=10, frames=3, read=2, equations=18) == 5
    assert frames_needed(points=10, frames=3, read=2, equations=20) == 5
    assert frames_needed(points=10, frames=3, read=2, equations=21) == 6
