"""Returns: their share, by product group and by month, against control limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.baskets.coded import clusters, codes, end_of
from ecomplan.behaviour.baskets.estimate import Ints, ratio
from ecomplan.behaviour.baskets.words import OTHER, groups, price_bands
from ecomplan.behaviour.statistics import Floats, wilson
from ecomplan.estimate import Estimate

#: mean moving range of two over the standard deviation (Shewhart's d2 for n = 2)
D2 = 2 / np.sqrt(np.pi)


@dataclass(frozen=True)
class Goods:
    """Sale and return lines booked in the full months, one entry a line; returned money is positive."""

    product: Ints
    product_ids: npt.NDArray[np.object_]
    cluster: Ints  # customer, or the order where nobody is known
    month: Ints
    months: pd.DatetimeIndex
    back: npt.NDArray[np.bool_]
    amount: Floats

    def __len__(self) -> int:
        return len(self.product)

    def sums(self, code: Ints, size: int) -> pd.DataFrame:
        """sold_lines, return_lines, sales, value (returned) by code from 0 to `size` - 1."""
        columns = {
            "sold_lines": ~self.back, "return_lines": self.back, "sales": np.where(self.back, 0.0, self.amount),
            "value": np.where(self.back, self.amount, 0.0),
        }
        return pd.DataFrame({name: np.bincount(code, part, minlength=size) for name, part in columns.items()})


def goods(lines: pd.DataFrame, months: pd.DatetimeIndex) -> Goods:
    """The goods sold and returned in the full months, from `lines` as `prepare` leaves them."""
    frame = lines[lines["kind"].isin(["sale", "return"]) & (lines["time"] >= months[0])
                  & (lines["time"] < end_of(months))]
    product, product_ids = codes(frame["product_id"])
    whose, people = codes(frame["customer_id"])
    order, _ = codes(frame["order_id"])
    stamp = frame["time"].to_numpy().astype("datetime64[M]").astype(np.int64)
    return Goods(
        product=product, product_ids=product_ids, cluster=np.where(whose >= 0, whose, len(people) + order),
        month=stamp - np.datetime64(months[0], "M").astype(np.int64), months=months,
        back=(frame["kind"] == "return").to_numpy(), amount=np.abs(frame["amount"].to_numpy(float)),
    )


def shares(traded: Goods) -> dict[str, Estimate]:
    """`lines`: return lines for one sale line; `value`: value returned for money sold. Intervals by customer.

    # ASSUME: a return line stands for one sale line; a line returned in two parts counts twice.
    """
    back, sold = traded.back.astype(float), (~traded.back).astype(float)
    return {
        "lines": ratio(back, sold, traded.cluster).within(0, np.inf),
        "value": ratio(back * traded.amount, sold * traded.amount, traded.cluster).within(0, np.inf),
    }


def soon(lines: pd.DataFrame, months: pd.DatetimeIndex, days: int) -> Estimate:
    """Share of the value returned that was cancelled within `days` of its sale, of what can be matched to a sale."""
    back = lines[(lines["kind"] == "return") & lines["matched_line_id"].notna() & (lines["time"] >= months[0])
                 & (lines["time"] < end_of(months))]
    if back.empty:
        return Estimate(None, unknown="no return can be matched to its sale, so its time is not known")
    ids = back["matched_line_id"].astype("int64")
    sale = lines.loc[lines["line_id"].isin(ids), ["line_id", "time"]].set_index("line_id")["time"]
    quick = (back["time"] - ids.map(sale)) <= pd.Timedelta(days=days)
    value = -back["amount"].to_numpy(float)
    whose = back["customer_id"].where(back["customer_id"].notna(), back["order_id"])
    return ratio(np.where(quick, value, 0.0), value, clusters(whose)).within(0, 1)


def product_groups(products: pd.DataFrame, count: int, bands: int) -> tuple[pd.Series, str]:
    """(group by product_id, "word" or "price band"): words of the description, or else bands of mean price."""
    unique = products.drop_duplicates("product_id").set_index("product_id")
    made, by = groups(unique["description"], unique["sales"], count)
    if by:
        return made, by
    return bands_of(products, bands), "price band"


def by_group(traded: Goods, group: pd.Series, min_group: int, sigmas: float) -> pd.DataFrame:
    """Return share of each product group with interval and funnel limits, largest sales first, `OTHER` last.

    Limits are those of the common share at the group's number of lines, widened by the over-dispersion of the
    groups (Spiegelhalter 2005: phi is the mean squared z, ends winsorised at 10 %). Groups with fewer than
    `min_group` customers join `OTHER`. Columns: group, products, sold_lines, return_lines, share, low, high,
    value_share, sales, limit_low, limit_high, signal ("high", "low" or "").
    """
    name, names = codes(group.reindex(traded.product_ids).fillna(OTHER))
    code = name[traded.product]
    people = np.bincount(np.unique(code * (int(traded.cluster.max()) + 1) + traded.cluster)
                         // (int(traded.cluster.max()) + 1), minlength=len(names))
    shown = np.array([label if count >= min_group else OTHER for label, count in zip(names, people, strict=True)],
                     dtype=object)
    merged, labels = codes(pd.Series(shown))
    table = traded.sums(merged[code], len(labels))
    table.insert(0, "products", np.bincount(merged[name], minlength=len(labels)))
    table.index = pd.Index(labels, dtype=object)
    table = table[table["sold_lines"] > 0]
    common = float(table["return_lines"].sum() / table["sold_lines"].sum())
    table["share"] = table["return_lines"] / table["sold_lines"]
    error = np.sqrt(max(common * (1 - min(common, 1)), 0.0) / table["sold_lines"].to_numpy(float))
    z = (table["share"].to_numpy(dtype=float) - common) / np.where(error > 0, error, np.inf)
    low_end, high_end = np.quantile(z, [0.1, 0.9])
    wins = np.clip(z, low_end, high_end)
    phi = max(float(np.mean(wins**2)), 1.0)
    # Wilson takes shares up to one; more returns than sales of a group (earlier sales) are shown as they are
    lines = table["sold_lines"].to_numpy(dtype=float)
    low, high = wilson(np.minimum(table["return_lines"].to_numpy(dtype=float), lines), lines)
    table["low"], table["high"] = np.minimum(low, table["share"]), np.maximum(high, table["share"])
    table["value_share"] = table["value"] / table["sales"].where(table["sales"] > 0, np.inf)
    half = sigmas * np.sqrt(phi) * error
    table["limit_low"], table["limit_high"] = np.maximum(common - half, 0), common + half
    table["signal"] = np.where(table["share"] > table["limit_high"], "high",
                               np.where(table["share"] < table["limit_low"], "low", ""))
    table["rest"] = table.index == OTHER
    table = table.sort_values(["rest", "sales"], ascending=[True, False]).drop(columns=["rest", "value"])
    return table.rename_axis("group").reset_index()


def by_month(traded: Goods, sigmas: float) -> pd.DataFrame:
    """Return lines booked in a month for each line sold in it, with centre and control limits.

    Laney's p' chart (2002): the binomial limits of a p chart, widened by the month-to-month spread of the
    standardised shares, for with many lines pure binomial limits would call every month an alarm. Columns: month,
    sold_lines, return_lines, share, centre, limit_low, limit_high, signal.
    """
    table = traded.sums(traded.month, len(traded.months))
    table.insert(0, "month", traded.months)
    table = table[table["sold_lines"] > 0].reset_index(drop=True)
    centre = float(table["return_lines"].sum() / table["sold_lines"].sum())
    table["share"] = table["return_lines"] / table["sold_lines"]
    table["value_share"] = table["value"] / table["sales"].where(table["sales"] > 0, np.inf)
    table["centre"] = centre
    error = np.sqrt(max(centre * (1 - min(centre, 1)), 0) / table["sold_lines"])
    z = ((table["share"] - centre) / error.where(error > 0, np.inf)).to_numpy()
    spread = float(np.abs(np.diff(z)).mean() / D2) if len(z) > 1 else 1.0
    half = sigmas * max(spread, 1.0) * error
    table["limit_low"], table["limit_high"] = np.maximum(centre - half, 0), centre + half
    table["signal"] = np.where(table["share"] > table["limit_high"], "high",
                               np.where(table["share"] < table["limit_low"], "low", ""))
    return table.drop(columns=["sales", "value"])


def highest(table: pd.DataFrame) -> tuple[str, Estimate]:
    """(name, share) of the product group with the largest return share, the rest left out; unknown if alone."""
    named = table[table["group"] != OTHER]
    if len(named) < 2 or table["return_lines"].sum() == 0:
        reason = "fewer than two product groups can be told apart" if len(named) < 2 else "nothing was returned"
        return "", Estimate(None, unknown=reason)
    row = named.iloc[int(named["share"].to_numpy(float).argmax())]
    return str(row["group"]), Estimate(float(row["share"]), float(row["low"]), float(row["high"]))


def bands_of(products: pd.DataFrame, bands: int) -> pd.Series:
    """Price band by product_id: products by mean sales for a piece, as many in each band."""
    unique = products.drop_duplicates("product_id").set_index("product_id")
    return price_bands(unique["sales"] / unique["items"].clip(lower=1), min(bands, len(unique)))
