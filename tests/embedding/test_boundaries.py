"""Boundary conditions: free transport beside its exact solution, what is conserved, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_models import model
from stiff_models import WEIGHTS, V, micro_macro
from written_models import PLANE
from written_models import model as model_of

from symdcrnn import InputError, Model, Trajectory, simulate, simulate_to_folder
from symdcrnn.boundaries.march import march_between_walls
from symdcrnn.boundaries.reading import conditions_of
from symdcrnn.embedding.march import March

Array = np.ndarray


def kinetic(rate: float, speed: float = 1.0) -> Model:
    return model({"f": {"f": -rate, "<f>": rate, "v_dx f": -speed}}, {"f": True})


def on(x: Array, until: float, frames: int = 3, **fields: Array) -> Trajectory:
    values = {name: values if values.shape[0] == frames and values.ndim > 2 else np.repeat(values[None], frames, 0)
              for name, values in fields.items()}
    return Trajectory.from_arrays(values, t=np.linspace(0.0, until, frames), x=x, v=V, weights=WEIGHTS, periodic=False)


def walled(made: Model, data: Trajectory, **boundary: str) -> March:
    return march_between_walls(made, data, None, conditions_of(boundary, data))


def hill(place: Array) -> Array:
    return np.exp(-40.0 * (place - 0.45) ** 2)


def entering(t: Array) -> Array:
    return np.where(t > 0.0, np.sin(2.0 * t) ** 4, 0.0)


def after(name: str, x: Array, t: float) -> Array:
    """Free transport in a slab, exactly."""
    start, v = x - V[:, None] * t, V[:, None]
    if name == "reflecting":
        return sum(hill(start + 2.0 * turn) + hill(2.0 * turn - start) for turn in range(-3, 4))
    within = np.where((start > 0.0) & (start < 1.0), hill(start), 0.0)
    if name == "vacuum":
        return within
    since = t - np.where(v > 0.0, x, 1.0 - x) / np.abs(v)
    return within + (1.0 + v) * entering(since)


@pytest.mark.parametrize(("name", "walls"), [
    ("vacuum", "points"), ("reflecting", "points"), ("inflow (1 + v)*sin(2*t)^4", "points"),
    pytest.param("inflow", "points", marks=pytest.mark.soak),
    ("vacuum", "cells"), ("reflecting", "cells"), ("inflow (1 + v)*sin(2*t)^4", "cells"),
    pytest.param("inflow", "cells", marks=pytest.mark.soak)])
def test_free_transport_is_of_third_order(name: str, walls: str) -> None:
    errors = []
    for n in (60, 120):
        x, kind = np.linspace(0.0, 1.0, n + 1) if walls == "points" else (np.arange(n) + 0.5) / n, name.split()[0]
        frames = np.stack([after(kind, x, t) for t in np.linspace(0.0, 1.2, 13)])
        data = on(x, 1.2, 13, f=frames)
        f = simulate(kinetic(0.0), data, method="DOP853", rtol=1e-8, boundary={"x": name},
                     walls=walls).trajectory.array("f")
        errors.append(np.linalg.norm(f[-1] - frames[-1]) / np.linalg.norm(frames[0]))
    assert errors[1] < 2e-3
    assert errors[0] / errors[1] > 6.0, errors


def test_a_periodic_axis_is_that_of_periodic_data() -> None:
    x = np.arange(24) / 24
    data = on(x, 0.1, f=2.0 + np.sin(2 * np.pi * x) * (1.0 + V[:, None]))
    joined = Trajectory.of(data.dataset, periodic=True)
    for one, boundary in ((data, {"x": "periodic"}), (joined, {"x": "periodic"})):
        np.testing.assert_array_equal(simulate(kinetic(1.0), one, boundary=boundary).trajectory.array("f"),
                                      simulate(kinetic(1.0), joined).trajectory.array("f"))
    twice = np.append(x, 1.0)
    with pytest.raises(InputError, match="the last point of x is its first one again"):
        walled(kinetic(1.0), on(twice, 0.1, f=2.0 + np.sin(2 * np.pi * twice) * (1.0 + V[:, None])), x="periodic")
    open_ends = simulate(kinetic(1.0), joined, boundary={"x": "vacuum"}).trajectory
    assert (np.count_nonzero(open_ends.array("f")[-1][:, [0, -1]], axis=1) == 1).all()


def mass(values: Array, x: Array) -> float:
    return float(((values[1:] + values[:-1]) * np.diff(x)).sum() / 2.0)


@pytest.mark.parametrize(("method", "options", "uneven"), [
    ("RK45", {}, False), ("BDF", {"rtol": 1e-4}, False), pytest.param("RK45", {}, True, marks=pytest.mark.soak),
    ("imex-ars222", {"dt": 1e-3}, False)])
def test_mass_stays_between_mirrors_and_leaves_into_vacuum(method: str, options: dict[str, float],
                                                           uneven: bool) -> None:
    x = np.linspace(0.0, 1.0, 31)
    x = x + 0.02 * np.sin(2 * np.pi * x) * uneven
    start = np.exp(-3 * x) + 0.3 * V[:, None]
    data = on(x, 0.2, f=start)
    found = {name: simulate(kinetic(25.0, 5.0), data, method=method, boundary={"x": name}, **options).trajectory
             for name in ("reflecting", "vacuum")}
    average = {name: [mass(WEIGHTS @ frame / 2, x) for frame in one.array("f")] for name, one in found.items()}
    if not uneven:  # Differences on uneven points conserve nothing.
        np.testing.assert_allclose(average["reflecting"], average["reflecting"][0], rtol=1e-12)
    assert average["vacuum"][2] < average["vacuum"][1] < 0.9 * average["reflecting"][0]
    f = found["vacuum"].array("f")
    assert np.abs(f[:, V > 0, 0]).max() == np.abs(f[:, V < 0, -1]).max() == 0.0
    assert found["vacuum"].dataset.attrs["boundary"] == "x=vacuum"


@pytest.mark.parametrize(("method", "options"), [("RK45", {}), ("imex-ars222", {"dt": 1e-3})])
def test_cells_between_mirrors_keep_their_sum(method: str, options: dict[str, float]) -> None:
    x = (np.arange(30) + 0.5) / 30
    data = on(x, 0.2, f=np.exp(-3 * x) + 0.3 * V[:, None])
    made = simulate(kinetic(25.0, 5.0), data, method=method, boundary={"x": "reflecting"}, walls="cells", **options)
    sums = (WEIGHTS @ made.trajectory.array("f")).sum(axis=1)
    np.testing.assert_allclose(sums, sums[0], rtol=1e-12)
    np.testing.assert_array_equal(made.trajectory.array("f")[0], data.array("f")[0])
    assert made.trajectory.dataset.attrs["walls"] == "cells"
    for text, boundary in (("cells", None), ("faces", {"x": "vacuum"})):
        with pytest.raises(InputError, match=f"walls is '{text}': give points or cells, and a boundary"):
            simulate(kinetic(1.0), data, boundary=boundary, walls=text)


def test_density_and_the_rest_keep_their_mass_between_mirrors_for_any_epsilon() -> None:
    x = np.linspace(0.0, 1.0, 24)
    for eps in (1.0, 1e-4):
        data = on(x, 0.02, g=-2.0 * x * V[:, None], rho=(1.0 + x**2))
        made = simulate(micro_macro(eps), data, method="imex-ars222", dt=2e-4, boundary={"x": "reflecting"}).trajectory
        before, later = (mass(made.array("rho")[frame], x) for frame in (0, -1))
        assert abs(later / before - 1.0) < 1e-12
        assert abs(made.array("rho")[-1, -1] - 2.0) > 0.01
        # Nothing passes a mirror.
        assert np.abs(WEIGHTS @ (V[:, None] * made.array("g")[-1]))[[0, -1]].max() < 1e-12


@pytest.mark.parametrize("walls", ["points", "cells"])
@pytest.mark.parametrize("boundary", ["reflecting", "vacuum", "inflow 1 + t:reflecting"])
def test_the_pattern_holds_every_entry_of_the_jacobian(boundary: str, walls: str) -> None:
    x = np.linspace(0.0, 1.0, 12)
    data = on(x, 0.1, f=np.ones((4, 12)))
    march = march_between_walls(kinetic(4.0), data, None, conditions_of({"x": boundary}, data), walls == "cells")
    random, found = np.random.default_rng(0), march.pattern()
    y = random.normal(size=march.rhs.size)
    for column in range(y.size):
        moved = y + np.eye(y.size)[column]
        touched = np.flatnonzero(np.abs(march.rate(0.0, moved) - march.rate(0.0, y)) > 1e-6)
        assert set(touched) <= set(found[:, [column]].nonzero()[0])


def test_moments_and_velocities_of_the_plane_are_mirrored() -> None:
    x = np.linspace(0.0, 1.0, 12)
    fields = {name: np.repeat((1.0 + x)[None], 2, 0) for name in ("m0", "m1", "m2")}
    moments = Trajectory.from_arrays(fields, t=[0.0, 0.1], x=x)
    p2 = model_of({"m0": {"d_x m1": -1.0}, "m1": {"d_x m0": -1 / 3, "d_x m2": -2 / 3}, "m2": {"d_x m1": -0.4}}, moments)
    with pytest.raises(InputError, match=r"makes another word of d_x m1 in the equation of m0: name the fields"):
        walled(p2, moments, x="reflecting")
    march = walled(p2, moments, x="reflecting, m1 odd")
    width = (march.unpack(march.pack({name: one[0] for name, one in fields.items()}))["m0"].size - 12) // 2
    values = np.pad(1.0 + x, width)
    march.ends.fill("m1", 0.0, values)
    np.testing.assert_allclose(values[width - 1::-1], -(1.0 + x)[1:width + 1])
    assert values[width] == 0.0
    angles = 2.0 * np.pi * (np.arange(6) + 0.5) / 6
    random = np.random.default_rng(1)
    data = Trajectory.from_arrays(
        {"f": (("t", "angle", "y", "x"), random.uniform(0.5, 1.5, (2, 6, 9, 12)))}, t=[0.0, 0.1], x=x,
        y=0.3 * np.arange(9), axes={"angle": angles}, roles={"angle": "velocity"},
        coordinates={"c": ("angle", np.cos(angles)), "s": ("angle", np.sin(angles))},
        weights={"angle": np.full(6, 1 / 6)}, profiles={"sigma": (("y", "x"), np.ones((9, 12)))})
    made = model_of({"f": {word: PLANE["f"][word] for word in ("c_dx f", "s d_y f", "<f>", "sigma f")}}, data)
    march = walled(made, data, x="reflecting", y="vacuum")
    values = march.unpack(march.pack({"f": data.array("f")[0]}))["f"]
    march.ends.fill("f", 0.0, values)
    inner, (below, left) = march.ends.within("f", values), [(n - m) // 2 for n, m in zip(
        values.shape[1:], (9, 12), strict=True)]
    partner = [int(np.argmin(np.hypot(np.cos(angles) + c, np.sin(angles) - s)))
               for c, s in zip(np.cos(angles), np.sin(angles), strict=True)]
    np.testing.assert_array_equal(values[:, below:-below, left - 1], inner[partner][:, :, 1])
    assert np.abs(inner[np.sin(angles) > 0, 0]).max() == np.abs(inner[np.sin(angles) < 0, -1]).max() == 0.0


def test_long_forecasts_have_walls_and_go_on_with_the_same_ones(tmp_path: Path) -> None:
    x = np.linspace(0.0, 1.0, 24)
    data = on(x, 0.02, 5, g=-2.0 * x * V[:, None], rho=(1.0 + x**2))
    options = {"method": "imex-ars222", "dt": 1e-3, "block": 2}

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_to_folder(micro_macro(1.0), data, tmp_path / "out.zarr", progress=stop, boundary={"x": "reflecting"},
                           **options)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="frames of another model, data, time or step"):
        simulate_to_folder(micro_macro(1.0), data, tmp_path / "out.zarr", resume=True, **options)  # type: ignore[arg-type]
    made = simulate_to_folder(micro_macro(1.0), data, tmp_path / "out.zarr", resume=True, boundary={"x": "reflecting"},
                              **options)  # type: ignore[arg-type]
    whole = simulate(micro_macro(1.0), data, method="imex-ars222", dt=1e-3, boundary={"x": "reflecting"})
    assert made.total_errors == whole.total_errors


@pytest.mark.parametrize(("boundary", "made", "message"), [
    ({"y": "vacuum"}, kinetic(1.0), "the data has the axes of space x"),
    ({"x": "wall"}, kinetic(1.0), "choose from inflow, vacuum, reflecting, periodic"),
    ({"x": "vacuum 3"}, kinetic(1.0), "nothing goes behind vacuum"),
    ({"x": "inflow q"}, kinetic(1.0), "unknown name 'q'"),
    ({"x": "inflow 1/t"}, kinetic(1.0), "boundary of x: .* t = 0"),
    ({"x": "periodic:vacuum"}, kinetic(1.0), "periodic is both"),
    ({"x": "reflecting, E odd"}, kinetic(1.0), "the data has no field 'E'"),
    ({"x": "reflecting twice"}, kinetic(1.0), "write 'reflecting, m1 odd'"),
    ({"x": 3}, kinetic(1.0), "give a name, such as 'vacuum'"),
    ("x=vacuum", kinetic(1.0), "give conditions by axis"),
    ({"x": "vacuum"}, model({"f": {"v_dx f": -1.0, "d_xx f": 0.1}}, {"f": True}), "no transport of f by itself"),
])
def test_what_cannot_be_served_is_one_line(boundary: dict[str, str], made: Model, message: str) -> None:
    data = on(np.linspace(0.0, 1.0, 12), 0.1, f=np.ones((4, 12)))
    with pytest.raises(InputError, match=message) as caught:
        simulate(made, data, boundary=boundary)
    assert "\n" not in str(caught.value)


def test_velocities_and_equations_that_do_not_do_are_one_line() -> None:
    x = np.linspace(0.0, 1.0, 12)
    data = Trajectory.from_arrays({"f": np.ones((2, 3, 12))}, t=[0.0, 0.1], x=x, v=[-1.0, 0.2, 0.9],
                                  weights=[1.0, 1.0, 1.0], periodic=False)
    with pytest.raises(InputError, match="needs velocities in pairs, v and -v with the same weight"):
        walled(kinetic(1.0), data, x="reflecting")
    with pytest.raises(InputError, match="the equation of g has <v_dx g>, which is no transport of g by itself"):
        walled(micro_macro(1.0), on(x, 0.1, g=np.ones((4, 12)), rho=np.ones(12)), x="vacuum")


@pytest.mark.parametrize("texts", [("vacuum",), ("x=vacuum", "x=inflow"), ("=vacuum",)])
def test_the_option_names_each_axis_once(texts: tuple[str, ...]) -> None:
    from click.testing import CliRunner

    from symdcrnn.cli.simulate import simulate_command

    options = [word for text in texts for word in ("--boundary", text)]
    done = CliRunner().invoke(simulate_command, ["none.json", "none.nc", "-o", "out.nc", *options])
    assert done.exit_code == 2
    assert "write each axis once, such as --boundary x=vacuum" in done.output
