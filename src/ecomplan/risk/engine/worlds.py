"""What we do not know before the year begins, drawn: rates, company sizes, sales, margin, working controls.

One world is one reading of the register: a rate for each risk, its median loss per event in the platform's
money, and what the controls leave of both. The simulation draws a world a year; the interval of the tail
measures takes some hundred worlds and aggregates each exactly (`ecomplan.risk.losses.ranges`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.engine.register import Z90, Control, Register, Risk

Floats = npt.NDArray[np.float64]

#: before: no control · after: controls as far as they are believed · claimed: as the documents claim
STATES = ("before", "after", "claimed")
MILLION = 1e6
MONTHS = 12


@dataclass(frozen=True)
class Exposure:
    """What losses are measured against.

    `sales`: (paths,) net sales of the year in money. `month_share`: (12,) share of the year's expected sales.
    `margin`: PERT low, likely, high of contribution margin as a share of sales. `cny`: CNY per unit of money.
    """

    year: int
    sales: Floats
    month_share: Floats
    margin: tuple[float, float, float]
    cny: float

    @property
    def expected_sales(self) -> float:
        return float(self.sales.mean())

    @property
    def expected_margin(self) -> float:
        """Expected contribution margin of the year, in money."""
        return self.expected_sales * pert_mean(*self.margin)


@dataclass(frozen=True)
class Worlds:
    """Drawn worlds: arrays (risks, worlds). `rates` events a year before controls, `medians` median loss per
    event in money before controls, `kept` share of events and `left` share of each loss that remain, by state.
    `sigmas` (risks,): standard deviation of log loss."""

    rates: Floats
    medians: Floats
    sigmas: Floats
    kept: dict[str, Floats]
    left: dict[str, Floats]

    @property
    def count(self) -> int:
        return int(self.rates.shape[1])

    def expected(self, state: str) -> Floats:
        """(risks, worlds) expected yearly loss: rate x mean of the lognormal."""
        mean = self.medians * np.exp(self.sigmas[:, None] ** 2 / 2)
        return self.rates * self.kept[state] * mean * self.left[state]


def exposure_of(paths: pd.DataFrame, margin: tuple[float, float, float], cny: float) -> Exposure:
    """Exposure of the last calendar year that the forecast covers whole.

    `paths` has columns path, month, sales (money a month). Raises DataError naming column or path.
    """
    missing = [name for name in ("path", "month", "sales") if name not in paths]
    if missing:
        raise DataError(f"table paths of stage forecast lacks column {missing[0]}; it has {', '.join(paths.columns)}")
    sales = paths["sales"].to_numpy(float)
    bad = np.flatnonzero(~np.isfinite(sales) | (sales < 0))
    if len(bad):
        raise DataError(
            f"table paths, row {bad[0]}: sales = {sales[bad[0]]} is refused; expected money a month, from 0"
        )
    months = pd.DatetimeIndex(paths["month"])
    covered = pd.Series(months.month).groupby(months.year).nunique()
    whole = covered.index[covered == MONTHS]
    if not len(whole):
        raise DataError(f"table paths covers no calendar year whole: {months.min():%Y-%m} to {months.max():%Y-%m}")
    year = int(whole.max())
    table = paths.loc[months.year == year].pivot(index="path", columns="month", values="sales")
    if table.isna().to_numpy().any():
        raise DataError(f"table paths: path {table.index[table.isna().any(axis=1)][0]} has not all months of {year}")
    values = table.to_numpy(float)
    total = values.sum(axis=1)
    if total.mean() <= 0:
        raise DataError(f"table paths: expected sales of {year} are {total.mean():g}; losses need sales above 0")
    return Exposure(year, total, values.mean(axis=0) / total.mean(), margin, cny)


def pert_mean(low: float, likely: float, high: float) -> float:
    """Mean of the PERT distribution (Malcolm et al., 1959)."""
    return (low + 4 * likely + high) / 6


def pert(rng: np.random.Generator, low: float, likely: float, high: float, size: int) -> Floats:
    """Draws of a PERT distribution: a beta on [low, high] with mode `likely`; a constant where low equals high."""
    if not low <= likely <= high:
        raise ParameterError(f"PERT needs low <= likely <= high, found {low} / {likely} / {high}")
    if low == high:
        return np.full(size, float(low))
    span = high - low
    return low + span * rng.beta(1 + 4 * (likely - low) / span, 1 + 4 * (high - likely) / span, size)


def draw_worlds(register: Register, exposure: Exposure, count: int, rng: np.random.Generator) -> Worlds:
    """`count` independent worlds."""
    path = rng.integers(len(exposure.sales), size=count)
    sales = exposure.sales[path]
    margin = pert(rng, *exposure.margin, count)
    # one draw of a company's size serves all risks told of it: they are wrong together
    sizes = {
        name: np.sqrt(scale.low * scale.high)
        * np.exp(np.log(scale.high / scale.low) / (2 * Z90) * rng.standard_normal(count))
        for name, scale in register.scales.items()
    }
    # a control works everywhere or nowhere
    works = {name: rng.random(count) < register.works for name in register.controls}
    rates = np.stack([pert(rng, *risk.rate, count) for risk in register.risks])
    medians = np.stack([
        risk.median * _money(risk, register, exposure, sales, margin, sizes) for risk in register.risks
    ])
    one = np.ones((len(register.risks), 1))
    kept = {"before": np.broadcast_to(one, rates.shape)}
    left = dict(kept)
    for state in ("after", "claimed"):
        kept[state] = _remaining(register, "frequency", state, works, rates.shape)
        left[state] = _remaining(register, "severity", state, works, rates.shape)
    return Worlds(rates, medians, np.array([risk.sigma for risk in register.risks]), kept, left)


def _money(
    risk: Risk, register: Register, exposure: Exposure, sales: Floats, margin: Floats, sizes: dict[str, Floats]
) -> Floats:
    """(worlds,) money that one unit of the risk's severity is worth to the platform."""
    if risk.unit == "share_of_year_sales":
        return sales * margin
    if risk.unit == "share_of_month_sales":
        return sales / MONTHS * margin
    # ASSUME: a loss told of another company moves with sales to the power of the scale's exponent (conflict c06)
    assert risk.scale is not None
    cny = MILLION * (register.cny_per_usd if risk.unit == "USD_m" else 1.0)
    relative = sales * exposure.cny / (sizes[risk.scale] * MILLION)
    return np.asarray(cny / exposure.cny * relative ** register.scales[risk.scale].exponent)


def _remaining(
    register: Register, acts_on: str, state: str, works: dict[str, npt.NDArray[np.bool_]], shape: tuple[int, ...]
) -> Floats:
    """(risks, worlds) share that the controls acting on frequency or severity leave."""
    share = np.ones(shape)
    for i, risk in enumerate(register.risks):
        for name in risk.controls:
            control: Control = register.controls[name]
            if control.acts_on != acts_on:
                continue
            if state == "claimed":
                share[i] *= 1 - control.effect
            else:
                # ASSUME: shrunken effect - it works with the prior's chance, and then keeps a part of its claim
                share[i] *= np.where(works[name], 1 - register.effect_share * control.effect, 1.0)
    return share
