"""Schemes with stages on any axes against the formulas written out, their tangents, their orders, and fits by them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numba
import numpy as np
import pytest
import scipy.integrate
from manufactured import burgers
from stage_cases import SCHEMES, STENCILS, TARGETS, case, coefficients
from written_models import SCATTER, kinetic

import symdcrnn
from symdcrnn import InputError, Operator, Pointwise, Trajectory
from symdcrnn.algebra.words import Word
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.kernels.staged import march
from symdcrnn.kernels.staged.march import PhaseStages
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import total
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.preprocess.stages.grids import grid_between
from symdcrnn.regression.dictionary import space_of
from symdcrnn.schemes.multistep import is_stiff
from symdcrnn.schemes.runge_kutta import TABLEAUS

Array = np.ndarray
each_scheme = pytest.mark.parametrize("scheme", SCHEMES)
QUICK = [("imex-ars222", "u", "huber")]
"""What is compiled in every run of the tests."""


def by_hand(form: PhaseStages, words: tuple[Word, ...], scaled: Array) -> Array:
    """(8.9)-(8.12) with every sum written out and F by slow operators; points without a rate are those of the data."""
    tableau, target = form.scheme, form.target
    stiff = [tableau.splits and is_stiff(word, target) for word in words]
    zeros = [[0.0] * tableau.stages] * tableau.stages
    implicit, implicit_weights = tableau.implicit or zeros, tableau.implicit_weights or zeros[0]
    inside = np.ones((), bool)
    for name in target.axes[1:]:
        axis, margin = form.grid.axis(name), form.equation.margin.get(name, 0)
        points = np.arange(axis.size)
        inside = inside[..., None] & (axis.periodic | ((points >= margin) & (points < axis.size - margin)))
    wide = tuple(axis.size if axis.name in target.axes else 1 for axis in form.grid.axes)
    out = []
    for n in range(form.steps):
        u0, u1 = form.grid.fields[target.name][n:n + 2]

        def part(wanted: bool, value: Array, time: float, n: int = n, like: Array = u0) -> Array:
            where = form.between[time].between(n, n + 1)
            where = replace(where, fields={**where.fields, target.name: value[None]})
            found = np.zeros(wide)
            for k, word in enumerate(words):
                if stiff[k] == wanted:
                    found = found + scaled[k] * evaluate(word, where, STENCILS, (0,))[0]
            return np.broadcast_to(found, wide).reshape(like.shape) * inside

        explicit_parts, stiff_parts = [], []
        for i in range(tableau.stages):
            known = u0 + sum((tableau.explicit[i][j] * explicit_parts[j] + implicit[i][j] * stiff_parts[j]
                              for j in range(i)), np.zeros_like(u0))
            time = tableau.implicit_abscissas[i]
            forcing = part(True, np.zeros_like(u0), time)
            slope = part(True, np.ones_like(u0), time) - forcing
            value = (known + implicit[i][i] * forcing) / (1.0 - implicit[i][i] * slope)
            there = form.between[tableau.explicit_abscissas[i]].fields[target.name][n]
            value = np.where(inside, value, there)
            stiff_parts.append(part(True, value, time))
            explicit_parts.append(part(False, value, tableau.explicit_abscissas[i]))
        change = sum(tableau.explicit_weights[i] * explicit_parts[i] + implicit_weights[i] * stiff_parts[i]
                     for i in range(tableau.stages))
        out.append(u1 - u0 - change)
    return np.array(out)


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("target", TARGETS)
@each_scheme
def test_residual_is_that_of_the_formulas(scheme: str, target: str) -> None:
    form, words = case(scheme, target)
    scaled = coefficients(words)
    found, expected = form.residual(scaled), by_hand(form, words, scaled)
    inside = np.isfinite(found)
    assert inside.all() == (target == "u")
    np.testing.assert_allclose(found[inside], expected[inside], rtol=1e-11, atol=1e-12)


@pytest.mark.usefixtures("interpreted")
def test_open_ends_are_those_of_the_data() -> None:
    form, words = case("rk4", "u", False)
    scaled = coefficients(words)
    found, expected = form.residual(scaled), by_hand(form, words, scaled)
    assert np.isnan(found[:, :4]).all()
    assert np.isnan(found[:, -4:]).all()
    np.testing.assert_allclose(found[:, 4:-4], expected[:, 4:-4], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("scheme", "target", "norm", "periodic"), [
    pytest.param(scheme, *setting, marks=[pytest.mark.soak] * ((scheme, *setting[:2]) not in QUICK))
    for scheme in SCHEMES
    for setting in (("f", "l2", True), ("f", "huber", True), ("u", "l1", True), ("u", "huber", False))])
def test_gradient_and_matrix_are_those_of_differences(scheme: str, target: str, norm: str, periodic: bool) -> None:
    form, words = case(scheme, target, periodic, norm)
    form = replace(form, width=1e-9 if norm == "l1" else 0.3)
    scaled, step = coefficients(words), 1e-6
    found = form.evaluate(scaled)
    residual = form.residual(scaled)
    inside = np.isfinite(residual)
    jacobian = np.array([(form.residual(scaled + step * unit)[inside] - form.residual(scaled - step * unit)[inside])
                         / (2.0 * step) for unit in np.eye(scaled.size)])
    r = residual[inside]
    value, weight = {
        "l2": (r**2, np.full_like(r, 2.0)), "l1": (np.abs(r), 1.0 / np.maximum(np.abs(r), 1e-9)),
        "huber": (np.where(np.abs(r) <= 0.3, 0.5 * r**2, 0.3 * (np.abs(r) - 0.15)), np.minimum(1.0, 0.3 / np.abs(r))),
    }[norm]
    assert form.points == r.size
    assert found.loss == pytest.approx(value.mean(), rel=1e-12)
    gradient, gram = (jacobian * weight) @ r / r.size, (jacobian * weight) @ jacobian.T / r.size
    np.testing.assert_allclose(found.gradient, gradient, rtol=1e-6, atol=1e-6 * np.abs(gradient).max())
    np.testing.assert_allclose(found.gram, gram, rtol=1e-6, atol=1e-6 * gram.max())


@pytest.mark.usefixtures("interpreted")
def test_taylor_remainder_is_of_second_order() -> None:
    form, words = case("imex-ars222", "f")
    scaled = coefficients(words)
    direction = np.random.default_rng(2).normal(size=scaled.size) * 0.02
    model = form.evaluate(scaled)
    steps = (1e-2, 5e-3, 2.5e-3)
    left = [abs(form.evaluate(scaled + h * direction, active=()).loss - model.loss - h * model.gradient @ direction)
            for h in steps]
    np.testing.assert_allclose(np.diff(np.log2(left)), -2.0, atol=0.05)


@pytest.mark.parametrize(("scheme", "target"), [
    ("rk4", "u"), pytest.param("imex-ars443", "f", marks=pytest.mark.soak)])
def test_parts_threads_and_groups_of_steps_make_no_difference(
    scheme: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, words = case(scheme, target)
    scaled = coefficients(words)
    whole, residual = form.evaluate(scaled), form.residual(scaled)
    part = form.evaluate(scaled, active=(4, 0))
    np.testing.assert_array_equal(np.flatnonzero(part.gradient), [0, 4])
    np.testing.assert_array_equal(part.gram[np.ix_([0, 4], [0, 4])], whole.gram[np.ix_([0, 4], [0, 4])])
    cells = form.cells(scaled, Partition(2))
    assert len(cells) == 2
    np.testing.assert_allclose(total(cells).gram, whole.gram, rtol=1e-12, atol=1e-14)
    threads = numba.get_num_threads()
    monkeypatch.setattr(march, "NUMBERS", 1)
    try:
        numba.set_num_threads(1)
        again = form.evaluate(scaled)
        np.testing.assert_array_equal(form.residual(scaled), residual)
    finally:
        numba.set_num_threads(threads)
    assert (again.loss, again.gradient.tobytes(), again.gram.tobytes()) == (
        whole.loss, whole.gradient.tobytes(), whole.gram.tobytes())


def test_other_data_is_marched_as_if_bound_to_it() -> None:
    form, words = case("rk4", "u")
    scaled = coefficients(words)
    grid = replace(form.grid, fields={name: values[::-1].copy() for name, values in form.grid.fields.items()})
    found = replace(form, width=0.5).on_data([grid])
    assert found.width == 0.5
    space = space_of(kinetic(True, True)[1], [SCATTER])
    frames = replace(loaded_frames(kinetic(True, True)[1], {}), grid=grid)
    expected = frames.stages(form.scheme, space.variables["u"], words, STENCILS, form.norm)
    np.testing.assert_array_equal(found.residual(scaled), expected.residual(scaled))
    assert found.evaluate(scaled).loss > 0.0


def test_fields_at_the_times_of_stages_are_exact_for_polynomials() -> None:
    t = np.array([0.0, 0.3, 0.5, 1.0, 1.2, 1.9, 2.3])
    data = Trajectory.from_arrays({"u": (t**5 - 2.0 * t)[:, None] * np.arange(1.0, 6.0)}, t=t, x=np.arange(5.0))
    grid = grid_between(loaded_frames(data).grid, 0.3)
    times = t[:-1] + 0.3 * np.diff(t)
    np.testing.assert_allclose(grid.fields["u"][:, 1], 2.0 * (times**5 - 2.0 * times), rtol=1e-10)
    np.testing.assert_array_equal(grid.functions["t"][1], times)


@cache
def marched(frames: int, even: bool) -> Trajectory:
    """d_t f = -v d_x f - (2 + cos(3 t)) f + f^2 E + <f> with derivatives as the stencils make them: no error in x."""
    t = np.linspace(0.0, 1.0, frames)
    t = t if even else t + 0.05 * np.sin(2.0 * np.pi * t)
    v, nx = np.array([-0.9, -0.2, 0.4, 0.8]), 16
    x = 2.0 * np.pi * np.arange(nx) / nx
    slope = (np.roll(np.eye(nx), 1, axis=1) - np.roll(np.eye(nx), -1, axis=1)) / (2.0 * x[1])

    def field(time: float) -> Array:
        return np.asarray(0.3 * np.sin(x + time))

    def rate(time: float, y: Array) -> Array:
        f = y.reshape(4, nx)
        made = -v[:, None] * (f @ slope.T) - (2.0 + np.cos(3.0 * time)) * f + f**2 * field(time) + f.mean(axis=0)
        return np.asarray(made.ravel())

    start = (1.5 + np.sin(x) * v[:, None]).ravel()
    found = scipy.integrate.solve_ivp(rate, (t[0], t[-1]), start, method="DOP853", t_eval=t, rtol=1e-13, atol=1e-14)
    return Trajectory.from_arrays({"f": found.y.T.reshape(-1, 4, nx), "E": np.array([field(time) for time in t])}, t=t,
                                  x=x, v=v, weights=np.full(4, 0.25), periodic=True)


EXACT = {"v d_x f": -1.0, "f": -2.0, "cos(3*t) f": -1.0, "f^2 E": 1.0, "<f>": 1.0}


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("even", [True, False])
@each_scheme
def test_order_of_convergence(scheme: str, even: bool) -> None:
    """One step from the solution with the exact coefficients leaves dt^(p+1), with all at its stage."""
    left = []
    for frames in (33, 65, 129):
        data = marched(frames, even)
        space = space_of(data)
        words = [space.word(text) for text in EXACT]
        frames_ = loaded_frames(data)
        form = frames_.stages(SCHEMES[scheme], space.variables["f"], words, STENCILS, find_norm("l2"))
        scale = data.dt if even else 1.0
        left.append(float(np.abs(form.residual(scale * np.array(list(EXACT.values())))).max()))
    np.testing.assert_allclose(-np.diff(np.log2(left)), SCHEMES[scheme].order + 1, atol=0.22)


@pytest.mark.parametrize("scheme", ["rk4", "imex-ars443", "tableau"])
def test_equations_are_found(scheme: str, tmp_path: Path) -> None:
    if scheme == "tableau":
        rows, weights = [[0, 0, 0], [0.5, 0, 0], [-1, 2, 0]], [1 / 6, 2 / 3, 1 / 6]
        kutta = {"explicit": rows, "explicit_weights": weights, "order": 3}
        (tmp_path / "kutta.json").write_text(json.dumps(kutta), encoding="utf-8")
        scheme = str(tmp_path / "kutta.json")
    data = burgers(frames=81)
    model = symdcrnn.fit(data, words=["u d_x u", "d_xx u", "u", "u^2"], scheme=scheme)
    assert model["u"].scheme == scheme
    assert {term.word: term.coefficient for term in model["u"].terms} == pytest.approx(
        {"u d_x u": -1.0, "d_xx u": 0.1}, rel=1e-5)
    assert model["u"].certain
    assert all(0.0 < (term.error or 0.0) < 1e-4 for term in model["u"].terms)
    assert symdcrnn.simulate(model, data, rtol=1e-7).total_errors["u"] < 1e-4


@pytest.mark.usefixtures("interpreted")
def test_functions_of_what_they_act_on_and_of_coordinates() -> None:
    """d_t u = -0.5 (1 + cos(x - t)/2) u^2: one over u is a sum of integrals."""
    t, x = np.linspace(0.0, 1.0, 31), 2.0 * np.pi * np.arange(24) / 24
    grown = t[:, None] - 0.5 * (np.sin(x - t[:, None]) - np.sin(x))
    u = 1.0 / (1.0 / (1.5 + 0.5 * np.sin(x)) + 0.5 * grown)
    data = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    quench = Operator("quench", Pointwise("(1 + cos(x - t)/2)*u^2"))
    model = symdcrnn.fit(data, operators=["I", quench], layers=0, words=["quench u", "d_x u"], scheme="rk4",
                         bootstrap=0)
    assert {term.word: term.coefficient for term in model["u"].terms} == pytest.approx({"quench u": -0.5}, rel=1e-6)


@pytest.mark.soak
def test_frames_of_any_distance() -> None:
    t = 0.5 * np.linspace(0.0, 1.0, 41) ** 1.5
    model = symdcrnn.fit([burgers(t=t), burgers(frames=31, end=0.6)], words=["u d_x u", "d_xx u", "u"], scheme="rk4",
                         bootstrap=0)
    assert {term.word: term.coefficient for term in model["u"].terms} == pytest.approx(
        {"u d_x u": -1.0, "d_xx u": 0.1}, rel=1e-4)


@pytest.mark.parametrize(("change", "message"), [
    (lambda data: data.isel(x=slice(0, 8)), r"the data has 8 points along 'x', but the stages of rk4 reach over \d+"),
    (lambda data: data.isel(t=slice(0, 1)), r"the data has 1 frame"),
])
def test_what_is_too_small_is_refused_in_one_line(change: Callable[..., object], message: str) -> None:
    data = change(burgers().dataset.assign_attrs(periodic=0))
    space = space_of(Trajectory(data))
    words = [space.word("d_xx u")]
    with pytest.raises(InputError, match=message) as caught:
        loaded_frames(Trajectory(data), {}).stages(TABLEAUS["rk4"], space.variables["u"], words, STENCILS,
                                                     find_norm("l2"))
    assert "\n" not in str(caught.value)
