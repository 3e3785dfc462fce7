"""The quadratic model of a loss: l + g.s + 1/2 s.H s for a step s of the coefficients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class QuadraticModel:
    """Value, gradient and Gram matrix of a loss at some coefficients.

    Of the L2 norm of a residual that is linear in its coefficients it is the loss itself; of other norms a quadratic
    form that touches the loss and majorises it; of residuals that are not linear that of Gauss and Newton.

    Parameters
    ----------
    loss : float
        mean rho(r).
    gradient : ndarray, shape (columns,)
        d loss / d coefficient.
    gram : ndarray, shape (columns, columns)
        mean omega(r) column_p column_q; for the L2 norm the exact Hessian of the loss.
    """

    loss: float
    gradient: Array
    gram: Array

    @classmethod
    def zero(cls, columns: int) -> QuadraticModel:
        """That of no data."""
        return cls(0.0, np.zeros(columns), np.zeros((columns, columns)))

    @classmethod
    def unpacked(cls, numbers: Array, columns: int) -> QuadraticModel:
        """What `packed` packed."""
        return cls(float(numbers[0]), numbers[1:1 + columns], numbers[1 + columns:].reshape(columns, columns))

    @property
    def packed(self) -> Array:
        """All numbers in one array, shape (1 + columns + columns^2,), so that they can be added and travel."""
        return np.concatenate([[self.loss], self.gradient, self.gram.reshape(-1)])

    def at(self, step: Array) -> QuadraticModel:
        """The same model around the point that is a step away.

        Where most of the loss cancels, what is left is rounding and may be negative.

        Parameters
        ----------
        step : ndarray, shape (columns,)
        """
        force = self.gram @ step
        loss = self.loss + float(step @ (self.gradient + 0.5 * force))
        return QuadraticModel(loss, self.gradient + force, self.gram)

    def slope_at(self, step: Array) -> Array:
        """The gradient there alone, shape (columns,)."""
        slope: Array = self.gradient + self.gram @ step
        return slope

    def decrease(self, step: Array) -> float:
        """How much a step to the minimum over some columns lowers the model: there l - 1/2 g.s is left."""
        return -0.5 * float(step @ self.gradient)

    def bounded(self, least: float) -> QuadraticModel:
        """The model with its loss no lower than that, where rounding is known to hide smaller ones."""
        return QuadraticModel(max(self.loss, least), self.gradient, self.gram)

    def scaled(self, factor: float) -> QuadraticModel:
        """The model of `factor` times the loss."""
        return QuadraticModel(factor * self.loss, factor * self.gradient, factor * self.gram)

    def __add__(self, other: QuadraticModel) -> QuadraticModel:
        return QuadraticModel(self.loss + other.loss, self.gradient + other.gradient, self.gram + other.gram)

    def __sub__(self, other: QuadraticModel) -> QuadraticModel:
        return QuadraticModel(self.loss - other.loss, self.gradient - other.gradient, self.gram - other.gram)

    def pullback(self, matrix: Array) -> QuadraticModel:
        """The model by z where the coefficients are M z.

        Parameters
        ----------
        matrix : ndarray, shape (columns, size of z) or (columns,)
            M, or its diagonal.
        """
        if matrix.ndim == 1:
            return QuadraticModel(self.loss, matrix * self.gradient, np.outer(matrix, matrix) * self.gram)
        return QuadraticModel(self.loss, matrix.T @ self.gradient, matrix.T @ self.gram @ matrix)


def total(models: Iterable[QuadraticModel]) -> QuadraticModel:
    """The sum of some models, at least one, in their order."""
    iterator = iter(models)
    found = next(iterator)
    for one in iterator:
        found = found + one
    return found


def weighted_total(models: Sequence[QuadraticModel], weights: Sequence[float]) -> QuadraticModel:
    """The weighted sum of some models, at least one, in their order."""
    return total(model.scaled(weight) for model, weight in zip(models, weights, strict=True))
