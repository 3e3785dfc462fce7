"""Models and equations on the screen: a few lines of text, and in notebooks a formula with a table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from symdcrnn.equation_text import format_error, format_number
from symdcrnn.report.findings import residual_text

if TYPE_CHECKING:
    from symdcrnn.equation import LearnedEquation
    from symdcrnn.model import Model


def equation_lines(equation: LearnedEquation) -> list[str]:
    """An equation as it is printed, and what it leaves."""
    rests = f"residual  {residual_text(equation)}" if equation.fitted else "derived from another equation"
    return [equation.verdict, f"  {rests}"]


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
    return "" if error is None else format_error(error)
