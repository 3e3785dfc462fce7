"""How the coefficients of an equation follow from the parameters of its kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from symdcrnn.collisions.families import FAMILIES
from symdcrnn.collisions.reading import Kernel
from symdcrnn.collisions.shaped import Constraints, Normal, Shape, minimise_shaped

Array = NDArray[np.float64]

TRIED = 24
"""Values of each parameter of a family that are tried before the best one is refined."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Coefficients by parameters: some columns by themselves, and families by (s, k, ...) of k K f - s f.

    Parameters
    ----------
    columns : int
        How many coefficients there are.
    single : tuple of int
        Columns that are parameters by themselves.
    families : tuple of (Kernel, tuple of int)
        Kernels, and the columns of their words.
    """

    columns: int
    single: tuple[int, ...]
    families: tuple[tuple[Kernel, tuple[int, ...]], ...]

    @property
    def places(self) -> list[range]:
        """Where the parameters of each family are."""
        found: list[range] = []
        for kernel, _ in self.families:
            first = found[-1].stop if found else len(self.single)
            found.append(range(first, first + 2 + len(FAMILIES[kernel.form].parameters)))
        return found

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return self.places[-1].stop if self.families else len(self.single)

    def coefficients(self, parameters: Array) -> tuple[Array, Array]:
        """See `Shape`."""
        found, jacobian = np.zeros(self.columns), np.zeros((self.columns, self.size))
        for number, column in enumerate(self.single):
            found[column], jacobian[column, number] = parameters[number], 1.0
        for (kernel, columns), place in zip(self.families, self.places, strict=True):
            lost, gained, *own = map(float, parameters[place.start:place.stop])
            made = [FAMILIES[kernel.form].factor(degree, own) for degree in kernel.degrees]
            factors, slopes = np.array([one for one, _ in made]), np.array([one for _, one in made])
            weights = 2.0 * np.array(kernel.degrees) + 1.0
            chosen, first = list(columns[1:]), place.start
            found[columns[0]], jacobian[columns[0], first] = -lost, -1.0
            found[chosen] = gained * weights * factors
            jacobian[chosen, first + 1] = weights * factors
            jacobian[chosen, first + 2:place.stop] = gained * weights[:, None] * slopes
        return found, jacobian

    def inside(self, parameters: Array) -> bool:
        """See `Shape`."""
        return all(low < value < high for (kernel, _), place in zip(self.families, self.places, strict=True)
                   for value, (low, high) in zip(parameters[list(place[2:])], FAMILIES[kernel.form].ranges,
                                                 strict=True))

    @property
    def whole(self) -> Shape:
        """With all of its parameters."""
        return Shape(self.coefficients, self.inside)

    def frozen(self, own: Sequence[float]) -> tuple[Shape, Callable[[Array], Array]]:
        """The shape with the parameters of families fixed, and what makes all parameters of the others."""
        held = [number for place in self.places for number in place[2:]]
        free = [number for number in range(self.size) if number not in held]

        def widened(parameters: Array) -> Array:
            found = np.zeros(self.size)
            found[free], found[held] = parameters, own
            return found

        def coefficients(parameters: Array) -> tuple[Array, Array]:
            found, jacobian = self.coefficients(widened(parameters))
            return found, jacobian[:, free]

        return Shape(coefficients, lambda parameters: True), widened


def start_of(plan: Plan, normal: Normal, rows: Constraints, free: Array) -> Array:
    """Parameters to start from: the best of some values of those that are not linear.

    Parameters
    ----------
    plan : Plan
    normal : Normal
    rows : Constraints
    free : ndarray, shape (columns,)
        Coefficients without any plan.
    """
    grids = [np.linspace(low, high, TRIED + 2)[1:-1] for kernel, _ in plan.families
             for low, high in FAMILIES[kernel.form].ranges]
    best, least = np.concatenate([free[list(plan.single)], np.zeros(plan.size - len(plan.single))]), np.inf
    for own in product(*grids):
        shape, widened = plan.frozen(own)
        found = minimise_shaped(normal, shape, rows, np.zeros(plan.size - len(own)))
        excess = normal.excess(found.coefficients)
        if excess < least:
            best, least = widened(found.parameters), excess
    return best
