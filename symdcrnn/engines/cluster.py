"""A Dask cluster as an engine: its scheduler repeats the pieces of workers that die."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from symdcrnn.engines.engine import Work
from symdcrnn.errors import InputError

ANSWER = 7.0
"""Seconds that a scheduler has to answer in, and then as many until it has a worker."""

RETRIES = 3
"""How often a piece whose worker failed is done again."""

WINDOW = 256
"""Pieces that are given out at a time, so that neither the scheduler nor this process holds all results."""


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler at an address.

    Raises
    ------
    InputError
        If the package is missing, nobody answers, or there are no workers.
    """
    try:
        import distributed
    except ImportError:
        raise InputError("a Dask scheduler needs the package distributed: pip install 'symdcrnn[cluster]'") from None
    with _quiet():
        client = _client(distributed.Client, address)
        try:
            _wait_for_workers(client, address)
            yield client
        finally:
            with suppress(OSError, TimeoutError):
                client.close(timeout=ANSWER)


@contextmanager
def _quiet() -> Iterator[None]:
    """What its loggers say of lost connections is said by one line of ours; each of them has a level of its own."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    levels = {logger: logger.level for logger in map(logging.getLogger, names)}
    for logger in levels:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


def _client(open_client: Any, address: str) -> Any:
    try:
        # A client would wait for ever for one that takes the connection and says nothing.
        with ThreadPoolExecutor(1) as asking:
            asking.submit(asyncio.run, _asked(address)).result()
        return open_client(address, timeout=ANSWER, set_as_default=False)
    except MemoryError:
        # What is no scheduler may answer with bytes that look like the length of a huge message.
        raise InputError(f"what answers at {address} is no Dask scheduler: correct the address") from None
    except (OSError, TimeoutError, asyncio.TimeoutError, ValueError) as error:
        raise InputError(f"the scheduler {address} does not answer ({_first_line(error)}): start it with `dask "
                         "scheduler`, or correct the address") from None


def _wait_for_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=ANSWER)
    except TimeoutError:
        raise InputError(f"the scheduler {address} has no workers: start some with `dask worker {address}`"
                         ) from None


async def _asked(address: str) -> None:
    from distributed.comm.core import connect

    connecting: Any = connect
    connection = await asyncio.wait_for(connecting(address, timeout=ANSWER), ANSWER)
    connection.abort()


def mapping(client: Any, address: str) -> Callable[[Work, Any, Sequence[Any]], Iterator[Any]]:
    """The map of an engine over the workers of a client."""

    def over(work: Work, common: Any, pieces: Sequence[Any]) -> Iterator[Any]:
        # Made by a task and not scattered, so that it can be made again when the worker that holds it dies.
        shared = client.submit(_same, common, pure=False, retries=RETRIES)
        given: list[Any] = [client.submit(work, shared, piece, pure=False, retries=RETRIES)
                            for piece in pieces[:WINDOW]]
        for number in range(len(pieces)):
            if number + WINDOW < len(pieces):
                piece = pieces[number + WINDOW]
                given.append(client.submit(work, shared, piece, pure=False, retries=RETRIES))
            try:
                result = given[number].result()
            except InputError:
                raise
            except Exception as error:  # whatever a worker, its machine or the connection can come up with
                if client.status != "running":
                    raise InputError(f"the scheduler {address} was lost while it worked: start it again, and do the "
                                     "same once more") from None
                raise InputError(f"the work on {address} failed ({_first_line(error)}): look at the logs of its workers"
                                 ) from None
            given[number] = None
            yield result

    return over


def _same(value: Any) -> Any:
    return value


def _first_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."
