"""What the answer hangs on: lead time, bulk orders, co-ordination time, forecast or not; and what to order now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.forecast.demand import choice as choosing
from ecomplan.forecast.demand.accuracy import interval
from ecomplan.forecast.demand.choice import Known
from ecomplan.forecast.demand.classes import CLASSES
from ecomplan.forecast.demand.leads import Leads
from ecomplan.forecast.demand.methods import METHODS
from ecomplan.forecast.demand.panel import YEAR, Ints, Panel
from ecomplan.forecast.demand.policy import (
    Case,
    Money,
    at_short,
    at_turns,
    known_of,
    money,
    points,
    summary,
    try_out,
)
from ecomplan.forecast.demand.stock import order_cycle

LEADS = (0, 1, 2, 4, 8)  # weeks, lead times known for sure
FEW_LEVELS = np.array([0.5, 0.8, 0.9, 0.95, 0.98, 0.995])
MINUTES_A_WEEK = 7 * 24 * 60


def variants(panel: Panel, kind: Ints, method: Ints, case: Case, short: float, seed: int) -> pd.DataFrame:
    """Turns and stock-outs over service levels, by fixed lead time and for demand without bulk lines.

    `turns_at_limit` is where the frontier meets `short` of pieces not served; -1 where it does not.
    """
    tries = [(f"lead time of {weeks} weeks" if weeks != 1 else "lead time of one week", panel,
              replace(case, leads=Leads(np.array([weeks]), np.ones(1), case.leads.review)), weeks) for weeks in LEADS]
    tries.append(("bulk orders made to order", panel.with_pieces(panel.regular), case, -1))
    rows = []
    for name, part, this, weeks in tries:
        known = known_of(part, kind, this, seed)
        drawn = this.leads.draw(part.pieces.shape, np.random.default_rng(seed))
        point, behind = points(known, method, "forecast", this, FEW_LEVELS)
        made = summary(money(try_out(known, behind, point, this, drawn), part.price, this.costs))
        made = made.assign(case=name, lead_weeks=weeks, setting=FEW_LEVELS, policy="forecast")
        met = at_short(made, "forecast", short)
        rows.append(made.assign(turns_at_limit=-1.0 if met is None else met))
    return pd.concat(rows, ignore_index=True)[
        ["case", "lead_weeks", "setting", "turns", "short_share", "stock", "cost", "turns_at_limit"]]


def turns_at_limit(made: pd.DataFrame, weeks: int) -> Estimate:
    """Turns at the stock-out limit with a lead time of `weeks` weeks (-1: bulk orders made to order)."""
    found = float(made.loc[made["lead_weeks"] == weeks, "turns_at_limit"].iloc[0])
    return _none("leaves so few pieces unserved") if found < 0 else Estimate(found)


def meeting(frontier: pd.DataFrame, policy: str, short: float) -> Estimate:
    """Turns of a policy where it leaves `short` of pieces unserved."""
    found = at_short(frontier, policy, short)
    return _none("leaves that share unserved") if found is None else Estimate(found)


def leaving(frontier: pd.DataFrame, policy: str, turns: float) -> Estimate:
    """Share of pieces that a policy leaves unserved where it turns its stock so often."""
    found = at_turns(frontier, policy, turns)
    return _none("turns the stock so often") if found is None else Estimate(found)


def _none(what: str) -> Estimate:
    return Estimate(None, unknown=f"no service level tried {what}")


def claimed_pairs(turns: tuple[float, float], short: float) -> pd.DataFrame:
    """The documents' points: the plan's and the case's turns at the case's stock-out rate."""
    return pd.DataFrame({"name": [f"plan, {turns[0]:g}", f"case, {turns[1]:g}"], "turns": turns, "short_share": short})


def row_of(frontier: pd.DataFrame, policy: str, setting: float) -> dict[str, Any]:
    """The frontier's row of a policy at a setting."""
    part = frontier[(frontier["policy"] == policy) & np.isclose(frontier["setting"], setting)]
    return dict(part.iloc[0])


def cheapest(frontier: pd.DataFrame, policy: str) -> dict[str, Any]:
    """The row of a policy that cost least."""
    part = frontier[frontier["policy"] == policy]
    return dict(part.iloc[int(part["cost"].to_numpy().argmin())])


@dataclass(frozen=True)
class Coordination:
    """What fewer minutes to organise a restocking do. Stock and money at cost, a year."""

    lead_share: float  # minutes saved as a share of the mean lead time
    stock_by_lead: float  # relative change of reorder points by the shorter lead time
    stock_by_work: float  # relative change of mean stock where minutes are paid work, orders as large as pays
    saved: float  # money a year in that case


def coordination(known: Known, method: Ints, case: Case, drawn: Ints, before: float, after: float,
                 wage: float) -> Coordination:
    """Restocking organised in `after` instead of `before` minutes, read as waiting and as paid work."""
    weeks = (before - after) / MINUTES_A_WEEK
    service = np.array([case.rule.service])
    point = choosing.levels(known, method, case.leads, service, case.errors)[0]
    mean = choosing.chosen_mean(known, method)
    cover = case.leads.mean_cover
    cost = case.costs.piece(known.panel.price)[:, None]
    # mean demand falls with the interval, safety stock with its square root
    less = np.nansum((mean + 0.5 * (point - mean)) * (weeks / cover) * cost)
    made = []
    for minutes in (before, after):
        this = replace(case, costs=replace(case.costs, order=case.costs.order + wage * minutes / 60))
        reorder, behind = points(known, method, "forecast", this, service)
        made.append(summary(money(try_out(known, behind, reorder, this, drawn), known.panel.price, this.costs)).iloc[0])
    return Coordination(weeks / max(case.leads.mean, 1e-9), -float(less / np.nansum(point * cost)),
                        float(made[1]["stock"] / made[0]["stock"] - 1), float(made[0]["cost"] - made[1]["cost"]))


def value(by_policy: dict[str, Money], setting: int, paths: pd.DataFrame, draws: int, rng: np.random.Generator) -> dict[
        str, Estimate]:
    """Money a year that the forecast saves against last month's average.

    "same": both at the service level number `setting`, with the range over resampled years (paired by year and
    products); "share": of the cost by last month's mean; "best": each at the level that cost least over these weeks,
    with the range over resampled products.
    """
    led, naive = by_policy["forecast"].cost, by_policy["last month"].cost
    products = led.shape[1]
    weight = rng.multinomial(products, np.full(products, 1 / products), size=draws).astype(float)
    cost = {name: paths.loc[paths["policy"] == name, "cost"].to_numpy(float) for name in by_policy}
    saved = cost["last month"] - cost["forecast"]
    real, base = float(naive[setting].sum() - led[setting].sum()), float(naive[setting].sum())
    return {
        "same": interval(real, saved), "share": interval(real / base, saved / cost["last month"]),
        "best": interval(float(naive.sum(1).min() - led.sum(1).min()),
                         (weight @ naive.T).min(1) - (weight @ led.T).min(1)),
    }


def orders_now(known: Known, method: Ints, case: Case) -> pd.DataFrame:
    """What every product asks for after the last week: class, method, forecast, reorder point, order-up-to level.

    Pieces; stock at hand is not in the data, so the order itself is the top level less stock and orders on the way.
    """
    panel = known.panel
    point = choosing.levels(known, method, case.leads, np.array([case.rule.service]), case.errors,
                            first=len(known.origins) - 1)[0][:, -1]
    weekly = choosing.chosen_mean(known, method)[:, -1] / case.leads.mean_cover
    cost = case.costs.piece(panel.price)
    cycle = order_cycle(weekly * YEAR, cost, case.costs.order, case.costs.holding)
    low = np.ceil(np.nan_to_num(point))
    top = np.ceil(low + np.maximum(cycle - weekly * case.leads.review, 0.0))
    frame = pd.DataFrame({
        "product_id": panel.product, "description": panel.description,
        "class": [CLASSES[index] for index in known.kind],
        "method": [METHODS[index] for index in method[known.kind, -1]],
        "last_quarter_week": panel.pieces[:, -13:].mean(1), "weekly": weekly, "reorder_point": low, "order_up_to": top,
        "price": panel.price, "value_at_cost": top * cost,
    })
    return frame.sort_values("value_at_cost", ascending=False, kind="stable").reset_index(drop=True)


def attained(paths: pd.DataFrame, policy: str, turns: float, short: float) -> dict[str, Any]:
    """Chances over resampled demand that a policy reaches turns, stock-outs, and both."""
    part = paths[paths["policy"] == policy]
    enough, few = part["turns"] >= turns, part["short_share"] <= short
    return {"turns": float(enough.mean()), "short": float(few.mean()), "both": float((enough & few).mean())}


def spread_of(paths: pd.DataFrame, policy: str, column: str, at: float) -> Estimate:
    """A simulated figure on the real demand with the 80 % range over resampled demand, lead times and products."""
    return interval(at, paths.loc[paths["policy"] == policy, column].to_numpy(float))

