"""The interval of epsilon and the sum over scales."""

from __future__ import annotations

import math

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symdcrnn.algebra.scales import EPSILON, EpsilonInterval, paper_interval, sum_over_scales
from symdcrnn.errors import InputError

INTERVALS = [EpsilonInterval(), EpsilonInterval(0.001, 0.1), EpsilonInterval(0.25, 1.0), paper_interval(2)]
quick = settings(deadline=None)


@quick
@given(st.sampled_from(INTERVALS), st.floats(-6.0, 6.0))
def test_the_map_and_its_inverse(interval: EpsilonInterval, w: float) -> None:
    epsilon = interval.epsilon(w)
    assert interval.lower < epsilon < interval.upper
    assert interval.w(epsilon) == pytest.approx(w, abs=1e-8)
    assert interval.epsilon(interval.w(epsilon)) == pytest.approx(epsilon, rel=1e-12)


@quick
@given(st.sampled_from(INTERVALS), st.floats(-4.0, 4.0))
def test_the_slope(interval: EpsilonInterval, w: float) -> None:
    symbol = sympy.Symbol("w")
    expression = interval.expression(symbol)
    assert float(expression.subs(symbol, w)) == pytest.approx(interval.epsilon(w), rel=1e-12)
    assert float(expression.diff(symbol).subs(symbol, w)) == pytest.approx(interval.slope(w), rel=1e-9)


def test_unit_interval_is_that_of_the_paper() -> None:
    w = sympy.Symbol("w")
    assert EpsilonInterval().expression(w) == (sympy.tanh(w) + 1) / 2
    assert EpsilonInterval().epsilon(0.0) == 0.5
    assert EpsilonInterval().slope(0.0) == 0.5


def test_expressions_are_exact_in_the_numbers_of_an_interval() -> None:
    w = sympy.Symbol("w")
    found = EpsilonInterval(math.sqrt(0.02), math.sqrt(0.5)).expression(w)
    assert not found.atoms(sympy.Pow, sympy.Float)
    assert float(found.subs(w, 0.0)) == pytest.approx(0.5 * (math.sqrt(0.02) + math.sqrt(0.5)), rel=1e-14)


@pytest.mark.parametrize("index", range(4))
def test_intervals_of_the_paper(index: int) -> None:
    interval = paper_interval(index)
    assert interval.lower == pytest.approx(10.0 ** -(index + 1), rel=1e-15)
    assert interval.upper == pytest.approx(10.0**-index, rel=1e-15)
    expected = 0.5 * (10.0**-index - 10.0 ** -(index + 1)) * (math.tanh(0.3) + 1) + 10.0 ** -(index + 1)
    assert interval.epsilon(0.3) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("lower", "upper"), [
    (0.1, 0.1), (0.5, 0.1), (-0.1, 0.5), (0.0, 1.5), (math.nan, 0.5), (0.1, math.inf)])
def test_bad_intervals(lower: float, upper: float) -> None:
    with pytest.raises(InputError) as caught:
        EpsilonInterval(lower, upper)
    assert "0 <= lower < upper <= 1" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("epsilon", [0.0, 0.001, 0.1, 0.7, math.nan])
def test_epsilon_outside_its_interval(epsilon: float) -> None:
    with pytest.raises(InputError, match=r"is outside \(0.001, 0.1\)"):
        EpsilonInterval(0.001, 0.1).w(epsilon)


def test_sum_over_scales() -> None:
    a, b, c = sympy.symbols("a b c")
    assert sum_over_scales([a, b, c]) == a + b / EPSILON + c / EPSILON**2
    assert sum_over_scales([]) == 0
