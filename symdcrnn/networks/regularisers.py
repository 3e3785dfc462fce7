"""Sparsity: gamma times the l1 norm of some quantities of the networks, eqs. (4.17), (5.16).

A new one is one new entry in `REGULARISERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.networks.coefficient_map import Networks

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Regulariser:
    """R(p) = sum_i |q_i(p)|.

    Parameters
    ----------
    name : str
    quantities : callable
        (networks, p) -> q and dq/dp, shapes (quantities,) and (quantities, parameters).
    description : str
        What it is, and its equation in the paper.
    """

    name: str
    quantities: Callable[[Networks, Array], tuple[Array, Array]]
    description: str


def _weights(networks: Networks, parameters: Array) -> tuple[Array, Array]:
    return parameters[:networks.theta_size], np.eye(networks.theta_size, networks.size)


def _coefficients(networks: Networks, parameters: Array) -> tuple[Array, Array]:
    values, slopes = networks.scale_jacobian(parameters)
    return values.reshape(-1), slopes.reshape(values.size, networks.size)


REGULARISERS: dict[str, Regulariser] = {
    regulariser.name: regulariser
    for regulariser in (
        Regulariser("weights", _weights, "sum of |theta| over weights and biases, eq. (4.17)"),
        Regulariser("coefficients", _coefficients, "sum of |a_w(theta_m)| over words and scales, eq. (5.16)"),
    )
}
