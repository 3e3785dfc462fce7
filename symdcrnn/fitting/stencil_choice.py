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
from symdcrnn.algebra.rules import Stencil, Sum
from symdcrnn.algebra.words import Field, Function, Product, Word
from symdcrnn.errors import InputError
from symdcrnn.fitting.inputs import ansatz_of
from symdcrnn.kernels.lower import Stencils
from symdcrnn.kernels.phase_space.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.phase_space.ir.offsets import central_offsets
from symdcrnn.kernels.phase_space.runtime.interpret import evaluate
from symdcrnn.preprocess.phase_frames import FramesOnAxes
from symdcrnn.regression.dictionary import further_words
from symdcrnn.schemes.multistep import SCHEMES, sharpest_scheme
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.settings import AUTO, FitSettings

Array = NDArray[np.float64]

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

MOST_NUMBERS = 2e8
"""Values of words that are computed for a trial at most."""

LARGE = Stencils("central8", "central8")
"""What is taken where a trial would take too long."""


def best_forms(
    schemes: Sequence[Scheme], target: Field, words: Sequence[Word], grid: FrameWindows
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
    """
    reads = schemes[0].frames
    start = grid.between(0, 1)
    points = int(np.prod([start.axis(name).size for name in target.axes if name != "t"]))
    places = sorted({0, (grid.frames - reads) // 2, grid.frames - reads})
    numbers = reads * points * len(words) * len(PAIRS)
    places = places[:max(1, int(MOST_NUMBERS // numbers))]
    if numbers > MOST_NUMBERS:
        return LARGE, schemes[0]
    left: dict[tuple[Stencils, Scheme], float] = {}
    windows = [grid.between(first, first + reads) for first in places]
    for stencils in PAIRS:
        try:
            found = _residuals(schemes, target, words, windows, stencils)
        except InputError:  # an axis has fewer points than the stencil
            continue
        left |= {(stencils, scheme): value for scheme, value in found.items()}
    least = min(left.values())
    good = [pair for pair, value in left.items() if value <= AS_GOOD * least]
    return min(good, key=lambda pair: schemes.index(pair[1]))


def _residuals(
    schemes: Sequence[Scheme], target: Field, words: Sequence[Word], windows: Sequence[PhaseGrid], stencils: Stencils
) -> dict[Scheme, float]:
    """What the words leave of the left-hand side of each scheme, relative to it."""
    inside = (slice(None), *(_inside(windows[0], axis.name, target, words) for axis in windows[0].axes))
    shape = tuple(axis.size if axis.name in target.axes else 1 for axis in windows[0].axes)
    sides: dict[Scheme, list[Array]] = {scheme: [] for scheme in schemes}
    columns: dict[Scheme, list[Array]] = {scheme: [] for scheme in schemes}
    for grid in windows:
        frames = range(grid.frames)
        wide = grid.fields[target.name].reshape(len(frames), *shape)[inside]
        values = [np.broadcast_to(evaluate(word, grid, stencils, frames), (len(frames), *shape))[inside]
                  for word in words]
        for scheme in schemes:
            alpha, beta = np.array(scheme.alpha, float), np.array(scheme.implicit, float)
            sides[scheme].append(np.tensordot(alpha, wide[:alpha.size], 1).reshape(-1))
            columns[scheme].append(np.array([np.tensordot(beta, one[:beta.size], 1).reshape(-1) for one in values]))
    return {scheme: _left(np.concatenate(columns[scheme], axis=1).T, np.concatenate(sides[scheme]))
            for scheme in schemes}


def _left(matrix: Array, right: Array) -> float:
    """What a regression leaves, relative to its right-hand side."""
    sizes = np.sqrt(np.mean(matrix**2, axis=0))
    sizes[sizes <= np.finfo(float).tiny] = 1.0
    found = np.linalg.lstsq(matrix / sizes, right, rcond=1e-13)[0]
    rest = right - (matrix / sizes) @ found
    return float(np.linalg.norm(rest) / max(np.linalg.norm(right), np.finfo(float).tiny))


def _inside(grid: PhaseGrid, name: str, target: Field, words: Sequence[Word]) -> slice:
    """The points of an axis that no stencil that is tried leaves, so that all are asked about the same ones."""
    axis = grid.axis(name)
    if axis.periodic or axis.role == "index" or name not in target.axes:
        return slice(None)
    margin = min(max((_reach(word, name) for word in words), default=0), axis.size // 4)
    return slice(margin, axis.size - margin)


def _reach(word: Word, axis: str) -> int:
    """How far the widest stencils that are tried read along an axis."""
    inner: tuple[Word, ...] = ()
    if isinstance(word.base, Product):
        inner = word.base.factors
    elif isinstance(word.base, Function):
        inner = word.base.arguments
    rules = (part for letter in word.letters for rule in letter.rules
             for part in (rule.rules if isinstance(rule, Sum) else (rule,)))
    own = sum(max(map(abs, central_offsets(WIDEST, rule))) for rule in rules
              if isinstance(rule, Stencil) and rule.axis == axis)
    return own + max((_reach(one, axis) for one in inner), default=0)


def with_forms(
    settings: FitSettings, fields: Sequence[Field], targets: Sequence[str], frames: FramesOnAxes | None,
    space: PhaseSpace | None,
) -> tuple[FitSettings, str | None]:
    """The settings with stencils in the place of those that the data is to choose, and the scheme that judges.

    Parameters
    ----------
    settings : FitSettings
    fields : sequence of Field
    targets : sequence of str
        Fields whose equations are sought; the first one chooses.
    frames : FramesOnAxes or None
        Of the first trajectory; None for data on even t and x, and v.
    space : PhaseSpace or None
        Likewise.

    Returns
    -------
    FitSettings
    str or None
        The multistep scheme of the smallest residual; None where that is for the number of frames to say.
    """
    found, judge = Stencils(), None
    if space is not None and frames is not None and frames.grid.dt is not None:
        ansatz = ansatz_of(settings, fields, targets[0], space)
        words = list(dict.fromkeys([*ansatz.words, *further_words(settings, space, ansatz.target)]))
        sharpest = sharpest_scheme(frames.frames)
        others = [SCHEMES[name] for name in RIVALS if SCHEMES[name].frames < sharpest.frames]
        found, scheme = best_forms([sharpest, *others], ansatz.target, words, frames.windows(words))
        judge = scheme.name
    elif space is not None:
        found = LARGE
    return replace(
        settings,
        transport_stencil=found.transport if settings.transport_stencil == AUTO else settings.transport_stencil,
        central_stencil=found.central if settings.central_stencil == AUTO else settings.central_stencil,
    ), judge
