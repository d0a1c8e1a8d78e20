"""Our fits on CDNOW beside the literature's: what shows that the code computes what it should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.behaviour.lifetime.bgnbd import BgNbd
from ecomplan.behaviour.lifetime.counts import compress
from ecomplan.behaviour.lifetime.fit import Fit, fit
from ecomplan.behaviour.lifetime.gamma_gamma import GammaGamma, Values
from ecomplan.behaviour.lifetime.pareto_nbd import ParetoNbd

#: model -> published parameters and log-likelihood (Fader, Hardie & Lee 2005, table 2; Fader & Hardie 2013)
PUBLISHED = {
    "BG/NBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "log-likelihood": -9582.4},
    "Pareto/NBD": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669, "log-likelihood": -9595.0},
    "Gamma-Gamma": {"p": 6.25, "q": 3.74, "v": 15.44},
}


def repeat_values(purchases: pd.DataFrame, until: str) -> Values:
    """Repeat purchases up to a day and their mean value, by customer; `purchases`: customer, day, value.

    Purchases of one day count as one. Customers whose repeat purchases were all free are left out.
    """
    days = purchases[purchases["day"] <= until].groupby(["customer", "day"])["value"].sum().reset_index()
    days = days[days["day"] > days.groupby("customer")["day"].transform("min")]
    own = days.groupby("customer")["value"].agg(["size", "mean"])
    own = own[own["mean"] > 0]
    return Values(own["size"].to_numpy(dtype=float), own["mean"].to_numpy(dtype=float))


def compare(counts: pd.DataFrame, values: Values) -> pd.DataFrame:
    """model, parameter, ours, standard_error, published, difference.

    `counts`: x, last, age in weeks. The published figures are rounded to the digits shown there.
    """
    rows = compress(counts["x"], counts["last"], counts["age"])
    fits: list[Fit[Any]] = [fit(BgNbd, rows, rows.customers), fit(ParetoNbd, rows, rows.customers),
                            fit(GammaGamma, values, len(values.orders))]
    table = []
    for one in fits:
        known = PUBLISHED[one.model.title]
        error = dict(zip(one.model.names, np.exp(one.theta) * np.sqrt(np.diag(one.covariance)), strict=True))
        ours = {name: float(getattr(one.model, name)) for name in one.model.names}
        ours["log-likelihood"] = one.log_likelihood
        table += [
            {"model": one.model.title, "parameter": name, "ours": ours[name],
             "standard_error": f"{error[name]:.3f}" if name in error else "",
             "published": published, "difference": ours[name] - published}
            for name, published in known.items()
        ]
    return pd.DataFrame(table)


def expectation_example(counts: pd.DataFrame) -> float:
    """Expected purchases in 39 weeks of who bought twice again, last in week 30.43 of 38.86: published as 1.226."""
    rows = compress(counts["x"], counts["last"], counts["age"])
    model = fit(BgNbd, rows, rows.customers, errors=False).model
    return float(model.expected(39.0, np.array([2.0]), np.array([30.43]), np.array([38.86]))[0])


def largest_gap(table: pd.DataFrame) -> float:
    """Largest difference of a parameter from the published one, as a share of it."""
    own = table[table["parameter"] != "log-likelihood"]
    return float((own["difference"] / own["published"]).abs().max())
