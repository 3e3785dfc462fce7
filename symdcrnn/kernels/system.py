"""What a function on one state computes: the values it needs in order, and the sums that it writes.

A `System` is to a function that solvers call what a `Program` is to a pass over data: right-hand sides of all
equations at once, the residual of a scheme, and their adjoints are all of this form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from symdcrnn.algebra.normal_form import Letters
from symdcrnn.algebra.operators import Operator
from symdcrnn.errors import InputError
from symdcrnn.kernels.lower import Stencils, lower_letter
from symdcrnn.kernels.program import AVERAGED, FULL, Layout, Multiply, Node

Role = Literal["state", "cotangent"]


@dataclass(frozen=True)
class Array:
    """An argument that holds a field, or an argument that is written to.

    Parameters
    ----------
    name : str
        Of the field.
    role : str
        ``state``, or ``cotangent`` for the vector that an adjoint is applied to.
    full : bool
        Whether it depends on v.
    frames : int or None
        None: shape ([Nv,] Nx). Otherwise that many frames, shape (frames, [Nv,] Nx).
    """

    name: str
    role: Role
    full: bool
    frames: int | None = None


@dataclass(frozen=True)
class Read:
    """sum_k time_weights[k] of the frames of an array.

    A cotangent is divided by the weights of the quadrature, so that adjoint words, which are adjoint under the
    inner product sum over x of <u z>, give the plain transpose once the result is multiplied by them.
    """

    name: str
    array: Array
    time_weights: tuple[float, ...] = (1.0,)

    @property
    def layout(self) -> Layout:
        return FULL if self.array.full else AVERAGED


@dataclass(frozen=True)
class Profile:
    """A known function of x; the one without a name is one everywhere."""

    name: str
    profile: str
    layout: Layout = AVERAGED


@dataclass(frozen=True)
class Term:
    """factor * coefficients[coefficient] * value; without a coefficient, factor * value."""

    value: str
    coefficient: int | None = None
    factor: float = 1.0


@dataclass(frozen=True)
class Sum:
    """A linear combination of values; of values v^k p(x) it may be one with any dependence on v."""

    name: str
    layout: Layout
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Pointwise:
    """An expression of other values at the same point.

    Parameters
    ----------
    name : str
    layout : Layout
        `FULL` or `AVERAGED`.
    expression : str
        Source text made from a checked expression, with ``variable[j]`` for the values.
    arguments : tuple of (str, str)
        Variables and the values they stand for.
    """

    name: str
    layout: Layout
    expression: str
    arguments: tuple[tuple[str, str], ...]


Value = Read | Profile | Sum | Pointwise | Node


@dataclass(frozen=True)
class Output:
    """A sum that is written to an argument.

    Parameters
    ----------
    array : Array
    terms : tuple of Term
    frame : int or None
        Which frame of the array.
    """

    array: Array
    terms: tuple[Term, ...]
    frame: int | None = None


@dataclass(frozen=True)
class System:
    """A function on one state.

    Parameters
    ----------
    name : str
        Of the function.
    arrays : tuple of Array
        What it reads, in the order of the arguments.
    values : tuple of Value
        Each after what it is made from.
    outputs : tuple of Output
        What it writes, those of one array after each other in the order of the frames.
    profiles : tuple of str
        The known functions of x, in the order of the rows of the argument ``profiles``.
    adjoint : bool
        Whether it is the adjoint of a system that leaves the ends alone where x is not periodic.
    margin : int
        How many points those ends have.
    title : tuple of str
        Lines for the head of the source.
    """

    name: str
    arrays: tuple[Array, ...]
    values: tuple[Value, ...]
    outputs: tuple[Output, ...]
    profiles: tuple[str, ...]
    adjoint: bool
    margin: int
    title: tuple[str, ...] = ()

    @property
    def written(self) -> tuple[Array, ...]:
        """The arguments that are written to, in their order."""
        return tuple(dict.fromkeys(output.array for output in self.outputs))

    @property
    def halos(self) -> dict[str, int]:
        """How far beyond a block each value is needed."""
        return needed_halos(self.values)

    @property
    def halo(self) -> int:
        """The widest of `halos`."""
        return max(self.halos.values(), default=0)


def sources(value: Value) -> tuple[tuple[str, int], ...]:
    """The values that a value is made from, and how far around a point it reads each."""
    if isinstance(value, Node):
        reads = ((value.source, value.operation.reach),)
        return (*reads, (profile_name(value.operation.profile), 0)) if isinstance(value.operation, Multiply) else reads
    if isinstance(value, Sum):
        return tuple((term.value, 0) for term in value.terms)
    if isinstance(value, Pointwise):
        return tuple((name, 0) for _, name in value.arguments)
    return ()


def needed_halos(values: Iterable[Value]) -> dict[str, int]:
    """How far beyond a block each value is needed, from the reach of what is made from it."""
    ordered = tuple(values)
    needed = {value.name: 0 for value in ordered}
    for value in reversed(ordered):
        for source, reach in sources(value):
            needed[source] = max(needed[source], needed[value.name] + reach)
    return needed


def profile_name(profile: str) -> str:
    """How the value of a known function of x is named."""
    return f"profile_{profile}" if profile else "one"


class Values:
    """Collects values, each name once, in an order in which every one stands after its sources."""

    def __init__(self, stencils: Stencils) -> None:
        self._stencils = stencils
        self._found: dict[str, Value] = {}

    def add(self, value: Value) -> str:
        """The name of the value, which joins the others if it is new.

        Raises
        ------
        InputError
            If another value has its name, as fields such as ``u2`` and ``z_u2`` can make it.
        """
        if self._found.setdefault(value.name, value) != value:
            raise InputError(f"two values of the kernel would be named {value.name}: rename a field")
        return value.name

    def word(self, letters: Letters, start: str) -> str:
        """The value of operators, the outermost first, applied to a value; every suffix is computed once."""
        name, layout = start, self._found[start].layout
        for letter in reversed(letters):
            operation, after = lower_letter(letter, layout, self._stencils)
            if operation is not None:
                if isinstance(operation, Multiply):
                    self.add(Profile(profile_name(operation.profile), operation.profile))
                name = self.add(Node(f"{letter.name}_{name}", name, operation, after))
            layout = after
        return name

    def expanded(self, name: str) -> str:
        """The value with one number per (v, x) or per x, whatever its layout."""
        layout = self._found[name].layout
        return name if layout.full or layout.averaged else self.add(Sum(f"full_{name}", FULL, (Term(name),)))

    def averaged(self, name: str, mean: Operator) -> str:
        """The average of a value over v; one that has no v stays as it is."""
        return self.word((mean,), name)

    def layout(self, name: str) -> Layout:
        return self._found[name].layout

    @property
    def all(self) -> tuple[Value, ...]:
        return tuple(self._found.values())
