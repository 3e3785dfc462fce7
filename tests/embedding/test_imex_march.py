"""IMEX marches of stiff models: their orders, errors that do not grow with 1/epsilon, what is conserved or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from small_models import model
from stiff_models import MICRO_MACRO, WEIGHTS, V, X, frames, micro_macro, start
from written_models import kinetic, plane

from symdcrnn import InputError, Model, Trajectory, generate, preset, simulate
from symdcrnn.imex.local_matrix import step_matrix
from symdcrnn.schemes.runge_kutta import TABLEAUS, DoubleTableau


def last(made: Model, data: Trajectory, method: str, **options: float) -> dict[str, np.ndarray]:
    found = simulate(made, data, method=method, **options).trajectory  # type: ignore[arg-type]
    return {name: found.array(name)[-1] for name in found.field_names}


def errors(made: Model, data: Trajectory, exact: Mapping[str, np.ndarray], name: str, method: str,
           steps: tuple[float, ...]) -> list[float]:
    return [float(np.linalg.norm(last(made, data, method, dt=dt)[name] - exact[name]) / np.linalg.norm(exact[name]))
            for dt in steps]


@pytest.mark.parametrize(("method", "order"), [("imex-ars222", 2), ("imex-ars443", 3)])
@pytest.mark.parametrize("name", ["g", "rho"])
def test_the_order_of_a_scheme_shows(method: str, order: int, name: str) -> None:
    made, data = micro_macro(1.0), frames(start(), 0.1)
    exact = last(made, data, "DOP853", rtol=1e-12)
    found = errors(made, data, exact, name, method, (5e-3, 2.5e-3, 1.25e-3))
    assert all(before / after > 0.9 * 2**order for before, after in pairwise(found)), found


@pytest.mark.parametrize("method", ["imex-ars222", pytest.param("imex-ars443", marks=pytest.mark.soak)])
def test_errors_do_not_grow_with_one_over_epsilon(method: str) -> None:
    found = {}
    for eps in (1 / 16, 1 / 256, 1 / 4096, 1e-7):
        made, data = micro_macro(eps), frames(start(eps), 4e-3)
        exact = last(made, data, "Radau", rtol=1e-9)
        found[eps] = [errors(made, data, exact, name, method, (4e-4, 2e-4)) for name in ("g", "rho")]
    for eps, (_, (coarse, fine)) in found.items():
        assert coarse < 2e-5, (eps, found)
        # The reference itself is not better than that.
        assert fine < max(0.5 * coarse, 1e-8), (eps, found)


def test_it_is_the_march_of_the_generator() -> None:
    trajectory = generate(preset("notebook", epsilon=1 / 256, nx=40, velocities=4, frames=6, first=0))
    made = simulate(micro_macro(1 / 256), trajectory, method="imex-ars222", dt=trajectory.dt / 10)
    assert made.steps == 50
    assert made.total_errors["rho"] < 1e-13
    assert made.total_errors["g"] < 1e-11


def test_mass_is_conserved() -> None:
    eps = 1 / 256
    rho = last(micro_macro(eps), frames(start(eps), 0.1, 6), "imex-ars222", dt=4e-4)["rho"]
    assert abs(rho.sum() / start()["rho"].sum() - 1.0) < 1e-13
    f = 2.0 + np.sin(2 * np.pi * X) * (1.0 + V[:, None])
    for eps in (1.0, 1e-3, 1e-6):
        kinetic = model({"f": {"f": -1 / eps**2, "<f>": 1 / eps**2, "v_dx f": -1.0}}, {"f": True})
        found = last(kinetic, frames({"f": f}, 2.0), "imex-ars443", dt=5e-3)["f"]
        assert abs((WEIGHTS @ found).sum() / (WEIGHTS @ f).sum() - 1.0) < 1e-12


@pytest.mark.usefixtures("interpreted")
def test_a_scattering_of_x_is_solved_for_at_every_point() -> None:
    sigma = -(1.0 + 0.5 * np.sin(2 * np.pi * X)) * 256.0
    made = model({"g": {"v_dx g": -16.0, "<v_dx g>": 16.0, "v_dx rho": -256.0}, "rho": {"<v_dx g>": -1.0}}, MICRO_MACRO,
                 functions={"g": {"g": sigma}}, x=X)
    data = frames(start(), 4e-3)
    exact = last(made, data, "Radau", rtol=1e-9)
    coarse, fine = errors(made, data, exact, "rho", "imex-ars222", (4e-4, 2e-4))
    assert coarse < 1e-4
    assert fine < 0.35 * coarse


@pytest.mark.usefixtures("interpreted")
def test_fields_that_exchange_energy_are_solved_for_together() -> None:
    temperature = 1.0 + 0.2 * np.cos(2 * np.pi * X)
    fields = {"f": np.repeat(temperature[None], 4, 0), "T": temperature}
    made = model({"f": {"v_dx f": -1.0, "f": -1e4, "T": 1e4}, "T": {"<f>": 1e4, "T": -1e4}}, {"f": True, "T": False})
    data = frames(fields, 0.1)
    exact = last(made, data, "Radau", rtol=1e-9)
    found = last(made, data, "imex-ars443", dt=2e-3)
    assert np.linalg.norm(found["T"] - exact["T"]) < 1e-4 * np.linalg.norm(exact["T"])
    before, after = ((WEIGHTS / 2 @ one["f"] + one["T"]).sum() for one in (fields, found))
    assert abs(after / before - 1.0) < 1e-13


def test_a_pair_that_does_not_end_with_its_last_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    midpoint = DoubleTableau("midpoint", ((0.0, 0.0), (0.5, 0.0)), (0.0, 1.0), ((0.0, 0.0), (0.0, 0.5)), (0.0, 1.0), 2,
                             "the midpoint rule")
    monkeypatch.setitem(TABLEAUS, "imex-ars222", midpoint)
    made, data = micro_macro(1.0), frames(start(), 0.1)
    exact = last(made, data, "DOP853", rtol=1e-12)
    coarse, fine = errors(made, data, exact, "g", "imex-ars222", (5e-3, 2.5e-3))
    assert coarse / fine > 3.6


def test_open_ends_come_from_the_data() -> None:
    data = frames(start(), 0.01, periodic=False)
    made = simulate(micro_macro(1.0), data, method="imex-ars222", dt=1e-3).trajectory
    exact = simulate(micro_macro(1.0), data, method="DOP853", rtol=1e-10).trajectory
    for name in data.field_names:
        np.testing.assert_allclose(made.array(name)[-1], exact.array(name)[-1], rtol=1e-5, atol=1e-5)


def test_what_cannot_be_marched_is_one_line() -> None:
    data = frames({**start(), "f": 2.0 + np.sin(2 * np.pi * X) * (1.0 + V[:, None])}, 0.1)
    fast = model({"f": {"f": -65536.0, "<f>": 65536.0, "v_dx f": -256.0}}, {"f": True})
    for made, options, expected in (
        (model({"rho": {"d_xx rho": 0.1}}, {"rho": False}), {"method": "imex-ars222"}, "no equation has one"),
        (micro_macro(1.0), {"method": "RK45", "dt": 0.1}, "dt is given, but RK45 chooses its steps"),
        (micro_macro(1.0), {"method": "imex-ars222", "dt": -1.0}, "give a positive time step"),
        (fast, {"method": "imex-ars222", "steps": 200}, r"explicitly \(v_dx f\): give a smaller dt, or take BDF"),
        (micro_macro(1 / 256), {"method": "imex-ars222", "steps": 200}, "give a smaller dt, or take BDF"),
    ):
        with pytest.raises(InputError, match=expected) as caught:
            simulate(made, data, **options)  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)


def test_the_inverse_keeps_what_the_matrix_conserves() -> None:
    for matrix in (np.ones((4, 4)) / 4 - np.eye(4), np.diag([-1.0, -2.0, 0.0, -3.0])):
        for stiff in (1.0, 1e6, 1e12):
            inverse = step_matrix(stiff * matrix[..., None], 1.0)[..., 0]
            left = np.ones(4) if matrix[0, 1] else np.array([0.0, 0.0, 1.0, 0.0])
            np.testing.assert_allclose(left @ inverse, left, rtol=0.0, atol=1e-14)


@pytest.mark.usefixtures("interpreted")
def test_a_damped_model_has_the_same_result_with_absorption() -> None:
    """Words of rho alone in its own equation are solved for after g is known."""
    made = micro_macro(1 / 16)
    absorbed = replace(made, equations=(made["g"], replace(made["rho"], terms=(
        *made["rho"].terms, replace(made["rho"].terms[0], word="rho", coefficient=-2.0)))))
    data = frames(start(1 / 16), 4e-3)
    exact = last(absorbed, data, "Radau", rtol=1e-9)
    coarse, fine = errors(absorbed, data, exact, "rho", "imex-ars222", (4e-4, 2e-4))
    assert coarse < 1e-4
    assert fine < 0.35 * coarse


def test_diffusion_along_the_velocity_is_solved_for() -> None:
    """The points at the ends of v have no rate: they come from the data."""
    v = np.linspace(-4.0, 4.0, 33)
    f = np.exp(-(v[:, None] ** 2) / 2) * (1.0 + 0.3 * np.sin(2 * np.pi * X))
    times = np.linspace(0.0, 0.02, 3)
    data = Trajectory.from_arrays({"f": np.repeat(f[None], 3, 0)}, t=times, x=X, v=v, weights=np.full(33, 0.25),
                                  periodic={"x": True, "v": False})
    made = model({"f": {"v_dx f": -1.0, "d_vv f": 100.0, "f": -1.0}}, {"f": True})
    exact = last(made, data, "Radau", rtol=1e-9)["f"]
    found = last(made, data, "imex-ars443", dt=1e-3)["f"]
    np.testing.assert_array_equal(found[[0, -1]], f[[0, -1]])
    assert np.linalg.norm(found - exact) < 1e-3 * np.linalg.norm(exact)


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("case", [plane, lambda: kinetic(True, True)], ids=["plane", "kinetic"])
def test_models_on_several_axes(case: Callable[[], tuple[Model, Trajectory]]) -> None:
    """Nonlinear words, functions of space and time, kernels, numbers, fields without an equation."""
    made, data = case()
    until = float(data.t[0]) + (data.t[1] - data.t[0]) * np.arange(3)
    short = Trajectory(data.dataset.isel(t=slice(0, 3)).assign_coords(t=until[0] + 0.04 * (until - until[0])))
    exact = simulate(made, short, method="DOP853", rtol=1e-11).trajectory
    errors_of = [{name: np.abs(found.array(name)[-1] - exact.array(name)[-1]).max() for name in data.field_names}
                 for found in (simulate(made, short, method="imex-ars443", dt=float(short.dt) / n).trajectory
                               for n in (1, 2))]
    for name in data.field_names:
        coarse, fine = (one[name] for one in errors_of)
        assert fine < max(coarse / 6, 1e-10), (name, errors_of)
