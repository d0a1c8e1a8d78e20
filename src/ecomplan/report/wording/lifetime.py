"""The chapter on lifetime."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_GATE = {
    "PASS": "which is within the ten percent asked for, over its whole range",
    "REVIEW": "and only a part of that range lies within the ten percent asked for",
    "FAIL": "which misses the ten percent asked for",
}
_GROUP = (
    Column("group", "Group"), Column("customers", "Customers", "customers"), Column("predicted", "Predicted", "ratio"),
    Column("low", "Low", "ratio"), Column("high", "High", "ratio"), Column("actual", "Ordered", "ratio"),
    Column("error_percent", "Error", "percent"),
)


def chapter(findings: Findings) -> Chapter:
    """Who stays, told to a board."""
    blocks: list[Block] = [
        Para(
            f"{n('lifetime.customers')} customers ordered on {n('lifetime.occasions')} occasions; orders of one day "
            f"count as one. {n('lifetime.newcomers')} of them are new, that is first seen after the first months. The "
            f"others may be much older than the data. {n('lifetime.repeat_rate', 'both')} of all have ordered again."
        ),
        Heading("Would it have been known before?"),
        Para(
            f"The model was asked, with the months before the cut alone, for the orders of known customers after it. "
            f"It missed their {n('lifetime.holdout_orders')} orders by {n('lifetime.holdout_error', 'both')}, "
            f"{_GATE[str(findings['lifetime.gate_holdout'].value)]}. {_clocks(findings)}"
        ),
        FigureBlock("tracking", (
            Column("week", "Week", "weeks"), Column("actual", "Ordered", "orders"),
            Column("plain", "Plain", "orders"), Column("calendar", "Calendar", "orders"),
            Column("calendar and pace", "Calendar and pace", "orders"),
        )),
        Para(
            f"By tenth of customers, {n('lifetime.deciles_inside')} of the tenths lie inside the predicted range; the "
            f"largest error of one is {n('lifetime.worst_decile_error')}, and the tenth with the most expected orders "
            f"is missed by {n('lifetime.top_decile_error')}. The chance of an order within ninety days is off by "
            f"{n('lifetime.next_90_error')}, over all customers."
        ),
        FigureBlock("calibration", _GROUP),
        Heading("Leaving, and ordering less"),
        Para(
            f"After an order a customer leaves with a chance of {n('lifetime.leave_after_order', 'both')}; within a "
            f"year that changes the order rate of today's customers by {n('lifetime.lost_by_leaving')}. The order rate "
            f"of those who stay changes by {n('lifetime.pace', 'both')} a year. {_fading(findings)}"
        ),
        TableBlock(
            "parameters", "Parameters", "Maximum likelihood with standard errors and 80 % ranges; the better model "
            "first. Times in weeks of the clock.",
            (Column("model", "Model"), Column("parameter", "Parameter"), Column("value", "Value", "parameter"),
             Column("standard_error", "Standard error", "parameter"), Column("low", "Low", "parameter"),
             Column("high", "High", "parameter"), Column("identified", "Identified")),
        ),
        Heading("The next order"),
        Para(
            f"{n('lifetime.second_within_30', 'both')} of new customers order again within a month, "
            f"{n('lifetime.second_within_90')} within three and {n('lifetime.second_within_365', 'both')} within a "
            f"year. {_median(findings)} The documents ask for visitors who return the next day and within a week. "
            f"Orders show only those who buy again: {n('lifetime.second_within_1')} the next day, "
            f"{n('lifetime.second_within_7', 'both')} within seven days. Few orders in the first week are no loss "
            f"here, for most second orders come later."
        ),
        FigureBlock("next_order", (
            Column("so_far", "After"), Column("day", "Day", "days"), Column("ordered", "With the next order", "share"),
            Column("low", "Low", "share"), Column("high", "High", "share"),
        )),
        TableBlock(
            "tier_chances", "Chance of an order, by tier", "From the end of the last full month; season counted. "
            "Tiers hold past orders, so their repeat rate is no forecast.",
            (Column("group", "Tier"), Column("customers", "Customers", "customers"),
             Column("repeat_rate", "Ordered again so far", "share"), Column("within_30", "In 30 days", "probability"),
             Column("within_60", "In 60 days", "probability"), Column("within_90", "In 90 days", "probability")),
        ),
        FigureBlock("cohorts", (
            Column("cohort", "First order", "month"), Column("month_number", "Months after", "count"),
            Column("customers", "Customers", "customers"), Column("active", "Ordered", "share"),
        )),
        Heading("Repurchase: one baseline"),
        Para(
            f"{_target(findings)} No document says how it counts, and a shorter window would give less. The lifts told "
            f"of CRM, members and points are shown as where they would lead from here; orders can test none of them."
        ),
        TableBlock(
            "baseline", "Repurchase as told and as measured",
            "Percent. Measured: new customers who order again within a year. Lifts are applied to it.",
            (Column("document", "Told in"), Column("what", "What"), Column("told_from", "From", "percent"),
             Column("told_to", "To", "percent"), Column("measured", "Measured", "percent"),
             Column("gap", "Measured less told", "points")),
        ),
        Heading("What customers are worth"),
        Para(
            f"Today's customers are expected to bring a margin of {n('lifetime.customer_equity', 'both')} in "
            f"{n('lifetime.horizon')}, {n('lifetime.value_existing', 'both')} each, at a contribution margin of "
            f"{n('lifetime.margin')} and discounted. A new customer brings {n('lifetime.value_newcomer', 'both')}, the "
            f"first order counted. At the ratio of value to cost that S3 asks for, winning one may cost at most "
            f"{n('lifetime.acquisition_limit', 'both')}. {_change(findings)}"
        ),
        FigureBlock("value", (
            Column("group", "Tier"), Column("customers", "Customers", "customers"),
            Column("value", "Margin each", "money"), Column("low", "Low", "money"), Column("high", "High", "money"),
            Column("total", "Together", "money"), Column("share", "Share", "share"),
            Column("alive", "Chance still there", "probability"), Column("expected_orders", "Orders each", "ratio"),
        )),
        Para(
            f"Value is harder to predict than orders. Held out, the value of all customers together was missed by "
            f"{n('lifetime.value_error', 'both')}. Without the tenth with the most expected it is "
            f"{n('lifetime.value_error_below_top', 'both')}, in that tenth {n('lifetime.value_error_top')}"
            f"{_large(findings)}. A single customer's value is off by "
            f"{n('lifetime.value_error_customer')} of the mean, {_naive(findings)} the guess that nothing changes "
            f"({n('lifetime.value_error_naive')}). S1 tells of an error of {n('lifetime.value_error_told')} and does "
            f"not say of what; {_told_error(findings)}"
        ),
        Heading("A known case"),
        Para(
            f"The same code was run on CDNOW, real purchases of an online record shop's customers from before the "
            f"turn of the century: another trade, another time. No parameter differs from the published one by more "
            f"than {n('lifetime.cdnow_largest_gap')}. That shows the computation to be right and says nothing on this "
            f"platform."
        ),
        TableBlock(
            "published", "CDNOW: ours and published", "Differences are the rounding of the published figures.",
            (Column("model", "Model"), Column("parameter", "Parameter"), Column("ours", "Ours", "parameter"),
             Column("standard_error", "Standard error", "parameter"), Column("published", "Published", "parameter")),
        ),
    ]
    return Chapter(
        stage="lifetime", title="Who stays, and what they are worth",
        answer=(
            f"Today's customers should bring {n('lifetime.customer_equity', 'both')} of margin over "
            f"{n('lifetime.horizon')}; {_answer(findings)}"
        ),
        blocks=tuple(blocks),
        limits=(
            "The models know when and how often a customer ordered, nothing of why. That the pace of the last years "
            "goes on is an assumption and lowers or raises every value ahead.",
            "The clock with a pace was brought in after the season alone had missed the months held out. Its size and "
            "choice rest on earlier months, the idea does not; the coming months are its first clean test.",
            "Who visits without buying is not in the orders; retention by visits, loss after sign-up and the effect of "
            "contact cannot be told.",
            "The shop is older than its data. Customers of the first months are of unknown age; what is said of new "
            "customers rests on those who came later.",
            "The cost of winning and keeping a customer is not known, so value over that cost is a limit, no "
            "measurement.",
        ),
    )


def _answer(findings: Findings) -> str:
    pace = findings.value("lifetime.pace")
    if pace < 0:
        return f"the order rate of those who stay changes by {n('lifetime.pace')} a year."
    return "those who stay do not order less often from year to year."


def _clocks(findings: Findings) -> str:
    if findings["lifetime.clock"].value != "calendar and pace":
        return (
            f"The months before the cut did not call for a change of pace. The plain model errs by "
            f"{n('lifetime.holdout_error_plain')}, with the calendar by {n('lifetime.holdout_error_calendar')}."
        )
    plain = abs(findings.value("lifetime.holdout_error_plain"))
    calendar = abs(findings.value("lifetime.holdout_error_calendar"))
    text = (
        f"The plain model errs by {n('lifetime.holdout_error_plain')}, with the season alone by "
        f"{n('lifetime.holdout_error_calendar')}. "
    )
    if plain < calendar:
        text += (
            "That the plain one ends near is luck: it takes no notice of the season, nor of customers ordering less "
            "often, and the two faults cancel at the end. "
        )
    return text + "The clock with both was taken for its fit to the months before the cut, not for its result."


def _fading(findings: Findings) -> str:
    pace, lost = findings.value("lifetime.pace"), findings.value("lifetime.lost_by_leaving")
    if pace < lost:
        return "More is lost by ordering less often than by leaving: there is the reason to look for."
    return "More is lost by leaving than by ordering less often." if pace < 0 else "What is lost is lost by leaving."


def _median(findings: Findings) -> str:
    if findings["lifetime.median_second"].value is None:
        return "Fewer than half have done so within the time watched."
    return f"Half have done so after {n('lifetime.median_second', 'both')}."


def _target(findings: Findings) -> str:
    text = f"The goal of both S2 and S3 is {n('lifetime.repurchase_target')}. "
    year = findings["lifetime.second_within_365"]
    if year.value is None:
        return f"{text}Over all time {n('lifetime.repeat_rate', 'both')} of customers have ordered again."
    above = findings.value("lifetime.second_within_365") > findings.value("lifetime.repurchase_target")
    return f"{text}Counted over a year, {n('lifetime.second_within_365', 'both')} of new customers order again, " + (
        "far above it." if above else "below it."
    )


def _change(findings: Findings) -> str:
    if findings["lifetime.newcomer_value_change"].value is None:
        return "Whether newcomers bring more than a year before cannot be told."
    return (
        f"What newcomers order in their first six months changed by {n('lifetime.newcomer_value_change', 'both')} on "
        f"the year before; S1 hopes for growth."
    )


def _naive(findings: Findings) -> str:
    better = findings.value("lifetime.value_error_customer") < findings.value("lifetime.value_error_naive")
    return "less than by" if better else "no better than by"


def _large(findings: Findings) -> str:
    top, rest = (abs(findings.value(f"lifetime.value_error_{part}")) for part in ("top", "below_top"))
    return ": a few very large buyers decide the sum" if top > 2 * rest else ""


def _told_error(findings: Findings) -> str:
    told = 100 * findings.value("lifetime.value_error_told")
    whole = abs(findings.value("lifetime.value_error")) <= told
    one = 100 * findings.value("lifetime.value_error_customer") <= told
    if whole and one:
        return "both the sum and the single customer keep to it."
    if whole:
        return "the sum keeps to it, the single customer does not."
    return "neither the sum nor the single customer keeps to it."
