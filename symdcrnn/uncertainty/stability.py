"""Stability selection: how often words are chosen from half of the data.

The cells of a residual are dealt out into two halves at random, again and again, and words are chosen from each half
by itself (Meinshausen and Bühlmann 2010, in complementary pairs as Shah and Samworth 2013 have it).  Sums over halves
are sums of what cells contribute, so no pass over the data is needed for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.engines.engine import IN_PROCESS, Engine
from symdcrnn.equation import Check
from symdcrnn.leastsquares.quadratic import total
from symdcrnn.uncertainty.choosing import Choosing, chosen_words

Array = NDArray[np.float64]

Half = tuple[int, ...]
"""The cells of half of the data."""

INSIDE = 0.75
"""A word of the equation is chosen from this part of the halves at least.

One that is five standard errors from zero in all of the data is four or more in five of six halves, as the errors of
all of the data are.
"""

OUTSIDE = 0.5
"""Another word is chosen from this part of them at most."""


def complementary_halves(cells: int, pairs: int, seed: int) -> list[Half]:
    """Halves of some cells, one after the other two that have none in common; of an odd number one is in neither.

    Parameters
    ----------
    cells, pairs, seed : int
    """
    random, half = np.random.default_rng(seed), cells // 2
    found: list[Half] = []
    for _ in range(pairs):
        dealt = random.permutation(cells)
        found += [tuple(sorted(map(int, some))) for some in (dealt[:half], dealt[half:2 * half])]
    return found


def inclusion(
    choose: Callable[[Any, Half], Sequence[int]], common: Any, cells: int, columns: int, pairs: int, seed: int,
    engine: Engine = IN_PROCESS,
) -> Array:
    """How often every word is chosen from half of the cells.

    Parameters
    ----------
    choose : callable
        From `common` and the cells of a half to the columns that are chosen; a function of a module.
    common : object
        What all halves have in common.
    cells, columns : int
        How many there are.
    pairs : int
        Of halves.
    seed : int
    engine : Engine
        Where words are chosen.

    Returns
    -------
    ndarray, shape (columns,)
    """
    counts = np.zeros(columns)
    for chosen in engine.map(choose, common, complementary_halves(cells, pairs, seed)):
        counts[list(chosen)] += 1.0
    found: Array = counts / (2 * pairs)
    return found


def words_of_half(common: Choosing, half: Half) -> tuple[int, ...]:
    """The words that the path of half of the cells has before its knee."""
    return chosen_words(common, total(common.cells[cell] for cell in half))


def stability(
    found: Sequence[float] | None, chosen: Sequence[int], candidates: Sequence[int], names: Sequence[str], pairs: int
) -> Check:
    """Whether half of the data has the same words.

    Parameters
    ----------
    found : sequence of float, or None
        How often every column is chosen; None where it is not told.
    chosen, candidates : sequence of int
        Columns of the equation, and of all words.
    names : sequence of str
        Words by column.
    pairs : int
        Of halves.
    """
    if found is None:
        return Check("stability", False, "the residual is no sum over enough cells of t and space: give more frames "
                     "or points, no coefficient that is a function, or leave stability selection out")
    halves = f"of {2 * pairs} halves of the data"
    others = [column for column in candidates if column not in chosen]
    least = min(chosen, key=lambda column: found[column], default=None)
    most = max(others, key=lambda column: found[column], default=None)
    if least is not None and found[least] < INSIDE:
        return Check("stability", False, f"{names[least]} is selected in {_percent(found[least])} {halves}, less than "
                     f"{_percent(INSIDE)}", found[least])
    if most is not None and found[most] > OUTSIDE:
        return Check("stability", False, f"the excluded candidate {names[most]} is selected in {_percent(found[most])} "
                     f"{halves}, more than {_percent(OUTSIDE)}", found[most])
    own = ("there is no term" if least is None else
           f"every term is selected in at least {_percent(found[least])} {halves}")
    rest = "" if most is None else f", no other in more than {_percent(found[most])}"
    return Check("stability", True, own + rest, None if least is None else found[least])


def _percent(part: float) -> str:
    return f"{100.0 * part:.0f} %"
