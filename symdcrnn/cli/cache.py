"""`symdcrnn cache`: the compiled kernels that are kept from one run to the next."""

from __future__ import annotations

import click

from symdcrnn.cli.options import OnceCommand, json_option, print_json

UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


@click.command(cls=OnceCommand, name="cache", epilog="Example: symdcrnn cache")
@click.option("--path", "only_path", is_flag=True, help="Print where they are kept, and nothing else.")
@click.option("--clear", is_flag=True, help="Remove them; the next run compiles what it needs anew.")
@json_option
def cache_command(only_path: bool, clear: bool, as_json: bool) -> None:
    """List or clear the compiled kernels.

    Each is a numba source with its machine code, and is listed with its size, its age and what it computes. The
    variable SYMDCRNN_CACHE_DIR names another folder. Functions that kernels share are counted.
    """
    from symdcrnn.kernels.cache import cached_kernels, clear_cache
    from symdcrnn.kernels.cache_folder import cache_directory, cache_path

    if only_path and clear:
        raise click.UsageError("--path and --clear do not go together")
    if only_path:
        if as_json:
            print_json({"path": str(cache_path())})
        else:
            click.echo(cache_path())
        return
    folder = cache_directory()
    found = clear_cache(folder) if clear else cached_kernels(folder)
    total = sum(kernel.size for kernel in found)
    kernels = [kernel for kernel in found if not kernel.shared]
    shared = len(found) - len(kernels)
    if as_json:
        print_json({
            "path": str(folder),
            "cleared": clear,
            "bytes": total,
            "kernels": [{"file": kernel.path.name, "bytes": kernel.size, "age_seconds": kernel.age,
                         "computes": kernel.title, "intact": kernel.intact} for kernel in kernels],
            "shared_functions": shared,
        })
        return
    if not clear:
        for kernel in kernels:
            mark = "" if kernel.intact else "  CHANGED since it was written: will not be run"
            click.echo(f"{kernel.path.name}  {kernel.size / 1024:6.0f} kB  {_age(kernel.age):>7}  "
                       f"{_short(kernel.title)}{mark}")
    noun = "kernel" if len(kernels) == 1 else "kernels"
    functions = f" and {shared} function{'s' * (shared > 1)} that kernels share" if shared else ""
    click.echo(f"{len(kernels)} {noun}{functions}, {total / 1024:.0f} kB, {'removed from' if clear else 'in'} {folder}")


def _age(seconds: float) -> str:
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= size), UNITS[-1])
    return f"{seconds / size:.0f} {unit}"


def _short(title: str) -> str:
    return title if len(title) <= 100 else title[:97] + "..."
