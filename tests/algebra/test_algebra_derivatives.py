"""Derivatives of words by fields against differences, and their adjoints by dot products."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from collocation import POINTS, WEIGHTS, smooth, value
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from spaces import PLANE, SLAB, words
from test_algebra_continuum import has_poles, orders, uses

from symdcrnn.algebra.calculus.adjoint import adjoint, adjoint_letter, adjoint_word
from symdcrnn.algebra.calculus.derivative import derivative
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import phase_space
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Stencil, Sum
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError

quick = settings(deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
tame = words.filter(lambda word: word.fields and not uses(word, "x") and orders(word, "x") <= 3
                    and orders(word, "v") <= 1 and not (orders(word, "v") and has_poles(word)))
periodic = tame.filter(lambda word: orders(word, "v") == 0)


def changed(fields: dict[str, np.ndarray], name: str, seed: int) -> np.ndarray:
    return smooth(seed + 100)[name]


@quick
@given(tame, st.integers(0, 20), st.data())
def test_derivatives_against_differences(word: Word, seed: int, data: st.DataObject) -> None:
    fields = smooth(seed)
    field = data.draw(st.sampled_from(word.fields))
    change = changed(fields, field.name, seed)
    h = 1e-3

    def at(step: float) -> np.ndarray:
        return value(word, {**fields, field.name: fields[field.name] + step * change})

    # Differences of order eight, exact enough near poles; their rounding errors are those of the derivatives in the
    # word over the step.
    weights = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
    expected = sum(weight * (at(k * h) - at(-k * h)) / h for k, weight in enumerate(weights, 1))
    direction = Word((), Field("change", field.axes))
    found = sum((float(chain.coefficient) * value(chain.on(direction), {**fields, "change": change})
                 for chain in derivative(word, field)), np.zeros_like(expected))
    size = max(np.abs(expected).max(), np.abs(at(0)).max())
    assume(size < 1e5 or not has_poles(word))  # a pole within a step has no differences
    noise = 1e-14 * 20.0 ** orders(word, "x") * 400.0 ** orders(word, "v") / h
    assert np.abs(found - expected).max() <= 1e-7 * size + noise


def inner(a: np.ndarray, b: np.ndarray) -> float:
    """The average over all axes."""
    return float((WEIGHTS @ (a * b)).sum() / POINTS)


@quick
@given(periodic, st.integers(0, 20), st.data())
def test_adjoints_of_derivatives(word: Word, seed: int, data: st.DataObject) -> None:
    fields = smooth(seed)
    field = data.draw(st.sampled_from(word.fields))
    change = changed(fields, field.name, seed)
    output = Field("z", ("t", "v", "x"))
    z = smooth(seed + 200)["g"]
    for chain in derivative(word, field):
        forward = value(chain.on(Word((), Field("change", field.axes))), {**fields, "change": change})
        backward = chain.adjoint(field, output)
        assert set(backward.axes) <= set(field.axes) | {"t"}
        back = value(backward, {**fields, "z": z})
        size = np.sqrt(inner(forward, forward) * inner(z, z)) + 1e-3
        assert abs(inner(forward, z) - inner(change, back)) <= 1e-9 * size * 20.0 ** max(orders(word, "x") - 2, 0)


@pytest.mark.parametrize(("text", "field", "chains"), [
    ("v_dx f", "f", {("v_dx",): 1}),
    ("u d_x u", "u", {("d_x u",): 1, ("u", "d_x"): 1}),
    ("d_x(u^3)", "u", {("d_x", "u^2"): 3}),
    ("E d_v f", "E", {("d_v f",): 1}),
    ("E d_v f", "f", {("E", "d_v"): 1}),
    ("exp(-u^2)", "u", {("u exp(-u^2)",): -2}),
    ("<v f> d_x u", "f", {("d_x u", "mean", "v"): 1}),
    ("cube u", "u", {("u^2",): 3}),
    ("sin(u w) d_x w", "w", {("cos(u*w) u d_x w",): 1, ("sin(u*w)", "d_x"): 1}),
    ("abs(u)", "u", {("sign(u)",): 1}),
    ("u", "w", {}),
])
def test_chains(text: str, field: str, chains: dict[tuple[str, ...], int]) -> None:
    found = derivative(SLAB.word(text), SLAB.variables[field])
    written = {tuple(step.name if isinstance(step, Operator) else str(step) for step in chain.steps): chain.coefficient
               for chain in found}
    expected = {tuple(str(SLAB.word(step)) if step not in SLAB.operators else step for step in steps): Fraction(number)
                for steps, number in chains.items()}
    assert written == expected


def test_letters_with_pointwise_rules_among_others() -> None:
    made = phase_space(SLAB.axes, SLAB.fields, operators=[
        Operator("flux", [Stencil("x", 1), Pointwise("u^2*v"), Stencil("x", 1)])])
    [chain] = derivative(made.word("flux u"), SLAB.variables["u"])
    assert chain.coefficient == 2
    fields = smooth(1)
    change, h = smooth(2)["u"], 1e-5
    word = made.word("flux u")
    expected = (value(word, {**fields, "u": fields["u"] + h * change}) - value(
        word, {**fields, "u": fields["u"] - h * change})) / (2 * h)
    found = 2 * value(chain.on(Word((), Field("change", ("t", "x")))), {**fields, "change": change})
    assert np.abs(found - expected).max() <= 1e-7
    unresolved = Word((Operator("flux", Pointwise("u^2*v")),), SLAB.variables["u"])
    with pytest.raises(InputError, match="'v'"):
        derivative(unresolved, SLAB.variables["u"])


def test_adjoints_of_letters() -> None:
    f, u = SLAB.variables["f"], SLAB.variables["u"]
    assert [letter.name for letter in adjoint(SLAB.word("v_dx K f").letters, f.axes)] == [
        "K_adjoint", "mv_dx_downwind"]
    assert adjoint_letter(SLAB.operators["K"], frozenset({"v"})).rules == (
        Quadrature("v", "1 + 0.9*v*v'", transposed=True),)
    back = adjoint_letter(adjoint_letter(SLAB.operators["K"], frozenset({"v"})), frozenset({"v"}))
    assert back.rules == SLAB.operators["K"].rules
    assert str(adjoint_word(SLAB.word("v_dx u"), f)) == "<mv_dx_upwind f>"
    assert adjoint_letter(PLANE.operators["laplacian"], frozenset({"x", "y"})) == PLANE.operators["laplacian"]
    assert str(adjoint_word(PLANE.word("c_dx rho"), PLANE.variables["f"])) == "mean_angle mc_dx_upwind f"
    assert [rule.sign for rule in adjoint_letter(PLANE.operator("d_xxy"), frozenset({"x", "y"})).rules] == [-1, 1]
    mixed = Operator("mixed", Sum(((Stencil("x", 1), Profile("sigma", ("x",))), (Stencil("x", 2),))))
    assert adjoint_letter(mixed, frozenset({"x"})).rules == (
        Sum(((Profile("sigma", ("x",)), Stencil("x", 1, sign=-1)), (Stencil("x", 2),))),)
    assert u.axes == ("t", "x")


@pytest.mark.parametrize(("letter", "message"), [
    (SLAB.operators["d_v"], "the operator 'd_v' has a stencil along the uneven axis 'v', whose adjoint is no stencil"),
    (SLAB.operators["cube"], "the operator 'cube' is a pointwise function, which has no adjoint: use its derivative"),
])
def test_letters_without_an_adjoint(letter: Operator, message: str) -> None:
    with pytest.raises(InputError) as caught:
        adjoint_letter(letter, frozenset({"v", "x"}))
    assert str(caught.value) == message
