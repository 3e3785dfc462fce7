"""The command `symdcrnn`: every word of it is a call of the Python API."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NamedTuple

import click
from click.shell_completion import CompletionItem

from symdcrnn.cli.options import check_threads, option_name
from symdcrnn.cli.screen import say
from symdcrnn.cli.version import print_version
from symdcrnn.errors import InputError, SettingError

EPILOG = "Example: symdcrnn generate transport --preset notebook -o data.nc && symdcrnn fit data.nc -o model.json"


class Place(NamedTuple):
    """Where a command is defined, and what the list of commands says of it."""

    module: str
    name: str
    help: str


COMMANDS: dict[str, Place] = {
    "cache": Place("cache", "cache_command", "List or clear the compiled kernels."),
    "compare": Place("compare", "compare_command", "Find one equation by several methods and set them side by side."),
    "fit": Place("fit", "fit_command", "Learn the equations of snapshots."),
    "form": Place("form", "form_command", "Write learned equations, and data, in another form."),
    "generate": Place("generate", "generate_group", "Solve a known problem and store its snapshots."),
    "info": Place("info", "info_command", "Show what is in a file."),
    "inspect": Place("inspect", "inspect_command", "Show a model, a polynomial or a kernel."),
    "limit": Place("limit", "limit_command", "Derive the limit of a learned equation, with its corrections."),
    "plot": Place("plot", "plot_command", "Draw data, a model, and how both fit together."),
    "report": Place("report", "report_command",
                    "Write a report of a model: its equations, how they were found, and how they fit the data."),
    "reproduce": Place("reproduce", "reproduce_command",
                       "Compute tables and figures of the paper anew and set them beside its own numbers."),
    "simulate": Place("simulate", "simulate_command", "March the learned equations forward in time."),
    "sweep": Place("sweep", "sweep_command", "Fit the same data with every combination of some settings."),
}
"""A command is imported when it is called, so that the list of commands shows at once."""


class LazyGroup(click.Group):
    """The commands of `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        command: click.Command = getattr(import_module(f"symdcrnn.cli.{place.module}"), place.name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names of commands without an import of each of them, and options."""
        found = [CompletionItem(name, help=COMMANDS[name].help) for name in self.list_commands(ctx)
                 if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, epilog=EPILOG,
             context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=print_version,
              help="Show the version, those of Python and libraries, and the processor, for reports of faults.")
def commands() -> None:
    """Learn multiscale, nonlocal PDEs from snapshots of their solutions."""
    check_threads()


def main() -> None:
    """Run the command line: exit code 0, 1 (failed) or 2 (usage)."""
    try:
        commands.main(standalone_mode=False)
    except click.UsageError as error:
        if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
            error.show()
            sys.exit(2)
        _fail(_one_line(error), 2)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    except SettingError as error:
        _fail(option_name(error), 2)
    except InputError as error:
        _fail(str(error))
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted: nothing was written")
    except BrokenPipeError:
        # The reader of our output has gone; python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except MemoryError as error:
        # NumPy says how much an array would have taken.
        detail = " ".join(f"({str(error)[:200]})".split()) if str(error) else ""
        _fail(f"out of memory {detail}".rstrip()
              + ": use fewer words (fewer layers or operators, a smaller library) or fewer frames")
    except OSError as error:
        if error.filename is None and not _has_current_folder():
            _fail("the current folder was removed: change to another one")
        _fail(f"{error.filename or 'a file'}: {error.strerror or error}: check the path and the space left")


def _has_current_folder() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _one_line(error: click.UsageError) -> str:
    """What was wrong, and where the options are explained."""
    message = " ".join(error.format_message().split())
    if message.endswith(".") and not message.endswith("..."):
        message = message[:-1]
    return message if error.ctx is None else f"{message} (see {error.ctx.command_path} --help)"


def _fail(message: str, code: int = 1) -> None:
    say(f"Error: {message}", err=True, fg="red")
    sys.exit(code)
