"""Equations of moments in one step, and whether a closed system is symmetric hyperbolic."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from exact_transport import EPSILON, equation, solution
from scipy.linalg import expm

import symdcrnn
from symdcrnn import InputError, Trajectory
from symdcrnn.closure.fit import moment_settings, with_hyperbolicity
from symdcrnn.closure.hyperbolicity import MomentSystem, growth, hyperbolicity, moment_system, symmetriser
from symdcrnn.closure.moments import moment_data, moment_words


def p_n(order: int) -> MomentSystem:
    """P_N with the scattering 1."""
    degrees = np.arange(order)
    gradients = -np.diag((degrees + 1) / (2 * degrees + 1), 1) - np.diag((degrees + 1) / (2 * degrees + 3), -1)
    local = -np.diag(np.minimum(np.arange(order + 1), 1.0))
    return MomentSystem(gradients, local, np.zeros_like(local), ())


def test_p_n_is_symmetric_hyperbolic_in_units_of_its_polynomials() -> None:
    found = hyperbolicity(p_n(3))
    assert found.passed
    np.testing.assert_allclose(symmetriser(p_n(3).gradients), [1.0, 3.0, 5.0, 7.0], rtol=1e-14)
    assert found.value == pytest.approx(np.max(np.polynomial.legendre.leggauss(4)[0]), rel=1e-12)
    assert growth(p_n(3))[0] < 1e-12


def changed(part: str, place: tuple[int, int], value: float) -> MomentSystem:
    matrix = getattr(p_n(2), part).copy()
    matrix[place] = value
    return replace(p_n(2), **{part: matrix})


@pytest.mark.parametrize(("system", "passed", "text"), [
    (changed("second", (2, 2), 0.1), True, "no wave of any length grows"),
    (changed("gradients", (2, 2), 0.3), True, "no wave of any length grows"),
    (changed("gradients", (2, 1), -1.0), True, "1.41 m2"),
    (changed("second", (2, 2), -0.1), False, "do not dissipate; waves of wave number .* grow at the rate"),
    (changed("local", (2, 2), 0.5), False, "do not dissipate; waves of wave number .* grow at the rate"),
    (changed("gradients", (2, 1), 0.4), False, "not symmetric in any units; waves of wave number"),
    (changed("gradients", (2, 0), 0.01), False, "not symmetric in any units; no wave grows of those that were tried"),
    (changed("gradients", (0, 1), 0.0), False, "not symmetric in any units; no wave grows"),
    (changed("local", (1, 2), 3.0), False, "do not dissipate; waves of wave number"),
    (replace(p_n(1), further=("m0 d_x m0 in that of m1",)), False, "not told: .* m0 d_x m0 in that of m1"),
])
def test_what_is_told_of_a_system(system: MomentSystem, passed: bool, text: str) -> None:
    found = hyperbolicity(system)
    assert found.passed == passed
    assert re.search(text, found.text), found.text


def test_waves_grow_at_the_rate_that_is_told() -> None:
    rate, number = growth(changed("local", (2, 2), 0.5))
    system = changed("local", (2, 2), 0.5)
    exact = np.linalg.eigvals(1j * number * system.gradients + system.local).real.max()
    assert rate == pytest.approx(exact)
    assert rate > 0.4


def moments(order: int) -> Trajectory:
    return symdcrnn.generate(symdcrnn.problem("pn", order=order, nx=32, frames=40))


def test_a_closed_model_says_whether_it_is_hyperbolic() -> None:
    data, closed = moment_data([solution()[0]], 2, True), equation().moments(2, close=True)
    told = with_hyperbolicity(closed, data, 2)
    assert [check.name for one in told.equations for check in one.checks] == ["hyperbolicity"]
    assert "hyperbolic in the units m0, 1.73 m1, 2.24 m2, speeds up to 1.55" in told["m2"].checks[-1].text
    system = moment_system(closed.equations, "x", EPSILON)
    np.testing.assert_allclose(system.gradients, p_n(2).gradients / EPSILON, rtol=1e-12)
    assert with_hyperbolicity(closed, data, 3) is closed
    terms = tuple(replace(term, coefficient=-term.coefficient) for term in closed["m2"].terms)
    turned = replace(closed, equations=(*closed.equations[:2], replace(closed["m2"], terms=terms)))
    assert turned["m2"].certain
    worse = with_hyperbolicity(turned, data, 2)["m2"]
    assert not worse.certain
    assert not worse.checks[-1].passed


def test_words_are_those_of_a_symmetric_system() -> None:
    data = moment_data([moments(3)], 2, True)
    assert data[0].field_names == ("m0", "m1", "m2")
    words = moment_words(data[0], 2, True)
    assert [word for word in words if word.startswith("m2:")] == ["m2:d_x m1", "m2:d_x m2", "m2:d_xx m2"]
    assert {word for word in words if word.startswith("m0:")} == {
        "m0:d_x m0", "m0:m1", "m0:d_x m1", "m0:m2", "m0:d_x m2"}
    assert moment_settings(data, 2, True, {"words": ["m0:1"], "bootstrap": 0}) == {
        "equations": ("m0", "m1", "m2"), "words": (*words, "m0:1"), "bootstrap": 0}
    assert moment_words(data[0], 0, True) == ("m0:d_x m0", "m0:d_xx m0")
    assert "m1:d_x m2" in moment_words(data[0], 1, False)
    f = symdcrnn.generate(symdcrnn.problem("anisotropic", nx=16, frames=4))
    made = moment_data([f], 2, False)[0]
    np.testing.assert_array_equal(made.array("m3"), symdcrnn.moments_of(f, 3).array("m3"))


def test_what_has_no_moments_is_one_line() -> None:
    two = Trajectory.from_arrays(
        {"f": np.ones((2, 4, 8)), "h": np.ones((2, 4, 8))}, t=[0.0, 0.1], x=np.arange(8.0), v=[-2.0, -1.0, 1.0, 2.0],
        weights=np.ones(4))
    plane = Trajectory.from_arrays({name: (("t", "y", "x"), np.ones((2, 8, 8))) for name in ("m0", "m1")},
                                   t=[0.0, 0.1], x=np.arange(8.0), y=np.arange(8.0))
    for call, message in (
        (lambda: moment_data([two], 1, True), "the data has f, h: give f alone"),
        (lambda: moment_data([moments(1)], 1, False), "m2 are needed as well: ask for fewer, or give f"),
        (lambda: moment_data([moments(1)], -1, True), "give a whole number from 0 to 32"),
        (lambda: moment_words(plane, 1, True), "along one axis of space, and the data has y, x"),
    ):
        with pytest.raises(InputError, match=message):
            call()


@pytest.mark.usefixtures("interpreted")
def test_moments_of_p1_tell_p1() -> None:
    x, t = 2.0 * np.pi * np.arange(32) / 32, 0.02 * np.arange(60)
    moments = np.zeros((2, t.size, x.size))
    for number, start in ((1, [1.0, 0.3]), (2, [0.4j, 0.2])):
        one_step = expm(0.02 * np.array([[0.0, -1j * number], [-1j * number / 3.0, -1.0]]))
        sizes = np.array([np.linalg.matrix_power(one_step, step) @ start for step in range(t.size)])
        moments += np.real(sizes.T[:, :, None] * np.exp(1j * number * x))
    data = Trajectory.from_arrays({"m0": 2.0 + moments[0], "m1": moments[1]}, t=t, x=x, periodic=True)
    model = symdcrnn.fit_moments([data], 1, close=True, bootstrap=0, central_stencil="central8")
    assert model["m0"].coefficients == pytest.approx({"d_x m1": -1.0}, rel=1e-4)
    assert model["m1"].coefficients == pytest.approx({"m1": -1.0, "d_x m0": -1 / 3}, rel=1e-4)
    assert [check.passed for check in model["m1"].checks if check.name == "hyperbolicity"] == [True]
