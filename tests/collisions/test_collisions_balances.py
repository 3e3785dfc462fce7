"""What several equations conserve together: as it is written, as it holds, and what it says of wrong sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdcrnn
from symdcrnn import InputError, Model, Trajectory
from symdcrnn.regression.densities.balances import is_balance, parts_of

WORDS = ("v_dx F", "F", "<F>", "T", "T^2", "T^4")


@pytest.fixture(scope="module")
def noisy() -> Trajectory:
    clean, random = symdcrnn.generate(symdcrnn.problem("radiation")), np.random.default_rng(3)
    changed = clean.dataset.copy()
    for name in clean.field_names:
        changed[name] = changed[name] + 0.01 * float(changed[name].std()) * random.standard_normal(changed[name].shape)
    return Trajectory.of(changed)


def fit(data: Trajectory, *conserved: str, **changes: Any) -> Model:
    return symdcrnn.fit(data, **{"words": WORDS, "scheme": "weak", "bootstrap": 0, "conserved": conserved, **changes})


@pytest.mark.parametrize(("text", "parts"), [
    ("<F> + T", [(1.0, "<F>"), (1.0, "T")]),
    ("<v^2 f> - 1/14 E^2", [(1.0, "<v^2 f>"), (-1.0 / 14.0, "E^2")]),
    ("2 <f1> + 0.5*  <f2>", [(2.0, "<f1>"), (0.5, "<f2>")]),
    ("<exp(1 + u) f>", [(1.0, "<exp(1 + u) f>")]),
    ("u^-2", [(1.0, "u^-2")]),
])
def test_summands_are_read_with_their_factors(text: str, parts: list[tuple[float, str]]) -> None:
    assert parts_of(text) == parts
    assert is_balance(text) == (len(parts) > 1)


@pytest.mark.soak
@pytest.mark.usefixtures("interpreted")
def test_energy_is_kept_exactly_and_errors_are_smaller(noisy: Trajectory) -> None:
    alone, both = fit(noisy), fit(noisy, "<F> + T")
    radiation, matter = both["F"].coefficients, both["T"].coefficients
    assert set(radiation) == {"F", "v_dx F", "T^4"}
    assert set(matter) == {"<F>", "T^4"}
    assert abs(radiation["F"] + matter["<F>"]) < 1e-15
    assert abs(radiation["T^4"] + matter["T^4"]) < 1e-15
    assert abs(alone["F"].coefficients["F"] + alone["T"].coefficients["<F>"]) > 1e-5
    assert all(one.certain for one in both.equations)
    for name in ("F", "T"):
        check = both[name].checks[-1]
        assert (check.name, check.passed) == ("constraints", True)
        assert check.text.startswith("<F> + T conserved: the residual is 1")
        before, after = ({term.word: term.error for term in one[name].terms} for one in (alone, both))
        assert all(after[word] <= 1.05 * before[word] for word in after), (before, after)
        assert all(abs(abs(value) - 1.0) < 4.0 * after[word] for word, value in both[name].coefficients.items())
    assert {term.word: term.error for term in both["T"].terms}["<F>"] < 0.8 * {
        term.word: term.error for term in alone["T"].terms}["<F>"]


def test_relations_of_one_equation_hold_beside(noisy: Trajectory) -> None:
    both = fit(noisy, "<F> + T", fixed=["T:T^4=-1"])
    assert both["F"].coefficients["T^4"] == pytest.approx(1.0, abs=1e-14)
    assert abs(both["F"].coefficients["F"] + both["T"].coefficients["<F>"]) < 1e-15


def test_a_sum_that_is_not_kept_is_contradicted(noisy: Trajectory) -> None:
    wrong = fit(noisy, "<F> + 2 T")
    assert not any(one.certain for one in wrong.equations)
    assert "the data contradicts it" in wrong["T"].checks[-1].text
    assert wrong["F"].coefficients["F"] == pytest.approx(-2.0 * wrong["T"].coefficients["<F>"], rel=1e-12)


@pytest.mark.parametrize(("conserved", "changes", "message"), [
    ("<F> + T", {"equations": ("F",)}, "the equation of T is not sought: the equations are those of F"),
    ("F + T", {}, "F depends on v: average it"),
    ("<F> + Q", {}, "cannot read the word 'Q'"),
    ("<F> + <F> T", {}, "of which <F> T is no density of one field"),
    ("<F> + T", {"decaying": ("<F^2>",)}, "beside kernels, decay or functions in the F-equation"),
])
def test_what_is_no_balance_is_one_line(
    noisy: Trajectory, conserved: str, changes: dict[str, Any], message: str,
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        fit(noisy, conserved, **changes)
    assert "\n" not in str(caught.value)
