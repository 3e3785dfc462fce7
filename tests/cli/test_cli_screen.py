"""How much is printed: --quiet, --verbose, NO_COLOR, and what a terminal shows while a command works."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import replace
from pathlib import Path

import click
import pytest

import symdcrnn
from symdcrnn.cli.main import COMMANDS, commands
from symdcrnn.cli.options import OnceCommand
from symdcrnn.cli.progress import ProgressReport, progress_report
from symdcrnn.cli.screen import say
from symdcrnn.equation import LearnedEquation, LearnedFunction, LearnedTerm

Command = Callable[..., subprocess.CompletedProcess[str]]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def work(progress: ProgressReport) -> None:
    progress("loading libraries")
    progress("u-equation: selecting terms", 1, 4)
    progress.watch("d_t u = -1 d_x u  (relative residual 0.01)")
    progress("u-equation: selecting terms", 4, 4)


def test_a_terminal_shows_the_stage_and_the_equation_and_what_was_done(terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress_report() as progress:
        work(progress)
    shown = terminal.getvalue()
    assert "u-equation: selecting terms" in shown
    assert "d_t u = -1 d_x u  (relative residual 0.01)" in shown
    assert re.search(r"\x1b\[2KDone in \d+\.\d s(: [^\n]*)?\n\Z", shown)


def test_a_file_of_messages_has_no_bar() -> None:
    plain = io.StringIO()
    with redirect_stderr(plain), progress_report() as progress:
        work(progress)
    assert plain.getvalue() == ""


def test_stages_are_lines_where_all_details_are_wanted(command: Command, workplace: Path, tmp_path: Path) -> None:
    fit = ("fit", str(workplace / "data.nc"), "--equation", "g", "--layers", "1", "--starts", "1", "--bootstrap", "0")
    told = command(tmp_path, *fit, "--verbose")
    assert told.returncode == 0
    lines = told.stderr.splitlines()
    assert lines[:2] == ["loading libraries", "reading data"]
    assert "g-equation: selecting terms" in lines
    assert any(line.startswith("  d_t g = -") and "(relative residual " in line for line in lines)
    assert lines[-1].startswith("Done in ")
    quiet = command(tmp_path, *fit, "--quiet")
    assert quiet.stderr == ""
    assert quiet.stdout == told.stdout.splitlines()[0] + "\n"


def test_quiet_is_the_equation_alone(command: Command, workplace: Path) -> None:
    model = symdcrnn.load_model(workplace / "model.json")
    assert command(workplace, "inspect", "model.json", "-q").stdout == f"{model['g']}\n"
    done = command(workplace, "inspect", "model.json", "-q", "-v")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--quiet and --verbose are given" in done.stderr


def test_every_command_can_be_quiet() -> None:
    context = click.Context(commands)
    for name in COMMANDS:
        found = commands.get_command(context, name)
        listed = [found] if not isinstance(found, click.Group) else [
            found.get_command(context, one) for one in found.list_commands(context)]
        for one in listed:
            assert isinstance(one, OnceCommand)
            assert {"quiet", "verbose"} <= {parameter.name for parameter in one.params}


@pytest.mark.parametrize(("setting", "coloured"), [(None, True), ("", True), ("1", False)])
def test_colours_are_left_out_where_no_color_is_set(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, setting: str | None, coloured: bool
) -> None:
    if setting is not None:
        monkeypatch.setenv("NO_COLOR", setting)
    with redirect_stderr(terminal):
        say("Error: it failed", err=True, fg="red")
    assert ("\x1b[31m" in terminal.getvalue()) == coloured
    assert "Error: it failed" in terminal.getvalue()


def test_functions_and_sources_have_names(workplace: Path) -> None:
    whole = symdcrnn.load_model(workplace / "model.json")["g"]
    functions = (LearnedFunction("g", (0.0, 1.0), (-100.8, -1.0), errors=(0.5, 0.25), units="s-1"),
                 LearnedFunction("1", (0.0, 1.0), (0.0, 2.0)), LearnedFunction("rho", (0.0, 1.0), (3.0, 4.0), "t"))
    terms = (LearnedTerm("v_dx g", -1.0, error=0.012, units="m s-1"), LearnedTerm("1", 0.5),
             LearnedTerm("1", 2.0, power=1))
    equation: LearnedEquation = replace(whole, terms=terms, functions=functions)
    assert str(equation) == ("d_t g = -1 v_dx g + 0.5 + 2 (1/eps) + a1(x) g + S(x) + a2(t) rho, "
                             "a1 in [-100.8, -1], S in [0, 2], a2 in [3, 4]")
    assert equation.terms_text() == "-1 +- 0.012 [m s-1] v_dx g, a1(x) +- 0.25 to 0.5 [s-1]"
    named = replace(equation, target="S", functions=functions[1:2])
    assert str(named).startswith("d_t S = -1 v_dx g + 0.5 + 2 (1/eps) + S_(x), S_ in ")
