"""Kinetic problems: solvers against exact solutions and conservation, settings, and words of the exact equations."""

import numpy as np
import pytest
import scipy.linalg

import symdcrnn
from symdcrnn.errors import InputError
from symdcrnn.problems import PROBLEMS
from symdcrnn.problems.kinetic import KINETIC
from symdcrnn.problems.kinetic.gases import maxwellian
from symdcrnn.problems.kinetic.slab import chebyshev, interpolation
from symdcrnn.problems.kinetic.solvers import derivative, wave_numbers
from symdcrnn.regression.dictionary import space_of

NAMES = [entry.name for entry in KINETIC]
CASES = [(entry.name, preset) for entry in KINETIC for preset in entry.presets]
SMALL = {"nx": 16, "frames": 4}


def data(name, preset=None, known=False, noise=0.0, seed=0, **settings):
    return symdcrnn.generate(symdcrnn.problem(name, preset, **settings), known=known, noise=noise, seed=seed)


def integral(trajectory, values, power=0):
    """sum of weights v^power values over v, shape (frames, points)."""
    return np.einsum("v,tvx->tx", trajectory.weights * trajectory.v**power, values)


def residual(trajectory, length, rate, name="f"):
    """How far d_t of a field, by differences of eighth order, is from a rate given at the middle frame."""
    weights = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0.0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
    slope = np.tensordot(weights, trajectory.array(name)[:9], 1) / trajectory.dt
    return np.abs(slope - rate).max() / np.abs(rate).max()


@pytest.mark.parametrize(("name", "preset"), CASES)
def test_words_of_exact_equations_are_written_as_a_fit_writes_them(name, preset):
    names = {one.name for one in PROBLEMS[name].parameters}
    sizes = {key: size for key, size in {"nx": 16, "ny": 8, "frames": 2, "first": 0, "nodes": 16}.items()
             if key in names}
    trajectory = data(name, preset, known=name == "ordinates-2d", **sizes)
    space = space_of(trajectory)
    assert set(trajectory.exact) == set(trajectory.field_names)
    for words in trajectory.exact.values():
        assert [str(space.word(word)) for word in words] == list(words)
        assert all(abs(value) > 0.0 for value in words.values())


@pytest.mark.parametrize("preset", ["linear", "henyey-greenstein"])
def test_scattering_conserves_and_has_the_exponential_in_time(preset):
    trajectory = data("anisotropic", preset, frames=9, dt=1e-3, velocities=12, epsilon=0.5)
    f, v, w = trajectory.array("f"), trajectory.v, trajectory.weights
    mass = integral(trajectory, f).sum(axis=1)
    np.testing.assert_allclose(mass, mass[0], rtol=1e-13)
    degree, g = (1, 0.5) if preset == "linear" else (11, 0.7)
    kernel = sum((2 * order + 1) * g**order * np.outer(*2 * [np.polynomial.legendre.Legendre.basis(order)(v)])
                 for order in range(degree + 1))
    middle = f[4]
    rate = -v[:, None] * derivative(middle, 1.0) / 0.5 + ((kernel * w) @ middle - middle) / 0.25
    assert residual(trajectory, 1.0, rate) < 1e-10


def test_frames_start_where_they_are_asked_to():
    whole, later = data("goldstein-taylor", frames=12, **{"nx": 16}), data("goldstein-taylor", first=8, **SMALL)
    np.testing.assert_allclose(later.array("f"), whole.array("f")[8:], atol=1e-13)
    np.testing.assert_allclose(later.t, whole.t[8:])


def test_groups_lose_and_gain_what_the_cross_sections_say():
    trajectory = data("groups", "three", frames=9, nx=32, dt=1e-3)
    mean = np.stack([integral(trajectory, trajectory.array(f"f{group}")).mean(axis=1) for group in (1, 2, 3)])
    speeds, total = np.array([3, 2, 1.0]), np.array([1, 1.5, 2.5])
    exchange = np.array([[0.5, 0, 0], [0.3, 0.8, 0.2], [0.2, 0.5, 2]]) + np.outer([0.9, 0.1, 0], [0.05, 0.2, 0.3])
    balance = speeds[:, None] * (exchange - np.diag(total))
    expected = np.stack([scipy.linalg.expm(t * balance) @ mean[:, 0] for t in trajectory.t])
    np.testing.assert_allclose(mean.T, expected, rtol=1e-12)
    assert trajectory.exact["f2"]["<f3>"] == pytest.approx(2 * (0.2 + 0.1 * 0.3))


def test_two_velocities_are_the_telegraph_equation():
    """The density of the wave exp(i k x) obeys rho'' + rho'/eps^2 + k^2 rho/eps^2 = 0."""
    epsilon, k = 0.5, 2 * np.pi
    trajectory = data("goldstein-taylor", epsilon=epsilon, initial_f="1 + cos(2*pi*x)", nx=16, frames=20)
    roots = np.roots([1.0, 1 / epsilon**2, k**2 / epsilon**2])
    expected = (roots[1] * np.exp(roots[0] * trajectory.t) - roots[0] * np.exp(roots[1] * trajectory.t)) / (
        roots[1] - roots[0])
    density = integral(trajectory, trajectory.array("f"))[:, 0] - 1.0
    np.testing.assert_allclose(density, expected.real, atol=1e-12)


def test_moments_are_those_of_transport_until_the_last_one_is_felt():
    settings = {"nx": 16, "frames": 3, "dt": 0.02, "length": 2 * np.pi, "initial_f": "1 + sin(x)*(1 + v)"}
    moments = data("pn", "p7", order=15, **settings)
    f = data("anisotropic", "linear", g=0.0, velocities=16, **settings)
    for degree in range(4):
        own = np.polynomial.legendre.Legendre.basis(degree)(f.v)
        np.testing.assert_allclose(moments.array(f"m{degree}"), np.einsum("v,tvx->tx", f.weights * own, f.array("f")),
                                   atol=1e-12)


def test_gas_conserves_mass_momentum_and_energy_and_gains_entropy():
    trajectory = data("bgk", nx=24, frames=9, dt=0.01)
    f, v = trajectory.array("f"), trajectory.v
    for power in (0, 1, 2):
        total = integral(trajectory, f, power).sum(axis=1)
        np.testing.assert_allclose(total, total[0], atol=1e-11 * np.abs(integral(trajectory, f, 2)).sum(axis=1)[0])
    assert np.all(np.diff(-np.sum(f * np.log(f), axis=(1, 2))) > 0.0)
    equilibrium = maxwellian(f[4], v, v[1] - v[0])
    for power in (0, 1, 2):
        np.testing.assert_allclose(v**power @ equilibrium, v**power @ f[4], rtol=1e-12, atol=1e-12)
    rate = equilibrium - f[4] - v[:, None] * derivative(f[4], 1.0)
    assert residual(trajectory, 1.0, rate) < 1e-6


def test_linear_gas_conserves_three_moments():
    trajectory = data("linear-bgk", frames=6, nx=16)
    h = trajectory.array("h")
    for power in (0, 1, 2):
        total = integral(trajectory, h, power).mean(axis=1)
        np.testing.assert_allclose(total, total[0], atol=1e-13)


def test_diffusion_in_v_makes_gaussians_of_gaussians():
    """Without x the mean decays by exp(-t), and the variance towards the temperature by exp(-2 t)."""
    trajectory = data("fokker-planck", frames=5, dt=0.1, nx=8, temperature=0.8, velocities=97, v_max=9.0,
                      initial_f="exp(-(v - 1)^2)")
    for time, frame in zip(trajectory.t, trajectory.array("f"), strict=True):
        mean, variance = np.exp(-time), 0.8 + (0.5 - 0.8) * np.exp(-2 * time)
        exact = np.sqrt(0.5 / variance) * np.exp(-(trajectory.v - mean) ** 2 / (2 * variance))
        np.testing.assert_allclose(frame, np.broadcast_to(exact[:, None], frame.shape), atol=1e-11)


def test_brownian_particles_spread_as_langevin_says():
    """A wave in x of a Gaussian in v stays one; its density is what the integral of the velocity, a Gaussian, makes."""
    trajectory = data("fokker-planck", frames=5, dt=0.2, nx=8, initial_f="cos(x)*exp(-v^2/2)/sqrt(2*pi)")
    density = (trajectory.v[1] - trajectory.v[0]) * trajectory.array("f").sum(axis=1)
    spread = 2 * (trajectory.t - 1 + np.exp(-trajectory.t))
    np.testing.assert_allclose(density[:, 0], np.exp(-spread / 2), atol=1e-11)


@pytest.mark.parametrize("preset", ["landau", "two-stream"])
def test_plasma_conserves_mass_and_energy_and_obeys_poisson_and_ampere(preset):
    trajectory = data("vlasov-poisson", preset, nx=24, velocities=64, frames=9, dt=0.05)
    f, field, v, length = trajectory.array("f"), trajectory.array("E"), trajectory.v, 4 * np.pi
    width = v[1] - v[0]
    density = width * f.sum(axis=1)
    np.testing.assert_allclose(derivative(field, length), 1.0 - density, atol=1e-12)
    energy = width * np.einsum("v,tvx->t", v**2, f) / 2 + (field**2).sum(axis=1) / 2
    np.testing.assert_allclose(energy, energy[0], rtol=1e-11)
    np.testing.assert_allclose((f**2).sum(axis=(1, 2)), (f[0]**2).sum(), rtol=1e-10)
    assert residual(trajectory, length, width * v @ f[4], "E") < 1e-7


def test_a_weak_wave_is_damped_as_landau_says():
    """k = 1/2: the field of the slowest mode decays by the rate 0.1533."""
    trajectory = data("vlasov-poisson", "landau", nx=8, velocities=128, dt=0.2, frames=101,
                      initial_f="(1 + 1e-5*cos(x/2))*exp(-v^2/2)/sqrt(2*pi)")
    amplitude = np.abs(np.fft.rfft(trajectory.array("E"), axis=1)[:, 1])
    peaks = 1 + np.flatnonzero((amplitude[1:-1] > amplitude[2:]) & (amplitude[1:-1] > amplitude[:-2]))
    peaks = peaks[trajectory.t[peaks] > 3.0]
    rate = np.polyfit(trajectory.t[peaks], np.log(amplitude[peaks]), 1)[0]
    assert rate == pytest.approx(-0.1533, rel=0.02)


def test_particles_are_drawn_from_f():
    settings = {"nx": 8, "velocities": 32, "frames": 6}
    f = data("vlasov-poisson", **settings).array("f")
    drawn = data("vlasov-poisson", particles=50, **settings)
    counts = drawn.array("f") * 50 / f.mean()
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-9)
    noise = drawn.array("f") - f
    expected = np.sqrt(np.maximum(f, 0.0) * f.mean() / 50)
    assert np.sqrt((noise**2).mean()) == pytest.approx(np.sqrt((expected**2).mean()), rel=0.1)
    again, other = (data("vlasov-poisson", particles=50, seed=seed, **settings).array("f") for seed in (0, 1))
    np.testing.assert_array_equal(drawn.array("f"), again)
    assert np.any(other != again)


def test_radiation_and_matter_keep_their_energy():
    trajectory = data("radiation", frames=9, epsilon=0.5, heat_capacity=2.0, nx=32, dt=1e-3)
    radiation, matter = trajectory.array("F"), trajectory.array("T")
    energy = integral(trajectory, radiation).mean(axis=1) + 2.0 * matter.mean(axis=1)
    np.testing.assert_allclose(energy, energy[0], rtol=1e-11)
    emitted = 4.0 * (matter[4] ** 4 - radiation[4])
    assert residual(trajectory, 1.0, emitted - 2.0 * trajectory.v[:, None] * derivative(radiation[4], 1.0), "F") < 1e-9


@pytest.mark.parametrize("preset", ["time", "density"])
def test_opacity_is_what_the_settings_say(preset):
    trajectory = data("opacity", preset, frames=9, nx=24, dt=1e-3)
    f, t = trajectory.array("f")[4], trajectory.t[4]
    density = trajectory.weights @ f
    sigma = 1 + np.sin(8 * t) / 2 if preset == "time" else 0.5 + 2 * density**2
    assert residual(trajectory, 1.0, sigma * (density - f) - trajectory.v[:, None] * derivative(f, 1.0)) < 1e-10


def test_slab_has_inflow_and_is_the_same_on_other_points():
    coarse, fine = (data("slab", velocities=4, nx=41, frames=4, first=60, dt=0.02, nodes=nodes, center=0.5)
                    for nodes in (64, 80))
    np.testing.assert_allclose(coarse.array("f"), fine.array("f"), rtol=0.0, atol=2e-9)
    inflow = (1 - np.exp(-coarse.t / 0.6)) ** 12
    entering = coarse.v > 0
    np.testing.assert_allclose(coarse.array("f")[:, entering, 0], np.outer(inflow, np.ones(2)), atol=1e-12)
    np.testing.assert_allclose(coarse.array("f")[:, ~entering, -1], 0.0, atol=1e-12)
    assert not coarse.periodic


def test_slab_obeys_its_equation_inside():
    trajectory = data("slab", velocities=4, nx=161, frames=9, first=160, dt=0.01)
    f, v = trajectory.array("f")[4], trajectory.v[:, None]
    weights = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0.0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
    slope = sum(weight * f[:, shift:153 + shift] for shift, weight in enumerate(weights)) * 160
    inner, x = f[:, 4:-4], trajectory.x[4:-4]
    rate = trajectory.weights @ inner - 1.5 * inner - v * slope + np.exp(-100 * (x - 0.6) ** 2)
    found = np.tensordot(weights, trajectory.array("f")[:9, :, 4:-4], 1) / 0.01
    assert np.abs(found - rate).max() < 1e-6


def test_chebyshev_points_differentiate_and_interpolate_polynomials():
    points, slope = chebyshev(20)
    x = np.linspace(0, 1, 7)
    np.testing.assert_allclose(slope @ points**9, 9 * points**8, atol=1e-11)
    np.testing.assert_allclose(interpolation(points, x) @ points**9, x**9, atol=1e-13)


def test_ordinates_fly_and_scatter():
    trajectory = data("ordinates-2d", nx=16, ny=20, angles=6, frames=9, dt=1e-3)
    f, c, s = trajectory.array("f"), *(trajectory.coordinates[name][1][:, None, None] for name in "cs")
    mass = f.mean(axis=(1, 2, 3))
    np.testing.assert_allclose(mass, mass[0], rtol=1e-13)
    middle = f[4]
    rate = middle.mean(axis=0) - middle - c * derivative(middle, 1.0) - s * derivative(middle, 1.0, axis=1)
    assert residual(trajectory, 1.0, rate) < 1e-10


def test_both_solvers_of_ordinates_agree():
    settings = {"nx": 8, "ny": 12, "angles": 4, "frames": 4, "dt": 0.02,
                "initial_f": "1 + sin(2*pi*x)*(1 + s)*cos(2*pi*y)"}
    exact = data("ordinates-2d", "circle", sigma_a="0.5", **settings)
    marched = data("ordinates-2d", "circle", sigma_a="0.5 + 0*x", **settings)
    np.testing.assert_allclose(exact.array("f"), marched.array("f"), atol=1e-10)
    assert exact.exact["f"]["f"] == -1.5
    assert marched.exact is None


def test_a_medium_of_space_is_stored_where_it_is_to_be_known():
    settings = {"nx": 8, "ny": 8, "angles": 4, "frames": 2}
    trajectory = data("ordinates-2d", "lattice", known=True, **settings)
    assert set(trajectory.profile_names) == {"sigma_s", "sigma_a", "source"}
    assert set(trajectory.exact["f"]) == {"c d_x f", "s d_y f", "sigma_s f", "sigma_s <f>", "sigma_a f", "source"}
    assert data("ordinates-2d", "lattice", **settings).exact is None


def test_derivatives_and_wave_numbers():
    assert wave_numbers(6, 2 * np.pi, half=False) == pytest.approx([0, 1, 2, 0, -2, -1])
    assert wave_numbers(5, 2 * np.pi, half=False) == pytest.approx([0, 1, 2, -2, -1])
    x = np.arange(9) * 2 / 9
    np.testing.assert_allclose(derivative(np.sin(np.pi * x)[:, None], 2.0, axis=0)[:, 0], np.pi * np.cos(np.pi * x),
                               atol=1e-13)


@pytest.mark.parametrize(("name", "changes", "message"), [
    ("anisotropic", {"epsilon": 2.0}, "epsilon is 2.0: give a number above 0 and at most 1"),
    ("anisotropic", {"g": 1.5}, "between -1 and 1"),
    ("anisotropic", {"degree": 16}, "raise velocities or lower degree"),
    ("anisotropic", {"velocities": 1}, "velocities is 1: give a whole number from 2 on"),
    ("anisotropic", {"velocities": 2000}, "give at most 1000"),
    ("anisotropic", {"initial_f": "y"}, "initial_f: "),
    ("anisotropic", {"initial_f": 3}, "initial_f is 3: give text"),
    ("anisotropic", {"frames": 1}, "frames is 1: give a whole number from 2 on"),
    ("anisotropic", {"dt": 0.0}, "dt is 0.0: give a positive number"),
    ("anisotropic", {"sigma": 1.0}, "there is no parameter 'sigma'"),
    ("anisotropic", {"velocity": 3}, "did you mean 'velocities'"),
    ("groups", {"total": "1, 2, 3"}, "total has 3 numbers, but speeds are of 2 groups: give 2"),
    ("groups", {"scattering": "1, 2; 3"}, "rows of 2 and 1 numbers"),
    ("groups", {"speeds": "1, -2"}, "positive speeds"),
    ("groups", {"fission": "1, x"}, "fission: "),
    ("bgk", {"v_max": 2.0}, "it must decay there"),
    ("vlasov-poisson", {"particles": -1}, "particles is -1: give a whole number from 0 on"),
    ("ordinates-2d", {"sigma_a": "-x"}, "nowhere negative"),
    ("ordinates-2d", {"nx": 10**9}, "GiB"),
])
def test_bad_settings_are_refused(name, changes, message):
    with pytest.raises(InputError, match=message):
        data(name, **changes)


def test_what_is_no_problem_is_refused():
    with pytest.raises(InputError, match="unknown problem 'gas': choose from transport, "):
        symdcrnn.problem("gas")
    with pytest.raises(InputError, match="there is no preset 'big': use standard"):
        symdcrnn.problem("bgk", "big")
    with pytest.raises(InputError, match=r"give a TransportProblem, such as preset\('notebook'\), or what problem"):
        symdcrnn.generate("bgk")
    with pytest.raises(InputError, match="leave out --known"):
        data("bgk", known=True, **SMALL)


def test_a_solution_that_blows_up_is_said():
    with pytest.raises(InputError, match="the solution blew up at t = "):
        data("opacity", "time", sigma_0=-1e4, sigma_t=0.0, nx=8, velocities=2, frames=40, dt=0.5)


def test_a_state_without_a_temperature_is_said():
    with pytest.raises(InputError, match="the rate of change is not finite at t = 0: choose another initial state"):
        data("bgk", initial_f="(1 - v^2/2)*exp(-v^2/2)", **SMALL)


def test_other_problems_are_posed_by_name_too():
    assert symdcrnn.problem("transport") == symdcrnn.preset("notebook")
    trajectory = symdcrnn.generate(symdcrnn.problem("burgers", nx=64, frames=3))
    assert trajectory.array("u").shape == (3, 64)


@pytest.mark.parametrize("name", NAMES)
def test_noise_is_a_part_of_the_deviation_of_each_field(name):
    settings = {"frames": 2} | ({"nx": 24, "ny": 24} if name == "ordinates-2d" else {})
    clean, noisy = data(name, **settings), data(name, noise=0.05, seed=3, **settings)
    for field in clean.field_names:
        difference = noisy.array(field) - clean.array(field)
        size = np.sqrt(difference.size)
        assert np.sqrt((difference**2).mean()) == pytest.approx(0.05 * clean.array(field).std(), rel=4 / size)
    assert noisy.dataset.attrs["problem"] == name
    assert noisy.dataset.attrs["noise"] == 0.05
