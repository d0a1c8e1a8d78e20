"""Made-up purchases in the format of the CDNOW files."""

from pathlib import Path

import numpy as np
import pandas as pd

CUSTOMERS = 250
BEGIN, CALIBRATED, END = pd.Timestamp("1997-01-01"), pd.Timestamp("1997-09-30"), pd.Timestamp("1998-06-30")


def write(folder: Path) -> None:
    """Write the summary and the purchases of some made-up customers: Poisson orders until they leave."""
    rng = np.random.default_rng(3)
    folder.mkdir(parents=True, exist_ok=True)
    purchases, counts = [], []
    for customer in range(1, CUSTOMERS + 1):
        first = BEGIN + pd.Timedelta(days=int(rng.integers(84)))
        rate, leave, worth = rng.gamma(0.6, 1 / 40), rng.beta(0.8, 2.4), 60 / rng.gamma(4)
        days = [first]
        while rng.random() > leave:
            day = days[-1] + pd.Timedelta(days=1 + int(rng.exponential(1 / rate)))
            if day > END:
                break
            days.append(day)
        purchases += [f" {customer:05d} {customer:04d} {day:%Y%m%d} {rng.integers(1, 5):2d} {worth * rng.gamma(6):7.2f}"
                      for day in days]
        seen = [day for day in days if day <= CALIBRATED]
        weeks = [(day - first).days / 7 for day in (seen[-1], CALIBRATED)]
        counts.append(f"{customer},{len(seen) - 1},{weeks[0]:.2f},{weeks[1]:.2f}")
    (folder / "CDNOW_sample.txt").write_text("\n".join(purchases) + "\n")
    (folder / "cdnow_customers_summary.csv").write_text("\n".join(["ID,frequency,recency,T", *counts]) + "\n")
