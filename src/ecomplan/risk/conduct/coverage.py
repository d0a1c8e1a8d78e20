"""Which duties this project looks after, and what spending on compliance is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.risk.conduct.matching import Floats
from ecomplan.risk.conduct.rulebook import DIMENSIONS, Books, Rulebook
from ecomplan.risk.engine.draws import Z90, pert

EXTENT = {"full": "kept", "part": "in part", "": "none"}


def matrix(book: Rulebook) -> pd.DataFrame:
    """Duties by dimension: kept, in part or none, and where in the project."""
    rows = []
    for duty in book.duties:
        row: dict[str, object] = {"duty": duty.name, "id": duty.id}
        for dimension in DIMENSIONS:
            extents = [kept.extent for kept in duty.kept if kept.dimension == dimension]
            row[dimension] = EXTENT["full" if "full" in extents else "part" if extents else ""]
        row["where"] = "; ".join(f"{kept.what} ({kept.where})" for kept in duty.kept) or "nowhere in this project"
        rows.append(row)
    return pd.DataFrame(rows)


def kept_counts(table: pd.DataFrame) -> tuple[int, int, int]:
    """(duties kept in full by at least one dimension, at most in part, not at all)."""
    marks = table[list(DIMENSIONS)]
    full = (marks == EXTENT["full"]).any(axis=1)
    part = (marks == EXTENT["part"]).any(axis=1) & ~full
    return int(full.sum()), int(part.sum()), int((~full & ~part).sum())


def cells_kept(table: pd.DataFrame) -> float:
    """Share of the cells duty x dimension that are kept in full."""
    return float((table[list(DIMENSIONS)] == EXTENT["full"]).to_numpy().mean())


def unnamed(books: Books, claims: Claims) -> int:
    """How many of the laws or rule sets that a document counts it does not name."""
    return round(claims[books.count_claim].value or 0.0) - len(books.named)


@dataclass(frozen=True)
class CostRisk:
    """Yearly money over shares of sales spent on compliance; losses are one row a draw."""

    shares: Floats
    sales: float
    bare: Floats  # expected loss a year without spending, by draw
    believed: Floats  # part of the loss left, by share spent
    claimed: Floats

    def total(self, believed: bool = True) -> Floats:
        """Spending and expected loss left, by share spent."""
        left = self.believed if believed else self.claimed
        return np.asarray(self.shares * self.sales + float(self.bare.mean()) * left, dtype=np.float64)

    def best(self, believed: bool = True) -> Estimate:
        """Share of sales that costs least with the loss left: for the mean loss, and its 80 % range over draws."""
        left = self.believed if believed else self.claimed
        low, middle, high = (
            float(self.shares[(self.shares * self.sales + loss * left).argmin()])
            for loss in (np.quantile(self.bare, 0.1), self.bare.mean(), np.quantile(self.bare, 0.9))
        )
        return Estimate(middle, min(low, middle), max(high, middle))

    @property
    def loss(self) -> Estimate:
        """Expected loss a year without spending."""
        low, high = np.quantile(self.bare, [0.1, 0.9])
        mean = float(self.bare.mean())
        return Estimate(mean, min(float(low), mean), max(float(high), mean))

    def loss_needed(self, believed: bool = True) -> float:
        """Expected loss a year above which the first money spent on compliance pays for itself."""
        left = self.believed if believed else self.claimed
        slope = float((left[0] - left[1]) / (self.shares[1] - self.shares[0]))
        return self.sales / slope

    def left_at(self, share: float, believed: bool = True) -> float:
        """Expected loss left at a share of sales spent."""
        return float(np.interp(share, self.shares, self.believed if believed else self.claimed) * self.bare.mean())

    def cost_at(self, share: float, believed: bool = True) -> float:
        """Spending and expected loss left at a share of sales spent."""
        return share * self.sales + self.left_at(share, believed)


def cost_risk(
    book: Rulebook, claims: Claims, sales: float, cny: float, effect_share: float, most_share: float, draws: int,
    seed: int,
) -> CostRisk:
    """The curve of cost and risk for a platform with yearly `sales`; `cny` per unit of its money.

    The loss falls exponentially with spending through the documents' one point: `s2_compliance_effect` at
    `s2_compliance_cost_share`. As believed, that works with the chance that any measure works and keeps
    `effect_share`.
    """
    rng = np.random.default_rng(seed)
    bare = np.zeros(draws)
    for loss in book.compliance_losses:
        cases = claims[loss.cases_claim].range[0] if loss.cases_claim else 1.0
        told = claims[loss.claim].range[0] / cases * 1e6 / cny
        low, high = np.log(loss.sales_cny_m.low), np.log(loss.sales_cny_m.high)
        others = np.exp(rng.normal((low + high) / 2, (high - low) / (2 * Z90), draws)) * 1e6 / cny
        chance = pert(rng, loss.chance.low, loss.chance.likely, loss.chance.high, draws)
        bare += chance * told * sales / others
    point, effect = claims["s2_compliance_cost_share"].share, claims["s2_compliance_effect"].share
    works = 1 - claims["s0_optimisation_failure_share"].share
    # a fine grid near nothing, where small shops find their best
    shares = np.unique(np.concatenate([np.linspace(0, most_share, 161), np.linspace(0, point / 10, 101), [point]]))
    rate, kept_rate = (-np.log(1 - part) / point for part in (effect, effect * effect_share))
    return CostRisk(shares, sales, bare, 1 - works * (1 - np.exp(-kept_rate * shares)), np.exp(-rate * shares))


def cost_risk_table(curve: CostRisk) -> pd.DataFrame:
    """Spending, expected loss left and their sum a year by share of sales spent."""
    return pd.DataFrame({
        "share": curve.shares, "spending": curve.shares * curve.sales,
        "loss_believed": curve.bare.mean() * curve.believed, "loss_claimed": curve.bare.mean() * curve.claimed,
        "total_believed": curve.total(), "total_claimed": curve.total(believed=False),
    })
