"""The loss as a function of the networks' parameters, eqs. (4.13), (5.7).

For the L2 norm the loss is a quadratic form of the coefficients, known exactly from one Gram
matrix.  For other norms it is the quadratic form that majorises the loss where it was taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.networks.coefficient_map import Networks
from symdcrnn.networks.regularisers import Regulariser

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Objective:
    """f(p) = 1/2 |root (c(p) - centre)|^2 + sum_r gamma_r R_r(p), in units of the loss of no equation at all.

    Parameters
    ----------
    networks : Networks
        c(p).
    centre : ndarray, shape (columns,)
        The minimum over the coefficients.
    root : ndarray, shape (rows, columns)
        A square root of the Gram matrix divided by the loss of no equation.
    regularisers : tuple of (Regulariser, float)
        With their gamma.
    batches : tuple of QuadraticModel
        Of every minibatch at the centre, in the same units; their mean is that of the whole loss.  None where there
        are no minibatches.
    seed : int
        Of their order.
    goal : float
        A value that is low enough.
    """

    networks: Networks
    centre: Array
    root: Array
    regularisers: tuple[tuple[Regulariser, float], ...] = ()
    batches: tuple[QuadraticModel, ...] = ()
    seed: int = 0
    goal: float = 0.0

    def value_and_gradient(self, parameters: Array) -> tuple[float, Array]:
        """f and df/dp; where a regulariser has a corner, one of its subgradients."""
        deviation = self.root @ (self.networks.coefficients(parameters) - self.centre)
        value = 0.5 * float(deviation @ deviation)
        gradient = self.networks.pullback(parameters, self.root.T @ deviation)
        for regulariser, gamma in self.regularisers:
            quantities, slopes = regulariser.quantities(self.networks, parameters)
            value += gamma * float(np.sum(np.abs(quantities)))
            gradient = gradient + gamma * (np.sign(quantities) @ slopes)
        return value, gradient

    def value(self, parameters: Array) -> float:
        """f alone."""
        deviation = self.root @ (self.networks.coefficients(parameters) - self.centre)
        value = 0.5 * float(deviation @ deviation)
        for regulariser, gamma in self.regularisers:
            value += gamma * float(np.sum(np.abs(regulariser.quantities(self.networks, parameters)[0])))
        return value

    def batch_gradient(self, number: int, parameters: Array) -> Array:
        """df/dp with the loss of one minibatch in place of the whole, or of the whole where there are none.

        Parameters
        ----------
        number : int
            Of the minibatch.
        parameters : ndarray
        """
        _, gradient = self.value_and_gradient(parameters)
        if not self.batches:
            return gradient
        away = self.networks.coefficients(parameters) - self.centre
        difference = self.batches[number].slope_at(away) - self.root.T @ (self.root @ away)
        return gradient + self.networks.pullback(parameters, difference)

    def residual(self, parameters: Array, corner: float) -> tuple[Array, Array]:
        """F and dF/dp with f <= 1/2 |F|^2 + constant, touching at p: for Gauss-Newton steps.

        Parameters
        ----------
        parameters : ndarray
        corner : float
            |q| is rounded off below this.
        """
        coefficients, derivative = self.networks.jacobian(parameters)
        rows = [self.root @ (coefficients - self.centre)]
        slopes = [self.root @ derivative]
        for regulariser, gamma in self.regularisers:
            quantities, slope = regulariser.quantities(self.networks, parameters)
            weight = np.sqrt(gamma / np.maximum(np.abs(quantities), corner))
            rows.append(weight * quantities)
            slopes.append(weight[:, None] * slope)
        return np.concatenate(rows), np.concatenate(slopes)

    def residual_value(self, parameters: Array, touching: Array, corner: float) -> Array:
        """F alone, its weights taken at another point.

        Parameters
        ----------
        parameters : ndarray
        touching : ndarray
            The parameters at which the quadratic form touches f.
        corner : float
        """
        rows = [self.root @ (self.networks.coefficients(parameters) - self.centre)]
        for regulariser, gamma in self.regularisers:
            there, _ = regulariser.quantities(self.networks, touching)
            quantities, _ = regulariser.quantities(self.networks, parameters)
            rows.append(np.sqrt(gamma / np.maximum(np.abs(there), corner)) * quantities)
        return np.concatenate(rows)


def square_root(gram: Array) -> Array:
    """root with root^T root = gram, negative eigenvalues of rounding taken as zero.

    Columns that are zero stay so: left in, eigenvectors would mix them with directions that vanish but for rounding.
    """
    seen = np.flatnonzero(np.diag(gram) > 0.0)
    block = gram[np.ix_(seen, seen)]
    scale = np.sqrt(np.diag(block))
    values, vectors = np.linalg.eigh(block / np.outer(scale, scale))
    root: Array = np.zeros((seen.size, len(gram)))
    root[:, seen] = (np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T) * scale
    return root
