"""Learned models as systems with a small parameter: coefficients become symbols that carry values and error bars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import sympy

from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
from symdcrnn.algebra.relations.calculus import Calculus, Jet
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.words import space_of_model
from symdcrnn.equation import LearnedEquation, LearnedFunction
from symdcrnn.errors import InputError
from symdcrnn.limits.coefficients import Known
from symdcrnn.limits.equations.scaling import Entry, check_powers, epsilon_of, line_length, paired, power_of, shared
from symdcrnn.limits.expansion.measures import FINEST, Measure, measure, ordinates
from symdcrnn.limits.expansion.system import System
from symdcrnn.limits.result import LearnedProfile
from symdcrnn.model import AxisSummary, Model
from symdcrnn.regression.dictionary import own_operators
from symdcrnn.regression.terms import UNIT_WORD

LONGEST_INTERVAL = 2.2
"""Even velocities that reach no further fill [-1, 1]; others are a line."""

TIED = 1e-9
"""How far values of functions may be apart to be one, relative to the largest."""


@dataclass(frozen=True)
class Scaling:
    """How coefficients depend on the small parameter.

    Parameters
    ----------
    epsilon : float or None
        Its value; None where the equation itself has powers of it.
    powers : dict of str to int
        Those that were given, by ``EQUATION:WORD``.
    formal : bool
        Whether powers only say what is large, and no coefficient is multiplied by them.
    """

    epsilon: float | None
    powers: dict[str, int]
    formal: bool


@dataclass(frozen=True)
class LearnedSystem:
    """A system with what is known of its symbols; see `symdcrnn.limits.result.Limit`."""

    system: System
    known: dict[sympy.Symbol, Known]
    epsilon: float | None
    profiles: dict[str, LearnedProfile]
    assumed: tuple[str, ...]


def system_of(
    model: Model, small: str | None = None, large: str | None = None, epsilon: float | None = None,
    powers: Mapping[str, int] | None = None, velocities: Mapping[str, str] | None = None,
    data: Trajectory | None = None,
) -> LearnedSystem:
    """The system of a model.

    Parameters
    ----------
    model : Model
    small, large : str, optional
        A known function of the model that is small or large, in place of the scales of the coefficients.
    epsilon : float, optional
        The small parameter, in place of that of the scaled form.
    powers : mapping of str to int, optional
        By ``EQUATION:WORD``, powers of 1/epsilon in place of those that sizes tell; alone they say what is large.
    velocities : mapping of str to str, optional
        Measures by velocity axis, in place of those that the grid suggests.
    data : Trajectory, optional
        Whose points and weights averages are taken over.

    Raises
    ------
    InputError
        If there is no small parameter, or a word or an axis has no moments.
    """
    scaling = _scaling(model, small, large, epsilon, powers)
    space = space_of_model(model)
    words = {learned.target: {name: _word(space, name) for name in _names(learned)} for learned in model.equations}
    profiles = {learned.target: _profiles(learned, scaling, space) for learned in model.equations}
    named = {name: one for own in profiles.values() for name, one in own.values()}
    extended = phase_space(space.axes, [*space.fields, *(Field(name, tuple(one.points))
                                                         for name, one in named.items())],
                           model.data.coordinates, own_operators(model.settings))
    calculus = Calculus(extended)
    known: dict[sympy.Symbol, Known] = {}
    rates, lengths = {}, []
    used = set()
    symbol = calculus.symbol(Jet("epsilon", (), frozenset()))
    for learned in model.equations:
        if learned.target not in space.variables:
            raise InputError(f"the model has an equation of {learned.target!r}, which is none of its fields")
        target = space.variables[learned.target]
        entries = shared(_entries(learned, words[learned.target], scaling))
        lengths.append(line_length(entries, target))
        parts = []
        for entry in paired(entries, target, scaling.epsilon, scaling.formal):
            own = calculus.symbol(Jet(f"<{entry.symbol}>", (), frozenset()))
            scale = (scaling.epsilon or 1.0) ** entry.power if not scaling.formal else 1.0
            known[own] = Known(entry.coefficient.value * scale, None if entry.coefficient.error is None
                               else entry.coefficient.error * scale)
            factor = sympy.Rational(entry.factor).limit_denominator(FINEST)
            parts.append(factor * own * symbol**-entry.power * calculus.value(entry.word))
        for function in learned.functions:
            name, one = profiles[learned.target][function.word]
            profile = calculus.symbol(Jet(name, (), frozenset(one.points)))
            sign = -1 if _negative(function) else 1
            power = _power_of_function(learned.target, function, scaling)
            parts.append(sign * profile * symbol**-power * calculus.value(words[learned.target][function.word]))
        rates[target] = sympy.expand(sympy.Add(*parts))
        used |= {axis for word in words[learned.target].values() for field in word.fields for axis in field.axes}
        used |= set(target.axes)
    rates = _with_parameter(calculus, rates, symbol, small, large)
    chosen, assumed = _measures(model, space, used, velocities or {}, data, next((one for one in lengths if one), None))
    system = System(calculus, chosen, rates, symbol, large)
    return LearnedSystem(system, known, 1.0 if scaling.formal else scaling.epsilon, named, assumed)


def _scaling(
    model: Model, small: str | None, large: str | None, epsilon: float | None, powers: Mapping[str, int] | None
) -> Scaling:
    given = check_powers(powers)
    if small is not None and large is not None:
        raise InputError("a small and a large function are given: name one of both")
    if epsilon is None and (given or large is not None or small not in (None, "epsilon", "eps")):
        return Scaling(None, given, True)
    return Scaling(epsilon_of(model, epsilon), given, False)


def _with_parameter(
    calculus: Calculus, rates: dict[Field, sympy.Expr], symbol: sympy.Symbol, small: str | None, large: str | None
) -> dict[Field, sympy.Expr]:
    """Rates in which a known function is small or large."""
    name = large or (small if small not in (None, "epsilon", "eps") else None)
    if name is None:
        return rates
    jets = [one for one, atom in calculus.atoms.items() if isinstance(atom, Jet) and atom.of == name]
    if not jets:
        known = [field.name for field in calculus.space.fields if "t" not in field.axes]
        raise InputError(f"no word of the model has the known function {name!r}: choose from "
                         f"{', '.join(known) or 'none'}, or give powers such as 'f:<f>' = 1")
    power = -1 if large else 1
    return {field: sympy.expand(value.xreplace({one: one * symbol**power for one in jets}))
            for field, value in rates.items()}


def _word(space: PhaseSpace, text: str) -> Word:
    return Word.of((), UNIT) if text == UNIT_WORD else space.word(text)


def _names(learned: LearnedEquation) -> list[str]:
    return [*(term.word for term in learned.terms), *(function.word for function in learned.functions)]


def _entries(learned: LearnedEquation, words: Mapping[str, Word], scaling: Scaling) -> list[Entry]:
    found = []
    for number, term in enumerate(learned.terms):
        given = scaling.powers.get(f"{learned.target}:{term.word}")
        power = (given if given is not None else term.power if term.power or scaling.epsilon is None
                 else power_of(abs(term.coefficient), scaling.epsilon))
        error = 0.0 if term.known else term.error
        found.append(Entry(words[term.word], Known(term.coefficient, error), power, f"{learned.target} {number}", 1.0))
    unknown = [name for name in scaling.powers if name.partition(":")[0] == learned.target
               and name.partition(":")[2] not in words]
    if unknown:
        raise InputError(f"powers has {unknown[0]!r}, which is no word of the equation: choose from "
                         f"{', '.join(words)}")
    return found


def _power_of_function(target: str, function: LearnedFunction, scaling: Scaling) -> int:
    given = scaling.powers.get(f"{target}:{function.word}")
    if given is not None or scaling.epsilon is None:
        return given or 0
    mean = sum(abs(value) for value in function.values) / len(function.values)
    return power_of(mean, scaling.epsilon)


def _negative(function: LearnedFunction) -> bool:
    return sum(function.values) < 0.0


def _profiles(
    learned: LearnedEquation, scaling: Scaling, space: PhaseSpace
) -> dict[str, tuple[str, LearnedProfile]]:
    """Names and values of learned functions by word; those that are each other's negative are one."""
    found: dict[str, tuple[str, LearnedProfile]] = {}
    for function in learned.functions:
        sign = -1.0 if _negative(function) else 1.0
        scale = 1.0 if scaling.formal else (scaling.epsilon or 1.0) ** _power_of_function(learned.target, function,
                                                                                            scaling)
        values = tuple(sign * scale * value for value in function.values)
        same = next((pair for pair in found.values() if pair[1].points == function.points
                     and _near(pair[1].values, values)), None)
        number = len({name for name, _ in found.values()})
        name = f"a_{learned.target}" if not number else f"a_{learned.target}_{number}"
        while name in space.operators or name in space.variables:
            name = f"{name}_"
        found[function.word] = same or (name, LearnedProfile(function.points, values))
    return found


def _near(first: Iterable[float], second: Iterable[float]) -> bool:
    pairs = list(zip(first, second, strict=True))
    return max(abs(one - other) for one, other in pairs) <= TIED * max(abs(one) for one, _ in pairs)


def _measures(
    model: Model, space: PhaseSpace, used: set[str], given: Mapping[str, str], data: Trajectory | None,
    length: float | None,
) -> tuple[tuple[Measure, ...], tuple[str, ...]]:
    axes = {axis.name: axis for axis in space.axes}
    for name in given:
        if name not in axes or axes[name].role == "space":
            raise InputError(f"a measure is given for {name!r}, which is no velocity axis of the model")
    found, assumed = [], []
    for summary in model.data.axes:
        axis = axes[summary.name]
        if axis.role == "space" or axis.name not in used:
            continue
        if axis.role == "index" and axis.name not in given:
            raise InputError(f"{axis.name} is an axis without averages: a limit needs velocities with weights")
        own = [name for name, on in model.data.coordinates.items() if on == (axis.name,) and name != axis.name]
        one = _of_data(data, axis, own) if data is not None and axis.name not in given else \
            measure(given.get(axis.name) or _suggested(summary, own), axis.name, own)
        if one.name == "line":
            one = replace(one, length=sympy.Rational(length or 1.0).limit_denominator(FINEST))
        found.append(one)
        assumed.append(_said(one))
    return tuple(found), tuple(assumed)


def _suggested(axis: AxisSummary, coordinates: list[str]) -> str:
    """The measure that a grid suggests."""
    if len(coordinates) == 2 or not axis.ordered:
        return "circle"
    if axis.spacing is None:
        return "legendre"
    if axis.size == 2 and math.isclose(axis.spacing, 2.0):
        return "two"
    return "legendre" if axis.spacing * axis.size <= LONGEST_INTERVAL else "line"


def _of_data(data: Trajectory, axis: Axis, own: list[str]) -> Measure:
    place = next((one for one in data.axes if one.name == axis.name), None)
    if place is None or place.weights is None:
        raise InputError(f"the data has no weights along {axis.name}: give a measure of velocities instead")
    coordinates = {name: values.tolist() for name, (on, values) in data.coordinates.items()
                   if on == (axis.name,) and (name in own or (not own and name == axis.name))}
    return ordinates(axis.name, coordinates, place.weights.tolist())


def _said(one: Measure) -> str:
    about = {"legendre": "all of [-1, 1] alike", "hermite": "the weight exp(-v^2/2)", "line": "all velocities alike, "
             "what decays at the ends", "circle": "all directions alike", "two": "the velocities -1 and 1",
             "ordinates": "the weights of the data"}[one.name]
    names = ", ".join(one.coordinates)
    return f"averages over {one.axis}{'' if names == one.axis else f' ({names})'}: {about}"
