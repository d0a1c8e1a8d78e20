"""The chapter on baskets."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_PAIRS = (
    Column("first_name", "Product"), Column("second_name", "Bought with"), Column("kind", "Kind"),
    Column("orders", "Orders", "orders"), Column("lift", "Lift", "count"), Column("lift_low", "Low", "count"),
    Column("lift_high", "High", "count"), Column("buyers", "Buyers", "customers"),
)


def chapter(findings: Findings) -> Chapter:
    """What they buy, told to a board."""
    seen = _Seen(findings)
    blocks: list[Block] = [
        Para(_orders(seen)),
        FigureBlock("order_values", (
            Column("low", "From", "money"), Column("high", "To", "money"), Column("share", "Orders", "share"),
            Column("lognormal", "Lognormal", "share"),
        )),
        Para(_growth(seen)),
        TableBlock(
            "groups", "Orders by group", "Mean and median value of an order, pieces and different products in it.",
            (Column("group", "Orders"), Column("orders", "Number", "orders"), Column("sales_share", "Sales", "share"),
             Column("mean", "Mean", "money"), Column("mean_low", "Low", "money"), Column("mean_high", "High", "money"),
             Column("median", "Median", "money"), Column("pieces", "Pieces", "count"),
             Column("products", "Products", "count")),
        ),
        Heading("Prices"),
        Para(_prices(seen)),
        Para(_response(seen)),
        FigureBlock("elasticities", (
            Column("name", "Measured as"), Column("value", "Elasticity", "ratio"), Column("low", "Low", "ratio"),
            Column("high", "High", "ratio"), Column("products", "Products with price moves", "products"),
        )),
        Para(_size(seen)),
        Heading("Price cuts"),
        Para(_cuts(seen)),
        FigureBlock("cuts", (
            Column("week", "Weeks from the cut", "count"), Column("value", "Buyers above expectation", "share"),
            Column("low", "Low", "share"), Column("high", "High", "share"), Column("cuts", "Cuts", "count"),
        )),
        Heading("Bought together"),
        Para(_pairs(seen)),
        FigureBlock("pairs", (
            Column("first_name", "Product"), Column("second_name", "Bought with"),
            Column("early_lift", "Lift, earlier", "ratio"), Column("late_lift", "Lift, later", "ratio"),
            Column("late_low", "Low", "ratio"), Column("late_high", "High", "ratio"),
        )),
        TableBlock(
            "pairs", "Best pairs",
            "Orders: those with both. Lift: these over those that chance would bring; larger is closer. Complements "
            "first, then variants, which are one thing in two looks.", _PAIRS,
        ),
        Heading("Returns by product group"),
        Para(_returns(seen)),
        FigureBlock("returns", (
            Column("group", "Product group"), Column("sales", "Sales", "money"),
            Column("share", "Lines returned", "share"), Column("low", "Low", "share"), Column("high", "High", "share"),
            Column("value_share", "Value returned", "share"), Column("limit_high", "Upper limit", "share"),
        )),
    ]
    return Chapter(
        stage="baskets", title="What they buy",
        answer=_answer(seen),
        blocks=tuple(blocks),
        limits=(
            "No price here was set by chance. Prices fall when goods age and rise when they cost more, so the response "
            "to price is an association; a test of prices would settle it.",
            "Coupons, codes and campaigns leave no trace in the orders. What a promotion does to later loyalty is not "
            "known from these data.",
            "Products bought together need not sell each other. Resellers buy whole ranges, and one customer's orders "
            "repeat themselves.",
            "Product groups are words of descriptions. A return counts in the month it is booked, not in that of its "
            "sale.",
        ),
    )


class _Seen:
    """Findings by short name: known or not, and their reason."""

    def __init__(self, findings: Findings):
        self._findings = findings

    def known(self, *names: str) -> bool:
        return all(self._findings[f"baskets.{name}"].value is not None for name in names)

    def why(self, name: str) -> str:
        """Its reason, set off by a colon; left out where it holds a count, which prose must not type."""
        reason = self._findings[f"baskets.{name}"].unknown
        return "" if any(letter.isdigit() for letter in reason) else f": {reason}"

    def value(self, name: str) -> float:
        return self._findings.value(f"baskets.{name}")

    def range(self, name: str) -> tuple[float, float]:
        found = self._findings[f"baskets.{name}"]
        value = self.value(name)
        return (value if found.low is None else found.low), (value if found.high is None else found.high)

    def crosses(self, name: str, at: float = 0.0) -> bool:
        low, high = self.range(name)
        return low <= at <= high


def _answer(seen: _Seen) -> str:
    half = f"Half of the orders are worth at least {n('baskets.order_value_median')}"
    back = (f"{n('baskets.return_value_share')} of sales come back" if seen.known("return_value_share")
            else "what comes back is not known")
    if not seen.known("elasticity"):
        return f"{half}, {back}, and how buyers answer to price cannot be seen."
    if seen.range("elasticity")[1] >= 0:
        return f"{half}, {back}, and no answer of buyers to price can be shown."
    return (
        f"{half}, {back}, and buyers answer to price far less than the orders seem to say at first sight."
        if seen.known("elasticity_naive") and seen.value("elasticity_naive") < seen.range("elasticity")[0]
        else f"{half}, {back}, and buyers answer to price with an elasticity of {n('baskets.elasticity')}."
    )


def _orders(seen: _Seen) -> str:
    text = (
        f"The mean order is worth {n('baskets.order_value', 'both')}, the median "
        f"{n('baskets.order_value_median', 'both')}, over {n('baskets.orders')} orders."
    )
    if seen.known("top_orders"):
        text += f" The largest orders, one in a hundred, hold {n('baskets.top_orders', 'both')} of sales."
    if seen.known("order_value_kept"):
        text += f" After returns the mean is {n('baskets.order_value_kept')}."
    if seen.known("products_an_order", "items_an_order"):
        bulk = seen.value("items_an_order") > 5 * seen.value("products_an_order")
        text += (f" An order holds {n('baskets.products_an_order')} different products and "
                 f"{n('baskets.items_an_order')} pieces{': this is mostly trade in bulk' if bulk else ''}.")
    if seen.known("order_value_home", "order_value_abroad"):
        text += (f" Orders from abroad are worth {n('baskets.order_value_abroad', 'both')}, those from home "
                 f"{n('baskets.order_value_home', 'both')}.")
    return text


def _growth(seen: _Seen) -> str:
    if not seen.known("order_value_change"):
        return f"Whether order value grows cannot be told{seen.why('order_value_change')}."
    text = f"Over the last twelve months the mean order value changed by {n('baskets.order_value_change', 'both')}"
    if seen.crosses("order_value_change"):
        return text + ", which chance alone can bring about."
    if not seen.known("items_change", "piece_price_change"):
        return text + "."
    pieces = (
        f"; the pieces an order did not surely change, {n('baskets.items_change', 'both')}"
        if seen.crosses("items_change") else f"; the pieces an order changed by {n('baskets.items_change', 'both')}"
    )
    return text + pieces + f"; the sales for one piece changed by {n('baskets.piece_price_change', 'both')}."


def _prices(seen: _Seen) -> str:
    if not seen.known("price_varies"):
        return f"List prices cannot be read here{seen.why('price_varies')}."
    text = (
        f"Of {n('baskets.panel_products')} products followed, {n('baskets.price_varies', 'both')} ever changed their "
        f"list price."
    )
    if seen.known("price_within_limit", "price_move"):
        text += (
            f" A monthly move is {n('baskets.price_move', 'both')} in size on average and stays within the limit of "
            f"{n('baskets.price_limit')} that S1 names in {n('baskets.price_within_limit')} of all cases; "
            f"{n('baskets.price_steady')} of products never moved by more."
        )
    if seen.known("break_lines", "break_sales", "break_depth"):
        text += (
            f" What varies is the price paid: {n('baskets.break_sales', 'both')} of sales, in only "
            f"{n('baskets.break_lines')} of lines, go out below list price, at a median discount of "
            f"{n('baskets.break_depth')}, for large quantities."
        )
    if seen.known("second_list"):
        low = seen.range("second_list")[0]
        text += (
            f" Orders without a customer number are billed at another list: for the same product and month they pay "
            f"{n('baskets.second_list', 'both')} more." if low > 0 else
            f" Orders without a customer number pay much the same: {n('baskets.second_list', 'both')} more."
        )
    return text


def _response(seen: _Seen) -> str:
    if not seen.known("elasticity"):
        return f"How buyers answer to a price cannot be measured here{seen.why('elasticity')}."
    text = (
        f"A price one percent higher goes with buyers changing by {n('baskets.elasticity', 'both')} percent, month on "
        f"month, over {n('baskets.elasticity_products')} products whose price moved."
    )
    if seen.known("elasticity_naive"):
        text += (
            f" The naive figure, pieces against the price paid, is {n('baskets.elasticity_naive')}: it takes quantity "
            f"breaks for price response and should not be used."
        )
    if seen.known("elasticity_placebo"):
        text += (
            f" The placebo, next month's price, gives {n('baskets.elasticity_placebo', 'both')}, as it should: about "
            f"nothing." if seen.crosses("elasticity_placebo") else
            f" The placebo, next month's price, gives {n('baskets.elasticity_placebo', 'both')} where it should give "
            f"nothing, so buyers and prices move together for other reasons too."
        )
    return text


def _size(seen: _Seen) -> str:
    if not seen.known("elasticity"):
        return "Claims of gains from dynamic prices cannot be held against anything here."
    text = ""
    if seen.known("elasticity_small"):
        text = (
            f"Small moves alone show no response, {n('baskets.elasticity_small', 'both')}; what there is comes from "
            f"deeper moves. " if seen.crosses("elasticity_small") else
            f"Small moves alone give {n('baskets.elasticity_small', 'both')}. "
        )
    if seen.known("price_for_lift"):
        text += (
            f"Taken at its word, the elasticity would need prices changed by {n('baskets.price_for_lift', 'both')} to "
            f"bring the lift in conversion that S2 claims for dynamic pricing; that claim is about visits, which "
            f"orders do not show, and stays untested."
        )
    else:
        text += "What dynamic pricing would bring, as S2 and S3 claim, stays untested: orders show no visits."
    return text


def _cuts(seen: _Seen) -> str:
    text = (
        f"List prices fell {n('baskets.cuts')} times among {n('baskets.cut_products')} products followed week by week, "
        f"and came back {n('baskets.cuts_short')} times."
    )
    if seen.known("cut_uplift", "cut_after", "cut_before"):
        before = (
            "no more than chance before it" if seen.crosses("cut_before")
            else f"but {n('baskets.cut_before', 'both')} already in the weeks before"
        )
        text += (
            f" In the first week of a cut there were {n('baskets.cut_uplift', 'both')} more buyers than expected, "
            f"{before}, and {n('baskets.cut_after', 'both')} more four to eight weeks on, while most of these prices "
            f"stayed down."
        )
    else:
        text += " That is too few to tell what a cut does."
    text += (
        f" After a price came back, buyers stood {n('baskets.cut_dip', 'both')} from expectation."
        if seen.known("cut_dip") else
        " Whether buyers stay away once a price is back, the dip after a promotion, cannot be seen: too few prices "
        "came back."
    )
    if seen.known("cut_extra_share") and seen.value("cut_extra_share") < 0.001:
        text += (
            " In all, the first weeks of cuts brought less than one in a thousand of the buyers of these products. "
            "Price promotion, as far as it can be seen, drives next to nothing here; the weight that S0 gives to "
            "promotion can neither be borne out nor refuted."
        )
    elif seen.known("cut_extra_share"):
        text += f" In all, the first weeks of cuts brought {n('baskets.cut_extra_share')} of these products' buyers."
    return text


def _pairs(seen: _Seen) -> str:
    text = (
        f"Of {n('baskets.pairs_tested')} pairs of products, {n('baskets.pairs_passed')} stand in enough orders "
        f"together and more often than chance."
    )
    if not seen.known("pair_best_lift"):
        return text + " No pair of unlike products can be shown."
    if seen.known("pairs_best_variants"):
        text += (
            f" The best are of little use: {n('baskets.pairs_best_variants')} of them are one thing in two looks. "
            if seen.value("pairs_best_variants") > 0.5 else
            f" Among the best, {n('baskets.pairs_best_variants')} are one thing in two looks. "
        )
    text += f"Of unlike products {n('baskets.pairs_complements')} pairs remain."
    if seen.known("pairs_hold", "pairs_shrink", "pairs_gone"):
        text += (
            f" Those that were best in the earlier half of the months were looked at again in the later half. "
            f"{n('baskets.pairs_gone')} had lost a product; of the others {n('baskets.pairs_hold', 'both')} still "
            f"stand together, with a lift {n('baskets.pairs_shrink', 'both')} times the earlier one. But only "
            f"{n('baskets.pairs_again')} of them would be among the best again, so the list has to be made anew as the "
            f"range changes."
            if seen.value("pairs_again") < 0.5 else
            f" Those that were best in the earlier half of the months were looked at again in the later half: of those "
            f"still on sale {n('baskets.pairs_hold', 'both')} stand together, and {n('baskets.pairs_again')} would be "
            f"chosen again."
        )
    else:
        text += " Whether pairs last cannot be told from these months."
    return text


def _returns(seen: _Seen) -> str:
    if not seen.known("return_value_share"):
        return f"The share of returns is not known{seen.why('return_value_share')}."
    text = (
        f"Returned are {n('baskets.return_value_share', 'both')} of sales by value and "
        f"{n('baskets.return_line_share', 'both')} of lines."
    )
    if seen.known("return_cancelled"):
        text += (
            f" {n('baskets.return_cancelled', 'both')} of that value was cancelled at once, which is correction rather "
            f"than return."
        )
    high = seen.range("return_value_share")[1]
    text += (
        f" S0 calls {n('baskets.return_usual')} usual and tells of {n('baskets.return_claimed')} as an achievement; "
        f"this shop lies {'below both' if high < seen.value('return_claimed') else 'not below both'}, and its trade is "
        f"another."
    )
    if seen.known("return_top_share") and seen.value("return_groups_out") > 0:
        text += (
            f" Above its limit stands the group {n('baskets.return_top_group')} with "
            f"{n('baskets.return_top_share', 'both')} of its lines; groups above their limit: "
            f"{n('baskets.return_groups_out')}."
        )
    elif seen.known("return_top_share"):
        text += (
            f" The highest share, {n('baskets.return_top_share', 'both')}, has the group "
            f"{n('baskets.return_top_group')}; no group stands above its limit."
        )
    else:
        text += " Product groups cannot be told apart by returns here."
    return text + f" Months outside the control limits: {n('baskets.return_months_out')}."
