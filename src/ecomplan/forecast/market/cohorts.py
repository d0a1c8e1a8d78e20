"""Groups of buyers: what is told of ages and city tiers, carried forward; the platform's own regions, its countries."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import DataError
from ecomplan.forecast.market.priors import HIGH, LOW, blocks, resampled

SENIORS, GENZ, TIERS = "s0_senior_spend_growth", "s0_genz_mobile_penetration", "s0_lower_tier_short_video_influence"
OTHERS, ABROAD, ALL = "Other countries", "Abroad", "All countries"


def told(claims: Claims, market_growth: tuple[float, float], years: int) -> pd.DataFrame:
    """cohort, told, what, spend_index (spend after `years` of the growth told, today being 1), share_low, share_high
    (their share of a market that grows by `market_growth`, today's being 1). Nothing where no growth is told."""
    rate, (slow, fast) = claims[SENIORS].share, market_growth
    frame = pd.DataFrame([
        {"cohort": "Older users", "told": rate, "what": "growth of spend a year",
         "spend_index": (1 + rate) ** years, "share_low": ((1 + rate) / (1 + fast)) ** years,
         "share_high": ((1 + rate) / (1 + slow)) ** years},
        {"cohort": "Gen Z", "told": claims[GENZ].share, "what": "shop by mobile; no growth told"},
        {"cohort": "Lower-tier cities", "told": claims[TIERS].share, "what": "led by short video; no growth told"},
    ])
    return frame.astype(dict.fromkeys(("spend_index", "share_low", "share_high"), "Float64"))


def spend_index(claims: Claims, years: int) -> float:
    """Older users' spend after `years` of the growth told, today being one."""
    return float((1 + claims[SENIORS].share) ** years)


def home(orders: pd.DataFrame) -> str:
    """The country of most identified customers, from orders (customer_id, country)."""
    pairs = orders.dropna(subset=["customer_id"]).drop_duplicates(["customer_id", "country"])
    if pairs.empty:
        raise DataError("table orders of stage prepare: no order of an identified customer")
    return str(pairs["country"].value_counts().sort_index(kind="stable").idxmax())


def countries(
    orders: pd.DataFrame, months: pd.DatetimeIndex, *, min_group: int, draws: int, rng: np.random.Generator
) -> pd.DataFrame:
    """group, customers, before, last (sales of identified customers in the last twelve months and the twelve before),
    share, growth, low, high. Groups of fewer customers than `min_group` are merged; with less than two years no growth.
    """
    known = orders.dropna(subset=["customer_id"])
    month = pd.DatetimeIndex(known["time"]).to_period("M").to_timestamp()
    at = months.get_indexer(month)
    side = np.where(at < 0, -1, np.where(at >= len(months) - 12, 1, np.where(at >= len(months) - 24, 0, -1)))
    part = known.assign(side=side)[side >= 0]
    most = part.groupby(["customer_id", "country"]).size().reset_index(name="orders")
    most = most.sort_values(["orders", "country"], ascending=[False, True], kind="stable")
    land = most.drop_duplicates("customer_id").set_index("customer_id")["country"]
    sums = part.pivot_table(index="customer_id", columns="side", values="amount", aggfunc="sum", fill_value=0.0)
    sums = sums.reindex(columns=[0, 1], fill_value=0.0)
    group = _groups(land.reindex(sums.index), sums[1] > 0, min_group)
    rows = []
    for name, people in sums.groupby(group, sort=False):
        values = people.to_numpy(float)
        row = {"group": str(name), "customers": int((values[:, 1] > 0).sum()), "before": float(values[:, 0].sum()),
               "last": float(values[:, 1].sum())}
        if len(months) >= 24 and row["before"]:
            block = blocks(len(values))
            summed = np.column_stack([np.bincount(block, column) for column in values.T])
            drawn = resampled(len(summed), draws, rng) @ summed
            drawn = drawn[drawn[:, 0] > 0]
            low, high = np.quantile(drawn[:, 1] / drawn[:, 0] - 1, [LOW, HIGH])
            growth = values[:, 1].sum() / values[:, 0].sum() - 1
            row |= {"growth": float(growth), "low": float(min(low, growth)), "high": float(max(high, growth))}
        rows.append(row)
    frame = pd.DataFrame(rows, columns=["group", "customers", "before", "last", "growth", "low", "high"])
    frame.insert(4, "share", frame["last"] / frame["last"].sum())
    frame = frame.astype(dict.fromkeys(("growth", "low", "high"), "Float64"))
    rest = frame["group"].isin([OTHERS])
    return pd.concat([frame[~rest].sort_values("last", ascending=False), frame[rest]], ignore_index=True)


def group_growth(table: pd.DataFrame, group: str) -> dict[str, float | str | None]:
    """value, low, high for `Stage.finding`."""
    row = table[table["group"] == group]
    if row.empty or pd.isna(row["growth"].iloc[0]):
        return {"value": None, "unknown": "Too few customers or less than two years: growth abroad is not followed."}
    growth, low, high = (float(row[name].iloc[0]) for name in ("growth", "low", "high"))
    return {"value": growth, "low": low, "high": high}


def group_share(table: pd.DataFrame, group: str) -> dict[str, float | str | None]:
    """Share of sales for `Stage.finding`."""
    row = table[table["group"] == group]
    if row.empty:
        return {"value": None, "unknown": "Too few customers abroad to be shown apart."}
    return {"value": float(row["share"].iloc[0])}


def abroad(
    orders: pd.DataFrame, months: pd.DatetimeIndex, *, min_group: int, draws: int, rng: np.random.Generator
) -> pd.DataFrame:
    """`countries` with all countries but the home market as one."""
    domestic = home(orders)
    named = orders.assign(country=orders["country"].where(orders["country"] == domestic, ABROAD))
    return countries(named, months, min_group=min_group, draws=draws, rng=rng)


def _groups(land: pd.Series, active: pd.Series, min_group: int) -> pd.Series:
    """A group for each customer such that no group has fewer active customers than `min_group`."""
    counts = land[active].value_counts()
    if counts.empty:
        return pd.Series(ALL, index=land.index)
    domestic = str(counts.sort_index(kind="stable").idxmax())
    if int(counts.drop(domestic).sum()) < min_group:
        return pd.Series(ALL, index=land.index)
    large = [*counts[counts >= min_group].index, domestic]
    group = land.where(land.isin(large), OTHERS)
    if 0 < int((group[active] == OTHERS).sum()) < min_group:
        group = land.where(land == domestic, ABROAD)
    return group
