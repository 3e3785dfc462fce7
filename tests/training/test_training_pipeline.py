"""What the training is asked for an equation, and what is recorded of it: without any training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import small_problem as small
from slow_reference import Data

from symdcrnn.algebra.ansatz import build_ansatz
from symdcrnn.algebra.operators import OPERATORS
from symdcrnn.algebra.scales import EpsilonInterval
from symdcrnn.engines.engine import IN_PROCESS
from symdcrnn.equation import NetworkRecord
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.networks import training
from symdcrnn.networks.epsilon_intervals import Order
from symdcrnn.networks.multistart import Training
from symdcrnn.networks.training import train_networks, untrained
from symdcrnn.regression.terms import Term
from symdcrnn.settings import FitSettings

ALL = tuple(range(len(small.WORDS)))
RATE = small.TEXTS.index("g")


@dataclass
class Asked:
    """In the place of the training: notes what it is asked; the second interval has the least loss."""

    order: Order | None = None
    intervals: list[EpsilonInterval] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    def __call__(self, order: Order, intervals: Any, loss: Any, *_: Any) -> list[Training]:
        self.order, self.intervals = order, list(intervals)
        everything = np.ones(order.networks.columns)
        self.losses = [loss(everything), loss(np.where(np.isin(np.arange(everything.size), order.kept), 1.0, 9.0))]
        return [Training(order.networks.initial(0.3, np.arange(2.0, 2.0 + len(order.networks.own)), 1),
                         [0.5, 0.25, 0.75][number % 3], 3 + number, 40 + number, number == 1)
                for number in range(len(self.intervals))]


def asked(
    monkeypatch: pytest.MonkeyPatch, norm: str = "l2", kept: tuple[int, ...] = ALL, splits: bool = False,
    terms: list[Term] | None = None, data: Data | None = None, **settings: Any,
) -> tuple[Asked, NetworkRecord]:
    script = Asked()
    monkeypatch.setattr(training, "train_intervals", script)
    regression = small.regression(data or small.data(), norm)
    found = train_networks(
        small.ansatz(1, 1), regression, splits, terms or [Term(word) for word in small.WORDS], kept,
        np.zeros(len(small.WORDS)), 2.0, 0.3, FitSettings(**settings), 12, lambda *_: None, IN_PROCESS)
    return script, found


def test_plain_words_are_all_made_by_the_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    script, found = asked(monkeypatch, starts=5, seed=4, epsilon_upper=0.8)
    order = script.order
    assert order is not None
    assert (order.networks.own, order.kept, order.nothing, order.epsilon) == ((), ALL, 2.0, 0.3)
    assert (order.starts, order.seed, order.optimisers, order.batches) == (5, 4, (), ())
    assert (order.majorised, order.quadratic, order.regularisers) == (True, True, ())
    assert [one.upper for one in script.intervals] == [0.8]
    regression = small.regression(small.data())
    best = minimise(regression, ALL)
    assert order.least.loss == pytest.approx(best.loss, rel=1e-9)
    assert found.least_loss == order.least.loss
    assert (found.loss, found.starts, found.iterations, found.converged) == (0.5, 3, 40, False)
    assert found.epsilon_pred == pytest.approx(0.3)
    assert found.own == {}
    assert script.losses == [pytest.approx(regression.evaluate(np.ones(len(ALL))).loss)] * 2


def test_what_is_left_out_counts_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ALL[:-2]
    script, _ = asked(monkeypatch, kept=kept)
    assert script.order is not None
    regression = small.regression(small.data())
    ones = np.where(np.isin(ALL, kept), 1.0, 0.0)
    assert script.losses == [pytest.approx(regression.evaluate(ones).loss)] * 2
    assert script.order.least.loss == pytest.approx(minimise(regression, kept).loss, rel=1e-9)


def test_a_term_that_no_network_makes_has_a_coefficient_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    words = list(small.WORDS)
    words[2], words[3] = words[3], words[2]
    script, found = asked(monkeypatch, terms=[Term(word) for word in words])
    assert script.order is not None
    networks = script.order.networks
    assert networks.own == (2, 3)
    regression = small.regression(small.data())
    sizes = np.sqrt(np.diag(regression.evaluate(regression.start).gram) / 2.0)
    assert networks.own_unit == tuple(pytest.approx(1.0 / sizes[number]) for number in (2, 3))
    assert found.own == {str(words[2]): pytest.approx(2.0), str(words[3]): pytest.approx(3.0)}
    alone, _ = asked(monkeypatch, terms=[Term(word) for word in words], kept=(0, 1, 3))
    assert alone.order is not None
    assert alone.order.networks.own == (3,)


def test_stiff_terms_are_apart_where_the_scheme_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    script, found = asked(monkeypatch, splits=True)
    assert script.order is not None
    assert script.order.networks.own == (RATE,)
    assert found.own == {"g": pytest.approx(2.0)}


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize(("norm", "expected"), [("l2", True), ("l1", False)])
def test_a_loss_travels_where_it_is_quadratic(norm: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    script, _ = asked(monkeypatch, norm)
    assert script.order is not None
    assert script.order.quadratic is expected
    assert script.order.majorised


def test_the_best_interval_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    script, found = asked(monkeypatch, intervals=3)
    bounds = [(one.lower, one.upper) for one in script.intervals]
    assert bounds == [(0.1, 1.0), (0.01, 0.1), (pytest.approx(0.001), 0.01)]
    assert found.intervals == tuple((*pair, loss) for pair, loss in zip(bounds, (0.5, 0.25, 0.75), strict=True))
    assert (found.loss, found.starts, found.iterations, found.converged) == (0.25, 4, 41, True)
    assert 0.01 < found.epsilon_pred < 0.1


def test_sparsity_and_minibatches_are_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    data = small.data(frames=13)
    script, found = asked(monkeypatch, data=data, weight_sparsity=0.5, coefficient_sparsity=2.0, batches=4,
                          optimisers=("sgd",), sgd=17)
    order = script.order
    assert order is not None
    assert [(one.name, gamma) for one, gamma in order.regularisers] == [("weights", 0.5), ("coefficients", 2.0)]
    assert len(order.batches) == 4
    assert order.iterations["sgd"] == 17
    mean = sum(batch.loss for batch in order.batches) / 4
    assert mean == pytest.approx(order.least.loss, rel=1e-9)
    one, _ = asked(monkeypatch, coefficient_sparsity=2.0)
    assert one.order is not None
    assert [gamma for _, gamma in one.order.regularisers] == [2.0]
    assert np.array(found.theta).shape == (2, 2, small.networks(1, 1).weights)


def test_without_words_nothing_is_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    script, found = asked(monkeypatch, kept=())
    assert script.order is None
    regression = small.regression(small.data())
    assert found.loss == found.least_loss == pytest.approx(regression.evaluate(np.zeros(len(ALL))).loss)
    form = build_ansatz("g", [small.G, small.RHO], tuple(OPERATORS[name] for name in ("I", "v_dx")), 1, 2)
    nothing = untrained(form, EpsilonInterval(0.2, 0.6), 7.0)
    assert np.array(nothing.theta).shape == (2, 3, len(form.weights))
    assert not np.any(nothing.theta)
    assert nothing.epsilon_pred == pytest.approx(0.4)
    assert (nothing.loss, nothing.least_loss, nothing.starts, nothing.iterations) == (7.0, 7.0, 0, 0)
    assert nothing.converged
