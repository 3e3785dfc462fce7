"""Coefficients that are numbers, with their error bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symdcrnn.equation import LearnedEquation, LearnedTerm
from symdcrnn.equation_text import format_number
from symdcrnn.report.pictures.canvas import LINE, NAME, SMALL, WIDEST, canvas, in_lines, label, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW = 0.36
"""Inches of a term."""

BAR = 2.0
"""Standard errors on both sides."""

BESIDE = 0.25
"""Of the decades between the least and the largest coefficient, how many there are room for on both sides."""


def draw_coefficients(equation: LearnedEquation, columns: int = WIDEST) -> Figure | None:
    """The size of every coefficient on a logarithmic axis, and its standard error relative to it; None if it has none.

    Parameters
    ----------
    equation : LearnedEquation
    columns : int
        Panels side by side at most.
    """
    from matplotlib.ticker import NullFormatter

    terms = [term for term in equation.terms if abs(term.coefficient) > 0.0]
    if not terms:
        return None
    relative = [None if term.known or term.error is None else term.error / abs(term.coefficient) for term in terms]
    known = [one for one in relative if one is not None and one > 0.0]
    names = [_name(term) for term in terms]
    high = max(ROW, LINE * (1 + max(name.count("\n") + 1 for name in names)))
    figure, panels = canvas(2 if known else 1, columns, width=4.6, height=1.4 + high * len(terms))
    rows = np.arange(len(terms), 0, -1)
    sizes = np.array([abs(term.coefficient) for term in terms])
    colours = ["tab:red" if term.coefficient < 0.0 else "tab:blue" for term in terms]
    first = panels[0]
    first.set_xscale("log")
    for row, term, size, part, colour in zip(rows, terms, sizes, relative, colours, strict=True):
        bar = BAR * (part or 0.0) * size
        first.errorbar([size], [row], xerr=[[min(bar, 0.999 * size)], [bar]], fmt="o", color=colour, capsize=3)
        first.annotate(format_number(term.coefficient) + (" (given)" if term.known else ""), (size, row),
                       textcoords="offset points", xytext=(0, 6), ha="center", fontsize="small")
    first.xaxis.set_minor_formatter(NullFormatter())
    # Numbers stand beside the outermost points too.
    room = max(sizes.max() / sizes.min(), 1.0) ** BESIDE * 10.0
    first.set_xlim(sizes.min() / room, sizes.max() * room)
    first.set_ylim(0.4, len(terms) + 0.8)
    first.set_yticks(rows, names, parse_math=False, fontsize=SMALL)
    first.set_xlabel("size of the coefficient (red: negative)")
    titled(first, f"d_t {equation.target}: coefficients, bars of two standard errors" if known else
           f"d_t {equation.target}: coefficients")
    if known:
        second = panels[1]
        second.set_xscale("log")
        drawn = [(row, part) for row, part in zip(rows, relative, strict=True) if part is not None and part > 0.0]
        second.barh([row for row, _ in drawn], [part for _, part in drawn], height=0.5, color="0.6",
                    left=1e-300)
        ends = np.floor(np.log10(min(known))) - 0.2, np.ceil(np.log10(max(known))) + 0.1
        second.set_xlim(10.0 ** ends[0], 10.0 ** ends[1])
        second.xaxis.set_minor_formatter(NullFormatter())
        second.set_ylim(0.4, len(terms) + 0.8)
        second.set_yticks(rows, [in_lines(term.text, NAME) for term in terms], parse_math=False, fontsize=SMALL)
        second.set_xlabel("standard error / size")
        titled(second, f"d_t {equation.target}: relative standard errors")
    return figure


def _name(term: LearnedTerm) -> str:
    """A term with its units, these in a line of their own where it is long."""
    whole = label(term.text, term.units)
    return whole if len(whole) <= NAME else f"{in_lines(term.text, NAME)}\n{label('', term.units).strip()}".rstrip()
