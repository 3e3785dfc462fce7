"""Equations after they were moved hold for data that was moved, as well as they did before."""

from __future__ import annotations

import json

import numpy as np
import pytest
from exact_transport import ABSORBED, EPSILON, SIGMA, equation, solution

import symdcrnn
from symdcrnn import InputError, Trajectory

pytestmark = pytest.mark.usefixtures("interpreted")


def size(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def test_micro_macro_equations_hold_for_micro_macro_data() -> None:
    trajectory, rates = solution()
    model = equation()
    before = size(symdcrnn.right_hand_side(model, trajectory, "f") - rates) / size(rates)
    moved, form = symdcrnn.micro_macro(trajectory), model.form("micro-macro", epsilon=EPSILON)
    mean = np.tensordot(rates, trajectory.weights, axes=(1, 0))
    exact = {"rho": mean, "g": (rates - mean[:, None]) / EPSILON}
    assert before < 1e-5
    for name, values in exact.items():
        left = symdcrnn.right_hand_side(form, moved, name) - values
        assert size(left) <= 2 * before * size(values)


def test_kinetic_equation_holds_for_kinetic_data() -> None:
    trajectory, rates = solution()
    form = equation().form("micro-macro", epsilon=EPSILON).form("kinetic", epsilon=EPSILON)
    back = symdcrnn.kinetic(symdcrnn.micro_macro(trajectory))
    assert back.array("f") == pytest.approx(trajectory.array("f"), rel=1e-14)
    assert size(symdcrnn.right_hand_side(form, back, "f") - rates) < 1e-5 * size(rates)


def test_moments_of_equations_hold_for_moments_of_data() -> None:
    """Four of six velocities: the fifth moment is that of the data, so nothing is cut off."""
    trajectory, rates = solution()
    model, moved = equation().moments(3), symdcrnn.moments_of(trajectory, 4)
    for number in range(4):
        weights = trajectory.weights * np.polynomial.legendre.Legendre.basis(number)(trajectory.v)
        exact = np.tensordot(rates, weights, axes=(1, 0))
        left = symdcrnn.right_hand_side(model, moved, f"m{number}") - exact
        assert size(left) < 1e-5 * size(exact)


def test_scaled_equations_hold_for_scaled_data() -> None:
    trajectory, rates = solution()
    factors = {"x": 100.0, "t": 0.25, "f": 3.0}
    moved, model = symdcrnn.scaled(trajectory, **factors), equation().scaled(**factors)
    assert moved.dx == pytest.approx(100 * trajectory.dx)
    left = symdcrnn.right_hand_side(model, moved, "f") - rates * 3 / 0.25
    assert size(left) < 1e-5 * size(rates) * 12
    back = symdcrnn.scaled(moved, x=0.01, t=4.0, f=1 / 3)
    assert back.array("f") == pytest.approx(trajectory.array("f"), rel=1e-14)
    assert back.x == pytest.approx(trajectory.x, rel=1e-14)
    assert model.scaled(x=0.01, t=4.0, f=1 / 3)["f"].coefficients == pytest.approx(equation()["f"].coefficients)


def test_closed_moments_are_those_of_data_where_nothing_is_beyond() -> None:
    """Two Legendre modes alone: m2 is zero, and so are its products."""
    model = equation().moments(1, close=True)
    assert model["m1"].coefficients == pytest.approx({"d_x m0": -1 / (3 * EPSILON),
                                                      "m1": -SIGMA / EPSILON**2 - ABSORBED})
    assert model["m0"].coefficients == pytest.approx({"d_x m1": -1 / EPSILON, "m0": -ABSORBED})


def test_micro_macro_form_can_be_simulated() -> None:
    trajectory, _ = solution()
    form = equation().form("micro-macro", epsilon=EPSILON)
    forecast = symdcrnn.simulate(form, symdcrnn.micro_macro(trajectory))
    assert max(forecast.total_errors.values()) < 1e-6


def test_micro_macro_data() -> None:
    trajectory, _ = solution()
    moved = symdcrnn.micro_macro(trajectory)
    g = moved.array("g")
    assert moved.field_names == ("rho", "g")
    assert moved.epsilon == EPSILON
    assert np.max(np.abs(np.tensordot(g, trajectory.weights, axes=(1, 0)))) < 1e-14 * np.max(np.abs(g))
    assert moved.array("rho")[:, None] + EPSILON * g == pytest.approx(trajectory.array("f"), rel=1e-14)


def test_exact_equations_are_moved() -> None:
    """What data says of its own equations is what a fit of the moved data is scored by."""
    exact = {"v_dx f": -2.0, "f": -5.0, "<f>": 4.0}
    trajectory, _ = solution()
    given = Trajectory.of(trajectory.dataset.assign_attrs(exact=json.dumps({"f": exact})))
    moved = symdcrnn.micro_macro(given)
    assert moved.exact == {"g": pytest.approx({"v_dx rho": -4.0, "v_dx g": -2.0, "g": -5.0, "<v_dx g>": 2.0}),
                           "rho": pytest.approx({"<v_dx g>": -1.0, "rho": -1.0})}
    assert symdcrnn.kinetic(moved).exact == {"f": pytest.approx(exact)}
    assert (symdcrnn.scaled(given, t=2).exact or {})["f"]["f"] == pytest.approx(-2.5)
    assert (symdcrnn.moments_of(given, 1).exact or {})["m1"] == pytest.approx(
        {"d_x m0": -2 / 3, "d_x m2": -4 / 3, "m1": -5.0})
    other = Trajectory.of(trajectory.dataset.assign_attrs(exact=json.dumps({"f": {"exp(f)": 1.0}})))
    assert symdcrnn.micro_macro(other).exact is None
    assert "cannot be moved: exp(f) is no polynomial" in symdcrnn.micro_macro(other).notices[-1]


def test_density_that_is_none_is_said() -> None:
    trajectory, _ = solution()
    moved = symdcrnn.micro_macro(trajectory)
    other = Trajectory.of(moved.dataset.assign(g=moved.dataset["g"] + 1.0))
    assert symdcrnn.kinetic(other).notices[-1].endswith("rho is not quite <f>")


def test_uncertainties_and_units_are_scaled() -> None:
    x = np.arange(8) / 8
    made = Trajectory.from_arrays({"u": np.ones((3, 8)), "u_variance": np.full((3, 8), 0.5)}, t=np.arange(3.0), x=x,
                                  periodic=True, units={"x": "m", "u": "K"}, period={"x": 1.0})
    moved = symdcrnn.scaled(made, x=100, u=3)
    assert moved.variances("u")[1] == pytest.approx(4.5)
    assert "units" not in moved.dataset["x"].attrs
    assert moved.dataset["x"].attrs["period"] == 100.0


@pytest.mark.parametrize(("call", "message"), [
    (lambda data: symdcrnn.micro_macro(data, field="h"), "the data has no field 'h': it has f"),
    (lambda data: symdcrnn.micro_macro(data, epsilon=-1), "epsilon is -1: give a positive number"),
    (lambda data: symdcrnn.micro_macro(data, density="x"), "'x' is the name of two things"),
    (lambda data: symdcrnn.kinetic(data), "the data has no field 'g'"),
    (lambda data: symdcrnn.moments_of(data, 6), "the 6 velocities do not resolve moment 6"),
    (lambda data: symdcrnn.moments_of(data, -1), "the highest moment is -1"),
    (lambda data: symdcrnn.scaled(data), "nothing is scaled"),
    (lambda data: symdcrnn.scaled(data, y=2), "the data has no 'y' to scale"),
    (lambda data: symdcrnn.scaled(data, x=0), "x is scaled by 0: give a positive number"),
    (lambda data: symdcrnn.micro_macro("data.nc"), "micro_macro, as its data was given 'data.nc'"),
])
def test_refusals_of_data(call: object, message: str) -> None:
    trajectory, _ = solution()
    assert callable(call)
    with pytest.raises(InputError) as error:
        call(trajectory)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
