"""What is known of an equation from physics: what it conserves and is invariant under, as relations of coefficients."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.relations.entropy import mixing
from symdcrnn.algebra.relations.invariants import Averages, Invariants
from symdcrnn.algebra.relations.terms import Dissipation, Relation
from symdcrnn.algebra.words import Field, Word
from symdcrnn.collisions.reading import kernels_of
from symdcrnn.errors import InputError, SettingError
from symdcrnn.given import described
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.regression.declared import declared_of
from symdcrnn.regression.densities.balances import is_balance
from symdcrnn.regression.densities.entropy import entropy_constraints, is_entropy
from symdcrnn.regression.terms import Term
from symdcrnn.settings import FitSettings

Array = NDArray[np.float64]

PARITY = re.compile(r"parity(?:\s*,\s*(?P<odd>\w+(?:\s+and\s+\w+)*)\s+odd)?", re.ASCII)
GALILEAN = re.compile(r"galilean\s+(?P<velocity>\w+)(?:\s+along\s+(?P<axis>\w+))?", re.ASCII)

ZERO = 1e-12
"""Factors of relations that are rounding, relative to the largest of their relation."""


@dataclass(frozen=True, eq=False)
class Invariances:
    """Relations of the coefficients of one equation, A c = b.

    Parameters
    ----------
    rows : ndarray, shape (relations, columns)
        A.
    values : ndarray, shape (relations,)
        b.
    names : tuple of str
        What they come from.
    barred : dict of int to str
        Columns whose coefficient has to be zero, and why.
    forms : tuple of ndarray, shape (columns, n, n)
        Symmetric matrices of every coefficient, whose sum must be nowhere positive.
    """

    rows: Array
    values: Array
    names: tuple[str, ...] = ()
    barred: dict[int, str] = field(default_factory=dict)
    forms: tuple[Array, ...] = ()

    @property
    def together(self) -> list[tuple[int, ...]]:
        """Columns that are in the equation together or not at all, as one is a multiple of the other."""
        found: list[set[int]] = []
        for row, value in zip(self.rows, self.values, strict=True):
            pair = {int(column) for column in np.flatnonzero(row)}
            if len(pair) == 2 and abs(value) <= ZERO:
                joined = [one for one in found if one & pair]
                found = [one for one in found if one not in joined] + [pair.union(*joined)]
        return [tuple(sorted(one)) for one in found]


NOTHING_IMPOSED = Invariances(np.zeros((0, 0)), np.zeros(0))


def invariances_of(
    words: Sequence[Word], target: Field, settings: FitSettings, space: PhaseSpace, grid: PhaseGrid
) -> Invariances:
    """What is asked of one equation.

    Parameters
    ----------
    words : sequence of Word
        By column.
    target : Field
    settings : FitSettings
    space : PhaseSpace
    grid : PhaseGrid
        With the points and weights of velocities.

    Raises
    ------
    SettingError
        If something cannot be read, or is of no field.
    """
    invariants = Invariants.of(space, averages_of(space, grid), declared_of(settings, space))
    relations: list[tuple[str, Relation]] = []
    barred: dict[int, str] = {}
    names = []
    forms: list[Array] = []
    for text in settings.decaying:
        if _field_of("decaying", text, space) != target:
            continue
        names.append(f"{' '.join(text.split())} decaying")
        try:
            if is_entropy(text, target, space):
                mixed = mixing(invariants, words, target)
                more, rates = entropy_constraints(mixed, grid, target)
                relations += [(names[-1], one) for one in (*mixed.others, *more)]
                forms += rates
                continue
            found = invariants.dissipation(words, target, space.word(text))
        except InputError as error:
            raise SettingError("decaying", f"has {described(text)}: {error}") from None
        relations += [(names[-1], one) for one in found.others]
        forms += _matrices(found, grid, target)
    for text in settings.conserved:
        if is_balance(text) or _field_of("conserved", text, space) != target:
            continue
        names.append(f"{' '.join(text.split())} conserved")
        try:
            relations += [(names[-1], one) for one in invariants.conserving(words, target, space.word(text))]
        except InputError as error:
            raise SettingError("conserved", f"has {described(text)}: {error}") from None
    for text in settings.symmetries:
        parity, galilean = PARITY.fullmatch(text.strip()), GALILEAN.fullmatch(text.strip())
        names.append(" ".join(text.split()))
        if parity is not None:
            mirrored = re.split(r"\s+and\s+", parity["odd"]) if parity["odd"] else []
            _check_names(text, mirrored, [one.name for one in space.fields])
            barred |= {column: f"{word} is not invariant under parity" for column, word in enumerate(words)
                       if invariants.odd(word, target, mirrored)}
        elif galilean is not None:
            axis = galilean["axis"] or _space_axis(text, space, target)
            _check_names(text, [galilean["velocity"]], [*space.coordinates, *space.variables])
            relations += [(names[-1], one) for one in
                          invariants.galilean(words, target, galilean["velocity"], axis)]
        else:
            raise SettingError("symmetries", f"has {text!r}: write parity, 'parity, E odd' or 'galilean v'")
    for kernel in kernels_of(settings.kernels):
        if kernel.conserving and kernel.field == target.name and kernel.texts:
            number = {word: column for column, word in enumerate(words)}
            lost, gained = (number[space.word(text)] for text in kernel.texts[:2])
            relations.append((f"{kernel.name} conserving", Relation({lost: 1.0, gained: 1.0})))
            names.append(relations[-1][0])
    return replace(_collected(relations, tuple(names), barred, words), forms=tuple(forms))


def with_pairs(
    groups: Mapping[str, tuple[int, ...]], pairs: Sequence[tuple[int, ...]], terms: Sequence[Term]
) -> dict[str, tuple[int, ...]]:
    """Groups of columns with those that relations put together; a group that shares a column takes them in.

    Parameters
    ----------
    groups : mapping of str to tuple of int
    pairs : sequence of tuple of int
    terms : sequence of Term
        By column.
    """
    found = dict(groups)
    for pair in pairs:
        own = tuple(column for column in pair if terms[column].known is None)
        shared = [name for name, columns in found.items() if set(columns) & set(own)]
        name = shared[0] if shared else " and ".join(str(terms[column].word) for column in own)
        members = dict.fromkeys(column for one in shared for column in found.pop(one))
        found[name] = (*members, *(column for column in own if column not in members))
    return found


def averages_of(space: PhaseSpace, grid: PhaseGrid) -> Averages:
    """The coordinates and weights of the velocities of a grid."""
    found = {}
    for axis in grid.axes:
        if axis.weights is None:
            continue
        named = {name: values.tolist() for name, (on, values) in grid.functions.items()
                 if on == (axis.name,) and name in space.coordinates}
        if axis.name in space.coordinates:
            named[axis.name] = axis.coordinate.tolist()
        found[axis.name] = (named, axis.weights.tolist())
    return found


def _matrices(found: Dissipation, grid: PhaseGrid, target: Field) -> list[Array]:
    """The quadratic forms of every word as matrices over the velocities, one for each derivative."""
    own = [axis for axis in grid.axes if axis.weights is not None and axis.name in target.axes]
    points = own[0].coordinate if own else np.zeros(1)
    weights = grid.weights(own[0].name) if own else np.ones(1)
    root, orders = np.sqrt(weights), dict.fromkeys(form.orders for forms in found.forms for form in forms)
    made = []
    for derivative in orders:
        matrices = np.zeros((len(found.forms), points.size, points.size))
        # By parts every second derivative is minus the square of a first one.
        sign = (-1.0) ** (sum(order for _, order in derivative) // 2)
        for column, forms in enumerate(found.forms):
            for form, factor in forms.items():
                if form.orders == derivative:
                    left = points**form.outside
                    matrices[column] += sign * factor * (
                        np.outer(left * root, points**form.inside * root) if form.averaged else np.diag(left))
        made.append(0.5 * (matrices + matrices.transpose(0, 2, 1)))
    return made


def _field_of(setting: str, text: str, space: PhaseSpace) -> Field:
    """The field that a density is of.

    Raises
    ------
    SettingError
        If it cannot be read, or is of none or several.
    """
    try:
        fields = [one for one in space.word(text).fields if TIME in one.axes]
    except InputError as error:
        raise SettingError(setting, f"has {described(text)}: {error}") from None
    if len(set(fields)) != 1:
        raise SettingError(setting, f"has {text!r}: write a density of one field, such as <v f> or u^2")
    return fields[0]


def _check_names(text: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise SettingError("symmetries", f"has {text!r}, but {name!r} is none of {', '.join(known)}")


def _space_axis(text: str, space: PhaseSpace, target: Field) -> str:
    own = [axis.name for axis in space.axes if axis.role == "space" and axis.name in target.axes]
    if len(own) != 1:
        raise SettingError("symmetries", f"has {text!r}: say along which of {', '.join(own) or 'the axes'}, as in "
                           "'galilean v along x'")
    return own[0]


def _collected(
    relations: Sequence[tuple[str, Relation]], names: tuple[str, ...], barred: Mapping[int, str],
    words: Sequence[Word],
) -> Invariances:
    """Relations as a matrix, and columns that they make zero."""
    rows = np.zeros((len(relations), len(words)))
    for number, (_, one) in enumerate(relations):
        for column, factor in one.factors.items():
            rows[number, column] = factor
        rows[number, np.abs(rows[number]) <= ZERO * np.max(np.abs(rows[number]), initial=0.0)] = 0.0
    values = np.array([one.value for _, one in relations])
    gone = dict(barred)
    while True:
        rows[:, list(gone)] = 0.0
        single = [(number, int(np.flatnonzero(row)[0])) for number, row in enumerate(rows)
                  if np.count_nonzero(row) == 1 and abs(values[number]) <= ZERO]
        if not single:
            break
        gone |= {column: f"{words[column]} cannot be in the equation: {relations[number][0]}"
                 for number, column in single}
    kept = [number for number, row in enumerate(rows) if np.any(row) or abs(values[number]) > ZERO]
    return Invariances(rows[kept], values[kept], names, gone)
