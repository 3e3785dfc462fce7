"""Words: the normal form and its relations, printing and reading."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symdcrnn.algebra.normal_form import Letters, normal_form
from symdcrnn.algebra.operators import OPERATORS, Operator, find_operator, multiplication
from symdcrnn.algebra.reading.word_parser import parse_word
from symdcrnn.algebra.words import Field, Word, kinetic_field
from symdcrnn.errors import InputError

ALPHABET = {**OPERATORS, "sigma": multiplication("sigma")}
IDENTITY, V_DX, MEAN, D_X, D_XX, SIGMA = ALPHABET.values()
G, RHO = kinetic_field("g", True), kinetic_field("rho", False)
FIELDS = {"g": G, "rho": RHO}

compositions = st.lists(st.sampled_from(list(ALPHABET.values())), max_size=8).map(tuple)
fields = st.sampled_from([G, RHO])
quick = settings(deadline=None)


def reduced(letters: Letters, v_dependent: bool) -> Letters:
    return normal_form(letters, kinetic_field("u", v_dependent).axes)


@quick
@given(compositions, st.booleans())
def test_normal_form_is_idempotent(letters: Letters, v_dependent: bool) -> None:
    once = reduced(letters, v_dependent)
    assert reduced(once, v_dependent) == once


@quick
@given(compositions, compositions, fields)
def test_normal_form_of_a_part_changes_nothing(left: Letters, right: Letters, field: Field) -> None:
    inner = Word.of(right, field)
    assert inner.after(left) == Word.of(left + right, field)
    assert reduced(reduced(left, inner.v_dependent) + inner.letters, field.v_dependent) == inner.after(
        left).letters


@quick
@given(compositions, fields)
def test_normal_form_keeps_the_value(numeric, letters: Letters, field: Field) -> None:
    u = numeric.field(field.v_dependent)
    expected = numeric.word(letters, u)
    value = numeric.word(reduced(letters, field.v_dependent), u)
    np.testing.assert_allclose(value, expected, rtol=0, atol=1e-12 * max(1.0, np.abs(expected).max()))


@quick
@given(compositions, fields)
def test_dependence_on_v(numeric, letters: Letters, field: Field) -> None:
    value = numeric.word(letters, numeric.field(field.v_dependent))
    assert Word.of(letters, field).v_dependent == bool(np.abs(value - value[0]).max() > 1e-12 * np.abs(value).max())


@quick
@given(compositions, compositions, st.booleans())
def test_identities_are_dropped(left: Letters, right: Letters, v_dependent: bool) -> None:
    assert reduced((*left, IDENTITY, *right), v_dependent) == reduced(left + right, v_dependent)


@quick
@given(compositions, compositions, st.booleans())
def test_a_repeated_average_is_one(left: Letters, right: Letters, v_dependent: bool) -> None:
    assert reduced((*left, MEAN, MEAN, *right), v_dependent) == reduced((*left, MEAN, *right), v_dependent)


@quick
@given(compositions)
def test_averages_of_what_has_no_v_are_dropped(letters: Letters) -> None:
    assert reduced((*letters, MEAN), False) == reduced(letters, False)


@pytest.mark.parametrize(("letters", "v_dependent", "expected"), [
    ((IDENTITY, V_DX), True, (V_DX,)),
    ((V_DX, IDENTITY), True, (V_DX,)),
    ((IDENTITY, IDENTITY), True, ()),
    ((MEAN, MEAN), True, (MEAN,)),
    ((MEAN, MEAN), False, ()),
    ((MEAN, V_DX), False, (MEAN, V_DX)),
    ((MEAN, V_DX, MEAN), False, (MEAN, V_DX)),
    ((V_DX, MEAN), True, (V_DX, MEAN)),
    ((MEAN, D_X, MEAN), True, (D_X, MEAN)),
    ((D_XX, D_X, V_DX, D_X), True, (D_X, D_X, D_XX, V_DX)),
    ((MEAN, D_XX), False, (D_XX,)),
    ((MEAN, SIGMA, MEAN), True, (SIGMA, MEAN)),
    ((V_DX, SIGMA), True, (V_DX, SIGMA)),
    ((D_X, SIGMA), True, (D_X, SIGMA)),
    ((SIGMA, D_X), True, (SIGMA, D_X)),
    ((V_DX, MEAN, V_DX), True, (V_DX, MEAN, V_DX)),
])
def test_normal_form(letters: Letters, v_dependent: bool, expected: Letters) -> None:
    assert reduced(letters, v_dependent) == expected


@pytest.mark.parametrize(("first", "second"), [
    (D_X, V_DX), (D_X, MEAN), (D_X, D_XX), (D_XX, V_DX), (D_XX, MEAN), (SIGMA, MEAN)])
def test_commuting_pairs(first: Operator, second: Operator) -> None:
    assert reduced((second, first), True) == reduced((first, second), True) == (first, second)


@pytest.mark.parametrize(("first", "second"), [(V_DX, MEAN), (SIGMA, V_DX), (SIGMA, D_X), (SIGMA, D_XX)])
def test_pairs_that_do_not_commute(numeric, first: Operator, second: Operator) -> None:
    assert reduced((first, second), True) != reduced((second, first), True)
    u = numeric.field(True)
    assert np.abs(numeric.word((first, second), u) - numeric.word((second, first), u)).max() > 1e-3


@pytest.mark.parametrize(("letters", "field", "text", "identifier"), [
    ((), G, "g", "g"),
    ((V_DX, V_DX), G, "v_dx v_dx g", "v_dx_v_dx_g"),
    ((MEAN, V_DX), G, "<v_dx g>", "mean_v_dx_g"),
    ((V_DX, MEAN), G, "v_dx <g>", "v_dx_mean_g"),
    ((MEAN, V_DX, MEAN, V_DX), G, "<v_dx <v_dx g>>", "mean_v_dx_mean_v_dx_g"),
    ((D_XX,), RHO, "d_xx rho", "d_xx_rho"),
    ((SIGMA, MEAN), G, "sigma <g>", "sigma_mean_g"),
])
def test_words_as_text(letters: Letters, field: Field, text: str, identifier: str) -> None:
    word = Word.of(letters, field)
    assert str(word) == text
    assert word.identifier == identifier
    assert word.is_identity == (letters == ())


def test_words_as_latex() -> None:
    assert Word.of((MEAN, V_DX), RHO).latex == r"\left\langle v\partial_x \rho \right\rangle"
    assert Word.of((SIGMA, D_XX), G).latex == r"\sigma \partial_{xx} g"


@quick
@given(compositions, fields)
def test_reading_what_was_printed(letters: Letters, field: Field) -> None:
    word = Word.of(letters, field)
    assert parse_word(str(word), FIELDS, ALPHABET) == word


def test_reading_brings_to_normal_form() -> None:
    assert str(parse_word(" < <v_dx d_x  I g> > ", FIELDS, ALPHABET)) == "d_x <v_dx g>"


@pytest.mark.parametrize(("text", "message"), [
    ("", "the end stands where a name or a number is expected"),
    ("v_dx", "write operators first, the field last"),
    ("<v_dx g", "'>' is missing before the end"),
    ("v_dx g>", "'>' stands where nothing may follow"),
    ("g + rho", "it is a sum: each of its terms is a word of its own"),
    ("< >g", "'>' stands where a name or a number is expected"),
    ("d_y g", "'d_y' is neither an operator (I, v_dx, mean, d_x, d_xx, sigma) nor a field (g, rho)"),
    ("v_dx h", "'h' is neither an operator"),
])
def test_words_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_word(text, FIELDS, ALPHABET)
    assert str(caught.value).startswith(f"cannot read the word {text!r}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_averages_cannot_be_read_without_the_average() -> None:
    with pytest.raises(InputError, match="'<' is neither"):
        parse_word("<g>", FIELDS, {"v_dx": V_DX})


def test_unknown_operator() -> None:
    assert find_operator("d_xx") is D_XX
    with pytest.raises(InputError) as caught:
        find_operator("laplace")
    assert str(caught.value) == "unknown operator 'laplace': choose from I, v_dx, mean, d_x, d_xx"
