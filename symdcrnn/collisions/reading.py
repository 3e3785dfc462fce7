"""Kernels as a user asks for them: ``Q = isotropic <= 8 of f, conserving``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from symdcrnn.collisions.families import FAMILIES
from symdcrnn.errors import SettingError

ISOTROPIC, FULL = "isotropic", "full"

HIGHEST = 32
"""The highest degree of a Legendre polynomial that is a letter."""

WRITTEN = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<form>[a-z-]+)(?:\s*<=\s*(?P<highest>\d{1,3}))?"
                     r"(?:\s+of\s+rank\s+(?P<rank>\d{1,3}))?\s+of\s+(?P<field>\w+)\s*(?P<rest>(?:,[\sa-z]+)*)",
                     re.ASCII)

FORM = "NAME = isotropic <= 8 of FIELD, NAME = henyey-greenstein <= 15 of FIELD or NAME = full of FIELD"


@dataclass(frozen=True)
class Kernel:
    """A collision kernel that is sought.

    Parameters
    ----------
    name : str
    form : str
        `ISOTROPIC`, `FULL`, or a key of `FAMILIES`.
    field : str
        What it acts on.
    highest : int
        The highest degree of its Legendre polynomials; 0 where it has none.
    rank : int
        Of a full one, 0 for any.
    conserving, symmetric : bool
        Whether <Q f> = 0, and whether it is symmetric under the weights.
    """

    name: str
    form: str
    field: str
    highest: int = 0
    rank: int = 0
    conserving: bool = False
    symmetric: bool = False

    @property
    def degrees(self) -> range:
        """Of its Legendre polynomials."""
        return range(self.highest + 1)

    @property
    def texts(self) -> tuple[str, ...]:
        """Its words: what is lost, and what is scattered by degree; none of a full one."""
        if self.form == FULL:
            return ()
        gained = (f"P_{degree} <P_{degree} {self.field}>" for degree in range(1, self.highest + 1))
        return (self.field, f"<{self.field}>", *gained)


def has_matrix(texts: Sequence[str], field: str | None = None) -> bool:
    """Whether a kernel, of a field or of any, is sought as a matrix."""
    return any(one.form == FULL and field in (None, one.field) for one in kernels_of(texts))


def kernels_of(texts: Sequence[str]) -> tuple[Kernel, ...]:
    """The kernels of a fit.

    Parameters
    ----------
    texts : sequence of str

    Raises
    ------
    SettingError
        If one cannot be read, or two have one name or act on one field.
    """
    found = tuple(map(_read, texts))
    for number, one in enumerate(found):
        if any(other.name == one.name or other.field == one.field for other in found[:number]):
            raise SettingError("kernels", f"has a second kernel {one.name} of {one.field}: give each field one kernel, "
                               "with a name of its own")
    return found


def _read(text: str) -> Kernel:
    written = WRITTEN.fullmatch(text)
    if written is None:
        raise SettingError("kernels", f"has {text!r}: write {FORM}, with ', conserving' after it where <Q f> = 0")
    form, highest, rank = written["form"], written["highest"], written["rank"]
    if form not in (ISOTROPIC, FULL, *FAMILIES):
        raise SettingError("kernels", f"has {text!r} of the form {form!r}: choose from "
                           f"{', '.join((ISOTROPIC, *FAMILIES, FULL))}")
    more = [one.strip() for one in written["rest"].split(",")[1:]]
    for one in more:
        if one not in ("conserving", "symmetric") or more.count(one) > 1:
            raise SettingError("kernels", f"has {text!r} with {one!r}: conserving may follow, symmetric too, each once")
    if form == FULL:
        if highest is not None:
            raise SettingError("kernels", f"has {text!r}: a full kernel has no degrees, leave <= {highest} out")
    elif highest is None or not 1 <= int(highest) <= HIGHEST:
        raise SettingError("kernels", f"has {text!r}: say up to which degree, from 1 to {HIGHEST}, as in {form} <= 8")
    elif rank is not None:
        raise SettingError("kernels", f"has {text!r}: a kernel of the angle has no rank, leave it out")
    return Kernel(written["name"], form, written["field"], int(highest or 0), int(rank or 0), "conserving" in more,
                  "symmetric" in more)
