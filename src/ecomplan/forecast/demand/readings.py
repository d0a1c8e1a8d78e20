"""Claims of the planning documents on stock, stock-outs, prediction and matching, held against what was found."""

from __future__ import annotations

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.forecast.demand.attributes import Match
from ecomplan.forecast.demand.cases import Coordination
from ecomplan.forecast.demand.policy import at_short, at_turns

YEAR_DAYS = 365


_SIMULATED = "simulated: real demand, assumed lead times and costs"


def stock(claims: Claims, frontier: pd.DataFrame, turns: Estimate, short: Estimate) -> list[Reading]:
    """Turns and stock-outs, each with what the frontier says about the pair; `short` and `turns` of the policy."""
    rows = []
    limit = claims["s3_stockout_case"].share
    at_limit = at_short(frontier, "forecast", limit)
    reached = f"about {at_limit:.1f} turns" if at_limit is not None else "no number of turns tried"
    for key in ("s3_inventory_turns_target", "s3_inventory_turns_case"):
        wanted = claims[key].range[0]
        share = at_turns(frontier, "forecast", wanted)
        cost = f"{share * 100:.0f} % of pieces not served at once" if share is not None else "more than was tried"
        verdict = "holds" if at_limit is not None and at_limit >= wanted else "holds in part" if (
            turns.high is not None and turns.high >= wanted) else "fails"
        rows.append(Reading(
            key, "tested", f"{_SIMULATED}. With {limit * 100:.1f} % of pieces not served, {reached}; so many turns as "
            f"claimed go with {cost}. The observed figure is that of the policy at its service level.", verdict, turns,
            "simulated"))
    percent = _scaled(short, 100)
    rows.append(_limit("s3_stockout_case", claims, percent, f"{_SIMULATED}. Share of pieces not served at once; the "
                       "document names it together with its turns, and both are not reached at once."))
    rows.append(_limit("s2_vmi_stockout_rate", claims, percent, f"{_SIMULATED}. Share of pieces not served at once, "
                       "without a vendor who manages the stock."))
    days = Estimate(None) if not turns.value else Estimate(
        YEAR_DAYS / turns.value, YEAR_DAYS / turns.high if turns.high else None,
        YEAR_DAYS / turns.low if turns.low else None)
    return [*rows, *(
        _limit(key, claims, days, f"{_SIMULATED}. Days that the mean stock lasts at the policy's service level.")
        for key in ("s2_inventory_days_success", "s2_inventory_days_base_tier")
    )]


def restocking(claims: Claims, found: Coordination) -> list[Reading]:
    """The claim on time to organise a restocking."""
    claim = claims["s0_restock_coordination_time"]
    return [Reading(
        claim.key, "tested", "Orders do not show how long restocking takes to organise. Taken as true, the minutes "
        f"saved are {found.lead_share * 100:.2f} % of the lead time and let stock fall by "
        f"{-found.stock_by_lead * 100:.2f} %; where they are paid work, smaller orders pay and stock falls by "
        f"{-found.stock_by_work * 100:.0f} %.",
        "not testable", None, "simulated")]


def prediction(claims: Claims, calls: dict[str, Estimate], value: Estimate) -> list[Reading]:
    """The claim on better decisions by a prediction model; lifts of right calls as shares."""
    claim = claims["s2_ml_decision_accuracy_lift"]
    lift, usual = calls["lift"], calls["lift_usual"]
    if lift.value is None or usual.value is None:
        return [Reading(claim.key, "tested", f"No lift can be told: {lift.unknown or usual.unknown}.", "not testable",
                        None, "measured")]
    gain = "" if value.value is None else (
        " In money the forecast saves on the cost of stock, orders and lost sales." if value.low is not None
        and value.low > 0 else " In money no saving can be shown.")
    verdicts = {_against(lift, claim.share), _against(usual, claim.share)}
    verdict = verdicts.pop() if len(verdicts) == 1 else "holds in part"
    return [Reading(claim.key, "tested", "Right calls of more, as much or less demand than last month, by forecast "
                    "over those by last month's average, which always says as much; over the call that was right most "
                    f"often before, the lift is {usual.value * 100:.0f} %.{gain}", verdict, _scaled(lift, 100),
                    "measured")]


def matching(claims: Claims, match: Match) -> list[Reading]:
    """The claim on a better match of goods and needs."""
    claim = claims["s2_need_model_match_lift"]
    if match.lift.value is None:
        return [Reading(claim.key, "tested", "Descriptions show too few attributes, and needs are not asked for.",
                        "not testable", None, "measured")]
    return [Reading(claim.key, "tested", "Attributes named for each customer from own orders and the season, beside "
                    "the shop's favourites: share of what was then bought that carried one. Needs were never asked "
                    "for, so this reads the claim by purchases alone.", _against(match.lift, claim.share),
                    _scaled(match.lift, 100), "measured")]


def _against(found: Estimate, claimed: float) -> str:
    """Whether an interval lies above a claimed gain."""
    assert found.value is not None
    low, high = found.low or found.value, found.high or found.value
    return "holds" if low >= claimed else "fails" if high < claimed else "holds in part"


def _limit(key: str, claims: Claims, found: Estimate, reading: str) -> Reading:
    """A claimed upper limit."""
    if found.value is None:
        return Reading(key, "tested", reading, "not testable", None, "simulated")
    claimed = claims[key].range[0]
    low, high = found.low or found.value, found.high or found.value
    verdict = "holds" if high <= claimed else "fails" if low > claimed else "holds in part"
    return Reading(key, "tested", reading, verdict, found, "simulated")


def _scaled(found: Estimate, factor: float) -> Estimate:
    if found.value is None or found.low is None or found.high is None:
        return found
    return Estimate(found.value * factor, found.low * factor, found.high * factor)
