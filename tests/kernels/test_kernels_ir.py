"""What programs are made of: weights of formulas, functions as source and as numbers, grids, and transposed words."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from symdcrnn.algebra.operators import Operator, multiplication
from symdcrnn.algebra.rules import Profile, Quadrature, Stencil, Sum
from symdcrnn.algebra.words import Field, Product, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.difference_weights import even_weights, formula, line_weights, point_weights
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid, spacing_of
from symdcrnn.kernels.ir.linearised import Transposition, WeightedWord, rate_words, tangent_words
from symdcrnn.kernels.ir.scalar_source import LARGEST_POWER, evaluated, known_values, scalar_source
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.kernels.stencils import Stencils

Array = np.ndarray
N = 11
UNEVEN = np.cumsum(np.random.default_rng(1).uniform(0.3, 0.6, N))
EVEN = 0.4 * np.arange(N)


def matrix(points: Array, weights: Array) -> Array:
    """The dense matrix of weights at points."""
    made = np.zeros((N, N))
    for row in range(N):
        for point, weight in zip(points[row], weights[row], strict=True):
            made[row, point] += weight
    return made


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("offsets", [(-2, -1, 0, 1, 2), (-1, 0, 1, 2, 3), (-3, -2, -1, 0)])
@pytest.mark.parametrize("coordinate", [EVEN, UNEVEN], ids=["even", "uneven"])
def test_formulas_are_exact_for_polynomials(order: int, offsets: tuple[int, ...], coordinate: Array) -> None:
    """Over n points, of degree n - 1; at open ends over as many points that lean inwards."""
    axis = GridAxis("x", "space", coordinate)
    one = formula("x", order, offsets, coordinate is EVEN)
    points, weights = point_weights(one, axis)
    assert points.min() == 0
    assert points.max() == N - 1
    degree = len(offsets) - 1
    values = np.polynomial.Polynomial(np.random.default_rng(2).normal(size=degree + 1))
    found = (values(coordinate)[points] * weights).sum(axis=1)
    np.testing.assert_allclose(found, values.deriv(order)(coordinate), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("offsets", [(-1, 0, 1), (-2, -1, 0, 1)])
def test_periodic_formulas_go_around(offsets: tuple[int, ...]) -> None:
    length = float(UNEVEN[-1] - UNEVEN[0]) + 0.5
    axis = GridAxis("x", "space", UNEVEN, True, repeats=length)
    one = formula("x", 1, offsets, False)
    dense = matrix(*point_weights(one, axis))
    for row in range(N):
        read = {(row + offset) % N for offset in offsets}
        assert set(np.flatnonzero(dense[row])) <= read
    steps = {offset: [(UNEVEN[(row + offset) % N] - UNEVEN[row]) + length * ((row + offset) // N) for row in range(N)]
             for offset in offsets}
    for degree in range(len(offsets)):
        found = [sum(dense[row, (row + offset) % N] * steps[offset][row] ** degree for offset in offsets)
                 for row in range(N)]
        np.testing.assert_allclose(found, np.full(N, 1.0 if degree == 1 else 0.0), atol=1e-12)
    smooth = np.sin(2.0 * np.pi * UNEVEN / length)
    slope = 2.0 * np.pi / length * np.cos(2.0 * np.pi * UNEVEN / length)
    assert np.abs(dense @ smooth - slope).max() < 0.2 * np.abs(slope).max()


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("coordinate", [EVEN, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize("offsets", [(-2, -1, 0, 1), (-1, 0, 1)])
def test_the_transposed_formula_is_the_transposed_matrix(
    offsets: tuple[int, ...], coordinate: Array, periodic: bool
) -> None:
    axis = GridAxis("x", "space", coordinate, periodic)
    one = formula("x", 1, offsets, False)
    dense = matrix(*point_weights(one, axis))
    back = one.mirrored
    assert back.transposed
    assert back.mirrored == one
    assert back.offsets == tuple(sorted(-offset for offset in offsets))
    assert back.reach == one.reach == max(map(abs, offsets))
    np.testing.assert_allclose(matrix(*point_weights(back, axis)), dense.T, rtol=1e-13, atol=1e-14)
    if periodic:
        lines = line_weights(back, axis)
        assert lines.shape == (N, len(offsets))
        for row in range(N):
            for number, offset in enumerate(range(back.offsets[0], back.offsets[-1] + 1)):
                assert lines[row, number] == pytest.approx(dense.T[row, (row + offset) % N], abs=1e-14)
    if coordinate is EVEN:
        np.testing.assert_allclose(even_weights(back, 0.4), even_weights(one, 0.4)[::-1])


def test_an_axis_has_as_many_points_as_a_formula_reads() -> None:
    one = formula("x", 1, (-2, -1, 0, 1, 2), False)
    point_weights(one, GridAxis("x", "space", UNEVEN[:5]))
    with pytest.raises(InputError, match="axis 'x' has 4 points, but a stencil along it reads 5"):
        point_weights(one, GridAxis("x", "space", UNEVEN[:4]))


A, B = sympy.symbols("a b")


@pytest.mark.parametrize("expression", [
    A + 2 * B + 3, 2 * A * B, A - B, A**2, A**8, A**9, A**-1, A**-3, A**-9, sympy.sqrt(A), 1 / sympy.sqrt(A),
    A**sympy.Rational(3, 2), A**B, A**0.7, sympy.exp(-A), sympy.sin(A) * sympy.cos(B), sympy.tan(A), sympy.log(A),
    sympy.tanh(A), sympy.sinh(A) + sympy.cosh(B), sympy.Abs(A - B), sympy.sign(A - B), sympy.Max(A, B, 1),
    sympy.Min(A, B), (A + B) / (1 + A**2), sympy.pi * A,
], ids=str)
def test_functions_as_source_and_as_numbers(expression: sympy.Expr) -> None:
    for a, b in ((0.4, 1.7), (1.3, 0.6)):
        expected = float(expression.subs({A: a, B: b}))
        found = evaluated(expression, {"a": np.array([a]), "b": np.array([b])})
        np.testing.assert_allclose(found, expected, rtol=1e-14)
        names = {"np": np, "first": a, "second": b, "max": max, "min": min, "abs": abs}
        source = scalar_source(expression, {"a": "first", "b": "second"})
        assert float(eval(source, names)) == pytest.approx(expected, rel=1e-14)


def test_whole_powers_are_products() -> None:
    assert scalar_source(A**3, {"a": "u"}) == "(u * u * u)"
    assert scalar_source(A**-2, {"a": "u"}) == "(1.0 / (u * u))"
    assert scalar_source(1 / A, {"a": "u"}) == "(1.0 / (u))"
    assert scalar_source(sympy.sqrt(A), {"a": "u"}) == "np.sqrt(u)"
    assert scalar_source(1 / sympy.sqrt(A), {"a": "u"}) == "(1.0 / np.sqrt(u))"
    assert "**" not in scalar_source(A**LARGEST_POWER, {"a": "u"})
    assert "**" in scalar_source(A ** (LARGEST_POWER + 1), {"a": "u"})


def test_functions_that_kernels_do_not_know() -> None:
    for made in (lambda one: scalar_source(one, {"a": "u"}), lambda one: evaluated(one, {"a": np.ones(2)})):
        with pytest.raises(InputError, match=r"the function gamma cannot stand in a word: use sin, cos"):
            made(sympy.gamma(A))


def test_known_functions_are_finite_and_as_wide_as_what_they_are_made_of() -> None:
    values = {"a": np.arange(1.0, 4.0)[:, None], "b": np.arange(2.0)}
    found = known_values(1 / A, values)
    assert found.shape == (3, 2)
    np.testing.assert_allclose(found[:, 1], [1.0, 0.5, 1.0 / 3.0])
    for expression in (1 / B, sympy.log(B), A / B):
        with pytest.raises(InputError, match="is not finite at some points of the data"):
            known_values(expression, values)


def test_points_are_even_within_rounding() -> None:
    assert spacing_of(np.array([3.0])) == 1.0
    assert spacing_of(EVEN) == pytest.approx(0.4, rel=1e-14)
    assert spacing_of(-EVEN) == pytest.approx(-0.4, rel=1e-14)
    moved = EVEN.copy()
    moved[3] += 0.9e-6 * 0.4
    assert spacing_of(moved) is not None
    moved[3] += 0.2e-6 * 0.4
    assert spacing_of(moved) is None
    far = 1e9 + 1e-6 * np.arange(5)
    assert spacing_of(far) == pytest.approx(float(far[-1] - far[0]) / 4.0)


def test_the_length_of_an_axis_that_goes_around() -> None:
    assert GridAxis("x", "space", EVEN, True).period == pytest.approx(0.4 * N)
    assert GridAxis("x", "space", EVEN, True, repeats=9.0).period == pytest.approx(0.4 * N)
    length = float(UNEVEN[-1] - UNEVEN[0])
    assert GridAxis("x", "space", UNEVEN, True).period == pytest.approx(length * N / (N - 1))
    assert GridAxis("x", "space", UNEVEN, True, repeats=9.0).period == 9.0
    assert GridAxis("x", "space", np.zeros(1), True).period == 0.0
    assert GridAxis("x", "space", np.array([1.0, 1.5]), True).period == 1.0


def small(weights_v: Array | None, even: bool = True, periodic: bool = True) -> PhaseGrid:
    random, frames = np.random.default_rng(3), 2
    v, x = np.array([-1.5, -0.5, 0.5, 1.5]), EVEN[:6] if even else UNEVEN[:6]
    fields = {"f": random.normal(size=(frames, 4, 6)), "u": random.normal(size=(frames, 6)),
              "z": random.normal(size=(frames, 4, 6)), "y": random.normal(size=(frames, 6)),
              "df": random.normal(size=(frames, 4, 6)), "du": random.normal(size=(frames, 6))}
    axes = {"f": ("t", "v", "x"), "u": ("t", "x"), "z": ("t", "v", "x"), "y": ("t", "x"), "df": ("t", "v", "x"),
            "du": ("t", "x")}
    functions = {"v": (("v",), v), "sigma": (("x",), random.uniform(1.0, 2.0, 6)),
                 "ramp": (("t",), np.arange(1.0, 3.0))}
    return PhaseGrid((GridAxis("v", "velocity", v, False, weights_v), GridAxis("x", "space", x, periodic)),
                     np.arange(float(frames)), fields, axes, functions)


def test_some_frames_of_a_grid() -> None:
    grid = small(np.full(4, 0.25))
    still = PhaseGrid(grid.axes, grid.t, {**grid.fields, "s": np.ones(4)}, {**grid.field_axes, "s": ("v",)},
                      grid.functions)
    one = still.between(1, 2)
    assert (one.frames, one.dt, grid.frames, grid.dt) == (1, 1.0, 2, 1.0)
    np.testing.assert_array_equal(one.fields["f"], grid.fields["f"][1:])
    np.testing.assert_array_equal(one.fields["s"], np.ones(4))
    np.testing.assert_array_equal(one.functions["ramp"][1], [2.0])
    np.testing.assert_array_equal(one.functions["v"][1], grid.functions["v"][1])
    assert [part.frames for part in grid.runs([(0, 1), (0, 2)])] == [1, 2]
    assert grid.values_of("")[1] == 1.0
    assert grid.values_of("u")[0] == ("t", "x")
    assert grid.values_of("sigma")[0] == ("x",)
    with pytest.raises(InputError, match="there is no axis 'y': the data has v, x"):
        grid.axis("y")
    with pytest.raises(InputError, match="an average over 'x' needs quadrature weights"):
        grid.weights("x")


F, U, Z, Y = Field("f", ("t", "v", "x")), Field("u", ("t", "x")), Field("z", ("t", "v", "x")), Field("y", ("t", "x"))
DF, DU = Field("df", F.axes), Field("du", U.axes)
MEAN, D_X, D_V = Operator("mean", Quadrature("v")), Operator("d_x", Stencil("x", 1)), Operator("d_v", Stencil("v", 1))
V, SIGMA = multiplication("v", ("v",)), multiplication("sigma")
BOTH = Operator("both", Sum(((Stencil("x", 2),), (Profile("v", ("v",)), Stencil("x", 1)))))


def of(base: Field | Product, *letters: Operator) -> Word:
    return Word.of(letters, base)


WORDS = {
    "f": (Z, (of(F, D_X), of(F, MEAN), of(F, V, D_V), of(U, SIGMA), of(Product((of(U), of(F, D_X)))), of(F, BOTH),
              of(Product((of(F), of(F, MEAN)))), of(Product((of(U), of(F, D_V)))))),
    "u": (Y, (of(U, D_X), of(F, MEAN), of(F, MEAN, D_X), of(F, MEAN, V), of(Product((of(U), of(F, MEAN)))),
              of(Product((of(F, MEAN), of(F, MEAN, V)))), of(U, D_X, SIGMA))),
}


@pytest.mark.parametrize("target", WORDS)
@pytest.mark.parametrize("weights", [np.full(4, 0.25), np.array([0.1, 0.4, 0.2, 0.3])], ids=["alike", "uneven"])
@pytest.mark.parametrize(("even", "periodic"), [(True, True), (False, True)])
def test_transposed_words_are_the_transposed_jacobian(target: str, weights: Array, even: bool, periodic: bool) -> None:
    """sum z (J u) = sum (J^T z) u over all entries, word by word."""
    grid, stencils = small(weights, even, periodic), Stencils("upwind1", "central2")
    cotangent, words = WORDS[target]
    transposition = Transposition(grid)
    measured = transposition.measured

    def inner(field: Field, words: list[WeightedWord], number: int) -> float:
        """The sum of a field times the words of one coefficient, over all entries of the field."""
        values = grid.fields[field.name]
        values = values if "v" in field.axes else values[:, None]
        chosen = [one for one in words if one.which == number]
        found = sum(one.factor * evaluate(one.word, measured, stencils, range(2)) for one in chosen)
        return float(np.sum(values * np.broadcast_to(found, values.shape)))

    for field, change in ((F, DF), (U, DU)):
        forward = tangent_words(words, 3, {field: change})
        backward = transposition.words(words, 3, field, cotangent)
        assert [one.which for one in forward] == [one.which for one in backward] != []
        for number in {one.which for one in forward}:
            ahead = inner(cotangent, forward, number)
            assert ahead == pytest.approx(inner(change, backward, number), rel=1e-11, abs=1e-11), str(words[number - 3])


def test_which_stencils_have_transposes_of_their_own() -> None:
    alike, uneven = np.full(4, 0.25), np.array([0.1, 0.4, 0.2, 0.3])
    assert Transposition(small(alike)).matrices == {"v"}
    assert Transposition(small(alike)).uneven_weights == set()
    assert Transposition(small(alike * (1.0 + 1e-14 * np.arange(4)))).uneven_weights == set()
    assert Transposition(small(uneven)).uneven_weights == {"v"}
    assert Transposition(small(alike, periodic=False)).matrices == {"v"}
    assert Transposition(small(alike, even=False)).matrices == {"v", "x"}
    space = GridAxis("x", "space", EVEN, False, np.full(N, 1.0 / N))
    assert Transposition(PhaseGrid((space,), np.zeros(1), {}, {})).matrices == {"x"}
    around = GridAxis("x", "space", EVEN, True, np.full(N, 1.0 / N))
    assert Transposition(PhaseGrid((around,), np.zeros(1), {}, {})).matrices == set()
    measured = Transposition(small(uneven)).measured
    np.testing.assert_allclose(measured.weights("x"), 1.0 / 6.0)
    np.testing.assert_allclose(measured.functions["weights of v"][1], uneven)
    np.testing.assert_allclose(measured.functions["one over the weights of v"][1], 1.0 / uneven)


def test_a_weight_of_zero_is_not_divided_by() -> None:
    grid = small(np.array([0.0, 0.4, 0.3, 0.3]))
    with pytest.raises(InputError, match="the quadrature along 'v' has a weight of zero"):
        Transposition(grid).words((of(F, D_V),), 0, F, Z)


def test_words_of_a_right_hand_side_have_their_coefficients() -> None:
    assert rate_words((of(F), of(U)), 4) == [WeightedWord(of(F), 4), WeightedWord(of(U), 5)]
