"""What the documents break off at: benefits to others (S1 9.4) and assets that no ledger shows (S0 8.1)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.budget.assumptions import Assumptions

PACKAGING = "s0_green_packaging_cost_rise"
TEAMS = ("s3_team_growth_size", "s3_team_conversion_size", "s3_team_value_size")


def combinable(orders: pd.DataFrame, days: int) -> float | None:
    """Share of identified customers' orders that come within `days` after another order of the same customer.

    They could have left in one parcel. None where nobody is identified.
    """
    known = orders.loc[orders["customer_id"].notna(), ["customer_id", "time"]].sort_values(["customer_id", "time"])
    if known.empty:
        return None
    same = known["customer_id"].to_numpy()[1:] == known["customer_id"].to_numpy()[:-1]
    gap = np.diff(known["time"].to_numpy()) <= np.timedelta64(days, "D")
    return float((same & gap).sum() / len(known))


def told(share: float | None) -> dict[str, float | str | None]:
    """A share for a finding, or why there is none."""
    return {"value": share} if share is not None else {
        "value": None, "unknown": "No customer is identified, so no two orders can be put together."}


def packing_bill(orders_a_year: float, claims: Claims, assumed: Assumptions) -> Estimate:
    """What greener packaging would cost a year in CNY: parcels x cost of packing x the told rise; range of the cost."""
    cost, rise = assumed["packing_cost_cny"], claims[PACKAGING].share
    return Estimate(cost.likely, cost.low, cost.high).scaled(orders_a_year * rise)


def abroad(orders: pd.DataFrame) -> tuple[int, float]:
    """Countries served, and share of orders that leave the country with most orders."""
    counts = orders["country"].value_counts()
    return len(counts), float(1 - counts.iloc[0] / counts.sum())


def indicators(orders: pd.DataFrame, orders_a_year: float, claims: Claims, assumed: Assumptions, days: int
               ) -> pd.DataFrame:
    """Indicators that a report to the public could hold: field, indicator, value as text, ground, what follows."""
    joined, bill = combinable(orders, days), packing_bill(orders_a_year, claims, assumed)
    countries, away = abroad(orders)
    people = [sum(claims[key].range[side] for key in TEAMS) for side in (0, 1)]
    rows = [
        ("Jobs", "People of the plan's teams", f"{people[0]:g} to {people[1]:g}", "assumed",
         "S3 names teams but pays for a fraction of them: no job is counted as created"),
        ("Jobs", "Jobs at suppliers and carriers", "unknown", "unknown", "Orders name neither; ask the suppliers"),
        ("Small merchants", "Merchants who sell here", "unknown", "unknown",
         "One seller's orders: nothing can be said of merchants, or of S1's promise to them"),
        ("Reach", "Countries served", f"{countries}", "measured", f"{100 * away:.1f} % of the orders go abroad"),
        ("Green", "Parcels a year", f"{orders_a_year:,.0f}".replace(",", " "), "measured",
         "One parcel an order; weight and way are not recorded, so emissions stay unknown"),
        ("Green", f"Orders within {days} days of the same customer's last",
         "unknown" if joined is None else f"{100 * joined:.1f} %", "unknown" if joined is None else "measured",
         "So many parcels could be saved by waiting, at most"),
        ("Green", "Greener packaging a year, CNY", f"{bill.low:,.0f} to {bill.high:,.0f}".replace(",", " "), "assumed",
         "Cost of packing is assumed; the rise is told by S0"),
    ]
    return pd.DataFrame(rows, columns=["field", "indicator", "value", "ground", "follows"])
