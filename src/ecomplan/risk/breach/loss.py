"""What a leak costs this shop: an anchor of the documents, scaled by size, and how leaks differ among themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.breach.drawn import Drawn, Factor, joint
from ecomplan.risk.breach.network import Floats
from ecomplan.risk.breach.schema import LossModel
from ecomplan.risk.engine.draws import Z90

WAYS = ("external_leak", "vendor_leak", "insider_leak")
PARTS = ("size", "readable", "customers_leave", "fine")
MILLION = 1e6


@dataclass(frozen=True)
class Costs:
    """Cost of a leak by draw. `anchor`: (draws,) mean cost of a leak in money. `relative`: (draws, states of PARTS ...)
    cost of one leak over that mean, 1 on average over the leaks of the tables as written."""

    anchor: Floats
    relative: Floats
    spread: float

    def factor(self, way: str | None = None) -> Factor:
        """What a leak costs as a factor over the ways and parts; for one way its share where several leak at once."""
        ways = np.indices((2,) * len(WAYS)).astype(float)
        share = np.minimum(ways.sum(axis=0), 1.0) if way is None else (
            ways[WAYS.index(way)] / np.maximum(ways.sum(axis=0), 1.0)
        )
        cost = self.anchor.reshape(-1, *(1,) * len(PARTS)) * self.relative
        return (*WAYS, *PARTS), np.einsum("abc,dwxyz->dabcwxyz", share, cost)


def anchor_usd(model: LossModel, claims: Claims) -> float:
    """The anchor claim in USD. Raises ParameterError for another unit."""
    claim = claims[model.anchor]
    if claim.unit != "USD_m" or claim.value is None:
        raise ParameterError(f"claims/breach.yaml: loss.anchor {claim.key} must be one amount in USD_m")
    return claim.value * MILLION


def draw_costs(
    model: LossModel, usd: float, cny_per_usd: float, sales: Floats, cny: float, drawn: Drawn, plain: Drawn,
    rng: np.random.Generator,
) -> Costs:
    """Costs for every draw of the tables. `sales`: yearly sales by path, money; `cny`: CNY per unit of money,
    `cny_per_usd`: CNY per USD;
    `plain`: the tables as written, on which the mean leak costs the anchor."""
    count = drawn.draws
    low, high = model.scale.reference_sales_cny_m
    reference = np.sqrt(low * high) * np.exp(
        np.log(high / low) / (2 * Z90) * rng.standard_normal(count)
    )
    own = sales[rng.integers(len(sales), size=count)] * cny / MILLION
    # ASSUME: cost moves with sales to the power of the scale's exponent (conflict c06)
    anchor = usd * cny_per_usd / cny * (own / reference) ** model.scale.exponent
    exponent = model.records_exponent
    assert exponent.sure_low is not None and exponent.sure_high is not None
    slopes = rng.normal(exponent.value, (exponent.sure_high - exponent.sure_low) / (2 * Z90), count)
    network = drawn.network
    chances = _parts_given_leak(plain)[0]
    leave = float(chances.sum(axis=(0, 1, 3))[1])
    raw = _raw(model, network["size"].states, np.maximum(slopes, 0.0), leave)
    mean = np.einsum("dwxyz,wxyz->d", raw, chances)
    return Costs(anchor, raw / mean.reshape(-1, 1, 1, 1, 1), model.spread.value)


def loss_readings(
    model: LossModel, sources: dict[str, str], costs: Costs, customers: int, cny_per_usd: float, cny: float,
    currency: str,
) -> pd.DataFrame:
    """What a leak costs, read in three ways: the scaled anchor, the fit on records, the survey of incidents."""
    if customers < 1:
        raise DataError("table customers of stage prepare has no row; expected at least one customer")
    low, high = np.quantile(costs.anchor, [0.1, 0.9])
    usd = cny_per_usd / cny
    slope, start = model.records_exponent, model.records_intercept
    shares = model.size_shares
    fits = {name: float(np.exp(start.value + slope.value * np.log(max(customers * share, 1.0)))) * usd
            for name, share in shares.items()}
    rows = [
        ("Documents' average leak, scaled to this shop", float(costs.anchor.mean()), float(low), float(high), "claim"),
        ("Fit on records, from few to most customers", fits["part"], min(fits.values()), max(fits.values()),
         sources["jacobs"]),
    ]
    incident = model.incident_cost
    if incident.unit == currency:  # another currency's amount is left out rather than brought over at a made-up rate
        rows.append(("Survey: worst incident of any kind", incident.value, incident.value, incident.value,
                     sources["csbs"]))
    return pd.DataFrame(rows, columns=["reading", "cost", "low", "high", "source"])


def draw_events(drawn: Drawn, costs: Costs, way: str, each: int, rng: np.random.Generator) -> Floats:
    """(draws x each,) cost in money of single leaks of a way."""
    chances = joint(drawn, PARTS, {way: 1}).reshape(drawn.draws, -1)
    steps = np.cumsum(chances / chances.sum(axis=1, keepdims=True), axis=1)
    cell = (rng.random((drawn.draws, each))[:, :, None] > steps[:, None, :]).sum(axis=2)
    cell = np.minimum(cell, chances.shape[1] - 1)
    mean = np.take_along_axis(costs.relative.reshape(drawn.draws, -1), cell, axis=1) * costs.anchor[:, None]
    noise = np.exp(costs.spread * rng.standard_normal(mean.shape) - costs.spread ** 2 / 2)
    return np.asarray((mean * noise).ravel())


def _parts_given_leak(drawn: Drawn) -> Floats:
    sums = joint(drawn, PARTS, {"leak": 1})
    return np.asarray(sums / sums.sum(axis=(1, 2, 3, 4), keepdims=True))


def _raw(model: LossModel, states: tuple[str, ...], slopes: Floats, leave: float) -> Floats:
    """(draws, size, readable, customers_leave, fine) cost of a leak, up to a constant."""
    shares = [0.0 if name == "none" else model.size_shares[name] for name in states]
    size = np.where(np.array(shares) > 0, np.maximum(shares, 1e-12) ** slopes[:, None], 0.0)
    lost = model.lost_business_share.value
    readable = np.array([model.unreadable_share.value, 1.0])[:, None, None] * (1 - lost)
    # spread over the leaks in which customers leave, so that its mean share is as published
    leaving = np.array([0.0, lost / leave])[None, :, None]
    fine = np.array([0.0, model.fine_share.value])[None, None, :]
    return np.asarray(np.einsum("dw,xyz->dwxyz", size, readable + leaving + fine))
