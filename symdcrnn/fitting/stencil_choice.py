"""Which stencils and scheme the data asks for: those under which the words leave the smallest residual.

A few residuals are formed in numpy and fitted by all words, for each pair of stencils and each scheme. Data of a
solver has the stencils of its solver, whose residual is smaller by orders of magnitude; other data stencils of a small
truncation error. Noise has no preference, and then the first pair is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.rules import Stencil
from symdcrnn.algebra.word_rules import letter_rules
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.errors import InputError
from symdcrnn.fitting.inputs import ansatz_of
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.ir.offsets import central_offsets
from symdcrnn.kernels.runtime.interpret import Known, evaluate
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.frames import Frames
from symdcrnn.regression.dictionary import further_words
from symdcrnn.regression.terms import UNIT_WORD, function_axis
from symdcrnn.schemes.multistep import SCHEMES, sharpest_scheme
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.settings import AUTO, EVERY_WORD, FitSettings
from symdcrnn.varying_coefficients.bases import BASES

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

TRIAL_KNOTS, POWERS = 16, 6
"""Of functions in a trial: knots of a coarse spline; of time, coefficients of a polynomial in each window of frames."""

FEWEST_KNOTS, MOST_COLUMNS = 4, 220
"""Where many words have functions, knots are fewer: with more columns smooth data is fitted under any stencils."""

LONGER = 2
"""How many times the frames of a residual such a window has: in one residual alone a function of time fits all."""

MOST_NUMBERS = 2e8
"""Values of words that are computed for a trial at most."""

MOST_POINTS = 2000
"""Points of space and velocity at which residuals of a trial are formed at most, drawn at random."""

MOST_TOGETHER = 2**17
"""Points of some frames at which words are computed together: all their values are held at once."""

LARGE = Stencils("central8", "central8")
"""What is taken where a trial would take too long."""


def best_forms(
    schemes: Sequence[Scheme], target: Field, words: Sequence[Word], grid: FrameWindows,
    functions: Sequence[Word] = (), axis: str = "t",
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

    Raises
    ------
    InputError
        If none of them can be tried: an axis is too short, or a word is not finite.
    """
    start = grid.between(0, 1)
    reads = schemes[0].frames
    if functions and axis == "t":
        reads = min(LONGER * reads, grid.frames)
    points = int(np.prod([start.axis(name).size for name in target.axes if name != "t"]))
    places = sorted({0, (grid.frames - reads) // 2, grid.frames - reads})
    varying = Varying.of(functions, axis, start, len(places))
    numbers = reads * points * (len(words) + len(functions) * (varying.size - 1)) * len(PAIRS)
    places = places[:max(1, int(MOST_NUMBERS // numbers))]
    if numbers > MOST_NUMBERS:
        return LARGE, schemes[0]
    left: dict[tuple[Stencils, Scheme], float] = {}
    failed: list[InputError] = []
    windows = [grid.between(first, first + reads) for first in places]
    for stencils in PAIRS:
        try:
            found = _residuals(schemes, target, words, windows, stencils, varying)
        except InputError as error:  # an axis has fewer points than the stencil
            failed.append(error)
            continue
        left |= {(stencils, scheme): value for scheme, value in found.items()}
    if not left:
        raise failed[0]
    least = min(left.values())
    good = [pair for pair, value in left.items() if value <= AS_GOOD * least]
    return min(good, key=lambda pair: schemes.index(pair[1]))


@dataclass(frozen=True)
class Varying:
    """The words whose coefficient is a function, as several columns of a trial.

    Parameters
    ----------
    words : frozenset of Word
    factors : ndarray, shape (size, ...), or None
        Basis functions, of the axes (frame, axes of the grid); None for functions of time.
    windows : int
        How many there are, each with a function of time of its own.
    """

    words: frozenset[Word]
    factors: Array | None
    windows: int

    @classmethod
    def of(cls, words: Sequence[Word], axis: str, grid: PhaseGrid, windows: int) -> Varying:
        """The functions of an axis of a grid, tried in so many windows of frames."""
        axes = ["t", *(one.name for one in grid.axes)]
        if not words or axis == "t":
            return cls(frozenset(words), None, windows)
        factors = np.ones((1, *(1 for _ in axes)))
        names = axis.split(",")
        knots = min(TRIAL_KNOTS // len(names) ** 2, max(FEWEST_KNOTS, MOST_COLUMNS // len(words) - 2))
        for one in names:
            points = grid.axis(one).coordinate
            basis = BASES["spline" if points.size > knots else "grid"](points, knots).toarray()
            shape = [-1 if name == one else 1 for name in axes]
            factors = np.array([factor * values.reshape(shape) for factor in factors for values in basis.T])
        return cls(frozenset(words), factors, windows)

    @property
    def size(self) -> int:
        """Columns of each word."""
        return POWERS * self.windows if self.factors is None else self.factors.shape[0]

    def columns(self, word: Word, values: Array, window: int, factors: Array | None) -> list[Array]:
        """The columns of a word at the frames of a window and some points, shape (frames, points) each.

        Parameters
        ----------
        word : Word
        values : ndarray, shape (frames, points)
        window : int
        factors : ndarray, shape (size, 1, points), or None
            Its factors at these points.
        """
        if word not in self.words:
            return [values]
        if factors is not None:
            return [values * factor for factor in factors]
        time = np.linspace(-1.0, 1.0, values.shape[0])[:, None]
        own = [values * time**power for power in range(POWERS)]
        nothing = np.zeros_like(own[0])
        return [one if number == window else nothing for number in range(self.windows) for one in own]


def _residuals(
    schemes: Sequence[Scheme], target: Field, words: Sequence[Word], windows: Sequence[PhaseGrid],
    stencils: Stencils, varying: Varying,
) -> dict[Scheme, float]:
    """What the words leave of the left-hand side of each scheme, relative to it."""
    inside = (slice(None), *(_inside(windows[0], axis.name, target, words) for axis in windows[0].axes))
    shape = tuple(axis.size if axis.name in target.axes else 1 for axis in windows[0].axes)
    sides: dict[Scheme, list[Array]] = {scheme: [] for scheme in schemes}
    columns: dict[Scheme, list[Array]] = {scheme: [] for scheme in schemes}
    fitted = int(np.prod([len(range(size)[part]) for size, part in zip(shape, inside[1:], strict=True)]))
    drawn = np.random.default_rng(0).permutation(fitted)[:MOST_POINTS]

    def at_points(found: Array, frames: int) -> Array:
        return np.broadcast_to(found, (frames, *shape))[inside].reshape(frames, -1)[:, drawn]

    factors = None if varying.factors is None else np.array([at_points(factor, 1) for factor in varying.factors])
    together = max(1, MOST_TOGETHER // int(np.prod(shape)))
    for number, grid in enumerate(windows):
        wide = at_points(grid.fields[target.name].reshape(grid.frames, *shape), grid.frames)
        parts = []
        for first in range(0, grid.frames, together):
            known, frames = Known(), range(first, min(first + together, grid.frames))
            parts.append([at_points(evaluate(word, grid, stencils, frames, known), len(frames)) for word in words])
        values = np.array([one for word, own in zip(words, np.concatenate(parts, axis=1), strict=True)
                           for one in varying.columns(word, own, number, factors)])
        for scheme in schemes:
            alpha, beta = np.array(scheme.alpha, float), np.array(scheme.implicit, float)
            for n in range(grid.frames - schemes[0].frames + 1):
                sides[scheme].append(np.tensordot(alpha, wide[n:n + alpha.size], 1).reshape(-1))
                columns[scheme].append(np.matmul(beta, values[:, n:n + beta.size]))
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
        found, scheme = best_forms([sharpest, *others], ansatz.target, words, frames.windows(words), functions,
                                    axis)
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
