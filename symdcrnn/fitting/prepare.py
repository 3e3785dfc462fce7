"""Measured -> Prepared: compile the words, and tell those that the data shows from those that vanish in it."""

from __future__ import annotations

from collections.abc import Sequence

from symdcrnn.errors import InputError
from symdcrnn.fitting.stages import Prepared
from symdcrnn.fitting.task import L2, EquationTask, bound_equations
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.preprocess.frames import BoundWords
from symdcrnn.preprocess.phase_grid import with_words
from symdcrnn.regression.constraints import check_leaders
from symdcrnn.regression.dependence import (
    Dependence,
    dependent,
    equal_in_the_continuum,
    holds_for_all_data,
    written_otherwise,
)
from symdcrnn.regression.terms import seen_functions
from symdcrnn.regression.vanishing import LIKE_ROUNDING, vanishing
from symdcrnn.selection.backward_elimination import STRONG_JUMP
from symdcrnn.selection.epsilon_powers import powers_of_epsilon


def prepare_words(task: EquationTask) -> Prepared:
    """Which words the data can tell.

    Parameters
    ----------
    task : EquationTask

    Raises
    ------
    InputError
        If the field does not change, or every word vanishes, or one of which more was asked than that.
    """
    target, asked = task.target, task.asked_scheme
    task.report("compiling kernels", 0, 2)
    if asked is not None:
        bound_equations(task, asked, find_norm(task.settings.norm))
    task.report("compiling kernels", 1, 2)
    judges = [part.regression for part in bound_equations(task, task.judging, L2)]
    task.report("compiling kernels", 2, 2)
    sizes = [one.loss.sizes() for one in _words(task)]
    if any(one.change.rms <= LIKE_ROUNDING * one.change.rounding for one in sizes):
        raise InputError(f"{target.name} does not change in time in this data: ask for the equations of other fields "
                         "alone (--equation NAME, or equations='NAME' in Python), or give frames in which it does")
    gone = _vanishing_everywhere(task, sizes)
    every = [term.word for term in task.terms]
    equal = equal_in_the_continuum(every, task.twins, gone)
    # What is given, or follows another word, is not told by this data; and what is asked for stays.
    named = {*task.asked, *(tie.leader for tie in task.ties)}
    gone |= {number: reason for number, reason in equal.items() if number not in named | task.followers}
    sought = set(judges[0].sought) - task.followers
    apart = {number: "" for number in range(len(every)) if number not in sought}
    made_up = dependent(every, judges, {**gone, **apart}, named)
    gone |= {one.word: one.reason(every) for one in made_up}
    powers, epsilons = (0,) * len(task.terms), task.measured.epsilons
    if epsilons is not None:
        seen = [number for number in judges[0].sought if number not in gone]
        powers = powers_of_epsilon(judges, seen, epsilons, task.ansatz.scales, STRONG_JUMP)
    check_leaders(task.terms, task.ties, gone)
    functions = seen_functions(task.terms, task.asked, gone, task.everything, target)
    left_out = {*gone, *functions, *task.followers}
    candidates = tuple(number for number in judges[0].sought if number not in left_out)
    if not candidates and not functions:
        raise InputError(f"every word of the {target.name}-equation vanishes in this data: give others, or other data")
    names = tuple(str(term.word) for term in task.terms)
    return Prepared(names, {names[number]: reason for number, reason in gone.items()}, powers, candidates, functions,
                    in_this_data(task, made_up, judges[0]))


def in_this_data(task: EquationTask, made_up: Sequence[Dependence], judge: Regression) -> tuple[Dependence, ...]:
    """The words that others make up in this data alone, and not for any fields.

    Parameters
    ----------
    task : EquationTask
    made_up : sequence of Dependence
    judge : Regression
    """
    if not made_up:
        return ()
    every = [term.word for term in task.terms]
    same = set(written_otherwise(task.terms, sorted({one.word for one in made_up} | {
        number for one in made_up for number in one.on}), judge))
    outline = with_words(task.data[0].grid, every).between(0, 1)
    return tuple(one for one in made_up
                 if not (len(one.on) == 1 and {(one.word, one.on[0]), (one.on[0], one.word)} & same)
                 and not holds_for_all_data(one, every, outline, task.stencils))


def _words(task: EquationTask) -> list[BoundWords]:
    found = [part.multistep for part in bound_equations(task, task.judging, L2)]
    return [one for one in found if one is not None]


def _vanishing_everywhere(task: EquationTask, sizes: Sequence[ValueSizes]) -> dict[int, str]:
    """Terms that vanish in every trajectory, and why in the first."""
    found = [vanishing(task.terms, one) for one in sizes]
    return {number: reason for number, reason in found[0].items() if all(number in other for other in found)}
