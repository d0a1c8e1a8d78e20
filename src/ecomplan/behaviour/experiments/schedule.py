"""Which test next, and which variant next: a queue by gain per day, and Thompson's allocation (simulated)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.behaviour.experiments.two_sample import Floats
from ecomplan.errors import DataError


def bandit(lifts: Floats, conversion: float, visits_per_day: float, days: int, runs: int, rng: np.random.Generator,
           draws: int = 64) -> pd.DataFrame:
    """Thompson sampling (1933) in daily batches against an equal split: orders lost to the best variant, winner found.

    lifts: true relative gains of the variants. Each day's traffic is shared by the chance to be best, estimated from
    `draws` samples of the Beta posterior. Columns: day, and per policy (`equal`, `thompson`) regret (mean cumulated
    lost orders), low, high (80 % of runs) and right (chance that the best variant leads).
    """
    rates = conversion * (1 + np.asarray(lifts, float))
    if len(rates) < 2 or (rates <= 0).any() or (rates >= 1).any():
        raise DataError(f"{len(rates)} variants with rates {rates.round(4).tolist()}; expected two or more in 0 to 1")
    visits = max(round(visits_per_day), 1)
    arms, best = len(rates), rates.max()
    frame: dict[str, Floats] = {"day": np.arange(1, days + 1, dtype=float)}
    for policy in ("equal", "thompson"):
        wins, shown = np.zeros((runs, arms)), np.zeros((runs, arms))
        lost = np.zeros((days, runs))
        right = np.zeros(days)
        for day in range(days):
            if policy == "equal":
                share = np.full((runs, arms), 1 / arms)
            else:
                sampled = rng.beta(wins[:, None] + 1, (shown - wins)[:, None] + 1, size=(runs, draws, arms))
                top = sampled.argmax(axis=2)
                share = (top[..., None] == np.arange(arms)).mean(axis=1)
            n = rng.multinomial(visits, share)
            wins += rng.binomial(n, rates)
            shown += n
            lost[day] = n @ (best - rates)
            mean = (wins + 1) / (shown + 2)
            right[day] = (rates[mean.argmax(axis=1)] == best).mean()
        total = lost.cumsum(axis=0)
        frame |= {f"{policy}_regret": total.mean(axis=1), f"{policy}_low": np.quantile(total, 0.1, axis=1),
                  f"{policy}_high": np.quantile(total, 0.9, axis=1), f"{policy}_right": right}
    return pd.DataFrame(frame)


def queue(candidates: pd.DataFrame, relative_variance: float, visits_per_day: float, effect_share: float, works: float,
          factor: float, year_days: int) -> pd.DataFrame:
    """Tests one after another within a year, most expected gain per day of traffic first.

    candidates: key, lift, what. Adds kept (gain if it works), expected (times the chance to work), days (to find
    `kept`), order, starts (day), fits (ends within the year).
    """
    frame = candidates.copy()
    frame["kept"] = frame["lift"] * effect_share
    frame["expected"] = frame["kept"] * works
    frame["days"] = np.ceil(4 * relative_variance * (factor / frame["kept"]) ** 2 / visits_per_day)
    frame = frame.assign(rate=frame["expected"] / frame["days"])
    frame = frame.sort_values(["rate", "key"], ascending=[False, True], ignore_index=True)
    ends = frame["days"].cumsum()
    return frame.drop(columns="rate").assign(order=np.arange(1, len(frame) + 1), starts=ends - frame["days"],
                                             fits=ends <= year_days)


def pareto(effects: Floats, share: float) -> tuple[pd.DataFrame, float]:
    """Effects from the largest down with their cumulated share, and the part that the first `share` of them hold."""
    effects = np.sort(np.asarray(effects, float))[::-1]
    if not len(effects) or effects.sum() <= 0:
        raise DataError("no positive effect to rank; expected at least one")
    held = np.cumsum(effects) / effects.sum()
    ranks = np.arange(1, len(effects) + 1) / len(effects)
    frame = pd.DataFrame({"rank_share": ranks, "effect": effects, "held": held})
    return frame, float(np.interp(share, np.append(0.0, ranks), np.append(0.0, held)))
