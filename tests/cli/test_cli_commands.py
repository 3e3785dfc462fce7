"""The commands as a user meets them."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from symdcrnn.data.files.formats import read_trajectory, write_trajectory
from symdcrnn.model import load_model

Command = Callable[..., subprocess.CompletedProcess[str]]
TRUE_WORDS = {"g", "v_dx g", "<v_dx g>", "v_dx rho"}


def test_fit_prints_exactly_the_true_terms(command: Command, workplace: Path) -> None:
    done = command(workplace, "fit", "data.nc", "--equation", "g", "--scheme", "imex-bdf2", "--layers", "2",
                   "--scales", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert set(report["equations"]["g"]) == TRUE_WORDS
    assert report["converged"] is True
    assert report["error_with_spurious_percent"]["g"] <= 1.75
    assert abs(report["epsilon"] * 256 - 1) < 0.02
    details = report["details"]["g"]
    assert details["scheme"] == "imex-bdf2"
    assert details["functions"] == {}
    assert details["scaled"]["powers"] == {"g": 2, "v_dx g": 1, "<v_dx g>": 1, "v_dx rho": 2}
    assert details["jump"] > 100.0
    assert [pair["words"] for pair in details["collinear"]] == [["g", "v_dx rho"]]
    assert "<g>" in details["vanishing"]
    assert 0.0 < details["residual"] < 1.0
    assert report["notes"] == []


def test_functions_of_x_are_in_the_json_and_their_missing_errors_are_said(command: Command, tmp_path: Path) -> None:
    made = command(tmp_path, "generate", "transport", "--preset", "paper", "--nx", "200", "--epsilon", "1",
                   "--sigma-s", "1 + 100*x**2", "--dt", "5e-6", "-o", "varying.nc")
    assert made.returncode == 0, made.stderr
    fit = ("fit", "varying.nc", "--equation", "g", "--function", "g:g", "--layers", "1")
    done = command(tmp_path, *fit, "--json")
    assert done.returncode == 0, done.stderr
    function = json.loads(done.stdout)["details"]["g"]["functions"]["g"]
    assert len(function["x"]) == len(function["values"]) == 200
    assert function["min"] == min(function["values"]) == pytest.approx(-100.0, rel=0.02)
    assert function["max"] == max(function["values"]) == pytest.approx(-1.0, rel=0.1)
    printed = command(tmp_path, *fit).stdout
    assert "  coefficients  no uncertainty: equations with coefficients that are functions" in printed


def test_text_names_equation_error_and_criterion(command: Command, workplace: Path) -> None:
    done = command(workplace, "inspect", "model.json", "--path")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("d_t g = -644")
    for part in ("% of the exact equation", "dropping any one raises the residual", "excluded", "selected of"):
        assert part in done.stdout
    assert done.stdout.count("<- the equation") == 1
    assert "networks" not in done.stdout
    assert "  networks      converged: loss" in command(workplace, "inspect", "model.json", "--verbose").stdout


def test_scales_are_chosen_and_said(command: Command, workplace: Path, tmp_path: Path) -> None:
    done = command(tmp_path, "fit", str(workplace / "data.nc"), "--scales", "auto", "--layers", "1", "--starts", "1",
                   "--bootstrap", "0", "-o", "model.json")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("  scales ")]
    assert [line.split(":")[0] for line in lines] == ["  scales        M = 2", "  scales        M = 0"]
    saved = json.loads((tmp_path / "model.json").read_text())
    assert [len(equation["network"]["theta"][0]) for equation in saved["equations"]] == [3, 1]
    assert command(tmp_path, "inspect", "model.json").stdout.count("  scales        M = ") == 2


def test_inspect_shows_kernel_and_model_as_json(command: Command, workplace: Path) -> None:
    source = command(workplace, "inspect", "model.json", "--kernel").stdout
    assert "def kernel(" in source
    assert "coefficients[3] * v_dx rho" in source
    compile(source, "kernel", "exec")
    counted = json.loads(command(workplace, "inspect", "model.json", "--kernel", "--cost", "--json").stdout)
    assert [stage["name"] for stage in counted["stages"]] == ["words", "share equal values", "drop unread values"]
    assert counted["bound"] > 0.0
    operations = [stage["operations"] for stage in counted["stages"]]
    assert operations[0] > operations[1] >= operations[2] > 0.0
    rewritten = command(workplace, "inspect", "model.json", "--kernel", "--rewrites").stdout
    assert "after share equal values:" in rewritten
    assert "average along v of " in rewritten
    assert "ms a pass on this machine" in command(workplace, "inspect", "model.json", "--kernel", "--cost").stdout
    described = json.loads(command(workplace, "inspect", "model.json", "--kernel", "apply", "--json").stdout)
    assert set(described) == {"kind", "signature", "path", "source"}
    report = json.loads(command(workplace, "inspect", "model.json", "--json").stdout)
    assert report == load_model(workplace / "model.json").report()


@pytest.mark.parametrize("style", ["text", "latex", "sympy", "json"])
def test_inspect_prints_the_polynomial(command: Command, workplace: Path, style: str) -> None:
    printed = []
    for extra in ([], ["--factored"], ["--monomials"]):
        done = command(workplace, "inspect", "--layers", "1", "--operators", "I,v_dx,mean", "--format", style, *extra)
        assert done.returncode == 0, done.stderr
        if style == "json":
            assert len(json.loads(done.stdout)["words"]) == 6
        printed.append(done.stdout)
    if style == "sympy":
        script = "".join(f"{text}\nprint(polynomial)\n" for text in printed)
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert ["v_dx**2" in line for line in ran.stdout.splitlines()] == [True] * 3


def test_inspect_one_word_of_a_deep_network(command: Command, workplace: Path) -> None:
    done = command(workplace, "inspect", "--layers", "3", "--word", "<v_dx g>")
    assert done.returncode == 0
    assert "142 words" in done.stdout
    assert command(workplace, "inspect", "--layers", "3").returncode == 1


@pytest.mark.parametrize(("arguments", "code"), [("info data.nc --json", 0), ("info missing.nc", 1), ("nonsense", 2)])
def test_a_process_ends_as_the_command_does(
    command: Command, process: Command, workplace: Path, arguments: str, code: int
) -> None:
    done = process(workplace, *arguments.split())
    assert done.returncode == code
    same = command(workplace, *arguments.split())
    assert done.stdout == same.stdout
    # Usage errors name the program as it was called.
    assert done.stderr.partition(" (see ")[0] == same.stderr.partition(" (see ")[0]
    assert (done.stdout == "") == (code > 0)
    assert (done.stderr == "") == (code == 0)


def test_info_of_data_and_model(command: Command, workplace: Path) -> None:
    data = json.loads(command(workplace, "info", "data.nc", "--json").stdout)
    assert data["axes"]["x"]["points"] == 400
    assert data["epsilon"] == 1 / 256
    model = json.loads(command(workplace, "info", "model.json", "--json").stdout)
    assert model["equations"]["g"].startswith("d_t g = ")
    assert "v_dx rho" in command(workplace, "info", "data.nc").stdout


def test_config_file_gives_settings_and_options_come_first(command: Command, workplace: Path, tmp_path: Path) -> None:
    (tmp_path / "fit.toml").write_text('equation = ["g"]\nscheme = "forward-euler"\nlayers = 2\n')
    arguments = ("fit", str(workplace / "data.nc"), "--config", str(tmp_path / "fit.toml"), "--scheme", "imex-bdf2")
    done = command(tmp_path, *arguments, "-o", "model.json")
    assert done.returncode == 0, done.stderr
    saved = json.loads((tmp_path / "model.json").read_text())
    assert saved["settings"]["scheme"] == "imex-bdf2"
    assert saved["settings"]["equations"] == ["g"]


@pytest.mark.parametrize("name", ["", "cache", "generate", "generate transport", "fit", "inspect", "info", "report",
                                  "simulate"])
@pytest.mark.usefixtures("undrawn")
def test_every_help_has_an_example_that_runs(command: Command, workplace: Path, tmp_path: Path, name: str) -> None:
    done = command(workplace, *name.split(), "--help", COLUMNS="200")
    assert done.returncode == 0
    example = " ".join(done.stdout.split("Example: ")[1].split())
    for file in ("data.nc", "model.json"):
        shutil.copy(workplace / file, tmp_path / file)
    for part in example.split(" && "):
        words = shlex.split(part)
        assert words[0] == "symdcrnn"
        extra = ["--force"] if "-o" in words else []
        done = command(tmp_path, *words[1:], *extra)
        assert done.returncode == 0, done.stderr


def one_line(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The error of a failed command: its last line is the only one that begins with Error."""
    assert done.returncode == code, done.stderr + done.stdout
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1
    if code == 1:
        assert [line for line in done.stderr.splitlines() if not line.startswith("Note: ")] == lines
    return lines[0]


@pytest.mark.parametrize(("arguments", "code", "expected"), [
    ("fit missing.nc", 1, "missing.nc"),
    ("fit model.json", 1, ".nc"),
    ("fit data.nc --scheme leapfrog", 2, "imex-bdf2"),
    ("fit data.nc --operators I,curl", 2, "curl"),
    ("fit missing.nc --operators I,I", 2, "twice"),
    ("fit data.nc --operators I,,v_dx", 2, "empty name"),
    ("fit data.nc --equation f", 1, "g, rho"),
    ("fit data.nc --layers 5", 1, "fewer layers"),
    ("fit missing.nc --layers -1", 2, "--layers is -1: give a whole number from 0 to 8"),
    ("fit missing.nc --layers 99999999", 2, "from 0 to 8"),
    ("fit missing.nc --scales 50", 2, "--scales is 50: give a whole number from 0 to 8, or auto"),
    ("fit missing.nc --epsilon-intervals -1", 2, "--epsilon-intervals is -1"),
    ("fit missing.nc --seed -1", 2, "--seed is -1"),
    ("fit missing.nc --zero-mean -3", 2, "--zero-mean is -3"),
    ("fit missing.nc --exclude g", 2, "--exclude has 'g': write EQUATION:WORD"),
    ("fit missing.nc --exclude g:g --function g:g", 2, "--exclude has 'g:g', whose function is sought"),
    ("fit missing.nc --knots 20", 2, "no coefficient is a function of x"),
    ("fit missing.nc --continuity 1", 2, "no coefficient is a function of x"),
    ("fit missing.nc --basis spline", 2, "no coefficient is a function of x"),
    ("fit missing.nc --batches 4", 2, "--batches is 4, but only sgd uses minibatches"),
    ("fit missing.nc --optimisers adam,adam", 2, "'adam' twice"),
    ("fit missing.nc --optimisers foo", 2, "foo"),
    ("fit missing.nc --optimisers sgd --sgd 0", 2, "with no iterations"),
    ("fit data.nc --fix f:g=1", 2, "--fix has 'f:g=1', of no equation"),
    ("compare missing.nc --equation g --methods foo", 2, "unknown method 'foo': choose from dcrnn, lasso"),
    ("compare missing.nc --equation g --operators foo", 2, "foo"),
    ("compare missing.nc --equation g --scheme foo", 2, "foo"),
    ("reproduce all foo -o new", 2, "unknown item 'foo'"),
    ("inspect --operators I,foo", 2, "foo"),
    ("inspect --layers -1", 2, "-1"),
    ("generate transport --nx 1000000000 -o new.nc", 2, "and 1000000000 points of x take"),
    ("generate transport --noise=-1 -o new.nc", 2, "--noise is -1"),
    ("generate transport --seed=-1 -o new.nc", 2, "seed"),
    ("fit data.nc --scales many", 2, "neither a whole number nor auto"),
    ("fit missing.nc --scales -1", 2, "from 0 to 8, or auto"),
    ("fit missing.nc --knots 1 --function g:g", 2, "from 2 on, or auto"),
    ("fit data.nc --frames 0:2 --scheme imex-bdf2", 1, "frames"),
    ("fit data.nc --frames 0:1", 2, "--frames has count = 1"),
    ("fit data.nc --frames 0:400", 1, "more than the"),
    ("fit data.nc --sigma-s 1 --sigma-s 2", 2, "--sigma-s is given 2 times: give it once"),
    ("generate transport --nx 40 --nx 50 -o new.nc", 2, "--nx is given 2 times"),
    ("generate transport --velocities 1 -o new.nc", 2, "velocities is 1: give a whole number from 2 on"),
    ("fit missing.nc --frames two", 2, "FIRST:COUNT"),
    ("fit data.nc --norm l3", 2, "huber"),
    ("fit missing.nc --epsilon-upper 2", 2, "epsilon"),
    ("fit data.nc --sigma-s 1/(x-x)", 1, "sigma_s"),
    ("fit missing.nc --sigma-s open('f')", 2, "sigma_s"),
    ("fit data.nc --threads 4096", 1, "threads"),
    ("fit data.nc --config missing.toml", 1, "missing.toml"),
    ("fit data.nc -o model.json", 1, "--force"),
    ("fit", 2, "DATA"),
    ("generate transport --epsilon 2 -o new.nc", 2, "epsilon"),
    ("generate transport --epsilon 0 -o new.nc", 2, "epsilon"),
    ("generate transport --epsilon a/b -o new.nc", 2, "epsilon"),
    ("generate transport --sigma-s q -o new.nc", 2, "sigma_s"),
    ("generate transport --source sin( -o new.nc", 2, "source"),
    ("generate transport -o new.txt", 1, ".nc"),
    ("generate transport -o missing/new.nc", 1, "missing"),
    ("generate transport -o data.nc", 1, "--force"),
    ("inspect data.nc", 1, "model"),
    ("inspect missing.json", 1, "missing.json"),
    ("inspect --kernel", 2, "model"),
    ("inspect --word g+rho", 1, "word"),
    ("inspect model.json --kernel nonsense", 2, "nonsense"),
    ("inspect model.json --cost", 2, "--cost is that of the kernel of one equation"),
    ("inspect model.json --kernel rhs --cost", 2, "--cost is that of the kernel of one equation"),
    ("inspect model.json --rewrites", 2, "--rewrites is that of the kernel of one equation"),
    ("inspect model.json --kernel --rewrites --cost", 2, "one at a time"),
    ("info missing.nc", 1, "missing.nc"),
    ("nonsense", 2, "nonsense"),
])
def test_bad_input_is_one_line_and_leaves_nothing(
    command: Command, workplace: Path, arguments: str, code: int, expected: str
) -> None:
    before = sorted(path.name for path in workplace.iterdir())
    message = one_line(command(workplace, *arguments.split()), code)
    assert expected in message
    assert sorted(path.name for path in workplace.iterdir()) == before


@pytest.mark.usefixtures("strangers")
def test_damaged_files_are_refused_in_one_line(command: Command, workplace: Path, tmp_path: Path) -> None:
    data = (workplace / "data.nc").read_bytes()
    (tmp_path / "short.nc").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.nc").write_text("not a NetCDF file")
    (tmp_path / "model.json").write_text((workplace / "model.json").read_text()[:-200])
    assert "short.nc" in one_line(command(tmp_path, "fit", "short.nc", "-o", "out.json"), 1)
    assert "text.nc" in one_line(command(tmp_path, "fit", "text.nc", "-o", "out.json"), 1)
    assert "model.json" in one_line(command(tmp_path, "inspect", "model.json"), 1)
    assert not (tmp_path / "out.json").exists()


def test_gaps_are_counted_and_infinite_values_refused(command: Command, workplace: Path, tmp_path: Path) -> None:
    dataset = read_trajectory(workplace / "data.nc").dataset.copy(deep=True)
    dataset["g"][3, 2, 7] = np.nan
    dataset.to_netcdf(tmp_path / "nan.nc", engine="h5netcdf")
    size = dataset["g"].size
    shown = command(tmp_path, "info", "nan.nc")
    assert ", 1 value missing" in shown.stdout
    assert f"gaps: 1 of {size} values of g is missing" in shown.stderr
    assert json.loads(command(tmp_path, "info", "nan.nc", "--json").stdout)["fields"]["g"]["missing"] == 1
    assert f"1 of {size} values of g is missing, which the weak form alone leaves out" in one_line(
        command(tmp_path, "fit", "nan.nc", "--scheme", "imex-bdf2"), 1)
    dataset["g"][3, 2, 7] = np.inf
    dataset.to_netcdf(tmp_path / "inf.nc", engine="h5netcdf")
    message = one_line(command(tmp_path, "fit", "inf.nc"), 1)
    assert "variable 'g' has 1 value that is not finite, the first at index [t=3, v=2, x=7]" in message


def test_other_formats_give_the_same_equation(command: Command, workplace: Path, tmp_path: Path) -> None:
    trajectory = read_trajectory(workplace / "data.nc")
    expected = json.loads((workplace / "model.json").read_text())["equations"][0]["terms"]
    for name in ("data.npz", "data.mat"):
        write_trajectory(trajectory, tmp_path / name)
        done = command(tmp_path, "fit", name, "--equation", "g", "--scheme", "imex-bdf2", "--layers", "1", "--json")
        assert done.returncode == 0, done.stderr
        learned = json.loads(done.stdout)["equations"]["g"]
        for term in expected:
            assert learned[term["word"]] == pytest.approx(term["coefficient"], rel=1e-9)


AT_WORK = """
from symdcrnn.__main__ import main
from symdcrnn.problems import ars222

def advance(*arguments, advance=ars222.advance):
    print("at work", flush=True)
    advance(*arguments)

ars222.advance = advance
main()
"""
"""The command, saying when it comes to what takes long."""


def test_interrupt_leaves_no_file(tmp_path: Path) -> None:
    arguments = ["generate", "transport", "--nx", "2000", "--steps", "400000", "--every", "1000", "--frames", "100",
                 "--dt", "1e-8", "-o", "long.nc"]
    # What is started in the background ignores interrupts, and so does all that it starts.
    running = subprocess.Popen([sys.executable, "-c", AT_WORK, *arguments], cwd=tmp_path, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    assert running.stdout is not None
    assert running.stdout.readline() == "at work\n"
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 1, errors
    assert errors.strip() == "Error: interrupted: nothing was written"
    assert list(tmp_path.iterdir()) == []
