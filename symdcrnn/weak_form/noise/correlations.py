"""Noise that neighbours have in common: its correlation along axes, applied to sums over points.

Noise of the correlation R_a along each axis a moves the residual by L n with a covariance L (R_1 x R_2 x ..) L^T.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.weak_form.test_functions import Sums, along

Array = NDArray[np.float64]

REACH = 4
"""Neighbours to each side that synthetic noise is summed over, for each step over which it is correlated."""

WAVES, POSITIVE, CUTS = 32, 0.98, 50
"""Waves at which a spectrum is looked at for each step, how negative what neighbours add to one may be, and how often
what is negative is cut off."""

Correlations = Mapping[str, Mapping[str, Array]]
"""By field and axis, the correlation of noise at 1, 2, ... steps."""


def correlation_matrix(values: Array, points: int, periodic: bool) -> Sums:
    """The correlation of the noise at all pairs of points of an axis, sparse.

    Parameters
    ----------
    values : ndarray, shape (lags,)
        At 1, 2, ... steps; it is zero beyond.
    points : int
    periodic : bool
    """
    lags = min(values.size, points - 1 if not periodic else (points - 1) // 2)
    offsets, numbers = [0], [1.0]
    for lag in range(1, lags + 1):
        ways = [lag, -lag, *((lag - points, points - lag) if periodic else ())]
        offsets += ways
        numbers += [float(values[lag - 1])] * len(ways)
    return scipy.sparse.diags_array(numbers, offsets=offsets, shape=(points, points)).tocsr()


def possible(values: Array) -> Array:
    """A correlation at 1, 2, ... steps, changed a little where no noise has it, as its spectrum would be negative.

    Negative parts of the spectrum are cut off, again and again, as longer correlations of what is left are left out.
    Whatever remains is taken away by making all of them smaller.

    Parameters
    ----------
    values : ndarray, shape (lags,)
    """
    waves = np.pi * (np.arange(WAVES * values.size) + 0.5) / (WAVES * values.size)
    cosines = np.cos(np.outer(waves, np.arange(1, values.size + 1)))
    found = values
    for _ in range(CUTS):
        spectrum = 1.0 + 2.0 * cosines @ found
        if float(np.min(spectrum)) >= 1.0 - POSITIVE:
            return found
        cut = np.maximum(spectrum, 1.0 - POSITIVE)
        found = cut @ cosines / float(np.sum(cut))
    lowest = float(np.min(2.0 * cosines @ found))
    smaller: Array = found if lowest > -POSITIVE else found * (POSITIVE / -lowest)
    return smaller


def moving_average(values: Array) -> Array:
    """Weights of a sum over neighbours that gives white noise such a correlation, shape (2 reach + 1,).

    Parameters
    ----------
    values : ndarray, shape (lags,)
        At 1, 2, ... steps.
    """
    reach = REACH * values.size
    waves = np.pi * np.arange(2 * reach + 1) / (2 * reach)
    # What no noise has, a negative spectrum, is none.
    spectrum = np.maximum(1.0 + 2.0 * np.cos(np.outer(waves, np.arange(1, values.size + 1))) @ values, 0.0)
    weights = np.roll(np.fft.irfft(np.sqrt(spectrum)), reach)[:2 * reach + 1]
    found: Array = weights / np.linalg.norm(weights)
    return found


def averaged(noise: Array, weights: Array, place: int, periodic: bool) -> Array:
    """White noise summed over neighbours along an axis; shorter by the neighbours of both ends where it has ends.

    Parameters
    ----------
    noise : ndarray
    weights : ndarray, shape (2 reach + 1,)
    place : int
        The axis.
    periodic : bool
    """
    reach = weights.size // 2
    if periodic:
        noise = np.take(noise, np.arange(-reach, noise.shape[place] + reach) % noise.shape[place], axis=place)
    length = noise.shape[place] - 2 * reach
    parts = (weight * np.take(noise, np.arange(step, step + length), axis=place)
             for step, weight in enumerate(weights))
    return np.asarray(sum(parts))


def correlated_in_space(
    values: Array, correlations: Mapping[str, Array], grid: PhaseGrid
) -> Array:
    """Values, shape (sums, frames, axes of the grid), times the correlation along all axes but t."""
    for place, axis in enumerate(grid.axes, start=2):
        if axis.name in correlations and values.shape[place] > 1:
            values = along(correlation_matrix(correlations[axis.name], axis.size, axis.periodic), values, place)
    return values


@dataclass
class InTime:
    """Products of frames with those before them that have noise in common: it keeps as many as are needed.

    Parameters
    ----------
    values : ndarray, shape (lags,)
        The correlation at 1, 2, ... frames.
    before : list of (ndarray, ndarray)
        Both factors of earlier frames, shape (sums, frames, values).
    """

    values: Array
    before: list[tuple[Array, Array]] = field(default_factory=list)

    def products(self, first: Array, second: Array) -> Array:
        """What frames that follow those before add to the sum over all pairs, shape (sums, sums).

        Parameters
        ----------
        first, second : ndarray, shape (sums, frames, values)
            The second one times the correlation along other axes.
        """
        one, other = (np.concatenate([*(pair[side] for pair in self.before), now], axis=1)
                      for side, now in enumerate((first, second)))
        start = one.shape[1] - first.shape[1]
        total = np.zeros((first.shape[0],) * 2)
        for lag, value in enumerate(self.values, start=1):
            begin = max(start, lag)
            if begin < one.shape[1]:
                pairs = (one[:, begin:].reshape(len(one), -1)
                         @ other[:, begin - lag:one.shape[1] - lag].reshape(len(one), -1).T)
                total += value * (pairs + pairs.T)
        keep = self.values.size
        self.before = [(one[:, max(one.shape[1] - keep, 0):], other[:, max(one.shape[1] - keep, 0):])]
        return total
