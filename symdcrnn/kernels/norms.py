"""The norms of the residual (section 4.1), as the expressions the kernels are written with.

A new norm is one new entry in `NORMS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from symdcrnn.errors import lookup


@dataclass(frozen=True)
class Norm:
    """A loss rho(r) per point, with psi = rho' and the weight omega = psi(r)/r of a reweighted fit.

    Parameters
    ----------
    name : str
        How it is named on the command line.
    value, slope, weight : str
        Expressions in ``r`` and ``width`` (a positive float), in the language of the kernels.
    quadratic : bool
        Whether omega does not depend on r, so that one pass over the data is enough.
    sharp : bool
        Whether rho has a corner at zero, which a reweighted fit rounds off below ``width``.
    description : str
        What it is, in a few words.
    """

    name: str
    value: str
    slope: str
    weight: str
    quadratic: bool
    sharp: bool
    description: str


NORMS: dict[str, Norm] = {
    norm.name: norm
    for norm in (
        Norm("l2", "r * r", "2.0 * r", "2.0", True, False, "mean of the squared residual"),
        Norm("l1", "abs(r)", "np.sign(r)", "1.0 / max(abs(r), width)", False, True,
             "mean of the absolute residual, eq. (5.7)"),
        Norm("huber", "(0.5 * r * r if abs(r) <= width else width * (abs(r) - 0.5 * width))",
             "(r if abs(r) <= width else width * np.sign(r))", "(1.0 if abs(r) <= width else width / abs(r))",
             False, False, "squared below a width, absolute above it"),
    )
}


def find_norm(name: str) -> Norm:
    """The norm of that name.

    Raises
    ------
    InputError
        If there is none.
    """
    return lookup(NORMS, name, "norm")
