"""Words that are one candidate: dropped, kept, resampled and tested together."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

import symdcrnn
from symdcrnn.errors import SettingError
from symdcrnn.leastsquares.newton import scaled_inverse
from symdcrnn.selection.units import cheapest, unit_with, units_of

NODES, POINTS, FRAMES = 8, 32, 40
GROUP = "Q = P_l <P_l f> for l = 1 to 4"


def data(noise: float) -> symdcrnn.Trajectory:
    """d_t f = -v d_x f + 4 sum_l (2 l + 1) (g^l - 1) P_l <P_l f>, g = 0.6."""
    v, weights = np.polynomial.legendre.leggauss(NODES)
    weights = 0.5 * weights
    legendre = np.polynomial.legendre.legvander(v, 4)
    collisions = sum(4.0 * (2 * k + 1) * (0.6**k - 1.0) * np.outer(legendre[:, k], legendre[:, k] * weights)
                     for k in range(5))
    t, x = 0.01 * np.arange(FRAMES), 2.0 * np.pi * np.arange(POINTS) / POINTS
    random, f = np.random.default_rng(4), np.full((FRAMES, NODES, POINTS), 2.0)
    for wave in (1, 2, 3):
        start = random.standard_normal(NODES) + 1j * random.standard_normal(NODES)
        step = scipy.linalg.expm(0.01 * (collisions - 1j * wave * np.diag(v)))
        for n in range(FRAMES):
            f[n] += np.real(start[:, None] * np.exp(1j * wave * x)) / wave
            start = step @ start
    f = f + noise * random.standard_normal(f.shape)
    return symdcrnn.Trajectory.from_arrays({"f": f}, t=t, x=x, v=v, weights=weights, periodic=True)


@pytest.mark.parametrize(("noise", "within"), [(0.0, 1e-6), (0.002, 0.1)])
def test_a_kernel_is_one_candidate(noise: float, within: float) -> None:
    found = symdcrnn.fit(data(noise), words=["v d_x f", "d_x f", "v f"], groups=[GROUP], bootstrap=8)["f"]
    exact = {"v d_x f": -1.0} | {f"P_{k} <P_{k} f>": 4.0 * (2 * k + 1) * (0.6**k - 1.0) for k in range(1, 5)}
    assert found.coefficients == pytest.approx(exact, rel=within)
    assert found.certain
    assert [step.dropped for step in found.path].count("Q") == 1
    assert len(found.path) < 8


def test_units_are_groups_and_all_others_by_themselves() -> None:
    groups = [(1, 4), (7,)]
    assert units_of([0, 1, 2, 4, 7], groups) == [(0,), (1, 4), (2,), (7,)]
    assert units_of([2, 4], groups) == [(2,), (4,)]
    assert unit_with(4, [0, 1, 4], groups) == (1, 4)
    assert unit_with(0, [0, 1, 4], groups) == (0,)


def test_a_group_costs_what_all_of_it_costs() -> None:
    columns = np.random.default_rng(1).standard_normal((50, 4))
    coefficients = np.array([0.3, 0.2, 0.2, 0.25])
    inverse = scaled_inverse(columns.T @ columns, [0, 1, 2, 3])
    target = columns @ coefficients
    rest = target - columns[:, [0, 3]] @ np.linalg.lstsq(columns[:, [0, 3]], target, rcond=None)[0]
    assert inverse.cost_of([1, 2], coefficients) == pytest.approx(float(rest @ rest), rel=1e-10)
    assert len(cheapest(inverse, coefficients, ())) == 1
    assert cheapest(inverse, coefficients, [(1, 2)]) in [(0,), (3,)]


@pytest.mark.parametrize(("groups", "named"), [
    (["P_1 <P_1 f>"], "write NAME = WORD; WORD"), (["Q = f; <f>", "Q = d_x f"], "each name once"),
    (["Q = f; nothing f"], "'nothing f' in Q"), (["Q = P_l <P_l f> for l = 3 to 1"], "write a range"),
    (["Q = f for l = 1 to 3"], "write a range"), (["Q = f;"], "write NAME"), (["Q = f; <f>", "R = <f>"], "two groups"),
])
def test_groups_that_cannot_be_read_are_one_line(groups: list[str], named: str) -> None:
    with pytest.raises(SettingError, match=named) as caught:
        symdcrnn.fit(data(0.0), words=["v d_x f"], groups=groups)
    assert "\n" not in str(caught.value)
