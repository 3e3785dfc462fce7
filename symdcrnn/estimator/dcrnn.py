"""`DCRNN`: a fit as an estimator of scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from inspect import Parameter, Signature
from typing import Any

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError, nearest
from symdcrnn.estimator.data_kinds import Given, column_names, columns_of, given_data
from symdcrnn.estimator.explained import explained
from symdcrnn.evaluation import right_hand_side
from symdcrnn.fitting.fit import fit
from symdcrnn.fitting.inputs import merged_settings
from symdcrnn.given import described
from symdcrnn.results.tables import all_terms
from symdcrnn.schemes.table import WEAK
from symdcrnn.settings import AUTO, FitSettings
from symdcrnn.simulation import Simulation, simulate

Known = Mapping[str, ArrayLike] | Sequence[Mapping[str, ArrayLike]] | None

BY_DICTIONARY = ("operators", "layers", "scales")
"""Settings that are others where words or libraries are given; None leaves them to that."""

DEFAULTS: dict[str, Any] = {
    **{one.name: None if one.name in BY_DICTIONARY else one.default for one in fields(FitSettings)
       if one.default is not MISSING},
    "axes": None, "periodic": None,
}
"""Every parameter of the estimator, and what it is where nothing is said."""


class DCRNN(BaseEstimator):  # type: ignore[misc]
    """Learn the equations of snapshots, as an estimator of scikit-learn.

    Parameters
    ----------
    **settings
        Those of `FitSettings` by name, such as ``words=["u", "u*d_x u"]``, ``scheme="imex-bdf2"`` or
        ``operators=("I", "d_x")``; lists and numbers of NumPy are taken as well. They are checked by `fit`.
        ``operators``, ``layers`` and ``scales`` of None are as in `symdcrnn.fit`: networks compose words, unless
        ``words`` or ``library`` give them.
    axes : mapping of str to array_like or float, or sequence of str, optional
        Of plain arrays: the names of their axes in order, each with its points, its step, or None for 0, 1, 2, ...
        Give t a step: parts of the frames then fit as well.
    periodic : bool or mapping of str to bool, optional
        Whether the space axes, or those named, are periodic, where the data does not say it.

    Attributes
    ----------
    model_ : Model
        What was learned.
    equations_ : pandas.DataFrame
        The terms of all equations, by field and word: `LearnedEquation.terms_frame`.
    notices_ : tuple of str
        What was put right in the data or taken for granted.
    n_features_in_, feature_names_in_ : int, ndarray of str
        Of tables and plain arrays with two axes.

    Raises
    ------
    InputError
        If there is no setting of a name; the nearest ones are named.

    Examples
    --------
    >>> DCRNN(words=["d_x u"]).fit(u, axes={"t": 0.1, "x": x}).print()  # doctest: +SKIP
    """

    def __init__(self, **settings: Any) -> None:
        _check_names(settings)
        for name, default in DEFAULTS.items():
            setattr(self, name, settings.get(name, default))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All parameters by name."""
        return {name: vars(self)[name] for name in DEFAULTS}

    def set_params(self, **params: Any) -> DCRNN:
        """Set parameters by name.

        Raises
        ------
        InputError
            If there is none of a name; the nearest ones are named.
        """
        _check_names(params)
        super().set_params(**params)
        return self

    def fit(self, X: Any, y: Any = None, *, known: Known = None,  # noqa: N803, the name that callers use
            progress: Callable[[str, int, int], None] | None = None, scheduler: str | None = None) -> DCRNN:
        """Learn the equations of some data.

        Parameters
        ----------
        X : Trajectory, xarray.Dataset, xarray.DataArray, path, mapping, pandas.DataFrame or array_like
            Snapshots, or a list of several; a trajectory may be on disk. Axes are known by their names and never by
            their order; values that are missing, masked, or equal a fill value are left out. A mapping has arrays by
            field as those of `Trajectory.from_arrays`. Rows of a table are times; columns that are numbers are points
            of x, others are quantities of their own. The axes of plain arrays are named by the parameter ``axes``.
        y : None
            Not used.
        known, progress, scheduler
            As those of `symdcrnn.fit`.

        Raises
        ------
        InputError
            If something in the data or the settings cannot be used, in one line.
        """
        given = given_data(X, self.axes, self.periodic, single=False)
        settings = merged_settings(None, self._settings())
        self.model_ = fit([one.source for one in given], settings, known=known, progress=progress, scheduler=scheduler)
        self.equations_ = all_terms(self.model_)
        self.notices_ = tuple(dict.fromkeys(line for one in given for line in one.source.notices))
        self._note_columns(X)
        return self

    def predict(self, X: Any, known: Known = None) -> Any:  # noqa: N803
        """The rates d_t of every field with an equation.

        Parameters
        ----------
        X : object
            As that of `fit`; of a table or plain array one row may do, which is a single state.
        known : mapping or sequence of those, optional
            sigma_s, sigma_a or source, if the model was learned with them.

        Returns
        -------
        xarray.Dataset, pandas.DataFrame or ndarray
            As what was given: with names for what has names. A list for a list. NaN at points whose stencils leave
            data that is not periodic.

        Raises
        ------
        InputError
            If the data does not have what the equations need.
        """
        given, functions = self._given(X, known)
        found = [one.back({equation.target: right_hand_side(self.model_, one.in_memory, equation.target, here)
                           for equation in self.model_.equations})
                 for one, here in zip(given, functions, strict=True)]
        return found[0] if len(given) == 1 else found

    def simulate(self, X: Any, **options: Any) -> Simulation:  # noqa: N803
        """March the equations from a frame of some data, see `symdcrnn.simulate`.

        Parameters
        ----------
        X : object
            As that of `fit`, one trajectory.
        **options
            ``from_frame``, ``steps``, ``until``, ``method``, ``rtol``, ``known``, ``progress``, ``dt``.

        Raises
        ------
        InputError
            As `symdcrnn.simulate`.
        """
        one = self._one(X)
        return simulate(self.model_, one, **options)

    def score(self, X: Any, y: Any = None, known: Known = None) -> float:  # noqa: N803
        """How much of the changes from frame to frame the equations explain, the mean over equations.

        See `symdcrnn.estimator.explained.explained`: 1 is all, 0 as much as no equation.

        Parameters
        ----------
        X : object
            As that of `fit`; of a list the mean is taken.
        y : None
            Not used.
        known : mapping or sequence of those, optional
            As that of `predict`.

        Raises
        ------
        InputError
            If the data does not have what the equations need.
        """
        given, functions = self._given(X, known)
        shares = [share for one, here in zip(given, functions, strict=True)
                  for share in explained(self.model_, one.in_memory, here).values()]
        return sum(shares) / len(shares)

    def print(self) -> None:
        """Print the equations, one a line."""
        check_is_fitted(self)
        print(self.model_)

    @property
    def equations(self) -> Callable[[], list[str]]:
        """``equations()`` gives the equations as text; the parameter of that name says which fields have one."""
        return self._texts

    @equations.setter
    def equations(self, value: Any) -> None:
        # A parameter is found by `get_params`; the method of its name is what callers of an estimator look for.
        self.__dict__["equations"] = value

    def _texts(self) -> list[str]:
        check_is_fitted(self)
        return [equation.text for equation in self.model_.equations]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.scheme in (AUTO, WEAK)
        tags.input_tags.three_d_array = True
        return tags

    def _settings(self) -> dict[str, Any]:
        """The settings that something was said of."""
        given = {name: value for name, value in self.get_params().items() if name not in ("axes", "periodic")}
        return {name: value for name, value in given.items() if value is not None or name not in BY_DICTIONARY}

    def _given(self, data: Any, known: Known) -> tuple[list[Given], list[Mapping[str, ArrayLike] | None]]:
        """Data as trajectories, and the known functions of each."""
        check_is_fitted(self)
        columns = columns_of(data)
        expected = getattr(self, "n_features_in_", columns)
        if columns is not None and columns != expected:
            raise InputError(f"X has {columns} features, but {type(self).__name__} is expecting {expected} features as "
                             "input: give data on the points of the fit")
        given = given_data(data, self.axes, self.periodic, single=True)
        if known is None or isinstance(known, Mapping):
            return given, [known] * len(given)
        if len(known) != len(given):
            raise InputError(f"known was given {described(known)} for {len(given)} trajectories: give a dict, or a "
                             "list with one for each")
        return given, list(known)

    def _one(self, data: Any) -> Trajectory:
        given, _ = self._given(data, None)
        if len(given) != 1:
            raise InputError(f"{len(given)} trajectories were given, and one is marched at a time: give one of them")
        return given[0].in_memory

    def _note_columns(self, data: Any) -> None:
        """Remember the columns of a table, and forget those of an earlier one."""
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self, name):
                delattr(self, name)
        columns, names = columns_of(data), column_names(data)
        if columns is not None:
            self.n_features_in_ = columns
        if names is not None:
            import numpy as np

            self.feature_names_in_ = np.array(names, dtype=object)


def _check_names(given: Mapping[str, Any]) -> None:
    for name in given:
        if name not in DEFAULTS:
            raise InputError(f"unknown setting {name!r}: {nearest(name, DEFAULTS)}")


# scikit-learn reads the parameters of an estimator from the signature of its constructor.
setattr(DCRNN.__init__, "__signature__", Signature(  # noqa: B010
    [Parameter("self", Parameter.POSITIONAL_OR_KEYWORD),
     *(Parameter(name, Parameter.KEYWORD_ONLY, default=default) for name, default in DEFAULTS.items())]))
