"""Order lines as codes, and the cells within which two prices may fairly be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NEEDED = ("order_id", "time", "customer_id", "country", "product_id", "quantity", "unit_price", "kind")

#: what is held equal, one driver more at each step
STEPS = ("same product", "and same period", "and same country", "and like quantity", "and same day and quantity")
TEST_CELL, TIGHT_CELL = 3, 4  # the step of the tests, and the one that explains what is left


@dataclass(frozen=True)
class Priced:
    """Sold lines with a price, in time order of the source; every array has one entry a line.

    `customer` is -1 where the order names none. `products` are the product ids behind the codes.
    """

    log_price: Floats
    amount: Floats
    product: Ints
    order: Ints
    customer: Ints
    country: Ints
    day: Ints
    quantity: Ints
    products: NDArray[np.object_]
    countries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.product)

    @property
    def home(self) -> int:
        """Code of the country with most lines."""
        return int(np.bincount(self.country).argmax())


def priced_lines(lines: pd.DataFrame, least_price: float) -> Priced:
    """The sold lines of table `lines` with a unit price of at least `least_price`.

    Raises DataError where a column is missing or no line is left.
    """
    missing = [name for name in NEEDED if name not in lines]
    if missing:
        raise DataError(f"table lines: column {missing[0]} is missing; expected {', '.join(NEEDED)}")
    price = lines["unit_price"].to_numpy(np.float64)
    quantity = lines["quantity"].to_numpy(np.int64)
    kept = (lines["kind"] == "sale").to_numpy() & (price >= least_price) & (quantity > 0)
    if not kept.any():
        raise DataError(f"table lines: no sale with a unit price of at least {least_price:g}; nothing to compare")
    part = lines[kept] if not kept.all() else lines
    product, products = pd.factorize(part["product_id"])
    country, countries = pd.factorize(part["country"])
    customer, _ = pd.factorize(part["customer_id"])
    order, _ = pd.factorize(part["order_id"])
    price, quantity = price[kept], quantity[kept]
    return Priced(
        log_price=np.log(price), amount=price * quantity, product=product.astype(np.int64),
        order=order.astype(np.int64), customer=customer.astype(np.int64), country=country.astype(np.int64),
        day=part["time"].to_numpy().astype("datetime64[D]").astype(np.int64), quantity=quantity,
        products=np.asarray(products, dtype=object), countries=np.asarray(countries, dtype=object),
    )


def bands(quantity: Ints, ratio: float) -> Ints:
    """Bands of like quantity: the largest in a band is less than `ratio` times its lower edge."""
    return np.asarray(np.floor(np.log(quantity) / np.log(ratio) + 1e-9), dtype=np.int64)


def code(*parts: Ints) -> Ints:
    """One code from 0 for every combination that occurs."""
    key = parts[0] - parts[0].min() if len(parts[0]) else parts[0]
    for part in parts[1:]:
        shifted = part - part.min() if len(part) else part
        key = key * (int(shifted.max(initial=0)) + 1) + shifted
    return np.asarray(pd.factorize(key)[0], dtype=np.int64)


def cells(lines: Priced, period_days: int, quantity_ratio: float, with_country: bool) -> list[Ints]:
    """Cell of every line at each of STEPS but the last; without country its step repeats the one before."""
    product = lines.product
    time = (lines.day - lines.day.min()) // period_days
    period = product * (int(time.max(initial=0)) + 1) + time  # a code as it is: nearly all combinations occur
    place = code(period, lines.country) if with_country else period
    like = code(place, bands(lines.quantity, quantity_ratio))
    return [product, period, place, like]


def tight_cells(lines: Priced, like: Ints, at: Ints) -> Ints:
    """Cell of the lines `at` in the last of STEPS; `like` is the cell of every line in the step before."""
    return code(like[at], lines.day[at], lines.quantity[at])
