"""The whole computation in one place: worlds, best set of controls, simulated years, ranges."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ecomplan.params import LossesStage
from ecomplan.risk.engine.entries import Register
from ecomplan.risk.engine.exposure import Exposure
from ecomplan.risk.engine.worlds import Worlds, draw_worlds
from ecomplan.risk.losses.book import Book, Floats, book_of
from ecomplan.risk.losses.choose import Menu, best_set, best_with_tail, menu_of
from ecomplan.risk.losses.fft import exceedance, tail, yearly_loss
from ecomplan.risk.losses.ranges import WorldMeasures, measure_worlds
from ecomplan.risk.losses.yearly import Detail, Years, again, simulate, value_at_risk, worst_years

LEVELS = (0.90, 0.95, 0.99)
TAIL = 0.95  # the 1-in-20 year
SAMPLE = 10_000  # years looked at in detail for the choice of controls and for cash
ALL_OF_IT = 1e6  # weight on losses where the price of controls shall not matter


@dataclass(frozen=True)
class Study:
    """`best`: controls that cost least together with what they leave; `best_tail`: with the tail's price counted;
    `best_same`: the least loss for the money of the plan's controls. `sample`: every so many years in detail."""

    register: Register
    exposure: Exposure
    worlds: Worlds
    menu: Menu
    plan: tuple[str, ...]
    best: tuple[str, ...]
    best_tail: tuple[str, ...]
    best_same: tuple[str, ...]
    years: Years
    sample: Detail
    ranges: WorldMeasures
    amounts: Floats
    appetite: float

    @property
    def plan_price(self) -> float:
        return float(self.menu.price[self.menu.set_of(self.plan)].sum())


def study(register: Register, exposure: Exposure, p: LossesStage) -> Study:
    """All that the chapter rests on; random numbers from `p.seed` alone."""
    rng = np.random.default_rng(p.seed)
    worlds = draw_worlds(register, exposure, p.draws // p.years_per_world, rng)
    menu = menu_of(register, worlds.expected("before").mean(axis=1), exposure.cny, p.control_life_years)
    best = menu.named(best_set(menu))
    budget = float(menu.price[menu.set_of(register.in_plan)].sum())
    same = menu.named(best_set(replace(menu, loss=menu.loss * ALL_OF_IT), budget))
    book = book_of(register, worlds, exposure, best=worlds.with_controls(best))
    years = simulate(book, p.draws, p.seed)
    sample = again(years, np.arange(0, years.count, max(1, years.count // SAMPLE)))
    tail_set = menu.named(best_with_tail(menu, sample.by_risk[:, :, 0], TAIL, p.tail_weight))
    appetite = p.appetite_share_of_margin * exposure.expected_margin
    amounts = loss_grid(years.of("before"), p.exceedance_points)
    few = draw_worlds(register, exposure, p.range_worlds, rng)
    many = simulate(book_of(register, few, exposure, best=few.with_controls(best)), p.range_worlds * p.range_years,
                    p.seed + 1)
    return Study(register, exposure, worlds, menu, register.in_plan, best, tail_set, same, years, sample,
                 measure_worlds(many, LEVELS, appetite, amounts), amounts, appetite)


def loss_grid(total: Floats, points: int) -> Floats:
    """(points,) amounts for the exceedance curve, evenly spaced on a log scale over the central years."""
    some = total[total > 0]
    if not len(some):
        return np.geomspace(1.0, 10.0, points)
    low, high = np.quantile(some, [0.002, 0.9995])
    return np.geomspace(max(low, high / 1e3), max(high, low * 1.001), points)


def worst(one: Study, state: str, share: float) -> Detail:
    """The worst `share` of the years of a state, in detail."""
    return again(one.years, worst_years(one.years.of(state), 1 - share))


def central(book: Book) -> Book:
    """One world that holds the mean of everything: what the exact aggregation is asked for."""
    def mean(values: Floats) -> Floats:
        return np.asarray(values.mean(axis=-1, keepdims=True))

    return replace(book, rates=mean(book.rates), scale=mean(book.scale), cap=mean(book.cap), kept=mean(book.kept),
                   left=mean(book.left), chance=mean(book.chance))


@dataclass(frozen=True)
class Exact:
    """One way to read dependence in the central world, aggregated exactly: money, and the chance of no loss."""

    name: str
    var_95: float
    es_95: float
    var_99: float
    above: float
    none: float


def dependence(one: Study, points: int) -> list[Exact]:
    """The central world with risks apart, with common factors, with common shocks, and with both.

    Expected events are the same in all four, so that what differs is the coming together alone.
    """
    book = central(one.years.book)
    alone = book.apart()
    ways = (
        ("Every risk by itself", alone),
        ("Common factors only", replace(book, chance=book.chance[:0], hits=book.hits[:0])),
        ("Common shocks only", replace(alone, chance=book.chance, hits=book.hits)),
        ("Both, as in the register", book),
    )
    step = max(3 * value_at_risk(one.years.of("before"), 0.999), 1.0) / points
    found = []
    for name, way in ways:
        chances = yearly_loss(way, "before", step, points, nodes=16)
        (var, es), (var_99, _) = tail(chances, step, TAIL), tail(chances, step, 0.99)
        none = 1 - exceedance(chances, step, np.zeros(1))[0]
        found.append(Exact(name, var, es, var_99, float(exceedance(chances, step, np.array([one.appetite]))[0]),
                           float(none)))
    return found
