"""scikit-learn's own checks of estimators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from symdcrnn import DCRNN

ESTIMATOR = DCRNN(axes=("t", "component"), words=["u"], scheme="trapezoid", bootstrap=0)
"""The checks have plain arrays: quantities at times, without neighbours."""

EXPECTED = {"check_estimators_nan_inf": "values that are missing or infinite are refused in words of fields"}


@pytest.mark.usefixtures("interpreted")
@parametrize_with_checks([ESTIMATOR], expected_failed_checks=lambda estimator: EXPECTED)
def test_checks_of_scikit_learn(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)
