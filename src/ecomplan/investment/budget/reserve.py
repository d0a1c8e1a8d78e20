"""How large a reserve must be for overruns: lines by tranches, each over or under its estimate, together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.budget.assumptions import middle
from ecomplan.investment.engine.budget import LINES, TRANCHES, Budget
from ecomplan.investment.engine.margins import Pert

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Overrun:
    """Overrun of what is planned without the reserve, cumulative by tranche, shape (draws, tranches), as a share of
    all that is planned; `planned` the share of it planned by then."""

    cumulative: Array
    planned: Array

    @property
    def whole(self) -> Array:
        return self.cumulative[:, -1]


def overrun(budget: Budget, ratio: Pert, correlation: float, draws: int, rng: np.random.Generator) -> Overrun:
    """Cost over estimate of each line in each tranche: PERT, one common cause (Gaussian copula with `correlation`)."""
    spent = np.array([budget.shares[line] for line in LINES[:-1]])
    weight = (np.array([budget.tranches[name] for name in TRANCHES])[:, None] * spent / spent.sum()).ravel()
    common, own = rng.standard_normal((draws, 1)), rng.standard_normal((draws, len(weight)))
    level = ndtr(np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own)
    over = weight * (ratio.quantile(level) - 1)
    by_tranche = over.reshape(draws, len(TRANCHES), len(spent)).sum(axis=2)
    planned = weight.reshape(len(TRANCHES), len(spent)).sum(axis=1)
    return Overrun(np.cumsum(by_tranche, axis=1), np.cumsum(planned))


def sizes(budget: Budget, claims: Claims) -> dict[str, float]:
    """Readings of the documents' reserve as shares of what is planned without it (conflict c11)."""
    inner, outer = budget.shares["reserve"], claims["s3_tranche_reserve"].share
    return {
        "inside the budget": inner / (1 - inner), "larger one instead": outer / (1 - outer),
        "larger one outside, too": (inner + outer) / (1 - inner),
    }


def sizes_table(found: Overrun, budget: Budget, claims: Claims) -> pd.DataFrame:
    """Each reserve: of the budget, of what is planned, chance that it covers all overruns, and that it does at the end
    of each tranche if released in step with the money."""
    told = (budget.shares["reserve"], claims["s3_tranche_reserve"].share,
            budget.shares["reserve"] + claims["s3_tranche_reserve"].share)
    return pd.DataFrame([
        {"reserve": name, "of_budget": share, "of_planned": size, "chance": chance(found, size),
         "chance_in_step": float((found.cumulative <= size * found.planned).all(axis=1).mean())}
        for (name, size), share in zip(sizes(budget, claims).items(), told, strict=True)
    ])


def use_table(found: Overrun, budget: Budget, cny_per_currency_unit: float) -> pd.DataFrame:
    """Overrun in the platform's money by the end of each tranche at the mid budget: median and 80 % interval."""
    planned = budget.total_mid_cny * (1 - budget.shares["reserve"]) / cny_per_currency_unit
    rows = []
    for k, name in enumerate(TRANCHES):
        use = middle(found.cumulative[:, k] * planned)
        rows.append({"tranche": name.capitalize(), "month": budget.tranche_ends[name], "value": use.value,
                     "low": use.low, "high": use.high})
    return pd.DataFrame(rows)


def cash_table(found: Overrun, budget: Budget, spending: pd.DataFrame, cny_per_currency_unit: float) -> pd.DataFrame:
    """Cumulative money by month: planned by tranche and by year without the reserve, tranches with overruns (median,
    80 %), and the whole budget; platform money, mid budget. Overruns grow evenly within a tranche."""
    whole = budget.total_mid_cny / cny_per_currency_unit
    planned = whole * (1 - budget.shares["reserve"])
    ends = np.array([0, *budget.tranche_ends.values()])
    month = np.arange(1, budget.months + 1)
    weight = np.column_stack([np.interp(month, ends, row) for row in np.eye(len(ends))[1:]])
    over = found.cumulative @ weight.T * planned
    low, mid, high = np.quantile(over, [0.1, 0.5, 0.9], axis=0)
    keep = 1 - budget.shares["reserve"]
    base = keep * spending["tranches_cumulative"].to_numpy()
    return pd.DataFrame({
        "plan_month": month, "planned": base, "low": base + low, "median": base + mid, "high": base + high,
        "by_year": keep * spending["years_cumulative"].to_numpy(), "budget": whole,
    })


def chance(found: Overrun, size: float) -> float:
    """Chance that a reserve of `size` (share of what is planned) covers all overruns."""
    return float((found.whole <= size).mean())


def needed(found: Overrun, confidence: float) -> float:
    """Reserve, as a share of what is planned, that covers overruns with this chance; at least 0."""
    return max(0.0, float(np.quantile(found.whole, confidence)))


def expected(found: Overrun) -> Estimate:
    """Overrun of what is planned, a share."""
    return middle(found.whole)
