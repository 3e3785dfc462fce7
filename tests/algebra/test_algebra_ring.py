"""Operator polynomials: ring laws, sharing, derivatives."""

from __future__ import annotations

import itertools

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symdcrnn.algebra.normal_form import Letters, normal_form
from symdcrnn.algebra.operators import OPERATORS, multiplication
from symdcrnn.algebra.polynomial import OperatorPolynomial, averaged, linear_form
from symdcrnn.algebra.rnn import network, weights
from symdcrnn.algebra.words import Word, kinetic_field

ALPHABET = (*OPERATORS.values(), multiplication("sigma"))
IDENTITY, V_DX, MEAN = ALPHABET[:3]
G, RHO = kinetic_field("g", True), kinetic_field("rho", False)
quick = settings(deadline=None)


def reduced(letters: Letters, v_dependent: bool) -> Letters:
    return normal_form(letters, kinetic_field("u", v_dependent).axes)


@st.composite
def polynomials(draw: st.DrawFn) -> OperatorPolynomial:
    keys = draw(st.lists(st.lists(st.sampled_from(ALPHABET), max_size=3), max_size=4))
    letters = {reduced(tuple(key), True) for key in keys}
    return OperatorPolynomial({key: sympy.Integer(draw(st.integers(-4, 4))) for key in letters})


def same(first: OperatorPolynomial, second: OperatorPolynomial) -> bool:
    def terms(polynomial: OperatorPolynomial) -> dict:
        return {key: value for key, value in polynomial.coefficients.items() if value != 0}

    return terms(first) == terms(second) and first.base == second.base


@quick
@given(polynomials(), polynomials(), polynomials())
def test_composition_is_associative(a: OperatorPolynomial, b: OperatorPolynomial, c: OperatorPolynomial) -> None:
    assert same(a.compose(b).compose(c), a.compose(b.compose(c)))
    for field in (G, RHO):
        assert same(a.compose(b.compose(c)).on(Word((), field)), a.compose(b.compose(c.on(Word((), field)))))


@quick
@given(polynomials(), polynomials(), polynomials())
def test_composition_distributes_over_sums(a: OperatorPolynomial, b: OperatorPolynomial,
                                           c: OperatorPolynomial) -> None:
    assert same(a.compose(b + c), a.compose(b) + a.compose(c))
    assert same((a + b).compose(c), a.compose(c) + b.compose(c))


@quick
@given(polynomials(), polynomials())
def test_sums_and_factors(a: OperatorPolynomial, b: OperatorPolynomial) -> None:
    two = sympy.Integer(2)
    assert same(a + b, b + a)
    assert same(a.scale(two).compose(b), a.compose(b.scale(two)))
    assert same(a.scale(two) + b.scale(two), (a + b).scale(two))
    one = linear_form([(IDENTITY, sympy.Integer(1))])
    assert same(one.compose(a), a)
    assert same(a.compose(one), a)


@quick
@given(polynomials())
def test_averages(a: OperatorPolynomial) -> None:
    once = averaged(a, MEAN)
    assert same(averaged(once, MEAN), once)
    assert not any(word.v_dependent for word in once.on(Word((), G)).words)
    assert not any(word.v_dependent for word in averaged(a.on(Word((), RHO)), MEAN).words)


@quick
@given(polynomials(), polynomials())
def test_shared_coefficients_mean_the_same(a: OperatorPolynomial, b: OperatorPolynomial) -> None:
    shared = a.share("A").compose(b.share("B"))
    assert {k: v for k, v in shared.expand().items() if v != 0} == {
        k: v for k, v in a.compose(b).coefficients.items() if v != 0}


def test_words_made_equal_by_the_field_are_added() -> None:
    a, b = sympy.symbols("a b")
    polynomial = OperatorPolynomial({(): a, (MEAN,): b})
    assert polynomial.on(Word((), RHO)).coefficients == {(): a + b}
    assert [str(word) for word in polynomial.on(Word((), G)).words] == ["g", "<g>"]


def test_misuse() -> None:
    polynomial = OperatorPolynomial({(V_DX,): sympy.Integer(1)})
    with pytest.raises(ValueError, match="use on"):
        _ = polynomial.words
    with pytest.raises(ValueError, match="cannot act on another"):
        polynomial.on(Word((), G)).compose(polynomial)


def test_terms_of_linear_forms_may_be_polynomials() -> None:
    a, b, c = sympy.symbols("a b c")
    inner = linear_form([(V_DX, a), (IDENTITY, b)]).share("C")
    outer = linear_form([(inner, c), (V_DX, b)])
    assert {key: sympy.expand(value) for key, value in outer.expand().items()} == {(): b * c, (V_DX,): a * c + b}


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_derivative_against_sympy(layers: int) -> None:
    polynomial = network((IDENTITY, V_DX, MEAN), layers)
    plain = polynomial.expand()
    chosen = weights(layers, 3)
    for weight in chosen if layers < 2 else itertools.islice(chosen, 0, None, 3):
        derived = polynomial.derivative(weight.symbol).expand()
        for key, value in plain.items():
            expected = sympy.expand(value.diff(weight.symbol))
            assert sympy.expand(derived.get(key, sympy.Integer(0))) == expected


def test_derivative_by_an_unknown_weight_is_nothing() -> None:
    assert network((IDENTITY, V_DX), 1).derivative(sympy.Symbol("other")).coefficients == {}


def test_only_words_on_the_axes_of_the_left_hand_side_are_kept() -> None:
    """v_dx of something depends on v, its average and d_xx rho do not."""
    d_xx = OPERATORS["d_xx"]
    whole = OperatorPolynomial({(V_DX,): sympy.Integer(2), (MEAN, V_DX): sympy.Integer(3), (d_xx,): sympy.Integer(5)})
    found = whole.on(Word((), G)).restricted(["t", "x"])
    assert [str(word) for word in found.words] == ["<v_dx g>"]
    assert list(found.coefficients.values()) == [3]
    assert {str(word) for word in whole.on(Word((), RHO)).restricted(["t", "x"]).words} == {"<v_dx rho>", "d_xx rho"}
    assert len(whole.on(Word((), RHO)).restricted(["t", "v", "x"]).words) == 3
    with pytest.raises(ValueError, match="applied to a word"):
        whole.restricted(["t"])


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_a_network_is_made_of_all_its_weights(layers: int) -> None:
    polynomial = network((IDENTITY, V_DX, MEAN), layers)
    expressions = [*(expression for _, expression in polynomial.definitions), *polynomial.coefficients.values()]
    shared = {symbol for symbol, _ in polynomial.definitions}
    used = set().union(*(expression.free_symbols for expression in expressions)) - shared
    assert used == {weight.symbol for weight in weights(layers, 3)}
