"""What several tests share: the command line, a folder with data and a model, and kernels as Python runs them.

The folder of `in_python` can be imported from.
"""

from __future__ import annotations

import gc
import io
import os
import runpy
import shlex
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

# Two processes share the tests, and small matrices: threads of BLAS wait for each other for a fifth of the time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis
import numba
import pytest

from symdcrnn.cli.main import main
from symdcrnn.data.files.safety.rehearsal import TRUST
from symdcrnn.report.pictures import canvas

sys.path.append(str(Path(__file__).resolve().parent / "kernels"))

Command = Callable[..., subprocess.CompletedProcess[str]]

# Modules are most of what is alive here: until all are imported nothing is searched for garbage, see below.
gc.disable()

# Most files are those of the tests themselves: to have a process of its own read each of them first takes a tenth of
# the time. Tests of files of others ask for `strangers`.
os.environ[TRUST] = "1"

# The same cases in every run: what fails here fails for everybody. `--hypothesis-profile default` draws more others.
# How long a case takes is not a fault of it: coverage and busy machines are slow.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None, max_examples=30)
hypothesis.settings.load_profile("same")
# Constants of whatever modules are loaded would be in the cases of one run and not of another, and take seconds.
providers: Any = sys.modules.get("hypothesis.internal.conjecture.providers")
if hasattr(providers, "_get_local_constants"):
    providers._get_local_constants = lambda: providers._local_constants


def pytest_collection_finish() -> None:
    """Modules and tests stay: to search them, and compiled functions, for garbage takes a fifth of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    gc.enable()


def pytest_unconfigure() -> None:
    """So does what tests have left, which pytest would search five times."""
    gc.collect()
    gc.freeze()


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder for a while."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def captured(folder: Path, **environment: str) -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """What is written to stdout and stderr in a folder; threads, variables and the folder are put back."""
    threads = numba.get_num_threads()
    out, errors = io.StringIO(), io.StringIO()
    with inside(folder), mock.patch.dict(os.environ, environment), redirect_stdout(out), redirect_stderr(errors):
        try:
            yield out, errors
        finally:
            numba.set_num_threads(threads)


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read by a process of their own first, as everybody's are."""
    monkeypatch.delenv(TRUST, raising=False)


@pytest.fixture
def interpreted() -> Iterator[None]:
    """Kernels that are bound now are run by Python, which needs no compiler."""
    from in_python import in_python

    with in_python():
        yield


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are composed but not rendered, which takes most of the time; tests of pictures render them."""
    monkeypatch.setattr(canvas, "content", lambda figure, kind, dpi=canvas.DPI: b"\x89PNG\r\n\x1a\n")


@pytest.fixture(scope="session")
def command() -> Command:
    """Run ``symdcrnn`` with arguments in a folder, in this process; text comes back.

    A warning is an error here, and so ends as one that nobody has caught: with its traceback and exit code 1.
    """

    def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        code: object = 0
        with captured(folder, **environment) as (out, errors), mock.patch.object(sys, "argv", ["symdcrnn", *arguments]):
            try:
                main()
            except SystemExit as ended:
                code = ended.code or 0
            except Exception:
                traceback.print_exc()
                code = 1
        assert isinstance(code, int)
        return subprocess.CompletedProcess(["symdcrnn", *arguments], code, out.getvalue(), errors.getvalue())

    return run


@pytest.fixture(scope="session")
def block() -> Callable[[Path, str], str]:
    """Run Python text in a folder, in this process, with every warning an error; what it prints comes back."""

    def run(folder: Path, text: str) -> str:
        path = folder / "block.py"
        path.write_text(text, encoding="utf-8")
        with captured(folder) as (out, errors), warnings.catch_warnings():
            warnings.simplefilter("error")
            runpy.run_path(str(path), run_name="block")
        assert errors.getvalue() == ""
        return out.getvalue()

    return run


@pytest.fixture(scope="session")
def shell(command: Command) -> Callable[[str, Path], str]:
    """Run a script line by line, `symdcrnn` in this process; what it prints comes back."""

    def run(script: str, folder: Path) -> str:
        printed, statement = "", ""
        for line in script.replace("\\\n", " ").splitlines():
            statement += f"{line}\n"
            try:
                words = shlex.split(statement)
            except ValueError:  # a quotation that goes on
                continue
            if words[0] == "symdcrnn":
                done = command(folder, *words[1:])
            else:
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", statement], cwd=folder, capture_output=True,
                                      text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            printed, statement = printed + done.stdout, ""
        assert statement == ""
        return printed

    return run


@pytest.fixture(scope="session")
def process() -> Command:
    """Run ``symdcrnn`` with arguments in a folder, in a process of its own: for what imports, exits and signals do."""

    whoever = {name: value for name, value in os.environ.items() if name != TRUST}

    def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "symdcrnn", *arguments], cwd=folder, capture_output=True, text=True,
            env={**whoever, **environment}, stdin=subprocess.DEVNULL, timeout=600,
        )

    return run


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory, command: Command) -> Path:
    """A folder with data.nc (notebook preset) and model.json; not to be written to."""
    folder = tmp_path_factory.mktemp("workplace")
    done = command(folder, "generate", "transport", "--preset", "notebook", "--epsilon", "1/256", "-o", "data.nc")
    assert done.returncode == 0, done.stderr
    done = command(folder, "fit", "data.nc", "--equation", "g", "--scheme", "imex-bdf2", "-o", "model.json")
    assert done.returncode == 0, done.stderr
    return folder
