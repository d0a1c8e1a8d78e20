"""All cases in one table, ranked: what is claimed, what the model expects, chance of a gain, volume to break even."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.cases.alone import Array, World, Worth, as_told, run, with_needs
from ecomplan.investment.cases.learning import YEAR, Learned, constant
from ecomplan.investment.cases.learning import worth as loop_worth
from ecomplan.investment.engine.levers import Lever

SUPPLY, FRONT, ABROAD = "supply_deals", "front_warehouses", "overseas_stock"
COLUMNS = ["case", "row", "claimed", "expected", "as_told", "npv", "low", "high", "chance", "volume"]


@dataclass(frozen=True)
class Case:
    """`claimed` and `expected` are shares of what it moves (where it works), `as_told` the mean net present value if
    the claim held in full; None where there is none."""

    name: str
    row: str
    claimed: float | None
    expected: float | None
    worth: Worth
    as_told: float | None = None


def on_engine(world: World, name: str, row: str, items: tuple[Lever, ...], id: str,
              given: Mapping[str, float | Array] | None = None, worth: Worth | None = None) -> Case:
    """A case run on the plan engine, unless its `worth` is there; lever `id` of `items` bears the claim."""
    lever = next(each for each in items if each.id == id)
    kept = lever.claimed * lever.weight * world.settings.effect_share
    return Case(name, row, lever.claimed, kept, worth or run(world, items, given), as_told(world, items, given))


def logistics(world: World, claims: Claims) -> list[Case]:
    """Supply deals at the saving told and at the discount planned, front warehouses, stock abroad."""
    low, high = claims["s3_supply_discount"].range
    planned = (low + high) / 2 / 100
    deals = with_needs(world.levers, [SUPPLY])
    smaller = tuple(replace(lever, claimed=planned) if lever.id == SUPPLY else lever for lever in deals)
    return [
        on_engine(world, "Supply deals, saving told", "IN-26", deals, SUPPLY),
        on_engine(world, "Supply deals, discount planned", "IN-26", smaller, SUPPLY),
        on_engine(world, "Front warehouses", "IN-26", with_needs(world.levers, [FRONT]), FRONT),
        on_engine(world, "Stock abroad", "IN-26", with_needs(world.levers, [ABROAD]), ABROAD),
    ]


def table(cases: Iterable[Case], features: pd.DataFrame) -> pd.DataFrame:
    """One row a case, best first; `features` is the table of features, of which those with a value are taken.

    Columns: COLUMNS; money is present value, `volume` the multiple of the shop's volume at which it pays on average.
    """
    rows = [
        (case.name, case.row, case.claimed, case.expected, case.as_told, case.worth.value.value, case.worth.value.low,
         case.worth.value.high, case.worth.chance, case.worth.volume_needed) for case in cases
    ]
    rows += [
        (found["feature"], "IN-27", found["claimed"], found["kept"], found["as_told"], found["npv"], found["low"],
         found["high"], found["chance"], found["volume"])
        for found in features[features["npv"].notna()].to_dict("records")
    ]
    made = pd.DataFrame(rows, columns=COLUMNS)
    return made.sort_values("npv", ascending=False, ignore_index=True)


def loop(found: Learned, told_month: float, weeks: int, p: Any, world: World) -> Case:
    """The loop of trials as a case: claimed and expected growth in the first year."""
    months = world.settings.horizon_months
    promised = constant(told_month, months, p.draws)
    return Case(
        "Loop of trials", "IN-28", float(promised.growth(YEAR)[0]), float(found.growth(YEAR).mean()),
        loop_worth(found, p, world, weeks), float(loop_worth(promised, p, world, weeks).npv.mean()),
    )


def value(cases: pd.DataFrame, row: int) -> Estimate:
    """Net present value of the case in a row of the ranked table."""
    found = cases.iloc[row]
    return Estimate(float(found["npv"]), float(found["low"]), float(found["high"]))
