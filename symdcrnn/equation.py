"""One learned equation: its words, how they were chosen, and what the networks made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symdcrnn.collisions.record import LearnedKernel
from symdcrnn.equation_text import coefficients_text, equation_text, power_text, scaled_text, scales_text
from symdcrnn.errors import InputError
from symdcrnn.scaled_form import ScaleCandidate, ScaledForm, scaled_form_with_functions
from symdcrnn.weak_record import WeakRecord

if TYPE_CHECKING:
    import pandas
    import xarray


@dataclass(frozen=True)
class LearnedTerm:
    """One term of the right-hand side.

    Parameters
    ----------
    word : str
        Operators first, the field last.
    coefficient : float
        In units of one over time and the units of the word.
    known : bool
        Whether the coefficient was given instead of learned.
    error : float or None
        Its standard error by resampling, where that was done.
    inclusion : float or None
        How often the choice of words, made again from resampled data, or from halves of it, has the word.
    power : int
        m: the coefficient in the equation is `coefficient` / epsilon^m with the known epsilon of each trajectory.
    units : str or None
        Of the coefficient, where those of the data tell; ``1`` for none.
    """

    word: str
    coefficient: float
    known: bool = False
    error: float | None = None
    inclusion: float | None = None
    power: int = 0
    units: str | None = None

    @property
    def text(self) -> str:
        """The word, after its power of epsilon."""
        return f"{power_text(self.power)}{self.word}"


@dataclass(frozen=True)
class PathRecord:
    """One step of the elimination of words.

    Parameters
    ----------
    words : tuple of str
        The words that are left.
    judge_residual : float
        The relative residual of the scheme that chooses, see `LearnedEquation.judge`.
    scheme_residual : float or None
        That of the scheme of the fit, where it is another multistep one and its norm is L2.
    dropped : str or None
        The word that is dropped next.
    """

    words: tuple[str, ...]
    judge_residual: float
    scheme_residual: float | None
    dropped: str | None


@dataclass(frozen=True)
class NetworkRecord:
    """The trained networks.

    Parameters
    ----------
    theta : tuple
        Weights and biases: base, scale, weight, in the order of `Ansatz.weights`.
    epsilon_pred : float
        Eq. (5.1).  Only theta_m / epsilon_pred^m is determined by data.
    own : dict of str to float
        Trainable coefficients outside the networks, such as that of the stiff term.
    loss, least_loss : float
        The mean loss of the networks, and the least one over the words they reach.
    starts, iterations : int
        That were needed.
    converged : bool
        Whether `loss` has come within 0.1 % of `least_loss`.
    intervals : tuple of (float, float, float)
        Every interval that eps_pred was kept in, eq. (5.2), and the loss there; the lowest was chosen.
    """

    theta: tuple[tuple[tuple[float, ...], ...], ...]
    epsilon_pred: float
    own: dict[str, float]
    loss: float
    least_loss: float
    starts: int
    iterations: int
    converged: bool
    intervals: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class LearnedFunction:
    """A term whose coefficient is a function of an axis, of several, or of time.

    Parameters
    ----------
    word : str
        As `str` of a `Word` prints it; ``1`` for a source.
    x : tuple of float
        Points of the axis, none where there are several; those of x count from its left end.
    values : tuple of float
        The coefficient there; of several axes the last one is the fastest.
    axis : str
        Its name, several with commas between them.
    grid : dict of str to tuple of float
        Points of every axis where there are several.
    errors : tuple of float
        Standard errors of the values, where they are known.
    units : str or None
        As those of a `LearnedTerm`.
    axis_units : dict of str to str
        Units of the axes, where the data has them.
    """

    word: str
    x: tuple[float, ...]
    values: tuple[float, ...]
    axis: str = "x"
    grid: dict[str, tuple[float, ...]] = field(default_factory=dict)
    errors: tuple[float, ...] = ()
    units: str | None = None
    axis_units: dict[str, str] = field(default_factory=dict)

    @property
    def points(self) -> dict[str, tuple[float, ...]]:
        """Those of every axis, by its name."""
        return self.grid or {self.axis: self.x}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at before an equation is called certain.

    Parameters
    ----------
    name : str
        What was looked at: ``fit``, ``choice``, ``completeness``, ``halves``, ``identifiability``,
        ``prediction``, ``dictionary``, ``band``, ``place``, ``smoothness``, ``stability``.
    passed : bool
    text : str
        What was found, with its number and its limit.
    value : float or None
        The number.
    """

    name: str
    passed: bool
    text: str
    value: float | None = None


@dataclass(frozen=True)
class LearnedEquation:
    """d/dt target = sum of terms.

    Parameters
    ----------
    target : str
        The field.
    terms : tuple of LearnedTerm
        Every term, the known ones last.
    scales : int
        M, the highest power of 1/epsilon that was allowed, or that was chosen.
    scheme : str
        The scheme whose residual gave the coefficients.
    rate : float
        dt times the fastest rate in the equation: the largest rms of one of its terms relative to that of
        the target.
    judge : str
        The scheme whose residual chose the words.
    jump, runner_up : float
        How many times that residual grows when one more word is dropped, and the most it grew before when a
        superfluous one was.
    path : tuple of PathRecord
        From all words to none.
    condition : float
        The condition number of the columns of the learned terms under the judge, scaled to one size.
    collinear : tuple of (str, str, float)
        Pairs of learned terms that the data hardly tells apart, and the correlation of their columns.
    vanishing : dict of str to str
        Words that were left out because their column vanishes in this data, and why.
    loss : float
        The mean loss of the printed equation.
    residual : float
        Its residual relative to that of no equation, in the norm of the fit.
    points : int
        How many equations were fitted.
    converged : bool
        Whether the last fit of the coefficients converged.
    network : NetworkRecord
        The trained networks.
    functions : tuple of LearnedFunction
        Further terms, whose coefficients are functions of an axis.
    candidates : tuple of ScaleCandidate
        Every M that was tried, where the data was to choose it.
    certain : bool
        Whether the data singles out this equation; otherwise it is the best guess.
    checks : tuple of Check
        What that is concluded from.
    weak : WeakRecord or None
        The weak form, where the equation was found by it.
    inclusion : dict of str to float
        How often halves of the data choose each candidate, where stability selection was asked for.
    kernels : tuple of LearnedKernel
        Collision kernels, each made of some of the terms.
    """

    target: str
    terms: tuple[LearnedTerm, ...]
    scales: int
    scheme: str
    rate: float
    judge: str
    jump: float
    runner_up: float
    path: tuple[PathRecord, ...]
    condition: float
    collinear: tuple[tuple[str, str, float], ...]
    vanishing: dict[str, str]
    loss: float
    residual: float
    points: int
    converged: bool
    network: NetworkRecord
    functions: tuple[LearnedFunction, ...] = ()
    candidates: tuple[ScaleCandidate, ...] = ()
    certain: bool = True
    checks: tuple[Check, ...] = ()
    weak: WeakRecord | None = None
    inclusion: dict[str, float] = field(default_factory=dict)
    kernels: tuple[LearnedKernel, ...] = ()

    @property
    def coefficients(self) -> dict[str, float]:
        """Coefficients by word."""
        return {term.word: term.coefficient for term in self.terms}

    def at(self, epsilon: float | None) -> dict[str, float]:
        """Coefficients by word for one epsilon.

        Raises
        ------
        InputError
            If the equation depends on epsilon and there is none.
        """
        if epsilon is None and any(term.power for term in self.terms):
            raise InputError(f"the {self.target}-equation depends on epsilon: give data whose epsilon is known")
        return {term.word: term.coefficient / (epsilon or 1.0) ** term.power for term in self.terms}

    @property
    def fitted(self) -> bool:
        """Whether it was fitted to data, and not derived from another equation."""
        return self.points > 0

    @property
    def chosen_words(self) -> int:
        """How many of the words that could be dropped are in the equation."""
        held = {*(term.word for term in self.terms), *(function.word for function in self.functions)}
        return sum((word or "1") in held for word in self.path[0].words) if self.path else 0

    @property
    def means(self) -> dict[str, float]:
        """The mean of the coefficients that are functions over their axis, by word."""
        return {function.word: sum(function.values) / len(function.values) for function in self.functions}

    @property
    def scaled(self) -> ScaledForm | None:
        """The scaled form of the terms, the known ones among them, and after them of the functions.

        None where every term is known, or the coefficients do not tell one epsilon.
        """
        if all(term.known for term in self.terms):
            return None
        return scaled_form_with_functions([term.coefficient for term in self.terms],
                                          [function.values for function in self.functions], self.scales)

    def details(self) -> dict[str, Any]:
        """All that is printed about the equation beside its coefficients, as plain values for JSON."""
        from symdcrnn.results.report import equation_details

        return equation_details(self)

    def coefficient(self, word: str) -> xarray.DataArray:
        """The coefficient of a word as a labelled array: a number, or a function of its axes, with standard errors.

        See `symdcrnn.results.coefficients.coefficient_array`.
        """
        from symdcrnn.results.coefficients import coefficient_array

        return coefficient_array(self, word)

    @property
    def terms_frame(self) -> pandas.DataFrame:
        """Every term as a row, see `symdcrnn.results.tables.terms_frame`."""
        from symdcrnn.results.tables import terms_frame

        return terms_frame(self)

    @property
    def path_frame(self) -> pandas.DataFrame:
        """Every candidate of the choice of words as a row, see `symdcrnn.results.tables.path_frame`."""
        from symdcrnn.results.tables import path_frame

        return path_frame(self)

    def scales_text(self) -> str:
        """Which M the data chose and why, see `symdcrnn.equation_text.scales_text`."""
        return scales_text(self)

    @property
    def text(self) -> str:
        """The equation in one line, whether it is certain or not."""
        return equation_text(self)

    def __str__(self) -> str:
        return self.verdict

    def __repr__(self) -> str:
        """A few lines: the equation and what it rests on."""
        from symdcrnn.results.shown import equation_lines

        return "\n".join(equation_lines(self))

    def _repr_html_(self) -> str:
        from symdcrnn.results.shown import equation_html

        return equation_html(self)

    @property
    def verdict(self) -> str:
        """The equation, after a line that says so where it is only the best guess."""
        if self.certain:
            return self.text
        return f"d_t {self.target}: no equation stands out in this data\n  best guess  {self.text}"

    def terms_text(self) -> str | None:
        """The coefficients with their standard errors, see `symdcrnn.equation_text.coefficients_text`."""
        return coefficients_text(self)

    def scaled_text(self) -> str | None:
        """The scaled form in one line, see `symdcrnn.equation_text.scaled_text`."""
        return scaled_text(self)
