"""The same equations in files of other solvers, of a folder that is named: a new one is one new entry in `FILES`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

import symdcrnn
from bench.kinetic.cases import MAXWELLIAN, WORDS, Case, Equations, angular
from symdcrnn import Trajectory


def scattered(epsilon: float = 1.0) -> dict[str, float]:
    """Isotropic scattering of strength one."""
    return {"v_dx f": -1.0 / epsilon, "f": -1.0 / epsilon**2, "<f>": 1.0 / epsilon**2}


def slab(epsilon: float) -> Equations:
    return {"f": {**scattered(epsilon), "f": -1.0 / epsilon**2 - 0.5, "exp(-100*(x - 0.6)^2)": 2.0}}


SIXTEEN = {"words": WORDS["kernel"]["words"], "operators": (angular(0.7, 15),), "layers": 1, "scales": 0}

FILES = {
    "slab_1.nc": (WORDS["slab"], slab(1.0)),
    "slab_0.015625.nc": (WORDS["slab"], slab(1 / 64)),
    "slab_fast_0.015625.nc": (WORDS["slab"], slab(1 / 64)),
    "aniso_lin_1.nc": (WORDS["linear"], {"f": {**scattered(), "P_1 <P_1 f>": 0.9}}),
    "aniso_hg_0.25.nc": (SIXTEEN, {"f": {"f": -16.0, "v_dx f": -4.0, "K f": 16.0}}),
    "groups.nc": (WORDS["groups"], {}),
    "radiation_1.nc": (WORDS["radiation"], {"F": {"v_dx F": -1.0, "F": -1.0, "T^4": 1.0},
                                            "T": {"<F>": 2.0, "T^4": -2.0}}),
    "bgk_1.nc": ({**WORDS["bgk"], "equations": "f"}, {"f": {"v_dx f": -1.0, "f": -1.0, MAXWELLIAN: 12.25}}),
    "bgk_linear.nc": (WORDS["linear-bgk"], {"h": {
        "v_dx h": -1.0, "h": -1.0, "<h>": 1.0, "v <v h>": 1.0, "(v^2 - 1) <(v^2 - 1) h>": 0.5}}),
    "fokker_planck.nc": (WORDS["fokker-planck"], {"f": {"v_dx f": -1.0, "d_v v f": 1.0, "d_vv f": 1.0}}),
    "vlasov.nc": (WORDS["vlasov"], {"f": {"v_dx f": -1.0, "E d_v f": 1.0}, "E": {"<v f>": 14.0}}),
    "goldstein_1.nc": (WORDS["goldstein-taylor"], {"f": scattered()}),
    "p3.nc": (WORDS["pn"], {
        "m0": {"d_x m1": -1.0}, "m1": {"m1": -1.0, "d_x m0": -1 / 3, "d_x m2": -2 / 3},
        "m2": {"m2": -1.0, "d_x m1": -2 / 5, "d_x m3": -3 / 5}, "m3": {"m3": -1.0, "d_x m2": -3 / 7}}),
    "moments_f_1.nc": (WORDS["linear"], {"f": scattered()}),
    "ordinates2d.npz": (WORDS["circle"], {"f": {"c d_x f": -1.0, "s d_y f": -1.0, "f": -1.0, "<f>": 1.0}}),
    "opacity_t.nc": ({**WORDS["time"], "equations": "f"}, {"f": {
        **scattered(), "sin(8*t) f": -0.5, "sin(8*t) <f>": 0.5}}),
    "opacity_rho2.nc": ({"words": ("v_dx f", "f", "<f>", "rho f", "rho <f>", "rho^2 f", "rho^2 <f>", "v f"),
                         "equations": "f"}, {"f": {"v_dx f": -1.0, "f": -0.5, "<f>": 0.5, "f rho^2": -2.0,
                                                   "rho^2 <f>": 2.0}}),
}
"""By the name of the file: the dictionary, and the equations that are right."""


def cases_of(folder: Path) -> list[Case]:
    """The files of a folder that are known by their names."""
    return [Case(path.name, path.name, reader(path), *FILES[path.name])
            for path in sorted(folder.iterdir()) if path.name in FILES]


def reader(path: Path) -> Callable[[float], Trajectory]:
    """A file, with noise of a part of each field's standard deviation."""

    def load(noise: float) -> Trajectory:
        trajectory = symdcrnn.read_trajectory(path)
        if not noise > 0.0:
            return trajectory
        dataset, random = trajectory.dataset.copy(deep=True), np.random.default_rng(0)
        for name in trajectory.field_names:
            values = dataset[name].values
            noisy = values + noise * values.std() * random.standard_normal(values.shape)
            dataset[name] = (dataset[name].dims, noisy, dataset[name].attrs)
        return Trajectory.of(dataset)

    return load
