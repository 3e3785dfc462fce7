"""The words of a fit: the letters of the data's phase space, what networks compose, single words and libraries."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.operator_files import operator_from_dict, operator_to_dict
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
from symdcrnn.algebra.reading.library import library
from symdcrnn.algebra.relations.calculus import NOTHING, Declared
from symdcrnn.algebra.relations.continuum import continuum_form
from symdcrnn.algebra.relations.groups import same_in_the_continuum
from symdcrnn.algebra.rules import Pointwise, Quadrature, Sum
from symdcrnn.algebra.words import Field, Word
from symdcrnn.collisions.reading import kernels_of
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError, SettingError
from symdcrnn.given import described
from symdcrnn.settings import FitSettings

MOST_NAMED = 8
"""Letters that a message names."""

MOST_COMPARED = 400
"""Words of a dictionary whose forms in the continuum are compared; of more it would take too long."""


def space_of(trajectory: Trajectory, own: Sequence[Operator] = (), known: Sequence[str] = ()) -> PhaseSpace:
    """The phase space of a trajectory: what words on it may be made of.

    Parameters
    ----------
    trajectory : Trajectory
    own : sequence of Operator
        Of the user.
    known : sequence of str
        Functions of x that are given beside the trajectory.

    Raises
    ------
    InputError
        If the name of a field or a coordinate is taken.
    SettingError
        If the name of an operator is taken, or it does not fit the axes.
    """
    axes = tuple(Axis(axis.name, "velocity" if axis.weights is not None else axis.role, axis.periodic, axis.even,
                      axis.ordered) for axis in trajectory.axes)
    names = (*trajectory.field_names, *trajectory.profile_names)
    fields = [Field(name, trajectory.axes_of(name)) for name in names]
    fields += [Field(name, ("x",)) for name in known if name not in names]
    coordinates = {name: on for name, (on, _) in trajectory.coordinates.items()}
    given = phase_space(axes, fields, coordinates)
    try:
        return phase_space(axes, fields, coordinates, own) if own else given
    except InputError as error:
        raise SettingError("own_operators", f"cannot be used with this data: {error}", "operators") from None


def operators_of(settings: FitSettings, space: PhaseSpace) -> tuple[Operator, ...]:
    """The letters that networks compose.

    Raises
    ------
    SettingError
        If there is no such letter.
    """
    found = []
    if settings.operators == FitSettings.operators and not set(settings.operators) <= set(space.operators):
        raise SettingError("operators", "is not given, and the default ones are for data with velocities v: give "
                           "words, a library such as 'poly 3, d_x 4', or operators that suit the data, of "
                           f"{', '.join(list(space.operators)[:MOST_NAMED])}, ...")
    for name in settings.operators:
        try:
            found.append(space.operator(name))
        except InputError as error:
            raise SettingError("operators", f"has {name!r}: {error}") from None
        if found[-1].pointwise:
            raise SettingError("operators", f"has {name!r}, which is not linear: networks compose linear letters, name "
                               f"it in words such as '{name} u'")
    return tuple(found)


def operator_text(operator: Operator) -> str:
    """An operator of the user as JSON text."""
    return json.dumps(operator_to_dict(operator), sort_keys=True)


def own_operators(settings: FitSettings) -> tuple[Operator, ...]:
    """The operators of the user.

    Raises
    ------
    SettingError
        If a text is none.
    """
    found = []
    for text in settings.own_operators:
        try:
            found.append(operator_from_dict(json.loads(text)))
            _check_argument(found[-1])
        except InputError as error:
            raise SettingError("own_operators", f"cannot be used: {error}", "operators") from None
        except ValueError:
            raise SettingError("own_operators", f"has {text:.60}, which is no JSON text of an operator") from None
    return tuple(found)


def _check_argument(operator: Operator) -> None:
    """Refuse a function of what it acts on that is none."""
    for rule in operator.rules:
        for one in rule.rules if isinstance(rule, Sum) else (rule,):
            if isinstance(one, Pointwise) and not re.search(r"\bu\b", one.expression):
                raise InputError(f"the operator {operator.name!r} has the function {one.expression!r}, in which there "
                                 "is no u for what it acts on: write one, or take Profile for a factor")


def averages_for(target: Field, space: PhaseSpace) -> tuple[Operator, ...]:
    """The averages over the velocities that a field does not depend on."""
    lacking = [axis.name for axis in space.axes if axis.role == "velocity" and axis.name not in target.axes]
    whole = space.operators.get("mean")
    if whole is not None and whole.averaged_axes == frozenset(lacking):
        return (whole,)
    return tuple(Operator(f"mean_{name}", Quadrature(name)) for name in lacking)


def further_words(settings: FitSettings, space: PhaseSpace, target: Field) -> tuple[Word, ...]:
    """The single words and those of libraries that the equation of a field may have.

    Raises
    ------
    SettingError
        If a word or a library cannot be read, or a word that was asked for does not fit the equation.
    """
    found: dict[Word, None] = {}
    named = named_words(settings, space)
    for text in settings.words:
        equation, colon, rest = text.partition(":")
        if colon and equation.strip() != target.name:
            continue
        try:
            word = space.word(rest if colon else text, named)
        except InputError as error:
            raise SettingError("words", f"has {described(text)}: {error}") from None
        if set(word.axes) <= set(target.axes):
            found[word] = None
        elif colon or len(settings.equations) == 1:
            further = sorted(set(word.axes) - set(target.axes))
            raise SettingError("words", f"has {text!r}, which depends on {', '.join(further)}, on which "
                               f"{target.name!r} does not: average it, or leave it out of this equation")
    fields = [field for field in space.variables.values() if set(field.axes) <= set(target.axes)]
    for rule in settings.library:
        try:
            found.update(dict.fromkeys(library(rule, fields, space)))
        except InputError as error:
            raise SettingError("library", f"has {described(rule)}: {error}") from None
    for words in groups_of(settings, space, target).values():
        found.update(dict.fromkeys(words))
    return tuple(found)


def groups_of(settings: FitSettings, space: PhaseSpace, target: Field) -> dict[str, tuple[Word, ...]]:
    """By name, the words that are in the equation of a field together or not at all.

    Raises
    ------
    SettingError
        If a group cannot be read, is named twice, or a word is in two of them.
    """
    found: dict[str, tuple[Word, ...]] = {}
    named = named_words(settings, space)
    for text in settings.groups:
        name, sign, rest = (part.strip() for part in text.partition("="))
        if not sign or not name.isidentifier() or name in found:
            raise SettingError("groups", f"has {text!r}: write NAME = WORD; WORD, each name once")
        words: dict[Word, None] = {}
        for one in expanded(rest, text):
            try:
                word = space.word(one, named)
            except InputError as error:
                raise SettingError("groups", f"has {one!r} in {name}: {error}") from None
            if set(word.axes) <= set(target.axes):
                words[word] = None
        twice = [word for word in words if any(word in other for other in found.values())]
        if twice:
            raise SettingError("groups", f"has {twice[0]} in two groups: leave it out of one")
        if words:
            found[name] = tuple(words)
    for kernel in kernels_of(settings.kernels):
        if kernel.field not in space.variables:
            raise SettingError("kernels", f"has {kernel.name} of {kernel.field}: the fields of this data are "
                               f"{', '.join(space.variables)}")
        if kernel.field != target.name:
            continue
        try:
            own = tuple(dict.fromkeys(map(space.word, kernel.texts)))
        except InputError as error:
            raise SettingError("kernels", f"has {kernel.name}, a kernel of the angle, which needs one velocity: "
                               f"{error}") from None
        if kernel.name in found or any(word in other for word in own for other in found.values()):
            raise SettingError("kernels", f"has {kernel.name}, which shares its name or a word with a group: leave the "
                               "group out")
        found[kernel.name] = own
    return found


RANGE = re.compile(r"(.+?)\s+for\s+([a-z])\s*=\s*(\d{1,3})\s+to\s+(\d{1,3})\s*", re.DOTALL)
"""A word for some values of an index, such as ``P_l <P_l f> for l = 0 to 5``."""


def expanded(text: str, whole: str) -> list[str]:
    """The words of a group, those with an index for each of its values.

    Raises
    ------
    SettingError
        If there is none, or a range is empty.
    """
    found = []
    for part in (one.strip() for one in text.split(";")):
        ranged = RANGE.fullmatch(part)
        if ranged is None:
            found.append(part)
            continue
        word, index, first, last = ranged[1], ranged[2], int(ranged[3]), int(ranged[4])
        if last < first or f"_{index}" not in word:
            raise SettingError("groups", f"has {whole!r}: write a range such as P_l <P_l f> for l = 0 to 5")
        found += [re.sub(rf"_{index}\b", f"_{value}", word) for value in range(first, last + 1)]
    if not all(found):
        raise SettingError("groups", f"has {whole!r}: write NAME = WORD; WORD")
    return found


def nonlinear_words(settings: FitSettings, space: PhaseSpace) -> tuple[Word, ...]:
    """The nonlinear words that networks act on as on fields.

    Raises
    ------
    SettingError
        If one cannot be read, is linear in the fields, or is given twice.
    """
    return tuple(_nonlinear(settings, space).values())


def named_words(settings: FitSettings, space: PhaseSpace) -> dict[str, Word]:
    """Those that have a name, which other words may use, as in ``u2 = u^2``; errors as those of `nonlinear_words`."""
    return {name: word for name, word in _nonlinear(settings, space).items() if name.isidentifier()}


def _nonlinear(settings: FitSettings, space: PhaseSpace) -> dict[str, Word]:
    """By name, or by text where there is none."""
    found: dict[str, Word] = {}
    for text in settings.nonlinear:
        first, sign, rest = (part.strip() for part in text.partition("="))
        name, meaning = (first, rest) if sign else (text, text)
        if sign and (not name.isidentifier() or not name.isascii()):
            raise SettingError("nonlinear", f"has {text!r}: write a word such as u^2, or NAME = WORD with a name of "
                               "letters, digits and underscores")
        if sign and (name in found or name in space.operators or name in space.variables or name in space.profiles):
            raise SettingError("nonlinear", f"has {text!r}, a second meaning of {name!r}: choose another name")
        try:
            word = space.word(meaning, {one: known for one, known in found.items() if one.isidentifier()})
        except InputError as error:
            raise SettingError("nonlinear", f"has {described(text)}: {error}") from None
        if not word.fields:
            raise SettingError("nonlinear", f"has {text!r}, which no field is in that changes in time: write an "
                               "expression of fields, such as u^2")
        if isinstance(word.base, Field) and not any(letter.pointwise for letter in word.letters):
            raise SettingError("nonlinear", f"has {text!r}, which is linear in {word.base.name}: networks act on every "
                               "field as it is, so name its letters in --operators, or the word in --word")
        same = next((one for one, known in found.items() if known == word), None)
        if same is not None:
            raise SettingError("nonlinear", f"has {text!r}, which is {same!r} again: give each word once")
        found[name] = word
    return found


def check_nonlinear(settings: FitSettings, space: PhaseSpace, targets: Sequence[str]) -> None:
    """Refuse nonlinear words that have a part in no equation that is sought.

    Raises
    ------
    SettingError
        Naming the first of them and its axes.
    """
    for text, word in zip(settings.nonlinear, nonlinear_words(settings, space), strict=True):
        if not any(has_part(word, space.variables[target], space) for target in targets):
            raise SettingError("nonlinear", f"has {text!r}, which depends on {', '.join(word.axes)}: no field of an "
                               f"equation that is sought depends on all of them ({', '.join(targets)})")


def has_part(word: Word, target: Field, space: PhaseSpace) -> bool:
    """Whether a word, averaged over the velocities that a field does not depend on, can stand in its equation."""
    averaged = {axis.name for axis in space.axes if axis.role == "velocity"}
    return set(word.axes) <= averaged | set(target.axes)


def twins_of(
    words: Sequence[Word], space: PhaseSpace, declared: Declared = NOTHING, distinct: bool = False
) -> dict[Word, Word | None]:
    """Words that are others among them in the continuum up to a factor, and the most accurate of these.

    Words that are zero there by what is declared have None in its place.

    Parameters
    ----------
    words : sequence of Word
    space : PhaseSpace
    declared : Declared
    distinct : bool
        Whether those that are others are words of their own all the same.
    """
    if len(words) > MOST_COMPARED:
        return {}
    found: dict[Word, Word | None] = {} if distinct else {
        word: group.words[0] for group in same_in_the_continuum(words, space, declared) for word in group.words[1:]}
    if declared == NOTHING:
        return found
    return found | {word: None for word in words if not continuum_form(word, space, declared)}
