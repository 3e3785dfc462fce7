"""Difference formulas: exact on polynomials up to their order, mirrored, and of the order they claim."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import slow_reference as slow

from symdcrnn.algebra import rules
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.offsets import central_offsets, leaning_offsets
from symdcrnn.kernels.stencils import (
    CENTRAL_ACCURACIES,
    TRANSPORT_STENCILS,
    Stencil,
    Stencils,
    central_stencil,
    stencil,
    transport_stencil,
)

ORDERS = {"upwind1": 1, "upwind2": 2, "upwind3": 3, **{f"central{order}": order for order in range(2, 17, 2)}}
DERIVATIVES = range(1, 7)
NAMED = {
    **{f"{name} left": (transport_stencil(name, True), ORDERS[name]) for name in TRANSPORT_STENCILS},
    **{f"{name} right": (transport_stencil(name, False), ORDERS[name]) for name in TRANSPORT_STENCILS},
    **{f"{name} {k}": (central_stencil(name, k), ORDERS[name]) for name in CENTRAL_ACCURACIES for k in DERIVATIVES},
}
every_stencil = pytest.mark.parametrize(("formula", "order"), NAMED.values(), ids=NAMED)


def at_zero(formula: Stencil, power: int) -> Fraction:
    """The formula applied to j^power at j = 0."""
    return sum((c * Fraction(o) ** power for o, c in zip(formula.offsets, formula.coefficients, strict=True)),
               Fraction(0))


@every_stencil
def test_exact_on_polynomials_up_to_the_order(formula: Stencil, order: int):
    exact = order + formula.derivative - 1
    for power in range(exact + 1):
        assert at_zero(formula, power) == (math.factorial(power) if power == formula.derivative else 0)
    assert at_zero(formula, exact + 1) != 0


@every_stencil
def test_order_of_convergence(formula: Stencil, order: int):
    exact = math.sin(0.7 + 0.5 * math.pi * formula.derivative)
    errors = []
    # High orders reach the rounding of double precision unless the steps are wide.
    for dx in (1.2, 0.6) if order > 8 else (0.4, 0.2):
        values = [float(c) * np.sin(0.7 + o * dx) for o, c in zip(formula.offsets, formula.coefficients, strict=True)]
        errors.append(abs(sum(values) / dx**formula.derivative - exact))
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.1 * order + 0.4)


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("name", CENTRAL_ACCURACIES)
def test_central_stencils_are_as_narrow_as_they_can_be(name: str, derivative: int):
    formula = central_stencil(name, derivative)
    assert formula.reach == (derivative + 1) // 2 - 1 + ORDERS[name] // 2
    assert formula.mirrored == formula


def test_high_derivatives_as_they_are_written():
    third = central_stencil("central2", 3)
    assert dict(zip(third.offsets, third.coefficients, strict=True)) == {
        -2: Fraction(-1, 2), -1: Fraction(1), 1: Fraction(-1), 2: Fraction(1, 2)}
    assert central_stencil("central2", 6).coefficients == (1, -6, 15, -20, 15, -6, 1)


@every_stencil
def test_mirrored_twice_is_the_same(formula: Stencil, order: int):
    assert formula.mirrored.mirrored == formula
    assert formula.mirrored.reach == formula.reach
    for power in range(order + 2):
        sign = (-1) ** (power + formula.derivative)
        assert at_zero(formula.mirrored, power) == sign * at_zero(formula, power)


@every_stencil
def test_numerators_over_the_denominator(formula: Stencil, order: int):
    quotients = tuple(Fraction(number, formula.denominator) for number in formula.numerators)
    assert quotients == formula.coefficients


@pytest.mark.parametrize("name", TRANSPORT_STENCILS)
def test_transport_formulas_are_exact_for_polynomials_through_their_points(name: str):
    formula = transport_stencil(name, True)
    for power in range(len(TRANSPORT_STENCILS[name])):
        slope = sum(c * Fraction(o) ** power for o, c in zip(formula.offsets, formula.coefficients, strict=True))
        assert slope == (power == 1)


@pytest.mark.parametrize("name", slow.FROM_THE_LEFT)
def test_transport_formulas_as_they_are_written(name: str):
    formula = transport_stencil(name, True)
    found = dict(zip(formula.offsets, map(float, formula.coefficients), strict=True))
    assert found == pytest.approx(slow.FROM_THE_LEFT[name])
    assert transport_stencil(name, False) == formula.mirrored


@pytest.mark.parametrize("name", ["central2", "central4", "central8"])
@pytest.mark.parametrize("derivative", [1, 2])
def test_central_formulas_as_they_are_written(name: str, derivative: int):
    formula = central_stencil(name, derivative)
    found = dict(zip(formula.offsets, map(float, formula.coefficients), strict=True))
    assert found == pytest.approx({1: slow.FROM_THE_LEFT, 2: slow.SECOND}[derivative][name])
    assert formula.mirrored == formula


@pytest.mark.parametrize(("order", "accuracy", "reach"), [
    (1, 2, 1), (1, 4, 2), (1, 8, 4), (2, 2, 1), (2, 6, 3), (3, 2, 2), (4, 4, 3), (5, 2, 3), (6, 16, 10), (16, 16, 15)])
def test_points_of_central_formulas(order: int, accuracy: int, reach: int) -> None:
    """Of the stencils that are chosen and of those that a word asks for; those that lean too where they are central."""
    both = tuple(range(-reach, reach + 1))
    named = Stencils(f"central{accuracy}", f"central{accuracy}")
    assert central_offsets(named, rules.Stencil("x", order)) == both
    assert central_offsets(Stencils(), rules.Stencil("x", order, accuracy=accuracy)) == both
    for side in ("upwind", "downwind"):
        assert leaning_offsets(named, rules.Stencil("x", order, lean="v", lean_axes=("v",)), side) == (both, both)


@pytest.mark.parametrize(("order", "accuracy", "lowest", "highest"), [
    (1, 1, -1, 0), (1, 2, -2, 0), (1, 3, -2, 1), (2, 1, -2, 0), (2, 2, -2, 1), (2, 3, -3, 1), (3, 3, -3, 2)])
def test_points_of_formulas_that_lean(order: int, accuracy: int, lowest: int, highest: int) -> None:
    """One more on the side that the flow comes from where their number is odd, two more where it is even."""
    left, right = tuple(range(lowest, highest + 1)), tuple(range(-highest, -lowest + 1))
    for stencils, asked in ((Stencils(f"upwind{accuracy}"), None), (Stencils("upwind1"), accuracy)):
        rule = rules.Stencil("x", order, lean="v", lean_axes=("v",), accuracy=asked)
        assert leaning_offsets(stencils, rule, "upwind") == (left, right)
        assert leaning_offsets(stencils, rule, "downwind") == (right, left)


def test_a_stencil_reads_sixteen_points_to_a_side_at_most() -> None:
    assert central_offsets(Stencils(), rules.Stencil("x", 1, accuracy=32))[0] == -16
    with pytest.raises(InputError, match="a stencil of d\\^1 along 'x' would read 35 points: choose a lower accuracy"):
        central_offsets(Stencils(), rules.Stencil("x", 1, accuracy=34))
    leaning = rules.Stencil("x", 1, lean="v", lean_axes=("v",), accuracy=32)
    with pytest.raises(InputError, match="would read 33 points"):
        leaning_offsets(Stencils(), leaning, "upwind")


def test_any_offsets():
    assert stencil((0, 1, 3), 1).coefficients == (Fraction(-4, 3), Fraction(3, 2), Fraction(-1, 6))
    assert stencil((-2, -1, 0, 1, 2), 4).coefficients == (1, -4, 6, -4, 1)


def test_unknown_names():
    with pytest.raises(InputError, match=r"unknown stencil 'upwind9'.*upwind3"):
        transport_stencil("upwind9", True)
    with pytest.raises(InputError, match=r"unknown stencil 'upwind9'"):
        Stencils("upwind9", "central4")
    with pytest.raises(InputError, match=r"unknown central stencil 'upwind3'"):
        Stencils("upwind3", "upwind3")
    with pytest.raises(InputError, match=r"unknown central stencil 'upwind3'.*central4"):
        central_stencil("upwind3", 1)
