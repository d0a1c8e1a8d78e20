"""Made-up channel paths in the raw format of the companion `journeys`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

CHANNELS = ("alpha", "beta", "gamma", "delta")


def write(folder: Path) -> None:
    """300 path rows over four channels, one of them rare, with conversions, values and journeys without."""
    rng = np.random.default_rng(5)
    rows = 300
    chance = np.array([0.5, 0.3, 0.17, 0.03])
    paths = [" > ".join(rng.choice(CHANNELS, rng.geometric(0.3), p=chance)) for _ in range(rows)]
    conversions = rng.poisson([1.5 if path.startswith("alpha") else 0.6 for path in paths])
    frame = pd.DataFrame({
        "path": paths, "total_conversions": conversions,
        "total_conversion_value": np.round(conversions * rng.lognormal(1, 0.5, rows), 3),
        "total_null": 2 + rng.poisson(2.0, rows),
    })
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / "data.csv.gz", index=False, compression={"method": "gzip", "mtime": 0})
