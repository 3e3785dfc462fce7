"""The whole path on data whose equation is known."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numba
import numpy as np
import pytest

import symdcrnn
from symdcrnn import InputError, Model, Trajectory
from symdcrnn.schemes.multistep import sharpest_scheme

TRUE_WORDS = {"g", "v_dx g", "<v_dx g>", "v_dx rho"}


@lru_cache(maxsize=8)
def data(preset: str, inverse_epsilon: int) -> Trajectory:
    return symdcrnn.generate(symdcrnn.preset(preset, epsilon=1 / inverse_epsilon))


@lru_cache(maxsize=16)
def learned(preset: str, inverse_epsilon: int, scheme: str, layers: int = 2) -> Model:
    return symdcrnn.fit(data(preset, inverse_epsilon), equations="g", scheme=scheme, layers=layers)


@pytest.mark.parametrize(("scheme", "floor", "most"), [
    ("imex-bdf2", 1.60, 1.75), ("imex-bdf4", 0.0, 0.1),
    pytest.param("simpson", 0.0, 0.002, marks=pytest.mark.soak),
])
def test_notebook_data_give_the_four_terms(scheme: str, floor: float, most: float) -> None:
    model = learned("notebook", 256, scheme)
    assert set(model["g"].coefficients) == TRUE_WORDS
    error, with_spurious = model.errors["g"]
    assert floor <= error <= most
    assert with_spurious == error
    assert model.epsilon == pytest.approx(1 / 256, rel=0.02)
    assert model.converged


@pytest.mark.soak
@pytest.mark.parametrize(("scheme", "most"), [("imex-ars222", 0.002), ("rk4", 3e-5)])
def test_schemes_with_stages(scheme: str, most: float) -> None:
    model = symdcrnn.fit(data("paper", 64), equations="g", scheme=scheme, layers=1, starts=1)
    assert set(model["g"].coefficients) == TRUE_WORDS
    assert model.errors["g"][1] < most
    assert model.converged
    assert model["g"].network.loss <= 1.001 * model["g"].network.least_loss


@pytest.mark.parametrize(("inverse_epsilon", "floor"), [
    (16, 0.11195), pytest.param(64, 0.79487, marks=pytest.mark.soak), pytest.param(256, 12.024, marks=pytest.mark.soak),
    pytest.param(512, 38.029, marks=pytest.mark.soak)])
def test_forward_euler_reaches_its_floor(inverse_epsilon: int, floor: float) -> None:
    model = learned("paper", inverse_epsilon, "forward-euler", 1)
    assert set(model["g"].coefficients) == TRUE_WORDS
    assert model.errors["g"][1] == pytest.approx(floor, rel=0.02)


@pytest.mark.parametrize(("inverse_epsilon", "layers", "most"), [
    pytest.param(16, 2, 1e-5, marks=pytest.mark.soak),
    pytest.param(64, 2, 1e-4, marks=pytest.mark.soak), pytest.param(256, 2, 0.006, marks=pytest.mark.soak),
    (512, 1, 0.06),
])
def test_the_scheme_that_the_data_asks_for(inverse_epsilon: int, layers: int, most: float) -> None:
    model = symdcrnn.fit(data("paper", inverse_epsilon), equations="g", starts=1, layers=layers)
    equation = model["g"]
    assert set(equation.coefficients) == TRUE_WORDS
    assert model.errors["g"][1] < most
    assert equation.scheme in (sharpest_scheme(56, equation.rate).name, equation.judge)
    assert equation.rate >= 0.5 * 4e-6 * inverse_epsilon**2


@pytest.mark.parametrize(("inverse_epsilon", "noise", "most"), [
    *(pytest.param(*case, marks=pytest.mark.soak) for case in (
        (16, 0.01, 0.01), (256, 0.05, 0.05), (64, 0.01, 0.01), (256, 0.01, 0.01), (16, 0.05, 0.05), (64, 0.05, 0.05)))])
def test_the_weak_form_withstands_noise(inverse_epsilon: int, noise: float, most: float) -> None:
    """Under noise of 1 % strong forms are wrong by 30 to 1000 %."""
    noisy = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / inverse_epsilon), noise=noise, seed=3)
    model = symdcrnn.fit(noisy, equations="g", starts=1, layers=1)
    equation = model["g"]
    assert set(equation.coefficients) == TRUE_WORDS
    assert (equation.scheme, equation.judge) == ("weak", "weak")
    for word, exact in (noisy.exact or {})["g"].items():
        assert equation.coefficients[word] == pytest.approx(exact, rel=most)


def test_training_reaches_direct_regression() -> None:
    for scheme in ("imex-bdf2", "imex-bdf4"):
        network = learned("notebook", 256, scheme)["g"].network
        assert network.converged
        assert network.loss <= 1.001 * network.least_loss


def test_rho_equation() -> None:
    model = symdcrnn.fit(data("notebook", 256), equations="rho")
    assert model["rho"].coefficients == {"<v_dx g>": pytest.approx(-1.0, rel=1e-5)}
    assert model.converged
    assert model["rho"].scaled is None


def test_path_is_kept_and_falls_to_the_chosen_words() -> None:
    equation = learned("notebook", 256, "imex-bdf2")["g"]
    sizes = [len(step.words) for step in equation.path]
    assert sizes == list(range(sizes[0], -1, -1))
    residuals = [step.judge_residual for step in equation.path]
    assert all(after >= before * (1 - 1e-6) for before, after in pairwise(residuals))
    assert set(equation.path[sizes.index(4)].words) == TRUE_WORDS
    assert equation.jump == pytest.approx(residuals[sizes.index(3)] / residuals[sizes.index(4)])
    assert equation.jump > 1000 * equation.runner_up
    assert all(step.scheme_residual is not None for step in equation.path)
    assert any(word.endswith("<g>") for word in equation.vanishing)


@pytest.mark.soak
@pytest.mark.parametrize("norm", ["l1", "huber"])
def test_other_norms_find_the_same_words(norm: str) -> None:
    model = symdcrnn.fit(data("notebook", 256), equations="g", norm=norm, layers=1)
    assert set(model["g"].coefficients) == TRUE_WORDS
    assert model.errors["g"][1] < 0.002


def test_results_have_the_same_bits_for_any_number_of_threads() -> None:
    most = numba.get_num_threads()
    found = []
    for threads in (1, 2):
        numba.set_num_threads(min(threads, most))
        found.append(symdcrnn.fit(data("notebook", 256), equations="rho", seed=3))
    numba.set_num_threads(most)
    assert found[0].equations == found[1].equations


def test_the_exact_equation_never_reaches_the_fit() -> None:
    dataset = data("notebook", 256).dataset.copy()
    dataset.attrs = {"periodic": 1}
    model = symdcrnn.fit(Trajectory.of(dataset), equations="g", scheme="imex-bdf2")
    assert model.equations == learned("notebook", 256, "imex-bdf2").equations
    assert model.errors == {}


def test_known_scattering_is_taken_out_of_the_coefficient() -> None:
    problem = symdcrnn.preset("notebook", epsilon=1 / 64, nx=200, sigma_s="1 + sin(2*pi*x)/2")
    trajectory = symdcrnn.generate(problem, known=True)
    model = symdcrnn.fit(trajectory, equations="g")
    coefficients = model["g"].coefficients
    assert coefficients.pop("sigma_s g") == pytest.approx(-(64**2), rel=1e-3)
    assert coefficients.pop("v_dx rho") == pytest.approx(-(64**2), rel=1e-3)
    assert coefficients.pop("v_dx g") == pytest.approx(-64, rel=1e-3)
    assert coefficients.pop("<v_dx g>") == pytest.approx(64, rel=1e-3)
    assert coefficients == {"sigma_a g": -1.0}
    assert symdcrnn.right_hand_side(model, trajectory, "g").shape == trajectory.array("g").shape


def scalar_data(inverse_epsilon: int) -> Trajectory:
    both = data("notebook", inverse_epsilon)
    f = both.array("rho")[:, None, :] + both.array("g") / inverse_epsilon
    return Trajectory.from_arrays({"f": f}, t=both.t, x=both.x, v=both.v, weights=both.weights)


def test_scalar_equation() -> None:
    """Eq. (2.1): d_t f = -(1/eps) v d_x f + (1/eps^2) (<f> - f), up to the other side of the stencil of rho."""
    model = symdcrnn.fit(scalar_data(16), equations="f", layers=1)
    coefficients = model["f"].coefficients
    for word, exact in {"f": -256.0, "<f>": 256.0, "v_dx f": -16.0}.items():
        assert coefficients[word] == pytest.approx(exact, rel=0.02)


def test_data_that_are_not_periodic_are_fitted_inside() -> None:
    whole = data("notebook", 256)
    part = Trajectory.of(whole.dataset.isel(x=slice(40, 360)), periodic=False)
    model = symdcrnn.fit(part, equations="g", scheme="simpson")
    assert set(model["g"].coefficients) == TRUE_WORDS
    assert model["g"].points == 28 * 16 * (320 - 2 * 8)
    rate = symdcrnn.right_hand_side(model, part, "g")
    assert np.all(np.isnan(rate[:, :, 0]))
    assert np.all(np.isfinite(rate[:, :, 8:-8]))


@pytest.mark.soak
def test_regularisers_change_the_training_only() -> None:
    settings: dict[str, Any] = {"equations": "rho", "starts": 1, "gauss_newton": 100}
    plain = symdcrnn.fit(data("notebook", 256), **settings)
    for extra in ({"weight_sparsity": 1e-6}, {"coefficient_sparsity": 1e-6}):
        model = symdcrnn.fit(data("notebook", 256), **settings, **extra)
        assert model["rho"].terms == plain["rho"].terms
        theta = [abs(w) for field in model["rho"].network.theta for row in field for w in row]
        assert sum(theta) < sum(abs(w) for field in plain["rho"].network.theta for row in field for w in row)


def test_zero_mean_keeps_the_words() -> None:
    model = symdcrnn.fit(data("notebook", 256), equations="g", zero_mean=1.0, starts=1, layers=1)
    assert set(model["g"].coefficients) == TRUE_WORDS
    assert model["g"].coefficients["v_dx g"] == pytest.approx(-model["g"].coefficients["<v_dx g>"], rel=1e-4)


def waves(frames: int = 8, names: tuple[str, ...] = ("f",), steady: bool = False) -> Trajectory:
    v, weights = np.polynomial.legendre.leggauss(4)
    x = np.arange(32) / 32
    t = 0.01 * np.arange(frames)
    f = np.ones(frames)[:, None, None] if steady else np.exp(-t)[:, None, None]
    field = f * (2 + v[:, None] * np.sin(2 * np.pi * x))
    return Trajectory.from_arrays(dict.fromkeys(names, field), t=t, x=x, v=v, weights=weights)


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize(("trajectory", "settings", "expected"), [
    (waves(), {"layer": 2}, "layer"),
    (waves(), {"layers": 1.5}, "layers"),
    (waves(), {"layers": True}, "layers"),
    (waves(), {"starts": 0}, "starts"),
    (waves(), {"zero_mean": float("nan")}, "zero_mean"),
    (waves(), {"epsilon_lower": 0.5, "epsilon_upper": 0.2}, "epsilon"),
    (waves(), {"epsilon_lower": "a"}, "epsilon_lower"),
    (waves(), {"scheme": "leapfrog"}, "leapfrog"),
    (waves(), {"scheme": 3}, "scheme"),
    (waves(), {"norm": "l7"}, "l7"),
    (waves(), {"transport_stencil": "upwind9"}, "upwind9"),
    (waves(), {"operators": ("I", "curl")}, "curl"),
    (waves(), {"operators": ()}, "operators"),
    (waves(), {"equations": ("f", "f")}, "twice"),
    (waves(), {"equations": "h"}, "'h'"),
    (waves(), {"layers": 5}, "fewer layers"),
    (waves(2), {"scheme": "simpson"}, "frames"),
    (waves(12, steady=True), {"layers": 1}, "does not change"),
])
def test_bad_settings_and_data_are_one_line(trajectory: Trajectory, settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        symdcrnn.fit(trajectory, **settings)
    assert "\n" not in str(caught.value)
    assert expected in str(caught.value)


def test_a_field_with_the_name_of_an_operator_is_refused() -> None:
    with pytest.raises(InputError, match="'mean' has the name of an operator"):
        waves(names=("mean",))


@pytest.mark.parametrize(("known", "expected"), [
    ({"sigma_t": 1.0}, "sigma_t"), ({"sigma_s": [1.0, 2.0]}, "shape"), ({"sigma_s": np.inf}, "finite"),
])
def test_bad_known_functions_are_one_line(known: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        symdcrnn.fit(waves(), known=known)


def test_a_function_is_known_once() -> None:
    problem = symdcrnn.preset("notebook", epsilon=1 / 4, nx=40, frames=8, sigma_s="1 + sin(2*pi*x)/2")
    trajectory = symdcrnn.generate(problem, known=True)
    with pytest.raises(InputError, match="sigma_s has other values than those stored in the data"):
        symdcrnn.fit(trajectory, known={"sigma_s": 2.0})


@pytest.mark.parametrize("factor", [1e200, 1e-200])
def test_values_beyond_squaring_are_refused(factor: float) -> None:
    whole = waves()
    extreme = Trajectory.from_arrays({"f": factor * whole.array("f")}, t=whole.t, x=whole.x, v=whole.v,
                                     weights=whole.weights)
    with pytest.raises(InputError, match="units"):
        symdcrnn.fit(extreme)
