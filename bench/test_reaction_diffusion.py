"""Reaction and diffusion of two fields in the plane: right terms, time and memory beside PySINDy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from peers.reaction_diffusion import EXACT, FIELDS, FRAMES, POINTS, PYSINDY_TERMS, spirals
from side_by_side import Contender
from test_peers import race

import symdcrnn

Add = Callable[..., None]

OURS, QUICK, PEER = "symdcrnn, spirals", "symdcrnn, spirals, no error bars", "PySINDy, spirals"

WORDS = [f"d_{axes} {field}" for field in FIELDS for axes in ("x", "y", "xx", "xy", "yy")]


def test_reaction_diffusion(benchmark: Any, tmp_path: Path, add_row: Add) -> None:
    benchmark.group = work = f"reaction and diffusion, {POINTS} x {POINTS} x {FRAMES} frames, 19 words, both equations"
    t, x, u, w = spirals()
    axes = ("t", "y", "x")
    symdcrnn.write_trajectory(symdcrnn.Trajectory.from_arrays(
        {"u": (axes, u), "w": (axes, w)}, t=t, x=x, y=x, periodic=True), tmp_path / "data.nc")
    settings = {"library": ["poly 3"], "words": WORDS}
    measured = race(benchmark, [
        Contender(OURS, tmp_path, {"fit": settings, "warm_up": 1}),
        Contender(OURS, tmp_path, {"fit": {**settings, "bootstrap": 0}, "warm_up": 1}, label=QUICK),
        Contender(PEER, tmp_path, {"warm_up": 1}),
    ], rounds=3)
    for name, one in measured.items():
        ours = name != PEER
        exact = {f"{field}: {term if ours else PYSINDY_TERMS.get(term, term)}": value
                 for field, terms in EXACT.items() for term, value in terms.items()}
        found = one.found["coefficients"]
        right = set(found) == set(exact)
        error = max(abs(found[term] / value - 1.0) for term, value in exact.items()) if right else np.nan
        peer = measured.get(PEER)
        compared = ours and peer is not None
        add_row(work, f"{name}: {'right terms' if right else 'wrong terms'}, error {error:.0e}", one.median, one.peak,
                one.base, one.median / measured[OURS].median,
                "right terms, time and memory below PySINDy" if compared else "",
                bool(right and one.median < peer.median and one.peak < peer.peak) if compared else None)
