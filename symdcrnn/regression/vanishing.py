"""Which words vanish in some data: by their size against what they are made of, and against noise."""

from __future__ import annotations

from collections.abc import Sequence

from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.regression.terms import Term

VANISHING_AVERAGE = 1e-4
"""<u> counts as zero where its rms is below this fraction of the rms of u."""

LIKE_ROUNDING = 8.0
"""A column no larger than so many times its rounding errors is one: no coefficient is told by it."""


def vanishing(terms: Sequence[Term], sizes: ValueSizes) -> dict[int, str]:
    """The terms whose column is rounding in this data, or stems from an average that vanishes, and why.

    An average below `VANISHING_AVERAGE` of what it is taken of is left over by the discretisation,
    as <g> is: nothing can be learned from it, nor from a word that ends in it.  Moments such as <P_8 f> may
    be as small by themselves: they count as long as they are more than rounding.

    Parameters
    ----------
    terms : sequence of Term
    sizes : ValueSizes
        Of a kernel whose columns are the terms.

    Returns
    -------
    dict of int to str
        By index of the term.
    """
    reasons: dict[str, str] = {}
    words = {name: str(term.word) for name, term in zip(sizes.columns, terms, strict=True)}
    for value in sizes.values:
        what = words.get(value.name, "its average")
        if value.source in reasons:
            reasons[value.name] = reasons[value.source]
        elif value.is_average and not value.is_moment and value.rms <= VANISHING_AVERAGE * value.of_source:
            part = value.rms / value.of_source if value.of_source else 0.0
            reasons[value.name] = f"{what} vanishes: its size is {part:.0e} of that of what is averaged"
    rounded = {value.name for value in sizes.values if value.rms <= LIKE_ROUNDING * value.rounding}
    return {
        number: reasons.get(name, f"{words[name]} is identically zero")
        for number, name in enumerate(sizes.columns)
        if name in reasons or name in rounded
    }
