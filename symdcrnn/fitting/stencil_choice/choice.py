"""Which stencils and scheme the data asks for: those under which the words leave the smallest residual.

A few residuals are formed in numpy and fitted by all words, for each pair of stencils and each scheme. Data of a
solver has the stencils of its solver, whose residual is smaller by orders of magnitude; other data stencils of a small
truncation error. Noise has no preference, and then the first pair is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.rules import Stencil
from symdcrnn.algebra.word_rules import letter_rules, rules_of
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.errors import InputError
from symdcrnn.fitting.inputs import ansatz_of
from symdcrnn.fitting.stencil_choice.residuals import Trial
from symdcrnn.fitting.stencil_choice.varying import Varying
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.ir.offsets import central_offsets
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.frames import Frames
from symdcrnn.regression.dictionary import further_words
from symdcrnn.regression.terms import UNIT_WORD, function_axis
from symdcrnn.schemes.multistep import SCHEMES, sharpest_scheme
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.settings import AUTO, EVERY_WORD, FitSettings

PAIRS = (
    Stencils("central8", "central8"), Stencils("central12", "central12"), Stencils("central16", "central16"),
    Stencils("upwind3", "central4"), Stencils("central4", "central4"), Stencils("central2", "central2"),
)
"""Stencils that are tried, those that are preferred first: superfluous words can pay by fitting a truncation error."""

WIDEST = Stencils("central16", "central16")
"""Of these."""

AS_GOOD = 2.0
"""A residual is not told from one that is smaller by less than this factor."""

RIVALS = ("newton-cotes4", "adams-moulton5", "adams-moulton4", "simpson", "adams-moulton3", "trapezoid")
"""Schemes over few steps, for frames that are too coarse for those over many."""

LONGER = 2
"""How many times the frames of a residual such a window has: in one residual alone a function of time fits all."""

MOST_NUMBERS = 2e8
"""Values of words that are computed for a trial at most."""

FEWEST_RESIDUALS, MOST_RESIDUALS, A_COLUMN = 1000, 2000, 16
"""Residuals in a window of frames, at points drawn at random: so many for each column, within bounds."""

HOPELESS = 30.0
"""By how many times more than under others a pair of stencils leaves is one that is given up at once."""

LARGE = Stencils("central8", "central8")
"""What is taken where a trial would take too long."""


def best_forms(
    schemes: Sequence[Scheme], target: Field, words: Sequence[Word], grid: FrameWindows,
    functions: Sequence[Word] = (), axis: str = "t", pairs: Sequence[Stencils] = PAIRS,
) -> tuple[Stencils, Scheme]:
    """The stencils and the scheme of the smallest residual.

    Parameters
    ----------
    schemes : sequence of Scheme
        The one that is preferred, and others over no more frames.
    target : Field
    words : sequence of Word
    grid : FrameWindows
        With all functions of the words, on even times.
    functions : sequence of Word
        Those of the words whose coefficient is a function.
    axis : str
        What it is a function of.
    pairs : sequence of Stencils
        That are tried.

    Raises
    ------
    InputError
        If none of them can be tried: an axis is too short, or a word is not finite.
    """
    start = grid.between(0, 1)
    reads = schemes[0].frames
    frames = min(LONGER * reads, grid.frames) if functions and axis == "t" else reads
    points = int(np.prod([start.axis(name).size for name in target.axes if name != "t"]))
    places = sorted({0, (grid.frames - frames) // 2, grid.frames - frames})
    varying = Varying.of(functions, axis, start)
    columns = len(words) + len(functions) * (varying.size * (len(places) if varying.in_time else 1) - 1)
    numbers = frames * points * columns * len(PAIRS)
    places = places[:max(1, int(MOST_NUMBERS // numbers))]
    # Quantities without axes have no stencils, and no points to try schemes at.
    if numbers > MOST_NUMBERS or not start.axes:
        return LARGE, schemes[0]
    residuals = min(max(A_COLUMN * columns, FEWEST_RESIDUALS), MOST_RESIDUALS)
    trial = Trial(target, tuple(words), tuple(grid.runs([(first, first + frames) for first in places])), reads,
                  varying, sample(start, target, words, residuals // (frames - reads + 1)))
    pairs, failed = _hopeful(trial, told_apart(pairs, words))
    left: dict[tuple[Stencils, Scheme], float] = {}
    for stencils in pairs:
        try:
            found = trial.under(stencils, schemes)
        except InputError as error:  # a word is not finite
            failed.append(error)
            continue
        left |= {(stencils, scheme): value for scheme, value in zip(schemes, found, strict=True)}
    if not left:
        raise failed[0]
    least = min(left.values())
    good = [pair for pair, value in left.items() if value <= AS_GOOD * least]
    return min(good, key=lambda pair: schemes.index(pair[1]))


def _hopeful(trial: Trial, pairs: Sequence[Stencils]) -> tuple[list[Stencils], list[InputError]]:
    """The pairs that may leave the smallest residual, and why others cannot be tried.

    Differences in time ask for the words at one frame in place of all that a scheme reads. Where they leave much more
    under one pair than under another, it is its stencils that do, under whatever scheme.
    """
    failed: list[InputError] = []
    if len(pairs) == 1:
        return list(pairs), failed
    left: dict[Stencils, float] = {}
    for stencils in pairs:
        try:
            left[stencils] = trial.at_once(stencils)
        except InputError as error:  # an axis has fewer points than the stencil
            failed.append(error)
    return [pair for pair, value in left.items() if value <= HOPELESS * min(left.values())], failed


def told_apart(pairs: Sequence[Stencils], words: Sequence[Word]) -> list[Stencils]:
    """The first of all pairs that are the same to these words."""
    lean = {rule.lean is not None for word in words for rule in rules_of(word) if isinstance(rule, Stencil)}
    found: dict[tuple[str, str], Stencils] = {}
    for one in pairs:
        found.setdefault((one.transport if True in lean else "", one.central if False in lean else ""), one)
    return list(found.values())


def sample(grid: PhaseGrid, target: Field, words: Sequence[Word], most: int) -> tuple[NDArray[np.int64], ...]:
    """Points of a field, drawn at random from those that no stencil leaves."""
    spans = [range(axis.size if axis.name in target.axes else 1)[_inside(grid, axis.name, target, words)]
             for axis in grid.axes]
    shape = [len(span) for span in spans]
    drawn = np.random.default_rng(0).permutation(int(np.prod(shape)))[:most]
    return tuple(span.start + one for span, one in zip(spans, np.unravel_index(drawn, shape), strict=True))


def _inside(grid: PhaseGrid, name: str, target: Field, words: Sequence[Word]) -> slice:
    """The points of an axis that no stencil that is tried leaves, so that all are asked about the same ones."""
    axis = grid.axis(name)
    if axis.periodic or axis.role == "index" or name not in target.axes:
        return slice(None)
    margin = min(max((_reach(word, name) for word in words), default=0), axis.size // 4)
    return slice(margin, axis.size - margin)


def _reach(word: Word, axis: str) -> int:
    """How far the widest stencils that are tried read along an axis."""
    own = sum(max(map(abs, central_offsets(WIDEST, rule))) for rule in letter_rules(word)
              if isinstance(rule, Stencil) and rule.axis == axis)
    return own + max((_reach(one, axis) for one in word.inner), default=0)


def with_forms(
    settings: FitSettings, fields: Sequence[Field], targets: Sequence[str], frames: Frames | None,
    space: PhaseSpace,
) -> tuple[FitSettings, str | None]:
    """The settings with stencils in the place of those that the data is to choose, and the scheme that judges.

    Parameters
    ----------
    settings : FitSettings
    fields : sequence of Field
    targets : sequence of str
        Fields whose equations are sought; the first one chooses.
    frames : Frames or None
        Of the first trajectory; None where no scheme is to be chosen.
    space : PhaseSpace

    Returns
    -------
    FitSettings
    str or None
        The multistep scheme of the smallest residual; None where that is for the number of frames to say.
    """
    found, judge = Stencils(), None
    if frames is not None and frames.grid.dt is not None:
        ansatz = ansatz_of(settings, fields, targets[0], space)
        words = list(dict.fromkeys([*ansatz.words, *further_words(settings, space, ansatz.target)]))
        functions, axis = _functions(settings, ansatz.target, words, space)
        words += [word for word in functions if word not in words]
        sharpest = sharpest_scheme(frames.frames)
        others = [SCHEMES[name] for name in RIVALS if SCHEMES[name].frames < sharpest.frames]
        asked = settings.transport_stencil, settings.central_stencil
        pairs = PAIRS if AUTO in asked else (Stencils(*asked),)
        found, scheme = best_forms([sharpest, *others], ansatz.target, words, frames.windows(words), functions, axis,
                                   pairs)
        judge = scheme.name
    else:
        found = LARGE
    return replace(
        settings,
        transport_stencil=found.transport if settings.transport_stencil == AUTO else settings.transport_stencil,
        central_stencil=found.central if settings.central_stencil == AUTO else settings.central_stencil,
    ), judge


def _functions(
    settings: FitSettings, target: Field, words: Sequence[Word], space: PhaseSpace
) -> tuple[list[Word], str]:
    """The words whose coefficient is a function, and of what."""
    asked = settings.functions_of(target.name)
    found = [word for word in words if EVERY_WORD in asked or str(word) in asked]
    if UNIT_WORD in asked:
        found.append(Word.of((), UNIT))
    return found, function_axis(settings, target, [one.name for one in space.axes if one.role == "space"])
