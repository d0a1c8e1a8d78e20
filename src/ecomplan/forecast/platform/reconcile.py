"""Parts and whole made to agree, and which way of doing so erred least on months not yet known.

A node vector is (whole, part 1 .. part k). A forecast is coherent if the whole is the sum of its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.forecast.platform.parts import SEASON, Tree, base_forecast, floored

#: method -> name for readers; the first is a yardstick that is never used, the last two move the parts alone
METHODS = {
    "naive": "Same month last year", "base": "Each by itself", "bottom_up": "Bottom up", "ols": "Least squares",
    "structural": "Structural",
    "mint": "MinT", "top_down": "Top down by share", "mint_kept": "MinT, whole kept",
}
MOVING = ("bottom_up", "ols", "structural", "mint")
KEPT = ("top_down", "mint_kept")
# ASSUME: the whole's own forecast is the best known of it (it has the most customers and its own gates), and
# past errors say which parts are unsure. Set before the ways were compared; `choose` tests it on each run.
DEFAULT = "mint_kept"
MIN_ERRORS = 4  # past origins from which errors replace sampling noise as the measure of how unsure a node is
INTERVAL_PERCENT = 80
COLUMNS = {
    **dict.fromkeys(("series", "hierarchy", "nodes", "method", "method_name"), "str"),
    **dict.fromkeys(("mape_percent", "low", "high", "difference", "difference_low", "difference_high"), "float64"),
    "origins": "int64", "used": "bool",
}
BY_IDENTITY = ("active_customers", "segment")
BOOTSTRAP_DRAWS = 4000
#: (months known, months ahead) -> open days of all these months, as far as they were known at that time
Days = Callable[[int, int], np.ndarray]


@dataclass(frozen=True)
class Test:
    """Base forecasts and actuals [origins x leads x nodes], NaN after the last month.

    naive: the same month of last year, noise: sampling variances, both [origins x nodes].
    """

    base: np.ndarray
    actual: np.ndarray
    naive: np.ndarray
    noise: np.ndarray

    def relative(self, origin: int) -> np.ndarray:
        """One-month errors over forecasts [past origins x nodes] known when `origin` forecasts."""
        return np.asarray((self.actual[:origin, 0] - self.base[:origin, 0]) / self.base[:origin, 0])


def summing_matrix(parts: int) -> np.ndarray:
    """S [1 + parts x parts]: nodes from parts."""
    return np.vstack([np.ones((1, parts)), np.eye(parts)])


def project(base: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """The coherent nodes nearest to `base` [.., nodes], distances measured by `covariance` [.., nodes x nodes].

    The constraint form of S (S' W^-1 S)^-1 S' W^-1 (Wickramasuriya, Athanasopoulos & Hyndman 2019), which allows a
    node that must not move (a row and column of zeros).
    """
    constraint = np.r_[1.0, -np.ones(base.shape[-1] - 1)]
    pull = covariance @ constraint
    gap = (base @ constraint) / (pull @ constraint)
    return np.asarray(base - pull * gap[..., None])


def shrunk_covariance(errors: np.ndarray) -> np.ndarray:
    """Second moments [nodes x nodes] of errors [n x nodes] about zero, correlations shrunken towards none.

    The weight of zero is the estimated sampling variance of the correlations over their squares (Schaefer &
    Strimmer 2005, target D).
    """
    count, nodes = errors.shape
    if count < 2:
        raise DataError(f"{count} past errors are too few for a covariance; expected 2 or more")
    spread = np.sqrt(np.maximum((errors**2).mean(axis=0), 1e-12))
    scaled = errors / spread
    products = scaled[:, :, None] * scaled[:, None, :]
    mean = products.mean(axis=0)
    apart = ~np.eye(nodes, dtype=bool)
    unsure = count / (count - 1) ** 3 * ((products - mean) ** 2).sum(axis=0)[apart].sum()
    weight = min(1.0, unsure / max(float((mean[apart] ** 2).sum()), 1e-12))
    correlation = np.where(apart, (1 - weight) * mean, 1.0)
    return np.asarray(correlation * np.outer(spread, spread))


def covariance_of(method: str, base: np.ndarray, past: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """W [.., nodes x nodes] of a method for base forecasts [.., nodes]: what each node's error is taken to be.

    `past`: relative one-month errors [origins x nodes]; with fewer than MIN_ERRORS MinT takes the sampling
    variances `noise` [nodes] of the last month known instead.
    """
    nodes = base.shape[-1]
    eye, parts = np.eye(nodes), np.r_[0.0, np.ones(nodes - 1)]
    if method == "ols":
        return np.broadcast_to(eye, (*base.shape, nodes))
    if method == "structural":
        return np.broadcast_to(np.diag(np.r_[nodes - 1.0, np.ones(nodes - 1)]), (*base.shape, nodes))
    if method == "bottom_up":  # the whole alone is wrong
        return np.broadcast_to(np.diag(1 - parts), (*base.shape, nodes))
    if method == "top_down":  # the parts are wrong, each in proportion
        return np.asarray(eye * (base * parts)[..., None])
    relative = shrunk_covariance(past) if len(past) >= MIN_ERRORS else np.diag(noise)
    if method == "mint_kept":
        relative = relative * np.outer(parts, parts)
    return np.asarray(relative * base[..., :, None] * base[..., None, :])


def reconciled(method: str, base: np.ndarray, past: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Coherent nodes [.., nodes] by `method`; a part never falls below a tenth of its base forecast."""
    if method == "base":
        return base
    nodes = project(base, covariance_of(method, base, past, noise))
    parts = np.maximum(nodes[..., 1:], base[..., 1:] / 10)
    if method in KEPT:
        parts = parts * (base[..., :1] / parts.sum(axis=-1, keepdims=True))
    return np.concatenate([parts.sum(axis=-1, keepdims=True), parts], axis=-1)


def run_test(tree: Tree, origins: int, total_errors: np.ndarray, days: Days | None = None) -> Test:
    """Base forecasts of whole and parts at each of the last `origins` origins; nothing later is read.

    `total_errors`: log errors [origins x leads] of the whole's forecast; `days`: open days as each origin knew them.
    """
    count, parts = tree.values.shape
    base = np.full((origins, origins, 1 + parts), np.nan)
    actual, noise = base.copy(), np.zeros((origins, 1 + parts))
    nodes = np.column_stack([tree.total, floored(tree.values)])
    for row, known in enumerate(range(count - origins, count)):
        ahead = count - known
        base[row, :ahead, 0] = np.exp(np.log(tree.total[known:]) - total_errors[row, :ahead])
        base[row, :ahead, 1:] = np.exp(base_forecast(tree, known, ahead, days=days and days(known, ahead)))
        actual[row, :ahead] = nodes[known:]
        noise[row] = node_noise(tree, known)
    naive = nodes[count - origins - SEASON: count - SEASON]
    return Test(base, actual, naive, noise)


def compare(test: Test) -> dict[str, np.ndarray]:
    """Absolute one-month errors in percent [origins x nodes] by method, each from its own past alone."""
    found = {"naive": 100 * np.abs(test.naive / test.actual[:, 0] - 1)}
    for method in list(METHODS)[1:]:
        forecasts = np.stack([
            reconciled(method, test.base[row, 0], test.relative(row), test.noise[row]) for row in range(len(test.base))
        ])
        found[method] = 100 * np.abs(forecasts / test.actual[:, 0] - 1)
    return found


def comparison_table(name: tuple[str, str], errors: Mapping[str, np.ndarray], seed: int) -> pd.DataFrame:
    """series, hierarchy, nodes ("whole", "parts"), method, method_name, mape_percent, low, high, difference,
    difference_low, difference_high (to "base" for the whole, to DEFAULT for the parts; points), origins.

    Intervals hold 80 % by bootstrap over origins, those of differences 80 % over all challengers together
    (Bonferroni). MAPE of parts is the mean over the parts. `name`: series and hierarchy.
    """
    origins = len(next(iter(errors.values())))
    weights = np.random.default_rng(seed).multinomial(
        origins, np.full(origins, 1 / origins), size=BOOTSTRAP_DRAWS
    ) / origins
    tail = (1 - INTERVAL_PERCENT / 100) / 2
    rows = []
    for nodes, pick, against in (("whole", slice(0, 1), "base"), ("parts", slice(1, None), DEFAULT)):
        means = {method: values[:, pick].mean(axis=1) for method, values in errors.items()}
        challengers = len(MOVING) if nodes == "whole" else len(KEPT) - 1
        for method, values in means.items():
            low, high = np.quantile(weights @ values, (tail, 1 - tail))
            gap = values - means[against]
            least, most = np.quantile(weights @ gap, (tail / challengers, 1 - tail / challengers))
            rows.append({
                "series": name[0], "hierarchy": name[1], "nodes": nodes, "method": method,
                "method_name": METHODS[method], "mape_percent": values.mean(), "low": low, "high": high,
                "difference": gap.mean(), "difference_low": least, "difference_high": most, "origins": origins,
            })
    return pd.DataFrame(rows)


def choose(table: pd.DataFrame) -> str:
    """The method used for one tree: the default, unless another is better by more than chance.

    A way that moves the whole must beat the whole's own forecast on the whole; a way that keeps it must beat the
    default on the parts. Better by more than chance: the interval of the paired difference lies below zero.
    """
    won = table[table["difference_high"] < 0]
    whole = won[(won["nodes"] == "whole") & won["method"].isin(MOVING)]
    if len(whole):
        return str(whole.sort_values("mape_percent")["method"].iloc[0])
    parts = won[(won["nodes"] == "parts") & won["method"].isin(KEPT)]
    return str(parts.sort_values("mape_percent")["method"].iloc[0]) if len(parts) else DEFAULT


def compare_all(
    trees: Mapping[tuple[str, str], Tree], errors: Mapping[str, np.ndarray], origins: int, seed: int,
    days: Days | None = None,
) -> pd.DataFrame:
    """`comparison_table` of every tree that is reconciled, with the column used, and of all together (series "all").

    `errors`: log errors [origins x leads] of the wholes' forecasts by series. Active customers by segment are not
    compared: new customers are a series of their own, returning ones what is left. Empty where customers fall into
    no two groups large enough.
    """
    frames, means = [], []
    for (series, hierarchy), tree in trees.items():
        if hierarchy != "total" and (series, hierarchy) != BY_IDENTITY:
            percent = compare(run_test(tree, origins, errors[series], days))
            table = comparison_table((series, hierarchy), percent, seed)
            frames.append(table.assign(used=table["method"] == choose(table)))
            means.append({name: np.c_[one[:, 0], one[:, 1:].mean(axis=1)] for name, one in percent.items()})
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
    pooled = {name: np.mean([tree[name] for tree in means], axis=0) for name in METHODS}
    every = comparison_table(("all", "all"), pooled, seed)
    return pd.concat([*frames, every.assign(used=every["method"] == DEFAULT)], ignore_index=True)


def node_noise(tree: Tree, known: int) -> np.ndarray:
    """Sampling variance [nodes] of the relative error of whole and parts, mean over the last year known."""
    values, noise = tree.values[max(0, known - SEASON): known], tree.noise[max(0, known - SEASON): known]
    whole = (noise * values**2).sum(axis=1) / tree.total[max(0, known - SEASON): known] ** 2
    return np.asarray(np.r_[whole.mean(), noise.mean(axis=0)])
