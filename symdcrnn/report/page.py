"""One HTML file that shows a model: no scripts, no links to the outside, pictures inside.

Names and texts come from files of a user and are escaped wherever they stand.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from symdcrnn.changes import changes
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.data.units import units_of
from symdcrnn.equation import LearnedEquation
from symdcrnn.equation_text import format_error, format_number
from symdcrnn.given import check_kind
from symdcrnn.model import Model
from symdcrnn.report.findings import Finding, findings, noise_text
from symdcrnn.report.mathml import wrapped_equation_in_mathml
from symdcrnn.report.pictures.canvas import png, quantity
from symdcrnn.report.pictures.coefficients import draw_coefficients
from symdcrnn.report.pictures.functions import draw_functions
from symdcrnn.report.pictures.residuals import draw_comparison, draw_residual, draw_spectrum
from symdcrnn.report.pictures.selection import draw_path
from symdcrnn.report.rates import compare_rates
from symdcrnn.settings import FitSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
* { box-sizing: border-box; }
body { font-family: sans-serif; line-height: 1.45; max-width: 76rem; margin: 0 auto; padding: 1rem; color: #222; }
h1, h2, h3, td, th, p, figcaption { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 0.8rem 0; }
th, td { border-bottom: 1px solid #ccc; padding: 0.25rem 0.8rem 0.25rem 0; text-align: left;
         vertical-align: baseline; }
td.value { font-family: monospace; }
th, td:first-child, .numbers td { white-space: nowrap; }
td.failed { color: #a00; }
.equation { font-size: 1.25em; line-height: 1.9; overflow-x: auto; }
.argument { display: inline-block; max-width: 100%; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f4f4; padding: 0.7rem; }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; flex: 1 1 20rem; min-width: 0; max-width: 36rem; }
img { width: 100%; height: auto; }
figcaption { color: #555; }
@media (max-width: 36rem) {
  figure { flex-basis: 100%; }
  th, .numbers td:first-child { white-space: normal; overflow-wrap: break-word; }
  .numbers td:first-child { overflow-wrap: anywhere; min-width: 3.5rem; }
  .numbers { font-size: 0.8em; }
  .equation { font-size: 1.1em; }
  th, td { padding-right: 0.5rem; }
}
"""

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Even where an escape were forgotten, a browser loads and runs nothing."""


@dataclass(frozen=True)
class Origin:
    """How a report and its model were made.

    Parameters
    ----------
    commands : tuple of str
        Those of the shell.
    versions : mapping of str to str
        Of this program and what it stands on.
    """

    commands: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


def report_page(
    model: Model, trajectory: Trajectory | None = None, known: Mapping[str, ArrayLike] | None = None,
    origin: Origin | None = None,
) -> str:
    """The report of a model as the text of an HTML file.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory, optional
        Data to compare the equations with.
    known : mapping, optional
        As that of `right_hand_side`.
    origin : Origin, optional
        What is said of how it was made.

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
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        *sections,
        "<h2>Data and settings</h2>",
        _table(("", ""), _about(model)),
        *_made(origin or Origin()),
        "</body></html>",
        "",
    ])


def _made(origin: Origin) -> list[str]:
    if not origin.commands and not origin.versions:
        return []
    commands = [f"<pre>{chr(10).join(map(_command, origin.commands))}</pre>"] if origin.commands else []
    return ["<h2>How it was made</h2>", *commands, _table(("", ""), list(origin.versions.items()))]


def _command(text: str) -> str:
    """Lines break between arguments, not at the hyphens of an option."""
    return " ".join(f'<span class="argument">{escape(part)}</span>' for part in text.split(" "))


def _equation(
    model: Model, equation: LearnedEquation, trajectory: Trajectory | None, known: Mapping[str, ArrayLike] | None
) -> str:
    doubt = "" if equation.certain else "<p>No equation stands out in this data: this is the best guess.</p>"
    parts = [f"<h2>The {escape(equation.target)}-equation</h2>", doubt, wrapped_equation_in_mathml(equation),
             f"<pre>{escape(equation.text)}</pre>"]
    if equation.terms:
        parts.append(_terms(equation))
    parts.append(_pictures([(draw_functions([equation], 1), "Coefficients that are functions."),
                            (draw_coefficients(equation, 1), "Coefficients with their error bars.")]))
    told = findings(model, equation, details=True)
    checks = [one for one in told if one.passed is not None]
    if checks:
        parts.append("<h3>Verdict</h3>")
        parts.append(f"<p>{'All checks are passed.' if equation.certain else 'Not all checks are passed.'}</p>")
        parts.append(_checks(checks))
    parts.append("<h3>How it was found</h3>")
    parts.append(_table(("", ""), [(one.label, one.text) for one in told if one.passed is None]))
    parts.append(_pictures([(draw_path(equation), "The selection of terms: from all candidates the one that costs "
                                                  "least is dropped, again and again.")]))
    if trajectory is not None:
        parts.append("<h3>Against the data</h3>")
        parts.append(_against(model, equation, trajectory, known))
    return "\n".join(part for part in parts if part)


def _against(
    model: Model, equation: LearnedEquation, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None
) -> str:
    target, units = equation.target, units_of(trajectory)
    left = changes(model, trajectory, target, known)
    comparison = compare_rates(model, trajectory, target, known, left)
    what = ("The difference of frames has a truncation error and the noise of the data." if equation.weak is None else
            "Both are averages with the test functions of the weak form.")
    return _pictures([
        (draw_comparison(target, comparison, units, 1),
         f"At {quantity('t', comparison.time, units.get('t'))}: what is left is {comparison.relative:.3g} of the "
         f"difference, root mean square. {what}"),
        (draw_residual(target, left, units), "The residual, from each frame to the next." if equation.weak is None else
         "The residual, averaged with the test functions of the weak form."),
        (draw_spectrum(target, left, units), "Spectra of the rate and of the residual."),
    ])


def _terms(equation: LearnedEquation) -> str:
    rows = []
    for term in equation.terms:
        error = "given" if term.known else "" if term.error is None else format_error(term.error)
        inclusion = "" if term.inclusion is None else f"{100.0 * term.inclusion:.0f} %"
        rows.append((term.text, format_number(term.coefficient), error, term.units or "", inclusion))
    return _table(("term", "coefficient", "standard error", "units", "inclusion"), rows)


def _checks(checks: Sequence[Finding]) -> str:
    rows = [f'<tr><td{"" if one.passed else " class=failed"}>{"passed" if one.passed else "FAILED"}</td>'
            f"<td>{escape(one.text)}</td></tr>" for one in checks]
    return f'<div class="wide"><table>{"".join(rows)}</table></div>'


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
    rows.append(("noise", noise_text(data.noise, {})))
    plain, defaults = asdict(model.settings), asdict(FitSettings())
    changed = [f"{name} = {_value(value)}" for name, value in plain.items() if value != defaults[name]]
    rows.append(("settings", "; ".join(changed) or "the default ones"))
    return rows


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows without the columns that are empty in all of them."""
    kept = [place for place in range(len(head)) if place == 0 or any(row[place] for row in rows)]
    kind = ' class="numbers"' if any(head) else ""
    lines = [f'<div class="wide"><table{kind}>']
    if any(head):
        lines.append("<tr>" + "".join(f"<th>{escape(head[place])}</th>" for place in kept) + "</tr>")
    for row in rows:
        cells = "".join(f'<td class="value">{escape(row[place])}</td>' for place in kept[1:])
        lines.append(f"<tr><td>{escape(row[0])}</td>{cells}</tr>")
    return "\n".join([*lines, "</table></div>"])


def _pictures(drawn: Sequence[tuple[Figure | None, str]]) -> str:
    """Pictures beside each other where there is room."""
    parts = []
    for figure, caption in drawn:
        if figure is not None:
            source, text = b64encode(png(figure)).decode("ascii"), escape(caption)
            parts.append(f'<figure><img alt="{text}" src="data:image/png;base64,{source}">'
                         f"<figcaption>{text}</figcaption></figure>")
    return f'<div class="pictures">{"".join(parts)}</div>' if parts else ""
