"""The file that keeps results: what is in it, what of a damaged one is used, and who may use it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

from symdcrnn.checkpoint import Journal, opened_journal
from symdcrnn.checkpoint.digests import NoDigestError, digest
from symdcrnn.checkpoint.encoding import NoEncodingError, decoded, encoded
from symdcrnn.checkpoint.journal import write_line
from symdcrnn.checkpoint.records import records_in
from symdcrnn.errors import InputError
from symdcrnn.leastsquares.quadratic import QuadraticModel

OF = {"version": "1", "data": "abc"}


@dataclass(frozen=True)
class Inner:
    size: float


@dataclass(frozen=True)
class Outer:
    name: str
    parts: tuple[Inner, ...]
    other: dict[str, Inner] | None = None


RECORDS = records_in(Outer, QuadraticModel)
VALUE = Outer("a", (Inner(0.1), Inner(-0.0)), {"b": Inner(5e-324)})


def results(path: Path, count: int, resume: bool = False) -> tuple[list[Any], list[int]]:
    """So many results of a run, and the numbers of those that were computed."""
    computed = []

    def compute(number: int) -> Any:
        computed.append(number)
        return np.arange(3.0) / 7.0 + number

    with opened_journal(path, resume, OF, RECORDS) as journal:
        return [journal.kept(("result", number), partial(compute, number), 0.0) for number in range(count)], computed


@pytest.mark.parametrize("value", [
    None, True, 3, "text", 0.1, -0.0, 1e308, (1, [2.5, "x"]), {"a": (1.0,)}, VALUE, np.arange(6.0).reshape(2, 3),
    np.array([True, False]), np.arange(3, dtype=np.int64), np.float64(1 / 3), [np.zeros((0, 2))],
])
def test_results_come_back_with_the_same_bits(value: Any) -> None:
    again = decoded(encoded(value, RECORDS), RECORDS)
    assert digest(again) == digest(value.item() if isinstance(value, np.generic) else value)


def test_only_known_records_are_kept_and_made() -> None:
    @dataclass(frozen=True)
    class Stranger:
        size: float

    for value in (Stranger(1.0), object(), 1j, np.array([1j]), {1: 2}):
        with pytest.raises(NoEncodingError):
            encoded(value, RECORDS)
    for found in ({"record": ["Stranger", {"size": {"float": "0x1p0"}}]}, {"record": ["Inner", {"sizes": 1}]},
                  {"float": "one"}, {"array": ["|O", [1], "AAAA"]}, {"array": ["<f8", [2], "AAAA"]}, {"what": 1}, [1]):
        with pytest.raises(InputError, match="damaged"):
            decoded(found, RECORDS)


def test_digests_tell_contents_apart() -> None:
    x = sympy.Symbol("x")
    values = [0, 0.0, -0.0, False, "0", b"0", None, (), [()], {}, {"a": 1}, {"a": 2}, np.zeros(2), np.zeros((2, 1)),
              np.zeros(2, np.float32), x, x + 1, VALUE, Outer("a", (Inner(0.1), Inner(0.0))), digest, {1, 2}, {1, 3}]
    assert len({digest(value) for value in values}) == len(values)
    assert digest(np.arange(6.0).reshape(2, 3).T) == digest(np.ascontiguousarray(np.arange(6.0).reshape(2, 3).T))
    for value in (object(), lambda: 1, partial(digest, 1), np.array([object()])):
        with pytest.raises(NoDigestError):
            digest(value)


def test_results_are_computed_once(tmp_path: Path) -> None:
    first, computed = results(tmp_path / "a", 3)
    assert computed == [0, 1, 2]
    again, computed = results(tmp_path / "a", 5, resume=True)
    assert computed == [3, 4]
    assert all(map(np.array_equal, first, again))
    assert results(tmp_path / "a", 5, resume=True)[1] == []
    assert (tmp_path / "a").stat().st_mode & 0o077 == 0


def test_a_file_that_ends_anywhere_is_used_up_to_there(tmp_path: Path) -> None:
    expected, _ = results(tmp_path / "whole", 4)
    whole = (tmp_path / "whole").read_bytes()
    header = whole.index(b"\n") + 1
    for length in range(header, len(whole), 7):
        (tmp_path / "cut").write_bytes(whole[:length])
        found, computed = results(tmp_path / "cut", 4, resume=True)
        lines = whole[:length].count(b"\n") - 1
        assert computed == list(range(lines, 4))
        assert all(map(np.array_equal, expected, found))
        assert (tmp_path / "cut").read_bytes() == whole


def test_a_damaged_line_is_left_out_alone(tmp_path: Path) -> None:
    results(tmp_path / "a", 4)
    lines = (tmp_path / "a").read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"key", b"kez")
    (tmp_path / "a").write_bytes(b"".join(lines))
    assert results(tmp_path / "a", 4, resume=True)[1] == [1]


def test_what_has_no_digest_or_takes_no_time_is_not_kept(tmp_path: Path) -> None:
    with opened_journal(tmp_path / "a", False, OF, RECORDS) as journal:
        assert journal.kept((object(),), lambda: 1, 0.0) == 1
        assert journal.kept(("object",), lambda: len([object()]), 1.0) == 1
        assert isinstance(journal.kept(("what",), object, 0.0), object)
        assert not journal.lines
    assert Journal().kept((object(),), lambda: 2) == 2


@pytest.mark.parametrize(("before", "resume", "message"), [
    ("none", True, "there is no checkpoint to go on with"),
    ("own", False, "there is a checkpoint already: go on with it by --resume, or remove it"),
    ("other data", True, "is a checkpoint of other data"),
    ("other version", True, "is a checkpoint of version 0, and this is 1"),
    ("text", True, "is no checkpoint, or damaged at its beginning"),
    ("other kind", True, "is no checkpoint of this kind"),
])
def test_files_that_are_refused(tmp_path: Path, before: str, resume: bool, message: str) -> None:
    path = tmp_path / "a.ckpt"
    of = {"other data": {**OF, "data": "x"}, "other version": {**OF, "version": "0"}}.get(before, OF)
    if before == "text":
        path.write_text("a text\nof two lines\n")
    elif before != "none":
        with opened_journal(path, False, of, RECORDS):
            pass
    if before == "other kind":
        path.unlink()
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        write_line(file, {"format": "something", "of": OF})
        os.close(file)
    content = path.read_bytes() if path.exists() else None
    with pytest.raises(InputError, match=message) as error, opened_journal(path, resume, OF, RECORDS):
        pass
    assert "a.ckpt" in str(error.value)
    assert (path.read_bytes() if path.exists() else None) == content


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with (opened_journal(tmp_path / "a", False, OF, RECORDS), pytest.raises(InputError, match="another run is using"),
          opened_journal(tmp_path / "a", True, OF, RECORDS)):
        pass


def test_a_full_disk_is_one_line_and_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results(tmp_path / "a", 2)
    write = os.write

    def full(file: int, data: Any) -> int:
        if len(data) > 50:
            return write(file, bytes(data)[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(InputError, match=r"No space left on device.*go on by --resume"):
        results(tmp_path / "a", 4, resume=True)
    monkeypatch.undo()
    assert results(tmp_path / "a", 4, resume=True)[1] == [2, 3]
