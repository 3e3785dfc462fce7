"""Constraints over several equations: their coefficients at the least common sum of squares under all relations.

An equation is learned up to its coefficients, proposes them with their evidence, and goes on with those it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.relations.invariants import Invariants
from symdcrnn.collisions.plan import Plan
from symdcrnn.collisions.shaped import Constraints, Normal, Shaped, minimise_shaped
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError, SettingError
from symdcrnn.fitting.imposed.stage import (
    Evidence,
    Imposed,
    changed_to,
    constraints_of,
    cost_of,
    free_coefficients,
    is_shaped,
    with_shape,
)
from symdcrnn.fitting.stages import Fitted, Prepared, Selected
from symdcrnn.fitting.task import EquationTask
from symdcrnn.regression.constraints import tie_matrix
from symdcrnn.regression.declared import declared_of
from symdcrnn.regression.densities.balances import balance_of, is_balance
from symdcrnn.regression.invariances import averages_of
from symdcrnn.settings import FitSettings

Array = NDArray[np.float64]

LEAST = 1e-30
"""Of the scale of a residual, relative to its square: what is exact weighs no more."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """The coefficients of an equation before anything is imposed on them.

    Parameters
    ----------
    task : EquationTask
    prepared : Prepared
    selected : Selected
    fitted : Fitted
    evidence : callable
        Makes what the data says of them.
    """

    task: EquationTask
    prepared: Prepared
    selected: Selected
    fitted: Fitted
    evidence: Callable[[], Evidence]


Learning = Generator[Proposal, Imposed, LearnedEquation]
"""An equation on its way: it yields what it proposes and is sent what it is to be."""


def alone(learning: Learning) -> LearnedEquation:
    """An equation with what is imposed on it alone."""
    one = next(learning)
    imposed = Imposed(one.selected, one.fitted)
    if is_shaped(one.task):
        imposed = with_shape(one.task, one.prepared, one.selected, one.fitted, one.evidence())
    return _sent(learning, imposed)


def together(learnings: Sequence[Learning], balances: Sequence[str]) -> list[LearnedEquation]:
    """Equations that conserve something together.

    Parameters
    ----------
    learnings : sequence of Learning
    balances : sequence of str
        Densities that are sums.

    Raises
    ------
    InputError
        If coefficients have to have a shape beside, or cannot be compared.
    """
    proposals = [next(one) for one in learnings]
    return [_sent(one, imposed) for one, imposed in zip(learnings, _imposed(proposals, balances), strict=True)]


def balances_in(settings: FitSettings) -> tuple[str, ...]:
    """The densities among those to be conserved that are sums."""
    return tuple(" ".join(text.split()) for text in settings.conserved if is_balance(text))


def _sent(learning: Learning, imposed: Imposed) -> LearnedEquation:
    try:
        learning.send(imposed)
    except StopIteration as end:
        learned: LearnedEquation = end.value
        return learned
    raise AssertionError("an equation is learned once")


@dataclass(frozen=True, eq=False)
class _Part:
    """One equation in the common problem."""

    proposal: Proposal
    evidence: Evidence
    free: Array
    known: Array
    active: list[int]
    spread: Array
    weight: float


def _imposed(proposals: Sequence[Proposal], balances: Sequence[str]) -> list[Imposed]:
    for given in proposals:
        if given.task.kernels or given.task.invariances.forms or given.selected.functions:
            raise SettingError("conserved", f"has {balances[0]!r}, a balance of several equations, beside kernels, "
                               f"decay or functions in the {given.task.target.name}-equation: ask for one of both")
    parts = [_part(one) for one in proposals]
    rows = _rows(parts, balances)
    free = np.concatenate([one.free for one in parts])
    starts = np.cumsum([0, *(one.free.size for one in parts)])
    places = [slice(int(first), int(stop)) for first, stop in pairwise(starts)]
    active = [int(first) + column for first, one in zip(starts[:-1], parts, strict=True) for column in one.active]
    plan = Plan(free.size, tuple(active), ())

    def solved(normals: Sequence[Normal]) -> Shaped:
        whole = Normal(_diagonal([one.weight * normal.gram for one, normal in zip(parts, normals, strict=True)]),
                       np.concatenate([one.weight * normal.right for one, normal in zip(parts, normals, strict=True)]))
        return minimise_shaped(whole, plan.whole, rows, free[active])

    found = solved([one.evidence.normal for one in parts])
    coefficients = found.snapped(rows)
    _, spread = found.covariance(_diagonal([one.weight**2 * one.spread for one in parts]))
    if all(len(one.evidence.halves) == 2 for one in parts):
        first, second = (solved([one.evidence.halves[number] for one in parts]).coefficients for number in (0, 1))
        spread = spread + np.outer(second - first, second - first)
    # What a relation holds at zero is in no equation.
    still = ~found.jacobian.any(axis=1) | (np.abs(coefficients) <= 1e-12 * np.max(np.abs(free), initial=0.0))
    result = []
    for one, place in zip(parts, places, strict=True):
        own, gone = np.where(still[place], 0.0, coefficients[place]), still[place]
        chosen = tuple(column for column in one.active if not gone[column])
        fitted = changed_to(one.proposal.fitted, one.evidence, own, one.known, np.diag(spread)[place], chosen,
                            found.converged)
        names = [*one.proposal.task.invariances.names, *(f"{text} conserved" for text in balances)]
        result.append(Imposed(replace(one.proposal.selected, chosen=chosen), fitted, (),
                              cost_of(names, one.evidence, one.free, own)))
    return result


def _part(one: Proposal) -> _Part:
    evidence, active = one.evidence(), sorted(one.selected.chosen)
    free, known = free_coefficients(one.task, one.fitted)
    spread = evidence.spread(free, active)
    # Equations weigh by how their residuals scatter: that of the right-hand side is about s^2 times the Gram matrix.
    gram = evidence.normal.gram[np.ix_(active, active)]
    scale = np.trace(np.linalg.pinv(gram, hermitian=True) @ spread[np.ix_(active, active)]) / max(len(active), 1)
    least = LEAST * float(free @ evidence.normal.gram @ free)
    return _Part(one, evidence, free, known, active, spread, 1.0 / max(float(scale), least, 1e-300))


def _rows(parts: Sequence[_Part], balances: Sequence[str]) -> Constraints:
    """All relations of the coefficients that are not given: of single equations, and of all together."""
    own = [constraints_of(one.proposal.task, one.proposal.prepared, one.active) for one in parts]
    rows, values = [_diagonal([one.rows for one in own])], [np.concatenate([one.values for one in own])]
    tasks = [one.proposal.task for one in parts]
    space, ties = tasks[0].space, _diagonal([tie_matrix(task.ties, len(task.terms)) for task in tasks])
    known = np.concatenate([one.known for one in parts])
    powers = np.concatenate([np.array(one.proposal.prepared.powers, np.int64) for one in parts])
    idle = np.concatenate([~np.isin(np.arange(one.free.size), one.active) for one in parts])
    invariants = Invariants.of(space, averages_of(space, tasks[0].data[0].grid), declared_of(tasks[0].settings, space))
    for text in balances:
        densities = balance_of(text, space, [task.target.name for task in tasks])
        numbers = [number for number, task in enumerate(tasks) if task.target.name in densities]
        try:
            relations = invariants.conserving_together(
                [([term.word for term in tasks[number].terms], tasks[number].target,
                  densities[tasks[number].target.name]) for number in numbers])
        except InputError as error:
            raise SettingError("conserved", f"has {text!r}: {error}") from None
        first = np.cumsum([0, *(len(task.terms) for task in tasks)])
        column = [int(first[number]) + place for number in numbers for place in range(len(tasks[number].terms))]
        for relation in relations:
            row = np.zeros(known.size)
            row[[column[place] for place in relation.factors]] = list(relation.factors.values())
            for power in sorted(set(powers.tolist())):
                part = np.where(powers == power, row, 0.0)
                held = (part @ ties) * ~idle
                left = (relation.value if power == 0 else 0.0) - part @ known
                if held.any():
                    rows.append(held[None])
                    values.append(np.array([left]))
                elif abs(left) > 1e-12:
                    raise InputError(f"the equations cannot conserve {text}: no word that is left in them does what "
                                     "that takes, give more words")
    return Constraints(np.vstack(rows), np.concatenate(values))


def _diagonal(blocks: Sequence[Array]) -> Array:
    """A matrix of blocks along its diagonal."""
    found = np.zeros((sum(one.shape[0] for one in blocks), sum(one.shape[1] for one in blocks)))
    row = column = 0
    for one in blocks:
        found[row:row + one.shape[0], column:column + one.shape[1]] = one
        row, column = row + one.shape[0], column + one.shape[1]
    return found
