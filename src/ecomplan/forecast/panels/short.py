"""What longer series teach a short one: how last year's changes carry over, and how errors grow with the lead.

Each companion series is cut into windows of the shop's own length of history plus the months to forecast, so that
nothing longer than the shop's own past is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.forecast.panels.sample import Floats, spread_of

SEASON = 12
#: what a short history shows of year-on-year change, in logs
SIGNALS = ("last_change", "three_month_change", "mean_change")


@dataclass(frozen=True)
class Windows:
    """Windows of many series, in units of each series' own spread of year-on-year changes, every series counting
    the same. `signals` [windows x 3]; `changes` [windows x leads]: the log changes to come against the last known
    same month; `series` [windows]: whose window it is; `weight` [windows]: one over the windows of its series."""

    signals: Floats
    changes: Floats
    series: npt.NDArray[np.int64]
    weight: Floats

    def where(self, rows: npt.NDArray[np.bool_]) -> Windows:
        """The windows of some rows."""
        return Windows(self.signals[rows], self.changes[rows], self.series[rows], self.weight[rows])


def windows(
    panel: pd.DataFrame, history_months: int, horizon_months: int, step_months: int, clip_spreads: float,
) -> Windows:
    """Cut every series into windows of `history_months` + `horizon_months`, `step_months` apart, latest first.

    `panel`: unique_id, ds, y. Series with values not above zero and series too short for one window are passed over.
    A change beyond `clip_spreads` of the series' own spread (by the median: normal units) counts as that many, since
    months next to nothing give logs without bound. Raises DataError where none is left, or where the history holds
    fewer than three year-on-year changes.
    """
    if history_months < SEASON + 3:
        raise DataError(f"{history_months} months of history; year-on-year changes need {SEASON + 3}")
    span, parts = history_months + horizon_months, []
    ahead = np.arange(horizon_months)
    base = history_months - SEASON + ahead % SEASON
    for number, (_, one) in enumerate(panel.groupby("unique_id", sort=True)):
        y = one.sort_values("ds")["y"].to_numpy(dtype=float)
        if len(y) < span or (y <= 0).any():
            continue
        cut = np.lib.stride_tricks.sliding_window_view(np.log(y), span)[::-1][::step_months]
        moved = cut[:, SEASON:history_months] - cut[:, : history_months - SEASON]
        spread = spread_of(moved)
        if spread == 0:  # a series that mostly repeats itself has no unit to be measured in
            continue
        limit = clip_spreads * spread
        past = np.asarray(np.clip(moved, -limit, limit) / spread, dtype=float)
        changes = np.asarray(np.clip(cut[:, history_months:] - cut[:, base], -limit, limit) / spread, dtype=float)
        signals = np.column_stack([past[:, -1], past[:, -3:].mean(axis=1), past.mean(axis=1)])
        parts.append((signals, changes, np.full(len(cut), number), np.full(len(cut), 1 / len(cut))))
    if not parts:
        raise DataError(f"no companion series holds {span} months above zero")
    signals, changes, series, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Windows(signals, changes, series, weight)


def learn(cut: Windows) -> Floats:
    """Weights [leads x signals] of the changes on the signals by least squares.

    No constant: what a panel grew by on average is no news for a shop.
    """
    root = np.sqrt(cut.weight)[:, None]
    found = np.linalg.lstsq(cut.signals * root, cut.changes * root, rcond=None)[0]
    return np.asarray(found.T, dtype=float)


def errors(cut: Windows, folds: int, rng: np.random.Generator) -> Floats:
    """Out-of-fold errors [windows x leads]: the weights that forecast a series were learned on others."""
    fold = rng.integers(0, folds, size=int(cut.series.max()) + 1)[cut.series]
    found = np.full(cut.changes.shape, np.nan)
    for one in np.unique(fold):
        held = fold == one
        found[held] = cut.changes[held] - cut.signals[held] @ learn(cut.where(~held)).T
    return found


def spread(cut: Windows, found: Floats) -> float:
    """Root mean square one month ahead over series, in the series' own units. `found`: [windows x leads]."""
    return float(np.sqrt((cut.weight * found[:, 0] ** 2).sum() / cut.weight.sum()))


def weights_table(cut: Windows, draws: int, level: float, rng: np.random.Generator) -> pd.DataFrame:
    """lead_months, name (of the signal), value, low, high: weights with limits from resampled series."""
    value = learn(cut)
    order = np.argsort(cut.series, kind="stable")
    ids, first = np.unique(cut.series[order], return_index=True)
    root = np.sqrt(cut.weight)[:, None]
    x, y = cut.signals * root, cut.changes * root
    groups = np.split(order, first[1:])
    gram = np.stack([x[rows].T @ x[rows] for rows in groups])
    moment = np.stack([x[rows].T @ y[rows] for rows in groups])
    times = _times(len(ids), draws, rng)
    # a pseudo-inverse: with three changes in all their mean and the three-month mean are one
    inverse = np.linalg.pinv(np.einsum("dn,nij->dij", times, gram), rcond=1e-10, hermitian=True)
    drawn = inverse @ np.einsum("dn,nij->dij", times, moment)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    leads = value.shape[0]
    return pd.DataFrame({
        "lead_months": np.repeat(np.arange(1, leads + 1), len(SIGNALS)), "name": np.tile(SIGNALS, leads),
        "value": value.ravel(), "low": low.T.ravel(), "high": high.T.ravel(),
    })


def widths_table(cut: Windows, found: Floats, draws: int, level: float, rng: np.random.Generator) -> pd.DataFrame:
    """lead_months, ratio, low, high, series, rule: spread of the errors at a lead over that one month ahead.

    Root mean squares over series, limits from resampled series. `rule`: the ratio if a month's error variance doubled
    within a year. `found`: errors [windows x leads].
    """
    ids, at = np.unique(cut.series, return_inverse=True)
    squares = np.column_stack([np.bincount(at, weights=cut.weight * column**2) for column in found.T])
    times = _times(len(ids), draws, rng)
    drawn = np.sqrt((times @ squares) / (times @ squares[:, :1]))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    mean = squares.mean(axis=0)
    lead = np.arange(1, found.shape[1] + 1)
    return pd.DataFrame({
        "lead_months": lead, "ratio": np.sqrt(mean / mean[0]), "low": low, "high": high, "series": len(ids),
        "rule": np.sqrt(1 + (lead - 1) / SEASON),
    })


def _times(series: int, draws: int, rng: np.random.Generator) -> Floats:
    """How often each resample [draws x series] holds each series."""
    return rng.multinomial(series, np.full(series, 1 / series), size=draws).astype(float)
