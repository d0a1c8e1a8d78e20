"""Members on a history of less than two seasons and a half, where no member can learn a season by itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ecomplan.forecast.engine.fitted import Fit

#: year-on-year changes from which a member is fitted to them
CHANGES_FROM = 6


def is_short(n: int, season: int) -> bool:
    """Whether `n` observations hold six year-on-year changes or more, but fewer than two seasons and six."""
    return season > 1 and season + CHANGES_FROM <= n < 2 * season + 6


def fit_short(
    plain: Callable[[int], Fit], changes: Callable[[np.ndarray, int], Fit], z: np.ndarray, horizon: int, season: int,
) -> Fit:
    """The average of a member without a season and of the same member on the year-on-year changes of `z`.

    `plain(horizon)` and `changes(d, horizon)` fit the two; Akaike weights by their one-step errors on the same
    observations decide how much of each (both have as many parameters).

    # ASSUME: last season's shape comes back, as far as it forecast better in sample than a line without it.
    """
    whole = plain(horizon)
    yearly = changes(z[season:] - z[:-season], horizon)
    mean, variance = np.zeros(horizon), np.zeros(horizon)
    for k in range(horizon):  # beyond a season the forecast stands on the forecast of the season before
        mean[k] = yearly.mean[k] + (z[len(z) - season + k] if k < season else mean[k - season])
        variance[k] = yearly.sigma[k] ** 2 + (0.0 if k < season else variance[k - season])
    errors = np.full(len(z), np.nan)
    errors[season:] = yearly.errors
    shared = np.isfinite(errors) & np.isfinite(whole.errors)
    squares = [max(float((e[shared] ** 2).sum()), 1e-300) for e in (whole.errors, errors)]
    share = 1.0 / (1.0 + (squares[0] / squares[1]) ** (-0.5 * int(shared.sum())))  # of the year-on-year form
    middle = share * mean + (1 - share) * whole.mean
    between = share * (1 - share) * (mean - whole.mean) ** 2
    return Fit(
        name=whole.name, mean=middle,
        sigma=np.sqrt(share * variance + (1 - share) * whole.sigma**2 + between),
        errors=np.where(np.isfinite(errors), share * np.nan_to_num(errors) + (1 - share) * whole.errors, whole.errors),
    )
