"""``symdcrnn reproduce``: the paper's tables beside ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from symdcrnn.cli.options import json_option, print_json, progress_report
from symdcrnn.data.atomic import replacing
from symdcrnn.errors import InputError
from symdcrnn.reproduction.paper import TABLES, find_table

ALL = "all"


HELP = f"""Compute tables of the paper anew and set them beside its own figures.

TABLE is one of {', '.join(TABLES)}, or {ALL}. Tables that are in the folder already are kept, so that an
interrupted run goes on where it stopped.
"""


@click.command(name="reproduce", help=HELP, epilog="Example: symdcrnn reproduce table-3 -o reproduction")
@click.argument("names", nargs=-1, required=True, metavar="TABLE...")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("reproduction"), show_default=True,
              help="Folder for one Markdown and one JSON file per table.")
@click.option("--force", is_flag=True, help="Compute tables anew that are in the folder already.")
@json_option
def reproduce_command(names: tuple[str, ...], output: Path, force: bool, as_json: bool) -> None:
    """Compute the named tables, or read those of an earlier run, and print them."""
    chosen = list(TABLES) if ALL in names else [find_table(name).name for name in dict.fromkeys(names)]
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output}: cannot be made a folder ({error.strerror}): choose another one") from None
    tables = [_table(name, output, force) for name in chosen]
    if as_json:
        print_json({content["table"]: content for content in tables})
        return
    from symdcrnn.reproduction.report import as_markdown

    click.echo("Errors in percent (6.2), spurious terms counted.\n")
    click.echo("\n".join(as_markdown(content) for content in tables), nl=False)


def _table(name: str, folder: Path, force: bool) -> dict[str, Any]:
    target = folder / f"{name}.json"
    kept = None if force else _kept(target)
    if kept is not None:
        return kept
    from symdcrnn.reproduction.report import as_dict, as_markdown
    from symdcrnn.reproduction.rows import compute

    table = find_table(name)
    with progress_report() as progress:
        content = as_dict(table, compute(table, progress))
    for path, text in ((folder / f"{name}.md", as_markdown(content)), (target, json.dumps(content, indent=1) + "\n")):
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return content


def _kept(path: Path) -> dict[str, Any] | None:
    """A table of an earlier run, None where there is none; one of another version is refused."""
    from symdcrnn import __version__

    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{path} is not a table of an earlier run: remove it, or add --force to replace it") from None
    if not isinstance(content, dict) or content.get("symdcrnn") != __version__:
        raise InputError(f"{path} is not a table of this version: remove it, or add --force to replace it")
    return content
