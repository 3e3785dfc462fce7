"""The expressions of the norms, evaluated in Python."""

from __future__ import annotations

import numpy as np
import pytest

from symdcrnn.errors import InputError
from symdcrnn.kernels.norms import NORMS, Norm, find_norm


@pytest.mark.parametrize("norm", list(NORMS.values()), ids=list(NORMS))
def test_norms(norm: Norm) -> None:
    """The slope is the derivative of the value, and the weight times r is the slope away from corners."""
    for width in (0.3, 2.0):
        for r in (-5.0, -1.1, -0.4, 0.35, 0.9, 3.0):
            def evaluate(expression: str, at: float, width: float = width) -> float:
                return float(eval(expression, {"np": np, "r": at, "width": width}))

            step = 1e-5
            difference = (evaluate(norm.value, r + step) - evaluate(norm.value, r - step)) / (2 * step)
            assert evaluate(norm.slope, r) == pytest.approx(difference, rel=1e-8)
            if not norm.sharp or abs(r) > width:
                assert evaluate(norm.weight, r) * r == pytest.approx(evaluate(norm.slope, r), rel=1e-14)
    assert norm.quadratic == (norm.name == "l2")
    right, left = (float(eval(norm.slope, {"np": np, "r": r, "width": 0.3})) for r in (1e-9, -1e-9))
    assert norm.sharp == (right - left > 1.0)


def test_names_of_norms() -> None:
    assert all(find_norm(name).name == name for name in NORMS)
    with pytest.raises(InputError, match="unknown norm 'l3': choose from l2, l1, huber"):
        find_norm("l3")
