"""Sweeps: one data set fitted with many settings, on any engine, and what all those equations agree on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from numpy.typing import ArrayLike

from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.engines.engine import IN_PROCESS, Engine, opened
from symdcrnn.errors import InputError
from symdcrnn.fitting.fit import fit
from symdcrnn.fitting.inputs import merged_settings, sources_of
from symdcrnn.given import check_mappings, described, plain_tuple
from symdcrnn.model import Model
from symdcrnn.settings import FitSettings

Known = Mapping[str, ArrayLike] | Sequence[Mapping[str, ArrayLike]] | None
Source = Trajectory | StoredTrajectory


@dataclass(frozen=True)
class SweepFit:
    """One fit of a sweep.

    Parameters
    ----------
    varied : dict
        The values of the settings that differ from fit to fit.
    model : Model or None
        None where these settings cannot be used with this data.
    problem : InputError or None
        Why there is no model.
    """

    varied: dict[str, Any]
    model: Model | None = field(repr=False)
    problem: InputError | None = None

    def __str__(self) -> str:
        """What was varied, and the equations or why there are none."""
        names = ", ".join(f"{name} = {value!r}" for name, value in self.varied.items())
        return f"{names}: {self.model or self.problem}"


@dataclass(frozen=True)
class WordRange:
    """What the fits of a sweep say of one word.

    Parameters
    ----------
    fits : int
        How many equations have it.
    lowest, highest : float
        Of its coefficients there; where they are functions of x, of all their values.
    """

    fits: int
    lowest: float
    highest: float


@dataclass(frozen=True)
class SweepData:
    """What all fits of a sweep have in common.

    Parameters
    ----------
    sources : tuple of Trajectory or StoredTrajectory
    known : mapping of str to array_like, sequence of those, or None
        As for `fit`.
    """

    sources: tuple[Source, ...]
    known: Known


def sweep(
    trajectory: Source | Sequence[Source],
    vary: Mapping[str, Sequence[Any]],
    settings: FitSettings | None = None,
    *,
    known: Known = None,
    progress: Callable[[str, int, int], None] | None = None,
    scheduler: str | None = None,
    **changes: Any,
) -> tuple[SweepFit, ...]:
    """Fit the same data with every combination of some settings.

    Parameters
    ----------
    trajectory : Trajectory or StoredTrajectory, or a sequence of them
        As for `fit`.  One on disk is read by whoever fits it: as a whole where its memory allows, else in blocks.
    vary : mapping of str to sequence
        Values by the name of the setting, such as ``{"scheme": ["imex-bdf2", "imex-bdf4"], "layers": [1, 2]}``.
    settings : FitSettings, optional
        All others.
    known : mapping of str to array_like, or sequence of those, optional
        As for `fit`.
    progress : callable, optional
        Called with ``"fits"``, the fits done and all of them.
    scheduler : str, optional
        Where the fits are made, each by one worker: a key of `ENGINES`, or the address of a Dask scheduler.  The
        equations do not depend on it.
    **changes
        Single settings by name, for all fits.

    Returns
    -------
    tuple of SweepFit
        In the order of the combinations, the last setting changing first.

    Raises
    ------
    InputError
        If a setting is unknown, out of range or without values, or the engine fails.  What only some combinations
        cannot have is kept in their `SweepFit.problem`.

    Examples
    --------
    >>> fits = sweep(trajectory, {"scheme": ["imex-bdf2", "imex-bdf4"]}, scheduler="processes")  # doctest: +SKIP
    """
    varied = combinations(vary)
    for name in vary:
        if name in changes:
            raise InputError(f"{name} is given and varied: leave out one of both")
    points = [merged_settings(settings, {**changes, **one}) for one in varied]
    sources = sources_of(trajectory)
    found = []
    with opened(scheduler) as engine:
        for number, result in enumerate(fits(SweepData(sources, known), points, engine)):
            if progress is not None:
                progress("fits", number + 1, len(points))
            found.append(sweep_fit(varied[number], result))
    return tuple(found)


def combinations(vary: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Every combination of values, the last setting changing first.

    Raises
    ------
    InputError
        If nothing is varied, or a setting has no values or one of them twice.
    """
    check_mappings(vary=vary)
    if not vary:
        raise InputError("nothing is varied: give at least one setting with its values")
    listed = {name: None if isinstance(values, str) else plain_tuple(values) for name, values in vary.items()}
    found = {name: values for name, values in listed.items() if values}
    for name in vary:
        if name not in found:
            raise InputError(f"{name} is varied over {described(vary[name])}: give a list of its values")
    for name, values in found.items():
        twice = [value for number, value in enumerate(values) if value in values[:number]]
        if twice:
            raise InputError(f"{name} is varied over {twice[0]!r} twice: give each value once")
    return [dict(zip(found, values, strict=True)) for values in product(*found.values())]


def fits(data: SweepData, points: Sequence[FitSettings], engine: Engine) -> Iterator[Model | InputError]:
    """The models of some settings in their order, or why there is none.

    Parameters
    ----------
    data : SweepData
    points : sequence of FitSettings
    engine : Engine
    """
    return engine.map(fitted, data, points)


def fitted(data: SweepData, settings: FitSettings) -> Model | InputError:
    """One fit; runs in any process."""
    try:
        # Whatever the engine, the same frames are in memory: what is done about noise depends on it.
        sources = [one.in_memory_if_it_fits() if isinstance(one, StoredTrajectory) else one for one in data.sources]
        # Workers have neighbours, and those of a cluster may not start processes.
        return fit(sources, settings, known=data.known, scheduler=IN_PROCESS.name)
    except InputError as error:
        return error


def sweep_fit(varied: dict[str, Any], result: Model | InputError) -> SweepFit:
    """What came of one combination."""
    return SweepFit(varied, result) if isinstance(result, Model) else SweepFit(varied, None, result)


def word_ranges(models: Sequence[Model]) -> dict[str, dict[str, WordRange]]:
    """By equation and word, how many models have the word, and between what its coefficients lie.

    Words come in the order of how many models have them.
    """
    values: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for model in models:
        for equation in model.equations:
            words = values.setdefault(equation.target, {})
            for term in equation.terms:
                words.setdefault(term.text, []).append((term.coefficient, term.coefficient))
            for one in equation.functions:
                words.setdefault(one.word, []).append((min(one.values), max(one.values)))
    return {
        target: {
            word: WordRange(len(pairs), min(low for low, _ in pairs), max(high for _, high in pairs))
            for word, pairs in sorted(words.items(), key=lambda item: -len(item[1]))
        }
        for target, words in values.items()
    }
