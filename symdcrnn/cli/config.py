"""Settings of a command from a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symdcrnn.algebra.operator_files import read_toml
from symdcrnn.cli.options import option_name
from symdcrnn.errors import InputError, SettingError
from symdcrnn.given import described, real_number, whole_number
from symdcrnn.settings import BY_EQUATION, FitSettings

NOT_IN_A_FILE = ("data", "config", "show_path", "force", "as_json", "quiet", "verbose")
"""What says where to read, and how to print and write, is given on the command line."""

NAMES = {"equations": '["g", "rho"]', "operators": '["I", "v_dx", "mean"]', "optimisers": '["adam", "gauss-newton"]',
         "nonlinear": '["u^2", "u d_x u"]', "test_functions": '["t=12", "x=26"]'}
"""Settings that are lists of names, and how they are written."""

TEXTS = {"vary": '["scheme=imex-bdf2,imex-bdf4", "layers=1,2"]', "words": '["u*d_x u", "d_xx(u^2)"]',
         "library": '["poly 3, d_x 4"]', "groups": '["Q = f; <f>"]',
         "kernels": '["Q = isotropic <= 8 of f"]', "conserved": '["<f>"]', "decaying": '["<f^2>"]',
         "symmetries": '["parity"]',
         "declared": '["f decays in v"]', "variances": '["u=u_var"]',
         "axes": '["t=time", "x=pos"]', "fields": '["f=phi"]', "weights": '["w"]', "roles": '["xi=velocity"]'}
"""Other options that may be repeated, and how they are written."""

TABLES = ("axes", "fields", "weights", "roles")
"""Of these, such that may be tables as well."""


def read_config(path: Path, context: click.Context) -> dict[str, Any]:
    """Settings from a TOML file, its keys the long options with or without dashes.

    Parameters
    ----------
    path : Path
    context : click.Context
        Of the command whose options they are.

    Returns
    -------
    dict of str to object
        By the name of the parameter of the command.

    Raises
    ------
    InputError
        If the file cannot be read, or has a key or value that the command does not take.
    """
    keys = {_key(parameter): parameter for parameter in context.command.params if parameter.name not in NOT_IN_A_FILE}
    by_name = {parameter.name: parameter for parameter in keys.values()}
    found: dict[str, Any] = {}
    for key, value in read_toml(path).items():
        plain = key.replace("-", "_")
        parameter = keys.get(plain) or by_name.get(plain)
        if parameter is None:
            raise InputError(f"{path}: unknown setting {key!r}: choose from {', '.join(sorted(keys))}")
        assert parameter.name is not None
        if parameter.name in found:
            raise InputError(f"{path}: {key!r} is given twice under two names: leave out one of both")
        found[parameter.name] = _value(path, key, parameter, value, context)
    return found


def settings_of(path: Path | None, in_file: dict[str, Any], given: dict[str, Any]) -> FitSettings:
    """The settings of a file and of the command line, which come first.

    Raises
    ------
    InputError
        If what is wrong is in the file.
    click.UsageError
        If it is on the command line.
    """
    try:
        return FitSettings(**{**in_file, **given})
    except InputError as error:
        if path is not None:
            _check_alone(path, in_file)
        raise click.UsageError(option_name(error)) from None


def _check_alone(path: Path, in_file: dict[str, Any]) -> None:
    try:
        FitSettings(**in_file)
    except SettingError as error:
        raise InputError(f"{path}: {option_name(error).removeprefix('--')}") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _key(parameter: click.Parameter) -> str:
    return max(parameter.opts, key=len).lstrip("-").replace("-", "_")


def _value(path: Path, key: str, parameter: click.Parameter, value: Any, context: click.Context) -> Any:
    name = parameter.name or ""
    if name in NAMES or name in BY_EQUATION or name in TEXTS:
        listed = value.split(",") if isinstance(value, str) and name in NAMES else value
        if name in TABLES and isinstance(value, dict):
            listed = [f"{key}={item}" if isinstance(item, str) else item for key, item in value.items()]
        listed = [listed] if isinstance(listed, str) else listed
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            form = (f'["{BY_EQUATION[name].split("such as ")[1].split(",")[0]}"]' if name in BY_EQUATION
                    else {**NAMES, **TEXTS}[name])
            raise InputError(f"{path}: {key} should be a list of texts: write {key} = {form}")
        return tuple(item.strip() for item in listed)
    if name in FitSettings.__dataclass_fields__:
        return value
    plain = _as_typed(parameter, value)
    if plain is None:
        raise InputError(f"{path}: {key} is {described(value)}: write {_form(parameter)}")
    if name in ("sigma_s", "sigma_a", "source"):
        return plain
    try:
        return parameter.process_value(context, plain)
    except click.BadParameter as error:
        raise InputError(f"{path}: {key}: {error.message}") from None


def _as_typed(parameter: click.Parameter, value: Any) -> bool | str | None:
    """A value of TOML as the command line would have it; None for one that no option of that kind can have."""
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return bool(value) if isinstance(value, bool) or whole_number(value) in (0, 1) else None
    if isinstance(value, str):
        return value if value and "\0" not in value else None
    if isinstance(parameter.type, click.Path) or isinstance(value, bool):
        return None
    if isinstance(parameter.type, click.types.IntParamType):
        return None if whole_number(value) is None else str(value)
    return None if real_number(value) is None and whole_number(value) is None else str(value)


def _form(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return "true or false"
    if isinstance(parameter.type, click.Path):
        return "the name of a file as text"
    return "a whole number" if isinstance(parameter.type, click.types.IntParamType) else "text, or a number"
