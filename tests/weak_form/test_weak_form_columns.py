"""Columns of the weak form against slow sums, and its truncation error."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import polynomial
from waves import heat_and_reaction, weak_data

import symdcrnn
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.weak_form.rows import weak_columns
from symdcrnn.weak_form.study import WeakData, study
from symdcrnn.weak_form.test_functions import TestFunction, axis_sums

FUNCTIONS = {"t": TestFunction(6, 8), "x": TestFunction(9, 8)}


def phi(s: float, power: int, order: int) -> float:
    """A derivative of (1 - s^2)^power."""
    if abs(s) >= 1.0:
        return 0.0
    return float(polynomial.polyval(s, polynomial.polyder(polynomial.polypow([1.0, 0.0, -1.0], power), order)))


def test_columns_agree_with_sums_point_by_point(kinetic: WeakData) -> None:
    [integrals] = kinetic.integrals([FUNCTIONS])
    [found] = weak_columns(kinetic.words, kinetic.grid, [integrals], kinetic.stencils, kinetic.means)
    found = found.reshape(*integrals.shape, -1)
    grid, t, x = kinetic.grid, kinetic.grid.t, kinetic.grid.axis("x").coordinate
    row_t, row_x, node = 1, 2, 3
    ct, cx = integrals.time.centres[row_t], integrals.along["x"].centres[row_x]
    dt, dx = t[1] - t[0], x[1] - x[0]
    for column, parts in enumerate(kinetic.words.words):
        total = 0.0
        for part in parts:
            values = evaluate(part.inner, grid, kinetic.stencils, range(grid.frames))
            values = np.broadcast_to(values, (grid.frames, 4, 40))[:, node]
            order = dict(part.orders).get("x", 0)
            for i in range(-6, 7):
                for k in range(-9, 10):
                    weight = phi(i / 6, 8, 0) * phi(k / 9, 8, order) * (-1.0) ** order / (9 * dx) ** order * dt * dx
                    total += float(part.coefficient) * weight * values[ct + i, cx + k]
        there = found[row_t, node, row_x, column]
        assert abs(there - total) <= 1e-12 * np.max(np.abs(found[..., column]))


def worst_error(trajectory: symdcrnn.Trajectory, t: int, x: int) -> float:
    """Of the coefficients of the words of the equation, under one test function."""
    data = weak_data(trajectory, "u", ["u", "d_x u", "d_xx u"], {"u": 1e-15})
    [one] = study([data], [{"t": TestFunction(t, 8), "x": TestFunction(x, 8)}])
    found = np.linalg.solve(one.gram[:-1, :-1], one.gram[:-1, -1])
    return float(np.max(np.abs(found / [-0.5, -0.7, 0.02] - 1.0)))


def test_smooth_data_leaves_no_truncation_error() -> None:
    assert worst_error(heat_and_reaction(80, 128), 24, 40) < 1e-8


def test_the_error_of_uneven_frames_falls_with_their_distance() -> None:
    errors = []
    for frames in (60, 120):
        s = np.linspace(0.0, 1.0, frames)
        t = 3.0 * (s + 0.1 * np.sin(2.0 * np.pi * s))
        x = 2.0 * np.pi * np.arange(128) / 128
        u = sum(size * np.exp(-(0.02 * k**2 + 0.5) * t)[:, None] * np.sin(k * (x - 0.7 * t[:, None]))
                for k, size in ((1, 1.0), (2, 0.8)))
        trajectory = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
        errors.append(worst_error(trajectory, frames // 4, 40))
    assert errors[1] < errors[0] / 16.0 < 1e-4


def test_weights_of_an_uneven_axis_are_of_high_order() -> None:
    errors = []
    for points in (60, 120):
        s = np.linspace(0.0, 1.0, points)
        x = s + 0.05 * np.sin(2.0 * np.pi * s)
        sums = axis_sums(x, None, TestFunction(points // 3, 8), [0, 1], 4)
        left = np.asarray(sums.sums[1] @ np.cos(3.0 * x))
        right = np.asarray(sums.sums[0] @ (-3.0 * np.sin(3.0 * x)))
        errors.append(float(np.max(np.abs(left - right)) / np.max(np.abs(right))))
    assert errors[1] < errors[0] / 32.0 < 1e-5


def test_weights_of_an_uneven_periodic_axis_are_of_high_order() -> None:
    errors = []
    for points in (100, 200):
        step = 2.0 * np.pi / points
        x = step * (np.arange(points) + 0.6 * np.random.default_rng(1).random(points))
        sums = axis_sums(x, 2.0 * np.pi, TestFunction(points // 6, 8), [0, 2], 4)
        u = np.exp(np.sin(x))
        left = np.asarray(sums.sums[2] @ u)
        right = np.asarray(sums.sums[0] @ ((np.cos(x)**2 - np.sin(x)) * u))
        errors.append(float(np.max(np.abs(left - right)) / np.max(np.abs(right))))
    assert errors[1] < errors[0] / 32.0 < 1e-5


def test_a_periodic_axis_is_read_around_its_end() -> None:
    points = 32
    sums = axis_sums(np.arange(points) / points, 1.0, TestFunction(6, 8), [0, 2], 1)
    values = np.random.default_rng(0).standard_normal(points)
    for order in (0, 2):
        moved = np.asarray(sums.sums[order] @ np.roll(values, 5))
        assert np.allclose(moved, np.roll(np.asarray(sums.sums[order] @ values), 5), rtol=0.0, atol=1e-12)
