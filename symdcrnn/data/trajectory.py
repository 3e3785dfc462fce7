"""Snapshots of fields on a grid, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.data.axes import real_array
from symdcrnn.errors import InputError, SettingError

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Snapshots of fields at evenly spaced times, on an evenly spaced grid of x and quadrature nodes v.

    Make one by `of` or `from_arrays`, which check everything; the constructor itself checks nothing.

    Parameters
    ----------
    dataset : xarray.Dataset
        Coordinates t, v, x; fields with axes (t, v, x) or (t, x); ``weights`` with axis v, of sum one;
        profiles (known functions of x) with axis x. All float64 and C-contiguous.
        Attributes: periodic (0 or 1) and, where known, epsilon and exact (JSON text).
    notices : tuple of str
        What was reordered, converted or assumed, one line each.
    """

    dataset: xarray.Dataset
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, dataset: xarray.Dataset, periodic: bool | None = None) -> Trajectory:
        """Check a dataset and bring it to the standard layout.

        Parameters
        ----------
        dataset : xarray.Dataset
            See the class. Axes may come in another order, weights with another sum, numbers in another
            precision: that is put right and noted.
        periodic : bool, optional
            Whether x is periodic; overrides the attribute.

        Returns
        -------
        Trajectory

        Raises
        ------
        InputError
            In one line: the variable, where in it, what was expected.
        """
        from symdcrnn.data.normalise import normalised_dataset

        clean, notices = normalised_dataset(dataset, periodic)
        return cls(clean, notices)

    @classmethod
    def from_arrays(
        cls,
        fields: Mapping[str, ArrayLike],
        *,
        t: ArrayLike,
        x: ArrayLike,
        v: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        profiles: Mapping[str, ArrayLike] | None = None,
        periodic: bool = True,
        epsilon: float | None = None,
        exact: Mapping[str, Mapping[str, float]] | None = None,
        attributes: Mapping[str, str | float | int] | None = None,
    ) -> Trajectory:
        """A trajectory from plain arrays.

        Parameters
        ----------
        fields : mapping of str to array_like
            Shape (Nt, Nv, Nx) or, for a field without v, (Nt, Nx).
        t, x : array_like, shape (Nt,), (Nx,)
            Evenly spaced, increasing.
        v : array_like, shape (Nv,), optional
            Needed if a field depends on v.
        weights : array_like, shape (Nv,), optional
            Quadrature weights of any sum; not needed for Gauss-Legendre nodes.
        profiles : mapping of str to array_like, shape (Nx,), optional
            Known functions of x.
        periodic : bool
            Whether x is periodic.
        epsilon : float, optional
            The true scale, in (0, 1].
        exact : mapping, optional
            The true equations: field, then word, then coefficient.
        attributes : mapping, optional
            Anything else worth keeping with the data.

        Returns
        -------
        Trajectory

        Raises
        ------
        InputError
            See `of`.
        """
        import json

        import xarray

        coords = {name: _vector(values, name) for name, values in (("t", t), ("v", v), ("x", x)) if values is not None}
        sizes = {name: array.size for name, array in coords.items()}
        variables: dict[str, tuple[tuple[str, ...], Array]] = {}
        for name, values in fields.items():
            array = real_array(values, f"field {name!r}")
            variables[name] = (_axes(name, array, {2: ("t", "x"), 3: ("t", "v", "x")}, sizes), array)
        for name, values in (profiles or {}).items():
            if name in variables:
                raise InputError(f"{name!r} is both a field and a profile: rename one of them")
            array = real_array(values, f"profile {name!r}")
            variables[name] = (_axes(name, array, {1: ("x",)}, sizes), array)
        if weights is not None:
            array = real_array(weights, "weights")
            variables["weights"] = (_axes("weights", array, {1: ("v",)}, sizes), array)
        attrs: dict[str, str | float | int] = {**(attributes or {}), "periodic": int(periodic)}
        if epsilon is not None:
            attrs["epsilon"] = epsilon
        if exact is not None:
            attrs["exact"] = json.dumps({field: dict(words) for field, words in exact.items()})
        return cls.of(xarray.Dataset(variables, coords={k: (k, a) for k, a in coords.items()}, attrs=attrs))

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the variables that depend on t."""
        return tuple(str(name) for name, var in self.dataset.data_vars.items() if "t" in var.dims)

    @property
    def profile_names(self) -> tuple[str, ...]:
        """Names of the known functions of x."""
        return tuple(str(name) for name, var in self.dataset.data_vars.items() if var.dims == ("x",))

    def depends_on_v(self, name: str) -> bool:
        """Whether a field has the axis v.

        Raises
        ------
        InputError
            If there is no such field.
        """
        _require(name, self.field_names, "field")
        return "v" in self.dataset[name].dims

    def array(self, name: str) -> Array:
        """A field as float64, C-contiguous, shape (Nt, Nv, Nx) or (Nt, Nx); a view where possible.

        Raises
        ------
        InputError
            If there is no such field.
        """
        _require(name, self.field_names, "field")
        return self._values(name)

    def profile(self, name: str) -> Array:
        """A known function of x as float64, shape (Nx,).

        Raises
        ------
        InputError
            If there is no such profile.
        """
        _require(name, self.profile_names, "profile")
        return self._values(name)

    def _values(self, name: str) -> Array:
        return np.ascontiguousarray(self.dataset[name].values, dtype=np.float64)

    @property
    def t(self) -> Array:
        """Times of the frames, shape (Nt,)."""
        return self._values("t")

    @property
    def v(self) -> Array:
        """Velocities, shape (Nv,); [1.0] if no field depends on v."""
        return self._values("v")

    @property
    def x(self) -> Array:
        """Grid points, shape (Nx,)."""
        return self._values("x")

    @property
    def weights(self) -> Array:
        """Quadrature weights of sum one, shape (Nv,)."""
        return self._values("weights")

    @property
    def dt(self) -> float:
        """Time between frames."""
        t = self.t
        return float((t[-1] - t[0]) / (t.size - 1))

    @property
    def dx(self) -> float:
        """Distance between grid points."""
        x = self.x
        return float((x[-1] - x[0]) / (x.size - 1))

    @property
    def frames(self) -> int:
        """Number of frames Nt."""
        return int(self.dataset.sizes["t"])

    @property
    def periodic(self) -> bool:
        """Whether x is periodic."""
        return bool(self.dataset.attrs["periodic"])

    @property
    def epsilon(self) -> float | None:
        """The true scale, if it came with the data."""
        value = self.dataset.attrs.get("epsilon")
        return None if value is None else float(value)

    @property
    def exact(self) -> dict[str, dict[str, float]] | None:
        """The true coefficients by field and word, if they came with the data."""
        from symdcrnn.data.attributes import parse_exact

        return parse_exact(self.dataset.attrs.get("exact"))

    def select(self, first: int = 0, count: int | None = None, stride: int = 1) -> Trajectory:
        """A window of frames: first, first + stride, ..., `count` of them (all that there are, if None).

        Parameters
        ----------
        first : int
            Index of the first frame, 0 or more.
        count : int, optional
            How many frames, 2 or more.
        stride : int
            Distance of the frames kept, 1 or more.

        Returns
        -------
        Trajectory

        Raises
        ------
        InputError
            If the window does not lie within the frames.
        """
        available = self.frames
        for name, value, least in (("first", first, 0), ("count", count, 2), ("stride", stride, 1)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer)
                                      or value < least):
                raise SettingError("frames", f"has {name} = {value!r}: give a whole number from {least} on")
        kept = range(int(first), available, int(stride))
        if len(kept) < (count or 2):
            raise InputError(f"a window of {count or 'at least 2'} frames from number {first} on, one of {stride}, is "
                             f"more than the {available} frames of the data hold: there are {len(kept)}, choose a "
                             "smaller window")
        stop = int(first) + int(stride) * ((len(kept) if count is None else int(count)) - 1) + 1
        return Trajectory(self.dataset.isel(t=slice(int(first), stop, int(stride))), self.notices)


def _require(name: str, known: tuple[str, ...], noun: str) -> None:
    if name not in known:
        raise InputError(f"there is no {noun} {name!r}: the data has {', '.join(map(repr, known)) or 'none'}")


def _vector(values: ArrayLike, name: str) -> Array:
    array = real_array(values, f"coordinate {name!r}")
    if array.ndim != 1:
        raise InputError(f"coordinate {name!r} has shape {array.shape}: give a one-dimensional array")
    return array


def _axes(name: str, array: Array, wanted: dict[int, tuple[str, ...]], sizes: Mapping[str, int]) -> tuple[str, ...]:
    shapes = " or ".join("(" + ", ".join(axes) + ")" for axes in wanted.values())
    axes = wanted.get(array.ndim)
    if axes is None:
        raise InputError(f"variable {name!r} has shape {array.shape}: give an array with axes {shapes}")
    for axis, size in zip(axes, array.shape, strict=True):
        if axis not in sizes:
            raise InputError(f"variable {name!r} has axis {axis!r} but {axis!r} itself is missing: give {axis}")
        if sizes[axis] != size:
            raise InputError(f"variable {name!r} has shape {array.shape} but axis {axis!r} has {sizes[axis]} points: "
                             f"give an array with axes ({', '.join(axes)})")
    return axes
