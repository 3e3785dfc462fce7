"""The stages of a fit: each can be stored as JSON, and what follows goes on from what was stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

import symdcrnn
from symdcrnn import InputError, Trajectory
from symdcrnn.engines.engine import IN_PROCESS
from symdcrnn.fitting.assemble import learned_equation
from symdcrnn.fitting.coefficients import fit_coefficients
from symdcrnn.fitting.fit import learn
from symdcrnn.fitting.inputs import ansatz_of, known_epsilons
from symdcrnn.fitting.prepare import prepare_words
from symdcrnn.fitting.select import select_words
from symdcrnn.fitting.stages import Fitted, Measured, Prepared, Selected, Trained, from_json, to_json
from symdcrnn.fitting.task import EquationTask, Tell, equation_task
from symdcrnn.fitting.train import refit_path, train
from symdcrnn.fitting.weak.measure import measure_weakly, reading_of
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.preprocess.phase_grid import fields_of
from symdcrnn.regression.dictionary import space_of
from symdcrnn.settings import FitSettings

SETTINGS = FitSettings(layers=1, starts=1, bootstrap=4)


def made(**changes: Any) -> Trajectory:
    return symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 16, nx=200, **changes))


SILENT = Tell(lambda stage, done, total: None, lambda equation: None)


def stored(record: Any) -> Any:
    """The record after a way through a file."""
    return from_json(type(record), to_json(record))


def measured(trajectories: list[Trajectory], settings: FitSettings) -> Measured:
    return Measured(settings, {}, (), known_epsilons(trajectories))


def task(trajectories: list[Trajectory], record: Measured) -> EquationTask:
    space = space_of(trajectories[0])
    ansatz = ansatz_of(record.settings, fields_of(trajectories[0]), "g", space)
    return equation_task(ansatz, [loaded_frames(one) for one in trajectories], record, SILENT, IN_PROCESS, (), space)


@pytest.mark.parametrize(("trajectories", "settings"), [
    (1, {}), pytest.param(1, {"norm": "huber"}, marks=pytest.mark.soak),
    pytest.param(1, {"functions": ("g:g",), "knots": 8}, marks=pytest.mark.soak), (2, {"scheme": "imex-bdf2"}),
], ids=["plain", "huber", "a function", "several under another scheme"])
def test_a_fit_goes_on_from_any_stored_stage(trajectories: int, settings: dict[str, Any]) -> None:
    data = [made(), made(initial_rho="2 + sin(2*pi*x)")][:trajectories]
    asked = FitSettings(**{**{name: getattr(SETTINGS, name) for name in ("layers", "starts", "bootstrap")}, **settings})
    first = measured(data, asked)
    whole = learn(task(data, first))
    assert stored(first) == first
    here = task(data, stored(first))
    prepared = prepare_words(here)
    assert isinstance(prepared, Prepared)
    assert stored(prepared) == prepared
    selected = select_words(here, stored(prepared))
    assert isinstance(selected, Selected)
    assert stored(selected) == selected
    fitted = fit_coefficients(here, prepared, stored(selected))
    assert isinstance(fitted, Fitted)
    assert stored(fitted) == fitted
    # Another process knows nothing of what this one has compiled and passed over.
    trained = train(task(data, first), stored(prepared), stored(selected), stored(fitted))
    assert isinstance(trained, Trained)
    assert stored(trained) == trained
    refitted = refit_path(task(data, first), prepared, selected, fitted)
    assert stored(refitted) == refitted
    again = learned_equation(task(data, first), prepared, selected, fitted, stored(trained), refitted)
    assert [step.words for step in again.path] == [step.words for step in whole.path]
    assert again.terms == whole.terms
    assert again.scheme == whole.scheme
    assert again.functions == whole.functions
    assert again.network.converged is whole.network.converged
    assert again.network.loss == pytest.approx(whole.network.loss, rel=1e-3)


def test_what_is_stored_is_checked() -> None:
    record = json.loads(to_json(measured([made()], SETTINGS)))
    with pytest.raises(InputError, match=r"damaged: Measured.noise should be an object"):
        from_json(Measured, json.dumps({**record, "noise": 3.0}))
    with pytest.raises(InputError, match="damaged: Measured has no 'known'"):
        from_json(Measured, json.dumps({name: value for name, value in record.items() if name != "known"}))


def test_noise_decides_the_scheme_before_any_equation_is_sought() -> None:
    problem = symdcrnn.preset("paper", epsilon=1 / 4, nx=200, every=400, steps=400 * 56)
    noisy = symdcrnn.generate(problem, noise=0.01)
    reading = reading_of(loaded_frames(noisy), robust=False)
    assert reading.disturbed
    found = measure_weakly(SETTINGS, [reading], (), None)
    assert found.settings.scheme == "weak"
    assert found.noise["g"] == pytest.approx(0.01, rel=0.1)
    assert not reading_of(loaded_frames(made()), robust=False).disturbed
