"""The command that fits a model, written from its settings, and the versions of what it stands on."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from symdcrnn.cli.options import names
from symdcrnn.settings import FitSettings

LIBRARIES = ("numpy", "numba", "scipy", "xarray")

if TYPE_CHECKING:
    from symdcrnn.model import Model


def fit_command_text(model: Model, data: str) -> str:
    """``symdcrnn fit data.nc --equation g ...`` with every setting that is not the default.

    Parameters
    ----------
    model : Model
    data : str
        The name of the file.
    """
    from symdcrnn.cli.fit import fit_command

    defaults, parts = FitSettings(), ["symdcrnn fit", shlex.quote(data)]
    for parameter in fit_command.params:
        value = getattr(model.settings, parameter.name or "", None)
        if isinstance(parameter, click.Option) and value != getattr(defaults, parameter.name or "", None):
            parts += _written(parameter, value)
    return " ".join(parts)


def versions() -> dict[str, str]:
    """Of this program, Python and the libraries that compute."""
    from importlib.metadata import version
    from platform import python_version

    from symdcrnn import __version__

    return {"symdcrnn": __version__, "Python": python_version(), **{name: version(name) for name in LIBRARIES}}


def _written(parameter: click.Option, value: Any) -> list[str]:
    option = max(parameter.opts, key=len)
    if parameter.is_flag:
        return [option]
    if parameter.multiple:
        return [f"{option} {shlex.quote(str(one))}" for one in value]
    text = ",".join(map(str, value)) if parameter.callback is names else str(value)
    return [f"{option} {shlex.quote(text)}"]
