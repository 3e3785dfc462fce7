"""Rewrites of programs: plain functions from program to program, in an ordered list that can show its effect.

A new rewrite is one new entry in `PASSES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symdcrnn.kernels.passes.read_frames_in_place import read_frames_in_place
from symdcrnn.kernels.passes.share_suffixes import share_suffixes
from symdcrnn.kernels.program import Program

Pass = Callable[[Program], Program]


@dataclass(frozen=True)
class Rewrite:
    """One entry of `PASSES`.

    Parameters
    ----------
    apply : callable
        Named for its effect.
    kinds : tuple of str
        The kinds of kernels it serves, see `KernelSpec`; none for all.
    """

    apply: Pass
    kinds: tuple[str, ...] = ()


PASSES: tuple[Rewrite, ...] = (Rewrite(share_suffixes), Rewrite(read_frames_in_place, ("value_and_gradient",)))


def rewritten(program: Program, kind: str) -> Program:
    """The program after all rewrites that serve a kind of kernel."""
    for _, after in steps(program, kind):
        program = after
    return program


def steps(program: Program, kind: str) -> list[tuple[str, Program]]:
    """The name of each rewrite that serves a kind of kernel, and the program after it."""
    found = []
    for rewrite in PASSES:
        if not rewrite.kinds or kind in rewrite.kinds:
            program = rewrite.apply(program)
            found.append((rewrite.apply.__name__, program))
    return found
