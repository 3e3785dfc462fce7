"""One HTML file that shows a model: no scripts, no links to the outside, pictures inside.

Names and texts come from files of a user and are escaped wherever they stand.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.equation import LearnedEquation, format_number
from symdcrnn.given import check_kind
from symdcrnn.model import Model
from symdcrnn.report.mathml import equation_in_mathml
from symdcrnn.report.pictures import draw_comparison, draw_functions, draw_path, png
from symdcrnn.report.rates import compare_rates
from symdcrnn.settings import FitSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
body { font-family: sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 0.8em 0; }
th, td { border-bottom: 1px solid #ccc; padding: 0.25em 0.9em 0.25em 0; text-align: left; vertical-align: top; }
td.number { font-family: monospace; }
pre { white-space: pre-wrap; background: #f4f4f4; padding: 0.7em; }
math { font-size: 1.25em; margin: 1em 0; overflow-x: auto; }
img { max-width: 100%; }
figure { margin: 1em 0; }
figcaption { color: #555; }
"""

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Even where an escape were forgotten, a browser loads and runs nothing."""


def report_page(
    model: Model, trajectory: Trajectory | None = None, known: Mapping[str, ArrayLike] | None = None
) -> str:
    """The report of a model as the text of an HTML file.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory, optional
        Data to compare the equations with.
    known : mapping, optional
        As that of `right_hand_side`.

    Raises
    ------
    InputError
        If the data does not have what the equations need.
    """
    check_kind(model, Model, "report_page", "give a Model: what fit returns, or load_model of its file")
    title = f"Equations of {', '.join(equation.target for equation in model.equations)}"
    sections = [_equation(model, equation, trajectory, known) for equation in model.equations]
    return "\n".join([
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        *sections,
        "<h2>Data and settings</h2>",
        _table(("", ""), _about(model)),
        "</body></html>",
        "",
    ])


def _equation(
    model: Model, equation: LearnedEquation, trajectory: Trajectory | None, known: Mapping[str, ArrayLike] | None
) -> str:
    parts = [f"<h2>The {escape(equation.target)}-equation</h2>", equation_in_mathml(equation)]
    scaled = equation.scaled_text()
    parts.append(f"<pre>{escape(equation.verdict + (chr(10) + scaled if scaled else ''))}</pre>")
    if equation.terms:
        parts.append(_terms(equation))
    parts.append(_picture(draw_functions([equation]), "Coefficients that are functions."))
    parts.append("<h3>How it was found</h3>")
    parts.append(_table(("", ""), _found(model, equation)))
    parts.append(_picture(draw_path(equation), "The choice of words: from all of them the one that costs least is "
                                               "dropped, again and again."))
    if trajectory is not None:
        comparison = compare_rates(model, trajectory, equation.target, known)
        parts.append("<h3>Against the data</h3>")
        parts.append(_picture(draw_comparison(equation.target, comparison), (
            f"At t = {comparison.time:.6g}: what is left is {comparison.relative:.3g} of the difference, root mean "
            "square. The difference of frames has a truncation error and the noise of the data.")))
    return "\n".join(part for part in parts if part)


def _terms(equation: LearnedEquation) -> str:
    rows = []
    for term in equation.terms:
        error = "given" if term.known else "" if term.error is None else f"{term.error:.1e}"
        inclusion = "" if term.inclusion is None else f"{100.0 * term.inclusion:.0f} %"
        rows.append((term.text, format_number(term.coefficient), error, inclusion))
    return _table(("word", "coefficient", "standard error", "inclusion"), rows)


def _found(model: Model, equation: LearnedEquation) -> list[tuple[str, str]]:
    if not equation.fitted:
        return [("derived", "by symbols from another equation, as its limit; not fitted to data")]
    words = len(equation.path[0].words) if equation.path else 0
    rows = [
        ("residual", f"{equation.residual:.3g} of the left-hand side ({model.settings.norm}), "
                     f"{equation.points} equations"),
        ("scheme", equation.scheme),
        ("words", f"{equation.chosen_words} of {words}; one less multiplies the residual under {equation.judge} by "
                  f"{equation.jump:.3g}, no word before that by more than {equation.runner_up:.3g}"),
        ("scales", f"M = {equation.scales}"),
    ]
    if not model.settings.dictionary_alone:
        rows.append(("networks", "converged" if equation.network.converged else "not converged"))
    if equation.target in model.errors:
        error, spurious = model.errors[equation.target]
        rows.append(("error", f"{error:.4g} % of the exact equation, {spurious:.4g} % with spurious terms"))
    if equation.collinear:
        pairs = ", ".join(f"{one} and {other} ({value:.6f})" for one, other, value in equation.collinear)
        rows.append(("nearly collinear", pairs))
    if equation.vanishing:
        rows.append(("vanish in the data", ", ".join(equation.vanishing)))
    return rows


def _about(model: Model) -> list[tuple[str, str]]:
    data = model.data
    fields = ", ".join(f"{name}({', '.join(axes)})" for name, axes in data.fields.items())
    grid = [f"{axis.size} points of {axis.name}{'' if axis.role != 'space' or axis.periodic else ' (not periodic)'}"
            for axis in data.axes]
    steps = {"t": data.dt, **{axis.name: axis.spacing for axis in data.axes if axis.role == "space"}}
    rows = [
        ("fields", fields),
        ("grid", ", ".join([f"{data.frames} frames", *grid])),
        ("steps", ", ".join(f"d{name} = {'uneven' if step is None else f'{step:.6g}'}"
                            for name, step in steps.items())),
        ("trajectories", str(data.trajectories)),
    ]
    if data.known:
        rows.append(("known", ", ".join(data.known)))
    if data.noise:
        rows.append(("noise", ", ".join(f"{100.0 * level:.2g} % of {name}" for name, level in data.noise.items())))
    plain, defaults = asdict(model.settings), asdict(FitSettings())
    changed = [f"{name} = {_value(value)}" for name, value in plain.items() if value != defaults[name]]
    rows.append(("settings", "; ".join(changed) or "the default ones"))
    return rows


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["<table>"]
    if any(head):
        lines.append("<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>")
    for first, *others in rows:
        cells = "".join(f'<td class="number">{escape(cell)}</td>' for cell in others)
        lines.append(f"<tr><td>{escape(first)}</td>{cells}</tr>")
    return "\n".join([*lines, "</table>"])


def _picture(figure: Figure | None, caption: str) -> str:
    if figure is None:
        return ""
    source = b64encode(png(figure)).decode("ascii")
    text = escape(caption)
    return (f'<figure><img alt="{text}" src="data:image/png;base64,{source}">'
            f"<figcaption>{text}</figcaption></figure>")
