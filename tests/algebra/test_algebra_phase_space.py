"""Phase spaces: which letters follow from axes, and what cannot be one."""

from __future__ import annotations

import pytest
from spaces import PLANE, SLAB

from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.operators import OPERATORS, Operator, commute
from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Stencil, Sum
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError

AXES = (Axis("angle", "velocity", ordered=False), Axis("x", "space", even=False))


def space(*operators: Operator, fields: tuple[Field, ...] = (Field("f", ("t", "angle", "x")),)) -> PhaseSpace:
    return phase_space(AXES, fields, {"c": ("angle",)}, operators)


def test_the_letters_of_the_paper_are_those_of_t_v_and_x() -> None:
    for name, letter in OPERATORS.items():
        assert SLAB.operators[name] == letter
        assert SLAB.operator(name).latex == letter.latex


def test_letters_by_axes() -> None:
    assert list(SLAB.operators) == [
        "I", "v_dx", "mean", "d_x", "d_xx", "d_xxx", "d_xxxx", "d_xxxxx", "d_xxxxxx", "d_v", "d_vv", "d_vvv", "d_vvvv",
        "d_vvvvv", "d_vvvvvv", "laplacian", "t", "v", "x", "sigma", "K", "cube"]
    assert {"c_dx", "c_dy", "s_dx", "s_dy", "c", "s", "x", "y", "d_yy", "laplacian", "hat"} <= set(PLANE.operators)
    assert not {"d_angle", "angle", "angle_dx"} & set(PLANE.operators)
    assert "d_group" not in phase_space([Axis("group", "index", ordered=False)], []).operators
    both = phase_space([Axis("vx", "velocity"), Axis("vy", "velocity"), Axis("x", "space")], [])
    assert both.operators["mean"].rules == (Quadrature("vx"), Quadrature("vy"))
    assert {"mean_vx", "mean_vy", "vx_dx", "vy_dx", "d_vx", "d_vx_vx"} <= set(both.operators)
    assert both.operator("d_vx_x").rules == (Stencil("vx", 1), Stencil("x", 1))


def test_rules_of_letters() -> None:
    assert PLANE.operator("c_dy").rules == (Profile("c", ("angle",)), Stencil("y", 1, lean="c", lean_axes=("angle",)))
    assert PLANE.operator("laplacian").rules == (Sum(((Stencil("x", 2),), (Stencil("y", 2),))),)
    assert PLANE.operator("d_yxx").rules == (Stencil("x", 2), Stencil("y", 1))
    assert PLANE.operator("d_yxx").name == "d_xxy"
    assert PLANE.operator("c^3").rules == (Profile("c", ("angle",)),) * 3
    assert SLAB.operator("d_vv").rules == (Stencil("v", 2, even=False),)


def test_what_is_resolved() -> None:
    made = space(Operator("lean", Stencil("x", 3, lean="c", accuracy=2)), Operator("p", Profile("sin(x)*c/2")),
                 Operator("K", Quadrature("angle", "exp(c*c')")), Operator("cube", Pointwise("u^3*c")))
    assert made.operators["lean"].rules == (Stencil("x", 3, "c", accuracy=2, even=False, lean_axes=("angle",)),)
    assert made.operators["p"].rules[0].axes == ("x", "angle")
    assert made.operators["cube"].rules[0].axes == ("angle",)
    assert made.operators["p"].latex == r"p {}"
    assert made.word("<K p f>").axes == ("t", "x")


@pytest.mark.parametrize(("operator", "message"), [
    (Operator("K", Stencil("angle", 1)), "has a stencil on 'angle', an axis that has no order"),
    (Operator("K", Stencil("y", 1)), "acts along 'y', which is no axis of the data: choose from angle, x"),
    (Operator("K", Quadrature("v")), "acts along 'v', which is no axis of the data"),
    (Operator("K", Stencil("x", 1, lean="v")), "leans by 'v', which is no coordinate: choose from t, x, c"),
    (Operator("K", Profile("1 + q")), "cannot read the formula '1 + q': the name 'q' is not known here"),
    (Operator("K", Profile("f")), "cannot read the formula 'f': the name 'f' is not known here"),
    (Operator("K", Quadrature("angle", "1 + x*c'")), "the name 'x' is not known here"),
    (Operator("K", Sum(((Profile("c"),), (Stencil("angle", 2),)))), "has a stencil on 'angle'"),
    (Operator("K", Pointwise("u^(")), "the end stands where a name or a number is expected"),
    (Operator("K", Profile("c"), text="K of {}"), "is printed as 'K of {}', which could not be read again"),
    (Operator("K^2", Profile("c")), "an operator is named 'K^2'"),
    (Operator("mean", Profile("c")), "the name of the operator 'mean' is taken"),
    (Operator("c", Profile("c")), "the name of the operator 'c' is taken"),
    (Operator("f", Profile("c")), "the name of the operator 'f' is taken"),
    (Operator("exp", Profile("c")), "the name of the operator 'exp' is taken"),
])
def test_operators_that_do_not_fit(operator: Operator, message: str) -> None:
    with pytest.raises(InputError) as caught:
        space(operator)
    assert message in str(caught.value)
    assert repr(operator.name) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("field", "message"), [
    (Field("x", ("t", "x")), "a field is named 'x', which is an operator or a coordinate too"),
    (Field("t", ("t", "x")), "a field is named 't', which is an operator or a coordinate too"),
    (Field("angle", ("t", "x")), "a field is named 'angle'"),
    (Field("I", ("t", "x")), "a field is named 'I'"),
    (Field("mean", ("x",)), "a field is named 'mean'"),
    (Field("log", ("t", "x")), "a field is named 'log', which is a function too: rename the field"),
    (Field("f", ("t", "y")), "the field 'f' has the axes t, y: those of the data are t, angle, x"),
])
def test_fields_that_do_not_fit(field: Field, message: str) -> None:
    with pytest.raises(InputError) as caught:
        space(fields=(field,))
    assert message in str(caught.value)


def test_coordinates_that_do_not_fit() -> None:
    with pytest.raises(InputError, match="the coordinate 'c' depends on angle: the axes are x"):
        phase_space([Axis("x", "space")], [], {"c": ("angle",)})
    with pytest.raises(InputError, match="the name of the coordinate 'I' is taken"):
        phase_space([Axis("x", "space")], [], {"I": ("x",)})


@pytest.mark.parametrize(("name", "message"), [
    ("d_angle", "the operator 'd_angle' has a stencil on 'angle', an axis that has no order"),
    ("d_xxxxxxx", "the operator 'd_xxxxxxx' is of the order 7: derivatives have names up to the order 6"),
    ("d_y", "unknown operator 'd_y': choose from I, c_dx, mean, d_x"),
    ("c^17", "the operator 'c^17' has an exponent from 2 to 16 only"),
    ("d_x^2", "unknown operator 'd_x^2'"),
])
def test_unknown_letters(name: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        space().operator(name)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Stencil("x", 0), "has the order 0: give a whole number from 1 to 16"),
    (lambda: Stencil("t", 1), "there is no stencil along 't'"),
    (lambda: Stencil("x", 1, accuracy=0), "has the accuracy 0"),
    (lambda: Stencil("x", 1, sign=2), "has the sign 2"),
    (lambda: Quadrature("v", "1", ((1.0,),)), "has a kernel and a matrix: give one of both"),
    (lambda: Quadrature("v", matrix=((1.0, 2.0),)), "is not square"),
    (lambda: Sum(()), "has no term"),
    (lambda: Operator("K", "d_x"), "has the rules 'd_x'"),
    (lambda: Operator("K", Profile("v"), latex="K"), "is printed as 'K': give a text with {} for what it acts on"),
    (lambda: Operator("", ()), "an operator is named ''"),
])
def test_rules_that_are_none(make, message: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)


L = {**SLAB.operators, **{f"plane {name}": letter for name, letter in PLANE.operators.items()}}
UNEVEN = {name: phase_space([Axis("x", "space", even=False)], []).operator(name) for name in ("d_x", "d_xx")}
DOWN = Operator("down", (Profile("v", ("v",)), Stencil("x", 1, "v", ("downwind", "downwind"), -1)))


@pytest.mark.parametrize(("first", "second", "expected"), [
    (L["d_x"], L["d_xxx"], True), (UNEVEN["d_x"], UNEVEN["d_xx"], False), (L["d_x"], L["d_v"], True),
    (L["d_v"], L["d_vv"], False), (L["v"], L["sigma"], True), (L["v"], L["d_x"], True),
    (L["v"], L["d_v"], False), (L["v"], L["v_dx"], False), (L["v"], DOWN, True),
    (L["d_x"], DOWN, True), (L["v_dx"], DOWN, False), (L["mean"], DOWN, False),
    (L["mean"], L["K"], False), (L["mean"], L["t"], True), (L["K"], L["d_xx"], True),
    (L["K"], L["v_dx"], False), (L["d_v"], L["v_dx"], False), (L["cube"], L["d_x"], False),
    (L["plane c_dx"], L["plane d_y"], True), (L["plane c_dx"], L["plane s_dy"], False),
    (L["plane laplacian"], L["plane c_dx"], True), (L["plane laplacian"], L["plane c"], True),
    (L["plane laplacian"], L["plane sigma"], False), (L["plane mean"], L["plane laplacian"], True),
])
def test_which_letters_commute(first: Operator, second: Operator, expected: bool) -> None:
    assert commute(first, second) == commute(second, first) == expected


def test_normal_form_of_several_averages() -> None:
    both = phase_space([Axis("a", "velocity"), Axis("b", "velocity"), Axis("x", "space")],
                       [Field("f", ("t", "a", "b", "x")), Field("h", ("t", "a", "x"))])
    assert str(both.word("mean_a mean_b <f>")) == "<f>"
    assert str(both.word("<mean_a mean_b f>")) == "<f>"
    assert str(both.word("mean_b mean_a f")) == "mean_a mean_b f"
    assert str(both.word("mean_b h")) == "h"
    assert both.word("mean_a b f") == both.word("b mean_a f")


def test_letters_that_make_zero_are_dropped_from_polynomials() -> None:
    from symdcrnn.algebra.rnn import network

    letters = [SLAB.operators[name] for name in ("mean", "d_v")]
    assert [str(word) for word in network(letters, 1).on(Word((), SLAB.variables["u"])).words] == ["u"]
    assert [str(word) for word in network(letters, 1).on(Word((), SLAB.variables["f"])).words] == [
        "f", "d_v f", "<f>", "d_v d_v f", "<d_v f>"]
