"""Quadrature: exact where it should be, and one clear line otherwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symdcrnn.data import gauss_legendre, normalised_weights
from symdcrnn.data.quadrature import recognised_weights
from symdcrnn.errors import InputError


@pytest.mark.parametrize("n", [1, 2, 5, 16])
def test_gauss_legendre_averages_polynomials(n):
    v, weights = gauss_legendre(n)
    for k in range(2 * n):
        assert weights @ v**k == pytest.approx(0.0 if k % 2 else 1.0 / (k + 1), abs=1e-14)


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "4", 10**9])
def test_bad_number_of_nodes(n):
    with pytest.raises(InputError, match="whole number"):
        gauss_legendre(n)


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=20))
def test_normalised_weights_sum_to_one(values):
    weights = normalised_weights(values)
    assert weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(weights * np.sum(values), values)


@pytest.mark.parametrize("values", [[1.0, -0.1], [0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0], [], [[1.0]], ["a"], [1j],
                                    [1e308, 1e308]])
def test_bad_weights(values):
    with pytest.raises(InputError) as info, np.errstate(over="ignore"):
        normalised_weights(values)
    assert "\n" not in str(info.value)


@given(st.permutations(range(7)))
def test_nodes_are_recognised_in_any_order(order):
    v, weights = gauss_legendre(7)
    np.testing.assert_array_equal(recognised_weights(v[order]), weights[order])
    assert recognised_weights(v[order] + 1e-3) is None
