"""Processes that are killed at any moment: a file that they write is the old one or the new one, or is gone on with."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import symdcrnn

WORDS = ("--word", "u", "--word", "d_x u", "--word", "d_xx u")

FIT = ("fit", "u.nc", *WORDS, "--norm", "l1", "--bootstrap", "20", "--json")

SWEEP = ("sweep", "u.nc", *WORDS, "--vary", "norm=l2,l1", "--vary", "bootstrap=0,3", "-o", "swept")

REPRODUCE = ("reproduce", "table-11", "-o", "reproduced")

GENERATE = ("generate", "transport", "--nx", "40", "--steps", "40", "--every", "4", "--first", "0", "--frames", "8")

WAIT = 300.0
"""Seconds for a command."""


def prepared(folder: Path) -> Path:
    """A folder with u.nc and model.json, whose kernels are compiled."""
    x, t = 2.0 * np.pi * np.arange(48) / 48, 0.03 * np.arange(60)
    u = (1.0 / (2.0 + np.sin(x - t[:, None])) + 1.0) * np.exp(-0.5 * t[:, None])
    symdcrnn.write_trajectory(symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True), folder / "u.nc")
    done = run(folder, "fit", "u.nc", *WORDS, "-o", "model.json")
    assert done.returncode == 0, done.stderr
    return folder


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "symdcrnn", *arguments], cwd=folder, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, when it has ended."""
    with start(folder, *arguments) as process:
        out, errors = process.communicate(timeout=WAIT)
        return subprocess.CompletedProcess(arguments, process.returncode, out, errors)


def killed(folder: Path, seconds: float, *arguments: str) -> None:
    """Start the command and kill it after some time, its workers with it."""
    with start(folder, *arguments) as process:
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def plain(text: str) -> dict[str, Any]:
    """What a fit says, without the time it took."""
    return {name: value for name, value in json.loads(text).items() if name != "seconds"}


@dataclass(frozen=True)
class Killed:
    """A command that is killed, and what has to be true after that.

    Parameters
    ----------
    name : str
    prepare : callable
        Runs it as a whole, and says how long that took and what it must come to.
    once : callable
        Kills it after some seconds; the fault that is seen, or an empty text.
    """

    name: str
    prepare: Callable[[Path], tuple[float, Any]]
    once: Callable[[Path, float, Any], str]


def _fit_whole(folder: Path) -> tuple[float, Any]:
    started = time.monotonic()
    done = run(folder, *FIT)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - started, plain(done.stdout)


def _fit(folder: Path, seconds: float, expected: Any) -> str:
    path = folder / "run.ckpt"
    path.unlink(missing_ok=True)
    killed(folder, seconds, *FIT, "--checkpoint", path.name)
    if path.exists():
        killed(folder, seconds / 2.0, *FIT, "--checkpoint", path.name, "--resume")
    done = run(folder, *FIT, "--checkpoint", path.name, *(("--resume",) if path.exists() else ()))
    if done.returncode != 0:
        return f"is not gone on with: {done.stderr.strip()[-200:]}"
    return "" if plain(done.stdout) == expected else "comes to other bits"


def _writes(name: str, arguments: tuple[str, ...], read: Callable[[Path], object]) -> Killed:
    """A command that replaces a file, which must be whole at every moment."""

    def prepare(folder: Path) -> tuple[float, Any]:
        path = folder / arguments[-1]
        started = time.monotonic()
        done = run(folder, *arguments)
        assert done.returncode == 0, done.stderr
        read(path)
        return time.monotonic() - started, None

    def once(folder: Path, seconds: float, expected: Any) -> str:
        path = folder / arguments[-1]
        killed(folder, seconds, *arguments[:-2], "--force", *arguments[-2:])
        if not path.exists():
            return "the old file is gone, and there is no new one"
        try:
            read(path)
        except ValueError as error:
            return f"half a file: {error}"[:200]
        return ""

    return Killed(name, prepare, once)


def _fills(name: str, arguments: tuple[str, ...], results: Callable[[Path], Any]) -> Killed:
    """A command that goes on with what its folder holds, and must come to the same results."""
    folder_name = arguments[-1]

    def prepare(folder: Path) -> tuple[float, Any]:
        # The first time kernels are compiled.
        for _ in range(2):
            shutil.rmtree(folder / folder_name, ignore_errors=True)
            started = time.monotonic()
            done = run(folder, *arguments)
            assert done.returncode == 0, done.stderr
        return time.monotonic() - started, results(folder / folder_name)

    def once(folder: Path, seconds: float, expected: Any) -> str:
        shutil.rmtree(folder / folder_name, ignore_errors=True)
        killed(folder, seconds, *arguments)
        done = run(folder, *arguments)
        if done.returncode != 0:
            return f"is not gone on with: {done.stderr.strip()[-200:]}"
        return "" if results(folder / folder_name) == expected else "comes to other results"

    return Killed(name, prepare, once)


def _models(folder: Path) -> dict[str, Any]:
    return {path.name: plain(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("fit-*.json"))}


def _rows(folder: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """The files of items, and their rows without the time these took."""
    files = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    return files, [{key: value for key, value in row.items() if key != "seconds"}
                   for path in sorted(folder.glob("*.json"))
                   for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]


KILLED = (
    Killed("fit --checkpoint, --resume", _fit_whole, _fit),
    _writes("generate -o data.nc", (*GENERATE, "-o", "data.nc"), symdcrnn.read_trajectory),
    _writes("generate -o data.zarr", (*GENERATE, "-o", "data.zarr"), symdcrnn.read_trajectory),
    _writes("simulate -o", ("simulate", "model.json", "u.nc", "-o", "forecast.nc"), symdcrnn.read_trajectory),
    _writes("fit -o", ("fit", "u.nc", *WORDS, "-o", "again.json"), symdcrnn.load_model),
    _fills("sweep -o", SWEEP, _models),
    _fills("reproduce -o", REPRODUCE, _rows),
)


def kills(folder: Path, seconds: float, seed: int) -> Iterator[tuple[str, str]]:
    """Kill each command in turn, until the time is over; its name and the fault that is seen, or an empty text."""
    rng = random.Random(seed)
    prepared(folder)
    ready = [(one, *one.prepare(folder)) for one in KILLED]
    ends = time.monotonic() + seconds
    while True:
        for one, whole, expected in ready:
            yield one.name, one.once(folder, rng.uniform(0.3, 1.0) * whole, expected)
            if time.monotonic() > ends:
                return
