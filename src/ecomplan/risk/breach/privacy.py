"""Counts with noise: what differential privacy costs in accuracy on the shop's own counts of customers by country."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.risk.breach.network import Floats


def country_counts(customers: pd.DataFrame) -> Floats:
    """Customers by country, largest first. Raises DataError without customers or countries."""
    if "country" not in customers:
        raise DataError(f"table customers lacks column country; it has {', '.join(customers.columns)}")
    counts = customers["country"].value_counts().to_numpy().astype(np.float64)
    if not len(counts):
        raise DataError("table customers of stage prepare names no country; expected at least one customer")
    return np.asarray(np.sort(counts)[::-1], np.float64)


def noise_table(counts: Floats, epsilons: Sequence[float], close: float) -> pd.DataFrame:
    """Error of published counts by privacy budget, exact.

    Each count gets Laplace noise of scale 1/epsilon (Dwork et al., 2006): one customer stands in one country, so that
    one customer more or less changes the counts by one in sum. `within`: expected share of countries whose published
    count is within `close` of the truth; `customers_within`: the same weighted by customers; `odds`: by how much a
    published table can change anyone's odds on one customer being in it.
    """
    rows = []
    for epsilon in epsilons:
        within = 1 - np.exp(-epsilon * close * counts)
        rows.append({
            "epsilon": float(epsilon), "odds": float(np.exp(epsilon)), "error": 1 / epsilon,
            "error_ninety": float(np.log(10) / epsilon), "within": float(within.mean()),
            "customers_within": float((within * counts).sum() / counts.sum()),
        })
    return pd.DataFrame(rows)
