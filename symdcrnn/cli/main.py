"""The command `symdcrnn`: every word of it is a call of the Python API."""

from __future__ import annotations

import os
import sys

import click

from symdcrnn import __version__
from symdcrnn.cli.compare import compare_command
from symdcrnn.cli.fit import fit_command
from symdcrnn.cli.generate import generate_group
from symdcrnn.cli.info import info_command
from symdcrnn.cli.inspect import inspect_command
from symdcrnn.cli.report import report_command
from symdcrnn.cli.reproduce import reproduce_command
from symdcrnn.errors import InputError

EPILOG = "Example: symdcrnn generate transport --preset notebook -o data.nc && symdcrnn fit data.nc -o model.json"


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="symdcrnn")
def commands() -> None:
    """Learn multiscale, nonlocal PDEs from snapshots of their solutions."""


for command in (generate_group, fit_command, inspect_command, info_command, report_command, compare_command,
                reproduce_command):
    commands.add_command(command)


def main() -> None:
    """Run the command line: exit code 0, 1 (failed) or 2 (usage)."""
    try:
        commands.main(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    except InputError as error:
        _fail(str(error))
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted: nothing was written")
    except BrokenPipeError:
        # The reader of our output has gone; python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except MemoryError:
        _fail("out of memory: use fewer layers, fewer operators or fewer frames")
    except OSError as error:
        _fail(f"{error.filename or 'a file'}: {error.strerror or error}: check the path and the space left")


def _fail(message: str) -> None:
    click.echo(f"Error: {message}", err=True)
    sys.exit(1)
