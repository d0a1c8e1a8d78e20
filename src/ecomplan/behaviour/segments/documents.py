"""The planning documents' shares of customers and sales, held against the platform's."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ecomplan.behaviour.segments import groups
from ecomplan.claims import Claims
from ecomplan.errors import DataError

#: name in the claims -> group
GROUPS = {
    "high_value": groups.HIGH, "impulse": groups.IMPULSE, "social_sharer": groups.SHARER,
    "price_sensitive": groups.PRICE, "new_explorer": groups.EXPLORER,
}
#: name in findings -> group: the documents' five and the sixth, which they do not list
NAMES = GROUPS | {"dormant": groups.DORMANT}
SIDES = {"users": "customers", "revenue": "net sales"}
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
        {"group": group, "users": claims[f"s0_segment_{name}_users"].share,
         "revenue": claims[f"s0_segment_{name}_revenue"].share}
        for name, group in GROUPS.items()
    ])
    frame["users_of_one"] = frame["users"] / frame["users"].sum()
    frame["revenue_of_one"] = frame["revenue"] / frame["revenue"].sum()
    return frame


def group_claims() -> list[str]:
    """Keys of the shares in `document_groups`."""
    return [f"s0_segment_{name}_{side}" for name in GROUPS for side in ("users", "revenue")]


def told_figures(claims: Claims) -> list[tuple[str, str, float, str]]:
    """(finding, label, share, claim) of every share that S0 tells."""
    return [
        (f"told_{name}_{side}", f"Share of {what} of the group {group} as S0 tells it",
         claims[f"s0_segment_{name}_{side}"].share, f"s0_segment_{name}_{side}")
        for name, group in GROUPS.items() for side, what in SIDES.items()
    ]


def user_shares(claims: Claims) -> list[float]:
    """Shares of customers at which the documents name a share of sales."""
    return [claims[key].share for key in PAIRS]


def verdict(claimed: float, low: float, high: float, strict: float | None = None, loose: float | None = None) -> str:
    """holds inside the interval; holds in part within five points of it (for small claims: half the claim), or
    between what stricter and looser limits of the group would give; else fails."""
    if low <= claimed <= high:
        return "holds"
    close = min(CLOSE, claimed / 2)
    if low - close <= claimed <= high + close:
        return "holds in part"
    if strict is not None and loose is not None and min(strict, loose) <= claimed <= max(strict, loose):
        return "holds in part"
    return "fails"


def held_against(claims: Claims, found: groups.Groups) -> pd.DataFrame:
    """The listed groups that orders can show, as told and as measured with overlap.

    Columns group, name (as in the claims) and for users and revenue: told_, share, low, high, strict, loose,
    deviation_ (measured less told), standing_; all shares of one.
    """
    rows = []
    for name, group in GROUPS.items():
        here = found.overlapping[found.overlapping["group"] == group]
        if here.empty:
            continue
        row: dict[str, Any] = {"group": group, "name": name}
        for side in SIDES:
            told = claims[f"s0_segment_{name}_{side}"].share
            value, low, high, strict, loose = (
                float(here[column].iloc[0])
                for column in (side, f"{side}_low", f"{side}_high", f"strict_{side}", f"loose_{side}")
            )
            row |= {
                f"told_{side}": told, side: value, f"{side}_low": low, f"{side}_high": high, f"strict_{side}": strict,
                f"loose_{side}": loose, f"deviation_{side}": value - told,
                f"standing_{side}": verdict(told, low, high, strict, loose),
            }
        rows.append(row)
    columns = ["group", "name", *(
        f"{part}{side}{end}" for side in SIDES
        for part, end in (("told_", ""), ("", ""), ("", "_low"), ("", "_high"), ("strict_", ""), ("loose_", ""),
                          ("deviation_", ""), ("standing_", ""))
    )]
    return pd.DataFrame(rows, columns=columns)


def group_figures(found: groups.Groups) -> list[tuple[str, str, dict[str, Any]]]:
    """(finding, label, value with range or the reason why there is none) of every group's shares, with overlap."""
    rows: list[tuple[str, str, dict[str, Any]]] = []
    shares = found.overlapping.set_index("group").to_dict("index")
    for name, group in NAMES.items():
        for side, what in SIDES.items():
            if group in shares:
                here = shares[group]
                part = {"value": here[side], "low": here[f"{side}_low"], "high": here[f"{side}_high"]}
            else:
                part = {"value": None, "unknown": found.unknown[group]}
            rows.append((f"group_{name}_{side}", f"Share of {what} of the group {group}", part))
    return rows


def group_readings(claims: Claims, table: pd.DataFrame, found: groups.Groups) -> list[tuple[str, dict[str, Any]]]:
    """(claim, arguments of a tested claim) of every share in S0 and of the number of groups.

    `table` is as `held_against` gives it; numbers are in percent, as the claims are.
    """
    by_name = table.set_index("name").to_dict("index")
    told = [group for group in NAMES.values() if group not in found.unknown]
    rows: list[tuple[str, dict[str, Any]]] = [("s0_segment_count", {
        "reading": "Five groups are listed; the sixth is read as dormant customers. Orders show those of: "
                   f"{', '.join(told)}.",
        "verdict": "holds in part" if told else "not testable", "observed": len(told), "evidence": "measured",
    })]
    for name, group in GROUPS.items():
        for side, what in SIDES.items():
            key = f"s0_segment_{name}_{side}"
            if name not in by_name:
                rows.append((key, {"reading": found.unknown[group], "verdict": "not testable", "evidence": "measured"}))
                continue
            here = by_name[name]
            value, low, high = (here[column] * 100 for column in (side, f"{side}_low", f"{side}_high"))
            edge = sorted((here[f"strict_{side}"] * 100, here[f"loose_{side}"] * 100))
            rows.append((key, {
                "reading": f"The group {group}, by limits of ours, has {value:.1f} % of {what}; stricter and looser "
                           f"limits give {edge[0]:.1f} to {edge[1]:.1f} %.",
                "verdict": here[f"standing_{side}"], "observed": value, "low": low, "high": high,
                "evidence": "measured",
            }))
    return rows


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
