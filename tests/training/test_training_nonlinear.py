"""Networks on products and functions of fields: what they reach, and what is learned with them on any axes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import symdcrnn
from symdcrnn import InputError, Trajectory, open_trajectory
from symdcrnn.algebra.ansatz import Ansatz
from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
from symdcrnn.algebra.scales import EPSILON, EpsilonInterval
from symdcrnn.algebra.words import Field
from symdcrnn.embedding.typeset import equation_latex
from symdcrnn.fitting.inputs import ansatz_of
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.leastsquares.minimise import minimise_over
from symdcrnn.networks.coefficient_map import Networks, build_networks
from symdcrnn.networks.linear_hull import linear_hull
from symdcrnn.networks.objective import Objective, square_root
from symdcrnn.networks.regularisers import REGULARISERS
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.regression.bound_equation import bind_equation
from symdcrnn.regression.dictionary import space_of
from symdcrnn.regression.terms import Term
from symdcrnn.schemes.multistep import SCHEMES
from symdcrnn.settings import FitSettings


def marched(rate: Any, u: np.ndarray, dt: float, frames: int, every: int = 4) -> np.ndarray:
    """Frames by classical Runge-Kutta."""
    found = [u]
    for _ in range(frames - 1):
        for _ in range(every):
            k1 = rate(u)
            k2 = rate(u + 0.5 * dt * k1)
            k3 = rate(u + 0.5 * dt * k2)
            k4 = rate(u + dt * k3)
            u = u + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        found.append(u)
    return np.array(found)


@lru_cache(maxsize=1)
def burgers(viscosity: float = 0.05) -> Trajectory:
    """d_t u = -u d_x u + viscosity d_xx u by Fourier modes."""
    nx, dt = 256, 1e-3
    x = 2.0 * np.pi * np.arange(nx) / nx
    k = np.fft.rfftfreq(nx, 1.0 / nx)

    def rate(u: np.ndarray) -> np.ndarray:
        return np.fft.irfft(-0.5j * k * np.fft.rfft(u * u) - viscosity * k * k * np.fft.rfft(u), nx)

    frames = marched(rate, 1.0 + np.sin(x) + 0.3 * np.cos(2.0 * x), dt, 61)
    return Trajectory.from_arrays({"u": frames}, t=4.0 * dt * np.arange(len(frames)), x=x, periodic=True)


def flow(points: int = 48) -> Trajectory:
    """d_t u = -d_x u^2/2 - 0.3 d_y u^2 + 0.1 (d_xx + d_yy) u by Fourier modes."""
    grid = 2.0 * np.pi * np.arange(points) / points
    y, x = np.meshgrid(grid, grid, indexing="ij")
    kx, ky = np.fft.rfftfreq(points, 1.0 / points)[None, :], np.fft.fftfreq(points, 1.0 / points)[:, None]

    def rate(u: np.ndarray) -> np.ndarray:
        nonlinear = -(0.5j * kx + 0.3j * ky) * np.fft.rfft2(u * u)
        return np.fft.irfft2(nonlinear - 0.1 * (kx**2 + ky**2) * np.fft.rfft2(u), (points, points))

    frames = marched(rate, 1.0 + 0.3 * np.sin(x + y) + 0.2 * np.cos(x - 2.0 * y), 4e-3, 25)
    return Trajectory.from_arrays({"u": (("t", "y", "x"), frames)}, t=0.016 * np.arange(25), x=grid, y=grid,
                                  periodic=True)


def accelerated() -> Trajectory:
    """d_t f = -E d_v f - f int f dv with E(t, x): f = F(x, v - int E dt)/(1 + t int F dv); the mean is the integral
    over 12.1, what the weights add up to."""
    t, v = np.linspace(0.0, 0.5, 41), np.linspace(-6.0, 6.0, 121)
    x = 2.0 * np.pi * np.arange(32) / 32
    time, speed, place = t[:, None, None], v[None, :, None], x[None, None, :]
    field = 1.0 + 0.5 * np.cos(place - 2.0 * time)
    way = time - 0.25 * (np.sin(place - 2.0 * time) - np.sin(place))
    density = 1.0 + 0.4 * np.sin(place)
    f = density * np.exp(-0.5 * (speed - way) ** 2) / np.sqrt(2.0 * np.pi) / (1.0 + density * time)
    return Trajectory.from_arrays(
        {"f": (("t", "v", "x"), f), "E": (("t", "x"), field[:, 0, :])}, t=t, x=x, v=v,
        weights=np.full(v.size, v[1] - v[0]), periodic={"x": True, "v": False})


FIT: dict[str, Any] = {"operators": ("I", "d_x", "d_xx"), "layers": 1, "scales": 0, "central_stencil": "central8",
                       "starts": 1}


@pytest.mark.parametrize(("nonlinear", "expected"), [
    (("u^2",), {"d_xx u": 0.05, "d_x(u^2)": -0.5}),
    pytest.param(("u d_x u",), {"d_xx u": 0.05, "u d_x u": -1.0}, marks=pytest.mark.soak),
    pytest.param(("u^3", "exp(-u)", "u^2"), {"d_xx u": 0.05, "d_x(u^2)": -0.5}, marks=pytest.mark.soak),
])
def test_the_equation_of_burgers(nonlinear: tuple[str, ...], expected: dict[str, float]) -> None:
    model = symdcrnn.fit(burgers(), nonlinear=nonlinear, **FIT)
    assert [equation.target for equation in model.equations] == ["u"]
    assert model["u"].coefficients == pytest.approx(expected, rel=1e-5)
    assert len(model["u"].network.theta) == 1 + len(nonlinear)
    u = burgers().array("u")
    change = (u[2:] - u[:-2]) / (2.0 * burgers().dt)
    np.testing.assert_allclose(symdcrnn.right_hand_side(model, burgers(), "u")[1:-1], change, atol=1e-3)


@pytest.mark.parametrize("scheme", [
    *(pytest.param(name, marks=pytest.mark.soak) for name in ("simpson", "newton-cotes4", "rk4")), "weak"])
def test_every_kind_of_scheme_takes_them(scheme: str) -> None:
    model = symdcrnn.fit(burgers(), nonlinear=("u^2",), scheme=scheme, bootstrap=0, **FIT)
    assert model["u"].scheme == scheme
    assert model["u"].coefficients == pytest.approx({"d_xx u": 0.05, "d_x(u^2)": -0.5}, rel=1e-4)


def test_open_ends_and_uneven_points_take_them() -> None:
    plain = burgers()
    cut = Trajectory.from_arrays({"u": plain.array("u")[:, :200]}, t=plain.t, x=plain.x[:200], periodic=False)
    model = symdcrnn.fit(cut, nonlinear=("u^2",), **FIT)
    assert model["u"].coefficients == pytest.approx({"d_xx u": 0.05, "d_x(u^2)": -0.5}, rel=1e-5)
    places = np.flatnonzero(np.arange(256) % 7 != 3)
    uneven = Trajectory.from_arrays({"u": plain.array("u")[:, places]}, t=plain.t, x=plain.x[places], periodic=False)
    model = symdcrnn.fit(uneven, nonlinear=("u d_x u",), **FIT)
    assert model["u"].coefficients == pytest.approx({"d_xx u": 0.05, "u d_x u": -1.0}, rel=1e-4)


def test_two_space_axes() -> None:
    model = symdcrnn.fit(flow(), operators=("I", "d_x", "d_y"), layers=1, scales=0, nonlinear=("u^2",), starts=1,
                         bootstrap=0)
    assert model["u"].coefficients == pytest.approx(
        {"d_x(u^2)": -0.5, "d_y(u^2)": -0.3, "d_x d_x u": 0.1, "d_y d_y u": 0.1}, rel=1e-4)


def test_products_that_depend_on_a_velocity() -> None:
    model = symdcrnn.fit(accelerated(), equations=("f",), operators=("I", "d_v", "mean"), layers=1, scales=0,
                         nonlinear=("E f", "<f> f"), starts=1, bootstrap=0)
    assert model["f"].coefficients == pytest.approx({"d_v(E f)": -1.0, "f <f>": -12.1}, rel=1e-5)


@pytest.mark.parametrize("seed", [0, 1])
def test_noise_asks_for_the_weak_form(seed: int) -> None:
    plain = burgers()
    u = plain.array("u")
    noisy = u + 0.02 * u.std() * np.random.default_rng(seed).standard_normal(u.shape)
    data = Trajectory.from_arrays({"u": noisy}, t=plain.t, x=plain.x, periodic=True)
    model = symdcrnn.fit(data, nonlinear=("u^2",), **{**FIT, "central_stencil": "auto"})
    assert model["u"].scheme == "weak"
    assert model["u"].coefficients == pytest.approx({"d_xx u": 0.05, "d_x(u^2)": -0.5}, rel=0.05)
    for term, exact in zip(model["u"].terms, (0.05, -0.5), strict=True):
        assert term.error is not None
        assert abs(term.coefficient - exact) < 4.0 * term.error


@pytest.mark.usefixtures("interpreted")
def test_saved_and_loaded_models_are_marched_and_printed(
    tmp_path: Path, command: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    symdcrnn.fit(burgers(), nonlinear=("u^2",), **FIT).save(tmp_path / "model.json")
    model = symdcrnn.load_model(tmp_path / "model.json")
    made = symdcrnn.simulate(model, burgers(), rtol=1e-7)
    assert made.total_errors["u"] < 1e-5
    assert r"\partial_x \left(u^{2}\right)" in equation_latex(model, model["u"])
    shown = ("inspect", "model.json", "--polynomial", "--field")
    polynomial = command(tmp_path, *shown, "u^2", "--format", "latex").stdout
    assert r"F(u^{2}) &= \left(" in polynomial
    assert r"\partial_{xx} \left(u^{2}\right)" in polynomial
    refused = command(tmp_path, *shown, "u^3").stderr
    assert "the networks of this model do not act on 'u^3': give one of u, u^2" in refused
    rhs = model.rhs(burgers())
    y, change = burgers().array("u")[7], np.cos(3.0 * burgers().x)
    slope = (rhs(0.0, y + 1e-4 * change) - rhs(0.0, y - 1e-4 * change)) / 2e-4
    found = rhs.vjp(0.0, y, np.sin(burgers().x))
    assert found @ change == pytest.approx(np.sin(burgers().x) @ slope, rel=1e-7)


@pytest.mark.soak
def test_data_on_disk_gives_the_same(tmp_path: Path) -> None:
    symdcrnn.write_trajectory(burgers(), tmp_path / "u.nc")
    whole, streamed = (symdcrnn.fit(one, nonlinear=("u^2",), scheme="simpson", **FIT)["u"]
                       for one in (burgers(), open_trajectory(tmp_path / "u.nc", memory="1MB")))
    assert list(whole.coefficients) == list(streamed.coefficients) == ["d_xx u", "d_x(u^2)"]
    for word, value in whole.coefficients.items():
        assert streamed.coefficients[word] == pytest.approx(value, rel=1e-9)


def on(nonlinear: tuple[str, ...], target: str = "f", **settings: Any) -> tuple[Ansatz, PhaseSpace]:
    """The ansatz on f(t, v, x) and u(t, x)."""
    axes = (Axis("v", "velocity", False, True, True), Axis("x", "space", True, True, True))
    space = phase_space(axes, [Field("f", ("t", "v", "x")), Field("u", ("t", "x"))], {"v": ("v",), "x": ("x",)})
    made = FitSettings(nonlinear=nonlinear, **{"operators": ("I", "d_x", "mean"), "layers": 1, **settings})
    return ansatz_of(made, tuple(space.variables.values()), target, space), space


def test_words_are_what_the_letters_make_of_every_base() -> None:
    ansatz, _ = on(("u f", "exp(-u)"), scales=0)
    made = [[str(word) for word in polynomial.words] for polynomial in ansatz.polynomials]
    assert made[2] == ["f u", "d_x(f u)", "<f u>", "d_x d_x(f u)", "d_x <f u>"]
    assert made[3] == ["exp(-u)", "d_x exp(-u)", "d_x d_x exp(-u)"]
    averaged, _ = on(("u f",), "u", scales=0)
    assert [str(word) for word in averaged.polynomials[2].words] == ["<f u>", "d_x <f u>", "d_x d_x <f u>"]


def test_a_word_that_two_bases_reach_is_that_of_the_first() -> None:
    ansatz, space = on(("u^2", "d_x(u^2)", "<u f>", "u f"), scales=1)
    assert len(set(ansatz.words)) == len(ansatz.words)
    assert [str(word) for word in ansatz.polynomials[3].words] == ["d_x d_x d_x(u^2)"]
    assert [str(word) for word in ansatz.polynomials[5].words] == ["f u", "d_x(f u)", "d_x d_x(f u)"]
    shared = ansatz.coefficient(space.word("d_x(u^2)"))
    assert {symbol.name.split("_")[-2] for symbol in shared.free_symbols - {EPSILON}} == {"u2"}
    assert ansatz.rnn_parameters == 6 * 2 * len(ansatz.weights)


def test_symbols_of_bases_never_meet() -> None:
    ansatz, _ = on(("u^2", "(<f>)^2", "u f", "(u f)^2", "u f^2", "u^2 f"), scales=1)
    symbols = {ansatz.symbol(weight, base, scale) for weight in ansatz.weights for base in ansatz.bases
               for scale in range(2)}
    assert len(symbols) == ansatz.rnn_parameters
    assert all(isinstance(symbol, sympy.Symbol) and symbol.name.isidentifier() for symbol in symbols)


def networks_on(nonlinear: tuple[str, ...], scales: int) -> tuple[Ansatz, Networks]:
    ansatz, _ = on(nonlinear, scales=scales)
    return ansatz, build_networks(ansatz, EpsilonInterval(0.05, 0.9), len(ansatz.words), (), ())


def test_coefficients_are_those_of_the_ansatz() -> None:
    ansatz, networks = networks_on(("u^2", "u f"), 1)
    at = networks.initial(0.3, np.zeros(0), seed=4, size=0.8)
    values: dict[sympy.Symbol, float] = {EPSILON: networks.epsilon(at)}
    for number, base in enumerate(ansatz.bases):
        for scale in range(2):
            values |= {ansatz.symbol(weight, base, scale): value
                       for weight, value in zip(ansatz.weights, networks.theta(at)[number, scale], strict=True)}
    expected = [float(ansatz.coefficient(word).subs(values)) for word in ansatz.words]
    np.testing.assert_allclose(networks.coefficients(at), expected, rtol=1e-10)
    basis = linear_hull(networks, range(networks.columns))
    rest = networks.coefficients(at) - basis @ np.linalg.lstsq(basis, networks.coefficients(at), rcond=None)[0]
    assert np.abs(rest).max() <= 1e-9 * np.abs(networks.coefficients(at)).max()


def test_the_gradient_of_the_training_objective() -> None:
    """Through the data: the Gram matrix of words on products, then the networks on them, by central differences."""
    data = burgers()
    space = space_of(data)
    settings = FitSettings(nonlinear=("u^2", "exp(-u)"), operators=("I", "d_x"), layers=1, scales=1)
    ansatz = ansatz_of(settings, tuple(space.variables.values()), "u", space)
    regression = bind_equation(SCHEMES["simpson"], ansatz.target, [Term(word) for word in ansatz.words],
                               loaded_frames(data), Stencils.named("upwind3", "central8"),
                               find_norm("l2")).regression
    networks = build_networks(ansatz, EpsilonInterval(0.05, 0.9), len(ansatz.words), (), ())
    least = minimise_over(regression, linear_hull(networks, range(networks.columns)), 8, regression.start)
    aim = Objective(networks, least.coefficients, square_root(least.model.gram / regression.null),
                    ((REGULARISERS["coefficients"], 0.01),))
    at = networks.initial(0.3, np.zeros(0), seed=1, size=0.4)
    _, gradient = aim.value_and_gradient(at)
    step = 1e-5
    slopes = np.array([(aim.value(at + step * row) - aim.value(at - step * row)) / (2.0 * step)
                       for row in np.eye(at.size)])
    assert np.abs(gradient - slopes).max() <= 1e-7 * np.abs(slopes).max()
    # And the loss itself, by a pass over the data, is the one that is differentiated.
    loss = regression.evaluate(networks.coefficients(at), active=()).loss / regression.null
    assert Objective(networks, aim.centre, aim.root).value(at) + least.loss / regression.null == pytest.approx(
        loss, rel=1e-6)


@pytest.mark.parametrize(("changes", "expected"), [
    ({"nonlinear": ("2 u^2",)}, "cannot read the word"),
    ({"nonlinear": ("w^2",)}, "'w' is neither an operator"),
    ({"nonlinear": ("1/(u - u)",)}, "cannot read the word"),
    ({"nonlinear": ("d_y(u^2)",)}, "'d_y' is neither an operator"),
    ({"nonlinear": ("u",)}, "has 'u', which is linear in u: networks act on every field as it is"),
    ({"nonlinear": ("x d_x u",)}, "has 'x d_x u', which is linear in u"),
    ({"nonlinear": ("x",)}, "has 'x', which no field is in that changes in time"),
    ({"nonlinear": ("u^2", "u*u")}, "has 'u*u', which is 'u^2' again"),
    ({"nonlinear": ("u^2",), "operators": ("I", "v_dx")}, "operators has 'v_dx'"),
])
def test_bad_words_are_one_line(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        symdcrnn.fit(burgers(), **{**FIT, **changes})
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["auto", "simpson", "rk4", "weak"])
@pytest.mark.parametrize("frame", [0, 20])
def test_words_that_are_not_finite_are_named(scheme: str, frame: int) -> None:
    values = burgers().array("u").copy()
    values[frame, 40] = 0.0
    data = Trajectory.from_arrays({"u": values}, t=burgers().t, x=burgers().x, periodic=True)
    with pytest.raises(InputError, match=r"u\^\(-[12]\) is not a finite number at some points of this data"):
        symdcrnn.fit(data, nonlinear=("1/u",), scheme=scheme, **FIT)


def test_axes_of_a_product_must_be_those_of_an_equation() -> None:
    made = Trajectory.from_arrays(
        {"u": (("t", "x"), burgers().array("u")), "w": (("t", "y"), burgers().array("u") + 1.0)}, t=burgers().t,
        x=burgers().x, y=burgers().x, periodic=True)
    with pytest.raises(InputError, match=r"has 'u w', which depends on t, x, y: no field of an equation"):
        symdcrnn.fit(made, nonlinear=("u w",), operators=("I", "d_x"), layers=1, starts=1)


def test_more_of_them_than_a_fit_can_tell_apart() -> None:
    many = tuple(f"u^{power}" for power in range(2, 15))
    with pytest.raises(InputError, match="words, more than a fit can tell apart"):
        symdcrnn.fit(burgers(), nonlinear=many, **{**FIT, "operators": ("I", "d_x", "d_xx", "x", "t"), "layers": 2})


@pytest.mark.usefixtures("interpreted")
def test_names_of_nonlinear_words_stand_for_them_in_others() -> None:
    x, t = 2.0 * np.pi * np.arange(64) / 64, 0.05 * np.arange(20)
    u = 1.0 / (1.0 + (1.5 + np.sin(x - t[:, None])) * np.exp(-t[:, None]))
    data = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    settings = {"operators": ("I", "d_x"), "layers": 1, "scales": 0, "bootstrap": 0}
    named = symdcrnn.fit(data, nonlinear=("q = u^2", "q u"), words=("cos(q)",), **settings)["u"]
    plain = symdcrnn.fit(data, nonlinear=("u^2", "u^3"), words=("cos(u^2)",), **settings)["u"]
    assert named.coefficients == plain.coefficients
    assert set(named.coefficients) == {"u", "u^2", "d_x u"}
    for text, message in (("u = u^2", "a second meaning of 'u'"), ("2q = u^2", "or NAME = WORD"),
                          ("q = w^2", "'w' is neither an operator")):
        with pytest.raises(InputError, match=re.escape(message)):
            symdcrnn.fit(data, nonlinear=(text,), **settings)


@pytest.mark.usefixtures("interpreted")
def test_a_maximum_has_a_derivative() -> None:
    """d_t u = -d_x u - max(u, 1)."""
    x, t = 2.0 * np.pi * np.arange(64) / 64, np.linspace(0.0, 1.0, 41)
    wave = 1j * np.arange(33)

    def rate(u: np.ndarray) -> np.ndarray:
        return -np.fft.irfft(wave * np.fft.rfft(u), 64) - np.maximum(u, 1.0)

    u = marched(rate, 1.0 + 0.5 * np.sin(x), 0.25 * t[1], t.size)
    data = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    model = symdcrnn.fit(data, words=["u", "u^2", "d_x u", "max(u, 1)"], bootstrap=0, scheme="newton-cotes4")
    assert model["u"].coefficients == pytest.approx({"d_x u": -1.0, "max(1, u)": -1.0}, rel=1e-3)
    rhs, z, du = model.rhs(data), np.cos(x), np.sin(2.0 * x)
    assert z @ rhs.jvp(0.0, u[0], du) == pytest.approx(du @ rhs.vjp(0.0, u[0], z), abs=1e-12)
