"""One cell of the table: what a method made of one data set at one level of noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Equations = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Cell:
    """A fit and its score.

    Parameters
    ----------
    data, method : str
    noise : float
        Of the root mean square of each field.
    seed : int
    right : bool
        Whether all equations have the right words and no others.
    error : float or None
        The largest relative error of a coefficient, where the words are right.
    seconds, memory : float or None
        Of the fit; memory in MB, what was resident at most beyond what was before.
    certain : bool or None
        Whether all equations were called certain; None of methods that do not say.
    failed : tuple of str
        The checks that were not passed.
    settings, message : str
    equations : mapping
    """

    data: str
    method: str
    noise: float
    seed: int
    right: bool
    error: float | None
    seconds: float | None
    memory: float | None
    certain: bool | None
    failed: tuple[str, ...]
    settings: str
    message: str
    equations: Equations


def score(
    data: str, method: str, noise: float, seed: int, answer: Mapping[str, Any], exact: Equations
) -> Cell:
    """A cell from the answer of a process and the exact equations of the fields that it answers for."""
    if "error" in answer:
        return Cell(data, method, noise, seed, False, None, None, None, None, (), "", answer["error"], {})
    found: Equations = answer["equations"]
    right = all(set(found[name]) == set(exact[name]) for name in found)
    error = max(abs(found[name][word] / value - 1.0) for name in found for word, value in exact[name].items()) \
        if right else None
    certain = all(answer["certain"].values()) if answer["certain"] else None
    return Cell(data, method, noise, seed, right, error, answer["seconds"], answer["memory"], certain,
                tuple(answer["failed"]), answer["settings"], "", found)


def table(cells: Sequence[Cell], levels: Sequence[float], titles: Mapping[str, str]) -> str:
    """A row for each data set and method, a column for each level of noise.

    A cell has how many seeds found the right words if not all, and the largest error of these; ? where one of them was
    not certain, ! where a wrong equation was.
    """
    keys = list(dict.fromkeys((one.data, one.method) for one in cells))
    head = ["data", "method", *(f"{100 * level:g} %" for level in levels), "seconds", "memory"]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    before = ""
    for data, method in keys:
        own = [one for one in cells if (one.data, one.method) == (data, method)]
        words = [_cell([one for one in own if one.noise == level]) for level in levels]
        seconds = [one.seconds for one in own if one.seconds is not None]
        memory = [one.memory for one in own if one.memory is not None]
        row = ["" if data == before else titles.get(data, data), method, *words,
               _between(seconds), f"{max(memory):.0f} MB" if memory else ""]
        lines.append("| " + " | ".join(row) + " |")
        before = data
    return "\n".join(lines)


def _cell(cells: Sequence[Cell]) -> str:
    if not cells:
        return ""
    if all(one.message for one in cells):
        return "-"
    right = [one for one in cells if one.right]
    marks = ("?" if any(one.certain is False for one in right) else "") + (
        "!" if any(one.certain and not one.right for one in cells) else "")
    if not right:
        return f"no{marks}"
    count = "" if len(right) == len(cells) else f"{len(right)} of {len(cells)}: "
    return f"{count}{100 * max(one.error or 0.0 for one in right):.2g} %{marks}"


def _between(seconds: Sequence[float]) -> str:
    if not seconds:
        return ""
    low, high = min(seconds), max(seconds)
    return f"{low:.2g} to {high:.2g}" if high > 1.2 * low else f"{high:.2g}"


def summary(cells: Sequence[Cell]) -> str:
    """How many equations of each method were right, and how many wrong ones were called certain."""
    lines = []
    for method in dict.fromkeys(one.method for one in cells):
        own = [one for one in cells if one.method == method]
        line = f"{method}: {sum(one.right for one in own)} of {len(own)} right"
        if any(one.certain is not None for one in own):
            line += (f", {sum(bool(one.certain and not one.right) for one in own)} wrong and certain, "
                     f"{sum(one.right and one.certain is False for one in own)} right and not certain")
        lines.append(line)
    return "\n".join(lines)
