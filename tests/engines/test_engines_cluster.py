"""A real Dask cluster on this machine: the same bits as in this process, also when a worker is killed in the middle."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import symdcrnn
from symdcrnn import InputError
from symdcrnn.engines import cluster as of_dask
from symdcrnn.engines.cluster import mapping
from symdcrnn.engines.engine import opened
from symdcrnn.preprocess import frame_chunks as blocks

distributed = pytest.importorskip("distributed")

SETTINGS: dict[str, Any] = {"equations": "g", "layers": 1, "starts": 1, "scheme": "imex-bdf2", "bootstrap": 6}


def twice(common: int, piece: int) -> int:
    time.sleep(0.02)
    return common * piece


def die_once(marker: str, piece: int) -> int:
    """The process is killed at its third piece, the first time that it comes to it."""
    if piece == 3 and not Path(marker).exists():
        Path(marker).write_text("killed")
        os.kill(os.getpid(), signal.SIGKILL)
    return piece * piece


def fail(common: None, piece: int) -> None:
    raise InputError("this piece is bad") if piece == 1 else RuntimeError("a bug\nin two lines")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0",
                                  silence_logs=50) as made:
        yield made


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stored") / "data.nc"
    problem = symdcrnn.preset("paper", epsilon=1 / 64, nx=40, steps=1000, first=0, frames=120)
    symdcrnn.write_trajectory(symdcrnn.generate(problem), path)
    return path


def test_results_come_in_order(cluster: Any) -> None:
    with opened(cluster.scheduler_address) as engine:
        assert list(engine.map(twice, 2, list(range(30)))) == list(range(0, 60, 2))


def test_a_killed_worker_is_replaced(cluster: Any, tmp_path: Path) -> None:
    with opened(cluster.scheduler_address) as engine:
        found = list(engine.map(die_once, str(tmp_path / "marker"), list(range(8))))
    assert (tmp_path / "marker").exists()
    assert found == [number * number for number in range(8)]


@pytest.mark.soak
def test_a_fit_has_the_same_bits_though_a_worker_is_killed_in_the_middle(
    cluster: Any, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "SMALLEST_BLOCK", 2**15)
    stored = symdcrnn.open_trajectory(data, memory="600kB")
    alone = symdcrnn.fit(stored, **SETTINGS)["g"]
    killed = []

    def kill(stage: str, done: int, total: int) -> None:
        if stage == "reading blocks" and done == 1 and not killed:
            victim = next(iter(cluster.workers.values()))
            killed.append(victim.pid)
            threading.Thread(target=os.kill, args=(victim.pid, signal.SIGKILL)).start()

    shared = symdcrnn.fit(stored, scheduler=cluster.scheduler_address, progress=kill, **SETTINGS)["g"]
    assert killed
    assert shared == alone


@pytest.mark.soak
def test_intervals_and_resamples_go_to_the_cluster(cluster: Any) -> None:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 16))
    more: dict[str, Any] = {**SETTINGS, "intervals": 2, "scales": 1}
    by_default = symdcrnn.fit(trajectory, **more)["g"]
    assert symdcrnn.fit(trajectory, scheduler=cluster.scheduler_address, **more)["g"] == by_default
    assert len(by_default.network.intervals) == 2


@pytest.mark.soak
def test_a_sweep_has_the_same_equations_though_a_worker_is_killed_in_the_middle(cluster: Any, data: Path) -> None:
    stored = symdcrnn.open_trajectory(data)
    vary = {"scheme": ["imex-bdf2", "simpson", "newton-cotes8"], "intervals": [0, 2]}
    more: dict[str, Any] = {"equations": "g", "layers": 1, "starts": 1, "bootstrap": 4}
    alone = symdcrnn.sweep(stored, vary, **more)
    killed = []

    def kill(stage: str, done: int, total: int) -> None:
        if not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    shared = symdcrnn.sweep(stored, vary, scheduler=cluster.scheduler_address, progress=kill, **more)
    assert killed
    models = [one.model for one in shared]
    assert [model and model.equations for model in models] == [one.model and one.model.equations for one in alone]
    assert None not in models


def test_what_fails_on_a_worker_is_one_line(cluster: Any) -> None:
    with opened(cluster.scheduler_address) as engine:
        with pytest.raises(InputError, match=r"^this piece is bad$"):
            list(engine.map(fail, None, [1]))
        with pytest.raises(InputError, match=r"^the work on tcp://.* failed \(a bug in two lines\): look at"):
            list(engine.map(fail, None, [2]))


@dataclass(frozen=True)
class LostClient:
    """A client whose scheduler is gone: as distributed's own, it cancels what it was asked for."""

    status: str = "closed"

    def submit(self, *arguments: Any, **options: Any) -> LostClient:
        return self

    def result(self) -> None:
        raise distributed.client.FutureCancelledError("fitted-8fc36bd6", "scheduler-connection-lost", "Client lost")


def test_a_scheduler_that_is_lost_is_one_line() -> None:
    with pytest.raises(InputError, match=r"^the scheduler tcp://here:1 was lost while it worked: start it again"):
        list(mapping(LostClient(), "tcp://here:1")(twice, 2, [1]))


def test_a_scheduler_that_does_not_answer_is_one_line_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    assert of_dask.ANSWER < 10.0
    monkeypatch.setattr(of_dask, "ANSWER", 1.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(InputError, match=rf"^the scheduler tcp://127.0.0.1:{port} does not answer .*: start it with"), \
            opened(f"tcp://127.0.0.1:{port}"):
        pass
    # One that takes connections but never says a word.
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(InputError, match="does not answer"), opened(f"tcp://127.0.0.1:{silent.getsockname()[1]}"):
            pass
    assert time.monotonic() - started < 20.0
