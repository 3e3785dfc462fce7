"""`symdcrnn form`: learned equations, and data, in another form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from symdcrnn.cli.options import (
    OnceCommand,
    check_output,
    force_option,
    json_option,
    notices,
    number,
    print_json,
    usage_errors,
)
from symdcrnn.cli.screen import is_quiet
from symdcrnn.equation_text import labelled
from symdcrnn.errors import InputError, lookup

if TYPE_CHECKING:
    from symdcrnn.data.trajectory import Trajectory
    from symdcrnn.model import Model


@click.command(cls=OnceCommand, name="form",
               epilog="Example: symdcrnn form model.json --to micro-macro --epsilon 1/64 -o micro-macro.json")
@click.argument("model", type=click.Path(path_type=Path), required=False)
@click.option("--to", "name", metavar="FORM",
              help="micro-macro: f = rho + epsilon g with <g> = 0, in place of f; kinetic: the other way.")
@click.option("--moments", "order", type=click.IntRange(0, 32), metavar="N",
              help="The equations of moments m0 to mN of f.")
@click.option("--close", is_flag=True, help="With --moments: moments beyond the last one are zero.")
@click.option("--scale", "scales", multiple=True, metavar="NAME=FACTOR",
              help="What an axis, a field or a known function is multiplied by; may be repeated.")
@click.option("--epsilon", callback=number, metavar="VALUE",
              help="With --to: that of f = rho + epsilon g. [default: that of the scaled form]")
@click.option("--velocity", "velocities", multiple=True, metavar="AXIS=MEASURE",
              help="What averages over an axis are, as for limit; may be repeated.")
@click.option("--data", type=click.Path(path_type=Path),
              help="A file of snapshots in the form of the model, for --fields.")
@click.option("-o", "--output", type=click.Path(path_type=Path),
              help="Write the equations as a model, for simulate, report and inspect.")
@click.option("--fields", type=click.Path(path_type=Path), metavar="FILE", help="Write --data in the other form.")
@force_option
@json_option
def form_command(model: Path | None, name: str | None, order: int | None, close: bool, scales: tuple[str, ...],
                 epsilon: float | None, velocities: tuple[str, ...], data: Path | None, output: Path | None,
                 fields: Path | None, force: bool, as_json: bool) -> None:
    """Write learned equations, and data, in another form.

    MODEL is a file that `symdcrnn fit -o` has written.  Coefficients and their error bars are carried along.  Without
    a model --data alone is moved.
    """
    if sum((name is not None, order is not None, bool(scales))) != 1:
        raise click.UsageError("give one of --to, --moments and --scale")
    if close and order is None:
        raise click.UsageError("--close says how --moments end: give --moments too")
    if epsilon is not None and name is None:
        raise click.UsageError("--epsilon is that of --to: give --to too")
    if velocities and scales:
        raise click.UsageError("--velocity has no meaning for --scale: leave it out")
    if model is None and (data is None or output is not None or close or velocities or as_json):
        raise click.UsageError("there is no MODEL: give one, or --data and --fields for data alone")
    if (fields is None) != (data is None):
        raise click.UsageError("--data and --fields go together: what is read, and where its other form is written")
    from symdcrnn.forms.of_equations import FORMS, epsilon_of_form
    from symdcrnn.limits.expansion.measures import MEASURES

    with usage_errors():
        if name is not None:
            lookup(FORMS, name, "form")
        measures = dict(map(_measure, velocities))
        for measure in measures.values():
            lookup(MEASURES, measure, "measure of velocities")
        factors = dict(map(_factor, scales))
    from symdcrnn.data.files.formats import find_format, read_trajectory, write_trajectory
    from symdcrnn.model import load_model

    if fields is not None:
        find_format(fields)
    check_output(output, force, (model, data), shown_by="inspect")
    check_output(fields, force, (model, data), shown_by="info")
    known = None if model is None else load_model(model)
    found = None if known is None else _of_model(known, name, order, close, factors, epsilon, measures)
    small = epsilon if known is None or name is None else epsilon_of_form(known, epsilon)
    if epsilon is None and small is not None:
        notices((f"epsilon = {small:g}, as the coefficients of the model tell: --epsilon says another",))
    if data is not None and fields is not None:
        trajectory = read_trajectory(data)
        moved = _moved(trajectory, name, order, factors, small)
        notices(moved.notices)
        write_trajectory(moved, fields)
    if found is None:
        return
    if output is not None:
        found.save(output)
    if as_json:
        print_json(found.report())
    else:
        click.echo(_text(found))


def _of_model(model: Model, name: str | None, order: int | None, close: bool, factors: dict[str, float],
              epsilon: float | None, measures: dict[str, str]) -> Model:
    if name is not None:
        return model.form(name, epsilon, measures)
    if order is not None:
        return model.moments(order, close, velocities=measures)
    return model.scaled(**factors)


def _text(model: Model) -> str:
    """Every equation, and its coefficients with error bars where it has them."""
    lines = []
    for equation in model.equations:
        lines.append(equation.verdict)
        terms = equation.terms_text()
        lines += [] if terms is None or is_quiet() else [labelled("coefficients", terms)]
    return "\n".join(lines)


def _moved(trajectory: Trajectory, name: str | None, order: int | None, factors: dict[str, float],
           epsilon: float | None) -> Trajectory:
    from symdcrnn.forms.of_data import kinetic, micro_macro, moments_of
    from symdcrnn.forms.scaling import scaled

    if order is not None:
        return moments_of(trajectory, order)
    if name is not None:
        return (micro_macro if name == "micro-macro" else kinetic)(trajectory, epsilon)
    return scaled(trajectory, **factors)


def _assigned(text: str, option: str, example: str) -> tuple[str, str]:
    name, sign, value = text.rpartition("=")
    if not sign or not name.strip() or not value.strip():
        raise InputError(f"{option} has {text!r}: write a name, = and a value, such as {example}")
    return name.strip(), value.strip()


def _measure(text: str) -> tuple[str, str]:
    return _assigned(text, "--velocity", "v=hermite")


def _factor(text: str) -> tuple[str, float]:
    from symdcrnn.data.expressions import parse_number

    name, value = _assigned(text, "--scale", "x=100")
    return name, parse_number(value)
