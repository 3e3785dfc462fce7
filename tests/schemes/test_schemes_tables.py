"""The schemes: order conditions, convergence of the residual, and which words are stiff."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest

from symdcrnn.algebra.operators import OPERATORS, multiplication
from symdcrnn.algebra.reading.word_parser import parse_word
from symdcrnn.algebra.words import Field, Word, kinetic_field
from symdcrnn.errors import InputError
from symdcrnn.schemes.multistep import SCHEMES, is_stiff, residual, sharpest_scheme
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.schemes.table import ALL_SCHEMES, find_scheme

G, RHO = kinetic_field("g", True), kinetic_field("rho", False)
ALPHABET = {**OPERATORS, "sigma": multiplication("sigma"), "source": multiplication("source")}
TABLES = list(SCHEMES.values())
each_scheme = pytest.mark.parametrize("scheme", TABLES, ids=list(SCHEMES))


def word(text: str) -> Word:
    return parse_word(text, {"g": G, "rho": RHO}, ALPHABET)


def defect(alpha: tuple[Fraction, ...], beta: tuple[Fraction, ...], power: int) -> Fraction:
    """sum_i alpha_i i^p - p sum_i beta_i i^(p-1): what the scheme leaves of u = t^p."""
    left = sum(a * Fraction(i) ** power for i, a in enumerate(alpha))
    right = sum(power * b * Fraction(i) ** (power - 1) for i, b in enumerate(beta)) if power else Fraction(0)
    return left - right


def parts(scheme: Scheme) -> list[tuple[Fraction, ...]]:
    return [weights for weights in (scheme.explicit, scheme.implicit) if weights]


@each_scheme
def test_order_conditions(scheme: Scheme) -> None:
    assert parts(scheme)
    for weights in parts(scheme):
        assert len(weights) == scheme.frames
        assert all(isinstance(weight, Fraction) for weight in (*scheme.alpha, *weights))
        assert all(defect(scheme.alpha, weights, power) == 0 for power in range(scheme.order + 1))
    assert any(defect(scheme.alpha, weights, scheme.order + 1) != 0 for weights in parts(scheme))


@each_scheme
def test_explicit_weights_do_not_read_the_last_frame(scheme: Scheme) -> None:
    assert not scheme.explicit or scheme.explicit[-1] == 0
    assert scheme.alpha[-1] == 1
    if scheme.splits:
        assert [i for i, weight in enumerate(scheme.implicit) if weight] == [scheme.frames - 1]


@each_scheme
def test_the_residual_converges(scheme: Scheme) -> None:
    """u' = a u + b u with the first term stiff: the residual falls as dt^(order + 1).

    In 60 digits: the residuals of the higher orders are below the rounding of double precision.
    """
    with mpmath.workdps(60):
        a, b = mpmath.mpf("-0.7"), mpmath.mpf("0.3")
        sizes = []
        longest = mpmath.mpf(1) / max(10, 2 * scheme.frames)
        for dt in (longest, longest / 2, longest / 4):
            u = [mpmath.exp((a + b) * dt * i) for i in range(scheme.frames)]

            def combined(weights: tuple[Fraction, ...], frames: list[mpmath.mpf]) -> mpmath.mpf:
                return sum(mpmath.mpf(w.numerator) / w.denominator * f for w, f in zip(weights, frames, strict=True))

            stiff = combined(scheme.implicit or scheme.explicit, u)
            rest = combined(scheme.explicit or scheme.implicit, u)
            sizes.append(abs(combined(scheme.alpha, u) - dt * (a * stiff + b * rest)))
        slopes = [float(mpmath.log(before / after, 2)) for before, after in pairwise(sizes)]
    assert slopes[0] == pytest.approx(scheme.order + 1, abs=0.15)
    assert slopes[1] == pytest.approx(scheme.order + 1, abs=0.1)


@each_scheme
def test_the_truncation_error_is_that_of_an_exponential(scheme: Scheme) -> None:
    if scheme.splits:
        return
    rate = mpmath.mpf(1) / 1000
    with mpmath.workdps(60):
        weights = scheme.implicit or scheme.explicit
        u = [mpmath.exp(-rate * i) for i in range(scheme.frames)]
        left = sum(mpmath.mpf(a.numerator) / a.denominator * f for a, f in zip(scheme.alpha, u, strict=True))
        right = -rate * sum(mpmath.mpf(b.numerator) / b.denominator * f for b, f in zip(weights, u, strict=True))
        relative = abs(left / right - 1)
    assert float(relative) == pytest.approx(scheme.truncation(float(rate)), rel=0.05)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_bdf_weights_of_the_paper(order: int) -> None:
    scheme = SCHEMES[f"imex-bdf{order}"]
    beta = {1: Fraction(1), 2: Fraction(2, 3), 3: Fraction(6, 11), 4: Fraction(12, 25)}[order]
    assert (scheme.order, scheme.frames, scheme.implicit[-1]) == (order, order + 1, beta)
    assert scheme.splits


@pytest.mark.parametrize(("text", "target", "expected"), [
    ("g", G, True),
    ("sigma g", G, True),
    ("sigma sigma g", G, True),
    ("v_dx g", G, False),
    ("<g>", G, False),
    ("<v_dx g>", G, False),
    ("sigma v_dx g", G, False),
    ("rho", G, False),
    ("v_dx rho", G, False),
    ("<v_dx g>", RHO, True),
    ("<g>", RHO, True),
    ("rho", RHO, False),
    ("sigma rho", RHO, False),
    ("d_xx rho", RHO, False),
])
def test_which_words_are_stiff(text: str, target: Field, expected: bool) -> None:
    assert is_stiff(word(text), target) is expected


def test_stiff_words_of_a_scheme_that_splits() -> None:
    form = residual(SCHEMES["imex-bdf2"], G, [word("v_dx g"), word("g"), word("v_dx rho")])
    assert [column.level for column in form.columns] == ["explicit", "implicit", "explicit"]
    assert form.columns[1].time_weights == (0.0, 0.0, pytest.approx(2 / 3))
    assert form.columns[0].time_weights == pytest.approx((-2 / 3, 4 / 3, 0.0))
    assert form.time_weights == pytest.approx((1 / 3, -4 / 3, 1.0))
    assert [str(item) for item in form.words] == ["v_dx g", "g", "v_dx rho"]


@pytest.mark.parametrize(("name", "level"), [
    ("forward-euler", "explicit"), ("backward-euler", "implicit"), ("trapezoid", "implicit"),
    ("simpson", "implicit")])
def test_schemes_that_treat_all_words_alike(name: str, level: str) -> None:
    assert not SCHEMES[name].splits
    form = residual(SCHEMES[name], G, [word("g"), word("v_dx g"), word("v_dx rho")])
    assert {column.level for column in form.columns} == {level}
    assert len({column.time_weights for column in form.columns}) == 1


def test_equations_of_fields_without_v() -> None:
    form = residual(SCHEMES["imex1"], RHO, [word("<v_dx g>"), word("rho")])
    assert [column.level for column in form.columns] == ["implicit", "explicit"]
    with pytest.raises(ValueError, match="v_dx g depends on v, but rho does not"):
        Residual(RHO, (-1.0, 1.0), (Column(word("v_dx g"), "explicit", (1.0, 0.0)),))


@pytest.mark.parametrize(("frames", "name"), [
    (2, "trapezoid"), (3, "simpson"), (4, "simpson"), (7, "simpson"), (8, "newton-cotes4"), (11, "newton-cotes4"),
    (12, "newton-cotes6"), (16, "newton-cotes8"), (50, "newton-cotes8")])
def test_the_sharpest_scheme(frames: int, name: str) -> None:
    assert sharpest_scheme(frames).name == name


@pytest.mark.parametrize(("rate", "name"), [
    (0.01, "newton-cotes8"), (1.0, "newton-cotes8"), (1.5, "newton-cotes4"), (5.0, "trapezoid"),
    (10.0, "backward-euler")])
def test_high_orders_do_not_pay_where_the_fastest_rate_is_not_resolved(rate: float, name: str) -> None:
    found = sharpest_scheme(50, rate)
    assert found.name == name
    assert all(found.truncation(rate) <= scheme.truncation(rate) for scheme in TABLES
               if not scheme.explicit)


@pytest.mark.parametrize("frames", [0, 1])
def test_too_few_frames(frames: int) -> None:
    with pytest.raises(InputError) as caught:
        sharpest_scheme(frames)
    assert str(caught.value) == f"the data has {frames} frame(s): at least 2 are needed"


def test_names_of_schemes() -> None:
    assert all(find_scheme(name).name == name for name in ALL_SCHEMES)
    with pytest.raises(InputError) as caught:
        find_scheme("leapfrog")
    assert str(caught.value) == f"unknown scheme 'leapfrog': choose from {', '.join(ALL_SCHEMES)}"
