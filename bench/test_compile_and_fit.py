"""Whole processes: compile time with an empty and a filled cache, and a fit from the shell."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

BUILD = """
import sys; sys.path.insert(0, sys.argv[1])
from contenders import synthetic
from passes import kinetic_spec
from symdcrnn.kernels.runtime.bound import built
import time
made = kinetic_spec("value_and_gradient", "l2", synthetic(5, 4, 100))
start = time.perf_counter(); built(made); print(time.perf_counter() - start)
"""

FIT = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "symdcrnn", *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def run(script: str, cache: Path, *arguments: str) -> float:
    """The number that a script prints at its end."""
    environment = {**os.environ, "SYMDCRNN_CACHE_DIR": str(cache)}
    done = subprocess.run([sys.executable, "-c", script, *arguments], env=environment, check=True, capture_output=True,
                          text=True)
    return float(done.stdout.split()[-1])


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "notebook.nc"
    subprocess.run([sys.executable, "-m", "symdcrnn", "generate", "transport", "--preset", "notebook", "-o", str(path)],
                   check=True, stdout=subprocess.DEVNULL)
    return path


@pytest.mark.parametrize("cache", ["cold", "cached"])
def test_compile(benchmark: Any, tmp_path: Path, cache: str) -> None:
    benchmark.group = "a process that builds the loss-and-gradient kernel"
    folder = str(Path(__file__).parent)
    if cache == "cached":
        run(BUILD, tmp_path, folder)
    seconds = []

    def once() -> None:
        with tempfile.TemporaryDirectory() as empty:
            seconds.append(run(BUILD, tmp_path if cache == "cached" else Path(empty), folder))

    benchmark.pedantic(once, rounds=3)
    benchmark.extra_info["seconds in built()"] = sorted(seconds)[1]


@pytest.mark.parametrize("cache", ["cold", "cached"])
def test_fit_notebook(benchmark: Any, notebook: Path, tmp_path: Path, cache: str) -> None:
    benchmark.group = "symdcrnn fit, notebook preset, default settings"
    if cache == "cached":
        run(FIT, tmp_path, "fit", str(notebook))
    megabytes = []

    def once() -> None:
        with tempfile.TemporaryDirectory() as empty:
            megabytes.append(run(FIT, tmp_path if cache == "cached" else Path(empty), "fit", str(notebook)))

    benchmark.pedantic(once, rounds=3)
    benchmark.extra_info["peak memory in MB"] = max(megabytes)
