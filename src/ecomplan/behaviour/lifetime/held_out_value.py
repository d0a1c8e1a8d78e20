"""Predicted value of each customer against the months held out: goods ordered, before returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.behaviour.lifetime.calibration import DECILES, by_group, decile_group, single_errors, total_error
from ecomplan.behaviour.lifetime.counts import Floats
from ecomplan.behaviour.lifetime.futures import Single
from ecomplan.behaviour.lifetime.pace import Paced
from ecomplan.behaviour.lifetime.value import (
    Horizon,
    Margin,
    customer_values,
    expected_value,
    fit_values,
    simulate_value,
)

WHOLE = Margin(1.0, 1.0, 1.0)  # sales, not margin


@dataclass(frozen=True)
class HeldOutValue:
    """Per customer: predicted and actual value of the months held out, that of as many months before (money)."""

    predicted: Floats
    actual: Floats
    before: Floats
    simulated: Single

    def total(self) -> dict[str, Any]:
        """value, low, high of the error of all customers together, in percent."""
        return total_error(self.simulated, self.actual, self.predicted)

    def by_decile(self, min_group: int) -> pd.DataFrame:
        """Tenths by predicted value: group, customers, predicted, low, high, actual (money each), error_percent."""
        group, names = decile_group(self.predicted)
        return by_group(group, names, self.actual, self.predicted, self.simulated, min_group)

    def below_top(self) -> dict[str, Any]:
        """The same error without the tenth of customers with the largest predicted value."""
        kept = decile_group(self.predicted)[0] < DECILES - 1
        return total_error(self.simulated[:, kept], self.actual[kept], self.predicted[kept])

    def customer_errors(self) -> dict[str, float]:
        """Mean absolute error a customer, in percent of the mean actual value: model, naive."""
        errors = single_errors(self.predicted, self.actual, self.before)
        mean = float(self.actual.mean())
        return {name: 100 * error / mean for name, error in errors.items()}


def held_out_value(
    paced: Paced, occasions: pd.DataFrame, cut: pd.Timestamp, months: int, draws: int, rng: np.random.Generator
) -> HeldOutValue:
    """Predict the `months` after `cut` from everything before it. `occasions`: customer_id, day, amount."""
    horizon = Horizon(cut, months, 0.0)

    def sums(begin: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
        seen = occasions[(occasions["day"] >= begin) & (occasions["day"] < until)]
        return seen.groupby("customer_id")["amount"].sum().rename("value").reset_index()

    def of_customers(frame: pd.DataFrame) -> Floats:
        found = frame.set_index("customer_id")["value"].reindex(paced.customers["customer_id"]).fillna(0.0)
        return found.to_numpy().astype(np.float64)

    customers = customer_values(paced, sums(pd.Timestamp.min, cut))
    worth = fit_values(customers)
    expected = expected_value(paced, customers, worth.model, horizon, WHOLE.mean)
    return HeldOutValue(
        expected["value"].to_numpy(float), of_customers(sums(cut, horizon.ends[-1])),
        of_customers(sums(cut - pd.DateOffset(months=months), cut)),
        simulate_value(paced, expected, worth, horizon, WHOLE, draws, rng),
    )
