"""What one new customer costs and brings: acquisition cost, lifetime value, their ratio, the margin it takes, payback.

All are draws, so that cost and value stay jointly uncertain. Money is the platform's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.estimate import Estimate
from ecomplan.investment.engine.finance import Array
from ecomplan.investment.returns.tables import HIGH, LOW

#: smallest number of customers won in a draw for which a cost a customer is told
LEAST_CUSTOMERS = 1.0


class Findings(Protocol):
    """What is read of a stage's findings: an item with its limits, and a number."""

    def __getitem__(self, key: str, /) -> Any: ...

    def value(self, key: str) -> float: ...


@dataclass(frozen=True)
class Newcomer:
    """What stage `lifetime` measured of a new customer: margin over the horizon with its 80 % range, value of an
    order, and the contribution margin in both."""

    value: Estimate
    order_value: float
    margin: float
    horizon_months: float

    @property
    def range(self) -> tuple[float, float]:
        """The 80 % range of the value."""
        assert self.value.low is not None and self.value.high is not None
        return self.value.low, self.value.high

    @property
    def first_order(self) -> float:
        """Margin of the first order, no more than the whole value."""
        assert self.value.value is not None
        return min(self.order_value * self.margin, self.value.value)


def read_newcomer(findings: Findings) -> Newcomer:
    """From the findings of stage `lifetime`. Raises DataError where one of them is missing or unknown."""
    item = findings["lifetime.value_newcomer"]
    value = findings.value("lifetime.value_newcomer")
    if item.low is None or item.high is None:
        raise DataError("finding lifetime.value_newcomer has no range; `dvc repro lifetime` makes it")
    if item.low <= 0:
        raise DataError(f"finding lifetime.value_newcomer: a value from {item.low:g} is refused; expected above 0")
    return Newcomer(
        Estimate(value, item.low, item.high), findings.value("lifetime.order_value"), findings.value("lifetime.margin"),
        findings.value("lifetime.horizon"),
    )


@dataclass(frozen=True)
class Units:
    """Unit economics by draw, each (n,): `cac` is infinite where marketing wins fewer than one customer."""

    cac: Array
    value: Array
    newcomer: Newcomer

    @property
    def ratio(self) -> Array:
        """Lifetime value over acquisition cost; 0 where nobody is won."""
        return self.value / self.cac

    def margin_needed(self, ratio: float) -> Array:
        """Contribution margin at which the value is `ratio` times the cost; infinite where nobody is won."""
        return ratio * self.cac * self.newcomer.margin / self.value

    def payback_months(self) -> Array:
        """Months until a customer's margin has paid for winning him: the first order counts at once, the rest comes
        evenly over the horizon; infinite beyond it."""
        first = self.value * self.newcomer.first_order / (self.newcomer.value.value or np.inf)
        owed, later = np.maximum(self.cac - first, 0), self.value - first
        with np.errstate(divide="ignore", invalid="ignore"):
            months = np.where(owed > 0, self.newcomer.horizon_months * owed / later, 0.0)
        return np.where(self.cac <= self.value, months, np.inf)


def unit_economics(customers: Array, marketing_cost: Array, value: Array, newcomer: Newcomer) -> Units:
    """Cost of the marketing line over the customers that the plan wins, beside the value of one, each (n,)."""
    cac = np.full(customers.shape, np.inf)
    np.divide(marketing_cost, customers, out=cac, where=customers >= LEAST_CUSTOMERS)
    return Units(cac, value, newcomer)


def unit_table(units: Units, ratio: float) -> pd.DataFrame:
    """Every unit measure: unit, 10, 50 and 90 % quantiles, chance that it is undefined. Infinite ones are null."""
    rows = [
        ("Acquisition cost of a new customer", "money", units.cac),
        ("Lifetime value of a new customer", "money", units.value),
        ("Lifetime value over acquisition cost", "ratio", units.ratio),
        (f"Contribution margin needed for {ratio:g}", "share", units.margin_needed(ratio)),
        ("Months until a customer has paid back", "months", units.payback_months()),
    ]
    out = []
    for name, unit, values in rows:
        low, middle, high = np.quantile(values, [LOW, 0.5, HIGH], method="inverted_cdf")
        out.append({
            "measure": name, "unit": unit, "low": low, "median": middle, "high": high,
            "chance_undefined": float(np.mean(~np.isfinite(values))),
        })
    return pd.DataFrame(out).replace([np.inf, np.nan], None)


def told(cost: Array) -> dict[str, float | str | None]:
    """Median cost of a customer with its 80 % range, as a finding takes it; unknown where half the plans win none."""
    low, middle, high = (float(value) for value in np.quantile(cost, [LOW, 0.5, HIGH], method="inverted_cdf"))
    if not np.isfinite(middle):
        return {"value": None, "unknown": "More than half of the plans win no customer at all, so that none has a cost"}
    return {"value": middle, "low": low, **({"high": high} if np.isfinite(high) else {})}
