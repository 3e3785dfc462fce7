"""Linear multistep schemes as tables (sections 4 and 8, table 16).

A new scheme is one new entry in `SCHEMES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.schemes.scheme import Scheme, Weights


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
        _scheme("adams-moulton3", "0 -1 1", "", "-1/12 2/3 5/12", 3, "Adams-Moulton of order 3"),
        _scheme("adams-moulton4", "0 0 -1 1", "", "1/24 -5/24 19/24 3/8", 4, "Adams-Moulton of order 4"),
        _scheme("adams-moulton5", "0 0 0 -1 1", "", "-19/720 53/360 -11/30 323/360 251/720", 5,
                "Adams-Moulton of order 5"),
        _scheme("newton-cotes4", "-1 0 0 0 1", "", "14/45 64/45 8/15 64/45 14/45", 6,
                "closed Newton-Cotes rule over four steps (Boole)"),
        _scheme("newton-cotes6", "-1 0 0 0 0 0 1", "", "41/140 54/35 27/140 68/35 27/140 54/35 41/140", 8,
                "closed Newton-Cotes rule over six steps"),
        _scheme("newton-cotes8", "-1 0 0 0 0 0 0 0 1", "",
                "3956/14175 23552/14175 -3712/14175 41984/14175 -3632/2835 "
                "41984/14175 -3712/14175 23552/14175 3956/14175", 10,
                "closed Newton-Cotes rule over eight steps"),
        _scheme("imex1", "-1 1", "1 0", "0 1", 1, "first-order IMEX, eqs. (4.11), (4.12)"),
        _scheme("imex-bdf1", "-1 1", "1 0", "0 1", 1, "IMEX-BDF of order 1, table 16"),
        _scheme("imex-bdf2", "1/3 -4/3 1", "-2/3 4/3 0", "0 0 2/3", 2, "IMEX-BDF of order 2, table 16"),
        _scheme("imex-bdf3", "-2/11 9/11 -18/11 1", "6/11 -18/11 18/11 0", "0 0 0 6/11", 3,
                "IMEX-BDF of order 3, table 16"),
        _scheme("imex-bdf4", "3/25 -16/25 36/25 -48/25 1", "-12/25 48/25 -72/25 48/25 0", "0 0 0 0 12/25", 4,
                "IMEX-BDF of order 4, table 16"),
    )
}


MODERATE_RATE = 0.25
"""dt times the fastest rate, where that is not known yet: a resolution at which a higher order pays."""


def sharpest_scheme(frames: int, rate: float = MODERATE_RATE) -> Scheme:
    """The multistep residual of smallest truncation error, stiff or not, for so many frames.

    Every frame is data, so an implicit residual costs nothing and needs no stability.  Residuals
    over more than half of the frames are left out where there is a shorter one: they would be few.

    Parameters
    ----------
    frames : int
        Of the data.
    rate : float
        dt times the fastest rate of the equation, dt/epsilon^2 for (2.4).

    Raises
    ------
    InputError
        If there is one frame.
    """
    longest = min(frames, max(3, frames // 2 + 1))
    usable = [scheme for scheme in SCHEMES.values() if not scheme.explicit and scheme.frames <= longest]
    if not usable:
        raise InputError(f"the data has {frames} frame(s): at least 2 are needed")
    return min(usable, key=lambda scheme: scheme.truncation(rate))


def is_stiff(word: Word, target: Field) -> bool:
    """Whether an IMEX scheme treats the word implicitly.

    In the equation of a field that depends on v it is the damping of that field by itself,
    sigma_S g, that is stiff (4.11); in the equation of rho it is what g does to it (4.12), (8.14).
    """
    if target.v_dependent:
        return word.base == target and all(letter.multiplies for letter in word.letters)
    return "v" in word.base.axes


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
    return Residual(target, tuple(map(float, scheme.alpha)), tuple(columns), scheme.name)
