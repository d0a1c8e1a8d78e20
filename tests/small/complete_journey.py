"""A made-up grocer with campaigns and coupons, as the public files hold it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HOUSEHOLDS = 120
#: type, first day, last day, share of the better half that is sent it
CAMPAIGNS = (
    ("Type A", "2017-01-20", "2017-03-01", 0.3), ("Type B", "2017-04-10", "2017-05-10", 0.35),
    ("Type A", "2017-05-22", "2017-07-02", 0.5), ("Type B", "2017-08-07", "2017-09-10", 0.4),
    ("Type A", "2017-09-18", "2017-11-05", 0.5), ("Type C", "2017-10-16", "2018-01-10", 0.3),
    ("Type B", "2017-11-20", "2017-11-30", 0.02),
)


def write(folder: Path) -> None:
    """`transactions`, `campaigns`, `campaign_descriptions`, `coupon_redemptions`, `demographics` and `products`."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    households = np.arange(1, HOUSEHOLDS + 1)
    rate = np.sort(rng.gamma(2.0, 0.4, HOUSEHOLDS))[::-1].clip(0.1)
    starts = pd.to_datetime([row[1] for row in CAMPAIGNS])
    ends = pd.to_datetime([row[2] for row in CAMPAIGNS])
    # every household can be sent something, the better ones oftener
    chance = np.linspace(1.4, 0.2, HOUSEHOLDS)
    sent = np.array([rng.random(HOUSEHOLDS) < share * chance for *_, share in CAMPAIGNS])
    sent[-1] = households == 3
    days = pd.date_range("2017-01-01", "2017-12-31")
    bought = rng.random((HOUSEHOLDS, len(days))) < (rate / 7)[:, None]
    who, when = np.nonzero(bought)
    lines = np.repeat(np.arange(len(who)), rng.integers(1, 4, len(who)))
    moment = days[when[lines]] + pd.Timedelta(hours=15)
    frame = pd.DataFrame({
        "household_id": households[who[lines]], "store_id": 1, "basket_id": 31198570000 + lines,
        "product_id": rng.integers(1, 40, len(lines)), "quantity": 1,
        "sales_value": rng.lognormal(1.5, 0.8, len(lines)).round(2), "retail_disc": 0.0, "coupon_disc": 0.0,
        "coupon_match_disc": 0.0, "week": (moment - pd.Timestamp("2016-12-26")).days // 7 + 1,
        "transaction_timestamp": moment,
    })
    ids = np.arange(1, len(CAMPAIGNS) + 1)
    campaign, household = np.nonzero(sent)
    targeted = pd.DataFrame({"campaign_id": ids[campaign], "household_id": households[household]})
    redeemed = targeted[rng.random(len(targeted)) < 0.15]
    pd.DataFrame({
        "campaign_id": ids, "campaign_type": [row[0] for row in CAMPAIGNS], "start_date": starts, "end_date": ends,
    }).to_parquet(folder / "campaign_descriptions.parquet", index=False)
    frame.sort_values(["transaction_timestamp", "basket_id"]).to_parquet(folder / "transactions.parquet", index=False)
    targeted.to_parquet(folder / "campaigns.parquet", index=False)
    pd.DataFrame({
        "household_id": redeemed["household_id"], "coupon_upc": 5 * 10**10 + np.arange(len(redeemed)),
        "campaign_id": redeemed["campaign_id"], "redemption_date": starts[redeemed["campaign_id"] - 1],
    }).to_parquet(folder / "coupon_redemptions.parquet", index=False)
    pd.DataFrame({
        "household_id": households[::3], "age": "35-44", "income": "50-74K", "home_ownership": "Homeowner",
        "marital_status": "Married", "household_size": "2", "household_comp": "2 Adults No Kids", "kids_count": "0",
    }).to_parquet(folder / "demographics.parquet", index=False)
    pd.DataFrame({
        "product_id": np.arange(1, 40), "manufacturer_id": 1, "department": "GROCERY", "brand": "National",
        "product_category": "BREAD", "product_type": "BREAD", "package_size": "1 LB",
    }).to_parquet(folder / "products.parquet", index=False)
