"""Nonlinear terms and products of words (remark 3.1) as further fields of the data.

Every frame is data, so a nonlinear function of the fields is known at every frame too: it joins the dictionary as a
field of its own, and words act on it as on any other.  Schemes with stages march a field themselves and
would need its nonlinear functions between the frames: they cannot take such terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import OPERATORS
from symdcrnn.algebra.reading.word_parser import parse_word
from symdcrnn.algebra.words import Field, Word, kinetic_field
from symdcrnn.data.expressions import Expression, parse_expression
from symdcrnn.errors import InputError, SettingError
from symdcrnn.kernels.build import build
from symdcrnn.kernels.emit import KernelSpec
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.runtime import BoundKernel, GridData
from symdcrnn.schemes.residual import Column, Residual

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Definition:
    """A further field.

    Parameters
    ----------
    field : Field
    meaning : Expression or Word
        Of the fields before it.
    """

    field: Field
    meaning: Expression | Word


def define(texts: Sequence[str], fields: Sequence[Field]) -> tuple[Definition, ...]:
    """Read definitions such as ``u2 = u^2``, ``ux = d_x u`` and ``uux = u*ux``; each may use those before it.

    Parameters
    ----------
    texts : sequence of str
        ``NAME = EXPRESSION`` of fields, or ``NAME = WORD``.
    fields : sequence of Field
        Of the data.

    Raises
    ------
    InputError
        If a name is taken or no identifier, or a meaning cannot be read.
    """
    known = {field.name: field for field in fields}
    found = []
    for text in texts:
        name, sign, meaning = (part.strip() for part in text.partition("="))
        if not sign or not name.isidentifier() or not name.isascii():
            raise SettingError("nonlinear", f"has {text!r}, which defines no field: write NAME = EXPRESSION, such as "
                               "u2 = u^2, the name of letters a to z, digits and underscores")
        if name in known or name in OPERATORS:
            raise SettingError("nonlinear", f"has {text!r}, a second meaning of {name!r}: choose another name")
        first = meaning.split()[0] if meaning else ""
        if first in OPERATORS or first.startswith("<"):
            word = parse_word(meaning, known, dict(OPERATORS))
            found.append(Definition(kinetic_field(name, word.v_dependent), word))
        else:
            expression = parse_expression(meaning, tuple(known))
            varies = any(known[used].v_dependent for used in expression.names)
            found.append(Definition(kinetic_field(name, varies), expression))
        known[name] = found[-1].field
    return tuple(found)


def with_definitions(data: GridData, definitions: Sequence[Definition], stencils: Stencils) -> GridData:
    """The data with the further fields.

    Parameters
    ----------
    data : GridData
    definitions : sequence of Definition
    stencils : Stencils
        Of words.

    Raises
    ------
    InputError
        If a value is not finite, or a word is taken where x is not periodic.
    """
    for definition in definitions:
        values = (_of_word(data, definition, stencils) if isinstance(definition.meaning, Word)
                  else _of_expression(data, definition, definition.meaning))
        data = replace(data, fields={**data.fields, definition.field.name: np.require(values, np.float64, ["C", "W"])})
    return data


def _of_expression(data: GridData, definition: Definition, expression: Expression) -> Array:
    shape = (data.frames, data.v.size, data.nx) if definition.field.v_dependent else (data.frames, data.nx)
    values = []
    for name in expression.variables:
        value = data.fields[name]
        if name not in expression.names:
            value = np.ones(())
        elif definition.field.v_dependent and value.ndim == 2:
            value = value[:, None]
        values.append(value)
    try:
        found: Array = np.broadcast_to(expression.evaluate(*values), shape)
    except InputError as error:
        raise InputError(f"the field {definition.field.name!r}: {error}") from None
    return found


def _of_word(data: GridData, definition: Definition, stencils: Stencils) -> Array:
    assert isinstance(definition.meaning, Word)
    if not data.periodic:
        raise InputError(
            f"the field {definition.field.name!r} is a word, whose stencils leave data that is not periodic: "
            "write it as an expression of the fields"
        )
    form = Residual(definition.field, (0.0,), (Column(definition.meaning, "now", (1.0,)),))
    shape = (data.frames, data.v.size, data.nx) if definition.field.v_dependent else (data.frames, data.nx)
    held = replace(data, fields={**data.fields, definition.field.name: np.zeros(shape)})
    spec = KernelSpec("apply", lower(form, stencils), find_norm("l2"), (f"The field {definition.field.name}.",))
    return BoundKernel(build(spec), held).apply(np.ones(1))
