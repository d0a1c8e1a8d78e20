"""Two made-up recommendation policies on three lists of articles, as the public files hold them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ITEMS = {"all": 12, "men": 6, "women": 8}
ROWS = 300


def write(folder: Path) -> None:
    """Six files `{random,bts}_{all,men,women}.csv`: random shows uniformly, the other prefers early articles."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, who = np.random.default_rng(11), np.random.default_rng(12)  # who: their own, so that the rest stays as it was
    for campaign, items in ITEMS.items():
        rates = np.linspace(0.16, 0.04, items)
        for policy in ("random", "bts"):
            shares = np.ones((3, items)) if policy == "random" else rng.uniform(0.4, 1, (3, items)) * (rates + 0.04)
            shares /= shares.sum(axis=1, keepdims=True)
            position = rng.integers(1, 4, ROWS)
            item = np.array([rng.choice(items, p=shares[place - 1]) for place in position])
            touched = rng.poisson(0.02, (ROWS, items)) * (rng.random((ROWS, 1)) < 0.3)
            rate = rates[item] * (1 + (touched[np.arange(ROWS), item] > 0))
            frame = pd.DataFrame({
                "timestamp": pd.date_range("2019-11-24", periods=ROWS, freq="33min", tz="UTC").astype(str),
                "item_id": item, "position": position, "click": (rng.random(ROWS) < rate).astype(int),
                "propensity_score": shares[position - 1, item].round(6),
                "user_feature_0": "81ce123cbb5bd8ce818f60fb3586bba5",
                **{f"user_feature_{kind}": who.choice(list("abcd")[:kind + 1], ROWS) for kind in (1, 2, 3)},
            })
            for number in range(items):
                frame[f"user-item_affinity_{number}"] = touched[:, number].astype(float)
            frame.to_csv(folder / f"{policy}_{campaign}.csv")
