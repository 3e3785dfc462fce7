"""From any dataset to the standard layout of a trajectory, or to one clear line about what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.attributes import parse_epsilon, parse_exact, parse_periodic, plain
from symdcrnn.data.axes import AXES, check_axis_names, check_coordinate, check_finite, first_line, real_array
from symdcrnn.data.quadrature import normalised_weights, recognised_weights
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]

WEIGHT_SUM_TOLERANCE = 1e-12
"""A sum this close to one needs no notice."""

KINDS = (("t", "v", "x"), ("t", "x"), ("x",))


def normalised_dataset(dataset: xarray.Dataset, periodic: bool | None) -> tuple[xarray.Dataset, tuple[str, ...]]:
    """Check a dataset and bring it to the layout that `Trajectory` promises.

    Parameters
    ----------
    dataset : xarray.Dataset
        See `Trajectory.of`.
    periodic : bool or None
        Overrides the attribute.

    Returns
    -------
    dataset : xarray.Dataset
        A new one; arrays are shared with the old where nothing had to change.
    notices : tuple of str

    Raises
    ------
    InputError
        See `Trajectory.of`.
    """
    import xarray

    if not isinstance(dataset, xarray.Dataset):
        raise InputError(f"a trajectory needs an xarray.Dataset, not {type(dataset).__name__}: "
                         "use Trajectory.from_arrays for plain arrays")
    notices: list[str] = []
    dataset = dataset.reset_coords()
    dims = {str(name): {str(dim) for dim in var.dims} for name, var in dataset.data_vars.items()}
    scalars = [name for name, axes in dims.items() if not axes]
    if scalars:
        notices.append(f"left out variables without axes: {', '.join(scalars)}")
    needs_v = any("v" in axes for axes in dims.values()) or "v" in dataset.dims
    check_axis_names((str(dim) for dim in dataset.dims), AXES if needs_v else ("t", "x"))
    coords = _coordinates(dataset, needs_v)
    variables: dict[str, tuple[tuple[str, ...], Array]] = {}
    for name in (name for name in dims if name not in scalars and name != "weights"):
        variables[name] = _variable(name, dataset[name], notices)
    if not any("t" in axes for axes, _ in variables.values()):
        raise InputError(f"no variable has the axes (t, v, x) or (t, x) (variables found: {_listed(dims)}): "
                         "add a field")
    variables["weights"] = (("v",), _weights(dataset, coords["v"], notices))
    attrs = _attributes(dataset, periodic, notices)
    return xarray.Dataset(variables, coords={k: (k, a) for k, a in coords.items()}, attrs=attrs), tuple(notices)


def _listed(names: object) -> str:
    return ", ".join(map(repr, names)) if isinstance(names, dict) and names else "none"


def _coordinates(dataset: xarray.Dataset, needs_v: bool) -> dict[str, Array]:
    coords: dict[str, Array] = {}
    for axis in AXES:
        if axis == "v" and not needs_v:
            coords["v"] = np.ones(1)
        elif axis not in dataset.coords:
            raise InputError(f"axis {axis!r} has no coordinate variable: add the values of {axis} as coordinate "
                             f"{axis!r}, {dataset.sizes[axis]} numbers")
        else:
            coords[axis] = check_coordinate(_loaded(dataset[axis], axis), axis)
    return coords


def _loaded(variable: xarray.DataArray, name: str) -> NDArray[np.generic]:
    try:
        return np.asarray(variable.values)
    except Exception as error:  # lazily loaded data can fail in any way of its file library
        raise InputError(f"variable {name!r} cannot be read ({first_line(error)}): write the file anew") from None


def _variable(name: str, variable: xarray.DataArray, notices: list[str]) -> tuple[tuple[str, ...], Array]:
    found = tuple(str(dim) for dim in variable.dims)
    axes = tuple(axis for axis in AXES if axis in found)
    if not name.isidentifier() or name in AXES:
        raise InputError(f"variable {name!r} has a name that no equation can use: "
                         "rename it to letters, digits and underscores")
    if axes not in KINDS:
        raise InputError(f"variable {name!r} has axes ({', '.join(found)}): expected (t, v, x), (t, x) or (x); "
                         "drop the variable or add the missing axes")
    raw = _loaded(variable, name)
    array = real_array(raw, f"variable {name!r}")
    if raw.dtype != np.float64:
        notices.append(f"converted {name} from {raw.dtype} to float64")
    if axes != found:
        array = np.transpose(array, [found.index(axis) for axis in axes])
        notices.append(f"reordered the axes of {name} from ({', '.join(found)}) to ({', '.join(axes)})")
    check_finite(array, name, axes)
    return axes, np.ascontiguousarray(array)


def _weights(dataset: xarray.Dataset, v: Array, notices: list[str]) -> Array:
    if "weights" not in dataset.variables or dataset["weights"].dims == ():
        found = recognised_weights(v)
        if found is None:
            raise InputError(f"there are no quadrature weights and the {v.size} velocities are not Gauss-Legendre "
                             "nodes on [-1, 1]: add a variable 'weights' with axis v")
        if "v" in dataset.dims:
            notices.append("no quadrature weights: used those of the Gauss-Legendre nodes" if v.size > 1
                           else "no quadrature weights: used 1 for the only velocity")
        return found
    axes = tuple(str(dim) for dim in dataset["weights"].dims)
    if axes != ("v",):
        raise InputError(f"variable 'weights' has axes ({', '.join(axes)}): give it the axis v alone")
    raw = real_array(_loaded(dataset["weights"], "weights"), "variable 'weights'")
    weights = normalised_weights(raw)
    total = float(raw.sum())
    if abs(total - 1.0) <= WEIGHT_SUM_TOLERANCE:
        # Dividing again would change last bits, and a file would not come back as it was written.
        return np.ascontiguousarray(raw)
    notices.append(f"divided the quadrature weights by their sum {total:.6g}")
    return weights


def _attributes(dataset: xarray.Dataset, periodic: bool | None, notices: list[str]) -> dict[str, object]:
    attrs: dict[str, object] = {str(name): plain(value) for name, value in dataset.attrs.items()}
    if periodic is not None:
        attrs["periodic"] = int(parse_periodic(periodic))
    elif "periodic" in attrs:
        attrs["periodic"] = int(parse_periodic(attrs["periodic"]))
    else:
        attrs["periodic"] = 1
        notices.append("took x as periodic: the data does not say (by an attribute periodic); if it is not, say "
                       "--not-periodic or periodic=False")
    if attrs.get("epsilon") is not None:
        attrs["epsilon"] = parse_epsilon(attrs["epsilon"])
    else:
        attrs.pop("epsilon", None)
    if parse_exact(attrs.get("exact")) is None:
        attrs.pop("exact", None)
    return attrs
