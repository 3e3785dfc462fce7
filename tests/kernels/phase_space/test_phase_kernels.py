"""Kernels over any axes against the slow evaluation: loss, gradient, Gram matrix, columns and right-hand side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numba
import numpy as np
import pytest
from phase_problems import PROBLEMS, STENCILS, Problem, equations

from symdcrnn.kernels import threads as kernel_threads
from symdcrnn.kernels.codegen.emit import Kind
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime.binding import bind
from symdcrnn.kernels.runtime.bound import PhaseKernel

Array = np.ndarray
WIDTH = 0.8
RESULTS: dict[str, tuple[Callable[[Array], Array], ...]] = {
    "l2": (lambda r: r**2, lambda r: 2 * r, lambda r: np.full_like(r, 2.0)),
    "l1": (np.abs, np.sign, lambda r: 1 / np.maximum(np.abs(r), WIDTH)),
    "huber": (lambda r: np.where(np.abs(r) < WIDTH, r**2 / 2, WIDTH * (np.abs(r) - WIDTH / 2)),
              lambda r: np.clip(r, -WIDTH, WIDTH), lambda r: np.minimum(1.0, WIDTH / np.abs(r))),
}
NORM = {"kinetic": "l2", "some words": "l2", "open": "l2", "uneven": "huber", "open and uneven": "huber",
        "a field of x": "l2", "a field of t": "l2", "plane": "l1", "open plane": "l1", "uneven plane": "l2"}
"""Which norm is tried with which problem: a kernel is compiled for each."""
QUICK = "some words"
"""What is compiled in every run of the tests; all kinds of problems are run as plain Python, see `in_python`."""
TWO = [QUICK, pytest.param("open plane", marks=pytest.mark.soak)]


@cache
def problem(name: str) -> Problem:
    return PROBLEMS[name]()


def bound(name: str, kind: Kind = "normal_equations") -> PhaseKernel:
    one = problem(name)
    return replace(bind(kind, one.form, one.grid, STENCILS, NORMS[NORM[name]]), width=WIDTH)


@cache
def setting(name: str) -> tuple[Array, Array, Array]:
    """Coefficients, residual and columns, the last two flattened over the points."""
    left, columns = equations(problem(name), bound(name).spans)
    flat = columns.reshape(len(columns), -1)
    coefficients = np.random.default_rng(5).normal(size=len(flat)) / np.maximum(np.abs(flat).max(axis=1), 1e-3)
    return coefficients, left.reshape(-1) - coefficients @ flat, flat


def close(found: Array | float, expected: Array | float, size: Array | float) -> None:
    assert (np.abs(np.asarray(found) - expected) <= 1e-12 * np.asarray(size)).all()


@pytest.mark.parametrize("name", [
    name if name == QUICK else pytest.param(name, marks=pytest.mark.soak) for name in PROBLEMS])
def test_normal_equations(name: str) -> None:
    coefficients, r, columns = setting(name)
    value, _, weight = RESULTS[NORM[name]]
    kernel = bound(name)
    found = kernel.evaluate(coefficients)
    omega = weight(r)
    gram = (columns * omega) @ columns.T / r.size
    sizes = np.sqrt(np.diag(gram))
    assert kernel.points == r.size
    close(found.loss, value(r).mean(), value(r).mean())
    close(found.gradient, -(columns @ (omega * r)) / r.size, (np.abs(columns) @ np.abs(omega * r)) / r.size)
    close(found.gram, gram, np.outer(sizes, sizes))
    assert (found.gram == found.gram.T).all()


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=pytest.mark.soak) for name in (QUICK, "kinetic", "plane", "uneven plane")])
def test_loss_and_gradient(name: str) -> None:
    coefficients, r, columns = setting(name)
    value, slope, _ = RESULTS[NORM[name]]
    loss, gradient = bound(name, "value_and_gradient").value_and_gradient(coefficients)
    close(loss, value(r).mean(), value(r).mean())
    close(gradient, -(columns @ slope(r)) / r.size, (np.abs(columns) @ np.abs(slope(r))) / r.size)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["kinetic", "plane"])
def test_products_are_the_gradient_where_all_coefficients_are_zero(name: str) -> None:
    coefficients, r, columns = setting(name)
    left = r + coefficients @ columns
    value, slope, _ = RESULTS[NORM[name]]
    loss, gradient = bound(name, "products").value_and_gradient(coefficients)
    close(loss, value(left).mean(), value(left).mean())
    close(gradient, -(columns @ slope(left)) / r.size, (np.abs(columns) @ np.abs(slope(left))) / r.size)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["kinetic", "open", "plane", "open plane"])
def test_columns_and_right_hand_side(name: str) -> None:
    coefficients, _, columns = setting(name)
    kernel = bound(name, "columns")
    inside = (..., *(slice(*kernel.spans[axis]) for axis in (*kernel.program.target_whole, *kernel.target_tiled)))
    found = kernel.each_column()
    close(found[inside].reshape(columns.shape), columns, np.abs(columns).max(axis=1, keepdims=True))
    assert np.isnan(found).any() == (name != "plane")
    rate = bound(name, "apply").apply(coefficients)[inside].reshape(-1)
    close(rate, coefficients @ columns, np.abs(columns * coefficients[:, None]).sum(axis=0).max())


@pytest.mark.parametrize("name", TWO)
def test_results_have_the_same_bits_for_any_number_of_threads(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    coefficients, _, _ = setting(name)
    kernel = bound(name)
    found = []
    for threads in (1, 2, 3):
        monkeypatch.setattr(kernel_threads, "thread_count", lambda threads=threads: threads)
        found.append(kernel.evaluate(coefficients))
    assert numba.get_num_threads() >= 1
    for other in found[1:]:
        assert other.loss == found[0].loss
        assert (other.gradient == found[0].gradient).all()
        assert (other.gram == found[0].gram).all()


@pytest.mark.parametrize("name", TWO)
def test_sums_over_cells_add_up_to_the_whole(name: str) -> None:
    coefficients, _, _ = setting(name)
    kernel = bound(name)
    whole = kernel.evaluate(coefficients)
    first, last = kernel.fitted
    middle, half = (first + last) // 2, kernel.residuals // 2
    cells = [kernel.sums(coefficients, times, row) for times in ((0, half), (half, kernel.residuals))
             for row in ((first, middle), (middle, last))]
    close(sum(cell.loss for cell in cells) / kernel.points, whole.loss, whole.loss)
    size = np.sqrt(np.diag(whole.gram))
    close(sum(cell.gram for cell in cells) / kernel.points, whole.gram, np.outer(size, size))
