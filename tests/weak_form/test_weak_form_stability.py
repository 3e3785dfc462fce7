"""Stability selection: cells that add up to the whole, halves that have none in common, and what each chooses."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from waves import heat_and_reaction

import symdcrnn
from symdcrnn.data.files.formats import write_trajectory
from symdcrnn.model import load_model
from symdcrnn.uncertainty.stability import complementary_halves, stability
from symdcrnn.weak_form.decision.halves import cells_of
from symdcrnn.weak_form.study import WeakData, study
from symdcrnn.weak_form.test_functions import TestFunction

Command = Callable[..., subprocess.CompletedProcess[str]]

FUNCTIONS = {"t": TestFunction(4, 8), "x": TestFunction(6, 8)}
WORDS = ["u", "u^2", "u^3", "d_x u", "d_xx u", "d_xxx u"]


def test_cells_add_up_to_all_rows(kinetic: WeakData) -> None:
    cells, [whole] = cells_of([kinetic, kinetic], FUNCTIONS), study([kinetic, kinetic], [FUNCTIONS])
    assert len(cells) > 8
    assert sum(cell.rows for cell in cells) == whole.rows
    np.testing.assert_allclose(np.sum([cell.gram for cell in cells], axis=0), whole.gram, rtol=1e-12,
                               atol=1e-12 * np.max(np.abs(whole.gram)))


def test_halves_have_no_cell_in_common() -> None:
    halves = complementary_halves(11, 7, 3)
    assert len(halves) == 14
    assert len(set(halves)) > 12
    for first, second in zip(halves[::2], halves[1::2], strict=True):
        assert len(first) == len(second) == 5
        assert len({*first, *second}) == 10


def test_words_of_noisy_data_that_are_sure_are_in_all_halves() -> None:
    equation = symdcrnn.fit(heat_and_reaction(noise=0.05, seed=1), words=WORDS, stability=10)["u"]
    assert equation.inclusion == {word: float(word in ("u", "d_x u", "d_xx u")) for word in WORDS}
    assert all(term.inclusion == 1.0 for term in equation.terms)
    assert equation.certain
    assert equation.checks[-1].name == "stability"


def test_a_word_that_half_of_the_data_does_not_show_is_named() -> None:
    """The diffusion of 0.02 is 6.6 standard errors from zero, in early frames alone."""
    equation = symdcrnn.fit(heat_and_reaction(noise=0.4), words=["u", "d_x u", "d_xx u", "d_xxx u"], stability=20)["u"]
    [check] = [check for check in equation.checks if check.name == "stability"]
    assert 0.3 < equation.inclusion["d_xx u"] == check.value < 0.75
    assert not check.passed
    assert check.text.startswith("d_xx u is selected in")
    assert not equation.certain
    assert equation.inclusion["u"] == equation.inclusion["d_x u"] == 1.0


@pytest.mark.usefixtures("interpreted")
def test_the_same_for_multistep_schemes_of_clean_data() -> None:
    equation = symdcrnn.fit(heat_and_reaction(), words=WORDS, stability=5, bootstrap=0)["u"]
    assert equation.scheme != "weak"
    assert [equation.inclusion[word] for word in ("u", "d_x u", "d_xx u")] == [1.0, 1.0, 1.0]
    assert len(equation.inclusion) == len(WORDS)
    assert [check.passed for check in equation.checks if check.name == "stability"] == [True]
    plain = symdcrnn.fit(heat_and_reaction(), words=WORDS, bootstrap=0)["u"]
    assert plain.inclusion == {}
    assert "stability" not in [check.name for check in plain.checks]


@pytest.mark.soak
def test_functions_of_noisy_data_are_held_while_constants_are_chosen() -> None:
    equation = symdcrnn.fit(heat_and_reaction(noise=0.02), words=["u", "d_x u", "d_xx u", "u^2"], functions=["u:u"],
                            stability=3)["u"]
    assert equation.inclusion == {"d_x u": 1.0, "d_xx u": 1.0, "u^2": 0.0}


@pytest.mark.parametrize(("found", "passed", "named"), [
    ((1.0, 0.8, 0.4), True, "in at least 80 % of 20 halves"), ((1.0, 0.7, 0.0), False, "b is selected in 70 %"),
    ((1.0, 1.0, 0.6), False, "the excluded candidate c is selected in 60 %"), (None, False, "no sum over enough cells"),
])
def test_what_is_said(found: tuple[float, ...] | None, passed: bool, named: str) -> None:
    check = stability(found, (0, 1), (0, 1, 2), ("a", "b", "c"), 10)
    assert check.passed == passed
    assert named in check.text


def test_the_command_prints_how_often_words_are_chosen(command: Command, tmp_path: Path) -> None:
    write_trajectory(heat_and_reaction(noise=0.05, seed=1), tmp_path / "u.nc")
    (tmp_path / "fit.toml").write_text('word = ["u", "d_x u", "d_xx u", "u^2"]\nstability = 4\n')
    done = command(tmp_path, "fit", "u.nc", "--config", "fit.toml", "-o", "m.json")
    assert done.returncode == 0, done.stderr
    expected = "  inclusion     1.00 u, 1.00 d_x u, 1.00 d_xx u; no other above 0.00, in 8 halves of the data\n"
    assert expected in done.stdout
    done = command(tmp_path, "fit", "u.nc", "--config", "fit.toml", "--json", "--stability", "5")
    assert json.loads(done.stdout)["details"]["u"]["inclusion"] == {"u": 1.0, "d_x u": 1.0, "d_xx u": 1.0, "u^2": 0.0}
    model = load_model(tmp_path / "m.json")
    assert list(model["u"].terms_frame["inclusion"]) == [1.0, 1.0, 1.0]
