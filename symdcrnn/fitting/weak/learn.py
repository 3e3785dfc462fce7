"""Measured -> learned equation by the weak form: prepare, choose, estimate, check, train networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.equation import LearnedEquation, LearnedFunction
from symdcrnn.errors import InputError, UnservedError
from symdcrnn.fitting.assemble import learned_equation
from symdcrnn.fitting.coefficients import exact_set
from symdcrnn.fitting.imposed.stage import is_shaped
from symdcrnn.fitting.imposed.together import Learning, Proposal
from symdcrnn.fitting.prepare import in_this_data
from symdcrnn.fitting.records import collinearity
from symdcrnn.fitting.stages import Fitted, Prepared, Refitted, Selected
from symdcrnn.fitting.task import EquationTask
from symdcrnn.fitting.train import train_on
from symdcrnn.fitting.weak.data import functions_to_try, near, weak_data, words_of
from symdcrnn.fitting.weak.doubt.beyond import beyond_checks
from symdcrnn.fitting.weak.doubt.missing import with_what_is_missing
from symdcrnn.fitting.weak.doubt.places import place_checks
from symdcrnn.fitting.weak.evidence import evidence_of
from symdcrnn.fitting.weak.functions import learned_functions
from symdcrnn.fitting.weak.joint import Found, lost_functions, with_constants, with_functions_too
from symdcrnn.fitting.weak.measure import ROBUST, Reading, noise_checks, outlier_checks
from symdcrnn.fitting.weak.stability import inclusion_of
from symdcrnn.kernels.norms import find_norm
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.leastsquares.taylor import TaylorModel
from symdcrnn.regression.constraints import check_leaders
from symdcrnn.regression.dependence import dependent, equal_in_the_continuum
from symdcrnn.regression.terms import UNIT_WORD, seen_functions
from symdcrnn.schemes.table import WEAK
from symdcrnn.selection.backward_elimination import WEAK_JUMP, clarity
from symdcrnn.selection.epsilon_powers import powers_of_epsilon
from symdcrnn.uncertainty.stability import stability
from symdcrnn.uncertainty.verdict import exact_choice, told_apart
from symdcrnn.weak_form.decision.choice import Estimate, path_of, path_through
from symdcrnn.weak_form.functions import constant_part
from symdcrnn.weak_form.study import Functions, Study, WeakData, study
from symdcrnn.weak_record import HiddenWord, WeakRecord

Array = NDArray[np.float64]

MULTISTEP = "a multistep scheme such as --scheme newton-cotes4 (scheme='newton-cotes4' in Python)"
"""What serves where the weak form does not."""

NEAR = (0.75, 1.25, 1.5)
"""Widths of test functions near one that was asked for, relative to it."""

LOST = 0.9
"""A column of which more than this part is noise under all test functions is lost in it."""

NOISY_DATA = 1e-4
"""Noise of the root mean square of a field at least, for words to be tested against it."""


def learning_weakly(task: EquationTask, space: PhaseSpace, readings: Sequence[Reading]) -> Learning:
    """One equation by the weak form; see `Learning`.

    Parameters
    ----------
    task : EquationTask
    space : PhaseSpace
    readings : sequence of Reading
        Of all trajectories.

    Raises
    ------
    InputError
        If the field does not change beyond its noise, every word is lost in noise, or there are too few test functions.
    """
    _check(task)
    family = words_of(task, space, [one.grid for one in readings])[1]
    data = weak_data(task, space, readings, (0,) * len(task.terms))
    tried = functions_to_try(task, data)
    studies = _studies(task, data, tried)
    powers = _powers(task, data, studies)
    if any(powers):
        data = weak_data(task, space, readings, powers)
        studies = _studies(task, data, tried)
    prepared = _prepared(task, [constant_part(one, len(task.terms)) for one in studies], powers)
    noisy = any(level > NOISY_DATA * there.sizes[name].root_mean_square
                for one, there in zip(data, readings, strict=True) for name, level in one.levels.items())
    progress = partial(task.report, "selecting terms")
    found = (with_constants(data, studies, prepared.candidates, prepared.words, noisy, progress,
                            task.columns_of_groups, partial(_near, task, data, tried)) if family is None else
             with_functions_too(data, studies, family, prepared.candidates, prepared.words, noisy, progress,
                                task.columns_of_groups))
    lost = lost_functions(found.joint) if found.joint is not None and found.choice.by_noise else ()
    if lost:
        rest = replace(task, asked=tuple(column for column in task.asked if column not in lost))
        told = yield from learning_weakly(rest, space, readings)
        return _with_reasons(told, [prepared.words[column] or UNIT_WORD for column in lost])
    task.show(found.estimate.active, found.estimate.coefficients.tolist(), found.estimate.residual)
    found = replace(found, checks=(*found.checks, *outlier_checks(readings),
                                   *noise_checks(readings)))
    found = replace(found, checks=with_what_is_missing(
        task, space, data, readings, found.best, found.checks, found.choice.active, prepared.candidates))
    if found.choice.by_noise and all(check.passed for check in found.checks):
        more = (place_checks(task, space, data, readings, found.joint) if found.joint is not None else
                beyond_checks(task, space, data, readings, found.best.functions, found.estimate))
        found = replace(found, checks=(*found.checks, *more))
    learned = yield from _learned(task, data, prepared, found, () if found.joint is None else learned_functions(
        task, found.joint, readings[0].grid))
    return _with_data(learned, readings, found.best)


def _with_data(learned: LearnedEquation, readings: Sequence[Reading], best: Study) -> LearnedEquation:
    """An equation with what is missing in its data, and what is known of its noise."""
    names = list(dict.fromkeys(name for one in readings for name in one.gaps))
    if learned.weak is None:
        return learned
    kinds = {name: text for one in readings for name, text in one.kinds.items()}
    gaps = {name: (sum(one.sizes[name].missing for one in readings), sum(one.sizes[name].values for one in readings))
            for name in names}
    told = {name: sum(one.told[name].found.places.size for one in readings if name in one.told) for name in names
            if any(name in one.told for one in readings)}
    return replace(learned, weak=replace(learned.weak, gaps=gaps, left_out=best.left_out, kinds=kinds, told=told))


def _with_reasons(learned: LearnedEquation, lost: Sequence[str]) -> LearnedEquation:
    """An equation without functions that were asked for."""
    reasons = {word: f"the function of {word} is not told from zero in this data" for word in lost}
    return replace(learned, vanishing={**learned.vanishing, **reasons})


def _learned(
    task: EquationTask, data: Sequence[WeakData], prepared: Prepared, found: Found,
    functions: tuple[LearnedFunction, ...],
) -> Learning:
    best, choice = found.best, found.choice
    path = path_through(best, prepared.candidates, choice.active, task.columns_of_groups)
    selected = Selected(path, choice.active, task.asked)
    fitted = _fitted(task, best, found.estimate, functions)
    pairs = task.settings.stability
    if pairs:
        fitted = replace(fitted, stability=inclusion_of(task, data, prepared, found))
    imposed = yield Proposal(task, prepared, selected, fitted, partial(evidence_of, data, found))
    selected, fitted = imposed.selected, imposed.fitted
    trained = train_on(task, prepared, selected, fitted, _regression(task, best, np.array(fitted.coefficients)),
                       task.frames)
    learned = learned_equation(task, prepared, selected, fitted, trained,
                               Refitted((None,) * len(selected.path.steps)))
    record = WeakRecord(
        {name: one.half_width for name, one in best.functions.items()},
        {name: one.power for name, one in best.functions.items()}, {**data[0].levels, **data[0].single},
        tuple(({name: one.half_width for name, one in study.functions.items()}, clear)
              for study, clear in zip(found.studies, choice.clarities, strict=True)),
        choice.by_noise,
        unseen={prepared.words[one.column]: HiddenWord(one.coefficient, one.share) for one in found.unseen})
    told = told_apart([(one.word, one.on) for one in prepared.dependences], choice.active, prepared.words)
    looked = found.checks if told is None else (*(one for one in found.checks if one.name != told.name), told)
    exact = (exact_set(_regression(task, best), prepared.candidates, choice.active)
             if task.settings.exact_choice and not functions else None)
    if exact is not None:
        looked = (*looked, exact_choice(exact, choice.active, prepared.words))
    if pairs:
        looked = (*looked, stability(fitted.stability, choice.active, prepared.candidates, prepared.words, pairs))
    learned = replace(learned, checks=looked, certain=all(check.passed for check in looked), weak=record)
    return imposed.on(learned, task)


def _check(task: EquationTask) -> None:
    if task.everything:
        raise InputError(f"the weak form has functions of some words, not of every one: name them, or {MULTISTEP}")
    if task.asked and is_shaped(task):
        raise InputError("kernels and constraints of an equation need coefficients that are constant: leave --function "
                         "out")
    if task.settings.continuity > 0.0:
        raise InputError("the weak form tells from the noise how smooth a function is: leave --continuity out, or name "
                         f"{MULTISTEP}")
    if task.settings.norm not in ("l2", ROBUST):
        raise InputError(f"the weak form has no norm {task.settings.norm}, as every test function reads many values: "
                         f"take --norm {ROBUST} (norm={ROBUST!r} in Python), under which values that stand out are "
                         f"replaced, or {MULTISTEP}")
    if task.settings.zero_mean:
        raise InputError("the weak form takes no penalty on the mean: leave --zero-mean out, or name "
                         f"{MULTISTEP}")


def _studies(task: EquationTask, data: Sequence[WeakData], tried: Sequence[Functions]) -> list[Study]:
    found = study(data, tried, partial(task.report, "test functions"))
    task.report("test functions", len(tried), len(tried))
    unknowns = data[0].transform.shape[1] - 1
    enough = [one for one in found if one.rows > unknowns]
    if not enough:
        gaps = " that read no missing value" if any(one.left_out for one in found) else ""
        raise UnservedError(f"the data holds {max(one.rows for one in found)} test functions{gaps} for {unknowns} "
                            f"words of the {task.target.name}-equation: give more frames or points, fewer words, or "
                            "narrower test functions (--test-function, or test_functions in Python)")
    return enough


def _near(task: EquationTask, data: Sequence[WeakData], tried: Sequence[Functions]) -> list[Study]:
    """The studies of the constants under test functions near one that was asked for, those that there is room for."""
    if not task.settings.test_functions:
        return []
    wider = [near(data, one, factor) for one in tried for factor in NEAR]
    return [constant_part(one, len(task.terms)) for one in study(data, wider)]


def _powers(task: EquationTask, data: Sequence[WeakData], whole: Sequence[Study]) -> tuple[int, ...]:
    """m by column, from an equation of each trajectory by itself."""
    epsilons = task.measured.epsilons
    if epsilons is None:
        return (0,) * len(task.terms)
    studies = [constant_part(one, len(task.terms)) for one in whole]
    gone = _lost(task, studies)
    sought = [number for number, term in enumerate(task.terms) if term.known is None and number not in gone]
    clearest = max(studies, key=lambda one: clarity(path_of(one, sought), WEAK_JUMP))
    judges = [_regression(task, constant_part(study([one], [clearest.functions])[0], len(task.terms)))
              for one in data]
    return powers_of_epsilon(judges, sought, epsilons, task.ansatz.scales, WEAK_JUMP)


def _lost(task: EquationTask, studies: Sequence[Study]) -> dict[int, str]:
    """Columns that are noise, and what is said of them."""
    if all(one.noise[-1, -1] >= LOST * one.gram[-1, -1] for one in studies):
        raise InputError(f"{task.target.name} does not change in time beyond its noise in this data: ask for the "
                         "equations of other fields alone (--equation NAME, or equations='NAME' in Python), or give "
                         "frames in which it does")
    found = {}
    for column, term in enumerate(task.terms):
        if term.known is None and all(
                one.noise[column, column] >= LOST * one.gram[column, column] for one in studies):
            found[column] = f"{term.word} is lost in the noise of this data"
    return found


def _prepared(task: EquationTask, studies: Sequence[Study], powers: tuple[int, ...]) -> Prepared:
    words = [term.word for term in task.terms]
    gone = _lost(task, studies)
    functions = seen_functions(task.terms, task.asked, gone, False, task.target)
    equal = equal_in_the_continuum(words, task.twins, gone)
    gone |= {number: reason for number, reason in equal.items() if number not in functions}
    hidden = {*gone, *task.followers, *(number for number, term in enumerate(task.terms) if term.known is not None)}
    sharpest = max(studies, key=lambda one: one.rows)
    sharp = _regression(task, sharpest, np.zeros(len(words)))
    made_up = dependent(words, [sharp], dict.fromkeys(hidden, ""), frozenset(functions))
    twice = {one.word: one.reason(words) for one in made_up}
    gone |= twice
    check_leaders(task.terms, task.ties, gone)
    candidates = tuple(number for number in range(len(words))
                       if number not in hidden and number not in twice and number not in functions)
    if not candidates and not functions:
        raise InputError(f"every word of the {task.target.name}-equation vanishes in this data or is lost in its "
                         "noise: give others, or other data")
    names = tuple(str(word) for word in words)
    return Prepared(names, {names[number]: reason for number, reason in gone.items()}, powers, candidates, functions,
                    in_this_data(task, made_up, sharp))


def _regression(task: EquationTask, one: Study, least: Array | None = None) -> Regression:
    """The mean square of the residual by all coefficients.

    Parameters
    ----------
    task : EquationTask
    one : Study
    least : ndarray, shape (columns,), optional
        Coefficients that are to be its minimum; noise in the columns makes that another one.
    """
    gram, right = one.gram[:-1, :-1], one.gram[:-1, -1]
    centre = np.zeros(one.unknowns) if least is None else least
    loss = float(one.gram[-1, -1] - 2.0 * centre @ right + centre @ gram @ centre)
    slope = -2.0 * right if least is None else np.zeros(one.unknowns)
    model = QuadraticModel(loss, slope, 2.0 * gram).scaled(1.0 / one.rows)
    rounding = float(np.finfo(float).eps) ** 2 * float(one.gram[-1, -1]) / one.rows
    fixed = np.array([np.nan if term.known is None else term.known for term in task.terms])
    return Regression(TaylorModel(centre, model.bounded(rounding), one.rows, find_norm("l2"), rounding), fixed)


def _fitted(
    task: EquationTask, best: Study, found: Estimate, functions: tuple[LearnedFunction, ...]
) -> Fitted:
    coefficients = np.array([term.known or 0.0 for term in task.terms])
    coefficients[list(found.active)] = found.coefficients
    condition, collinear = collinearity(task.terms, found.active, best.gram[:-1, :-1])
    null = float(best.gram[-1, -1]) / best.rows
    return Fitted(
        scheme=WEAK, judge=WEAK, rate=0.0, width=None, coefficients=tuple(map(float, coefficients)),
        errors=tuple(map(float, found.errors)) if found.active else None, inclusion=None,
        loss=found.residual**2 * null, null=null, points=best.rows, converged=True, several=True, functions=functions,
        condition=condition, collinear=collinear, same=True)
