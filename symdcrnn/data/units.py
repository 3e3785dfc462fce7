"""Units as the data gives them: texts that are kept, read where they are usual, and converted between files."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.uncertainties import KIND, OF, VARIANCE
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

    from symdcrnn.data.files.stored import StoredTrajectory
    from symdcrnn.data.trajectory import Trajectory

    Source: TypeAlias = Trajectory | StoredTrajectory

Powers = dict[str, int]
"""Exponents by the name of a unit, none of them zero."""

FACTOR = re.compile(r"(?P<name>[^\W\d]+|%|°\w*)(?:\^?(?P<power>[+-]?\d+))?\Z")

ONES = ("1", "none", "dimensionless", "")
"""Texts that say that there are no units."""

SINCE = " since "
"""Between the unit of a time and the date that it counts from."""

PREFIXES = {"f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "μ": -6, "m": -3, "c": -2, "d": -1, "h": 2, "k": 3, "M": 6,
            "G": 9, "T": 12, "femto": -15, "pico": -12, "nano": -9, "micro": -6, "milli": -3, "centi": -2, "deci": -1,
            "hecto": 2, "kilo": 3, "mega": 6, "giga": 9}
"""Powers of ten."""

SYMBOLS: dict[str, tuple[int, Powers]] = {
    "s": (1, {"s": 1}), "m": (1, {"m": 1}), "g": (1, {"g": 1}), "K": (1, {"K": 1}), "A": (1, {"A": 1}),
    "mol": (1, {"mol": 1}), "Hz": (1, {"s": -1}), "N": (1000, {"g": 1, "m": 1, "s": -2}),
    "J": (1000, {"g": 1, "m": 2, "s": -2}), "W": (1000, {"g": 1, "m": 2, "s": -3}),
    "Pa": (1000, {"g": 1, "m": -1, "s": -2}), "V": (1000, {"g": 1, "m": 2, "s": -3, "A": -1}),
    "C": (1, {"A": 1, "s": 1}), "eV": (1, {"eV": 1}), "second": (1, {"s": 1}), "sec": (1, {"s": 1}),
    "meter": (1, {"m": 1}), "metre": (1, {"m": 1}), "gram": (1, {"g": 1}),
}
"""Units that prefixes stand before, in grams, metres, seconds, ..."""

LONGER: dict[str, tuple[int, Powers]] = {
    **dict.fromkeys(("min", "minute", "mins"), (60, {"s": 1})), **dict.fromkeys(("h", "hr", "hour"), (3600, {"s": 1})),
    **dict.fromkeys(("d", "day"), (86400, {"s": 1})), "bar": (10**8, {"g": 1, "m": -1, "s": -2}),
}
"""Units without prefixes."""


def parse_units(text: str) -> Powers | None:
    """The exponents that a text such as ``m s-1``, ``m/s`` or ``kg*m^2`` means; None where it is another kind of text.

    Parameters
    ----------
    text : str
        A time since some date counts in the unit before ``since``.
    """
    plain = text.split(SINCE)[0].strip()
    if plain.lower() in ONES:
        return {}
    found: Powers = {}
    sign = 1
    for part in re.findall(r"/|[^\s*/.·]+", plain.replace("**", "^")):
        factor = FACTOR.match(part)
        if factor is not None:
            found = product_of_units(found, {factor["name"]: sign * int(factor["power"] or 1)})
        elif part not in ("/", "1"):
            return None
        sign = -1 if part == "/" else 1
    return found


def units_text(powers: Powers) -> str:
    """Exponents as a text that can be read again: ``m s-1``; ``1`` where there are none."""
    ordered = sorted(powers.items(), key=lambda item: (item[1] < 0, item[0]))
    return " ".join(name if power == 1 else f"{name}{power}" for name, power in ordered) or "1"


def product_of_units(first: Powers, second: Powers) -> Powers:
    """The units of a product."""
    names = dict.fromkeys((*first, *second))
    both = {name: first.get(name, 0) + second.get(name, 0) for name in names}
    return {name: power for name, power in both.items() if power}


def quotient_of_units(above: str | None, below: str | None) -> str | None:
    """The units of a quotient; None where those of one of both are not given."""
    if above is None or below is None:
        return None
    first, second = parse_units(above), parse_units(below)
    if first is None or second is None:
        return f"{above}/({below})"
    return units_text(product_of_units(first, {name: -power for name, power in second.items()}))


def factor_between(old: str, new: str) -> Fraction | None:
    """What numbers in some units are multiplied by to be in others; None where they are not known to be convertible."""
    if old.split(SINCE)[0].strip() == new.split(SINCE)[0].strip():
        return Fraction(1)
    first, second = parse_units(old), parse_units(new)
    if first is None or second is None:
        return None
    factor, left = Fraction(1), Powers()
    for name, power in product_of_units(first, {name: -power for name, power in second.items()}).items():
        size, base = _in_base_units(name)
        factor *= size**power
        left = product_of_units(left, {one: exponent * power for one, exponent in base.items()})
    return None if left else factor


def _in_base_units(name: str) -> tuple[Fraction, Powers]:
    """The size of a unit and what it is made of; an unknown one is made of itself."""
    for one in (name, name.removesuffix("s") if len(name) > 3 else name):
        if one in LONGER or one in SYMBOLS:
            size, base = LONGER.get(one) or SYMBOLS[one]
            return Fraction(size), base
        for prefix, exponent in PREFIXES.items():
            rest = one.removeprefix(prefix)
            if rest != one and rest in SYMBOLS and (len(prefix) > 2) == (len(rest) > 3):
                size, base = SYMBOLS[rest]
                return Fraction(size) * Fraction(10)**exponent, base
    return Fraction(1), {name: 1}


def units_of(trajectory: Trajectory) -> dict[str, str]:
    """Units of axes, fields and functions by name, of those that have some, as the data gives them."""
    return {str(name): str(variable.attrs["units"]) for name, variable in trajectory.dataset.variables.items()
            if "units" in variable.attrs}


def differing_units(trajectory: Trajectory, units: Mapping[str, str]) -> dict[str, tuple[str, Fraction | None]]:
    """By variable that is in other units: its own, and the factor to those wanted, None where there is no known one."""
    own = units_of(trajectory)
    factors = {name: factor_between(own[name], units[name]) for name in own if name in units}
    return {name: (own[name], factor) for name, factor in factors.items() if factor != 1}


def check_same_units(trajectories: Sequence[Trajectory]) -> None:
    """Refuse trajectories of which one says other units of an axis or variable than the first one that says any.

    Raises
    ------
    InputError
        Naming the variable and both units.
    """
    known: dict[str, str] = {}
    for trajectory in trajectories:
        for name, (own, _) in differing_units(trajectory, known).items():
            raise InputError(f"the trajectories have different units of {name}: {_plain(known[name])!r} and "
                             f"{_plain(own)!r}: convert one of them")
        known = {**units_of(trajectory), **known}


def in_units(trajectory: Trajectory, units: Mapping[str, str]) -> Trajectory:
    """The trajectory with axes, fields and functions in other units, where it says its own; with notices.

    Parameters
    ----------
    trajectory : Trajectory
    units : mapping of str to str
        By name, such as those of a model, ``model.data.units``.

    Raises
    ------
    InputError
        If units cannot be converted: powers and products of SI units with prefixes, minutes, hours and days can.
    """
    return _converted(trajectory, units)[0]


def _converted(
    trajectory: Trajectory, units: Mapping[str, str], on_disk: Container[str] = ()
) -> tuple[Trajectory, dict[str, Fraction]]:
    """The trajectory in other units, and by variable that is still on disk what it is to be multiplied by."""
    from symdcrnn.data.trajectory import Trajectory

    differing = differing_units(trajectory, units)
    if not differing:
        return trajectory, {}
    factors: dict[str, Fraction] = {}
    dataset, notices = trajectory.dataset.copy(), list(trajectory.notices)
    for name, (own, factor) in differing.items():
        if factor is None:
            raise InputError(f"the units of {name} are {_plain(own)!r}, which are not known to be a multiple of "
                             f"{_plain(units[name])!r}: convert {name}")
        notices.append(f"converted {name} from {_plain(own)} to {_plain(units[name])}")
        attrs = dict(dataset[name].attrs)
        date = own.partition(SINCE)[2]
        attrs["units"] = _plain(units[name]) + (f"{SINCE}{date}" if date else "")
        if "period" in attrs:
            attrs["period"] = float(Fraction(attrs["period"]) * factor)
        factors[name] = factor
        dataset[name].attrs.update(attrs)
        for other in [str(one) for one, variable in dataset.data_vars.items() if variable.attrs.get(OF) == name]:
            if "units" not in dataset[other].attrs:
                factors[other] = factor ** (2 if dataset[other].attrs[KIND] == VARIANCE else 1)
    if dataset.attrs.pop("exact", None) is not None:
        notices.append("left out the exact equations, which are in the units before")
    for name in [name for name in factors if name not in on_disk]:
        dataset = _times(dataset, name, factors.pop(name))
    return Trajectory(dataset, tuple(notices)), factors


def in_same_units(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Trajectories in the units of the first that says any.

    What cannot be converted is left to `check_same_units`.
    """
    from symdcrnn.data.trajectory import Trajectory

    known: dict[str, str] = {}
    found: list[Source] = []
    for source in sources:
        header = source if isinstance(source, Trajectory) else source.header
        able = {name: known[name] for name, (_, factor) in differing_units(header, known).items()
                if factor is not None}
        found.append(in_units(source, able) if isinstance(source, Trajectory) else
                     source.converted(*_converted(header, able, (*source.reader.axes, *source.beside))))
        known = {**units_of(header), **known}
    return tuple(found)


def multiplied(values: NDArray[Any], factor: Fraction) -> NDArray[np.float64]:
    """Values times a factor, rounded once where that is a whole number or one over such."""
    known = np.asarray(values, dtype=np.float64)
    return known * float(factor) if factor.denominator == 1 else (
        known * float(factor.numerator) / float(factor.denominator))


def _times(dataset: xarray.Dataset, name: str, factor: Fraction) -> xarray.Dataset:
    """The dataset with a variable multiplied."""
    variable = dataset[name].variable
    made: xarray.Dataset = dataset.assign({name: (variable.dims, multiplied(variable.values, factor), variable.attrs)})
    return made.set_coords(name) if name in dataset.coords else made


def _plain(units: str) -> str:
    return units.split(SINCE)[0].strip()
