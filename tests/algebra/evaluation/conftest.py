"""A slow and obvious evaluation of operators on random fields."""

from __future__ import annotations

import numpy as np
import pytest

from symdcrnn.algebra.normal_form import Letters
from symdcrnn.algebra.operators import Operator, multiplication

Parts = tuple[np.ndarray, np.ndarray]
"""A value as (what does not depend on v, what does): a transport treats the two differently."""


class Numeric:
    """Operators on periodic fields of 6 velocities and 30 points, with spacing one."""

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        nodes, weights = np.polynomial.legendre.leggauss(6)
        self.v = nodes[:, None]
        self.weights = (weights / weights.sum())[:, None]
        self.g = rng.normal(size=(6, 30))
        self.rho = np.ones((6, 1)) * rng.normal(size=30)
        self.sigma = rng.uniform(0.5, 1.5, size=30)

    def field(self, v_dependent: bool) -> Parts:
        zero = np.zeros_like(self.g)
        return (zero, self.g) if v_dependent else (self.rho, zero)

    def operator(self, operator: Operator, u: Parts) -> Parts:
        flat, full = u
        name = operator.name
        if name == "v_dx":
            return 0 * flat, self._transport(full, self.v > 0) + self._transport(flat, self.v < 0)
        if name == "mean":
            return flat + np.ones_like(self.v) * (self.weights * full).sum(0), 0 * full
        action = {"I": lambda z: z, "sigma": lambda z: self.sigma * z, "d_x": self._first, "d_xx": self._second}[name]
        return action(flat), action(full)

    def word(self, letters: Letters, u: Parts) -> np.ndarray:
        for letter in reversed(letters):
            u = self.operator(letter, u)
        return u[0] + u[1]

    def nested(self, operators: tuple[Operator, ...], layers: int, weight: dict[str, float], u: Parts) -> np.ndarray:
        """Eq. (3.8) as it stands: every layer applied to a field, nothing expanded."""

        def add(terms: list[tuple[float, Parts]]) -> Parts:
            return sum(c * part[0] for c, part in terms), sum(c * part[1] for c, part in terms)

        def source(number: int, z: Parts) -> Parts:
            if number < len(operators):
                return self.operator(operators[number], z)
            layer = number - len(operators) + 1
            return row(layer, 1, row(layer, 2, z))

        def row(layer: int, index: int, z: Parts) -> Parts:
            count = len(operators) + layer - 1
            terms = [(weight[f"w_{layer}_{index}_{j + 1}"], source(j, z)) for j in range(count)]
            return add([*terms, (weight[f"b_{layer}_{index}"], z)])

        count = len(operators) + layers
        flat, full = add([(weight[f"w_{layers + 1}_1_{j + 1}"], source(j, u)) for j in range(count)])
        return flat + full

    def _transport(self, z: np.ndarray, from_the_left: np.ndarray) -> np.ndarray:
        minus = (2 * np.roll(z, -1, -1) + 3 * z - 6 * np.roll(z, 1, -1) + np.roll(z, 2, -1)) / 6
        plus = (-np.roll(z, -2, -1) + 6 * np.roll(z, -1, -1) - 3 * z - 2 * np.roll(z, 1, -1)) / 6
        return self.v * np.where(from_the_left, minus, plus)

    def _first(self, z: np.ndarray) -> np.ndarray:
        return (np.roll(z, -1, -1) - np.roll(z, 1, -1)) / 2

    def _second(self, z: np.ndarray) -> np.ndarray:
        return np.roll(z, -1, -1) - 2 * z + np.roll(z, 1, -1)


@pytest.fixture(scope="session")
def numeric() -> Numeric:
    return Numeric()


@pytest.fixture(scope="session")
def sigma() -> Operator:
    return multiplication("sigma")
