"""Some of the cases that ``python -m tests.soak`` runs by the hundred thousand, and the faults that they found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from symdcrnn import InputError, read_trajectory
from symdcrnn.checkpoint.journal import opened_journal, write_line
from symdcrnn.data.files import atomic
from symdcrnn.data.files.safety import rehearsal
from tests.soak.fuzz import REFUSED, VALUE, outcome
from tests.soak.targets import TARGETS

pytestmark = pytest.mark.usefixtures("strangers")

QUICK, SLOW = 25, 3
"""Cases of parsers, and of files that are read in processes of their own."""

CHEAP = ("words", "sums", "formulas", "expressions", "numbers", "libraries", "kernels", "equations of limits",
         "sizes of memory", "operator files", "settings", "tableaus", "checkpoints", "bytes of .npz", "bytes of .npy",
         "bytes of .csv", "bytes of long.csv", "arrays in .npz")


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("name", TARGETS)
def test_strange_input_is_a_value_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    for number in range(QUICK if name in CHEAP else SLOW):
        assert outcome(name, number, tmp_path) in (VALUE, REFUSED), number


def test_faults_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzzer itself: another error, and a message of two lines."""
    def fails(error: Exception) -> Any:
        def read(given: Any) -> None:
            raise error

        return type(TARGETS["words"])("words", lambda rng, folder: "", read)

    for error, said in ((KeyError("a"), "KeyError"), (ValueError("b"), "ValueError")):
        monkeypatch.setitem(TARGETS, "words", fails(error))
        assert outcome("words", 0, tmp_path).startswith(said)
    two = InputError("a")
    two.args = ("a\nb",)
    monkeypatch.setitem(TARGETS, "words", fails(two))
    assert outcome("words", 0, tmp_path).startswith("a message that is not one printable line")


def test_messages_are_one_printable_line_of_bounded_length() -> None:
    assert str(InputError("a\nb\ud800\t'é'")) == r"a\nb\ud800\t'é'"
    long = str(InputError("start " + "x" * 10000 + " end"))
    assert len(long) < 2100
    assert long.startswith("start ")
    assert long.endswith(" end")


def test_the_rehearsal_reads_labels_of_axes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged list of labels ended the interpreter in a step that only the reading itself took."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["u"], file["t"], file["x"] = np.ones((6, 8)), np.arange(6.0), np.arange(8.0)
        file["u"].dims[0].label, file["u"].dims[1].label = "t", "x"
    seen: list[str] = []

    def rehearsed(path: str, stamp: Any, reading: Any, arguments: Any) -> None:
        monkeypatch.setattr("symdcrnn.data.files.kinds.hdf5._axes", lambda dataset: seen.append(dataset.name) or [])
        reading(path, *arguments)

    monkeypatch.setattr(rehearsal, "_rehearsed", rehearsed)
    read_trajectory(path, True)
    assert "/u" in seen


@pytest.mark.parametrize("shape", [(0,), (4, 0), (0, 6)])
def test_empty_arrays_beside_a_field(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, u=np.random.default_rng(0).normal(size=(4, 6)), t=np.arange(4.0), x=np.arange(6.0), y=np.ones(shape))
    assert read_trajectory(path, True).field_names == ("u",)


def test_times_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, u=np.random.default_rng(0).normal(size=(5, 6)), t=np.array(3.0), x=np.arange(6.0),
             axes_u=np.array("t x"))
    with pytest.raises(InputError, match=r"there is neither 't' nor 'dt'|'t' does not give the times"):
        read_trajectory(path, True)


@pytest.mark.parametrize("line", [[1], "a", {}, {"format": "symdcrnn-checkpoint-1"},
                                  {"format": "symdcrnn-checkpoint-1", "of": [1]}])
def test_a_checkpoint_whose_first_line_says_nothing(tmp_path: Path, line: Any) -> None:
    path = tmp_path / "a.ckpt"
    with open(path, "wb") as file:
        write_line(file.fileno(), line)
    with pytest.raises(InputError, match="is no checkpoint"), opened_journal(path, True, {"data": "a"}, {}):
        pass


def test_lines_of_a_checkpoint_that_say_nothing_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    with open(path, "wb") as file:
        for line in ({"format": "symdcrnn-checkpoint-1", "of": {"data": "a"}}, [1], {"key": "b"},
                     {"key": "c", "value": 5}):
            write_line(file.fileno(), line)
    with opened_journal(path, True, {"data": "a"}, {}) as journal:
        assert journal.lines == {"c": 5}
    assert json.loads(path.read_bytes().splitlines()[-1].partition(b" ")[2])["key"] == "c"


@pytest.mark.parametrize(("name", "number"), [("formulas", 8648), ("formulas", 10920), ("files of .zarr", 11),
                                              ("words", 104291)])
def test_cases_that_were_faults(name: str, number: int, tmp_path: Path) -> None:
    assert outcome(name, number, tmp_path) in (VALUE, REFUSED)


def test_a_folder_that_is_filled_while_it_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remove, left = atomic.shutil.rmtree, [3]

    def filled_again(path: Path, ignore_errors: bool) -> None:
        remove(path, ignore_errors=ignore_errors)
        if path.suffix == ".zarr" and left[0]:
            left[0] -= 1
            path.mkdir()

    monkeypatch.setattr(atomic.shutil, "rmtree", filled_again)
    def write(temporary: Path) -> None:
        temporary.mkdir()
        raise OSError("full")

    with pytest.raises(OSError, match="full"), atomic.replacing_folder(tmp_path / "a.zarr") as temporary:
        write(temporary)
    assert left == [0]
    assert list(tmp_path.iterdir()) == []
