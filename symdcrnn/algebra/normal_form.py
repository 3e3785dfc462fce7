"""The normal form of compositions of operators: relations that hold exactly under the stencils.

Identities are gone (I A = A), letters that commute stand in one order, averages that follow each other are one
(<<u>> = <u>), and an average of what does not depend on its axes is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from symdcrnn.algebra.operators import Operator, commute
from symdcrnn.algebra.rules import Axes

Letters = tuple[Operator, ...]
"""A composition of operators, the outermost first."""


def normal_form(letters: Letters, axes: Iterable[str] | None) -> Letters:
    """The normal form of a composition.

    Parameters
    ----------
    letters : tuple of Operator
        Outermost first.
    axes : iterable of str, optional
        What the operand depends on; None where nothing is known of it.
    """
    operand = frozenset().union(*(letter.touched for letter in letters)) if axes is None else frozenset(axes)
    reduced = tuple(part for letter in letters for part in letter.factors if not part.is_identity)
    while True:
        ordered = _ordered(reduced)
        reduced = _products_merged(_without_idle_averages(_averages_merged(ordered), operand))
        if reduced == ordered:
            return reduced


def axes_of(letters: Letters, axes: Iterable[str]) -> Axes:
    """The axes that a composition depends on, by those of its operand."""
    found = frozenset(axes)
    for letter in reversed(letters):
        found = letter.axes_after(found)
    return found


def _ordered(letters: Letters) -> Letters:
    """The first in the order of letters among all compositions that commuting neighbours make equal.

    A letter that joins the end goes before the first of higher order among those it can pass.
    """
    found: list[Operator] = []
    for letter in letters:
        place = start = len(found)
        while start and commute(found[start - 1], letter):
            start -= 1
            if found[start].order > letter.order:
                place = start
        found.insert(place, letter)
    return tuple(found)


def _products_merged(letters: Letters) -> Letters:
    """Products with functions of known functions joined with those beside them."""
    if not any(letter.parts for letter in letters):
        return letters
    from symdcrnn.algebra.reading.known_functions import merged

    found: list[Operator] = []
    for multiplies, run in groupby(letters, key=lambda letter: letter.multiplies):
        part = tuple(run)
        found += merged(part) if multiplies else part
    return tuple(found)


def _averages_merged(letters: Letters) -> Letters:
    found: list[Operator] = []
    for letter in letters:
        if not (found and letter.averages and letter.averaged_axes <= found[-1].averaged_axes):
            found.append(letter)
    return tuple(found)


def _without_idle_averages(letters: Letters, axes: Axes) -> Letters:
    found: list[Operator] = []
    for letter in reversed(letters):
        if letter.averages and not letter.averaged_axes & axes:
            continue
        axes = letter.axes_after(axes)
        found.append(letter)
    return tuple(reversed(found))
