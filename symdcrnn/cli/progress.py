"""What is being done, on stderr: a bar on a terminal from the first moment, and at the end a line of what was done."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from symdcrnn.cli.screen import is_quiet, is_verbose, say

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.text import Text

NAMED = 0.05
"""A stage that took less than this part of the time is not named at the end."""

OF = "-equation: "
"""What ends the name of an equation before a stage."""

REFRESHED = 8
"""Times a second that the bar is drawn."""


class ProgressReport:
    """Stages, steps and the equation as it stands; made by `progress_report`.

    Parameters
    ----------
    bar : rich.progress.Progress or None
        The bar; None where there is no terminal.
    lines : bool
        Whether each stage is printed as a line where there is no bar.
    """

    def __init__(self, bar: Progress | None, lines: bool) -> None:
        self._bar, self._lines = bar, lines
        self._task: Any = None
        self._stage = ""
        self._spent: dict[str, float] = {}
        self._started = self._since = time.perf_counter()
        self.equation = ""

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Tell how far a stage is; a total of 0 is one that is not known."""
        new = stage != self._stage
        if new:
            self._turn(stage)
            if self._lines:
                say(stage, err=True)
        if self._bar is None:
            return
        if self._task is None:
            self._task = self._bar.add_task(stage, total=None, left="")
        if new:
            self._bar.reset(self._task, description=stage, total=total or None)
        self._bar.update(self._task, completed=done, total=total or None, left="left" if total else "")

    def watch(self, equation: str) -> None:
        """Show the equation as it stands."""
        if self._lines and equation != self.equation:
            say(f"  {equation}", err=True)
        self.equation = equation

    def _turn(self, stage: str) -> None:
        now = time.perf_counter()
        if self._stage:
            name = self._stage.rpartition(OF)[2]
            self._spent[name] = self._spent.get(name, 0.0) + now - self._since
        self._stage, self._since = stage, now

    def summary(self) -> str:
        """What was done, and how long it took."""
        self._turn("")
        total = time.perf_counter() - self._started
        parts = [f"{name} {seconds:.1f} s" for name, seconds in self._spent.items() if seconds >= NAMED * total]
        return f"Done in {total:.1f} s" + (f": {', '.join(parts)}" if parts else "")

    def __rich__(self) -> Text:
        """The equation, in one line that is cut where the terminal ends."""
        from rich.text import Text

        return Text(self.equation, no_wrap=True, overflow="ellipsis")


@contextmanager
def progress_report() -> Iterator[ProgressReport]:
    """A bar on stderr where that is a terminal; lines of stages elsewhere if all details are wanted; else nothing."""
    if is_quiet() or not sys.stderr.isatty():
        report = ProgressReport(None, is_verbose())
        yield report
        if is_verbose():
            say(report.summary(), err=True)
        return
    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
                   TextColumn("{task.fields[left]}"), console=console)
    report = ProgressReport(bar, False)
    with Live(Group(bar, report), console=console, transient=True, refresh_per_second=REFRESHED):
        yield report
    say(report.summary(), err=True)
