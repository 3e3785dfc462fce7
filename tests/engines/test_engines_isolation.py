"""Processes of ours run nothing of the current folder, whatever modules lie there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import symdcrnn
from symdcrnn.engines.isolation import SAFE_PATH, isolated_children, isolated_command, isolated_environment

NAMES = ("numpy", "joblib", "click", "numba", "xarray", "symdcrnn_other")

PACKAGES = str(Path(symdcrnn.__file__).resolve().parents[1])


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder whose modules write a file when they are imported."""
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'RAN')!r}, 'w').write(__name__)\n",
                                             encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_process_of_ours(hostile: Path) -> None:
    order = json.dumps({"method": "none", "settings": {}, "target": "u"})
    done = subprocess.run(isolated_command("symdcrnn.comparison.worker", [str(hostile)]), input=order, text=True,
                          capture_output=True, check=False, env=isolated_environment())
    assert done.stderr.startswith("Error: unknown method 'none'")
    assert not (hostile / "RAN").exists()


def test_the_command_as_a_module(hostile: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "symdcrnn", "info", "missing.nc"], text=True, capture_output=True,
                          check=False, env={**os.environ, "PYTHONPATH": PACKAGES})
    assert done.stderr.startswith("Error: missing.nc: there is no such file")
    assert not (hostile / "RAN").exists()


SCRIPT = """
import os, sys
from symdcrnn.engines.local import processes

def flags(common, piece):
    return sys.flags.safe_path, list(sys.path), os.environ["PYTHONWARNINGS"]

if __name__ == "__main__":
    found = list(processes(flags, None, [0, 1]))
    assert all(safe for safe, _, _ in found)
    assert all("" not in path and os.getcwd() not in path for _, path, _ in found)
    print("done")
"""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python looks there first")
def test_workers_and_what_tracks_them(hostile: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    script = tmp_path_factory.mktemp("elsewhere") / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], text=True, capture_output=True, check=False,
                          env={**os.environ, "PYTHONPATH": PACKAGES})
    assert (done.stdout, done.stderr) == ("done\n", "")
    assert not (hostile / "RAN").exists()


def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for before in (None, "0"):
        monkeypatch.delenv(SAFE_PATH, raising=False)
        if before is not None:
            monkeypatch.setenv(SAFE_PATH, before)
        with isolated_children():
            assert os.environ[SAFE_PATH] == "1"
        assert os.environ.get(SAFE_PATH) == before
