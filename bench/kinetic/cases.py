"""What is fitted: data of a built-in problem, and words that are in its equation and others that are not.

A new case of a built-in problem is one new entry in `OWN`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import symdcrnn
from symdcrnn import Trajectory

Equations = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Case:
    """Data and a dictionary.

    Parameters
    ----------
    name, title : str
    load : callable
        From noise, a part of each field's standard deviation, to the data.
    fit : mapping of str to object
        What `symdcrnn.fit` is told beside the data: nothing but words and operators.
    exact : mapping of str to mapping of str to float
        By field and word, or parameter of a kernel, where the data does not say it.
    noisy : bool
        Whether the data has noise of its own, and is fitted as it is.
    """

    name: str
    title: str
    load: Callable[[float], Trajectory]
    fit: Mapping[str, Any]
    exact: Equations = field(default_factory=dict)
    noisy: bool = False


def built_in(name: str, preset: str | None = None, known: bool = False,
             **settings: Any) -> Callable[[float], Trajectory]:
    """Data of a built-in problem."""

    def load(noise: float) -> Trajectory:
        return symdcrnn.generate(symdcrnn.problem(name, preset, **settings), noise=noise, known=known)

    return load


def series(degree: int) -> tuple[str, ...]:
    """The words P_l <P_l f> from l = 1 on."""
    return tuple(f"P_{order} <P_{order} f>" for order in range(1, degree + 1))


def angular(g: float, degree: int) -> symdcrnn.Operator:
    """K with the kernel sum_l (2l + 1) g^l P_l(v) P_l(v')."""
    terms = [f"{(2 * order + 1) * g**order!r}*legendre({order}, v)*legendre({order}, v')"
             for order in range(1, degree + 1)]
    return symdcrnn.Operator("K", symdcrnn.Quadrature("v", kernel=" + ".join(["1", *terms])))


MAXWELLIAN = "maxwellian(<f>, <v f>, <v^2 f>, v)"

WORDS: dict[str, dict[str, Any]] = {
    "slab": {"words": ("v_dx f", "f", "<f>", "exp(-100*(x - 0.6)^2)", "1", "v f", "<v f>", "d_x f")},
    "linear": {"words": ("v_dx f", "f", "<f>", *series(3), "v_dx <f>", "d_x f")},
    "kernel": {"words": ("v_dx f", "f", "<f>", "K f", "d_x f", "v <v f>"), "operators": (angular(0.7, 11),),
               "layers": 1, "scales": 0},
    "learned": {"words": ("v_dx f", "d_x f", "v <v f>"), "kernels": ("Q = henyey-greenstein <= 11 of f",)},
    "series": {"words": ("v_dx f", "f", "<f>", *series(11), "d_x f")},
    "groups": {"words": ("v_dx f1", "v_dx f2", "f1", "f2", "<f1>", "<f2>", "v f1", "v f2", "<v f1>", "<v f2>")},
    "three groups": {"words": tuple(word for group in "123" for word in (
        f"v_dx f{group}", f"f{group}", f"<f{group}>", f"<v f{group}>"))},
    "radiation": {"words": ("v_dx F", "F", "<F>", "T", "T^2", "T^3", "T^4", "v F", "<v F>", "1")},
    "bgk": {"words": ("v_dx f", "f", MAXWELLIAN, "<f>", "d_x f", "v f")},
    "linear-bgk": {"words": ("v_dx h", "h", "<h>", "v <v h>", "hermite(2, v) <hermite(2, v) h>", "v <h>", "<v h>",
                             "d_x h", "v h")},
    "fokker-planck": {"words": ("v_dx f", "d_v(v f)", "d_vv f", "f", "d_x f", "d_v f", "v f")},
    "vlasov": {"words": ("v_dx f", "E d_v f", "f", "d_v f", "E f", "d_x f", "v f", "E:<v f>", "E:<f>", "E:E",
                         "E:d_x E")},
    "vlasov alone": {"words": ("v_dx f", "E d_v f", "f", "d_v f", "E f", "d_x f", "v f"), "noise": "poisson"},
    "goldstein-taylor": {"words": ("v_dx f", "f", "<f>", "v f", "<v f>", "d_x f", "v_dx <f>")},
    "pn": {"library": ("poly 1, d_x 1",)},
    "circle": {"operators": ("I", "c", "s", "d_x", "d_y", "mean"), "layers": 1, "scales": 0},
    "circle words": {"words": ("c d_x f", "s d_y f", "f", "<f>", "d_x f", "d_y f", "c f", "s f")},
    "lattice": {"words": ("c d_x f", "s d_y f", "f", "<f>", "sigma_s f", "sigma_s <f>", "sigma_a f", "sigma_a <f>",
                          "source", "1")},
    "time": {"words": ("v_dx f", "f", "<f>", "sin(8*t) f", "sin(8*t) <f>", "t f", "t <f>", "v f")},
    "density": {"words": ("v_dx f", "f", "<f>", "<f> f", "<f>^2", "<f>^2 f", "<f>^3", "v f")},
}
"""Of each dictionary."""

OWN: tuple[Case, ...] = (
    Case("slab", "slab with inflow, absorption and source", built_in("slab"), WORDS["slab"]),
    Case("slab-diffusive", "slab, epsilon = 1/64, slow frames", built_in("slab", "diffusive"), WORDS["slab"]),
    Case("slab-fast", "slab, epsilon = 1/64, fast frames", built_in("slab", "fast"), WORDS["slab"]),
    Case("anisotropic", "linear anisotropic scattering", built_in("anisotropic"), WORDS["linear"]),
    Case("henyey-greenstein", "Henyey-Greenstein, the kernel as one word",
         built_in("anisotropic", "henyey-greenstein"), WORDS["kernel"],
         {"f": {"f": -16.0, "v_dx f": -4.0, "K f": 16.0}}),
    Case("henyey-greenstein-learned", "Henyey-Greenstein, its strengths s, k and g sought",
         built_in("anisotropic", "henyey-greenstein"), WORDS["learned"],
         {"f": {"v_dx f": -4.0, "s": 16.0, "k": 16.0, "g": 0.7}}),
    Case("henyey-greenstein-series", "Henyey-Greenstein, words P_l <P_l f>",
         built_in("anisotropic", "henyey-greenstein"), WORDS["series"]),
    Case("groups", "two groups, fission", built_in("groups"), WORDS["groups"]),
    Case("groups-three", "three groups, fission", built_in("groups", "three"), WORDS["three groups"]),
    Case("radiation", "gray radiation and matter", built_in("radiation"), WORDS["radiation"]),
    Case("bgk", "BGK", built_in("bgk"), WORDS["bgk"]),
    Case("linear-bgk", "linearised BGK", built_in("linear-bgk"), WORDS["linear-bgk"]),
    Case("fokker-planck", "Fokker-Planck", built_in("fokker-planck"), WORDS["fokker-planck"]),
    Case("landau", "Vlasov-Poisson, Landau damping", built_in("vlasov-poisson"), WORDS["vlasov"]),
    Case("two-stream", "Vlasov-Poisson, two streams", built_in("vlasov-poisson", "two-stream"), WORDS["vlasov"]),
    Case("landau-particles", "Landau damping, 100 particles a cell",
         built_in("vlasov-poisson", "landau", particles=100), WORDS["vlasov alone"],
         {"f": {"v_dx f": -1.0, "E d_v f": 1.0}}, noisy=True),
    Case("goldstein-taylor", "Goldstein-Taylor", built_in("goldstein-taylor"), WORDS["goldstein-taylor"]),
    Case("pn", "P3, four moments", built_in("pn"), WORDS["pn"]),
    Case("ordinates-2d", "ordinates on a circle", built_in("ordinates-2d"), WORDS["circle"]),
    Case("lattice", "ordinates in a lattice, known coefficients", built_in("ordinates-2d", "lattice", known=True),
         WORDS["lattice"]),
    Case("opacity-time", "opacity of time", built_in("opacity"), WORDS["time"]),
    Case("opacity-density", "opacity of density", built_in("opacity", "density"), WORDS["density"]),
)
"""Built-in problems."""
