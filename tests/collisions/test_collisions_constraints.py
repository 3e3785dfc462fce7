"""Conservation, decay and symmetries of fitted equations: exact, at a cost that is told."""

from __future__ import annotations

import numpy as np
import pytest
from scattering import FORWARD, NODES, POINTS, W, data, matrix_of

import symdcrnn
from symdcrnn.errors import InputError, SettingError

FLAT = matrix_of(4.0 * (np.eye(NODES)[0] - 1.0))
"""d_t f = -v d_x f + 4 (<f> - f)."""

WORDS = ["v d_x f", "d_x f", "<f>"]


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_what_is_conserved_is_conserved_exactly(noise: float) -> None:
    trajectory = data(FLAT, noise)
    free = symdcrnn.fit(trajectory, words=WORDS, bootstrap=0)["f"]
    held = symdcrnn.fit(trajectory, words=WORDS, conserved=["<f>"], bootstrap=0)["f"]
    assert held.certain
    assert held.coefficients["<f>"] == pytest.approx(-held.coefficients["f"], rel=1e-14)
    assert held.coefficients["<f>"] == pytest.approx(4.0, rel=1e-7 if noise == 0.0 else 0.02)
    [check] = [one for one in held.checks if one.name == "constraints"]
    assert check.text.startswith("<f> conserved: the residual is 1")
    if noise > 0.0:
        assert free.coefficients["<f>"] != pytest.approx(-free.coefficients["f"], rel=1e-6)
        errors = {one.word: one.error or 0.0 for one in held.terms}
        assert errors["<f>"] == pytest.approx(errors["f"], rel=1e-9)
        assert abs(held.coefficients["f"] + 4.0) < 4.0 * errors["f"] < 0.2


def test_two_words_that_only_cancel_together_are_one_candidate() -> None:
    found = symdcrnn.fit(data(FLAT), words=WORDS, conserved=["<f>"], bootstrap=0)["f"]
    assert "f and <f>" in [step.dropped for step in found.path]


def test_what_the_data_does_not_conserve_is_contradicted() -> None:
    absorbing = matrix_of(4.0 * np.eye(NODES)[0] - 5.0)
    found = symdcrnn.fit(data(absorbing), words=WORDS, conserved=["<f>"], bootstrap=0)["f"]
    [check] = [one for one in found.checks if one.name == "constraints"]
    assert not check.passed
    assert not found.certain
    assert found.coefficients["<f>"] == pytest.approx(-found.coefficients["f"], rel=1e-14)


def test_a_mirror_leaves_words_out() -> None:
    found = symdcrnn.fit(data(FLAT), words=WORDS, symmetries=["parity"], bootstrap=0)["f"]
    assert found.vanishing["d_x f"] == "d_x f is not invariant under parity"
    assert set(found.coefficients) == {"v d_x f", "f", "<f>"}


@pytest.mark.usefixtures("interpreted")
def test_a_moving_frame_gives_transport_its_coefficient() -> None:
    found = symdcrnn.fit(data(FLAT, 0.01), words=WORDS, symmetries=["galilean v"], bootstrap=0)["f"]
    assert found.coefficients["v d_x f"] == pytest.approx(-1.0, rel=1e-14)
    with pytest.raises(InputError, match="no word that is left in it does what that takes"):
        symdcrnn.fit(data(FLAT), words=["d_x f", "<f>"], symmetries=["galilean v"], bootstrap=0)


@pytest.mark.soak
@pytest.mark.usefixtures("interpreted")
def test_squares_decay_whatever_the_noise_makes_of_rates() -> None:
    """Rates near zero come out of either sign, but not where growth is excluded."""
    slow = np.zeros(NODES)
    slow[2:] = -3.0
    trajectory = data(matrix_of(slow), 0.02)
    words, kernel = ["v d_x f"], ["Q = isotropic <= 7 of f"]
    free = symdcrnn.fit(trajectory, words=words, kernels=kernel, scheme="weak", bootstrap=0)["f"].kernels[0]
    held = symdcrnn.fit(trajectory, words=words, kernels=kernel, scheme="weak", decaying=["<f^2>"], bootstrap=0)["f"]
    assert max(one.value for one in free.degrees) > 5e-4
    assert max(one.value for one in held.kernels[0].degrees) < 1e-6
    assert [one.name for one in held.checks if not one.passed] == []


@pytest.mark.usefixtures("interpreted")
def test_a_learned_matrix_marches_and_keeps_what_it_conserves() -> None:
    trajectory = data(matrix_of(FORWARD))
    model = symdcrnn.fit(trajectory, words=["v d_x f", "d_x f"], kernels=["Q = full of f, conserving"], bootstrap=0)
    rhs = model.rhs(trajectory)
    state = trajectory.array("f")[0]
    rate = rhs.unpack(rhs(0.0, rhs.pack({"f": state})))["f"]
    exact = symdcrnn.right_hand_side(model, trajectory, "f")[0]
    assert rate == pytest.approx(exact, rel=1e-10, abs=1e-10)
    assert abs(float(np.einsum("v,vx->", W, rate))) < 1e-10 * POINTS


@pytest.mark.parametrize(("options", "named"), [
    ({"conserved": ["v f"]}, "average it, as in <v f>"), ({"decaying": ["<f"]}, "decaying has '<f'"),
    ({"symmetries": ["galilean"]}, "write parity"), ({"symmetries": ["galilean w"]}, "'w' is none of"),
])
def test_what_cannot_be_imposed_is_one_line(options: dict[str, list[str]], named: str) -> None:
    with pytest.raises(SettingError, match=named) as caught:
        symdcrnn.fit(data(FLAT), words=WORDS, **options)
    assert "\n" not in str(caught.value)
