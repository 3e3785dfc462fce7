"""The arguments of a kernel beside the data: numbers of the grid, and room to work in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """An argument that a kernel reads numbers of the grid from.

    Parameters
    ----------
    name : str
        Of the argument.
    type : str
        For its signature.
    content : tuple
        What it holds: a kind and what it is made of, see `tables`.
    """

    name: str
    type: str
    content: tuple[object, ...]


@dataclass(frozen=True)
class Scratch:
    """An argument that a kernel works in, zeros when it begins.

    Parameters
    ----------
    name : str
    integers : bool
        Whether it holds whole numbers.
    shape : tuple of (tuple of (int or str))
        Of each axis the factors of its length: numbers, and names of whole axes.
    """

    name: str
    integers: bool
    shape: tuple[tuple[int | str, ...], ...]

    @property
    def type(self) -> str:
        """For the signature of the kernel."""
        return f"{'int64' if self.integers else 'float64'}[{':, ' * (len(self.shape) - 1)}::1]"
