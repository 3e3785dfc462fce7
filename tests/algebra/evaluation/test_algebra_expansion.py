"""Networks: the expansion against nested evaluation, sympy and the paper; counts; the ansatz."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
import sympy

from symdcrnn.algebra.ansatz import Ansatz, build_ansatz
from symdcrnn.algebra.normal_form import Letters, normal_form
from symdcrnn.algebra.operators import OPERATORS, Operator
from symdcrnn.algebra.polynomial import OperatorPolynomial
from symdcrnn.algebra.rnn import Weight, count_compositions, nested_expression, network, weights
from symdcrnn.algebra.words import Field, Word, kinetic_field
from symdcrnn.errors import InputError

IDENTITY, V_DX, MEAN, D_X, D_XX = OPERATORS.values()
THREE = (IDENTITY, V_DX, MEAN)
G, RHO = kinetic_field("g", True), kinetic_field("rho", False)


def reduced(letters: Letters, v_dependent: bool) -> Letters:
    return normal_form(letters, kinetic_field("u", v_dependent).axes)


def numbers(polynomial: OperatorPolynomial, values: dict[str, float]) -> dict[Letters, float]:
    """The coefficients at given weights, through the shared graph."""
    known = {sympy.Symbol(name): sympy.Float(value, 20) for name, value in values.items()}
    for symbol, expression in polynomial.definitions:
        known[symbol] = expression.xreplace(known)
    return {key: float(value.xreplace(known)) for key, value in polynomial.coefficients.items()}


@pytest.mark.parametrize(("operators", "layers"), [
    (THREE, 0), (THREE, 1), (THREE, 2), (THREE, 3), ((V_DX, MEAN, D_X), 2), ((MEAN, D_XX, IDENTITY, V_DX), 2),
    ((V_DX,), 2)])
@pytest.mark.parametrize("field", [G, RHO], ids=["g", "rho"])
def test_expansion_against_nested_evaluation(numeric, operators: tuple[Operator, ...], layers: int,
                                             field: Field) -> None:
    rng = np.random.default_rng(layers)
    values = {weight.symbol.name: rng.normal() for weight in weights(layers, len(operators))}
    u = numeric.field(field.v_dependent)
    terms = numbers(network(operators, layers).on(Word((), field)), values)
    columns = [value * numeric.word(key, u) for key, value in terms.items()]
    size = sum(np.abs(column) for column in columns).max()
    expected = numeric.nested(operators, layers, values, u)
    assert np.abs(sum(columns) - expected).max() <= 1e-12 * size


def letters_of(term: sympy.Expr) -> tuple[Letters, sympy.Expr]:
    """The operators and the coefficient of one term of a sympy expansion."""
    factor, product = term.args_cnc()
    letters: list[Operator] = []
    for part in product:
        base, power = part.as_base_exp()
        letters += [OPERATORS[base.name]] * int(power)
    return tuple(letters), sympy.Mul(*factor)


@pytest.mark.parametrize(("operators", "layers"), [(THREE, 0), (THREE, 1), ((*THREE, D_X), 1), ((V_DX, MEAN), 2),
                                                   (THREE, 2)])
@pytest.mark.parametrize("v_dependent", [True, False])
def test_expansion_against_sympy(operators: tuple[Operator, ...], layers: int, v_dependent: bool) -> None:
    expected: dict[Letters, list[sympy.Expr]] = defaultdict(list)
    for term in sympy.Add.make_args(sympy.expand(nested_expression(operators, layers))):
        letters, factor = letters_of(term)
        expected[reduced(letters, v_dependent)].append(factor)
    expanded = network(operators, layers).on(Word((), kinetic_field("u", v_dependent))).expand()
    assert set(expanded) == set(expected)
    for key, value in expanded.items():
        assert sympy.expand(value) == sympy.Add(*expected[key])


def test_example_of_the_paper() -> None:
    """Eq. (3.11) for two operators that commute; its third line has b_1 w_{2,2}, not b_1 w_{2,1}."""
    w1, w2, w3 = (sympy.Symbol(f"w_2_1_{j}") for j in (1, 2, 3))
    w11, w12, w21, w22 = (sympy.Symbol(f"w_1_{i}_{j}") for i in (1, 2) for j in (1, 2))
    b1, b2 = sympy.symbols("b_1_1 b_1_2")
    paper = {
        (): w3 * b1 * b2,
        (V_DX,): w1 + w3 * (w11 * b2 + b1 * w21),
        (D_X,): w2 + w3 * (w12 * b2 + b1 * w22),
        (V_DX, V_DX): w3 * w11 * w21,
        (D_X, V_DX): w3 * (w11 * w22 + w12 * w21),
        (D_X, D_X): w3 * w12 * w22,
    }
    expanded = network((V_DX, D_X), 1).expand()
    assert {key: sympy.expand(value) for key, value in expanded.items()} == {
        key: sympy.expand(value) for key, value in paper.items()}
    first, second = V_DX.symbol, D_X.symbol
    nested = w1 * first + w2 * second + w3 * (w11 * first + w12 * second + b1) * (w21 * first + w22 * second + b2)
    assert sympy.expand(nested_expression((V_DX, D_X), 1) - nested) == 0


def test_composition_of_two_rows_of_the_paper() -> None:
    """Eq. (3.7): with two operators that neither commute nor repeat, every product stands alone."""
    expanded = {key: sympy.expand(value) for key, value in network((V_DX, MEAN), 1).expand().items()}
    names = "w_2_1_3 w_1_1_1 w_1_1_2 w_1_2_1 w_1_2_2 b_1_1 b_1_2 w_2_1_2"
    w3, w11, w12, w21, w22, b1, b2, w2 = sympy.symbols(names)
    assert expanded[(V_DX, MEAN)] == w3 * w11 * w22
    assert expanded[(MEAN, V_DX)] == w3 * w12 * w21
    assert expanded[(MEAN,)] == sympy.expand(w2 + w3 * (w12 * b2 + b1 * w22 + w12 * w22))


@pytest.mark.parametrize(("layers", "on_g", "on_rho"), [(0, 3, 2), (1, 6, 4), (2, 19, 12), (3, 142, 88)])
def test_numbers_of_words(layers: int, on_g: int, on_rho: int) -> None:
    polynomial = network(THREE, layers)
    assert len(polynomial.on(Word((), G)).words) == on_g
    assert len(polynomial.on(Word((), RHO)).words) == on_rho


@pytest.mark.soak
def test_four_layers() -> None:
    polynomial = network(THREE, 4)
    assert len(polynomial.on(Word((), G)).words) == 6763 == reachable(16)
    assert len(polynomial.on(Word((), RHO)).words) == 4180


def reachable(length: int) -> int:
    """How many words of v_dx and mean up to a length have no two averages side by side."""
    ending_in_mean, ending_in_transport, total = 0, 1, 1
    for _ in range(length):
        ending_in_mean, ending_in_transport = ending_in_transport, ending_in_mean + ending_in_transport
        total += ending_in_mean + ending_in_transport
    return total


def test_words_of_two_and_three_layers_are_all_there_are() -> None:
    assert reachable(4) == 19
    assert reachable(8) == 142


@pytest.mark.parametrize(("operators", "layers", "count"), [
    (THREE, 0, 3), (THREE, 1, 7), (THREE, 2, 31), (THREE, 3, 511), ((V_DX,), 2, 5), ((IDENTITY,), 3, 1),
    ((V_DX, MEAN, D_X), 1, 13)])
def test_numbers_of_compositions(operators: tuple[Operator, ...], layers: int, count: int) -> None:
    assert count_compositions(operators, layers) == count


def test_weights() -> None:
    assert weights(0, 2) == (Weight(1, 1, 1), Weight(1, 1, 2))
    assert [weight.symbol.name for weight in weights(1, 2)] == [
        "w_1_1_1", "w_1_1_2", "b_1_1", "w_1_2_1", "w_1_2_2", "b_1_2", "w_2_1_1", "w_2_1_2", "w_2_1_3"]
    for layers, operators in ((1, 3), (2, 3), (3, 2)):
        count = sum(2 * (operators + k - 1) + 2 for k in range(1, layers + 1)) + operators + layers
        assert len(set(weights(layers, operators))) == count
    assert Weight(2, 1, 0).is_bias
    assert not Weight(2, 1, 1).is_bias


def test_shared_symbols_are_defined_before_they_are_used() -> None:
    polynomial = network(THREE, 3)
    known = {weight.symbol for weight in weights(3, 3)}
    for symbol, expression in polynomial.definitions:
        assert expression.free_symbols <= known
        known.add(symbol)
    assert all(value.free_symbols <= known for value in polynomial.coefficients.values())


def build(target: str = "g", layers: int = 2, scales: int = 2, operators: tuple[Operator, ...] = THREE) -> Ansatz:
    return build_ansatz(target, [G, RHO], operators, layers, scales)


def test_ansatz_for_g() -> None:
    ansatz = build()
    assert len(ansatz.words) == 31
    assert [str(word) for word in ansatz.words[:4]] == ["g", "<g>", "v_dx g", "<v_dx g>"]
    assert ansatz.rnn_parameters == 2 * 3 * len(weights(2, 3))
    assert len({str(word) for word in ansatz.words}) == 31


def test_ansatz_of_a_target_without_v_is_averaged() -> None:
    ansatz = build("rho", layers=1, scales=0)
    assert [str(word) for word in ansatz.words] == ["<g>", "<v_dx g>", "<v_dx <g>>", "<v_dx v_dx g>", "rho",
                                                    "<v_dx rho>", "<v_dx v_dx rho>"]
    assert not any(word.v_dependent for word in build("rho").words)


def test_averaging_keeps_the_value(numeric) -> None:
    rng = np.random.default_rng(3)
    values = {weight.symbol.name: rng.normal() for weight in weights(2, 3)}
    for polynomial in build("rho").polynomials:
        u = numeric.field(polynomial.base.v_dependent)
        value = sum(c * numeric.word(key, u) for key, c in numbers(polynomial, values).items())
        expected = (numeric.weights * numeric.nested(THREE, 2, values, u)).sum(0)
        np.testing.assert_allclose(value, np.ones((6, 1)) * expected, rtol=0, atol=1e-11 * np.abs(expected).max())


def test_coefficient_of_a_word() -> None:
    ansatz = build(layers=0)
    epsilon = sympy.Symbol("epsilon", positive=True)
    w = [sympy.Symbol(f"w_1_1_2_g{m}") for m in range(3)]
    word = next(word for word in ansatz.words if str(word) == "v_dx g")
    assert ansatz.coefficient(word) == w[0] + w[1] / epsilon + w[2] / epsilon**2
    assert ansatz.symbol(Weight(1, 1, 2), Word((), G), 1) == w[1]


def test_expanded_coefficients_are_the_same() -> None:
    ansatz = build(layers=1, scales=1)
    for word in ansatz.words:
        assert sympy.expand(ansatz.coefficient(word) - ansatz.coefficient(word, expand=True)) == 0


@pytest.mark.parametrize(("arguments", "message"), [
    ({"layers": -1}, "the number of layers is -1: it must be a whole number of at least 0"),
    ({"scales": -2}, "the number of scales is -2: it must be a whole number of at least 0"),
    ({"operators": ()}, "no operators were given"),
    ({"operators": (IDENTITY, V_DX, IDENTITY)}, "the operator 'I' is named twice"),
    ({"target": "f"}, "there is no field 'f': the data has g, rho"),
])
def test_an_ansatz_that_cannot_be_built(arguments: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        build(**arguments)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_networks_that_cannot_be_built() -> None:
    for make in (network, nested_expression):
        with pytest.raises(InputError, match="named twice"):
            make((V_DX, V_DX), 1)
        with pytest.raises(InputError, match="at least 0"):
            make((V_DX,), -1)
    with pytest.raises(InputError, match="needs the field 'rho'"):
        Ansatz(RHO, (Word((), G),), THREE, 1, 0)
