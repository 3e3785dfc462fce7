"""Snapshots of fields on a grid, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.data.axes import even_step, is_even, is_finite
from symdcrnn.data.periodic import Periodic
from symdcrnn.data.roles import TrajectoryAxis, axis_is_periodic, dataset_axes, weights_name
from symdcrnn.data.uncertainties import OF, variances_in, with_variance
from symdcrnn.data.window import indexed, window_of
from symdcrnn.errors import InputError
from symdcrnn.given import check_mappings

if TYPE_CHECKING:
    import xarray

    from symdcrnn.data.arrays import Named
    from symdcrnn.data.foreign.naming import NamesOfAxes, NamesOfFields, NamesOfWeights

Array = NDArray[np.float64]

@dataclass(frozen=True, eq=False)
class Trajectory:
    """Snapshots of fields in a phase space: time, and named axes of space, of velocities, of indices.

    Make one by `of` or `from_arrays`, which check everything; the constructor itself checks nothing.

    Parameters
    ----------
    dataset : xarray.Dataset
        Axes in the order t, index axes, velocity axes, space axes with x last; each has its coordinate. Fields
        depend on t and any other axes; known functions on other axes alone; further coordinates are functions on an
        index or velocity axis. ``weights`` (or ``weights_<axis>``) with one axis, of sum one, where they are known.
        All float64 and C-contiguous; NaN stands for values of fields that are missing.
        Attributes: periodic (0 or 1, also of single coordinates) and, where known,
        epsilon and exact (JSON text); role of a coordinate whose name does not tell it; units.
    notices : tuple of str
        What was reordered, converted or assumed, one line each.
    """

    dataset: xarray.Dataset
    notices: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, dataset: xarray.Dataset, periodic: Periodic = None, roles: Mapping[str, str] | None = None, *,
        axes: NamesOfAxes | None = None, fields: NamesOfFields | None = None, weights: NamesOfWeights | None = None,
    ) -> Trajectory:
        """Check a dataset and bring it to the standard layout.

        Parameters
        ----------
        dataset : xarray.Dataset
            See the class. Axes may come in another order, weights with another sum or as w, wv or w_<axis>, numbers
            in another precision: that is put right and noted.
        periodic : bool or mapping of str to bool, optional
            Whether the space axes, or those named, are periodic; overrides the attributes.
        roles : mapping of str to str, optional
            "space", "velocity" or "index" for axes whose names do not tell; overrides the attribute role.
        axes : mapping of str to str or array_like, optional
            By axis, its name in the dataset, or its points: ``{"t": "time", "x": "pos"}``.
        fields : mapping of str to str, or sequence of str, optional
            By field, its name in the dataset, ``{"f": "phi"}``; other variables that change in time are left out then.
        weights : str or mapping of str to str, optional
            The name of the quadrature weights, by axis where there are several.

        Raises
        ------
        InputError
            In one line: the variable, where in it, what was expected.
        """
        from symdcrnn.data.foreign.naming import naming_of
        from symdcrnn.data.normalise import normalised_dataset

        clean, notices = normalised_dataset(dataset, periodic, naming_of(axes, fields, weights, roles))
        return cls(clean, notices)

    @classmethod
    def from_arrays(
        cls,
        fields: Mapping[str, ArrayLike | Named],
        *,
        t: ArrayLike | None = None,
        x: ArrayLike | None = None,
        v: ArrayLike | None = None,
        y: ArrayLike | None = None,
        axes: Mapping[str, ArrayLike | None] | None = None,
        coordinates: Mapping[str, Named] | None = None,
        weights: ArrayLike | Mapping[str, ArrayLike] | None = None,
        profiles: Mapping[str, ArrayLike | Named] | None = None,
        roles: Mapping[str, str] | None = None,
        units: Mapping[str, str] | None = None,
        periodic: Periodic = None,
        period: Mapping[str, float] | None = None,
        epsilon: float | None = None,
        exact: Mapping[str, Mapping[str, float]] | None = None,
        attributes: Mapping[str, str | float | int] | None = None,
    ) -> Trajectory:
        """A trajectory from plain or labelled arrays.

        Parameters
        ----------
        fields : mapping
            Arrays with the axes (t, space) or (t, index, velocity, space), such as (Nt, Nx) and (Nt, Nv, Nx), NaN or
            masked where values are missing; complex ones become two real fields, as u_re and u_im; pairs of
            the names of axes and an array, such as ``(("t", "angle", "y", "x"), f)``; or xarray.DataArrays.
        t, x, v, y : array_like, optional
            Coordinates: increasing; velocities all different. They may come with DataArrays.
        axes : mapping of str to array_like, optional
            Coordinates of any other axes.
        coordinates : mapping, optional
            Named functions on axes, such as ``{"c": ("angle", values)}``.
        weights : array_like, or mapping of str to array_like, optional
            Quadrature weights of any sum: of v or the only other axis that is not space, or by axis; not needed for
            Gauss-Legendre nodes.
        profiles : mapping, optional
            Known functions of x, or of all space axes; as pairs or DataArrays of any axes but t.
        roles : mapping of str to str, optional
            See `of`.
        units : mapping of str to str, optional
            Of axes and variables.
        periodic : bool or mapping of str to bool, optional
            Whether the space axes, or those named, are periodic; taken as so with a notice where it is not said.
        period : mapping of str to float, optional
            The lengths after which periodic axes repeat; needed where one is uneven.
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
        from symdcrnn.data.arrays import dataset_of_arrays, with_attributes

        check_mappings(fields=fields, axes=axes, coordinates=coordinates, profiles=profiles, roles=roles, units=units,
                       period=period, exact=exact, attributes=attributes)
        named = {"t": t, "v": v, "y": y, "x": x}
        twice = sorted(name for name in axes or {} if named.get(name) is not None)
        if twice:
            raise InputError(f"axis {twice[0]!r} is given twice: leave it out of axes")
        dataset = dataset_of_arrays(fields, {**named, **(axes or {})}, coordinates or {}, weights, profiles or {},
                                    roles or {}, units or {})
        return cls.of(with_attributes(dataset, period or {}, epsilon, exact, attributes or {}), periodic, roles)

    @property
    def axes(self) -> tuple[TrajectoryAxis, ...]:
        """The axes beside t that fields and known functions live on, in storage order."""
        return dataset_axes(self.dataset)

    @property
    def coordinates(self) -> dict[str, tuple[tuple[str, ...], Array]]:
        """Coordinates of phase space by name, with their axes: those of the axes, and functions on them."""
        axes = {axis.name: axis for axis in self.axes}
        own = {name: ((name,), axis.coordinate) for name, axis in axes.items()}
        more = {str(name): (tuple(map(str, variable.dims)), self._values(str(name)))
                for name, variable in self.dataset.coords.items()
                if name not in self.dataset.dims and set(variable.dims) <= set(axes)}
        return {**own, **more}

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the variables that depend on t, without those that say how uncertain others are."""
        return tuple(str(name) for name, var in self.dataset.data_vars.items() if "t" in var.dims
                     and OF not in var.attrs)

    @property
    def profile_names(self) -> tuple[str, ...]:
        """Names of the known functions, of axes other than t."""
        weights = {weights_name(self.dataset, str(dim)) for dim in self.dataset.dims}
        return tuple(str(name) for name, var in self.dataset.data_vars.items()
                     if "t" not in var.dims and name not in weights and OF not in var.attrs)

    @property
    def uncertainties(self) -> dict[str, str]:
        """By field, the variable that holds a variance or standard deviation for each of its values."""
        return {str(var.attrs[OF]): str(name) for name, var in self.dataset.data_vars.items() if OF in var.attrs}

    def variances(self, name: str) -> tuple[tuple[str, ...], Array]:
        """The variances of a field, value by value, and their axes.

        Raises
        ------
        InputError
            If they are not in the data, or some are negative.
        """
        _require(name, tuple(self.uncertainties), "field with variances")
        return self.axes_of(self.uncertainties[name]), variances_in(self.dataset, self.uncertainties[name])

    def with_variance(self, field: str, name: str) -> Trajectory:
        """The same with a variable as the variances of a field.

        Raises
        ------
        InputError
            If there is no such field or variable, or it has other axes.
        """
        return Trajectory(with_variance(self.dataset, field, name), self.notices)

    def axes_of(self, name: str) -> tuple[str, ...]:
        """The names of the axes of a field, known function or coordinate, in storage order; t first if it is one.

        Raises
        ------
        InputError
            If there is nothing of that name.
        """
        _require(name, tuple(map(str, self.dataset.variables)), "variable")
        return tuple(str(dim) for dim in self.dataset[name].dims)

    def depends_on_v(self, name: str) -> bool:
        """Whether a field has the axes (t, v, x); (t, x) otherwise.

        Raises
        ------
        InputError
            If there is no such field, or it has other axes.
        """
        _require(name, self.field_names, "field")
        axes = self.axes_of(name)
        if axes not in (("t", "v", "x"), ("t", "x")):
            raise InputError(f"field {name!r} has axes ({', '.join(axes)}): this needs (t, v, x) or (t, x)")
        return "v" in axes

    def array(self, name: str) -> Array:
        """A field, known function or coordinate as float64, C-contiguous, axes in storage order; a view where possible.

        Raises
        ------
        InputError
            If there is nothing of that name.
        """
        _require(name, tuple(map(str, self.dataset.variables)), "field")
        return self._values(name)

    def profile(self, name: str) -> Array:
        """A known function of x as float64, shape (Nx,).

        Raises
        ------
        InputError
            If there is no such function, or it is one of other axes.
        """
        _require(name, self.profile_names, "profile")
        axes = self.axes_of(name)
        if axes != ("x",):
            raise InputError(f"known function {name!r} has axes ({', '.join(axes)}): this needs a function of x")
        return self._values(name)

    @property
    def missing(self) -> dict[str, int]:
        """How many values are missing, which are NaN, by field that has gaps."""
        counts = {name: 0 if is_finite(values) else int(np.isnan(values).sum())
                  for name, values in ((name, self._values(name)) for name in self.field_names)}
        return {name: count for name, count in counts.items() if count}

    def _values(self, name: str) -> Array:
        return np.ascontiguousarray(self.dataset[name].values, dtype=np.float64)

    @property
    def t(self) -> Array:
        """Times of the frames, shape (Nt,)."""
        return self._values("t")

    @property
    def v(self) -> Array:
        """Velocities, shape (Nv,); [1.0] if there is no axis v."""
        return self._values("v") if "v" in self.dataset.dims else np.ones(1)

    @property
    def x(self) -> Array:
        """Grid points, shape (Nx,).

        Raises
        ------
        InputError
            If there is no axis x.
        """
        if "x" not in self.dataset.dims:
            raise InputError("axis 'x' is missing (axes found: "
                             f"{', '.join(repr(str(dim)) for dim in self.dataset.dims)}): this needs data on x")
        return self._values("x")

    @property
    def weights(self) -> Array:
        """Quadrature weights of v, of sum one, shape (Nv,); [1.0] if there is no axis v.

        Raises
        ------
        InputError
            If they are not known.
        """
        if "v" not in self.dataset.dims:
            return np.ones(1)
        name = weights_name(self.dataset, "v")
        if name is None:
            raise InputError(f"there are no quadrature weights and the {self.v.size} velocities are not Gauss-Legendre "
                             "nodes on [-1, 1]: add a variable 'weights' with axis v")
        return self._values(name)

    @property
    def dt(self) -> float:
        """Time between frames.

        Raises
        ------
        InputError
            If t is unevenly spaced.
        """
        return even_step(self.t, "t")

    @property
    def even_times(self) -> bool:
        """Whether the frames are evenly spaced."""
        return is_even(self.t)

    @property
    def dx(self) -> float:
        """Distance between grid points.

        Raises
        ------
        InputError
            If there is no axis x, or it is unevenly spaced.
        """
        return even_step(self.x, "x")

    @property
    def frames(self) -> int:
        """Number of frames Nt."""
        return int(self.dataset.sizes["t"])

    @property
    def periodic(self) -> bool:
        """Whether x is periodic."""
        return "x" in self.dataset.dims and axis_is_periodic(self.dataset, "x", "space")

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

        Raises
        ------
        InputError
            If the window does not lie within the frames.
        """
        return Trajectory(self.dataset.isel(t=window_of(self.frames, first, count, stride)), self.notices)

    @property
    def shape(self) -> tuple[int]:
        """How many frames there are: what splits lists of samples, splits a trajectory in time."""
        return (self.frames,)

    def __len__(self) -> int:
        return self.frames

    def __getitem__(self, frames: object) -> Trajectory:
        """Frames by a slice, or by indices at even distances, see `symdcrnn.data.window.indexed`."""
        return Trajectory(self.dataset.isel(t=indexed(self.frames, frames)), self.notices)


def _require(name: str, known: tuple[str, ...], noun: str) -> None:
    if name not in known:
        raise InputError(f"there is no {noun} {name!r}: the data has {', '.join(map(repr, known)) or 'none'}")
