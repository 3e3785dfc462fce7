"""What the names in somebody's data stand for, as its owner says: ``t=time``, ``f=phi``, weights ``w``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np

from symdcrnn.data.axes import real_array
from symdcrnn.data.foreign.complex_values import PARTS
from symdcrnn.data.uncertainties import ENDINGS
from symdcrnn.errors import InputError
from symdcrnn.given import described, text_tuple, whole_text

Points = tuple[float, ...]

NamesOfAxes = Mapping[str, Any]
"""By axis, its name in the data, or its points."""

NamesOfFields = Mapping[str, str | tuple[str, Sequence[str]]] | Sequence[str] | str
"""By field, its name in the data, or a pair of that and its axes in order; or the names of those that are wanted."""

NamesOfWeights = Mapping[str, str] | str
"""By axis, the name of its weights in the data; or that of the only ones."""

RANGE = "FROM:TO:POINTS"

MOST_POINTS = 10**8
"""Of an axis that is written as a range."""


@dataclass(frozen=True)
class Naming:
    """Names in the data by what they stand for here.

    Parameters
    ----------
    axes : mapping of str to str or tuple of float
        By axis, the name of its dimension or coordinate in the data, or its points.
    fields : mapping of str to str
        By field, the name of the variable. Where there are any, other variables that change in time are left out.
    weights : mapping of str to str
        By axis, the name of its weights; under "" those of the only axis that has any.
    beside : tuple of str
        Variables of the data that are wanted as well and are no fields, such as variances.
    roles : mapping of str to str
        Of axes whose names do not tell.
    orders : mapping of str to tuple of str
        The axes of fields whose sizes do not tell them.
    """

    axes: Mapping[str, str | Points] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def new_names(self) -> dict[str, str]:
        """By name in the data, that which it gets here."""
        found = {old: new for new, old in (*self.axes.items(), *self.fields.items()) if isinstance(old, str)}
        return found | {old: f"weights_{axis}" if axis else "weights" for axis, old in self.weights.items()}

    @property
    def points(self) -> dict[str, Points]:
        """By axis, the points that are given and not named."""
        return {axis: given for axis, given in self.axes.items() if not isinstance(given, str)}

    @property
    def wanted(self) -> frozenset[str]:
        """Names of variables that change in time and are wanted, where fields are named: with their uncertainties."""
        fields = {name for field in self.fields for name in (field, *(f"{field}_{part}" for part in PARTS))}
        return frozenset((*fields, *self.beside, *(f"{field}_{ending}" for field in fields for ending in ENDINGS)))

    def check_found(self, names: Collection[str], noun: str = "the data") -> None:
        """Refuse names that the data does not have.

        Raises
        ------
        InputError
            Naming what it has.
        """
        for old, new in self.new_names.items():
            if old not in names:
                close = get_close_matches(old, sorted(names), 1)
                hint = f", is it {close[0]!r}" if close else ""
                what = "the weights" if new.startswith("weights") else new
                raise InputError(f"there is no {old!r} in {noun} that could be {what}{hint} (it has "
                                 f"{', '.join(sorted(names)) or 'nothing'}): give one of these names")


NO_NAMES = Naming()


def naming_of(
    axes: NamesOfAxes | None = None, fields: NamesOfFields | None = None, weights: NamesOfWeights | None = None,
    roles: Mapping[str, str] | None = None, beside: Sequence[str] = (),
) -> Naming:
    """What a caller says of names.

    Raises
    ------
    InputError
        If it is written in another way, or a name stands for two things.
    """
    axes = _mapping(axes or {}, "axes")
    wanted = _mapping(fields or {}, "fields")
    weights = _mapping({"": weights} if isinstance(weights, str) else weights or {}, "weights")
    orders = {name: tuple(text_tuple(pair[1]) or ()) for name, pair in wanted.items()
              if isinstance(pair, tuple) and len(pair) == 2}
    wanted = {name: old[0] if orders.get(name) else old for name, old in wanted.items()}
    for noun, texts in (("fields", wanted), ("weights", weights)):
        for name, old in texts.items():
            if not isinstance(old, str) or not old:
                raise InputError(f"{noun} has {described(old)} for {name!r}: give the name that it has in the data")
    made = Naming({name: old if isinstance(old, str) else _points(name, old) for name, old in axes.items()}, wanted,
                  weights, tuple(beside), dict(roles or {}), orders)
    named = [old for old in (*made.axes.values(), *wanted.values(), *weights.values()) if isinstance(old, str)]
    for old in named:
        if named.count(old) > 1:
            raise InputError(f"{old!r} is named as two things: name it once")
    both = sorted(set(axes) & set(wanted))
    if both:
        raise InputError(f"{both[0]!r} is named as an axis and as a field: name one of them otherwise")
    return made


def _mapping(given: Any, noun: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        listed = text_tuple(given) if noun == "fields" else None
        if listed is None:
            raise InputError(f"{noun} was given {described(given)}: give a dict from names here to names in the data")
        given = {name: name for name in listed}
    for name in given:
        if not isinstance(name, str):
            raise InputError(f"{noun} has {described(name)} as a name: give names as text")
    return dict(given)


def _points(axis: str, given: Any) -> Points:
    points = real_array(given, f"axis {axis!r}")
    if points.ndim != 1:
        raise InputError(f"axis {axis!r} was given {described(given)}: give the name that it has in the data, or its "
                         "points")
    return tuple(points.tolist())


def names_in(texts: Sequence[str], form: str) -> dict[str, str]:
    """Names from texts such as ``t=time,x=pos``; a name by itself stands for the same one.

    Parameters
    ----------
    texts : sequence of str
    form : str
        How they should be written, for messages.

    Raises
    ------
    InputError
        If one is written in another way, or a name is given twice.
    """
    found: dict[str, str] = {}
    for part in (part for text in texts for part in text.split(",")):
        new, sign, old = (piece.strip() for piece in part.partition("="))
        if not new or (sign and not old):
            raise InputError(f"has {part!r}: write {form}")
        if new in found:
            raise InputError(f"names {new!r} twice: name it once")
        found[new] = old or new
    return found


def fields_in(texts: Sequence[str]) -> dict[str, Any]:
    """Names of fields, with their axes in order where they are written: ``u(x,t)=usol``.

    Raises
    ------
    InputError
        If one is written in another way.
    """
    found: dict[str, Any] = {}
    for part in (part for text in texts for part in re.split(r",(?![^()]*\))", text)):
        new, sign, old = part.partition("=")
        order = re.fullmatch(r"([^()]+)\(([^()]*)\)\s*", new) if sign else None
        plain = new if order is None else order[1]
        axes = tuple(axis.strip() for axis in order[2].split(",")) if order is not None else ()
        if order is not None and not all(axes):
            raise InputError(f"has {part!r}: write FIELD(AXES)=NAME, such as u(x,t)=usol")
        ((name, known),) = names_in([plain + sign + old], "FIELD=NAME, such as f=phi, or FIELD(AXES)=NAME").items()
        if name in found:
            raise InputError(f"names {name!r} twice: name it once")
        found[name] = (known, axes) if axes else known
    return found


def axes_in(texts: Sequence[str]) -> dict[str, Any]:
    """Names of axes, or their points as a range from one number to another.

    Raises
    ------
    InputError
        If one is written in another way.
    """
    named = names_in(texts, f"AXIS=NAME, such as t=time, or AXIS={RANGE}")
    return {axis: _range(axis, text) if ":" in text else text for axis, text in named.items()}


def _range(axis: str, text: str) -> Points:
    from symdcrnn.data.expressions import parse_number

    parts = text.split(":")
    count = whole_text(parts[-1]) if len(parts) == 3 else None
    if count is None or not 2 <= count <= MOST_POINTS:
        raise InputError(f"has {text!r} for {axis}: write {RANGE}, such as 0:1:101, with both ends among the points")
    return tuple(np.linspace(parse_number(parts[0]), parse_number(parts[1]), count).tolist())
