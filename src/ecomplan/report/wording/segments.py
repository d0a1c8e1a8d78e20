"""The chapter on segments."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_STANDING = {
    "holds": "the claim holds here",
    "holds in part": "the claim holds in part: it lies close to the range, not in it",
    "fails": "the claim fails here",
}
_PROFILE = (
    Column("customers", "Customers", "customers"), Column("customer_share", "Share of customers", "share"),
    Column("value_share", "Share of sales", "share"), Column("orders_per_customer", "Orders each", "ratio"),
    Column("order_value", "Order value", "money"), Column("repeat_rate", "Ordered again", "share"),
)


def chapter(findings: Findings) -> Chapter:
    """Who buys, told to a board."""
    def standing(share: str) -> str:
        return _STANDING[str(findings[f"segments.verdict_{share}"].value)]

    largest = findings["segments.largest_class"].value
    blocks: list[Block] = [
        Para(
            f"{n('segments.customers')} customers are known by number; they stand for "
            f"{n('segments.identified_share')} of "
            f"sales. {n('segments.half_of_sales', 'both')} of them bring half of their sales, and the top 1-in-100 "
            f"alone "
            f"{n('segments.top_1', 'both')}. The Gini coefficient is {n('segments.gini', 'both')}."
        ),
        Heading("How far sales hang on few customers"),
        FigureBlock("concentration", (
            Column("customer_share", "Best customers", "share"), Column("value_share", "Share of sales", "share"),
        )),
        Para(
            f"S0 says that {n('segments.claimed_15')} of sales come from its high-value users. As many of the best "
            f"customers hold {n('segments.top_15', 'both')} here; {standing('15')}. Over the last year alone it is "
            f"{n('segments.top_15_year')}. S3 tells of a case where high-value users hold {n('segments.claimed_45')}; "
            f"as "
            f"many hold {n('segments.top_45', 'both')} here: {standing('45')}. Of the rule that a fifth brings "
            f"{n('segments.claimed_20')}, told of problems in S3: a fifth of the customers bring "
            f"{n('segments.top_20', 'both')}; {standing('20')}."
        ),
        TableBlock(
            "documents", "The documents' shares beside the platform's",
            "For the same share of best customers: share of net sales as told and as measured.",
            (Column("name", "Told in"), Column("customer_share", "Customers", "share"),
             Column("claimed", "Told", "share"), Column("observed", "Measured", "share"), Column("low", "Low", "share"),
             Column("high", "High", "share"), Column("verdict", "Standing")),
        ),
        Para(
            f"The five groups of S0 cannot all be right as told: their user shares add up to "
            f"{n('segments.document_users_sum')}, their revenue shares to {n('segments.document_revenue_sum')} (o01, "
            f"o02)."
        ),
        Heading("Three tiers"),
        Para(
            f"The high tier brings {n('segments.high_sales_share')} of sales with {n('segments.high_orders')} orders "
            f"each at "
            f"{n('segments.high_order_value')}. The middle tier, potential, brings "
            f"{n('segments.potential_sales_share')}. "
            f"The rest brings {n('segments.nurture_sales_share')}; {n('segments.nurture_repeat_rate')} of these "
            f"customers "
            f"have ordered more than once. Over all customers it is {n('segments.repeat_rate')}, and within the last "
            f"twelve months {n('segments.repeat_rate_year')}."
        ),
        FigureBlock("tiers", (Column("tier", "Tier"), *_PROFILE)),
        Heading("Eleven sub-classes"),
        Para(
            f"Recency and purchases part the customers into {n('segments.sub_classes')} sub-classes. The class named "
            f"{largest} holds {n('segments.largest_class_sales')} of sales with "
            f"{n('segments.largest_class_customers')} of customers. Good customers who have not ordered for long stand "
            f"for {n('segments.slipping_sales_share')} of sales: they are the first to win back."
        ),
        FigureBlock("sub_classes", (Column("sub_class", "Sub-class"), *_PROFILE)),
        FigureBlock("recency_frequency", (
            Column("r", "Recency score", "count"), Column("f", "Frequency score", "count"),
            Column("customers", "Customers", "customers"), Column("customer_share", "Share of customers", "share"),
            Column("value_share", "Share of sales", "share"),
        )),
    ]
    return Chapter(
        stage="segments", title="Who buys",
        answer=(
            f"Sales hang on few: the high tier of customers brings {n('segments.high_sales_share')} of them, and "
            f"{n('segments.half_of_sales')} of customers bring half."
        ),
        blocks=tuple(blocks),
        limits=(
            "The orders do not tell a household from a reseller. The largest customers are probably resellers, so the "
            "concentration says little about private buyers.",
            "Customers without a number are left out. If they buy once and little, true concentration is higher.",
            "The documents do not say how they measured value nor over what time; the comparison takes net sales "
            "over all "
            "full months.",
            "A tier cut at a share of customers cannot grow. A target for high-value users needs a threshold in money, "
            "fixed once (c12).",
        ),
    )
