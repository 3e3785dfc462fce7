"""Dictionaries by rule: products of fields up to a degree, under derivatives up to an order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations_with_replacement, product
from math import comb, prod

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field, Product, Word
from symdcrnn.errors import InputError

LARGEST_LIBRARY = 1500
"""Words at most: more are not told apart."""

FORM = "write for example 'poly 3, d_x 4' or 'poly 2, d_x 2, d_y 2'"

PART = re.compile(r"(poly|d_[A-Za-z]\w*)\s*(\d{1,3})")


def library(text: str, fields: Sequence[Field], space: PhaseSpace) -> tuple[Word, ...]:
    """Every product of fields up to a degree under every derivative up to an order, in the form d_xx(u^2).

    Parameters
    ----------
    text : str
        ``poly DEGREE`` and for each axis ``d_AXIS ORDER``, separated by commas.
    fields : sequence of Field
    space : PhaseSpace
        Whose letters the derivatives are.

    Raises
    ------
    InputError
        If the text is no such rule, or it makes too many words.
    """
    degree, orders = _read(text)
    for axis in orders:
        if axis not in {one.name for one in space.axes if one.ordered}:
            raise InputError(f"the library {text!r} has derivatives along {axis!r}, which is no axis with an order: "
                             f"choose from {', '.join(one.name for one in space.axes if one.ordered)}")
    count = (comb(len(fields) + degree, degree) - 1) * prod(order + 1 for order in orders.values())
    if count > LARGEST_LIBRARY:
        raise InputError(f"the library {text!r} makes {count} words of {len(fields)} fields, more than a fit can tell "
                         f"apart (at most {LARGEST_LIBRARY}): lower the degree or the orders")
    bases = [tuple(Word((), field) for field in chosen)
             for power in range(1, degree + 1) for chosen in combinations_with_replacement(fields, power)]
    found: dict[Word, None] = {}
    for factors in bases:
        base = factors[0].base if len(factors) == 1 else Product(factors)
        steps = product(*(range(order + 1) for order in orders.values()))
        for powers in sorted(steps, key=lambda one: (sum(one), one)):
            letters = tuple(space.operator(f"d_{axis * power if len(axis) == 1 else '_'.join([axis] * power)}")
                            for axis, power in zip(orders, powers, strict=True) if power)
            word = Word.of(letters, base)
            if not word.vanishes:
                found[space.word(str(word))] = None
    return tuple(found)


def _read(text: str) -> tuple[int, dict[str, int]]:
    degree, orders = 0, {}
    for part in text.split(","):
        match = PART.fullmatch(part.strip())
        if match is None:
            raise InputError(f"{text!r} is no library: {FORM}")
        name, number = match[1], int(match[2])
        if (name == "poly" and degree) or name[2:] in orders:
            raise InputError(f"the library {text!r} has {name!r} twice: give it once")
        if name == "poly":
            degree = number
        else:
            orders[name[2:]] = number
    if not degree:
        raise InputError(f"the library {text!r} has no degree of products from 1 on: {FORM}")
    return degree, orders
