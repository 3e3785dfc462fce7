"""All networks of one equation as one map from parameters to coefficients, eq. (5.17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.ansatz import Ansatz
from symdcrnn.algebra.scales import EpsilonInterval
from symdcrnn.networks.straight_line import Tape, record

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Networks:
    """c(p), with p = (theta of every base and scale, w_eps, own coefficients).

    Parameters
    ----------
    tapes : tuple of Tape
        One per base of the ansatz.
    interval : EpsilonInterval
        Where eps_pred may lie.
    scales : int
        M.
    columns : int
        How many coefficients there are.
    own : tuple of int
        The columns with a trainable coefficient of their own, such as the stiff term of an IMEX
        scheme; the network's coefficient of that word is not used.
    own_unit : tuple of float
        The size of such a coefficient: it is stored in p divided by this.
    """

    tapes: tuple[Tape, ...]
    interval: EpsilonInterval
    scales: int
    columns: int
    own: tuple[int, ...]
    own_unit: tuple[float, ...]

    @property
    def weights(self) -> int:
        """Weights and biases of one network."""
        return self.tapes[0].weights

    @property
    def theta_size(self) -> int:
        """Weights and biases of all networks."""
        return len(self.tapes) * (self.scales + 1) * self.weights

    @property
    def size(self) -> int:
        return self.theta_size + 1 + len(self.own)

    @cached_property
    def _reached(self) -> int:
        return sum(tape.outputs for tape in self.tapes)

    @cached_property
    def _orders(self) -> Array:
        return np.arange(self.scales + 1.0)

    @cached_property
    def _own_columns(self) -> NDArray[np.intp]:
        return np.array(self.own, dtype=np.intp)

    @cached_property
    def _own_units(self) -> Array:
        return np.array(self.own_unit, dtype=np.float64)

    def initial(self, epsilon: float, own: Array, seed: int, size: float = 0.3) -> Array:
        """Random small weights, a given eps_pred, and given own coefficients.

        Parameters
        ----------
        epsilon : float
            Strictly inside the interval.
        own : ndarray, shape (own,)
        seed : int
        size : float
            The standard deviation of the weights.
        """
        generator = np.random.default_rng(seed)
        theta = generator.normal(scale=size, size=self.theta_size)
        return np.concatenate([theta, [self.interval.w(epsilon)], own / self._own_units])

    def theta(self, parameters: Array) -> Array:
        """Shape (bases, M + 1, weights)."""
        return parameters[:self.theta_size].reshape(len(self.tapes), self.scales + 1, self.weights)

    def epsilon(self, parameters: Array) -> float:
        """eps_pred, eq. (5.1)."""
        return self.interval.epsilon(float(parameters[self.theta_size]))

    def coefficients(self, parameters: Array) -> Array:
        """c(p), shape (columns,)."""
        coefficients = np.zeros(self.columns)
        coefficients[:self._reached] = self.epsilon(parameters) ** -self._orders @ self.scale_coefficients(parameters)
        coefficients[self._own_columns] = parameters[self.theta_size + 1:] * self._own_units
        return coefficients

    def scale_coefficients(self, parameters: Array) -> Array:
        """a_w(theta_m), shape (M + 1, words)."""
        theta = self.theta(parameters)
        return np.concatenate([tape.coefficients(theta[base]) for base, tape in enumerate(self.tapes)], axis=1)

    def scale_jacobian(self, parameters: Array) -> tuple[Array, Array]:
        """a_w(theta_m) and its derivatives, shapes (M + 1, words) and (M + 1, words, parameters)."""
        values = np.zeros((self.scales + 1, self._reached))
        slopes = np.zeros((self.scales + 1, self._reached, self.size))
        for words, first, found, by_theta in self._tangents(parameters):
            values[:, words] = found
            for scale in range(self.scales + 1):
                start = first + scale * self.weights
                slopes[scale, words, start:start + self.weights] = by_theta[scale]
        return values, slopes

    def _tangents(self, parameters: Array) -> Iterator[tuple[slice, int, Array, Array]]:
        """Of every base its words, the first of its parameters, a_w(theta_m), and its derivatives by theta_m alone."""
        row = 0
        for base, (tape, theta) in enumerate(zip(self.tapes, self.theta(parameters), strict=True)):
            values, slopes = tape.jacobian(theta)
            yield slice(row, row + tape.outputs), base * (self.scales + 1) * self.weights, values, slopes
            row += tape.outputs

    def jacobian(self, parameters: Array) -> tuple[Array, Array]:
        """c(p) and dc/dp, shapes (columns,) and (columns, parameters)."""
        epsilon = self.epsilon(parameters)
        powers = epsilon**-self._orders
        values = np.zeros((self.scales + 1, self._reached))
        derivative = np.zeros((self.columns, self.size))
        for words, first, found, slopes in self._tangents(parameters):
            values[:, words] = found
            by_theta = powers[:, None, None] * slopes
            derivative[words, first:first + (self.scales + 1) * self.weights] = (
                by_theta.transpose(1, 0, 2).reshape(by_theta.shape[1], -1))
        coefficients = np.zeros(self.columns)
        coefficients[:self._reached] = powers @ values
        by_epsilon = (-self._orders * epsilon ** -(self._orders + 1.0)) @ values
        slope = self.interval.slope(float(parameters[self.theta_size]))
        derivative[:self._reached, self.theta_size] = by_epsilon * slope
        for number, column in enumerate(self.own):
            place = self.theta_size + 1 + number
            coefficients[column] = parameters[place] * self.own_unit[number]
            derivative[column] = 0.0
            derivative[column, place] = self.own_unit[number]
        return coefficients, derivative

    def pullback(self, parameters: Array, adjoint: Array) -> Array:
        """adjoint . dc/dp, shape (parameters,), eq. (5.7) without the Jacobian."""
        theta = self.theta(parameters)
        epsilon, orders = self.epsilon(parameters), self._orders
        powers, by_epsilon = epsilon**-orders, -orders * epsilon ** -(orders + 1.0)
        gradient = np.zeros(self.size)
        by_theta = gradient[:self.theta_size].reshape(theta.shape)
        passed = adjoint[:self._reached].copy()
        passed[[column for column in self.own if column < self._reached]] = 0.0
        row, slope = 0, 0.0
        for base, tape in enumerate(self.tapes):
            seed = passed[row:row + tape.outputs]
            by_theta[base] = tape.pullback(theta[base], np.outer(powers, seed))
            slope += float(by_epsilon @ (tape.coefficients(theta[base]) @ seed))
            row += tape.outputs
        gradient[self.theta_size] = slope * self.interval.slope(float(parameters[self.theta_size]))
        gradient[self.theta_size + 1:] = adjoint[self._own_columns] * self._own_units
        return gradient


def build_networks(
    ansatz: Ansatz, interval: EpsilonInterval, columns: int, own: tuple[int, ...], own_unit: tuple[float, ...]
) -> Networks:
    """The networks of an ansatz; columns beyond its words are not theirs."""
    symbols = tuple(weight.symbol for weight in ansatz.weights)
    tapes = tuple(record(polynomial, symbols) for polynomial in ansatz.polynomials)
    return Networks(tapes, interval, ansatz.scales, columns, own, own_unit)
