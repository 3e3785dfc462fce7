"""`symdcrnn sweep` as a user meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
SWEEP = ("sweep", "data.nc", "--equation", "g", "--layers", "1", "--starts", "1", "--bootstrap", "0")


@pytest.fixture(scope="module")
def folder(command: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data.nc, seven frames; sweeps of other names may be added."""
    made = tmp_path_factory.mktemp("sweeps")
    done = command(made, "generate", "transport", "--preset", "paper", "--epsilon", "1/16", "--frames", "7",
                   "-o", "data.nc")
    assert done.returncode == 0, done.stderr
    return made


def test_table_agreement_and_json(command: Command, folder: Path) -> None:
    varied = (*SWEEP, "--vary", "scheme=imex-bdf2,newton-cotes8", "--vary", "seed=1,2", "-o", "table")
    done = command(folder, *varied, "--scheduler", "threads")
    assert done.returncode == 0, done.stderr
    errors, lines = done.stderr.splitlines(), done.stdout.splitlines()
    assert lines[0].split() == ["fit", "scheme", "seed", "field", "terms", "residual", "under", "error", "%",
                                "certain"]
    assert [line.split()[:4] for line in lines[1:5]] == [
        ["1", "imex-bdf2", "1", "g"], ["2", "imex-bdf2", "2", "g"],
        ["3", "newton-cotes8", "1", "-"], ["4", "newton-cotes8", "2", "-"]]
    assert [line.split(":")[0] for line in errors] == ["fit 3", "fit 4"]
    assert errors[0].startswith("fit 3: the data has 7 frames, but the scheme reads 9 at a time")
    assert lines[6] == "d_t g"
    assert all("  in 2 of 2  " in line for line in lines[7:11])
    assert sorted(path.name for path in (folder / "table").iterdir()) == ["fit-1.json", "fit-2.json", "sweep.json"]
    assert command(folder, "inspect", "table/fit-2.json").stdout.startswith("d_t g = ")
    changed = (folder / "table" / "fit-1.json").stat().st_mtime_ns
    again = command(folder, *varied, "--json")
    assert again.returncode == 0, again.stderr
    assert (folder / "table" / "fit-1.json").stat().st_mtime_ns == changed
    content = json.loads(again.stdout)
    assert [one["varied"] for one in content["fits"]][2] == {"scheme": "newton-cotes8", "seed": 1}
    assert ["problem" in one for one in content["fits"]] == [False, False, True, True]
    assert content["fits"][0]["model"] == "table/fit-1.json"
    first = content["fits"][0]["report"]["equations"]["g"]
    assert content["words"]["g"]["v_dx g"]["fits"] == 2
    assert content["words"]["g"]["v_dx g"]["lowest"] <= first["v_dx g"] <= content["words"]["g"]["v_dx g"]["highest"]


def test_lists_are_varied_as_a_whole_and_a_file_says_the_rest(command: Command, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "fit.toml").write_text('layers = 1\nstarts = 1\nbootstrap = 0\nscheme = "simpson"\nequation = "g"\n')
    done = command(folder, "sweep", "data.nc", "--config", str(tmp_path / "fit.toml"), "--vary",
                   "operators=I,v_dx,mean", "--vary", "operators=I,v_dx", "--vary", "fix=", "--vary",
                   "fix=g:v_dx g=-16", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["fits"]
    assert [one["varied"] for one in found] == [
        {"operators": [*operators], "fix": fixed}
        for operators in (["I", "v_dx", "mean"], ["I", "v_dx"]) for fixed in ([], ["g:v_dx g=-16"])]
    assert "<v_dx g>" in found[0]["report"]["equations"]["g"]
    assert "<v_dx g>" not in found[2]["report"]["equations"]["g"]
    assert found[1]["report"]["equations"]["g"]["v_dx g"] == -16.0


SLOW = """
import time

from symdcrnn.__main__ import main
from symdcrnn.cli.sweep_folder import SweepFolder

def add(self, done, number, add=SweepFolder.add):
    add(self, done, number)
    print("kept", flush=True)
    if number == 0:
        time.sleep(60.0)

SweepFolder.add = add
main()
"""
"""The command, saying when it has kept a fit, and waiting after the first for what interrupts it."""


def test_an_interrupted_sweep_goes_on(command: Command, folder: Path) -> None:
    varied = (*SWEEP, "--vary", "seed=1,2", "-o", "interrupted")
    arguments = [sys.executable, "-c", SLOW, *varied]
    running = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    assert running.stdout is not None
    assert running.stdout.readline() == "kept\n"
    os.kill(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 1
    assert errors.startswith("Error: interrupted: ")
    assert "of 2 fits are in interrupted, the same command goes on with the others" in errors
    first = (folder / "interrupted" / "fit-1.json").stat().st_mtime_ns
    assert not [path for path in (folder / "interrupted").iterdir() if path.name.startswith(".")]
    done = command(folder, *varied)
    assert done.returncode == 0, done.stderr
    assert (folder / "interrupted" / "fit-1.json").stat().st_mtime_ns == first
    assert len(list((folder / "interrupted").glob("fit-*.json"))) == 2
    other = command(folder, *SWEEP, "--vary", "scheme=imex-bdf2", "-o", "interrupted")
    assert other.returncode == 1
    assert "holds a sweep of other settings: choose another folder" in other.stderr
    assert command(folder, *SWEEP, "--vary", "scheme=imex-bdf2", "-o", "interrupted", "--force").returncode == 0
    assert sorted(path.name for path in (folder / "interrupted").iterdir()) == ["fit-1.json", "sweep.json"]


@pytest.mark.parametrize(("options", "code", "text"), [
    ("--vary depth=1", 2, "'depth' cannot be varied: write NAME=VALUE,VALUE,... with a name of adam, basis"),
    ("--vary scheme", 2, "--vary 'scheme' has no values"),
    ("--vary adam=1,x", 2, "--vary adam: 'x' is not a valid integer"),
    ("--vary seed=1,2,1", 2, "--vary has '1' of seed twice"),
    ("--vary layers=1,2", 2, "--layers is given and varied"),
    ("--vary seed=1,-1", 2, "--seed is -1: give a whole number from 0 on"),
    ("--vary scheme=newton-cotes8", 1, "Error: the data has 7 frames, but the scheme reads 9 at a time"),
    ("--vary seed=1 -o .", 1, ". holds other things than a sweep: choose another folder"),
    ("--vary seed=1 -o . --force", 1, ". holds other things than a sweep: choose another folder"),
    ("--vary seed=1 -o data.nc", 1, "data.nc is a file: give the name of a folder"),
    ("--vary seed=1 -o missing/sweep", 1, "does not exist: make it first"),
    ("--vary seed=1 --scheduler slurm", 2, "--scheduler is 'slurm': choose from in-process"),
    ("--vary scheme=newton-cotes8,imex-bdf4 --frames 0:3", 1, "none of these settings gives an equation"),
    ("", 2, "nothing is varied: add --vary NAME=VALUE,VALUE,..."),
])
def test_what_cannot_be_swept_is_one_line(
    command: Command, folder: Path, options: str, code: int, text: str
) -> None:
    done = command(folder, *SWEEP, *options.split())
    assert done.returncode == code
    assert text in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_what_is_varied_can_stand_in_a_file(command: Command, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "sweep.toml").write_text('vary = ["scheme=imex-bdf2,simpson"]\nequation = "g"\n')
    done = command(folder, *SWEEP[:2], "--layers", "1", "--bootstrap", "0", "--config", str(tmp_path / "sweep.toml"),
                   "--json")
    assert done.returncode == 0, done.stderr
    assert [one["varied"]["scheme"] for one in json.loads(done.stdout)["fits"]] == ["imex-bdf2", "simpson"]
    (tmp_path / "sweep.toml").write_text("vary = 3\n")
    done = command(folder, *SWEEP, "--config", str(tmp_path / "sweep.toml"))
    assert done.returncode == 1
    assert "vary should be a list of texts: write vary = [" in done.stderr


def test_a_model_that_is_not_the_one_of_its_fit_is_one_line(command: Command, folder: Path) -> None:
    varied = (*SWEEP, "--vary", "scheme=imex-bdf2,simpson", "-o", "mixed")
    assert command(folder, *varied).returncode == 0
    first, second = (folder / "mixed" / f"fit-{number}.json" for number in (1, 2))
    (folder / "mixed" / "fit-mine.json").write_text("{}")
    first.write_bytes(second.read_bytes())
    done = command(folder, *varied)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: mixed/fit-1.json was changed since the sweep has written it: move it away")
    first.unlink()
    assert command(folder, *varied).returncode == 0
    assert first.read_bytes() != second.read_bytes()
    assert command(folder, *varied[:-1], "mixed", "--force", "--seed", "3").returncode == 0
    assert (folder / "mixed" / "fit-mine.json").exists()


def test_a_damaged_index_is_one_line(command: Command, folder: Path) -> None:
    (folder / "damaged").mkdir()
    (folder / "damaged" / "sweep.json").write_text("{}")
    done = command(folder, *SWEEP, "--vary", "scheme=imex-bdf2", "-o", "damaged")
    assert done.returncode == 1
    assert "sweep.json is damaged: choose another folder, or add --force to replace it" in done.stderr
