"""Coefficients that are functions of any axis of data on any axes, and of time."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import symdcrnn
from symdcrnn import InputError, Trajectory
from symdcrnn.algebra.words import Field
from symdcrnn.embedding.typeset import equation_latex
from symdcrnn.fitting.inputs import merged_settings
from symdcrnn.fitting.stencil_choice.choice import with_forms
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.preprocess.phase_grid import fields_of
from symdcrnn.regression.bound_equation import bind_equation
from symdcrnn.regression.dictionary import space_of
from symdcrnn.regression.terms import Term
from symdcrnn.report.pictures.canvas import png
from symdcrnn.report.pictures.functions import draw_functions
from symdcrnn.schemes.multistep import SCHEMES
from symdcrnn.varying_coefficients.bases import BASES, FunctionSpace, function_space
from symdcrnn.varying_coefficients.products import loss_and_gradient, products_by_point
from symdcrnn.varying_coefficients.regression import Piece, whole_regression

POINTS, FRAMES = 48, 26
X = 2.0 * np.pi * np.arange(POINTS) / POINTS
T = 0.04 * np.arange(FRAMES)
TIME = T[:, None]
WORDS: dict[str, Any] = {"words": ("d_x u", "u"), "bootstrap": 0, "central_stencil": "central8"}


def wave(s: Any) -> Any:
    return 1.0 / (2.0 + np.sin(s)) + 1.0


def on_x(u: Any, t: Any = T, periodic: bool = True) -> Trajectory:
    return Trajectory.from_arrays({"u": u}, t=t, x=X, periodic=periodic)


def damped(t: Any, x: Any = X) -> Any:
    """u_t = -u_x - (1 + sin(4 t)/2) u, exactly."""
    time = t[:, None]
    return wave(x - time) * np.exp(-time + (np.cos(4.0 * time) - 1.0) / 8.0)


def rate(t: Any) -> Any:
    return -1.0 - 0.5 * np.sin(4.0 * t)


@lru_cache(maxsize=1)
def fading() -> tuple[Trajectory, symdcrnn.Model]:
    trajectory = on_x(damped(T))
    return trajectory, symdcrnn.fit(trajectory, functions=("u:u@t",), **WORDS)


def values(model: symdcrnn.Model, target: str = "u", number: int = 0) -> Any:
    return np.array(model[target].functions[number].values)


def test_a_function_of_time() -> None:
    _, model = fading()
    assert set(model["u"].coefficients) == {"d_x u"}
    assert model["u"].coefficients["d_x u"] == pytest.approx(-1.0, rel=1e-6)
    function = model["u"].functions[0]
    assert (function.word, function.axis) == ("u", "t")
    np.testing.assert_allclose(function.x, T)
    np.testing.assert_allclose(values(model), rate(T), rtol=2e-4)
    assert "a1(t) u, a1 in [" in str(model)
    assert model["u"].details()["functions"]["u"]["t"] == list(function.x)


@pytest.mark.usefixtures("interpreted")
def test_a_model_with_a_function_of_time_is_kept_and_marched(tmp_path: Path) -> None:
    trajectory, model = fading()
    model.save(tmp_path / "model.json")
    model = symdcrnn.load_model(tmp_path / "model.json")
    assert model == fading()[1]
    forecast = symdcrnn.simulate(model, trajectory)
    np.testing.assert_allclose(forecast.trajectory.array("u"), trajectory.array("u"), rtol=1e-4)
    found = symdcrnn.right_hand_side(model, trajectory, "u")
    u, step = trajectory.array("u"), T[1]
    change = (8.0 * (u[3:-1] - u[1:-3]) - u[4:] + u[:-4]) / (12.0 * step)
    np.testing.assert_allclose(found[2:-2], change, atol=1e-4 * np.abs(change).max())


def test_a_model_is_not_marched_to_times_where_its_function_is_unknown() -> None:
    _, model = fading()
    later = on_x(damped(T + 0.5), T + 0.5)
    with pytest.raises(InputError, match="function of u is known from t = 0 to 1 alone"):
        symdcrnn.simulate(model, later)


@pytest.mark.usefixtures("interpreted")
def test_frames_at_uneven_times() -> None:
    t = T + 0.012 * np.sin(9.0 * T) * (T > 0.0)
    model = symdcrnn.fit(on_x(damped(t), t), functions=("u:u@t",), **WORDS)
    np.testing.assert_allclose(values(model), rate(t), rtol=1e-3)
    np.testing.assert_allclose(model["u"].functions[0].x, t)


def test_several_trajectories_share_a_function() -> None:
    both = (on_x(damped(T)), on_x(damped(T, X + 1.0)))
    model = symdcrnn.fit(both, functions=("u:u@t",), **WORDS)
    assert model["u"].points == 2 * fading()[1]["u"].points
    np.testing.assert_allclose(values(model), rate(T), rtol=2e-4)
    with pytest.raises(InputError, match="different points of t"):
        symdcrnn.fit((both[0], on_x(damped(2.0 * T), 2.0 * T)), functions=("u:u@t",), **WORDS)


def test_a_function_of_x_and_one_of_every_word() -> None:
    trajectory = on_x(wave(X - TIME) * np.exp(-np.sin(X)))
    model = symdcrnn.fit(trajectory, functions=("u:u",), **WORDS)
    assert model["u"].functions[0].axis == "x"
    np.testing.assert_allclose(values(model), -np.cos(X), atol=1e-4)
    again = symdcrnn.simulate(model, trajectory)
    np.testing.assert_allclose(again.trajectory.array("u"), trajectory.array("u"), rtol=1e-4)
    every = symdcrnn.fit(fading()[0], functions=("u:*@t",), **WORDS)
    assert {one.word: one.axis for one in every["u"].functions} == {"u": "t", "d_x u": "t"}
    by_word = {one.word: np.array(one.values) for one in every["u"].functions}
    np.testing.assert_allclose(by_word["d_x u"], -1.0, rtol=1e-2)
    names = {word: f"a_{{{number}}}(t)" for number, word in enumerate(by_word, 1)}
    formula = equation_latex(every, every["u"])
    assert rf"{names['u']}\, u" in formula
    assert rf"{names['d_x u']}\, \partial_x u" in formula


@pytest.mark.parametrize("function", ["u:u@t", "u:1"])
def test_stencils_of_the_solver_are_found_with_functions_that_are_not_known_yet(function: str) -> None:
    """Modes of u_t = -(u(x + h) - u(x - h))/2h, damped or with a source."""
    step = X[1]
    u = sum(np.real(np.exp(-1j * np.sin(k * step) / step * TIME) * np.exp(1j * k * X)) / (1.0 + k) for k in range(8))
    u = u * np.exp(-TIME + (np.cos(4.0 * TIME) - 1.0) / 8.0) if function == "u:u@t" else u + np.sin(X)
    trajectory = on_x(u)
    settings = merged_settings(None, {"words": WORDS["words"], "functions": (function,)})
    frames, space = loaded_frames(trajectory), space_of(trajectory)
    assert with_forms(settings, fields_of(trajectory), ["u"], frames, space)[0].central_stencil == "central2"


@pytest.mark.usefixtures("interpreted")
def test_of_equal_words_that_stays_whose_function_is_sought() -> None:
    u = damped(T)
    trajectory = Trajectory.from_arrays({"u": u, "w": u}, t=T, x=X, periodic=True)
    settings: dict[str, Any] = {**WORDS, "words": ("d_x u", "u", "w"), "equations": "u"}
    model = symdcrnn.fit(trajectory, functions=("u:w@t",), **settings)
    assert model["u"].functions[0].word == "w"
    assert model["u"].vanishing == {"u": "u is a linear combination of simpler candidates in this data"}
    tied = symdcrnn.fit(trajectory, functions=("u:u@t",), tied=("u:w=0.25*u",), **settings)
    assert not tied["u"].vanishing
    by_word = {one.word: np.array(one.values) for one in tied["u"].functions}
    np.testing.assert_allclose(by_word["u"], 0.8 * rate(T), rtol=2e-4)
    np.testing.assert_allclose(by_word["w"], 0.2 * rate(T), rtol=2e-4)


@pytest.mark.usefixtures("interpreted")
def test_a_source_of_x() -> None:
    trajectory = on_x(wave(X - TIME) + np.sin(X))
    model = symdcrnn.fit(trajectory, functions=("u:1",), **WORDS)
    assert set(model["u"].coefficients) == {"d_x u"}
    np.testing.assert_allclose(values(model), np.cos(X), atol=1e-4)


V, Y = np.array([-0.8, -0.3, 0.2, 0.9]), np.linspace(0.0, 1.0, 12)


def moving(decay: Any) -> Trajectory:
    """f_t = -v f_x - decay f, exactly, on t, v, y and x."""
    t, v = T[:, None, None, None], V[:, None, None]
    f = wave(X - v * t) * np.exp(-decay * t) * np.ones((Y.size, 1))
    return Trajectory.from_arrays({"f": f}, t=T, v=V, y=Y, x=X, periodic={"x": True, "y": False}, weights=np.ones(4))


MOVING: dict[str, Any] = {"words": ("v d_x f", "f"), "bootstrap": 0, "central_stencil": "central8"}


@pytest.mark.usefixtures("interpreted")
def test_each_velocity_has_a_value_of_its_own() -> None:
    trajectory = moving(1.0 + V[:, None, None] ** 2)
    model = symdcrnn.fit(trajectory, functions=("f:f@v",), **MOVING)
    np.testing.assert_allclose(model["f"].functions[0].x, V)
    np.testing.assert_allclose(values(model, "f"), -1.0 - V**2, rtol=1e-5)
    assert model["f"].coefficients["v d_x f"] == pytest.approx(-1.0, rel=1e-6)


def test_a_function_of_the_second_space_axis() -> None:
    trajectory = moving(1.0 + 0.5 * Y[:, None] ** 2)
    model = symdcrnn.fit(trajectory, functions=("f:f@y",), **MOVING)
    np.testing.assert_allclose(values(model, "f"), -1.0 - 0.5 * Y**2, rtol=1e-5)
    with pytest.raises(InputError, match="not said what a function of the f-equation depends on: write one of @t, @v"):
        symdcrnn.fit(trajectory, functions=("f:f",), **MOVING)


@pytest.mark.usefixtures("interpreted")
def test_a_function_of_two_axes(tmp_path: Path) -> None:
    """Each velocity has a spline of y."""
    decay = 1.0 + 0.5 * Y[:, None] ** 2 * (1.0 + V[:, None, None])
    trajectory = moving(decay)
    model = symdcrnn.fit(trajectory, functions=("f:f@y, v",), **MOVING)
    function = model["f"].functions[0]
    assert (function.axis, tuple(function.points)) == ("v,y", ("v", "y"))
    found = np.reshape(function.values, (V.size, Y.size))
    np.testing.assert_allclose(found, -decay[..., 0], rtol=1e-5)
    assert "a1(v, y) f, a1 in [" in str(model)
    assert r"a_{1}(v, y)\, f" in equation_latex(model, model["f"])
    assert model["f"].details()["functions"]["f"]["y"] == list(Y)
    model.save(tmp_path / "model.json")
    model = symdcrnn.load_model(tmp_path / "model.json")
    forecast = symdcrnn.simulate(model, trajectory, steps=5)
    np.testing.assert_allclose(forecast.trajectory.array("f"), trajectory.array("f")[:6], rtol=1e-5)
    assert png(draw_functions(model.equations) or pytest.fail("no picture"))[1:4] == b"PNG"


@pytest.mark.parametrize(("functions", "expected"), [
    (("u:u@t", "u:d_x u"), "functions of t and of x: those of one equation are of the same axes"),
    (("u:u@v",), "no part in the u-equation, whose field depends on t, x"),
    (("u:u@t,x",), "it may be one of t, or of at most 2 other axes"),
    (("u:u@",), "write EQUATION:WORD"),
    (("u:@t",), "write EQUATION:WORD"),
    (("u:u@t", "u:u@x"), "a coefficient is a function of one axis"),
    (("u:w@t",), "'w' is no word of the u-equation"),
])
def test_bad_functions_are_one_line(functions: tuple[str, ...], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        symdcrnn.fit(fading()[0], functions=functions, **WORDS)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def words_of_fading() -> Any:
    trajectory = on_x(damped(T), periodic=False)
    space = space_of(trajectory)
    terms, target = [Term(space.word("u")), Term(space.word("d_x u"))], Field("u", ("t", "x"))
    frames, stencils = loaded_frames(trajectory), Stencils.named("central8", "central8")
    found = bind_equation(SCHEMES["newton-cotes8"], target, terms, frames, stencils, find_norm("l2")).multistep
    assert found is not None
    return found


@pytest.mark.parametrize("axis", ["t", "x"])
def test_sums_at_points_add_up_to_those_of_the_kernel(axis: str) -> None:
    words = words_of_fading()
    along = words.values.along(axis)
    ones = sparse.csr_matrix(np.ones((along.reached, 1)))
    stiffness, coupling, force = products_by_point(words, (0, 1), ones, axis)
    whole = words.loss.evaluate(np.zeros(2))
    np.testing.assert_allclose(stiffness.toarray(), whole.gram, rtol=1e-11)
    np.testing.assert_allclose(coupling, whole.gram, rtol=1e-11)
    np.testing.assert_allclose(force, whole.gradient, rtol=1e-11)


@pytest.mark.parametrize("axis", ["t", "x"])
def test_the_loss_of_functions_is_a_quadratic_form_of_their_unknowns(axis: str) -> None:
    words = words_of_fading()
    along = words.values.along(axis)
    basis = BASES["spline"](along.parts[0].reached, 6)
    known, unknowns = np.array([0.0, 0.02]), 0.01 * np.random.default_rng(0).standard_normal(2 * basis.shape[1])
    loss, gradient = loss_and_gradient(words, (0, 1), basis, axis, known, unknowns)
    whole = whole_regression([Piece(words, np.ones(2))], (0, 1), FunctionSpace("spline", 6), axis=axis).extended
    expected = whole.force + whole.stiffness @ unknowns + whole.coupling @ known
    np.testing.assert_allclose(gradient, expected, rtol=1e-8, atol=1e-10 * np.abs(expected).max())
    without = whole.constants.at(known).loss
    around = unknowns @ (whole.force + whole.coupling @ known + 0.5 * whole.stiffness @ unknowns)
    assert loss == pytest.approx(without + around, rel=1e-9)


def test_frames_are_read_in_pieces_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    words = words_of_fading()
    basis = BASES["spline"](words.values.along("t").parts[0].reached, 6)
    whole = products_by_point(words, (0,), basis, "t")[0].toarray()
    monkeypatch.setattr("symdcrnn.preprocess.residuals.columns.NUMBERS", 1)
    np.testing.assert_allclose(products_by_point(words, (0,), basis, "t")[0].toarray(), whole, rtol=1e-13, atol=1e-18)


def test_periodic_splines() -> None:
    points = 2.0 * np.pi * np.arange(40) / 40
    basis = BASES["periodic"](points, 13)
    assert basis.shape == (40, 12)
    np.testing.assert_allclose(basis.sum(axis=1), 1.0, rtol=1e-12)
    shifted = BASES["periodic"](points + 0.3, 13).toarray()
    np.testing.assert_allclose(shifted, basis.toarray(), atol=1e-12)
    # Ten points further, a quarter of the period, the same functions are three knots on, also past the end.
    dense = basis.toarray()
    np.testing.assert_allclose(np.roll(dense, (10, 3), (0, 1)), dense, atol=1e-12)
    settings = symdcrnn.FitSettings(functions=("g:g",))
    assert function_space(settings, True, 40, periodic=True).basis == "periodic"
    assert function_space(settings, False, 40, periodic=True).basis == "spline"
    assert function_space(settings, False, 40, role="velocity").basis == "grid"
