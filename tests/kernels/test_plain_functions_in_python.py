"""Functions of the package that are compiled as they stand: run by Python they give what their machine code gives."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from symdcrnn.imex import loops
from symdcrnn.kernels.staged import sweeps
from symdcrnn.networks import straight_line
from symdcrnn.problems import ars222, ars222_steps

STEPS, POINTS, ROWS = 3, 7, 4
RANDOM = np.random.default_rng(3)
LENGTHS = RANDOM.uniform(0.1, 0.2, STEPS)
TERMS = (RANDOM.normal(size=(ROWS, STEPS, POINTS)), np.array([0, 2, 3]), RANDOM.normal(size=3))


def points(steps: int = STEPS) -> np.ndarray:
    return RANDOM.normal(size=(steps, POINTS))


TAPE = (np.array([3, 4, 3, 5]), np.array([1, 3, 2, 4]), np.array([2, 1, 0, 4]), np.array([2.0, -1.0, 0.5, 3.0]))
"""value[3] = 2 a b, value[4] = - value[3] a, then 0.5 b is added to value[3], and value[5] = 3 value[4]^2."""

VALUES = np.concatenate([np.ones((2, 1)), RANDOM.normal(size=(2, 2)), np.zeros((2, 3))], axis=1)

G = RANDOM.normal(size=(2, 12))

CASES: dict[str, tuple[ModuleType, Callable[[], Any], str, tuple[Any, ...]]] = {
    "add terms": (sweeps, sweeps.compiled, "add_terms", (np.ones(4), TERMS[0], 1, 2, 6, *TERMS[1:], 0.3)),
    "begin with the start": (sweeps, sweeps.compiled, "combine", (points(), points(), True, *TERMS, LENGTHS)),
    "begin with nothing": (sweeps, sweeps.compiled, "combine", (points(), points(), False, *TERMS, LENGTHS)),
    "solve": (sweeps, sweeps.compiled, "solve",
              (points(), points(), points(), *TERMS, LENGTHS, points(1), -np.abs(points()), 0.4)),
    "solve back": (sweeps, sweeps.compiled, "solve_back",
                   (points(), points(), points(1), points(), *TERMS, LENGTHS, -np.abs(points(1)), 0.4, points(),
                    np.array([0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]))),
    "sums of slopes": (loops, loops.compiled, "combine",
                       (points(1)[0], RANDOM.normal(size=2), np.array([1, 0]), points(2), 1, 6, points(1)[0])),
    "one matrix for all points": (loops, loops.compiled, "product",
                                  (RANDOM.normal(size=(2, 2, 1)), np.array([[True, False], [True, True]]), points(2),
                                   points(2))),
    "a matrix at each point": (loops, loops.compiled, "product",
                               (RANDOM.normal(size=(2, 2, POINTS)), np.array([[True, True], [False, True]]), points(2),
                                points(2))),
    "settle": (loops, loops.compiled, "settle", (points(1)[0], 0.2, points(1)[0], points(1)[0])),
    "coefficients": (straight_line, straight_line._compiled, "_forward", (*TAPE, VALUES)),
    "gradient": (straight_line, straight_line._compiled, "_backward",
                 (*TAPE, RANDOM.normal(size=(2, 6)), RANDOM.normal(size=(2, 6)))),
    "Jacobian": (straight_line, straight_line._compiled, "_tangents",
                 (*TAPE, RANDOM.normal(size=(2, 6)), RANDOM.normal(size=(2, 6, 2)))),
    "steps of ARS(2,2,2)": (ars222_steps, ars222._solver, "advance",
                            (2, G, RANDOM.normal(size=12), np.zeros((2, 8)), np.zeros(8), np.array([-0.5, 0.5]),
                             np.array([0.5, 0.5]), np.ones(8), 0.1 * np.ones(8), np.ones(8), 0.3, 0.2, 1e-3)),
}


@pytest.mark.parametrize("name", CASES)
def test_python_and_machine_code_agree(name: str) -> None:
    module, compiled, function, arguments = CASES[name]
    ours, theirs = deepcopy(arguments), deepcopy(arguments)
    getattr(module, function)(*ours)
    getattr(compiled(), function)(*theirs)
    changed = 0
    for before, a, b in zip(arguments, ours, theirs, strict=True):
        if isinstance(before, np.ndarray):
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)
            changed += not np.array_equal(before, b)
    assert changed
