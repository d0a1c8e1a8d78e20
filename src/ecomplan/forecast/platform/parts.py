"""Parts of the platform's months: by country group and by segment, and what each part will be by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import DataError

SEASON = 12  # months
SERIES = ("sales", "orders", "active_customers", "new_customers")
HIERARCHIES = ("country", "segment")
OTHER = "Other countries"
NEW, RETURNING, KNOWN, UNKNOWN = "New customers", "Returning customers", "With identity", "Without identity"
_NEEDED = {
    "orders": ("order_id", "time", "customer_id", "country", "amount"), "calendar": ("month", "in_full_month"),
}


@dataclass(frozen=True)
class Settings:
    """How the whole is cut. The numbers were set beforehand; that the burn-in leaves orders without identity alone
    was set after the backtest had shown what ignoring their first year costs."""

    countries: int = 3  # countries that may stand alone; the rest is one group
    ranking_months: int = 15  # first months by whose sales countries are ranked: those before the first origin
    #: ASSUME: the shop is older than its data. Who first orders in the first year of data may be an old customer,
    #: so that the split into new and returning counts from the second year on only.
    burn_in_months: int = 12


@dataclass(frozen=True)
class Tree:
    """One series cut one way: values [months x parts] add up to the whole, noise is the variance of their logs."""

    series: str
    hierarchy: str
    parts: tuple[str, ...]
    months: pd.DatetimeIndex
    values: np.ndarray
    noise: np.ndarray
    known_from: tuple[int, ...]  # by part, the first month that counts

    @property
    def total(self) -> np.ndarray:
        return np.asarray(self.values.sum(axis=1))

    @property
    def logs(self) -> np.ndarray:
        """Natural logs [months x parts] of `floored`."""
        return np.asarray(np.log(floored(self.values)))


def part_series(
    orders: pd.DataFrame, calendar: pd.DataFrame, min_group: int, settings: Settings = Settings(),
) -> pd.DataFrame:
    """month, series, hierarchy, part, value, noise, customers of each full month.

    `orders`: order_id, time, customer_id (null where unidentified), country, amount; `calendar`: month, in_full_month.
    Hierarchy "total" has the part "All". Sales and orders stand under the order's country, active and new customers
    under the country of the customer's first order; a customer is new in the month of the first order and returning
    from then on, so nothing of later months enters. `noise` is the sampling variance of log value with customers
    (or orders without identity) as units: the sum of squares over the square of the sum.

    A part with fewer than `min_group` customers in a month is merged: a country into the rest, new and returning
    into one. Where nothing is left to tell apart the hierarchy is left out. Raises DataError for a missing column.
    """
    for table, frame in (("orders", orders), ("calendar", calendar)):
        if missing := [name for name in _NEEDED[table] if name not in frame.columns]:
            found = ", ".join(map(str, frame.columns))
            raise DataError(f"table {table}: column {missing[0]} is missing; found {found}")
    months = pd.DatetimeIndex(sorted(calendar.loc[calendar["in_full_month"], "month"].unique()))
    if months.empty:
        raise DataError("table calendar: no full month; parts need at least one")
    named = _labelled(orders, months)
    named["country_group"] = _merged(named, "country", months, min_group, settings)
    named["segment_group"] = _segments(named, months, min_group, settings)
    people = named[named["identified"]]
    fresh = people[people["is_new"]]
    home = people.assign(country_group=people["home"].where(people["home"].isin(set(named["country_group"])), OTHER))
    frames = []
    for series, frame, column in (
        ("sales", named, "amount"), ("orders", named, "one"), ("active_customers", home, ""),
        ("new_customers", home.loc[fresh.index], ""),
    ):
        frames.append(_cut(frame.assign(part="All"), series, "total", column, months))
        for hierarchy in HIERARCHIES:
            label = f"{hierarchy}_group"
            if (series, hierarchy) == ("new_customers", "segment") or frame[label].nunique() < 2:
                continue
            cut = _cut(frame.assign(part=frame[label]), series, hierarchy, column, months)
            from_month = months[min(settings.burn_in_months, len(months) - 1) if hierarchy == "segment" else 0]
            told = cut[((cut["month"] >= from_month) | (cut["customers"] > 0)) & (cut["part"] != UNKNOWN)]
            if told["customers"].min() >= min_group:
                frames.append(cut)
    return pd.concat(frames, ignore_index=True)


def trees(parts: pd.DataFrame, settings: Settings = Settings()) -> dict[tuple[str, str], Tree]:
    """(series, hierarchy) -> Tree of the long frame of `part_series`, hierarchy "total" included."""
    found = {}
    for (series, hierarchy), frame in parts.groupby(["series", "hierarchy"], sort=False):
        names = tuple(dict.fromkeys(frame["part"]))
        wide = {
            column: frame.pivot(index="month", columns="part", values=column)[list(names)]
            for column in ("value", "noise")
        }
        by_age = {NEW, RETURNING} | ({"All"} if series == "new_customers" else set())
        found[str(series), str(hierarchy)] = Tree(
            str(series), str(hierarchy), names, pd.DatetimeIndex(wide["value"].index), wide["value"].to_numpy(float),
            wide["noise"].to_numpy(float), tuple(settings.burn_in_months if name in by_age else 0 for name in names),
        )
    return found


def shown(parts: pd.DataFrame, settings: Settings = Settings()) -> pd.DataFrame:
    """The parts' months that count: without the burn-in of what is new and returning, without hierarchy "total"."""
    months = sorted(parts["month"].unique())
    first = months[min(settings.burn_in_months, len(months) - 1)]
    early = (parts["month"] < first) & (parts["part"].isin((NEW, RETURNING)) | (parts["series"] == "new_customers"))
    kept: pd.DataFrame = parts[~early & (parts["hierarchy"] != "total")].reset_index(drop=True)
    return kept


def floored(values: np.ndarray) -> np.ndarray:
    """Values with zeros lifted to half of the least value above zero of their column: logs need it.

    # ASSUME: a part that is mostly zero is merged by `min_group` before; this is for a single empty month.
    """
    positive = np.where(values > 0, values, np.inf).min(axis=0)
    least = np.where(np.isfinite(positive), positive / 2, 0.5)
    return np.asarray(np.maximum(values, least))


def base_forecast(
    tree: Tree, known: int, horizon_months: int, *, parent: np.ndarray | None = None, days: np.ndarray | None = None,
) -> np.ndarray:
    """Logs [horizon x parts] from the first `known` months: the parent's own path times each part's share.

    The parent repeats last year's month with shrunken growth, per open day where `days` (open days, weighted or not,
    of all months and the horizon) is given; `parent` (logs [horizon]) replaces that path. Log shares: the mean of the
    last year, plus the part's own seasonal deviation times w, plus its yearly drift. w = 1 - noise / variance of
    the deviations (at least 0; James & Stein 1961 in the form of Efron & Morris 1975) is 0 where a part's season
    cannot be told from the parent's and 1 where it is all its own. The drift of m year-on-year changes keeps
    m / (m + 12) of their mean, as if a year without any drift against the parent had been seen before, and does
    not go on after a year.
    """
    values = floored(tree.values[:known])
    whole = values.sum(axis=1)
    if parent is None:
        parent = _parent(np.log(whole), horizon_months, None if days is None else np.log(days))
    logs = np.log(values / whole[:, None])
    noise = _share_noise(tree.values[:known], tree.noise[:known])
    paths = [
        _share_path(logs[first:, column], noise[first:, column], horizon_months)
        for column, first in enumerate(min(start, known - 1) for start in tree.known_from)
    ]
    return np.asarray(parent[:, None] + np.column_stack(paths))


def _share_path(logs: np.ndarray, noise: np.ndarray, horizon_months: int) -> np.ndarray:
    """Log share [horizon] from past log shares and their sampling variance."""
    year = logs[-SEASON:]
    own, deviation = 0.0, np.zeros(SEASON)
    if len(year) == SEASON:
        deviation = year - year.mean()
        spread = max(float((deviation**2).sum()) / (SEASON - 1), 1e-12)
        own = min(1.0, max(0.0, 1 - (SEASON - 3) / (SEASON - 1) * float(noise[-SEASON:].mean()) / spread))
    changes = logs[SEASON:] - logs[:-SEASON]
    drift = float(changes.sum()) / (len(changes) + SEASON)
    lead = np.minimum(np.arange(1, horizon_months + 1), SEASON)
    # a repeated month moves by a year, a mean from the middle of the last year to the month ahead
    moved = own + (1 - own) * (lead + (SEASON - 1) / 2) / SEASON
    return np.asarray(year.mean() + own * np.resize(deviation, horizon_months) + drift * moved)


def _parent(logs: np.ndarray, horizon_months: int, days: np.ndarray | None) -> np.ndarray:
    known = len(logs)
    adjusted = logs if days is None else logs - days[:known]
    changes = adjusted[SEASON:] - adjusted[:-SEASON]
    growth = changes.sum() / (len(changes) + SEASON)
    lead = np.arange(horizon_months)
    path = np.resize(adjusted[-SEASON:], horizon_months) + growth * (lead // SEASON + 1)
    return np.asarray(path if days is None else path + days[known: known + horizon_months])


def _share_noise(values: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Sampling variance of log shares: a part against the rest of its whole (delta method)."""
    whole = np.maximum(values.sum(axis=1, keepdims=True), 1e-12)
    share = values / whole
    square = noise * values**2
    rest = (square.sum(axis=1, keepdims=True) - square) / np.maximum(whole - values, 1e-12) ** 2
    return np.asarray((1 - share) ** 2 * (noise + rest))


def _labelled(orders: pd.DataFrame, months: pd.DatetimeIndex) -> pd.DataFrame:
    """Orders of full months with month, unit (customer or order), is_new, home country."""
    known = orders["customer_id"].notna()
    month = orders["time"].dt.to_period("M").dt.to_timestamp().astype(months.dtype)
    firsts = orders[known].sort_values("time", kind="stable").drop_duplicates("customer_id").set_index("customer_id")
    first = orders["customer_id"].map(firsts["time"]).dt.to_period("M").dt.to_timestamp()
    frame = pd.DataFrame({
        "month": month, "identified": known,
        "unit": pd.factorize(orders["customer_id"].where(known, orders["order_id"]))[0],  # numbers group faster
        "is_new": known & (first == month), "country": orders["country"].astype(str),
        "home": orders["customer_id"].map(firsts["country"]), "amount": orders["amount"].astype(float), "one": 1.0,
    })
    inside: pd.DataFrame = frame[month.isin(months)].reset_index(drop=True)
    return inside


def _merged(
    named: pd.DataFrame, column: str, months: pd.DatetimeIndex, min_group: int, settings: Settings,
) -> pd.Series:
    """Country group of each order: the largest with enough customers every month, the rest as one."""
    early = named[named["month"] < months[min(settings.ranking_months, len(months) - 1)]]
    ranked = early.groupby(column)["amount"].sum().sort_values(ascending=False, kind="stable").index
    people = named[named["identified"]]
    counts = people.groupby(["month", column])["unit"].nunique().unstack(fill_value=0).reindex(months, fill_value=0)
    homes = people.groupby(["month", "home"])["unit"].nunique().unstack(fill_value=0).reindex(months, fill_value=0)
    least = np.minimum(
        counts.min().reindex(ranked, fill_value=0).to_numpy(), homes.min().reindex(ranked, fill_value=0).to_numpy(),
    )
    kept = [name for name, count in zip(ranked, least, strict=True) if count >= min_group][: settings.countries]
    while kept:  # the rest itself must be large enough: else the smallest group joins it
        rest = people[~people[column].isin(kept)].groupby("month")["unit"].nunique().reindex(months, fill_value=0)
        if rest.min() >= min_group or not (~named[column].isin(kept)).any():
            break
        kept.pop()
    return named[column].where(named[column].isin(kept), OTHER)


def _segments(named: pd.DataFrame, months: pd.DatetimeIndex, min_group: int, settings: Settings) -> pd.Series:
    """New, returning, without identity; new and returning in one where either is too small to be shown."""
    counts = named[named["identified"]].groupby(["month", "is_new"])["unit"].nunique().unstack(fill_value=0)
    both = counts.reindex(index=months, columns=[False, True], fill_value=0)
    none_yet = (both == 0) & (np.arange(len(months)) < settings.burn_in_months)[:, None]
    split = bool(((both >= min_group) | none_yet).to_numpy().all()) and len(months) > settings.burn_in_months
    people = np.where(named["is_new"], NEW, RETURNING) if split else np.full(len(named), KNOWN)
    return pd.Series(np.where(named["identified"], people, UNKNOWN), index=named.index)


def _cut(frame: pd.DataFrame, series: str, hierarchy: str, column: str, months: pd.DatetimeIndex) -> pd.DataFrame:
    """Value, noise and customers of each month and part; without `column` each unit counts once."""
    if column:
        units = frame.groupby(["month", "part", "unit"], sort=False)[column].sum()
    else:
        units = frame.groupby(["month", "part", "unit"], sort=False).size().clip(upper=1).astype(float)
    by_part = ["month", "part"]
    measured = pd.DataFrame({
        "value": units.groupby(by_part).sum(), "square": (units**2).groupby(by_part).sum(),
        "customers": units.groupby(by_part).size(),
    })
    ranked = units.groupby("part").sum().sort_values(ascending=False, kind="stable").index
    names = sorted(ranked, key=lambda name: name in (OTHER, UNKNOWN))  # the rest stands last
    every = pd.MultiIndex.from_product([months, names], names=by_part)
    whole = measured.reindex(every, fill_value=0).reset_index()
    noise = np.where(whole["value"] > 0, whole["square"] / whole["value"].where(whole["value"] > 0, 1.0) ** 2, 1.0)
    return pd.DataFrame({
        "month": whole["month"], "series": series, "hierarchy": hierarchy, "part": whole["part"],
        "value": whole["value"].astype(float), "noise": noise, "customers": whole["customers"].astype(int),
    })
