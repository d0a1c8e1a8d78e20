"""How the claims on customers' answers stand after this stage, and the short table of all curves."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.investment.engine.curves import Curve, harm_curve
from ecomplan.investment.responses import (
    axes,
    balance,
    choices,
    incentives,
    interface,
    messages,
    pain,
    prices,
    service,
    speed,
    time_value,
    triggers,
)

CLOSE = 0.8  # thresholds that bring so much of the best are as good as the best
LEAST_GAIN = 1e-3  # a curve needs some gain at dose 1, even where buyers do not answer to price


def _percent(estimate: Estimate) -> Estimate:
    return estimate.scaled(100) if estimate.low is not None else estimate


def speeds(load: speed.Speed, paying: speed.Speed, ceiling: float, dwell: Estimate) -> tuple[Reading, ...]:
    """Load time, payment time and dwell. The companion is a made-up log, so that it cannot confirm a claim."""
    return (
        Reading(
            load.key, "tested", f"One second less can bring what those bring back who leave because of waiting. Where "
            f"S2's limit of bounces is waiting alone, the claim is too high in {100 * load.beyond:.0f} of 100 draws of "
            f"load time and patience.", "not testable", _percent(load.possible), "companion"),
        Reading(
            paying.key, "tested", f"S1 itself loses three tenths of its unpaid attempts at verification; if none were "
            f"lost there any more, orders would rise by {100 * ceiling:.1f} %. More than that cannot come from faster "
            f"verification in that case.", "fails" if ceiling < paying.claimed else "holds in part",
            Estimate(100 * ceiling), "assumed"),
        Reading(
            speed.DWELL, "tested", "Baskets per view at eight to twelve seconds against shorter ones, in another "
            "shop's made-up log. Dwell is no lever: who means to buy reads longer.",
            "not testable" if dwell.value is None else "fails" if (dwell.high or 0) < 0 else "not testable",
            _percent(dwell), "companion"),
        Reading(speed.BOUNCE_TOLD, "limit", "The most that waiting can drive away, where nothing is measured."),
        Reading(speed.AT_VERIFICATION, "prior", "With the unpaid share: what faster payment can bring back at most."),
        Reading(speed.UNPAID, "prior", "With the share lost at verification: what faster payment can bring back."),
    )


def time_claims(found: time_value.TimeValue, claims: Claims) -> tuple[Reading, ...]:
    """The claim on transaction time, against what the time is worth."""
    return (Reading(
        time_value.VOLUME, "tested", f"If the seconds saved count as a cut of the price, volume rises by hundredths of "
        f"a percent. The claim would need an hour to be worth {found.implied_hour:,.0f} in the platform's money.",
        "fails" if (found.as_price.high or 0) < claims[time_value.VOLUME].share else "holds in part",
        _percent(found.as_price), "simulated"),)


def fatigue_claims(found: messages.Fatigue, cap: int) -> tuple[Reading, ...]:
    """The cap on messages; the uninstalls told beside it concern updates (oddity o33) and are not fitted."""
    return (
        Reading(
            messages.CAP, "tested", f"Best number of messages a week over simulated customers whose answers are "
            f"assumed; the cap lies above the best in {100 * found.below:.0f} of 100 draws and below it in "
            f"{100 * found.above:.0f}.", "holds in part" if (found.best.low or 0) <= cap <= (found.best.high or 0)
            else "fails", found.best, "simulated"),
        Reading(messages.UNINSTALL, "tested", "Told of pushed updates, not of messages (o33), so no curve is fitted "
                "to it; the shop has no app and no opt-outs.", "not testable", None, "measured"),
    )


def price_claims(
    at_claim: Estimate, most: Estimate, dearest: Estimate, found: prices.PriceResponse, real_beyond: float,
    claims: Claims, measured: bool,
) -> tuple[Reading, ...]:
    """Dynamic prices, the guard and value anchoring under the price response; tested only where it is measured."""
    widest = f"{100 * found.widest:.0f} %"

    def verdict(missed: bool, known: Estimate) -> str:
        return "not testable" if known.value is None or not measured else "fails" if missed else "holds in part"

    evidence = "measured" if measured else "assumed"
    conversion = "Prices low enough to bring that many more buyers change sales in money by the figure observed."
    return (
        *(Reading(key, "tested", conversion, verdict((at_claim.high or 0) <= 0, at_claim), _percent(at_claim), evidence)
          for key in (prices.CONVERSION, prices.CONVERSION_S2)),
        Reading(prices.GMV, "tested", f"Most that any change of price within {widest} adds to sales in money at the "
                f"price response used, the same for all products.",
                verdict((most.high or 0) < claims[prices.GMV].share, most), _percent(most), evidence),
        Reading(prices.GUARD, "limit", f"Prices move by no more a month; {100 * real_beyond:.1f} of 100 monthly moves "
                f"of the prices really paid were larger."),
        Reading(prices.ANCHOR, "tested", f"Price steps alone: most that a change of price within {widest} adds to "
                f"sales of the dearest products. What a dear neighbour does to a choice is not in the orders.",
                verdict((dearest.value or 0) < claims[prices.ANCHOR].share, dearest),
                Estimate(None) if dearest.value is None else Estimate(100 * dearest.value), evidence),
    )


def other_claims(
    found: triggers.Triggers, policy: interface.Policy, campaign: axes.Campaign, desk: service.Triage, claims: Claims
) -> tuple[Reading, ...]:
    """Triggers, screen rules, campaigns, willingness to pay, service, feelings and incentives."""
    click = claims[triggers.CLICK_LIFT].share
    lift = found.history_lift
    verdict = "not testable" if lift.value is None else "holds in part" if (lift.high or 0) >= click else "fails"
    most = _percent(campaign.most)
    cost = claims[service.COST].share
    close = (policy.claimed.value or 0.0) >= CLOSE * (policy.best.value or 0.0) > 0
    return (
        Reading(triggers.CLICK_LIFT, "tested", "Orders have no clicks: own past products against best sellers, share "
                "of customers who buy one of those shown in the next month. Nothing was sent, so it shows whom history "
                "finds, not what an advertisement adds.", verdict, _percent(lift), "measured"),
        Reading(interface.HOVER, "tested", f"On simulated sessions the rules at the documents' thresholds raise "
                f"conversion in {100 * policy.positive:.0f} of 100 draws; the best seconds found are shown.",
                "holds in part" if close else "fails", Estimate(policy.best_seconds), "simulated"),
        Reading(interface.DEAD_CLICKS, "tested", "Best number of dead clicks on the same simulated sessions.",
                "holds in part" if close else "fails",
                Estimate(float(policy.best_clicks)), "simulated"),
        Reading(axes.REDEMPTION, "tested", "Redemption with all three axes known, where vouchers handed out blindly "
                "are redeemed as assumed. So high a share is of people who asked for a voucher, not of all sent one.",
                "not testable", most, "simulated"),
        Reading(axes.RADIUS, "prior", "With the assumed density of shops: the share of people near one."),
        Reading(axes.AGES, "tested", "Orders hold no ages; a persona stands for any split.", "not testable", None,
                "measured"),
        Reading(choices.INSTANT, "tested", "Orders show no delivery choice. A survey of synthetic people with this "
                "mean finds it back; how many real ones it takes is told.", "not testable", None, "measured"),
        Reading(choices.GREEN, "tested", "No product is marked green in the orders.", "not testable", None, "measured"),
        Reading(service.SIMPLE, "prior", "Share of enquiries that the assistant may settle; the shop has no tickets."),
        Reading(service.RESPONSE, "limit", "Seconds within which enquiries are to be answered, with and without it."),
        Reading(service.COST, "tested", "At the volume that the shop's orders bring, with enquiries, minutes and costs "
                "as assumed; whole people are needed however little comes.",
                "fails" if (desk.own_change.low or 0) > cost else "holds in part", _percent(desk.own_change),
                "simulated"),
        Reading(pain.EMOTION, "tested", "Neither ratings nor texts are in the orders; returns and silence stand in and "
                "say nothing of feelings.", "not testable", None, "measured"),
        Reading(incentives.POINTS, "prior", "Shrunken gain in orders of customers with one order so far."),
        Reading(incentives.VIP_REPURCHASE, "prior", "Lower end of what dedicated service brings, shrunken."),
        Reading(incentives.VIP_VALUE, "prior", "Upper end of what dedicated service brings, shrunken."),
        Reading(balance.RETENTION, "prior", "Customers lost to a year of promotion at full dose, shrunken."),
        Reading(balance.LADDER, "prior", "Order value won by need mining, shrunken."),
        Reading(balance.OVER, "prior", "Harm of twice the dose in the curve of promotion."),
    )


def rebalanced(found: balance.Balance, claims: Claims) -> Reading:
    """S2's gain in lifetime value after rebalancing, against the best doses found."""
    told = claims[balance.REBALANCED].share
    inside = (found.best_value.low or 0) <= told <= (found.best_value.high or 0)
    return Reading(
        balance.REBALANCED, "tested", "Customer value at the best doses of the three levers against none, with the "
        "documents' own effects shrunken: their sum, not a test of it.", "holds in part" if inside else "fails",
        _percent(found.best_value), "simulated")


def promotion_curve(lift: Estimate, claims: Claims, effect_share: float, too_much: float) -> Curve:
    """Orders by dose of discount: the price response at dose 1, the told harm, shrunken, at dose `too_much`."""
    harm = -claims[balance.OVER].share * effect_share
    return harm_curve(max(lift.value or 0.0, LEAST_GAIN), harm, too_much)


def curve_table(
    load: speed.Speed, paying: speed.Speed, tired: messages.Fatigue, promotion: Curve, three: balance.Balance,
    desk: service.Triage, claims: Claims,
) -> pd.DataFrame:
    """All curves: name, dose 1, claims, kind, a, b, gain claimed, possible and taken (shares, 80 %).

    A gain that no document tells, or that nothing bounds, is left empty.
    """
    def row(name: str, dose: str, keys: str, curve: Curve, claimed: float | None, possible: Estimate,
            taken: Estimate) -> dict[str, Any]:
        return {"name": name, "dose": dose, "claims": keys, "kind": curve.kind, "a": curve.a, "b": curve.b,
                "claimed": claimed, "possible": possible.value, "possible_low": possible.low,
                "possible_high": possible.high, "taken": taken.value, "taken_low": taken.low, "taken_high": taken.high}

    unbounded = Estimate(None, unknown="nothing bounds it")
    saving = claims[service.COST].share
    return pd.DataFrame([
        row("page load", "one second less", load.key, load.curve, load.claimed, load.told, load.taken),
        row("payment", "a third of the time", paying.key, paying.curve, paying.claimed, paying.told, paying.taken),
        row("messages", "the cap a week", messages.CAP, tired.curve, None, unbounded, tired.at_cap),
        row("discount", "the depth planned", balance.OVER, promotion, None, unbounded, three.lift),
        row("service cost", "all simple enquiries", service.COST, Curve("linear"), saving,
            Estimate(-desk.work_settled), desk.own_change),
    ]).astype({"claimed": float, "possible": float, "possible_low": float, "possible_high": float})
