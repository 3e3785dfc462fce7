"""The residual of a scheme: which words act on which combination of frames.

    r^n = sum_i alpha_i u^{n+i} - dt sum_w c_w w(sum_i kappa_{w,i} p^{n+i})

is linear in the coefficients c_w, because words are linear operators: a word is applied once to a
combined field, not once per frame.
"""

from __future__ import annotations

from dataclasses import dataclass

from symdcrnn.algebra.words import Field, Word


@dataclass(frozen=True)
class Column:
    """One column of a residual: a word on a combination of frames.

    Parameters
    ----------
    word : Word
        What is applied.
    level : str
        The name of the combination, such as ``explicit``.
    time_weights : tuple of float
        kappa: the word acts on sum_i time_weights[i] p^{n+i}.
    """

    word: Word
    level: str
    time_weights: tuple[float, ...]


@dataclass(frozen=True)
class Residual:
    """A linear multistep residual.

    Parameters
    ----------
    target : Field
        u, the field whose equation is sought.
    time_weights : tuple of float
        alpha.
    columns : tuple of Column
        One per word, in the order of the coefficients.
    scheme : str
        The name of the scheme.

    Raises
    ------
    ValueError
        If a word depends on v and the target does not.
    """

    target: Field
    time_weights: tuple[float, ...]
    columns: tuple[Column, ...]
    scheme: str = ""

    def __post_init__(self) -> None:
        for column in self.columns:
            if column.word.v_dependent and not self.target.v_dependent:
                raise ValueError(f"{column.word} depends on v, but {self.target.name} does not")

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(column.word for column in self.columns)
