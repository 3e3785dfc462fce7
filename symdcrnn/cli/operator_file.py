"""Operators of the user in a TOML file: a table [operators.NAME] with rules, and how it is printed."""

from __future__ import annotations

from pathlib import Path

from symdcrnn.cli.config import read_toml
from symdcrnn.errors import InputError

FORM = "write for example [operators.diffuse] with rules = [{stencil = 'x', order = 2}]"


def read_operators(path: Path) -> tuple[str, ...]:
    """The operators of a file, each as the JSON text that settings take.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InputError
        If the file cannot be read, or a table describes no operator.
    """
    from symdcrnn.algebra.operator_records import operator_from_dict
    from symdcrnn.regression.dictionary import operator_text

    content = read_toml(path)
    tables = content.get("operators")
    if set(content) != {"operators"} or not isinstance(tables, dict) or not tables:
        raise InputError(f"{path}: holds no tables [operators.NAME] alone: {FORM}")
    found = []
    for name, table in tables.items():
        if not isinstance(table, dict) or "rules" not in table:
            raise InputError(f"{path}: the operator {name!r} has no rules: {FORM}")
        try:
            found.append(operator_text(operator_from_dict({"name": name, **table})))
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
    return tuple(found)
