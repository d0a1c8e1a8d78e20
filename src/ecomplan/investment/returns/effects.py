"""Which levers work in which draw, how strongly, from when: the plan's effects laid open for the contributions.

This follows the cash model (`engine.cash`) by a second way, in arrays over draws; that the contributions add up to
the benefit of the cash is a check of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecomplan.investment.engine import finance
from ecomplan.investment.engine.levers import QUANTITIES
from ecomplan.investment.engine.plan import Plan, cost_arrays, needed_first
from ecomplan.investment.engine.sales import WHOLE
from ecomplan.investment.engine.variables import SHARED, cost_bases
from ecomplan.investment.returns.shapley import Split, Working, contributions

Array = NDArray[np.float64]
MOST_SAVED = 0.95  # of a cost base by one lever, as in the kernels
KINDS = ("works", "own", "reach", "cost", "delay")
BLOCK = 2048  # draws at a time: build-up needs draws x working levers x months numbers


@dataclass(frozen=True)
class Drawn:
    """The values of n draws by kind: `works`, `own`, `reach`, `cost`, `delay` (n, levers), shared ones by name (n,),
    `scale` (n, segments) of the segments' sales and `held` (n, bases) shares of the cost bases."""

    works: NDArray[np.bool_]
    own: Array
    reach: Array
    cost: Array
    delay: Array
    shared: dict[str, Array]
    scale: Array
    held: Array

    def rows(self, start: int, stop: int) -> Drawn:
        """Some of the draws."""
        own = {name: getattr(self, name)[start:stop] for name in KINDS}
        return Drawn(
            **own, shared={name: part[start:stop] for name, part in self.shared.items()},
            scale=self.scale[start:stop], held=self.held[start:stop],
        )


def read_drawn(plan: Plan, values: Array) -> Drawn:
    """Physical values (n, variables), in the order of `engine.variables`, by kind."""
    size, segments = len(plan.levers), len(plan.base.segments)
    kinds: dict[str, Any] = {
        name: values[:, place * size:(place + 1) * size] for place, name in enumerate(KINDS)
    }
    kinds["works"] = kinds["works"] > 0.5
    first = len(KINDS) * size
    last = first + len(SHARED)
    shared = {name: values[:, first + place] for place, name in enumerate(SHARED)}
    return Drawn(
        **kinds, shared=shared, scale=values[:, last:last + segments],
        held=values[:, last + segments:],
    )


def sales_without(plan: Plan, drawn: Drawn) -> Array:
    """Sales without levers, (n, months, segments), platform money."""
    path, growth = _path_and_growth(plan, drawn)
    repeat = np.arange(plan.settings.horizon_months) % 12
    return np.asarray(plan.base.sales[path][:, repeat] * growth[:, :, None] * drawn.scale[:, None, :])


def _path_and_growth(plan: Plan, drawn: Drawn) -> tuple[NDArray[np.int64], Array]:
    paths = plan.base.paths
    path = np.clip((drawn.shared["sales"] * paths).astype(np.int64), 0, paths - 1)
    years = np.arange(plan.settings.horizon_months) // 12
    return path, np.asarray((1 + drawn.shared["trend"][:, None]) ** years)


def working(plan: Plan, drawn: Drawn) -> Working:
    """The levers at work with strength, build-up and what they give away; see `Working`."""
    strength, begin = _strengths(plan, drawn)
    levers, decision = plan.levers.items, plan.decision
    path, _ = _path_and_growth(plan, drawn)
    shares = plan.base.shares[path]
    acts = np.array([[name == WHOLE or name in lever.segments for name in plan.base.segments] for lever in levers])
    whole = np.zeros((*strength.shape, acts.shape[1]))
    for quantity in dict.fromkeys(lever.moves for lever in levers):
        columns = np.flatnonzero([lever.moves == quantity for lever in levers])
        part = strength[:, columns, None] * acts[columns]
        added, squared = np.abs(part).sum(axis=1), np.square(part).sum(axis=1)
        one_in = np.divide(squared, added**2, out=np.ones_like(added), where=added > 0)
        part *= (1 - drawn.shared["overlap"][:, None] * (1 - one_in))[:, None, :]
        if quantity not in QUANTITIES:  # a cost base is lowered as a whole, by the levers' mean over segments
            part = np.broadcast_to((part * shares[:, None, :]).sum(axis=2, keepdims=True), part.shape)
        whole[:, columns] = part
    row, lever = np.nonzero(strength)
    given = np.array([item.share_of_extra_sales for item in levers])
    horizon = plan.settings.horizon_months
    built = _built(
        begin[row, lever], np.minimum(decision.stop_month, horizon)[lever],
        np.array([item.buildup_months for item in levers])[lever],
        np.array([item.fade_per_year / 12 for item in levers])[lever] * drawn.shared["fade"][row], horizon,
    )
    return Working(
        first=np.searchsorted(row, np.arange(len(strength) + 1)).astype(np.int64), lever=lever.astype(np.int64),
        strength=np.ascontiguousarray(whole[row, lever]), built=built,
        given=given[lever] * drawn.shared["give_away"][row],
    )


def _strengths(plan: Plan, drawn: Drawn) -> tuple[Array, Array]:
    """Logarithm of each lever's factor before overlap, 0 where it does not work, and the month count at which its
    effect begins, both (n, levers)."""
    levers, decision = plan.levers.items, plan.decision
    horizon = plan.settings.horizon_months
    place = {lever.id: row for row, lever in enumerate(levers)}
    dose = decision.dose * drawn.shared["budget_factor"][:, None]
    funded = (dose > 0) & (dose >= np.array([lever.min_dose for lever in levers]))
    strength, begin = np.zeros_like(dose), np.zeros_like(dose)
    for column in needed_first(levers):
        lever = levers[column]
        starts = lever.ready_months + decision.start_month[column] - 1 + drawn.delay[:, column]
        for need in lever.needs:
            # what it needs stands before it in this order, with all that it needs in turn
            funded[:, column] &= funded[:, place[need]]
            starts = np.maximum(starts, begin[:, place[need]])
        begin[:, column] = starts
        effect = drawn.shared["kept"] * lever.claimed * lever.weight * drawn.own[:, column] * drawn.reach[:, column]
        effect = effect * lever.curve.response(dose[:, column])
        log = (
            np.log1p(np.maximum(effect, -MOST_SAVED)) if lever.cost_base is None
            else -np.log1p(-np.minimum(effect, MOST_SAVED))
        )
        works = drawn.works[:, column] & funded[:, column]
        strength[:, column] = np.where(works & (starts < min(decision.stop_month[column], horizon)), log, 0.0)
    return strength, begin


def _built(begin: Array, stop: NDArray[np.int64], memory: Array, fade: Array, horizon: int) -> Array:
    """Share of the full effect by month, (rows, months): geometric build-up from `begin` (months, with a part), the
    same way down after `stop`, and wearing off."""
    month = np.arange(horizon, dtype=np.float64)
    rest: Array = np.exp(-1 / np.maximum(memory, 1e-9))[:, None]

    def step(age: Array) -> Array:
        return np.asarray(np.where(age >= 0, 1 - rest ** np.maximum(age + 1, 0), 0.0))

    full: Array = np.floor(begin)[:, None]
    part: Array = begin[:, None] - full
    built = (1 - part) * step(month - full) + part * step(month - full - 1)
    built -= np.where((stop < horizon)[:, None], step(month - stop[:, None].astype(np.float64)), 0.0)
    return np.asarray(built * np.exp(-fade[:, None] * np.maximum(month + 1 - begin[:, None], 0.0)))


def benefit_split(plan: Plan, drawn: Drawn) -> Split:
    """Discounted benefit of every lever: margin on its extra sales, savings, less what it gives away."""
    factors = finance.discount_factors(
        finance.per_month(plan.settings.discount_rate_per_year), plan.settings.horizon_months, first=1
    )
    return _split(plan, drawn, drawn.shared["margin"], drawn.held, factors, True)


def sales_split(plan: Plan, drawn: Drawn, months: NDArray[np.bool_]) -> Split:
    """Extra sales by lever in the months counted, not discounted, before anything is given away."""
    return _split(plan, drawn, np.ones(len(drawn.works)), np.zeros_like(drawn.held), months.astype(np.float64), False)


def _split(plan: Plan, drawn: Drawn, margin: Array, held: Array, weight: Array, gives: bool) -> Split:
    bases = list(cost_bases(plan))
    base = np.array([bases.index(lever.moves) if lever.cost_base is not None else -1 for lever in plan.levers.items])
    parts, sizes = [], []
    for start in range(0, len(margin), BLOCK):
        some = drawn.rows(start, start + BLOCK)
        found = working(plan, some)
        if not gives:
            found = Working(found.first, found.lever, found.strength, found.built, np.zeros_like(found.given))
        parts.append(contributions(
            sales_without(plan, some), found, base.astype(np.int64), np.ascontiguousarray(held[start:start + BLOCK]),
            np.ascontiguousarray(margin[start:start + BLOCK]), weight,
        ))
        sizes.append(len(some.works))
    share = np.array(sizes) / sum(sizes)
    return Split(
        np.concatenate([part.by_lever for part in parts]),
        np.asarray(sum(by * part.cells for by, part in zip(share, parts, strict=True))),
        np.asarray(sum(by * part.months for by, part in zip(share, parts, strict=True))),
    )


def lever_costs(plan: Plan, drawn: Drawn) -> tuple[Array, Array, Array]:
    """Cost of every lever: discounted by draw (n, levers), and its mean by month in two parts (levers, months), what
    is paid once and what runs."""
    decision, settings = plan.decision, plan.settings
    once, monthly, people = (
        part * decision.dose[:, None]
        for part in cost_arrays(plan.levers, decision.start_month, decision.stop_month, settings)
    )
    factors = finance.discount_factors(
        finance.per_month(settings.discount_rate_per_year), settings.horizon_months, first=1
    )
    over = drawn.cost * drawn.shared["budget_factor"][:, None]
    staff = over * drawn.shared["wage"][:, None]
    by_draw = over * ((once + monthly) @ factors) + staff * (people @ factors)
    mean, mean_staff = over.mean(axis=0)[:, None], staff.mean(axis=0)[:, None]
    return by_draw, mean * once, mean * monthly + mean_staff * people
