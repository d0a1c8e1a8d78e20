"""The planning documents' shares of customers and sales, held against the platform's."""

from __future__ import annotations

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import DataError

GROUPS = ("high_value", "impulse", "social_sharer", "price_sensitive", "new_explorer")
#: claim of the customers' share -> claim of the share of sales they hold, and its short name
PAIRS = {
    "s0_segment_high_value_users": ("s0_segment_high_value_revenue", "S0"),
    "s3_high_value_share_case": ("s3_high_value_gmv_case", "S3"),
    "s3_pareto_problem_share": ("s3_pareto_effect_share", "80/20"),
}
#: how the claims on shares of customers are used
GIVEN = "Taken as given: sales are measured for this share of the best customers."
# ASSUME: a share within five points of the claim, yet outside its interval, holds in part
CLOSE = 0.05


def document_groups(claims: Claims) -> pd.DataFrame:
    """The five groups that S0 lists: share of users and of revenue, as told and brought to a sum of 1 (o01, o02)."""
    frame = pd.DataFrame([
        {"group": name.replace("_", " "), "users": claims[f"s0_segment_{name}_users"].share,
         "revenue": claims[f"s0_segment_{name}_revenue"].share}
        for name in GROUPS
    ])
    frame["users_of_one"] = frame["users"] / frame["users"].sum()
    frame["revenue_of_one"] = frame["revenue"] / frame["revenue"].sum()
    return frame


def group_claims() -> list[str]:
    """Keys of the shares in `document_groups`."""
    return [f"s0_segment_{name}_{side}" for name in GROUPS for side in ("users", "revenue")]


def not_testable() -> list[tuple[str, str]]:
    """(claim, reading) of the group shares that orders cannot show."""
    tested = {claim for pair in PAIRS.items() for claim in (pair[0], pair[1][0])}
    reading = "Orders do not show who belongs to this group; the shares of all five groups add up to more than one."
    return [(key, reading) for key in group_claims() if key not in tested]


def user_shares(claims: Claims) -> list[float]:
    """Shares of customers at which the documents name a share of sales."""
    return [claims[key].share for key in PAIRS]


def verdict(claimed: float, low: float, high: float) -> str:
    """holds inside the interval, holds in part within five points of it, else fails."""
    if low <= claimed <= high:
        return "holds"
    return "holds in part" if low - CLOSE <= claimed <= high + CLOSE else "fails"


def compare(claims: Claims, table: pd.DataFrame) -> pd.DataFrame:
    """The documents' pairs beside the platform: what the same share of best customers holds here.

    `table` is a concentration table. Raises DataError where it has no top share at a share of users named.
    """
    rows = []
    for users, (revenue, name) in PAIRS.items():
        share, claimed = claims[users].share, claims[revenue].share
        at = table[(table["measure"] == "top share") & ((table["share"] - share).abs() < 1e-9)]
        if at.empty:
            raise DataError(f"too few customers to hold the top {share:.0%} against claim {revenue}")
        found = at.iloc[0]
        rows.append({
            "users_claim": users, "revenue_claim": revenue, "name": name, "customer_share": share, "claimed": claimed,
            "observed": float(found["value"]), "low": float(found["low"]), "high": float(found["high"]),
            "verdict": verdict(claimed, float(found["low"]), float(found["high"])),
        })
    return pd.DataFrame(rows)


def readings(pairs: pd.DataFrame) -> list[tuple[str, str, str, float, float, float]]:
    """(claim, verdict, reading, observed, low, high) of the share of sales in each pair of
    `compare`; numbers in percent, as the claims are."""
    told = {
        "s0_segment_high_value_users": "S0 tells of user groups, here the best customers by net sales stand for them",
        "s3_high_value_share_case": "S3 tells of another company, without its definition of high value",
        "s3_pareto_problem_share": "S3 tells of problems and effects; read here on customers and sales, as an analogue",
    }
    rows = []
    for pair in pairs.to_dict("records"):
        text = (
            f"The best {pair['customer_share']:.0%} of customers hold {pair['observed']:.1%} of net sales, told are "
            f"{pair['claimed']:.0%}. {told[pair['users_claim']]}."
        ).replace("%", " %")
        numbers = (pair["observed"] * 100, pair["low"] * 100, pair["high"] * 100)
        rows.append((pair["revenue_claim"], pair["verdict"], text, *numbers))
    return rows
