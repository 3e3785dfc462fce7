"""``symdcrnn compare``: several methods on the same data and words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from symdcrnn.cli.completion import field, letters, methods, one_of
from symdcrnn.cli.fitting import parse_window, scheme_name
from symdcrnn.cli.options import (
    OnceCommand,
    check_output,
    force_option,
    json_option,
    names,
    notices,
    print_json,
    usage_errors,
)
from symdcrnn.cli.progress import progress_report
from symdcrnn.cli.reading import read_file, reading_options
from symdcrnn.schemes.table import ALL_SCHEMES, WEAK
from symdcrnn.settings import AUTO

METHOD_NAMES = ("dcrnn", "lasso", "stridge", "ms-hdl", "pinn", "pinn-expansion")

HELP = f"""Find one equation by several methods and set them side by side.

Methods are {', '.join(METHOD_NAMES)}. All have the same data and the same words, those that the networks reach; pinn
has to be told the terms. Settings of the other methods are searched for. Where the file carries its exact equation
that chooses them, which flatters them; elsewhere the residual on the last fifth of the frames does.
"""


def method_names(context: click.Context, parameter: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    """Callback of the names of methods, separated by commas."""
    listed = names(context, parameter, text)
    for name in listed or ():
        if name not in METHOD_NAMES:
            raise click.BadParameter(f"unknown method {name!r}: choose from {', '.join(METHOD_NAMES)}", context,
                                     parameter)
    return listed


@click.command(cls=OnceCommand, name="compare", help=HELP,
               epilog="Example: symdcrnn compare data.nc --equation g --methods dcrnn,lasso")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--equation", "target", required=True, metavar="FIELD", shell_complete=field,
              help="The field whose equation is sought.")
@click.option("--methods", callback=method_names, default="dcrnn,lasso,stridge", show_default=True, metavar="NAMES",
              shell_complete=methods, help="Methods, separated by commas.")
@click.option("--operators", callback=names, default="I,v_dx,mean", show_default=True, metavar="NAMES",
              shell_complete=letters, help="Of I, v_dx, mean, d_x, d_xx.")
@click.option("--layers", type=int, default=2, show_default=True, help="K, layers of each network.")
@click.option("--scales", type=int, default=2, show_default=True, help="M, the highest power of 1/epsilon.")
@click.option("--scheme", callback=scheme_name, default="auto", show_default=True, metavar="NAME",
              shell_complete=one_of((AUTO, WEAK, *ALL_SCHEMES), files=True),
              help="Time scheme of dcrnn, as of `symdcrnn fit`; the other methods search for theirs.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of dcrnn's starts.")
@click.option("--frames", metavar="FIRST:COUNT[:STRIDE]", help="Use a window of frames only.")
@reading_options
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write what --json prints to this file as well.")
@force_option
@json_option
def compare_command(
    data: Path, target: str, methods: tuple[str, ...], operators: tuple[str, ...], layers: int, scales: int,
    scheme: str, seed: int, frames: str | None, output: Path | None, force: bool, as_json: bool, **reading: Any
) -> None:
    """Read the file, run the methods one after the other, print a table."""
    from symdcrnn.algebra.operators import find_operator
    from symdcrnn.comparison.methods import compare
    from symdcrnn.data.files.atomic import replacing
    from symdcrnn.settings import FitSettings

    check_output(output, force, (data,))
    with usage_errors():
        for name in operators:
            find_operator(name)
        settings = FitSettings(operators=operators, layers=layers, scales=scales, scheme=scheme, seed=seed)
    window = parse_window(frames) if frames is not None else None
    trajectory = read_file(data, reading)
    notices(trajectory.notices)
    if window is not None:
        trajectory = trajectory.select(*window)
    with progress_report() as progress:
        found = compare(trajectory, target, methods, settings, progress)
    content = {one.method: one.to_dict() for one in found}
    if output is not None:
        with replacing(output) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    if as_json:
        print_json(content)
        return
    click.echo(f"{'method':<15} {'error %':>10} {'with spurious':>14} {'terms':>6} {'seconds':>8} {'MiB':>7}  settings")
    for one in found:
        numbers = ["-" if value is None else f"{value:.3g}" for value in (one.error, one.error_with_spurious)]
        memory = "-" if one.memory is None else f"{one.memory:.0f}"
        click.echo(f"{one.method:<15} {numbers[0]:>10} {numbers[1]:>14} {len(one.coefficients):>6} {one.seconds:>8.1f} "
                   f"{memory:>7}  {one.settings}")
    click.echo()
    for one in found:
        click.echo(f"{one.method:<15} {one.equation(target)}")
