"""The covariance of noise in derivatives of a field at the same point, as stencils make them of its values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.rules import Stencil
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.columns import values_of
from symdcrnn.weak_form.noise.correlations import Correlations, correlated_in_space

Array = NDArray[np.float64]


def covariance_at_points(
    first: Word, second: Word, grid: PhaseGrid, stencils: Stencils, level: float, correlations: Correlations
) -> float:
    """That of two words of central stencils along even axes, where these do not lean inwards; zero of others.

    Parameters
    ----------
    first, second : Word
        Letters on the same field.
    grid : PhaseGrid
        The values of its fields are not asked for.
    stencils : Stencils
    level : float
        The standard deviation of the noise.
    correlations : mapping
        Of the noise of neighbours, by field and axis.
    """
    rules = [rule for word in (first, second) for letter in word.letters for rule in letter.rules]
    if not isinstance(first.base, Field) or not all(
            isinstance(rule, Stencil) and rule.lean is None and grid.axis(rule.axis).spacing is not None
            for rule in rules):
        return 0.0
    one, other = (_weights(word, grid, stencils) for word in (first, second))
    spread = correlated_in_space(other[None, None], correlations.get(first.base.name, {}), grid)[0, 0]
    return level**2 * float(np.sum(one * spread))


def _weights(word: Word, grid: PhaseGrid, stencils: Stencils) -> Array:
    """What every value around a point in the middle counts for in a word there, on the axes of the grid, mirrored."""
    assert isinstance(word.base, Field)
    own = [axis.size if axis.name in word.base.axes else 1 for axis in grid.axes]
    impulse = np.zeros(own)
    impulse[tuple(size // 2 for size in own)] = 1.0
    names = tuple(axis.name for axis in grid.axes if axis.name in word.base.axes)
    some = replace(grid, t=grid.t[:1], fields={word.base.name: impulse.reshape(
        1, *(size for size, axis in zip(own, grid.axes, strict=True) if axis.name in word.base.axes))},
        field_axes={word.base.name: ("t", *names)}, functions={})
    found: Array = np.broadcast_to(values_of(word, some, stencils)[0], own)
    return found
