"""A file far larger than the memory that a fit may use, and data in memory: peaks of whole processes."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import symdcrnn
from symdcrnn.engines.engine import IN_PROCESS
from symdcrnn.fitting.inputs import ansatz_of
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.phase_grid import fields_of
from symdcrnn.preprocess.stored_frames import frame_blocks
from symdcrnn.regression.bound_equation import regression_of
from symdcrnn.regression.dictionary import space_of
from symdcrnn.regression.terms import Term
from symdcrnn.schemes.multistep import SCHEMES
from symdcrnn.settings import FitSettings

FRAMES = {"small": 100, "big": 125_000}
"""Of 16 x 64 points: 1 MB and 1.1 GB."""

FIT = ("--equation", "g", "--layers", "1", "--scheme", "imex-bdf2", "--starts", "1", "--bootstrap", "10")

PEAK = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "symdcrnn", *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("big")
    for name, frames in FRAMES.items():
        problem = symdcrnn.preset("paper", epsilon=1 / 64, nx=64, dt=1e-6, every=1, steps=frames, first=0,
                                  frames=frames)
        symdcrnn.write_trajectory(symdcrnn.generate(problem), made / f"{name}.nc")
    return made


def peak(*arguments: str) -> float:
    """The largest memory of a process in MiB."""
    done = subprocess.run([sys.executable, "-c", PEAK, *arguments], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


@pytest.mark.parametrize("memory", ["300MB", "100MB", None])
def test_peak_of_a_fit(benchmark: Any, folder: Path, memory: str | None) -> None:
    benchmark.group = "symdcrnn fit, 125000 frames of 16 x 64 points, 1.1 GB"
    limit = () if memory is None else ("--memory", memory)
    # In blocks, so that it has its kernels compiled as well.
    small = ("fit", str(folder / "small.nc"), *FIT, "--scheduler", "in-process")
    peak(*small)
    base = peak(*small)
    found: list[float] = []
    benchmark.pedantic(lambda: found.append(peak("fit", str(folder / "big.nc"), *FIT, *limit)), rounds=1)
    size = (folder / "big.nc").stat().st_size / 2**20
    benchmark.extra_info["MiB above a fit of 1 MB"] = round(found[0] - base)
    benchmark.extra_info["the same over the size of the data"] = round((found[0] - base) / size, 2)


def test_rate_of_a_pass(benchmark: Any, folder: Path) -> None:
    """Bytes per second through reader and kernel, the figure that docs/scaling.md plans with."""
    stored = symdcrnn.open_trajectory(folder / "big.nc", memory="300MB")
    fields = fields_of(stored.header)
    terms = [Term(word) for word in ansatz_of(FitSettings(), fields, "g", space_of(stored.header)).words]
    regression = regression_of(SCHEMES["imex-bdf2"], fields[0], terms, frame_blocks(stored, {}, IN_PROCESS), Stencils(),
                               find_norm("l1"))
    benchmark.group = f"one pass over 1.1 GB on disk, {len(terms)} words, loss, gradient and Gram matrix"
    benchmark.pedantic(lambda: regression.evaluate(regression.start, 1e-3), rounds=2)
    size = stored.header.frames * stored.frame_bytes
    benchmark.extra_info["GB per second"] = round(size / benchmark.stats.stats.min / 1e9, 3)
    benchmark.extra_info["peak of this process in MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
