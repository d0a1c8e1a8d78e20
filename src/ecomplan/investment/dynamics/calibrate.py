"""Rates of the system from counted moves, their uncertainty, their season, and a test on months held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.investment.dynamics.network import Floats, Network
from ecomplan.investment.dynamics.referral import CUSTOMERS, SEASONAL, Rates, Start, network, start_stocks
from ecomplan.investment.dynamics.referral import coefficients as coefficients_of
from ecomplan.investment.dynamics.simulate import simulate

LOSSES = np.linspace(0.0, 0.20, 41)[1:]  # rates of loss a month that are looked through
YEAR = 12


@dataclass(frozen=True)
class Calibration:
    """Rates [draws + 1] (the first by the counts themselves), lost among the dormant [draws + 1], the season by kind
    [12] from January on with mean 1, and the state at the last month's end."""

    entry: Floats
    second_order: Floats
    lapse: Floats
    revival: Floats
    loss: Floats
    lost: Floats
    season: dict[str, Floats]
    start: Start
    last: pd.Timestamp


def calibrate(counted: pd.DataFrame, level_months: int, draws: int, rng: np.random.Generator) -> Calibration:
    """Rates from moves by month (`states.count`).

    A rate is -ln(1 - moved / stock before). Sleepers seen are those still reachable and those lost for good; the loss
    is the one with which the wakings seen lie closest to those of the reachable ones alone. Months are weighted anew
    in each draw (Bayesian bootstrap, Rubin 1981); the level of entries is that of the last `level_months` months.
    Raises DataError where a kind of move is never seen.
    """
    moved = counted.iloc[1:]
    before = counted.iloc[:-1]
    for name in ("entry", "lapse", "revival", "new to active"):
        if int(moved[name].sum()) == 0:
            raise DataError(f"table orders: no move of kind {name!r} in {len(moved)} months; the system cannot be "
                            f"calibrated")
    entry, up, down, lapse, revival = (moved[name].to_numpy(float) for name in (
        "entry", "new to active", "new to dormant", "lapse", "revival"))
    active, dormant = before["active"].to_numpy(float), before["dormant"].to_numpy(float)
    month = pd.DatetimeIndex(moved["month"]).month.to_numpy() - 1
    # those who come and those who come back buy in the same months; lapses have a season of their own
    buying = _season(entry + revival, month)
    season = {"entry": buying, "revival": buying,
              "lapse": _season(lapse / np.maximum(active, 1), month)}
    weights = np.vstack([np.ones(len(moved)), rng.dirichlet(np.ones(len(moved)), draws) * len(moved)])
    rows = slice(-min(level_months, len(moved)), None)
    level = np.vstack([np.ones(len(month[rows])), rng.dirichlet(np.ones(len(month[rows])), draws) * len(month[rows])])
    per_month = (level @ entry[rows]) / (level @ season["entry"][month[rows]])
    lapse_rate = _rate((weights @ lapse) / (weights @ (active * season["lapse"][month])))
    loss, revived, lost = _loss(weights, dormant, lapse + down, revival, season["revival"][month])
    return Calibration(
        per_month, (weights @ up) / (weights @ (up + down)), lapse_rate, revived, loss, lost, season,
        Start(*(float(counted[name].iloc[-1]) for name in ("new", "active", "dormant"))), counted["month"].iloc[-1],
    )


def _season(values: Floats, month: np.ndarray) -> Floats:
    """Mean of each calendar month over the mean of all, 1 for months not seen; mean 1."""
    total = pd.Series(values / max(values.mean(), 1e-12)).groupby(month).mean()
    out = total.reindex(range(YEAR), fill_value=1.0).to_numpy(float)
    return np.asarray(out / out.mean())


def _rate(share: Floats) -> Floats:
    return np.asarray(-np.log1p(-np.clip(share, 1e-9, 1 - 1e-9)))


def _loss(
    weights: Floats, seen: Floats, fell: Floats, woke: Floats, season: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Loss, revival and number lost at the end [draws] by weighted least squares over a grid of losses."""
    months, grid = len(fell), len(LOSSES)
    reachable = np.empty((grid, months))
    stock = np.full(grid, seen[0])
    for t in range(months):
        reachable[:, t] = stock
        stock = np.maximum(stock * np.exp(-LOSSES) + fell[t] - woke[t], 0.0)
    shape = reachable * season
    slope = (weights * woke) @ shape.T / np.maximum(weights @ (shape**2).T, 1e-12)  # [draws, grid]
    gain = slope * ((weights * woke) @ shape.T)
    best = gain.argmax(axis=1)
    end = max(float(seen[-1] + fell[-1] - woke[-1]), 0.0)
    lost = np.clip(end - stock[best], 0.0, end)
    return LOSSES[best], _rate(slope[np.arange(len(best)), best]), lost


def season_of(calibration: Calibration, system: Network, months: int) -> Floats:
    """Multipliers [F, months] of the flows from the month after the last counted on."""
    first = calibration.last.month  # 0-based month that follows
    out = np.ones((len(system.flows), months))
    for at, flow in enumerate(system.flows):
        if flow.name in SEASONAL:
            out[at] = calibration.season[SEASONAL[flow.name]][(first + np.arange(months)) % YEAR]
    return out


@dataclass(frozen=True)
class Check:
    """Customers counted and predicted over the months held out, with the errors of the model and of two guesses."""

    table: pd.DataFrame  # month, counted, predicted, low, high, last_value, year_before
    error: float  # mean absolute error as a share
    error_last: float
    error_year: float | None


def held_out(
    counted: pd.DataFrame, holdout_months: int, rates: Rates, level_months: int, draws: int, steps: int,
    rng: np.random.Generator,
) -> Check | None:
    """Calibrate on all but the last months and predict the customers (new and active) at the end of each of them.

    `rates` gives what the counts do not: capacity, times. No programme of invitations. None where under a year of
    moves would be left.
    """
    train = counted.iloc[:-holdout_months]
    if len(train) < YEAR + 1:
        return None
    found = calibrate(train, level_months, draws, rng)
    system = network()
    own = rates.with_(second_order=found.second_order, lapse=found.lapse, revival=found.revival, loss=found.loss,
                      k=0.0).checked(10_000)
    own = own.with_(entry=found.entry * own.capacity / (own.capacity - found.start.known))
    runs = simulate(system, start_stocks(found.start, found.lost, own, system), coefficients_of(own, system),
                    holdout_months, steps, season_of(found, system, holdout_months))
    predicted = runs.stock(*CUSTOMERS)[1:]
    total = (counted["new"] + counted["active"]).to_numpy(float)
    actual = total[-holdout_months:]
    year = total[-holdout_months - YEAR: -YEAR] if len(total) >= holdout_months + YEAR else None
    low, high = np.quantile(predicted[:, 1:], [0.1, 0.9], axis=1)
    table = pd.DataFrame({
        "month": counted["month"].to_numpy()[-holdout_months:], "counted": actual, "predicted": predicted[:, 0],
        "low": low, "high": high, "last_value": total[-holdout_months - 1],
    })
    return Check(table, _error(predicted[:, 0], actual), _error(table["last_value"].to_numpy(), actual),
                 None if year is None else _error(year, actual))


def _error(predicted: Floats, actual: Floats) -> float:
    return float(np.mean(np.abs(predicted - actual) / np.maximum(actual, 1)))
