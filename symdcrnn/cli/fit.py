"""`symdcrnn fit`: snapshots in, equation out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symdcrnn.cli.fitting import asked_for, fit_options, known_values, read_all
from symdcrnn.cli.options import (
    OnceCommand,
    check_output,
    force_option,
    json_option,
    notices,
    print_json,
)
from symdcrnn.cli.progress import progress_report
from symdcrnn.cli.screen import is_quiet
from symdcrnn.cli.show import show_model
from symdcrnn.cli.suggestion import check_words_are_said
from symdcrnn.errors import InputError

EXAMPLE = "symdcrnn fit data.nc --equation g --scheme imex-bdf2 --layers 2 --scales 2 -o model.json"


@click.command(cls=OnceCommand, name="fit", epilog=f"Example: {EXAMPLE}")
@click.argument("data", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="DATA...")
@fit_options
@click.option("--moments", "order", type=click.IntRange(0, 32), metavar="N",
              help="Learn the equations of moments m0 to mN of f, or of the moments in the data; --word adds words to "
                   "those that such equations have.")
@click.option("--close", is_flag=True, default=None,
              help="With --moments: the last equation does without the moment beyond it, a closure by the gradient of "
                   "the moment before and its own derivatives; whether the system is symmetric hyperbolic is told.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the kernels. [default: all cores]")
@click.option("--path", "show_path", is_flag=True, help="Print how the words were chosen.")
@click.option("--checkpoint", type=click.Path(path_type=Path, dir_okay=False),
              help="Keep results in this file while the fit goes on.")
@click.option("--resume", is_flag=True, help="Go on with what --checkpoint holds, to the same bits.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Save the model to this JSON file.")
@force_option
@json_option
@click.pass_context
def fit_command(context: click.Context, /, data: tuple[Path, ...], config: Path | None, show_path: bool, force: bool,
                as_json: bool, checkpoint: Path | None, resume: bool, **options: Any) -> None:
    """Learn the equations of snapshots.

    DATA is a file of snapshots: .nc, .zarr, .npz, .mat, .h5, .npy or .csv; FILE:/GROUP is a group of one. From several
    files one equation is learned; where each has an epsilon of its own, its dependence on epsilon as well; with
    --series they are frames of one trajectory. Networks compose words of --operators; --word "u*d_x u" and
    --library "poly 3, d_x 4" give words as they are.
    """
    if resume and checkpoint is None:
        raise click.UsageError("--resume goes on with a checkpoint: say which by --checkpoint FILE")
    check_output(options["output"], force, (*data, config), shown_by="inspect")
    asked = asked_for(context, config, options)
    output, threads, scheduler = (asked.value(name) for name in ("output", "threads", "scheduler"))
    order, close = asked.value("order"), bool(asked.value("close"))
    if close and order is None:
        raise click.UsageError("--close says how --moments end: give --moments too")
    check_output(output, force, (*data, config, asked.tableau), shown_by="inspect")
    settings = asked.settings()
    try:
        with progress_report() as progress:
            progress("loading libraries")
            from symdcrnn.fitting.fit import fit
            from symdcrnn.preprocess.sources import header_of

            progress("reading data")
            trajectories = read_all(data, asked, scheduler)
            for trajectory in trajectories:
                notices(trajectory.notices)
            if threads is not None:
                use_threads(threads)
            known = [known_values(asked.known, one) for one in trajectories]
            if order is None:
                check_words_are_said(asked, header_of(trajectories[0]))
            else:
                from symdcrnn.closure.fit import moment_settings, with_hyperbolicity
                from symdcrnn.closure.moments import moment_data

                moments = moment_data(trajectories, order, close)
                trajectories = [*moments]
                own = {name: asked.value(name) for name in ("equations", "words") if asked.value(name)}
                settings = asked.settings(moment_settings(moments, order, close, own))
            model = fit(trajectories, settings, known=known, progress=progress, watch=progress.watch,
                        scheduler=scheduler, checkpoint=checkpoint, resume=resume)
            if order is not None and close:
                model = with_hyperbolicity(model, moments, order)
    except KeyboardInterrupt:
        if checkpoint is None or not checkpoint.exists():
            raise
        raise InputError(f"interrupted: the same command with --resume goes on with {checkpoint}") from None
    if output is not None:
        model.save(output)
    if as_json:
        notes = [line for trajectory in trajectories for line in trajectory.notices]
        print_json({**model.report(), "notes": list(dict.fromkeys(notes))})
    else:
        show_model(model, model.equations, show_path)
        if output is not None and not is_quiet():
            click.echo(f"\nThe model is in {output}: symdcrnn inspect {output} shows it again.")


def use_threads(threads: int) -> None:
    """Let the kernels use so many threads.

    Raises
    ------
    InputError
        If there are fewer.
    """
    from symdcrnn.kernels.pinned_numba import numba

    most = int(numba.get_num_threads())
    if threads > most:
        raise InputError(
            f"--threads is {threads}, but {most} can be used here: give at most {most}"
        )
    numba.set_num_threads(threads)
