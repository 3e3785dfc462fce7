"""Unknowns at their best for every constant: against the whole quadratic form minimised by dense matrices."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from symdcrnn.leastsquares.projected import ExtendedModel, project
from symdcrnn.leastsquares.quadratic import QuadraticModel

Array = NDArray[np.float64]
CONSTANTS, UNKNOWNS = 3, 5


def extended(seed: int) -> ExtendedModel:
    """A form that is positive: of a random matrix of all columns."""
    random = np.random.default_rng(seed)
    matrix, side = random.normal(size=(12, CONSTANTS + UNKNOWNS)), random.normal(size=12)
    matrix[:, CONSTANTS:] *= np.geomspace(1e-3, 1e3, UNKNOWNS)
    gram, slope = 2.0 * matrix.T @ matrix, -2.0 * matrix.T @ side
    return ExtendedModel(QuadraticModel(float(side @ side), slope[:CONSTANTS], gram[:CONSTANTS, :CONSTANTS]),
                         slope[CONSTANTS:], gram[CONSTANTS:, :CONSTANTS],
                         sparse.csc_matrix(gram[CONSTANTS:, CONSTANTS:]))


def value(of: ExtendedModel, c: Array, p: Array) -> float:
    return of.constants.at(c).loss + float(of.force @ p + p @ of.coupling @ c + 0.5 * p @ (of.stiffness @ p))


def at_best(of: ExtendedModel, c: Array) -> Array:
    found: Array = np.linalg.solve(of.stiffness.toarray(), -of.force - of.coupling @ c)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_unknowns_are_at_their_best_for_any_constants(seed: int) -> None:
    whole, random = extended(seed), np.random.default_rng(10 + seed)
    found = project(whole)
    for c in random.normal(size=(3, CONSTANTS)):
        p = found.offset + found.response @ c
        np.testing.assert_allclose(p, at_best(whole, c), rtol=1e-9)
        assert found.model.at(c).loss == pytest.approx(value(whole, c, p), rel=1e-9)
        for k, unit in enumerate(1e-4 * np.eye(CONSTANTS)):
            ahead, behind = (value(whole, one, at_best(whole, one)) for one in (c + unit, c - unit))
            assert found.model.slope_at(c)[k] == pytest.approx((ahead - behind) / 2e-4, rel=1e-6, abs=1e-6)
    np.testing.assert_array_equal(found.model.gram, found.model.gram.T)
    assert not found.unseen.any()


def test_what_the_loss_does_not_depend_on_is_said_and_stays_zero() -> None:
    whole = extended(0)
    hidden = np.arange(UNKNOWNS) == 2
    seen = sparse.diags((~hidden).astype(float))
    cut = ExtendedModel(whole.constants, np.where(hidden, 0.0, whole.force),
                        np.where(hidden[:, None], 0.0, whole.coupling), (seen @ whole.stiffness @ seen).tocsc())
    found = project(cut)
    np.testing.assert_array_equal(found.unseen, hidden)
    assert found.offset[2] == 0.0
    np.testing.assert_array_equal(found.response[2], 0.0)
    rest = ExtendedModel(cut.constants, cut.force[~hidden], cut.coupling[~hidden],
                         cut.stiffness[~hidden][:, ~hidden].tocsc())
    assert found.model.loss == pytest.approx(project(rest).model.loss, rel=1e-12)


def test_sums_and_multiples() -> None:
    first, second, random = extended(1), extended(2), np.random.default_rng(4)
    c, p = random.normal(size=CONSTANTS), random.normal(size=UNKNOWNS)
    assert value(first + second.scaled(2.5), c, p) == pytest.approx(value(first, c, p) + 2.5 * value(second, c, p))


@pytest.mark.parametrize("matrix", [np.random.default_rng(2).normal(size=(CONSTANTS, 2)), np.array([1.0, -2.0, 0.5])],
                         ids=["full", "diagonal"])
def test_other_constants_and_unknowns(matrix: Array) -> None:
    whole, random = extended(3), np.random.default_rng(5)
    spread = random.normal(size=(UNKNOWNS, 4))
    z, q = random.normal(size=matrix.shape[-1]), random.normal(size=4)
    c = matrix * z if matrix.ndim == 1 else matrix @ z
    moved = whole.pullback(matrix, sparse.csr_matrix(spread))
    assert value(moved, z, q) == pytest.approx(value(whole, c, spread @ q), rel=1e-10)
