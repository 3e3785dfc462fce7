"""Limits of equations that are given as text; those of models are `Model.limit`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.given import check_kind, check_mappings, described, text_tuple, whole_number
from symdcrnn.limits.equations.by_hand import read_equations
from symdcrnn.limits.equations.of_model import system_of
from symdcrnn.limits.result import Limit, limit_of
from symdcrnn.model import Model

HIGHEST_ORDER = 12
"""Of epsilon in a limit."""


def limit(
    equations: str | Sequence[str] | Mapping[str, Mapping[str | Word, float | str]], order: int = 0,
    small: str | None = None, large: str | None = None, velocities: Mapping[str, str] | None = None,
    fields: Mapping[str, Sequence[str]] | None = None, space: PhaseSpace | None = None,
) -> Limit:
    """The limit of equations such as ``eps d_t f = -v_dx f + (1/eps)(<f> - f)``.

    Parameters
    ----------
    equations : str, sequence of str, or mapping
        One per field.  ``sigma(x)`` is a known function, every other name that is no operator a parameter.  A mapping
        has coefficients by field and word: ``{"f": {"v_dx f": "-1/eps", "<f>": "1/eps^2", "f": "-1/eps^2"}}``.
    order : int
        The highest power of the small parameter that is kept.
    small, large : str, optional
        The parameter that is small, epsilon or eps by default, or one that is large.
    velocities : mapping of str to str, optional
        The velocity axes and what averages over them are: ``legendre`` on [-1, 1], the default along v, ``hermite``
        with the weight exp(-v^2/2), ``line`` for all velocities, ``two`` for -1 and 1, or ``circle``, along any axis
        with the coordinates c and s.
    fields : mapping of str to sequence of str, optional
        The axes of fields without t, where the equations do not tell which depend on velocities.
    space : PhaseSpace, optional
        Whose axes, coordinates, fields and operators the equations are written in.

    Raises
    ------
    InputError
        If an equation cannot be read, or there is no limit, with the reason.
    """
    texts = (equations,) if isinstance(equations, str) else (
        _texts(equations) if isinstance(equations, Mapping) else text_tuple(equations))
    if not texts:
        raise InputError(f"the equations are {described(equations)}: give texts such as "
                         "'eps d_t f = -v_dx f + (1/eps)(<f> - f)'")
    if space is not None:
        check_kind(space, PhaseSpace, "limit, as its space,", "give a PhaseSpace: symdcrnn.phase_space(axes, fields)")
    return limit_of(read_equations(texts, velocities, small, large, fields, space), _order(order))


def _texts(equations: Mapping[str, Mapping[str | Word, float | str]]) -> tuple[str, ...]:
    """Coefficients by field and word as equations."""
    check_mappings(**{f"equation of {field}": terms for field, terms in equations.items()})
    return tuple(f"d_t {field} = {' + '.join(f'({value}) * ({word})' for word, value in terms.items())}"
                 for field, terms in equations.items())


def limit_of_model(
    model: Model, order: int = 0, small: str | None = None, large: str | None = None, epsilon: float | None = None,
    powers: Mapping[str, int] | None = None, velocities: Mapping[str, str] | None = None,
    data: Trajectory | None = None,
) -> Limit:
    """The limit of a model; see `Model.limit`."""
    if data is not None:
        check_kind(data, Trajectory, "limit, as its data,", "give a Trajectory")
    made = system_of(model, small, large, epsilon, powers, velocities, data)
    return limit_of(made.system, _order(order), made.known, made.epsilon, made.profiles, made.assumed, model.data)


def _order(order: object) -> int:
    whole = whole_number(order)
    if whole is None or not 0 <= whole <= HIGHEST_ORDER:
        raise InputError(f"the order is {described(order)}: give a whole number from 0 to {HIGHEST_ORDER}")
    return whole
