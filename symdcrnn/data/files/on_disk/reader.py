"""What reads frames of a file, in this process or another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.axes import first_line, is_finite
from symdcrnn.data.files.formats import FORMATS, find_format, shown
from symdcrnn.data.files.memory import memory_error
from symdcrnn.data.files.on_disk.values import StoredValues
from symdcrnn.data.files.places import place_of
from symdcrnn.data.foreign.datasets import understood
from symdcrnn.data.foreign.naming import NO_NAMES, Naming
from symdcrnn.data.repeated_points import ENDS, ends_agree
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]

Read = Callable[[int, int], dict[str, Array]]
"""From the first frame and the one after the last to the fields, axes in storage order."""


_KEPT: ContextVar[list[tuple[str, Naming, xarray.Dataset]] | None] = ContextVar("files that stay open", default=None)


@contextmanager
def files_stay_open() -> Iterator[None]:
    """Files whose frames are read in a ``with`` block are opened once: it takes longer than to read a small block.

    Other threads and processes open them by themselves.
    """
    kept: list[tuple[str, Naming, xarray.Dataset]] = []
    before = _KEPT.set(kept)
    try:
        yield
    finally:
        _KEPT.reset(before)
        for _, _, dataset in kept:
            dataset.close()


@dataclass(frozen=True)
class FrameReader:
    """What is needed to read frames of a file, in this process or another one.

    Parameters
    ----------
    path : str
        Absolute.
    axes : mapping of str to tuple of str
        The axes of every field in the order in which they are in the file.
    order : tuple of str
        All axes in storage order, t first.
    first, stride : int
        Frame n is number ``first + stride n`` of the file.
    cut : tuple of str
        Axes whose last point repeats the first one and is left out.
    gaps : bool
        Whether missing values are handed on as NaN; they are refused otherwise.
    naming : Naming
        What the names in the file stand for.
    made : mapping of str to StoredValues
        By field that is not as it is in the file, what it is made of.
    """

    path: str
    axes: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]
    first: int = 0
    stride: int = 1
    cut: tuple[str, ...] = ()
    gaps: bool = False
    naming: Naming = NO_NAMES
    made: Mapping[str, StoredValues] = field(default_factory=dict)

    def values_of(self, field: str) -> StoredValues:
        """What a field is made of."""
        return self.made.get(field) or StoredValues(field)

    def multiplied(self, factors: Mapping[str, Fraction]) -> FrameReader:
        """The same with some fields multiplied by factors."""
        made = {name: replace(self.values_of(name), factor=self.values_of(name).factor * factor)
                for name, factor in factors.items()}
        return replace(self, made={**self.made, **made})

    @contextmanager
    def opened(self) -> Iterator[Read]:
        """The file, open for the length of a ``with`` block.

        Raises
        ------
        InputError
            When a block cannot be read, or has a value that is not finite: the field and where in it.
        """
        kept = _KEPT.get()
        before = [one for path, naming, one in kept or () if (path, naming) == (self.path, self.naming)]
        try:
            dataset = before[0] if before else opened_file(self.path, self.naming, [])
        except (InputError, OSError) as error:
            raise InputError(f"{shown(self.path)}: {first_line(error)}") from None
        if kept is not None and not before:
            kept.append((self.path, self.naming, dataset))
        with dataset if kept is None else nullcontext():
            yield lambda first, stop: self._fields(dataset, first, stop)

    def _fields(self, dataset: xarray.Dataset, first: int, stop: int) -> dict[str, Array]:
        frames = slice(self.first + self.stride * first, self.first + self.stride * (stop - 1) + 1, self.stride)
        found: dict[str, Array] = {}
        # Both parts of a complex variable are made of one reading.
        for variable in dict.fromkeys(self.values_of(name).variable for name in self.axes):
            raw = self._raw(dataset, variable, frames)
            for name in self.axes:
                if self.values_of(name).variable == variable:
                    found[name] = self._field(raw, name, first, frames)
        return {name: found[name] for name in self.axes}

    def _raw(self, dataset: xarray.Dataset, variable: str, frames: slice) -> NDArray[Any]:
        try:
            raw: NDArray[Any] = dataset.variables[variable][{"t": frames}].values
        except Exception as error:  # a damaged file fails in any way of its library
            short = memory_error(error)
            if short is not None:
                raise InputError(f"{shown(self.path)}: {short}") from None
            raise InputError(f"{shown(self.path)}: frames {frames.start} to {frames.stop - 1} of {variable!r} cannot "
                             f"be read ({first_line(error)}): copy or write the file anew") from None
        return raw

    def _field(self, raw: NDArray[Any], field: str, first: int, frames: slice) -> Array:
        axes = self.axes[field]
        order = [axes.index(axis) for axis in self.order if axis in axes]
        try:
            values = self.values_of(field).of(raw)
        except InputError as error:
            raise InputError(f"{shown(self.path)}: in frames {frames.start} to {frames.stop - 1} {error}") from None
        array = np.require(np.transpose(values, order), np.float64, ["C", "W"])
        if not is_finite(array):
            self._check_gaps(array, field, first)
        return self._without_repeated(array, field, frames)

    def _check_gaps(self, array: Array, field: str, first: int) -> None:
        """Refuse values that are not finite, those that are missing too where there may be no gaps."""
        wrong = np.isinf(array) if self.gaps else ~np.isfinite(array)
        if not wrong.any():
            return
        place = [int(i) for i in np.unravel_index(int(np.argmax(wrong)), array.shape)]
        place[0] = self.first + self.stride * (first + place[0])
        names = (axis for axis in self.order if axis in self.axes[field])
        where = ", ".join(f"{axis}={i}" for axis, i in zip(names, place, strict=True))
        what = ("values that are not finite" if np.isinf(array).any() else "missing values, which the weak form alone "
                "leaves out (--scheme weak, or scheme='weak' in Python)")
        raise InputError(f"{shown(self.path)}: variable {field!r} has {what}, the first at "
                         f"index [{where}]: repair the data or leave those frames out")

    def _without_repeated(self, array: Array, field: str, frames: slice) -> Array:
        """The values without the points that repeat others."""
        for axis in self.cut:
            if axis not in self.axes[field]:
                continue
            number = [name for name in self.order if name in self.axes[field]].index(axis)
            ends = np.moveaxis(array, number, 0)
            if not ends_agree(ends[list(ENDS)]):
                raise InputError(f"{shown(self.path)}: in frames {frames.start} to {frames.stop - 1} the last point of "
                                 f"{axis} does not repeat the first, as it does in other frames: leave the point out, "
                                 "or say --not-periodic")
            array = np.moveaxis(ends[:-1], 0, number)
        return np.ascontiguousarray(array)


def opened_file(path: str, naming: Naming, notices: list[str]) -> xarray.Dataset:
    """The dataset in a file under our names, its arrays still on disk.

    Parameters
    ----------
    path : str
    naming : Naming
    notices : list of str
        What was assumed or left out is added.

    Raises
    ------
    InputError
        If its format cannot be read in blocks, or what it holds is not understood.
    """
    entry = find_format(path)
    if entry.open is None:
        able = ", ".join(suffix for suffix, other in FORMATS.items() if other.open is not None)
        raise InputError(f"{entry.name} files cannot be read in blocks of frames: write {able}, or leave the limit of "
                         "memory out")
    dataset = entry.open(place_of(path), notices)
    try:
        found = understood(dataset, naming, notices)
    except BaseException:
        dataset.close()
        raise
    # Closing what was made of a dataset closes nothing by itself.
    found.set_close(dataset.close)
    return found


