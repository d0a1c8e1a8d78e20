"""The drivers as groups of regressors by week: each known before the week begins."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.forecast.drivers.shapley import Design

Floats = npt.NDArray[np.float64]

SEASON, DIFFUSION, PROMOTION, MACRO, TREND = "season", "diffusion", "promotion", "macro", "trend"
NAMES = {
    SEASON: "Season", DIFFUSION: "Diffusion", PROMOTION: "Promotion", MACRO: "Macro",
    TREND: "Slow trend",
}
YEAR_DAYS = 365.25
RUN_UP_WEEKS = 12


def season(table: pd.DataFrame, daily: pd.DataFrame, event_days: npt.ArrayLike, harmonics: int) -> Floats:
    """[weeks, k]: log open days, the year's waves, the run-up to Christmas, the share of open days in sales events.

    `event_days` [days] is 1 on a day of any named event. The run-up rises over twelve weeks up to the last week before
    21 December and is zero at other times.
    """
    civil = daily.groupby("week")["civil"].min().reindex(table["week"])
    turn = 2 * np.pi * ((civil.dt.dayofyear.to_numpy() + 3) / YEAR_DAYS)[:, None] * np.arange(1, harmonics + 1)
    to_christmas = (21 - civil.dt.day + 30 * (12 - civil.dt.month)).to_numpy() / 7
    run_up = np.where((to_christmas >= 0) & (to_christmas <= RUN_UP_WEEKS), 1 - to_christmas / RUN_UP_WEEKS, 0)
    inside = pd.Series(np.asarray(event_days, float) * daily["is_open"].to_numpy()).groupby(
        daily["week"].to_numpy()).sum().reindex(table["week"]).to_numpy()
    opened = table["open_days"].to_numpy(float)
    return np.column_stack([
        np.log(np.maximum(opened, 1)), np.sin(turn), np.cos(turn), run_up, inside / np.maximum(opened, 1),
    ])


def diffusion(table: pd.DataFrame, inflow: pd.Series) -> Floats:
    """[weeks, 2]: log inflow of customers per open day in the week before, and over the four weeks before."""
    opened = pd.Series(table["open_days"].to_numpy(float), index=table["week"])
    came = inflow.reindex(table["week"])
    last = (came / opened.clip(lower=1)).shift(1)
    four = (came.rolling(4).sum() / opened.rolling(4).sum().clip(lower=1)).shift(1)
    return np.asarray(np.log1p(np.column_stack([last, four])))


def promotion(table: pd.DataFrame, index: pd.DataFrame) -> Floats:
    """[weeks, 3]: depth of price cuts in the week before and over the four before that, share of products on cut."""
    known = index.reindex(table["week"])
    return np.column_stack([
        known["depth"].shift(1), known["depth"].rolling(4).mean().shift(2), known["share"].shift(1),
    ])


def design(table: pd.DataFrame, groups: dict[str, Floats]) -> tuple[Design, pd.DataFrame]:
    """(design, its weeks) on log sales a week, where the week is used and every regressor is known.

    Adds the slow trend (time). Raises DataError where fewer than a year and a half of weeks remain: a season must be
    seen once to be learnt and again to be tested.
    """
    time = np.arange(len(table), dtype=float)[:, None] / 52
    groups = groups | {TREND: time}
    known = np.isfinite(np.hstack(list(groups.values()))).all(1) & table["used"].to_numpy()
    if known.sum() < 65:
        raise DataError(
            f"drivers: {int(known.sum())} whole weeks with known regressors are too short; a year to learn from and "
            f"a quarter to test need at least 65"
        )
    kept = table[known].reset_index(drop=True)
    return Design(
        np.log(kept["sales"].to_numpy(float)), {name: part[known] for name, part in groups.items()},
        kept["week"].to_numpy(np.int64),
    ), kept
