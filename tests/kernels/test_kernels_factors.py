"""Factors of whole axes: their products, sides, moments and slopes, as arrays over the axes of a grid."""

from __future__ import annotations

import numpy as np
import pytest

from symdcrnn.errors import InputError
from symdcrnn.kernels.ir import factors as fac
from symdcrnn.kernels.ir.difference_weights import formula, point_weights
from symdcrnn.kernels.ir.factors import ONE, Known, Number, SideOf
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid

RANDOM = np.random.default_rng(1)
V, W = np.array([-1.5, -0.5, 0.5, 1.5]), np.array([-0.7, 0.0, 1.2])
WEIGHTS = np.array([0.1, 0.4, 0.3, 0.2])
VW, MATRIX = RANDOM.normal(size=(4, 3)), RANDOM.normal(size=(4, 4))
GRID = PhaseGrid(
    (GridAxis("w", "index", W, False, np.array([0.2, 0.5, 0.3])), GridAxis("v", "velocity", V, False, WEIGHTS),
     GridAxis("x", "space", np.arange(5.0), True)),
    np.arange(2.0), {}, {}, {"v": (("v",), V), "w": (("w",), W), "vw": (("v", "w"), VW)}, {("v", "k"): MATRIX})
KV, KW, KVW = Known("v", ("v",)), Known("w", ("w",)), Known("vw", ("v", "w"))
RIGHT, LEFT = SideOf("w", ("w",), True), SideOf("w", ("w",), False)


def test_products_hold_each_side_once_and_all_else_as_often_as_it_stands() -> None:
    product = fac.times((KV, RIGHT), (KV, RIGHT), ONE, (KW,))
    assert sorted(map(repr, product)) == sorted(map(repr, (KV, KV, KW, RIGHT)))
    assert fac.times((KW,), (KV,)) == fac.times((KV,), (KW,))
    np.testing.assert_allclose(fac.values_of(product, GRID, ("v", "w")), (V**2)[:, None] * W * (W > 0.0))
    assert fac.axes_of(product) == {"v", "w"}
    assert fac.axes_of(ONE) == set()
    assert fac.split((KV, KVW, KW), "v") == ((KV, KVW), (KW,))


def test_sides_of_zero() -> None:
    """Zero itself is on the left."""
    np.testing.assert_array_equal(fac.values_of((RIGHT,), GRID, ("w",)), [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(fac.values_of((LEFT,), GRID, ("w",)), [1.0, 1.0, 0.0])
    assert fac.side_of((KV, RIGHT), "w") is True
    assert fac.side_of((LEFT,), "w") is False
    assert fac.side_of((LEFT, RIGHT), "w") is None
    assert fac.side_of((KV,), "w") is None
    assert fac.side_of((RIGHT,), "v") is None
    assert fac.is_zero((KV, LEFT, RIGHT))
    assert not fac.is_zero((RIGHT, SideOf("v", ("v",), False)))
    assert not fac.is_zero(ONE)


def test_moments_and_kernels() -> None:
    average = fac.moment((KV, KVW, KW), "v", None)
    assert fac.axes_of(average) == {"w"}
    np.testing.assert_allclose(fac.values_of(average, GRID, ("w",)), W * ((WEIGHTS * V) @ VW))
    assert fac.moment((KW,), "v", None) == (KW,)
    kernel = fac.moment((KVW, KW), "v", "k")
    assert fac.axes_of(kernel) == {"v", "w"}
    np.testing.assert_allclose(fac.values_of(kernel, GRID, ("v", "w")), MATRIX @ VW * W)
    alone = fac.moment((KW,), "v", "k")
    np.testing.assert_allclose(fac.values_of(alone, GRID, ("w", "v")), np.multiply.outer(W, MATRIX.sum(axis=1)))


def test_slopes() -> None:
    one = formula("v", 1, (-1, 0, 1), True)
    points, weights = point_weights(one, GRID.axis("v"))
    found = fac.slope((KVW, KW), one)
    expected = np.einsum("ikw,ik->iw", VW[points], weights) * W
    np.testing.assert_allclose(fac.values_of(found, GRID, ("v", "w")), expected)
    of_v = fac.values_of(fac.slope((KV, KW), one), GRID, ("w", "v"))
    np.testing.assert_allclose(of_v, np.multiply.outer(W, np.ones(4)))


def test_values_are_in_the_order_that_is_asked_for() -> None:
    assert fac.values_of((KVW,), GRID, ("w", "v")).shape == (3, 4)
    np.testing.assert_array_equal(fac.values_of((KVW,), GRID, ("w", "v")), VW.T)
    assert fac.values_of((Number(3.0), KV), GRID, ("w", "v")).tolist() == [(3.0 * V).tolist()]
    np.testing.assert_array_equal(fac.spread(("v", "w"), VW, ("w", "x", "v")), VW.T[:, None])
    with pytest.raises(InputError, match="the function 'sigma' is not known on this data: it has v, vw, w"):
        fac.function(GRID, "sigma")
    with pytest.raises(InputError, match="it has none"):
        fac.function(PhaseGrid((), np.zeros(1), {}, {}), "sigma")
