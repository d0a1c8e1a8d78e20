"""The decision: which levers, how much of each, when, and when to stop.

Stated before any result: fund the set whose expected net present value is greatest within the budget and the limit
on risk. A lever is tested where that is worth more than its test costs. If no set pays without tests but one pays
with them, only tests are funded; if none pays, nothing. The choice is made on one half of the simulated plans and
valued on the other, because the best of many on the same draws looks better than it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecomplan.investment.allocation.field import Field, shortfall
from ecomplan.investment.allocation.gains import Drawn, lever_trial, test_months
from ecomplan.investment.allocation.learn import Trial, go_on, perfect, staged, thresholds
from ecomplan.investment.allocation.select import Choice, choose, relaxed
from ecomplan.investment.engine.plan import Decision
from ecomplan.params import AllocationStage

Array = NDArray[np.float64]
Months = NDArray[np.int64]
LOW, HIGH = 0.1, 0.9
PORTFOLIO, TESTS, NONE = "portfolio", "tests", "none"


@dataclass(frozen=True)
class Limits:
    """What the choice must keep, in the platform's money: budget (not discounted) and expected shortfall."""

    budget: float
    shortfall: float
    currency: str


@dataclass(frozen=True)
class Valued:
    """A choice with its net present value on the draws it was not made on."""

    choice: Choice
    npv: Array

    @property
    def mean(self) -> float:
        return float(self.npv.mean())

    @property
    def optimism(self) -> float:
        """By how much the choice looked better on its own draws."""
        return self.choice.value - self.mean

    def told(self) -> dict[str, float]:
        """Mean with the 80 % range, for a finding."""
        low, high = np.quantile(self.npv, [LOW, HIGH])
        return {"value": self.mean, "low": float(low), "high": float(high)}

    @property
    def chance_gain(self) -> float:
        return float((self.npv > 0).mean())

    @property
    def shortfall(self) -> float:
        return shortfall(self.npv)


@dataclass(frozen=True)
class Decided:
    """Everything decided. `field` holds every lever as it would be run (with its test where that pays), on the
    valuation's draws, `fitted` the same on the draws of the choice; `limits_lift` (levers,) are the observed lifts
    below which a lever is stopped (minus infinity: it is not tested), `tested_by` the months of the tests."""

    kind: str
    best: Valued
    committed: Valued
    perfect_tests: Valued
    trial: Trial
    field: Field
    fitted: Field
    going: NDArray[np.bool_]
    limits_lift: Array
    starts: Months
    tested_by: Months
    limits: Limits

    @property
    def doses(self) -> Array:
        return self.best.choice.doses if self.kind != NONE else np.zeros(len(self.field))

    @property
    def npv(self) -> Array:
        return self.best.npv if self.kind != NONE else np.zeros_like(self.best.npv)

    @property
    def funded(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.doses > 0)

    @property
    def tested(self) -> NDArray[np.bool_]:
        return np.isfinite(self.limits_lift) & (self.doses > 0)


def halves(draws: int) -> tuple[slice, slice]:
    """Draws of the choice and of its valuation."""
    return slice(0, draws // 2), slice(draws // 2, draws)


def decide(drawn: Drawn, trial: Trial, limits: Limits, p: AllocationStage) -> Decided:
    """Choose on the first half of the draws, value on the second. `trial`: all levers from the first month."""
    fit, check = halves(trial.noise.shape[1])
    part, size = trial.part(fit), len(trial.plain)

    def best_of(field: Field, start: Array | None = None) -> Choice:
        return choose(field, limits.budget, limits.shortfall, p.dose_steps, start, currency=limits.currency)

    committed = best_of(part.plain)
    everything = perfect(part, np.ones(size))
    with_perfect = best_of(staged(part, everything), committed.doses)
    doses, chosen = np.zeros(size), committed
    for _ in range(2):  # thresholds depend on doses, and doses on thresholds
        edges = _edges(part, doses, trial_doses(part, doses))
        chosen = best_of(as_run(part, doses, edges), committed.doses)
        doses = chosen.doses
    starts = queue(part, doses, edges, p)
    later = trial
    if (starts > 1).any():
        later = _restarted(drawn, trial, starts, np.flatnonzero(doses > 0), p)
        part = later.part(fit)
        edges = _edges(part, doses, trial_doses(part, doses))
        chosen = best_of(as_run(part, doses, edges), doses)
        doses = chosen.doses
    edges = np.where(doses > 0, edges, -np.inf)
    if as_run(part, doses, edges).npv(doses).mean() <= committed.value:
        # waiting for a free test, or the tests themselves, cost more than they save: the best set goes untested
        later, part, doses = trial, trial.part(fit), committed.doses
        edges, starts = np.full(size, -np.inf), np.ones(size, dtype=np.int64)
    fitted = as_run(part, doses, edges)
    kept = later.part(check)
    field = as_run(kept, doses, edges)
    npv = fitted.npv(doses)
    chosen = Choice(doses, float(npv.mean()), shortfall(npv), float(fitted.spend @ doses),
                    max(relaxed(fitted, limits.budget), float(npv.mean())))
    plain_check = trial.part(check)
    best = Valued(chosen, field.npv(doses))
    alone = Valued(committed, plain_check.plain.npv(committed.doses))
    kind = PORTFOLIO if alone.mean > 0 and best.mean > 0 else TESTS if best.mean > 0 else NONE
    return Decided(
        kind, best, alone,
        Valued(with_perfect, staged(plain_check, perfect(plain_check, with_perfect.doses)).npv(with_perfect.doses)),
        later, field, fitted, _going(kept, doses, edges), edges, starts,
        test_months(drawn.plan, starts, p.test_months), limits,
    )


def trial_doses(trial: Trial, doses: Array) -> Array:
    """Doses at which a lever's test is thought out: the chosen ones, else the dose that pays best alone."""
    out = doses.copy()
    for lever in np.flatnonzero(doses <= 0):
        grid = np.unique(np.r_[max(trial.plain.least[lever], 0.05), np.linspace(0.1, 1, 10)])
        grid = grid[grid >= trial.plain.least[lever]]
        mean, cost = trial.gain_before[lever].mean(), trial.cost_before[lever].mean()
        after = np.maximum(trial.plain.benefit[lever].mean() - mean, 0)
        worth = (mean + after) * trial.plain.curves[lever].response(grid) - cost * grid
        out[lever] = grid[int(np.argmax(worth))]
    return out


def as_run(trial: Trial, doses: Array, edges: Array) -> Field:
    """Each lever as it would be run: with its test where its threshold is finite, else without one."""
    going = _going(trial, trial_doses(trial, doses), edges)
    field = staged(trial, going)
    return replace(field, fixed=np.where(np.isfinite(edges), field.fixed, 0.0))


def _going(trial: Trial, doses: Array, edges: Array) -> NDArray[np.bool_]:
    return go_on(trial, doses, np.where(np.isfinite(edges), edges, -np.inf))


def _edges(trial: Trial, doses: Array, at: Array) -> Array:
    """Thresholds of the levers whose test is worth its cost at the doses `at`; minus infinity for the others."""
    field, edges = trial.plain, thresholds(trial, at)
    # ASSUME: a lever that others need is never stopped, whatever its own test would say.
    needed = {need for needs in field.needs for need in needs}
    tested = staged(trial, go_on(trial, at, edges))
    response = np.array([float(curve.response(dose)) for curve, dose in zip(field.curves, at, strict=True)])
    with_test = tested.benefit.mean(axis=1) * response - tested.cost.mean(axis=1) * at - tested.fixed
    without = field.benefit.mean(axis=1) * response - field.cost.mean(axis=1) * at
    worth = np.isfinite(edges) & (with_test > without)
    worth[list(needed)] = False
    return np.where(worth, edges, -np.inf)


def queue(trial: Trial, doses: Array, edges: Array, p: AllocationStage) -> Months:
    """First month of each lever: tested ones wait for a free test, the most valuable first; others start at once."""
    starts = np.ones(len(trial.plain), dtype=np.int64)
    field = as_run(trial, doses, edges)
    tested = np.flatnonzero((doses > 0) & np.isfinite(edges))
    value = {int(i): float(field.npv(np.where(np.arange(doses.size) == i, doses, 0.0)).mean()) for i in tested}
    for place, lever in enumerate(sorted(value, key=lambda i: -value[i])):
        starts[lever] = 1 + (place // p.tests_at_once) * p.test_months
    return starts


def _restarted(drawn: Drawn, trial: Trial, starts: Months, funded: NDArray[np.int64], p: AllocationStage) -> Trial:
    """The trial with the funded levers beginning in their months, the others as they were."""
    moved = lever_trial(drawn, p, starts, funded[starts[funded] > 1])

    def mixed(new: Array, old: Array) -> Array:
        out = old.copy()
        rows = funded[starts[funded] > 1]
        out[rows] = new[rows]
        return out

    plain = replace(trial.plain, benefit=mixed(moved.plain.benefit, trial.plain.benefit),
                    cost=mixed(moved.plain.cost, trial.plain.cost), spend=mixed(moved.plain.spend, trial.plain.spend))
    return replace(
        trial, plain=plain, gain_before=mixed(moved.gain_before, trial.gain_before),
        cost_before=mixed(moved.cost_before, trial.cost_before), lift=mixed(moved.lift, trial.lift),
        spend_before=mixed(moved.spend_before, trial.spend_before),
    )


def committed_decision(decided: Decided, horizon_months: int) -> Decision:
    """The chosen levers run to the end without a test, as the cash-flow model takes them."""
    size = len(decided.field)
    return Decision(decided.best.choice.doses, decided.starts, np.full(size, horizon_months, dtype=np.int64))
