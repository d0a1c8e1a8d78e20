"""Everything uncertain in a plan: one variable each with its margin, and what goes together.

Per lever: whether it works, its own effect, its reach, its cost and its delay; beside them what all levers share.
A margin is tabulated over the normal score z, so that a scenario changes a table and a draw costs an interpolation.
"""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ecomplan.errors import ParameterError
from ecomplan.investment.engine import correlation as correlations
from ecomplan.investment.engine.levers import Lever
from ecomplan.investment.engine.margins import Bernoulli, Beta, Fixed, Lognormal, Margin, Pert, Uniform
from ecomplan.investment.engine.plan import Plan

Array = NDArray[np.float64]
LEVER_KINDS = ("works", "effect", "reach", "cost", "delay")
#: places of the shared variables, after the levers' five each; segments' sales and cost bases follow them
SHARED = (
    "budget_factor", "margin", "sales", "trend", "kept", "overlap", "fade", "wage", "give_away", "discount",
    "newcomer_value",
)
Z_LIMIT, STEPS_PER_Z = 6.0, 100
KNOTS = int(2 * Z_LIMIT * STEPS_PER_Z) + 1


@dataclass(frozen=True)
class Variable:
    """One unknown: `name` for scenarios, `label` for readers, `group` for tables, and its margin."""

    name: str
    label: str
    unit: str
    group: str
    margin: Margin


def variables(plan: Plan) -> tuple[Variable, ...]:
    """All variables of a plan in the order of the kernel's columns: works of every lever, effect of every lever,
    reach, cost, delay, then what is shared, segments' sales, cost bases."""
    levers, s = plan.levers, plan.settings
    own = levers.own_spread
    made: dict[str, tuple[str, str, Callable[[Lever], Margin]]] = {
        "works": ("works", "yes or no", lambda lever: Bernoulli(s.success_prior)),
        "effect": ("own effect, against its mean", "ratio", lambda lever: Uniform(1 - own, 1 + own)),
        "reach": ("share of sales reached", "share", lambda lever: Uniform(lever.reach_low, lever.reach_high)),
        "cost": ("cost over its estimate", "ratio", lambda lever: Pert(*s.cost_overrun)),
        "delay": ("delay behind its plan", "months", lambda lever: Pert(*s.delay_months)),
    }
    out = [
        Variable(f"{lever.id}.{kind}", f"{lever.name}: {label}", unit, kind, margin(lever))
        for kind, (label, unit, margin) in made.items() for lever in levers.items
    ]
    shared: dict[str, tuple[str, str, Margin]] = {
        "budget_factor": ("Budget, against the middle of its range", "ratio", plan.budget_factor),
        "margin": ("Contribution margin", "share of net sales", Pert(*s.contribution_margin)),
        "sales": ("Sales of the plan year, rank of the path", "share", Uniform(0.0, 1.0)),
        "trend": ("Growth of sales after the plan year", "share per year", Pert(*s.trend_per_year)),
        "kept": ("Share of claimed effects kept", "share", Beta(s.effect_share, levers.kept_weight)),
        "overlap": ("Overlap between levers", "share", Uniform(levers.overlap_low, levers.overlap_high)),
        "fade": ("Wearing off of effects, against the catalogue", "ratio", Lognormal(*levers.fade)),
        "wage": ("Cost of people, against its estimate", "ratio", Lognormal(*levers.wage)),
        "give_away": ("Give-aways and commissions, against the catalogue", "ratio", Lognormal(*levers.give_away)),
        "discount": ("Discount rate", "share per year", Fixed(s.discount_rate_per_year)),
        "newcomer_value": ("Margin that a new customer brings", "money", plan.newcomer_value),
    }
    out += [Variable(name, *shared[name][:2], "shared", shared[name][2]) for name in SHARED]
    out += [
        Variable(f"sales.{name}", f"Sales to segment {name}, against the forecast", "ratio", "market", Fixed(1.0))
        for name in plan.base.segments
    ]
    out += [
        # ASSUME: a cost base is known no better than a lever's own effect.
        Variable(
            f"cost_base.{name}", f"Cost of {name}", "share of net sales", "cost base",
            Pert(share * (1 - own), share, share * (1 + own)),
        )
        for name, share in cost_bases(plan).items()
    ]
    return tuple(out)


def cost_bases(plan: Plan) -> dict[str, float]:
    """The cost bases that levers move, as shares of net sales, in the catalogue's order."""
    return {lever.moves: lever.cost_base for lever in plan.levers.items if lever.cost_base is not None}


def groups(plan: Plan) -> list[tuple[list[str], float]]:
    """Groups of variables that go together, with their correlation."""
    s = plan.settings
    named: dict[str, list[str]] = {}
    for lever in plan.levers.items:
        named.setdefault(lever.moves, []).append(lever.id)
    out: list[tuple[list[str], float]] = []
    for ids in named.values():
        out += [([f"{name}.{kind}" for name in ids], s.effect_correlation) for kind in ("works", "effect")]
    # ASSUME: reach is misjudged alike for all levers, and newcomers are worth more in a year of good sales.
    out.append(([f"{name}.reach" for name in plan.ids], s.effect_correlation))
    out.append(([f"{name}.cost" for name in plan.ids], s.cost_correlation))
    out.append(([f"{name}.delay" for name in plan.ids], s.delay_correlation))
    out.append((["sales", "newcomer_value"], s.effect_correlation))
    return out


def correlation(plan: Plan) -> Array:
    """The correlation of all variables' normal scores, (variables, variables), checked."""
    names = [variable.name for variable in variables(plan)]
    return correlations.checked(correlations.from_groups(names, groups(plan)), names)


def cholesky(plan: Plan) -> Array:
    """Lower Cholesky factor of `correlation`."""
    names = [variable.name for variable in variables(plan)]
    return correlations.factor(correlations.from_groups(names, groups(plan)), names)


@dataclass(frozen=True)
class Table:
    """Values at the knots of z (KNOTS,) and the score above which a yes-or-no variable is a yes (NaN: it is none)."""

    values: Array
    threshold: float


def table(margin: Margin, low: float = 0.0, high: float = 1.0, scale: float = 1.0) -> Table:
    """A margin over z, drawn between its quantiles `low` and `high` only and multiplied by `scale`.

    Of a yes-or-no variable the chance is multiplied. Raises ParameterError for a window outside 0..1 or a scale
    below 0.
    """
    if not 0 <= low <= high <= 1:
        raise ParameterError(f"window {low:g} to {high:g} is refused; expected 0 <= low <= high <= 1")
    if not (np.isfinite(scale) and scale >= 0):
        raise ParameterError(f"scale {scale:g} is refused; expected a finite number from 0")
    z = np.linspace(-Z_LIMIT, Z_LIMIT, KNOTS)
    if isinstance(margin, Bernoulli):
        chance = min(margin.chance * scale, 1.0)
        if high == low:
            edge = -np.inf if low > 1 - chance else np.inf
        else:
            level = (1 - chance - low) / (high - low)
            edge = float(ndtri(level)) if 0 < level < 1 else (np.inf if level >= 1 else -np.inf)
        return Table((z > edge).astype(np.float64), edge)
    knots: Array = _quantiles(margin)  # type: ignore[arg-type]  # all margins are frozen dataclasses
    if (low, high) == (0, 1):
        return Table(knots * scale, np.nan)
    level = np.clip(low + (high - low) * ndtr(z), ndtr(-Z_LIMIT), ndtr(Z_LIMIT))  # an infinite tail is cut
    return Table(_between(knots, ndtri(level)) * scale, np.nan)


@lru_cache(maxsize=1024)
def _quantiles(margin: Any) -> Array:
    """A margin's quantiles at the knots; they can be slow, and scenarios ask for the same ones again and again."""
    found: Array = margin.quantile(ndtr(np.linspace(-Z_LIMIT, Z_LIMIT, KNOTS)))
    found.flags.writeable = False
    return found


def _between(knots: Array, z: Array) -> Array:
    """Values at scores z by the cubic through the four knots around each (Lagrange), good to about 1e-8."""
    place = np.clip((z + Z_LIMIT) * STEPS_PER_Z, 0.0, KNOTS - 1)
    left = np.clip(place.astype(np.int64), 1, KNOTS - 3)
    t = place - left
    return np.asarray(
        -t * (t - 1) * (t - 2) / 6 * knots[left - 1] + (t + 1) * (t - 1) * (t - 2) / 2 * knots[left]
        - (t + 1) * t * (t - 2) / 2 * knots[left + 1] + (t + 1) * t * (t - 1) / 6 * knots[left + 2]
    )


def tables(found: Iterable[Variable]) -> list[Table]:
    """One table a variable; equal margins share theirs."""
    known: dict[Margin, Table] = {}
    out = []
    for variable in found:
        if variable.margin not in known:
            known[variable.margin] = table(variable.margin)
        out.append(known[variable.margin])
    return out


def read(made: Table, z: NDArray[np.float32] | Array) -> Array:
    """Values at normal scores z, same shape; beyond ±6 the outermost value."""
    score = np.asarray(z, dtype=np.float64)
    if np.isnan(made.threshold):
        place = np.clip((score + Z_LIMIT) * STEPS_PER_Z, 0.0, KNOTS - 1)
        left = np.minimum(place.astype(np.int64), KNOTS - 2)
        part = place - left
        return np.asarray(made.values[left] * (1 - part) + made.values[left + 1] * part)
    return (score > made.threshold).astype(np.float64)


def matching(pattern: str, names: Mapping[str, int] | Iterable[str]) -> list[str]:
    """Variables named by a scenario: one name, or a pattern such as "*.cost". Raises ParameterError with close
    names where there is none."""
    known = list(names)
    found = [pattern] if pattern in known else fnmatch.filter(known, pattern)
    if not found:
        close = difflib.get_close_matches(pattern, known, n=3)
        hint = f"; close: {', '.join(close)}" if close else ""
        raise ParameterError(f"no variable {pattern!r}{hint}")
    return found
