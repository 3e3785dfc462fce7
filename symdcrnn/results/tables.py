"""Terms and candidates as pandas tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

    from symdcrnn.equation import LearnedEquation
    from symdcrnn.model import Model

UNKNOWN = math.nan
"""Numbers that are not known."""


def terms_frame(equation: LearnedEquation) -> pandas.DataFrame:
    """The terms of an equation, one a row, by their words.

    Parameters
    ----------
    equation : LearnedEquation

    Returns
    -------
    pandas.DataFrame
        Columns ``coefficient`` (of a function its mean), ``error`` and ``inclusion`` (NaN where they are not known; of
        a function the root mean square of its errors), ``minimum`` and ``maximum``, ``axes`` (what a function depends
        on, else empty), ``power`` (of 1/epsilon), ``known`` (whether it was given) and ``units`` (empty where the data
        does not tell).
    """
    import pandas

    rows = [(term.word, term.coefficient, _number(term.error), _number(term.inclusion), term.coefficient,
             term.coefficient, "", term.power, term.known, term.units or "") for term in equation.terms]
    for one in equation.functions:
        count = len(one.values)
        error = math.sqrt(sum(value**2 for value in one.errors) / count) if one.errors else UNKNOWN
        rows.append((one.word, sum(one.values) / count, error, UNKNOWN, min(one.values), max(one.values),
                     ", ".join(one.points), 0, False, one.units or ""))
    names = ["word", "coefficient", "error", "inclusion", "minimum", "maximum", "axes", "power", "known", "units"]
    return pandas.DataFrame(rows, columns=names).set_index("word")


def path_frame(equation: LearnedEquation) -> pandas.DataFrame:
    """The candidates that the choice of words went through, from all words to none.

    Parameters
    ----------
    equation : LearnedEquation

    Returns
    -------
    pandas.DataFrame
        By the number of ``terms``: ``residual`` under the scheme that chooses, relative to no equation; ``growth``, how
        many times that of the candidate before; ``scheme_residual``, under the scheme of the fit where that is
        another one; ``dropped``, the word that is dropped next; ``chosen``; ``words``, a tuple of all of them.
    """
    import pandas

    rows = []
    before = UNKNOWN
    for step in equation.path:
        residual = step.judge_residual
        growth = residual / before if before > 0.0 else UNKNOWN
        rows.append((len(step.words), residual, growth, _number(step.scheme_residual), step.dropped or "",
                     len(step.words) == equation.chosen_words, step.words))
        before = residual
    names = ["terms", "residual", "growth", "scheme_residual", "dropped", "chosen", "words"]
    return pandas.DataFrame(rows, columns=names).set_index("terms")


def all_terms(model: Model) -> pandas.DataFrame:
    """`terms_frame` of all equations of a model, by field and word."""
    import pandas

    frames = {equation.target: terms_frame(equation) for equation in model.equations}
    return pandas.concat(frames, names=["equation"]) if frames else pandas.DataFrame()


def _number(value: float | None) -> float:
    return UNKNOWN if value is None else value
