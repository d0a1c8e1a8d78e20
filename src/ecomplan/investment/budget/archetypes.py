"""Which figures of the documents fit which size of company, and of which size the platform is (conflict c06)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.errors import DataError
from ecomplan.estimate import Estimate
from ecomplan.investment.budget.assumptions import MILLION, Archetype, Assumptions, middle

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """An amount of the documents in CNY, low to high, and the years over which it is spread."""

    id: str
    name: str
    document: str
    low_cny: float
    high_cny: float
    years: float
    claims: tuple[str, ...]
    capital: bool = False  # machines and systems bought once, whose size follows the company's

    @property
    def yearly_cny(self) -> float:
        """Middle amount a year."""
        return (self.low_cny + self.high_cny) / 2 / self.years


@dataclass(frozen=True)
class Platform:
    """The platform's last twelve full months: sales and orders, money in CNY."""

    sales_cny: float
    orders: float

    @property
    def order_value_cny(self) -> float:
        return self.sales_cny / self.orders


def told(claims: Claims, life_years: float, person_cost_cny: float) -> tuple[Told, ...]:
    """Amounts of the documents that presuppose a size.

    "Four 20 m servers" leaves open whether the amount is each or all: low is all, high is each (oddity o34).
    """
    plan_years = _first(claims, "s3_plan_length") / 12

    def item(id: str, name: str, low: float, high: float, years: float, *keys: str,
             capital: bool = False) -> Told:
        return Told(id, name, claims[keys[0]].document, low, high, years, keys, capital)

    def million(*keys: str) -> tuple[float, float]:
        low, high = (sum(claims[key].range[side] for key in keys) * MILLION for side in (0, 1))
        return low, high

    servers, pair = million("s1_ai_server_unit_cost")[0], million("s1_dr_server_unit_cost")[0]
    teams = ("s3_team_growth_size", "s3_team_conversion_size", "s3_team_value_size")
    people = [sum(claims[key].range[side] for key in teams) * person_cost_cny for side in (0, 1)]
    users = _first(claims, "s3_daily_new_users_target") * _first(claims, "s3_cac_target") * 365
    team = _first(claims, "s1_team_size") * person_cost_cny
    return (
        item("plan", "Whole plan of S3", *million("s3_total_budget"), plan_years, "s3_total_budget", "s3_plan_length"),
        item("marketing", "Marketing line of S3", *million("s3_budget_amount_marketing"), plan_years,
             "s3_budget_amount_marketing"),
        item("teams", "Teams of S3 at full pay", people[0], people[1], 1.0, *teams),
        item("users", "New users that S3 wants, bought", users, users, 1.0, "s3_daily_new_users_target",
             "s3_cac_target"),
        item("data_platform", "Data platform of S1", *million("s1_data_platform_cost"), life_years,
             "s1_data_platform_cost", capital=True),
        item("ai_servers", "AI servers of S1", servers, servers * _first(claims, "s1_ai_server_count"), life_years,
             "s1_ai_server_unit_cost", "s1_ai_server_count", capital=True),
        item("standby", "Standby pair of S1", pair, pair * _first(claims, "s1_dr_server_count"), life_years,
             "s1_dr_server_unit_cost", "s1_dr_server_count", capital=True),
        item("data_fund", "Data fund of S1", *million("s1_data_fund"), plan_years, "s1_data_fund"),
        item("expert", "Top expert of S1", *million("s1_expert_salary"), 1.0, "s1_expert_salary"),
        item("project", "Project team of S1 at full pay", team, team, 1.0, "s1_team_size"),
    )


def platform(orders: pd.DataFrame, calendar: pd.DataFrame, cny_per_currency_unit: float) -> Platform:
    """The last twelve full months (or all of fewer) of table `orders` (time, amount), scaled to a year.

    Raises DataError where no full month has an order.
    """
    full = calendar.loc[calendar["in_full_month"], "month"].drop_duplicates().sort_values()
    if full.empty:
        raise DataError("table calendar of stage prepare holds no full month; expected at least one")
    chosen = full.iloc[-12:]
    month = orders["time"].to_numpy().astype("datetime64[M]")
    kept = orders.loc[np.isin(month, chosen.to_numpy().astype("datetime64[M]")), "amount"]
    if kept.empty or not kept.sum() > 0:
        raise DataError("table orders of stage prepare has no sales in its last full months; expected some")
    scale = 12 / len(chosen)
    return Platform(float(kept.sum()) * scale * cny_per_currency_unit, len(kept) * scale)


def fits(amounts: tuple[Told, ...], sizes: Assumptions, own: Platform, margin: float, least: float,
         most: float) -> pd.DataFrame:
    """Every amount at every size: figure, who, share of a year's sales and margin, verdict.

    An amount fits where its cost a year is between `least` and `most` of the contribution margin at the likely size.
    """
    rows = []
    for amount in amounts:
        for id, name, sales in _who(sizes, own):
            share = amount.yearly_cny / sales
            verdict = "too small" if share / margin < least else "too large" if share / margin > most else "fits"
            rows.append({
                "figure": amount.name, "document": amount.document, "who": name, "id": id, "amount": amount.id,
                "yearly_cny": amount.yearly_cny, "sales_cny": sales, "share_of_sales": share,
                "share_of_margin": share / margin, "verdict": verdict,
            })
    return pd.DataFrame(rows)


def by_figure(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a figure: amount a year, share of the margin at each size, and the sizes that it fits."""
    wide = frame.pivot(index="figure", columns="id", values="share_of_margin").reset_index()
    first = frame.drop_duplicates("figure").set_index("figure")
    fitting = frame[(frame["verdict"] == "fits") & (frame["id"] != "own")].groupby("figure")["who"].agg(", ".join)
    wide["document"] = wide["figure"].map(first["document"])
    wide["yearly_cny"] = wide["figure"].map(first["yearly_cny"])
    wide["fits"] = wide["figure"].map(fitting).fillna("none")
    return wide.sort_values("yearly_cny", ascending=False, ignore_index=True)


def sizes_table(sizes: Assumptions, own: Platform) -> pd.DataFrame:
    """Size, sales (low, likely, high), order value and orders a year; last row the platform, staff unknown there."""
    rows = [
        {"who": item.name, "low_cny": item.sales_cny_m.low * MILLION, "sales_cny": item.sales_cny_m.likely * MILLION,
         "high_cny": item.sales_cny_m.high * MILLION, "order_value_cny": item.order_value_cny.likely,
         "orders": item.orders, "staff": f"{item.staff.low:g} to {item.staff.high:g}", "reason": item.reason}
        for item in sizes.archetypes
    ]
    rows.append({
        "who": "This platform", "low_cny": own.sales_cny, "sales_cny": own.sales_cny, "high_cny": own.sales_cny,
        "order_value_cny": own.order_value_cny, "orders": own.orders, "staff": "unknown",
        "reason": "last twelve full months of its orders",
    })
    return pd.DataFrame(rows)


def nearest(sizes: Assumptions, value: float, by: str) -> Archetype:
    """The archetype whose likely yearly `sales` (CNY) or `orders` are nearest to `value` on a log scale."""
    likely = {item.id: item.sales_cny_m.likely * MILLION if by == "sales" else item.orders for item in sizes.archetypes}
    return sizes.archetype(min(likely, key=lambda id: abs(np.log(likely[id] / value))))


def scaled(amount: Told, source: Archetype, sizes: Assumptions, sales_cny: float, draws: int,
           rng: np.random.Generator) -> Estimate:
    """What the amount becomes at other sales: told x (sales / sales there)^exponent (Williams 1947), CNY.

    Uncertain: the sales of who told it, the exponent, and the amount between its readings.
    """
    there = source.sales_cny_m.draw(rng, draws) * MILLION
    exponent = sizes["scale_exponent"].draw(rng, draws)
    stated = rng.uniform(amount.low_cny, amount.high_cny, draws)
    return middle(stated * (sales_cny / there) ** exponent)


def scaled_table(amounts: tuple[Told, ...], sizes: Assumptions, own: Platform, draws: int,
                 rng: np.random.Generator) -> pd.DataFrame:
    """S1's capital amounts carried from the large platform to smaller sizes and to this one: median, 80 % range."""
    source, rows = sizes.archetypes[-1], []
    for amount in amounts:
        if not amount.capital:
            continue
        for id, name, sales in _who(sizes, own):
            if id == source.id:
                continue
            found = scaled(amount, source, sizes, sales, draws, rng)
            rows.append({"figure": amount.name, "amount": amount.id, "who": name, "id": id,
                         "value_cny": found.value, "low_cny": found.low, "high_cny": found.high})
    return pd.DataFrame(rows)


def cell(frame: pd.DataFrame, amount: str, id: str, column: str) -> float:
    """One number of `fits` or `scaled_table`."""
    return float(frame.loc[(frame["amount"] == amount) & (frame["id"] == id), column].iloc[0])


def count_fitting(frame: pd.DataFrame, id: str) -> int:
    """Amounts that fit one size."""
    return int(((frame["id"] == id) & (frame["verdict"] == "fits")).sum())


def estimate(frame: pd.DataFrame, amount: str, id: str) -> Estimate:
    """A row of `scaled_table` as an estimate in CNY."""
    value, low, high = (cell(frame, amount, id, name) for name in ("value_cny", "low_cny", "high_cny"))
    return Estimate(value, low, high)


def _who(sizes: Assumptions, own: Platform) -> list[tuple[str, str, float]]:
    return [*((item.id, item.name, item.sales_cny_m.likely * MILLION) for item in sizes.archetypes),
            ("own", "This platform", own.sales_cny)]


def _first(claims: Claims, key: str) -> float:
    return claims[key].range[0]
