"""Business lines: countries and product groups of the platform, with what of each kind of exposure they carry."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.risk.engine.exposure import MONTHS, Floats
from ecomplan.risk.engine.schema import LINES

OTHER_COUNTRIES, OTHER_GOODS = "other countries", "other goods"
#: family -> what it is called
FAMILIES = ("country", "product group")
WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class BusinessLines:
    """`table`: one row a line (family, line, customers, sales_share and one share for each of `LINES`, which add up
    to 1 within a family). `profile` (lines, 12): share of a line's year that falls in January ... December.
    `new_share`: share of sales to customers whose first order lies within these twelve months."""

    table: pd.DataFrame
    profile: Floats
    new_share: float


def last_word(description: str) -> str:
    """Last word of a description in capitals, its plural s off: what the article is."""
    words = WORD.findall(description.upper())
    if not words:
        return ""
    word = str(words[-1])
    return word[:-1] if word.endswith("S") and not word.endswith("SS") and len(word) > 3 else word


def business_lines(
    lines: pd.DataFrame, products: pd.DataFrame, months: pd.DatetimeIndex, *, countries: int, groups: int,
    min_group: int,
) -> BusinessLines:
    """The largest `countries` and product `groups` by sales; the rest, and any with fewer than `min_group`
    identified customers, stand together.

    `lines`: time, customer_id (null if unknown), country, product_id, amount, kind. `products`: product_id,
    description. `months`: first days of the full months; the last twelve are used. Raises DataError without a
    year of sales.
    """
    if len(months) < MONTHS:
        raise DataError(f"table calendar of stage prepare has {len(months)} full months; business lines need {MONTHS}")
    first, last = months.sort_values()[-MONTHS], months.max() + pd.offsets.MonthBegin(1)
    sale = (lines["kind"] == "sale").to_numpy()
    time = lines["time"].to_numpy("datetime64[us]")
    buyer, _ = pd.factorize(lines["customer_id"])
    since = np.full(buyer.max() + 2, np.datetime64("2262-01-01", "us"))
    latest = np.argsort(time, kind="stable")[::-1]
    since[buyer[latest]] = time[latest]  # the last written, the first order, stays; -1, the unknown, is the last entry
    use = sale & (time >= np.datetime64(first, "us")) & (time < np.datetime64(last, "us"))
    if not use.any():
        raise DataError(f"table lines of stage prepare holds no sale from {first:%Y-%m} to {months.max():%Y-%m}")
    buyer, time = buyer[use], time[use]
    amount = np.maximum(lines["amount"].to_numpy(float)[use], 0.0)
    month = time.astype("datetime64[M]").astype(int) % MONTHS
    country, country_names = pd.factorize(lines["country"])
    product, product_ids = pd.factorize(lines["product_id"])
    country, product = country[use], product[use]
    words = products.set_index("product_id")["description"].fillna("").map(last_word)
    group_of, group_names = pd.factorize(words.reindex(product_ids).fillna("").to_numpy())
    abroad = country != int(np.bincount(country, amount).argmax())
    carried = {
        "sales": amount, "orders": np.ones(len(amount)), "even": amount, "abroad": amount * abroad,
        "home": amount * ~abroad, "identified": amount * (buyer >= 0),
        "new_customers": amount * ((buyer >= 0) & (since[buyer] >= np.datetime64(first, "us"))),
    }
    parts = [
        _family(name, code, np.asarray(names, dtype=object), carried, month, buyer, keep, other, min_group)
        for name, code, names, keep, other in (
            (FAMILIES[0], country, country_names, countries, OTHER_COUNTRIES),
            (FAMILIES[1], group_of[product], group_names, groups, OTHER_GOODS),
        )
    ]
    return BusinessLines(pd.concat([part[0] for part in parts], ignore_index=True),
                         np.concatenate([part[1] for part in parts]),
                         float(carried["new_customers"].sum() / amount.sum()))


def _family(
    family: str, code: npt.NDArray[np.intp], names: npt.NDArray[np.object_], carried: dict[str, Floats],
    month: npt.NDArray[np.int64], buyer: npt.NDArray[np.intp], keep: int, other: str, min_group: int,
) -> tuple[pd.DataFrame, Floats]:
    known = buyer >= 0
    customers = _distinct(code[known], buyer[known], len(names))
    sales = np.bincount(code, carried["sales"], minlength=len(names))
    named = np.array([bool(name) for name in names])
    fit = [k for k in np.argsort(-sales, kind="stable") if customers[k] >= min_group and named[k] and sales[k] > 0]
    kept = fit[:keep]
    place = np.full(len(names), len(kept))
    place[kept] = np.arange(len(kept))
    shown = [str(names[k]) for k in kept]
    if family == FAMILIES[1]:
        shown = [name.lower() for name in shown]
    if (place == len(kept)).any():
        shown.append(other)
    line = place[code]
    count = len(shown)
    frame = pd.DataFrame({"family": family, "line": shown})
    frame["customers"] = _distinct(line[known], buyer[known], count)
    for name in LINES:
        sums = np.bincount(line, carried[name], minlength=count)
        # nothing of the kind in a year (one country only, say): what falls on it is spread as sales are
        whole = sums if sums.sum() > 0 else np.bincount(line, carried["sales"], minlength=count)
        frame[name] = whole / whole.sum()
    cells = np.bincount(line * MONTHS + month, carried["sales"], minlength=count * MONTHS).reshape(count, MONTHS)
    # ASSUME: a month in twelve of the platform's own profile is mixed in, so that no line has a month without sales
    common = cells.sum(axis=0) / cells.sum()
    profile = cells / cells.sum(axis=1, keepdims=True) * (1 - 1 / MONTHS) + common / MONTHS
    small = frame["customers"] < min_group
    if small.any() and count > 1:  # the rest is too small to stand alone: it joins the smallest line shown
        profile, frame = _joined(frame, profile, count - 2, count - 1)
    return frame, profile


def _distinct(code: npt.NDArray[np.intp], buyer: npt.NDArray[np.intp], count: int) -> npt.NDArray[np.int64]:
    """(count,) different buyers of each code."""
    seen = np.zeros((count, int(buyer.max(initial=0)) + 1), dtype=bool)
    seen[code, buyer] = True
    return np.asarray(seen.sum(axis=1))


def _joined(frame: pd.DataFrame, profile: Floats, into: int, gone: int) -> tuple[Floats, pd.DataFrame]:
    share = frame["sales"].to_numpy()
    both = share[into] + share[gone]
    merged = (profile[into] * share[into] + profile[gone] * share[gone]) / both
    numbers = [*LINES, "customers"]
    sums = frame[numbers].to_numpy(float)
    sums[into] += sums[gone]
    names = frame["line"].tolist()
    names[into] = f"{names[into]} and {names[gone]}"
    out = frame.assign(line=names, **{name: sums[:, k] for k, name in enumerate(numbers)})
    out["customers"] = out["customers"].astype("int64")
    profile = profile.copy()
    profile[into] = merged
    return np.delete(profile, gone, axis=0), out.drop(index=gone).reset_index(drop=True)
