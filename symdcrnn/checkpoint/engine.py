"""An engine that keeps the results of pieces that may take long by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from symdcrnn.checkpoint.digests import NoDigestError, digest
from symdcrnn.checkpoint.journal import Journal
from symdcrnn.engines.engine import Engine, Work

KEPT = ("resampled", "words_of_half", "train_one")
"""The names of work whose results are kept: other pieces are sums over the data, which are kept as a whole."""


def keeping(engine: Engine, journal: Journal) -> Engine:
    """The engine, which is asked only for pieces that no earlier run has done.

    Parameters
    ----------
    engine : Engine
    journal : Journal
    """
    def mapped(work: Work, common: Any, pieces: Sequence[Any]) -> Iterator[Any]:
        if journal.file is None or getattr(work, "__name__", "") not in KEPT:
            yield from engine.map(work, common, pieces)
            return
        try:
            of = digest(common)
        except NoDigestError:
            yield from engine.map(work, common, pieces)
            return
        lacking = [piece for piece in pieces if not journal.has((work.__name__, of, piece))]
        done = engine.map(work, common, lacking) if lacking else iter(())
        for piece in pieces:
            yield journal.kept((work.__name__, of, piece), lambda: next(done), 0.0)

    return replace(engine, map=mapped)
