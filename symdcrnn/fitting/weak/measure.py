"""Data -> Measured for the weak form: whether the data asks for it, and its noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from symdcrnn.algebra.words import Word
from symdcrnn.collisions.reading import has_matrix
from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.equation import Check, LearnedEquation
from symdcrnn.errors import InputError
from symdcrnn.fitting.stages import Measured
from symdcrnn.fitting.weak.given_variances import NO_VARIANCES, GivenVariances
from symdcrnn.fitting.weak.noise_kinds import Variances, disturbing, noise_of
from symdcrnn.fitting.weak.scattered import told_by_neighbours
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.noise_setting import ToldNoise, told_noise
from symdcrnn.preprocess.frames import Frames
from symdcrnn.preprocess.phase_grid import phase_outline
from symdcrnn.preprocess.sources import has_room, header_of
from symdcrnn.schemes.table import WEAK
from symdcrnn.settings import AUTO, AXIS_SIGN, EVERY_WORD, FitSettings
from symdcrnn.weak_form.gaps.interpolated import Interpolated, with_told
from symdcrnn.weak_form.memory import frames_at_once, values_for_levels, values_for_outliers, values_held
from symdcrnn.weak_form.noise.correlations import Correlations
from symdcrnn.weak_form.noise.level import FieldSizes, field_sizes
from symdcrnn.weak_form.noise.outliers import Replacements, outliers, repaired
from symdcrnn.weak_form.noise.precision import variance_name
from symdcrnn.weak_form.noise.streamed import Streamed, varied

OUTLYING = 1e-3
"""The part of the values of a field from which on those that stand out count as noise."""

MOST_OUTLYING = 0.1
"""The part of them that may be replaced."""

FEWEST_FRAMES = 13
"""That the weak form is taken for without being asked for."""

RECOGNISED = ToldNoise(AUTO)
"""Nothing is said of the noise."""

ROBUST = "huber"
"""The norm under which values that stand out are replaced."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A trajectory as the weak form reads it.

    Parameters
    ----------
    frames : Frames
    sizes : mapping of str to FieldSizes
        By field.
    replaced : mapping of str to Replacements
        Values that stand out of their neighbours, by field; none where they were not looked for.
    variances : mapping of str to (tuple of str, ndarray)
        By field whose values have variances of their own, their axes and those.
    kinds : mapping of str to str
        What is known of the noise beside its level, by field.
    doubts : mapping of str to str
        What was recognised in it and is not modelled.
    correlations : mapping
        Of the noise of neighbours, by field and axis.
    told : mapping of str to Interpolated
        Missing values that their neighbours tell, by field.
    levels : mapping of str to float
        Standard deviations that values of such a field have in sums over many of them.
    streamed : mapping of str to Streamed
        Of fields whose values have variances of their own, while the frames are on disk.
    """

    frames: Frames
    sizes: Mapping[str, FieldSizes]
    replaced: Mapping[str, Replacements]
    variances: Variances = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    correlations: Correlations = field(default_factory=dict)
    told: Mapping[str, Interpolated] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)
    streamed: Mapping[str, Streamed] = field(default_factory=dict)

    @property
    def grid(self) -> PhaseGrid:
        """All but the values of the fields."""
        return self.frames.grid

    def windows(self, words: Sequence[Word]) -> FrameWindows:
        """The frames with all that words multiply by."""
        windows = with_variances(self.frames.windows(words, gaps=True), self.variances)
        replacements = with_told(self.replaced, self.told)
        return varied(repaired(windows, replacements) if replacements else windows, self.streamed)

    @property
    def gaps(self) -> dict[str, tuple[int, int]]:
        """How many values are missing, and of how many, by field that has gaps."""
        return {name: (one.missing, one.values) for name, one in self.sizes.items() if one.missing}

    @property
    def disturbed(self) -> bool:
        """Whether values are missing or stand out, or noise is a part of the change from frame to frame that counts."""
        return bool(self.gaps) or any(one.part > OUTLYING for one in self.replaced.values()) or any(
            disturbing(one) for one in self.sizes.values())


def with_variances(windows: FrameWindows, variances: Variances) -> FrameWindows:
    """Frames in memory with variances of their values among the known functions.

    A value whose variance is missing is missing.
    """
    if not variances:
        return windows
    grid = windows.outline
    functions, fields = dict(grid.functions), dict(grid.fields)
    for name, (axes, values) in variances.items():
        there = [axes.index(axis) if axis in axes else None for axis in grid.field_axes[name]]
        wide = values.reshape([1 if place is None else values.shape[place] for place in there])
        fields[name] = np.where(np.isnan(wide), np.nan, fields[name])
        functions[variance_name(name)] = axes, np.nan_to_num(values)
    return replace(grid, functions=functions, fields=fields)


def reading_of(
    frames: Frames, robust: bool, variances: GivenVariances = NO_VARIANCES, told: ToldNoise = RECOGNISED
) -> Reading:
    """What is known of a trajectory before any equation is sought by the weak form.

    Parameters
    ----------
    frames : Frames
    robust : bool
        Whether values that stand out are replaced.
    variances : GivenVariances, optional
        Of each value.
    told : ToldNoise, optional
        What the settings say of the noise.

    Raises
    ------
    InputError
        If values are too large or small, too many of them stand out, or the memory does not hold what they are
        measured from.
    """
    read = with_variances(frames.windows((), gaps=True), variances.in_memory)
    windows, grid = varied(read, variances.streamed), frames.grid
    frames.check_room(frames_at_once(grid), max(values_for_levels(grid), values_for_outliers(grid) if robust else 0))
    found = outliers(windows) if robust else {}
    for name, one in found.items():
        if one.part > MOST_OUTLYING:
            raise InputError(f"{100.0 * one.part:.2g} % of the values of {name} stand out of their neighbours, more "
                             f"than outliers do: leave --norm {ROBUST} out, or give frames and points closer together")
    mended = repaired(windows, found) if found else windows
    noise = noise_of(mended, field_sizes(mended), variances.in_memory, told, variances.streamed)
    told_values = told_by_neighbours(frames, mended, noise)
    noise = told_values.noise
    return Reading(frames, noise.sizes, found, noise.variances, noise.kinds, noise.doubts, noise.correlations,
                   told_values.values, told_values.levels, noise.streamed)


def noise_checks(readings: Sequence[Reading]) -> tuple[Check, ...]:
    """What was recognised in the noise and is not modelled.

    Parameters
    ----------
    readings : sequence of Reading
    """
    doubts = {name: text for one in readings for name, text in one.doubts.items()}
    return tuple(Check("noise", False, f"the noise of {name} is not white: {text}") for name, text in doubts.items())


def outlier_checks(readings: Sequence[Reading]) -> tuple[Check, ...]:
    """What is said of the values that were replaced."""
    parts: dict[str, float] = {}
    for one in readings:
        for name, found in one.replaced.items():
            parts[name] = max(parts.get(name, 0.0), found.part)
    return tuple(Check("outliers", True, f"{100.0 * part:.2g} % of the values of {name} were outliers among their "
                       "neighbours and were replaced", part) for name, part in parts.items())


def asks_for_weak_form(settings: FitSettings) -> bool:
    """Whether the weak form is asked for."""
    return settings.scheme == WEAK or bool(settings.test_functions) or told_noise(settings.noise).asks_for_weak_form


def is_robust(settings: FitSettings) -> bool:
    """Whether values that stand out are replaced."""
    return settings.norm == ROBUST or "outliers" in told_noise(settings.noise).kinds


def may_take_weak_form(settings: FitSettings, sources: Sequence[Trajectory | StoredTrajectory]) -> bool:
    """Whether the scheme is for the data to choose, and the weak form serves the settings and the data."""
    return settings.scheme == AUTO and unserved(settings, sources) is None


def unserved(settings: FitSettings, sources: Sequence[Trajectory | StoredTrajectory]) -> str | None:
    """What the weak form does not serve and what to do about it, as the end of a sentence."""
    words = [one.partition(":")[2].partition(AXIS_SIGN) for one in settings.functions]
    if settings.norm not in ("l2", ROBUST):
        return f"the norm {settings.norm}: take l2, or {ROBUST} for outliers"
    if has_matrix(settings.kernels):
        return "a kernel that is any matrix, whose elements noise hides: take an isotropic one or a family"
    if settings.zero_mean:
        return "a penalty on the mean: leave --zero-mean out"
    if settings.continuity > 0.0:
        return "--continuity, as the noise tells how smooth a function is: leave it out"
    if any(word.strip() == EVERY_WORD for word, _, _ in words):
        return "functions of every word: name some words"
    if any("," in axis for _, _, axis in words):
        return "functions of two axes: name one"
    if min(header_of(one).frames for one in sources) < FEWEST_FRAMES:
        return f"fewer than {FEWEST_FRAMES} frames: give more"
    if not all(_has_room(one, is_robust(settings)) for one in sources):
        return "so little memory: give more by --memory"
    return None


def can_be_measured(sources: Sequence[Trajectory | StoredTrajectory]) -> bool:
    """Whether the memory holds what noise is measured from."""
    grids = [phase_outline(header_of(one)) for one in sources]
    return all(has_room(one, frames_at_once(grid), values_for_levels(grid))
               for one, grid in zip(sources, grids, strict=True))


def _has_room(source: Trajectory | StoredTrajectory, robust: bool) -> bool:
    """Whether the memory holds what the weak form makes of some frames, for as many words as there usually are."""
    grid = phase_outline(header_of(source))
    return has_room(source, frames_at_once(grid), max(values_held(grid), values_for_outliers(grid) if robust else 0))


def with_doubt(equation: LearnedEquation, lacking: str) -> LearnedEquation:
    """An equation of noisy data by a multistep scheme, which is not certain.

    Parameters
    ----------
    equation : LearnedEquation
    lacking : str
        As `unserved` says it.
    """
    text = f"differences of noisy frames tell little, and the weak form does not serve {lacking}"
    kept = tuple(check for check in equation.checks if check.name != "fit")
    return replace(equation, checks=(Check("fit", False, text, equation.residual), *kept), certain=False)


def measure_weakly(
    settings: FitSettings, readings: Sequence[Reading], known: Sequence[str], epsilons: tuple[float, ...] | None
) -> Measured:
    """What is known of the data before any equation is sought by the weak form.

    Parameters
    ----------
    settings : FitSettings
    readings : sequence of Reading
        Of all trajectories.
    known : sequence of str
        Functions of x that are given.
    epsilons : tuple of float, or None
        Of each trajectory, where all are known and they differ.
    """
    noise: dict[str, float] = {}
    for one in readings:
        for name, size in one.sizes.items():
            noise[name] = max(noise.get(name, 0.0), size.level / size.deviation if size.deviation > 0.0 else 0.0)
    return Measured(replace(settings, scheme=WEAK), noise, tuple(known), epsilons)
