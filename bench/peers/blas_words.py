"""The words stored once as a matrix, and two BLAS products per loss and gradient: Lasso's way.

``whole``: the two products over all points, on BLAS's own threads.  ``blocked``: both products of a block while its
columns are in cache, blocks shared between threads.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from peers.trial import Pass, fastest
from peers.words import Array, Frames, cropped, sliced, word_columns

BLOCKS = (4096, 16384, 65536)
"""Points at a time."""


def stored(frames: Frames) -> Array:
    """The columns of all points, shape (columns, points)."""
    matrix = np.empty((frames.columns, *frames.target.shape))
    padded = frames.padded()
    for number in range(frames.target.shape[0]):
        loads = {name: u[number] for name, u in padded.items()}
        columns = word_columns(frames, loads, sliced, lambda u: (frames.quadrature * u).sum(axis=-2, keepdims=True))
        for place, column in enumerate(columns):
            matrix[place, number] = cropped(column, frames.target.shape[-1])
    return matrix.reshape(matrix.shape[0], -1)


def slope(norm: str, r: Array) -> Array:
    return 2.0 * r if norm == "l2" else np.sign(r)


def penalty(norm: str, r: Array) -> float:
    return float(r @ r) if norm == "l2" else float(np.abs(r).sum())


def whole(frames: Frames, norm: str) -> Pass:
    """Two products over all points."""
    matrix, target = stored(frames), frames.target.ravel()

    def run(coefficients: Array) -> tuple[float, Array]:
        r = target - coefficients @ matrix
        return penalty(norm, r) / r.size, -(matrix @ slope(norm, r)) / r.size

    return run


def blocked(frames: Frames, norm: str, threads: int = 2) -> Pass:
    """Two products block by block, with the fastest size of a block."""
    columns = stored(frames)
    return fastest([_blocked(columns, frames.target.ravel(), norm, block, threads) for block in BLOCKS],
                   np.zeros(columns.shape[0]))


def _blocked(matrix: Array, target: Array, norm: str, block: int, threads: int) -> Pass:
    starts = range(0, target.size, block)
    blocks = [(np.ascontiguousarray(matrix[:, start:start + block]), target[start:start + block]) for start in starts]
    workers = ThreadPoolExecutor(threads)

    def run(coefficients: Array) -> tuple[float, Array]:
        def share(number: int) -> tuple[float, Array]:
            value, gradient = 0.0, np.zeros(coefficients.size)
            for columns, wanted in blocks[number::threads]:
                r = wanted - coefficients @ columns
                value += penalty(norm, r)
                gradient -= columns @ slope(norm, r)
            return value, gradient

        with threadpool_limits(1):
            found = list(workers.map(share, range(threads)))
        return sum(one[0] for one in found) / target.size, sum(one[1] for one in found) / target.size

    return run
