"""The settings that a sweep varies, as they are written on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from symdcrnn.cli.options import names
from symdcrnn.settings import FitSettings

FORM = "NAME=VALUE,VALUE,..."


def varied_settings(context: click.Context, texts: Sequence[str], given: Sequence[str]) -> dict[str, list[Any]]:
    """Values by the name of the setting.

    Values are separated by commas.  Of options that are lists themselves, or may be repeated, each text is one value.

    Parameters
    ----------
    context : click.Context
        Of the command whose options they are.
    texts : sequence of str
        As ``NAME=VALUE,VALUE,...``; those of one name are put together.
    given : sequence of str
        Settings that have one value for all fits.

    Raises
    ------
    click.UsageError
        If one cannot be varied, its values cannot be used, or it is given as well.
    """
    options = {_option(parameter): parameter for parameter in context.command.params
               if parameter.name in FitSettings.__dataclass_fields__}
    found: dict[str, list[Any]] = {}
    for text in texts:
        name, sign, rest = text.partition("=")
        parameter = options.get(name.strip().lstrip("-").replace("_", "-"))
        if parameter is None or parameter.name is None:
            raise click.UsageError(f"--vary {text!r}: {name.strip()!r} cannot be varied: write {FORM} with a name of "
                                   f"{', '.join(sorted(options))}", context)
        if parameter.name in given:
            raise click.UsageError(f"--{_option(parameter)} is given and varied: leave out one of both", context)
        if not sign or not (rest.strip() or parameter.multiple):
            raise click.UsageError(f"--vary {text!r} has no values: write {FORM}", context)
        whole = parameter.multiple or parameter.callback is names
        values = [_value(context, parameter, part.strip()) for part in ([rest] if whole else rest.split(","))]
        listed = found.setdefault(parameter.name, [])
        for value in values:
            if value in listed:
                raise click.UsageError(f"--vary has {label(value)!r} of {_option(parameter)} twice: give each value "
                                       "once", context)
            listed.append(value)
    return found


def label(value: Any) -> str:
    """A value of a setting in one word."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def option_of(context: click.Context, name: str) -> str:
    """The long option of a setting, without its dashes."""
    return next(_option(parameter) for parameter in context.command.params if parameter.name == name)


def _option(parameter: click.Parameter) -> str:
    return max(parameter.opts, key=len).lstrip("-")


def _value(context: click.Context, parameter: click.Parameter, text: str) -> Any:
    value: str | tuple[str, ...] = text
    if parameter.multiple:
        value = (text,) if text else ()
    try:
        return parameter.process_value(context, value)
    except click.BadParameter as error:
        raise click.UsageError(f"--vary {_option(parameter)}: {error.message}", context) from None
