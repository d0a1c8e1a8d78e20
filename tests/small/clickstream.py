"""A made-up click log in the form of the clickstream companion: 120 users, a payment fault in its last weeks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

WALK = ("product_view", "add_to_cart", "cart", "shipping_details", "payment_details", "purchase")
ON = (0.90, 0.65, 0.85, 0.85, 0.85, 0.85)  # chance of the next event of WALK


def events(seed: int = 3, users: int = 120, days: int = 60) -> pd.DataFrame:
    """Events with the log's own column names; from day 40 to 49 payments fail for three visitors in four."""
    rng = np.random.default_rng(seed)
    rows = []
    number = 0
    for user in range(users):
        platform = ("desktop", "mobile")[user % 2]
        channel = ("organic", "paid_search", "email")[user % 3]
        for visit in range(int(rng.integers(3, 7))):
            number += 1
            time = pd.Timestamp("2024-03-01") + pd.Timedelta(minutes=int(rng.integers(0, days * 1440)))
            day = (time - pd.Timestamp("2024-03-01")).days
            names = [("home", "search", "catalog")[int(rng.integers(0, 3))]]
            for event, chance in zip(WALK, ON, strict=True):
                broken = event == "purchase" and 40 <= day < 50
                if rng.random() > (chance * 0.25 if broken else chance):
                    names += ["payment_error"] if broken else []
                    break
                names += ["catalog"] * int(rng.random() < 0.3) + [event]
            for name in names:
                rows.append((f"user_{user:04d}", f"sess_{number:06d}", name, time, platform, channel, "2024-03",
                             "new" if visit == 0 else "returning"))
                time += pd.Timedelta(seconds=int(rng.integers(5, 90)))
    return pd.DataFrame(rows, columns=["user_id", "session_id", "event", "timestamp", "platform",
                                       "acquisition_channel", "user_cohort", "user_lifecycle"])


def write(folder: Path) -> None:
    """The log as the companion's file in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    events().to_csv(folder / "ecom.csv.gz", index=False, date_format="%Y-%m-%d %H:%M:%S",
                    compression={"method": "gzip", "mtime": 0})
