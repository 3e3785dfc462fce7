"""The expansion of a network to words and coefficients."""

from __future__ import annotations

from typing import Any

import pytest

from symdcrnn.algebra.operators import find_operator
from symdcrnn.algebra.rnn import network
from symdcrnn.algebra.words import Word, kinetic_field


@pytest.mark.parametrize("layers", [2, 3, 4])
def test_expand(benchmark: Any, layers: int) -> None:
    operators = [find_operator(name) for name in ("I", "v_dx", "mean")]
    benchmark.group = "expansion of I, v_dx, mean on g"
    g = Word((), kinetic_field("g", True))
    polynomial = benchmark.pedantic(lambda: network(operators, layers).on(g), rounds=3)
    benchmark.extra_info["words"] = len(polynomial.words)
