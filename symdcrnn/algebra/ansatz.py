"""The ansatz for one evolution equation: one network per field and scale, eqs. (3.4), (3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import sympy

from symdcrnn.algebra.operators import OPERATORS, Operator
from symdcrnn.algebra.polynomial import OperatorPolynomial, averaged
from symdcrnn.algebra.rnn import Weight, check_network, network, weights
from symdcrnn.algebra.scales import sum_over_scales
from symdcrnn.algebra.words import Field, Word, acted_on
from symdcrnn.errors import InputError


@dataclass(frozen=True)
class Ansatz:
    """d/dt target = sum over fields p and scales m of eps^-m F^m_p(p).

    Where the target does not depend on a velocity the right-hand side is averaged over it: a term that
    depends on it could not stand in its equation.

    Parameters
    ----------
    target : Field
        The field whose equation is sought.
    fields : tuple of Field
        The fields its right-hand side may use.
    operators : tuple of Operator
        A_1 .. A_n.
    layers : int
        K, the number of layers of each network.
    scales : int
        M, the highest power of 1/epsilon; 0 for one scale.
    averages : tuple of Operator
        Over the velocities that the target does not depend on.

    Raises
    ------
    InputError
        If the network cannot be built or the target is not among the fields.
    """

    target: Field
    fields: tuple[Field, ...]
    operators: tuple[Operator, ...]
    layers: int
    scales: int
    averages: tuple[Operator, ...] = ()

    def __post_init__(self) -> None:
        check_network(self.layers, self.operators)
        if self.scales < 0:
            raise InputError(f"the number of scales is {self.scales}: it must be at least 0")
        if self.target not in self.fields:
            raise InputError(f"the equation of {self.target.name!r} needs the field {self.target.name!r} in the data")

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        """The weights of one network; every field and scale has its own set of them."""
        return weights(self.layers, len(self.operators))

    @cached_property
    def polynomials(self) -> tuple[OperatorPolynomial, ...]:
        """One network per field, expanded to words; all scales share the expansion."""
        expansion = network(self.operators, self.layers)
        expanded = [expansion.on(field) for field in self.fields]
        for average in self.averages:
            expanded = [averaged(polynomial, average) for polynomial in expanded]
        return tuple(polynomial.restricted(self.target.axes) for polynomial in expanded)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Every reachable word, field by field, shorter ones first."""
        return tuple(word for polynomial in self.polynomials for word in polynomial.words)

    @property
    def rnn_parameters(self) -> int:
        """How many weights and biases all networks have together."""
        return len(self.fields) * (self.scales + 1) * len(self.weights)

    def coefficient(self, word: Word, expand: bool = False) -> sympy.Expr:
        """a_word(theta) as an expression in the weights of every scale and in epsilon, eq. (5.17).

        Parameters
        ----------
        word : Word
            One of `words`.
        expand : bool
            Write out every product instead of keeping the factors.
        """
        polynomial = self.polynomials[self.fields.index(acted_on(word))]
        template = polynomial.expand()[word.letters]
        if expand:
            template = sympy.expand(template)
        parts = []
        for scale in range(self.scales + 1):
            names = {weight.symbol: self.symbol(weight, acted_on(word), scale) for weight in self.weights}
            parts.append(template.xreplace(names))
        return sum_over_scales(parts)

    def symbol(self, weight: Weight, field: Field, scale: int) -> sympy.Symbol:
        """The symbol of one weight of one field's network at one scale: ``w_1_2_3_g0``."""
        return sympy.Symbol(f"{weight.symbol.name}_{field.name}{scale}")


def build_ansatz(
    target: str, fields: Sequence[Field], operators: Sequence[Operator], layers: int, scales: int,
    averages: Sequence[Operator] | None = None,
) -> Ansatz:
    """The ansatz for the field named target, averaged over v where that does not depend on it, or as is given.

    Raises
    ------
    InputError
        If there is no such field, or the network cannot be built.
    """
    known = {field.name: field for field in fields}
    if target not in known:
        raise InputError(f"there is no field {target!r}: the data has {', '.join(known)}")
    aim = known[target]
    if averages is None:
        averages = () if aim.v_dependent else (OPERATORS["mean"],)
    return Ansatz(aim, tuple(fields), tuple(operators), layers, scales, tuple(averages))
