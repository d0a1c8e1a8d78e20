"""Money as whole numbers, so that sums are exact to the penny whatever their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.errors import DataError

#: millionths of the currency: prices with up to six decimals stay exact (Online Retail II has up to three)
MICRO = 1_000_000


def micros(unit_price: pd.Series, quantity: pd.Series) -> np.ndarray:
    """quantity * unit_price in millionths of the currency, int64, one a row.

    Raises DataError where the sum of all amounts would leave the range in which whole numbers are exact.
    """
    price = np.rint(unit_price.to_numpy() * MICRO)
    pieces = quantity.to_numpy(dtype=np.float64)
    if np.abs(price * pieces).sum() >= 2**62:
        row = int(np.abs(price * pieces).argmax())
        raise DataError(
            f"column unit_price: amounts are too large to be added exactly; the largest stands in row {row + 1}: "
            f"{quantity.iloc[row]} pieces at {unit_price.iloc[row]}"
        )
    result: np.ndarray = price.astype(np.int64) * quantity.to_numpy(dtype=np.int64)
    return result


def to_currency(amount: Any) -> Any:
    """Millionths of the currency as a float, the one nearest to the exact amount."""
    return amount / MICRO
