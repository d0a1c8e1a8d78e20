"""How the report tells the stage `prepare`."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """The data behind the plan: what came in, what was taken out and why, what is left."""
    return Chapter(
        stage="prepare",
        title="The orders behind the plan",
        answer=(
            f"The plan rests on {n('prepare.kept_lines')} order lines of {n('prepare.customers')} named customers over "
            f"{n('prepare.full_months')}; in the last full year goods worth {n('prepare.sales_last12')} were sold and "
            f"{n('prepare.return_share_last12')} of that was taken back."
        ),
        blocks=(
            Heading("What came in"),
            Para(
                f"The raw file holds {n('prepare.raw_lines')} lines with {n('prepare.raw_orders')} order numbers and "
                f"{n('prepare.raw_customers')} customers in {n('prepare.countries')} countries. {_shift(findings)} The "
                f"full months begin on {n('prepare.first_full_month')}; the data end on {n('prepare.last_day')}, and "
                f"what lies after the last full month counts for customers, not for months."
            ),
            Heading("What was taken out, and why"),
            Para(
                f"Every raw line ends under exactly one named rule, and rows and money by rule add up to the raw file "
                f"to the penny. {_doubled(findings)} In all {n('prepare.dropped_share')} of the raw lines are dropped. "
                f"Fees and corrections are kept, but they are no sales of goods."
            ),
            FigureBlock("bridge", (
                Column("step", "Step"), Column("amount", "Amount", "money"), Column("end", "Total after it", "money"),
            )),
            TableBlock(
                "rules", "Cleaning rules, in the order in which they apply",
                "The first rule that fits a line takes it. Money is quantity times price, returns below zero.",
                (
                    Column("rule", "Rule"), Column("effect", "Becomes"), Column("rows", "Lines", "lines"),
                    Column("revenue", "Money", "money"), Column("reason", "Reason"),
                ),
            ),
            Heading("What is sold and taken back"),
            Para(
                f"Net goods sales in the last full year are {n('prepare.net_sales_last12')}. Goods taken back are "
                f"{n('prepare.return_share_last12', 'both')} of goods sold; the range comes from leaving out one month "
                f"at a time. {_largest(findings)} For {n('prepare.matched_returns_share')} of the return lines the "
                f"sale was found, and they hold {n('prepare.matched_returns_value_share')} of the money taken back."
            ),
            FigureBlock("months", (
                Column("month", "Month", "month"), Column("sales", "Goods sold", "money"),
                Column("returns", "Taken back", "money"), Column("return_share", "Share taken back", "share"),
            )),
            TableBlock(
                "countries", "Goods sold by country",
                "Customers are the named ones. Countries with too few of them to be shown stand together.",
                (
                    Column("country", "Country"), Column("customers", "Customers", "customers"),
                    Column("orders", "Orders", "orders"), Column("sales", "Goods sold", "money"),
                    Column("share", "Share of goods sold", "share"),
                ),
            ),
            Heading("How far the lines can be trusted"),
            Para(_quality(findings)),
        ),
        limits=(
            "The orders say what was invoiced. They hold no visits, no abandoned baskets, no stock and no cost.",
            f"Lines without a customer are {n('prepare.unnamed_sales_share')} of goods sold. Every figure on customers "
            f"is a figure on named customers.",
            f"A return looks for its sale {n('prepare.match_window_days')} back and is matched to one sale at most; a "
            f"return that covers several sales stays unmatched.",
            "Figures by month book a return when it is entered, so a late return lowers a later month.",
        ),
    )


def _shift(findings: Findings) -> str:
    if findings.value("prepare.shift_years") == 0:
        return "Dates are as the source has them."
    return (
        f"Every date was moved by {n('prepare.shift_years')}, so that the plan year is the year after the data; months "
        f"keep their season, weekdays and moving feasts do not."
    )


def _doubled(findings: Findings) -> str:
    if findings.value("prepare.doubled_lines") == 0:
        return "No line stands in the raw file twice because extracts overlap."
    return (
        f"The raw file joins two extracts that overlap by some days: {n('prepare.doubled_lines')} stand in it twice, "
        f"and left in they would have made one month look far better than it was."
    )


def _largest(findings: Findings) -> str:
    largest = findings.value("prepare.largest_return_last12")
    total = findings.value("prepare.returns_last12")
    if total == 0 or largest < total / 10:
        return "No single line makes up much of it."
    return f"A single line of {n('prepare.largest_return_last12')} makes up a good part of it."


def _quality(findings: Findings) -> str:
    gate = findings["prepare.history_gate"].value
    history = {
        "PASS": "The history is long enough to have seen every season at least twice.",
        "REVIEW": "The history has not seen every season twice, so the season in the forecast is uncertain.",
        "FAIL": "The history is shorter than a year: the season cannot be known.",
    }[str(gate)]
    return (
        f"{n('prepare.sound_share')} of the raw lines stand as they are: neither doubled, nor without a price, nor a "
        f"correction. {n('prepare.complete_share')} of the goods lines name customer, product and country; "
        f"{n('prepare.unnamed_line_share')} name no customer. {history} {n('prepare.repeated_lines')} lines "
        f"repeat another line of their order; they are kept, because one product may well be scanned twice."
    )
