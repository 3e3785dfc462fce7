"""Linear multistep schemes as tables (sections 4 and 8, table 16).

A new scheme is one new entry in `SCHEMES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError, lookup
from symdcrnn.schemes.residual import Column, Residual

Weights = tuple[Fraction, ...]


@dataclass(frozen=True)
class Scheme:
    """sum_i alpha_i u^{n+i} = dt (sum_i explicit_i F(u^{n+i}) + sum_i implicit_i S(u^{n+i})).

    Parameters
    ----------
    name : str
        How it is named on the command line.
    alpha : tuple of Fraction
        One weight per frame.
    explicit, implicit : tuple of Fraction
        Of the part that is not stiff and of the part that is; an empty one means that the scheme
        treats every term in the other way.
    order : int
        The order of its truncation error in dt.
    description : str
        What it is, and its equation in the paper.
    """

    name: str
    alpha: Weights
    explicit: Weights
    implicit: Weights
    order: int
    description: str

    @property
    def frames(self) -> int:
        """How many consecutive frames a residual reads."""
        return len(self.alpha)

    @property
    def splits(self) -> bool:
        """Whether stiff terms are treated in another way than the rest (IMEX)."""
        return bool(self.explicit) and bool(self.implicit)


def _weights(text: str) -> Weights:
    return tuple(Fraction(number) for number in text.split())


def _scheme(name: str, alpha: str, explicit: str, implicit: str, order: int, description: str) -> Scheme:
    return Scheme(name, _weights(alpha), _weights(explicit), _weights(implicit), order, description)


SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        _scheme("forward-euler", "-1 1", "1 0", "", 1, "forward Euler, eq. (4.3)"),
        _scheme("backward-euler", "-1 1", "", "0 1", 1, "backward Euler, eq. (4.5)"),
        _scheme("trapezoid", "-1 1", "", "1/2 1/2", 2, "trapezoidal rule over one step"),
        _scheme("simpson", "-1 0 1", "", "1/3 4/3 1/3", 4, "Simpson's rule over two steps"),
        _scheme("imex1", "-1 1", "1 0", "0 1", 1, "first-order IMEX, eqs. (4.11), (4.12)"),
        _scheme("imex-bdf1", "-1 1", "1 0", "0 1", 1, "IMEX-BDF of order 1, table 16"),
        _scheme("imex-bdf2", "1/3 -4/3 1", "-2/3 4/3 0", "0 0 2/3", 2, "IMEX-BDF of order 2, table 16"),
        _scheme("imex-bdf3", "-2/11 9/11 -18/11 1", "6/11 -18/11 18/11 0", "0 0 0 6/11", 3,
                "IMEX-BDF of order 3, table 16"),
        _scheme("imex-bdf4", "3/25 -16/25 36/25 -48/25 1", "-12/25 48/25 -72/25 48/25 0", "0 0 0 0 12/25", 4,
                "IMEX-BDF of order 4, table 16"),
    )
}


def find_scheme(name: str) -> Scheme:
    """The scheme of that name.

    Raises
    ------
    InputError
        If there is none.
    """
    return lookup(SCHEMES, name, "scheme")


def sharpest_scheme(frames: int) -> Scheme:
    """The multistep residual of smallest truncation error, stiff or not, for so many frames.

    Every frame is data, so an implicit residual costs nothing and needs no stability.
    """
    usable = [scheme for scheme in SCHEMES.values() if not scheme.explicit and scheme.frames <= frames]
    if not usable:
        raise InputError(f"the data has {frames} frame(s): at least 2 are needed")
    return max(usable, key=lambda scheme: scheme.order)


def is_stiff(word: Word, target: Field) -> bool:
    """Whether an IMEX scheme treats the word implicitly.

    In the equation of a field that depends on v it is the damping of that field by itself,
    sigma_S g, that is stiff (4.11); in the equation of rho it is what g does to it (4.12), (8.14).
    """
    if target.v_dependent:
        return word.field == target and all(letter.multiplies for letter in word.letters)
    return word.field.v_dependent


def residual(scheme: Scheme, target: Field, words: Sequence[Word]) -> Residual:
    """The residual of the equation d/dt target = sum of words.

    Parameters
    ----------
    scheme : Scheme
        Any entry of `SCHEMES`.
    target : Field
        The field on the left-hand side.
    words : sequence of Word
        The right-hand side, in the order of the coefficients.
    """
    columns = []
    for word in words:
        implicit = is_stiff(word, target) if scheme.splits else not scheme.explicit
        level, weights = ("implicit", scheme.implicit) if implicit else ("explicit", scheme.explicit)
        columns.append(Column(word, level, tuple(map(float, weights))))
    return Residual(target, tuple(map(float, scheme.alpha)), tuple(columns))
