"""Right-hand sides of models on several axes: against the words in numpy, and their Jacobians."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
import scipy
import scipy.integrate
from in_python import in_python
from written_models import kinetic, model, plane

import symdcrnn
from symdcrnn import InputError, Model, Operator, Pointwise, Trajectory
from symdcrnn.embedding.residuals import ModelResidual
from symdcrnn.embedding.right_hand_side import RightHandSide
from symdcrnn.embedding.words import equation_of, space_of_model, stencils_of
from symdcrnn.equation import LearnedFunction
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.one_state.emit import CONSTANTS
from symdcrnn.kernels.one_state.layout import LENGTHS
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.preprocess.phase_grid import with_words
from symdcrnn.regression.dictionary import operator_text
from symdcrnn.schemes.multistep import SCHEMES, residual

CASES: dict[str, Callable[[], tuple[Model, Trajectory]]] = {
    "periodic": lambda: kinetic(True, True), "open": lambda: kinetic(False, True),
    "open and uneven": lambda: kinetic(False, False), "plane": plane,
}
each_case = pytest.mark.parametrize("name", CASES)


@cache
def case(name: str) -> tuple[Model, Trajectory, RightHandSide]:
    """A model, its data, and its right-hand side with Jacobian and transpose, as plain Python."""
    made, data = CASES[name]()
    with in_python():
        rhs = made.rhs(data)
        assert isinstance(rhs, RightHandSide)
        _ = rhs.bound, rhs.tangent, rhs.adjoint
    return made, data, rhs


def frame(name: str, number: int = 1) -> tuple[float, np.ndarray]:
    _, data, rhs = case(name)
    return float(data.t[number]), rhs.pack({field: data.array(field)[number] for field in data.field_names})


def evaluated(rhs: RightHandSide, target: str, number: int) -> np.ndarray:
    """A rate at a frame of the data, word by word in numpy."""
    equation, first = next(one for one in rhs.structure.numbered if one[0].target.name == target)
    grid, total = with_words(rhs.structure.grid, equation.words), np.zeros(())
    for word, coefficient in zip(equation.words, rhs.structure.coefficients[first:], strict=False):
        total = total + coefficient * evaluate(word, grid, rhs.structure.stencils, [number])[0]
    sizes = [axis.size if axis.name in equation.target.axes else 1 for axis in grid.axes]
    return np.broadcast_to(total, sizes).reshape(rhs.structure.shape(equation.target))


@each_case
def test_rates_are_those_of_the_words(name: str) -> None:
    made, _, rhs = case(name)
    rhs.bound.constants[-1].fill(np.nan)
    found = rhs.unpack(rhs(*frame(name)))
    assert list(found) == [equation.target for equation in made.equations]
    for target, rate in found.items():
        expected, inside = evaluated(rhs, target, 1), rhs.inside[target]
        np.testing.assert_array_equal(rate[~inside], 0.0)
        assert np.max(np.abs(rate - expected)[inside]) <= 1e-12 * np.max(np.abs(expected[inside]))
    assert all(inside.all() for inside in rhs.inside.values()) == (name == "plane")


def test_right_hand_sides_of_all_frames_are_those_of_each() -> None:
    made, data, rhs = case("open and uneven")
    with in_python():
        found = {target: symdcrnn.right_hand_side(made, data, target) for target in rhs.inside}
    for number in range(data.frames):
        for target, rate in rhs.unpack(rhs(*frame("open and uneven", number))).items():
            here, inside = found[target][number], rhs.inside[target]
            np.testing.assert_array_equal(np.isfinite(here), inside)
            assert np.max(np.abs(rate - here)[inside]) <= 1e-13 * np.max(np.abs(here[inside]))


@each_case
def test_the_transposed_jacobian_passes_the_dot_product_test(name: str) -> None:
    """By all fields, those without an equation too, whatever was in the scratch arrays."""
    _, data, rhs = case(name)
    for function in (rhs.tangent, rhs.adjoint):
        function.constants[-1].fill(np.nan)
    random = np.random.default_rng(5)
    states = [np.atleast_1d(data.array(field.name)[2]) for field in rhs.fields]
    changes = [random.normal(size=state.shape) for state in states]
    t = float(data.t[2])
    rates = rhs.tangent(*states, *changes, t=t)
    cotangents = [random.normal(size=rate.shape) for rate in rates]
    gradients = rhs.adjoint(*states, *cotangents, t=t)
    left = sum(float(np.sum(a * b)) for a, b in zip(cotangents, rates, strict=True))
    right = sum(float(np.sum(a * b)) for a, b in zip(gradients, changes, strict=True))
    size = sum(float(np.sum(np.abs(a * b))) for a, b in zip(cotangents, rates, strict=True))
    assert abs(left - right) <= 1e-13 * size
    assert all(np.any(np.abs(gradient) > 0.0) for gradient in gradients)


@each_case
def test_the_jacobian_passes_the_taylor_test(name: str) -> None:
    _, _, rhs = case(name)
    t, y = frame(name)
    change = np.random.default_rng(6).normal(size=y.size)
    rate, slope = rhs(t, y), rhs.jvp(t, y, change)
    steps = np.array([1e-2, 5e-3, 2.5e-3])
    plain = [float(np.linalg.norm(rhs(t, y + h * change) - rate)) for h in steps]
    corrected = [float(np.linalg.norm(rhs(t, y + h * change) - rate - h * slope)) for h in steps]
    np.testing.assert_allclose(np.diff(np.log2(plain)), -1.0, atol=0.02)
    np.testing.assert_allclose(np.diff(np.log2(corrected)), -2.0, atol=0.05)
    cotangent = np.random.default_rng(7).normal(size=y.size)
    products = cotangent @ slope, rhs.vjp(t, y, cotangent) @ change
    assert products[0] == pytest.approx(products[1], rel=1e-10)


def test_models_say_the_same_after_loading(tmp_path: Path) -> None:
    """With an operator of the user in it."""
    made, data, rhs = case("periodic")
    made.save(tmp_path / "model.json")
    with in_python():
        loaded = symdcrnn.load_model(tmp_path / "model.json").rhs(data)
        np.testing.assert_array_equal(loaded(*frame("periodic")), rhs(*frame("periodic")))


def test_burgers_by_a_solver_of_scipy(burgers_model: Model, burgers_data: Trajectory) -> None:
    rhs = burgers_model.rhs(burgers_data)
    u = burgers_data.array("u")
    span = (burgers_data.t[0], burgers_data.t[-1])
    found = scipy.integrate.solve_ivp(rhs, span, rhs.pack({"u": u[0]}), method="LSODA", rtol=1e-8, atol=1e-10)
    last = rhs.unpack(found.y[:, -1])["u"]
    assert np.linalg.norm(last - u[-1]) < 1e-4 * np.linalg.norm(u[-1])
    # What the end says of the beginning: the adjoint equation marched back along the solution.
    dense = scipy.integrate.solve_ivp(rhs, span, u[0], rtol=1e-10, atol=1e-12, dense_output=True).sol
    z = np.random.default_rng(0).normal(size=u[0].size)
    back = scipy.integrate.solve_ivp(lambda t, w: -rhs.vjp(t, dense(t), w), span[::-1], z, rtol=1e-9, atol=1e-10)
    change = 1e-4 * np.cos(burgers_data.x)
    ends = [scipy.integrate.solve_ivp(rhs, span, u[0] + sign * change, rtol=1e-11, atol=1e-12).y[:, -1]
            for sign in (1.0, -1.0)]
    assert back.y[:, -1] @ change == pytest.approx(0.5 * z @ (ends[0] - ends[1]), rel=1e-5)


@pytest.mark.soak
def test_ordinates_by_a_solver_of_scipy(ordinates_model: Model, ordinates_data: Trajectory) -> None:
    rhs = ordinates_model.rhs(ordinates_data)
    f = ordinates_data.array("f")
    found = scipy.integrate.solve_ivp(rhs, (ordinates_data.t[0], ordinates_data.t[-1]), rhs.pack({"f": f[0]}),
                                      rtol=1e-7, atol=1e-9)
    last = rhs.unpack(found.y[:, -1])["f"]
    assert last.shape == f[0].shape
    assert np.linalg.norm(last - f[-1]) < 1e-5 * np.linalg.norm(f[-1])


def test_fields_without_equation_and_functions_of_time_are_those_of_the_moment() -> None:
    made, data, rhs = case("periodic")
    assert rhs.missing == ("E",)
    _, y = frame("periodic")
    with in_python():
        zeros = made.rhs(data, given=lambda name, t: np.full(data.x.size, t))
        _ = zeros.bound
    for t in (float(data.t[1]), 0.3137):
        states = rhs.unpack(y) | {"E": np.full(data.x.size, t)}
        expected = rhs.bound(*(np.atleast_1d(states[field.name]) for field in rhs.fields), t=t)
        for found, rate in zip(zeros.unpack(zeros(t, y)).values(), expected, strict=True):
            np.testing.assert_array_equal(np.atleast_1d(found), rate)
    moved = [np.atleast_1d(states[field.name]) for field in rhs.fields]
    early, late = (rhs.bound(*moved, t=t)[0] for t in (0.0, np.pi / 6.0))
    rate = 0.8 * states["f"]
    np.testing.assert_allclose((early - late)[rhs.inside["f"]], rate[rhs.inside["f"]], rtol=1e-9)


def test_it_is_called_from_numba_and_from_c(burgers_model: Model, burgers_data: Trajectory) -> None:
    rhs = burgers_model.rhs(burgers_data)
    row, whole = numba.float64[::1], numba.int64[::1]

    @numba.njit(numba.void(rhs.compiled.numba_type, row, numba.int64, numba.float64, row, row, row, whole, row, row))
    def euler(rate, u, steps, dt, coefficients, functions, numbers, places, scratch, du):
        for _ in range(steps):
            rate(u, coefficients, functions, numbers, places, scratch, du)
            u += dt * du

    start = burgers_data.array("u")[0]
    found, expected = start.copy(), start.copy()
    euler(rhs.compiled.function, found, 20, 1e-3, *rhs.bound.constants, np.empty_like(start))
    for _ in range(20):
        expected += 1e-3 * rhs(0.0, expected)
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)

    pointer, integers = ctypes.POINTER(ctypes.c_double), ctypes.POINTER(ctypes.c_int64)
    call = ctypes.CFUNCTYPE(None, *[pointer] * 4, integers, pointer, pointer)(rhs.compiled.address)
    result = np.empty_like(start)

    def at(array: np.ndarray) -> Any:
        return array.ctypes.data_as(integers if array.dtype == np.int64 else pointer)

    call(at(start), *map(at, rhs.bound.constants), at(result))
    np.testing.assert_array_equal(result, rhs(0.0, start))
    assert "const int64_t *places" in rhs.compiled.prototype
    assert scipy.LowLevelCallable(rhs.compiled.ctypes).signature.count("double *") == 6
    constants = ["coefficients", "functions", "numbers", "places", "scratch"]
    assert list(rhs.compiled.arguments) == ["state_u", *constants, "out_u"]


BEND = Operator("bend", Pointwise("cos(x - t)*u^2"))


@pytest.mark.usefixtures("interpreted")
def test_learned_functions_and_functions_of_coordinates_are_those_of_the_moment() -> None:
    t, x = 0.1 * np.arange(9), 2.0 * np.pi * np.arange(16) / 16
    data = Trajectory.from_arrays({"u": np.exp(np.outer(t, np.sin(x)))}, t=t, x=x, periodic=True)
    made = model({"u": {"bend u": 0.7}}, data, own_operators=(operator_text(BEND),))
    functions = (LearnedFunction("u", tuple(t), tuple(t**2), "t"),
                 LearnedFunction("1", tuple(x), tuple(np.sin(x)), "x"))
    rhs = replace(made, equations=(replace(made["u"], functions=functions),)).rhs(data)
    u, change = data.array("u")[3], np.cos(3.0 * x)
    for now in (0.3, 0.4567):
        expected = 0.7 * np.cos(x - now) * u**2 + now**2 * u + np.sin(x)
        np.testing.assert_allclose(rhs(now, u), expected, rtol=1e-12, atol=1e-13)
        slope = (1.4 * np.cos(x - now) * u + now**2) * change
        np.testing.assert_allclose(rhs.jvp(now, u, change), slope, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(rhs.vjp(now, u, change), slope, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("name", "target", "scheme"), [
    ("open and uneven", "u", "imex-bdf2"), ("plane", "h", "trapezoid"), ("plane", "h", "simpson")])
def test_residuals_are_those_of_the_scheme_and_have_an_adjoint(name: str, target: str, scheme: str) -> None:
    made, data, rhs = case(name)
    with in_python():
        function = made.residual(data, target, scheme)
        assert isinstance(function, ModelResidual)
        _ = function.bound, function.adjoint
    table = SCHEMES[scheme]
    states = [data.array(field.name)[:table.frames].reshape(table.frames, *rhs.bound.shape(f"state_{field.name}"))
              if len(field.axes) > 1 else data.array(field.name)[:table.frames] for field in rhs.fields]
    for one in (function.bound, function.adjoint):
        one.constants[-1].fill(np.nan)
    found, inside = function.bound(*states)[0], rhs.inside[target]
    np.testing.assert_array_equal(found[~inside], 0.0)
    equation = equation_of(made, made[target], space_of_model(made))
    frames = loaded_frames(Trajectory(data.dataset.isel(t=slice(0, table.frames))), {})
    words = residual(table, equation.target, equation.words)
    numbers = data.dt * np.array([term.coefficient for term in made[target].terms])
    with in_python():
        loss = frames.words(words, stencils_of(made), find_norm("l2"), ()).loss.evaluate(numbers).loss
    assert np.mean(found[inside] ** 2) == pytest.approx(loss, rel=1e-12)

    random = np.random.default_rng(8)
    z, changes = random.normal(size=found.shape), [random.normal(size=state.shape) for state in states]

    def product(step: float) -> float:
        moved = [state + step * change for state, change in zip(states, changes, strict=True)]
        return float(np.sum(z * function.bound(*moved)[0]))

    h = 1e-3
    slope = (8.0 * (product(h) - product(-h)) - (product(2.0 * h) - product(-2.0 * h))) / (12.0 * h)
    gradients = function.adjoint(*states, z)
    assert [gradient.shape for gradient in gradients] == [state.shape for state in states]
    assert sum(float(np.sum(a * b)) for a, b in zip(gradients, changes, strict=True)) == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("name", LENGTHS)
def test_flat_arrays_that_are_too_short_are_never_read(
    name: str, burgers_model: Model, burgers_data: Trajectory
) -> None:
    data, rhs = burgers_data, burgers_model.rhs(burgers_data)
    constants = dict(zip(CONSTANTS, rhs.bound.constants, strict=True))
    if constants[name].size == 0:
        constants["places"] = constants["places"].copy()
        constants["places"][LENGTHS.index(name)] = 1
    else:
        constants[name] = constants[name][:-1]
    states = [np.atleast_1d(data.array(field.name)[1]) for field in rhs.fields]
    results = [np.full_like(data.array(target)[1:2], 7.0).reshape(np.atleast_1d(data.array(target)[1]).shape)
               for target in rhs.inside]
    with pytest.raises(ValueError, match=f"{name} is too short"):
        rhs.compiled.function(*states, *constants.values(), *results)
    assert all((result == 7.0).all() for result in results)


def test_what_does_not_fit_is_refused_in_one_line() -> None:
    made, data, rhs = case("periodic")
    t, y = frame("periodic")
    zero = np.where(np.arange(12) == 3, 0.0, data.axes[0].weights)
    without = Trajectory(data.dataset.assign(weights=("v", zero)))
    short = case("open and uneven")[1].dataset.isel(x=slice(0, 3))
    wrong: dict[str, Callable[[], object]] = {
        r"packed state has shape \(3,\): it should have": lambda: rhs(t, y[:3]),
        r"the state has no field 'u': give f, u, q": lambda: rhs.pack({"f": data.array("f")[0]}),
        r"rhs takes state_f, state_u, state_E, state_q, but 1 arrays": lambda: rhs.bound(y),
        r"state_f has shape \(2,\): it should have \(12, 41\)": lambda: rhs.bound(y[:2], *[y] * 3),
        r"the field 'E' is known from t = 0\.2 to 0\.35, not at 2": lambda: rhs(2.0, y),
        "the quadrature along 'v' has a weight of zero": lambda: made.rhs(without).adjoint,
        "the data has 3 points along 'x', but the stencils": lambda: made.rhs(Trajectory(short)).bound,
        "the model has no equation: fit one": lambda: model({}, data).rhs(data),
        "rk4 has stages": lambda: made.residual(data, "f", "rk4"),
        "the frames are unevenly spaced": lambda: made.residual(
            Trajectory(data.dataset.assign_coords(t=[0.2, 0.25, 0.4, 0.5])), "f", "simpson"),
    }
    for message, call in wrong.items():
        with pytest.raises(InputError, match=message) as caught:
            call()
        assert "\n" not in str(caught.value)
