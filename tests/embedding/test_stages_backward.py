"""The backward pass through stages against the tangents of all coefficients, and against differences of the loss."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest
from stage_cases import TARGETS, case, coefficients, stages_of
from written_models import kinetic, plane

from symdcrnn import InputError, Trajectory
from symdcrnn.kernels.staged import reverse
from symdcrnn.kernels.staged.march import PhaseStages

Array = np.ndarray


def check(form: PhaseStages, scaled: Array) -> None:
    """Against tangents, and a central difference of fourth order along a direction that moves all coefficients."""
    loss, gradient = form.value_and_gradient(scaled)
    expected = form.evaluate(scaled)
    assert loss == pytest.approx(expected.loss, rel=1e-12)
    np.testing.assert_allclose(gradient, expected.gradient, rtol=1e-12, atol=1e-12 * np.abs(expected.gradient).max())
    direction, step = np.random.default_rng(5).normal(size=scaled.size), 1e-4
    near, far = (form.value_and_gradient(scaled + h * direction)[0] - form.value_and_gradient(scaled - h * direction)[0]
                 for h in (step, 2.0 * step))
    slope = (8.0 * near - far) / (12.0 * step)
    assert slope == pytest.approx(gradient @ direction, rel=1e-7, abs=1e-7 * np.abs(gradient).max())


in_plain_python = pytest.mark.usefixtures("interpreted")


@in_plain_python
@pytest.mark.parametrize(("scheme", "target", "norm", "periodic"), [
    ("imex-ars222", "f", "l2", True), pytest.param("ssp2", "f", "huber", False, marks=pytest.mark.soak),
    ("ssp2", "u", "huber", False)])
def test_kinetic_equations(scheme: str, target: str, norm: str, periodic: bool) -> None:
    """With functions of t, leaning stencils, averages with uneven weights and nonlinear words."""
    form, words = case(scheme, target, periodic, norm)
    sizes = np.abs(form.residual(coefficients(words)))
    sizes = np.sort(sizes[np.isfinite(sizes) & (sizes > 0.2) & (sizes < 0.4)])
    # No difference crosses the width of the Huber norm.
    gap = int(np.diff(sizes).argmax())
    check(replace(form, width=float(sizes[gap:gap + 2].mean())), coefficients(words))


@in_plain_python
def test_absolute_residuals() -> None:
    """No difference of the loss crosses the corner of a residual, all of which are shifted away from zero."""
    form, words = case("imex-ars222", "u", True, "l1")
    shifted = np.array(form.grid.fields["u"])
    shifted[1::2] += 3.0
    form = replace(form.on_data([replace(form.grid, fields={**form.grid.fields, "u": shifted})]), width=1e-9)
    check(form, 0.1 * coefficients(words))


@pytest.mark.soak
@in_plain_python
def test_planes() -> None:
    form, words = stages_of(plane()[1], "rk4", "f", ["c_dx f", "s d_y f", "<f>", "h f^2"])
    check(form, coefficients(words))


@in_plain_python
def test_uneven_axes_with_ends() -> None:
    """Transposed stencils are matrices there."""
    form, words = stages_of(kinetic(False, False)[1], "rk4", "u", ["d_xx(u^2)"])
    check(form, coefficients(words))


@in_plain_python
def test_what_is_read_around_the_ends_does_not_matter() -> None:
    """Beyond its ends the slope of u is negative, which has no square root."""
    x, t = np.linspace(0.0, 1.0, 24), 0.01 * np.arange(5)
    u = np.exp(x)[None, :] * (1.0 + t[:, None])
    data = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=False)
    form, _ = stages_of(data, "rk4", "u", ["sqrt(d_x u)"])
    with np.errstate(invalid="ignore"):
        assert not np.isfinite(form._reverse.sums(np.array([0.01]), 1.0)).all()
        check(form, np.array([0.01]))


@in_plain_python
def test_threads_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    form, words = case("imex-ars443", "u")
    scaled, threads = coefficients(words), numba.get_num_threads()
    whole = form.value_and_gradient(scaled)
    monkeypatch.setattr(reverse, "POINTS", 1)
    found = []
    try:
        for count in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(count)
            found.append(form.value_and_gradient(scaled))
    finally:
        numba.set_num_threads(threads)
    assert len({(loss, gradient.tobytes()) for loss, gradient in found}) == 1
    np.testing.assert_allclose(found[0][1], whole[1], rtol=1e-12, atol=1e-13)
    check(form, scaled)


def test_weights_of_zero_have_no_transpose() -> None:
    data = kinetic(True, True)[1]
    weights = np.where(np.arange(12) == 0, 0.0, 1.0)
    other = Trajectory.of(data.dataset.assign(weights=("v", weights / weights.sum())))
    form, words = stages_of(other, "imex-ars222", "f", ["<f>", "v d_x f"])
    with pytest.raises(InputError, match="weight of zero"):
        form.value_and_gradient(coefficients(words))


def test_targets_have_stiff_words_of_both_kinds() -> None:
    """Else the tests above show less than they say."""
    parts = [case("imex-ars222", target)[0].equation.parts for target in TARGETS]
    assert all((parts[0].damping, parts[0].own, parts[1].forcing, parts[1].own))
