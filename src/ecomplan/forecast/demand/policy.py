"""Policies of replenishment on real and on resampled demand: turns, stock-outs, money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.forecast.demand import choice as choosing
from ecomplan.forecast.demand.choice import FIRST_ORIGIN, Known, Rule
from ecomplan.forecast.demand.intervals import ErrorSettings
from ecomplan.forecast.demand.leads import Leads
from ecomplan.forecast.demand.methods import NAIVE, Settings
from ecomplan.forecast.demand.panel import YEAR, Floats, Ints, Panel
from ecomplan.forecast.demand.stock import Plan, Run, order_cycle, plan, simulate

SERVICE_LEVELS = np.array([0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99])
COVERS = np.array([0.6, 0.8, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0])  # times the interval to cover
WARM_WEEKS = 26  # weeks simulated before counting, so that the opening stock is forgotten
POLICIES = ("forecast", "last month", "weeks of cover")


@dataclass(frozen=True)
class Costs:
    """Money of the policy: an order, holding a year as a share of value at cost, margin as a share of the price."""

    order: float
    holding: float
    margin: float

    def piece(self, price: Floats) -> Floats:
        """Cost of a piece: price less margin."""
        return price * (1 - self.margin)


@dataclass(frozen=True)
class Case:
    """All that is fixed while a policy is tried."""

    leads: Leads
    costs: Costs
    settings: Settings
    errors: ErrorSettings
    rule: Rule


@dataclass(frozen=True)
class Money:
    """Yearly figures by setting and product [settings, products], from a run."""

    demand: Floats  # pieces in the counted weeks
    short: Floats  # pieces not served
    sold_at_cost: Floats  # money a year
    stock_at_cost: Floats  # money, mean over weeks
    holding: Floats  # money a year
    ordering: Floats  # money a year
    lost_margin: Floats  # money a year
    short_weeks: Floats  # share of weeks with some demand not served

    @property
    def cost(self) -> Floats:
        """Holding, ordering and margin lost, money a year."""
        return self.holding + self.ordering + self.lost_margin


def margin_of(low: float, likely: float, high: float) -> float:
    """Mean of the PERT distribution of the contribution margin."""
    return (low + 4 * likely + high) / 6


def money(run: Run, price: Floats, costs: Costs) -> Money:
    """Money of a run; weeks counted are scaled to a year. `price` of a piece by product."""
    year = YEAR / run.weeks
    cost = costs.piece(price)[None, :]
    value = run.stock * cost
    lost = run.demand - run.served
    return Money(
        demand=run.demand, short=lost, sold_at_cost=run.served * cost * year, stock_at_cost=value,
        holding=value * costs.holding, ordering=run.orders * costs.order * year,
        lost_margin=lost * (price * costs.margin)[None, :] * year, short_weeks=run.short_weeks / run.weeks,
    )


def first_origin(panel: Panel) -> int:
    """Week of the first order of a simulation, in the learning weeks."""
    return max(FIRST_ORIGIN, panel.learning - 1 - WARM_WEEKS)


def orders(known: Known, method: Ints, point: Floats, case: Case) -> Plan:
    """A plan from reorder points [settings, products, origins]: order sizes follow the forecast of the methods."""
    at = first_origin(known.panel) - int(known.origins[0])
    weekly = np.nan_to_num(choosing.chosen_mean(known, method)[:, at:]) / case.leads.mean_cover
    cycle = order_cycle(weekly * YEAR, case.costs.piece(known.panel.price)[:, None], case.costs.order,
                        case.costs.holding)
    return plan(np.nan_to_num(point[:, :, at:]), weekly, cycle, case.leads.review, int(known.origins[at]))


def try_out(known: Known, method: Ints, point: Floats, case: Case, drawn: Ints) -> Run:
    """The run of a plan on the panel's own demand; `drawn` lead times [products, weeks]."""
    made = orders(known, method, point, case)
    return simulate(known.panel.pieces, made, drawn[:, made.first:], case.leads, known.panel.learning)[0]


def points(known: Known, method: Ints, policy: str, case: Case, levels: Floats) -> tuple[Floats, Ints]:
    """(reorder points [settings, products, origins], methods behind the order sizes) of a policy.

    `levels` are service levels, for "weeks of cover" multiples of the interval that an order must cover.
    """
    first = first_origin(known.panel) - int(known.origins[0])
    if policy == "forecast":
        return choosing.levels(known, method, case.leads, levels, case.errors, first=first), method
    naive = choosing.fixed(known, NAIVE)
    if policy == "last month":
        return choosing.levels(known, naive, case.leads, levels, case.errors, first=first), naive
    return levels[:, None, None] * known.mean[NAIVE][None], naive


def levels_with(service: float) -> Floats:
    """The service levels tried, with the one aimed at."""
    return np.unique(np.append(SERVICE_LEVELS[~np.isclose(SERVICE_LEVELS, service)], service))


def frontier(known: Known, method: Ints, case: Case, drawn: Ints) -> tuple[pd.DataFrame, dict[str, Money]]:
    """(turns, stock-outs and yearly money of each policy over its settings, money by product)."""
    rows, by_policy = [], {}
    for policy in POLICIES:
        grid = COVERS if policy == "weeks of cover" else levels_with(case.rule.service)
        point, behind = points(known, method, policy, case, grid)
        made = money(try_out(known, behind, point, case, drawn), known.panel.price, case.costs)
        by_policy[policy] = made
        rows.append(summary(made).assign(policy=policy, setting=grid))
    frame = pd.concat(rows, ignore_index=True)
    return frame[["policy", "setting", *[name for name in frame if name not in ("policy", "setting")]]], by_policy


def summary(made: Money) -> pd.DataFrame:
    """Turns a year, stock-outs and money of each setting, all products together."""
    stock = made.stock_at_cost.sum(1)
    return pd.DataFrame({
        "turns": made.sold_at_cost.sum(1) / np.maximum(stock, 1e-9),
        "short_share": made.short.sum(1) / np.maximum(made.demand.sum(1), 1e-9),
        "short_weeks": made.short_weeks.mean(1), "stock": stock, "holding": made.holding.sum(1),
        "ordering": made.ordering.sum(1), "lost_margin": made.lost_margin.sum(1), "cost": made.cost.sum(1),
    })


def resampled(made: Money, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(turns, share of pieces not served) of each setting under resamples of products [draws, settings]."""
    products = made.demand.shape[1]
    weight = rng.multinomial(products, np.full(products, 1 / products), size=draws).astype(float)
    return ((weight @ made.sold_at_cost.T) / np.maximum(weight @ made.stock_at_cost.T, 1e-9),
            (weight @ made.short.T) / np.maximum(weight @ made.demand.T, 1e-9))


def at_short(frame: pd.DataFrame, policy: str, short: float) -> float | None:
    """Turns of a policy where its frontier meets a share of pieces not served; None where it does not reach it."""
    part = frame[frame["policy"] == policy].sort_values("short_share")
    x, y = part["short_share"].to_numpy(), part["turns"].to_numpy()
    if not x[0] <= short <= x[-1]:
        return None
    return float(np.interp(short, x, y))


def at_turns(frame: pd.DataFrame, policy: str, turns: float) -> float | None:
    """Share of pieces not served where a policy's frontier meets a number of turns; None outside what was tried."""
    part = frame[frame["policy"] == policy].sort_values("turns")
    x, y = part["turns"].to_numpy(), part["short_share"].to_numpy()
    return float(np.interp(turns, x, y)) if x[0] <= turns <= x[-1] else None


def known_of(panel: Panel, kind: Ints, case: Case, seed: int) -> Known:
    """Forecasts of a panel, with leads of past intervals drawn by `seed`."""
    rng = np.random.default_rng(seed)
    shape = (len(panel.product), panel.pieces.shape[1] - FIRST_ORIGIN)
    return choosing.look(panel, kind, case.leads, case.leads.draw(shape, rng), case.settings)


def local_blocks(pieces: Floats, learning: int, block: int, reach: int, rng: np.random.Generator) -> Floats:
    """Demand after the learning weeks resampled by blocks of weeks from nearby (Paparoditis & Politis 2002).

    Blocks of `block` weeks come from at most `reach` weeks away (mirrored at both ends), the same for all products, so
    that season and what products have in common stay.
    """
    weeks = pieces.shape[1]
    start = np.arange(learning, weeks, block)
    moved = start + rng.integers(-reach, reach + 1, len(start))
    source = (moved[:, None] + np.arange(block)).ravel()[: weeks - learning]
    source = np.where(source < learning, 2 * learning - 1 - source, source)
    source = np.clip(np.where(source >= weeks, 2 * weeks - 1 - source, source), learning, weeks - 1)
    return np.concatenate([pieces[:, :learning], pieces[:, source]], axis=1)


def paths(panel: Panel, kind: Ints, method: Ints, case: Case, policies: tuple[str, ...], count: int, draws: int,
          block: int, reach: int, seed: int) -> pd.DataFrame:
    """Turns, stock-outs and cost of policies at the rule's service level on resampled demand and lead times.

    One row a policy, path and resample of products; forecasts and reorder points are made anew on every path.
    """
    rows = []
    products = len(panel.product)
    service = np.array([case.rule.service])
    for path in range(count):
        rng = np.random.default_rng([seed, path])
        part = panel.with_pieces(local_blocks(panel.pieces, panel.learning, block, reach, rng))
        known = known_of(part, kind, case, seed)
        drawn = case.leads.draw(part.pieces.shape, rng)
        weight = rng.multinomial(products, np.full(products, 1 / products), size=draws).astype(float)
        for policy in policies:
            point, behind = points(known, method, policy, case, service)
            made = money(try_out(known, behind, point, case, drawn), panel.price, case.costs)
            rows.append(pd.DataFrame({
                "policy": policy, "path": path,
                "turns": (weight @ made.sold_at_cost[0]) / np.maximum(weight @ made.stock_at_cost[0], 1e-9),
                "short_share": (weight @ made.short[0]) / np.maximum(weight @ made.demand[0], 1e-9),
                "cost": weight @ made.cost[0], "stock": weight @ made.stock_at_cost[0],
            }))
    return pd.concat(rows, ignore_index=True)
