"""Averages that are left over by a discretisation are no words; those that are more than that are."""

from __future__ import annotations

import pytest
from small_problem import G

from symdcrnn.algebra.operators import OPERATORS
from symdcrnn.algebra.words import Word
from symdcrnn.kernels.value_sizes import ValueSize, ValueSizes
from symdcrnn.regression.terms import Term
from symdcrnn.regression.vanishing import vanishing

WORDS = tuple(Word.of(tuple(OPERATORS[name] for name in letters), G) for letters in ((), ("mean",), ("v_dx", "mean")))
TERMS = [Term(word) for word in WORDS]
CHANGE = ValueSize("change", None, 1.0, 1.0, 0.0, False)


def sizes(average: float, of: float = 1.0) -> ValueSizes:
    """Of g, <g> and v_dx <g>."""
    values = (ValueSize("g", None, of, of, 0.0, False), ValueSize("mean_g", "g", average, of, 0.0, True),
              ValueSize("v_dx_mean_g", "mean_g", average, average, 0.0, False))
    return ValueSizes(values, tuple(value.name for value in values), CHANGE)


@pytest.mark.parametrize(("average", "vanishes"), [(0.99e-4, True), (1.01e-4, False), (0.05, False)])
def test_an_average_vanishes_where_a_discretisation_leaves_it(average: float, vanishes: bool) -> None:
    found = vanishing(TERMS, sizes(average))
    assert set(found) == ({1, 2} if vanishes else set())
    assert all(reason.startswith("<g> vanishes: ") for reason in found.values())
