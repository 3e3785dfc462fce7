"""The transport problem: its settings, and its solver against a slow and obvious one."""

import numpy as np
import pytest

from symdcrnn.data import gauss_legendre, parse_expression, read_trajectory, write_trajectory
from symdcrnn.errors import InputError
from symdcrnn.problems import PRESETS, PROBLEMS, TransportProblem, exact_equations, generate, preset

SMALL = {"nx": 24, "velocities": 4, "frames": 4, "every": 3, "first": 1, "steps": 12}


def slow(problem: TransportProblem) -> tuple[np.ndarray, np.ndarray]:
    """Eqs. (8.1)-(8.4) as they stand, stage by stage, with rolled arrays."""
    v, w = gauss_legendre(problem.velocities)
    v, w, dx, dt, eps = v[:, None], w[:, None], 1 / problem.nx, problem.dt, problem.epsilon
    ss, sa, src, rho = (parse_expression(text).evaluate(problem.x) for text in
                        (problem.sigma_s, problem.sigma_a, problem.source, problem.initial_rho))
    g = np.zeros((problem.velocities, problem.nx))
    gamma = 1 - np.sqrt(2) / 2
    delta = 1 - 1 / (2 * gamma)
    a_explicit, w_explicit = [[0, 0, 0], [gamma, 0, 0], [delta, 1 - delta, 0]], [delta, 1 - delta, 0]
    a_implicit, w_implicit = [[0, 0, 0], [0, gamma, 0], [0, 1 - gamma, gamma]], [0, 1 - gamma, gamma]

    def roll(u, k):
        return np.roll(u, -k, -1)

    def minus(u):
        return (2 * roll(u, 1) + 3 * u - 6 * roll(u, -1) + roll(u, -2)) / (6 * dx)

    def plus(u):
        return (-roll(u, 2) + 6 * roll(u, 1) - 3 * u - 2 * roll(u, -1)) / (6 * dx)

    frames = [(g, rho)]
    for step in range(problem.needed_steps):
        explicit_g, implicit_g, explicit_rho, implicit_rho = [], [], [], []
        for i in range(3):
            known_g = g + dt * sum(a_explicit[i][j] * explicit_g[j] + a_implicit[i][j] * implicit_g[j]
                                   for j in range(i))
            g_i = known_g / (1 + dt * a_implicit[i][i] * ss / eps**2)
            transport = v * np.where(v > 0, minus(g_i), plus(g_i))
            average = (w * transport).sum(0)
            implicit_g.append(-ss / eps**2 * g_i)
            implicit_rho.append(-average)
            rho_i = rho + dt * (sum(a_explicit[i][j] * explicit_rho[j] for j in range(i))
                                + sum(a_implicit[i][j] * implicit_rho[j] for j in range(i + 1)))
            explicit_g.append(-(transport - average) / eps - v * np.where(v > 0, plus(rho_i), minus(rho_i)) / eps**2
                              - sa * g_i)
            explicit_rho.append(-sa * rho_i + src)
        g = g + dt * sum(w_explicit[i] * explicit_g[i] + w_implicit[i] * implicit_g[i] for i in range(3))
        rho = rho + dt * sum(w_explicit[i] * explicit_rho[i] + w_implicit[i] * implicit_rho[i] for i in range(3))
        if (step + 1) % problem.every == 0:
            frames.append((g, rho))
    kept = frames[problem.first:problem.first + problem.frames]
    return np.array([frame[0] for frame in kept]), np.array([frame[1] for frame in kept])


@pytest.mark.parametrize("name", list(PRESETS))
@pytest.mark.parametrize("epsilon", [1.0, 1 / 16, 1 / 256])
@pytest.mark.parametrize("coefficients", [
    {}, {"sigma_s": "1 + 0.5*sin(2*pi*x)", "sigma_a": "x^2", "source": "cos(2*pi*x)"}, {"sigma_s": "0", "dt": 1e-6},
    {"sigma_a": "3", "velocities": 5}])
def test_solver_against_the_slow_one(name, epsilon, coefficients):
    problem = preset(name, epsilon=epsilon, **{**SMALL, **coefficients})
    trajectory = generate(problem)
    for field, expected in zip(("g", "rho"), slow(problem), strict=True):
        np.testing.assert_allclose(trajectory.array(field), expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_presets():
    paper, notebook = preset("paper"), preset("notebook", epsilon=1 / 64)
    assert (paper.nx, paper.velocities, paper.frames, paper.needed_steps) == (1000, 16, 56, 440)
    assert paper.dt == pytest.approx(5e-7, rel=1e-14)
    assert (notebook.nx, notebook.first, notebook.frames, notebook.epsilon) == (400, 7, 30, 1 / 64)
    assert preset("paper", nx=100).dt == pytest.approx(0.5e-4)
    assert preset("paper", nx=100, dt=1e-6).dt == 1e-6


def test_paper_preset_as_a_trajectory(tmp_path):
    trajectory = generate(preset("paper", epsilon=1 / 64))
    assert trajectory.array("g").shape == (56, 16, 1000)
    assert trajectory.dt == pytest.approx(4e-6)
    assert trajectory.t[0] == 0.0
    assert not trajectory.array("g")[0].any()
    assert trajectory.notices == ()
    assert trajectory.profile_names == ()
    assert trajectory.exact == {
        "g": {"g": -4096.0, "v_dx g": -64.0, "<v_dx g>": 64.0, "v_dx rho": -4096.0}, "rho": {"<v_dx g>": -1.0}}
    write_trajectory(trajectory, tmp_path / "a.nc")
    assert read_trajectory(tmp_path / "a.nc").dataset.identical(trajectory.dataset)


def test_average_of_g_stays_zero_and_mass_is_conserved():
    trajectory = generate(preset("notebook", epsilon=1 / 16))
    g, rho = trajectory.array("g"), trajectory.array("rho")
    # Not to rounding: <v d_x rho> is zero for d_x, but only third-order small for the upwind stencils.
    assert np.abs(np.einsum("v,tvx->tx", trajectory.weights, g)).max() < 1e-5 * np.abs(g).max()
    mass = rho.sum(1)
    np.testing.assert_allclose(mass, mass[0], rtol=1e-12)


def test_absorption_and_source_change_the_mass_as_they_should():
    problem = preset("notebook", epsilon=0.25, nx=40, sigma_a="2", source="3", dt=1e-4, steps=1000, every=100, first=0,
                     frames=11)
    trajectory = generate(problem)
    mass, t = trajectory.array("rho").mean(1), trajectory.t
    np.testing.assert_allclose(mass, mass[0] * np.exp(-2 * t) + 1.5 * (1 - np.exp(-2 * t)), rtol=1e-7)


@pytest.mark.parametrize("epsilon", [1.0, 0.25])
def test_second_order_in_time(epsilon):
    def final(n):
        problem = preset("paper", epsilon=epsilon, nx=50, dt=0.02 / n, steps=n, every=n, first=0, frames=2,
                         sigma_a="1 + x", source="sin(2*pi*x)")
        trajectory = generate(problem)
        return np.concatenate([trajectory.array("g")[-1].ravel(), trajectory.array("rho")[-1]])

    reference = final(1600)
    errors = [np.abs(final(n) - reference).max() for n in (50, 100, 200)]
    rates = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert np.all(rates > 1.85)
    assert np.all(rates < 2.3)


def test_initial_g_of_x_and_v():
    trajectory = generate(preset("paper", **{**SMALL, "first": 0, "initial_g": "v*sin(2*pi*x)"}))
    np.testing.assert_allclose(trajectory.array("g")[0],
                               trajectory.v[:, None] * np.sin(2 * np.pi * trajectory.x), atol=1e-15)


def test_noise_is_reproducible_and_of_the_right_size():
    problem = preset("notebook", nx=100)
    clean, one, same, other = (generate(problem, noise, seed) for noise, seed in
                               ((0.0, 0), (0.05, 1), (0.05, 1), (0.05, 2)))
    for name in ("g", "rho"):
        np.testing.assert_array_equal(one.array(name), same.array(name))
        assert not np.array_equal(one.array(name), other.array(name))
        noise = one.array(name) - clean.array(name)
        assert noise.std() == pytest.approx(0.05 * clean.array(name).std(), rel=0.05)
    assert one.dataset.attrs["noise"] == 0.05
    assert one.dataset.attrs["seed"] == 1


def test_coefficients_are_stored_only_when_known():
    problem = preset("notebook", **{**SMALL, "sigma_s": "1 + x^2"})
    assert generate(problem).profile_names == ()
    trajectory = generate(problem, known=True)
    assert trajectory.profile_names == ("sigma_s", "sigma_a", "source")
    np.testing.assert_array_equal(trajectory.profile("sigma_s"), 1 + trajectory.x**2)
    assert trajectory.dataset.attrs["problem_sigma_s"] == "1 + x^2"


def test_exact_equations_only_where_they_have_constant_coefficients():
    def words(**more):
        return exact_equations(preset("paper", epsilon=0.5, **more))

    assert words(sigma_s="2", sigma_a="3") == {
        "g": {"g": -11.0, "v_dx g": -2.0, "<v_dx g>": 2.0, "v_dx rho": -4.0}, "rho": {"<v_dx g>": -1.0, "rho": -3.0}}
    assert set(words(sigma_s="1+x")) == {"rho"}
    assert set(words(source="1")) == {"g"}
    assert words(sigma_a="x") is None
    assert generate(preset("paper", **{**SMALL, "sigma_a": "x"})).exact is None


def test_progress_counts_up_and_may_stop():
    seen = []
    generate(preset("paper", **SMALL), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(3, 12), (6, 12), (9, 12), (12, 12)]

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(preset("paper", **SMALL), progress=stop)


def test_long_stretches_are_cut_into_chunks(monkeypatch):
    problem = preset("paper", **SMALL)
    whole = generate(problem)
    monkeypatch.setattr("symdcrnn.problems.generation.CHUNK", 2 * 4 * 24)
    seen = []
    cut = generate(problem, progress=lambda done, total: seen.append(done))
    assert seen == [2, 3, 5, 6, 8, 9, 11, 12]
    np.testing.assert_array_equal(whole.array("g"), cut.array("g"))


@pytest.mark.parametrize("dt", [0.01, 1.0, 1e300])
def test_blow_up_is_said(dt):
    with pytest.raises(InputError, match="smaller dt"):
        generate(preset("paper", epsilon=1 / 16, nx=50, dt=dt))


@pytest.mark.parametrize("change", [
    {"epsilon": 0.0}, {"epsilon": 1.1}, {"epsilon": float("nan")}, {"epsilon": "1/2"}, {"epsilon": True}, {"nx": 4},
    {"nx": 10.0}, {"nx": "a"}, {"nx": -3}, {"nx": 0}, {"velocities": 0}, {"velocities": 100000}, {"dt": 0.0},
    {"dt": float("inf")}, {"dt": -1}, {"steps": 439}, {"every": 0}, {"first": -1}, {"frames": 1}, {"frames": 58},
    {"initial_rho": "y"}, {"initial_rho": "log(x)"}, {"initial_rho": "0"}, {"initial_g": "x"}, {"initial_g": "v^2"},
    {"sigma_s": "x - 1/2"}, {"sigma_a": "-1"}, {"sigma_s": "1/x"}, {"source": "1/x"}, {"sigma_s": 1.0}, {"sigma": "1"},
    {"qqq": 1}])
def test_bad_settings(change):
    with pytest.raises(InputError) as info:
        preset("paper", **change)
    assert "\n" not in str(info.value)
    assert any(word in str(info.value) for word in change)


def test_bad_preset_noise_and_seed():
    with pytest.raises(InputError, match="paper or notebook"):
        preset("papers")
    problem = preset("paper", **SMALL)
    for noise, seed in ((-1.0, 0), (float("nan"), 0), ("a", 0), (0.1, -1), (0.1, 1.5)):
        with pytest.raises(InputError):
            generate(problem, noise, seed)


def test_registry_has_what_a_command_line_needs():
    entry = PROBLEMS["transport"]
    assert set(entry.presets) == set(PRESETS)
    assert [parameter.name for parameter in entry.parameters] == list(TransportProblem.__dataclass_fields__)
    assert entry.generate(entry.preset("notebook", nx=30)).frames == 30
