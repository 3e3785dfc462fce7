"""Option types and helpers that several commands use."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from symdcrnn.cli.screen import amount_options, is_quiet
from symdcrnn.errors import InputError, SettingError

OPTIONS = {"equations": "equation", "functions": "function", "fixed": "fix", "tied": "tie", "excluded": "exclude",
           "words": "word", "groups": "group", "kernels": "kernel", "conserved": "conserve", "decaying": "decay",
           "symmetries": "symmetry", "own_operators": "operator_file", "declared": "declare",
           "transport_stencil": "stencil", "intervals": "epsilon_intervals"}
"""Settings of a fit whose options have other names."""


def option_name(error: InputError) -> str:
    """The message of an error with a setting under the name of its option."""
    if not isinstance(error, SettingError):
        return str(error)
    return f"--{OPTIONS.get(error.setting, error.setting).replace('_', '-')} {error.problem}"


class OnceCommand(click.Command):
    """A command with --quiet and --verbose, which refuses an option that is given twice but can count only once."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.params += amount_options()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        for one in order:
            if isinstance(one, click.Option) and not (one.multiple or one.is_flag) and order.count(one) > 1:
                raise click.UsageError(f"{one.opts[-1]} is given {order.count(one)} times: give it once", ctx)
        return super().parse_args(ctx, args)


@contextmanager
def usage_errors() -> Iterator[None]:
    """Values of options that are wrong in themselves end with exit code 2."""
    try:
        yield
    except InputError as error:
        raise click.UsageError(option_name(error)) from None


def number(context: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    """Callback of options that take a number such as 1/256 or 3.9e-3."""
    from symdcrnn.data.expressions import parse_number

    if text is None:
        return None
    try:
        return parse_number(text)
    except InputError as error:
        raise click.BadParameter(str(error), context, parameter) from None


def names(context: click.Context, parameter: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    """Callback of options that take names separated by commas."""
    if text is None:
        return None
    listed = tuple(part.strip() for part in text.split(","))
    if not all(listed):
        raise click.BadParameter(f"{text!r} has an empty name: write names separated by commas", context, parameter)
    return listed


def whole_or_auto(context: click.Context, parameter: click.Parameter, text: str | None) -> int | str | None:
    """Callback of options that take a whole number, or ``auto``."""
    if text is None or text == "auto":
        return text
    try:
        return int(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is neither a whole number nor auto", context, parameter) from None


def memory_size(context: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    """Callback of options that take a size such as 2GB."""
    from symdcrnn.data.files.memory import parse_memory

    if text is None:
        return None
    try:
        return parse_memory(text)
    except InputError as error:
        raise click.BadParameter(str(error), context, parameter) from None


def check_output(
    path: Path | None, force: bool, inputs: Sequence[Path | None] = (), shown_by: str = ""
) -> None:
    """Refuse a file that cannot or must not be written, before any work is done.

    Parameters
    ----------
    path : Path or None
        What is to be written; None for nothing.
    force : bool
        Whether an existing file may be replaced.
    inputs : sequence of Path or None
        What the command reads.
    shown_by : str
        The command that shows such a file, for whoever has run this one before.

    Raises
    ------
    InputError
        If the file is one of the inputs, also through links, exists and force is not set, or its folder is missing or
        cannot be written to.
    """
    if path is None:
        return
    if path.is_dir() and path.suffix.lower() != ".zarr":
        raise InputError(f"{path} is a folder: give the name of a file")
    from symdcrnn.data.files.places import file_of

    for read in inputs:
        if read is not None and _same(path, file_of(read)):
            raise InputError(f"{path} is read by this command and would be replaced: choose another name for the "
                             "output")
    if path.exists():
        if not path.is_file() and not path.is_dir():
            raise InputError(f"{path} is a device, not a file: choose another name")
        if not force:
            looked = f"; symdcrnn {shown_by} {path} shows what is in it" if shown_by else ""
            raise InputError(f"{path} exists already: add --force to replace it, or choose another name{looked}")
    if not path.absolute().parent.is_dir():
        raise InputError(f"the folder {path.absolute().parent} does not exist: make it first")
    # What a link points to is replaced, so it is the folder there that counts.
    check_folder(Path(os.path.realpath(path)).parent)


def _same(first: Path, second: Path) -> bool:
    if os.path.realpath(first) == os.path.realpath(second):
        return True
    return first.exists() and second.exists() and first.samefile(second)


def check_folder(folder: Path) -> None:
    """Refuse a folder in which no file can be made.

    Raises
    ------
    InputError
        If a temporary file cannot be made there.
    """
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"nothing can be written in the folder {folder} ({error.strerror}): choose another one "
                         "for the output") from None


def check_threads() -> None:
    """Refuse a number of threads that numba would stumble over, or that the machine does not have.

    Raises
    ------
    InputError
        If ``NUMBA_NUM_THREADS`` is set to something else than 1 to the processors of the machine.
    """
    text = os.environ.get("NUMBA_NUM_THREADS")
    machine = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    if text and not (text.isdecimal() and 1 <= int(text) <= machine):
        raise InputError(f"NUMBA_NUM_THREADS is {text!r}: set it to a whole number from 1 to {machine}, the "
                         "processors of this machine, or unset it")


def print_json(content: Any) -> None:
    """One JSON object on stdout."""
    click.echo(json.dumps(content, indent=2, allow_nan=False))


def notices(lines: tuple[str, ...]) -> None:
    """What was put right in the data, on stderr."""
    for line in () if is_quiet() else lines:
        click.echo(f"Note: {line}", err=True)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout.")
force_option = click.option("--force", is_flag=True, help="Replace the output file if it exists.")
