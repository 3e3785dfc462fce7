"""What is missing from an equation that leaves more of its data than it should: where, and which kind of word.

A few residuals are formed in numpy. Each kind of word that could be missing is added to the equation by itself, and
the one that leaves the least is named, if it leaves much less; the words themselves are for the user to ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.equation import Check
from symdcrnn.errors import InputError
from symdcrnn.fitting.stencil_choice.residuals import MOST_TOGETHER
from symdcrnn.fitting.task import EquationTask
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.runtime.interpret import Known, evaluate
from symdcrnn.regression.missing_kinds import Kind, kinds_of_words
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.varying_coefficients.bases import BASES

Array = NDArray[np.float64]
Find = Callable[[list[Word], list[Word]], Iterator[str]]

HELPS = 0.5
"""A kind of word is named if it leaves at most this part of the residual."""

NEARLY = 1.5
"""Of kinds that leave nearly the same, within this factor, the one of fewest columns is named."""

KNOTS = 16
"""Of a function of space: enough for a narrow source."""

WINDOWS, LENGTH, MOST_POINTS = 4, 2, 2000
"""So many windows of frames are looked at, each of so many times the frames of a residual, at so many points."""

MOST_WORDS = 60
"""Of the dictionary, beside those of the equation."""

ALL_OF_IT, SAME_SHARE = 1e-6, 1e-3
"""What a sum that is a constant may leave of it, and how far the shares of words in it may differ."""

PARTS, MOSTLY = 4, 0.6
"""An axis is cut into so many parts; one that holds more than this part of the residual is named."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Some residuals, one a row.

    Parameters
    ----------
    left : ndarray, shape (rows,)
        The left-hand sides.
    columns : mapping of Word to ndarray, shape (rows,)
    places : mapping of str to ndarray, shape (rows,)
        Where each residual is, by axis, t among them.
    """

    left: Array
    columns: dict[Word, Array]
    places: dict[str, Array]


def with_what_is_missing(
    task: EquationTask, checks: Sequence[Check], chosen: Sequence[int], candidates: Sequence[int]
) -> tuple[Check, ...]:
    """The checks, and in one of `fit` that is not passed what is missing from the equation.

    Parameters
    ----------
    task : EquationTask
    checks : sequence of Check
    chosen, candidates : sequence of int
        Columns of the equation, and of all words that the data shows; their coefficients are constants.
    """
    return with_findings(task, checks, chosen, candidates, lambda own, every: _findings(task, own, every))


def with_findings(
    task: EquationTask, checks: Sequence[Check], chosen: Sequence[int], candidates: Sequence[int], find: Find
) -> tuple[Check, ...]:
    """The checks, and in one of `fit` that is not passed what is found of what is missing.

    Parameters
    ----------
    task : EquationTask
    checks : sequence of Check
    chosen, candidates : sequence of int
        Columns of the equation, and of all words that the data shows; their coefficients are constants.
    find : callable
        What can be said, from the words of the equation and from these and those of the dictionary.
    """
    failed = next((one for one in checks if one.name == "fit" and not one.passed), None)
    if failed is None or task.asked:
        return tuple(checks)
    words, others = ([task.terms[column].word for column in columns] for columns in (chosen, candidates))
    own = [*words, *(term.word for term in task.terms if term.known is not None)]
    said = "; ".join(find(own, list(dict.fromkeys([*own, *others[:MOST_WORDS]]))))
    if not said:
        return tuple(checks)
    told = replace(failed, text=f"{failed.text}; {said}")
    return tuple(told if one is failed else one for one in checks)


def with_stand_in(
    task: EquationTask, checks: Sequence[Check], chosen: Sequence[int], coefficients: Sequence[float]
) -> tuple[Check, ...]:
    """The checks, with `identifiability` not passed where a constant could stand for several words of the equation.

    In data of a mean and one mode u and d_xx u may add up to a constant, and an equation of fewer words is as good.

    Parameters
    ----------
    task : EquationTask
    checks : sequence of Check
    chosen : sequence of int
        Columns of the equation.
    coefficients : sequence of float
        By column.
    """
    unit = Word.of((), UNIT)
    words = [task.terms[column].word for column in chosen]
    if len(words) < 2 or unit in words or task.asked or not all(one.passed for one in checks):
        return tuple(checks)
    try:
        rows = _rows(task, [unit, *words])
    except InputError:  # a function has no value somewhere
        return tuple(checks)
    if not all(word in rows.columns for word in words):
        return tuple(checks)
    one, matrix = rows.columns[unit], np.array([rows.columns[word] for word in words]).T
    sizes = np.sqrt(np.mean(matrix**2, axis=0)) + np.finfo(float).tiny
    parts = np.linalg.lstsq(matrix / sizes, one, rcond=1e-12)[0]
    if np.linalg.norm(one - (matrix / sizes) @ parts) > ALL_OF_IT * np.linalg.norm(one):
        return tuple(checks)
    taking = [int(place) for place in np.flatnonzero(np.abs(parts) > SAME_SHARE * np.max(np.abs(parts)))]
    shares = np.array([coefficients[chosen[place]] * sizes[place] / parts[place] for place in taking])
    together = [place for place, share in zip(taking, shares, strict=True)
                if np.sum(np.abs(shares - share) <= SAME_SHARE * abs(share)) > 1]
    if not together:
        return tuple(checks)
    of = " and ".join(str(words[place]) for place in together)
    told = Check("identifiability", False, f"a constant could replace {of}, whose sum is constant in this data: "
                 "give data of more modes")
    return (*(check for check in checks if check.name != told.name), told)


def _findings(task: EquationTask, chosen: Sequence[Word], every: Sequence[Word]) -> Iterator[str]:
    kinds = list(kinds_of_words(task.space, task.target, chosen, [term.word for term in task.terms]))
    try:
        rows = _rows(task, [*every, *(word for kind in kinds for word in kind.words)])
    except InputError:  # a function that is tried has no value somewhere
        return
    if not all(word in rows.columns for word in every):
        return
    rest = _rest([rows.columns[word] for word in chosen], rows.left)
    own = _span([rows.columns[word] for word in every])
    left_over = _without(own, rows.left)
    size = float(np.linalg.norm(left_over))
    yield from (f"most of it is where {name} is between {low:.3g} and {high:.3g}"
                for name, low, high in _where(rows, rest))
    left: list[tuple[float, int, Kind]] = []
    for kind in kinds:
        if not kind.words or not all(word in rows.columns for word in kind.words):
            continue
        added = [column * factor for word in kind.words for column in (rows.columns[word],)
                 for factor in _factors(kind.axis, task, rows)]
        rest_of = _rest([_without(own, column) for column in added], left_over)
        left.append((float(np.linalg.norm(rest_of)) / max(size, np.finfo(float).tiny), len(added), kind))
    least = min((part for part, _, _ in left), default=1.0)
    if least <= HELPS:
        part, _, kind = min((one for one in left if one[0] <= max(NEARLY * least, 1e-6)), key=lambda one: one[1])
        yield f"with {kind.name} it would be {part * size / float(np.linalg.norm(rows.left)):.2g}"


def _factors(axis: str | None, task: EquationTask, rows: Rows) -> Iterator[Array]:
    """Basis functions of an axis at every row; one where there is none."""
    if axis is None:
        yield np.ones(rows.left.size)
        return
    points = task.data[0].grid.axis(axis).coordinate
    basis = BASES["spline" if points.size > KNOTS else "grid"](points, KNOTS).toarray()
    number = np.searchsorted(points, rows.places[axis])
    yield from (column[number] for column in basis.T)


def _rows(task: EquationTask, words: Sequence[Word]) -> Rows:
    scheme, target = task.judging, task.target
    frames = task.data[0].windows(list(dict.fromkeys(words)))
    reads = min(LENGTH * scheme.frames, frames.frames)
    firsts = sorted({int(first) for first in np.linspace(0, frames.frames - reads, WINDOWS)})
    parts = [_window(grid, scheme, target, words, task)
             for grid in frames.runs([(first, first + reads) for first in firsts])]
    names = ["t", *target.axes[1:]]
    return Rows(np.concatenate([part.left for part in parts]),
                {word: np.concatenate([part.columns[word] for part in parts]) for word in words
                 if all(word in part.columns for part in parts)},
                {name: np.concatenate([part.places[name] for part in parts]) for name in names})


def _window(grid: PhaseGrid, scheme: Scheme, target: Field, words: Sequence[Word], task: EquationTask) -> Rows:
    shape = tuple(axis.size if axis.name in target.axes else 1 for axis in grid.axes)
    points = int(np.prod(shape))
    inside = np.flatnonzero(_away_from_ends(grid, target).reshape(-1))
    drawn = np.random.default_rng(0).permutation(inside)[:MOST_POINTS]
    count = grid.frames - scheme.frames + 1
    alpha, beta = np.array(scheme.alpha, float), np.array(scheme.implicit, float)

    def at_points(values: Array, frames: int) -> Array:
        return np.broadcast_to(values, (frames, *shape)).reshape(frames, points)[:, drawn]

    def combined(wide: Array, weights: Array) -> Array:
        return np.concatenate([weights @ wide[n:n + weights.size] for n in range(count)])

    # Points are drawn before values are kept: those of all words at all frames could be more than the data.
    step = max(1, MOST_TOGETHER // points)
    found: dict[Word, list[Array]] = {word: [] for word in words}
    for first in range(0, grid.frames, step):
        frames, known = range(first, min(first + step, grid.frames)), Known()
        for word in list(found):
            try:
                found[word].append(at_points(evaluate(word, grid, task.stencils, frames, known), len(frames)))
            except InputError:  # it has no value somewhere, or reads more points than there are
                del found[word]
    columns = {word: combined(np.concatenate(parts), beta) for word, parts in found.items()}
    left = combined(at_points(grid.fields[target.name].reshape(grid.frames, *shape), grid.frames), alpha)
    places = {"t": np.repeat(grid.t[:count], drawn.size)}
    numbers = np.unravel_index(drawn, shape)
    for axis, number in zip(grid.axes, numbers, strict=True):
        if axis.name in target.axes:
            places[axis.name] = np.tile(axis.coordinate[number], count)
    return Rows(left, columns, places)


def _away_from_ends(grid: PhaseGrid, target: Field) -> Array:
    """Where stencils do not lean inwards: an eighth of an axis from its open ends."""
    found = np.ones((), bool)
    for axis in grid.axes:
        if axis.name not in target.axes:
            found = found[..., None]
            continue
        here = np.ones(axis.size, bool)
        if axis.role == "space" and not axis.periodic:
            here[:axis.size // 8] = here[axis.size - axis.size // 8:] = False
        found = found[..., None] & here
    return np.asarray(found, dtype=np.float64)


def _span(columns: Sequence[Array]) -> Array:
    """An orthonormal basis of some columns, shape (rows, rank)."""
    matrix = np.array(columns).T
    sizes = np.sqrt(np.mean(matrix**2, axis=0))
    sizes[sizes <= np.finfo(float).tiny] = 1.0
    vectors, values, _ = np.linalg.svd(matrix / sizes, full_matrices=False)
    found: Array = vectors[:, values > 1e-12 * values[0]]
    return found


def _without(span: Array, values: Array) -> Array:
    found: Array = values - span @ (span.T @ values)
    return found


def _rest(columns: Sequence[Array], left: Array) -> Array:
    if not columns:
        return left
    matrix = np.array(columns).T
    sizes = np.sqrt(np.mean(matrix**2, axis=0))
    sizes[sizes <= np.finfo(float).tiny] = 1.0
    found: Array = left - (matrix / sizes) @ np.linalg.lstsq(matrix / sizes, left, rcond=1e-12)[0]
    return found


def _where(rows: Rows, rest: Array) -> Iterator[tuple[str, float, float]]:
    """The parts of axes that hold most of a residual."""
    squares = rest**2
    for name, places in rows.places.items():
        low, high = float(places.min()), float(places.max())
        if np.unique(places).size < 2 * PARTS:
            continue
        edges = np.linspace(low, high, PARTS + 1)
        part = np.clip(np.searchsorted(edges, places, side="right") - 1, 0, PARTS - 1)
        share = np.bincount(part, weights=squares, minlength=PARTS) / squares.sum()
        most = int(np.argmax(share))
        if share[most] > MOSTLY:
            yield name, float(edges[most]), float(edges[most + 1])
