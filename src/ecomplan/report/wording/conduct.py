"""The chapter on fair conduct: prices, promotions, messages, reviews, duties."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

LARGE = 0.05  # share of the price from which a gap is told as a price list of its own

_CHANNEL = (
    "No order says by which channel or price list it came. That orders without a name are a trade of their own, with "
    "another price list or with tax in the price, is a guess that the owner of the orders can check."
)


def chapter(findings: Findings) -> Chapter:
    """Are like customers treated alike, told to a board."""
    return Chapter(
        stage="conduct", title="Are like customers treated alike?", answer=_answer(findings),
        blocks=(*_prices(findings), *_steady(findings), *_promotions(findings), *_contacts(findings),
                *_reviews(), *_duties(findings)),
        limits=(
            "Prices that were offered and not taken, and customers who were turned away, are in no order. A refusal "
            "to sell leaves no trace here.",
            *(() if findings["conduct.gap_unnamed"].value is None else (_CHANNEL,)),
            "Promotions, messages and reviews are in no source. What is said of them rests on made-up rules and on "
            "assumptions, and shows the method rather than this platform's state.",
            "The laws and rule sets that the documents count are not named in their figures, so that nobody can say "
            "from here whether they are kept.",
        ),
    )


def _answer(findings: Findings) -> str:
    if not findings.value("conduct.tested_customers"):
        return "The orders cannot say: no product was bought by enough customers of two groups at the same time."
    flagged = findings.value("conduct.flagged_customers")
    named = (
        f"Yes, among customers with a name: of {n('conduct.tested_customers')} products none shows a price gap of note"
        if not flagged else
        f"Not always: {n('conduct.flagged_customers')} of {n('conduct.tested_customers')} products show a price gap "
        f"between like customers"
    )
    gap = findings["conduct.gap_unnamed"].value
    if isinstance(gap, float) and abs(gap) >= LARGE:
        way = "more" if gap > 0 else "less"
        link = "; but" if not flagged else ", and"
        return f"{named}{link} orders without a name pay {n('conduct.gap_unnamed', 'both')} {way} for the same product."
    return f"{named}."


def _prices(findings: Findings) -> list[Block]:
    known = [
        (name, key) for name, key in (
            ("new against returning customers", "gap_new"), ("high spenders against others", "gap_high"),
            ("customers abroad against the home country", "gap_abroad"),
        ) if findings[f"conduct.{key}"].value is not None
    ]
    gaps = "; ".join(f"{name} {n(f'conduct.{key}', 'both')}" for name, key in known)
    told = (
        f"Buyers of the same product in the same days, country and quantity paid these gaps: {gaps}. " if known else
        "No two groups of customers bought the same product in the same days and quantity. "
    )
    blocks: list[Block] = [
        Heading("Like prices for like customers"),
        Para(told + "A country is a lawful ground for another price; the others are not."),
        FigureBlock("gaps", (Column("comparison", "Comparison"), Column("step", "Held equal"),
                             Column("gap", "Gap", "share"), Column("low", "Low", "share"),
                             Column("high", "High", "share"))),
    ]
    if findings["conduct.gap_unnamed"].value is not None:
        blocks.append(Para(
            f"Orders without a customer's name hold {n('conduct.unnamed_sales_share')} of sales. Against others their "
            f"gap is {n('conduct.gap_unnamed', 'both')}, and on the same day at the same quantity "
            f"{n('conduct.gap_unnamed_tight')}, so that neither bulk nor the day explains it. "
            f"{n('conduct.flagged_unnamed_share')} of the products compared are flagged. The owner of the orders has "
            f"to say whether this is a price list of its own, and whether those customers know."
        ))
    blocks.append(TableBlock(
        "comparisons", "Products compared and flagged",
        "Flagged: a gap beyond chance, with wrong flags controlled. Of note: large enough for a look. Remains: the gap "
        "is still there on the same day at the same quantity.",
        (Column("comparison", "Comparison"), Column("tested", "Compared", "products"),
         Column("flagged", "Flagged", "products"), Column("material", "Of note", "products"),
         Column("remains", "Remains", "products")),
    ))
    if findings["conduct.power_low"].value is not None:
        blocks += [
            Para(
                f"Would the monitor see it? Where a gap of {n('conduct.planted_low')} was planted in the platform's "
                f"own prices, {n('conduct.power_low', 'both')} of the products were found; at "
                f"{n('conduct.planted_high')}, {n('conduct.power_high', 'both')}. Where groups were drawn by lot, "
                f"{n('conduct.test_size')} of the single tests fell below the level of {n('conduct.level')}."
            ),
            FigureBlock("power", (Column("gap", "Planted gap", "share"), Column("planted", "Planted", "products"),
                                  Column("found", "Found", "products"), Column("power", "Share found", "share"),
                                  Column("wrong_share", "Wrong flags", "share"))),
        ]
    return blocks


def _steady(findings: Findings) -> list[Block]:
    blocks: list[Block] = [Heading("Steady and like prices")]
    if findings["conduct.volatility"].value is not None:
        blocks.append(Para(
            f"The middle product's weekly price varies by {n('conduct.volatility', 'both')}; "
            f"{n('conduct.steady_share', 'both')} of the products stay within the documents' "
            f"{n('conduct.volatility_limit')}."
        ))
    else:
        blocks.append(Para("No product sold in enough weeks for its price to be followed."))
    parts = []
    if findings["conduct.alike_countries"].value is not None:
        parts.append(f"between the home country and others in {n('conduct.alike_countries', 'both')} of comparisons")
    if findings["conduct.alike_names"].value is not None:
        parts.append(f"between orders with and without a name in {n('conduct.alike_names', 'both')}")
    if parts:
        blocks += [
            Para(f"Prices are alike {' and '.join(parts)}. The documents tell of {n('conduct.alike_told')}, of a whole "
                 f"experience; prices are all that can be compared here."),
            TableBlock(
                "channels", "Prices against those of named customers at home",
                "Comparisons: the same product, days and like quantity. Alike: within the tolerance of each other.",
                (Column("channel", "Channel"), Column("cells", "Comparisons", "count"),
                 Column("alike", "Alike", "share"), Column("low", "Low", "share"), Column("high", "High", "share"),
                 Column("gap", "Mean gap", "share")), rows=20,
            ),
        ]
    return blocks


def _promotions(findings: Findings) -> list[Block]:
    ready = findings["conduct.gate_mended"].value == "PASS"
    mended = (
        f"The mended set shows no violation and gives away {n('conduct.exploited_mended')} beyond what is meant"
        if ready else
        f"The mended set still shows {n('conduct.violations_mended')} kinds of violation and must not be launched"
    )
    drafted = (
        f"As drafted, {n('conduct.below_cost_drafted', 'both')} of the orders tried can be bought below cost, and "
        f"{n('conduct.exploited_drafted', 'both')} of the list price can be taken beyond what the rules mean"
    )
    return [
        Heading("Promotion rules before launch"),
        Para(
            f"{drafted}. {mended}: coupons and rewards once for each customer, thresholds judged after discounts, "
            f"refunds of what was paid, a cap on all advantages together. If few customers exploit the drafted rules, "
            f"{n('conduct.promo_days')} days cost {n('conduct.promo_loss_drafted', 'both')}; the mended ones "
            f"{n('conduct.promo_loss_mended', 'both')}."
        ),
        FigureBlock("promotions"),
        TableBlock(
            "violations", "What the search found",
            "Worst: the largest loss in one order, or the gain of one turn where a rule can be used without end.",
            (Column("rule_set", "Rules"), Column("violation", "Violation"), Column("cases", "Cases", "count"),
             Column("worst", "Worst", "money"), Column("status", "Check", "status")),
        ),
        Para(
            f"A badly set rule brings complaints. As the documents tell it, {n('conduct.complaints_claimed')} more "
            f"while the promotion runs; as believed, {n('conduct.complaints_believed')}. The usual number of "
            f"complaints is assumed, because no source holds any."
        ),
    ]


def _contacts(findings: Findings) -> list[Block]:
    cap, told = findings.value("conduct.contact_cap"), findings.value("conduct.contact_cap_told")
    against = (
        f"The documents' own cap of {n('conduct.contact_cap_told')} lies above it; keeping to the lower one would be "
        f"worth {n('conduct.cap_worth', 'both')} a year" if told > cap else
        f"The documents' own cap of {n('conduct.contact_cap_told')} lies below it"
    )
    return [
        Heading("Messages and trust"),
        Para(
            f"On assumptions alone, one more message costs more than it brings beyond "
            f"{n('conduct.contact_cap', 'both')} messages a month and customer; with the harm as told, beyond "
            f"{n('conduct.contact_cap_claimed')}. {against}. A test with fewer messages for a part of the customers "
            f"would replace the assumptions."
        ),
        FigureBlock("trust"),
    ]


def _reviews() -> list[Block]:
    return [
        Heading("Reviews"),
        Para(
            f"On made-up reviews, of which {n('conduct.reviews_checked')} are checked by hand, both tracks together "
            f"find {n('conduct.fakes_found', 'both')} of the fakes; a random sample of the same size finds "
            f"{n('conduct.fakes_found_random')}, the most suspicious alone {n('conduct.fakes_found_suspicious')}. The "
            f"random track costs some finds and pays for it: it alone says how many fakes there are, with an error "
            f"of {n('conduct.fake_share_error')}. Of a thousand genuine reviews "
            f"{n('conduct.wrongly_accused')} are accused."
        ),
    ]


def _duties(findings: Findings) -> list[Block]:
    pays = findings.value("conduct.compliance_share_best") > 0
    spend = (
        f"costs least at {n('conduct.compliance_share_best', 'both')} of sales" if pays else
        f"does not pay by these losses alone: they would have to exceed {n('conduct.compliance_loss_needed')} a year, "
        f"or {n('conduct.compliance_loss_needed_claimed')} with the effect as claimed. Keeping the law is no matter of "
        f"choice; the figure says only that the documents' budget is no guide"
    )
    return [
        Heading("Duties and their cost"),
        Para(
            f"The documents count {n('conduct.laws')} laws and {n('conduct.rule_books')} rule sets; all but "
            f"{'one' if findings.value('conduct.laws') - findings.value('conduct.laws_unnamed') == 1 else 'a few'} of "
            f"the laws stay unnamed. Of the {n('conduct.duties')} duties that their figures speak of, this project "
            f"keeps {n('conduct.duties_kept')} in some respect, {n('conduct.duties_part')} in part, and "
            f"{n('conduct.duties_none')} not at all."
        ),
        TableBlock(
            "duties", "Duties and where they are looked after",
            "Dimensions as the documents have them. Kept: done in this project at every run.",
            (Column("duty", "Duty"), Column("rules", "Rules"), Column("process", "Process"),
             Column("technology", "Technology"), Column("training", "Training")),
        ),
        Para(
            f"Too little compliance would cost {n('conduct.compliance_loss', 'both')} a year at this platform's size. "
            f"The documents' {n('conduct.compliance_share_told')} of sales would bring the whole to "
            f"{n('conduct.compliance_cost_told')}. Spending on compliance {spend}. The other limit of the documents, a "
            f"share of the marketing budget, is {n('conduct.compliance_cap_marketing', 'both')} a year."
        ),
    ]
