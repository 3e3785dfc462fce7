"""What a user declares of fields and kernels, and which words that leaves out."""

from __future__ import annotations

import numpy as np
import pytest

import symdcrnn
from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import phase_space
from symdcrnn.algebra.relations.calculus import NOTHING, Declared
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.words import Field
from symdcrnn.errors import SettingError
from symdcrnn.regression.declared import declared_of
from symdcrnn.regression.dependence import equal_in_the_continuum
from symdcrnn.regression.dictionary import twins_of
from symdcrnn.settings import FitSettings

SPACE = phase_space([Axis("v", "velocity"), Axis("x", "space", periodic=True)],
                    [Field("f", ("t", "v", "x")), Field("u", ("t", "x"))],
                    operators=[Operator("K", Quadrature("v", kernel="1 + v*v'"))])
WORDS = [SPACE.word(text) for text in ("<f>", "<d_v f>", "<v d_v f>", "<K f>", "K <f>", "f")]


def left_out(*declared: str) -> dict[str, str]:
    made = declared_of(FitSettings(declared=declared), SPACE)
    found = equal_in_the_continuum(WORDS, twins_of(WORDS, SPACE, made), {})
    return {str(WORDS[number]): reason.removeprefix(f"{WORDS[number]} is ") for number, reason in found.items()}


def test_what_is_declared_is_known() -> None:
    more = "in the continuum, which is computed more accurately"
    assert declared_of(FitSettings(), SPACE) == NOTHING
    assert declared_of(FitSettings(declared=("f decays in v", " K conserves ")), SPACE) == Declared(
        frozenset({("f", "v")}), frozenset({"K"}))
    assert not left_out()
    assert left_out("f decays in v") == {
        "<d_v f>": "nothing in the continuum, by what is declared", "<v d_v f>": f"<f> {more}"}
    assert left_out("K conserves") == {"<K f>": f"<f> {more}"}


@pytest.mark.parametrize(("text", "problem"), [
    ("f decays", "write 'FIELD decays in AXIS' or 'OPERATOR conserves'"),
    ("g decays in v", "but the fields are f, u"),
    ("u decays in v", "but u depends on t, x"),
    ("mean conserves", "but mean is no operator with a kernel or a matrix"),
    ("Q conserves", "but Q is no operator with a kernel or a matrix"),
])
def test_declarations_that_say_nothing(text: str, problem: str) -> None:
    with pytest.raises(SettingError, match=problem) as caught:
        declared_of(FitSettings(declared=(text,)), SPACE)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("interpreted")
def test_words_that_are_equal_in_the_continuum_may_be_candidates_of_their_own() -> None:
    t, x = 0.02 * np.arange(40), 2.0 * np.pi * np.arange(48) / 48
    u = 1.0 / (2.0 + np.sin(x - t[:, None])) * np.exp(-t)[:, None]
    data = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    for distinct in (False, True):
        found = symdcrnn.fit(data, words=["u", "d_x u", "d_x(u^2)", "u*d_x u"], bootstrap=0, distinct=distinct,
                             scheme="newton-cotes4", central_stencil="central2")["u"]
        assert ("u d_x u" in found.vanishing) is not distinct
