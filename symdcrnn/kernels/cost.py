"""What a kernel costs, counted on its program: operations, bytes, and the time that a machine needs at least.

An addition, a multiplication and a comparison count as one operation each.  Bytes from memory are those of the
fields, read once; what moves between the registers and the rows in cache is counted apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from symdcrnn.kernels.codegen.emit import SUMS, KernelSpec
from symdcrnn.kernels.ir.passes import steps
from symdcrnn.kernels.ir.values import (
    Average,
    Combine,
    Difference,
    Load,
    Map,
    Program,
    Scale,
    Transform,
    Value,
)

NUMBER = 8
"""Bytes of a float64."""

PENALTY = {"l1": 2, "l2": 2, "huber": 5}
"""Operations of rho and psi together; a norm that is not here counts as the dearest."""


@dataclass(frozen=True)
class Cost:
    """Of one pass over the data.

    Parameters
    ----------
    values : int
        How many values are computed.
    operations : float
        Floating-point operations.
    cached : float
        Bytes between registers and rows.
    memory : float
        Bytes of the fields, each read once.
    """

    values: int
    operations: float
    cached: float
    memory: float

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
    program : Program
        After it.
    cost : Cost
    """

    name: str
    program: Program
    cost: Cost


def stages(spec: KernelSpec, words: Program, sizes: Mapping[str, int]) -> list[Stage]:
    """The program of a kernel and its cost before and after each rewrite.

    Parameters
    ----------
    spec : KernelSpec
    words : Program
        Each word by itself, see `lower_words`.
    sizes : mapping of str to int
        Points of every axis, ``t`` among them.
    """
    return [Stage(name, program, _cost(program, spec, sizes)) for name, program in
            (("words", words), *steps(words))]


def _cost(program: Program, spec: KernelSpec, sizes: Mapping[str, int]) -> Cost:
    residuals = sizes["t"] - program.frames + 1
    operations, moved = 0.0, 0.0
    for value in program.values:
        per_point, read = _of_value(value, spec.program.reads, sizes)
        times = sizes["t"] if value.framewise else residuals
        points = times * _points(_widest(value, program), sizes)
        operations += per_point * points
        moved += read * points
    per_residual, touched = _of_reduction(program, spec, sizes)
    operations += residuals * per_residual
    moved += residuals * touched
    memory = sum(_points(axes, sizes) for _, axes in program.field_axes)
    return Cost(len(program.values), operations, NUMBER * moved, float(NUMBER * memory))


def _points(axes: tuple[str, ...], sizes: Mapping[str, int]) -> int:
    return prod(sizes[axis] for axis in axes if axis in sizes)


def _widest(value: Value, program: Program) -> tuple[str, ...]:
    """The axes that the loop of a value runs over: what is averaged is read at every point."""
    own = [value.axes, *(program.by_name[source].axes for source in value.sources)]
    return max(own, key=len)


def _of_value(value: Value, reads: tuple[tuple[int, ...], ...], sizes: Mapping[str, int]) -> tuple[int, int]:
    """Operations and numbers touched at every point."""
    operation = value.operation
    if isinstance(operation, Load | Combine) and operation.level is not None:
        frames = len(reads[operation.level])
        return 2 * frames - 1, frames + 1
    if isinstance(operation, Difference):
        taps = len(operation.right.offsets)
        return 2 * taps, taps + 1
    if isinstance(operation, Average):
        return 2, 2
    if isinstance(operation, Transform):
        return 2 * sizes[operation.axis], sizes[operation.axis] + 1
    if isinstance(operation, Scale):
        return 2 * len(operation.factors) - 1, len(operation.factors) + 1
    return (operation.operations if isinstance(operation, Map) else 0), len(value.sources) + 1


def _of_reduction(program: Program, spec: KernelSpec, sizes: Mapping[str, int]) -> tuple[float, float]:
    """Operations of one residual at all points, and numbers touched, of what is done with the columns."""
    target = program.by_name[program.target].axes
    everywhere = _points(target, sizes)
    tiled = _points(tuple(axis for axis in target if axis in program.axes.tiled), sizes)
    whole = bool(program.target_whole)
    wide = sum(not whole or bool(program.whole(program.by_name[item.value])) for item in program.items)
    thin = len(program.items) - wide
    factors = len({item.factor for item in program.items if whole and not program.whole(program.by_name[item.value])})
    operations, touched = 2.0 * (wide + factors) * everywhere + 2.0 * thin * tiled, (wide + factors + 1.0) * everywhere
    if spec.kind not in SUMS:
        return operations, touched + 2.0 * thin * tiled
    penalty = PENALTY.get(spec.norm.name, max(PENALTY.values()))
    operations += (2.0 * (wide + factors) + penalty) * everywhere + 2.0 * thin * tiled
    touched += factors * everywhere + 4.0 * thin * tiled
    if spec.kind == "normal_equations":
        operations += (wide * (wide + 1.0) + 2.0 * wide * factors) * everywhere
        operations += 2.0 * (wide * thin + 0.5 * thin * (thin + 1.0)) * tiled
        touched += 0.25 * wide * (wide + 1.0) * everywhere + 0.25 * thin * (2.0 * wide + thin) * tiled
    return operations, touched


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
