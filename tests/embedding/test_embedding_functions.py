"""Compiled functions of models: against the kernels that learn, and adjoints against the functions themselves."""

from __future__ import annotations

import ctypes
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numba
import numpy as np
import pytest
import scipy
import scipy.ndimage
from numba.core.runtime import _nrt_python, rtsys
from small_models import KINETIC, data, model

import symdcrnn
from symdcrnn import InputError, Model, Trajectory
from symdcrnn.algebra.words import Word
from symdcrnn.embedding.right_hand_side import RightHandSide
from symdcrnn.kernels.one_state.bound import BoundState

KINETIC_FIELDS = {"g": True, "rho": False}
ONE = {"u": False}
FOUR = {"g": -2.0, "v_dx g": -0.7, "<v_dx g>": 0.7, "v_dx rho": -1.3}


@lru_cache
def case(name: str) -> tuple[Model, Trajectory]:
    """A model and data whose words and stencils differ from the others'."""
    if name == "kinetic":
        return model(KINETIC, KINETIC_FIELDS), data(KINETIC_FIELDS, nx=40)
    if name == "several blocks":
        return model(KINETIC, KINETIC_FIELDS), data(KINETIC_FIELDS, nx=531, nv=4)
    if name == "ends":
        return model(KINETIC, KINETIC_FIELDS), data(KINETIC_FIELDS, nx=301, periodic=False)
    if name == "few words":
        return model({"g": FOUR}, KINETIC_FIELDS), data(KINETIC_FIELDS, nx=301, periodic=False)
    if name == "known functions":
        words = {"g": {"v_dx g": -1.0, "sigma_s g": -2.0, "sigma_a g": -1.0, "v_dx sigma_a rho": 0.3},
                 "rho": {"<v_dx g>": -1.0, "source": 1.0, "sigma_a rho": -1.0}}
        known = ("sigma_s", "sigma_a", "source")
        x = 0.3 * np.arange(33)
        functions = {"g": {"<g>": np.sin(x) + 2.0}, "rho": {"1": np.cos(x), "d_x rho": x}}
        return (model(words, KINETIC_FIELDS, known=known, functions=functions, x=x),
                data(KINETIC_FIELDS, nx=33, profiles=known))
    assert name == "one field"
    return model({"u": {"d_xx u": 0.05, "d_x u": -0.5}}, ONE), data(ONE, nx=300)


NAMES = ("kinetic", "ends",
         *(pytest.param(name, marks=pytest.mark.soak) for name in ("several blocks", "known functions", "one field")))
"""Rates and adjoints of all of them are also told as Python runs them."""


@lru_cache
def rhs(name: str) -> RightHandSide:
    made, trajectory = case(name)
    return made.rhs(trajectory)


def states(name: str, frame: int = 2) -> tuple[np.ndarray, ...]:
    made, trajectory = case(name)
    return tuple(trajectory.array(field)[frame] for field in made.data.fields)


def cotangents(bound: BoundState, seed: int = 7) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.normal(size=bound.shape(array.argument)) for array in bound.compiled.structure.outputs]


@pytest.mark.parametrize("name", NAMES)
def test_rates_are_those_of_the_kernels_that_learn(name: str) -> None:
    made, trajectory = case(name)
    found = rhs(name).bound(*states(name))
    for equation, rate in zip(made.equations, found, strict=True):
        expected = symdcrnn.right_hand_side(made, trajectory, equation.target)[2]
        inside = rhs(name).inside[equation.target]
        np.testing.assert_array_equal(np.isfinite(expected), inside)
        assert np.max(np.abs(rate - expected)[inside]) <= 1e-12 * np.max(np.abs(expected[inside]))


def test_ends_of_data_that_is_not_periodic_keep_their_values() -> None:
    """As many points as the stencils of each equation reach over."""
    for rate, margin in zip(rhs("ends").bound(*states("ends")), (4, 6), strict=True):
        assert np.all(rate[..., :margin] == 0.0)
        assert np.all(rate[..., -margin:] == 0.0)
        assert np.all(rate[..., margin:-margin] != 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_the_adjoint_passes_the_dot_product_test(name: str) -> None:
    function, u = rhs(name), states(name)
    z = cotangents(function.bound)
    # A source does not depend on the state, so the rate is affine: its linear part is what is transposed.
    affine = [np.zeros_like(field) for field in u]
    rate = [a - b for a, b in zip(function.bound(*u), function.bound(*affine), strict=True)]
    left = sum(float(np.sum(a * b)) for a, b in zip(z, rate, strict=True))
    gradients = function.adjoint(*u, *z)
    right = sum(float(np.sum(a * b)) for a, b in zip(gradients, u, strict=True))
    size = sum(float(np.sum(np.abs(a * b))) for a, b in zip(z, rate, strict=True))
    assert abs(left - right) <= 1e-12 * size


def combined_rates(name: str, target: str, weights: np.ndarray, words: set[str]) -> np.ndarray:
    """sum_k weights[k] of the part of the rate that some words make at frame k."""
    made, trajectory = case(name)
    kept = tuple(term for term in made[target].terms if term.word in words)
    part = replace(made, equations=(replace(made[target], terms=kept),))
    rates = symdcrnn.right_hand_side(part, trajectory, target)
    return np.tensordot(weights, rates[:weights.size], axes=1)


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize(("name", "target", "scheme"), [
    ("kinetic", "g", "imex-bdf2"), ("few words", "g", "imex-bdf2"),
])
def test_residuals_are_what_the_scheme_makes_of_the_rates(name: str, target: str, scheme: str) -> None:
    from symdcrnn.schemes.multistep import SCHEMES

    made, trajectory = case(name)
    function = made.residual(trajectory, target, scheme)
    table = SCHEMES[scheme]
    frames = tuple(trajectory.array(field)[:table.frames] for field in made.data.fields)
    (found,) = function.bound(*frames)
    words = {term.word for term in made[target].terms}
    stiff = {"g"} if table.splits else words
    alpha, explicit, implicit = (np.array([float(w) for w in weights])
                                 for weights in (table.alpha, table.explicit, table.implicit))
    expected = np.tensordot(alpha, trajectory.array(target)[:table.frames], axes=1)
    for weights, chosen in ((implicit, stiff), (explicit, words - stiff)):
        if weights.size:
            expected = expected - trajectory.dt * combined_rates(name, target, weights, chosen)
    outside = np.isnan(expected)
    assert np.max(np.abs(found - expected)[~outside]) <= 1e-12 * np.nanmax(np.abs(expected))
    assert np.all(found[outside] == 0.0)
    assert np.any(outside) == (not trajectory.periodic)


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize(("name", "target", "scheme"), [
    ("kinetic", "g", "imex-bdf2"), ("few words", "g", "imex-bdf2"),
])
def test_the_adjoint_of_a_residual(name: str, target: str, scheme: str) -> None:
    made, trajectory = case(name)
    function = made.residual(trajectory, target, scheme)
    frames = function.scheme.frames
    u = [trajectory.array(field)[:frames] for field in made.data.fields]
    z = cotangents(function.bound)
    direction = [np.random.default_rng(3).normal(size=field.shape) for field in u]
    gradients = function.adjoint(*u, *z)
    found = sum(float(np.sum(a * b)) for a, b in zip(gradients, direction, strict=True))
    (tangent,) = function.bound(*direction)
    assert abs(float(np.sum(z[0] * tangent)) - found) <= 1e-12 * float(np.sum(np.abs(z[0] * tangent)))


@pytest.mark.parametrize("adjoint", [False, True])
def test_nothing_is_allocated_and_the_gil_is_released(adjoint: bool) -> None:
    function = rhs("kinetic")
    bound = function.adjoint if adjoint else function.bound
    fields = [np.ones(bound.shape(array.argument)) for array in bound.compiled.structure.arrays]
    results = [np.empty(bound.shape(array.argument)) for array in bound.compiled.structure.outputs]
    bound.compiled.function(*fields, *bound.constants, *results)
    _nrt_python.memsys_enable_stats()
    before = rtsys.get_allocation_stats()
    bound.compiled.function(*fields, *bound.constants, *results)
    after = rtsys.get_allocation_stats()
    # Without the runtime of numba nothing that allocates would have been compiled.
    assert (after.alloc - before.alloc, after.mi_alloc - before.mi_alloc) == (0, 0)
    assert bound.compiled.function.targetoptions["_nrt"] is False
    assert bound.compiled.function.targetoptions["nogil"] is True
    assert len(bound.compiled.function.signatures) == 1


def test_the_address_is_called_from_c() -> None:
    function = rhs("ends")
    bound, compiled = function.bound, function.compiled
    results = [np.empty(bound.shape(array.argument)) for array in compiled.structure.outputs]
    double, whole = ctypes.POINTER(ctypes.c_double), ctypes.POINTER(ctypes.c_int64)

    def at(array: np.ndarray) -> Any:
        return array.ctypes.data_as(whole if array.dtype == np.int64 else double)

    kinds = (*[double] * 5, whole, *[double] * 3)
    call = ctypes.CFUNCTYPE(None, *kinds)(compiled.address)
    call(*map(at, states("ends")), *map(at, bound.constants), *map(at, results))
    for found, rate in zip(results, bound(*states("ends")), strict=True):
        assert np.array_equal(found, rate)
    arguments = compiled.prototype.split("symdcrnn_rhs(")[1].split(");")[0].split(",")
    assert len(arguments) == len(kinds)
    assert "const double *state_g" in compiled.prototype
    assert scipy.LowLevelCallable(compiled.ctypes).signature.count("double *") == 8


@pytest.mark.soak
def test_scipy_filters_call_it() -> None:
    """A line filter whose line is the state: scipy wraps x around and keeps what is inside the ends."""
    periodic = rhs("one field")
    margin = 2
    made, trajectory = case("one field")
    lines = made.rhs(data(ONE, nx=trajectory.x.size + 2 * margin, periodic=False))
    assert np.array_equal(np.flatnonzero(lines.inside["u"]), margin + np.arange(trajectory.x.size))
    coefficients, _, numbers, places, scratch = lines.bound.constants
    kernel, room = lines.compiled.function, scratch.size
    pointer, size = numba.types.CPointer(numba.float64), numba.types.intp

    @numba.cfunc(numba.intc(pointer, size, pointer, size, numba.types.voidptr))
    def line(data: Any, length: int, out: Any, count: int, user: Any) -> int:
        rate = np.empty(length)
        kernel(numba.carray(data, (length,)), coefficients.copy(), np.empty(0), numbers.copy(), places.copy(),
               np.empty(room), rate)
        numba.carray(out, (count,))[:] = rate[margin:length - margin]
        return 1

    (u,), (expected,) = states("one field"), periodic.bound(*states("one field"))
    found = scipy.ndimage.generic_filter1d(u, scipy.LowLevelCallable(line.ctypes), 2 * margin + 1, mode="wrap")
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * np.abs(expected).max())


def test_a_solver_of_ones_own_takes_it_as_an_argument() -> None:
    """One compilation of the solver for the functions of all models with the same fields."""
    first = rhs("kinetic")
    other_model = model({"g": FOUR, "rho": {"<v_dx g>": -1.0}}, KINETIC_FIELDS)
    other = other_model.rhs(case("kinetic")[1])
    assert first.compiled.signature == other.compiled.signature
    kind = first.compiled.numba_type
    g, rho = numba.float64[:, ::1], numba.float64[::1]
    constants = (rho, rho, rho, numba.int64[::1], rho)

    @numba.njit(numba.void(kind, numba.float64, g, rho, *constants, g, rho))
    def euler(rate, dt, g, rho, coefficients, functions, numbers, places, scratch, dg, drho):
        rate(g, rho, coefficients, functions, numbers, places, scratch, dg, drho)
        g += dt * dg
        rho += dt * drho

    for function in (first, other):
        moved = [field.copy() for field in states("kinetic")]
        rates = function.bound(*moved)
        expected = [a + 0.1 * b for a, b in zip(moved, rates, strict=True)]
        euler(function.compiled.function, 0.1, *moved, *function.bound.constants, *map(np.empty_like, moved))
        for found, value in zip(moved, expected, strict=True):
            np.testing.assert_allclose(found, value, rtol=1e-15, atol=1e-15)
    assert len(euler.signatures) == 1


def test_states_are_packed_and_unpacked() -> None:
    function = rhs("kinetic")
    g, rho = states("kinetic")
    y = function.pack({"rho": rho, "g": g})
    assert y.shape == (function.size,)
    state = function.unpack(y)
    assert list(state) == ["g", "rho"]
    assert np.array_equal(state["g"], g)
    assert np.array_equal(state["rho"], rho)
    rates = function.unpack(function(0.0, y))
    for name, rate in zip(("g", "rho"), function.bound(g, rho), strict=True):
        assert np.array_equal(rates[name], rate)


def test_a_field_without_an_equation_is_interpolated_or_given() -> None:
    trajectory = case("kinetic")[1]
    only = model({"g": FOUR}, KINETIC_FIELDS)
    function = only.rhs(trajectory)
    g, rho = states("kinetic")
    (expected,) = function.bound(g, rho)
    found = function(float(trajectory.t[2]), function.pack({"g": g}))
    np.testing.assert_allclose(found, expected.ravel(), rtol=0, atol=1e-12 * np.abs(expected).max())
    given = only.rhs(trajectory, given=lambda name, t: rho)
    assert np.array_equal(given(99.0, given.pack({"g": g})), expected.ravel())
    with pytest.raises(InputError, match=r"'rho' is known from t = 0 to .*, not at 99"):
        function(99.0, function.pack({"g": g}))


def wrong_calls() -> dict[str, Any]:
    function = rhs("kinetic")
    made, trajectory = case("kinetic")
    zero = Trajectory(trajectory.dataset.assign(weights=("v", np.array([0.0, 0.25, 0.25, 0.25, 0.25]))))
    return {
        "takes state_g, state_rho, but 1": lambda: function.bound(np.zeros(3)),
        "state_rho has shape": lambda: function.bound(np.zeros((5, 40)), np.zeros(3)),
        "no field 'rho'": lambda: function.pack({"g": np.zeros((5, 40))}),
        "'g' has shape": lambda: function.pack({"g": np.zeros(3), "rho": np.zeros(40)}),
        "packed state has shape": lambda: function.unpack(np.zeros(3)),
        "has 9 points along 'x'": lambda: made.rhs(data(KINETIC_FIELDS, nx=9, periodic=False)).bound,
        "weight of zero": lambda: made.rhs(zero).adjoint,
        "has stages": lambda: made.residual(trajectory, "g", "rk4"),
        "no equation of 'h'": lambda: made.residual(trajectory, "h"),
        "'rho' of the fit is missing": lambda: made.rhs(data({"g": True})),
        "'rho' has the axes t, v, x": lambda: made.rhs(data({"g": True, "rho": True})),
        "sigma_s known": lambda: model(KINETIC, KINETIC_FIELDS, known=("sigma_s",)).rhs(trajectory),
    }


@pytest.mark.parametrize("expected", list(wrong_calls()))
def test_wrong_calls_are_one_line(expected: str) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        wrong_calls()[expected]()
    assert "\n" not in str(caught.value)


def test_a_field_may_have_the_name_of_a_known_function() -> None:
    made = model({"source": {"source": -0.5, "d_x source": -1.0}}, {"source": False})
    function = made.rhs(data({"source": False}))
    ((equation, _),) = function.structure.numbered
    assert [str(word) for word in equation.words] == ["source", "d_x source"]
    assert equation.words[0] == Word((), function.fields[0])


def test_names_never_become_source() -> None:
    name = "u): import os  #"
    with pytest.raises(InputError):
        model({name: {name: 1.0}}, {name: False}).rhs(data({"u": False}))
