"""Kernels of the angle and of families: learned as one word, with errors, saved and evaluated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scattering import FORWARD, NODES, RATE, WORDS, G, W, data, matrix_of

import symdcrnn
from symdcrnn.errors import SettingError

EXACT = (2 * np.arange(NODES) + 1) * FORWARD


def test_a_family_gives_its_parameter_and_conserves_exactly(tmp_path: Path) -> None:
    trajectory = data(matrix_of(FORWARD))
    model = symdcrnn.fit(trajectory, words=WORDS, kernels=["Q = henyey-greenstein <= 7 of f, conserving"], bootstrap=0)
    found = model["f"]
    [kernel] = found.kernels
    values = {one.name: one for one in kernel.parameters}
    assert (values["g"].value, values["s"].value, values["k"].value) == pytest.approx((G, RATE, RATE), rel=1e-6)
    assert abs(values["g"].value - G) <= 10.0 * (values["g"].error or 0.0) < 1e-4
    assert found.certain
    assert found.coefficients["<f>"] == pytest.approx(-found.coefficients["f"], rel=1e-14)
    assert str(model).startswith("d_t f = -1 v d_x f + Q f\n  Q f = 4 +- ")
    assert " (K f - f), K Henyey-Greenstein, g = 0.6 +- " in str(model)
    model.save(tmp_path / "model.json")
    again = symdcrnn.load_model(tmp_path / "model.json")
    assert again["f"].kernels == found.kernels
    rate = symdcrnn.right_hand_side(again, trajectory, "f")
    assert np.max(np.abs(np.einsum("v,tvx->", W, rate))) < 1e-10
    details = model.report()["details"]["f"]["kernels"]["Q"]
    assert details["parameters"]["g"]["value"] == values["g"].value


def test_a_kernel_is_of_one_power_of_epsilon_in_limits() -> None:
    model = symdcrnn.fit(data(matrix_of(FORWARD)), words=WORDS, bootstrap=0,
                         kernels=["Q = henyey-greenstein <= 7 of f, conserving"])
    # D = 1 / (3 s (1 - g)) = 5/24, though (2 l + 1) g^l of the last degrees is smaller than what scales by epsilon.
    assert "d_t rho = 5/6 eps^2 d_xx rho" in str(model.limit(order=2, epsilon=0.5))


def test_a_kernel_of_the_angle_has_a_rate_for_every_degree() -> None:
    found = symdcrnn.fit(data(matrix_of(FORWARD)), words=WORDS, kernels=["Q = isotropic <= 7 of f"], bootstrap=0)["f"]
    [kernel] = found.kernels
    assert [one.value for one in kernel.degrees] == pytest.approx(EXACT, rel=1e-5, abs=1e-6)
    assert kernel.unseen == ()
    assert found.certain
    # The last degree is a sum of the others with f, which the matrix of the words shows.
    assert "P_7 <P_7 f>" in found.vanishing


@pytest.mark.soak
def test_noise_gives_each_degree_an_error_and_the_family_a_smaller_one() -> None:
    trajectory = data(matrix_of(FORWARD), noise=0.01)
    free = symdcrnn.fit(trajectory, words=WORDS, kernels=["Q = isotropic <= 5 of f, conserving"])["f"]
    [kernel] = free.kernels
    assert free.certain
    assert free.weak is not None
    off = [(one.value - exact) / (one.error or 1.0) for one, exact in zip(kernel.degrees[1:], EXACT[1:], strict=False)]
    assert np.max(np.abs(off)) < 4.0
    assert free.coefficients["<f>"] == pytest.approx(-free.coefficients["f"], rel=1e-12)
    tied = symdcrnn.fit(trajectory, words=WORDS, kernels=["Q = henyey-greenstein <= 7 of f, conserving"])["f"]
    [family] = tied.kernels
    shape = family.parameters[-1]
    assert tied.certain
    assert abs(shape.value - G) < min(0.02, 4.0 * (shape.error or 0.0))
    assert all((one.error or 0.0) < (other.error or 0.0)
               for one, other in zip(family.degrees[1:], kernel.degrees[1:], strict=False))


def test_degrees_that_the_data_does_not_tell_are_named() -> None:
    trajectory = data(matrix_of(FORWARD), noise=0.02, falling=0.2)
    found = symdcrnn.fit(trajectory, words=WORDS, kernels=["Q = isotropic <= 6 of f, conserving"])["f"]
    [kernel] = found.kernels
    assert 6 in kernel.unseen
    assert kernel.degrees[1].seen
    assert kernel.lines()[-1].startswith("not told by this data: q_l for l = ")


def test_a_family_that_the_data_contradicts_is_not_certain() -> None:
    rates = RATE * (np.array([1.0, 0.1, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]) - 1.0)
    found = symdcrnn.fit(data(matrix_of(rates)), words=WORDS, kernels=["Q = henyey-greenstein <= 7 of f, conserving"],
                         bootstrap=0)["f"]
    [check] = [one for one in found.checks if one.name == "constraints"]
    assert not check.passed
    assert "the data contradicts it" in check.text
    assert not found.certain


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("form", ["full", "full of rank 7", "full of f, symmetric"])
def test_clean_data_tells_the_whole_matrix(form: str, tmp_path: Path) -> None:
    exact = matrix_of(FORWARD)
    text = form if "of f" in form else f"{form} of f"
    trajectory = data(exact)
    model = symdcrnn.fit(trajectory, words=WORDS, kernels=[f"Q = {text}, conserving"], bootstrap=0)
    [kernel] = model["f"].kernels
    matrix = np.array(kernel.matrix)
    assert np.max(np.abs(matrix - exact)) < 1e-6 * np.max(np.abs(exact))
    assert np.max(np.abs(W @ matrix)) < 1e-14 * np.max(np.abs(exact))
    assert model["f"].coefficients == pytest.approx({"v d_x f": -1.0, "Q f": 1.0}, rel=1e-7)
    assert model["f"].certain
    assert model.settings.functions == ()
    model.save(tmp_path / "model.json")
    again = symdcrnn.load_model(tmp_path / "model.json")
    rate = symdcrnn.right_hand_side(again, trajectory, "f")
    assert np.max(np.abs(np.einsum("v,tvx->", W, rate))) < 1e-10


@pytest.mark.usefixtures("interpreted")
def test_a_matrix_in_noise_is_uncertain_by_name() -> None:
    found = symdcrnn.fit(data(matrix_of(FORWARD), noise=0.01), words=WORDS, kernels=["Q = full of f"], bootstrap=0)["f"]
    assert not found.certain
    assert any(one.name == "kernel" and not one.passed for one in found.checks)


@pytest.mark.parametrize(("options", "named"), [
    ({"kernels": ["Q = isotropic <= 2 of g"]}, "the fields of this data are f"),
    ({"kernels": ["Q = isotropic <= 9 of f"]}, "8 velocities with these weights resolve degrees up to 7: ask for iso"),
    ({"kernels": ["Q = full of g"]}, "the fields of this data are f"),
    ({"kernels": ["Q = isotropic <= 2 of f"], "groups": ["Q = f; <f>"]}, "leave the group out"),
    ({"kernels": ["Q = full of f"], "conserved": ["<f>"]}, "ask for one of both"),
])
def test_kernels_that_do_not_fit_the_data_are_one_line(options: dict[str, list[str]], named: str) -> None:
    with pytest.raises(SettingError, match=named) as caught:
        symdcrnn.fit(data(matrix_of(FORWARD)), words=WORDS, **options)
    assert "\n" not in str(caught.value)
