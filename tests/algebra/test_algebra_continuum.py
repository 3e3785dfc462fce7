"""Relations of the continuum: one form whatever the order of rewriting, and the same values on smooth fields."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from collocation import combined, smooth, value
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from spaces import PLANE, SLAB, words

from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import phase_space
from symdcrnn.algebra.reading.trees import product, split
from symdcrnn.algebra.relations.calculus import NOTHING, Declared
from symdcrnn.algebra.relations.conservation import conservation_form
from symdcrnn.algebra.relations.continuum import Form, continuum_form
from symdcrnn.algebra.relations.groups import same_in_the_continuum
from symdcrnn.algebra.rules import Profile, Stencil
from symdcrnn.algebra.words import UNIT, Field, Product, Word

quick = settings(deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
ONE = Fraction(1)
LETTER = SLAB.operators
KNOWN = Declared(frozenset({("f", "v")}), frozenset({"K"}))


def orders(word: Word, axis: str) -> int:
    """The order of the derivatives along an axis, those inside too."""
    own = sum(rule.order for letter in word.letters for rule in letter.rules
              if isinstance(rule, Stencil) and rule.axis == axis)
    parts = getattr(word.base, "factors", ()) or getattr(word.base, "arguments", ())
    return own + sum(orders(part, axis) for part in parts)


def uses(word: Word, name: str) -> bool:
    parts = getattr(word.base, "factors", ()) or getattr(word.base, "arguments", ())
    return any(letter.name == name or uses_known(letter, name) for letter in word.letters) or any(
        uses(part, name) for part in parts)


def uses_known(letter: Operator, name: str) -> bool:
    return any(part.name == name for part in letter.parts)


def has_poles(word: Word) -> bool:
    """Whether something is divided by what may be zero: near that, polynomials of v are no smooth evaluation."""
    powers = getattr(word.base, "expression", sympy.Integer(1)).atoms(sympy.Pow)
    parts = getattr(word.base, "factors", ()) or getattr(word.base, "arguments", ())
    return (any(power.exp.is_negative for power in powers) or any("^(-" in letter.name for letter in word.letters)
            or any(has_poles(part) for part in parts))


def rounding(word: Word) -> float:
    """What derivatives by matrices can make of rounding errors of values of size one."""
    return 1e-14 * 20.0 ** orders(word, "x") * 400.0 ** orders(word, "v")


tame = words.filter(lambda word: not uses(word, "x") and orders(word, "x") <= 3 and orders(word, "v") <= 2
                    and not (orders(word, "v") and has_poles(word)))


@quick
@given(tame, st.integers(0, 20))
def test_forms_have_the_value_of_the_word(word: Word, seed: int) -> None:
    fields = smooth(seed)
    expected = value(word, fields)
    found, size = combined(continuum_form(word, SLAB), fields)
    size = max(size, float(np.abs(expected).max()))
    assert np.abs(found - expected).max() <= 1e-6 * size + rounding(word)


@quick
@given(words)
def test_a_form_is_its_own(word: Word) -> None:
    form = continuum_form(word, SLAB, KNOWN)
    assert total(form, KNOWN) == form


def total(terms: Form, declared: Declared = KNOWN) -> Form:
    found: Form = {}
    for word, coefficient in terms.items():
        for part, factor in continuum_form(word, SLAB, declared).items():
            found[part] = found.get(part, Fraction(0)) + coefficient * factor
    return {word: coefficient for word, coefficient in found.items() if coefficient}


def steps(word: Word) -> list[Form]:
    """What one relation makes of a word, for every relation and place."""
    found: list[Form] = []
    letters, base = word.letters, word.base
    for k, letter in enumerate(letters):
        inner = Word(letters[k + 1:], base)
        for form in _of_letter(letter, inner):
            if not any(outer.name == "cube" for outer in letters[:k]) or form == {inner.after((letter,)): ONE}:
                found.append({part.after(letters[:k]): factor for part, factor in form.items()})
    if isinstance(base, Product):
        for k, factor in enumerate(base.factors):
            for form in steps(factor):
                if "cube" not in {letter.name for letter in letters}:
                    others = (*base.factors[:k], *base.factors[k + 1:])
                    found.append({product([part, *others]).after(letters): c for part, c in form.items()})
    return found


def _of_letter(letter: Operator, inner: Word) -> list[Form]:
    found: list[Form] = []
    if letter.name == "v_dx":
        found.append({inner.after((LETTER["v"], LETTER["d_x"])): ONE})
        found.append({inner.after((LETTER["d_x"], LETTER["v"])): ONE})
    for axis in ("x", "v"):
        if letter.name in (f"d_{axis}{axis}", f"d_{axis}"):
            first = LETTER[f"d_{axis}"]
            if letter.name != first.name:
                found.append({inner.after((first, first)): ONE})
            elif inner.letters and inner.letters[0].name == first.name:
                found.append({Word(inner.letters[1:], inner.base).after((LETTER[f"d_{axis}{axis}"],)): ONE})
            if letter.name == first.name:
                known, rest = split(inner)
                parts = [Word((one,), UNIT) for one in known]
                parts += rest.base.factors if rest.is_identity and isinstance(rest.base, Product) else [rest]
                if len(parts) > 1:
                    form: Form = {}
                    for k, part in enumerate(parts):
                        slope = part.after((first,))
                        if part == Word((LETTER[axis],), UNIT):
                            slope = Word((), UNIT)
                        if not slope.vanishes:
                            whole = product([*parts[:k], slope, *parts[k + 1:]])
                            form[whole] = form.get(whole, Fraction(0)) + 1
                    found.append(form)
    if letter.name == "mean":
        if inner.letters and inner.letters[0].name == "K":
            found.append({Word(inner.letters[1:], inner.base).after((letter,)): ONE})
        if inner.letters and inner.letters[0].name == "d_v" and inner.base == SLAB.variables["f"] and len(
                inner.letters) == 1:
            found.append({})
        if inner.letters and inner.letters[0].name == "v_dx":
            rest = Word(inner.letters[1:], inner.base)
            found.append({rest.after((LETTER["d_x"], letter, LETTER["v"])): ONE})
    return found


@quick
@given(words, st.data())
def test_any_order_of_rewriting_gives_one_form(word: Word, data: st.DataObject) -> None:
    expected = continuum_form(word, SLAB, KNOWN)
    terms: Form = {word: ONE}
    for _ in range(4):
        one = data.draw(st.sampled_from(sorted(terms, key=str))) if terms else None
        choices = steps(one) if one is not None else []
        if not choices:
            break
        coefficient = terms.pop(one)
        for part, factor in data.draw(st.sampled_from(choices)).items():
            terms[part] = terms.get(part, Fraction(0)) + coefficient * factor
    assert total(terms) == expected


def form(text: str, declared: Declared = NOTHING) -> dict[str, str]:
    return {str(word): str(factor) for word, factor in continuum_form(SLAB.word(text), SLAB, declared).items()}


@pytest.mark.parametrize(("text", "expected"), [
    ("d_x d_x u", {"d_xx u": "1"}),
    ("v_dx v_dx u", {"v^2 d_xx u": "1"}),
    ("d_v(v f)", {"f": "1", "v d_v f": "1"}),
    ("d_vv(v^2 f)", {"f": "2", "v d_v f": "4", "v^2 d_vv f": "1"}),
    ("d_x(sigma f)", {"f d_x(sigma)": "1", "sigma d_x f": "1"}),
    ("d_xx(u^2)", {"(d_x u)^2": "2", "u d_xx u": "2"}),
    ("d_x exp(-u^2)", {"u exp(-u^2) d_x u": "-2"}),
    ("d_x((1 + u)^3)", {"d_x u": "3", "u d_x u": "6", "u^2 d_x u": "3"}),
    ("d_x(u + w)", {"d_x u": "1", "d_x w": "1"}),
    ("<v d_x f>", {"d_x <v f>": "1"}),
    ("<v_dx v_dx f>", {"d_xx <v^2 f>": "1"}),
    ("<u v f>", {"u <v f>": "1"}),
    ("<f <v f>>", {"<f> <v f>": "1"}),
    ("K(u f)", {"u K f": "1"}),
    ("K d_x f", {"d_x K f": "1"}),
    ("<K f>", {"<K f>": "1"}),
    ("<d_v f>", {"<d_v f>": "1"}),
    ("cube f", {"f^3": "1"}),
    ("laplacian u", {"d_xx u": "1"}),
    ("x d_x(x u)", {"x u": "1", "x^2 d_x u": "1"}),
    ("d_x(sin(8*x) u)", {"cos(8*x) u": "8", "sin(8*x) d_x u": "1"}),
    ("d_x(sin(2*pi*x) u)", {"cos(2*pi*x) u": "2*pi", "sin(2*pi*x) d_x u": "1"}),
    ("d_x abs(u)", {"sign(u) d_x u": "1"}),
    ("d_x exp(2*pi*u)", {"exp(2*pi*u) d_x u": "2*pi"}),
    ("maxwellian(<f>, <v f>, <v^2 f>, v)", {"maxwellian(<f>, <v f>, <v^2 f>, v)": "1"}),
    ("u maxwellian(w, u, E, v)", {"u maxwellian(w, u, E, v)": "1"}),
    ("d_x(x)", {"1": "1"}),
    ("d_v(x d_x f)", {"x d_v d_x f": "1"}),
])
def test_forms(text: str, expected: dict[str, str]) -> None:
    assert form(text) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("<d_v f>", {}), ("<v d_v f>", {"<f>": "-1"}), ("<v^2 d_vv f>", {"<f>": "2"}), ("<K f>", {"<f>": "1"}),
    ("<u d_v f>", {}), ("<K v_dx f>", {"d_x <v f>": "1"}), ("<d_v g>", {"<d_v g>": "1"}), ("<v K f>", {"<v K f>": "1"}),
    ("<E d_v f>", {}), ("<v d_v(v f)>", {"<v f>": "-1"}), ("d_x <d_v f>", {}),
])
def test_what_is_declared(text: str, expected: dict[str, str]) -> None:
    assert form(text, KNOWN) == expected


def test_what_is_declared_has_the_same_value() -> None:
    fields = smooth(3, decays=True)
    for text in ("<d_v f>", "<v d_v f>", "<v^2 d_vv f>", "<K f>", "<sigma v^3 d_v f>", "d_x <K v d_v f>"):
        word = SLAB.word(text)
        found, size = combined(continuum_form(word, SLAB, KNOWN), fields)
        assert np.abs(found - value(word, fields)).max() <= 1e-9 * max(size, 1.0), text


def test_forms_on_the_plane() -> None:
    def on_plane(text: str) -> dict[str, str]:
        return {str(word): str(factor) for word, factor in continuum_form(PLANE.word(text), PLANE).items()}

    assert on_plane("laplacian rho") == {"d_xx rho": "1", "d_yy rho": "1"}
    assert on_plane("c_dx s_dy f") == on_plane("s_dy c_dx f") == {"c s d_x d_y f": "1"}
    assert on_plane("hat f") == {"f": "1", "c^2 f": "-1"}
    assert on_plane("<c_dx f>") == {"d_x <c f>": "1"}


def test_averages_over_several_axes_in_any_order() -> None:
    both = phase_space([Axis("a", "velocity"), Axis("b", "velocity"), Axis("x", "space")],
                       [Field("f", ("t", "a", "b", "x"))])
    texts = ["<a f>", "mean_b(a mean_a f)", "mean_a(a mean_b f)", "mean_b mean_a(a f)", "<a mean_b f>"]
    forms = [continuum_form(both.word(text), both) for text in texts]
    assert forms[0] == forms[2] == forms[3] == forms[4] == {both.word("<a f>"): ONE}
    assert forms[1] == {both.word("a <f>"): ONE}


@pytest.mark.parametrize(("texts", "groups"), [
    (["d_x d_x u", "d_xx u", "u"], [(["d_xx u", "d_x d_x u"], [1, 1]), (["u"], [1])]),
    (["u d_x u", "d_x(u^2)"], [(["d_x(u^2)", "u d_x u"], [1, Fraction(1, 2)])]),
    (["v_dx f", "v d_x f", "<v_dx f>", "d_x <v f>"], [
        (["v_dx f", "v d_x f"], [1, 1]), (["<v_dx f>", "d_x <v f>"], [1, 1])]),
    (["v_dx v_dx u", "v^2 d_xx u"], [(["v^2 d_xx u", "v_dx v_dx u"], [1, 1])]),
    (["<v_dx v_dx u>", "d_xx u"], [(["d_xx u", "<v_dx v_dx u>"], [1, None])]),
    (["d_x(sin(2*pi*x) d_x u)", "d_x(d_x u sin(2*pi*x))"], [(["d_x(sin(2*pi*x) d_x u)"], [1])]),
    (["d_x(u w)", "u d_x w", "w d_x u"], [(["d_x(u w)"], [1]), (["u d_x w"], [1]), (["w d_x u"], [1])]),
    (["<K f>", "<d_v f>", "<f>", "<E d_v f>"], [
        (["<f>", "<K f>"], [1, 1]), (["<d_v f>"], [1]), (["<E d_v f>"], [1])]),
])
def test_groups(texts: list[str], groups: list[tuple[list[str], list[object]]]) -> None:
    found = same_in_the_continuum(map(SLAB.word, texts), SLAB, KNOWN)
    assert [([str(word) for word in one.words], list(one.factors)) for one in found] == groups


@quick
@given(st.lists(tame, min_size=1, max_size=4), st.integers(0, 20))
def test_words_of_a_group_are_multiples(chosen: list[Word], seed: int) -> None:
    fields = smooth(seed)
    several = [*chosen, *(part for word in chosen for form in steps(word) for part in form if len(form) == 1)]
    for group in same_in_the_continuum(several, SLAB):
        first = value(group.words[0], fields)
        for word, factor in zip(group.words[1:], group.factors[1:], strict=True):
            if factor is not None and orders(word, "x") <= 4:
                difference = np.abs(value(word, fields) - float(factor) * first).max()
                assert difference <= 1e-6 * np.abs(first).max() + rounding(word) + rounding(group.words[0])


@pytest.mark.parametrize(("terms", "order", "inner"), [
    ({"u d_x u": 1}, 1, {"u^2": "1/2"}),
    ({"d_xxx u": 1}, 3, {"u": "1"}),
    ({"u^2 d_x u": 3}, 1, {"u^3": "1"}),
    ({"u d_xx u": 1, "(d_x u)^2": 1}, 2, {"u^2": "1/2"}),
    ({"u d_x w": 1, "w d_x u": 1}, 1, {"u w": "1"}),
    ({"d_x u d_xx u": 2}, 1, {"(d_x u)^2": "1"}),
    ({"<v_dx f>": -1}, 1, {"<v f>": "-1"}),
    ({"K d_x f": 1}, 1, {"K f": "1"}),
    ({"sigma d_x f": 1, "f d_x(sigma)": 1}, 1, {"sigma f": "1"}),
    ({"x d_x u": 1, "u": 1}, 1, {"x u": "1"}),
    ({"exp(-u) d_x u": 1}, 1, {"exp(-u)": "-1"}),
    ({"<f> <d_x f>": 1}, 1, {"<f>^2": "1/2"}),
    ({"<f d_x f>": 1}, 1, {"<f^2>": "1/2"}),
    ({"u": 1}, None, None),
    ({"w d_xx u": 1}, None, None),
    ({"x d_x u": 1}, None, None),
    ({"d_x u d_x w": 1}, None, None),
    ({"d_x d_x u": 1, "d_xx u": -1}, None, None),
])
def test_conservation_forms(terms: dict[str, int], order: int | None, inner: dict[str, str] | None) -> None:
    found = conservation_form({SLAB.word(text): Fraction(factor) for text, factor in terms.items()}, "x", SLAB)
    if order is None:
        assert found is None
    else:
        assert found is not None
        assert (found.order, {str(word): str(factor) for word, factor in found.inner.items()}) == (order, inner)


@quick
@given(st.lists(tame, min_size=1, max_size=2))
def test_derivatives_are_conservation_forms(chosen: list[Word]) -> None:
    """What is found has the derivative that was given; a derivative of polynomials is always found."""
    inner = product(chosen)
    word = inner.after((LETTER["d_x"],))
    form_ = continuum_form(word, SLAB)
    found = conservation_form(form_, "x", SLAB)
    if found is not None:
        again: Form = {}
        for part, factor in found.inner.items():
            for one, c in continuum_form(part.after((LETTER["d_x"],) * found.order), SLAB).items():
                again[one] = again.get(one, Fraction(0)) + factor * c
        assert {one: c for one, c in again.items() if c} == form_


def test_letters_of_rules_alone() -> None:
    made = phase_space([Axis("x", "space")], [Field("u", ("t", "x"))], operators=[
        Operator("flux", [Stencil("x", 1), Profile("x^2"), Stencil("x", 1)])])
    assert {str(word): str(c) for word, c in continuum_form(made.word("flux u"), made).items()} == {
        "x d_x u": "2", "x^2 d_xx u": "1"}
