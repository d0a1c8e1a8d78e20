"""The chapter on demand by product."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_ERRORS = (
    Column("class", "Class"), Column("method", "Method"), Column("products", "Products", "products"),
    Column("mase", "Error", "ratio"), Column("difference", "Against last month", "ratio"),
    Column("low", "Low", "ratio"),
    Column("high", "High", "ratio"), Column("bias", "Bias", "share"), Column("covered", "Intervals covered", "share"),
)
_FRONTIER = (
    Column("policy", "Decided by"), Column("setting", "Level or cover", "ratio"), Column("turns", "Turns", "ratio"),
    Column("short_share", "Pieces not served", "share"), Column("stock", "Stock at cost", "money"),
    Column("cost", "Cost a year", "money"),
)


def chapter(findings: Findings) -> Chapter:
    """Demand by product and what stock it asks for, told to a board."""
    seen = _Seen(findings)
    blocks: list[Block] = [
        Para(_demand(seen)),
        Heading("How well products can be forecast"),
        Para(_errors(seen)),
        FigureBlock("errors", _ERRORS),
        Para(_calls(seen)),
        Heading("Turns and stock-outs"),
        Para(_stock(seen)),
        FigureBlock("frontier", _FRONTIER),
        Para(_claimed(seen)),
        Heading("What service costs"),
        Para(_cost(seen)),
        FigureBlock("costs", (
            Column("setting", "Service level", "share"), Column("policy", "Decided by"),
            Column("holding", "Stock", "money"), Column("ordering", "Orders", "money"),
            Column("lost_margin", "Sales lost", "money"), Column("cost", "Cost a year", "money"),
        )),
        Para(_restocking(seen)),
        Heading("Lead times and bulk orders"),
        Para(_leads(seen)),
        FigureBlock("leads", (
            Column("case", "Case"), Column("setting", "Service level", "share"), Column("turns", "Turns", "ratio"),
            Column("short_share", "Pieces not served", "share"), Column("stock", "Stock at cost", "money"),
        )),
        Heading("What to order"),
        Para(
            "The table opens with the products whose levels tie up most money. Stock at hand is not in the data: "
            "the order "
            "is the upper level less stock and orders on the way, placed when these fall to the reorder point. "
            "Together "
            f"the upper levels are worth {n('demand.order_up_to')} at cost; the mean stock is lower, for it swings "
            "below "
            "them."
        ),
        TableBlock(
            "order_levels", "Reorder points and levels", "Pieces; weeks are the coming ones.",
            (Column("description", "Product"), Column("class", "Demand"), Column("weekly", "Pieces a week", "count"),
             Column("reorder_point", "Order at", "count"), Column("order_up_to", "Up to", "count"),
             Column("value_at_cost", "Level at cost", "money")), rows=15,
        ),
        Heading("Attributes wanted"),
        Para(_attributes(seen)),
        FigureBlock("attributes", (
            Column("attribute", "Attribute"), Column("kind", "Kind"), Column("before", "Quarter before", "share"),
            Column("told", "Forecast", "share"), Column("seen", "Seen", "share"),
        )),
    ]
    return Chapter(
        stage="demand", title="How much of each product, and when to order", answer=_answer(seen), blocks=tuple(blocks),
        limits=(
            "Lead times and the costs of an order and of storage are assumed, for orders do not show them. Turns "
            "answer to the lead time more than to any method of forecast.",
            "Demand is what was sold. Where a shelf was empty, more was wanted than the data show, and levels "
            "learnt from them are too low. Goods sent back later are not put on the shelf again.",
            "Which method a class uses was decided week by week; four choices about the methods themselves were "
            "made with the test weeks in view (the notebook names them), which flatters the forecast.",
            "Products were chosen by their first year. New ones are not in it, and neither are those that had stopped.",
            "One year tests all this. Resampled years change weeks, lead times and products, not the market; they are "
            "harder to forecast than the real one, so their range lies mostly on the worse side.",
        ),
    )


class _Seen:
    """Findings by short name: known or not."""

    def __init__(self, findings: Findings):
        self._findings = findings

    def known(self, *names: str) -> bool:
        return all(self._findings[f"demand.{name}"].value is not None for name in names)

    def value(self, name: str) -> float:
        return self._findings.value(f"demand.{name}")

    def range(self, name: str) -> tuple[float, float]:
        found = self._findings[f"demand.{name}"]
        value = self.value(name)
        return (value if found.low is None else found.low), (value if found.high is None else found.high)


def _reached(seen: _Seen) -> bool:
    return seen.known("turns_at_case_short") and seen.value("turns_at_case_short") >= seen.value("target_turns")


def _answer(seen: _Seen) -> str:
    pair = "can be had together" if _reached(seen) else "cannot be had together with the lead times assumed"
    low = seen.range("value")[0]
    worth = (f"deciding by forecast saves {n('demand.value')} a year on the busiest products" if low > 0
             else "that deciding by forecast saves money is not shown")
    return f"The turns and the stock-out rate of the documents {pair}; {worth}."


def _demand(seen: _Seen) -> str:
    gaps = (
        f" Weeks without a sale that chance hardly explains make up {n('demand.gap_share')} of the weeks of these "
        "products: "
        f"shelves may have been empty then, and demand of at most {n('demand.gap_missed')} went unseen in them."
        if seen.value("gap_share") > 0 else " No product shows gaps that look like an empty shelf."
    )
    undone = (
        f" Sales undone by a return at once, {n('demand.undone_share')} of all pieces, are no demand; the largest "
        "such line "
        f"alone had {n('demand.undone_largest')} pieces." if seen.value("undone_share") > 0 else ""
    )
    return (
        f"The {n('demand.products')} busiest products, chosen by the weeks before the test, made "
        f"{n('demand.products_share')} of sales in the {n('demand.test_weeks')} weeks that test the forecasts. For "
        f"{n('demand.irregular_share')} of them weekly demand is not smooth, and {n('demand.bulk_share')} of their "
        "pieces "
        f"were asked for in bulk lines.{undone}{gaps}"
    )


def _errors(seen: _Seen) -> str:
    low, high = seen.range("error_change")
    better = "lower" if high < 0 else "higher" if low > 0 else "not shown to differ"
    text = (
        f"Against last month's mean the weekly error of the methods chosen is {better}: "
        f"{n('demand.error_change', 'both')}. "
        "The method was chosen week by week on what had passed."
    )
    if seen.known("error_change_season"):
        text += (" The level with each product's own season alone would have had "
                 f"{n('demand.error_change_season', 'both')};"
                 " nobody could know that beforehand.")
    if seen.known("error_change_slow"):
        text += f" For slow products the difference is {n('demand.error_change_slow', 'both')}."
    return text + (
        f" Of the intervals that an order must cover, {n('demand.covered')} stayed within the level that aims at "
        f"{n('demand.service_level')}. Over the year forecasts lay {n('demand.bias')} "
        f"{'above' if seen.value('bias') > 0 else 'off'} demand."
    )


def _calls(seen: _Seen) -> str:
    lift, usual = seen.range("calls_lift")[0], seen.range("calls_lift_usual")[0]
    told = ("a lift over both" if lift > 0 and usual > 0 else "a lift over the first, none that can be shown over the "
            "second" if lift > 0 else "no lift that can be shown")
    return (
        "Asked whether more, as much or less is wanted than last month, the forecast is right in "
        f"{n('demand.calls', 'both')} of cases; last month's mean, which always says as much, in "
        f"{n('demand.calls_naive')}; the call that was right most often before in {n('demand.calls_usual')}. That is "
        f"{told}. S2 does not say which rival its claim for prediction was held against."
    )


def _stock(seen: _Seen) -> str:
    less = seen.value("turns_naive") < seen.value("turns") and seen.value("short_naive") < seen.value("short_share")
    return (
        f"With an order covering {n('demand.cover_weeks')} weeks in the mean, the policy that aims at "
        f"{n('demand.service_level')} turns its stock {n('demand.turns', 'both')} times a year and leaves "
        f"{n('demand.short_share', 'both')} of pieces unserved; stock at cost is {n('demand.stock', 'both')}. "
        f"By last month's mean, aiming as high, it is {n('demand.turns_naive')} turns and {n('demand.short_naive')} "
        f"unserved{': more stock, and fewer gaps' if less else ''}."
    )


def _claimed(seen: _Seen) -> str:
    text = (
        f"S3 plans {n('demand.target_turns')} turns and tells of a case with {n('demand.case_turns')} turns and at "
        "most "
        f"{n('demand.case_short')} stock-outs."
    )
    if seen.known("turns_at_case_short"):
        text += f" Here that stock-out rate goes with {n('demand.turns_at_case_short')} turns by forecast"
        text += (f" and {n('demand.turns_at_case_short_naive')} by last month's mean."
                 if seen.known("turns_at_case_short_naive") else ".")
    else:
        text += " Here no service level tried reaches that stock-out rate."
    if seen.known("short_at_target"):
        text += f" The planned turns would leave {n('demand.short_at_target')} of pieces unserved."
    return text + f" The chance of the planned pair, over resampled years, is {n('demand.chance_target')}."


def _cost(seen: _Seen) -> str:
    return (
        f"Stock, orders and the margin of lost sales cost {n('demand.cost', 'both')} a year. Deciding by last "
        "month's mean "
        f"at the same level costs {n('demand.value', 'both')} more; with each at its cheapest level the difference is "
        f"{n('demand.value_best', 'both')}. The cheapest level would have been {n('demand.cheapest_level')}, with "
        f"{n('demand.cheapest_turns')} turns and {n('demand.cheapest_short')} unserved: serving nearly everybody "
        "costs more "
        "than the sales it keeps, if buyers who find nothing come back for other goods."
        if seen.value("cheapest_level") < seen.value("service_level") else
        f"Stock, orders and the margin of lost sales cost {n('demand.cost', 'both')} a year. Deciding by last "
        "month's mean "
        f"at the same level costs {n('demand.value', 'both')} more; with each at its cheapest level the difference is "
        f"{n('demand.value_best', 'both')}. The cheapest level is {n('demand.cheapest_level')}."
    )


def _restocking(seen: _Seen) -> str:
    return (
        "S0 tells of restocking organised in minutes instead of hours. As waiting, the time saved is "
        f"{n('demand.restock_lead')} of the lead time and changes reorder points by {n('demand.restock_stock')}. As "
        "paid "
        f"work it would count: smaller orders would pay, stock would change by {n('demand.restock_work')}, and "
        f"{n('demand.restock_saved')} a year would be saved, if each order of each product took that long."
    )


def _leads(seen: _Seen) -> str:
    cases = (("turns_at_once", "delivery before the next week"), ("turns_one_week", "one week"),
             ("turns_two_weeks", "two weeks"), ("turns_eight_weeks", "eight weeks"))
    told = [f"{n(f'demand.{name}')} with {words}" for name, words in cases if seen.known(name)]
    text = (f"At the stock-out rate of S3 the stock turns {', '.join(told)}." if told
            else "At no lead time tried does the policy meet the stock-out rate of S3.")
    if seen.known("turns_no_bulk", "turns_at_case_short"):
        text += (f" With the lead times assumed, but bulk orders announced and made to order, it turns "
                 f"{n('demand.turns_no_bulk')} instead of {n('demand.turns_at_case_short')} times.")
    if seen.known("turns_at_once") and seen.value("turns_at_once") < seen.value("target_turns"):
        text += " Even delivery at once is not enough for the planned turns."
    return text


def _attributes(seen: _Seen) -> str:
    if not seen.known("mix_right", "match_lift"):
        return "Descriptions show too few colours, materials, occasions or looks to forecast what is wanted."
    return (
        f"Descriptions name a colour, material, occasion or look on {n('demand.attribute_lines')} of order lines. "
        "The mix of "
        f"a quarter is forecast right to {n('demand.mix_right')} (the last quarter alone: "
        f"{n('demand.mix_right_naive')}), and "
        f"the direction of {n('demand.directions_right')} of the attributes. Attributes named for each of "
        f"{n('demand.match_customers')} from own orders and the season stand on {n('demand.match', 'both')} of what "
        "they "
        f"then bought, the shop's favourites on {n('demand.match_shop')}: a lift of "
        f"{n('demand.match_lift', 'both')}. Needs "
        "were never asked for; this is read from purchases alone."
    )
