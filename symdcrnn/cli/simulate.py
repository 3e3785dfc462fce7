"""`symdcrnn simulate`: a forecast by learned equations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symdcrnn.cli.options import (
    OnceCommand,
    check_output,
    force_option,
    json_option,
    notices,
    number,
    print_json,
)
from symdcrnn.cli.progress import progress_report
from symdcrnn.cli.reading import read_file, reading_options
from symdcrnn.cli.screen import is_quiet

METHODS = ("auto", "RK45", "DOP853", "LSODA", "BDF", "Radau", "imex-ars222", "imex-ars443")


@click.command(cls=OnceCommand, name="simulate", epilog="Example: symdcrnn simulate model.json data.nc -o forecast.nc")
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True,
              help="The file of the forecast: .nc, .zarr, .npz or .mat. IMEX schemes write .zarr as they go.")
@click.option("--from-frame", type=click.IntRange(min=0), default=0, show_default=True,
              help="The frame of the data to start from.")
@click.option("--steps", type=click.IntRange(min=1), help="Frames to compute. [default: as many as the data has]")
@click.option("--until", callback=number, metavar="TIME", help="The time to reach, instead of --steps.")
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True,
              help="Solver of scipy, or an IMEX scheme with steps of --dt, which solves for words that are linear and "
                   "local in space; auto takes RK45, or BDF where the equations are stiff.")
@click.option("--rtol", callback=number, default="1e-7", show_default=True, metavar="NUMBER",
              help="Tolerance of each step relative to the size of each field; IMEX schemes have none.")
@click.option("--dt", callback=number, metavar="TIME",
              help="The longest step of an IMEX scheme. [default: the time between frames]")
@click.option("--boundary", multiple=True, metavar="AXIS=CONDITION",
              help="What holds at the walls of an axis: inflow, vacuum, reflecting or periodic; both ends as "
                   "x=inflow:vacuum. 'x=inflow exp(-v^2)' says what comes in, the data does otherwise; 'x=reflecting, "
                   "m1 odd' which fields change their sign. May be repeated. [default: the data near ends that "
                   "are not periodic]")
@click.option("--walls", type=click.Choice(("points", "cells")), default="points", show_default=True,
              help="Where walls stand: at the first and last point, or half a step beyond, where points are centres of "
                   "cells.")
@click.option("--resume", is_flag=True,
              help="Go on where a march that was ended has left off, to the same bits: IMEX schemes and .zarr only.")
@click.option("--sigma-s", metavar="EXPRESSION", help="Known scattering coefficient, of x.")
@click.option("--sigma-a", metavar="EXPRESSION", help="Known absorption coefficient, of x.")
@click.option("--source", metavar="EXPRESSION", help="Known source, of x.")
@reading_options
@force_option
@json_option
def simulate_command(model: Path, data: Path, output: Path, from_frame: int, steps: int | None, until: float | None,
                     method: str, rtol: float, dt: float | None, boundary: tuple[str, ...], walls: str,
                     resume: bool, sigma_s: str | None, sigma_a: str | None, source: str | None, force: bool,
                     as_json: bool, **reading: Any) -> None:
    """March the learned equations forward in time.

    MODEL is a file that `symdcrnn fit -o` has written; DATA is a file of snapshots whose frame is the initial state.
    A field without an equation is taken from the data. Where the data has the frames that were computed, the relative
    L2 error against them is printed.
    """
    from symdcrnn.cli.fitting import known_values
    from symdcrnn.data.files.formats import find_format, write_trajectory
    from symdcrnn.data.units import in_units
    from symdcrnn.imex.forecast import IMEX_METHODS
    from symdcrnn.long_forecast import simulate_to_folder, summary
    from symdcrnn.model import load_model
    from symdcrnn.simulation import simulate

    streams = method in IMEX_METHODS and output.suffix.lower() == ".zarr"
    if resume and not streams:
        raise click.UsageError("--resume goes with an IMEX scheme and a .zarr folder")
    if steps is not None and until is not None:
        raise click.UsageError("--steps and --until do not go together")
    conditions = _boundaries(boundary)
    if walls != "points" and not conditions:
        raise click.UsageError("--walls says where those of --boundary stand: give --boundary too")
    find_format(output)
    check_output(output, force, (model, data), shown_by="info")
    learned = load_model(model)
    trajectory = in_units(read_file(data, reading), learned.data.units)
    notices(trajectory.notices)
    known = {"sigma_s": sigma_s, "sigma_a": sigma_a, "source": source}
    given = known_values({name: text for name, text in known.items() if text is not None}, trajectory)
    with progress_report() as progress:
        def marching(done: int, total: int) -> None:
            progress("marching", done, total)

        if streams:
            made = simulate_to_folder(learned, trajectory, output, from_frame, steps, until, method, given, marching,
                                      dt, resume, force, boundary=conditions,
                                      walls=walls)
        else:
            whole = simulate(learned, trajectory, from_frame, steps, until, method, rtol, given, marching, dt,
                             conditions, walls)
            write_trajectory(whole.trajectory, output)
            made = summary(whole)
    notices(tuple(f"{name} has no equation in the model: it was taken from the data" for name in made.from_data))
    content: dict[str, Any] = {
        "file": str(output),
        "frames": int(made.times.size),
        "from": float(made.times[0]),
        "to": float(made.times[-1]),
        "method": made.method,
        "steps": made.steps,
        "evaluations": made.evaluations,
        **({"boundary": conditions, "walls": walls} if conditions else {}),
        "from_data": list(made.from_data),
        "relative_error": made.total_errors,
        "relative_error_of_last_frame": {name: float(values[-1]) for name, values in made.errors.items()},
    }
    if as_json:
        print_json(content)
        return
    if not is_quiet():
        click.echo(f"{output}: {content['frames']} frames from t = {content['from']:.6g} to {content['to']:.6g} by "
                   f"{made.method}, {made.steps} steps, {made.evaluations} evaluations")
    for name, error in made.total_errors.items():
        values = made.errors[name]
        click.echo(f"  {name:<8}  relative L2 error {100.0 * error:.3g} %, {100.0 * float(values[-1]):.3g} % in the "
                   f"last of {values.size} frames")


def _boundaries(texts: tuple[str, ...]) -> dict[str, str]:
    """Conditions by axis.

    Raises
    ------
    UsageError
        If one names no axis, or an axis is named twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        axis, equals, condition = (part.strip() for part in text.partition("="))
        if not equals or not axis or axis in found:
            raise click.UsageError(f"--boundary {text!r}: write each axis once, such as --boundary x=vacuum")
        found[axis] = condition
    return found
