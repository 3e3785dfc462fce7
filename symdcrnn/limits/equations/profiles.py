"""Learned coefficients that are functions, as profiles that stay symbols in a limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field, Word
from symdcrnn.equation import LearnedEquation, LearnedFunction
from symdcrnn.limits.coefficients import STANDARD_ERRORS
from symdcrnn.limits.equations.scaling import Scaling, is_average_of, power_of
from symdcrnn.limits.result import LearnedProfile

TIED = 1e-7
"""How far values without error bars may be apart to be one, relative to the largest."""

NEAR = 0.5
"""What f loses and <f> brings are at most so far apart, relative to the largest, to be scattering."""


@dataclass(frozen=True)
class ProfileTerm:
    """A word with a profile in front.

    Parameters
    ----------
    word : Word
    name : str
        Of the profile.
    profile : LearnedProfile
    sign, power : int
        The coefficient is sign times the profile times 1/epsilon^power.
    """

    word: Word
    name: str
    profile: LearnedProfile
    sign: int
    power: int


def profile_terms(
    learned: LearnedEquation, words: Mapping[str, Word], target: Field, scaling: Scaling, space: PhaseSpace
) -> list[ProfileTerm]:
    """The terms of an equation whose coefficients are functions.

    What f loses and <f> brings have one profile where they agree; what f loses beyond that is a profile of its own.

    Parameters
    ----------
    learned : LearnedEquation
    words : mapping of str to Word
        By text.
    target : Field
        Of the equation.
    scaling : Scaling
    space : PhaseSpace
        Whose names profiles must not have.
    """
    found: list[ProfileTerm] = []
    # Averages come first: what they average is compared with them.
    for function in sorted(learned.functions, key=lambda one: words[one.word] == Word((), target)):
        word = words[function.word]
        own = _own(learned.target, function, word, scaling, _free(learned.target, found, space))
        partner = next((one for one in found if is_average_of(one.word, word) and one.sign == -own.sign
                        and one.power == own.power and one.profile.points == own.profile.points), None)
        if partner is None:
            found.append(own)
            continue
        rest = [one - other for one, other in zip(own.profile.values, partner.profile.values, strict=True)]
        largest = max(map(abs, own.profile.values))
        errors = max(function.errors, default=TIED * largest / STANDARD_ERRORS) * _scale(own.power, scaling)
        if max(map(abs, rest)) > NEAR * largest:
            found.append(own)
            continue
        found.append(ProfileTerm(word, partner.name, partner.profile, own.sign, own.power))
        if max(map(abs, rest)) > max(STANDARD_ERRORS * errors, 1e-12 * largest):
            size = sum(map(abs, rest)) / len(rest) / _scale(own.power, scaling)
            power = 0 if scaling.epsilon is None else min(power_of(size, scaling.epsilon), own.power)
            values = tuple(one / _scale(own.power, scaling) * _scale(power, scaling) for one in rest)
            found.append(ProfileTerm(word, _free(learned.target, found, space),
                                     LearnedProfile(own.profile.points, values), own.sign, power))
    return found


def _own(target: str, function: LearnedFunction, word: Word, scaling: Scaling, name: str) -> ProfileTerm:
    sign = -1 if sum(function.values) < 0.0 else 1
    given = scaling.powers.get(f"{target}:{function.word}")
    mean = sum(map(abs, function.values)) / len(function.values)
    power = given or 0 if given is not None or scaling.epsilon is None else power_of(mean, scaling.epsilon)
    values = tuple(sign * value * _scale(power, scaling) for value in function.values)
    return ProfileTerm(word, name, LearnedProfile(function.points, values), sign, power)


def _scale(power: int, scaling: Scaling) -> float:
    """What takes a power of 1/epsilon out of a coefficient."""
    return 1.0 if scaling.formal else (scaling.epsilon or 1.0) ** power


def _free(target: str, found: list[ProfileTerm], space: PhaseSpace) -> str:
    """The name of the next profile of an equation."""
    taken = {one.name for one in found}
    number = len(taken)
    name = f"a_{target}" if not number else f"a_{target}_{number}"
    while name in space.operators or name in space.variables or name in taken:
        name = f"{name}_"
    return name
