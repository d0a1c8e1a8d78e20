"""Net sales by month, country, customer group and price band: what a drop is taken apart into."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.params.watching import Watch

Array = NDArray[np.float64]
KEPT = ("sale", "return")
GROUPS = ("returning customers", "new customers", "without identity")
REST = "Other countries"


@dataclass(frozen=True)
class Cube:
    """Sums by month and cell; axes: month, country, customer group, price band.

    sales and returned (positive) in money, items sold. orders have no price band (month, country, group).
    customers: identified customers behind each element of each dimension over all months.
    """

    months: NDArray[np.datetime64]
    names: tuple[tuple[str, ...], ...]
    sales: Array
    returned: Array
    items: Array
    orders: Array

    @property
    def net(self) -> Array:
        return np.asarray(self.sales - self.returned)


DIMENSIONS = ("Country", "Customers", "Price")


def cube_of(lines: pd.DataFrame, orders: pd.DataFrame, customers: pd.DataFrame, months: pd.Series[pd.Timestamp],
            p: Watch, currency: str, min_group: int) -> Cube:
    """The cube over the full months.

    lines: time, customer_id, country, quantity, unit_price, amount, kind; orders: time, customer_id, country;
    customers: customer_id, country, first_order. Countries with fewer than `min_group` identified customers join the
    rest, as do those beyond the largest few; a rest that is itself smaller joins the largest country.
    Raises DataError where no sale lies in the months.
    """
    wanted = np.sort(months.to_numpy().astype("datetime64[M]"))
    month, inside = _months(lines["time"], wanted)
    kinds, kind_names = lines["kind"].factorize()
    sold = np.append(kind_names == "sale", [False])[kinds]
    inside &= np.append(np.isin(kind_names, KEPT), [False])[kinds]
    if not (sold & inside).any():
        raise DataError("table lines of stage prepare holds no sale in the full months; nothing can be taken apart")
    month, sale = month[inside], sold[inside]
    amount = lines["amount"].to_numpy(dtype=float)[inside]
    place, country_names = _countries(lines["country"], lines["amount"], customers, p.drill_countries, min_group)
    country = _placed(lines["country"], place)[inside]
    group = _groups(lines["customer_id"], inside, customers, month, wanted)
    band, band_names = _bands(lines["unit_price"].to_numpy(dtype=float)[inside], amount, p.drill_price_bands, currency)
    shape = (len(wanted), len(country_names), len(GROUPS), len(band_names))
    cell = np.ravel_multi_index((month, country, group, band), shape)
    quantity = lines["quantity"].to_numpy(dtype=float)[inside]

    def summed(values: Array) -> Array:
        return np.bincount(cell, weights=values, minlength=int(np.prod(shape))).reshape(shape).astype(float)

    when, inside = _months(orders["time"], wanted)
    when = when[inside]
    flat = np.ravel_multi_index((
        when, _placed(orders["country"], place)[inside],
        _groups(orders["customer_id"], inside, customers, when, wanted),
    ), shape[:3])
    number = np.bincount(flat, minlength=int(np.prod(shape[:3]))).reshape(shape[:3]).astype(float)
    return Cube(wanted, (country_names, GROUPS, band_names), summed(amount * sale), summed(-amount * ~sale),
                summed(quantity * sale), number)


def _months(times: pd.Series[pd.Timestamp], wanted: NDArray[np.datetime64]
            ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(place of each time's month in `wanted`, whether it lies there)."""
    month = times.to_numpy().astype("datetime64[M]")
    at = np.searchsorted(wanted, month)
    inside = at < len(wanted)
    inside[inside] = wanted[at[inside]] == month[inside]
    return at.astype(np.int64), inside


def _countries(country: pd.Series[str], amount: pd.Series[float], customers: pd.DataFrame, most: int, min_group: int
               ) -> tuple[dict[str, int], tuple[str, ...]]:
    """(place of each country, names of the places)."""
    behind = customers.groupby("country")["customer_id"].nunique()
    codes, names = country.factorize()
    sales = pd.Series(np.bincount(codes, weights=amount), index=names).sort_values(ascending=False)
    large = [str(name) for name in sales.index if behind.get(name, 0) >= min_group][:most]
    large = large or [str(sales.index[0])]
    left = [str(name) for name in sales.index if name not in large]
    apart = bool(left) and int(behind.reindex(left).fillna(0).sum()) >= min_group
    place = {name: at for at, name in enumerate(large)} | dict.fromkeys(left, len(large) if apart else 0)
    return place, (*large, REST) if apart else tuple(large)


def _placed(countries: pd.Series[str], place: dict[str, int]) -> NDArray[np.int64]:
    codes, names = countries.factorize()
    rest = max(place.values())
    return np.asarray(np.array([place.get(str(name), rest) for name in names], dtype=np.int64)[codes])


def _groups(customer: pd.Series[str], inside: NDArray[np.bool_], customers: pd.DataFrame, month: NDArray[np.int64],
            wanted: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Place in GROUPS of each row inside: new customers are those in the month of their first order."""
    codes, names = customer.factorize()  # -1: without identity
    begun = customers.set_index("customer_id")["first_order"].reindex(names).to_numpy().astype("datetime64[M]")
    inner = codes[inside]
    first = np.append(begun, np.datetime64("NaT", "M"))[inner]
    return np.where(inner < 0, 2, (first == wanted[month]).astype(np.int64))


def _bands(price: Array, amount: Array, bands: int, currency: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Price bands with like sales each; products at one price make one band."""
    at, back = np.unique(price, return_inverse=True)
    mass = np.cumsum(np.bincount(back, weights=np.maximum(amount, 0)))
    inner = np.searchsorted(mass, mass[-1] * np.arange(1, bands) / bands)
    edges = np.unique(at[np.minimum(inner, len(at) - 1)])
    edges = edges[edges < at[-1]]
    names = [f"up to {currency}{edge:.2f}" for edge in edges[:1]]
    names += [f"{currency}{low:.2f} to {high:.2f}" for low, high in pairwise(edges)]
    names += [f"above {currency}{edges[-1]:.2f}"] if len(edges) else ["all prices"]
    return np.searchsorted(edges, price, side="left").astype(np.int64), tuple(names)
