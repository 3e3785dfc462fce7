"""`symdcrnn report`: a model as one HTML file."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from symdcrnn.cli.fitting import known_values
from symdcrnn.cli.options import OnceCommand, check_output, force_option, json_option, notices, print_json
from symdcrnn.cli.reading import read_file, reading_options, reading_text
from symdcrnn.cli.screen import is_quiet
from symdcrnn.cli.written import fit_command_text, versions
from symdcrnn.errors import InputError

EXAMPLE = "symdcrnn report model.json data.nc -o report.html"


@click.command(cls=OnceCommand, name="report", epilog=f"Example: {EXAMPLE}")
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path), required=False)
@click.option("--sigma-s", metavar="EXPRESSION", help="Known scattering coefficient, as the fit was told.")
@click.option("--sigma-a", metavar="EXPRESSION", help="Known absorption coefficient, as the fit was told.")
@click.option("--source", metavar="EXPRESSION", help="Known source, as the fit was told.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The HTML file.")
@reading_options
@force_option
@json_option
def report_command(model: Path, data: Path | None, sigma_s: str | None, sigma_a: str | None, source: str | None,
                   output: Path, force: bool, as_json: bool, **reading: Any) -> None:
    """Write a report of a model: its equations, how they were found, and how they fit the data.

    MODEL is a file that `symdcrnn fit -o` has written; DATA, if given, is a file of snapshots that its right-hand
    sides are compared with. The report is one file without scripts and links, pictures inside.
    """
    from symdcrnn.data.files.atomic import replacing
    from symdcrnn.data.units import in_units
    from symdcrnn.model import load_model
    from symdcrnn.report.page import Origin, report_page

    check_output(output, force, (model, data))
    loaded = load_model(model)
    trajectory = None if data is None else in_units(read_file(data, reading), loaded.data.units)
    given = {"sigma_s": sigma_s, "sigma_a": sigma_a, "source": source}
    expressions = {name: text for name, text in given.items() if text is not None}
    if trajectory is None and expressions:
        raise InputError(f"{', '.join(expressions)} is of use only with data: give a file of snapshots as well")
    known = {}
    if trajectory is not None:
        notices(trajectory.notices)
        known = known_values(expressions, trajectory)
    arguments = [str(one) for one in (model, data) if one is not None]
    said = [f"--{name.replace('_', '-')} {shlex.quote(text)}" for name, text in expressions.items()]
    own = " ".join(["symdcrnn report", *map(shlex.quote, arguments), *said, *reading_text(reading), "-o",
                    shlex.quote(str(output))])
    fitted = [fit_command_text(loaded, "DATA" if data is None else str(data))] if any(
        equation.fitted for equation in loaded.equations) else []
    text = report_page(loaded, trajectory, known, Origin((*fitted, own), versions()))
    with replacing(output) as temporary:
        temporary.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"report": str(output), "bytes": len(text.encode("utf-8"))})
    elif not is_quiet():
        click.echo(f"The report is in {output}.")
