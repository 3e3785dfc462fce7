"""What a fit is given: settings, trajectories and known functions, checked before any work is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.algebra.ansatz import Ansatz, build_ansatz
from symdcrnn.algebra.operators import OPERATORS, Operator
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.rnn import count_compositions
from symdcrnn.algebra.words import Field, Word
from symdcrnn.data.axes import real_array
from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.data.units import check_same_units
from symdcrnn.errors import InputError, SettingError, nearest
from symdcrnn.given import check_kind, check_mappings, described, plain_tuple
from symdcrnn.preprocess.phase_grid import fields_of
from symdcrnn.regression.dictionary import (
    averages_for,
    further_words,
    has_part,
    nonlinear_words,
    operator_text,
    operators_of,
)
from symdcrnn.scaled_form import MOST_SCALES
from symdcrnn.setting_entries import says_words, with_dictionary_alone
from symdcrnn.settings import BY_EQUATION, LISTS, FitSettings

Array = NDArray[np.float64]

KNOWN_FUNCTIONS = ("sigma_s", "sigma_a", "source")
"""Functions of x that a trajectory, or the caller, may give."""

LARGEST_DICTIONARY = 1500
"""Words of one equation at most: its Gram matrix is stored."""

MOST_COMPOSITIONS = 1_000_000
"""Compositions of operators, before the relations, that are expanded at all."""


def sources_of(
    trajectory: Trajectory | StoredTrajectory | Sequence[Trajectory | StoredTrajectory]
) -> tuple[Trajectory | StoredTrajectory, ...]:
    """All trajectories, from one or several.

    Raises
    ------
    InputError
        If something else is among them.
    """
    given = trajectory if isinstance(trajectory, Sequence) and not isinstance(trajectory, str) else (trajectory,)
    for one in given:
        if not isinstance(one, Trajectory | StoredTrajectory):
            raise InputError(f"a fit is given {described(one)}, which is no trajectory: read a file by "
                             "read_trajectory or open_trajectory, make one by Trajectory.from_arrays or of a dataset "
                             "by Trajectory.of, or take symdcrnn.DCRNN, which reads all of these")
    return tuple(given)


def shared_fields(trajectories: Sequence[Trajectory]) -> tuple[Field, ...]:
    """The fields of all trajectories.

    Raises
    ------
    InputError
        If there is no trajectory, or they do not have the same fields in the same units.
    """
    if not trajectories:
        raise InputError("there is no trajectory to learn from: give at least one")
    fields = fields_of(trajectories[0])
    for other in trajectories[1:]:
        if set(fields_of(other)) != set(fields):
            found = (", ".join(str(field) for field in one.field_names) for one in (trajectories[0], other))
            raise InputError(f"the trajectories do not have the same fields: {' against '.join(found)}")
    check_same_units(trajectories)
    return fields


def known_epsilons(trajectories: Sequence[Trajectory]) -> tuple[float, ...] | None:
    """The epsilon of every trajectory, where all are known and they differ."""
    found = [one.epsilon for one in trajectories]
    known = tuple(value for value in found if value is not None)
    return known if len(known) == len(found) and len(set(known)) > 1 else None


def ansatz_of(
    settings: FitSettings, fields: Sequence[Field], target: str, space: PhaseSpace
) -> Ansatz:
    """The ansatz of one equation, with the most scales there may be.

    Parameters
    ----------
    settings : FitSettings
    fields : sequence of Field
    target : str
    space : PhaseSpace
        Whose letters the operators are.

    Raises
    ------
    InputError
        If an operator or the field is unknown, or the dictionary too large to be fitted.
    """
    operators = operators_of(settings, space)
    scales = settings.scales if isinstance(settings.scales, int) else MOST_SCALES
    averages, nonlinear = None, tuple[Word, ...]()
    if target in space.variables:
        aim = space.variables[target]
        averages = averages_for(aim, space)
        nonlinear = tuple(word for word in nonlinear_words(settings, space) if has_part(word, aim, space))
    ansatz = build_ansatz(target, fields, operators, settings.layers, scales, averages, nonlinear)
    if settings.dictionary_alone:
        # Nothing is composed: a field by itself is in the equation of another one if it is a word that was asked for.
        listed = {Word((), ansatz.target), *nonlinear, *further_words(settings, space, ansatz.target)}
        asked = tuple(base for base, polynomial in zip(ansatz.bases, ansatz.polynomials, strict=True)
                      if base in listed or listed.issuperset(polynomial.words))
        ansatz = replace(ansatz, bases=asked)
    compositions = count_compositions(operators, settings.layers)
    if compositions > MOST_COMPOSITIONS:
        raise InputError(
            f"{settings.layers} layers of {len(operators)} operators compose {compositions:.1e} words: "
            "use fewer layers or operators"
        )
    words = len(ansatz.words)
    if words > LARGEST_DICTIONARY:
        made_by = (
            ("the library and the words asked for", "ask for fewer factors or derivatives") if settings.dictionary_alone
            else (f"{settings.layers} layers of {len(operators)} operators", "use fewer layers or operators")
        )
        raise InputError(
            f"{made_by[0]} make {words} words, more than a fit can tell apart (at most {LARGEST_DICTIONARY}): "
            f"{made_by[1]}"
        )
    return ansatz


def known_profiles(trajectory: Trajectory, known: Mapping[str, ArrayLike]) -> dict[str, Array]:
    """The known functions of x, those of the caller and those of the trajectory.

    Raises
    ------
    InputError
        If a name is not one of `KNOWN_FUNCTIONS`, values do not fit the grid, or are not those that the trajectory has.
    """
    profiles = {
        name: trajectory.profile(name) for name in trajectory.profile_names
        if name in KNOWN_FUNCTIONS and trajectory.axes_of(name) == ("x",)
    }
    for name, values in known.items():
        if name not in KNOWN_FUNCTIONS:
            raise InputError(f"unknown function {name!r}: it must be one of {', '.join(KNOWN_FUNCTIONS)}")
        array = real_array(values, f"known function {name!r}")
        if array.shape not in ((), trajectory.x.shape):
            raise InputError(
                f"{name} has shape {array.shape}: give one number or {trajectory.x.size} values, one per x"
            )
        if not np.all(np.isfinite(array)):
            raise InputError(f"{name} has a value that is not finite: give finite numbers")
        if name in profiles and not np.allclose(profiles[name], array, rtol=1e-12, atol=0.0):
            raise SettingError(name, "has other values than those stored in the data: leave it out, or remove those")
        profiles[name] = np.ascontiguousarray(np.broadcast_to(array, trajectory.x.shape))
    return profiles


def check_combinations(
    settings: FitSettings, trajectories: Sequence[Trajectory], epsilons: Sequence[float] | None
) -> None:
    """Refuse what has no meaning together.

    Raises
    ------
    InputError
        If functions are sought that trajectories do not share.
    """
    if not settings.functions:
        return
    named = {axis for name in trajectories[0].field_names for axis in settings.function_axes_of(name)}
    for axis in {one.strip() for name in named for one in (name or "x").split(",")}:
        points = [_points(one, axis) for one in trajectories]
        if any(other.shape != points[0].shape or not np.allclose(other, points[0], rtol=0.0,
                                                                 atol=1e-9 * float(np.ptp(points[0])))
               for other in points) or len({one.periodic for one in trajectories}) > 1:
            raise InputError(f"functions of {axis} are shared by all trajectories, which have different points of "
                             f"{axis}: interpolate them to the same points")
    if epsilons is not None:
        raise InputError("coefficients that are functions are shared by all trajectories, which have different "
                         "epsilons: give those of one epsilon")


def _points(trajectory: Trajectory, axis: str) -> Array:
    """The points of an axis; none where there is no such one."""
    if axis == "t":
        return trajectory.t
    return next((one.coordinate for one in trajectory.axes if one.name == axis), np.zeros(1))


def check_targets(settings: FitSettings, targets: Sequence[str]) -> None:
    """Refuse settings of equations that are not sought.

    Raises
    ------
    SettingError
        Naming the entry.
    """
    for name, form in BY_EQUATION.items():
        for asked in getattr(settings, name):
            if asked.partition(":")[0].strip() not in targets:
                raise SettingError(name, f"has {asked!r}, of no equation that is sought: write {form}")
    for asked in settings.words:
        if ":" in asked and asked.partition(":")[0].strip() not in targets:
            raise SettingError("words", f"has {asked!r}, of no equation that is sought: write WORD, or EQUATION:WORD "
                               f"with one of {', '.join(targets)}")


def known_in_all(
    trajectories: Sequence[Trajectory], known: Mapping[str, ArrayLike] | Sequence[Mapping[str, ArrayLike]] | None
) -> list[dict[str, Array]]:
    """The known functions of x of every trajectory.

    Raises
    ------
    InputError
        If they are not the same functions.
    """
    given = ([known or {}] * len(trajectories) if known is None or isinstance(known, Mapping)
             else list(plain_tuple(known) or ()))
    if len(given) != len(trajectories):
        raise InputError(f"known was given {described(known)} for {len(trajectories)} trajectories: give a dict such "
                         "as {'sigma_s': values}, or a list with one for each trajectory")
    for names in given:
        check_mappings(known={} if names is None else names)
    profiles = [known_profiles(one, names) for one, names in zip(trajectories, given, strict=True)]
    if len({frozenset(found) for found in profiles}) > 1:
        raise InputError("the trajectories do not know the same functions of x: give them to all or to none")
    return profiles


def check_names(fields: Sequence[Field]) -> None:
    """A field of the name of an operator would make printed words ambiguous."""
    for field in fields:
        if field.name in OPERATORS:
            raise InputError(f"the field {field.name!r} has the name of an operator: rename it in the data")


def merged_settings(settings: FitSettings | None, changes: Mapping[str, Any]) -> FitSettings:
    if settings is not None:
        check_kind(settings, FitSettings, "a fit, as its settings,", "give FitSettings(...), or single settings by "
                   "name, such as layers=1")
    names = set(FitSettings.__dataclass_fields__)
    for name in changes:
        if name not in names:
            raise InputError(f"unknown setting {name!r}: {nearest(name, names)}")
    tidy: dict[str, Any] = {name: _listed(name, value) if name in LISTS else value for name, value in changes.items()}
    if "operators" in tidy:
        asked = tidy["operators"]
        own = [one for one in asked if isinstance(one, Operator)]
        # Networks compose what is linear; functions of one's own are letters of words alone.
        linear = [one for one in tidy["operators"] if not (isinstance(one, Operator) and one.pointwise)]
        tidy["operators"] = tuple(one.name if isinstance(one, Operator) else one for one in linear)
        if all(isinstance(one, Operator) for one in asked) and says_words(tidy):
            # What is given are letters for these words; nothing was said of networks.
            del tidy["operators"]
        if own:
            tidy["own_operators"] = (*tidy.get("own_operators", ()), *map(operator_text, own))
    return replace(settings or FitSettings(), **with_dictionary_alone(tidy))


def _listed(name: str, value: Any) -> tuple[Any, ...]:
    if name == "test_functions" and isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    if name == "test_functions" and isinstance(value, Mapping):
        value = [f"{axis}={steps}" for axis, steps in value.items()]
    found = (value,) if isinstance(value, Operator) else plain_tuple(value)
    if found is None:
        raise SettingError(name, f"is {described(value)}: give a list of names")
    return found
