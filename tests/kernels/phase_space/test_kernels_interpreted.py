"""Generated kernels as plain Python, which needs no compiler: two and three whole axes, small tiles, every kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from golden import FOLDER, digests, sources
from in_python import in_python
from phase_problems import D_V, D_X, Problem, equations
from several_axes import CASES, SMALL, problem_of

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Stencil
from symdcrnn.algebra.words import Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.codegen.emit import Kind
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime.binding import bind
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.schemes.multistep import SCHEMES, residual

Array = np.ndarray
WIDTH = 0.8
VALUES = {
    "l2": (lambda r: r**2, lambda r: 2.0 * r, lambda r: np.full_like(r, 2.0)),
    "l1": (np.abs, np.sign, lambda r: 1.0 / np.maximum(np.abs(r), WIDTH)),
    "huber": (lambda r: np.where(np.abs(r) < WIDTH, r**2 / 2, WIDTH * (np.abs(r) - WIDTH / 2)),
              lambda r: np.clip(r, -WIDTH, WIDTH), lambda r: np.minimum(1.0, WIDTH / np.abs(r))),
}

@pytest.fixture(autouse=True)
def _interpreted() -> Iterator[None]:
    with in_python():
        yield


@cache
def case(name: str) -> tuple[Problem, Array, Array, Array, PhaseKernel]:
    """A problem, coefficients, its residual and its columns over all points, and a kernel for the columns."""
    one = problem_of(name)
    spans = bind("columns", one.form, one.grid, SMALL, NORMS[CASES[name][3]])
    left, columns = equations(one, spans.spans, SMALL)
    flat = columns.reshape(len(columns), -1)
    coefficients = np.random.default_rng(5).normal(size=len(flat)) / np.maximum(np.abs(flat).max(axis=1), 1e-3)
    return one, coefficients, left.reshape(-1) - coefficients @ flat, flat, spans


def bound(name: str, kind: Kind, tile: tuple[int, int] | None = None) -> PhaseKernel:
    one, *_ = case(name)
    kernel = replace(bind(kind, one.form, one.grid, SMALL, NORMS[CASES[name][3]]), width=WIDTH)
    names = [axis for axis, _ in kernel.spec.tile]
    if tile is None:
        return kernel
    return replace(kernel, spec=replace(kernel.spec, tile=tuple(zip(names, tile[-len(names):], strict=True))))


def close(found: Any, expected: Any, size: Any) -> None:
    assert (np.abs(np.asarray(found) - expected) <= 1e-12 * np.asarray(size)).all()


@pytest.mark.parametrize("tile", [None, (2, 32)])
@pytest.mark.parametrize("name", CASES)
def test_sums(name: str, tile: tuple[int, int] | None) -> None:
    _, coefficients, r, columns, _ = case(name)
    value, _, weight = VALUES[CASES[name][3]]
    found = bound(name, "normal_equations", tile).evaluate(coefficients)
    omega = weight(r)
    gram = (columns * omega) @ columns.T / r.size
    sizes = np.sqrt(np.diag(gram))
    close(found.loss, value(r).mean(), value(r).mean())
    close(found.gradient, -(columns @ (omega * r)) / r.size, (np.abs(columns) @ np.abs(omega * r)) / r.size)
    close(found.gram, gram, np.outer(sizes, sizes))


@pytest.mark.parametrize("name", ["f open", "h", "u uneven", "m", "kinetic", "kinetic u open", "moments"])
def test_loss_and_gradient(name: str) -> None:
    _, coefficients, r, columns, _ = case(name)
    value, slope, _ = VALUES[CASES[name][3]]
    loss, gradient = bound(name, "value_and_gradient", (2, 32)).value_and_gradient(coefficients)
    close(loss, value(r).mean(), value(r).mean())
    close(gradient, -(columns @ slope(r)) / r.size, (np.abs(columns) @ np.abs(slope(r))) / r.size)
    left = r + coefficients @ columns
    loss, gradient = bound(name, "products", (2, 32)).value_and_gradient(coefficients)
    close(loss, value(left).mean(), value(left).mean())
    close(gradient, -(columns @ slope(left)) / r.size, (np.abs(columns) @ np.abs(slope(left))) / r.size)


@pytest.mark.parametrize("name", CASES)
def test_columns_and_right_hand_side(name: str) -> None:
    _, coefficients, _, columns, _ = case(name)
    kernel = bound(name, "columns", (2, 32))
    inside = (..., *(slice(*kernel.spans[axis]) for axis in (*kernel.program.target_whole, *kernel.target_tiled)))
    found = kernel.each_column()[inside].reshape(columns.shape)
    close(found, columns, np.abs(columns).max(axis=1, keepdims=True))
    rate = bound(name, "apply", (2, 32)).apply(coefficients)[inside].reshape(-1)
    close(rate, coefficients @ columns, np.abs(columns * coefficients[:, None]).sum(axis=0).max())


def test_all_that_stands_in_kernels_is_run() -> None:
    """But for shares without work and words that read no frame, each statement for one problem or another."""
    statements: dict[str, set[int]] = {}
    missed: dict[str, set[int]] = {}
    for name in ("f open", "h", "m", "kinetic", "kinetic u open", "moments"):
        with in_python(notes=True) as run:
            bound(name, "normal_equations", (2, 32)).evaluate(case(name)[1])
        for text, lines in run.statements.items():
            statements[text] = lines
            missed[text] = missed.get(text, lines) - run.seen[text]
    left = sorted({text.splitlines()[line].strip() for text, lines in missed.items() for line in lines})
    assert sum(map(len, missed.values())) < 0.02 * sum(map(len, statements.values())), left


def test_sources_are_those_that_are_kept() -> None:
    """A source that changes is compiled anew by everybody: that is meant, or it is a fault; see `golden`."""
    for path, text in sources():
        assert path.read_text(encoding="utf-8") == text, path.name


def test_all_sources_and_their_arguments_are_those_that_are_kept() -> None:
    assert list(digests()) == (FOLDER / "digests.txt").read_text(encoding="utf-8").splitlines()


def test_a_derivative_along_an_axis_that_nothing_depends_on_is_zero() -> None:
    one = problem_of("kinetic")
    q = next(column.word for column in one.form.columns if str(column.word) == "q")
    form = residual(SCHEMES["forward-euler"], one.form.target, [Word((D_X,), q.base), Word((D_V,), q.base)])
    kernel = bind("columns", form, one.grid, SMALL, NORMS["l2"])
    found = kernel.each_column()
    assert np.isfinite(found).any()
    np.testing.assert_array_equal(found[np.isfinite(found)], 0.0)


def test_a_stencil_leans_by_functions_of_axes_that_are_walked_whole() -> None:
    one = problem_of("kinetic")
    leaning = Operator("sigma_dx", Stencil("x", 1, lean="sigma", lean_axes=("x",)))
    form = residual(SCHEMES["forward-euler"], one.form.target, [Word.of((leaning,), one.form.target)])
    with pytest.raises(InputError, match="a stencil cannot lean by the sign of 'sigma', a function of space"):
        bind("columns", form, one.grid, SMALL, NORMS["l2"])
