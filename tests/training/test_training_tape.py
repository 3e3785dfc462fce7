"""The compiled pass over the graph of the coefficients, against sympy and central differences."""

from __future__ import annotations

import numpy as np
import pytest
import small_problem as small
import sympy

from symdcrnn.algebra.operators import OPERATORS
from symdcrnn.algebra.polynomial import OperatorPolynomial, averaged
from symdcrnn.algebra.rnn import network, weights
from symdcrnn.algebra.words import Field, Word
from symdcrnn.networks.straight_line import Tape, record

G, RHO = small.G, small.RHO


def polynomial(layers: int, field: Field, average: bool = False) -> OperatorPolynomial:
    made = network(small.BASIC, layers).on(Word((), field))
    return averaged(made, OPERATORS["mean"]) if average else made


def symbols(layers: int) -> tuple[sympy.Symbol, ...]:
    return tuple(weight.symbol for weight in weights(layers, 3))


def theta(layers: int) -> np.ndarray:
    return np.random.default_rng(layers).normal(size=len(symbols(layers)))


def tape(layers: int, field: Field, average: bool = False) -> Tape:
    return record(polynomial(layers, field, average), symbols(layers))


every_tape = pytest.mark.parametrize(
    ("layers", "field", "average"),
    [(layers, field, average) for layers in (0, 1, 2) for field in (G, RHO) for average in (False, True)])


@every_tape
def test_coefficients_are_those_of_sympy(layers: int, field: Field, average: bool):
    expressions = list(polynomial(layers, field, average).expand().values())
    expected = sympy.lambdify(symbols(layers), expressions, "math")(*theta(layers))
    assert tape(layers, field, average).coefficients(theta(layers)) == pytest.approx(np.array(expected), rel=1e-12)


@every_tape
def test_jacobian_is_that_of_sympy(layers: int, field: Field, average: bool):
    names = symbols(layers)
    expressions = polynomial(layers, field, average).expand().values()
    rows = [[expression.diff(name) for name in names] for expression in expressions]
    expected = np.array(sympy.lambdify(names, rows, "math")(*theta(layers)), dtype=float)
    values, found = tape(layers, field, average).jacobian(theta(layers))
    assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max()
    assert (values == tape(layers, field, average).coefficients(theta(layers))).all()


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_jacobian_by_central_differences(layers: int):
    made, at = tape(layers, G), 0.5 * theta(layers)
    expected = small.slopes(made.coefficients, at)
    assert np.abs(made.jacobian(at)[1] - expected).max() <= 1e-7 * np.abs(expected).max()


@pytest.mark.parametrize("layers", [0, 1, 2, 3])
@pytest.mark.parametrize("field", [G, RHO])
def test_pullback_is_the_transposed_jacobian(layers: int, field: Field):
    made, at = tape(layers, field), theta(layers)
    adjoint = np.random.default_rng(9).normal(size=made.outputs)
    expected = adjoint @ made.jacobian(at)[1]
    assert np.abs(made.pullback(at, adjoint) - expected).max() <= 1e-12 * np.abs(expected).max()


def test_rows_of_weights_are_worked_on_one_by_one():
    made = tape(2, G)
    rows = np.random.default_rng(3).normal(size=(2, 3, made.weights))
    adjoint = np.random.default_rng(4).normal(size=(2, 3, made.outputs))
    values, slopes = made.jacobian(rows)
    for place in np.ndindex(2, 3):
        assert (values[place] == made.coefficients(rows[place])).all()
        assert (slopes[place] == made.jacobian(rows[place])[1]).all()
        assert (made.coefficients(rows)[place] == values[place]).all()
    pulled = made.pullback(rows, adjoint)
    assert (pulled[1, 2] == made.pullback(rows[1, 2], adjoint[1, 2])).all()


def test_outputs_stand_in_the_order_of_the_words():
    made = polynomial(1, RHO)
    at = np.zeros(len(symbols(1)))
    at[[weight.symbol.name for weight in weights(1, 3)].index("w_2_1_2")] = 1.0
    found = dict(zip(map(str, made.words), record(made, symbols(1)).coefficients(at), strict=True))
    assert found == {"rho": 0.0, "v_dx rho": 1.0, "<v_dx rho>": 0.0, "v_dx v_dx rho": 0.0}


def test_constants_and_squares():
    x, y = sympy.symbols("x y")
    made = record(OperatorPolynomial({(): 3 * x**2 - 2 * y + 5}), (x, y))
    values, jacobian = made.jacobian(np.array([2.0, 7.0]))
    assert values.tolist() == [3.0]
    assert jacobian.tolist() == [[12.0, -2.0]]


def test_no_words():
    made = record(OperatorPolynomial({}), symbols(1))
    assert made.coefficients(theta(1)).shape == (0,)
    assert made.pullback(theta(1), np.zeros(0)).tolist() == [0.0] * len(symbols(1))


def test_products_of_three_are_refused():
    x, y = sympy.symbols("x y")
    with pytest.raises(ValueError, match="more than two factors"):
        record(OperatorPolynomial({(): x**2 * y}), (x, y))
