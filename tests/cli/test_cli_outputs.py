"""Where commands write: never over what they read, never where nothing can be written, nothing after an interrupt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from symdcrnn.cli.options import check_output
from symdcrnn.errors import InputError

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("link", [None, "symbolic", "hard"])
def test_an_input_is_never_the_output(tmp_path: Path, link: str | None) -> None:
    data = tmp_path / "data.nc"
    data.write_text("precious")
    output = data
    if link == "symbolic":
        output = tmp_path / "other.nc"
        output.symlink_to(data)
    elif link == "hard":
        output = tmp_path / "other.nc"
        output.hardlink_to(data)
    with pytest.raises(InputError, match="is read by this command and would be replaced"):
        check_output(output, True, (None, tmp_path / "missing.nc", data))
    assert data.read_text() == "precious"


@pytest.mark.parametrize("arguments", [
    "fit data.nc -o data.nc --force",
    "fit other.nc -o data.nc --force",
    "fit other.nc --config data.nc -o data.nc --force",
    "simulate model.json data.nc -o data.nc --force",
    "report model.json data.nc -o data.nc --force",
    "report data.nc -o data.nc --force",
    "plot data.nc -o data.nc --force",
])
def test_no_command_replaces_what_it_reads(command: Command, tmp_path: Path, arguments: str) -> None:
    (tmp_path / "data.nc").write_text("precious")
    (tmp_path / "other.nc").symlink_to("data.nc")
    done = command(tmp_path, *arguments.split())
    assert done.returncode == 1
    assert done.stderr == ("Error: data.nc is read by this command and would be replaced: choose another name for the "
                           "output\n")
    assert (tmp_path / "data.nc").read_text() == "precious"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder that nobody can write to")
@pytest.mark.parametrize("arguments", [
    "fit missing.nc -o /proc/x.json", "generate transport -o /proc/x.nc", "report missing.json -o /proc/x.html",
    "simulate missing.json missing.nc -o /proc/x.nc", "plot missing.json -o /proc/x.png",
])
def test_a_folder_that_cannot_be_written_to_is_refused_before_any_work(
    command: Command, tmp_path: Path, arguments: str
) -> None:
    done = command(tmp_path, *arguments.split())
    assert done.returncode == 1
    assert done.stderr.startswith("Error: nothing can be written in the folder /proc (")
    assert len(done.stderr.splitlines()) == 1


def test_a_check_leaves_nothing(tmp_path: Path) -> None:
    check_output(tmp_path / "new.json", False)
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_not_replaced() -> None:
    with pytest.raises(InputError, match="/dev/null is a device"):
        check_output(Path("/dev/null"), True)


def searched(folder: Path) -> str:
    """A path of modules that begins with a folder; the current one is not searched."""
    return os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH", ""))))


@pytest.mark.parametrize("module", ["click", "sympy"])
def test_an_interrupt_while_modules_are_imported_is_one_line(process: Command, tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text("raise KeyboardInterrupt\n")
    done = process(tmp_path, "fit", "data.nc", "--threads", "1", PYTHONPATH=searched(tmp_path))
    assert done.returncode == 1
    assert done.stderr.strip() == "Error: interrupted: nothing was written"


INTERRUPTED_IN_A_DESTRUCTOR = """
import os, signal, time
class Lost:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
Lost()
time.sleep(5)
"""

INTERRUPTED_IN_THE_START_OF_A_LIBRARY = """
import os, signal, time
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(1)
except KeyboardInterrupt:
    raise ImportError("initialization failed") from None
"""


@pytest.mark.parametrize("module", [INTERRUPTED_IN_A_DESTRUCTOR, INTERRUPTED_IN_THE_START_OF_A_LIBRARY])
def test_an_interrupt_that_gets_lost_ends_the_command_all_the_same(tmp_path: Path, module: str) -> None:
    (tmp_path / "sympy.py").write_text(module)
    # What is started in the background ignores interrupts, and so does all that it starts.
    done = subprocess.run([sys.executable, "-m", "symdcrnn", "fit", "data.nc", "--threads", "1"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=120,
                          env={**os.environ, "PYTHONPATH": searched(tmp_path)},
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    assert done.returncode == 1
    assert done.stderr.strip() == "Error: interrupted: nothing was written"
