"""A made-up shop's tables as stage `prepare` leaves them, for tests of what reads orders and lines."""

from __future__ import annotations

import numpy as np
import pandas as pd

START = pd.Timestamp("2023-12-01")


def tables(
    months: int = 24, customers: int = 150, orders_each: float = 8, seed: int = 3
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Timestamp]:
    """(orders, lines, end): whole months, some orders without a customer, some goods sent back, some fees."""
    rng = np.random.default_rng(seed)
    end = START + pd.DateOffset(months=months)
    span = (end - START).total_seconds()
    number = rng.poisson(orders_each * rng.pareto(2, customers) + 0.5, customers) + 1
    who = np.append(np.repeat(np.arange(customers), number), np.full(customers // 5, -1))
    time = START + pd.to_timedelta(np.round(rng.uniform(0, span - 1, len(who))), unit="s")
    frame = pd.DataFrame({
        "order_id": [f"A{place:05d}" for place in range(len(who))], "time": time.astype("datetime64[us]"),
        "customer_id": [f"{code:016x}" if code >= 0 else None for code in who],
        "country": np.where(who % 10 == 0, "France", "United Kingdom"), "lines": rng.integers(1, 12, len(who)),
    })
    at = np.repeat(np.arange(len(frame)), frame["lines"])
    product = rng.integers(0, 60, len(at))
    lines = frame.drop(columns="lines").iloc[at].reset_index(drop=True).assign(
        product_id=[f"P{code:02d}" for code in product], kind="sale", quantity=rng.integers(1, 9, len(at)),
        unit_price=np.round((2 + product * 0.5) * np.where(rng.random(len(at)) < 0.1, 0.8, 1.0), 2),
    )
    lines["amount"] = lines["quantity"] * lines["unit_price"]
    back = lines.sample(frac=0.04, random_state=seed).assign(
        kind="return", order_id=lambda part: "R" + part["order_id"], quantity=lambda part: -part["quantity"],
        amount=lambda part: -part["amount"],
    )
    fee = lines.iloc[:5].assign(kind="fee", product_id="POST", amount=1e5)
    orders = frame.assign(amount=lines.groupby("order_id")["amount"].sum().reindex(frame["order_id"]).to_numpy())
    return orders, pd.concat([lines, back, fee], ignore_index=True), end
