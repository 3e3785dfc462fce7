"""The data that the benchmarks share, two numpy forms of the fused pass, and the table that is printed at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from machine import Machine, measure
from numpy.typing import NDArray
from passes import kinetic_pass, paper_residual
from peers.words import cropped, frames_of, sliced, word_columns
from table import markdown, row

import symdcrnn
from symdcrnn.data.files.formats import write_trajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.preprocess.phase_grid import phase_grid

Array = NDArray[np.float64]


ROWS = pytest.StashKey[list[dict[str, Any]]]()


@pytest.fixture
def add_row(benchmark: Any, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Takes what `table.row` takes; the row goes to the table and to the JSON of pytest-benchmark."""

    def add(*arguments: Any, **more: Any) -> None:
        made = row(*arguments, **more)
        benchmark.extra_info.setdefault("rows", []).append(made)
        request.config.stash.setdefault(ROWS, []).append(made)

    return add


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    rows = config.stash.get(ROWS, [])
    if rows:
        terminalreporter.section("table")
        terminalreporter.write_line(markdown(rows))


@pytest.fixture(scope="session")
def machine() -> tuple[Machine, Machine]:
    """The rates of one and of two threads."""
    return measure(1), measure(2)


Store = Callable[[str, Trajectory], Path]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Writes a trajectory as a file, and its arrays if it has v, once for each name, and gives their folder."""
    folders: dict[str, Path] = {}

    def put(name: str, trajectory: Trajectory) -> Path:
        if name not in folders:
            folder = tmp_path_factory.mktemp(name)
            write_trajectory(trajectory, folder / "data.nc")
            grid = phase_grid(trajectory)
            arrays = {"t": grid.t, **grid.fields, **{axis.name: axis.coordinate for axis in grid.axes}}
            if "v" in arrays:
                arrays["quadrature"] = grid.weights("v")
            for key, values in arrays.items():
                np.save(folder / f"{key}.npy", values)
            folders[name] = folder
        return folders[name]

    return put


@pytest.fixture(scope="session")
def paper_folder(store: Store) -> Path:
    """54 residuals of 16 x 1000 points."""
    return store("paper", symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 256)))


@pytest.fixture(scope="session")
def notebook_folder(store: Store) -> Path:
    """28 residuals of 16 x 400 points."""
    return store("notebook", symdcrnn.generate(symdcrnn.preset("notebook", epsilon=1 / 256)))


@pytest.fixture(scope="session")
def large_folder(store: Store) -> Path:
    """54 residuals of 16 x 8000 points."""
    return store("large", symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 256, nx=8000)))


@pytest.fixture(scope="session")
def paper_data() -> PhaseGrid:
    """56 frames of 16 x 1000 points: 54 residuals."""
    return phase_grid(symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 256)))


@pytest.fixture(scope="session", params=["l2", "l1"])
def fused(request: pytest.FixtureRequest, paper_data: PhaseGrid) -> PhaseKernel:
    return kinetic_pass(paper_data, request.param)


@pytest.fixture(scope="session")
def gram(paper_data: PhaseGrid) -> PhaseKernel:
    return kinetic_pass(paper_data, "l2", kind="normal_equations")


def loss_and_gradient(norm: str, residual_: Array, columns: list[Array]) -> tuple[float, Array]:
    """Sums over the points of one residual."""
    sharp = norm == "l1"
    slope = np.sign(residual_) if sharp else 2.0 * residual_
    loss = float(np.sum(np.abs(residual_) if sharp else residual_ * residual_))
    return loss, -np.array([float(np.sum(slope * column)) for column in columns])


def reference_by_word(bound: PhaseKernel, coefficients: Array) -> tuple[float, Array]:
    """Obvious numpy: every word composed from its letters on arrays of all frames."""
    grid = bound.grid
    form = paper_residual()
    steps = grid.frames - len(form.time_weights) + 1
    quadrature = grid.weights("v")[:, None]

    def combine(weights: tuple[float, ...], field: str) -> Array:
        return np.sum([w * grid.fields[field][i:i + steps] for i, w in enumerate(weights)], axis=0)

    r = combine(form.time_weights, "g")
    columns = []
    for column in form.columns:
        value = combine(column.time_weights, column.word.base.name)
        varies = column.word.base.v_dependent
        value = value if varies else value[:, None, :]
        for letter in reversed(column.word.letters):
            if letter.averages:
                value = np.sum(quadrature * value, axis=1, keepdims=True)
            else:
                value = transport(value, grid, upwind=varies)
            varies = not letter.averages
        columns.append(np.broadcast_to(value, r.shape))
    for coefficient, column in zip(coefficients, columns, strict=True):
        r = r - coefficient * column
    loss, gradient = loss_and_gradient(bound.norm.name, r, columns)
    return loss / bound.points, gradient / bound.points


def transport(u: Array, grid: PhaseGrid, upwind: bool) -> Array:
    """v d/dx by the third-order stencil of the side, or of the other one."""
    v, dx = grid.axis("v").coordinate[:, None], grid.axis("x").spacing
    left = (2 * np.roll(u, -1, -1) + 3 * u - 6 * np.roll(u, 1, -1) + np.roll(u, 2, -1)) / (6 * dx)
    right = (-np.roll(u, -2, -1) + 6 * np.roll(u, -1, -1) - 3 * u - 2 * np.roll(u, 1, -1)) / (6 * dx)
    return v * np.where((v > 0.0) == upwind, left, right)


def reference_shared(bound: PhaseKernel, coefficients: Array) -> tuple[float, Array]:
    """Careful numpy: one step at a time, so that arrays stay in cache, every suffix of a word computed once."""
    frames = frames_of(paper_residual(), bound.grid)
    padded = frames.padded()
    loss, gradient = 0.0, np.zeros(frames.columns)
    for n, target in enumerate(frames.target):
        found = word_columns(frames, {name: u[n] for name, u in padded.items()}, sliced,
                             lambda u: np.sum(frames.quadrature * u, axis=0, keepdims=True))
        columns = [cropped(column, target.shape[-1]) for column in found]
        r = target
        for coefficient, column in zip(coefficients, columns, strict=True):
            r = r - coefficient * column
        part, slopes = loss_and_gradient(bound.norm.name, r, columns)
        loss, gradient = loss + part, gradient + slopes
    return loss / bound.points, gradient / bound.points
