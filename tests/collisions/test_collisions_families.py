"""Families of kernels, how kernels are asked for, and least squares by parameters under constraints."""

from __future__ import annotations

import numpy as np
import pytest

from symdcrnn.collisions.families import FAMILIES
from symdcrnn.collisions.plan import Plan, start_of
from symdcrnn.collisions.quadrature import check_quadrature
from symdcrnn.collisions.reading import kernels_of
from symdcrnn.collisions.shaped import Constraints, Normal, minimise_decaying, minimise_shaped
from symdcrnn.errors import SettingError

NOTHING = Constraints(np.zeros((0, 7)), np.zeros(0))


@pytest.mark.parametrize("name", FAMILIES)
def test_families_conserve_what_they_scatter_and_know_their_slopes(name: str) -> None:
    family = FAMILIES[name]
    middle = [0.3 * high + 0.05 for _, high in family.ranges]
    assert family.factor(0, middle)[0] == pytest.approx(1.0, rel=1e-15)
    for degree in range(6):
        slopes = family.factor(degree, middle)[1]
        for place, slope in enumerate(slopes):
            up, down = ([value + sign * 1e-6 * (number == place) for number, value in enumerate(middle)]
                        for sign in (1, -1))
            found = (family.factor(degree, up)[0] - family.factor(degree, down)[0]) / 2e-6
            assert slope == pytest.approx(found, rel=1e-7, abs=1e-9)


def test_a_kernel_is_read_with_all_that_is_said_of_it() -> None:
    first, second = kernels_of(["Q = isotropic <= 2 of f, conserving", "R=full of rank 3 of g , symmetric, conserving"])
    assert (first.name, first.form, first.field, first.highest, first.conserving, first.symmetric) == (
        "Q", "isotropic", "f", 2, True, False)
    assert first.texts == ("f", "<f>", "P_1 <P_1 f>", "P_2 <P_2 f>")
    assert (second.form, second.rank, second.conserving, second.symmetric, second.texts) == ("full", 3, True, True, ())


@pytest.mark.parametrize(("text", "named"), [
    ("isotropic <= 3 of f", "write NAME = isotropic"), ("Q = isotropic of f", "say up to which degree"),
    ("Q = isotropic <= 99 of f", "from 1 to 32"), ("Q = rayleigh <= 2 of f", "'rayleigh': choose from isotropic"),
    ("Q = full <= 3 of f", "has no degrees"), ("Q = isotropic <= 3 of f, even", "'even'"),
    ("Q = isotropic <= 3 of rank 2 of f", "has no rank"), ("Q = full of f, conserving, conserving", "once"),
])
def test_kernels_that_cannot_be_read_are_one_line(text: str, named: str) -> None:
    with pytest.raises(SettingError, match=named) as caught:
        kernels_of([text])
    assert "\n" not in str(caught.value)


def test_a_field_has_one_kernel() -> None:
    with pytest.raises(SettingError, match="second kernel"):
        kernels_of(["Q = full of f", "R = full of f"])


def normal(truth: np.ndarray, noise: float = 0.0) -> tuple[Normal, np.ndarray]:
    """Normal equations of some columns, and the columns."""
    random = np.random.default_rng(2)
    columns = random.standard_normal((400, truth.size))
    change = columns @ truth + noise * random.standard_normal(400)
    return Normal(columns.T @ columns, columns.T @ change), columns


def test_the_parameter_of_a_family_is_found_from_anywhere() -> None:
    [kernel] = kernels_of(["Q = henyey-greenstein <= 4 of f"])
    plan = Plan(7, (6,), ((kernel, (0, 1, 2, 3, 4, 5)),))
    truth = np.array([-3.0, *(2.5 * (2 * k + 1) * (-0.6) ** k for k in range(5)), 1.5])
    equations, _ = normal(truth)
    found = minimise_shaped(equations, plan.whole, NOTHING, start_of(plan, equations, NOTHING, np.zeros(7)))
    assert found.converged
    assert found.parameters == pytest.approx([1.5, 3.0, 2.5, -0.6], rel=1e-9)
    assert found.coefficients == pytest.approx(truth, rel=1e-9)


def test_errors_of_parameters_are_those_of_repeated_noise() -> None:
    [kernel] = kernels_of(["Q = henyey-greenstein <= 4 of f"])
    plan = Plan(7, (6,), ((kernel, (0, 1, 2, 3, 4, 5)),))
    truth = np.array([-3.0, *(2.5 * (2 * k + 1) * 0.5**k for k in range(5)), 1.5])
    equations, columns = normal(truth)
    start, random, level = np.array([1.5, 3.0, 2.5, 0.5]), np.random.default_rng(5), 0.4
    found = minimise_shaped(equations, plan.whole, NOTHING, start)
    told = np.sqrt(np.diag(found.covariance(level**2 * equations.gram)[0]))
    noise = [columns.T @ (level * random.standard_normal(400)) for _ in range(300)]
    drawn = [minimise_shaped(Normal(equations.gram, equations.right + one), plan.whole, NOTHING, start).parameters
             for one in noise]
    assert told == pytest.approx(np.std(drawn, axis=0), rel=0.15)


def test_constraints_hold_exactly_and_cost_the_least_they_can() -> None:
    truth = np.array([1.0, 2.0, 3.0, 4.0])
    equations, _ = normal(truth, 0.1)
    rows = Constraints(np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 2.0, -1.0, 1.0]]), np.array([0.5, 0.0]))
    found = minimise_shaped(equations, Plan(4, (0, 1, 2, 3), ()).whole, rows, np.zeros(4))
    assert rows.rows @ found.coefficients == pytest.approx(rows.values, abs=1e-13)
    # What is left of the gradient is a combination of the constraints.
    slope = equations.gram @ found.coefficients - equations.right
    factors = np.linalg.lstsq(rows.rows.T, slope, rcond=None)[0]
    assert rows.rows.T @ factors == pytest.approx(slope, rel=1e-9)
    spread = found.covariance(equations.gram)[1]
    assert np.max(np.abs(rows.rows @ spread)) < 1e-13 * np.max(spread)


def test_forms_that_must_decay_do_and_hold_back_no_more_than_they_have_to() -> None:
    truth = np.array([-1.0, 0.5, 0.2, -0.3])
    equations, _ = normal(truth, 0.1)
    forms = np.zeros((4, 3, 3))
    forms[[0, 1, 2], [0, 1, 2], [0, 1, 2]] = 1.0
    forms[3] = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    plan = Plan(4, (0, 1, 2, 3), ())
    found = minimise_decaying(equations, plan.whole, Constraints(np.zeros((0, 4)), np.zeros(0)), [forms], np.zeros(4))
    assert found.converged
    whole = np.tensordot(found.coefficients, forms, axes=1)
    assert np.max(np.linalg.eigvalsh(whole)) < 1e-8
    # A step to any coefficients that are allowed leaves more.
    random, least = np.random.default_rng(3), equations.excess(found.coefficients)
    for _ in range(400):
        there = found.coefficients + 0.3 * random.standard_normal(4)
        if np.max(np.linalg.eigvalsh(np.tensordot(there, forms, axes=1))) <= 0.0:
            assert equations.excess(there) > least


def test_quadratures_that_are_too_coarse_are_told_what_they_resolve() -> None:
    [kernel] = kernels_of(["Q = isotropic <= 6 of f"])
    v, w = np.polynomial.legendre.leggauss(7)
    check_quadrature(kernel, v, w / 2.0)
    middles = (np.arange(12) + 0.5) / 6.0 - 1.0
    with pytest.raises(SettingError, match="12 velocities with these weights resolve degrees up to 2: ask for iso"):
        check_quadrature(kernel, middles, np.full(12, 1.0 / 12.0))
    with pytest.raises(SettingError, match="directions from -1 to 1"):
        check_quadrature(kernel, 6.0 * v, w / 2.0)
