"""`symdcrnn generate`: data of a problem whose equation is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symdcrnn.cli.options import (
    OnceCommand,
    check_output,
    force_option,
    json_option,
    number,
    print_json,
    usage_errors,
)
from symdcrnn.cli.progress import progress_report
from symdcrnn.cli.screen import is_quiet
from symdcrnn.errors import InputError
from symdcrnn.problems import PROBLEMS, Problem


@click.group(name="generate", epilog="Example: symdcrnn generate transport --preset notebook -o data.nc")
def generate_group() -> None:
    """Solve a known problem and store its snapshots."""


def _run(problem: Problem, settings: dict[str, Any]) -> None:
    from symdcrnn.data.files.formats import find_format, write_trajectory

    output: Path = settings.pop("output")
    force, as_json = settings.pop("force"), settings.pop("as_json")
    noise, seed, known, preset = (settings.pop(name) for name in ("noise", "seed", "known", "preset"))
    find_format(output)
    check_output(output, force, shown_by="info")
    overrides = {name: value for name, value in settings.items() if value is not None}
    with usage_errors():
        posed = problem.preset(preset, **overrides)
        if noise < 0.0:
            raise InputError(f"--noise is {noise:g}: give a fraction of each field's standard deviation, such as 0.01")
    with progress_report() as progress:
        trajectory = problem.generate(
            posed, noise=noise, seed=seed, known=known, progress=lambda done, total: progress("solving", done, total)
        )
        write_trajectory(trajectory, output)
    summary = {
        "file": str(output),
        "epsilon": trajectory.epsilon,
        "frames": trajectory.frames,
        "velocities": int(trajectory.v.size),
        "points": int(trajectory.x.size),
        "dt": trajectory.dt,
        "dx": trajectory.dx,
    }
    if as_json:
        print_json(summary)
    elif not is_quiet():
        sizes = " x ".join(str(axis.size) for axis in trajectory.axes if axis.role == "space" or axis.size > 1)
        epsilon = "" if trajectory.epsilon is None else f", epsilon = {trajectory.epsilon:.6g}"
        click.echo(f"{output}: {trajectory.frames} frames of {', '.join(trajectory.field_names)} on "
                   f"{sizes} points, dt = {trajectory.dt:.6g}{epsilon}")


def _command(problem: Problem) -> click.Command:
    kinds: dict[str, dict[str, Any]] = {
        **{kind: {"callback": number, "metavar": "NUMBER"} for kind in ("number", "positive", "fraction")},
        "integer": {"type": int, "metavar": "N"},
        "expression": {"metavar": "EXPRESSION"},
        "table": {"metavar": "NUMBERS"},
    }
    options: list[click.Parameter] = [
        click.Option(["--preset"], type=click.Choice(sorted(problem.presets)), default=problem.usual,
                     show_default=True,
                     help="; ".join(f"{name}: {text}" for name, text in sorted(problem.presets.items())) + "."),
        *(click.Option([f"--{parameter.name.replace('_', '-')}", parameter.name], help=f"{parameter.help}.",
                       **kinds[parameter.kind]) for parameter in problem.parameters),
        click.Option(["--noise"], callback=number, default="0", metavar="NUMBER",
                     help="Gaussian noise, as a fraction of each field's standard deviation."),
        click.Option(["--seed"], type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the noise."),
        click.Option(["--known"], is_flag=True,
                     help="Store the coefficient functions, so that a fit takes them as known."),
        click.Option(["-o", "--output"], type=click.Path(path_type=Path), required=True,
                     help="The file to write: .nc, .zarr, .npz or .mat."),
    ]
    known = any(parameter.name == "epsilon" for parameter in problem.parameters)
    example = (f"symdcrnn generate {problem.name} --preset {problem.usual}"
               f"{' --epsilon 1/256' if known else ''} -o data.nc")

    def callback(**settings: Any) -> None:
        _run(problem, settings)

    command = OnceCommand(problem.name, callback=callback, params=options, epilog=f"Example: {example}",
                            help=f"Data of the {problem.description}.",
                            short_help=f"Data of the {problem.description}.")
    return force_option(json_option(command))


for known_problem in PROBLEMS.values():
    generate_group.add_command(_command(known_problem))
