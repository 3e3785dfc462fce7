"""What a shell may complete: names of schemes and optimisers, and the fields and letters of the file that is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from symdcrnn.errors import InputError

if TYPE_CHECKING:
    from symdcrnn.algebra.phase_space import PhaseSpace
    from symdcrnn.data.trajectory import Trajectory

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
"""What click calls with the text so far."""


def one_of(names: Iterable[str], files: bool = False) -> Complete:
    """One of some names, or also a file where no name begins as the text does."""
    listed = tuple(names)

    def complete(context: click.Context, parameter: click.Parameter, text: str) -> list[CompletionItem]:
        found = [CompletionItem(name) for name in listed if name.startswith(text)]
        return found or ([CompletionItem(text, type="file")] if files else [])

    return complete


def optimisers(context: click.Context, parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """Optimisers of the networks, with commas between them."""
    from symdcrnn.networks.optimisers import OPTIMISERS

    return _last_of(OPTIMISERS, text)


def methods(context: click.Context, parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """Methods of `symdcrnn compare`, with commas between them."""
    from symdcrnn.comparison.methods import METHODS

    return _last_of(METHODS, text)


def fields(context: click.Context, parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """Fields of the data or the model, with commas between them."""
    return _last_of(_fields(_given(context)), text)


def field(context: click.Context, parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """One field of the data or the model."""
    return [CompletionItem(name) for name in _fields(_given(context)) if name.startswith(text)]


def letters(context: click.Context, parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """The letters that the data has, or those of the paper where no file is given, with commas between them."""
    from symdcrnn.algebra.operators import OPERATORS

    space = _space(_given(context))
    return _last_of(OPERATORS if space is None else space.operators, text)


def _last_of(names: Iterable[str], text: str) -> list[CompletionItem]:
    before, comma, last = text.rpartition(",")
    taken = before.split(",")
    return [CompletionItem(f"{before}{comma}{name}") for name in names if name.startswith(last) and name not in taken]


def _given(context: click.Context) -> Path | None:
    """The first file on the command line.

    click leaves arguments unread where the last option still lacks its value; what is left of them is in the context.
    """
    read = (context.params.get(name) for name in ("data", "model", "file"))
    for one in (*(value[0] if isinstance(value, tuple) and value else value for value in read), *context.args):
        if one and Path(one).exists():
            return Path(one)
    return None


def _fields(path: Path | None) -> tuple[str, ...]:
    if path is not None and path.suffix == ".json":
        from symdcrnn.model import load_model

        try:
            return tuple(equation.target for equation in load_model(path).equations)
        except InputError:
            return ()
    header = _header(path)
    return () if header is None else header.field_names


def _space(path: Path | None) -> PhaseSpace | None:
    from symdcrnn.regression.dictionary import space_of

    header = _header(path)
    try:
        return None if header is None else space_of(header)
    except InputError:
        return None


def _header(path: Path | None) -> Trajectory | None:
    """What a file has beside values where that can be read by itself; None for what is no file of snapshots."""
    from symdcrnn.data.files.formats import read_named
    from symdcrnn.data.files.stored import DEFAULT_MEMORY, open_named
    from symdcrnn.data.foreign.naming import naming_of

    if path is None:
        return None
    naming = naming_of()
    try:
        return open_named(path, None, DEFAULT_MEMORY, naming).header
    except InputError:
        pass
    try:
        return read_named(path, None, naming)
    except InputError:
        return None
