"""What is ambiguous or no operator is refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdcrnn import InputError, Operator, Profile, Quadrature, Stencil
from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
from symdcrnn.algebra.words import Field

AXES = (Axis("mu", "velocity"), Axis("x", "space", True))


def space(*operators: Operator, name: str = "f") -> PhaseSpace:
    return phase_space(AXES, (Field(name, ("t", "mu", "x")), Field("u", ("t", "x"))), {}, operators)


@pytest.mark.parametrize(("text", "alone"), [
    ("d_mu (1-mu^2) d_mu f", "(1 - mu^2)"), ("d_x sin(x) u", "sin(x)"), ("f d_x (1 + x) u", "(x + 1)")])
def test_what_an_operator_acts_on_is_not_guessed(text: str, alone: str) -> None:
    with pytest.raises(InputError) as caught:
        space().word(text)
    assert "\n" not in str(caught.value)
    assert f"would act on {alone} alone: put all that it acts on in parentheses" in str(caught.value)


@pytest.mark.parametrize(("text", "read"), [
    ("d_mu((1 - mu^2) d_mu f)", "d_mu((1 - mu^2) d_mu f)"), ("d_mu mu^2 d_mu f", "d_mu mu^2 d_mu f"),
    ("d_x(sin(x) u)", "d_x(sin(x) u)"), ("u d_x(sin(x))", "u d_x(sin(x))"), ("d_x(u^2) u", "u d_x(u^2)")])
def test_what_is_plain_is_read(text: str, read: str) -> None:
    assert str(space().word(text)) == read
    assert space().word(read) == space().word(text)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Stencil("x", 1, accuracy=3), "accuracy 3: those of central stencils are even, give 4 or 2"),
    (lambda: Stencil("x", 1, accuracy=1), "accuracy 1: those of central stencils are even, give 2"),
    (lambda: Quadrature("v", matrix=np.ones(6)), "give its rows, each a list of numbers"),  # type: ignore[arg-type]
    (lambda: Quadrature("v", matrix="abc"), "give its rows, each a list of numbers"),  # type: ignore[arg-type]
    (lambda: Quadrature("v", matrix=((float("nan"), 1.0), (1.0, 1.0))), "give finite numbers"),
    (lambda: Profile(np.ones(6)), "give an expression"),  # type: ignore[arg-type]
    (lambda: Operator("A", None), "has the rules None"),  # type: ignore[arg-type]
    (lambda: Operator("A", [[Stencil("x", 2)]]), "or Sum for a sum"),  # type: ignore[list-item]
    (lambda: space(Operator("P_2", Profile("1 + mu"))), "the name of the operator 'P_2' is taken"),
    (lambda: space(Operator("A", [])), "has no rule"),
    (lambda: space(name="P_2"), "a field is named 'P_2'"),
])
def test_what_is_no_operator_is_one_clear_line(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert message in str(caught.value)
