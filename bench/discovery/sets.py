"""The data sets: where their fields are, the dictionary, and the equation that is right.

A new set of a file is one new entry in `PUBLIC`, one of a built-in problem in `OWN`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.io
from numpy.typing import NDArray

from symdcrnn.problems import PROBLEMS

Array = NDArray[np.float64]
Equations = Mapping[str, Mapping[str, float]]

POWERS = ("poly 3, d_x 6",)
"""All u, u^2, u^3 under derivatives of order 0 to 6: 21 words."""


GAPS = 1
"""Stream of the random numbers of gaps."""

FRAMES = 200
"""Of built-in problems."""


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Fields on even t and x.

    Parameters
    ----------
    fields : dict of str to ndarray, shape (frames, points)
    t : ndarray, shape (frames,)
    x : ndarray, shape (points,)
    """

    fields: dict[str, Array]
    t: Array
    x: Array

    def with_noise(self, level: float, seed: int) -> Snapshots:
        """Gaussian noise of a level times the root mean square of each field."""
        random = np.random.default_rng(seed)
        fields = {name: values + level * np.sqrt(np.mean(values**2)) * random.standard_normal(values.shape)
                  for name, values in self.fields.items()}
        return Snapshots(fields, self.t, self.x)

    def with_gaps(self, part: float, seed: int) -> Snapshots:
        """A part of the values of each field is missing, here and there."""
        random = np.random.default_rng((seed, GAPS))
        fields = {name: np.where(random.random(values.shape) < part, np.nan, values)
                  for name, values in self.fields.items()}
        return Snapshots(fields, self.t, self.x)


@dataclass(frozen=True)
class DataSet:
    """What is fitted, and what should be found.

    Parameters
    ----------
    name, title : str
    load : callable
        From the folder of the public sets to the data.
    exact : mapping of str to mapping of str to float
        By field and word.
    rival : mapping of str to mapping of str to float, optional
        The same in the terms of PySINDy, where its library has them all.
    derivatives : int
        The highest derivative in PySINDy's library.
    library, words : tuple of str
        Our dictionary.
    periodic : bool
    """

    name: str
    title: str
    load: Callable[[Path], Snapshots]
    exact: Equations
    rival: Equations = field(default_factory=dict)
    derivatives: int = 4
    library: tuple[str, ...] = POWERS
    words: tuple[str, ...] = ()
    periodic: bool = True


def _matlab(name: str, values: str, time: str, frames_first: bool = False) -> Callable[[Path], Snapshots]:
    """One real field, or the two parts of a complex one as u and w."""

    def load(folder: Path) -> Snapshots:
        content = scipy.io.loadmat(folder / name)
        array = content[values] if frames_first else content[values].T
        parts = {"u": np.real(array)}
        if np.max(np.abs(np.imag(array))) > 1e-6 * np.max(np.abs(array)):
            parts["w"] = np.imag(array)
        fields = {part: np.ascontiguousarray(numbers, dtype=float) for part, numbers in parts.items()}
        return Snapshots(fields, content[time].ravel(), content["x"].ravel())

    return load


def _numpy(name: str, end: float) -> Callable[[Path], Snapshots]:
    """A field of frames and points, with t from 0 to an end and x from 1 to 2."""

    def load(folder: Path) -> Snapshots:
        u = np.load(folder / name, allow_pickle=False)
        return Snapshots({"u": u}, np.linspace(0.0, end, u.shape[0]), np.linspace(1.0, 2.0, u.shape[1]))

    return load


def _problem(name: str) -> Callable[[Path], Snapshots]:
    def load(folder: Path) -> Snapshots:
        trajectory = PROBLEMS[name].generate(PROBLEMS[name].preset("standard", frames=FRAMES))
        return Snapshots({"u": trajectory.array("u")}, np.asarray(trajectory.t), np.asarray(trajectory.x))

    return load


SCHROEDINGER = ("poly 3, d_x 2",)

PUBLIC = (
    DataSet("burgers", "Burgers of PDE-FIND", _matlab("burgers.mat", "usol", "t"),
            {"u": {"d_x(u^2)": -0.5, "d_xx u": 0.1}}, {"u": {"u u_1": -1.0, "u_11": 0.1}}),
    DataSet("kdv", "Korteweg-de Vries of PDE-FIND", _matlab("kdv.mat", "usol", "t"),
            {"u": {"d_x(u^2)": -3.0, "d_xxx u": -1.0}}, {"u": {"u u_1": -6.0, "u_111": -1.0}}),
    DataSet("kdv_epde", "Korteweg-de Vries, dispersion 0.0025", _matlab("kdv_epde.mat", "uu", "tt"),
            {"u": {"d_x(u^2)": -0.5, "d_xxx u": -0.0025}}, {"u": {"u u_1": -1.0, "u_111": -0.0025}}),
    DataSet("kuramoto_sivashinsky", "Kuramoto-Sivashinsky of PDE-FIND",
            _matlab("kuramoto_sivishinky.mat", "uu", "tt"),
            {"u": {"d_x(u^2)": -0.5, "d_xx u": -1.0, "d_xxxx u": -1.0}},
            {"u": {"u u_1": -1.0, "u_11": -1.0, "u_1111": -1.0}}),
    DataSet("allen_cahn", "Allen-Cahn, diffusion 1e-4", _matlab("allen_cahn.mat", "uu", "tt"),
            {"u": {"d_xx u": 1e-4, "u": 5.0, "u^3": -5.0}}, {"u": {"u_11": 1e-4, "u": 5.0, "u^3": -5.0}}),
    DataSet("nls", "nonlinear Schroedinger", _matlab("nls.mat", "usol", "t", frames_first=True),
            {"u": {"d_xx w": -0.5, "u^2 w": -1.0, "w^3": -1.0}, "w": {"d_xx u": 0.5, "u^3": 1.0, "u w^2": 1.0}},
            {"u": {"w_11": -0.5, "u^2 w": -1.0, "w^3": -1.0}, "w": {"u_11": 0.5, "u^3": 1.0, "u w^2": 1.0}},
            derivatives=2, library=SCHROEDINGER),
    DataSet("harmonic_osc", "quantum harmonic oscillator", _matlab("harmonic_osc.mat", "usol", "t", frames_first=True),
            {"u": {"d_xx w": -0.5, "x^2 w": 0.5}, "w": {"d_xx u": 0.5, "x^2 u": -0.5}},
            library=("poly 1, d_x 4",), words=("x*u", "x^2*u", "x*w", "x^2*w"), periodic=False),
    DataSet("PDE_compound", "d_t u = d_x(u d_x u)", _numpy("PDE_compound.npy", 0.5), {"u": {"d_xx(u^2)": 0.5}},
            library=("poly 3, d_x 3",), periodic=False),
    DataSet("PDE_divide", "d_t u = -d_x u/x + d_xx u/4", _numpy("PDE_divide.npy", 1.0),
            {"u": {"x^(-1) d_x u": -1.0, "d_xx u": 0.25}}, library=("poly 3, d_x 2",), words=("u/x", "d_x u/x"),
            periodic=False),
)
"""Files of a folder."""

OWN = (
    DataSet("own_burgers", "Burgers, built in", _problem("burgers"),
            {"u": {"d_x(u^2)": -0.5, "d_xx u": 0.1}}, {"u": {"u u_1": -1.0, "u_11": 0.1}}),
    DataSet("own_kdv", "Korteweg-de Vries, built in", _problem("kdv"),
            {"u": {"d_x(u^2)": -3.0, "d_xxx u": -1.0}}, {"u": {"u u_1": -6.0, "u_111": -1.0}}),
    DataSet("own_kuramoto_sivashinsky", "Kuramoto-Sivashinsky, built in", _problem("kuramoto-sivashinsky"),
            {"u": {"d_x(u^2)": -0.5, "d_xx u": -1.0, "d_xxxx u": -1.0}},
            {"u": {"u u_1": -1.0, "u_11": -1.0, "u_1111": -1.0}}),
)
"""Built-in problems."""


def unreadable(path: Path) -> str | None:
    """Why a file of the folder is not fitted, or None: arrays of Python objects are never unpacked."""
    if path.suffix != ".npy":
        return None
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        _, _, kind = read(file)
    return "holds pickled Python objects, which are not unpacked" if kind.hasobject else None
