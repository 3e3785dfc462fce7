"""What an engine is, and the table of those there are. A new engine is one new entry in `ENGINES`.

An engine only maps: it never adds results up.  The caller adds them in the order of the pieces, so the answer has the
same bits whatever the engine and however many workers it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from symdcrnn.errors import SettingError
from symdcrnn.given import described

Work = Callable[[Any, Any], Any]
"""From what all pieces have in common, and one piece, to its result; a function of a module, so that it can travel."""

ADDRESS = "://"
"""What tells the address of a scheduler from a name."""


@dataclass(frozen=True)
class Engine:
    """Where independent pieces of work are done.

    Parameters
    ----------
    name : str
        How it is named on the command line.
    map : callable
        (work, common, pieces) -> iterator of ``work(common, piece)`` in the order of the pieces.
    divided : bool
        Whether pieces are done side by side; if not, all work may be given as one piece.
    remote : bool
        Whether they are done in other processes, which do not see the memory of this one.
    spawns : bool
        Whether work that takes long but needs little data may go to processes of this machine all the same.
    """

    name: str
    map: Callable[[Work, Any, Sequence[Any]], Iterator[Any]]
    divided: bool = False
    remote: bool = False
    spawns: bool = False


def _one_by_one(work: Work, common: Any, pieces: Sequence[Any]) -> Iterator[Any]:
    return (work(common, piece) for piece in pieces)


IN_PROCESS = Engine("in-process", _one_by_one)
"""The kernels' own threads are all that there is."""

DEFAULT = Engine("default", _one_by_one, spawns=True)
"""Where none is asked for."""


def _threads() -> AbstractContextManager[Engine]:
    from symdcrnn.engines.local import threads

    return nullcontext(Engine("threads", threads, divided=True))


def _processes() -> AbstractContextManager[Engine]:
    from symdcrnn.engines.local import processes

    return nullcontext(Engine("processes", processes, divided=True, remote=True))


@contextmanager
def _dask(address: str) -> Iterator[Engine]:
    from symdcrnn.engines.cluster import connected, mapping

    with connected(address) as client:
        yield Engine(address, mapping(client, address), divided=True, remote=True)


ENGINES: dict[str, Callable[[], AbstractContextManager[Engine]]] = {
    "in-process": lambda: nullcontext(IN_PROCESS),
    "threads": _threads,
    "processes": _processes,
}
"""By name; the address of a Dask scheduler, such as tcp://localhost:8786, is an engine too."""


def opened(name: str | None) -> AbstractContextManager[Engine]:
    """The engine of that name, or behind that address, for the length of a ``with`` block; None for the default.

    Raises
    ------
    InputError
        If there is none of that name, or the scheduler does not answer.
    """
    if name is None:
        return nullcontext(DEFAULT)
    if not isinstance(name, str):
        raise SettingError("scheduler", f"is {described(name)}: choose from {', '.join(ENGINES)}, or give the address "
                           "of a Dask scheduler, such as tcp://localhost:8786")
    if ADDRESS in name:
        return _dask(name)
    if name not in ENGINES:
        raise SettingError("scheduler", f"is {name!r}: choose from {', '.join(ENGINES)}, or give the address of a Dask "
                           "scheduler, such as tcp://localhost:8786")
    return ENGINES[name]()
