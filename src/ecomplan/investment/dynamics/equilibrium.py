"""Where the system comes to rest, how it answers there, and which loop drives it.

With e newcomers a month and a share p of the people not yet customers, entries are e = a p + K p e, and the pool is
what the others leave: p = 1 - e T / M - K p e D / M (T: life as a customer until reachable again; D: time from
invitation to first order). Together these are quadratic in p.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.errors import ParameterError
from ecomplan.investment.dynamics.network import Floats, Network
from ecomplan.investment.dynamics.referral import INVITED, NEW, ORDER, Rates, coefficients, network


def rest(rates: Rates) -> tuple[Floats, Floats]:
    """(share p of the people who are not customers, newcomers e a month) at rest, each [n].

    Unbounded, p is 1 and e is a / (1 - K). Raises ParameterError where K >= 1 without a capacity: it explodes.
    """
    endless = ~np.isfinite(rates.capacity)
    if (endless & (rates.k >= 1)).any():
        raise ParameterError(f"dynamics: K = {float(np.max(rates.k[endless])):g} without a capacity explodes: each "
                             f"newcomer brings at least another, so there is no equilibrium; expected K below 1 or a "
                             f"finite capacity")
    size = np.where(endless, 1.0, rates.capacity)
    a, k = rates.entry, rates.k
    square = np.where(endless, 0.0, k * (a * rates.cycle_months / size - 1))
    line = np.where(endless, 1.0, 1 + k + a * rates.life_months / size)
    # the root that goes to 1 / line as `square` goes to 0, in a form without cancellation
    p = 2 / (line + np.sqrt(np.maximum(line**2 + 4 * square, 0)))
    return p, a * p / (1 - k * p)


def stocks_at_rest(rates: Rates, system: Network) -> Floats:
    """Stocks [n, S] at rest, from `rest` by Little's law: stock = inflow x time."""
    p, e = rest(rates)
    out = np.zeros((len(p), len(system.stocks)))
    inviting = e * rates.inviting_time
    asleep = e * (1 - rates.second_order + rates.spells) / (rates.revival + rates.loss)
    known = {
        **dict.fromkeys(INVITED, rates.k * p * e * rates.cycle_months / ORDER),
        **dict.fromkeys(NEW, e * rates.new_months / ORDER),
        "active": e * rates.spells / rates.lapse - inviting, "inviting": inviting, "dormant": asleep,
        "lost": e * rates.renewal_months,
    }
    if "potential" in system.stocks:
        known["potential"] = p * rates.capacity
    for name, value in known.items():
        out[:, system.stock(name)] = value
    return out


def root(rates: Rates, system: Network) -> Floats:
    """Stocks [S] at rest of one run by Newton's method from an even split, without `rest`'s formula: the check on it.

    As people are conserved, the pool's equation follows from the others; that they add up stands in its place. Raises
    ParameterError where the search does not end.
    """
    rate, pool, people = coefficients(rates, system)[0], system.stock("potential"), float(rates.capacity[0])
    stocks = np.full(len(system.stocks), people / len(system.stocks))
    for _ in range(100):
        missing, slope = system.change(stocks, rate), system.jacobian(stocks, rate)
        missing[pool], slope[pool] = stocks.sum() - people, 1.0
        step = np.linalg.solve(slope, missing)
        stocks = np.maximum(stocks - step, stocks * 0.1)  # no stock falls below 0 on the way
        if np.abs(step).max() < 1e-12 * people:
            return np.asarray(stocks)
    raise ParameterError("dynamics: no equilibrium found within 100 steps")


def eigenvalues(rates: Rates, stocks: Floats, system: Network) -> Floats:
    """Eigenvalues [S] of one run's Jacobian at `stocks`, per month, by falling real part."""
    values = np.linalg.eigvals(system.jacobian(stocks, coefficients(rates, system)[0]))
    return np.asarray(values[np.argsort(-values.real)])


def growth(rates: Rates, share: float) -> float:
    """Growth rate a month of one run while the share of people not yet customers stays at `share`; below 0: it decays.

    By the theory of next generations (Diekmann et al. 1990) it is above 0 exactly where K x share is above 1.
    """
    system = network(bounded=False)
    rate = coefficients(rates.with_(k=rates.k * share), system)[0]
    linear = system.jacobian(np.zeros(len(system.stocks)), rate)
    keep = [i for i, name in enumerate(system.stocks) if name != "lost"]
    return float(np.max(np.linalg.eigvals(linear[np.ix_(keep, keep)]).real))


def doubling_months(rates: Rates, share: float = 1.0) -> float | None:
    """Months in which invitations alone double the customers; None where they do not."""
    rate = growth(rates, share)
    return float(np.log(2) / rate) if rate > 1e-12 else None


def doubling(rates: Rates, k: float) -> dict[str, Any]:
    """value for `Stage.finding`: months to double where each newcomer brings `k` and nobody is a customer yet."""
    value = doubling_months(rates.with_(k=np.array([k])))
    if value is None:
        return {"value": None, "unknown": "invitations alone die out"}
    return {"value": value}


def settling_months(values: Floats) -> float:
    """Time in which the slowest part of a deviation falls to 1/e; an eigenvalue of 0 is the people, who stay."""
    live = values.real[np.abs(values) > 1e-9]
    return float(-1 / live.max())


def doubling_table(rates: Rates, ks: list[float], cycles: list[float]) -> pd.DataFrame:
    """k, cycle_months, growth (share a year), months to double by invitations alone (missing: they die out), of one run
    with K and cycle replaced and nobody yet a customer."""
    rows = []
    for k in ks:
        for cycle in cycles:
            one = rates.with_(k=np.array([k]), cycle_months=np.array([cycle]))
            rows.append({"k": k, "cycle_months": cycle, "growth": float(np.expm1(12 * growth(one, 1.0))),
                         "double": doubling_months(one)})
    return pd.DataFrame(rows).astype({"double": "Float64"})


@dataclass(frozen=True)
class Loop:
    """A feedback loop: what comes back round of one more at its start, and how long that takes."""

    name: str
    kind: str  # reinforcing or balancing
    gain: Floats  # [n]
    months: Floats  # [n]


def loops(rates: Rates, share: Floats) -> tuple[Loop, ...]:
    """Loops cut open at the entry of a customer, or at the state they turn round in; `share` [n] not yet customers.

    The gain at standstill is exact: one more newcomer brings K x share others and, until reachable again, is missing
    in the pool, which lowers entries by (a + K e) / M for T months.
    """
    entries = rates.entry * share / np.maximum(1 - rates.k * share, 1e-9)
    taken = -(rates.entry + rates.k * entries) / rates.capacity * rates.life_months
    until = rates.new_months + rates.spells / rates.lapse / 2 + rates.cycle_months
    awake = 1 / rates.lapse
    return (
        Loop("referral", "reinforcing", rates.k * share, until),
        Loop("waking", "reinforcing", rates.returns, awake + 1 / (rates.revival + rates.loss)),
        Loop("inviting", "reinforcing", rates.start_inviting / (rates.lapse + rates.start_inviting)
             / (1 + rates.lapse * rates.inviting_months),
             1 / (rates.lapse + rates.start_inviting) + 1 / (rates.lapse + 1 / rates.inviting_months)),
        Loop("saturation", "balancing", taken, rates.life_months),
        Loop("lapse", "balancing", -(1 - rates.returns), awake),
    )


def loop_table(rates: Rates, share: Floats, share_rest: Floats) -> pd.DataFrame:
    """loop, kind, gain now with low and high, gain at rest, months round (medians)."""
    rows = []
    for now, end in zip(loops(rates, share), loops(rates, share_rest), strict=True):
        low, middle, high = np.quantile(now.gain, [0.1, 0.5, 0.9])
        rows.append({"loop": now.name, "kind": now.kind, "gain": middle, "low": low, "high": high,
                     "at_rest": float(np.median(end.gain)), "months": float(np.median(now.months))})
    return pd.DataFrame(rows)
