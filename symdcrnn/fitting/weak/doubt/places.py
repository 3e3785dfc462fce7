"""Whether a function could be in another place of the equation: on another word, or of another axis.

Noise lets a function in the wrong place explain data.  Functions in other places are put beside those that were found,
as many known functions of the axis each, in one pass for all of them.  The data tells the places apart if what
was found still varies beside them, and if they explain nothing that it leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.rules import Stencil
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.algebra.words import UNIT, Word
from symdcrnn.equation import Check
from symdcrnn.fitting.task import EquationTask
from symdcrnn.fitting.weak.doubt.known_functions import of_time, powers, waves
from symdcrnn.fitting.weak.doubt.wider import TOO_MUCH, affordable, movable, wider
from symdcrnn.fitting.weak.measure import Reading
from symdcrnn.weak_form.decision.beside import Beside, beside_equation
from symdcrnn.weak_form.decision.choice import ADDED, KEPT
from symdcrnn.weak_form.functions import JointEstimate
from symdcrnn.weak_form.study import WeakData

Array = NDArray[np.float64]

UNIT_ALONE = Word.of((), UNIT)

IN_TIME, IN_POWERS = 8, 6
"""Powers of t, and of another coordinate, in a function of it."""

WAVES, JUMPING = 6, 2
"""In a function of a periodic coordinate, and powers in one that may jump where the axis ends."""


@dataclass(frozen=True)
class Place:
    """Where a function could be.

    Parameters
    ----------
    name : str
        In a sentence.
    words : tuple of Word
        Times known functions.
    """

    name: str
    words: tuple[Word, ...]


def place_checks(
    task: EquationTask, space: PhaseSpace, data: Sequence[WeakData], readings: Sequence[Reading], joint: JointEstimate,
) -> tuple[Check, ...]:
    """The check of the places of functions; none where there are no others.

    Parameters
    ----------
    task : EquationTask
    space : PhaseSpace
    data : sequence of WeakData
        Of all trajectories.
    readings : sequence of Reading
    joint : JointEstimate
        Constants and functions of the equation.
    """
    places = [place for place in _places(task, data, joint) if all(movable(word, space) for word in place.words)]
    known = {task.terms[column].word: column for column in joint.active}
    words = list(dict.fromkeys(word for place in places for word in place.words if word not in known))
    unknowns = [*joint.active, *joint.family.unknowns]
    if words and not affordable(len(words), len(unknowns), data):
        return (Check("place", True, f"functions in other places were not looked for: {TOO_MUCH}"),)
    wide = wider(task, space, data, readings, joint.whole.functions,
                 dict(zip(unknowns, joint.found.values, strict=True)), words)
    if wide is None:
        return ()
    known |= wide.column
    beside = [beside_equation(wide.whole, wide.spread, joint, [known[word] for word in place.words],
                              wide.found[len(joint.active):]) for place in places]
    return (_told_apart(task, joint, places, beside),)


def _told_apart(
    task: EquationTask, joint: JointEstimate, places: Sequence[Place], beside: Sequence[Beside]
) -> Check:
    words = [task.terms[column].word for column in joint.family.words]
    names = ["the source" if word == UNIT_ALONE else f"the function of {word}" for word in words]
    varying = [number for number in range(len(names)) if joint.significance(number)[1] >= ADDED]
    stays = [(one.stays(number), names[number], place.name) for place, one in zip(places, beside, strict=True)
             for number in varying]
    needed, needs = max((one.needed, place.name) for place, one in zip(places, beside, strict=True))
    if needed > ADDED:
        return Check("place", False, f"{needs} would be {needed:.3g} standard errors from none beside what was found: "
                     f"the functions of {task.axis} are not all that varies", needed)
    if not stays:
        return Check("place", True, f"no function in another place is more than {needed:.3g} standard errors from none",
                     needed)
    least, name, other = min(stays)
    found = f"{least:.3g} standard errors from a constant beside {other}"
    if least >= KEPT:
        return Check("place", True, f"{name} stays {found}", least)
    could = " or ".join(dict.fromkeys(one for size, _, one in sorted(stays) if size < KEPT))
    return Check("place", False, f"instead of {name}, which is {found}, the equation could have "
                 f"{could}", least)


def _places(task: EquationTask, data: Sequence[WeakData], joint: JointEstimate) -> Iterator[Place]:
    """Functions of the same axis on the other words, and functions of other axes on the same words."""
    outline, target = data[0].grid.outline, task.target
    axes = {axis.name: axis for axis in outline.axes if axis.name in target.axes and axis.size > 2}
    own = [task.terms[column].word for column in joint.family.words]
    others = dict.fromkeys([UNIT_ALONE, Word((), target), *(task.terms[column].word for column in joint.active)])

    def times(word: Word, name: str) -> Iterator[Word]:
        if name == "t":
            letters = of_time(outline.t, IN_TIME)
        elif not axes[name].periodic:
            letters = powers(axes[name], IN_POWERS)
        else:
            # What jumps at the end of a periodic axis has no derivative there.
            differs = any(isinstance(rule, Stencil) and rule.axis == name for rule in rules_of(word))
            letters = (*waves(axes[name], WAVES), *(() if differs else powers(axes[name], JUMPING)))
        yield from (word.after(one) for one in letters)

    def on(words: Sequence[Word], name: str) -> str:
        of = "changes in time" if name == "t" else f"is a function of {name}"
        return (f"a source that {of}" if words == [UNIT_ALONE] else
                f"a coefficient of {' and '.join(map(str, words))} that {of}")

    for word in others:
        if word not in own:
            yield Place(on([word], task.axis), (word, *times(word, task.axis)))
    for name in ("t", *axes):
        if name != task.axis:
            # The functions that were found have a constant.
            yield Place(on(own, name), tuple(one for word in own for one in times(word, name)))
