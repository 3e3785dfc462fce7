"""Order conditions of Runge-Kutta schemes and of pairs of them, by rooted trees.

A scheme is of order p if for every rooted tree of at most p nodes sum_i w_i phi_i = 1 / gamma, with phi the product
over the branches of the root and gamma the product of the sizes of all subtrees (Butcher).  Of a pair, every node may
be treated by either of both, which makes the coupling conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

Tree = tuple["Tree", ...]
Part = tuple[Sequence[Sequence[float]], Sequence[float]]

TREES: dict[int, tuple[Tree, ...]] = {
    1: ((),),
    2: (((),),),
    3: (((), ()), (((),),)),
    4: (((), (), ()), ((), ((),)), (((), ()),), ((((),),),)),
}
"""Rooted trees by their number of nodes, each the tuple of its branches."""

HIGHEST = max(TREES)
"""The highest order whose conditions are checked."""

TOLERANCE = 1e-9
"""How far a condition may be from being met, for numbers that a person typed."""


def order_of(parts: Sequence[Part]) -> int:
    """The order whose conditions are met, at most `HIGHEST`.

    Parameters
    ----------
    parts : sequence of (rows, weights)
        One tableau, or the two of a pair with as many stages.
    """
    for order, trees in TREES.items():
        for tree in trees:
            for total in _totals(tree, parts):
                if abs(total - 1.0 / _density(tree)) > TOLERANCE:
                    return order - 1
    return HIGHEST


def _totals(tree: Tree, parts: Sequence[Part]) -> Iterator[float]:
    """sum_i w_i phi_i(tree), with every choice of a part for every node."""
    for _, weights in parts:
        for phi in _branches(tree, parts):
            yield sum(weight * value for weight, value in zip(weights, phi, strict=True))


def _branches(tree: Tree, parts: Sequence[Part]) -> Iterator[list[float]]:
    """phi_i(tree) at every stage, with every choice of a part for every node but the root."""
    stages = range(len(parts[0][1]))
    choices = [[[sum(a * value for a, value in zip(row, phi, strict=True)) for row in rows]
                for rows, _ in parts for phi in _branches(branch, parts)] for branch in tree]
    for chosen in product(*choices):
        yield [prod(values[stage] for values in chosen) for stage in stages]


def _size(tree: Tree) -> int:
    return 1 + sum(_size(branch) for branch in tree)


def _density(tree: Tree) -> int:
    return _size(tree) * prod(_density(branch) for branch in tree)
