"""What several tests share: a folder with data and a model, and the command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def command() -> Command:
    """Run ``symdcrnn`` with arguments in a folder; text comes back."""

    def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "symdcrnn", *arguments], cwd=folder, capture_output=True, text=True,
            env={**os.environ, **environment}, stdin=subprocess.DEVNULL, timeout=600,
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
