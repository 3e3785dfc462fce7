"""What a kernel costs, counted on its program: operations, rows, bytes, and the time that a machine needs at least.

An addition, a multiplication and a comparison count as one operation each.  Bytes from memory are those of the
fields, read once; what moves between the registers and the rows in cache is counted apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from symdcrnn.kernels.emit import SUMS, KernelSpec
from symdcrnn.kernels.passes import steps
from symdcrnn.kernels.program import Difference, Load, Multiply, Node, Program

NUMBER = 8
"""Bytes of a float64."""

PENALTY = {"l1": 2, "l2": 2, "huber": 5}
"""Operations of rho and psi together; a norm that is not here counts as the dearest."""


@dataclass(frozen=True)
class Grid:
    """Sizes of the data of one pass.

    Parameters
    ----------
    frames, velocities, points : int
        Of t, v and x.
    """

    frames: int
    velocities: int
    points: int


@dataclass(frozen=True)
class Cost:
    """Of one pass over the data.

    Parameters
    ----------
    operations : float
        Floating-point operations.
    cached : float
        Bytes between registers and rows.
    memory : float
        Bytes of the fields, each read once.
    full_rows, profile_rows : int
        Rows that live at once: with a value per (v, x), and with one per x.
    """

    operations: float
    cached: float
    memory: float
    full_rows: int
    profile_rows: int

    def bound(self, bandwidth: float, rate: float) -> float:
        """The roofline: seconds at least on a machine of so many bytes and operations per second."""
        return max(self.memory / bandwidth, self.operations / rate)


@dataclass(frozen=True)
class Stage:
    """A rewrite and what it leaves.

    Parameters
    ----------
    name : str
        Of the rewrite.
    cost : Cost
        After it.
    """

    name: str
    cost: Cost


def cost(spec: KernelSpec, grid: Grid) -> Cost:
    """The cost of a kernel as it is emitted."""
    return stages(spec, grid)[-1].cost


def stages(spec: KernelSpec, grid: Grid, unshared: Program | None = None) -> list[Stage]:
    """The cost of a kernel before and after each rewrite that it is emitted with.

    Parameters
    ----------
    spec : KernelSpec
    grid : Grid
    unshared : Program, optional
        The program to start from, such as that of `lower_words`; that of `spec` if it is not given.
    """
    program = unshared or spec.program
    found = [Stage("words", _cost(program, spec, grid))]
    found += [Stage(name, _cost(after, spec, grid)) for name, after in steps(program, spec.kind)]
    return found


def _cost(program: Program, spec: KernelSpec, grid: Grid) -> Cost:
    residuals = grid.frames - program.frames + 1
    operations = moved = 0
    for value in program.stored:
        per_point, touched = _of_load(value) if isinstance(value, Load) else _of_node(value, program)
        wide = value.layout.full or program.layout(_source(value)).full
        size = grid.velocities if wide else 1
        operations += per_point * size
        moved += touched * size
    per_v, once, touched_v, touched_once = _of_tail(program, spec)
    velocities = grid.velocities if program.target.layout.full else 1
    operations += per_v * velocities + once
    moved += touched_v * velocities + touched_once
    points = residuals * grid.points
    memory = sum(grid.frames * (grid.velocities if full else 1) * grid.points for _, full in program.fields)
    full_rows = sum(value.layout.full for value in program.stored)
    return Cost(float(operations * points), float(NUMBER * moved * points), float(NUMBER * memory), full_rows,
                len(program.stored) - full_rows)


def _source(value: Load | Node) -> str:
    return value.name if isinstance(value, Load) else value.source


def _of_load(load: Load) -> tuple[int, int]:
    """Operations and numbers touched per point: per (v, x), or per x of a profile."""
    frames = sum(weight != 0.0 for weight in load.time_weights)
    return max(2 * frames - 1, 0), frames + 1


def _of_node(node: Node, program: Program) -> tuple[int, int]:
    operation, layout = node.operation, program.layout(node.source)
    sides = 1 if layout.full or node.layout.averaged else 2
    if isinstance(operation, Difference):
        width = len(operation.right.offsets)
        return sides * 2 * width, sides * (width + 1)
    if isinstance(operation, Multiply):
        return sides, sides * 3
    return (2, 2) if layout.full else (3, 3)


def _of_tail(program: Program, spec: KernelSpec) -> tuple[int, int, int, int]:
    """Operations per (v, x) and per x, and numbers touched likewise, of what is done with the columns."""
    stored = {value.name for value in program.stored}
    wide = sum(name not in stored or program.layout(name).full for name in program.columns)
    read = sum(name in stored and program.layout(name).full for name in program.columns)
    thin = len(program.columns) - wide
    orders = 1 + max((program.layout(name).power or 0 for name in program.columns), default=0)
    horner = 2 * orders if thin else 0
    if spec.kind not in SUMS:
        return 2 * wide + horner, 4 * thin, read + orders + 1, 2 * thin
    frames = sum(weight != 0.0 for weight in program.target.time_weights)
    penalty = PENALTY.get(spec.norm.name, max(PENALTY.values()))
    per_v = 2 * frames - 1 + 2 * wide + horner + penalty + 2 * wide + (2 * orders if thin else 0)
    once = 2 * 4 * thin
    touched_v, touched_once = frames + read + 2 * orders + 1, 4 * thin
    if spec.kind == "normal_equations":
        per_v += wide * (wide + 1) + wide + 2 * wide * orders
        once += 2 * (2 * wide * thin + 3 * thin * (thin + 1) // 2)
        touched_v += wide * (wide + 1) // 4 + wide * orders // 2
        touched_once += wide * thin // 2 + thin * (thin + 1) // 4
    return per_v, once, touched_v, touched_once


@dataclass(frozen=True)
class Machine:
    """What this machine can do.

    Parameters
    ----------
    bandwidth : float
        Bytes per second from memory, by a sum of two arrays that no cache holds.
    rate : float
        Operations per second, by a product of two matrices.
    """

    bandwidth: float
    rate: float


def measure_machine() -> Machine:
    """Measure it in a few tenths of a second, with all the threads that numpy uses."""
    size = 8_000_000
    a, b, out = np.ones(size), np.ones(size), np.empty(size)
    matrix = np.ones((1024, 1024))
    moved = [_seconds(lambda: np.add(a, b, out=out)) for _ in range(5)]
    multiplied = [_seconds(lambda: matrix @ matrix) for _ in range(5)]
    return Machine(3.0 * NUMBER * size / min(moved), 2.0 * 1024.0**3 / min(multiplied))


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
