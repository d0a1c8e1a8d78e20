"""What we do not know before the year begins, drawn: rates, company sizes, sales, margin, working controls.

One world is one reading of the register: a rate for each risk, its median loss an event in the platform's money,
and what the controls leave of both. Counts, sizes, common factors and shocks of a year are drawn within a world
by stage `losses`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from ecomplan.errors import ParameterError
from ecomplan.risk.engine.draws import Z90, pert
from ecomplan.risk.engine.entries import PLATFORM, Register, Severity
from ecomplan.risk.engine.exposure import MONTHS, Exposure, Floats, exposure_of
from ecomplan.risk.engine.severities import mean_loss

__all__ = ["STATES", "Exposure", "Floats", "Worlds", "draw_worlds", "exposure_of"]

#: before: no control · after: the plan's controls as far as they are believed · claimed: as the documents claim
STATES = ("before", "after", "claimed")
MILLION = 1e6
RANKS = 129  # points of an effect's quantile function; read between them


@dataclass(frozen=True)
class Worlds:
    """Drawn worlds. Two-dimensional arrays are (risks, worlds) in the register's order unless said otherwise.

    rates: expected events a year before controls, on average over years with and without shocks, less what the
      forecast holds already; where `once`, the chance of the one event.
    medians: median loss an event in money before controls and cap; most: cap of one loss in money (inf: none).
    sigmas (risks,): standard deviation of log loss of a lognormal; alphas (risks,): tail index of a Pareto, else 0.
    dispersions (risks,): variance over mean of the count given the rate; once (risks,): at most one event a year.
    shock_chances (shocks, worlds); hits (shocks, risks): multiplier of a risk's expected events in a shock's year.
    sales, margin (worlds,): the year's sales in money and contribution margin as a share.
    pair_risk, pair_control, pair_severity (pairs,): which control stands on which risk, and on what; pair_left by
      state after and claimed, (pairs, worlds): share of events or of each loss that the control leaves.
    kept, left by state: share of events and of each loss that the chosen controls leave.
    """

    rates: Floats
    medians: Floats
    most: Floats
    sigmas: Floats
    alphas: Floats
    dispersions: Floats
    once: npt.NDArray[np.bool_]
    shock_chances: Floats
    hits: Floats
    sales: Floats
    margin: Floats
    pair_risk: npt.NDArray[np.int64]
    pair_control: npt.NDArray[np.str_]
    pair_severity: npt.NDArray[np.bool_]
    pair_left: dict[str, Floats]
    kept: dict[str, Floats]
    left: dict[str, Floats]

    @property
    def count(self) -> int:
        return int(self.rates.shape[1])

    def calm(self) -> Floats:
        """(risks, worlds) expected events, or chance, of a year without any shock."""
        mean = np.ones_like(self.rates)
        for chance, hit in zip(self.shock_chances, self.hits, strict=True):
            mean *= 1 + chance[None, :] * (hit[:, None] - 1)
        return np.asarray(self.rates / mean)

    def mean_sizes(self) -> Floats:
        """(risks, worlds) mean loss an event in money before controls."""
        return mean_loss(self.medians, self.sigmas[:, None], self.alphas[:, None], self.most)

    def expected(self, state: str) -> Floats:
        """(risks, worlds) expected yearly loss in money."""
        return np.asarray(self.rates * self.kept[state] * self.mean_sizes() * self.left[state])

    def chances(self, state: str) -> Floats:
        """(risks, worlds) chance of at least one event in the year, by the count's law at the average rate."""
        rate = self.rates * self.kept[state]
        more = (self.dispersions[:, None] - 1) * self.kept[state]  # a thinned count is less dispersed
        safe = np.where(more > 1e-9, more, 1.0)
        none = np.where(more > 1e-9, (1 + safe) ** (-rate / safe), np.exp(-rate))
        return np.asarray(np.where(self.once[:, None], rate, 1 - none))

    def with_controls(self, chosen: Iterable[str]) -> Worlds:
        """The same worlds with other controls in place: `kept` and `left` of states after and claimed."""
        kept, left = _remaining(self, frozenset(chosen))
        return replace(self, kept=kept, left=left)


def draw_worlds(
    register: Register, exposure: Exposure, count: int, rng: np.random.Generator,
    chosen: Iterable[str] | None = None,
) -> Worlds:
    """`count` independent worlds with the `chosen` controls in place, by default those in the plan.

    Raises ParameterError where a modelled risk or control has no numbers yet.
    """
    severities, perts, dispersions, once = [], [], [], []
    for risk in register.risks:
        if risk.frequency is None or risk.severity is None:
            raise ParameterError(
                f"risk {risk.id} takes its numbers from stage {risk.model}: hand its table links to load_register"
            )
        severities.append(risk.severity)
        perts.append(risk.frequency.pert)
        dispersions.append(risk.frequency.dispersion)
        once.append(risk.frequency.kind == "once")
    path = rng.integers(len(exposure.sales), size=count)
    sales = exposure.sales[path]
    margin = pert(rng, *exposure.margin, count)
    # one draw of a company's size serves all risks told of it: they are wrong together
    sizes = {
        name: np.sqrt(scale.low * scale.high)
        * np.exp(np.log(scale.high / scale.low) / (2 * Z90) * rng.standard_normal(count))
        for name, scale in register.scales.items()
    }
    # ASSUME: events that past sales hold already are in the forecast's paths and are taken off the rate
    outside = np.array([1 - risk.in_forecast for risk in register.risks])[:, None]
    rates = np.stack([pert(rng, *span, count) for span in perts]) * outside
    medians = np.stack([
        severity.median * _money(severity, register, exposure, sales, margin, sizes) for severity in severities
    ])
    most = np.stack([
        np.full(count, np.inf) if severity.at_most is None else severity.at_most * sales for severity in severities
    ])
    shock_chances = np.array([pert(rng, *shock.chance, count) for shock in register.shocks]).reshape(-1, count)
    hits = np.array([
        [shock.hits.get(risk.id, 1.0) for risk in register.risks] for shock in register.shocks
    ]).reshape(-1, len(register.risks))
    pairs = [(i, name) for i, risk in enumerate(register.risks) for name in risk.controls]
    acts = [register.controls[name].on(register.risks[i].id).acts_on == "severity" for i, name in pairs]
    ones = np.ones_like(rates)
    plain = dict.fromkeys(STATES, ones)
    drawn = Worlds(
        rates, medians, most, np.array([one.sigma for one in severities]), np.array([one.alpha for one in severities]),
        np.array(dispersions), np.array(once), shock_chances, hits, sales, margin,
        np.array([i for i, _ in pairs], dtype=np.int64), np.array([name for _, name in pairs], dtype=str),
        np.array(acts, dtype=bool), _pair_left(register, pairs, count, rng), plain, plain,
    )
    return drawn.with_controls(register.in_plan if chosen is None else chosen)


def _money(
    severity: Severity, register: Register, exposure: Exposure, sales: Floats, margin: Floats, sizes: dict[str, Floats]
) -> Floats:
    """(worlds,) money that one unit of the severity is worth to the platform."""
    if severity.unit == PLATFORM:
        return np.ones(len(sales))
    if severity.unit == "share_of_year_sales":
        return sales * margin
    if severity.unit == "share_of_month_sales":
        return sales / MONTHS * margin
    # ASSUME: a loss told of another company moves with sales to the power of the scale's exponent (conflict c06)
    assert severity.scale is not None
    cny = MILLION * (register.cny_per_usd if severity.unit == "USD_m" else 1.0)
    relative = sales * exposure.cny / (sizes[severity.scale] * MILLION)
    return np.asarray(cny / exposure.cny * relative ** register.scales[severity.scale].exponent)


def _pair_left(
    register: Register, pairs: list[tuple[int, str]], count: int, rng: np.random.Generator
) -> dict[str, Floats]:
    """(pairs, worlds) share that each control leaves of what it acts on, by state."""
    # a control works everywhere or nowhere, and its own reduction is drawn once
    works = {name: rng.random(count) < register.works for name in register.controls}
    rank = {name: rng.random(count) for name in register.controls}
    after, claimed = np.ones((len(pairs), count)), np.ones((len(pairs), count))
    for k, (i, name) in enumerate(pairs):
        control = register.controls[name]
        reduction = control.on(register.risks[i].id)
        if control.basis == "claim":
            # ASSUME: shrunken effect - it works with the prior's chance, and then keeps a part of its claim
            after[k] = np.where(works[name], 1 - register.effect_share * reduction.likely, 1.0)
            claimed[k] = 1 - reduction.likely
        else:
            after[k] = claimed[k] = 1 - _pert_at(rank[name], reduction.low, reduction.likely, reduction.high)
    return {"after": after, "claimed": claimed}


def _pert_at(rank: Floats, low: float, likely: float, high: float) -> Floats:
    """Quantiles of a PERT distribution at `rank`: effects of one control are high or low together."""
    if low == high:
        return np.full(len(rank), low)
    span = high - low
    values = _beta_quantiles(1 + 4 * (likely - low) / span, 1 + 4 * (high - likely) / span)
    return np.asarray(low + span * np.interp(rank, np.linspace(0, 1, RANKS), values))


@cache
def _beta_quantiles(a: float, b: float) -> Floats:
    return np.asarray(betaincinv(a, b, np.linspace(0, 1, RANKS)))


def _remaining(worlds: Worlds, chosen: frozenset[str]) -> tuple[dict[str, Floats], dict[str, Floats]]:
    kept = {"before": np.ones_like(worlds.rates)}
    left = {"before": np.ones_like(worlds.rates)}
    used = np.array([str(name) in chosen for name in worlds.pair_control], dtype=bool)
    for state in ("after", "claimed"):
        kept[state], left[state] = np.ones_like(worlds.rates), np.ones_like(worlds.rates)
        for k in np.flatnonzero(used):
            share = left[state] if worlds.pair_severity[k] else kept[state]
            share[worlds.pair_risk[k]] *= worlds.pair_left[state][k]
    return kept, left
