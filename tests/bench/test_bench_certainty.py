"""A few cells of the tables of coverage and of verdicts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.certainty.coverage import EXPERIMENTS, deviations, share_within
from bench.certainty.verdicts import ask, inside, outside


@pytest.mark.soak
def test_error_bars_cover() -> None:
    found = [value for values in deviations(EXPERIMENTS["linear"], range(12)).values() for value in values]
    assert len(found) == 36
    # Three standard deviations of 12 draws of three correlated errors.
    assert 0.4 <= share_within(found, 1.0) <= 0.95
    assert share_within(found, 2.0) >= 0.8


def test_shares() -> None:
    assert share_within([0.5, -1.5, float("inf"), 2.0], 1.0) == pytest.approx(0.25)
    assert share_within([0.5, -1.5, float("inf"), 2.0], 2.0) == pytest.approx(0.75)


@pytest.mark.parametrize("number", [1, 12])
def test_equations_in_the_dictionary_are_certain(number: int) -> None:
    answer = ask(inside()[number], 0)
    assert answer.words == answer.question.exact
    assert answer.certain


@pytest.mark.parametrize("name", ["missing diffusion", "missing source", "coefficients that change in time", "noise",
                                  "random walk", "steady", "one wave: many equations have it"])
def test_equations_that_are_not_in_the_dictionary_are_not_certain(name: str) -> None:
    question = next(one for one in outside() if one.name == name)
    answer = ask(question, 0)
    assert not answer.certain
    assert answer.reasons


def test_there_are_twenty_of_both() -> None:
    assert len(inside()) == len(outside()) == 20
    assert all(one.exact is None for one in outside())
