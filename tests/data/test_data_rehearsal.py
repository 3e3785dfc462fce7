"""A damaged file ends a process of its own, and not this one."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from symdcrnn import InputError, Trajectory, read_trajectory, write_trajectory
from symdcrnn.data.files.safety import rehearsal
from symdcrnn.data.files.safety.rehearsal import TRUST, rehearse

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="copies processes on Linux"),
              pytest.mark.usefixtures("strangers")]


def test_one_flipped_bit_in_a_matlab_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    savemat(path, {"x": np.arange(6.0), "t": np.arange(4.0), "u": np.ones((4, 6))})
    content = bytearray(path.read_bytes())
    content[content.index(b"\x09\x00\x00\x00\x30\x00\x00\x00")] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(InputError, match="is damaged"):
        read_trajectory(path)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
def test_what_ends_the_process_is_said(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "a.nc"
    path.write_bytes(b"a")
    with pytest.raises(InputError, match=rf"ends the process that does \({number.name}\)"):
        rehearse(path, lambda _: os.kill(os.getpid(), number))


def test_what_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.nc"
    path.write_bytes(b"a")
    monkeypatch.setattr(rehearsal, "SECONDS", 1)

    def spin(_: str) -> None:
        while True:
            pass

    with pytest.raises(InputError, match="does not end"):
        rehearse(path, spin)
    monkeypatch.setattr(rehearsal, "PATIENCE", 0.2)
    with pytest.raises(InputError, match="does not end"):
        rehearse(path, lambda _: time.sleep(60.0))


def test_an_interrupt_ends_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.nc"
    path.write_bytes(b"a")
    parent, fork = os.getpid(), os.fork
    copies: list[int] = []

    def forked() -> int:
        copies.append(fork())
        return copies[-1]

    monkeypatch.setattr(os, "fork", forked)

    def interrupt(_: str) -> None:
        os.kill(parent, signal.SIGINT)
        time.sleep(60.0)

    # What is started in the background ignores interrupts.
    outside = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            rehearse(path, interrupt)
    finally:
        signal.signal(signal.SIGINT, outside)
    assert len(copies) == 1
    with pytest.raises(ChildProcessError):
        os.waitpid(copies[0], os.WNOHANG)


def test_a_file_that_stays_as_it_is_is_read_so_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.nc"
    write_trajectory(Trajectory.from_arrays({"u": np.random.default_rng(0).normal(size=(4, 6))}, t=np.arange(4.0),
                                            x=np.arange(6.0), periodic=True), path)
    copies = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: copies.append(1) or fork())
    for _ in range(3):
        assert read_trajectory(path).frames == 4
    assert len(copies) == 1
    os.utime(path, (0, 0))
    assert read_trajectory(path).frames == 4
    assert len(copies) == 2
    monkeypatch.setenv(TRUST, "1")
    os.utime(path, (1, 1))
    assert read_trajectory(path).frames == 4
    assert len(copies) == 2
