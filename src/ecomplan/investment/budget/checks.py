"""Figures of the documents held against each other: each inconsistency proved in one line of arithmetic."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import log

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.investment.engine.budget import LINE_NAMES, LINES, TRANCHES


@dataclass(frozen=True)
class Check:
    """One line: what the documents state, what follows from their other figures, and whether both can hold.

    `stated` and `computed` are written out with their units; `claims` are the keys involved and `tested` the
    one whose figure the verdict is about.
    """

    check: str
    stated: str
    computed: str
    verdict: str  # holds / holds in part / fails
    proof: str
    note: str
    tested: str
    value: float  # what was computed, in the tested claim's unit
    claims: tuple[str, ...]


def check_claims(claims: Claims) -> list[Check]:
    """Every check of the budget, its timing, its promised return and its growth targets, in that order."""
    return [*_budget(claims), *_timing(claims), *_return(claims), growth_bridge(claims)]


def checks_table(checks: list[Check]) -> pd.DataFrame:
    """The checks as a table of text: check, stated, computed, verdict, proof, note, claims."""
    frame = pd.DataFrame([asdict(check) for check in checks])
    frame["claims"] = [", ".join(check.claims) for check in checks]
    return frame[["check", "stated", "computed", "verdict", "proof", "note", "claims"]]


def as_share(check: Check) -> float:
    """What a check computed, a percentage, as a share."""
    return check.value / 100


def _budget(claims: Claims) -> list[Check]:
    shares = {line: number(claims, f"s3_budget_share_{line}") for line in LINES}
    amounts = {line: number(claims, f"s3_budget_amount_{line}") for line in LINES}
    low, high = claims["s3_total_budget"].range
    added, paid = sum(shares.values()), sum(amounts.values())
    checks = [
        Check(
            "Shares of the budget lines add up", "100 %", f"{added:g} %", holds(added == 100),
            " + ".join(f"{share:g}" for share in shares.values()) + f" = {added:g}", "o07",
            "s3_budget_share_tech", shares["tech"], tuple(f"s3_budget_share_{line}" for line in LINES),
        ),
        Check(
            "Amounts of the budget lines add up to the total", f"{low:g} to {high:g} m CNY", f"{paid:g} m CNY",
            "holds in part" if paid in (low, high) else holds(low <= paid <= high),
            " + ".join(f"{amount:g}" for amount in amounts.values()) + f" = {paid:g}", "o07",
            "s3_total_budget", paid, ("s3_total_budget", *(f"s3_budget_amount_{line}" for line in LINES)),
        ),
    ]
    for line in LINES:
        implied, needed = 100 * amounts[line] / paid, 100 * amounts[line] / shares[line]
        checks.append(Check(
            f"{LINE_NAMES[line]}: amount and share agree", f"{shares[line]:g} %", f"{implied:g} %",
            holds(abs(implied - shares[line]) < 0.5),
            f"{amounts[line]:g} / {paid:g} = {implied:g} %; {shares[line]:g} % would be {amounts[line]:g} m CNY "
            f"only of {needed:.2f} m CNY", "o07", f"s3_budget_amount_{line}", shares[line] * paid / 100,
            (f"s3_budget_share_{line}", f"s3_budget_amount_{line}"),
        ))
    parent, child = number(claims, "s0_invest_share_tech"), number(claims, "s0_algo_rd_budget_share")
    checks.append(Check(
        "Algorithm research fits into technology (S0)", f"{child:g} %", f"at most {parent:g} %",
        holds(child <= parent), f"a part of {child:g} % in a whole of {parent:g} %", "c10",
        "s0_algo_rd_budget_share", parent, ("s0_invest_share_tech", "s0_algo_rd_budget_share"),
    ))
    return checks


def _timing(claims: Claims) -> list[Check]:
    tranches = {name: number(claims, f"s3_tranche_{name}") for name in TRANCHES}
    outer, inner = number(claims, "s3_tranche_reserve"), number(claims, "s3_budget_share_reserve")
    first, third = number(claims, "s3_spend_share_first_two_years"), number(claims, "s3_spend_share_third_year")
    keys = tuple(f"s3_tranche_{name}" for name in TRANCHES)
    added, two = sum(tranches.values()), tranches["early"] + tranches["middle"]
    return [
        Check(
            "Tranches leave room for their reserve", "100 %", f"{added + outer:g} %", holds(added + outer <= 100),
            " + ".join(f"{share:g}" for share in (*tranches.values(), outer)) + f" = {added + outer:g}", "c11",
            "s3_tranche_reserve", 100 - added, (*keys, "s3_tranche_reserve"),
        ),
        Check(
            "One size of reserve", f"{inner:g} %", f"{outer:g} %", holds(inner == outer),
            f"{inner:g} % in chapter 3.3, {outer:g} % in chapter 7.2", "c11", "s3_budget_share_reserve", outer,
            ("s3_budget_share_reserve", "s3_tranche_reserve"),
        ),
        Check(
            "Two years' spending agrees with the tranches", f"{first:g} %", f"{two:g} %", holds(first == two),
            f"{tranches['early']:g} + {tranches['middle']:g} = {two:g}", "c11", "s3_spend_share_first_two_years",
            two, ("s3_spend_share_first_two_years", *keys[:2]),
        ),
        Check(
            "The third year spends much less", f"{third:g} %", f"{first / 2:g} % a year before",
            holds(third < first / 2), f"{first:g} / 2 = {first / 2:g}, and {third:g} is more", "o08",
            "s3_spend_share_third_year", first / 2, ("s3_spend_share_first_two_years", "s3_spend_share_third_year"),
        ),
    ]


def _return(claims: Claims) -> list[Check]:
    roi, months = number(claims, "s3_plan_roi"), number(claims, "s3_plan_length")
    target, visible = number(claims, "s3_payback_target"), number(claims, "s3_milestone_5")
    gross, net = months / roi, months / (1 + roi)
    return [
        Check(
            "Payback agrees with the return on investment", f"{target:g} months", f"{net:.1f} to {gross:.1f} months",
            holds(net <= target <= gross),
            f"even benefits over {months:g} months: {months:g} / {1 + roi:g} = {net:.1f}, "
            f"{months:g} / {roi:g} = {gross:.1f}",
            "o12", "s3_plan_roi", months / target, ("s3_plan_roi", "s3_payback_target", "s3_plan_length"),
        ),
        Check(
            "Payback comes after the first effects", f"{target:g} months", f"{visible:g} months",
            holds(target > visible), f"effects first visible in month {visible:g}, money back in month {target:g}",
            "own", "s3_payback_target", visible, ("s3_payback_target", "s3_milestone_5"),
        ),
    ]


def growth_bridge(claims: Claims) -> Check:
    """S1's bridge from conversion and order value to sales, against its own growth target (oddity o06)."""
    conversion, value = claims["s1_conversion_target"], claims["s1_aov_gain_target"].share
    target = 1 + claims["s1_gmv_growth_target"].share
    assert conversion.value is not None and conversion.baseline is not None
    more = conversion.value / conversion.baseline
    product = more * (1 + value)
    return Check(
        "Targets for conversion and order value agree with growth (S1)", f"{target:.2f} times", f"{product:.2f} times",
        holds(abs(product - target) < 0.05 * target),
        f"{conversion.value:g} / {conversion.baseline:g} x {1 + value:g} = {product:.2f}: "
        f"{log(product) / log(target):.1f} years of the target, or in one year "
        f"{100 * (1 - target / product):.0f} % less traffic",
        "o06", "s1_gmv_growth_target", 100 * (product - 1),
        ("s1_conversion_target", "s1_aov_gain_target", "s1_gmv_growth_target"),
    )


def number(claims: Claims, key: str) -> float:
    """A claim's figure in its own unit, the middle of a range."""
    low, high = claims[key].range
    return (low + high) / 2


def holds(true: bool) -> str:
    """The verdict of a check that can only hold or fail."""
    return "holds" if true else "fails"
