"""How a file is read: options of every command that reads data."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symdcrnn.cli.options import usage_errors
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    from symdcrnn.data.foreign.naming import Naming
    from symdcrnn.data.trajectory import Trajectory

OPTIONS_OF_READING: tuple[Callable[[Any], Any], ...] = (
    click.option("--axis", "axes", multiple=True, metavar="AXIS=NAME,...",
                 help="What axes are called in the file, such as t=time,x=pos; or their points as a range with both "
                      "ends, x=0:1:101. May be repeated."),
    click.option("--field", "fields", multiple=True, metavar="FIELD=NAME,...",
                 help="What fields are called in the file, such as f=phi, or just phi, and their axes where sizes do "
                      "not tell them, u(x,t)=usol; other variables that change in time are left out then. May be "
                      "repeated."),
    click.option("--weights", multiple=True, metavar="[AXIS=]NAME,...",
                 help="What quadrature weights are called in the file, such as w, or v=w_v,mu=w_mu."),
    click.option("--role", "roles", multiple=True, metavar="AXIS=ROLE,...",
                 help="space, velocity or index, of axes whose names do not tell, such as xi=velocity. May be "
                      "repeated."),
    click.option("--series", is_flag=True, default=None,
                 help="The files are frames of one trajectory, in the order of their times; names of files may have * "
                      "and ?."),
    click.option("--periodic/--not-periodic", default=None, help="Whether x is periodic, whatever the file says."),
)

NAMES_OF_READING = ("axes", "fields", "weights", "roles", "series", "periodic")
"""The parameters of commands that these options are."""


def reading_options(command: Any) -> Any:
    """A command with all options that say how a file is read."""
    return reduce(lambda made, option: option(made), reversed(OPTIONS_OF_READING), command)


def naming_from(options: Mapping[str, Any], beside: tuple[str, ...] = ()) -> Naming:
    """What the options say of names.

    Parameters
    ----------
    options : mapping of str to object
        Texts by parameter; others are not looked at.
    beside : tuple of str
        Variables that are wanted as well.

    Raises
    ------
    click.UsageError
        Naming the option that is written in another way.
    """
    from symdcrnn.data.foreign.naming import axes_in, fields_in, names_in, naming_of

    texts = {name: options.get(name) or () for name in ("axes", "fields", "weights", "roles")}
    with usage_errors():
        with _said_by("--axis"):
            axes = axes_in(texts["axes"])
        with _said_by("--field"):
            fields = fields_in(texts["fields"])
        with _said_by("--weights"):
            weights = names_in(texts["weights"], "NAME, such as w, or AXIS=NAME, such as v=w_v")
        with _said_by("--role"):
            roles = names_in(texts["roles"], "AXIS=ROLE, such as xi=velocity")
        single = len(weights) == 1 and all("=" not in text for text in texts["weights"])
        return naming_of(axes, fields, next(iter(weights)) if single else weights, roles, beside)


@contextmanager
def _said_by(option: str) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise InputError(f"{option} {error}") from None


def read_file(path: Path, options: Mapping[str, Any]) -> Trajectory:
    """A trajectory in memory, read as the options say; of a series, the files of a pattern.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from symdcrnn.data.files.formats import read_named

    if options.get("series"):
        from symdcrnn.data.files.series import files_of, read_series_named

        return read_series_named(files_of([path]), options.get("periodic"), naming_from(options))
    return read_named(path, options.get("periodic"), naming_from(options))


def reading_text(options: Mapping[str, Any]) -> list[str]:
    """The options as they are written on a command line."""
    said = {"axis": "axes", "field": "fields", "weights": "weights", "role": "roles"}
    listed = [f"--{option} {shlex.quote(text)}" for option, name in said.items() for text in options.get(name) or ()]
    periodic = options.get("periodic")
    listed += ["--series"] * bool(options.get("series"))
    return [*listed, *([] if periodic is None else ["--periodic" if periodic else "--not-periodic"])]
