"""Sums against test functions that are multiplied by basis functions of an axis.

A word b D^a N with a function b of the axis is integrated by parts as any other: its test function is phi b, whose
derivatives follow from those of both factors by Leibniz,

    int phi b D^a N = sum_i binomial(a, i) (-1)^i (-1)^(a-i) int (D^(a-i) phi) (D^i b) N.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import comb

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from symdcrnn.weak_form.test_functions import AxisSums, Order, Sums

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BasisValues:
    """Basis functions at the points of an axis.

    Parameters
    ----------
    axis : str
        Its name, ``t`` among them.
    derivatives : tuple of ndarray, shape (functions, points)
        By order.
    """

    axis: str
    derivatives: tuple[Array, ...]

    @property
    def size(self) -> int:
        """How many functions there are."""
        return int(self.derivatives[0].shape[0])

    def onto(self, sums: AxisSums, orders: Sequence[int]) -> AxisSums:
        """Sums of an axis with those of what is multiplied by each function beside them.

        Parameters
        ----------
        sums : AxisSums
            With all orders up to the highest.
        orders : sequence of int
            Of the derivatives of what is multiplied.
        """
        found: dict[Order, Sums] = dict(sums.sums)
        made_of: dict[Order, tuple[tuple[float, Order, Array], ...]] = {}
        plain = {order: scipy.sparse.csr_matrix(matrix) for order, matrix in sums.sums.items()}
        for order in orders:
            for number in range(self.size):
                made_of[order, number] = tuple((comb(order, i) * (-1.0)**i, order - i, values[number])
                                               for i, values in enumerate(self.derivatives[:order + 1]))
                matrix = scipy.sparse.csr_matrix(sum(
                    (factor * plain[lower].multiply(values[None, :])
                     for factor, lower, values in made_of[order, number][1:]),
                    plain[order].multiply(self.derivatives[0][number][None, :])))
                matrix.eliminate_zeros()
                found[(order, number)] = matrix
        return replace(sums, sums=found, made_of=made_of,
                       plain={(one, other): sums.diagonal(one, other) for one, other in product(sums.sums, repeat=2)})


@dataclass(frozen=True, eq=False)
class FunctionFamily:
    """What functions of an axis are sums of, and which words they multiply.

    Parameters
    ----------
    words : tuple of int
        Columns.
    constants : int
        Unknowns before those of functions.
    values : ndarray, shape (size, points)
        The basis at the points of the axis.
    curvature : ndarray, shape (size, size)
        Of a function, as a quadratic form of its unknowns.
    subspaces : tuple of ndarray, shape (size, smaller)
        Families to choose from, such as the functions that are periodic.
    """

    words: tuple[int, ...]
    constants: int
    values: Array
    curvature: Array
    subspaces: tuple[Array, ...]

    @property
    def size(self) -> int:
        """Basis functions."""
        return int(self.values.shape[0])

    @property
    def unknowns(self) -> list[int]:
        """Those of all functions."""
        return list(range(self.constants, self.constants + len(self.words) * self.size))

    def curvatures(self, constants: int) -> list[Array]:
        """By function, after so many constants."""
        found = []
        for number in range(len(self.words)):
            one = np.zeros((constants + len(self.words) * self.size,) * 2)
            where = slice(constants + number * self.size, constants + (number + 1) * self.size)
            one[where, where] = self.curvature
            found.append(one)
        return found


def point_sums(points: int) -> AxisSums:
    """Sums that are the values at every point themselves, along an axis without test functions."""
    centres = np.arange(points)
    return AxisSums(centres, centres, 1, {0: scipy.sparse.identity(points, format="csr")})
