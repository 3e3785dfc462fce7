"""The forms that learned equations are written in. A new form is one new entry in `FORMS`."""

from __future__ import annotations

import json
from collections.abc import Callable

from symdcrnn.embedding.sources import embedded_source
from symdcrnn.model import Model


def written(model: Model, form: str, target: str | None = None) -> str:
    """The equations of a model in one of `FORMS`.

    Parameters
    ----------
    model : Model
    form : str
    target : str, optional
        Of one equation alone.

    Raises
    ------
    InputError
        If there is no such form or equation, or the form cannot say what an equation does.
    """
    from symdcrnn.errors import lookup

    if target is not None:
        _ = model[target]
    return lookup(FORMS, form, "form")(model, target)


def _latex(model: Model, target: str | None) -> str:
    from symdcrnn.embedding.typeset import model_latex

    return model_latex(model, target)


def _sympy(model: Model, target: str | None) -> str:
    from symdcrnn.results.symbols import sympy_source

    return sympy_source(model, target)


def _json(model: Model, target: str | None) -> str:
    from dataclasses import replace

    chosen = model if target is None else replace(model, equations=(model[target],))
    return json.dumps(chosen.report(), indent=2, allow_nan=False)


def _numba(model: Model, target: str | None) -> str:
    return embedded_source(model, "rhs", target).text.rstrip()


def _c99(model: Model, target: str | None) -> str:
    from symdcrnn.embedding.c99 import c_source

    return c_source(model, target).rstrip()


FORMS: dict[str, Callable[[Model, str | None], str]] = {
    "latex": _latex, "sympy": _sympy, "json": _json, "numba": _numba, "c99": _c99,
}
