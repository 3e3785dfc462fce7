"""Which words of equations an IMEX scheme treats implicitly, and in which order the fields of a stage are found.

Words that are linear and local in space are solved for.  Fields that they couple to each other make a block.  Blocks
are found one after the other, the one with the fastest words first, as g before rho in (8.1), (8.2); a word that reads
fields of blocks before alone stands in the implicit tableau as well, but there is nothing to solve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Stencil
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.embedding.state_parts import Structure
from symdcrnn.embedding.words import Equation
from symdcrnn.imex.local_matrix import Local, local_matrix, rate_of_matrix

Array = NDArray[np.float64]
Terms = Mapping[Field, Sequence[tuple[Word, float]]]
"""Words with their coefficients, by equation."""


@dataclass(frozen=True, eq=False)
class Block:
    """Fields that a stage finds at once.

    Parameters
    ----------
    fields : tuple of Field
    matrix : ndarray, shape (values, values, points) or None
        What is solved for, see `symdcrnn.imex.local_matrix`; None where nothing is.
    before : dict
        Words that read fields of earlier blocks alone.
    """

    fields: tuple[Field, ...]
    matrix: Array | None
    before: Terms


@dataclass(frozen=True, eq=False)
class Splitting:
    """The words of all equations, each in one of both tableaus.

    Parameters
    ----------
    blocks : tuple of Block
        In the order in which a stage finds them.
    explicit : dict
        All words that no block has.
    """

    blocks: tuple[Block, ...]
    explicit: Terms


def split(structure: Structure, inside: Mapping[str, NDArray[np.bool_]]) -> Splitting:
    """How an IMEX scheme treats the words of some equations.

    Parameters
    ----------
    structure : Structure
    inside : mapping of str to ndarray of bool
        By equation the points that have a rate.

    Raises
    ------
    InputError
        If the matrix of a block has too many entries.
    """
    terms = {equation.target: [(word, float(structure.coefficients[first + number]))
                               for number, word in enumerate(equation.words)]
             for equation, first in structure.numbered}
    local: Local = {target: [(word, base, factor) for word, factor in words
                             if (base := _local_field(word, target, structure, terms)) is not None]
                    for target, words in terms.items()}
    groups = _coupled(local)
    matrices = {group: local_matrix(structure, group, local, inside) for group in groups}
    blocks: list[Block] = []
    explicit = {target: list(words) for target, words in terms.items()}
    found: set[Field] = set()
    for group in _ordered(groups, matrices, local):
        before: dict[Field, list[tuple[Word, float]]] = {}
        for target in group:
            solved = {word for word, base, _ in local[target] if base in group}
            before[target] = [one for one in terms[target] if one[0].fields and set(one[0].fields) <= found]
            explicit[target] = [one for one in terms[target] if one[0] not in solved and one not in before[target]]
        blocks.append(Block(group, matrices[group], before))
        found |= set(group)
    return Splitting(tuple(blocks), explicit)


def part_of(structure: Structure, terms: Terms) -> Structure | None:
    """Some of the words as equations of their own; None if there is none."""
    numbered: list[tuple[Equation, int]] = []
    coefficients: list[float] = []
    for target, words in terms.items():
        if words:
            numbered.append((Equation(target, tuple(word for word, _ in words)), len(coefficients)))
            coefficients += [factor for _, factor in words]
    return replace(structure, numbered=tuple(numbered), coefficients=np.array(coefficients)) if numbered else None


def _local_field(word: Word, target: Field, structure: Structure, terms: Terms) -> Field | None:
    """The field of a word that is linear in it and local in space, on the same space as the target."""
    space = {axis.name for axis in structure.grid.axes if axis.role == "space"}
    base = word.base
    if not isinstance(base, Field) or base == UNIT or base not in terms:
        return None
    for rule in rules_of(word):
        along = {rule.axis} if isinstance(rule, Stencil | Quadrature) else set()
        if isinstance(rule, Pointwise) or along & space or (isinstance(rule, Profile) and "t" in rule.axes):
            return None
    return base if space & set(base.axes) == space & set(target.axes) else None


def _coupled(local: Local) -> list[tuple[Field, ...]]:
    """Fields that depend on each other through local words."""
    reach = {target: {target, *(base for _, base, _ in words)} for target, words in local.items()}
    for middle in reach:
        for found in reach.values():
            if middle in found:
                found |= reach[middle]
    groups = [tuple(other for other in reach if other in reach[one] and one in reach[other]) for one in reach]
    return list(dict.fromkeys(groups))


def _ordered(
    groups: Sequence[tuple[Field, ...]], matrices: Mapping[tuple[Field, ...], Array | None], local: Local
) -> list[tuple[Field, ...]]:
    """The fastest first, but none before what its local words read."""
    left, found = list(groups), list[tuple[Field, ...]]()
    while left:
        known = {one for group in found for one in group}
        ready = [group for group in left
                 if all(base in known or base in group for target in group for _, base, _ in local[target])]
        found.append(max(ready, key=lambda group: rate_of_matrix(matrices[group])))
        left.remove(found[-1])
    return found
