"""Engines of one machine: results in the order of the pieces."""

from __future__ import annotations

import os
import signal
import warnings

import pytest
from joblib.externals.loky import process_executor

from symdcrnn.engines.engine import ENGINES, opened
from symdcrnn.errors import InputError


def power(common: int, piece: int) -> tuple[int, int]:
    return common**piece, os.getpid()


def die(common: None, piece: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(common: None, piece: int) -> int:
    if piece == 3:
        raise InputError("piece 3 is bad")
    return piece


def leak(common: None, piece: int) -> int:
    """The worker takes itself for one that grows, and ends in good order: another one is started for it."""
    process_executor._MEMORY_LEAK_CHECK_DELAY, process_executor._MAX_MEMORY_LEAK_SIZE = 0.0, -1
    return piece


@pytest.mark.parametrize("name", list(ENGINES))
def test_results_come_in_order(name: str) -> None:
    with opened(name) as engine:
        found = list(engine.map(power, 3, list(range(20))))
        assert [value for value, _ in found] == [3**number for number in range(20)]
        assert ({process for _, process in found} == {os.getpid()}) != engine.remote
        assert list(engine.map(power, 3, [])) == []


@pytest.mark.parametrize("name", list(ENGINES))
def test_what_a_piece_refuses_is_said_at_its_turn(name: str) -> None:
    with opened(name) as engine:
        results = engine.map(refuse, None, list(range(8)))
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(InputError, match=r"^piece 3 is bad$"):
            next(results)


def test_a_process_that_dies_is_one_line() -> None:
    with opened("processes") as engine:
        with pytest.raises(InputError, match="worker processes died"):
            list(engine.map(die, None, [1]))
        assert [value for value, _ in engine.map(power, 2, [1, 2])] == [2, 4]


def test_workers_that_end_are_replaced_where_warnings_are_errors() -> None:
    """As loky warns of it in the thread that hands results on, an error there would leave everybody waiting."""
    with opened("processes") as engine, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(engine.map(leak, None, list(range(8)))) == list(range(8))
