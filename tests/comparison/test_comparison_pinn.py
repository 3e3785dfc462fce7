"""The physics-informed rival: its network, its loss and what it finds in data whose equation is known."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

import symdcrnn
from symdcrnn import InputError
from symdcrnn.comparison.dictionary import Task, task_of
from symdcrnn.comparison.pinn import SEARCHED, WORDS, Settings, _coefficients, _problem, _waves, pinn, tanh_units, train
from symdcrnn.comparison.separable import Product, apply, levenberg_marquardt, orthonormal, projected
from symdcrnn.scoring import error_percent
from symdcrnn.settings import FitSettings


@lru_cache(maxsize=1)
def task() -> Task:
    problem = symdcrnn.preset("paper", epsilon=1 / 64, nx=200, frames=24, velocities=8, steps=192, dt=2e-6)
    return task_of(symdcrnn.generate(problem), "g", FitSettings(layers=1))


def unknown(periodic: bool = True, part: slice = slice(None)) -> Task:
    """The same data, or a part of it in x, without its exact equation."""
    known = task().trajectory
    arrays = {name: known.array(name)[..., part] for name in known.field_names}
    plain = symdcrnn.Trajectory.from_arrays(
        arrays, t=known.t, v=known.v, x=known.x[part], weights=known.weights, periodic=periodic)
    return task_of(plain, "g", FitSettings(layers=1))


def error(coefficients: np.ndarray) -> float:
    exact = task().exact
    assert exact is not None
    words = [word.format(g="g", rho="rho") for word in WORDS]
    return error_percent(dict(zip(words, coefficients.tolist(), strict=True)), exact)


SHAPES = ((5, 4, 2), (5, 3, 3))


def products(generator: np.random.Generator) -> tuple[tuple[Product, ...], ...]:
    def product(frames: int, positions: int, results: int) -> Product:
        return Product(generator.normal(size=(frames, 2)), generator.normal(size=(positions, 3)),
                       generator.normal(size=(results, 2)))

    return ((product(5, 4, 2),), (product(5, 3, 3), product(5, 3, 3)))


def test_a_product_is_a_kronecker_product_and_has_its_adjoint() -> None:
    generator = np.random.default_rng(0)
    product = products(generator)[1][0]
    layer, values = generator.normal(size=(2, 3, 2)), generator.normal(size=(5, 3, 3))
    matrix = np.kron(np.kron(product.of_t, product.of_x), product.mixing)
    np.testing.assert_allclose(product(layer).ravel(), matrix @ layer.ravel(), rtol=1e-12)
    np.testing.assert_allclose(product.adjoint(values).ravel(), matrix.T @ values.ravel(), rtol=1e-12)


def test_the_output_layer_is_that_of_least_squares() -> None:
    generator = np.random.default_rng(1)
    blocks, changes = products(generator), [((), products(generator)[1]), products(generator)]
    matrix = np.stack([apply(blocks, unit.reshape(2, 3, 2), SHAPES) for unit in np.eye(12)], axis=1)
    sought = generator.normal(size=matrix.shape[0])
    layer, *_ = np.linalg.lstsq(matrix, sought)
    r, jacobian = projected(blocks, sought, changes)
    np.testing.assert_allclose(r, matrix @ layer - sought, atol=1e-12)
    np.testing.assert_allclose(matrix.T @ jacobian, 0.0, atol=1e-10)
    change = apply(changes[1], layer.reshape(2, 3, 2), SHAPES)
    away = change - matrix @ np.linalg.lstsq(matrix, change)[0]
    np.testing.assert_allclose(jacobian[:, 1], away, atol=1e-11)


def test_a_basis_leaves_out_what_others_span() -> None:
    units = np.random.default_rng(2).normal(size=(9, 3))
    basis, turn = orthonormal(np.column_stack([units, units[:, 0] - units[:, 2]]))
    assert basis.shape == (9, 3)
    np.testing.assert_allclose(basis.T @ basis, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.column_stack([units, units[:, 0] - units[:, 2]]) @ turn, basis, atol=1e-12)


def test_rates_of_the_units_of_t() -> None:
    t, h = np.linspace(-1.0, 1.0, 12), 1e-6
    weights, biases = np.array([1.0, -2.0, 0.5]), np.array([0.2, 0.1, -0.4])
    units = tanh_units(t, weights, biases)
    plain = np.column_stack([np.ones_like(t), np.tanh(np.outer(t, weights) + biases)])
    to_basis = np.linalg.lstsq(plain, units.values)[0]

    def at(t: np.ndarray) -> np.ndarray:
        return np.column_stack([np.ones_like(t), np.tanh(np.outer(t, weights) + biases)]) @ to_basis

    np.testing.assert_allclose(at(t), units.values, atol=1e-12)
    np.testing.assert_allclose(units.rates, (at(t + h) - at(t - h)) / (2 * h), rtol=1e-6, atol=1e-7)
    assert len(units.changes) == 6


@pytest.mark.parametrize("periodic", [True, False])
def test_slopes_of_the_waves(periodic: bool) -> None:
    x = np.linspace(0.0, 2.0, 40, endpoint=False)
    basis, slopes = _waves(x, 2.0, 3, periodic)
    wave = np.pi if periodic else 0.5 * np.pi
    sine = np.linalg.lstsq(basis, np.sin(wave * x))[0]
    np.testing.assert_allclose(basis @ sine, np.sin(wave * x), atol=1e-12)
    np.testing.assert_allclose(slopes @ sine, wave * np.cos(wave * x), atol=1e-10)


@pytest.mark.parametrize("expansion", [False, True])
def test_slope_of_the_physics_informed_loss(expansion: bool) -> None:
    residual, start, coefficients = _problem(task(), "rho", Settings(3, 2, 0.5, frames=12, positions=12), expansion)
    at = start + 0.3 * np.random.default_rng(1).normal(size=start.size)
    r, jacobian = residual(at)

    def loss(at: np.ndarray) -> float:
        r = residual(at)[0]
        return float(r @ r)

    h = 1e-5
    differences = [(loss(at + h * unit) - loss(at - h * unit)) / (2 * h) for unit in np.eye(at.size)]
    slope = 2.0 * jacobian.T @ r
    np.testing.assert_allclose(slope, differences, rtol=1e-5, atol=1e-6 * float(np.abs(slope).max()))
    assert coefficients(at).shape == (4,)


def test_coefficients_with_powers_of_epsilon() -> None:
    free = np.random.default_rng(2).normal(size=13)
    values, slopes = _coefficients(free, True, 0.0, 1.0)
    h = 1e-7
    differences = [(_coefficients(free + h * unit, True, 0.0, 1.0)[0]
                    - _coefficients(free - h * unit, True, 0.0, 1.0)[0]) / (2 * h) for unit in np.eye(13)]
    np.testing.assert_allclose(slopes, np.array(differences).T, rtol=1e-6, atol=1e-8)
    assert values.shape == (4,)


def test_levenberg_and_marquardt_on_rosenbrock() -> None:
    def residual(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (np.array([10.0 * (p[1] - p[0] ** 2), 1.0 - p[0]]), np.array([[-20.0 * p[0], 10.0], [-1.0, 0.0]]))

    found, loss = levenberg_marquardt(residual, np.array([-1.2, 1.0]), 100)
    np.testing.assert_allclose(found, 1.0, rtol=1e-6)
    assert loss < 1e-12


@pytest.mark.parametrize("expansion", [pytest.param(False, marks=pytest.mark.soak), True])
def test_networks_find_the_coefficients(expansion: bool) -> None:
    coefficients, loss = train(task(), "rho", Settings(6, 6, 1e-2, frames=16, positions=16), expansion)
    assert error(coefficients) < 0.0195
    assert loss < 1e-6


@pytest.mark.soak
def test_networks_find_the_coefficients_in_a_part_of_the_domain() -> None:
    coefficients, _ = train(unknown(False, slice(30, 160)), "rho", Settings(5, 6, 1e-2, frames=24, positions=24), False)
    assert error(coefficients) < 0.5


@pytest.mark.soak
def test_settings_are_chosen_by_the_loss_where_the_equation_is_not_known() -> None:
    found = pinn(unknown())
    assert found.settings in [f"{s.hidden} units, {s.waves} waves, physics {s.physics:g}" for s in SEARCHED]
    assert error(np.array([found.coefficients[word.format(g="g", rho="rho")] for word in WORDS])) < 0.0195


def test_networks_need_two_fields() -> None:
    only = symdcrnn.Trajectory.from_arrays(
        {"f": task().trajectory.array("g")}, t=task().trajectory.t, v=task().trajectory.v, x=task().trajectory.x,
        weights=task().trajectory.weights, periodic=True)
    with pytest.raises(InputError, match="pinn fits the equation of a field of"):
        pinn(task_of(only, "f", FitSettings(layers=1)))
    assert len(WORDS) == 4
