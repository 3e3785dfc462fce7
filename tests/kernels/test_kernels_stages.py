"""Schemes with stages against the formulas written out, their tangents and their adjoints."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest
import slow_reference as slow

from symdcrnn.algebra.operators import OPERATORS, multiplication
from symdcrnn.algebra.reading.word_parser import parse_word
from symdcrnn.algebra.words import Word, kinetic_field
from symdcrnn.errors import InputError
from symdcrnn.kernels import stage_pass
from symdcrnn.kernels.interpolation import between_frames
from symdcrnn.kernels.lower import Stencils
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.runtime import GridData
from symdcrnn.kernels.stage_sums import RESIDUAL
from symdcrnn.kernels.stages import BoundStages, bind_stages
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import total
from symdcrnn.schemes.multistep import is_stiff
from symdcrnn.schemes.runge_kutta import TABLEAUS, DoubleTableau

Array = np.ndarray
FIELDS = {"g": kinetic_field("g", True), "rho": kinetic_field("rho", False)}
OPERATORS_AND_SIGMA = {**OPERATORS, "sigma_s": multiplication("sigma_s"), "sigma_a": multiplication("sigma_a")}
TEXTS = {
    "g": ("g", "sigma_s g", "v_dx g", "<v_dx g>", "v_dx rho", "v_dx v_dx g", "<g>", "rho"),
    "rho": ("<v_dx g>", "rho", "d_xx rho", "sigma_a rho"),
}
STENCILS = Stencils("upwind1", "central2")
GAMMA = 1.0 - 0.5**0.5
SSP2 = DoubleTableau("ssp2", ((0.0, 0.0), (1.0, 0.0)), (0.5, 0.5), ((GAMMA, 0.0), (1.0 - 2.0 * GAMMA, GAMMA)),
                     (0.5, 0.5), 2, "Pareschi and Russo; its first stage is implicit")
each_tableau = pytest.mark.parametrize("tableau", [*TABLEAUS.values(), SSP2], ids=[*TABLEAUS, "ssp2"])
each_target = pytest.mark.parametrize("target", TEXTS)


def words(target: str) -> list[Word]:
    return [parse_word(text, FIELDS, OPERATORS_AND_SIGMA) for text in TEXTS[target]]


def data(periodic: bool = True, nx: int = 24) -> GridData:
    made = slow.random_data(3, 4, 4, nx)
    generator = np.random.default_rng(1)
    profiles = {name: 0.5 + generator.random(nx) for name in ("sigma_s", "sigma_a")}
    return replace(made, periodic=periodic, profiles=profiles)


def coefficients(target: str) -> Array:
    """Times dt; differences over dx are large, so these are small."""
    return np.random.default_rng(7).normal(size=len(TEXTS[target])) * 0.02


def bound(
    tableau: DoubleTableau, target: str = "g", norm: str = "l2", periodic: bool = True, nx: int = 24
) -> BoundStages:
    return bind_stages(tableau, FIELDS[target], words(target), data(periodic, nx), STENCILS, find_norm(norm))


def by_hand(form: BoundStages, scaled: Array) -> Array:
    """(8.9)-(8.12) with every sum written out and F by slow operators."""
    where, tableau, target = form.data, form.scheme, form.target
    grid = slow.Grid.of(where, "upwind1", "central2")
    stiff = [tableau.splits and is_stiff(word, target) for word in form.words]
    zeros = [[0.0] * tableau.stages] * tableau.stages
    implicit, implicit_weights = tableau.implicit or zeros, tableau.implicit_weights or zeros[0]
    out = []
    for n in range(where.frames - 1):
        u0, u1 = (np.atleast_2d(frame) for frame in where.fields[target.name][n:n + 2])

        def part(wanted: bool, value: Array, time: float, n: int = n, like: Array = u0) -> Array:
            total = np.zeros_like(like)
            for k, word in enumerate(form.words):
                if stiff[k] == wanted:
                    u = value if word.base == target else np.atleast_2d(
                        between_frames(where.fields[word.base.name], time)[n])
                    total = total + scaled[k] * slow.compose(word.letters, grid, u, word.base.v_dependent)
            return total

        explicit_parts, stiff_parts = [], []
        for i in range(tableau.stages):
            known = u0 + sum((tableau.explicit[i][j] * explicit_parts[j] + implicit[i][j] * stiff_parts[j]
                              for j in range(i)), np.zeros_like(u0))
            time = tableau.implicit_abscissas[i]
            forcing = part(True, np.zeros_like(u0), time)
            slope = part(True, np.ones_like(u0), time) - forcing
            value = (known + implicit[i][i] * forcing) / (1.0 - implicit[i][i] * slope)
            stiff_parts.append(part(True, value, time))
            explicit_parts.append(part(False, value, tableau.explicit_abscissas[i]))
        change = sum(tableau.explicit_weights[i] * explicit_parts[i] + implicit_weights[i] * stiff_parts[i]
                     for i in range(tableau.stages))
        out.append((u1 - u0 - change).reshape(where.fields[target.name].shape[1:]))
    return np.array(out)


@each_target
@each_tableau
def test_residual_is_that_of_the_formulas(tableau: DoubleTableau, target: str) -> None:
    form, scaled = bound(tableau, target), coefficients(target)
    np.testing.assert_allclose(form.residual(scaled), by_hand(form, scaled), rtol=1e-12, atol=1e-12)


def test_data_that_is_not_periodic_is_fitted_where_no_stage_leaves_it() -> None:
    form, scaled = bound(TABLEAUS["rk4"], periodic=False, nx=40), coefficients("g")
    found, expected = form.residual(scaled), by_hand(form, scaled)
    first, last = form.fitted
    assert (first, last) == (8, 32)
    assert np.isnan(found[..., :first]).all()
    assert np.isnan(found[..., last:]).all()
    np.testing.assert_allclose(found[..., first:last], expected[..., first:last], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("norm", ["l2", "l1", "huber"])
@each_target
@each_tableau
def test_gradients_by_tangents_by_adjoints_and_by_differences(tableau: DoubleTableau, target: str, norm: str) -> None:
    form, scaled = bound(tableau, target, norm), coefficients(target)
    form = replace(form, width=1e-9 if norm == "l1" else 0.3)
    value, gradient = form.value_and_gradient(scaled)
    equations = form.evaluate(scaled)
    assert equations.loss == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(gradient, equations.gradient, rtol=1e-9 if norm == "l1" else 1e-12, atol=1e-12)
    step = 1e-6
    differences = [
        (form.value_and_gradient(scaled + step * unit)[0] - form.value_and_gradient(scaled - step * unit)[0])
        / (2.0 * step) for unit in np.eye(scaled.size)
    ]
    # Across a corner of the absolute value a difference is not a derivative.
    tolerance = 1e-3 if norm == "l1" else 1e-7
    np.testing.assert_allclose(gradient, differences, rtol=tolerance, atol=tolerance * np.abs(gradient).max())


@each_tableau
def test_gram_matrix_is_that_of_the_jacobian(tableau: DoubleTableau) -> None:
    form, scaled = bound(tableau), coefficients("g")
    step = 1e-6
    jacobian = np.array([
        (form.residual(scaled + step * unit) - form.residual(scaled - step * unit)).ravel() / (2.0 * step)
        for unit in np.eye(scaled.size)
    ])
    expected = 2.0 * jacobian @ jacobian.T / jacobian.shape[1]
    np.testing.assert_allclose(form.evaluate(scaled).gram, expected, rtol=1e-7, atol=1e-7 * expected.max())


@each_target
@each_tableau
def test_dot_product_of_tangent_and_adjoint(tableau: DoubleTableau, target: str) -> None:
    """<z, J d> by differences of the residual and <J^T z, d> by the adjoint of the stages."""
    form, scaled = bound(tableau, target), coefficients(target)
    generator = np.random.default_rng(5)
    direction = generator.normal(size=scaled.size)
    z = generator.normal(size=(form.data.nx,)) * np.ones_like(form.data.fields[target][0])
    residual, stages = form._march(1, scaled, tuple(range(scaled.size)))
    explicit, implicit = form._weights()
    tangent = -sum(direction @ (a * stage.tangents[0] + b * stage.tangents[1]).reshape(scaled.size, -1)
                   for stage, a, b in zip(stages, explicit, implicit, strict=True) if stage.tangents is not None)
    measure = form.data.quadrature[:, None] if FIELDS[target].v_dependent else 1.0
    left = float((measure * z * tangent.reshape(residual.shape)).sum())
    sums = form.adjoint.sums(scaled)
    rows = form.adjoint.scratch(sums, 1)
    form.adjoint.march(sums, 1, 2, rows)
    np.testing.assert_allclose(rows[RESIDUAL], np.atleast_2d(residual), rtol=1e-12, atol=1e-12)
    rows[RESIDUAL] = z
    right = float(form.adjoint.pull_back(sums, 1, 2, rows) @ direction)
    assert left == pytest.approx(right, rel=1e-12)


@each_tableau
def test_taylor_remainder_is_of_second_order(tableau: DoubleTableau) -> None:
    form, scaled = bound(tableau), coefficients("g")
    direction = np.random.default_rng(2).normal(size=scaled.size) * 0.02
    value, gradient = form.value_and_gradient(scaled)
    steps = (1e-2, 5e-3, 2.5e-3)
    remainders = [abs(form.value_and_gradient(scaled + h * direction)[0] - value - h * gradient @ direction)
                  for h in steps]
    rates = np.log2(np.array(remainders[:-1]) / np.array(remainders[1:]))
    np.testing.assert_allclose(rates, 2.0, atol=0.05)


@each_tableau
def test_order_of_convergence(tableau: DoubleTableau) -> None:
    """One step from the solution of d/dt u = -v d_x u - u, with the exact coefficients, leaves dt^(p+1)."""
    nx, v = 128, np.array([-0.9, -0.3, 0.3, 0.9])
    x = 2.0 * np.pi * np.arange(nx) / nx
    chosen = [parse_word(text, {"g": FIELDS["g"]}, OPERATORS) for text in ("v_dx g", "g")]
    residuals = []
    for dt in (0.2, 0.1, 0.05):
        t = dt * np.arange(3)[:, None, None]
        u = np.imag(np.exp(-(1.0 + symbol(v, x[1])[:, None]) * t) * np.exp(1j * x))
        where = GridData({"g": u}, v, np.full(4, 0.25), dt, float(x[1]), True, {})
        form = bind_stages(tableau, FIELDS["g"], chosen, where, Stencils("upwind3", "central4"), find_norm("l2"))
        residuals.append(float(np.abs(form.residual(np.array([-dt, -dt]))).max()))
    rates = np.log2(np.array(residuals[:-1]) / np.array(residuals[1:]))
    np.testing.assert_allclose(rates, tableau.order + 1, atol=0.25)


def symbol(v: Array, dx: float) -> Array:
    """What the stencil of v d_x makes of exp(ix): the solution is then free of errors in x."""
    total = sum(weight * np.exp(1j * offset * dx) for offset, weight in slow.FROM_THE_LEFT["upwind3"].items()) / dx
    return np.where(v > 0, v * total, -v * total.conj())


def test_results_have_the_same_bits_for_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_pass, "NUMBERS", 1)
    form, scaled = bound(TABLEAUS["imex-ars222"]), coefficients("g")
    before = numba.get_num_threads()
    found = []
    try:
        for threads in (1, before):
            numba.set_num_threads(threads)
            equations = form.evaluate(scaled)
            found.append((equations.loss, equations.gradient.tobytes(), equations.gram.tobytes(),
                          form.value_and_gradient(scaled)[1].tobytes(), form.residual(scaled).tobytes()))
    finally:
        numba.set_num_threads(before)
    assert found[0] == found[1]


@each_target
def test_steps_may_be_marched_in_parts(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    form, scaled = bound(TABLEAUS["imex-ars443"], target), coefficients(target)
    whole, residual = form.value_and_gradient(scaled), form.residual(scaled)
    monkeypatch.setattr(stage_pass, "NUMBERS", 2 * residual[0].size)
    parts = form.value_and_gradient(scaled)
    assert len(form.adjoint._chunks) == 2
    assert form.adjoint._chunks[1] == (2, 3)
    np.testing.assert_array_equal(form.residual(scaled), residual)
    assert parts[0] == pytest.approx(whole[0], rel=1e-14)
    np.testing.assert_allclose(parts[1], whole[1], rtol=1e-12)


@each_tableau
def test_gradient_of_data_that_is_not_periodic(tableau: DoubleTableau) -> None:
    form, scaled = bound(tableau, periodic=False, nx=40), coefficients("g")
    value, gradient = form.value_and_gradient(scaled)
    equations = form.evaluate(scaled)
    assert value == pytest.approx(equations.loss, rel=1e-13)
    np.testing.assert_allclose(gradient, equations.gradient, rtol=1e-12, atol=1e-12)


def test_steps_add_up_in_cells_of_time() -> None:
    form, scaled = bound(TABLEAUS["imex-ars222"]), coefficients("g")
    whole, cells = form.evaluate(scaled), form.cells(scaled, Partition(2, 3))
    assert len(cells) == 2
    found = total(cells)
    assert found.loss == pytest.approx(whole.loss, rel=1e-13)
    np.testing.assert_allclose(found.gradient, whole.gradient, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(found.gram, whole.gram, rtol=1e-11, atol=1e-13)


def test_other_data_is_marched_as_if_bound_to_it() -> None:
    form, scaled = bound(TABLEAUS["imex-ars222"]), coefficients("g")
    other = replace(data(), fields={name: 0.5 * values for name, values in data().fields.items()})
    found = form.on_data([other]).evaluate(scaled)
    assert found.loss == pytest.approx(0.25 * form.evaluate(scaled).loss, rel=1e-12)


def test_only_active_columns_are_differentiated() -> None:
    form, scaled = bound(TABLEAUS["imex-ars222"]), coefficients("g")
    whole, part = form.evaluate(scaled), form.evaluate(scaled, active=(4, 0))
    np.testing.assert_array_equal(np.flatnonzero(part.gradient), [0, 4])
    np.testing.assert_allclose(part.gram[np.ix_([0, 4], [0, 4])], whole.gram[np.ix_([0, 4], [0, 4])], rtol=1e-13)


def test_fields_between_frames_are_exact_for_polynomials() -> None:
    t = np.arange(8.0)[:, None]
    values = np.hstack([t**5 - 2.0 * t, np.ones_like(t)])
    at = np.arange(7.0)[:, None] + 0.3
    np.testing.assert_allclose(between_frames(values, 0.3), np.hstack([at**5 - 2.0 * at, np.ones_like(at)]), rtol=1e-10)


def test_too_few_points() -> None:
    with pytest.raises(InputError, match="the data has 12 points in x, but the stages of rk4 reach over 17"):
        bound(TABLEAUS["rk4"], nx=12)
