"""``symdcrnn sweep``: one data set fitted with many settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symdcrnn.cli.fitting import Asked, asked_for, fit_options, known_values, read_all, read_or_open
from symdcrnn.cli.options import (
    OnceCommand,
    check_folder,
    json_option,
    notices,
    option_name,
    print_json,
    usage_errors,
)
from symdcrnn.cli.progress import progress_report
from symdcrnn.cli.screen import is_quiet
from symdcrnn.cli.sweep_folder import SweepFolder, sweep_folder
from symdcrnn.cli.varied import FORM, label, option_of, varied_settings
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    from symdcrnn.data.files.stored import StoredTrajectory
    from symdcrnn.data.trajectory import Trajectory
    from symdcrnn.model import Model
    from symdcrnn.settings import FitSettings

Found = dict[int, "Model | str"]
"""By the number of the fit: its model, or why there is none."""

EXAMPLE = "symdcrnn sweep data.nc --vary scheme=imex-bdf2,imex-bdf4 --vary layers=1,2 --scheduler processes -o sweep"


@click.command(cls=OnceCommand, name="sweep", epilog=f"Example: {EXAMPLE}")
@click.argument("data", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="DATA...")
@click.option("--vary", multiple=True, metavar=FORM,
              help="A setting, from equation to seed, and its values; repeat it for more settings. Of options that are "
                   "lists, such as operators, or may be repeated, such as function, each --vary is one value: --vary "
                   "operators=I,v_dx --vary operators=I,v_dx,mean; and --vary function= is none.")
@fit_options
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Keep the models in this folder. The same command goes on with a sweep that was interrupted.")
@click.option("--force", is_flag=True, help="Replace another sweep in the folder.")
@json_option
@click.pass_context
def sweep_command(context: click.Context, /, data: tuple[Path, ...], vary: tuple[str, ...], config: Path | None,
                  output: Path | None, force: bool, as_json: bool, **options: Any) -> None:
    """Fit the same data with every combination of some settings.

    DATA is as for `symdcrnn fit`. A table shows what every combination gives, and below it stands which words the
    equations agree on and between what their coefficients lie. Every fit is the work of one worker of the scheduler,
    so as many run side by side as there are workers.
    """
    from symdcrnn.parameter_sweep import combinations

    asked = asked_for(context, config, {**options, "vary": vary})
    texts = asked.value("vary")
    if not texts:
        raise click.UsageError(f"nothing is varied: add --vary {FORM}")
    with usage_errors():
        varied = combinations(varied_settings(context, texts, list(asked.given)))
        points = [asked.settings(one) for one in varied]
    folder = None
    if output is not None:
        from symdcrnn.data.files.formats import checked_path
        from symdcrnn.data.files.series import files_of

        data = tuple(files_of(data)) if asked.value("series") else data
        for path in data:
            checked_path(path)
        read = {name: asked.value(name) for name in ("frames", "periodic", "memory")}
        read |= {name: list(said) if isinstance(said, tuple) else said for name, said in asked.reading.items()}
        if asked.value("variances"):
            read["variances"] = list(asked.value("variances"))
        folder = sweep_folder(output, data, {**read, **asked.known}, points)
    kept = _kept(folder, force)
    missing = [number for number in range(len(points)) if number not in kept]
    found = _fit_all(asked, data, points, missing, folder, kept) if missing else kept
    names = {name: option_of(context, name) for name in varied[0]}
    problems = {one for one in found.values() if isinstance(one, str)}
    if len(problems) == 1 and all(isinstance(one, str) for one in found.values()):
        raise InputError(problems.pop())
    if as_json:
        print_json(_content(varied, found, names, folder))
    else:
        _show(varied, found, names)
        if output is not None and not is_quiet():
            click.echo(f"\nThe models are in {output}: symdcrnn inspect shows each of them.")
    if not any(not isinstance(one, str) for one in found.values()):
        raise InputError("none of these settings gives an equation: see what each fit says")


def _kept(folder: SweepFolder | None, force: bool) -> Found:
    if folder is None:
        return {}
    if folder.path.exists() and not folder.path.is_dir():
        raise InputError(f"{folder.path} is a file: give the name of a folder")
    if not folder.path.absolute().parent.is_dir():
        raise InputError(f"the folder {folder.path.absolute().parent} does not exist: make it first")
    check_folder(folder.path if folder.path.exists() else folder.path.absolute().parent)
    try:
        return folder.kept()
    except InputError:
        if not (force and folder.replaceable):
            raise
        return {}


def _fit_all(asked: Asked, data: Sequence[Path], points: Sequence[FitSettings], missing: Sequence[int],
             folder: SweepFolder | None, kept: Found) -> Found:
    from symdcrnn.data.units import in_same_units
    from symdcrnn.engines.engine import opened
    from symdcrnn.parameter_sweep import SweepData, fits

    with opened(asked.value("scheduler")) as engine:
        sources = (tuple(read_all(data, asked, None)) if asked.value("series")
                   else in_same_units([_source(path, asked, engine.remote) for path in data]))
        for source in sources:
            notices(source.notices)
        known = [known_values(asked.known, one) for one in sources]
        found = dict(kept)
        if folder is not None:
            folder.start(found)
        try:
            with progress_report() as progress:
                progress("fits", len(found), len(points))
                results = fits(SweepData(sources, known), [points[number] for number in missing], engine)
                for number, result in zip(missing, results, strict=True):
                    found[number] = option_name(result) if isinstance(result, InputError) else result
                    if folder is not None:
                        folder.add(found, number)
                    progress("fits", len(found), len(points))
        except (KeyboardInterrupt, InputError) as error:
            if folder is None or not found:
                raise
            raise InputError(f"{error if isinstance(error, InputError) else 'interrupted'}: {len(found)} of "
                             f"{len(points)} fits are in {folder.path}, the same command goes on with the others"
                             ) from None
    return found


def _source(path: Path, asked: Asked, remote: bool) -> Trajectory | StoredTrajectory:
    """A file that workers can read themselves stays on disk; another one is read here, and travels."""
    from symdcrnn.data.files.formats import find_format

    on_disk = remote and find_format(path).open is not None
    return read_or_open(path, asked, "processes" if on_disk else None)


def _content(varied: Sequence[Mapping[str, Any]], found: Found, names: Mapping[str, str],
             folder: SweepFolder | None) -> dict[str, Any]:
    from symdcrnn.parameter_sweep import word_ranges

    listed = []
    for number, one in enumerate(varied):
        result = found[number]
        entry: dict[str, Any] = {"varied": {names[name]: value for name, value in one.items()}}
        if isinstance(result, str):
            entry["problem"] = result
        else:
            entry["report"] = result.report()
            if folder is not None:
                entry["model"] = str(folder.model_path(number))
        listed.append(entry)
    ranges = word_ranges([one for one in found.values() if not isinstance(one, str)])
    return {"fits": listed, "words": {target: {word: asdict(one) for word, one in words.items()}
                                      for target, words in ranges.items()}}


def _show(varied: Sequence[Mapping[str, Any]], found: Found, names: Mapping[str, str]) -> None:
    from symdcrnn.equation_text import format_number
    from symdcrnn.parameter_sweep import word_ranges

    rows = [["fit", *names.values(), "field", "terms", "residual", "under", "error %", "certain"]]
    problems = {}
    for number, values in enumerate(varied):
        start = [str(number + 1), *(label(value) for value in values.values())]
        result = found[number]
        if isinstance(result, str):
            rows.append([*start, *("-" for _ in rows[0][len(start):])])
            problems[number + 1] = result
            continue
        for equation in result.equations:
            error = result.errors.get(equation.target)
            words = len(equation.terms) + len(equation.functions)
            rows.append([*start, equation.target, str(words), f"{equation.residual:.3g}", equation.scheme,
                         "-" if error is None else f"{error[1]:.4g}", "yes" if equation.certain else "no"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for number, problem in problems.items():
        click.echo(f"fit {number}: {problem}", err=True)
    models = [one for one in found.values() if not isinstance(one, str)]
    for target, ranges in word_ranges(models).items():
        of = sum(any(equation.target == target for equation in model.equations) for model in models)
        click.echo(f"\nd_t {target}")
        longest = max((len(word) for word in ranges), default=0)
        for word, one in ranges.items():
            ends = dict.fromkeys((format_number(one.lowest), format_number(one.highest)))
            click.echo(f"  {word:<{longest}}  in {one.fits} of {of}  {' to '.join(ends)}")
