"""Phase spaces that the tests of the algebra share, and random words of them."""

from __future__ import annotations

import sympy
from hypothesis import strategies as st

from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import phase_space
from symdcrnn.algebra.reading.trees import function, product
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature
from symdcrnn.algebra.words import UNIT, Field, Word

SLAB = phase_space(
    [Axis("v", "velocity", even=False), Axis("x", "space", periodic=True)],
    [Field("f", ("t", "v", "x")), Field("g", ("t", "v", "x")), Field("u", ("t", "x")), Field("w", ("t", "x")),
     Field("E", ("t", "x")), Field("q", ("t",)), Field("sigma", ("x",))],
    operators=[Operator("K", Quadrature("v", "1 + 0.9*v*v'")), Operator("cube", Pointwise("u^3"))])
"""One x, one velocity, a kernel, a pointwise operator, a field q(t) and a profile sigma(x)."""

PLANE = phase_space(
    [Axis("angle", "velocity", ordered=False), Axis("y", "space", periodic=True), Axis("x", "space", periodic=True)],
    [Field("f", ("t", "angle", "y", "x")), Field("rho", ("t", "y", "x")), Field("sigma", ("y", "x"))],
    {"c": ("angle",), "s": ("angle",)}, [Operator("hat", Profile("1 - c^2"))])
"""Two space axes and angles without an order, with cosines c and sines s."""

LETTERS = [letter for name, letter in SLAB.operators.items()
           if name in ("v_dx", "mean", "d_x", "d_xx", "d_v", "d_vv", "v", "t", "x", "sigma", "K", "cube")]


@st.composite
def _applied(draw: st.DrawFn, inner: st.SearchStrategy[Word]) -> Word:
    word = draw(inner)
    return word.after(tuple(draw(st.lists(st.sampled_from(LETTERS), min_size=1, max_size=3))))


@st.composite
def _multiplied(draw: st.DrawFn, inner: st.SearchStrategy[Word]) -> Word:
    return product(draw(st.lists(inner, min_size=2, max_size=3)))


@st.composite
def _function(draw: st.DrawFn, inner: st.SearchStrategy[Word]) -> Word:
    """A function of fields and words that begin with a derivative or an average."""
    atoms = st.one_of(st.sampled_from([Word((), field) for field in SLAB.variables.values()]),
                      st.sampled_from([Word((SLAB.operators[name],), UNIT) for name in ("v", "x", "sigma")]),
                      inner.filter(lambda word: word.letters and not word.letters[0].multiplies))
    first = draw(atoms)
    second = draw(atoms.filter(lambda word: word != first))
    a, b = sympy.Symbol(str(first)), sympy.Symbol(str(second))
    expression = draw(st.sampled_from([
        sympy.exp(-a**2), sympy.sin(8 * a), (1 + a) ** 3, 1 / (1 + b**2), a / b, sympy.sqrt(1 + a**2 + b**2),
        sympy.tanh(a * b - sympy.Rational(9, 10)), sympy.exp(-a) * sympy.Abs(b + 2), sympy.log(2 + sympy.cos(a)) * b**2,
        sympy.cosh(a / 3) ** sympy.Rational(3, 2), a ** -3, 2**a, sympy.sin(sympy.pi * a) / (a + 2 * b)]))
    return function(expression, {a: first, b: second})


def live(word: Word) -> bool:
    """Whether neither the word nor a part of it is zero by its axes."""
    parts = getattr(word.base, "factors", ()) or getattr(word.base, "arguments", ())
    return not word.vanishes and all(live(part) for part in parts)


words = st.recursive(
    st.sampled_from([Word((), field) for field in (*SLAB.variables.values(), UNIT)]),
    lambda inner: st.one_of(_applied(inner), _multiplied(inner), _function(inner)), max_leaves=5,
).filter(live)
