"""Makes `small_models`, `written_models` and `manufactured` importable here; learns once."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent))

from manufactured import burgers, ordinates

import symdcrnn
from symdcrnn import Model, Trajectory


@pytest.fixture(scope="session")
def burgers_data() -> Trajectory:
    return burgers()


@pytest.fixture(scope="session")
def burgers_model(burgers_data: Trajectory) -> Model:
    return symdcrnn.fit(burgers_data, words=["u d_x u", "d_xx u", "u"], bootstrap=0)


@pytest.fixture(scope="session")
def ordinates_data() -> Trajectory:
    return ordinates()


@pytest.fixture(scope="session")
def ordinates_model(ordinates_data: Trajectory) -> Model:
    return symdcrnn.fit(ordinates_data, words=["c d_x f", "s d_y f", "f", "<f>"], bootstrap=0)
