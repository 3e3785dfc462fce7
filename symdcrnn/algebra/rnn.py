"""The symbolic RNN of eqs. (3.6)-(3.9): K dense layers of operators give an operator polynomial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sympy

from symdcrnn.algebra.operators import OPERATORS, Operator
from symdcrnn.algebra.polynomial import OperatorPolynomial, linear_form
from symdcrnn.errors import InputError
from symdcrnn.given import check_all, described, whole_number

IDENTITY = OPERATORS["I"]


@dataclass(frozen=True)
class Weight:
    """One trainable weight or bias of eq. (3.9).

    Parameters
    ----------
    layer : int
        k, from 1 to K; K + 1 for the output row.
    row : int
        1 or 2; 1 for the output row.
    column : int
        j, counted from 1; 0 for the bias of the row.
    """

    layer: int
    row: int
    column: int

    @property
    def is_bias(self) -> bool:
        return self.column == 0

    @property
    def symbol(self) -> sympy.Symbol:
        """``w_k_i_j`` or ``b_k_i``."""
        index = f"{self.layer}_{self.row}"
        return sympy.Symbol(f"b_{index}" if self.is_bias else f"w_{index}_{self.column}")


def weights(layers: int, operators: int) -> tuple[Weight, ...]:
    """All weights of one network, layer by layer, each row's bias after its weights.

    Parameters
    ----------
    layers : int
        K, at least 0.
    operators : int
        n, at least 1.

    Returns
    -------
    tuple of Weight
        2 (n + k - 1) weights and 2 biases in layer k, n + K weights in the output row.
    """
    return tuple(_weights(layers, operators))


def _weights(layers: int, operators: int) -> Iterator[Weight]:
    for layer in range(1, layers + 1):
        for row in (1, 2):
            yield from (Weight(layer, row, column) for column in range(1, operators + layer))
            yield Weight(layer, row, 0)
    yield from (Weight(layers + 1, 1, column) for column in range(1, operators + layers + 1))


def check_network(layers: int, operators: Sequence[Operator]) -> None:
    """Refuse a network that cannot be built.

    Raises
    ------
    InputError
        If K is negative or there is no operator, or one is named twice.
    """
    whole = whole_number(layers)
    if whole is None or whole < 0:
        raise InputError(f"the number of layers is {described(layers)}: it must be a whole number of at least 0")
    check_all(operators, Operator, "operators", "a list of Operators, such as OPERATORS['I']")
    if not operators:
        raise InputError("no operators were given: name at least one, such as I,v_dx,mean")
    names = [operator.name for operator in operators]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"the operator {name!r} is named twice: name each operator once")


def network(operators: Sequence[Operator], layers: int) -> OperatorPolynomial:
    """F of eq. (3.8) as an operator polynomial whose coefficients are functions of the weights.

    Parameters
    ----------
    operators : sequence of Operator
        A_1 .. A_n.
    layers : int
        K.

    Returns
    -------
    OperatorPolynomial
        With words of up to 2^K operators and shared symbols named after layer and word, such as
        ``B1[v_dx mean]``.

    Raises
    ------
    InputError
        If the network cannot be built.
    """
    check_network(layers, operators)
    sources: list[Operator | OperatorPolynomial] = list(operators)
    for layer in range(1, layers + 1):
        rows = []
        for row in (1, 2):
            terms = [(source, Weight(layer, row, j).symbol) for j, source in enumerate(sources, 1)]
            form = linear_form([*terms, (IDENTITY, Weight(layer, row, 0).symbol)])
            rows.append(form.share(f"C{layer}_{row}"))
        sources.append(rows[0].compose(rows[1]).share(f"B{layer}"))
    return linear_form([(source, Weight(layers + 1, 1, j).symbol) for j, source in enumerate(sources, 1)])


def nested_expression(operators: Sequence[Operator], layers: int) -> sympy.Expr:
    """F of eq. (3.8) as the paper writes it: nested products of non-commuting operator symbols.

    Parameters
    ----------
    operators : sequence of Operator
        A_1 .. A_n; the identity becomes the number one.
    layers : int
        K.

    Returns
    -------
    sympy.Expr
        Unexpanded; `sympy.expand` gives every composition without any relation.
    """
    check_network(layers, operators)
    sources: list[sympy.Expr] = [
        sympy.Integer(1) if operator.is_identity else operator.symbol for operator in operators
    ]
    for layer in range(1, layers + 1):
        rows = [
            sympy.Add(*(Weight(layer, row, j).symbol * source for j, source in enumerate(sources, 1)),
                      Weight(layer, row, 0).symbol)
            for row in (1, 2)
        ]
        sources.append(sympy.Mul(*rows))
    return sympy.Add(*(Weight(layers + 1, 1, j).symbol * source for j, source in enumerate(sources, 1)))


def count_compositions(operators: Sequence[Operator], layers: int) -> int:
    """How many compositions a network of K layers would have if no relation but I A = A were used."""
    letters = sum(not operator.is_identity for operator in operators)
    return sum(letters**length for length in range(2**layers + 1))
