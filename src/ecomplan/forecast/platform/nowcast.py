"""The running month's forecast issued again: what was seen so far, plus what the rest of its open days should bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.forecast.platform.backtest import CHOSEN, INTERVAL, Backtest, resamples
from ecomplan.forecast.platform.opendays import Rule, TradingDays
from ecomplan.forecast.platform.series import SEASON, SERIES

# ASSUME: before the data a month's forecast is as unsure as who happens to order in it, so that of a surprise seen
# after a share f of the month f / (1 + f) carries over to its rest (a normal mean with a normal prior of the same
# spread), as if a year of months had shown it; earlier months then speak for themselves.
PRIOR_MONTHS = 12


@dataclass(frozen=True)
class Month:
    """One month by its open days: dates, weekdays, and running totals of SERIES [days + 1 x 3], zero first."""

    dates: pd.DatetimeIndex
    weekdays: np.ndarray
    seen: np.ndarray

    @property
    def days(self) -> int:
        return len(self.dates)


def months_by_day(orders: pd.DataFrame, days: TradingDays, months: pd.DatetimeIndex) -> tuple[Month, ...]:
    """Each full month, open day by open day. A customer is active from the first order of the month on."""
    date = orders["time"].dt.normalize()
    start = orders["time"].dt.to_period("M").dt.to_timestamp()
    named = orders["customer_id"].notna().to_numpy()
    firsts = pd.DataFrame({"month": start, "customer": orders["customer_id"], "date": date})[named]
    firsts = firsts.sort_values("date", kind="stable").drop_duplicates(["month", "customer"])
    daily = pd.DataFrame({
        "sales": orders["amount"].groupby(date).sum(), "orders": orders["order_id"].groupby(date).nunique(),
        "active_customers": firsts.groupby("date").size(),
    }).fillna(0.0)
    open_days = days.known[days.known["is_open"]]
    found = []
    for month in months:
        part = open_days[open_days["month"] == month]
        totals = daily.reindex(part["date"], fill_value=0.0).to_numpy(float)
        found.append(Month(pd.DatetimeIndex(part["date"]), part["weekday"].to_numpy(),
                           np.vstack([np.zeros(len(SERIES)), totals.cumsum(axis=0)])))
    return tuple(found)


def _fractions(month: Month, rule: Rule) -> np.ndarray:
    """Share of the month's weighted open days gone after each [days + 1]."""
    gone = np.concatenate([[0.0], np.cumsum(np.array(rule.weights)[month.weekdays])])
    return np.asarray(gone / gone[-1])


def _profiles(earlier: tuple[Month, ...], rule: Rule, at: float) -> np.ndarray:
    """[months x 3]: share of a whole month's figure that earlier months had when `at` of their open days were gone."""
    rows = []
    for month in earlier:
        gone = _fractions(month, rule)
        rows.append([np.interp(at, gone, column / max(column[-1], 1e-9)) for column in month.seen.T])
    return np.array(rows)


def expected_share(profiles: np.ndarray, at: float) -> np.ndarray:
    """[3]: what share of the month should be in by now. Sales and orders come per weighted open day; a customer counts
    once, so the active ones come faster at first: as they did on average in earlier months."""
    share = np.full(len(SERIES), at)
    share[2] = profiles[:, 2].mean()
    return np.asarray(np.clip(share, 1e-6, 1 - 1e-6))


def carry(surprise: np.ndarray, rest: np.ndarray, at: float) -> np.ndarray:
    """[3]: how much of the log surprise so far the rest of a month repeats, from earlier months [months x 3].

    A regression through the origin, shrunken to at / (1 + at), `at` the share of the month that is gone, by
    PRIOR_MONTHS months of the same spread; kept in 0 to 1.
    """
    squares, products = (surprise**2).mean(axis=0), (surprise * rest).mean(axis=0)
    months = len(surprise)
    seen = np.divide(products, squares, out=np.zeros(len(squares)), where=squares > 0)
    weight = (months * (squares > 0) * seen + PRIOR_MONTHS * at / (1 + at)) / (months * (squares > 0) + PRIOR_MONTHS)
    return np.asarray(np.clip(weight, 0.0, 1.0))


def reissue(month: Month, day: int, ahead: float, forecast: np.ndarray, earlier: tuple[Month, ...],
            base: np.ndarray, rule: Rule) -> np.ndarray:
    """[3]: the month's total after `day` open days.

    `ahead`: weighted open days still to come by the rule; `forecast` [3]: the month-ahead forecast; `earlier`: all
    whole months before; `base` [months x 3]: plain forecasts of the last of them, from which `carry` learns.
    """
    if day == 0:
        return forecast
    gone = float(np.array(rule.weights)[month.weekdays[:day]].sum())
    at = gone / (gone + ahead)
    seen: np.ndarray = month.seen[day]
    if ahead <= 0:
        return seen
    profiles = _profiles(earlier, rule, at)
    share = expected_share(profiles, at)
    totals = np.array([one.seen[-1] for one in earlier[-len(base):]])
    past = np.maximum(profiles[-len(base):] * totals, 0.5)
    left = np.maximum(totals - past, 0.5)
    weight = carry(np.log(past / (base * share)), np.log(left / (base * (1 - share))), at)
    surprise = np.log(np.maximum(seen, 0.5) / (forecast * share))
    return np.asarray(seen + forecast * (1 - share) * np.exp(weight * surprise))


def reissue_table(test: Backtest, by_day: tuple[Month, ...], days: TradingDays, most_days: int) -> pd.DataFrame:
    """series, month, open_days, forecast, actual, error_percent: the forecast handed on, again after 0 .. most_days.

    Every origin of the backtest; a month with fewer open days stays at its end. Only days up to the last one seen and
    months before are used; days still to come follow the rule as learnt before the month.
    """
    count, frames = len(test.months), []
    plain = np.exp(test.actual[:, : len(SERIES)])
    for row, known in enumerate(range(count - test.origins, count)):
        start, month = test.months[known], by_day[known]
        rule = days.rule(start)
        ruled = days.days(start)
        ruled = ruled[ruled["month"] == start]
        _, weighted = days.per_month(test.months[: known + 1], start)
        base = plain[: known - SEASON] * (weighted[SEASON:known] / weighted[: known - SEASON])[:, None]
        forecast = np.exp(test.central[CHOSEN][row, 0, : len(SERIES)])
        issued = []
        for day in range(most_days + 1):
            at = min(day, month.days)
            ahead = ruled["weight"] if at == 0 else ruled.loc[ruled["date"] > month.dates[at - 1], "weight"]
            issued.append(reissue(month, at, float(ahead.sum()), forecast, by_day[:known], base, rule))
        for column, name in enumerate(SERIES):
            values = np.array(issued)[:, column]
            frames.append(pd.DataFrame({
                "series": name, "month": start, "open_days": np.arange(most_days + 1), "forecast": values,
                "actual": plain[known, column], "error_percent": 100 * (values / plain[known, column] - 1),
            }))
    return pd.concat(frames, ignore_index=True)


def percent_after(table: pd.DataFrame, open_days: int) -> np.ndarray:
    """Absolute errors in percent after so many open days [months x SERIES]."""
    part = table[table["open_days"] == open_days].pivot(index="month", columns="series", values="error_percent")
    return np.asarray(part[list(SERIES)].abs().to_numpy())


def curve_table(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """series, open_days, mape_percent, low, high (80 %, bootstrap over months)."""
    rows = []
    for open_days in sorted(table["open_days"].unique()):
        percent = percent_after(table, int(open_days))
        low, high = np.quantile(resamples(len(percent), seed) @ percent, INTERVAL, axis=0)
        rows += [{"series": name, "open_days": int(open_days), "mape_percent": mean, "low": below, "high": above}
                 for name, mean, below, above in zip(SERIES, percent.mean(axis=0), low, high, strict=True)]
    return pd.DataFrame(rows).sort_values(["series", "open_days"], kind="stable").reset_index(drop=True)
