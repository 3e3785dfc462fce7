"""Loss and gradient by the coefficients of the words in PyTorch, on two threads.

``eager``: rolled arrays of all frames and autograd.  ``tuned``: a halo in place of the rolls, chunks of frames, the
gradient written out, with `torch.compile` where a C++ compiler is found; the fastest of these is found by trial.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from peers.trial import Pass, fastest
from peers.words import Array, Frames, Table, cropped, sliced, word_columns

CHUNKS = (1, 2, 3)


def eager(frames: Frames, norm: str) -> Pass:
    """The formula as it stands."""
    local = _as_tensors(frames)
    loads = {name: torch.from_numpy(u) for name, u in frames.loads.items()}
    target = torch.from_numpy(frames.target)
    quadrature = torch.from_numpy(frames.quadrature)

    def rolled(u: Any, table: Table) -> Any:
        total = None
        for offset, coefficient in table:
            term = coefficient * torch.roll(u, -offset, dims=-1)
            total = term if total is None else total + term
        return total

    def run(coefficients: Array) -> tuple[float, Array]:
        c = torch.tensor(coefficients, requires_grad=True)
        columns = word_columns(local, loads, rolled, lambda u: torch.sum(quadrature * u, dim=-2, keepdim=True))
        r = target
        for number, column in enumerate(columns):
            r = r - c[number] * column
        loss = torch.sum(r * r if norm == "l2" else torch.abs(r))
        loss.backward()
        return loss.item() / frames.points, c.grad.numpy() / frames.points

    return run


def tuned(frames: Frames, norm: str) -> Pass:
    """The fastest of several chunks, compiled and not."""
    candidates: list[Pass | None] = []
    for chunk in CHUNKS:
        candidates.append(_chunked(frames, norm, chunk, False))
    if shutil.which("g++") or shutil.which("clang++"):
        candidates.append(_chunked(frames, norm, CHUNKS[0], True))
        candidates.append(_chunked(frames, norm, frames.target.shape[0], True))
    return fastest(candidates, np.zeros(frames.columns))


def _chunked(frames: Frames, norm: str, chunk: int, compiled: bool) -> Pass | None:
    steps = frames.target.shape[0]
    if steps % chunk:
        return None
    local = _as_tensors(frames)
    padded = {name: torch.from_numpy(u) for name, u in frames.padded().items()}
    target = torch.from_numpy(frames.target)
    quadrature = torch.from_numpy(frames.quadrature)

    def part(c: Any, loads: dict[str, Any], wanted: Any) -> tuple[Any, Any]:
        columns = [cropped(u, wanted.shape[-1]) for u in
                   word_columns(local, loads, sliced, lambda u: torch.sum(quadrature * u, dim=-2, keepdim=True))]
        r = wanted
        for number, column in enumerate(columns):
            r = r - c[number] * column
        s = 2.0 * r if norm == "l2" else torch.sign(r)
        over_v = torch.sum(s, dim=-2, keepdim=True)
        gradient = torch.stack([-torch.sum((s if u.shape[-2] > 1 else over_v) * u) for u in columns])
        return torch.sum(r * r if norm == "l2" else torch.abs(r)), gradient

    one = torch.compile(part, fullgraph=True, dynamic=False) if compiled else part

    def run(coefficients: Array) -> tuple[float, Array]:
        c = torch.from_numpy(np.array(coefficients))
        value, gradient = 0.0, torch.zeros(len(coefficients), dtype=torch.float64)
        with torch.no_grad():
            for start in range(0, steps, chunk):
                own = slice(start, start + chunk)
                found = one(c, {name: u[own] for name, u in padded.items()}, target[own])
                value += float(found[0])
                gradient += found[1]
        return value / frames.points, gradient.numpy() / frames.points

    return run


def _as_tensors(frames: Frames) -> Frames:
    """The frames with the tables of the stencils as tensors."""
    tables: dict[Any, Any] = {key: tuple((offset, torch.from_numpy(c)) for offset, c in table)
                              for key, table in frames.tables.items()}
    return replace(frames, tables=tables)
