"""Learned models as systems with a small parameter: coefficients become symbols that carry values and error bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
from symdcrnn.algebra.relations.calculus import Calculus, Jet
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.words import space_of_model
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError
from symdcrnn.limits.coefficients import Known
from symdcrnn.limits.equations.conserving import conserves, conserving
from symdcrnn.limits.equations.profiles import ProfileTerm, profile_terms
from symdcrnn.limits.equations.scaling import (
    Entry,
    Scaling,
    check_powers,
    epsilon_of,
    line_length,
    paired,
    power_of,
    shared,
)
from symdcrnn.limits.equations.velocities import measures_of
from symdcrnn.limits.expansion.measures import FINEST
from symdcrnn.limits.expansion.system import System
from symdcrnn.limits.result import LearnedProfile
from symdcrnn.model import Model
from symdcrnn.regression.dictionary import own_operators
from symdcrnn.regression.terms import UNIT_WORD


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
    space = space_of_model(model)
    scaling = _scaling(model, small, large, epsilon, _named_powers(space, powers))
    for learned in model.equations:
        if learned.target not in space.variables:
            raise InputError(f"the model has an equation of {learned.target!r}, which is none of its fields")
    words = {learned.target: {name: _word(space, name) for name in _names(learned)} for learned in model.equations}
    profiles = {learned.target: profile_terms(learned, words[learned.target], space.variables[learned.target], scaling,
                                              space) for learned in model.equations}
    named = {one.name: one.profile for terms in profiles.values() for one in terms}
    more = [Field(name, tuple(one.points)) for name, one in named.items()]
    extended = phase_space(space.axes, [*space.fields, *more], model.data.coordinates, own_operators(model.settings))
    entries = {learned.target: shared(_entries(learned, words[learned.target], scaling)) for learned in model.equations}
    lengths = [line_length(entries[name], space.variables[name]) for name in entries]
    used = {axis for own in words.values() for word in own.values() for one in word.fields for axis in one.axes}
    used |= {axis for name in entries for axis in space.variables[name].axes}
    length = next((one for one in lengths if one), None)
    chosen, assumed = measures_of(model, space, used, velocities or {}, data, length)
    calculus = Calculus(extended)
    symbol = calculus.symbol(Jet("epsilon", (), frozenset()))
    # Powers that only say what is large may be meant for collisions that conserve as they are, or for those of f that
    # do when its absorption is apart.
    for apart in (False, True) if scaling.formal else (True,):
        known: dict[sympy.Symbol, Known] = {}
        rates = {space.variables[name]: _rate(calculus, space.variables[name], entries[name], profiles[name], scaling,
                                              symbol, known, apart) for name in entries}
        rates = _with_parameter(calculus, rates, symbol, small, large)
        system = conserving(System(calculus, chosen, rates, symbol, large), known)
        if not scaling.formal or conserves(system):
            break
    guessed = tuple(f"the equation of {one.target}, which is the best guess of its fit"
                    for one in model.equations if not one.certain)
    return LearnedSystem(system, known, 1.0 if scaling.formal else scaling.epsilon, named, (*assumed, *guessed))


def _rate(
    calculus: Calculus, target: Field, entries: Sequence[Entry], profiles: Sequence[ProfileTerm], scaling: Scaling,
    symbol: sympy.Symbol, known: dict[sympy.Symbol, Known], apart: bool,
) -> sympy.Expr:
    """The right-hand side of an equation; the values of its coefficients are entered in `known`."""
    parts = []
    for entry in paired(entries, target, scaling.epsilon, apart and scaling.formal):
        own = calculus.symbol(Jet(f"<{entry.symbol}>", (), frozenset()))
        scale = 1.0 if scaling.formal else (scaling.epsilon or 1.0) ** entry.power
        error = entry.coefficient.error
        known[own] = Known(entry.coefficient.value * scale, None if error is None else error * scale)
        factor = sympy.Rational(entry.factor).limit_denominator(FINEST)
        parts.append(factor * own * symbol**-entry.power * calculus.value(entry.word))
    for one in profiles:
        axes = tuple(one.profile.points)
        profile = calculus.symbol(Jet(Field(one.name, axes) if TIME in axes else one.name, (), frozenset(axes)))
        parts.append(one.sign * profile * symbol**-one.power * calculus.value(one.word))
    return sympy.expand(sympy.Add(*parts))


def _named_powers(space: PhaseSpace, powers: Mapping[str, int] | None) -> dict[str, int]:
    """Powers by equation and word, each word as it is printed."""
    found = {}
    for name, power in check_powers(powers).items():
        equation, _, word = name.partition(":")
        found[f"{equation}:{word if word == UNIT_WORD else _word(space, word)}"] = power
    return found


def _scaling(
    model: Model, small: str | None, large: str | None, epsilon: float | None, given: dict[str, int]
) -> Scaling:
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
    # The parts of a kernel are of one size, that of what it loses, which is its first word.
    sizes = {term.word: abs(term.coefficient) for term in learned.terms}
    for kernel in learned.kernels:
        parts = [word for word in kernel.words if word in sizes]
        if parts:
            sizes |= dict.fromkeys(parts, sizes[parts[0]])
    for number, term in enumerate(learned.terms):
        given = scaling.powers.get(f"{learned.target}:{words[term.word]}")
        power = (given if given is not None else term.power if term.power or scaling.epsilon is None
                 else power_of(sizes[term.word], scaling.epsilon))
        error = 0.0 if term.known else term.error
        found.append(Entry(words[term.word], Known(term.coefficient, error), power, f"{learned.target} {number}", 1.0))
    own = {str(word) for word in words.values()}
    unknown = [name for name in scaling.powers if name.partition(":")[0] == learned.target
               and name.partition(":")[2] not in own]
    if unknown:
        raise InputError(f"powers has {unknown[0]!r}, which is no word of the equation: choose from "
                         f"{', '.join(words)}")
    return found
