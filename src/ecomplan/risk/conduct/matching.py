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
    part = lines[["order_id", "time", "customer_id", "country", "product_id"]][kept]
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


@dataclass(frozen=True)
class Sorted:
    """Lines sorted by several codes: their places before, and the codes side by side in the bits of `key`."""

    order: Ints
    key: Ints
    bits: tuple[int, ...]

    def cell(self, codes: int) -> Ints:
        """The cell of every sorted line where the first `codes` codes are held equal."""
        return self.key >> sum(self.bits[codes:])


def sort(*parts: Ints) -> Sorted:
    """Sort lines by codes from 0, ties in the order in which they stand."""
    bits = tuple(int(part.max(initial=0)).bit_length() for part in parts)
    key = parts[0]
    for part, width in zip(parts[1:], bits[1:], strict=True):
        key = key << width | part
    place = len(key).bit_length()
    if sum(bits) + place < 64:  # sorted with its place, a number needs no search for where it stood
        packed = np.sort(key << place | np.arange(len(key)))
        return Sorted(packed & ((1 << place) - 1), packed >> place, bits)
    order = np.argsort(key, kind="stable")
    return Sorted(order, key[order], bits)


def period(lines: Priced, days: int) -> tuple[Ints, Ints]:
    """Number of each line's period of `days` days, and the day in it."""
    number, day = np.divmod(lines.day - lines.day.min(), days)
    return number, day


def cells(lines: Priced, period_days: int, quantity_ratio: float, with_country: bool) -> Sorted:
    """Lines sorted so that their cell at each of STEPS but the last is `cell(step + 1)`.

    Without country its step repeats the one before.
    """
    time, _ = period(lines, period_days)
    place = lines.country if with_country else np.zeros_like(lines.country)
    return sort(lines.product, time, place, bands(lines.quantity, quantity_ratio))
