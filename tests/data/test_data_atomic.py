"""Files are written whole or not at all, and what killed runs leave is removed by the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from symdcrnn import InputError, Trajectory, read_trajectory, write_trajectory
from symdcrnn.data.files import atomic
from symdcrnn.data.files.atomic import replacing, replacing_folder
from symdcrnn.leftovers import remove_leftovers, token

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and processes of POSIX")


def small(value: float) -> Trajectory:
    u = np.random.default_rng(0).normal(size=(3, 8)) + value
    return Trajectory.from_arrays({"u": u}, t=np.arange(3.0), x=np.arange(8.0), periodic=True)


def ended_process() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


@POSIX
def test_what_processes_that_are_no_more_have_left_is_removed(tmp_path: Path) -> None:
    machine, _, number = token().split("-")
    gone = f"{ended_process():x}"
    left = [tmp_path / f".a.{machine}-{gone}-{number}.nc", tmp_path / f".a.{machine}-{gone}-{number}.old.zarr"]
    own = f"{os.getpid():x}"
    kept = [tmp_path / name for name in (f".a.{machine}-{own}-{number}.nc", f".b.{machine}-{gone}-{number}.nc",
                                         f".a.{'0' * 8}-{gone}-{number}.nc", ".a.notes.nc", "a.zarr.nc")]
    left[1].mkdir()
    (left[1] / "inside").write_text("", encoding="utf-8")
    for path in (left[0], *kept):
        path.write_text("", encoding="utf-8")
    write_trajectory(small(0.0), tmp_path / "a.nc")
    assert set(tmp_path.iterdir()) == {*kept, tmp_path / "a.nc"}
    remove_leftovers(tmp_path / "missing", ".a.")


@POSIX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_leaves_the_old_file_and_nothing_else(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")

    def write() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half", encoding="utf-8")
            os.kill(os.getpid(), number)

    # What is started by nohup ignores SIGHUP.
    outside = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(SystemExit) as ended:
            write()
        assert ended.value.code == 128 + number
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, outside)
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_folder_is_replaced_or_stays(tmp_path: Path, exchanges: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not exchanges:
        monkeypatch.setattr(atomic, "_exchanged", lambda first, second: False)
    path = tmp_path / "a.zarr"
    for value in (1.0, 2.0):
        write_trajectory(small(value), path)
        assert np.array_equal(read_trajectory(path).array("u"), small(value).array("u"))
        assert [one.name for one in tmp_path.iterdir()] == ["a.zarr"]
    real = os.replace

    def fails(first: Path, second: Path) -> None:
        if Path(first).name != "a.zarr" and ".old" not in Path(first).name:
            raise KeyboardInterrupt
        real(first, second)

    monkeypatch.setattr(atomic, "_exchanged", lambda first, second: False)
    monkeypatch.setattr(os, "replace", fails)

    def write() -> None:
        with replacing_folder(path) as temporary:
            temporary.mkdir()

    with pytest.raises(KeyboardInterrupt):
        write()
    assert [one.name for one in tmp_path.iterdir()] == ["a.zarr"]
    assert np.array_equal(read_trajectory(path).array("u"), small(2.0).array("u"))


@pytest.mark.skipif(sys.platform != "linux", reason="exchanges names on Linux")
def test_names_are_exchanged_in_one_step(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text("", encoding="utf-8")
    if not atomic._exchanged(tmp_path / "a", tmp_path / "b"):
        pytest.skip("this file system cannot")
    assert [one.name for one in (tmp_path / "a").iterdir()] == ["b"]


def test_a_folder_that_a_killed_run_has_set_aside_is_named(tmp_path: Path) -> None:
    aside = tmp_path / f".a[1].{token()}.old.zarr"
    write_trajectory(small(1.0), tmp_path / "b.zarr")
    (tmp_path / "b.zarr").rename(aside)
    with pytest.raises(InputError, match="killed while it replaced it") as caught:
        read_trajectory(tmp_path / "a[1].zarr")
    assert str(aside) in str(caught.value)
