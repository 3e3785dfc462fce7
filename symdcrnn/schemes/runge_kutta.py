"""Schemes with stages: classical Runge-Kutta (4.7) and IMEX pairs by their double tableau (8.1)-(8.5).

A new pair is one new entry in `TABLEAUS`, or a JSON file that `read_tableau` reads.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from symdcrnn.errors import InputError
from symdcrnn.given import LONGEST, real_number
from symdcrnn.schemes.order_conditions import HIGHEST, order_of

Row = tuple[float, ...]

CONSISTENT = 1e-9
"""How far the weights may be from a sum of one."""


@dataclass(frozen=True)
class DoubleTableau:
    """An explicit tableau for what is not stiff and an implicit one for what is.

    A scheme without an implicit part treats every word explicitly.

    Parameters
    ----------
    name : str
        How it is named on the command line.
    explicit : tuple of tuple of float
        a~, one row per stage, strictly lower triangular.
    explicit_weights : tuple of float
        w~, of sum one.
    implicit : tuple of tuple of float
        a, one row per stage, lower triangular; empty for an explicit scheme.
    implicit_weights : tuple of float
        w, of sum one; empty for an explicit scheme.
    order : int
        Of its truncation error in dt.
    description : str
        What it is, and its equation in the paper.

    Raises
    ------
    InputError
        If the parts do not have the shapes, zeros and sums they must have.
    """

    name: str
    explicit: tuple[Row, ...]
    explicit_weights: Row
    implicit: tuple[Row, ...]
    implicit_weights: Row
    order: int
    description: str

    frames = 2

    def __post_init__(self) -> None:
        stages = len(self.explicit_weights)
        _check(self.name, "explicit", self.explicit, self.explicit_weights, stages, 0)
        if self.splits:
            _check(self.name, "implicit", self.implicit, self.implicit_weights, stages, 1)

    @property
    def stages(self) -> int:
        return len(self.explicit_weights)

    @property
    def splits(self) -> bool:
        """Whether stiff terms are treated in another way than the rest (IMEX)."""
        return bool(self.implicit) or bool(self.implicit_weights)

    @property
    def ends_with_its_last_stage(self) -> bool:
        """Whether the state after a step is that of the last stage: nothing stiff is added to it."""
        return (self.explicit[-1], self.implicit[-1:]) == (self.explicit_weights, (self.implicit_weights,))

    @property
    def explicit_abscissas(self) -> Row:
        """c~, eq. (8.5): the times of the stages in the explicit part, in steps."""
        return tuple(sum(row) for row in self.explicit)

    @property
    def implicit_abscissas(self) -> Row:
        """c, eq. (8.5): the times of the stages in the implicit part, in steps."""
        return tuple(sum(row) for row in self.implicit) if self.splits else self.explicit_abscissas


def _check(name: str, part: str, rows: Sequence[Row], weights: Row, stages: int, allowed: int) -> None:
    if len(rows) != stages or any(len(row) != stages for row in rows) or len(weights) != stages or stages == 0:
        sizes = ", ".join(str(len(row)) for row in rows)
        raise InputError(f"{name}: the {part} tableau has {len(rows)} rows of {sizes or 'no'} numbers and "
                         f"{len(weights)} weights: it must have {stages} rows of {stages} numbers and {stages} weights")
    for number, row in enumerate(rows):
        for column in range(number + allowed, stages):
            if row[column] != 0.0:
                raise InputError(
                    f"{name}: the {part} tableau is not {'' if allowed else 'strictly '}lower triangular: "
                    f"row {number + 1}, column {column + 1} is {row[column]:g}, it must be 0"
                )
    if abs(sum(weights) - 1.0) > CONSISTENT:
        raise InputError(f"{name}: the {part} weights have sum {sum(weights):.10g}: it must be 1")


GAMMA = 1.0 - sqrt(2.0) / 2.0
DELTA = 1.0 - 1.0 / (2.0 * GAMMA)

TABLEAUS: dict[str, DoubleTableau] = {
    tableau.name: tableau
    for tableau in (
        DoubleTableau(
            "rk4",
            ((0.0, 0.0, 0.0, 0.0), (1 / 2, 0.0, 0.0, 0.0), (0.0, 1 / 2, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0)),
            (1 / 6, 1 / 3, 1 / 3, 1 / 6), (), (), 4, "classical Runge-Kutta, eq. (4.7)",
        ),
        DoubleTableau(
            "imex-ars222",
            ((0.0, 0.0, 0.0), (GAMMA, 0.0, 0.0), (DELTA, 1.0 - DELTA, 0.0)), (DELTA, 1.0 - DELTA, 0.0),
            ((0.0, 0.0, 0.0), (0.0, GAMMA, 0.0), (0.0, 1.0 - GAMMA, GAMMA)), (0.0, 1.0 - GAMMA, GAMMA),
            2, "IMEX Runge-Kutta ARS(2,2,2), eqs. (8.1)-(8.12)",
        ),
        DoubleTableau(
            "imex-ars443",
            (
                (0.0, 0.0, 0.0, 0.0, 0.0), (1 / 2, 0.0, 0.0, 0.0, 0.0), (11 / 18, 1 / 18, 0.0, 0.0, 0.0),
                (5 / 6, -5 / 6, 1 / 2, 0.0, 0.0), (1 / 4, 7 / 4, 3 / 4, -7 / 4, 0.0),
            ),
            (1 / 4, 7 / 4, 3 / 4, -7 / 4, 0.0),
            (
                (0.0, 0.0, 0.0, 0.0, 0.0), (0.0, 1 / 2, 0.0, 0.0, 0.0), (0.0, 1 / 6, 1 / 2, 0.0, 0.0),
                (0.0, -1 / 2, 1 / 2, 1 / 2, 0.0), (0.0, 3 / 2, -3 / 2, 1 / 2, 1 / 2),
            ),
            (0.0, 3 / 2, -3 / 2, 1 / 2, 1 / 2), 3, "IMEX Runge-Kutta ARS(4,4,3)",
        ),
    )
}

KEYS = ("explicit", "explicit_weights", "order")
IMPLICIT_KEYS = ("implicit", "implicit_weights")

FORM = ("write an object with explicit, explicit_weights, order and, for an IMEX pair, implicit and "
        "implicit_weights")


def read_tableau(path: str) -> DoubleTableau:
    """A double tableau from a JSON file.

    Parameters
    ----------
    path : str
        A file with ``explicit`` (rows), ``explicit_weights``, ``order`` and, for an IMEX pair, ``implicit`` and
        ``implicit_weights``.

    Raises
    ------
    InputError
        If it cannot be read, or is not a tableau.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}): check the name of the file") from None
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno}: {error.msg})" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"{path}: not JSON{where}: give a file with a double tableau") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: not a tableau: {FORM}")
    for key in content:
        if key not in (*KEYS, *IMPLICIT_KEYS):
            raise InputError(f"{path}: unknown key {key!r}: {FORM}")
    needed = (*KEYS, *IMPLICIT_KEYS) if any(key in content for key in IMPLICIT_KEYS) else KEYS
    for key in needed:
        if key not in content:
            raise InputError(f"{path}: there is no {key!r}: {FORM}")
    for key in needed:
        if content[key] == []:
            raise InputError(f"{path}: {key} is empty: there must be at least one stage")
    order = content["order"]
    if not isinstance(order, int) or isinstance(order, bool) or order < 1:
        raise InputError(f"{path}: order is {_written(order)}: it must be a positive integer")
    rows = {name: tuple(_row(path, name, row) for row in _list(path, name, content.get(name, [])))
            for name in ("explicit", "implicit")}
    weights = {name: _row(path, name, content.get(name, [])) for name in ("explicit_weights", "implicit_weights")}
    tableau = DoubleTableau(path, rows["explicit"], weights["explicit_weights"], rows["implicit"],
                            weights["implicit_weights"], order, f"tableau of {Path(path).name}")
    parts = ((tableau.explicit, tableau.explicit_weights), (tableau.implicit, tableau.implicit_weights))
    reached = order_of(parts if tableau.splits else parts[:1])
    if reached < min(order, HIGHEST):
        raise InputError(f"{path}: order is {order}, but the tableau meets the conditions up to order {reached} only: "
                         "correct its numbers, or the order")
    return tableau


def _written(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= LONGEST else text[:LONGEST - 3] + "..."


def _list(path: str, name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise InputError(f"{path}: {name} must be a list")
    return value


def _row(path: str, name: str, value: Any) -> Row:
    for item in _list(path, name, value):
        if real_number(item) is None:
            raise InputError(f"{path}: {name} has {_written(item)}: it must hold finite numbers, fractions as "
                             "decimals")
    return tuple(float(item) for item in value)
