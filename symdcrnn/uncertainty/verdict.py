"""Whether an equation found by a multistep scheme can be trusted: named checks, each with its number and its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.equation import Check
from symdcrnn.equation_text import format_factor, others_text
from symdcrnn.leastsquares.minimise import ROUNDED
from symdcrnn.leastsquares.newton import newton_step
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.selection.backward_elimination import STRONG_JUMP, Path, stands_out
from symdcrnn.selection.exact_choice import BestSet

Array = NDArray[np.float64]

CLEAN = 0.005
"""The residual of a right equation of data without noise at most: more says that a word is missing."""

CLEAR_JUMP = 5.0
"""How many times the residual grows at least without any word of a right equation.

Where words go on like a series, as P_l <P_l f> of a kernel, those that are missing leave nearly as much as the last.
"""

CLOSE = 0.2
"""The growth of the residual before the equation over that after it, up to which the two are told apart."""


@dataclass(frozen=True)
class Exchange:
    """The word that stands best for one of the equation.

    Parameters
    ----------
    word, other : int
        Columns: that of the equation, and that in its place.
    factor : float
        By which the residual grows.
    """

    word: int
    other: int
    factor: float


@dataclass(frozen=True)
class Findings:
    """What is known of an equation.

    Parameters
    ----------
    path : Path
    residual : float
        Under the scheme of the fit or of the choice, the smaller of both.
    inclusion : tuple of float
        Of its words in resamples, empty without resampling.
    several : bool
        Whether there are enough residuals in time.
    exchange : Exchange or None
    made_up : tuple of (int, tuple of int)
        Columns that are sums of others in this data alone, and of which.
    held_out : float or None
        See `held_out`.
    """

    path: Path
    residual: float
    inclusion: tuple[float, ...]
    several: bool
    exchange: Exchange | None
    made_up: tuple[tuple[int, tuple[int, ...]], ...] = ()
    held_out: float | None = None


def best_exchange(
    judge: Regression, found: Array, chosen: Sequence[int], candidates: Sequence[int],
    same: Sequence[tuple[int, int]] = (), every: Sequence[int] | None = None,
) -> Exchange | None:
    """The exchange of one word of an equation for another that leaves the smallest residual.

    Parameters
    ----------
    judge : Regression
        Of the L2 norm.
    found : ndarray, shape (columns,)
        Its minimum over the chosen words.
    chosen, candidates : sequence of int
        Columns of the equation, and of all words.
    same : sequence of (int, int)
        Words that are another way to write each other.
    every : sequence of int, optional
        All columns of the equation, where some are not to be exchanged as they are chosen together.
    """
    model = judge.evaluate(found)
    floor = ROUNDED * judge.null
    best: Exchange | None = None
    skipped = {frozenset(pair) for pair in same}
    for other in candidates:
        if other in (chosen if every is None else every):
            continue
        for word in chosen:
            if frozenset((word, other)) in skipped:
                continue
            without = np.zeros(found.size)
            without[word] = -found[word]
            kept = [column for column in (chosen if every is None else every) if column != word]
            step = without + newton_step(model.gram, model.slope_at(without), [*kept, other])
            factor = float(np.sqrt(max(model.at(step).loss, floor) / max(model.loss, floor)))
            if best is None or factor < best.factor:
                best = Exchange(word, other, factor)
    return best


def checks(found: Findings, names: Sequence[str]) -> tuple[Check, ...]:
    """The checks of an equation; it is certain if it passes all.

    Parameters
    ----------
    found : Findings
    names : sequence of str
        Words by column.
    """
    made = [_frames(found), _fit(found), _choice(found)]
    told = told_apart(found.made_up, found.path.chosen, names)
    if told is not None:
        made.append(told)
    elif found.exchange is not None:
        made.append(identifiability(found.exchange, names))
    if found.held_out is not None:
        made.append(prediction(found.held_out, "three quarters of the time", "the last"))
    return tuple(made)


def prediction(left: float, fitted: str, rest: str) -> Check:
    """Whether the equation of one part of the time is that of another.

    Parameters
    ----------
    left : float
        The residual in the other part, relative to the left-hand side.
    fitted, rest : str
        What the parts are called.
    """
    passed = left <= CLEAN
    text = f"fitted to the first {fitted}, it has a relative residual of {left:.2g} in {rest}, "
    return Check("prediction", passed, text + (f"at most {CLEAN:g}" if passed else
                                               f"more than {CLEAN:g}: it does not predict what was held out"), left)


def exact_choice(found: BestSet, chosen: Sequence[int], names: Sequence[str]) -> Check:
    """Whether the best set of as many words is that of the equation.

    Parameters
    ----------
    found : BestSet
    chosen : sequence of int
        Columns of the equation.
    names : sequence of str
        Words by column.
    """
    how = "by branch and bound" if found.finished else "of those that were compared"
    if set(found.words) == set(chosen):
        return Check("exact", True, f"no set of {len(chosen)} terms has a smaller residual, {how}", 1.0)
    passed = found.factor > 1.0 / STRONG_JUMP
    best = ", ".join(names[one] for one in found.words)
    text = f"the best set of {len(chosen)} terms, {how}, is {best}: it has {found.factor:.3g} times this residual"
    return Check("exact", passed, text + (", which does not tell them apart" if passed else ""), found.factor)


def told_apart(
    made_up: Sequence[tuple[int, tuple[int, ...]]], chosen: Sequence[int], names: Sequence[str]
) -> Check | None:
    """A check that fails, where a word could stand for one of the equation in another one that is as short.

    Parameters
    ----------
    made_up : sequence of (int, tuple of int)
        Columns that are sums of others in this data alone, and of which.
    chosen : sequence of int
        Columns of the equation.
    names : sequence of str
        Words by column.
    """
    for word, others in made_up:
        if others and set(others) <= set(chosen):
            of = ", ".join(names[one] for one in others)
            text = f"{names[word]} is a linear combination of {of} in this data, which does not tell them apart"
            return Check("identifiability", False, f"{text}: give data of more modes")
    return None


def _frames(found: Findings) -> Check:
    return Check("frames", found.several, "enough frames to estimate errors" if found.several else
                 "too few frames to estimate errors: a wrong equation may fit as well")


def _fit(found: Findings) -> Check:
    passed = found.residual <= CLEAN
    limit = f"at most {CLEAN:g}" if passed else f"more than the {CLEAN:g} of clean data: a term may be missing"
    return Check("fit", passed, f"the relative residual is {found.residual:.2g}, {limit}", found.residual)


def _choice(found: Findings) -> Check:
    path = found.path
    close = path.runner_up - 1.0 > CLOSE * (path.jump - 1.0)
    clear = path.jump >= CLEAR_JUMP or not path.chosen
    out = stands_out(path, found.residual, found.inclusion)
    text = f"dropping any one term raises the residual at least {format_factor(path.jump)}-fold, " \
           f"{others_text(path.runner_up)}"
    if not path.chosen:
        return Check("choice", out, "no term besides the functions changes the residual", path.jump)
    if close:
        text += ": there is no clear gap"
    elif not clear or not out:
        text += ": the equation does not stand out"
    return Check("choice", bool(out and clear and not close), text, path.jump)


def identifiability(exchange: Exchange, names: Sequence[str]) -> Check:
    """Whether one word of an equation could be exchanged for another.

    Parameters
    ----------
    exchange : Exchange
    names : sequence of str
        Words by column.
    """
    passed = exchange.factor >= STRONG_JUMP
    word, other = names[exchange.word], names[exchange.other]
    text = f"replacing {word} by {other} raises the residual {format_factor(exchange.factor)}-fold"
    return Check("identifiability", passed, text + ("" if passed else ": the data does not tell them apart"),
                 exchange.factor)
