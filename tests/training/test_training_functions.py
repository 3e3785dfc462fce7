"""Coefficients that are functions of x."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from small_problem import EULER, STENCILS, WORDS, G, data

import symdcrnn
from symdcrnn import InputError, Trajectory
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.runtime.binding import bind
from symdcrnn.preprocess.frames import BoundWords
from symdcrnn.preprocess.loaded_frames import LoadedFrames
from symdcrnn.regression.bound_equation import bind_equation
from symdcrnn.regression.terms import Term
from symdcrnn.schemes.multistep import residual
from symdcrnn.settings import FitSettings
from symdcrnn.varying_coefficients.bases import BASES, FunctionSpace, function_space
from symdcrnn.varying_coefficients.equation_loss import pieces_of
from symdcrnn.varying_coefficients.products import loss_and_gradient
from symdcrnn.varying_coefficients.regression import Piece, Whole, project_functions, whole_regression

Array = np.ndarray


def bound(frames: int = 12) -> BoundWords:
    where = LoadedFrames(data(frames=frames).grid)
    words = bind_equation(EULER, G, [Term(word) for word in WORDS], where, STENCILS, find_norm("l2")).multistep
    assert words is not None
    return words


def whole_of(words: BoundWords, functions: tuple[int, ...], space: FunctionSpace) -> Whole:
    """By the coefficients times dt, which are those of the kernel."""
    return whole_regression([Piece(words, np.ones(len(WORDS)))], functions, space)


def by_hand(words: BoundWords, functions: tuple[int, ...], space: FunctionSpace) -> tuple[Array, float]:
    """Constants and loss of least squares over all columns written out, functions as columns times a basis."""
    where = words.frames.grid
    pieces = _columns(words)
    left = where.fields["g"][1:] - where.fields["g"][:-1]
    basis = BASES[space.basis](where.axis("x").coordinate, space.knots).toarray()
    columns = [pieces[k].ravel() for k in range(len(WORDS)) if k not in functions]
    columns += [(pieces[k] * profile).ravel() for k in functions for profile in basis.T]
    matrix = np.array(columns).T
    scale = np.sqrt(np.mean(matrix**2, axis=0))
    solved = np.linalg.lstsq(matrix / scale, left.ravel(), rcond=None)[0] / scale
    return solved, float(np.mean((left.ravel() - matrix @ solved) ** 2))


def _columns(words: BoundWords) -> Array:
    form = residual(EULER, G, WORDS)
    return bind("columns", form, words.frames.grid, STENCILS, find_norm("l2")).each_column()


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("functions", [(0,), (1, 4)])
def test_projection_is_least_squares_over_everything(functions: tuple[int, ...], basis: str) -> None:
    kernel, space = bound(), FunctionSpace(basis, 6)
    projected, sought = project_functions(whole_of(kernel, functions, space))
    constants = [k for k in range(len(WORDS)) if k not in functions]
    solved, loss = by_hand(kernel, functions, space)
    zero = projected.evaluate(np.zeros(len(WORDS)))
    found = np.zeros(len(WORDS))
    found[constants] = -np.linalg.solve(zero.gram[np.ix_(constants, constants)], zero.gradient[constants])
    np.testing.assert_allclose(found[constants], solved[:len(constants)], rtol=1e-8)
    assert projected.evaluate(found).loss == pytest.approx(loss, rel=1e-9)
    values = BASES[basis](kernel.frames.grid.axis("x").coordinate, 6) @ solved[len(constants):].reshape(
        len(functions), -1).T
    np.testing.assert_allclose(sought.values(found), values.T, rtol=1e-6, atol=1e-9 * np.abs(values).max())


@pytest.mark.usefixtures("interpreted")
def test_a_penalty_on_the_mean_counts_functions_too() -> None:
    """Eq. (4.15) with a function of x in front of one word, as least squares over the rows of both written out."""
    weight, space, functions = 3.0, FunctionSpace("spline", 6), (1,)
    where = LoadedFrames(data(frames=12).grid)
    equation = bind_equation(EULER, G, [Term(word) for word in WORDS], where, STENCILS, find_norm("l2"), weight)
    pieces = pieces_of([equation], np.ones((1, len(WORDS))))
    assert [piece.counts for piece in pieces] == [True, False]
    loss, sought = project_functions(whole_regression(pieces, functions, space))
    constants = [k for k in range(len(WORDS)) if k not in functions]
    found = np.zeros(len(WORDS))
    found[constants] = -np.linalg.solve(loss.there.gram[np.ix_(constants, constants)], loss.there.gradient[constants])
    grid = where.grid
    columns = _columns(pieces[0].words)
    averages = np.einsum("i,cnix->cnx", grid.weights("v"), columns)
    basis = BASES["spline"](grid.axis("x").coordinate, 6).toarray()
    left = grid.fields["g"][1:] - grid.fields["g"][:-1]
    rows = []
    for values, points in ((columns, left.size), (averages, averages[0].size)):
        unit = 1.0 if values is columns else np.sqrt(weight)
        made = [values[k] for k in constants] + [values[k] * profile for k in functions for profile in basis.T]
        rows.append(unit / np.sqrt(points) * np.array([one.ravel() for one in made]).T)
    side = np.concatenate([left.ravel() / np.sqrt(left.size), np.zeros(averages[0].size)])
    matrix = np.vstack(rows)
    scale = np.sqrt(np.mean(matrix**2, axis=0))
    solved = np.linalg.lstsq(matrix / scale, side, rcond=None)[0] / scale
    np.testing.assert_allclose(found[constants], solved[:len(constants)], rtol=1e-7)
    np.testing.assert_allclose(sought.values(found)[0], basis @ solved[len(constants):], rtol=1e-6, atol=1e-8)
    assert loss.evaluate(found).loss == pytest.approx(float(np.sum((side - matrix @ solved) ** 2)), rel=1e-9)


def test_gradient_of_the_projection() -> None:
    projected, _ = project_functions(whole_of(bound(), (0,), FunctionSpace("grid")))
    at = 1e-3 * np.arange(1.0, len(WORDS) + 1.0)
    at[0] = 0.0
    gradient = projected.evaluate(at).gradient
    step = 1e-5
    for k in range(1, len(WORDS)):
        unit = step * np.eye(len(WORDS))[k]
        difference = projected.evaluate(at + unit).loss - projected.evaluate(at - unit).loss
        assert gradient[k] == pytest.approx(difference / (2.0 * step), rel=1e-6)


def test_continuity_flattens() -> None:
    kernel = bound()
    constants = np.zeros(len(WORDS))
    spaces = (FunctionSpace("grid", continuity=gamma) for gamma in (0.0, 1e3))
    free, tied = (project_functions(whole_of(kernel, (0,), space))[1].values(constants)[0] for space in spaces)
    assert np.ptp(tied) < 0.01 * np.ptp(free)


def test_splines_add_up_to_one() -> None:
    basis = BASES["spline"](np.linspace(0.0, 2.0, 50), 9)
    assert basis.shape == (50, 11)
    np.testing.assert_allclose(basis.sum(axis=1), 1.0, rtol=1e-12)


@pytest.mark.parametrize(("points", "weak", "knots"), [(1000, False, 100), (100, False, 100), (64, False, 32),
                                                       (64, True, 16), (9, True, 4)])
def test_knots_that_nobody_asked_for_are_fewer_than_the_points(points: int, weak: bool, knots: int) -> None:
    assert function_space(FitSettings(functions=("g:g",)), weak, points).knots == knots
    assert function_space(FitSettings(functions=("g:g",), knots=80), weak, points).knots == 80


@lru_cache(maxsize=4)
def made(**settings: Any) -> Trajectory:
    return symdcrnn.generate(symdcrnn.preset("paper", epsilon=1.0, **settings))


@pytest.mark.parametrize(("settings", "most"), [
    ({}, 1e-3), ({"basis": "grid"}, 5e-3),
    pytest.param({"basis": "grid", "scheme": "imex-bdf2", "continuity": 1e-10}, 0.01, marks=pytest.mark.soak),
])
def test_scattering_of_example_6_4(settings: dict[str, Any], most: float) -> None:
    trajectory = made(sigma_s="1 + 100*x**2")
    equation = symdcrnn.fit(trajectory, equations="g", functions=("g:g",), layers=1, starts=1, **settings)["g"]
    assert set(equation.coefficients) == {"v_dx g", "<v_dx g>", "v_dx rho"}
    np.testing.assert_allclose(list(map(abs, equation.coefficients.values())), 1.0, rtol=1e-5)
    np.testing.assert_allclose(equation.functions[0].values, -(1.0 + 100.0 * trajectory.x**2), rtol=most)


def test_scattering_absorption_and_source_all_unknown() -> None:
    trajectory = made(sigma_s="2 + sin(2*pi*x)", sigma_a="1/2", source="cos(2*pi*x)**2")
    model = symdcrnn.fit(trajectory, functions=("g:g", "rho:1"), layers=1, starts=1)
    wave = 2.0 * np.pi * trajectory.x
    assert set(model["rho"].coefficients) == {"<v_dx g>", "rho"}
    assert model["rho"].coefficients["rho"] == pytest.approx(-0.5, rel=1e-3)
    np.testing.assert_allclose(model["rho"].functions[0].values, np.cos(wave) ** 2, atol=1e-3)
    np.testing.assert_allclose(model["g"].functions[0].values, -(2.5 + np.sin(wave)), rtol=1e-2)
    rate = symdcrnn.right_hand_side(model, trajectory, "g")
    g = trajectory.array("g")
    change = (g[2:] - g[:-2]) / (2.0 * trajectory.dt)
    np.testing.assert_allclose(rate[1:-1], change, atol=1e-5 * np.abs(change).max())


def test_functions_are_saved(tmp_path: Any) -> None:
    trajectory = made(sigma_s="1 + 100*x**2")
    model = symdcrnn.fit(trajectory, equations="g", functions=("g:g",), layers=1, starts=1)
    assert "[-100.8, -1.000" in str(model)
    assert " + a1(x) g, a1 in [" in str(model)
    model.save(tmp_path / "model.json")
    assert symdcrnn.load_model(tmp_path / "model.json") == model


@pytest.mark.parametrize(("settings", "expected"), [
    ({"functions": ("g",)}, "write EQUATION:WORD"),
    ({"functions": ("g:g", "g:g")}, "one entry twice"),
    ({"functions": ("f:g",)}, "of no equation that is sought"),
    ({"functions": ("g:h",)}, "'h' is no word of the g-equation"),
    ({"functions": ("g:<g>",), "layers": 1}, "no function of '<g>' can be told"),
    ({"functions": ("g:g",), "fixed": ("g:g=-1",)}, "'g' of the g-equation is given and sought as a function at once"),
    ({"functions": ("g:*",), "scheme": "rk4"}, "need a multistep scheme"),
    ({"functions": ("g:*",), "known": {"sigma_s": 1.0}}, "sigma_s is given and sought at once"),
    ({"functions": ("g:g",), "norm": "l1"}, "need the l2 norm"),
    ({"functions": ("g:g",), "scheme": "rk4"}, "need a multistep scheme"),
    ({"functions": ("g:g",), "basis": "waves"}, "unknown basis 'waves'"),
    ({"functions": ("g:g",), "knots": 1}, "knots is 1"),
    ({"functions": ("g:g",), "knots": 5000}, "a spline with 5000 knots is more than the 250 points"),
    ({"functions": ("g:g",), "continuity": 1e30}, "above 1e+06 a function is a constant"),
    ({"bootstrap": 1}, "give 0 for none, or at least 2"),
    ({"functions": ("g:g",), "known": {"sigma_s": 1.0}}, "sigma_s is given and sought at once"),
    ({"functions": ("rho:1",), "equations": "rho", "known": {"source": 1.0}}, "the source is given and sought"),
])
def test_bad_functions_are_one_line(settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        symdcrnn.fit(made(sigma_s="1 + 100*x**2", nx=250), **{"equations": "g", "layers": 1, **settings})
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


TRUE_WORDS = ("g", "v_dx g", "<v_dx g>", "v_dx rho")


def test_constant_functions_of_every_word_of_the_equation() -> None:
    """Eq. (3.10) with weights that do not depend on x after all."""
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 4, nx=400))
    exact = (trajectory.exact or {})["g"]
    model = symdcrnn.fit(trajectory, equations="g", functions=tuple(f"g:{word}" for word in TRUE_WORDS), layers=1,
                         starts=1, knots=12)
    assert model["g"].terms == ()
    assert [function.word for function in model["g"].functions] == list(TRUE_WORDS)
    for function in model["g"].functions:
        np.testing.assert_allclose(function.values, exact[function.word], rtol=0.01)
    assert model["g"].residual < 1e-6


@pytest.mark.soak
@pytest.mark.parametrize("layers", [1, 2])
def test_words_are_chosen_where_all_coefficients_are_functions(layers: int, tmp_path: Any) -> None:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 4, nx=400, sigma_s="2 + sin(2*pi*x)"))
    model = symdcrnn.fit(trajectory, equations="g", functions=("g:*",), layers=layers, starts=1)
    learned = {function.word: np.array(function.values) for function in model["g"].functions}
    assert model["g"].terms == ()
    assert set(learned) == set(TRUE_WORDS)
    scattering = 2.0 + np.sin(2.0 * np.pi * trajectory.x)
    exact = {"g": -16.0 * scattering, "v_dx g": -4.0, "<v_dx g>": 4.0, "v_dx rho": -16.0}
    for word, values in learned.items():
        np.testing.assert_allclose(values, np.broadcast_to(exact[word], values.shape), rtol=0.01)
    assert model["g"].chosen_words == 4
    assert model["g"].network.starts == 0
    assert np.isfinite(symdcrnn.right_hand_side(model, trajectory, "g")).all()
    model.save(tmp_path / "model.json")
    assert symdcrnn.load_model(tmp_path / "model.json") == model


@pytest.mark.parametrize("constant", [0.0, 1e-3])
def test_loss_and_gradient_of_functions(constant: float) -> None:
    kernel = bound()
    chosen = (0, 3)
    basis = BASES["spline"](kernel.frames.grid.axis("x").coordinate, 5)
    known = np.zeros(len(WORDS))
    known[1] = constant
    unknowns = 1e-3 * np.random.default_rng(0).standard_normal(2 * basis.shape[1])
    loss, gradient = loss_and_gradient(kernel, chosen, basis, "x", known, unknowns)
    whole = whole_of(kernel, chosen, FunctionSpace("spline", 5)).extended
    expected = whole.force + whole.stiffness @ unknowns + whole.coupling @ known
    np.testing.assert_allclose(gradient, expected, rtol=1e-8, atol=1e-10 * np.abs(expected).max())
    without = whole.constants.loss + known @ (whole.constants.gradient + 0.5 * whole.constants.gram @ known)
    around = unknowns @ (whole.force + whole.coupling @ known + 0.5 * whole.stiffness @ unknowns)
    assert loss == pytest.approx(without + around, rel=1e-10)


def test_networks_beside_a_function_need_no_more_starts_for_rounding() -> None:
    """Of clean data the projected loss is what two sums leave of each other, and its last digits are rounding."""
    trajectory = symdcrnn.generate(symdcrnn.problem("transport", nx=64, velocities=8, epsilon=1 / 16))
    network = symdcrnn.fit(trajectory, equations=("g",), functions=("g:g",), bootstrap=0)["g"].network
    assert network.least_loss < 1e-12
    assert (network.starts, network.converged) == (1, True)
