"""What the command says and which exit code it has, whatever ends it, and what stands before its modules are there."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NoReturn

import click
import pytest

from symdcrnn import __main__ as start
from symdcrnn.cli import main as cli
from symdcrnn.errors import InputError, SettingError


def raising(error: BaseException) -> Any:
    def ended(*_: object, **__: object) -> NoReturn:
        raise error

    return ended


FULL = os.strerror(errno.ENOSPC)


@pytest.mark.parametrize(("error", "code", "said"), [
    (InputError("u.nc is damaged"), 1, "Error: u.nc is damaged\n"),
    (SettingError("from_frame", "is -1"), 2, "Error: --from-frame is -1\n"),
    (click.UsageError("there is no such option."), 2, "Error: there is no such option\n"),
    (click.UsageError("give more..."), 2, "Error: give more...\n"),
    (click.ClickException("no"), 1, "Error: no\n"),
    (click.Abort(), 1, "Error: interrupted: nothing was written\n"),
    (KeyboardInterrupt(), 1, "Error: interrupted: nothing was written\n"),
    (MemoryError(), 1, "Error: out of memory: use fewer words (fewer layers or operators, a smaller library) or fewer "
                       "frames\n"),
    (MemoryError("Unable to allocate\n8 GiB"), 1, "Error: out of memory (Unable to allocate 8 GiB): use fewer words "
                                                  "(fewer layers or operators, a smaller library) or fewer frames\n"),
    (OSError(errno.ENOSPC, FULL, "a.nc"), 1, f"Error: a.nc: {FULL}: check the path and the space left\n"),
    (OSError(errno.ENOSPC, FULL), 1, f"Error: a file: {FULL}: check the path and the space left\n"),
    (OSError("odd"), 1, "Error: a file: odd: check the path and the space left\n"),
])
def test_whatever_ends_it_is_one_line_and_a_code(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli.commands, "main", raising(error))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert capsys.readouterr() == ("", said)


def test_a_current_folder_that_is_gone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli.commands, "main", raising(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))))
    monkeypatch.setattr(os, "getcwd", raising(FileNotFoundError()))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "Error: the current folder was removed: change to another one\n"


def test_a_reader_that_has_gone(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    moved: list[tuple[int, int]] = []
    monkeypatch.setattr(cli.commands, "main", raising(BrokenPipeError()))
    monkeypatch.setattr(os, "dup2", lambda *files: moved.append(files))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    ((nowhere, out),) = moved
    assert os.path.samestat(os.fstat(nowhere), os.stat(os.devnull))
    assert out == sys.stdout.fileno()
    os.close(nowhere)
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def process() -> Iterator[None]:
    """What the start of the command changes in the process is put back."""
    handler, hook, thresholds = signal.getsignal(signal.SIGINT), sys.unraisablehook, gc.get_threshold()
    with warnings.catch_warnings():
        yield
    signal.signal(signal.SIGINT, handler)
    sys.unraisablehook = hook
    gc.set_threshold(*thresholds)


@pytest.mark.parametrize(("error", "said"), [
    (KeyboardInterrupt(), "Error: interrupted: nothing was written\n"),
    (MemoryError(), "Error: out of memory while libraries were loaded: give the process more (ulimit -v)\n"),
    (ImportError("a.so: cannot allocate memory in static TLS block"),
     "Error: out of memory while libraries were loaded: give the process more (ulimit -v)\n"),
])
@pytest.mark.usefixtures("process")
def test_the_start_is_ended_in_one_line(
    error: BaseException, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "main", raising(error))
    with pytest.raises(SystemExit) as ended:
        start.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == said
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.usefixtures("process")
def test_a_fault_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "main", raising(RuntimeError("a fault")))
    with pytest.raises(RuntimeError, match="a fault"):
        start.main()


@pytest.mark.usefixtures("process")
def test_an_interrupt_that_a_library_turned_into_its_own_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def half_loaded() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("cannot load multiarray") from None

    signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(cli, "main", half_loaded)
    with pytest.raises(SystemExit) as ended:
        start.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "Error: interrupted: nothing was written\n"


@pytest.mark.usefixtures("process")
def test_an_interrupt_that_was_lost_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[tuple[Any, ...]] = []
    shown: list[Any] = []

    def lost() -> None:
        sys.unraisablehook(SimpleNamespace(exc_type=KeyboardInterrupt))
        sys.unraisablehook(SimpleNamespace(exc_type=ValueError))

    monkeypatch.setattr(threading, "Timer", lambda seconds, call, given: SimpleNamespace(
        daemon=False, start=lambda: came.append((call, *given))))
    monkeypatch.setattr(sys, "__unraisablehook__", shown.append)
    monkeypatch.setattr(cli, "main", lost)
    start.main()
    assert came == [(os.kill, os.getpid(), signal.SIGINT)]
    assert [one.exc_type for one in shown] == [ValueError]


@pytest.mark.parametrize(("first", "left"), [("", False), (".", False), ("/somewhere", True)])
def test_modules_are_not_looked_for_beside_the_data(
    first: str, left: bool, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [first, "/last"])
    monkeypatch.setattr(sys, "flags", SimpleNamespace(safe_path=False))
    start._leave_current_folder()
    assert sys.path == ([first] if left else []) + ["/last"]


def test_a_folder_that_was_removed_is_not_looked_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["", "/last"])
    monkeypatch.setattr(sys, "flags", SimpleNamespace(safe_path=False))
    monkeypatch.setattr(os, "getcwd", raising(FileNotFoundError()))
    start._leave_current_folder()
    assert sys.path == ["/last"]
