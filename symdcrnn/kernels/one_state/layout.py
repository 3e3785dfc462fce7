"""What a function on one state is made from, and what lies in its flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from symdcrnn.kernels.codegen.emit import KernelSpec

Role = Literal["state", "change", "cotangent", "out"]

LENGTHS = ("places", "numbers", "functions", "scratch", "coefficients")
"""What ``places`` begins with: the lengths of the flat arrays; then come the shapes of all fields."""


@dataclass(frozen=True)
class StateArray:
    """An argument that holds a field.

    Parameters
    ----------
    role : str
        ``state``; ``change`` or ``cotangent`` for the vector that a Jacobian or its transpose is applied to; ``out``.
    name : str
        Of the field.
    field : str
        How words name it.
    axes : tuple of str
        In storage order, without t.
    frames : int or None
        None for one state; otherwise that many frames, the first axis.
    """

    role: Role
    name: str
    field: str
    axes: tuple[str, ...]
    frames: int | None = None

    @property
    def argument(self) -> str:
        return f"{self.role}_{self.name}"

    @property
    def dimensions(self) -> int:
        """Of the argument; a number is an array of one."""
        return max(1, len(self.axes) + (self.frames is not None))

    @property
    def type(self) -> str:
        """The numba type."""
        return f"float64[{':, ' * (self.dimensions - 1)}::1]"


@dataclass(frozen=True)
class StatePart:
    """One kernel, which writes one result.

    Parameters
    ----------
    spec : KernelSpec
        Of the kind ``apply``.
    output : StateArray
    frame : int or None
        Which frame of the arrays that have some it reads and writes; None for all.
    """

    spec: KernelSpec
    output: StateArray
    frame: int | None = None


@dataclass(frozen=True)
class StateFunction:
    """A function on one state.

    Parameters
    ----------
    name : str
    arrays : tuple of StateArray
        What it reads, in the order of the arguments.
    outputs : tuple of StateArray
        What it writes; zero where no part does.
    parts : tuple of StatePart
    title : tuple of str
        Lines for the head of the source.
    """

    name: str
    arrays: tuple[StateArray, ...]
    outputs: tuple[StateArray, ...]
    parts: tuple[StatePart, ...]
    title: tuple[str, ...] = ()

    def array(self, field: str) -> StateArray | None:
        """The argument that words name so; None for a known function."""
        return next((array for array in self.arrays if array.field == field), None)

    @property
    def header(self) -> int:
        """Where in ``places`` the first slot is."""
        return len(LENGTHS) + sum(array.dimensions for array in (*self.arrays, *self.outputs))

    def shape_at(self, array: StateArray) -> int:
        """Where in ``places`` the shape of an argument is."""
        before = (*self.arrays, *self.outputs)
        return len(LENGTHS) + sum(one.dimensions for one in before[:before.index(array)])


@dataclass(frozen=True)
class Slot:
    """One thing in the flat arrays; ``places`` holds where it begins, its rows and its columns.

    Parameters
    ----------
    part : int
    kind : str
        What it is, see `symdcrnn.kernels.one_state.numbers`.
    where : str
        In which of the flat arrays.
    content : object
        What it is made from.
    shared : bool
        Whether later parts read it as well, so that its room is its own.
    """

    part: int
    kind: str
    where: str
    content: object
    shared: bool = False


def arranged(array: StateArray, wanted: tuple[str, ...]) -> bool:
    """Whether a kernel reads a copy: of what has its axes in another order, or must be zero where nothing is computed.

    Parameters
    ----------
    array : StateArray
    wanted : tuple of str
        The axes that the kernel reads, t first where it changes in time.
    """
    return array.role == "cotangent" or tuple(axis for axis in wanted if axis != "t") != array.axes
