"""An operator that the package does not know: fitted from Python and the shell, saved, loaded, marched, written out."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.integrate

import symdcrnn
from symdcrnn import InputError, Operator, Pointwise, Profile, Quadrature, Stencil, Trajectory
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.runtime.binding import bind
from symdcrnn.kernels.runtime.memory import check_memory
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.regression.dictionary import space_of
from symdcrnn.schemes.multistep import SCHEMES, residual

Command = Callable[..., subprocess.CompletedProcess[str]]

DIFFUSE = Operator("diffuse", [Stencil("x", 1), Profile("1 + 0.5*cos(x)"), Stencil("x", 1)], latex=r"\mathcal{D} {}")
"""d_x ((1 + cos(x)/2) d_x u)"""

TOML = """
[operators.diffuse]
rules = [{stencil = "x", order = 1}, {profile = "1 + 0.5*cos(x)"}, {stencil = "x", order = 1}]
latex = '\\mathcal{D} {}'
"""


@pytest.fixture(scope="module")
def data() -> Trajectory:
    """d_t u = 0.3 diffuse u, by the exponential of its matrix of Fourier differentiation."""
    import scipy.linalg

    n = 64
    x = 2.0 * np.pi * np.arange(n) / n
    wave = 1j * np.fft.fftfreq(n, 1.0 / n)
    wave[n // 2] = 0.0
    slope = np.real(np.fft.ifft(wave[:, None] * np.fft.fft(np.eye(n), axis=0), axis=0))
    t = np.linspace(0.0, 0.8, 41)
    step = scipy.linalg.expm(0.3 * (t[1] - t[0]) * slope @ np.diag(1.0 + 0.5 * np.cos(x)) @ slope)
    u = [np.sin(x) + 0.5 * np.cos(2.0 * x + 1.0)]
    for _ in t[1:]:
        u.append(step @ u[-1])
    return Trajectory.from_arrays({"u": np.array(u)}, t=t, x=x, periodic=True)


@pytest.mark.usefixtures("interpreted")
def test_from_python(data: Trajectory, tmp_path: Path) -> None:
    model = symdcrnn.fit(data, operators=["I", DIFFUSE], layers=1, words=["u^2"], bootstrap=0)
    assert {term.word: term.coefficient for term in model["u"].terms} == pytest.approx({"diffuse u": 0.3}, rel=1e-5)
    model.save(tmp_path / "model.json")
    loaded = symdcrnn.load_model(tmp_path / "model.json")
    assert loaded == model
    made = symdcrnn.simulate(loaded, data, rtol=1e-8)
    assert made.total_errors["u"] < 1e-5
    rate = symdcrnn.right_hand_side(loaded, data, "u")
    rhs = loaded.rhs(data)
    found = scipy.integrate.solve_ivp(rhs, (data.t[0], data.t[-1]), data.array("u")[0], method="LSODA", rtol=1e-8)
    assert np.linalg.norm(found.y[:, -1] - data.array("u")[-1]) < 1e-5 * np.linalg.norm(data.array("u")[-1])
    change = (data.array("u")[2:] - data.array("u")[:-2]) / (2.0 * data.dt)
    np.testing.assert_allclose(rate[1:-1], change, atol=1e-3)


@pytest.mark.usefixtures("interpreted", "undrawn")
def test_from_the_shell(data: Trajectory, tmp_path: Path, command: Command) -> None:
    symdcrnn.write_trajectory(data, tmp_path / "data.nc")
    (tmp_path / "own.toml").write_text(TOML, encoding="utf-8")

    def run(*arguments: str) -> str:
        done = command(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    given = ("--operator-file", "own.toml", "--operators", "I,diffuse", "--layers", "1", "--word", "u^2",
             "--bootstrap", "0")
    fitted = json.loads(run("fit", "data.nc", *given, "-o", "model.json", "--json"))
    assert fitted["equations"]["u"] == pytest.approx({"diffuse u": 0.3}, rel=1e-5)
    swept = json.loads(run("sweep", "data.nc", *given, "--vary", "scheme=newton-cotes4,newton-cotes8", "--json"))
    assert [one["report"]["equations"]["u"] for one in swept["fits"]] == [
        pytest.approx({"diffuse u": 0.3}, rel=1e-4)] * 2
    (tmp_path / "own.toml").unlink()
    assert "diffuse u" in run("inspect", "model.json")
    assert "diffuse u" in run("inspect", "model.json", "--polynomial", "--field", "u")
    assert r"\mathcal{D} u" in run("inspect", "model.json", "--polynomial", "--field", "u", "--format", "latex")
    typeset = run("inspect", "model.json", "--format", "latex").strip()
    assert re.fullmatch(r"\\partial_t u = (0\.3|0\.29999\d|0\.30000\d)\\, \\mathcal\{D\} u", typeset), typeset
    assert json.loads(run("inspect", "model.json", "--format", "json"))["equations"] == fitted["equations"]
    plain = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    assert json.loads(plain["settings"]["own_operators"][0])["latex"] == r"\mathcal{D} {}"
    assert "_difference" in run("inspect", "model.json", "--kernel", "apply")
    made = json.loads(run("simulate", "model.json", "data.nc", "-o", "forecast.nc", "--json"))
    assert made["relative_error"]["u"] < 1e-5
    forecast = symdcrnn.read_trajectory(tmp_path / "forecast.nc")
    np.testing.assert_allclose(forecast.array("u")[-1], data.array("u")[-1], rtol=0.0, atol=1e-5)
    run("report", "model.json", "data.nc", "-o", "report.html")
    compared = command(tmp_path, "compare", "data.nc", "--equation", "u", "--operators", "I,diffuse")
    assert compared.returncode != 0
    assert len(compared.stderr.strip().splitlines()) == 1


@pytest.mark.usefixtures("interpreted")
def test_functions_of_what_they_act_on(data: Trajectory) -> None:
    t, x = data.t, data.x
    start = 1.0 + 0.5 * np.sin(x)
    u = start[None, :] / np.sqrt(1.0 + 2.0 * t[:, None] * start[None, :]**2)
    cubic = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    model = symdcrnn.fit(cubic, operators=["I", Operator("cube", Pointwise("u^3"))], layers=0, words=["cube u"],
                         bootstrap=0)
    assert {term.word: term.coefficient for term in model["u"].terms} == pytest.approx({"cube u": -1.0}, rel=1e-6)
    assert symdcrnn.simulate(model, cubic, rtol=1e-8).total_errors["u"] < 1e-6


@pytest.mark.usefixtures("interpreted")
def test_functions_of_coordinates_too() -> None:
    """d_t u = -(1 + cos(x)/2) u^2, solved by 1 / (1/u_0 + (1 + cos(x)/2) t)."""
    t, x = np.linspace(0.0, 1.0, 21), 2.0 * np.pi * np.arange(16) / 16
    rate = 1.0 + 0.5 * np.cos(x)
    u = 1.0 / (1.0 / (1.5 + np.sin(2.0 * x)) + rate * t[:, None])
    decaying = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    own = Operator("decay", Pointwise("(1 + cos(x)/2)*u^2"))
    model = symdcrnn.fit(decaying, operators=["I", own], layers=0, words=["decay u", "u", "u^2"], bootstrap=0)
    assert {term.word: term.coefficient for term in model["u"].terms} == pytest.approx({"decay u": -1.0}, rel=1e-5)
    assert symdcrnn.simulate(model, decaying, rtol=1e-8).total_errors["u"] < 1e-5


def on_velocities(weights: np.ndarray) -> Trajectory:
    v, t, x = np.linspace(-1.0, 1.0, weights.size), np.linspace(0.0, 1.0, 21), 2.0 * np.pi * np.arange(16) / 16
    f = np.exp(-t)[:, None, None] * (2.0 + np.sin(x)) * np.exp(-v**2)[:, None]
    return Trajectory.from_arrays({"f": f}, t=t, x=x, v=v, weights=weights, periodic=True)


@pytest.mark.parametrize(("operator", "message"), [
    (Operator("d_x", Stencil("x", 2)), "the name of the operator 'd_x' is taken"),
    (Operator("K", Quadrature("v", matrix=((1.0, 0.0), (0.0, 1.0)))), r"has shape \(2, 2\): the axis has 41 points"),
    (Operator("K", Stencil("y", 1)), "acts along 'y', which is no axis"),
    (Operator("K", Stencil("v", 1)), r"'K' does not pass the dot-product check of its adjoint: <L u, w> is"),
])
def test_operators_that_do_not_fit_are_refused(operator: Operator, message: str) -> None:
    weights = np.where(np.arange(41) % 2, 4.0, 2.0)
    with pytest.raises(InputError, match=message) as caught:
        symdcrnn.fit(on_velocities(weights), operators=["I", operator], words=["f"], layers=1, bootstrap=0)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Quadrature("v", kernel=lambda v, w: v * w), "the kernel of a quadrature along 'v' is a function: give an"),
    (lambda: Quadrature("v", kernel=np.ones((6, 6))), "or numbers as matrix="),
    (lambda: Quadrature(3), "a quadrature is along 3: give the name of an axis"),
    (lambda: Stencil(None, 1), "a stencil is along None"),
    (lambda: Pointwise(np.exp), "a function of what it acts on is an ufunc"),
    (lambda: Operator("D", Stencil("x", 1), latex=3), "'D' is printed as 3: give a text with {}"),
])
def test_rules_of_other_kinds_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_a_function_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="the operator 'K' has the function '3', in which there is no u"):
        symdcrnn.fit(on_velocities(np.ones(5)), operators=["I", Operator("K", Pointwise("3"))], words=["K f"])


@pytest.mark.usefixtures("interpreted")
def test_operators_beside_words_are_letters_of_these_alone() -> None:
    data = on_velocities(np.ones(5))
    for operator in (Operator("D", Stencil("x", 1)), Operator("D", Pointwise("u^2/(1 + u)"))):
        model = symdcrnn.fit(data, operators=[operator], words=["D f", "f"], bootstrap=0)
        assert model.settings.layers == 0
        assert set(model["f"].coefficients) == {"f"}


def test_a_stencil_on_an_axis_without_order_is_refused() -> None:
    t, x = np.linspace(0.0, 1.0, 21), 2.0 * np.pi * np.arange(16) / 16
    f = np.exp(-t)[:, None, None] * (2.0 + np.sin(x)) * np.array([1.0, 2.0, 3.0])[:, None]
    data = Trajectory.from_arrays({"f": (("t", "group", "x"), f)}, t=t, x=x, roles={"group": "index"}, periodic=True)
    with pytest.raises(InputError, match="'K' has a stencil on 'group', an axis that has no order"):
        symdcrnn.fit(data, operators=["I", Operator("K", Stencil("group", 1))], words=["f"], layers=1, bootstrap=0)


@pytest.mark.parametrize("word", ["(" * 70 + "u" + ")" * 70, "d_x " * 70 + "u"])
def test_words_that_are_too_deep_are_refused(data: Trajectory, word: str) -> None:
    with pytest.raises(InputError, match="nested more than 60 levels deep") as caught:
        symdcrnn.fit(data, words=[word], bootstrap=0)
    assert "\n" not in str(caught.value)


def test_dictionaries_that_do_not_fit_in_memory_are_refused(data: Trajectory) -> None:
    frames = loaded_frames(data)
    space = space_of(data)
    words = [space.word(text) for text in ("u", "d_x u", "d_xx u", "u^2", "u d_x u", "u^3")]
    form = residual(SCHEMES["forward-euler"], space.variables["u"], words)
    kernel = bind("normal_equations", form, frames.grid, Stencils.named("central4", "central4"), find_norm("l2"))
    check_memory(kernel)
    needed = re.compile(r"with 6 words needs (\S+) GB of memory, of which (\S+) GB are left: about (\d+) words would")
    fitting = []
    for available in (2e4, 3e4):
        with pytest.raises(InputError, match=needed) as caught:
            check_memory(kernel, available)
        assert "\n" not in str(caught.value)
        found = needed.search(str(caught.value))
        assert found is not None
        fitting.append(int(found.group(3)))
    assert 0 < fitting[0] <= fitting[1] < 6
    check_memory(kernel, 1e9)
