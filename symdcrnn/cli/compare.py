"""``symdcrnn compare``: several methods on the same data and words."""

from __future__ import annotations

from pathlib import Path

import click

from symdcrnn.cli.options import json_option, names, notices, print_json, progress_report

METHOD_NAMES = "dcrnn, lasso, stridge, ms-hdl, pinn, pinn-expansion"

HELP = f"""Find one equation by several methods and set them side by side.

Methods are {METHOD_NAMES}. All have the same data and the same words, those that the networks reach; pinn has to
be told the terms. Settings of the other methods are searched for. Where the file carries its exact equation that
chooses them, which flatters them; elsewhere the residual on the last fifth of the frames does.
"""


@click.command(name="compare", help=HELP, epilog="Example: symdcrnn compare data.nc --equation g --methods dcrnn,lasso")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--equation", "target", required=True, metavar="FIELD", help="The field whose equation is sought.")
@click.option("--methods", callback=names, default="dcrnn,lasso,stridge", show_default=True, metavar="NAMES",
              help="Methods, separated by commas.")
@click.option("--layers", type=int, default=2, show_default=True, help="K, layers of each network.")
@click.option("--scales", type=int, default=2, show_default=True, help="M, the highest power of 1/epsilon.")
@json_option
def compare_command(
    data: Path, target: str, methods: tuple[str, ...], layers: int, scales: int, as_json: bool
) -> None:
    """Read the file, run the methods one after the other, print a table."""
    from symdcrnn.comparison.methods import compare
    from symdcrnn.data.formats import read_trajectory
    from symdcrnn.training.settings import FitSettings

    trajectory = read_trajectory(data)
    notices(trajectory.notices)
    with progress_report() as progress:
        found = compare(trajectory, target, methods, FitSettings(layers=layers, scales=scales), progress)
    if as_json:
        print_json({one.method: one.to_dict() for one in found})
        return
    click.echo(f"{'method':<15} {'error %':>10} {'with spurious':>14} {'words':>6} {'seconds':>8} {'MiB':>7}  settings")
    for one in found:
        numbers = ["-" if value is None else f"{value:.3g}" for value in (one.error, one.error_with_spurious)]
        memory = "-" if one.memory is None else f"{one.memory:.0f}"
        click.echo(f"{one.method:<15} {numbers[0]:>10} {numbers[1]:>14} {len(one.coefficients):>6} {one.seconds:>8.1f} "
                   f"{memory:>7}  {one.settings}")
    click.echo()
    for one in found:
        click.echo(f"{one.method:<15} {one.equation(target)}")
