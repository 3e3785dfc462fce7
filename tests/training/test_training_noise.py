"""Noise is found in the data, and what withstands it is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from symdcrnn.preprocess.noise_level import remedy_for

import symdcrnn
from symdcrnn import Trajectory
from symdcrnn.preprocess.field_statistics import of_array
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.schemes.multistep import SCHEMES

TRUE_WORDS = {"g", "v_dx g", "<v_dx g>", "v_dx rho"}


def made(inverse_epsilon: int, noise: float, seed: int = 0) -> Trajectory:
    return symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / inverse_epsilon), noise=noise, seed=seed)


@pytest.mark.parametrize("level", [1e-6, 1e-3, 1.0])
def test_white_noise_is_measured_under_a_smooth_signal(level: float) -> None:
    t, x = np.arange(40)[:, None, None], np.arange(200)
    signal = np.exp(-0.02 * t) * np.sin(2.0 * np.pi * x / 200) * np.array([1.0, -2.0])[:, None]
    noise = level * np.random.default_rng(0).standard_normal(signal.shape)
    assert of_array(signal + noise).noise == pytest.approx(level, rel=0.05)
    assert of_array(signal).noise < 1e-9


def test_too_little_data_has_no_noise() -> None:
    assert of_array(np.random.default_rng(0).random((4, 3, 50))).noise == 0.0
    assert of_array(np.random.default_rng(0).random((50, 3, 4))).noise == 0.0


@pytest.mark.parametrize("inverse_epsilon", [16, 64, 256, 512])
def test_clean_data_needs_no_remedy(inverse_epsilon: int) -> None:
    assert remedy_for([loaded_frames(made(inverse_epsilon, 0.0), {})]) is None


@pytest.mark.parametrize(("noise", "scheme"), [(1e-4, "weak16"), (0.01, "weak16"), (0.05, "weak24")])
def test_the_window_grows_with_the_noise(noise: float, scheme: str) -> None:
    data = loaded_frames(made(64, noise), {})
    remedy = remedy_for([data])
    assert remedy is not None
    assert remedy.noise == {"g": pytest.approx(noise, rel=0.02), "rho": pytest.approx(noise, rel=0.02)}
    assert (remedy.scheme, SCHEMES[remedy.scheme].window > 0) == (scheme, True)
    assert 30 <= remedy.smooth_x <= 60


def test_functions_of_x_do_not_prevent_smoothing() -> None:
    trajectory = made(64, 0.01)
    varying = remedy_for([loaded_frames(trajectory, {"sigma_s": 1.0 + trajectory.x})])
    assert varying == remedy_for([loaded_frames(trajectory, {})])
    still = symdcrnn.Trajectory.from_arrays(
        {name: trajectory.array(name) for name in ("g", "rho")}, t=trajectory.t, x=trajectory.x, v=trajectory.v,
        weights=trajectory.weights, periodic=False)
    unsmoothed = remedy_for([loaded_frames(still, {})])
    assert unsmoothed is not None
    assert unsmoothed.smooth_x == 0.0


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize(("inverse_epsilon", "noise", "most"), [
    (16, 0.01, 0.01), (64, 0.01, 0.01), (256, 0.01, 0.02), (64, 0.05, 0.05), (256, 0.05, 0.05),
])
def test_exactly_the_four_terms_under_noise(inverse_epsilon: int, noise: float, most: float, seed: int) -> None:
    trajectory = made(inverse_epsilon, noise, seed)
    model = symdcrnn.fit(trajectory, equations="g", starts=1)
    exact = (trajectory.exact or {})["g"]
    assert set(model["g"].coefficients) == TRUE_WORDS
    for word, value in model["g"].coefficients.items():
        assert value == pytest.approx(exact[word], rel=most)
    assert model.data.noise["g"] == pytest.approx(noise, rel=0.02)
    assert model.settings.scheme.startswith("weak")
