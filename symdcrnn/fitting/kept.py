"""What of a fit is kept in a checkpoint: passes over the data, pieces of work, and equations."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from numpy.typing import ArrayLike

from symdcrnn.checkpoint.frames import KeptFrames
from symdcrnn.checkpoint.identity import identity_of
from symdcrnn.checkpoint.journal import NO_JOURNAL, Journal, opened_journal
from symdcrnn.checkpoint.records import records_in
from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.equation import LearnedEquation
from symdcrnn.fitting.inputs import known_in_all
from symdcrnn.fitting.task import EquationTask
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.networks.multistart import Training
from symdcrnn.preprocess.frames import Frames
from symdcrnn.preprocess.sources import header_of

Source = Trajectory | StoredTrajectory
Known = Mapping[str, ArrayLike] | Sequence[Mapping[str, ArrayLike]] | None


@contextmanager
def checkpointed(
    checkpoint: str | os.PathLike[str] | None, resume: bool, sources: Sequence[Source], known: Known,
    progress: Callable[[str, int, int], None],
) -> Iterator[Journal]:
    """The journal of a fit, for the length of a ``with`` block; that which keeps nothing where no file is named.

    Parameters
    ----------
    checkpoint : path or None
    resume : bool
        Whether the fit goes on with what the file holds.
    sources : sequence of Trajectory or StoredTrajectory
    known : mapping or sequence of mappings, optional
        Functions of x that are given.
    progress : callable
        Told how many results there are from an earlier run.

    Raises
    ------
    InputError
        See `opened_journal`.
    """
    from symdcrnn import __version__

    if checkpoint is None:
        yield NO_JOURNAL
        return
    profiles = known_in_all([header_of(one) for one in sources], known)
    records = records_in(LearnedEquation, QuadraticModel, ValueSizes, Training)
    with opened_journal(checkpoint, resume, identity_of(sources, profiles, __version__), records) as journal:
        if journal.lines:
            progress(f"results taken from {os.fspath(checkpoint)}", len(journal.lines), len(journal.lines))
        yield journal


def kept_frames(frames: Frames, journal: Journal, number: int) -> Frames:
    """The frames of a trajectory, whose passes are kept where there is a checkpoint.

    Parameters
    ----------
    frames : Frames
    journal : Journal
    number : int
        Of the trajectory.
    """
    return frames if journal.file is None else KeptFrames(frames, journal, number)


def kept_equation(task: EquationTask, weak: bool, work: Callable[[], LearnedEquation]) -> LearnedEquation:
    """An equation, from an earlier run if it was learned there.

    The stages on the way to it are done again, on passes that are kept: what a `Memo` answers depends on the passes it
    has seen, so a stage that was left out would change the last bits of those after it.

    Parameters
    ----------
    task : EquationTask
    weak : bool
        Whether by the weak form.
    work : callable
        Learns it.
    """
    words = tuple(term.word for term in task.terms)
    return task.journal.kept(("equation", weak, task.target, words, task.measured), work, 0.0)
