"""What the networks can reach: the linear hull of their coefficients.

A network ties some coefficients together: with K = 2 those of ``<v_dx v_dx v_dx g>`` and
``v_dx v_dx <v_dx g>`` are the same product of weights.  The direct fit that the training is compared
with therefore runs over the linear hull of all a(theta), not over all words.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from symdcrnn.networks.coefficient_map import Networks

Array = NDArray[np.float64]

DEPENDENT = 1e-8
"""Coefficients are tied where a random sample of them has singular pivots below this."""

def linear_hull(networks: Networks, kept: Collection[int]) -> Array:
    """A sparse basis of the span of c(p), restricted to the kept columns.

    Parameters
    ----------
    networks : Networks
    kept : collection of int
        The columns that count.

    Returns
    -------
    ndarray, shape (columns, dimension)
        Each basis vector is one free column and those tied to it.
    """
    generator = np.random.default_rng(0)
    vectors: list[Array] = []
    row = 0
    for tape in networks.tapes:
        chosen = np.array(
            [i for i in range(tape.outputs) if row + i in kept and row + i not in networks.own], dtype=np.int64
        )
        if chosen.size:
            sample = np.array(
                [tape.coefficients(generator.normal(size=tape.weights))[chosen] for _ in range(4 * chosen.size + 8)]
            )
            vectors.extend(_ties(sample, row + chosen, networks.columns))
        row += tape.outputs
    for column in networks.own:
        vectors.append(np.eye(networks.columns)[column])
    basis: Array = np.array(vectors).T
    return basis


def _ties(sample: Array, places: NDArray[np.int64], columns: int) -> list[Array]:
    from scipy.linalg import qr

    scaled = sample / np.sqrt(np.mean(sample**2, axis=0))
    _, upper, order = qr(scaled, mode="economic", pivoting=True)
    pivots = np.abs(np.diag(upper))
    rank = int(np.sum(pivots > DEPENDENT * pivots[0]))
    tied = np.linalg.solve(upper[:rank, :rank], upper[:rank, rank:])
    sizes = np.sqrt(np.mean(sample**2, axis=0))
    vectors = []
    for free in range(rank):
        vector = np.zeros(columns)
        vector[places[order[free]]] = 1.0
        for other in range(rank, len(order)):
            ratio = tied[free, other - rank] * sizes[order[other]] / sizes[order[free]]
            vector[places[order[other]]] = ratio if abs(ratio) > DEPENDENT else 0.0
        vectors.append(vector)
    return vectors
