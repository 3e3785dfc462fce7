"""What a shell completes, what --version says, and a command that is run again."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from click.shell_completion import CompletionItem, ShellComplete

import symdcrnn
from symdcrnn.cli.main import commands

Command = Callable[..., subprocess.CompletedProcess[str]]


def completed(line: str) -> list[CompletionItem]:
    """What is offered for the last word of a line."""
    *words, last = line.split(" ")
    return ShellComplete(commands, {}, "symdcrnn", "_SYMDCRNN_COMPLETE").get_completions(words, last)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    v, weights = np.polynomial.legendre.leggauss(2)
    symdcrnn.write_trajectory(symdcrnn.Trajectory.from_arrays(
        {"g": np.ones((3, 2, 8)), "rho": (("t", "x"), np.ones((3, 8)))}, t=np.arange(3.0), v=v, x=np.arange(8) / 8,
        weights=weights, periodic=True), tmp_path / "data.nc")
    (tmp_path / "text.nc").write_text("no snapshots")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("line", "expected"), [
    ("in", ["info", "inspect"]),
    ("fit data.nc --equation ", ["g", "rho"]),
    ("fit data.nc --equation g,", ["g,rho"]),
    ("fit data.nc --operators I,v", ["I,v_dx", "I,v"]),
    ("fit text.nc --equation ", []),
    ("fit --equation ", []),
    ("fit --operators I,d_", ["I,d_x", "I,d_xx"]),
    ("fit data.nc --scheme imex-bdf", ["imex-bdf1", "imex-bdf2", "imex-bdf3", "imex-bdf4"]),
    ("fit data.nc --norm ", ["l2", "l1", "huber"]),
    ("fit data.nc --optimisers adam,", ["adam,l-bfgs-b", "adam,gauss-newton", "adam,sgd"]),
    ("compare data.nc --equation r", ["rho"]),
    ("compare data.nc --methods dcrnn,s", ["dcrnn,stridge"]),
    ("fit data.nc --equation g --equation rho --exact", ["--exact-choice"]),
])
@pytest.mark.usefixtures("data")
def test_names_are_completed(line: str, expected: list[str]) -> None:
    assert [item.value for item in completed(line)] == expected


def test_a_tableau_is_completed_as_a_file() -> None:
    (item,) = completed("fit data.nc --scheme ./pair")
    assert (item.type, item.value) == ("file", "./pair")


def test_equations_of_a_model_are_completed(workplace: Path) -> None:
    assert [item.value for item in completed(f"inspect {workplace / 'model.json'} --equation ")] == ["g"]


def test_commands_are_completed_without_an_import_of_them() -> None:
    code = ("import sys\nfrom click.shell_completion import ShellComplete\nfrom symdcrnn.cli.main import commands\n"
            "found = ShellComplete(commands, {}, 'symdcrnn', 'C').get_completions([], 'f')\n"
            "print([item.value for item in found], 'numpy' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "['fit', 'form'] False\n"


def test_version_names_what_a_report_needs(command: Command, tmp_path: Path) -> None:
    done = command(tmp_path, "--version")
    assert done.returncode == 0
    first, python, libraries, processor = done.stdout.splitlines()
    assert first == f"symdcrnn {symdcrnn.__version__}"
    assert platform.python_version() in python
    assert f"numba {version('numba')}" in libraries
    assert processor.startswith("cpu ")
    assert "core" in processor


def test_a_command_that_is_run_again_says_what_to_do(command: Command, tmp_path: Path) -> None:
    small = ("generate", "transport", "--nx", "40", "--steps", "40", "--every", "4", "--first", "0", "--frames", "8",
             "-o", "data.nc")
    assert command(tmp_path, *small).returncode == 0
    again = command(tmp_path, *small)
    assert again.returncode == 1
    assert again.stderr == ("Error: data.nc exists already: add --force to replace it, or choose another name; "
                            "symdcrnn info data.nc shows what is in it\n")


def test_the_package_compiles_nothing_beside_its_source() -> None:
    """Numba keeps the machine code of a decorated function beside its file: the package has none, see kernels.cache."""
    package = Path(symdcrnn.__file__).parent
    found = [f"{path.name}:{number}" for path in package.rglob("*.py")
             for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
             if line.lstrip().startswith(("@numba.", "@njit", "@jit", "@vectorize", "@guvectorize"))]
    assert found == []
