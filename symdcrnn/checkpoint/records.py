"""The records that a checkpoint may hold: those of the stages of a fit, and all that they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints


def records_in(*kinds: type) -> dict[str, type]:
    """Frozen dataclasses by name, with those that their fields are annotated with.

    Parameters
    ----------
    *kinds : type
        Dataclasses.
    """
    found: dict[str, type] = {}
    for kind in kinds:
        _gather(kind, found)
    return found


def _gather(kind: type, found: dict[str, type]) -> None:
    if found.get(kind.__name__) is kind:
        return
    if kind.__name__ in found:
        raise ValueError(f"two records are called {kind.__name__}")
    found[kind.__name__] = kind
    hints = get_type_hints(kind)
    for field in fields(kind):
        for inner in _dataclasses_in(hints[field.name]):
            _gather(inner, found)


def _dataclasses_in(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type) and is_dataclass(annotation):
        yield annotation
    for inner in get_args(annotation):
        yield from _dataclasses_in(inner)
