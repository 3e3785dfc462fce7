"""Contenders in processes of their own, timed in turns: A B C A B C ..., so that a busy machine is busy for all."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = Path(__file__).parent
THREADS = 2


@dataclass(frozen=True)
class Contender:
    """Who runs on what.

    Parameters
    ----------
    name : str
        A key of `contenders.CONTENDERS`.
    folder : Path
        Of the data.
    options : mapping
        Such as ``norm``; ``warm_up`` is how often it runs before it is timed.
    threads : int
    label : str
        How it is called in the table, if not by its name.
    """

    name: str
    folder: Path
    options: Mapping[str, Any]
    threads: int = THREADS
    label: str = ""

    @property
    def key(self) -> str:
        return self.label or self.name


@dataclass
class Measured:
    """What a contender took: seconds of a run in every turn, MB resident before the data were read and at most."""

    seconds: list[float] = field(default_factory=list)
    base: float = float("nan")
    peak: float = float("nan")
    found: Any = None

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class SideBySide:
    """Contenders that are ready to run; used by ``with``."""

    def __init__(self, contenders: Sequence[Contender]) -> None:
        self.contenders = tuple(contenders)
        self.measured = {one.key: Measured() for one in contenders}
        self._processes: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> SideBySide:
        try:
            for one in self.contenders:
                self._processes[one.key] = _start(one)
                ready = self._read(one.key)
                self.measured[one.key].base, self.measured[one.key].found = ready["base"], ready["found"]
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def turn(self) -> None:
        """A turn of every contender."""
        for key, process in self._processes.items():
            assert process.stdin is not None
            process.stdin.write("run\n")
            process.stdin.flush()
            answer = self._read(key)
            self.measured[key].seconds.append(answer["seconds"])
            self.measured[key].peak = answer["peak"]
            self.measured[key].found = answer["found"]

    def close(self) -> None:
        """End all processes."""
        for process in self._processes.values():
            if process.stdin is not None:
                process.stdin.close()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def _read(self, key: str) -> dict[str, Any]:
        stdout = self._processes[key].stdout
        assert stdout is not None
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {key} ended: its errors are above")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _start(one: Contender) -> subprocess.Popen[str]:
    threads = str(one.threads)
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")]),
        "NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={threads}",
    }
    return subprocess.Popen([sys.executable, str(HERE / "contenders.py"), one.name, str(one.folder),
                             json.dumps(dict(one.options))], env=environment, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
