"""The ansatz for one evolution equation: one network per base and scale, eqs. (3.4), (3.5).

A base is what a network acts on: a field, or a product or function of fields, whose network reaches what its letters
make of it, such as d_x(u^2) of u^2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import sympy

from symdcrnn.algebra.operators import OPERATORS, Operator
from symdcrnn.algebra.polynomial import OperatorPolynomial, averaged
from symdcrnn.algebra.rnn import Weight, check_network, network, weights
from symdcrnn.algebra.scales import sum_over_scales
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError
from symdcrnn.given import check_all, described, whole_number


@dataclass(frozen=True)
class Ansatz:
    """d/dt target = sum over bases p and scales m of eps^-m F^m_p(p).

    Where the target does not depend on a velocity the right-hand side is averaged over it: a term that
    depends on it could not stand in its equation.

    Parameters
    ----------
    target : Field
        The field whose equation is sought.
    bases : tuple of Word
        What the networks act on, each once: the fields that the right-hand side may use, and words that are nonlinear
        in them.  A word that two of them reach is that of the first.
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
        If the network cannot be built or the target is not among the bases.
    """

    target: Field
    bases: tuple[Word, ...]
    operators: tuple[Operator, ...]
    layers: int
    scales: int
    averages: tuple[Operator, ...] = ()

    def __post_init__(self) -> None:
        check_network(self.layers, self.operators)
        whole = whole_number(self.scales)
        if whole is None or whole < 0:
            raise InputError(f"the number of scales is {described(self.scales)}: it must be a whole number of at least "
                             "0")
        if Word((), self.target) not in self.bases:
            raise InputError(f"the equation of {self.target.name!r} needs the field {self.target.name!r} in the data")

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        """The weights of one network; every base and scale has its own set of them."""
        return weights(self.layers, len(self.operators))

    @cached_property
    def polynomials(self) -> tuple[OperatorPolynomial, ...]:
        """One network per base, expanded to words; all scales share the expansion."""
        expansion = network(self.operators, self.layers)
        found: list[OperatorPolynomial] = []
        known: set[Word] = set()
        for base in self.bases:
            polynomial = expansion.on(base)
            for average in self.averages:
                polynomial = averaged(polynomial, average)
            found.append(polynomial.restricted(self.target.axes).without(known))
            known.update(found[-1].words)
        return tuple(found)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Every reachable word, base by base, shorter ones first."""
        return tuple(word for polynomial in self.polynomials for word in polynomial.words)

    @cached_property
    def _networks(self) -> dict[Word, int]:
        """The network that makes each word."""
        return {word: number for number, polynomial in enumerate(self.polynomials) for word in polynomial.words}

    @cached_property
    def _names(self) -> dict[Word, str]:
        """How the symbols of each base are marked."""
        found: dict[Word, str] = {}
        for number, base in enumerate(self.bases):
            plain = base.identifier
            found[base] = plain if plain not in found.values() else f"{plain}_{number}_"
        return found

    @property
    def rnn_parameters(self) -> int:
        """How many weights and biases all networks have together."""
        return len(self.bases) * (self.scales + 1) * len(self.weights)

    def coefficient(self, word: Word, expand: bool = False) -> sympy.Expr:
        """a_word(theta) as an expression in the weights of every scale and in epsilon, eq. (5.17).

        Parameters
        ----------
        word : Word
            One of `words`.
        expand : bool
            Write out every product instead of keeping the factors.
        """
        number = self._networks[word]
        template = self.polynomials[number].expand()[word.letters]
        if expand:
            template = sympy.expand(template)
        parts = []
        for scale in range(self.scales + 1):
            names = {weight.symbol: self.symbol(weight, self.bases[number], scale) for weight in self.weights}
            parts.append(template.xreplace(names))
        return sum_over_scales(parts)

    def symbol(self, weight: Weight, base: Word, scale: int) -> sympy.Symbol:
        """The symbol of one weight of the network of one base at one scale: ``w_1_2_3_g0``, ``w_1_2_3_u2_0``."""
        name = self._names[base]
        return sympy.Symbol(f"{weight.symbol.name}_{name}{'_' if name[-1].isdigit() else ''}{scale}")


def build_ansatz(
    target: str, fields: Sequence[Field], operators: Sequence[Operator], layers: int, scales: int,
    averages: Sequence[Operator] | None = None, nonlinear: Sequence[Word] = (),
) -> Ansatz:
    """The ansatz for the field named target, averaged over v where that does not depend on it, or as is given.

    Networks act on all fields, and on the nonlinear words.

    Raises
    ------
    InputError
        If there is no such field, or the network cannot be built.
    """
    check_all(fields, Field, "fields", "a list of Fields, such as Field('u', ('t', 'x'))")
    check_all(nonlinear, Word, "nonlinear", "a list of Words, such as space.word('u^2')")
    known = {field.name: field for field in fields}
    if not isinstance(target, str) or target not in known:
        raise InputError(f"there is no field {described(target)}: the data has {', '.join(known)}")
    aim = known[target]
    if averages is None:
        averages = () if aim.v_dependent else (OPERATORS["mean"],)
    bases = (*(Word((), field) for field in fields), *nonlinear)
    return Ansatz(aim, bases, tuple(operators), layers, scales, tuple(averages))
