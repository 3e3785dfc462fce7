"""The modules beside the tests are imported by name; data that several tests read is made once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from waves import kinetic_data

from symdcrnn.weak_form.study import WeakData


@pytest.fixture(scope="session")
def kinetic() -> WeakData:
    """Words of f and rho that average and multiply, on x that is not periodic."""
    return kinetic_data()
