"""The arguments of a function on one state: their order, their types, and the rows of its scratch array."""

from __future__ import annotations

from dataclasses import dataclass

from symdcrnn.kernels.system import Array, System

BLOCK = 256
"""Points of x that are worked on at a time, so that all values of a block stay in cache."""

CONSTANTS: dict[str, str] = {
    "coefficients": "float64[::1]", "profiles": "float64[:, ::1]", "v": "float64[::1]", "quadrature": "float64[::1]",
    "dx": "float64", "periodic": "boolean", "scratch": "float64[:, ::1]",
}
"""The arguments between the fields and the results, the same for every model."""


@dataclass(frozen=True)
class Rows:
    """Where each value lives: row `per_v` Nv + `single` of the scratch array, and those that follow."""

    places: dict[str, tuple[int, int]]
    per_v: int
    single: int

    @classmethod
    def of(cls, system: System) -> Rows:
        full = [value.name for value in system.values if value.layout.full]
        places = {name: (number, 0) for number, name in enumerate(full)}
        single = 0
        for value in system.values:
            if not value.layout.full:
                places[value.name] = (len(full), single)
                single += 1 if value.layout.averaged else 2
        return cls(places, len(full), single)

    def __getitem__(self, name: str) -> str:
        """The first row of a value, as source text."""
        per_v, single = self.places[name]
        text = {0: "", 1: "nv"}.get(per_v, f"{per_v} * nv")
        return text if text and not single else f"{text} + {single}" if text else str(single)


def scratch_shape(system: System, velocities: int) -> tuple[int, int]:
    """The shape of the scratch array, whatever Nx."""
    rows = Rows.of(system)
    return max(rows.per_v * velocities + rows.single, 1), BLOCK + 2 * system.halo


def argument_types(system: System) -> dict[str, str]:
    """The numba types of the arguments, in their order."""
    fields = {argument(array): array_type(array) for array in system.arrays}
    results = {f"out_{array.name}": array_type(array) for array in system.written}
    return {**fields, **CONSTANTS, **results}


def argument(array: Array) -> str:
    """The name of the argument of an array that is read."""
    return f"{array.role}_{array.name}"


def system_signature(system: System) -> str:
    """The numba signature of the function."""
    return f"void({', '.join(argument_types(system).values())})"


def array_type(array: Array) -> str:
    axes = 1 + array.full + (array.frames is not None)
    return f"float64[{':, ' * (axes - 1)}::1]"
