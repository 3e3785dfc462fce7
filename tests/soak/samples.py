"""Small valid files of every kind that is read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

import symdcrnn

T, V, X = 0.25 * np.arange(4), np.linspace(-1.5, 1.5, 5), 0.125 * np.arange(16)
F = np.exp(-T)[:, None, None] * (1.0 + V[:, None] * np.sin(np.pi * X))

OPERATORS = """[operators.scattering]
rules = [{quadrature = "v", kernel = "1 + 0.9*v*v'"}]

[operators.lorentz]
rules = [{profile = "1 - v^2"}, {stencil = "v", order = 1}]
latex = "(1 - v^2) \\\\partial_v {}"

[operators.both]
rules = [{sum = [[{stencil = "x", order = 2, sides = ["upwind", "downwind"]}], [{pointwise = "u^3"}]]}]

[operators.own]
rules = [{quadrature = "v", matrix = [[1.0, 0.5], [0.25, 1.0]], transposed = true}]
"""

CONFIG = """equations = ["u"]
scheme = "imex-bdf2"
operators = "I,d_x,d_xx"
layers = 2
scales = "auto"
words = ["u", "u*d_x u"]
library = ["poly 2, d_x 2"]
norm = "huber"
bootstrap = 3
fix = ["u:u=1"]
tie = ["u:u=-u:d_x u"]
kernels = ["Q = isotropic <= 8 of f"]
noise = "white:0.02"
test_functions = ["t=12", "x=26"]
memory = "2GB"
continuity = "1/256"
declared = ["f decays in v"]
axes = {t = "time"}
knots = 8
"""

TABLEAU: dict[str, Any] = {
    "explicit": [[0.0, 0.0], [1.0, 0.0]], "explicit_weights": [0.5, 0.5],
    "implicit": [[0.5, 0.0], [0.0, 0.5]], "implicit_weights": [0.5, 0.5], "order": 2}

TABLE = "t,0,0.25,0.5,0.75,1\n0,1,2,3,4,5\n0.5,2,3,4,5,6\n1,3,4,5,7,8\n1.5,1,3,5,8,9\n"
LONG_TABLE = "t,x,u\n" + "".join(f"{t},{x},{t * t + x}\n" for t in T for x in X[:6])


def kinetic() -> symdcrnn.Trajectory:
    """f(t, v, x)."""
    return symdcrnn.Trajectory.from_arrays({"f": F}, t=T, x=X, axes={"v": V}, periodic=True)


def written(folder: Path) -> dict[str, bytes]:
    """The bytes of a file by its suffix."""
    data = kinetic()
    found = {}
    for suffix in (".nc", ".mat", ".npz"):
        symdcrnn.write_trajectory(data, folder / f"data{suffix}")
        found[suffix] = (folder / f"data{suffix}").read_bytes()
    dataset = data.dataset.drop_attrs() if hasattr(data.dataset, "drop_attrs") else data.dataset
    dataset.to_netcdf(folder / "classic.nc", engine="scipy")
    found["classic.nc"] = (folder / "classic.nc").read_bytes()
    array = io.BytesIO()
    np.save(array, np.sin(T)[:, None] * np.cos(X))
    found[".npy"] = array.getvalue()
    plain_hdf5(folder / "plain.h5")
    found[".h5"] = (folder / "plain.h5").read_bytes()
    found[".csv"], found["long.csv"] = TABLE.encode(), LONG_TABLE.encode()
    return found


def plain_hdf5(path: Path) -> None:
    """A group with arrays, labels and attributes."""
    import h5py

    with h5py.File(path, "w") as file:
        group = file.create_group("output")
        for name, values in (("t", T), ("v", V), ("x", X), ("f", F)):
            group[name] = values
        group["f"].dims[0].label, group["f"].dims[1].label, group["f"].dims[2].label = "t", "v", "x"
        group["f"].attrs["units"] = "m-3"
        group.attrs["epsilon"] = 0.5


def zarr_folder(path: Path) -> None:
    """The trajectory as a Zarr folder."""
    symdcrnn.write_trajectory(kinetic(), path)


def osiris(path: Path) -> None:
    """A dump of OSIRIS."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs.update({"NAME": [b"x1p1"], "TYPE": [b"grid"], "TIME": [0.5], "ITER": [1],
                           "TIME UNITS": [b"1 / omega_p"]})
        file.create_dataset("x1p1", data=F[0].astype("float32")).attrs["UNITS"] = [b"n_0"]
        for label, ends, of in (("AXIS1", (0.0, 2.0), "x1"), ("AXIS2", (-1.5, 2.25), "p1")):
            axis = file.create_dataset(f"AXIS/{label}", data=ends)
            axis.attrs.update({"NAME": [of.encode()], "UNITS": [b"c / omega_p"]})


def openmc(path: Path) -> None:
    """A statepoint of OpenMC with one tally over times, cosines and cells."""
    import h5py

    sums = np.stack([20.0 * F, 21.0 * F**2], -1)
    with h5py.File(path, "w") as file:
        file.attrs.update({"filetype": np.bytes_("statepoint"), "version": [18, 1]})
        tally = file.create_group("tallies/tally 1")
        tally["n_realizations"], tally["filters"] = 20, [1, 2, 3]
        tally["score_bins"], tally["nuclides"] = np.array([b"flux"]), np.array([b"total"])
        tally["results"] = sums.reshape(-1, 1, 2)
        for number, (kind, bins) in enumerate((("time", 0.25 * np.arange(5)), ("mu", np.linspace(-1, 1, 6)),
                                               ("mesh", 7)), 1):
            one = file.create_group(f"tallies/filters/filter {number}")
            one["type"], one["bins"] = np.bytes_(kind), bins
            one["n_bins"] = 16 if kind == "mesh" else len(np.atleast_1d(bins)) - 1
        mesh = file.create_group("tallies/meshes/mesh 7")
        mesh["type"], mesh["dimension"] = np.bytes_("regular"), [16, 1, 1]
        mesh["lower_left"], mesh["upper_right"] = [0.0, 0.0, 0.0], [2.0, 3.0, 5.0]


def openpmd(path: Path) -> None:
    """Two iterations of a mesh as openPMD's own attributes describe it."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs.update({"openPMD": np.bytes_("1.1.0"), "openPMDextension": np.uint32(0),
                           "basePath": np.bytes_("/data/%T/"), "meshesPath": np.bytes_("meshes/"),
                           "iterationEncoding": np.bytes_("groupBased"), "iterationFormat": np.bytes_("/data/%T/")})
        for number, time in enumerate(T):
            step = file.create_group(f"data/{10 * number}")
            step.attrs.update({"time": time, "dt": 0.25, "timeUnitSI": 1e-9})
            mesh = step.create_dataset("meshes/f", data=F[number])
            mesh.attrs.update({
                "axisLabels": np.array([b"v", b"x"]), "gridSpacing": [0.75, 0.125], "gridGlobalOffset": [-1.5, 0.0],
                "gridUnitSI": 2.0, "unitDimension": [-3.0, 0, 0, 0, 0, 0, 0], "position": [0.0, 0.5], "unitSI": 10.0,
                "geometry": np.bytes_("cartesian"), "dataOrder": np.bytes_("C"), "timeOffset": 0.0})


def model() -> dict[str, Any]:
    """A fitted model as plain values."""
    x, t = 2.0 * np.pi * np.arange(24) / 24, 0.03 * np.arange(20)
    u = (1.0 / (2.0 + np.sin(x - t[:, None])) + 1.0) * np.exp(-0.5 * t[:, None])
    data = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    fitted = symdcrnn.fit(data, words=("u", "d_x u"), bootstrap=0, scheme="imex-bdf2", norm="l2", scales=0)
    content: dict[str, Any] = json.loads(fitted.to_json())
    return content


def tableau() -> dict[str, Any]:
    return TABLEAU
