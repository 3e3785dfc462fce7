"""Expressions that users type: equal to numpy where they are allowed, one line where they are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symdcrnn.data import Expression, parse_expression, parse_number
from symdcrnn.errors import InputError

X = np.linspace(-1.5, 2.0, 23)

LEAVES = st.one_of(
    st.just(("x", X)), st.just(("pi", np.full_like(X, np.pi))), st.just(("e", np.full_like(X, np.e))),
    st.floats(0.01, 9.0).map(lambda c: (repr(c), np.full_like(X, c))),
    st.integers(0, 9).map(lambda c: (str(c), np.full_like(X, float(c)))))


def grown(children):
    return st.one_of(
        st.tuples(children, children).map(lambda p: (f"({p[0][0]} + {p[1][0]})", p[0][1] + p[1][1])),
        st.tuples(children, children).map(lambda p: (f"({p[0][0]}-{p[1][0]})", p[0][1] - p[1][1])),
        st.tuples(children, children).map(lambda p: (f"{p[0][0]} * ({p[1][0]})", p[0][1] * p[1][1])
                                          if p[0][0][0] != "-" and p[0][0][-1] == ")" and p[0][0][0] == "("
                                          else (f"({p[0][0]})*({p[1][0]})", p[0][1] * p[1][1])),
        children.map(lambda p: (f"-({p[0]})", -p[1])),
        children.map(lambda p: (f"sin({p[0]})", np.sin(p[1]))),
        children.map(lambda p: (f"tanh({p[0]})", np.tanh(p[1]))),
        children.map(lambda p: (f"({p[0]})^2", np.power(p[1], 2.0))),
        children.map(lambda p: (f"sqrt(abs({p[0]}))", np.sqrt(np.abs(p[1])))),
        st.tuples(children, children).map(lambda p: (f"max({p[0][0]}, {p[1][0]})", np.maximum(p[0][1], p[1][1]))))


@given(st.recursive(LEAVES, grown, max_leaves=8))
def test_expression_agrees_with_numpy(pair):
    text, expected = pair
    if np.all(np.isfinite(expected)):
        np.testing.assert_array_equal(parse_expression(text).evaluate(X), expected)
    else:
        with pytest.raises(InputError):
            parse_expression(text).evaluate(X)


@pytest.mark.parametrize(("text", "value"), [
    ("2^3^2", 512.0), ("-2^2", -4.0), ("2**-1", 0.5), ("1 - 2 - 3", -4.0), (" exp(0) ", 1.0), ("min(3, 1, 2)", 1.0),
    ("cos(0)+cosh(0)+sinh(0)+tan(0)+log(e)", 3.0), ("+1e-3", 1e-3), ("1/256", 1 / 256), ("3.9e-3", 3.9e-3)])
def test_values_and_precedence(text, value):
    assert parse_number(text) == value
    assert parse_expression(text).constant == value


def test_constant_broadcasts_and_x_is_not_constant():
    assert parse_expression("2").evaluate(np.zeros((3, 4))).shape == (3, 4)
    assert parse_expression("2").evaluate(np.zeros(3)).flags.writeable
    assert parse_expression("x - x").constant is None
    assert parse_expression("x + 1").evaluate(np.arange(3)).dtype == np.float64


def test_two_variables_broadcast():
    value = Expression("v*x", ("x", "v")).evaluate(np.arange(4.0)[None], np.array([[1.0], [2.0]]))
    np.testing.assert_array_equal(value, [[0, 1, 2, 3], [0, 2, 4, 6]])


@pytest.mark.parametrize("text", [
    "", "  ", "x +", "y", "__import__('os')", "x.real", "x[0]", "lambda: 1", "[1]", "x if x else 1", "x < 1", "x and 1",
    "'a'", "1j", "True", "None", "f'{x}'", "sin", "sin()", "sin(x, x)", "min(x)", "sin(a=x)", "sin(*x)", "(1)(2)",
    "sin(x)(x)", "x // 2", "x % 2", "x @ x", "~x", "not x", "x = 1", "x; x", "x\nx", "x\0", "(" * 250 + "x" + ")" * 250,
    "-" * 400 + "x", "1+" * 600 + "1", "(" * 900, "1if x else 2", "x:=1", "1+" * 300 + "x",
    "9" * 400 + "**" + "9" * 400 + "j", "0777", "x\u2028x", "x\ry"])
def test_bad_expression_is_one_line(text):
    with pytest.raises(InputError) as info:
        parse_expression(text)
    assert "\n" not in str(info.value)
    assert "\r" not in str(info.value)
    assert len(str(info.value)) < 400


@pytest.mark.parametrize(("text", "says"), [
    ("log(x)", "at x = -1.5"), ("1/(x-2)", "at x = 2"), ("9**9**9", "inf"), ("1e999", "inf"), ("sqrt(x)", "nan"),
    ("9" * 400, "inf"), ("x^0.5", "nan")])
def test_value_that_is_not_finite(text, says):
    with pytest.raises(InputError, match="finite") as info:
        parse_expression(text).evaluate(X)
    assert says in str(info.value)
    assert "\n" not in str(info.value)


@pytest.mark.parametrize("text", ["x", "1/0", "a", "", "1 2", "nan", "inf", "1e999"])
def test_bad_number(text):
    with pytest.raises(InputError):
        parse_number(text)


def test_wrong_number_of_arrays_and_no_text():
    with pytest.raises(InputError, match="one array"):
        parse_expression("x").evaluate(X, X)
    with pytest.raises(InputError, match="must be text"):
        parse_expression(3)
