"""Frames with a number in the place of every missing value, so that words can be computed; no integral that is kept
reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from symdcrnn.kernels.ir.grid import ChangedFrames, FrameWindows, PhaseGrid


def filled(data: FrameWindows, values: Mapping[str, float]) -> ChangedFrames:
    """Frames without gaps.

    Parameters
    ----------
    data : FrameWindows
        With NaN where values are missing.
    values : mapping of str to float
        What stands there, by field that has gaps: a value of the field, for which words have a value too.
    """
    return ChangedFrames(data, partial(_with_values, values))


def _with_values(values: Mapping[str, float], some: PhaseGrid, _: int) -> PhaseGrid:
    fields = dict(some.fields)
    for name, value in values.items():
        fields[name] = np.where(np.isnan(fields[name]), value, fields[name])
    return replace(some, fields=fields)
