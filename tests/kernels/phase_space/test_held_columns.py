"""The loss of little data, whose columns numpy makes, against the kernel that is compiled for much."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from in_python import in_python
from several_axes import CASES, SMALL, problem_of

from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.preprocess.loaded_frames import LoadedFrames, bound_words, columns_of
from symdcrnn.preprocess.residuals import interpreted
from symdcrnn.preprocess.residuals.little_data import HeldColumns
from symdcrnn.schemes.multistep import SCHEMES, residual

L2 = NORMS["l2"]
UNEVEN_TIMES = ("f", "h", "kinetic open")


@pytest.fixture(autouse=True)
def _interpreted() -> Iterator[None]:
    with in_python():
        yield


def both(name: str, scheme: str | None = None) -> tuple[HeldColumns, PhaseKernel]:
    """The loss of a problem as numpy and as a kernel make it."""
    one = problem_of(name)
    form, grid = one.form, one.grid
    if scheme is not None:
        form = residual(SCHEMES[scheme], form.target, form.words)
        grid = replace(grid, t=grid.t + 0.3 * np.diff(grid.t).min() * np.sin(np.arange(grid.frames)))
    kernel = bound_words(grid, form, SMALL, L2, ())
    return HeldColumns(kernel, columns_of(kernel, 1)), kernel


def assert_close(found: QuadraticModel, expected: QuadraticModel, whole: QuadraticModel) -> None:
    sizes = np.sqrt(np.diag(whole.gram))
    assert abs(found.loss - expected.loss) <= 1e-12 * whole.loss
    assert (np.abs(found.gradient - expected.gradient) <= 1e-12 * sizes * np.sqrt(2.0 * whole.loss)).all()
    assert (np.abs(found.gram - expected.gram) <= 1e-12 * np.outer(sizes, sizes)).all()


@pytest.mark.parametrize(("name", "scheme"), [
    *((name, None) for name in CASES), *((name, "imex-bdf2") for name in UNEVEN_TIMES)])
def test_sums_and_cells_are_those_of_the_kernel(name: str, scheme: str | None) -> None:
    held, kernel = both(name, scheme)
    assert (kernel.grid.dt is None) == kernel.levels.varying == (scheme is not None)
    sizes = np.sqrt(np.diag(held.evaluate(np.zeros(held.columns)).gram))
    coefficients = np.random.default_rng(5).normal(size=held.columns) / np.maximum(sizes, 1e-3)
    whole = kernel.evaluate(coefficients)
    assert_close(held.evaluate(coefficients), whole, whole)
    assert (held.columns, held.points, held.fitted) == (kernel.columns, kernel.points, kernel.fitted)
    for partition in (Partition(3, 2), Partition(1)):
        cells, expected = held.cells(coefficients, partition), kernel.cells(coefficients, partition)
        assert len(cells) == len(expected)
        for one, other in zip(cells, expected, strict=True):
            assert_close(one, other, whole)


@pytest.mark.parametrize("name", ["f open", "h open and uneven", "kinetic q"])
def test_columns_one_by_one_are_those_of_the_kernel(name: str) -> None:
    held, kernel = both(name)
    found, left = held.values.whole(kernel.grid)
    expected, same = replace(held.values, little=False).whole(kernel.grid)
    assert found.shape == expected.shape
    assert (np.abs(found - expected) <= 1e-12 * np.abs(expected).max()).all()
    assert (left == same).all()


def test_other_data_and_other_processes() -> None:
    held, kernel = both("f")
    coefficients = np.random.default_rng(7).normal(size=held.columns)
    first = held.evaluate(coefficients)
    grid = kernel.grid
    twice = replace(grid, fields={name: 2.0 * values for name, values in grid.fields.items()})
    assert_close(held.on_data([twice]).evaluate(coefficients), kernel.on_data([twice]).evaluate(coefficients),
                 kernel.on_data([twice]).evaluate(coefficients))
    sent = pickle.dumps(held)
    assert len(sent) < 2 * len(pickle.dumps(kernel)) + 10_000
    again = pickle.loads(sent).evaluate(coefficients)
    assert (again.loss, again.gradient.tolist(), again.gram.tolist()) == (
        first.loss, first.gradient.tolist(), first.gram.tolist())


def test_little_data_alone_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    one = problem_of("f")
    values = one.grid.frames * (len(one.form.columns) + 1) * both("f")[1].points // both("f")[1].residuals

    def loss(norm: str = "l2", together: int = 1) -> object:
        return LoadedFrames(one.grid, together=together).words(one.form, SMALL, NORMS[norm], ()).loss

    monkeypatch.setattr(interpreted, "LITTLE", 2 * values)
    assert isinstance(loss(), HeldColumns)
    assert isinstance(loss(together=2), HeldColumns)
    assert isinstance(loss(together=3), PhaseKernel)
    assert isinstance(loss("huber"), PhaseKernel)
    monkeypatch.setattr(interpreted, "LITTLE", values - 1)
    assert isinstance(loss(), PhaseKernel)
