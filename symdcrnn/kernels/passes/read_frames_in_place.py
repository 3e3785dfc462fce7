"""A column that is a frame itself is read where the frame is."""

from __future__ import annotations

from dataclasses import replace

from symdcrnn.kernels.program import Program


def read_frames_in_place(program: Program) -> Program:
    """The program with single frames of the target that only stand as columns left in the data.

    The residual reads these frames anyway for its left-hand side.
    """
    sources = {node.source for node in program.nodes}
    target = program.target
    in_place = tuple(
        load.name for load in program.loads
        if load.name not in sources and load.field == target.field and load.layout == target.layout
        and sum(weight != 0.0 for weight in load.time_weights) == 1
    )
    return replace(program, in_place=in_place)
