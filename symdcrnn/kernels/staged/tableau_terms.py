"""Which slopes a stage of a tableau is made of, and which cotangents that of a slope is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symdcrnn.schemes.runge_kutta import DoubleTableau

Terms = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Rows, and what each is multiplied by."""


@dataclass(frozen=True, eq=False)
class TableauTerms:
    """A tableau for equations of which a part may be lacking.

    Slopes are counted explicit ones first, by stage, then stiff ones; cotangents begin with that of the residual, and
    those of the stages follow.

    Parameters
    ----------
    scheme : DoubleTableau
    explicit, implicit : bool
        Whether there are explicit and stiff words.
    """

    scheme: DoubleTableau
    explicit: bool
    implicit: bool

    @cached_property
    def explicit_needed(self) -> tuple[bool, ...]:
        """By stage whether its explicit slope is read."""
        return self._read(self.explicit, self.scheme.explicit, self.scheme.explicit_weights)

    @cached_property
    def implicit_needed(self) -> tuple[bool, ...]:
        """By stage whether its stiff slope is read."""
        return self._read(self.implicit and self.scheme.splits, self.scheme.implicit, self.scheme.implicit_weights)

    @cached_property
    def moves(self) -> tuple[bool, ...]:
        """By stage whether it is read and is anything but the frame that a step begins with."""
        return tuple(implicit or (explicit and bool(before[0].size)) for explicit, implicit, before in zip(
            self.explicit_needed, self.implicit_needed, self.before, strict=True))

    @cached_property
    def diagonal(self) -> tuple[float, ...]:
        """By stage what its own stiff slope is multiplied by in it."""
        return tuple(self.scheme.implicit[i][i] if needed else 0.0 for i, needed in enumerate(self.implicit_needed))

    @cached_property
    def before(self) -> tuple[Terms, ...]:
        """By stage the slopes of earlier ones that it is made of."""
        return tuple(_terms([*((j, self.scheme.explicit[i][j]) for j in range(i) if self.explicit_needed[j]),
                             *((self._stages + j, self.scheme.implicit[i][j]) for j in range(i)
                               if self.implicit_needed[j])]) for i in range(self._stages))

    @cached_property
    def step(self) -> Terms:
        """The slopes that a residual is made of."""
        return _terms([*((j, -self.scheme.explicit_weights[j]) for j in self._where(self.explicit_needed)),
                       *((self._stages + j, -self.scheme.implicit_weights[j])
                         for j in self._where(self.implicit_needed))])

    @cached_property
    def after_explicit(self) -> tuple[Terms, ...]:
        """By stage the cotangents that the one of its explicit slope is made of."""
        return self._after(self.explicit_needed, self.scheme.explicit, self.scheme.explicit_weights)

    @cached_property
    def after_implicit(self) -> tuple[Terms, ...]:
        """By stage the cotangents that the one of its stiff slope is made of, but for its own."""
        return self._after(self.implicit_needed, self.scheme.implicit, self.scheme.implicit_weights)

    @property
    def _stages(self) -> int:
        return self.scheme.stages

    def _read(self, there: bool, rows: Sequence[Sequence[float]], weights: Sequence[float]) -> tuple[bool, ...]:
        return tuple(there and (bool(weights[i]) or any(row[i] for row in rows)) for i in range(self._stages))

    def _where(self, needed: Sequence[bool]) -> list[int]:
        return [i for i in range(self._stages) if needed[i]]

    def _after(
        self, needed: Sequence[bool], rows: Sequence[Sequence[float]], weights: Sequence[float]
    ) -> tuple[Terms, ...]:
        return tuple(_terms([(0, -weights[i]), *((1 + j, rows[j][i]) for j in range(i + 1, self._stages)
                                                 if self.moves[j])] if needed[i] else ()) for i in range(self._stages))


def _terms(found: Sequence[tuple[int, float]]) -> Terms:
    used = [(number, weight) for number, weight in found if weight]
    return np.array([number for number, _ in used], np.int64), np.array([weight for _, weight in used], np.float64)
