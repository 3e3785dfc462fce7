"""Words as trees: reading, printing, typesetting, axes and names."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from spaces import PLANE, SLAB, words

from symdcrnn.algebra.reading.trees import function, product
from symdcrnn.algebra.reading.word_parser import parse_terms
from symdcrnn.algebra.relations.continuum import continuum_form
from symdcrnn.algebra.words import Field, Function, Product, Word
from symdcrnn.errors import InputError

quick = settings(deadline=None)
F, U = SLAB.variables["f"], SLAB.variables["u"]
LETTER = SLAB.operators


@quick
@given(words)
def test_what_is_printed_is_read_again(word: Word) -> None:
    assert SLAB.word(str(word)) == word


@quick
@given(words)
def test_names_are_identifiers(word: Word) -> None:
    assert word.identifier.isidentifier()
    assert word.latex.count("{") == word.latex.count("}")
    assert word.latex.count(r"\left") == word.latex.count(r"\right")


@quick
@given(words, words, words)
def test_products_commute_and_associate(one: Word, two: Word, three: Word) -> None:
    assert product([one, two]) == product([two, one])
    assert product([product([one, two]), three]) == product([one, product([two, three])]) == product([three, two, one])


@pytest.mark.parametrize(("text", "written", "latex", "axes"), [
    ("v_dx v_dx f", "v_dx v_dx f", r"v\partial_x v\partial_x f", "t v x"),
    ("u d_x u", "u d_x u", r"u \, \partial_x u", "t x"),
    ("u*d_x u", "u d_x u", r"u \, \partial_x u", "t x"),
    ("d_x u^2", "d_x(u^2)", r"\partial_x \left(u^{2}\right)", "t x"),
    ("d_x(u*u)", "d_x(u^2)", r"\partial_x \left(u^{2}\right)", "t x"),
    ("(d_x u)**2", "(d_x u)^2", r"\left(\partial_x u\right)^{2}", "t x"),
    ("d_x(u d_x u)", "d_x(u d_x u)", r"\partial_x \left(u \, \partial_x u\right)", "t x"),
    ("E d_v f", "E d_v f", r"E \, \partial_v f", "t v x"),
    ("<v f> d_x u", "d_x u <v f>", r"\left(\partial_x u\right) \, \left\langle v f \right\rangle", "t x"),
    ("f v", "v f", "v f", "t v x"),
    ("v v f", "v^2 f", "v^{2} f", "t v x"),
    ("<v^2 f>", "<v^2 f>", r"\left\langle v^{2} f \right\rangle", "t x"),
    ("d_v(v f)", "d_v v f", r"\partial_v v f", "t v x"),
    ("exp(-u^2)", "exp(-u^2)", "e^{- u^{2}}", "t x"),
    ("f sin(8*t)", "sin(8*t) f", r"\sin{\left(8 t \right)} f", "t v x"),
    ("d_xx((1+u)^3)", "d_xx((u + 1)^3)", r"\partial_{xx} \left(\left(u + 1\right)^{3}\right)", "t x"),
    ("u/w", "u w^(-1)", r"u \, \frac{1}{w}", "t x"),
    ("exp(-f/(u*w)) g", "g exp(-f/(u*w))", r"g \, e^{- \frac{f}{u w}}", "t v x"),
    ("exp(f/u)", "exp(f/u)", r"e^{\frac{f}{u}}", "t v x"),
    ("(u - w)", "(u - w)", "u - w", "t x"),
    ("sigma", "sigma", r"\sigma", "x"),
    ("1", "1", "1", ""),
    ("q f", "f q", r"f \, q", "t v x"),
    ("d_v(v)", "d_v(v)", r"\partial_v v", "v"),
    ("K f", "K f", "K f", "t v x"),
    ("d_xv f", "d_vx f", r"\partial_{vx} f", "t v x"),
    ("maxwellian(<f>, <v f>, <v^2 f>, v)", "maxwellian(<f>, <v f>, <v^2 f>, v)",
     r"\mathcal{M}\left(\left\langle f \right\rangle, \left\langle v f \right\rangle, \left\langle v^{2} f "
     r"\right\rangle, v\right)", "t v x"),
])
def test_reading_and_writing(text: str, written: str, latex: str, axes: str) -> None:
    word = SLAB.word(text)
    assert (str(word), word.latex, word.axes) == (written, latex, tuple(axes.split()))
    assert SLAB.word(written) == word


def test_what_words_are() -> None:
    assert SLAB.word("u d_x u") == Word((), Product((Word((), U), Word((LETTER["d_x"],), U))))
    assert SLAB.word("d_x(v u u)") == Word((LETTER["v"], LETTER["d_x"]), Product((Word((), U), Word((), U))))
    a0 = sympy.Symbol("a0")
    assert SLAB.word("exp(-u^2)") == Word((), Function(sympy.exp(-a0**2), (Word((), U),)))
    assert SLAB.word("v^2 f") == Word((LETTER["v"], LETTER["v"]), F)
    assert SLAB.word(f"max({', '.join(['u^2', 'u'] * 60)})") == SLAB.word("max(u, u^2)")
    density, v = SLAB.word("<f>"), SLAB.word("v")
    whole = SLAB.word("maxwellian(<f>, <v f>, <v^2 f>, v)").base
    assert isinstance(whole, Function)
    assert whole.arguments == (density, v, SLAB.word("<v f>"), SLAB.word("<v^2 f>"))
    n, v_, m, e = sympy.symbols("a0:4")
    temperature = e / n - (m / n) ** 2
    expected = n / sympy.sqrt(2 * sympy.pi * temperature) * sympy.exp(-((v_ - m / n) ** 2) / (2 * temperature))
    assert sympy.simplify(whole.expression / expected) == 1


def test_words_on_the_plane() -> None:
    assert PLANE.word("c d_x f").axes == ("t", "angle", "y", "x")
    assert str(PLANE.word("f hat c s")) == "c hat s f"
    assert PLANE.word("<c f>").axes == ("t", "y", "x")
    assert PLANE.word("laplacian rho").latex == r"\Delta \rho"
    assert str(PLANE.word("d_yx rho")) == "d_xy rho"


@pytest.mark.parametrize(("text", "message"), [
    ("", "the end stands where a name or a number is expected"),
    ("v_dx", "v_dx acts on nothing: write operators first, the field last"),
    ("<v_dx f", "'>' is missing before the end"),
    ("v_dx f>", "'>' stands where nothing may follow"),
    ("2 u", "it has the factor 2: leave it out"),
    ("u/4", "it has the factor 0.25: leave it out"),
    ("-u", "it has the factor -1: leave it out"),
    ("u + w", "it is a sum: each of its terms is a word of its own"),
    ("d_v u", "d_v u is zero, as u does not depend on v"),
    ("d_x <v>", "d_x <v> is zero, as <v> does not depend on x"),
    ("d_x q", "d_x q is zero, as q does not depend on x"),
    ("d_y f", "'d_y' is neither an operator (I, v_dx, mean, d_x, "),
    ("d_x*u", "d_x acts on nothing"),
    ("d_x^2 u", "d_x stands to a power: write the operator as often as it acts"),
    ("sin u", "sin is a function: write its argument in parentheses"),
    ("exp(u, w)", "exp has 2 arguments: give it one"),
    ("maxwellian(u)", "maxwellian has 1 arguments: give it n = <f>, m = <v f>, e = <v^2 f> and v"),
    (f"max({', '.join(f'sin({number}*u)' for number in range(1, 10))})", "max has 9 different arguments: give it 8"),
    ("erf(u)", "'erf' is neither an operator"),
    ("(u, w)", "a comma stands outside the arguments of a function"),
    ("u^w^q", "a power of a power is ambiguous: use parentheses"),
    ("(9^99999) u", "a power of numbers in it is too large"),
    ("exp(u*1e999)", "the number 1e999 is out of range"),
    ("u/0", "its value is no finite real number"),
    ("sqrt(-1) u", "its value is no finite real number"),
    ("u; w", "';' has no meaning in it"),
    ("__import__('os')", '"\'" has no meaning in it'),
    ("u.real", "'.' has no meaning in it"),
    ("ü", "'ü' has no meaning in it"),
    ("(" * 70 + "u" + ")" * 70, "it is nested more than 60 levels deep"),
    ("d_x " * 70 + "u", "it is nested more than 60 levels deep"),
    ("u " * 1500, "it has 3000 characters: write at most 2000"),
])
def test_words_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        SLAB.word(text)
    assert str(caught.value).startswith("cannot read the word ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.text(st.sampled_from("uvf12.+-*/^()<>, d_xsinexp"), max_size=14))
def test_any_text_is_a_word_or_one_line(text: str) -> None:
    try:
        word = SLAB.word(text)
    except InputError:
        return
    assert SLAB.word(str(word)) == word


def test_functions_need_no_number_in_front() -> None:
    u = sympy.Symbol("u")
    with pytest.raises(InputError, match=r"it has the factor sqrt\(2\)"):
        function(sympy.sqrt(2) * u, {u: Word((), U)})
    assert function(sympy.Integer(1), {}) == SLAB.word("1")


def test_fields_of_words() -> None:
    assert SLAB.word("exp(-u) d_x(w f)").fields == (U, F, SLAB.variables["w"])
    assert SLAB.word("sigma").fields == ()
    assert not Field("rho", ("t", "x")).v_dependent


@pytest.mark.parametrize(("text", "expected"), [
    ("P_1 <P_1 f>", {"v <v f>": 1}),
    ("P_0 <P_0 f>", {"<f>": 1}),
    ("P_2 d_x f", {"v^2 d_x f": Fraction(3, 2), "d_x f": Fraction(-1, 2)}),
    ("legendre(2, v) d_x f", {"v^2 d_x f": Fraction(3, 2), "d_x f": Fraction(-1, 2)}),
    ("hermite(3, v) f", {"v^3 f": 1, "v f": -3}),
    ("<legendre(3, u)>", {"u^3": Fraction(5, 2), "u": Fraction(-3, 2)}),
])
def test_orthogonal_polynomials(text: str, expected: dict[str, Fraction]) -> None:
    word = SLAB.word(text)
    assert SLAB.word(str(word)) == word
    assert {str(one): factor for one, factor in continuum_form(word, SLAB).items()} == expected


def test_polynomials_are_typeset() -> None:
    assert SLAB.word("P_12 <P_2 f>").latex == r"P_{12} \left\langle P_{2} f \right\rangle"
    assert SLAB.word("hermite(2, v) f").latex == r"\left(v^{2} - 1\right) f"


@pytest.mark.parametrize(("text", "message"), [
    ("P_40 f", "legendre has the arguments 40, v: give it a degree from 0 to 32"),
    ("legendre(v, 2) f", "legendre has the arguments v, 2: give it a degree"),
    ("hermite(2) f", "hermite has the arguments 2: give it a degree"),
    ("legendre f", "legendre is a function: write its argument in parentheses"),
])
def test_polynomials_that_are_none(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        SLAB.word(text)


def test_there_are_no_legendre_letters_of_angles() -> None:
    with pytest.raises(InputError, match="'P_2' is neither an operator"):
        PLANE.word("P_2 f")


@pytest.mark.parametrize("text", [
    "(u + E)^31e300 - 2 u E", "f/(u + w)^5000", "exp((u + w)^4000)", "(u + w + E + f)^40", "((u + w)^30 + f)^30"])
def test_sums_that_take_long_to_multiply_out_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^cannot read the sum .*: multiplied out it has more than 2000 terms"):
        parse_terms(text, SLAB.variables, SLAB.operators)


def test_powers_of_sums_are_multiplied_out() -> None:
    found = parse_terms("-(u + w)^3", SLAB.variables, SLAB.operators)
    assert {str(word): int(number) for number, word in found} == {"u^3": -1, "w^3": -1, "u^2 w": -3, "u w^2": -3}
