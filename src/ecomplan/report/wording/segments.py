"""The chapter on segments."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_STANDING = {
    "holds": "the claim holds here",
    "holds in part": "the claim holds in part: it lies close to the range, not in it",
    "fails": "the claim fails here",
}
_SHORT = "The orders are too short to see customers move between tiers. When to cut tiers anew is open."
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
    stable = findings["segments.retier_months"].value is not None
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
        Heading("Countries, products, months"),
        Para(_dimensions(findings)),
        FigureBlock("dimensions", (
            Column("dimension", "By"), Column("measure", "Measure"), Column("period", "Period"),
            Column("leaders", "Leaders", "count"), Column("value", "Value", "share"), Column("low", "Low", "share"),
            Column("high", "High", "share"),
        )),
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
        *_groups(findings),
        *_worth(findings),
        Heading("How long a tier stays right"),
        Para(_ageing(findings) if stable else _SHORT),
    ]
    if stable:
        blocks += [
            FigureBlock("moves", (
                Column("origin", "A month before"), Column("to", "Now"), Column("share", "Share", "share"),
                Column("low", "Low", "share"), Column("high", "High", "share"),
            )),
            Para(_season(findings)),
            FigureBlock("ageing", (
                Column("age_months", "Months since the cut", "months"), Column("share", "Outdated", "share"),
                Column("low", "Low", "share"), Column("high", "High", "share"),
                Column("ari", "Adjusted Rand index", "index"),
            )),
        ]
    blocks += _asset(findings)
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
            "The groups of behaviour rest on limits of ours, and who shares cannot be seen in orders. Nor can age, "
            "city or device: no personas were built.",
            "No incentive was tried on these customers. What a group is worth is money at stake and no forecast of "
            "what an incentive wins.",
            "The documents do not say how they measured value nor over what time; the comparison takes net sales "
            "over all "
            "full months.",
            "A tier cut at a share of customers cannot grow. A target for high-value users needs a threshold in money, "
            "fixed once (c12).",
        ),
    )

def _known(findings: Findings, name: str) -> bool:
    return findings[f"segments.{name}"].value is not None


def _groups(findings: Findings) -> list[Block]:
    """The groups of S0, told and measured."""
    def pair(name: str, group: str) -> str:
        if not _known(findings, f"group_{name}_users"):
            return f"{group[0].upper()}{group[1:]} cannot be told from these orders, or are too few to show. "
        return (
            f"{group[0].upper()}{group[1:]} are {n(f'segments.group_{name}_users', 'both')} of customers with "
            f"{n(f'segments.group_{name}_revenue', 'both')} of sales; S0 tells of {n(f'segments.told_{name}_users')} "
            f"with {n(f'segments.told_{name}_revenue')}. "
        )

    dormant = (
        f"Customers who have gone quiet for long are {n('segments.group_dormant_users', 'both')} and once brought "
        f"{n('segments.group_dormant_revenue', 'both')} of sales. "
        if _known(findings, "group_dormant_users") else
        "Dormant customers cannot be told from so short a time, or are too few to show. "
    )
    shares = tuple(Column(key, head, "share") for key, head in (
        ("told_users", "Customers, told"), ("users", "Measured"), ("users_low", "Low"), ("users_high", "High"),
        ("told_revenue", "Sales, told"), ("revenue", "Measured"), ("revenue_low", "Low"), ("revenue_high", "High"),
    ))
    return [
        Heading("Six groups of behaviour"),
        Para(
            f"S0 announces {n('segments.groups_announced')} groups and lists five; the sixth is read here as dormant. "
            f"Orders show {n('segments.groups_shown')} of them, by limits of ours. "
            f"{pair('high_value', 'high-value regulars')}{pair('impulse', 'impulse buyers')}"
            f"{pair('price_sensitive', 'price-sensitive customers')}{pair('new_explorer', 'new explorers')}{dormant}"
            f"Who shares is unknown: orders do not show it, and no reward for sharers can be sized until the platform "
            f"records it."
        ),
        FigureBlock("groups", (Column("group", "Group"), *shares)),
        Para(
            f"The shares told cannot all be right without overlap: those of users add up to "
            f"{n('segments.document_users_sum')}, those of revenue to {n('segments.document_revenue_sum')} (o01, o02). "
            f"Here {n('segments.groups_several')} of customers belong to more than one group and "
            f"{n('segments.groups_none')}, with {n('segments.groups_none_revenue')} of sales, to none. Of the "
            f"money spent, {n('segments.cheap_any', 'both')} went to lines under the product's usual price, "
            f"{n('segments.cheap_same', 'both')} if lines of about as many pieces are compared: the rest is a price "
            f"for volume, which makes nobody price-sensitive here."
        ),
        TableBlock(
            "groups_of_one", "The groups without overlap",
            "Each customer stands in one group: the first that fits of dormant, new explorer, high-value regular, "
            "price-sensitive, impulse. Shares add up to the whole.",
            (Column("group", "Group"), Column("customers", "Customers", "customers"),
             Column("users", "Share of customers", "share"), Column("users_low", "Low", "share"),
             Column("users_high", "High", "share"), Column("revenue", "Share of sales", "share"),
             Column("revenue_low", "Low", "share"), Column("revenue_high", "High", "share")),
        ),
    ]


def _worth(findings: Findings) -> list[Block]:
    """What incentives must win back."""
    def gain(name: str, text: str) -> str:
        return f"{text} {n(f'segments.{name}', 'both')} a year. " if _known(findings, name) else ""

    told = (
        gain("head_gain", "If bespoke service moved the head list as S2 claims, it would bring")
        + gain("service_gain", "Dedicated service for high-value regulars, as S3 claims it, would bring")
        + gain("vip_gain", "VIP service for them, as S1 claims it, would bring")
        + gain("points_gain", "Points for the nurture tier, as S2 claims them, would bring")
    )
    one = (
        f"One percent more orders of the high-value regulars bring {n('segments.one_percent_high_value', 'both')} of "
        f"margin a year; an incentive must cost less than that for each percent it wins. "
        if _known(findings, "one_percent_high_value") else ""
    )
    if not told + one:
        return [Heading("What a group is worth"), Para(
            "What a group brings in a year cannot be told from these orders, and no incentive was tried on it."
        )]
    return [
        Heading("What a group is worth"),
        Para(
            f"The documents name an incentive for some groups. None was tried here, so its effect is unknown; the "
            f"money at stake is not. {one}{told}These sums take the claims in full, overlap, and do not add up. "
            f"A test on some of the customers, before the rest, is the way to know."
        ),
        TableBlock(
            "policy", "Incentives by group, and what they must win back",
            "Told: effect as the document claims it. One percent more orders of the group, in a year's contribution "
            "margin with its range, and the same for one customer.",
            (Column("group", "Group"), Column("incentive", "Incentive"), Column("document", "Named in"),
             Column("told", "Told"), Column("customers", "Customers", "customers"),
             Column("one_percent", "One percent", "money"), Column("low", "Low", "money"),
             Column("high", "High", "money"), Column("each", "Each", "money")),
        ),
    ]


def _change(findings: Findings, name: str) -> str:
    """Whether a leading share has moved against the year before."""
    found = findings[f"segments.{name}_leading_change"]
    if found.value is None or found.low is None or found.high is None:
        return "two years to compare are not there"
    shown = n(f"segments.{name}_leading_change", "both")
    if found.low > 0 or found.high < 0:
        return f"{'more' if found.low > 0 else 'less'} than the year before, a change of {shown}"
    return f"no clear change on the year before, {shown}"


def _dimensions(findings: Findings) -> str:
    one_market = findings.value("segments.country_effective") < 2
    spread = findings.value("segments.product_leading") < findings.value("segments.country_leading") / 2
    everything = findings.value("segments.country_leading") > 0.9995
    countries = "All sales come from three countries or fewer." if everything else (
        f"{'Sales hang on one market: the' if one_market else 'The'} three leading countries hold "
        f"{n('segments.country_leading', 'both')} of sales, as concentrated as {n('segments.country_effective')} equal "
        f"countries would be; {_change(findings, 'country')}."
    )
    products = (
        f"No such dependence lies in the products: three of them hold {n('segments.product_leading', 'both')}; "
        f"{_change(findings, 'product')}." if spread else
        f"Three products hold {n('segments.product_leading', 'both')}; {_change(findings, 'product')}."
    )
    months = "" if findings.value("segments.month_leading") > 0.9995 else (
        f"The three strongest months of the year bring {n('segments.month_leading', 'both')}, where a quarter would be "
        f"even; {_change(findings, 'month')}. "
    )
    return (
        f"{countries} {products} {months}The documents' figures on head platforms speak "
        f"of traffic among platforms and cannot be tested on the orders of one."
    )


def _ageing(findings: Findings) -> str:
    over = findings.value("segments.outdated_1") > findings.value("segments.outdated_accepted")
    later = "".join(
        f", {words} {n(f'segments.outdated_{k}')}"
        for k, words in ((3, "after a quarter"), (6, "after half a year"), (12, "after a year"))
        if _known(findings, f"outdated_{k}")
    )
    rule = (
        f"Even a month is too long for the {n('segments.outdated_accepted')} that is accepted; tiers should be cut "
        f"anew each month, or with wider bounds."
        if over else
        f"To keep no more than {n('segments.outdated_accepted')} in an outdated tier, tiers should be cut anew after "
        f"{n('segments.retier_months')}."
    )
    kept = (
        f" Of the high tier {n('segments.high_kept', 'both')} stay there from one month to the next; "
        if _known(findings, "high_kept") else " "
    )
    start = (
        f"of new customers {n('segments.new_high', 'both')} start there." if _known(findings, "new_high") else ""
    )
    fast = _known(findings, "outdated_3") and (
        findings.value("segments.outdated_3") > findings.value("segments.outdated_accepted")
    )
    return (
        f"{'A tier ages fast. ' if fast else ''}A month after the cut {n('segments.outdated_1', 'both')} of customers "
        f"stand in the wrong one{later}. {rule}{kept}{start}".rstrip("; ").strip()
    )


def _season(findings: Findings) -> str:
    peak, limit = findings.value("segments.psi_peak"), findings.value("segments.psi_limit")
    if peak <= limit:
        return (
            f"The sub-classes hardly drift: by the rules of the first month the stability index stays at or under "
            f"{n('segments.psi_peak', 'both')}, inside the limit of {n('segments.psi_limit')}."
        )
    whole_years = findings.value("segments.psi_months") % 12 == 0
    back = findings.value("segments.psi_last") <= limit
    end = (
        f"By the last month it has come back to {n('segments.psi_last', 'both')}: the drift looks like season, for "
        f"the same rules fit again when the month returns." if whole_years and back else
        f"At the last month end it stands at {n('segments.psi_last', 'both')}."
    )
    return (
        f"The sub-classes move with the calendar. By the rules of the first month the stability index passes the limit "
        f"of {n('segments.psi_limit')} at {n('segments.psi_over')} of {n('segments.psi_months')} month ends, most in "
        f"{n('segments.psi_peak_month')} with {n('segments.psi_peak', 'both')}. {end} Most customers change tier in "
        f"{n('segments.moved_most_month')}: {n('segments.moved_most')}. What such moves cost, S2 claims; no campaign "
        f"here was aimed by class, so it is not tested."
    )


def _asset(findings: Findings) -> list[Block]:
    """The value score against what came."""
    heading = Heading("Does the past foretell the value")
    if not _known(findings, "asset_correlation"):
        return [heading, Para(
            "No score can be held against what came after it: the orders are too short, or nobody known before bought "
            "again. The claim of S2 stays untested."
        )]
    found = findings["segments.asset_correlation"]
    claimed = findings.value("segments.claimed_correlation")
    low, high = found.low or 0.0, found.high or 0.0
    standing = (
        "the claim holds here" if low <= claimed <= high else
        f"the claim fails here, the score does {'worse' if claimed > high else 'better'}"
    )
    return [
        heading,
        Para(
            f"S2 says that its economic score correlates by {n('segments.claimed_correlation')} with true value. A "
            f"score of recency, frequency and value, taken before the held-out months, correlates by "
            f"{n('segments.asset_correlation', 'both')} with what customers then bought; {standing}. Past value alone "
            f"reaches {n('segments.asset_past_value', 'both')}, the best weights tried "
            f"{n('segments.asset_best_weights')}: weights matter little. Still, the customers scored best, as many as "
            f"the high tier holds, brought {n('segments.asset_captured')} of later sales. The social and the emotional "
            f"dimension of S2 are unknown: no source holds shares, referrals or surveys."
        ),
        TableBlock(
            "asset", "Scores against later sales",
            "Correlation of each score, taken before the held-out months, with net sales in them; larger is better.",
            (Column("score", "Score"), Column("measure", "Correlation by"), Column("value", "Value", "index"),
             Column("low", "Low", "index"), Column("high", "High", "index")),
        ),
    ]
