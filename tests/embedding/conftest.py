"""Makes `small_models`, `written_models`, `manufactured` and `in_python` importable here; learns once."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent))
sys.path.append(str(Path(__file__).resolve().parents[1] / "kernels"))

from in_python import in_python
from manufactured import burgers, ordinates

import symdcrnn
from symdcrnn import Model, Trajectory


@pytest.fixture
def interpreted() -> Iterator[None]:
    """Kernels that are bound now are run by Python, which needs no compiler."""
    with in_python():
        yield


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
