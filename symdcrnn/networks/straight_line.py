"""The coefficients a_pi(theta) and their derivatives, by one compiled pass over a table.

Every definition of an operator polynomial is a sum of products of at most two earlier values, so
the whole graph is a table of rows  value[target] += factor value[left] value[right].  Forward it
gives the coefficients, backward the gradient, and with tangents the Jacobian.  The table is data:
the compiled functions are the same for every network.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

import numpy as np
import sympy
from numpy.typing import NDArray

from symdcrnn.algebra.polynomial import OperatorPolynomial
from symdcrnn.kernels.cache_folder import cache_directory
from symdcrnn.kernels.plain_functions import compiled_functions

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Tape:
    """The graph of the coefficients of one polynomial.

    Parameters
    ----------
    weights : int
        How many inputs: values 1 .. weights; value 0 is the number one.
    size : int
        How many values there are.
    outputs : int
        How many coefficients: the last values.
    target, left, right : ndarray of int64
        One row per product.
    factor : ndarray of float64
        One per product.
    """

    weights: int
    size: int
    outputs: int
    target: Indices
    left: Indices
    right: Indices
    factor: Array

    def coefficients(self, theta: Array) -> Array:
        """a(theta), shape (..., outputs), from theta of shape (..., weights)."""
        return self._outputs(self._values(theta), theta)

    def jacobian(self, theta: Array) -> tuple[Array, Array]:
        """a(theta) and da/dtheta, shapes (..., outputs) and (..., outputs, weights)."""
        values = self._values(theta)
        tangents = np.zeros((*values.shape, self.weights))
        tangents[:, 1:1 + self.weights] = np.eye(self.weights)
        _compiled()._tangents(self.target, self.left, self.right, self.factor, values, tangents)
        slopes = tangents[:, self.size - self.outputs:]
        return self._outputs(values, theta), slopes.reshape(*theta.shape[:-1], self.outputs, self.weights)

    def pullback(self, theta: Array, adjoint: Array) -> Array:
        """adjoint . da/dtheta, shape (..., weights), from an adjoint of shape (..., outputs), without the Jacobian."""
        values = self._values(theta)
        adjoints = np.zeros(values.shape)
        adjoints[:, self.size - self.outputs:] = np.reshape(adjoint, (len(values), self.outputs))
        _compiled()._backward(self.target, self.left, self.right, self.factor, values, adjoints)
        return adjoints[:, 1:1 + self.weights].reshape(theta.shape)

    def _outputs(self, values: Array, theta: Array) -> Array:
        return values[:, self.size - self.outputs:].reshape(*theta.shape[:-1], self.outputs)

    def _values(self, theta: Array) -> Array:
        rows = theta.reshape(-1, self.weights)
        values = np.zeros((len(rows), self.size))
        values[:, 0] = 1.0
        values[:, 1:1 + self.weights] = rows
        _compiled()._forward(self.target, self.left, self.right, self.factor, values)
        return values


def record(polynomial: OperatorPolynomial, weights: tuple[sympy.Symbol, ...]) -> Tape:
    """The tape of a polynomial, its coefficients in the order of `polynomial.letters`.

    Parameters
    ----------
    polynomial : OperatorPolynomial
        Its definitions are sums of products of at most two weights or earlier symbols.
    weights : tuple of sympy.Symbol
        In the order of theta.

    Raises
    ------
    ValueError
        If a definition is of a higher degree.
    """
    places: dict[sympy.Symbol, int] = {symbol: 1 + i for i, symbol in enumerate(weights)}
    rows: list[tuple[int, int, int, float]] = []

    def define(place: int, expression: sympy.Expr) -> None:
        for product in sympy.Add.make_args(expression):
            factor, rest = product.as_coeff_Mul()
            symbols = [
                places[base]
                for base, power in (part.as_base_exp() for part in sympy.Mul.make_args(rest) if part != 1)
                for _ in range(int(power))
            ]
            if len(symbols) > 2:
                raise ValueError(f"{product} is a product of more than two factors")
            left, right = [*symbols, 0, 0][:2]
            rows.append((place, left, right, float(factor)))

    for symbol, expression in polynomial.definitions:
        places[symbol] = 1 + len(places)
        define(places[symbol], expression)
    first = 1 + len(places)
    for number, letters in enumerate(polynomial.letters):
        define(first + number, polynomial.coefficients[letters])
    target, left, right, factor = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Tape(
        weights=len(weights),
        size=first + len(polynomial.letters),
        outputs=len(polynomial.letters),
        target=np.array(target, dtype=np.int64),
        left=np.array(left, dtype=np.int64),
        right=np.array(right, dtype=np.int64),
        factor=np.array(factor, dtype=np.float64),
    )


INDICES = "int64[::1], int64[::1], int64[::1], float64[::1], float64[:, ::1]"
"""How numba knows the rows of a program, and the values."""


@lru_cache(maxsize=1)
def _compiled() -> ModuleType:
    functions = ((_forward, f"void({INDICES})"), (_backward, f"void({INDICES}, float64[:, ::1])"),
                 (_tangents, f"void({INDICES}, float64[:, :, ::1])"))
    return compiled_functions("values and derivatives of straight-line programs", functions, {}, cache_directory())


def _forward(target: Indices, left: Indices, right: Indices, factor: Array, values: Array) -> None:
    for one in range(values.shape[0]):
        for row in range(target.size):
            values[one, target[row]] += factor[row] * values[one, left[row]] * values[one, right[row]]


def _backward(target: Indices, left: Indices, right: Indices, factor: Array, values: Array, adjoints: Array) -> None:
    for one in range(values.shape[0]):
        for row in range(target.size - 1, -1, -1):
            seed = factor[row] * adjoints[one, target[row]]
            adjoints[one, left[row]] += seed * values[one, right[row]]
            adjoints[one, right[row]] += seed * values[one, left[row]]


def _tangents(target: Indices, left: Indices, right: Indices, factor: Array, values: Array, tangents: Array) -> None:
    for one in range(values.shape[0]):
        for row in range(target.size):
            a, b = values[one, left[row]], values[one, right[row]]
            for weight in range(tangents.shape[2]):
                tangents[one, target[row], weight] += factor[row] * (
                    a * tangents[one, right[row], weight] + b * tangents[one, left[row], weight]
                )
