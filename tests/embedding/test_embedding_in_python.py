"""Functions of models run by Python, without numba: against the kernels that learn, and adjoints against them."""

from __future__ import annotations

import numpy as np
import pytest
from in_python import in_python
from test_embedding_functions import case, cotangents, states

import symdcrnn


@pytest.mark.parametrize("name", ["kinetic", "ends", "known functions", "one field"])
def test_rates_and_adjoints(name: str) -> None:
    made, trajectory = case(name)
    u = states(name)
    with in_python(notes=True) as run:
        function = made.rhs(trajectory)
        rates = function.bound(*u)
        expected = [symdcrnn.right_hand_side(made, trajectory, equation.target)[2] for equation in made.equations]
        # A source does not depend on the state: the linear part of the rate is what is transposed.
        source = function.bound(*(np.zeros_like(field) for field in u))
        z = cotangents(function.bound)
        gradients = function.adjoint(*u, *z)
    for equation, rate, other in zip(made.equations, rates, expected, strict=True):
        inside = function.inside[equation.target]
        assert np.max(np.abs(rate - other)[inside]) <= 1e-12 * np.max(np.abs(other[inside]))
    linear = [rate - constant for rate, constant in zip(rates, source, strict=True)]
    left = sum(float(np.sum(a * b)) for a, b in zip(z, linear, strict=True))
    size = sum(float(np.sum(np.abs(a * b))) for a, b in zip(z, linear, strict=True))
    right = sum(float(np.sum(a * b)) for a, b in zip(gradients, u, strict=True))
    assert abs(left - right) <= 1e-12 * size
    reached, all_of_them = (sum(map(len, lines.values())) for lines in (run.seen, run.statements))
    assert reached > 0.9 * all_of_them
