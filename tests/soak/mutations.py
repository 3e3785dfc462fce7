"""Damaged copies of what is valid: bytes, texts, plain values of JSON, and strange arrays."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

ODD_NUMBERS = (0, 1, -1, 2, 7, 255, 65536, 2**31, -(2**31), 2**63, 2**64, 10**18, 10**400, 0.0, -0.0, 0.5, 1e-320,
               1e308, -1e308, 1e16, float("nan"), float("inf"), float("-inf"))

ODD_TEXTS = ("", " ", "0", "1e999", "nan", "-", "\0", "\n", "\ud800", "é", "x" * 3000, "{", "[]", "u" * 60, "../..",
             "1/0", "t", "x", "v", "u", "d_x u", "<f>", "(" * 300, "9" * 500, "%s", "\\", "\"", "a b", "__class__")

BYTES = (b"\0", b"\xff", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\n", b",", b"[", b"{", b"\"",
         b"1e400", b"nan", b"-")


def damaged(content: bytes, rng: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """A copy with one to four faults."""
    found = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        place, kind = rng.randrange(len(found) + 1), rng.randrange(8)
        length = min(len(found) - place, int(2 ** rng.uniform(0, 10)))
        if kind <= 2 and place < len(found):
            found[place] ^= 1 << rng.randrange(8)
        elif kind == 3:
            odd = rng.choice(BYTES)
            found[place:place + len(odd)] = odd
        elif kind == 4:
            del found[place:place + length]
        elif kind == 5:
            found[place:place] = found[place:place + length]
        elif kind == 6:
            del found[place:]
        else:
            other = rng.choice(list(others) or [content])
            start = rng.randrange(len(other) + 1)
            found[place:place + length] = other[start:start + length]
    return bytes(found)


def text(tokens: Sequence[str], samples: Sequence[str], rng: random.Random) -> str:
    """A text of tokens, or a sample with some of them in it."""
    if rng.random() < 0.4:
        return rng.choice(("", " ")).join(rng.choices(tokens, k=rng.choice((1, 2, 3, 5, 8, 13, 40))))
    found = rng.choice(samples)
    for _ in range(rng.choice((1, 1, 2, 3))):
        place = rng.randrange(len(found) + 1)
        end = place + rng.choice((0, 0, 1, 1, 3, 10))
        piece = rng.choice((rng.choice(tokens), rng.choice(tokens), rng.choice(ODD_TEXTS), "",
                            rng.choice("(){}<>[]^*/+-,.'=@:; \t\n") * rng.choice((1, 1, 2, 80))))
        found = found[:place] + piece + found[end:]
    return found


def altered(value: Any, rng: random.Random) -> Any:
    """A plain value of JSON with one to three of its parts replaced, dropped, repeated or nested."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        value = _altered(value, rng)
    return value


def _altered(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        if rng.random() < 0.06:
            return {name: item for name, item in value.items() if name != key}
        if rng.random() < 0.06:
            return {**value, rng.choice(ODD_TEXTS): rng.choice(list(value.values()))}
        if rng.random() < 0.06:
            return {(rng.choice(ODD_TEXTS) if name == key else name): item for name, item in value.items()}
        return {**value, key: _altered(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        place = rng.randrange(len(value))
        if rng.random() < 0.1:
            return value[:place]
        if rng.random() < 0.1:
            return [*value, value[place]]
        return [*value[:place], _altered(value[place], rng), *value[place + 1:]]
    kind = rng.randrange(6)
    if kind == 0:
        nested: Any = value
        for _ in range(rng.choice((1, 2, 40))):
            nested = [nested] if rng.random() < 0.5 else {rng.choice(ODD_TEXTS): nested}
        return nested
    if kind == 1 and isinstance(value, str):
        return value + rng.choice(ODD_TEXTS)
    return rng.choice((None, True, False, [], {}, rng.choice(ODD_NUMBERS), rng.choice(ODD_TEXTS)))


NAMES = ("t", "x", "y", "v", "u", "f", "g", "rho", "dt", "hx", "w", "wv", "weights", "weights_v", "axes_u", "axes_f",
         "axes_t", "role_x", "role_v", "periodic", "epsilon", "eps", "exact", "attributes", "variable_attributes",
         "coordinates", "sigma", "u_std", "time", "file", "th", "c", "s", "theta", "self", "", "a b", "d_x", "pi",
         "sin")

TEXTS = ("t x", "t v x", "x t", "t", "x", "velocity", "space", "index", "{}", "[1]", '{"epsilon": 1e400}',
         '{"periodic": ["x"]}', '{"exact": "{}"}', '{"units": 3}', '{"u": {"units": 5, "role": "space"}}', "é", "\n",
         '{"periodic": 2}', '{"exact": {"u": "x"}}', '{"exact": "[[["}', "no", "d_t u = -u", "x x", "t t x")


def strange_arrays(rng: random.Random) -> dict[str, NDArray[Any]]:
    """Named arrays that are almost a trajectory: t, x, u and some more of any name, kind and size."""
    sizes = {"t": rng.choice((5, 6, 1)), "x": rng.choice((6, 8, 1)), "v": rng.choice((4, 5, 6))}
    found: dict[str, NDArray[Any]] = {axis: 0.25 * np.arange(size) for axis, size in sizes.items() if axis != "v"}
    found["u"] = np.cos(np.arange(float(sizes["t"] * sizes["x"]))).reshape(sizes["t"], sizes["x"])
    if rng.random() < 0.4:
        found["v"] = np.linspace(-1.0, 1.0, sizes["v"])
        found["f"] = np.ones((sizes["t"], sizes["v"], sizes["x"]))
    for _ in range(rng.choice((1, 1, 2, 3))):
        found[rng.choice(NAMES)] = _strange_array(sizes, rng)
    for name in rng.sample(list(found), k=rng.choice((0, 0, 1))):
        del found[name]
    return found


def _strange_array(sizes: dict[str, int], rng: random.Random) -> NDArray[Any]:
    if rng.random() < 0.3:
        return np.array(rng.choice(TEXTS))
    shape = tuple(rng.choice((*sizes.values(), 0, 1, 2)) for _ in range(rng.choice((0, 0, 1, 1, 2, 2, 3, 4))))
    plain = np.sin(np.arange(float(np.prod(shape, dtype=int)))).reshape(shape)
    kind = rng.choice(("f8", "f8", "f8", "f4", "f2", "i8", "u1", "c16", "?", "U3", "S3", "M8[ns]", "m8[s]", ">f8"))
    with np.errstate(all="ignore"):
        made = (1000.0 * plain).astype("i8").astype(kind) if kind[0] in "MmUS" else plain.astype(kind)
        if made.dtype.kind in "fc" and rng.random() < 0.4:
            number = float(rng.choice([one for one in ODD_NUMBERS if one != 10**400]))
            made = np.where(np.arange(made.size).reshape(shape) % rng.choice((1, 2, 5)) == 0, number, made)
    return np.asarray(made)
