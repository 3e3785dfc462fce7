"""Dictionaries of words by rule: all products of fields up to a degree under all derivatives up to an order."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import combinations_with_replacement
from itertools import product as choices

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.reading.syntax import quoted
from symdcrnn.algebra.reading.trees import product
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError, lookup

MOST_WORDS = 2000
"""Of a dictionary; the normal equations of more would not fit in memory."""

PART = re.compile(r"(?P<name>[A-Za-z_]\w*)\s+(?P<number>\d{1,3})")


def library(text: str, fields: Sequence[Field | str], space: PhaseSpace) -> tuple[Word, ...]:
    """The words of a dictionary such as ``poly 3, d_x 4``: d_x^q of all products of up to three fields, q = 0 .. 4.

    Parameters
    ----------
    text : str
        ``poly DEGREE`` and, for any of the axes, ``d_AXIS ORDER``.
    fields : sequence of Field or str
        What the products are made of.
    space : PhaseSpace

    Returns
    -------
    tuple of Word
        Lower derivatives first, then lower degrees, in the form ``d_xx(u^2)``; without the constant 1 and without
        derivatives along axes that a product does not depend on.

    Raises
    ------
    InputError
        If it cannot be read, an axis has no derivatives, or there are too many words.
    """
    degree, orders = _read(text)
    chosen = [field if isinstance(field, Field) else lookup(space.variables, field, "field") for field in fields]
    if not chosen:
        raise InputError(f"the library {quoted(text)} has no fields: name at least one")
    count = (math.comb(len(chosen) + degree, degree) - 1) * math.prod(order + 1 for order in orders.values())
    if count > MOST_WORDS:
        raise InputError(f"the library {quoted(text)} of {len(chosen)} fields has {count} words: lower the degree or "
                         f"the orders until there are at most {MOST_WORDS}")
    letters = {(axis, order): space.operator(_name(axis, order))
               for axis, highest in orders.items() for order in range(1, highest + 1)}
    products = [product([Word((), field) for field in some])
                for power in range(1, degree + 1) for some in combinations_with_replacement(chosen, power)]
    derivatives = sorted(choices(*(range(highest + 1) for highest in orders.values())),
                         key=lambda some: (sum(some), [-order for order in some]))
    words = [inner.after(tuple(letters[axis, order] for axis, order in zip(orders, some, strict=True) if order))
             for some in derivatives for inner in products]
    return tuple(dict.fromkeys(word for word in words if not word.vanishes))


def _read(text: str) -> tuple[int, dict[str, int]]:
    numbers: dict[str, int] = {}
    for part in text.split(","):
        found = PART.fullmatch(part.strip())
        name = found["name"] if found else ""
        if found is None or not (name == "poly" or (name.startswith("d_") and name[2:])):
            raise InputError(f"cannot read the library {quoted(text)}: {quoted(part.strip())} is no part of one; write "
                             "for example 'poly 3, d_x 4'")
        if name in numbers:
            raise InputError(f"the library {quoted(text)} has {name} twice: give it once")
        numbers[name] = int(found["number"])
    degree = numbers.pop("poly", 1)
    if degree < 1:
        raise InputError(f"the library {quoted(text)} has products of the degree {degree}: give at least 1")
    return degree, {name[2:]: order for name, order in numbers.items()}


def _name(axis: str, order: int) -> str:
    return f"d_{axis * order if len(axis) == 1 else '_'.join([axis] * order)}"
