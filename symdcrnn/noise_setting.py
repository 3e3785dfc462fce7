"""What a setting says of the noise: its kind, and how large it is."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    kind: str
    level: float | None = None


def told_noise(text: str) -> ToldNoise:
    """What a text says of the noise, such as ``poisson`` or ``white:0.02``.

    Raises
    ------
    SettingError
        If it says nothing of it.
    """
    from symdcrnn.data.expressions import parse_number

    kind, sign, number = (part.strip() for part in text.partition(":"))
    try:
        level = parse_number(number) if sign else None
    except InputError:
        level = 0.0
    if kind not in NOISES or (level is not None and (kind != "white" or not 0.0 < level < MOST)):
        raise SettingError("noise", f"is {text!r}: give one of {', '.join(NOISES)}, or white:0.02 for a part of each "
                           "field's standard deviation")
    return ToldNoise(kind, level)
