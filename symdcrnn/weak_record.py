"""What is kept of the weak form of one equation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class HiddenWord:
    """A word that was left out of an equation of noisy data.

    Parameters
    ----------
    coefficient : float
        The size up to which it would have been left out as well: five standard errors.
    share : float
        The root mean square of such a term over that of the left-hand side.
    """

    coefficient: float
    share: float


@dataclass(frozen=True)
class WeakRecord:
    """The weak form of an equation.

    Parameters
    ----------
    half_widths : dict of str to int
        Of the test functions, in steps, by axis.
    powers : dict of str to int
        p of (1 - s^2)^p.
    noise : dict of str to float
        Standard deviations of the noise by field, of the first trajectory.
    tried : tuple of (dict of str to int, float)
        The half widths that were tried, and how clear the path of words was under each.
    by_noise : bool
        Whether words were tested against the noise; otherwise the clearest path decided.
    gaps : dict of str to (int, int)
        How many values are missing, and of how many, by field that has gaps; of all trajectories together.
    kinds : dict of str to str
        What is known of the noise of a field beside its level; nothing where it is white and was measured.
    told : dict of str to int
        How many of them are told by their neighbours.
    unseen : dict of str to HiddenWord
        By word that was left out, what could be in the equation without being seen.
    left_out : int
        Rows that would have read a missing value, beside those that were fitted.
    """

    half_widths: dict[str, int]
    powers: dict[str, int]
    noise: dict[str, float]
    tried: tuple[tuple[dict[str, int], float], ...]
    by_noise: bool
    gaps: dict[str, tuple[int, int]] = field(default_factory=dict)
    left_out: int = 0
    kinds: dict[str, str] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    unseen: dict[str, HiddenWord] = field(default_factory=dict)

    def details(self) -> dict[str, Any]:
        """All of it as plain values for JSON."""
        return {
            "half_widths": self.half_widths,
            "powers": self.powers,
            "noise": self.noise,
            "tried": [{"half_widths": widths, "clarity": clarity} for widths, clarity in self.tried],
            "by_noise": self.by_noise,
            **({"gaps": {name: list(counts) for name, counts in self.gaps.items()}, "left_out": self.left_out}
               if self.gaps else {}),
            **({"told": dict(self.told)} if self.told else {}),
            **({"unseen": {word: {"coefficient": one.coefficient, "share": one.share} for word, one in
                           self.unseen.items()}} if self.unseen else {}),
            **({"kinds": dict(self.kinds)} if self.kinds else {}),
        }
