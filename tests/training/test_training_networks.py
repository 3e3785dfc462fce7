"""All networks of an equation as one map, its derivatives, and what it can reach."""

from __future__ import annotations

import numpy as np
import pytest
import small_problem as small

from symdcrnn.algebra.scales import EPSILON
from symdcrnn.networks.coefficient_map import Networks
from symdcrnn.networks.linear_hull import linear_hull

CASES = {
    "one scale": small.networks(1, 0),
    "three scales": small.networks(1, 2),
    "two layers": small.networks(2, 1),
    "own coefficients": small.networks(1, 2, own=(0, 7), more=0),
    "columns of others": small.networks(1, 1, own=(1, 11), more=2),
    "averaged": small.networks(2, 1, "rho"),
}
every_case = pytest.mark.parametrize("networks", CASES.values(), ids=CASES)


def point(networks: Networks) -> np.ndarray:
    own = np.arange(1.0, 1.0 + len(networks.own))
    return networks.initial(0.3, own, seed=4, size=0.8)


@every_case
def test_jacobian(networks: Networks):
    at = point(networks)
    values, found = networks.jacobian(at)
    expected = small.slopes(networks.coefficients, at)
    assert (values == networks.coefficients(at)).all()
    assert np.abs(found - expected).max() <= 1e-7 * np.abs(expected).max()


@every_case
def test_pullback(networks: Networks):
    at = point(networks)
    adjoint = np.random.default_rng(2).normal(size=networks.columns)
    expected = small.slopes(lambda p: adjoint @ networks.coefficients(p), at)
    assert np.abs(networks.pullback(at, adjoint) - expected).max() <= 1e-7 * np.abs(expected).max()
    exact = adjoint @ networks.jacobian(at)[1]
    assert np.abs(networks.pullback(at, adjoint) - exact).max() <= 1e-12 * np.abs(exact).max()


@every_case
def test_scale_jacobian(networks: Networks):
    at = point(networks)
    values, found = networks.scale_jacobian(at)
    expected = small.slopes(networks.scale_coefficients, at)
    assert (values == networks.scale_coefficients(at)).all()
    assert np.abs(found - expected).max() <= 1e-7 * np.abs(expected).max()


@pytest.mark.parametrize("target", ["g", "rho"])
def test_coefficients_are_those_of_the_ansatz(target: str):
    networks, form = small.networks(1, 2, target), small.ansatz(1, 2, target)
    at = point(networks)
    values = {EPSILON: networks.epsilon(at)}
    for number, base in enumerate(form.bases):
        for scale in range(3):
            values |= {form.symbol(weight, base, scale): value
                       for weight, value in zip(form.weights, networks.theta(at)[number, scale], strict=True)}
    expected = [float(form.coefficient(word).subs(values)) for word in form.words]
    assert networks.coefficients(at) == pytest.approx(np.array(expected), rel=1e-10)


def test_own_coefficients_replace_those_of_the_network():
    networks = CASES["columns of others"]
    at = networks.initial(0.3, np.array([5.0, -7.0]), seed=0)
    found = networks.coefficients(at)
    assert found[[1, 11]].tolist() == pytest.approx([5.0, -7.0])
    assert at[networks.theta_size + 1:].tolist() == pytest.approx([5.0 / 2.0, -7.0 / 3.0])
    assert found[10] == 0.0
    assert (found[[0, 2, 3]] != 0.0).all()


def test_initial_parameters():
    networks = CASES["three scales"]
    at = networks.initial(0.2, np.zeros(0), seed=1, size=0.1)
    assert at.shape == (networks.size,)
    assert networks.theta_size == small.ansatz(1, 2).rnn_parameters
    assert networks.epsilon(at) == pytest.approx(0.2)
    assert (at == networks.initial(0.2, np.zeros(0), seed=1, size=0.1)).all()
    assert (at != networks.initial(0.2, np.zeros(0), seed=2, size=0.1))[:networks.theta_size].all()
    assert 0.05 < at[:networks.theta_size].std() < 0.2


def in_span(basis: np.ndarray, networks: Networks, kept: list[int]) -> bool:
    for seed in range(3):
        vector = np.zeros(networks.columns)
        vector[kept] = networks.coefficients(networks.initial(0.3, np.ones(len(networks.own)), seed, 1.0))[kept]
        rest = vector - basis @ np.linalg.lstsq(basis, vector, rcond=None)[0]
        if np.abs(rest).max() > 1e-9 * np.abs(vector).max():
            return False
    return True


@pytest.mark.parametrize(("layers", "on_g", "on_rho"), [(0, 3, 2), (1, 6, 4), (2, 17, 11)])
def test_dimension_of_the_linear_hull(layers: int, on_g: int, on_rho: int):
    networks = small.networks(layers, 1)
    basis = linear_hull(networks, range(networks.columns))
    words = networks.tapes[0].outputs
    assert basis.shape == (networks.columns, on_g + on_rho)
    assert np.linalg.matrix_rank(basis) == on_g + on_rho
    assert [int(np.any(block, axis=0).sum()) for block in (basis[:words], basis[words:])] == [on_g, on_rho]
    assert in_span(basis, networks, list(range(networks.columns)))


def test_words_that_two_layers_tie_together():
    networks, words = small.networks(2, 0), [str(word) for word in small.ansatz(2).words]
    basis = linear_hull(networks, range(networks.columns))
    tied = [{words[i] for i in np.flatnonzero(vector)} for vector in basis.T if np.count_nonzero(vector) > 1]
    assert {"<v_dx v_dx v_dx g>", "v_dx v_dx <v_dx g>"} in tied


def test_linear_hull_of_some_columns():
    networks = small.networks(2, 1, own=(0, 33), more=3)
    kept = [0, 1, 2, 5, 20, 25, 33]
    basis = linear_hull(networks, kept)
    assert not basis[[i for i in range(networks.columns) if i not in kept]].any()
    assert basis.shape[1] == len(kept)
    assert {tuple(np.flatnonzero(vector)) for vector in basis.T} >= {(0,), (33,)}
    assert in_span(basis, networks, kept)


@pytest.mark.parametrize("own", [0, 2, 5])
def test_a_coefficient_of_its_own_is_tied_to_none(own: int) -> None:
    networks = small.networks(1, 1, own=(own,))
    basis = linear_hull(networks, range(networks.columns))
    [vector] = basis.T[basis[own] != 0.0]
    assert vector.tolist() == [float(column == own) for column in range(networks.columns)]
    assert np.linalg.matrix_rank(basis) == basis.shape[1]
