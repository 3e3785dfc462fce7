"""The powers of epsilon that learned coefficients have, and coefficients that belong together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from symdcrnn.algebra.reading.formulas import maxwellian_order
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.words import Field, Function, Word
from symdcrnn.errors import InputError
from symdcrnn.given import described, real_number, whole_number
from symdcrnn.limits.coefficients import STANDARD_ERRORS, Known
from symdcrnn.model import Model
from symdcrnn.scaled_form import scale_candidates, scaled_form

HIGHEST_POWER = 8
"""Of 1/epsilon in a coefficient."""

WHOLE = 1e-3
"""1/epsilon is a whole number if it is as near to one, relative to itself."""

AGREE = 1e-7
"""How far coefficients without error bars may be apart to be one, relative to themselves."""

FARTHEST = 0.1
"""Coefficients that are further apart are two, however uncertain, relative to themselves."""


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
class Entry:
    """One term of a learned equation.

    Parameters
    ----------
    word : Word
    coefficient : Known
    power : int
        Of 1/epsilon, by which the coefficient is multiplied.
    symbol : str
        Entries of the same symbol have the same size.
    factor : float
        Of the symbol: 1, -1, or the length of a line of velocities.
    """

    word: Word
    coefficient: Known
    power: int
    symbol: str
    factor: float


def epsilon_of(model: Model, given: object) -> float | None:
    """The small parameter: as given, that of the scaled form, or none for an equation that has powers of it.

    Raises
    ------
    InputError
        If the model shows none.
    """
    if given is not None:
        value = real_number(given)
        if value is None or not 0.0 < value < 1.0:
            raise InputError(f"epsilon is {described(given)}: give a number between 0 and 1")
        return value
    if any(term.power for equation in model.equations for term in equation.terms):
        return None
    sizes = [term.coefficient for equation in model.equations for term in equation.terms]
    found = _of_scales(model) or _of_sizes(sizes)
    if found is None:
        raise InputError("the coefficients of this model show no small parameter: give its value (epsilon), or the "
                         "powers of 1/epsilon that coefficients have (powers, such as 'f:<f>' = 1)")
    found = _common(sizes, found)
    whole = round(1.0 / found)
    return 1.0 / whole if abs(whole * found - 1.0) < WHOLE else found


def _of_scales(model: Model) -> float | None:
    """The epsilon of the equation with the most scales; one whose powers all have a common factor will do as well."""
    found = [form for equation in model.equations if not all(term.known for term in equation.terms)
             and (form := scaled_form([term.coefficient for term in equation.terms], equation.scales)) is not None]
    return max(found, key=lambda form: (max(form.powers), -form.spread)).epsilon if found else None


def _of_sizes(coefficients: Sequence[float]) -> float | None:
    """The epsilon whose powers describe all coefficients best, where powers do better than none."""
    best = min(scale_candidates(coefficients), key=lambda one: one.criterion)
    form = scaled_form(coefficients, best.scales)
    return None if form is None else form.epsilon


def _common(coefficients: Sequence[float], epsilon: float) -> float:
    """The epsilon near one that most coefficients are a power of but for the sign, where there are two at least."""
    roots = [abs(one) ** (-1.0 / power) for one in coefficients if (power := power_of(abs(one), epsilon))]
    groups = [[one for one in roots if abs(one / root - 1.0) < WHOLE] for root in roots]
    largest = max(groups, key=len, default=[])
    return math.fsum(largest) / len(largest) if len(largest) > 1 else epsilon


def power_of(size: float, epsilon: float) -> int:
    """The power of 1/epsilon that leaves a coefficient of order one."""
    if not size:
        return 0
    return min(max(round(math.log(size) / -math.log(epsilon)), 0), HIGHEST_POWER)


def check_powers(powers: Mapping[str, object] | None) -> dict[str, int]:
    """Powers by ``EQUATION:WORD``, words without needless blanks.

    Raises
    ------
    InputError
        If an entry is not of that form.
    """
    found = {}
    for name, power in (powers or {}).items():
        whole = whole_number(power)
        equation, sign, word = name.partition(":")
        if not sign or not equation.strip() or not word.strip() or whole is None or not -HIGHEST_POWER <= whole <= \
                HIGHEST_POWER:
            raise InputError(f"powers has {name!r} = {described(power)}: write EQUATION:WORD = POWER, such as "
                             f"'f:<f>' = 1, with a whole number up to {HIGHEST_POWER}")
        found[f"{equation.strip()}:{' '.join(word.split())}"] = whole
    return found


def shared(entries: Sequence[Entry]) -> list[Entry]:
    """Entries of one equation; those whose sizes agree within their errors have the symbol of the most certain one."""
    found: list[Entry] = []
    for entry in sorted(entries, key=lambda one: (one.coefficient.error is None, one.coefficient.error or 0.0)):
        same = next((one for one in found if one.power == entry.power and _agree(one.coefficient, entry.coefficient)),
                    None)
        if same is None:
            found.append(entry)
        else:
            sign = 1.0 if same.coefficient.value * entry.coefficient.value > 0.0 else -1.0
            found.append(replace(entry, coefficient=same.coefficient, symbol=same.symbol, factor=sign * same.factor))
    return [next(one for one in found if one.word == entry.word) for entry in entries]


def _agree(first: Known, second: Known) -> bool:
    """Whether two coefficients are the same but for the sign, as far as they are known."""
    sign = -1.0 if first.value * second.value > 0.0 else 1.0
    rest = _sum(first, Known(sign * second.value, second.error))
    near = STANDARD_ERRORS * rest.error if rest.error is not None else AGREE * abs(first.value)
    return abs(rest.value) <= max(min(near, FARTHEST * abs(first.value)), 1e-12 * abs(first.value))


def paired(entries: Sequence[Entry], target: Field, epsilon: float | None, formal: bool) -> Iterator[Entry]:
    """Entries of one equation, those with one size under one symbol.

    Averages and kernels of what stands beside them with the other sign, as in ``sigma (<f> - f)``, have its size; so
    has a Maxwellian, but for the length of the line.  What f has beyond that is a term of its own, whose power its own
    size decides; it has none where powers only say what is large (`formal`).
    """
    for entry in entries:
        partner = _partner(entry, entries) if entry.word == Word((), target) else None
        if partner is None or partner.symbol == entry.symbol:
            yield _relaxing(entry, entries, target)
            continue
        rest = _sum(entry.coefficient, partner.coefficient)
        power = 0 if formal else entry.power if epsilon is None else power_of(abs(rest.value), epsilon)
        if power >= entry.power:
            yield entry
            continue
        yield replace(entry, coefficient=partner.coefficient, symbol=partner.symbol, factor=-partner.factor,
                      power=partner.power)
        yield Entry(entry.word, rest, power, f"{entry.symbol} rest", 1.0)


def _partner(entry: Entry, entries: Sequence[Entry]) -> Entry | None:
    """The average or kernel of the same word that has the other sign and nearly the same size."""
    size = abs(entry.coefficient.value)
    near = [one for one in entries if _averaged(one.word) == entry.word
            and abs(one.coefficient.value + entry.coefficient.value) < size / 2]
    return min(near, key=lambda one: abs(one.coefficient.value + entry.coefficient.value), default=None)


def _relaxing(entry: Entry, entries: Sequence[Entry], target: Field) -> Entry:
    """A Maxwellian under the symbol of the field that relaxes to it; all else as it is."""
    length = line_length(entries, target)
    own = next((one for one in entries if one.word == Word((), target)), None)
    if length is None or own is None or not _is_maxwellian(entry.word):
        return entry
    return replace(entry, coefficient=own.coefficient, symbol=own.symbol, factor=-length, power=own.power)


def line_length(entries: Sequence[Entry], target: Field) -> float | None:
    """The integral of the line of velocities in averages, by a Maxwellian beside the field that relaxes to it."""
    gas = next((one for one in entries if _is_maxwellian(one.word)), None)
    own = next((one for one in entries if one.word == Word((), target)), None)
    if gas is None or own is None or gas.coefficient.value * own.coefficient.value >= 0.0:
        return None
    return -gas.coefficient.value / own.coefficient.value


def _is_maxwellian(word: Word) -> bool:
    return not word.letters and isinstance(word.base, Function) and maxwellian_order(word.base.expression) is not None


def is_average_of(word: Word, inner: Word) -> bool:
    """Whether a word is an average or a kernel of another one."""
    return _averaged(word) == inner


def _averaged(word: Word) -> Word | None:
    """What a word is an average or a kernel of."""
    rules = word.letters[0].rules if word.letters else ()
    return Word(word.letters[1:], word.base) if rules and all(isinstance(rule, Quadrature) for rule in rules) else None


def _sum(first: Known, second: Known) -> Known:
    error = None if first.error is None or second.error is None else math.hypot(first.error, second.error)
    return Known(first.value + second.value, error)
