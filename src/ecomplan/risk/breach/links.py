"""What the register of risks takes from the network: the three ways of leaking as risks of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.risk.breach.controls import HIGH, LOW, Surface
from ecomplan.risk.breach.drawn import Drawn
from ecomplan.risk.breach.loss import WAYS, Costs, draw_events
from ecomplan.risk.engine.draws import Z90

#: way of leaking -> risk of claims/risks.yaml
RISKS = {"external_leak": "data_breach", "vendor_leak": "vendor_breach", "insider_leak": "insider_leak"}
SOURCE = "Bayesian network of claims/breach.yaml"


def ways_table(drawn: Drawn, costs: Costs, face: Surface, each: int, rng: np.random.Generator) -> pd.DataFrame:
    """The three ways: chance a year with its 80 % range, events a year as PERT, 10 % and 90 % points of one leak's
    cost, expected yearly loss with its 80 % range. The cost is a lognormal with the network's exact mean and the
    spread of log cost among `each` simulated leaks a draw."""
    rows = []
    for way in WAYS:
        chance, yearly = face.mean(face.chance[way]), face.mean(face.loss[way])
        rate = -np.log1p(-chance)
        low, high = np.quantile(rate, [0.01, 0.99])
        # PERT with these limits whose mean is that of the draws, as far as a mode within the limits can reach it
        likely = float(np.clip((6 * rate.mean() - low - high) / 4, low, high))
        spread = float(np.log(draw_events(drawn, costs, way, each, rng)).std())
        mean = yearly.mean() / chance.mean()
        middle = np.log(mean) - spread ** 2 / 2  # keeps the expected loss; the log mean would miss it by a fifth
        rows.append({
            "way": drawn.network[way].name, "risk": RISKS[way], "chance": chance.mean(),
            "chance_low": np.quantile(chance, LOW), "chance_high": np.quantile(chance, HIGH),
            "rate_low": low, "rate_likely": likely, "rate_high": high,
            "loss_low": np.exp(middle - Z90 * spread), "loss_high": np.exp(middle + Z90 * spread),
            "loss_mean": mean, "yearly": yearly.mean(), "yearly_low": np.quantile(yearly, LOW),
            "yearly_high": np.quantile(yearly, HIGH),
        })
    return pd.DataFrame(rows)


def links_table(ways: pd.DataFrame) -> pd.DataFrame:
    """Table `links` in the form that the register reads."""
    columns = ["risk", "rate_low", "rate_likely", "rate_high", "loss_low", "loss_high"]
    return ways[columns].assign(source=SOURCE)
