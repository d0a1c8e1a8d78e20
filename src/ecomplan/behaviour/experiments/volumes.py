"""How much evidence the platform's own orders bring in 1, 3, 5, ... days, and the smallest effect that it can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.behaviour.experiments.power import detectable, factor, lift_error, power_of
from ecomplan.behaviour.experiments.two_sample import Floats
from ecomplan.errors import DataError

YEAR_DAYS = 365
CONVERSION, VALUE, CAPPED = "conversion of visits", "order value", "order value, capped"
PER_CUSTOMER, SALES, REPEAT = "orders per known customer", "sales per known customer, capped", "repeat rate"
METRICS = (CONVERSION, VALUE, CAPPED, PER_CUSTOMER, SALES, REPEAT)


@dataclass(frozen=True)
class Year:
    """Orders of the last 365 days of full months: day (0 is the first), who (cluster), amount, capped, known."""

    frame: pd.DataFrame
    orders_per_day: float
    sales_per_day: float
    amount_variation: float  # squared coefficient of variation of the capped amounts
    customers: int  # known customers with an order in the year
    repeat_rate: float  # of customers met at any day who order again within the repeat days


def last_year(orders: pd.DataFrame, calendar: pd.DataFrame, cap_quantile: float, repeat_days: int) -> Year:
    """The year behind all volumes. Raises DataError where the full months hold no two orders of known customers.

    orders: order_id, time, customer_id (may be missing), amount. calendar: date, in_full_month.
    """
    full = calendar.loc[calendar["in_full_month"], "date"]
    if full.empty:
        raise DataError("table calendar has no full month; volumes of tests need at least one")
    end = full.max().normalize() + pd.Timedelta(days=1)
    start = max(end - pd.Timedelta(days=YEAR_DAYS), full.min().normalize())
    frame = orders[(orders["time"] >= start) & (orders["time"] < end) & (orders["amount"] > 0)].sort_values("time")
    if frame["customer_id"].notna().sum() < 2:
        raise DataError("table orders holds fewer than two orders of known customers in the last full months")
    known = frame["customer_id"].notna().to_numpy()
    codes, names = pd.factorize(frame["customer_id"])
    # ASSUME: an order without a customer number is a customer of its own, so it is drawn into an arm alone
    who = np.where(known, codes, len(names) + np.arange(len(frame)))
    amount = frame["amount"].to_numpy(float)
    day = (frame["time"].dt.normalize() - start).dt.days.to_numpy()
    days = (end - start).days
    once = pd.DataFrame({"who": who, "day": day}).drop_duplicates()  # several orders of a day are one visit
    once["gap"] = once.groupby("who")["day"].shift(-1) - once["day"]
    gap = pd.DataFrame({"who": who, "day": day}).merge(once, on=["who", "day"], how="left")["gap"].to_numpy()
    out = pd.DataFrame({
        "day": day, "who": who, "known": known, "amount": amount,
        "capped": np.minimum(amount, np.quantile(amount, cap_quantile)),
        "again": (gap <= repeat_days).astype(float), "followed": day < days - repeat_days,
    })
    capped = out["capped"]
    met = out[out["known"] & out["followed"]]
    first = met.drop_duplicates("who")
    return Year(out, len(out) / days, float(amount.sum() / days), float(capped.var() / capped.mean() ** 2),
                len(names), float(first["again"].mean()) if len(first) else 0.0)


def windows(year: Year, days: int, conversion: float) -> pd.DataFrame:
    """Windows of `days` days one after another: metric, window, units, relative_variance (of one unit).

    Order value is a ratio with customers as units (delta method); per known customer counts those without an order.
    The conversion rate itself is not in the orders: visits are orders over `conversion`.
    """
    frame = year.frame.assign(window=year.frame["day"] // days)
    last = int(year.frame["day"].max() + 1) // days
    frame = frame[frame["window"] < max(last, 1)]
    count = frame.groupby("window").size()
    parts = [pd.DataFrame({
        "metric": CONVERSION, "window": count.index, "units": count.to_numpy() / conversion,
        "relative_variance": (1 - conversion) / conversion,
    })]
    by = frame.groupby(["window", "who"], sort=True)
    sums = by[["amount", "capped"]].sum().assign(n=by.size(), known=by["known"].first())
    parts += [_ratio(sums, column, name) for column, name in (("amount", VALUE), ("capped", CAPPED))]
    known = sums[sums["known"]]
    for column, name in (("n", PER_CUSTOMER), ("capped", SALES)):
        parts.append(_all_known(known, column, name, year.customers))
    met = frame[frame["known"] & frame["followed"]].drop_duplicates(["window", "who"])
    again = met.groupby("window")["again"].agg(["size", "mean"])
    rate = year.repeat_rate
    if 0 < rate < 1 and len(again):
        parts.append(pd.DataFrame({
            "metric": REPEAT, "window": again.index, "units": again["size"].to_numpy(),
            "relative_variance": (1 - rate) / rate,
        }))
    return pd.concat(parts, ignore_index=True)


def detectable_table(
    year: Year, lengths: tuple[int, ...], conversion: float, alpha: float, power: float
) -> pd.DataFrame:
    """Smallest relative effect found with `power` by metric and length: median window, and tenth and ninetieth of
    the windows (busy and quiet ones): metric, days, windows, units, effect, low, high."""
    rows = []
    for days in lengths:
        found = windows(year, days, conversion)
        found["effect"] = detectable(found["relative_variance"], found["units"], alpha, power)
        found = found[found["effect"] > 0]
        for metric, part in found.groupby("metric", sort=False):
            effect = part["effect"]
            rows.append({"metric": metric, "days": days, "windows": len(part), "units": float(part["units"].median()),
                         "effect": effect.median(), "low": effect.quantile(0.1), "high": effect.quantile(0.9)})
    table = pd.DataFrame(rows)
    order = {name: i for i, name in enumerate(METRICS)}
    return table.sort_values(["metric", "days"], key=lambda c: c.map(order) if c.name == "metric" else c,
                             ignore_index=True)


def days_range(effect: float, table: pd.DataFrame, days: int) -> dict[str, float]:
    """low and high of the days to find `effect` on conversion, at the pace of busy and quiet windows of `days` days."""
    part = table[(table["metric"] == CONVERSION) & (table["days"] == days)]
    if part.empty:
        return {}
    return {name: days * (float(part[name].iloc[0]) / effect) ** 2 for name in ("low", "high")}


def days_for(effect: float, relative_variance: float, units_per_day: float, alpha: float, power: float) -> float:
    """Days until a relative effect is found with `power` on both arms' traffic."""
    return float(4 * relative_variance * (factor(alpha, power) / effect) ** 2 / units_per_day)


def errors(table: pd.DataFrame, days: int, alpha: float, power: float) -> tuple[float, float]:
    """Standard errors of a gain in conversion in busy and in quiet windows of `days` days (from `detectable_table`)."""
    part = table[(table["metric"] == CONVERSION) & (table["days"] == days)]
    if part.empty:
        raise DataError(f"the last year holds no window of {days} days with an order; expected at least one")
    low, high = (float(part[column].iloc[0]) / factor(alpha, power) for column in ("low", "high"))
    return low, high


def met_per_day(table: pd.DataFrame, days: int) -> float:
    """Known customers met per day of a test of this length, from `detectable_table`. Raises DataError if unknown."""
    part = table[(table["metric"] == REPEAT) & (table["days"] == days)]
    if part.empty:
        raise DataError(f"no repeat rate can be measured in windows of {days} days: all customers came back, or none")
    return float(part["units"].iloc[0]) / days


def tiers(year: Year, conversion: float, lifts: dict[str, float], effect_share: float, test_days: int, alpha: float,
          power: float) -> pd.DataFrame:
    """The documents' three tiers: what each measures, days to find the claimed and the shrunken effect, power.

    single: one factor on conversion; multivariate: each of several factors on all traffic at once; full chain: sales
    per visit, whose noise holds the order values as well.
    """
    visits = year.orders_per_day / conversion
    yes_no = (1 - conversion) / conversion
    chain = (year.amount_variation + 1 - conversion) / conversion
    rows = []
    for tier, measures, variance in (
        ("single variable", "conversion, two arms", yes_no),
        ("multivariate", "conversion, each factor on all traffic", yes_no),
        ("full chain", "sales per visit, two arms", chain),
    ):
        lift = lifts[tier]
        error = lift_error(variance, visits * test_days)
        rows.append({
            "tier": tier, "measures": measures, "claimed": lift, "kept": lift * effect_share,
            "days_claimed": days_for(lift, variance, visits, alpha, power),
            "days_kept": days_for(lift * effect_share, variance, visits, alpha, power) if effect_share else np.inf,
            "power_claimed": float(power_of(lift, error, alpha)),
            "power_kept": float(power_of(lift * effect_share, error, alpha)),
        })
    return pd.DataFrame(rows)


def season_alone(year_orders: Floats, gate: float) -> tuple[int, int]:
    """Periods whose orders rose by more than `gate` against the period before, and periods compared."""
    orders = np.asarray(year_orders, float)
    before = orders[:-1]
    rose = orders[1:][before > 0] / before[before > 0] - 1
    return int((rose > gate).sum()), len(rose)


def monthly_orders(calendar: pd.DataFrame) -> Floats:
    """Orders per open day of each full month, in order of time."""
    full = calendar[calendar["in_full_month"]]
    by = full.groupby("month")
    return (by["orders"].sum() / by["is_open"].sum().clip(lower=1)).to_numpy(float)


def _ratio(sums: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    level = sums.index.get_level_values("window")
    y, n = sums[column], sums["n"]
    by = pd.DataFrame({"y": y, "n": n, "yy": y * y, "yn": y * n, "nn": n * n}).groupby(level).sum()
    k = pd.Series(level).value_counts().reindex(by.index)
    ratio = by["y"] / by["n"]
    rest = (by["yy"] - 2 * ratio * by["yn"] + ratio**2 * by["nn"]) / (k - 1).clip(lower=1)
    keep = (k > 1) & (rest > 0)
    return pd.DataFrame({
        "metric": name, "window": by.index[keep], "units": k[keep].to_numpy(float),
        "relative_variance": (rest / (by["n"] / k) ** 2 / ratio**2)[keep].to_numpy(),
    })


def _all_known(sums: pd.DataFrame, column: str, name: str, customers: int) -> pd.DataFrame:
    level = sums.index.get_level_values("window")
    value = sums[column].astype(float)
    by = pd.DataFrame({"y": value, "yy": value**2}).groupby(level).sum()
    mean = by["y"] / customers
    variance = (by["yy"] / customers - mean**2) * customers / max(customers - 1, 1)
    keep = (mean > 0) & (variance > 0)
    return pd.DataFrame({
        "metric": name, "window": by.index[keep], "units": float(customers),
        "relative_variance": (variance / mean**2)[keep].to_numpy(),
    })
