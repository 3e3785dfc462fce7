"""The expansion in epsilon on the slow manifold (Hilbert, Chapman and Enskog), order by order.

Variables are phi_0(s) + epsilon phi_1(s) + ..., functions of slow fields s and their derivatives, and
d_t s = F_m(s) epsilon^m + ... .  Put into the rows d_t c = sum_q epsilon^-q L_q(c), the terms of each order give one
linear system for phi_k, and what is conserved by the fastest terms L_p gives F.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import sympy

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.relations.calculus import Calculus, Jet, Orders
from symdcrnn.algebra.relations.expansion import TooManyTermsError, expanded
from symdcrnn.algebra.words import Field
from symdcrnn.errors import InputError
from symdcrnn.limits.expansion.conserved import Combination
from symdcrnn.limits.expansion.elimination import solved
from symdcrnn.limits.expansion.hierarchy import Moment, by_power
from symdcrnn.limits.expansion.jets import along, differentiated, fields_of, substituted, symbol, tidy
from symdcrnn.limits.expansion.series import TooFewMomentsError, Values, coefficient, linear_in, value_of
from symdcrnn.limits.expansion.slow import Slow, slow_variables
from symdcrnn.limits.expansion.system import Parts, Rows, System

LEAST_DEGREE = 4
"""Of moments that are looked at: what is conserved is of lower degree."""

LARGEST_DEGREE = 40
"""Of moments: equations that need more of them have no closed limit."""

@dataclass(frozen=True)
class Balance:
    """One order of the equation of a conserved quantity: derivatives of fluxes, and the rest.

    Parameters
    ----------
    fluxes : dict of Orders to sympy.Expr
        What stands under a derivative.
    rest : sympy.Expr
    """

    fluxes: dict[Orders, sympy.Expr]
    rest: sympy.Expr


@dataclass(frozen=True)
class Expansion:
    """The limit of a system.

    Parameters
    ----------
    slow : Slow
    fastest : int
        p, the highest power of 1/epsilon.
    values : tuple of dict
        phi_0, phi_1, ...: variables by slow fields.
    rates : dict of int to dict
        F by power of epsilon: d_t of the slow fields.
    balances : dict of int to tuple of Balance
        By power of epsilon, the equation of each conserved quantity.
    contents : tuple of sympy.Expr
        The conserved quantities in slow fields, of order zero.
    degree : int
        Of the highest moments that were needed.
    variables : dict of Field to Moment
        What the variables are.
    corrected : frozenset of int
        Powers at which the equation of a conserved quantity is not that of its content of order zero.
    """

    slow: Slow
    fastest: int
    values: tuple[Values, ...]
    rates: dict[int, Values]
    balances: dict[int, tuple[Balance, ...]]
    contents: tuple[sympy.Expr, ...]
    degree: int
    variables: dict[Field, Moment]
    corrected: frozenset[int]


def expansion(system: System, order: int) -> Expansion:
    """The equations of slow variables up to a power of epsilon.

    Parameters
    ----------
    system : System
    order : int
        The power.

    Raises
    ------
    InputError
        If there is no small parameter, no slow variable, or no closed equation.
    """
    rows = Rows.of(system)
    fastest = max((power for rate in system.rates.values() for power in by_power(rate, system.epsilon)), default=0)
    if fastest < 1:
        raise InputError(f"no term grows as {system.epsilon} becomes small: an equation with a limit has terms in "
                         f"1/{system.epsilon}")
    degree = max(LEAST_DEGREE, order + fastest + 1)
    while degree <= LARGEST_DEGREE:
        try:
            chosen = rows.up_to(degree)
            slow = slow_variables(rows, {one: parts.get(fastest, sympy.Integer(0)) for one, parts in chosen.items()})
            return _Orders(rows, chosen, slow, fastest, degree).up_to(order)
        except TooFewMomentsError:
            degree = degree * 3 // 2 + 1
        except TooManyTermsError as error:
            raise InputError(f"the limit is too long at this order ({error}): ask for a lower one") from None
    raise InputError("the fastest terms take each moment of the velocity to higher ones: they close at no order")


@dataclass(frozen=True)
class _Orders:
    """The expansion as far as it has been made."""

    all_rows: Rows
    rows: Mapping[Field, Parts]
    slow: Slow
    fastest: int
    degree: int
    values: list[Values] = field(default_factory=list)
    rates: dict[int, Values] = field(default_factory=dict)
    balances: dict[int, tuple[Balance, ...]] = field(default_factory=dict)
    corrected: set[int] = field(default_factory=set)

    def up_to(self, order: int) -> Expansion:
        self.values.append(self._equilibrium())
        contents = tuple(self._content(combination, 0) for combination in self.slow.conserved)
        for number in range(order + self.fastest):
            if number:
                self.values.append(self._corrections(number))
            self._add_rates(number - self.fastest + 1, contents)
        return Expansion(self.slow, self.fastest, tuple(self.values), self.rates, self.balances, contents, self.degree,
                         {one: moment for moment, one in self.all_rows.hierarchy.variables.items()},
                         frozenset(self.corrected))

    @property
    def calculus(self) -> Calculus:
        return self.all_rows.system.calculus

    @cached_property
    def reach(self) -> int:
        """How far the rows of moments take them to higher ones."""
        return max((self.all_rows.degree_of(one) - self.all_rows.degrees[variable]
                    for variable, parts in self.rows.items() for part in parts.values()
                    for one, _ in fields_of(self.calculus, part).values()), default=0)

    def _varies(self, one: Field) -> bool:
        """Whether it is one of the variables, and not a field that is given."""
        return one in self.rows or self.all_rows.moment_of(one).field != one

    def _unknowns(self, values: Iterable[sympy.Expr]) -> set[Field]:
        return {one for value in values for one, _ in fields_of(self.calculus, value).values() if self._varies(one)}

    def _equilibrium(self) -> Values:
        fixed = self.slow.values
        rows = [substituted(self.calculus, parts.get(self.fastest, sympy.Integer(0)), fixed)
                for parts in self.rows.values()]
        rows += self.slow.constraints
        unknowns = self._unknowns(rows) - set(self.slow.fields)
        return {**solved(rows, unknowns, self.calculus), **fixed}

    @cached_property
    def _tangent(self) -> dict[Field, sympy.Expr]:
        """The fastest terms linearised at equilibrium, on changes of the variables."""
        found = {}
        for variable, parts in self.rows.items():
            total: sympy.Expr = sympy.Integer(0)
            row = parts.get(self.fastest, sympy.Integer(0))
            for one, (of, orders) in fields_of(self.calculus, row).items():
                if self._varies(of) and of not in self.slow.values:
                    slope = substituted(self.calculus, row.diff(one), self.values[0])
                    total += slope * symbol(self.calculus, _change(of), orders)
            found[variable] = total
        return found

    def _corrections(self, number: int) -> Values:
        """phi_k for k = `number`."""
        reachable = self.degree - self.reach * number
        rows = [self._tangent[variable] - self._driving(parts, variable, number)
                for variable, parts in self.rows.items() if self.all_rows.degrees[variable] <= reachable]
        constraints = []
        for constraint in self.slow.constraints:
            known = {one: symbol(self.calculus, _change(of)) if self._varies(of) and of not in self.slow.fields else 0
                     for one, (of, _) in fields_of(self.calculus, constraint).items()}
            constraints.append(constraint.xreplace(known))
        changes = {_change(one): one for one in self._unknowns([part for parts in self.rows.values()
                                                               for part in parts.values()])
                   if one not in self.slow.values}
        found = solved([*map(expanded, rows), *constraints], changes, self.calculus)
        return {**{changes[one]: value for one, value in found.items()},
                **dict.fromkeys(self.slow.values, sympy.Integer(0))}

    def _driving(self, parts: Parts, variable: Field, number: int) -> sympy.Expr:
        """What the tangent of the fastest terms has to balance: time derivatives less slower terms."""
        total = -self._part(parts.get(self.fastest, sympy.Integer(0)), number, self.values[:number])
        for power, part in parts.items():
            if power < self.fastest and number >= self.fastest - power:
                total -= self._part(part, number - self.fastest + power, self.values)
        for earlier in range(number):
            rate = self.rates.get(number - self.fastest - earlier)
            if rate is not None:
                total += self._in_time(self._value(variable, earlier), rate, number - self.fastest == earlier)
        return total

    def _in_time(self, value: sympy.Expr, rate: Values, explicit: bool) -> sympy.Expr:
        """d_t of a formula of slow fields, and once also of what is given as a function of time."""
        total = along(self.calculus, value, rate)
        for one in value.free_symbols if explicit else ():
            atom = self.calculus.atoms[one]
            if isinstance(atom, Jet) and TIME in atom.axes and atom.of not in self.slow.fields:
                total += value.diff(one) * self.calculus.derivative(one, TIME)
        return total

    def _value(self, variable: Field, number: int) -> sympy.Expr:
        return value_of(variable, self.values[number])

    def _part(self, value: sympy.Expr, number: int, values: Sequence[Values]) -> sympy.Expr:
        return coefficient(self.calculus, value, number, values, self._varies)

    def _content(self, combination: Combination, number: int) -> sympy.Expr:
        whole = sympy.Add(*(factor * self._value(one, number) for one, factor in combination.items()))
        return tidy(self.calculus, expanded(whole))

    def _add_rates(self, power: int, contents: Sequence[sympy.Expr]) -> None:
        """F_m for m = `power`."""
        self.balances[power] = tuple(self._balance(combination, power) for combination in self.slow.conserved)
        right: list[sympy.Expr] = []
        for combination, balance in zip(self.slow.conserved, self.balances[power], strict=True):
            total = balance.rest + sympy.Add(*(differentiated(self.calculus, flux, orders)
                                               for orders, flux in balance.fluxes.items()))
            change: sympy.Expr = sympy.Integer(0)
            for earlier in range(1, len(self.values)):
                rate = self.rates.get(power - earlier)
                content = self._content(combination, earlier)
                if content != 0 and rate is not None:
                    change += self._in_time(content, rate, power == earlier)
            if power == 0:
                change += self._in_time(contents[len(right)], {}, True)
            if change != 0:
                self.corrected.add(power)
                total -= change
            right.append(tidy(self.calculus, expanded(total)))
        self.rates[power] = self._solved_for_slow(contents, right)

    def _solved_for_slow(self, contents: Sequence[sympy.Expr], right: Sequence[sympy.Expr]) -> Values:
        own = [symbol(self.calculus, one) for one in self.slow.fields]
        if list(contents) == own:
            return dict(zip(self.slow.fields, right, strict=True))
        if any(orders for content in contents for of, orders in fields_of(self.calculus, content).values()
               if of in self.slow.fields):
            raise InputError("what is conserved holds derivatives of the slow fields: there is no equation for them "
                             "alone")
        matrix = sympy.Matrix([[content.diff(one) for one in own] for content in contents])
        solution = matrix.LUsolve(sympy.Matrix(list(right)))
        return {one: tidy(self.calculus, expanded(sympy.cancel(value)))
                for one, value in zip(self.slow.fields, solution, strict=True)}

    def _balance(self, combination: Combination, power: int) -> Balance:
        """The equation of a conserved quantity, what stands under derivatives apart."""
        fluxes: dict[Orders, sympy.Expr] = {}
        rest: sympy.Expr = sympy.Integer(0)
        for variable, factor in combination.items():
            for q, part in self.rows[variable].items():
                number = power + q
                if q >= self.fastest or number < 0:
                    continue
                for term in sympy.Add.make_args(part):
                    linear = linear_in(self.calculus, term, self._varies)
                    if linear is None or not linear[2] or self.calculus.axes(linear[0]):
                        rest += factor * self._part(term, number, self.values)
                        continue
                    slope, of, orders = linear
                    fluxes[orders] = fluxes.get(orders, 0) + factor * slope * self._value(of, number)
        kept = {orders: flux for orders, value in fluxes.items()
                if (flux := tidy(self.calculus, expanded(value))) != 0}
        return Balance(kept, tidy(self.calculus, expanded(rest)))


def _change(one: Field) -> Field:
    """The field of the changes of a variable."""
    return Field(f"change of {one.name}", one.axes)
