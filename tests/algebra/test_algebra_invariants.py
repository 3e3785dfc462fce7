"""What conservation and symmetries take of coefficients, by symbols."""

from __future__ import annotations

import numpy as np
import pytest

from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
from symdcrnn.algebra.relations.calculus import Declared
from symdcrnn.algebra.relations.invariants import Invariants
from symdcrnn.algebra.words import Field
from symdcrnn.errors import InputError

V, W = np.polynomial.legendre.leggauss(8)
F, U = Field("f", ("t", "v", "x")), Field("u", ("t", "x"))
KINETIC = phase_space([Axis("v", "velocity"), Axis("x", "space", periodic=True)],
                      [F, Field("E", ("t", "x")), Field("s", ("x",))])
PLAIN = phase_space([Axis("x", "space", periodic=True)], [U])
AVERAGES = {"v": ({"v": V.tolist()}, (W / 2).tolist())}
DECAYING = Declared(frozenset({("f", "v")}))


def relations(space: PhaseSpace, words: list[str], density: str, declared: Declared = DECAYING) -> set[tuple[str, ...]]:
    """Each relation as text, divided by its first factor."""
    target = F if space is KINETIC else U
    found = Invariants.of(space, AVERAGES, declared).conserving(
        [space.word(word) for word in words], target, space.word(density))
    return {tuple(f"{words[column]}: {factor / next(iter(one.factors.values())):.6g}"
                  for column, factor in one.factors.items()) for one in found}


@pytest.mark.parametrize(("density", "expected"), [
    ("<f>", {("f: 1", "<f>: 1"), ("1: 1",), ("s f: 1",), ("v f: 1",), ("<f> f: 1",)}),
    ("<v f>", {("f: 1", "P_1 <P_1 f>: 0.333333"), ("E d_v f: 1",), ("v f: 1",), ("<f> f: 1",), ("s f: 1",)}),
])
def test_moments_are_conserved_by_what_cancels_in_them(density: str, expected: set[tuple[str, ...]]) -> None:
    words = ["v_dx f", "f", "<f>", "P_1 <P_1 f>", "P_5 <P_5 f>", "E d_v f", "d_xx f", "v f", "<f> f", "1", "s f",
             "d_x(<f> f)"]
    assert relations(KINETIC, words, density) == expected


def test_squares_are_conserved_by_transport_in_space_and_velocity() -> None:
    words = ["v_dx f", "E d_v f", "d_xx f", "f"]
    assert relations(KINETIC, words, "<f^2>") == {("d_xx f: 1",), ("f: 1",)}
    # Unless f decays, something comes in through the ends of the velocities.
    assert ("E d_v f: 1",) in relations(KINETIC, words, "<f^2>", Declared())


@pytest.mark.parametrize(("density", "expected"), [
    ("u", {("u: 1",), ("u^2: 1",), ("u d_xx u: 1", "(d_x u)^2: -1")}),
    ("u^2", {("u: 1",), ("u^2: 1",), ("d_xx u: 1",), ("u d_xx u: 1", "(d_x u)^2: -0.5")}),
])
def test_divergences_conserve(density: str, expected: set[tuple[str, ...]]) -> None:
    words = ["u", "u^2", "u d_x u", "d_x u", "d_xx u", "d_xxx u", "u d_xx u", "(d_x u)^2", "d_x(u^3)"]
    assert relations(PLAIN, words, density) == expected


def test_whoever_moves_sees_the_same_equation() -> None:
    invariants, words = Invariants.of(PLAIN, {}), ["u d_x u", "d_xx u", "u", "d_x(u^2)"]
    [first, second] = invariants.galilean([PLAIN.word(word) for word in words], U, "u", "x")
    assert (first.factors, first.value) == ({0: 1.0, 3: 2.0}, -1.0)
    assert (second.factors, second.value) == ({2: 1.0}, 0.0)
    kinetic = ["v_dx f", "E d_v f", "v f", "<v f>", "<f>"]
    found = Invariants.of(KINETIC, AVERAGES).galilean([KINETIC.word(word) for word in kinetic], F, "v", "x")
    assert [(one.factors, one.value) for one in found] == [({0: 1.0}, -1.0), ({2: 1.0}, 0.0), ({3: 1.0}, 0.0)]


def test_a_mirror_turns_space_and_velocity_around() -> None:
    invariants = Invariants.of(KINETIC, AVERAGES)
    odd = {word: invariants.odd(KINETIC.word(word), F, ["E"]) for word in (
        "v_dx f", "E d_v f", "d_v f", "v f", "d_x f", "P_2 <P_2 f>", "P_3 <P_2 f>", "<v f> d_x f", "exp(-v) f")}
    assert {word for word, sign in odd.items() if sign} == {"d_v f", "v f", "d_x f", "P_3 <P_2 f>", "exp(-v) f"}
    assert invariants.odd(KINETIC.word("E d_v f"), F, [])


def test_a_density_is_of_one_field_and_of_no_velocity() -> None:
    invariants = Invariants.of(KINETIC, AVERAGES)
    with pytest.raises(InputError, match="average it"):
        invariants.conserving([KINETIC.word("f")], F, KINETIC.word("v f"))
    with pytest.raises(InputError, match="no density of f alone"):
        invariants.conserving([KINETIC.word("f")], F, KINETIC.word("E"))
