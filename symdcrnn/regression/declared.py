"""What a user declares of fields and kernels, which no data set says: ``f decays in v``, ``K conserves``."""

from __future__ import annotations

import re

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.relations.calculus import Declared
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.errors import SettingError
from symdcrnn.settings import FitSettings

FORMS = re.compile(r"\s*(?P<field>\w+) +decays +in +(?P<axis>\w+)\s*|\s*(?P<kernel>\w+) +conserves\s*")


def declared_of(settings: FitSettings, space: PhaseSpace) -> Declared:
    """The declarations of a fit.

    Parameters
    ----------
    settings : FitSettings
    space : PhaseSpace
        Of the data.

    Raises
    ------
    SettingError
        If a declaration cannot be read, or is of a field, an axis or a kernel that there is not.
    """
    decaying, conserving = set(), set()
    for text in settings.declared:
        found = FORMS.fullmatch(text)
        if found is None:
            raise SettingError("declared", f"has {text!r}: write 'FIELD decays in AXIS' or 'OPERATOR conserves'")
        name, axis, kernel = found["field"], found["axis"], found["kernel"]
        if kernel is not None:
            rules = space.operators[kernel].rules if kernel in space.operators else ()
            if not any(isinstance(rule, Quadrature) and not rule.averages for rule in rules):
                raise SettingError("declared", f"has {text!r}, but {kernel} is no operator with a kernel or a matrix")
            conserving.add(kernel)
            continue
        if name not in space.variables:
            raise SettingError("declared", f"has {text!r}, but the fields are {', '.join(space.variables)}")
        if axis not in space.variables[name].axes:
            raise SettingError("declared", f"has {text!r}, but {name} depends on "
                               f"{', '.join(space.variables[name].axes)}")
        decaying.add((name, axis))
    return Declared(frozenset(decaying), frozenset(conserving))
