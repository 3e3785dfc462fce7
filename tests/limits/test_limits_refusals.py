"""What has no limit is refused in one line, with the reason."""

from __future__ import annotations

from typing import Any

import pytest

import symdcrnn
from symdcrnn import InputError
from symdcrnn.algebra.axes import Axis

SPACE = symdcrnn.phase_space([Axis("v", "velocity"), Axis("x", "space")], [symdcrnn.Field("f", ("t", "v", "x"))])


@pytest.mark.parametrize(("equations", "more", "message"), [
    ("eps d_t f = -v_dx f", {}, "no collisions, there is no slow variable"),
    ("eps d_t f = -v_dx f + (1/eps)(<f> - 2 f)", {}, "conserve nothing, there is no slow variable"),
    ("d_t f = -v_dx f + <f> - f", {}, "there is no parameter epsilon or eps in the equations"),
    ("d_t f = -v_dx f + eps (<f> - f)", {}, "no term grows as eps becomes small"),
    ("eps d_t f = -v_dx f + (1/eps)(1 + v^2)(3/4 <(1 + v^2) f> - f)", {}, "higher ones"),
    ("eps d_t f = -v_dx f + (1/eps) exp(-v^2)(<f> - f)", {}, "no polynomial of the velocity"),
    ("eps d_t f = -v_dx f + d_v f + (1/eps)(<f> - f)", {}, "choose the measure line"),
    ("eps d_t f = -v_dx f + (1/eps)(<f> - f)", {"velocities": {"v": "line"}}, "infinite on a line"),
    ("eps d_t f = -v_dx f + (1/eps)(<f> - f)", {"velocities": {"v": "gauss"}}, "choose from legendre"),
    ("eps d_t f = -v_dx f + (1/eps)(<f> - f)", {"small": "nu"}, "there is no parameter nu"),
    ("eps d_t f = -v_dx f + (1/eps)(<f> - f)", {"small": "eps", "large": "eps"}, "name one of both"),
    ("eps d_t f = -v_dx f + (1/eps)(<f> - f)", {"order": -1}, "the order is -1"),
    ("eps d_t f = -v_dx f + sqrt(eps)(<f> - f)", {}, "more than a whole power"),
    ("eps d_t f = -v_dx f + (1/eps) sigma(t)(<f> - f)", {"order": 2}, "the derivative of sigma in time"),
    ("f = 1", {}, "is no equation"),
    ("eps d_t g = <g> - g", {"space": SPACE}, "no field 'g' in the space"),
    ("eps d_t f = <f> - f", {"space": SPACE, "velocities": {"w": "line"}}, "no velocity axis of the space"),
    (["eps d_t f = <f> - f", "eps d_t f = f"], {}, "two equations"),
    ("eps d_t f = -v_dx f + (1/eps)(<f> - f", {}, "the equation of f: cannot read"),
    ([], {}, "give texts"),
])
def test_refused(equations: Any, more: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        symdcrnn.limit(equations, **more)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
