"""Models and equations on the screen: a few lines of text, and in notebooks a formula with a table."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from symdcrnn.equation import format_number, format_sum

if TYPE_CHECKING:
    from symdcrnn.equation import LearnedEquation
    from symdcrnn.model import Model


def equation_text(equation: LearnedEquation) -> str:
    """An equation as a person would write it, with the words of each kernel as one, and lines that say what it is."""
    inside = {word for kernel in equation.kernels for word in kernel.words}
    alone = [(term.coefficient, term.text) for term in equation.terms if term.word not in inside]
    parts = [*([format_sum(alone)] if alone else []), *(f"{one.name} {one.field}" for one in equation.kernels),
             *map(str, equation.functions)]
    return "\n  ".join([f"d_t {equation.target} = {' + '.join(parts) or '0'}",
                        *(line for kernel in equation.kernels for line in kernel.lines())])


def scales_text(equation: LearnedEquation) -> str:
    """Which M the data chose and why: ``M = 2: ...``."""
    chosen = next((one for one in equation.candidates if one.scales == equation.scales), None)
    if chosen is None:
        return f"M = {equation.scales}: the highest power of 1/epsilon that the trajectories show"
    others = [one for one in equation.candidates if one.scales != equation.scales]
    listed = ", ".join(f"{one.criterion:.1f}" for one in others)
    against = f", against {listed} for M = {', '.join(str(one.scales) for one in others)}" if others else ""
    return (f"M = {equation.scales}: what it leaves of the sizes of the coefficients is within a factor of "
            f"{math.exp(chosen.spread):.3g}, criterion {chosen.criterion:.1f}{against}")


def equation_lines(equation: LearnedEquation) -> list[str]:
    """An equation as it is printed, and what it leaves."""
    return [equation.verdict, f"  residual  {equation.residual:.3g} of the left-hand side under {equation.scheme}"]


def inclusion_text(equation: LearnedEquation) -> str | None:
    """How often halves of the data choose the words of an equation, and the other that they choose most often."""
    if not equation.inclusion:
        return None
    own = {word: often for word, often in equation.inclusion.items() if word in equation.coefficients}
    others = {word: often for word, often in equation.inclusion.items() if word not in own}
    most = max(others, key=lambda word: others[word], default=None)
    rest = "" if most is None else f"; no other above {others[most]:.2f}" + (f" ({most})" if others[most] > 0.0 else "")
    return f"{', '.join(f'{often:.2f} {word}' for word, often in own.items()) or 'no word'}{rest}"


def model_text(model: Model) -> str:
    """What a model was learned from, and its equations."""
    data = model.data
    fields = ", ".join(f"{name}({', '.join(axes)})" for name, axes in data.fields.items())
    sizes = ", ".join([f"{data.frames} frames", *(f"{axis.size} points of {axis.name}" for axis in data.axes)])
    several = f" in {data.trajectories} trajectories" if data.trajectories > 1 else ""
    lines = [line for equation in model.equations for line in equation_lines(equation)]
    return "\n".join([f"Model of {fields}: {sizes}{several}", *lines])


def model_html(model: Model) -> str:
    """All equations of a model as HTML without scripts."""
    return "\n".join(map(equation_html, model.equations))


def equation_html(equation: LearnedEquation) -> str:
    """An equation as a formula, whether it stands out, and a table of its terms; names are escaped."""
    from symdcrnn.report.mathml import equation_in_mathml

    doubt = "" if equation.certain else f"<p>No equation of {escape(equation.target)} stands out: best guess</p>"
    rows = [(term.text, format_number(term.coefficient), "given" if term.known else _shown(term.error),
             "" if term.inclusion is None else f"{100.0 * term.inclusion:.0f} %", term.units or "")
            for term in equation.terms]
    rows += [(one.word, f"{format_number(min(one.values))} to {format_number(max(one.values))}",
              _shown(max(one.errors)) if one.errors else "", "", one.units or "") for one in equation.functions]
    head = ("term", "coefficient", "standard error", "inclusion", "units")
    kept = [place for place in range(len(head)) if place < 2 or any(row[place] for row in rows)]
    table = ["<tr>" + "".join(f"<th>{head[place]}</th>" for place in kept) + "</tr>"]
    table += ["<tr>" + "".join(f"<td>{escape(row[place])}</td>" for place in kept) + "</tr>" for row in rows]
    return f"<div>{doubt}{equation_in_mathml(equation)}<table>{''.join(table)}</table></div>"


def _shown(error: float | None) -> str:
    return "" if error is None else f"{error:.1e}"
