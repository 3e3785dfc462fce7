"""What a setting says of the noise: its kind, and how large it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from symdcrnn.errors import InputError, SettingError

NOISES = ("auto", "none", "white", "poisson", "proportional", "correlated", "outliers")
"""What noise may be said to be; the first is for the data to say."""

UNTOLD = NOISES[:2]
"""Of these, what does not ask for the weak form."""

MOST = 1e3
"""Of a field's standard deviation."""


@dataclass(frozen=True)
class ToldNoise:
    """What is said of the noise.

    Parameters
    ----------
    kind : str
        One of `NOISES`.
    level : float or None
        Of white noise, as a part of each field's standard deviation.
    fields : mapping of str to ToldNoise
        Of fields of which something else is said.
    """

    kind: str
    level: float | None = None
    fields: Mapping[str, ToldNoise] = field(default_factory=dict)

    def of(self, name: str) -> ToldNoise:
        """What is said of one field."""
        return self.fields.get(name, self)

    @property
    def kinds(self) -> frozenset[str]:
        """All that is said, of whatever field."""
        return frozenset({self.kind, *(one.kind for one in self.fields.values())})

    @property
    def asks_for_weak_form(self) -> bool:
        """Whether something is said that the weak form alone can use."""
        return not self.kinds <= set(UNTOLD)

    def check_fields(self, names: Collection[str]) -> None:
        """Refuse to say something of a field that is not there.

        Raises
        ------
        InputError
        """
        for name in self.fields:
            if name not in names:
                raise InputError(f"noise is said of {name!r}, which is no field of this data: it has "
                                 f"{', '.join(names)}")


def told_noise(text: str) -> ToldNoise:
    """What a text says of the noise, such as ``poisson``, ``white:0.02`` or ``poisson,E=none``.

    Raises
    ------
    SettingError
        If it says nothing of it.
    """
    whole, fields = [], dict[str, ToldNoise]()
    for part in text.split(","):
        name, sign, kind = (one.strip() for one in part.rpartition("="))
        if not sign:
            whole.append(_one(kind, text))
        elif not name or name in fields:
            raise SettingError("noise", f"is {text!r}: say of each field once what its noise is, as in poisson,E=none")
        elif kind == "outliers":
            raise SettingError("noise", f"is {text!r}: outliers are looked for in all fields, so give outliers alone")
        else:
            fields[name] = _one(kind, text)
    if len(whole) > 1:
        raise SettingError("noise", f"is {text!r}: give one kind for all fields, and others as FIELD=KIND")
    rest = whole[0] if whole else ToldNoise(NOISES[0])
    return ToldNoise(rest.kind, rest.level, fields)


def _one(text: str, whole: str) -> ToldNoise:
    from symdcrnn.data.expressions import parse_number

    kind, sign, number = (part.strip() for part in text.partition(":"))
    try:
        level = parse_number(number) if sign else None
    except InputError:
        level = 0.0
    if kind not in NOISES or (level is not None and (kind != "white" or not 0.0 < level < MOST)):
        raise SettingError("noise", f"is {whole!r}: give one of {', '.join(NOISES)}, or white:0.02 for a part of each "
                           "field's standard deviation; of a field alone as in poisson,E=none")
    return ToldNoise(kind, level)
