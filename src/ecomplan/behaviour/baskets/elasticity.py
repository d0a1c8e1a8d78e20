"""Price elasticity within products: two-way fixed effects, absorbed exactly, clustered by product.

Frisch and Waugh (1933): product and month effects are taken out of outcome and price, then one is regressed on
the other. With few periods the effects come from one small linear system, so nothing has to be iterated.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from ecomplan.behaviour.baskets.estimate import Ints
from ecomplan.behaviour.baskets.prices import NO_PANEL, moves
from ecomplan.behaviour.statistics import Z80, Floats
from ecomplan.estimate import Estimate

#: estimate in the table -> what it is, in words
NAMES = {
    "naive": "Pieces on the mean price paid",
    "pieces": "Pieces on the list price",
    "levels": "Buyers on the list price",
    "zeros": "Same, months without buyers too",
    "guarded": "Buyers on the list price, month to month",
    "small": "Same, small price moves only",
    "clearance": "Same, every price move",
    "placebo": "Placebo: next month's price move",
}


def absorb(values: Floats, unit: Ints, period: Ints, weight: Floats | None = None) -> Floats:
    """`values` (rows x columns) less unit and period effects, by weighted least squares.

    `unit` and `period` are codes from 0. Exact: period effects solve the reduced normal equations
    (periods x periods, singular by one a connected part, hence the pseudo-inverse).
    """
    w = np.ones(len(values)) if weight is None else weight
    units, periods = int(unit.max()) + 1, int(period.max()) + 1
    table = sparse.csr_matrix((w, (unit, period)), shape=(units, periods))
    of_unit = np.maximum(np.bincount(unit, w, minlength=units), 1e-300)
    of_period = np.bincount(period, w, minlength=periods)
    means = np.stack([np.bincount(unit, w * column, minlength=units) for column in values.T], axis=1) / of_unit[:, None]
    sums = np.stack([np.bincount(period, w * column, minlength=periods) for column in values.T], axis=1)
    scaled = sparse.diags(1 / of_unit) @ table
    reduced = np.diag(of_period) - (table.T @ scaled).toarray()
    effects = np.linalg.pinv(reduced, rcond=1e-10, hermitian=True) @ (sums - table.T @ means)
    return np.asarray(values - (means - scaled @ effects)[unit] - effects[period])


def slope(outcome: Floats, price: Floats, unit: Ints, period: Ints, cluster: Ints,
          weight: Floats | None = None) -> tuple[float, float]:
    """(slope, standard error) of outcome on price given unit and period effects; sandwich by cluster.

    Small-sample factor G/(G-1) x (N-1)/(N-K) with K the slope and the period effects: unit effects lie inside the
    clusters and are not counted (Cameron & Miller 2015). Raises ZeroDivisionError where price never varies.
    """
    w = np.ones(len(outcome)) if weight is None else weight
    left = absorb(np.stack([outcome, price], axis=1), unit, period, weight)
    y, x = left.T
    square = float((w * x) @ x)
    if square <= 1e-12 * max(float(w @ price**2), 1.0):
        raise ZeroDivisionError("price does not vary within units and periods")
    found = float((w * x) @ y) / square
    score = np.bincount(cluster, w * x * (y - found * x))
    groups, rows, known = len(np.unique(cluster)), len(outcome), 1 + int(period.max())
    factor = groups / max(groups - 1, 1) * (rows - 1) / max(rows - known, 1)
    return found, float(np.sqrt(factor * (score @ score)) / square)


def poisson_slope(count: Floats, price: Floats, unit: Ints, period: Ints, cluster: Ints) -> tuple[float, float]:
    """Slope of log expected count on price with unit and period effects; zeros stay in.

    Poisson pseudo maximum likelihood (Santos Silva & Tenreyro 2006) by iterated weighted least squares, each
    step with absorbed effects. A unit without any count must not be in. Same sandwich as `slope`.
    """
    mean = (count + count.mean()) / 2
    fitted = np.log(mean)
    for _ in range(60):
        working = fitted + (count - mean) / mean
        y, x = absorb(np.stack([working, price], axis=1), unit, period, mean).T
        found = float((mean * x) @ y) / float((mean * x) @ x)
        step = working - (y - found * x) - fitted
        fitted = np.clip(fitted + step, -30, 30)
        mean = np.exp(fitted)
        if float(np.abs(step).max()) < 1e-9:
            break
    x = absorb(price[:, None], unit, period, mean)[:, 0]
    square = float((mean * x) @ x)
    score = np.bincount(cluster, x * (count - mean))
    groups = len(np.unique(cluster))
    return found, float(np.sqrt(groups / max(groups - 1, 1) * (score @ score)) / square)


def ordinary(frame: pd.DataFrame, max_move: float) -> pd.DataFrame:
    """Rows whose list price lies within `max_move` (a factor less one) of the product's median, up or down."""
    middle = frame.groupby("product")["list_price"].transform("median")
    away = np.abs(np.log(frame["list_price"] / middle))
    kept: pd.DataFrame = frame[np.asarray(away <= np.log1p(max_move))]
    return kept.reset_index(drop=True)


def filled(frame: pd.DataFrame) -> pd.DataFrame:
    """The panel with the periods between a product's first and last sale that have no buyer; prices carried on."""
    span = frame.groupby("product")["period"].agg(["min", "max"])
    length = (span["max"] - span["min"] + 1).to_numpy()
    start = np.repeat(np.cumsum(length) - length, length)
    every = pd.DataFrame({
        "product": np.repeat(span.index.to_numpy(), length),
        "period": np.arange(length.sum()) - start + np.repeat(span["min"].to_numpy(), length),
    }).merge(frame, on=["product", "period"], how="left")
    every["buyers"] = every["buyers"].fillna(0)
    every["list_price"] = every.groupby("product")["list_price"].ffill()
    return every


def estimates(frame: pd.DataFrame, max_move: float, small_move: float, min_products: int) -> pd.DataFrame:
    """All elasticities side by side, the naive one first.

    `frame` is a monthly panel (see `prices.panel`) of the products that count. List prices farther than `max_move`
    from the product's median are left out as clearance or another pack, except in "naive" and "clearance"; "small"
    keeps to `small_move`. "guarded" is the one believed: it compares a month with the one before, so that slow
    trends of a product drop out, and "placebo" tests that design: a price move of next month must not show yet.
    Columns: key, name, value, low, high, product_months, products (with price variation), unknown (the reason
    where fewer than `min_products` vary).
    """
    known = frame[(frame["votes"] > 0) & (frame["list_price"] > 0) & (frame["paid"] > 0) & (frame["pieces"] > 0)]
    usual = ordinary(known, max_move)
    change = moves(usual)
    rows = [
        _row("naive", known, "pieces", "paid", min_products),
        _row("pieces", usual, "pieces", "list_price", min_products),
        _row("levels", usual, "buyers", "list_price", min_products),
        _row("zeros", filled(usual), "buyers", "list_price", min_products, counts=True),
        _move("guarded", change, "price_change", min_products),
        _move("small", moves(ordinary(known, small_move)), "price_change", min_products),
        _move("clearance", moves(known), "price_change", min_products),
        _move("placebo", _ahead(change), "price_ahead", min_products),
    ]
    return pd.DataFrame(rows)


def by_band(frame: pd.DataFrame, max_move: float, min_products: int, bands: int) -> pd.DataFrame:
    """The guarded elasticity within `bands` classes of products by median list price, as many products in each.

    Bands in which fewer than `min_products` / `bands` products change their price are left out.
    """
    usual = ordinary(frame[(frame["votes"] > 0) & (frame["list_price"] > 0)], max_move)
    middle = usual.groupby("product")["list_price"].median()
    columns = ["band", "from_price", "to_price", "value", "low", "high", "product_months", "products"]
    if middle.nunique() < bands:
        return pd.DataFrame(columns=columns)
    # ties in price must not part by chance: rank by price, then product
    band = pd.qcut(middle.rank(method="first"), bands, labels=False)
    change = moves(usual)
    rows = []
    for number in range(bands):
        inside = band.index[band == number]
        row = _move("guarded", change[change["product"].isin(inside)], "price_change", -(-min_products // bands))
        rows.append({"band": number + 1, "from_price": middle[inside].min(), "to_price": middle[inside].max(),
                     **{key: row[key] for key in columns[3:]}})
    return pd.DataFrame(rows, columns=columns).dropna().reset_index(drop=True)


def estimate(table: pd.DataFrame, key: str) -> Estimate:
    """One row of `estimates` as an estimate."""
    row = table[table["key"] == key].to_dict("records")[0]
    if row["unknown"]:
        return Estimate(None, unknown=str(row["unknown"]))
    return Estimate(float(row["value"]), float(row["low"]), float(row["high"]))


def price_for(lift: float, elasticity: Estimate) -> Estimate:
    """Relative change of price at which buyers would rise by `lift`: (1 + lift)^(1/elasticity) - 1."""
    if elasticity.value is None or elasticity.low is None or elasticity.high is None:
        return Estimate(None, unknown=elasticity.unknown)
    if elasticity.high >= 0:
        return Estimate(None, unknown="the elasticity's range reaches zero: no price would surely bring that lift")
    value, low, high = (
        float(np.expm1(np.log1p(lift) / e)) for e in (elasticity.value, elasticity.high, elasticity.low)
    )
    return Estimate(value, low, high)


def _ahead(change: pd.DataFrame) -> pd.DataFrame:
    after = change.groupby("product")[["period", "price_change"]].shift(-1)
    near = (after["period"] == change["period"] + 1).to_numpy()
    return change[near].assign(price_ahead=after["price_change"][near]).reset_index(drop=True)


def _row(key: str, frame: pd.DataFrame, outcome: str, price: str, min_products: int,
         counts: bool = False) -> dict[str, object]:
    """Log `outcome` (or the count itself) on log `price` with product and month effects."""
    if frame.empty:
        return _empty(key, NO_PANEL)
    y, x = frame[outcome].to_numpy(float), np.log(frame[price].to_numpy(float))
    product, period = _codes(frame["product"]), _codes(frame["period"])
    by_product = pd.Series(x).groupby(product)
    varying = int((by_product.max() - by_product.min() > 1e-9).sum())
    if period.max() == 0:
        return _empty(key, "one month of sales only: prices cannot vary over time, so no elasticity can be seen")
    if varying < min_products:
        return _empty(key, _few(varying))
    solve = poisson_slope if counts else slope
    found = solve(y if counts else np.log(y), x, product, period, product)
    return _found(key, found, len(frame), varying)


def _move(key: str, change: pd.DataFrame, price: str, min_products: int) -> dict[str, object]:
    """Change of log buyers on change of log price with month effects."""
    if change.empty:
        return _empty(key, "no product was sold in two months running, so no price move can be seen")
    x = change[price].to_numpy(float)
    varying = int(change.loc[np.abs(x) > 1e-9, "product"].nunique())
    if varying < min_products:
        return _empty(key, _few(varying))
    product = _codes(change["product"])
    found = slope(change["buyers_change"].to_numpy(float), x, np.zeros(len(x), dtype=np.int64),
                  _codes(change["period"]), product)
    return _found(key, found, len(change), varying)


def _codes(values: pd.Series) -> Ints:
    return pd.factorize(values)[0].astype(np.int64)


def _few(varying: int) -> str:
    few = "no product changes its price" if varying == 0 else "too few products change their price"
    return f"{few} (parameter min_price_products), so no elasticity is given"


def _found(key: str, found: tuple[float, float], rows: int, products: int) -> dict[str, object]:
    value, error = found
    return {"key": key, "name": NAMES[key], "value": value, "low": value - Z80 * error, "high": value + Z80 * error,
            "product_months": rows, "products": products, "unknown": ""}


def _empty(key: str, reason: str) -> dict[str, object]:
    return {"key": key, "name": NAMES[key], "value": np.nan, "low": np.nan, "high": np.nan, "product_months": 0,
            "products": 0, "unknown": reason}


#: finding -> row of the table and label
FINDINGS = {
    "elasticity_naive": ("naive", "Price elasticity, naive: pieces on the mean price paid"),
    "elasticity": ("guarded", "Price elasticity, guarded: buyers on the list price"),
    "elasticity_small": ("small", "Price elasticity, guarded, small price moves only"),
    "elasticity_levels": ("levels", "Price elasticity of buyers, months not compared with the one before"),
    "elasticity_placebo": ("placebo", "Placebo: response to next month's price"),
}


def measured(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `estimates` that have a value."""
    return table[table["unknown"] == ""].drop(columns="unknown").reset_index(drop=True)


def told(table: pd.DataFrame) -> list[dict[str, object]]:
    """name, label and numbers of each elasticity as findings take them."""
    return [{"name": name, "label": label, **estimate(table, key).told} for name, (key, label) in FINDINGS.items()]


def band_findings(table: pd.DataFrame, bands: int) -> list[dict[str, object]]:
    """name, label and numbers of the elasticity in the cheapest and in the dearest price band."""
    rows = {int(row["band"]): row for row in table.to_dict("records")}
    made = []
    for name, label, band in (("elasticity_cheap", "cheapest", 1), ("elasticity_dear", "dearest", bands)):
        row = rows.get(band)
        found = Estimate(None, unknown="too few products of this price band change their price") if row is None else \
            Estimate(float(row["value"]), float(row["low"]), float(row["high"]))
        made.append({"name": name, "label": f"Guarded price elasticity of the {label} products", **found.told})
    return made


def carriers(table: pd.DataFrame, key: str) -> int:
    """Products whose price moves in a row of `estimates`."""
    return int(table.loc[table["key"] == key, "products"].iloc[0])
