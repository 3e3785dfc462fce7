"""What a fit can be told."""

from __future__ import annotations

from dataclasses import dataclass

from symdcrnn.algebra.scales import EpsilonInterval
from symdcrnn.collisions.reading import kernels_of
from symdcrnn.errors import InputError, SettingError
from symdcrnn.given import described, plain_scalar, real_number, text_tuple, truth, whole_number, whole_text
from symdcrnn.noise_setting import told_noise
from symdcrnn.setting_entries import assigned, of_equation, said_of

AUTO = "auto"
"""What the data asks for: the scheme of smallest truncation error, the number of scales, knots that noise allows."""

BY_EQUATION = {
    "functions": "EQUATION:WORD, such as g:g, rho:1 for a source or g:* for every word, or EQUATION:WORD@AXIS, such "
                 "as g:g@t",
    "fixed": "EQUATION:WORD=NUMBER, such as g:v_dx g=-64",
    "tied": "EQUATION:WORD=RATIO*WORD, such as g:<v_dx g>=-1*v_dx g",
    "excluded": "EQUATION:WORD, such as g:rho",
}
"""Settings that name words of equations, and how they are written."""


MOST_CONTINUITY = 1e6
"""What is beyond cannot be told from rounding errors."""

SMALLEST = {
    "layers": 0, "scales": 0, "intervals": 0, "starts": 1, "adam": 0, "lbfgs": 0, "gauss_newton": 0, "sgd": 0,
    "batches": 1, "bootstrap": 0, "stability": 0, "seed": 0, "knots": 2,
}
"""Whole numbers, and the smallest that each may be."""

LARGEST = {"layers": 8, "scales": 8, "intervals": 16}
"""Beyond these there are more words, powers or intervals than double precision tells apart."""

MOST = 2**63 - 1
"""Of all other whole numbers: what an array can count."""

OF_FUNCTIONS = {"basis": "spline", "knots": AUTO, "continuity": 0.0}
"""Settings that only coefficients that are functions have, and what they are where nothing is asked for."""

EVERY_WORD = "*"
"""In place of a word, in `FitSettings.functions`: every coefficient is a function."""

AXIS_SIGN = "@"
"""Before the axis that a function depends on."""

LISTS = ("equations", "operators", "optimisers", "nonlinear", "words", "library", "groups", "kernels", "conserved",
         "decaying", "symmetries", "own_operators", "declared", "test_functions", *BY_EQUATION)
"""Settings that are lists of names."""

OR_AUTO = ("scales", "knots")
"""Of these, what may be `AUTO` as well."""


@dataclass(frozen=True)
class FitSettings:
    """Settings of a fit.

    Parameters
    ----------
    equations : tuple of str
        The fields whose equations are sought; none for every field of the data.
    operators : tuple of str
        A_1 .. A_n: letters of the phase space of the data, or of `own_operators`.
    layers : int
        K of eq. (3.9).
    scales : int or str
        M of eq. (1.3), the highest power of 1/epsilon; `AUTO` for the one that describes the equation best.
    scheme : str
        A key of `SCHEMES`, ``weak`` for the weak form in space and time, or `AUTO`.
    test_functions : tuple of str
        Half widths of the test functions of the weak form in steps, as ``AXIS=STEPS``; none for those that the data
        asks for.
    noise : str
        `AUTO` to recognise it; ``none``; ``white``, or ``white:0.02`` of that part of each field's standard deviation;
        ``poisson``, ``proportional``: variance or level are proportional to the value; ``outliers``;
        of a field alone as in ``poisson,E=none``.
    transport_stencil, central_stencil : str
        Of stencils that lean by the sign of a coordinate, as that of v_dx, and of all others; `AUTO` for upwind3 and
        central4 on data of t, v and x, and elsewhere for those of the smallest residual.
    norm : str
        A key of `NORMS`.
    zero_mean : float
        The weight of the penalty on dt <F_1>, eq. (4.15), in the equations of fields that depend on v.
    weight_sparsity, coefficient_sparsity : float
        gamma of eqs. (4.17) and (5.16), in units of the loss of no equation at all.
    functions : tuple of str
        Coefficients that are functions of x, as ``EQUATION:WORD``, such as ``g:g`` for sigma_S; the word ``1`` is a
        source G(x), and ``*`` every word of the equation, eq. (3.10).  ``EQUATION:WORD@AXIS`` is a function of
        another axis of the field, or of time: ``g:g@t``; of two axes ``u:u@y,x``.
    fixed : tuple of str
        Known coefficients, as ``EQUATION:WORD=NUMBER``.
    tied : tuple of str
        Coefficients that follow others, as ``EQUATION:WORD=RATIO*WORD``.
    excluded : tuple of str
        Words that are left out, as ``EQUATION:WORD``.
    nonlinear : tuple of str
        Words that are not linear in the fields, such as ``u^2``, ``u d_x u`` or ``exp(-u)``: networks act on them as on
        fields, so that the dictionary has ``d_x(u^2)`` and whatever else the operators compose.
    words : tuple of str
        Further words of the dictionary, such as ``u*d_x u``, of every equation that they fit or as ``EQUATION:WORD``.
    library : tuple of str
        Dictionaries by rule, such as ``poly 3, d_x 4``, of every equation.
    groups : tuple of str
        Words that are in an equation together or not at all, as ``NAME = WORD; WORD``, or ``NAME = P_l <P_l f> for
        l = 0 to 5``.
    kernels : tuple of str
        Collision kernels, each one candidate: ``Q = isotropic <= 8 of f, conserving``, ``Q = full of f``.
    conserved : tuple of str
        What an equation conserves exactly, such as ``<f>`` or ``u^2``: densities of one field, whose integral over
        space does not change but through its ends; or what several equations do together, a sum such as ``<F> + T``.
    decaying : tuple of str
        Densities whose integral must not grow, whatever the field is, such as ``<f^2>`` or ``u^2``, or the entropy
        ``<f log(f)>`` of a positive one.
    symmetries : tuple of str
        What an equation is invariant under: ``parity``, ``parity, E odd``, ``galilean v``.
    own_operators : tuple of str
        Operators of the user, each as the JSON text of `operator_to_dict`.
    declared : tuple of str
        What is known of fields and kernels beside the data: ``f decays in v``, so that <d_v f> = 0, or ``K conserves``,
        so that <K f> = <f>.
    basis : str
        Of these functions, a key of `BASES`; under noise the spline is a periodic one where the axis
        is periodic, but for functions that jump at its end.
    knots : int or str
        Of a spline; `AUTO` for 100, under the weak form 32, or 16 in other noisy data and where every coefficient is a
        function; or half the points of the axis where these are fewer, a quarter under the weak form; and for a value
        at every point of axes other than t and those of space.
    continuity : float
        gamma of eq. (4.18) for these functions, in units of the mean curvature of the loss.
    epsilon_lower, epsilon_upper : float
        Where eps_pred may lie, eqs. (5.1), (5.2).
    intervals : int
        Over how many intervals [10^-(i+1), 10^-i], i = 0, 1, ..., of eq. (5.2) the networks are trained side by side;
        0 for the one from epsilon_lower to epsilon_upper.
    starts : int
        Random starts of the networks at most.
    optimisers : tuple of str
        Keys of `OPTIMISERS` in the order in which they work on the loss; none for our own schedule.
    batches : int
        Minibatches of frames, for those optimisers that use them.
    adam, lbfgs, gauss_newton, sgd : int
        Iterations of each optimiser per start and stage at most.
    bootstrap : int
        Resamples of the data for standard errors and inclusion probabilities; 0 for none.
    stability : int
        Pairs of halves of the data that words are chosen from again, which adds a check to the verdict; 0 for none.
    seed : int
        Of the random starts, resamples and halves.
    exact_choice : bool
        Whether the words of an equation are compared with the best set of as many, found by branch and bound.
    distinct : bool
        Whether words that are equal in the continuum, as u d_x u and d_x(u^2)/2 are, are candidates of their own.

    Raises
    ------
    InputError
        If a value is out of range, or two of them contradict each other.  Names other than those of operators and
        optimisers are checked where they are looked up.
    """

    equations: tuple[str, ...] = ()
    operators: tuple[str, ...] = ("I", "v_dx", "mean")
    layers: int = 2
    scales: int | str = 2
    scheme: str = AUTO
    test_functions: tuple[str, ...] = ()
    noise: str = AUTO
    transport_stencil: str = AUTO
    central_stencil: str = AUTO
    norm: str = "l2"
    zero_mean: float = 0.0
    weight_sparsity: float = 0.0
    coefficient_sparsity: float = 0.0
    functions: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    tied: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    nonlinear: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    library: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    kernels: tuple[str, ...] = ()
    conserved: tuple[str, ...] = ()
    decaying: tuple[str, ...] = ()
    symmetries: tuple[str, ...] = ()
    own_operators: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    basis: str = "spline"
    knots: int | str = AUTO
    continuity: float = 0.0
    epsilon_lower: float = 0.0
    epsilon_upper: float = 1.0
    intervals: int = 0
    starts: int = 24
    adam: int = 200
    lbfgs: int = 200
    gauss_newton: int = 300
    sgd: int = 2000
    optimisers: tuple[str, ...] = ()
    batches: int = 1
    bootstrap: int = 50
    stability: int = 0
    seed: int = 0
    exact_choice: bool = False
    distinct: bool = False

    def __post_init__(self) -> None:
        self._make_plain()
        for name in self.operators:
            if self.operators.count(name) > 1:
                raise SettingError("operators", f"has {name!r} twice: name each operator once")
        self._check_optimisers()
        self._check_test_functions()
        if self.kernels:
            kernels_of(self.kernels)
        if told_noise(self.noise).asks_for_weak_form and self.scheme not in (AUTO, "weak"):
            raise SettingError("noise", f"is {self.noise!r}, and {self.scheme} is no weak form: set the scheme to weak")
        if len(set(self.equations)) != len(self.equations):
            raise InputError(f"an equation is asked for twice in {', '.join(self.equations)}: name each field once")
        for name, form in BY_EQUATION.items():
            asked = getattr(self, name)
            for one in asked:
                equation, _, rest = one.partition(":")
                word, sign, value = rest.partition("=")
                needed = [equation, word, value] if name in ("fixed", "tied") else [equation, word]
                if not all(part.strip() for part in needed) or bool(sign) != (len(needed) == 3):
                    raise SettingError(name, f"has {one!r}: write {form}")
                if name == "functions" and AXIS_SIGN in rest and not all(map(str.strip, rest.split(AXIS_SIGN, 1))):
                    raise SettingError(name, f"has {one!r}: write {form}")
            if len(set(asked)) != len(asked):
                raise SettingError(name, f"has one entry twice in {', '.join(asked)}: give each once")
        self._check_coefficients()
        self._check_functions()
        _ = self.interval

    def _make_plain(self) -> None:
        """Keep numbers and names of any library as those of Python, or refuse them."""
        for name, least in SMALLEST.items():
            value = getattr(self, name)
            whole, most = whole_number(value), LARGEST.get(name, MOST)
            if name in OR_AUTO and isinstance(value, str) and value == AUTO:
                self._keep(name, AUTO)
                continue
            if whole is None or not least <= whole <= most:
                end = f"to {most}" if name in LARGEST or (whole is not None and whole > most) else "on"
                other = f", or {AUTO}" if name in OR_AUTO else ""
                raise SettingError(name, f"is {described(value)}: give a whole number from {least} {end}{other}")
            self._keep(name, whole)
        if self.bootstrap == 1:
            raise SettingError("bootstrap", "is 1: give 0 for none, or at least 2 resamples")
        for name in ("exact_choice", "distinct"):
            said = truth(getattr(self, name))
            if said is None:
                raise SettingError(name, f"is {described(getattr(self, name))}: give True or False")
            self._keep(name, said)
        for name in ("scheme", "noise", "transport_stencil", "central_stencil", "norm", "basis"):
            value = plain_scalar(getattr(self, name))
            if not isinstance(value, str):
                raise SettingError(name, f"is {described(value)}: give a name")
            self._keep(name, str(value))
        for name in LISTS:
            value = getattr(self, name)
            texts = text_tuple(value)
            if texts is None:
                raise SettingError(name, f"is {described(value)}: give a list of names")
            self._keep(name, texts)
        for name in ("zero_mean", "weight_sparsity", "coefficient_sparsity", "continuity",
                     "epsilon_lower", "epsilon_upper"):
            value = getattr(self, name)
            real = real_number(value)
            if real is None or real < 0.0:
                raise SettingError(name, f"is {described(value)}: give a number from 0 on")
            self._keep(name, real)

    def _keep(self, name: str, value: int | float | str | tuple[str, ...]) -> None:
        object.__setattr__(self, name, value)

    def _check_test_functions(self) -> None:
        if self.test_functions and self.scheme not in (AUTO, "weak"):
            raise SettingError("test_functions", f"is given, and {self.scheme} is no weak form: set the scheme to weak")
        names = []
        for one in self.test_functions:
            name, _, value = one.partition("=")
            if (whole_text(value) or 0) < 2:
                raise SettingError("test_functions", f"has {one!r}: write AXIS=STEPS with at least 2 steps, such as "
                                   "t=12")
            names.append(name.strip())
        if len(set(names)) != len(names):
            raise SettingError("test_functions", "names an axis twice: give one half width for each")

    def _check_optimisers(self) -> None:
        if self.optimisers:
            # They take scipy, which settings alone do without.
            from symdcrnn.networks.optimisers import find_optimiser

            for name in self.optimisers:
                find_optimiser(name)
                if self.optimisers.count(name) > 1:
                    raise SettingError("optimisers", f"has {name!r} twice: name each once, and give it more iterations")
            if not any(self.iterations.get(name, 1) for name in self.optimisers):
                raise SettingError("optimisers", f"is {', '.join(self.optimisers)}, with no iterations: give at least "
                                   "one of them some, or name another one")
        if self.batches > 1 and "sgd" not in self.optimisers:
            raise SettingError("batches", f"is {self.batches}, but only sgd uses minibatches: add sgd to the "
                               "optimisers")

    def _check_coefficients(self) -> None:
        if not self.fixed and not self.tied:
            return
        from symdcrnn.data.expressions import parse_number

        for one in self.fixed:
            with said_of("fixed", one):
                parse_number(assigned(one)[1])
        for one in self.tied:
            word, value = assigned(one.partition(":")[2])
            ratio, star, leader = value.partition("*")
            if not star:
                raise SettingError("tied", f"has {one!r} without a ratio: write {BY_EQUATION['tied']}")
            if word.split() == leader.split():
                raise SettingError("tied", f"has {one!r}, which ties a word to itself: name another word")
            with said_of("tied", one):
                if parse_number(ratio) == 0.0:
                    raise InputError("a ratio of zero leaves the word out: exclude it instead")

    def _check_functions(self) -> None:
        if not self.functions:
            for name, default in OF_FUNCTIONS.items():
                if getattr(self, name) != default:
                    raise SettingError(name, f"is {getattr(self, name)!r}, but no coefficient is a function of x: ask "
                                       "for one, such as g:g, or leave it out")
        elif self.norm != "l2":
            raise InputError("coefficients that are functions need the l2 norm: change norm")
        if self.continuity > MOST_CONTINUITY:
            raise SettingError("continuity", f"is {self.continuity:g}: above {MOST_CONTINUITY:g} a function is a "
                               "constant")
        words = [one.partition(AXIS_SIGN)[0] for one in self.functions]
        twice = [one for one in words if words.count(one) > 1]
        if twice:
            raise SettingError("functions", f"has {twice[0]!r} twice: a coefficient is a function of one axis")
        both = [one for one in words if " ".join(one.split()) in {" ".join(o.split()) for o in self.excluded}]
        if both:
            raise SettingError("excluded", f"has {both[0]!r}, whose function is sought: leave out one of both")

    def functions_of(self, equation: str) -> tuple[str, ...]:
        """The words of one equation whose coefficients are functions."""
        asked = of_equation(self.functions, equation)
        return tuple(one.partition(AXIS_SIGN)[0].strip() for one in asked)

    def function_axes_of(self, equation: str) -> tuple[str | None, ...]:
        """What these are functions of; None where that is not said."""
        asked = of_equation(self.functions, equation)
        return tuple(axis.strip() or None for _, _, axis in (one.partition(AXIS_SIGN) for one in asked))

    def excluded_from(self, equation: str) -> tuple[str, ...]:
        """The words that one equation is not to have."""
        return of_equation(self.excluded, equation)

    def fixed_in(self, equation: str) -> tuple[tuple[str, str], ...]:
        """Words of one equation and the text of their known coefficients."""
        return tuple(assigned(one) for one in of_equation(self.fixed, equation))

    def tied_in(self, equation: str) -> tuple[tuple[str, str], ...]:
        """Words of one equation and what they follow, as ``RATIO*WORD``."""
        return tuple(assigned(one) for one in of_equation(self.tied, equation))

    @property
    def interval(self) -> EpsilonInterval:
        """Where eps_pred may lie."""
        return EpsilonInterval(self.epsilon_lower, self.epsilon_upper)

    @property
    def dictionary_alone(self) -> bool:
        """Whether networks compose nothing, and the dictionary is that of words and libraries."""
        given = self.words or self.library or self.groups or self.kernels
        return bool(given) and not self.layers and set(self.operators) <= {"I"}

    @property
    def iterations(self) -> dict[str, int]:
        """Iterations by the name of the optimiser."""
        return {"adam": self.adam, "l-bfgs-b": self.lbfgs, "gauss-newton": self.gauss_newton,
                "sgd": self.sgd}
