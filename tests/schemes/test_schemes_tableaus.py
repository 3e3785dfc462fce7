"""Double tableaus: order conditions of the pairs that are built in, and files that hold others."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symdcrnn.errors import InputError
from symdcrnn.schemes.order_conditions import order_of
from symdcrnn.schemes.runge_kutta import TABLEAUS, DoubleTableau
from symdcrnn.schemes.table import find_scheme

each_tableau = pytest.mark.parametrize("tableau", TABLEAUS.values(), ids=list(TABLEAUS))


def parts(tableau: DoubleTableau) -> list[tuple[np.ndarray, np.ndarray]]:
    """(a, w) of the explicit and the implicit part."""
    found = [(np.array(tableau.explicit), np.array(tableau.explicit_weights))]
    if tableau.splits:
        found.append((np.array(tableau.implicit), np.array(tableau.implicit_weights)))
    return found


@each_tableau
def test_order_conditions_of_all_couplings(tableau: DoubleTableau) -> None:
    """Every w with every a and every c, up to order three."""
    pairs = parts(tableau)
    times = [a.sum(axis=1) for a, _ in pairs]
    for (_, w), c in product(pairs, times):
        assert w @ c == pytest.approx(1 / 2, abs=1e-14)
    if tableau.order >= 3:
        for (_, w), c, d in product(pairs, times, times):
            assert w @ (c * d) == pytest.approx(1 / 3, abs=1e-14)
        for (_, w), (a, _), c in product(pairs, pairs, times):
            assert w @ a @ c == pytest.approx(1 / 6, abs=1e-14)


def test_fourth_order_conditions_of_classical_runge_kutta() -> None:
    ((a, w),) = parts(TABLEAUS["rk4"])
    c = a.sum(axis=1)
    found = [w @ c**3, (w * c) @ a @ c, w @ a @ c**2, w @ a @ a @ c]
    np.testing.assert_allclose(found, [1 / 4, 1 / 8, 1 / 12, 1 / 24], rtol=1e-14)


@each_tableau
def test_times_of_both_parts_agree(tableau: DoubleTableau) -> None:
    np.testing.assert_allclose(tableau.explicit_abscissas, tableau.implicit_abscissas, atol=1e-15)


@each_tableau
def test_stages_are_inside_the_step(tableau: DoubleTableau) -> None:
    """Of the two roots that the order allows for gamma, the one of Ascher, Ruuth and Spiteri."""
    for times in (tableau.explicit_abscissas, tableau.implicit_abscissas):
        assert all(-1e-15 <= c <= 1.0 + 1e-15 for c in times)


def test_which_states_are_those_of_the_last_stage() -> None:
    assert {name for name, tableau in TABLEAUS.items() if tableau.ends_with_its_last_stage} == {
        name for name in TABLEAUS if name.startswith("imex-ars")}


EULER: dict[str, Any] = {
    "explicit": [[0, 0], [1, 0]], "explicit_weights": [1, 0], "implicit": [[0, 0], [0, 1]], "implicit_weights": [0, 1],
    "order": 1,
}


def written(folder: Path, **changes: Any) -> str:
    path = folder / "pair.json"
    content = {key: value for key, value in {**EULER, **changes}.items() if value is not None}
    path.write_text(json.dumps(content))
    return str(path)


def test_a_tableau_from_a_file(tmp_path: Path) -> None:
    tableau = find_scheme(written(tmp_path))
    assert isinstance(tableau, DoubleTableau)
    assert (tableau.stages, tableau.order, tableau.splits) == (2, 1, True)
    explicit = find_scheme(written(tmp_path, implicit=None, implicit_weights=None))
    assert not explicit.splits


@pytest.mark.parametrize(("changes", "message"), [
    ({"explicit": [[0, 0], [1, 1]]}, "the explicit tableau is not strictly lower triangular: row 2, column 2 is 1"),
    ({"implicit": [[0, 1], [0, 1]]}, "the implicit tableau is not lower triangular: row 1, column 2 is 1"),
    ({"explicit_weights": [1, 0.1]}, "the explicit weights have sum 1.1: it must be 1"),
    ({"implicit_weights": [0, 0]}, "the implicit weights have sum 0: it must be 1"),
    ({"implicit": [[0, 0]]}, "the implicit tableau has 1 rows of 2 numbers and 2 weights: it must have 2 rows"),
    ({"explicit": [], "explicit_weights": []}, "explicit is empty: there must be at least one stage"),
    ({"implicit": None}, "there is no 'implicit': write an object with"),
    ({"explicit_weights": None}, "there is no 'explicit_weights': write an object with"),
    ({"order": 7}, "order is 7, but the tableau meets the conditions up to order 1 only"),
    ({"order": "two"}, 'order is "two": it must be a positive integer'),
    ({"explicit": [[0, 0], ["1", 0]]}, 'explicit has "1": it must hold finite numbers'),
    ({"explicit": 1}, "explicit must be a list"),
    ({"name": "x"}, "unknown key 'name': write an object with"),
])
def test_tableaus_that_are_none(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        find_scheme(written(tmp_path, **changes))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        find_scheme(str(tmp_path / "none.json"))


def test_order_conditions_tell_the_order_of_every_tableau() -> None:
    for tableau in TABLEAUS.values():
        parts = [(tableau.explicit, tableau.explicit_weights)]
        if tableau.splits:
            parts.append((tableau.implicit, tableau.implicit_weights))
        assert order_of(parts) == tableau.order


def test_two_tableaus_of_order_2_need_not_make_a_pair_of_order_2() -> None:
    midpoint = (((0.0, 0.0), (0.5, 0.0)), (0.0, 1.0))
    trapezoid = (((0.0, 0.0), (0.5, 0.5)), (0.5, 0.5))
    assert order_of([midpoint]) == order_of([trapezoid]) == 2
    assert order_of([midpoint, trapezoid]) == 1


def test_a_tableau_may_have_one_stage_but_not_none() -> None:
    one = DoubleTableau("euler", ((0.0,),), (1.0,), (), (), 1, "forward Euler")
    assert one.stages == 1
    assert one.implicit_abscissas == (0.0,)
    with pytest.raises(InputError, match=r"nothing: the explicit tableau has 0 rows of no numbers"):
        DoubleTableau("nothing", (), (), (), (), 1, "no stage")
