"""``symdcrnn reproduce``: the paper's tables and figures beside ours."""

from __future__ import annotations

from pathlib import Path

import click

from symdcrnn.cli.options import OnceCommand, check_folder, json_option, print_json, usage_errors
from symdcrnn.cli.progress import progress_report
from symdcrnn.errors import InputError
from symdcrnn.reproduction.item import as_markdown
from symdcrnn.reproduction.items import NAMES, find_item

ALL = "all"


HELP = f"""Compute tables and figures of the paper anew and set them beside its own numbers.

ITEM is one of {', '.join(NAMES)}, or {ALL}. Items that are in the folder already are kept, and so are rows
of an item that is not done yet (in ITEM.ckpt): an interrupted run goes on with the next row.
"""


@click.command(cls=OnceCommand, name="reproduce", help=HELP,
               epilog="Example: symdcrnn reproduce table-3 -o reproduction")
@click.argument("names", nargs=-1, required=True, metavar="ITEM...")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("reproduction"), show_default=True,
              help="Folder for one Markdown and one JSON file per item.")
@click.option("--force", is_flag=True, help="Compute items and rows anew that are in the folder already.")
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
    from symdcrnn.reproduction.in_folder import computed_in, earlier_in

    contents = {}
    for item in chosen:
        content = None if force else earlier_in(output, item)
        if content is None:
            with progress_report() as progress:
                content = computed_in(output, item, force, progress)
        contents[item.name] = content
    if as_json:
        print_json(contents)
        return
    click.echo("Errors in percent (6.2), spurious terms counted.\n")
    click.echo("\n".join(as_markdown(item, contents[item.name]) for item in chosen), nl=False)
