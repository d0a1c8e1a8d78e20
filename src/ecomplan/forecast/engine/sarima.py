"""SARIMA on the working scale: two forms a series, averaged; regressors by generalised least squares.

The forms are fixed by the length of the history and a test for a season, not searched. Whether a business series has a
unit root is rarely decided by its history, so that two forms which differ in that are fitted and their forecasts
averaged: (1,1,1)(0,1,1) and (1,0,1)(0,1,1) where there is a season, (1,1,1) and (1,0,1)(0,1,1) where the test finds
none. Short histories average (1,0,0)(0,1,0) and (1,1,1) by Akaike weights.

Exact likelihood: the errors before the first observation are unknown and are estimated together with the regressors'
coefficients, as further columns of the least squares with the weight that errors of the same variance have (Box,
Jenkins & Reinsel 1994, ch. 7, "unconditional" sum of squares, here solved and not backcast).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ecomplan.forecast.engine.fitted import Fit
from ecomplan.forecast.engine.sarima_kernels import PRIOR_PHI, deviance, psi_weights, roll, search, solve
from ecomplan.forecast.engine.seasonality import has_season

#: seasons up to which the errors before the first observation are estimated; longer ones start from zero
EXACT_SEASON = 13
#: changes from which an autoregressive and a moving-average coefficient can be told apart
MIXED_FROM = 12


@dataclass(frozen=True)
class Form:
    """Differences and which of phi, theta, Theta are free (the others are 0)."""

    regular: int
    seasonal: int
    free: tuple[bool, bool, bool]


AIRLINE = Form(1, 1, (True, True, True))
STATIONARY = Form(0, 1, (True, True, True))
PLAIN = Form(1, 0, (True, True, False))
SHORT = Form(0, 1, (True, False, False))
TINY = Form(1, 0, (False, True, False))


@dataclass(frozen=True, kw_only=True)
class Part:
    """One fitted form: w = (1-B)^d (1-B^s)^D (z - b regressors), (1 - phi B) w = (1 + theta B)(1 + Theta B^s) e."""

    form: Form
    lag: int
    phi: float
    theta: float
    seasonal_theta: float
    #: one a regressor, 0 where it was left out; `kept`: those that are in
    coefficients: np.ndarray
    kept: tuple[int, ...]
    #: standard deviation of the one-step errors, degrees of freedom taken off
    scale: float
    mean: np.ndarray
    sigma: np.ndarray
    #: z less the regressors' part [n]; the regressors' part [n + horizon]; errors from lag + 1 before the first one on
    adjusted: np.ndarray = field(repr=False)
    effect: np.ndarray = field(repr=False)
    innovations: np.ndarray = field(repr=False)

    @property
    def errors(self) -> np.ndarray:
        """One-step errors [n], NaN where the differences take the observations."""
        found = np.full(len(self.adjusted), np.nan)
        found[self.form.regular + self.form.seasonal * self.lag :] = self.innovations[self.lag + 1 :]
        return found

    def rolling(self, horizon: int) -> np.ndarray:
        """[n, horizon]: see SarimaFit.rolling."""
        n = len(self.adjusted)
        found = roll(
            self.adjusted, self.innovations, horizon, self.phi, self.theta, self.seasonal_theta,
            self.form.regular, self.form.seasonal, self.lag, 0,
        )
        if self.kept:
            at = np.arange(n)[:, None] + np.arange(1, horizon + 1)[None, :]
            known = np.concatenate([self.effect, np.full(max(0, n + horizon - len(self.effect)), np.nan)])
            found = found + known[at]
        return found


@dataclass(frozen=True, kw_only=True)
class SarimaFit(Fit):
    """The weighted average of its parts."""

    parts: tuple[Part, ...]
    weights: np.ndarray
    #: weighted average over the parts, one a regressor
    coefficients: np.ndarray

    def rolling(self, horizon: int) -> np.ndarray:
        """[n, horizon]: z[t+1 .. t+horizon] forecast from every t with the parameters as fitted.

        Rows from which not every part can forecast yet are NaN; so are cells beyond the fitted horizon where regressors
        are in, for their values are not known there.
        """
        return np.asarray(np.tensordot(self.weights, [part.rolling(horizon) for part in self.parts], axes=1))


def fit_sarima(
    z: np.ndarray,
    horizon: int,
    season: int,
    regressors: np.ndarray | None = None,
    future: np.ndarray | None = None,
    *,
    groups: Sequence[object] | None = None,
    forms: Sequence[Form] | None = None,
) -> SarimaFit:
    """Fit to `z` [n >= 6] and forecast `horizon` steps; `forms` instead of those that the history's length gives.

    `regressors` [n, k] and `future` [horizon, k] come in only where they pay: columns with the same label in `groups`
    (default: each column its own) enter together, the group that lowers AICc most first. The forecast's variance is the
    mean of the parts' variances plus the variance between their forecasts.
    """
    z = np.ascontiguousarray(z, dtype=np.float64)
    n = len(z)
    design = np.zeros((0, n)) if regressors is None else np.ascontiguousarray(np.asarray(regressors, float).T)
    ahead = np.zeros((len(design), horizon))
    if future is not None:
        ahead = np.ascontiguousarray(np.asarray(future, dtype=float).T[:, :horizon])
    labels = list(range(len(design))) if groups is None else list(groups)
    chosen = forms or forms_for(z, season)
    parts = tuple(fit_part(z, horizon, season, form, design, ahead, labels) for form in chosen)
    together = np.array([part.errors for part in parts])
    weights = _akaike(together, chosen) if chosen[0] == SHORT else np.full(len(parts), 1.0 / len(parts))
    means = np.array([part.mean for part in parts])
    mean = weights @ means
    variance = weights @ np.array([part.sigma**2 for part in parts]) + weights @ (means - mean) ** 2
    known = weights[:, None] * np.isfinite(together)
    some = known.sum(axis=0) > 0
    errors = np.full(n, np.nan)
    errors[some] = (known * np.nan_to_num(together)).sum(axis=0)[some] / known.sum(axis=0)[some]
    return SarimaFit(
        name="sarima", mean=mean, sigma=np.sqrt(variance), errors=errors, parts=parts, weights=weights,
        coefficients=weights @ np.array([part.coefficients for part in parts]),
    )


def _akaike(errors: np.ndarray, forms: Sequence[Form]) -> np.ndarray:
    """Akaike weights of the parts by their one-step `errors` [parts, n] where all have one."""
    shared = errors[:, np.isfinite(errors).all(axis=0)]
    squares = np.maximum((shared**2).sum(axis=1), 1e-300)
    criterion = shared.shape[1] * np.log(squares) + 2.0 * np.array([sum(form.free) for form in forms])
    weights = np.exp(-0.5 * (criterion - criterion.min()))
    return np.asarray(weights / weights.sum())


def forms_for(z: np.ndarray, season: int) -> tuple[Form, ...]:
    """The forms for a history `z`.

    # ASSUME: two forms that differ in the unit root, equal weights (on origins inside the training data of three public
    # panels their average errs less than either and than the better of the two picked by its errors in sample). With
    # fewer than two seasons and six observations the year-on-year change as AR(1), the one coefficient that a handful
    # of changes can carry; without a season, or with fewer than a season and three, (1,1,1), or (0,1,1) when tiny.
    """
    n = len(z)
    plain = PLAIN if n - 1 >= MIXED_FROM else TINY
    if season < 2 or n < season + 3:
        return (plain,)
    if n < 2 * season + 6:
        return (SHORT, plain)
    return (AIRLINE, STATIONARY) if has_season(z, season) else (plain, STATIONARY)


def fit_part(
    z: np.ndarray, horizon: int, season: int, form: Form, design: np.ndarray, ahead: np.ndarray,
    labels: Sequence[object],
) -> Part:
    """One form on `z` [n]; `design` [k, n] and `ahead` [k, horizon] are the regressors, `labels` their groups."""
    n = len(z)
    lag = season if form.seasonal else 1
    free = np.array(form.free)
    level = float(z.mean())
    w = _difference(z[None, :] - level, form, lag)[0]
    columns = _difference(design, form, lag)
    exact = lag <= EXACT_SEASON
    prior = np.array([PRIOR_PHI if form.regular else 0.0, 0.0, 0.0])
    unit = float(np.std(w))
    kept: tuple[int, ...] = ()
    b, innovations, rss = np.zeros(0), np.zeros(lag + 1 + len(w)), 0.0
    phi, theta, big = 1.0, 0.0, 0.0  # without any variation the same change goes on
    if unit > 1e-10 * max(1.0, float(np.abs(z).max())):
        w = w / unit
        values, kept = _fitted(w, columns, free, lag, exact, prior, labels)
        phi, theta, big = float(values[0]), float(values[1]), float(values[2])
        b, innovations, rss = solve(w, columns[list(kept)], phi, theta, big, lag, exact)
    coefficients = np.zeros(len(design))
    coefficients[list(kept)] = b * unit
    effect = np.concatenate([coefficients @ design, coefficients @ ahead])
    adjusted = z - effect[:n]
    scale = float(np.sqrt(rss / max(1, len(w) - int(free.sum()) - len(kept)))) * unit
    last = roll(adjusted, innovations * unit, horizon, phi, theta, big, form.regular, form.seasonal, lag, n - 1)[-1]
    left = psi_weights(horizon, phi, theta, big, form.regular, form.seasonal, lag)
    return Part(
        form=form, lag=lag, phi=phi, theta=theta, seasonal_theta=big, coefficients=coefficients, kept=kept, scale=scale,
        mean=last + effect[n:], sigma=scale * np.sqrt(np.cumsum(left**2)), adjusted=adjusted, effect=effect,
        innovations=innovations * unit,
    )


def _fitted(
    w: np.ndarray, columns: np.ndarray, free: np.ndarray, lag: int, exact: bool, prior: np.ndarray,
    labels: Sequence[object],
) -> tuple[np.ndarray, tuple[int, ...]]:
    """phi, theta, Theta and the columns that are in."""
    n, parameters = len(w), int(free.sum()) + 1
    values, loss = search(w, columns[:0], np.array([0.1, -0.4, -0.6]), free, lag, exact, prior)
    kept = _paying(w, columns, values, parameters, lag, exact, labels) if len(columns) else ()
    if kept:
        again, with_them = search(w, columns[list(kept)], values, free, lag, exact, prior)
        if _aicc(with_them, n, parameters + len(kept)) < _aicc(loss, n, parameters):
            return again, kept
    return values, ()


def _paying(
    w: np.ndarray, columns: np.ndarray, values: np.ndarray, parameters: int, lag: int, exact: bool,
    labels: Sequence[object],
) -> tuple[int, ...]:
    """The columns that lower AICc at the coefficients found without them, group by group, the best first."""
    n = len(w)
    groups = [[i for i, label in enumerate(labels) if label == name] for name in dict.fromkeys(labels)]
    groups = [alive for group in groups if (alive := [i for i in group if np.ptp(columns[i]) > 1e-12])]
    chosen: list[int] = []
    best = _aicc(deviance(w, columns[:0], values, lag, exact), n, parameters)
    while groups:
        tried = [
            _aicc(deviance(w, columns[chosen + group], values, lag, exact), n, parameters + len(chosen) + len(group))
            for group in groups
        ]
        first = int(np.argmin(tried))
        if not tried[first] < best:
            break
        best = tried[first]
        chosen += groups.pop(first)
    return tuple(sorted(chosen))


def _difference(rows: np.ndarray, form: Form, lag: int) -> np.ndarray:
    if form.regular:
        rows = rows[:, 1:] - rows[:, :-1]
    if form.seasonal:
        rows = rows[:, lag:] - rows[:, :-lag]
    return np.ascontiguousarray(rows)


def _aicc(value: float, n: int, parameters: int) -> float:
    spare = n - parameters - 1
    return np.inf if spare <= 0 else value + 2 * parameters + 2 * parameters * (parameters + 1) / spare
