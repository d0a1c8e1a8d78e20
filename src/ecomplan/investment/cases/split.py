"""Three parties and one surplus: what each adds, what a fair or a bargained share is, and whether it holds.

Coalition values are arrays over draws. Shapley (1953) pays what a party adds on average over the orders of joining,
Nash (1950) shares equally what is left above what each has alone; a split is stable where no party or pair is paid
less than it can make without the others (the core, Gillies 1959).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.cases.alone import Array, World, Worth, told
from ecomplan.investment.engine.finance import discount_factors, per_month
from ecomplan.investment.engine.margins import Beta, Pert, Uniform
from ecomplan.investment.engine.plan import cost_arrays

PARTIES = ("platform", "merchant", "provider")
Values = dict[frozenset[str], Array]
#: ranges that are assumed of the deal
ASSUMED = ("cooperating_share", "merchant_growth", "merchant_margin", "own_data_share", "own_build_ratio")
SHARING = ("tracking", "data_platform")  # levers that sharing data takes


def coalitions() -> list[frozenset[str]]:
    """All coalitions of the parties but the empty one, small ones first."""
    return [frozenset(group) for size in (1, 2, 3) for group in combinations(PARTIES, size)]


def shapley(values: Values) -> dict[str, Array]:
    """Each party's mean addition over all orders of joining; adds up to what all make together."""
    _complete(values)
    nothing = np.zeros_like(values[frozenset(PARTIES)])
    out = {party: nothing.copy() for party in PARTIES}
    orders = list(permutations(PARTIES))
    for order in orders:
        held, before = frozenset[str](), nothing
        for party in order:
            held = held | {party}
            out[party] += (values[held] - before) / len(orders)
            before = values[held]
    return out


def nash(values: Values) -> dict[str, Array]:
    """Equal shares of what all make together above what each makes alone."""
    _complete(values)
    alone = {party: values[frozenset({party})] for party in PARTIES}
    left = values[frozenset(PARTIES)] - np.sum(list(alone.values()), axis=0)
    return {party: alone[party] + left / len(PARTIES) for party in PARTIES}


def stable(values: Values, paid: dict[str, Array]) -> Array:
    """Whether a split lies in the core, by draw (a rounding error is forgiven)."""
    whole = np.abs(values[frozenset(PARTIES)])
    kept = np.ones(whole.shape, dtype=np.bool_)
    for group in coalitions():
        kept &= np.sum([paid[party] for party in group], axis=0) >= values[group] - 1e-9 * (1 + whole)
    return np.asarray(kept)


def core(values: Values) -> tuple[Array, dict[str, tuple[Array, Array]]]:
    """Whether any split is stable, by draw, and the least and most that a stable split pays each party.

    Three parties: a stable split exists where all together make at least as much as any balanced family
    (Bondareva 1963, Shapley 1967). At most a party takes what it adds to the other two; at least it takes what it,
    or a pair with it less the other's most, can make alone.
    """
    _complete(values)
    whole = values[frozenset(PARTIES)]
    single = {party: values[frozenset({party})] for party in PARTIES}
    pair = {party: values[frozenset(PARTIES) - {party}] for party in PARTIES}  # the two others
    exists = np.asarray(whole >= np.sum(list(single.values()), axis=0))
    exists &= np.sum(list(pair.values()), axis=0) <= 2 * whole
    for party in PARTIES:
        exists &= single[party] + pair[party] <= whole
    limits = {}
    for party in PARTIES:
        others = [other for other in PARTIES if other != party]
        most = whole - np.maximum(pair[party], np.sum([single[other] for other in others], axis=0))
        least = np.maximum.reduce([
            single[party],
            *(values[frozenset({party, other})] - (whole - pair[other]) for other in others),
        ])
        limits[party] = (least, most)
    return exists, limits


@dataclass(frozen=True)
class Deal:
    """Coalition values by draw if sharing works, the provider's cost, and the chance that there is a surplus."""

    values: Values
    cost: Array
    surplus: Array  # of all three, cost paid, before any floor at nothing
    gain: Array  # of all three, before any cost

    @property
    def chance(self) -> float:
        return float((self.surplus > 0).mean())

    def only_surplus(self) -> Deal:
        """The draws in which there is something to split. Raises ParameterError where there are none."""
        kept = self.surplus > 0
        if not kept.any():
            raise ParameterError("sharing data brings no surplus in any draw; there is nothing to split")
        return Deal({group: value[kept] for group, value in self.values.items()}, self.cost[kept], self.surplus[kept],
                    self.gain[kept])


def deal(p: Any, world: World, claims: Claims, volume: float = 1.0) -> Deal:
    """What each coalition makes over the horizon if sharing data works, present values in the platform's money.

    `volume` multiplies the shop's sales.

    Cooperating merchants grow faster by the multiple told, shrunken; the extra sales give platform and merchant
    their margins. Sharing takes the levers SHARING: the provider builds them at the catalogue's cost, without it the
    others pay a multiple. Without merchants the platform has its own data only, and earns its own margin only.
    A coalition that would lose does nothing.
    ASSUME: how much of sales cooperates, the merchants' growth and margin, what own data do, the multiple.
    """
    rng = np.random.default_rng([p.seed, 6])
    s, n = world.settings, p.draws

    def between(name: str) -> Array:
        return Uniform(getattr(p, f"{name}_low"), getattr(p, f"{name}_high")).quantile(rng.random(n))

    claim = claims["s1_data_fund_partner_multiple"]
    assert claim.value is not None
    kept = Beta(s.effect_share, world.levers.kept_weight).quantile(rng.random(n))
    faster = (claim.value - 1) * world.weights[claim.evidence] * kept
    growth, share = between("merchant_growth"), between("cooperating_share")
    sales = volume * np.quantile(world.base.sales.sum(axis=(1, 2)), rng.random(n))
    years = s.horizon_months // 12
    factors = discount_factors(s.discount_rate_per_year, years, 1)
    extra = sales * share * np.sum([
        factors[year - 1] * ((1 + growth * (1 + faster)) ** year - (1 + growth) ** year)
        for year in range(1, years + 1)
    ], axis=0)
    margin = Pert(*s.contribution_margin).quantile(rng.random(n))
    cost = build_cost(world) * Pert(*s.cost_overrun).quantile(rng.random(n))
    own, ratio = between("own_data_share"), between("own_build_ratio")
    both = extra * (margin + between("merchant_margin"))
    made = {
        ("platform", "merchant", "provider"): both - cost,
        ("platform", "merchant"): both - cost * ratio,
        ("platform", "provider"): extra * own * margin - cost,
        ("platform",): extra * own * margin - cost * ratio,
    }
    values = {group: np.zeros(n) for group in coalitions()}
    for names, value in made.items():
        values[frozenset(names)] = np.maximum(value, 0.0)
    return Deal(values, cost, both - cost, both)


def build_cost(world: World) -> float:
    """Present value of what sharing data takes, before overruns, in the platform's money."""
    horizon = world.settings.horizon_months
    places = [world.levers.index(name) for name in SHARING]
    size = len(world.levers)
    parts = cost_arrays(world.levers, np.ones(size, np.int64), np.full(size, horizon, np.int64), world.settings)
    factors = discount_factors(per_month(world.settings.discount_rate_per_year), horizon, 1)
    return float(sum(part[places].sum(axis=0) for part in parts) @ factors)


def worth(found: Deal, prior: float, seed: int) -> Worth:
    """Sharing data as a case of all three together: it works with chance `prior`, and costs in any event."""
    works = np.random.default_rng([seed, 7]).random(found.gain.size) < prior
    benefit = np.where(works, found.gain, 0.0)
    return Worth(benefit - found.cost, benefit, found.cost)


def volume_for(found: Deal, fund: float) -> Estimate:
    """Multiple of the volume at which the mean gain, if it works, pays the cost and a fund."""
    gain = float(found.gain.mean())
    if gain <= 0:
        return Estimate(None, unknown="Sharing data brings nothing, so that no volume carries a fund.")
    return Estimate((fund + float(found.cost.mean())) / gain)


def table(found: Deal) -> pd.DataFrame:
    """One row a party and rule, over draws with a surplus: paid (median, 80 %, money), its share of the surplus, and
    the least and most that a stable split pays of it (medians)."""
    _, limits = core(found.values)
    whole = found.values[frozenset(PARTIES)]
    rows = []
    for rule, paid in (("Shapley", shapley(found.values)), ("Nash", nash(found.values))):
        for party in PARTIES:
            value = told(paid[party])
            rows.append({
                "party": party, "rule": rule, "paid": value.value, "low": value.low, "high": value.high,
                "share": float(np.median(paid[party] / whole)),
                "least_share": float(np.median(limits[party][0] / whole)),
                "most_share": float(np.median(limits[party][1] / whole)),
            })
    return pd.DataFrame(rows)


def places(found: dict[str, Deal]) -> pd.DataFrame:
    """`table` of several deals, with the column place; deals without any surplus are left out."""
    parts = [table(deal.only_surplus()).assign(place=name) for name, deal in found.items() if deal.chance > 0]
    columns = ["place", "party", "rule", "paid", "low", "high", "share", "least_share", "most_share"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


@dataclass(frozen=True)
class Standing:
    """How a deal's splits stand over draws with a surplus: chances that any split, Shapley's and Nash's are stable;
    the provider's gross margin under Shapley and at the most that is stable."""

    core: Estimate
    shapley: Estimate
    nash: Estimate
    margin: Estimate
    margin_most: Estimate


def standing(found: Deal) -> Standing:
    """See Standing; unknown where no draw has a surplus."""
    if found.chance == 0:
        none = Estimate(None, unknown="Sharing data brings no surplus in any draw, so there is nothing to split.")
        return Standing(none, none, none, none, none)
    held = found.only_surplus()
    exists, limits = core(held.values)
    fair = shapley(held.values)
    return Standing(
        Estimate(float(exists.mean())), Estimate(float(stable(held.values, fair).mean())),
        Estimate(float(stable(held.values, nash(held.values)).mean())),
        told(margin(fair["provider"], held.cost)), told(margin(limits["provider"][1], held.cost)),
    )


def margin(paid: Array, cost: Array) -> Array:
    """A provider's gross margin where its price covers its cost and a surplus."""
    return np.asarray(paid / (paid + cost))


def sensitivity(p: Any, world: World, claims: Claims, volume: float) -> pd.DataFrame:
    """Shares of the surplus by Shapley at the low and high end of each range, and how often that split is stable.

    Shares are None where no draw has a surplus.
    """
    rows = []
    for name in ASSUMED:
        for end in ("low", "high"):
            value = getattr(p, f"{name}_{end}")
            moved = p.model_copy(update={f"{name}_low": value, f"{name}_high": value})
            found = deal(moved, world, claims, volume)
            part = found.only_surplus() if found.chance > 0 else None
            fair = None if part is None else shapley(part.values)
            rows.append({
                "assumption": name.replace("_", " "), "end": end, "at": value, "chance": found.chance,
                **{party: None if fair is None or part is None else
                   float(np.median(fair[party] / part.values[frozenset(PARTIES)])) for party in PARTIES},
                "stable": None if fair is None or part is None else float(stable(part.values, fair).mean()),
            })
    return pd.DataFrame(rows)


def _complete(values: Values) -> None:
    if missing := [sorted(group) for group in coalitions() if group not in values]:
        raise ParameterError(f"no value for the coalition of {' and '.join(missing[0])}")


def fund(claims: Claims, cny_per_currency_unit: float) -> float:
    """The data fund told, in the platform's money. Raises ParameterError for another unit than CNY_m."""
    claim = claims["s1_data_fund"]
    if claim.unit != "CNY_m" or claim.value is None:
        raise ParameterError(f"claim {claim.key} is in {claim.unit}; expected CNY_m")
    return claim.value * 1e6 / cny_per_currency_unit
