"""Tables of text: wide ones, whose header has the points of x, and long ones, with a row for each t and x."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.axes import first_line
from symdcrnn.data.files.places import Place
from symdcrnn.data.foreign.usual_names import AXES
from symdcrnn.data.roles import usual_role
from symdcrnn.errors import InputError

Arrays = dict[str, NDArray[Any]]

LARGEST = 200_000_000
"""Bytes of a table; larger data should be in another format."""

SEPARATORS = (",", ";", "\t")

NAME = "u"
"""Of the field of a wide table."""

FORM = ("write a header and numbers: 't,0,0.1,0.2' with the points of x and a row for each t, or 't,x,u' and a row for "
        "each t and x")


def read_table(place: Place, notices: list[str]) -> Arrays:
    """The arrays of a table.

    Raises
    ------
    InputError
        If it is no table of numbers, has no header, or its rows are no full grid.
    """
    if os.path.getsize(place.file) > LARGEST:
        raise InputError(f"is a table of more than {LARGEST // 10**6} MB: write it as .npz or .nc")
    try:
        with open(place.file, encoding="utf-8-sig", newline="") as file:
            lines = [line for line in file.read().splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise InputError(f"is no table of text ({first_line(error)}): {FORM}") from None
    while lines and lines[0].lstrip().startswith("#") and (len(lines) < 2 or lines[1].lstrip().startswith("#")):
        lines.pop(0)
    if len(lines) < 2:
        raise InputError(f"has no rows: {FORM}")
    lines[0] = lines[0].lstrip().removeprefix("#")
    rows = _cells([line for line in lines if not line.lstrip().startswith("#")])
    header, rows = [name.strip() for name in rows[0]], rows[1:]
    wrong = next((number for number, row in enumerate(rows, 2) if len(row) != len(header)), None)
    if wrong is not None:
        raise InputError(f"has {len(rows[wrong - 2])} entries in row {wrong}, and {len(header)} in its header: write "
                         "as many in each")
    columns = [_column(name, number, [row[number] for row in rows]) for number, name in enumerate(header)]
    points = [_number(name) for name in header]
    if all(point is not None for point in points):
        raise InputError(f"has no header, its first row is numbers: {FORM}")
    if len(header) > 2 and all(point is not None for point in points[1:]):
        return _wide(header[0], np.array(points[1:], dtype=np.float64), columns, notices)
    return _long(header, columns)


def _cells(lines: Sequence[str]) -> list[list[str]]:
    separator = max(SEPARATORS, key=lines[0].count)
    if separator not in lines[0]:
        return [line.split() for line in lines]
    return list(csv.reader(lines, delimiter=separator))


def _column(name: str, number: int, cells: Sequence[str]) -> NDArray[Any]:
    """Numbers, NaN where there are none, or dates."""
    texts = [cell.strip() for cell in cells]
    found = [_number(text) if text else np.nan for text in texts]
    if all(one is not None for one in found):
        return np.array(found, dtype=np.float64)
    try:
        return np.array(texts, dtype="datetime64[ns]")
    except ValueError:
        row = next(row for row, one in enumerate(found) if one is None)
        raise InputError(f"has {texts[row][:40]!r} in row {row + 2} of column {name or number + 1!r}: write numbers, "
                         "or dates such as 2020-01-31T12:00:00") from None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _wide(first: str, points: NDArray[Any], columns: list[NDArray[Any]], notices: list[str]) -> Arrays:
    table = np.stack(columns[1:], axis=1)
    along = ("x", "t") if first in ("x", *AXES["x"]) else ("t", "x")
    notices.append(f"took the table as {NAME}({', '.join(along)}), its first column as {along[0]}, its header as "
                   f"{along[1]}")
    return {along[0]: columns[0], along[1]: points, NAME: table, f"axes_{NAME}": np.array(" ".join(along)),
            **{f"axes_{axis}": np.array(axis) for axis in along}}


def _long(header: list[str], columns: list[NDArray[Any]]) -> Arrays:
    names = dict(zip(header, columns, strict=True))
    if len(names) < len(header) or "" in names:
        raise InputError(f"has columns without names of their own ({', '.join(header)}): give each a name")
    grid = [name for name in header if name == "t" or usual_role(name) in ("space", "velocity")
            or any(name in usual for usual in AXES.values())]
    with_indices = [name for name in header if name in grid or usual_role(name) == "index"]
    choices = [grid, with_indices, *(header[:count] for count in range(2, len(header)))]
    axes = next((axes for axes in choices if 0 < len(axes) < len(header) and _is_grid([names[one] for one in axes])),
                None)
    if axes is None:
        raise InputError(f"has {columns[0].size} rows, which are no full grid of its first columns "
                         f"({', '.join(header[:-1])}): write one row for each t and x, axes first")
    order = np.lexsort([names[axis] for axis in reversed(axes)])
    points = {axis: np.unique(names[axis]) for axis in axes}
    shape = tuple(one.size for one in points.values())
    fields = {name: column[order].reshape(shape) for name, column in names.items() if name not in axes}
    return {**points, **fields, **{f"axes_{name}": np.array(" ".join(axes)) for name in fields}}


def _is_grid(columns: list[NDArray[Any]]) -> bool:
    """Whether the rows are all combinations of the values of columns, each once."""
    places = [np.unique(column, return_inverse=True) for column in columns]
    sizes = [values.size for values, _ in places]
    if int(np.prod([float(size) for size in sizes])) != columns[0].size:
        return False
    return np.unique(np.ravel_multi_index([inverse for _, inverse in places], sizes)).size == columns[0].size
