"""What is proposed for each group, and what the group is worth: the money that an incentive must win back.

No incentive was tried on these orders, so no uplift is measured. Known is what one percent more orders of a
group would bring on contribution margin: spend more than that for each percent won, and it is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.behaviour.segments import groups, resample
from ecomplan.behaviour.segments.history import Floats, History
from ecomplan.behaviour.statistics import limits
from ecomplan.claims import Claims
from ecomplan.params.shared import Money

YEAR = 12  # months
NURTURE, HEAD = "nurture tier", "head list"
NONE = "none named"
OPEN = (
    "The group cannot be told from these orders, is too small to show, or the orders hold less than a year; what it is "
    "worth is open."
)
#: name in findings -> group
FIGURES = {
    "high_value": groups.HIGH, "impulse": groups.IMPULSE, "price_sensitive": groups.PRICE,
    "new_explorer": groups.EXPLORER, "dormant": groups.DORMANT,
}


@dataclass(frozen=True)
class Proposal:
    """An incentive that a document names for a group, with the claim on its effect, if any."""

    group: str
    incentive: str
    document: str
    claim: str = ""
    finding: str = ""


PROPOSALS = (
    Proposal(HEAD, "bespoke service", "S2", "s2_top_user_repurchase_lift", "head_gain"),
    Proposal(groups.HIGH, "dedicated service", "S3", "s3_vip_crm_ltv_lift", "service_gain"),
    Proposal(groups.HIGH, "VIP service", "S1", "s1_vip_service_repurchase_lift", "vip_gain"),
    Proposal(NURTURE, "points", "S2", "s2_points_conversion_lift", "points_gain"),
    Proposal(groups.PRICE, "timed discount", "S0"),
    Proposal(groups.SHARER, "reward for referral", "S0"),
    Proposal(groups.IMPULSE, NONE, ""),
    Proposal(groups.EXPLORER, NONE, ""),
    Proposal(groups.DORMANT, NONE, ""),
)


def margin_mean(money: Money) -> float:
    """Mean of the PERT distribution of contribution margin (Malcolm et al., 1959)."""
    return (money.contribution_margin_low + 4 * money.contribution_margin_likely + money.contribution_margin_high) / 6


def margin_draws(money: Money, draws: int, rng: np.random.Generator) -> Floats:
    """Draws of contribution margin, a share of net sales: PERT, a beta distribution between low and high."""
    low, mode, high = money.contribution_margin_low, money.contribution_margin_likely, money.contribution_margin_high
    span = high - low
    return np.asarray(low + span * rng.beta(1 + 4 * (mode - low) / span, 1 + 4 * (high - mode) / span, draws))


def flags(past: History, found: groups.Groups, scored: pd.DataFrame, head_share: float, min_group: int) -> pd.DataFrame:
    """Who is meant by each proposal: the groups, the nurture tier of `scored`, the best `head_share` by value.

    Groups that orders cannot show, or that are too small to show, are left out.
    """
    table = found.members[[name for name in groups.GROUPS if name not in found.unknown]].copy()
    tier = scored.set_index("customer_id")["tier"].reindex(past.customers).to_numpy()
    table[NURTURE] = tier == "nurture"
    value = found.features["value"].to_numpy()
    place = np.empty(len(value), dtype=np.int64)
    place[np.argsort(-value, kind="stable")] = np.arange(len(value))
    table[HEAD] = place < round(head_share * len(value))
    return table.loc[:, table.sum() >= min_group]


def worth(
    past: History, meant: pd.DataFrame, money: Money, again: resample.Draws, rng: np.random.Generator
) -> pd.DataFrame:
    """What each group brings in a year: group, customers, sales (net, money), margin, low, high, one_percent (money).

    The last twelve months; empty where there are fewer. The interval holds both the chance of which customers came and
    the range of the margin.
    """
    if past.months < YEAR:
        meant = meant.iloc[:, :0]
    year = past.value_since(YEAR)
    columns = meant.to_numpy(float) * year[:, None]
    sales = columns.sum(axis=0)
    spread = again.sums(columns)
    spread = spread * margin_draws(money, len(spread), rng)[:, None]
    low, high = limits(spread)
    margin = sales * margin_mean(money)
    return pd.DataFrame({
        "group": list(meant.columns), "customers": meant.sum().to_numpy(np.int64), "sales": sales, "margin": margin,
        "low": low, "high": high, "one_percent": margin / 100,
    })


def policy_map(table: pd.DataFrame, claims: Claims) -> pd.DataFrame:
    """The proposals beside the groups' worth: group, incentive, document, told, customers, sales, one_percent, low,
    high, each (margin of one percent more orders, for one customer of the group).

    `told` is the change as claimed, in words. Proposals for groups that are not in `table` are left out.
    """
    rows = []
    known = table.set_index("group").to_dict("index")
    for proposal in PROPOSALS:
        if proposal.group in known:
            found = known[proposal.group]
            told = f"{claims[proposal.claim].share * 100:+.0f} %" if proposal.claim else "nothing"
            rows.append({
                "group": proposal.group, "incentive": proposal.incentive, "document": proposal.document or "none",
                "told": told, "customers": found["customers"], "sales": found["sales"],
                "one_percent": found["one_percent"], "low": found["low"] / 100, "high": found["high"] / 100,
                "each": found["one_percent"] / found["customers"],
            })
    return pd.DataFrame(rows, columns=[
        "group", "incentive", "document", "told", "customers", "sales", "one_percent", "low", "high", "each",
    ])


def gains(table: pd.DataFrame, claims: Claims) -> list[tuple[str, str, str, dict[str, float | str | None]]]:
    """(finding, claim, label, value with range) of a year's margin if each told effect held in full.

    A group too small to show, or not to be told, has no value and the reason.
    """
    known = table.set_index("group").to_dict("index")
    rows: list[tuple[str, str, str, dict[str, float | str | None]]] = []
    for proposal in PROPOSALS:
        if not proposal.claim:
            continue
        label = f"A year's margin from {proposal.incentive} for the {proposal.group}, if the claim held in full"
        if proposal.group not in known:
            rows.append((proposal.finding, proposal.claim, label, {"value": None, "unknown": OPEN}))
            continue
        # ASSUME: more orders, conversions or lifetime value all mean as much more margin of the group's last year
        lift, found = claims[proposal.claim].share, known[proposal.group]
        rows.append((proposal.finding, proposal.claim, label, {
            "value": lift * found["margin"], "low": lift * found["low"], "high": lift * found["high"],
        }))
    return rows


def readings() -> list[tuple[str, str]]:
    """(claim, reading) of the told effects."""
    return [
        (item.claim, f"Taken as told to say what {item.incentive} for the {item.group} would bring in a year; no such "
                     f"service was given here, so the effect itself is not measured.")
        for item in PROPOSALS if item.claim
    ]


def worth_figures(table: pd.DataFrame) -> list[tuple[str, str, dict[str, float | str | None]]]:
    """(finding, label, value with range) of what one percent more orders of each group brings on margin in a year."""
    known = table.set_index("group").to_dict("index")
    rows: list[tuple[str, str, dict[str, float | str | None]]] = []
    for name, group in FIGURES.items():
        label = f"A year's margin from one percent more orders of the {group} customers"
        if group in known:
            found = known[group]
            value = {"value": found["one_percent"], "low": found["low"] / 100, "high": found["high"] / 100}
        else:
            value = {"value": None, "unknown": OPEN}
        rows.append((f"one_percent_{name}", label, value))
    return rows
