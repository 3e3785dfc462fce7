"""`symdcrnn plot`: pictures of data, of a model, and of both together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symdcrnn.cli.fitting import known_values
from symdcrnn.cli.options import (
    OnceCommand,
    check_folder,
    check_output,
    force_option,
    json_option,
    names,
    notices,
    print_json,
)
from symdcrnn.cli.progress import progress_report
from symdcrnn.cli.reading import read_file, reading_options
from symdcrnn.cli.screen import is_quiet
from symdcrnn.errors import InputError

NAMES = ("data", "coefficients", "functions", "path", "network", "rates", "residual", "spectrum", "collinearity",
         "forecast")


@click.command(cls=OnceCommand, name="plot", epilog="Example: symdcrnn plot model.json data.nc -o pictures")
@click.argument("source", type=click.Path(path_type=Path), metavar="MODEL|DATA")
@click.argument("data", type=click.Path(path_type=Path), required=False)
@click.option("--what", callback=names, metavar="NAMES",
              help=f"Of {', '.join(NAMES)}. [default: all that there is something to draw of]")
@click.option("--equation", metavar="FIELD", help="Of which equation. [default: every one]")
@click.option("--sigma-s", metavar="EXPRESSION", help="Known scattering coefficient, as the fit was told.")
@click.option("--sigma-a", metavar="EXPRESSION", help="Known absorption coefficient, as the fit was told.")
@click.option("--source", "known_source", metavar="EXPRESSION", help="Known source, as the fit was told.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True,
              help="A folder for several pictures, or a file for one: .png, .pdf or .svg.")
@reading_options
@force_option
@json_option
def plot_command(source: Path, data: Path | None, what: tuple[str, ...] | None, equation: str | None,
                 sigma_s: str | None, sigma_a: str | None, known_source: str | None, output: Path, force: bool,
                 as_json: bool, **reading: Any) -> None:
    """Draw data, a model, and how both fit together.

    MODEL is a file that `symdcrnn fit -o` has written. With DATA beside it there are also its residuals and a
    forecast; a file of snapshots alone is drawn as it is.
    """
    from symdcrnn.data.units import in_units
    from symdcrnn.model import load_model
    from symdcrnn.plots import draw_pictures
    from symdcrnn.report.pictures.canvas import check_picture, write_picture

    for name in what or ():
        if name not in NAMES:
            raise click.UsageError(f"--what has {name!r}: choose from {', '.join(NAMES)}")
    single = output.suffix != ""
    if single:
        check_output(output, force, (source, data))
        check_picture(output)
    else:
        _check_folder(output)
    with progress_report() as progress:
        progress("reading")
        model = load_model(source) if source.suffix == ".json" else None
        if model is None and data is not None:
            raise InputError(f"{source} is no model: give the model first and then the data, or the data alone")
        path = source if model is None else data
        trajectory = None if path is None else read_file(path, reading)
        if trajectory is not None:
            trajectory = trajectory if model is None else in_units(trajectory, model.data.units)
            notices(trajectory.notices)
        given = {"sigma_s": sigma_s, "sigma_a": sigma_a, "source": known_source}
        expressions = {name: text for name, text in given.items() if text is not None}
        known = {} if trajectory is None else known_values(expressions, trajectory)
        progress("drawing")
        drawn, left_out = draw_pictures(model, trajectory, what, equation, known)
        notices(tuple(f"left out {name}: {reason}" for name, reason in left_out.items()))
        if single and len(drawn) > 1:
            raise InputError(f"there are {len(drawn)} pictures, {', '.join(drawn)}: choose one with --what and "
                             "--equation, or give a folder")
        files = {name: output if single else output / f"{name}.png" for name in drawn}
        if not single:
            output.mkdir(exist_ok=True)
        for file in files.values():
            check_output(file, force, (source, data))
        for name, file in files.items():
            write_picture(drawn[name], file)
    if as_json:
        print_json({"pictures": {name: str(file) for name, file in files.items()}})
    elif not is_quiet():
        for file in files.values():
            click.echo(str(file))


def _check_folder(path: Path) -> None:
    """Refuse a folder that cannot be made or written to."""
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file: give the name of a folder, or of a picture such as {path}.png")
    if not path.absolute().parent.is_dir():
        raise InputError(f"the folder {path.absolute().parent} does not exist: make it first")
    check_folder(path if path.exists() else path.absolute().parent)
