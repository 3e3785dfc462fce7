"""Fitted -> Fitted: coefficients of a given shape, as those of a kernel of a family, and under exact constraints."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.collisions.families import FAMILIES
from symdcrnn.collisions.plan import Plan, start_of
from symdcrnn.collisions.reading import Kernel
from symdcrnn.collisions.record import KernelDegree, KernelParameter, LearnedKernel
from symdcrnn.collisions.shaped import Constraints, Normal, Shaped, is_held, minimise_decaying, minimise_shaped
from symdcrnn.equation import Check, LearnedEquation
from symdcrnn.errors import InputError
from symdcrnn.fitting.stages import Fitted, Prepared, Selected
from symdcrnn.fitting.task import EquationTask
from symdcrnn.regression.constraints import tie_matrix
from symdcrnn.regression.dependence import MADE_UP
from symdcrnn.regression.invariances import ZERO

Array = NDArray[np.float64]

TOLD = 0.2
"""Of the largest rate of a kernel: the standard error of a rate that the data tells, at most."""

EXACT = 1e-6
"""A residual, relative to the left-hand side, below which constraints may cost any factor of it."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the data says of the coefficients that are not given.

    Parameters
    ----------
    normal : Normal
    halves : tuple of Normal
        Of both halves of the time, where how much they disagree is an error; else none.
    spread : callable
        From coefficients and columns to the covariance of the right-hand side of the normal equations.
    residual : callable
        From coefficients to the residual, relative to the left-hand side.
    unexplained : float
        The factor of the residual up to which what is imposed costs nothing that can be told.
    """

    normal: Normal
    halves: tuple[Normal, ...]
    spread: Callable[[Array, Sequence[int]], Array]
    residual: Callable[[Array], float]
    unexplained: float


@dataclass(frozen=True, eq=False)
class Imposed:
    """An equation with what was imposed on it.

    Parameters
    ----------
    selected : Selected
    fitted : Fitted
    kernels : tuple of LearnedKernel
    checks : tuple of Check
        What it costs.
    """

    selected: Selected
    fitted: Fitted
    kernels: tuple[LearnedKernel, ...] = ()
    checks: tuple[Check, ...] = ()

    def on(self, learned: LearnedEquation, task: EquationTask) -> LearnedEquation:
        """The learned equation with its kernels, its checks, and the words that physics leaves out."""
        barred = {str(task.terms[column].word): reason for column, reason in task.invariances.barred.items()}
        looked = (*learned.checks, *self.checks)
        return replace(learned, kernels=self.kernels, checks=looked, certain=all(check.passed for check in looked),
                       vanishing={**learned.vanishing, **barred})


def is_shaped(task: EquationTask) -> bool:
    """Whether anything is imposed on an equation."""
    return bool(task.kernels or task.invariances.names)


def with_shape(
    task: EquationTask, prepared: Prepared, selected: Selected, fitted: Fitted, evidence: Evidence
) -> Imposed:
    """The coefficients with all that is imposed on them.

    Parameters
    ----------
    task : EquationTask
    prepared : Prepared
    selected : Selected
    fitted : Fitted
    evidence : Evidence

    Raises
    ------
    InputError
        If no coefficients do.
    """
    present = [(kernel, columns) for kernel, columns in task.kernels if set(columns) & set(selected.chosen)]
    families = [(kernel, columns) for kernel, columns in present if kernel.form in FAMILIES]
    active = sorted({*selected.chosen, *(column for _, columns in families for column in columns)})
    rows = constraints_of(task, prepared, active)
    free, known = free_coefficients(task, fitted)
    forms = task.invariances.forms
    given = [column for column in np.flatnonzero(known) if any(form[column].any() for form in forms)]
    if given:
        raise InputError(f"{', '.join(_names(task))}: decay is that of coefficients that are free: leave out that of "
                         f"{task.terms[given[0]].word!s}, which is given")
    if not active or (not families and not rows.rows.size and not forms):
        unchanged = _errors(None, evidence, free, active)
        kernels = tuple(_isotropic(task, prepared, kernel, columns, free, unchanged) for kernel, columns in present)
        return Imposed(selected, fitted, kernels)
    shape = Plan(free.size, tuple(one for one in active if not any(one in columns for _, columns in families)),
                  tuple(families))
    start = start_of(shape, evidence.normal, rows, free)
    found = minimise_decaying(evidence.normal, shape.whole, rows, forms, start)
    if rows.rows.size and not families:
        found = replace(found, coefficients=found.snapped(rows))
    if not np.all(np.isfinite(found.coefficients)) or not is_held(forms, found.coefficients):
        raise InputError(f"no coefficients of the {task.target.name}-equation obey {', '.join(_names(task))}: leave "
                         "something out")
    spread = _errors((shape, rows, found), evidence, found.coefficients, active, forms)
    held = [*_names(task), *(f"{kernel.name} of the family {kernel.form}" for kernel, _ in families)]
    checks = cost_of(held, evidence, free, found.coefficients)
    nonzero = [column for column in active if found.jacobian[column].any() or abs(found.coefficients[column]) > 0.0]
    chosen = tuple(column for column in active if column in nonzero)
    changed = changed_to(fitted, evidence, found.coefficients, known, np.diag(spread.coefficients), chosen,
                         found.converged)
    kernels = tuple(
        _family(task, shape, kernel, columns, found, spread) if kernel.form in FAMILIES
        else _isotropic(task, prepared, kernel, columns, found.coefficients, spread)
        for kernel, columns in present)
    return Imposed(replace(selected, chosen=chosen), changed, kernels, checks)


@dataclass(frozen=True, eq=False)
class _Spread:
    """Covariances of parameters and coefficients."""

    parameters: Array
    coefficients: Array


def _errors(
    shaped: tuple[Plan, Constraints, Shaped] | None, evidence: Evidence, coefficients: Array, active: Sequence[int],
    forms: Sequence[Array] = (),
) -> _Spread:
    right = evidence.spread(coefficients, active)
    if shaped is None:
        plan = Plan(coefficients.size, tuple(active), ())
        rows = Constraints(np.zeros((0, coefficients.size)), np.zeros(0))
        shaped = plan, rows, minimise_shaped(evidence.normal, plan.whole, rows, coefficients[list(active)])
    plan, rows, found = shaped
    inner, outer = found.covariance(right)
    if len(evidence.halves) == 2:
        first, second = (minimise_decaying(one, plan.whole, rows, forms, found.parameters) for one in evidence.halves)
        apart, moved = second.parameters - first.parameters, second.coefficients - first.coefficients
        inner, outer = inner + np.outer(apart, apart), outer + np.outer(moved, moved)
    return _Spread(inner, outer)


def free_coefficients(task: EquationTask, fitted: Fitted) -> tuple[Array, Array]:
    """The coefficients that are neither given nor follow others, and those that are given; zero for the rest."""
    known = np.array([term.known or 0.0 for term in task.terms])
    free = np.where([term.known is None for term in task.terms], np.array(fitted.coefficients), 0.0)
    free[list(task.followers)] = 0.0
    return free, known


def changed_to(
    fitted: Fitted, evidence: Evidence, coefficients: Array, known: Array, variances: Array, chosen: Sequence[int],
    converged: bool,
) -> Fitted:
    """A fit with other coefficients, all by column.

    Parameters
    ----------
    fitted : Fitted
    evidence : Evidence
    coefficients, known : ndarray, shape (columns,)
        Those that are not given, and those that are.
    variances : ndarray, shape (columns,)
    chosen : sequence of int
        The columns that are in the equation.
    converged : bool
    """
    errors = np.sqrt(np.maximum(variances, 0.0))
    return replace(
        fitted, coefficients=tuple(map(float, coefficients + known)),
        errors=tuple(float(errors[one]) for one in chosen),
        loss=fitted.null * evidence.residual(coefficients) ** 2, converged=fitted.converged and converged)


def constraints_of(task: EquationTask, prepared: Prepared, active: Sequence[int]) -> Constraints:
    """The relations of the coefficients that are not given, by power of epsilon.

    Raises
    ------
    InputError
        If they cannot hold.
    """
    rows, values = task.invariances.rows, task.invariances.values
    known = np.array([term.known or 0.0 for term in task.terms])
    values = values - rows @ known
    powers = np.array(prepared.powers)
    parts, wanted = [], []
    for power in sorted(set(prepared.powers)):
        own = np.where(powers == power, rows, 0.0) @ tie_matrix(task.ties, len(task.terms))
        parts.append(own)
        wanted.append(values if power == 0 else np.zeros(len(values)))
    whole, right = np.concatenate(parts), np.concatenate(wanted)
    outside = [column for column in range(whole.shape[1]) if column not in active]
    whole[:, outside] = 0.0
    lacking = [number for number, row in enumerate(whole) if not row.any() and abs(right[number]) > ZERO]
    if lacking:
        raise InputError(f"the {task.target.name}-equation cannot obey {', '.join(_names(task))}: no word that is left "
                         "in it does what that takes, give more words")
    kept = [number for number, row in enumerate(whole) if row.any()]
    return Constraints(whole[kept], right[kept])


def _names(task: EquationTask) -> list[str]:
    return list(task.invariances.names)


def cost_of(names: Sequence[str], evidence: Evidence, free: Array, found: Array) -> tuple[Check, ...]:
    """How much larger the residual is than that of the same words without what is imposed.

    Parameters
    ----------
    names : sequence of str
        Of what is imposed.
    evidence : Evidence
    free, found : ndarray, shape (columns,)
        Coefficients without it, and with it.
    """
    before, after = evidence.residual(free), evidence.residual(found)
    ratio = after / max(before, np.finfo(float).tiny)
    passed = bool(ratio <= evidence.unexplained or after <= EXACT)
    text = f"{', '.join(names)}: the residual is {ratio:.6g} times that without it"
    if not passed:
        text += f", more than {evidence.unexplained:g}: the data contradicts it"
    return (Check("constraints", passed, text, ratio),)


def _isotropic(
    task: EquationTask, prepared: Prepared, kernel: Kernel, columns: tuple[int, ...], coefficients: Array,
    spread: _Spread,
) -> LearnedKernel:
    """What a kernel does to every polynomial: q_l = c_l + (2 l + 1) c_f."""
    lost, *gained = columns
    values, errors, told = [], [], []
    for degree, column in enumerate(gained):
        weights = np.zeros(coefficients.size)
        weights[column] += 1.0
        weights[lost] += 2.0 * degree + 1.0
        values.append(float(weights @ coefficients))
        errors.append(_root(float(weights @ spread.coefficients @ weights)))
        reason = prepared.vanishing.get(prepared.words[column], "")
        told.append(not reason or reason.endswith(MADE_UP))
    rates = np.abs(values) / (2.0 * np.arange(len(values)) + 1.0)
    largest = float(np.max(rates))
    degrees = tuple(
        KernelDegree(degree, value, error, told[degree] and error <= TOLD * largest * (2 * degree + 1))
        for degree, (value, error) in enumerate(zip(values, errors, strict=True)))
    # With as many degrees as there are velocities nothing is beyond them.
    whole = prepared.vanishing.get(prepared.words[gained[-1]], "").endswith(MADE_UP)
    rest = None if whole else KernelParameter(
        "rest", float(coefficients[lost]), _root(float(spread.coefficients[lost, lost])))
    return LearnedKernel(kernel.name, kernel.form, kernel.field, kernel.conserving,
                         tuple(str(task.terms[column].word) for column in columns), degrees, rest)


def _family(
    task: EquationTask, plan: Plan, kernel: Kernel, columns: tuple[int, ...], found: Shaped, spread: _Spread
) -> LearnedKernel:
    """The parameters of a kernel of a family."""
    place = next(where for (one, _), where in zip(plan.families, plan.places, strict=True) if one is kernel)
    names = ("s", "k", *FAMILIES[kernel.form].parameters)
    errors = np.sqrt(np.maximum(np.diag(spread.parameters)[list(place)], 0.0))
    parameters = tuple(KernelParameter(name, float(value), float(error))
                       for name, value, error in zip(names, found.parameters[list(place)], errors, strict=True))
    lost, *gained = columns
    degrees = []
    for degree, column in enumerate(gained):
        weights = np.zeros(found.coefficients.size)
        weights[column] += 1.0
        weights[lost] += 2.0 * degree + 1.0
        degrees.append(KernelDegree(degree, float(weights @ found.coefficients),
                                    _root(float(weights @ spread.coefficients @ weights))))
    return LearnedKernel(kernel.name, kernel.form, kernel.field, kernel.conserving,
                         tuple(str(task.terms[column].word) for column in columns), tuple(degrees),
                         KernelParameter("rest", -parameters[0].value, parameters[0].error), parameters)


def _root(variance: float) -> float:
    """The root of a variance that rounding may have made negative."""
    return math.sqrt(max(variance, 0.0))
