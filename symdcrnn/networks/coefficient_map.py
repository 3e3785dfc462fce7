"""All networks of one equation as one map from parameters to coefficients, eq. (5.17)."""

from __future__ import annotations

from dataclasses import dataclass

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

    @property
    def _reached(self) -> int:
        return sum(tape.outputs for tape in self.tapes)

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
        return np.concatenate([theta, [self.interval.w(epsilon)], own / np.array(self.own_unit)])

    def theta(self, parameters: Array) -> Array:
        """Shape (bases, M + 1, weights)."""
        return parameters[:self.theta_size].reshape(len(self.tapes), self.scales + 1, self.weights)

    def epsilon(self, parameters: Array) -> float:
        """eps_pred, eq. (5.1)."""
        return self.interval.epsilon(float(parameters[self.theta_size]))

    def coefficients(self, parameters: Array) -> Array:
        """c(p), shape (columns,)."""
        parts = self.scale_coefficients(parameters)
        powers = self.epsilon(parameters) ** -np.arange(self.scales + 1.0)
        coefficients = np.zeros(self.columns)
        coefficients[:self._reached] = powers @ parts
        coefficients[list(self.own)] = parameters[self.theta_size + 1:] * np.array(self.own_unit)
        return coefficients

    def scale_coefficients(self, parameters: Array) -> Array:
        """a_w(theta_m), shape (M + 1, words)."""
        theta = self.theta(parameters)
        return np.concatenate([tape.coefficients(theta[base]) for base, tape in enumerate(self.tapes)], axis=1)

    def scale_jacobian(self, parameters: Array) -> tuple[Array, Array]:
        """a_w(theta_m) and its derivatives, shapes (M + 1, words) and (M + 1, words, parameters)."""
        theta = self.theta(parameters)
        values = np.zeros((self.scales + 1, self._reached))
        slopes = np.zeros((self.scales + 1, self._reached, self.size))
        row = 0
        for base, tape in enumerate(self.tapes):
            words = slice(row, row + tape.outputs)
            values[:, words], found = tape.jacobian(theta[base])
            for scale in range(self.scales + 1):
                first = (base * (self.scales + 1) + scale) * self.weights
                slopes[scale, words, first:first + self.weights] = found[scale]
            row += tape.outputs
        return values, slopes

    def jacobian(self, parameters: Array) -> tuple[Array, Array]:
        """c(p) and dc/dp, shapes (columns,) and (columns, parameters)."""
        values, slopes = self.scale_jacobian(parameters)
        orders = np.arange(self.scales + 1.0)
        epsilon = self.epsilon(parameters)
        powers = epsilon**-orders
        coefficients = np.zeros(self.columns)
        derivative = np.zeros((self.columns, self.size))
        coefficients[:self._reached] = powers @ values
        derivative[:self._reached] = np.tensordot(powers, slopes, axes=1)
        by_epsilon = (-orders * epsilon ** -(orders + 1.0)) @ values
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
        epsilon, orders = self.epsilon(parameters), np.arange(self.scales + 1.0)
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
        gradient[self.theta_size + 1:] = adjoint[list(self.own)] * np.array(self.own_unit)
        return gradient


def build_networks(
    ansatz: Ansatz, interval: EpsilonInterval, columns: int, own: tuple[int, ...], own_unit: tuple[float, ...]
) -> Networks:
    """The networks of an ansatz; columns beyond its words are not theirs."""
    symbols = tuple(weight.symbol for weight in ansatz.weights)
    tapes = tuple(record(polynomial, symbols) for polynomial in ansatz.polynomials)
    return Networks(tapes, interval, ansatz.scales, columns, own, own_unit)
