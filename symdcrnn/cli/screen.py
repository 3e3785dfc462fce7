"""How much is printed, and in which colours: --quiet, --verbose and NO_COLOR."""

from __future__ import annotations

import os
from typing import Literal

import click

Amount = Literal["quiet", "normal", "verbose"]

KEY = "symdcrnn.amount"
"""Where the context of a command has it."""


def _set(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if not value:
        return
    name = "quiet" if parameter.name == "quiet" else "verbose"
    if context.meta.get(KEY, name) != name:
        raise click.UsageError("--quiet and --verbose are given: give one of both", context)
    context.meta[KEY] = name


def amount_options() -> list[click.Option]:
    """--quiet and --verbose, which every command has."""
    return [
        click.Option(["-q", "--quiet"], is_flag=True, expose_value=False, callback=_set,
                     help="Print the result alone: no notes, no progress, no details."),
        click.Option(["-v", "--verbose"], is_flag=True, expose_value=False, callback=_set,
                     help="Print all details, and each stage on stderr."),
    ]


def is_quiet() -> bool:
    """Whether the result alone is to be printed."""
    return _amount() == "quiet"


def is_verbose() -> bool:
    """Whether all details are to be printed."""
    return _amount() == "verbose"


def _amount() -> Amount:
    context = click.get_current_context(silent=True)
    found: Amount = "normal" if context is None else context.meta.get(KEY, "normal")
    return found


def say(text: str, err: bool = False, fg: str | None = None, bold: bool | None = None) -> None:
    """Print a line; in colour on a terminal, unless ``NO_COLOR`` is set.

    Parameters
    ----------
    text : str
    err : bool
        Whether to stderr.
    fg : str, optional
        The colour of the letters.
    bold : bool, optional
    """
    plain = os.environ.get("NO_COLOR") or (fg is None and not bold)
    click.echo(text if plain else click.style(text, fg=fg, bold=bold), err=err)
