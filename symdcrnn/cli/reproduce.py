"""``symdcrnn reproduce``: the paper's tables and figures beside ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from symdcrnn.cli.options import OnceCommand, check_folder, json_option, print_json, usage_errors
from symdcrnn.cli.progress import progress_report
from symdcrnn.data.files.atomic import replacing
from symdcrnn.errors import InputError
from symdcrnn.reproduction.item import Item, as_dict, as_markdown
from symdcrnn.reproduction.items import NAMES, find_item

ALL = "all"


HELP = f"""Compute tables and figures of the paper anew and set them beside its own numbers.

ITEM is one of {', '.join(NAMES)}, or {ALL}. Items that are in the folder already are kept, so that an
interrupted run goes on where it stopped.
"""


@click.command(cls=OnceCommand, name="reproduce", help=HELP,
               epilog="Example: symdcrnn reproduce table-3 -o reproduction")
@click.argument("names", nargs=-1, required=True, metavar="ITEM...")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("reproduction"), show_default=True,
              help="Folder for one Markdown and one JSON file per item.")
@click.option("--force", is_flag=True, help="Compute items anew that are in the folder already.")
@json_option
def reproduce_command(names: tuple[str, ...], output: Path, force: bool, as_json: bool) -> None:
    """Compute the named items, or read those of an earlier run, and print them."""
    with usage_errors():
        named = {name: find_item(name) for name in names if name != ALL}
    chosen = [find_item(name) for name in NAMES] if ALL in names else list(named.values())
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output}: cannot be made a folder ({error.strerror}): choose another one") from None
    check_folder(output)
    contents = {item.name: _content(item, output, force) for item in chosen}
    if as_json:
        print_json(contents)
        return
    click.echo("Errors in percent (6.2), spurious terms counted.\n")
    click.echo("\n".join(as_markdown(item, contents[item.name]) for item in chosen), nl=False)


def _content(item: Item, folder: Path, force: bool) -> dict[str, Any]:
    target = folder / f"{item.name}.json"
    kept = None if force else _kept(target)
    if kept is not None:
        return kept
    with progress_report() as progress:
        content = as_dict(item, item.compute(folder, progress))
    text = as_markdown(item, content)
    for path, written in ((folder / f"{item.name}.md", text), (target, json.dumps(content, indent=1) + "\n")):
        with replacing(path) as temporary:
            temporary.write_text(written, encoding="utf-8")
    return content


def _kept(path: Path) -> dict[str, Any] | None:
    """An item of an earlier run, None where there is none; one of another version is refused."""
    from symdcrnn import __version__

    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{path} is not an item of an earlier run: remove it, or add --force to replace it") from None
    if not isinstance(content, dict) or content.get("symdcrnn") != __version__:
        raise InputError(f"{path} is not an item of this version: remove it, or add --force to replace it")
    return content
