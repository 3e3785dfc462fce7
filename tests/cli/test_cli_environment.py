"""Where the command is run: a folder that is gone, too little memory to load libraries, no home, texts in ASCII."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="removes current folders, and limits memory, on Linux")

GONE = "import os, sys, runpy; os.chdir(sys.argv.pop(1)); os.rmdir(os.getcwd()); sys.path[0] = ''; " \
       "runpy.run_module('symdcrnn', run_name='__main__', alter_sys=True)"


def from_removed_folder(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    gone = folder / "gone"
    gone.mkdir()
    paths = os.pathsep.join(str(Path(one).resolve()) for one in sys.path if one)
    return subprocess.run([sys.executable, "-c", GONE, str(gone), *arguments], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": paths}, timeout=120)


def test_a_current_folder_that_was_removed(workplace: Path, tmp_path: Path) -> None:
    done = from_removed_folder(tmp_path, "info", str(workplace / "data.nc"))
    assert done.returncode == 0, done.stderr
    assert "axes" in done.stdout
    done = from_removed_folder(tmp_path, "fit", str(workplace / "data.nc"), "-o", "model.json")
    assert done.returncode == 1
    assert done.stderr == "Error: the current folder was removed: change to another one\n"


def test_too_little_memory_for_libraries(workplace: Path) -> None:
    done = subprocess.run(["bash", "-c", f"ulimit -v 45000; exec {sys.executable} -m symdcrnn info data.nc"],
                          cwd=workplace, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr == ("Error: out of memory while libraries were loaded: give the process more (ulimit -v)\n")


def test_no_home_and_nobody_who_has_one(workplace: Path, tmp_path: Path) -> None:
    nobody = "import pwd, runpy; pwd.getpwuid = lambda number: {}[number]; " \
             "runpy.run_module('symdcrnn', run_name='__main__', alter_sys=True)"
    without = {name: value for name, value in os.environ.items() if name not in ("HOME", "USER", "LOGNAME")}
    done = subprocess.run([sys.executable, "-c", nobody, "info", str(workplace / "data.nc")], cwd=tmp_path,
                          capture_output=True, text=True, env=without, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.soak
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """HDF5 would end the process after a failed write, by a signal."""
    limited = f"ulimit -f 20; exec {sys.executable} -m symdcrnn generate transport --nx 40 --steps 40 --every 4 " \
              "--first 0 --frames 8 -o data.nc"
    done = subprocess.run(["bash", "-c", limited], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("Error: data.nc: cannot be written (File too large)")
    assert list(tmp_path.iterdir()) == []
