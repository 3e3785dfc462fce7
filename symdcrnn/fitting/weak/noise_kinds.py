"""The noise of every field: told by the settings, or recognised in the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.grid import FrameWindows
from symdcrnn.noise_setting import ToldNoise
from symdcrnn.settings import AUTO
from symdcrnn.weak_form.noise.correlations import Correlations
from symdcrnn.weak_form.noise.kinds import EXPONENTS, TOLD, Kind, kind_of, scale_of, smooth_axes, variances_by
from symdcrnn.weak_form.noise.level import FieldSizes
from symdcrnn.weak_form.noise.streamed import Streamed, by_law

Array = NDArray[np.float64]

Variances = Mapping[str, tuple[tuple[str, ...], Array]]
"""By field, the axes and the values."""

DISTURBING = 1e-3
"""Noise counts where it makes up this part of the change from frame to frame."""

GIVEN = "the data has a variance for each value"
"""What is said of noise that was not measured."""


@dataclass(frozen=True, eq=False)
class Noise:
    """What is known of the noise of all fields.

    Parameters
    ----------
    sizes : mapping of str to FieldSizes
        With the levels that are taken.
    variances : mapping
        Of fields whose values have variances of their own.
    kinds : mapping of str to str
        What is said beside the level.
    doubts : mapping of str to str
        What was recognised and is not modelled.
    correlations : mapping
        Of the noise of neighbours, by field and axis.
    streamed : mapping of str to Streamed
        Of fields whose values have variances of their own, while the frames are on disk.
    """

    sizes: Mapping[str, FieldSizes]
    variances: Variances
    kinds: Mapping[str, str]
    doubts: Mapping[str, str]
    correlations: Correlations
    streamed: Mapping[str, Streamed] = field(default_factory=dict)


def disturbing(size: FieldSizes) -> bool:
    """Whether noise is a part of the change from frame to frame that counts."""
    return bool(np.isfinite(size.level) and np.sqrt(2.0) * size.level > DISTURBING * size.change > 0.0)


def noise_of(
    windows: FrameWindows, sizes: Mapping[str, FieldSizes], given: Variances, told: ToldNoise,
    given_streamed: Mapping[str, Streamed] | None = None,
) -> Noise:
    """The noise of all fields.

    Parameters
    ----------
    windows : FrameWindows
    sizes : mapping of str to FieldSizes
        As measured.
    given : mapping
        Variances that come with the data.
    told : ToldNoise
    given_streamed : mapping of str to Streamed, optional
        The same, of frames on disk.

    Raises
    ------
    InputError
        If the variance of single values is asked for and cannot be told.
    """
    streamed = dict(given_streamed or {})
    kinds, doubts = dict.fromkeys([*given, *streamed], GIVEN), dict[str, str]()
    found, variances = dict(sizes), dict(given)
    correlations: dict[str, Mapping[str, Array]] = {}
    for name, (_, values) in given.items():
        found[name] = replace(sizes[name], level=float(np.sqrt(np.nanmean(values))))
    for name, one in streamed.items():
        found[name] = replace(sizes[name], level=float(np.sqrt(np.mean(one.means))))
    for name in [name for name in sizes if name not in given and name not in streamed]:
        law: str | None = None
        kind, level = told.of(name).kind, told.of(name).level
        if kind == "none":
            found[name], kinds[name] = replace(sizes[name], level=0.0), "none, as told"
        elif kind == "white":
            kinds[name] = "white, of the level that was told" if level is not None else "white, as told"
            if level is not None:
                found[name] = replace(sizes[name], level=level * sizes[name].deviation)
        elif kind in EXPONENTS:
            law, kinds[name] = kind, f"{TOLD[kind]}, as told"
        elif kind == "correlated" or (kind == AUTO and disturbing(sizes[name])):
            seen = kind_of(windows, name)
            if kind == "correlated":
                seen = Kind(correlations=seen.correlations, level=seen.level)
                kinds[name] = "correlated, as told, though no correlation of neighbours is seen"
            if seen.correlations:
                correlations[name] = seen.correlations
                found[name] = replace(sizes[name], level=seen.level)
                kinds[name] = ", ".join(f"neighbours along {axis} have a correlation of {values[0]:.2f}, over "
                                        f"{values.size} steps" for axis, values in seen.correlations.items())
            if seen.law is not None:
                law, kinds[name] = seen.law, TOLD[seen.law]
            doubt = _doubt(replace(seen, law=None) if law is not None else seen)
            if doubt:
                doubts[name] = kinds[name] = doubt
        if law is not None:
            scale = scale_of(windows, name, law)
            if not np.isfinite(scale):
                raise InputError(f"the noise of {name} cannot be told: its axes are too short, or too few values are "
                                 "side by side; give more frames or points, or another --noise")
            grid = windows.outline
            if name not in grid.fields:
                streamed[name] = by_law(windows, name, law, scale)
                found[name] = replace(sizes[name], level=float(np.sqrt(np.mean(streamed[name].means))))
                continue
            values = variances_by(windows.between(0, windows.frames).fields[name], smooth_axes(grid, name).values(),
                                  law, scale)
            variances[name] = grid.field_axes[name], values
            found[name] = replace(sizes[name], level=float(np.sqrt(np.nanmean(values))))
    return Noise(found, variances, kinds, doubts, correlations, streamed)


def _doubt(seen: Kind) -> str:
    """What was recognised and is not modelled, and what can be done about it."""
    parts = []
    if seen.apart is not None:
        parts.append(f"values at {seen.apart} stand apart from their neighbours', as those of a faulty sensor do: set "
                     "them to NaN to leave them out")
    if seen.uneven is not None:
        parts.append(f"its level differs {seen.uneven}: give a variance for each value")
    if seen.outlying > 0.0:
        parts.append(f"about {100.0 * seen.outlying:.1g} % of the values stand out: take --noise outliers "
                     "(noise='outliers' in Python)")
    return "; ".join(parts)
