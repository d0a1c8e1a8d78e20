"""How the documents' claims on money stand after this stage."""

from __future__ import annotations

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.investment.budget import accuracy, intensity, ownership, talent
from ecomplan.investment.budget.assumptions import middle
from ecomplan.investment.budget.audit import Audit
from ecomplan.investment.budget.checks import Check
from ecomplan.investment.budget.intensity import Intensity
from ecomplan.investment.budget.ownership import Comparison

ORDER = ("fails", "holds in part", "holds")
FLOOR = "s1_fund_efficiency_min"


def of_checks(checks: list[Check]) -> list[Reading]:
    """One reading a claim that a check is about: the worst verdict counts, its proof is told."""
    worst: dict[str, Check] = {}
    for check in checks:
        if check.tested not in worst or ORDER.index(check.verdict) < ORDER.index(worst[check.tested].verdict):
            worst[check.tested] = check
    return [
        Reading(key, "tested", f"{check.check}: {check.proof}.", check.verdict, Estimate(check.value), "assumed")
        for key, check in worst.items()
    ]


def readings(claims: Claims, checks: list[Check], owning: Comparison, tied: Audit, tied_in_orders: Audit,
             market: Intensity, gained: Estimate) -> list[Reading]:
    """All of the stage's readings; a claim that a check already told is not told again."""
    found = of_checks(checks)
    known = {reading.key for reading in found}
    more = [*_cuts(claims, owning), _tied(tied, tied_in_orders), *_research(gained), *_market(market),
            *_priors(claims)]
    return [*found, *(reading for reading in more if reading.key not in known)]


def _cuts(claims: Claims, owning: Comparison) -> list[Reading]:
    found = []
    for name in ownership.OPTIONS:
        key = ownership.CLAIMS[name]
        part = owning.change_of_part(name)
        chance = float((part <= claims[key].share).mean())
        change = middle(part).scaled(100)
        found.append(Reading(
            key, "tested",
            f"Read as a change of the cost of {ownership.PARTS[name]} alone; with the assumed prices the chance of it "
            f"is {100 * chance:.0f} %.",
            "holds" if chance >= 0.5 else "holds in part" if chance >= 0.1 else "fails", change, "simulated",
        ))
    return found


def _tied(tied: Audit, in_orders: Audit) -> Reading:
    verdict = "holds" if in_orders.passed else "holds in part" if tied.passed else "fails"
    return Reading(
        FLOOR, "tested",
        f"Of the plan as written {100 * tied.share:.0f} % could be tied to something recorded, "
        f"{100 * in_orders.share:.0f} % to what orders show; reserve and enabling systems to nothing.",
        verdict, Estimate(100 * tied.share), "simulated",
    )


def _research(gained: Estimate) -> list[Reading]:
    why = ("One point identifies no curve: the accuracy at the usual share is not told, and this platform's is not "
           "recorded.")
    return [
        Reading(accuracy.REACHED, "tested", why, "not testable", evidence="assumed"),
        Reading(accuracy.USUAL, "prior", "The share from which the curves through the told point are read back."),
    ]


def _market(market: Intensity) -> list[Reading]:
    chance = intensity.chance_earns(market)
    return [
        Reading(
            intensity.TOLD, "tested",
            f"Read as a level that a company can bear: with this platform's margin it would still earn with a chance "
            f"of {100 * chance:.0f} %.", "holds" if chance >= 0.9 else "holds in part" if chance >= 0.1 else "fails",
            intensity.break_even(market).scaled(100), "simulated",
        ),
        Reading(intensity.VALUE, "prior", "Lowers the margin over a customer's life, and the intensity it can bear."),
    ]


def _priors(claims: Claims) -> list[Reading]:
    told = {
        "s0_optimisation_failure_share": "Chance that a programme behind a gate does nothing.",
        "s1_dr_server_unit_cost": "Low: both clusters together, high: each (o34).",
        "s1_dr_server_count": "Counts the clusters where the cost is read as each.",
        "s1_ai_server_count": "Counts the servers where the cost is read as each.",
        "s1_data_fund": "Held against the sizes of company.",
        "s1_team_size": "Held against the sizes of company, at full pay.",
        talent.SCARCE: "Pay of specialists hired from outside.",
        talent.GROWTH: "Length of a training.",
        "s0_green_packaging_cost_rise": "Turns an assumed cost of packing into a bill for greener packing.",
    }
    return [Reading(key, "prior", why) for key, why in told.items() if key in claims]
