"""Models as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from symdcrnn.cli.screen import is_quiet, is_verbose, say
from symdcrnn.equation_text import labelled

if TYPE_CHECKING:
    from symdcrnn.equation import LearnedEquation
    from symdcrnn.model import Model
    from symdcrnn.report.findings import Finding


def show_model(model: Model, equations: Sequence[LearnedEquation], with_path: bool) -> None:
    """Print some equations of a model with how they were found."""
    for number, equation in enumerate(equations):
        if number and not is_quiet():
            click.echo()
        show_equation(model, equation)
        if with_path:
            click.echo()
            show_path(equation)


def show_equation(model: Model, equation: LearnedEquation) -> None:
    """Print one equation, and what is known of it unless only the equation is wanted."""
    from symdcrnn.report.findings import findings

    say(equation.verdict, bold=True)
    if is_quiet():
        return
    before = ""
    for one in findings(model, equation, is_verbose()):
        _show(one, before)
        before = one.label


def _show(one: Finding, before: str) -> None:
    label = "" if one.label == before else one.label
    mark = "" if one.passed is None else "passed  " if one.passed else "FAILED  "
    say(labelled(label, mark + one.text), fg="red" if one.passed is False else None)


def show_path(equation: LearnedEquation) -> None:
    """Print the elimination of candidates as a table."""
    second = any(step.scheme_residual is not None for step in equation.path)
    scheme = equation.scheme
    width = max(len(equation.judge), 10)
    click.echo(f"  terms  {equation.judge:>{width}}" + (f"  {scheme:>{max(len(scheme), 10)}}" if second else "")
               + "  dropped next")
    for step in equation.path:
        line = f"  {len(step.words):>5}  {step.judge_residual:>{width}.2e}"
        if second:
            own = "" if step.scheme_residual is None else f"{step.scheme_residual:.2e}"
            line += f"  {own:>{max(len(scheme), 10)}}"
        mark = "   <- the equation" if len(step.words) == equation.chosen_words else ""
        click.echo(f"{line}  {step.dropped or ''}{mark}")
