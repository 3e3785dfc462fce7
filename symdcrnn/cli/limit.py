"""`symdcrnn limit`: what a learned equation becomes where its small parameter goes to zero."""

from __future__ import annotations

from pathlib import Path

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
from symdcrnn.errors import lookup


@click.command(cls=OnceCommand, name="limit", epilog="Example: symdcrnn limit model.json --order 2 -o limit.json")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--order", type=click.IntRange(0, 12), default=0, show_default=True,
              help="The highest power of epsilon that is kept.")
@click.option("--epsilon", callback=number, metavar="VALUE",
              help="The small parameter. [default: that of the scaled form]")
@click.option("--small", metavar="NAME", help="A known function of the model that is small.")
@click.option("--large", metavar="NAME", help="A known function of the model that is large.")
@click.option("--power", "powers", multiple=True, metavar="EQUATION:WORD=POWER",
              help="The power of 1/epsilon in a coefficient, where its size does not tell; may be repeated.")
@click.option("--velocity", "velocities", multiple=True, metavar="AXIS=MEASURE",
              help="What averages over an axis are: legendre on [-1, 1], hermite with the weight exp(-v^2/2), line, "
                   "two (-1 and 1) or circle; may be repeated. [default: what the grid of the model suggests]")
@click.option("--data", type=click.Path(path_type=Path),
              help="A file of snapshots: averages are those of its points and weights.")
@click.option("--format", "style", type=click.Choice(["text", "latex", "sympy", "json"]), default="text",
              show_default=True, help="How the limit is printed.")
@click.option("-o", "--output", type=click.Path(path_type=Path),
              help="Write the limit as a model, for simulate, report and inspect.")
@click.option("--fields", type=click.Path(path_type=Path), metavar="FILE",
              help="Write the slow fields of --data, which the limit can be simulated from and compared with.")
@force_option
@json_option
def limit_command(model: Path, order: int, epsilon: float | None, small: str | None, large: str | None,
                  powers: tuple[str, ...], velocities: tuple[str, ...], data: Path | None, style: str,
                  output: Path | None, fields: Path | None, force: bool, as_json: bool) -> None:
    """Derive the limit of a learned equation, with its corrections.

    MODEL is a file that `symdcrnn fit -o` has written.  Its conserved quantities are found, and their equations are
    expanded in powers of the small parameter.
    """
    from symdcrnn.limits.expansion.measures import MEASURES

    with usage_errors():
        given = {name: _power(value, one) for one in powers for name, value in [_assigned(one, "--power")]}
        measures = dict(_assigned(one, "--velocity") for one in velocities)
        for name in measures.values():
            lookup(MEASURES, name, "measure of velocities")
    if epsilon is not None and not 0.0 < epsilon < 1.0:
        raise click.UsageError(f"--epsilon is {epsilon:g}: give a number between 0 and 1")
    if fields is not None and data is None:
        raise click.UsageError("--fields are those of --data: give it too")
    from symdcrnn.data.files.formats import find_format, read_trajectory, write_trajectory
    from symdcrnn.limits.output.as_sympy import sympy_code
    from symdcrnn.limits.output.printing import text
    from symdcrnn.model import load_model

    if fields is not None:
        find_format(fields)
    check_output(output, force, (model, data), shown_by="inspect")
    check_output(fields, force, (model, data), shown_by="info")
    trajectory = None if data is None else read_trajectory(data)
    notices(() if trajectory is None else trajectory.notices)
    found = load_model(model).limit(order, small, large, epsilon, given, measures, trajectory)
    if output is not None:
        found.model().save(output)
    if fields is not None and trajectory is not None:
        write_trajectory(found.project(trajectory), fields)
    if as_json or style == "json":
        print_json(found.to_json())
    elif style == "latex":
        click.echo(found.latex())
    elif style == "sympy":
        click.echo(sympy_code(found))
    else:
        click.echo(text(found, details=not is_quiet()))


def _assigned(text: str, option: str) -> tuple[str, str]:
    name, sign, value = text.rpartition("=")
    if not sign or not name.strip() or not value.strip():
        raise click.UsageError(f"{option} has {text!r}: write a name, = and a value, such as "
                               f"{'f:<f>=1' if option == '--power' else 'v=hermite'}")
    return name.strip(), value.strip()


def _power(value: str, text: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise click.UsageError(f"--power has {text!r}: the power is a whole number, such as f:<f>=1") from None
