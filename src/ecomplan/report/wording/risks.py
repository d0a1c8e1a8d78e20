"""The chapter on the register of risks."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """What can go wrong, told to a board."""
    largest = str(findings["risks.largest"].value)
    largest = largest[0].lower() + largest[1:]
    answer = (
        f"Of {n('risks.risks')} risks, {n('risks.act')} ask for action; together they cost "
        f"{n('risks.expected_loss', 'both')} in an average year, {n('risks.expected_loss_share')} of the margin."
    )
    return Chapter(
        stage="risks", title="The register of risks", answer=answer,
        blocks=(
            *_register(largest), *_stale(findings), *_matrix(findings), *_controls(findings), *_heat(findings),
            *_doses(findings), *_stress(findings),
        ),
        limits=(
            "No document gives a frequency and the orders record no incident. All frequencies except those of data "
            "leaks and of failing supply, parcels, payments and machines are judgements; an incident record of the "
            "platform would narrow the ranges most.",
            "How much of a risk past sales hold already is a judgement. It is taken off, so that ordinary disturbances "
            "do not count twice, in the forecast and here.",
            "How a risk falls on countries and product groups follows from one word in its entry, not from incidents "
            "that were seen there.",
            "The worth of a protective measure is the loss it avoids. New technology may also sell more, which is not "
            "counted here.",
        ),
    )


def _register(largest: str) -> list[Block]:
    return [
        Para(
            f"The register merges the lists of four planning documents. The size of {n('risks.risks_from_claims')} "
            f"risks comes from a document, of {n('risks.risks_from_models')} from a model of this plan, of "
            f"{n('risks.risks_from_judgement')} from judgement. The largest in an average year is: {largest}, with "
            f"{n('risks.largest_loss', 'both')}. The three core risks that the documents name (algorithm bias, data "
            f"security, swings of supply) make {n('risks.core_share')} of the whole. The losses chapter adds up bad "
            f"years; here stand the entries."
        ),
        TableBlock(
            "register_shown", "The largest risks",
            "Before controls. Chance of at least one event in the year, mean loss of one event, and both together a "
            "year. Owners, first hour, first day, grounds and dates stand in table register.",
            (Column("number", "No.", "count"), Column("name", "Risk"), Column("owner_role", "Owner"),
             Column("chance_before", "Chance", "probability"), Column("impact_before", "Loss if so", "money"),
             Column("expected_before", "A year", "money")), rows=16,
        ),
        TableBlock(
            "classes", "Classes", "Expected loss a year before controls, after them as believed, and as claimed.",
            (Column("class", "Class"), Column("risks", "Risks", "risks"),
             Column("expected_before", "Before", "money"), Column("expected_after", "Believed", "money"),
             Column("expected_claimed", "Claimed", "money")),
        ),
    ]


def _stale(findings: Findings) -> list[Block]:
    if findings.value("risks.stale") == 0:
        return [Heading("Stale entries"), Para("Every entry was reviewed within its time.")]
    first = str(findings["risks.stale_first"].value)
    return [
        Heading("Stale entries"),
        Para(
            f"The review of {n('risks.stale')} entries is overdue, the oldest by {n('risks.stale_days')}: "
            f"{first[0].lower() + first[1:]}. On overdue entries stands {n('risks.stale_share')} of the expected loss."
        ),
        TableBlock(
            "review", "Reviews, latest first", "Days late on the day of the check; each entry has its own clock.",
            (Column("name", "Risk"), Column("owner_role", "Owner"), Column("review_months", "Clock", "months"),
             Column("days_late", "Days late", "days")), rows=8,
        ),
    ]


def _matrix(findings: Findings) -> list[Block]:
    left, claimed = findings.value("risks.act_left"), findings.value("risks.act_left_claimed")
    moved = (
        f"Controls as believed bring {n('risks.act_left')} of those that ask for action out of these fields, controls "
        f"as claimed {n('risks.act_left_claimed')}."
        if claimed > left else
        f"Controls bring {n('risks.act_left')} of those that ask for action out of these fields, believed or as "
        f"claimed."
    )
    return [
        Heading("Chance by impact"),
        Para(
            f"{n('risks.act')} risks lie in fields that ask for action and {n('risks.watch')} in fields to be "
            f"watched. {moved}"
        ),
        FigureBlock("matrix", (
            Column("number", "No.", "count"), Column("name", "Risk"), Column("chance_before", "Chance", "probability"),
            Column("impact_before", "Mean loss", "money"), Column("priority_before", "Priority"),
            Column("priority_after", "After"),
        )),
    ]


def _controls(findings: Findings) -> list[Block]:
    blocks: list[Block] = [
        Heading("What controls take away, and what they cost"),
        Para(
            f"All controls of the plan cost {n('risks.controls_cost', 'both')} a year. They lower the expected loss "
            f"from {n('risks.expected_loss')} to {n('risks.expected_loss_after', 'both')}. Of {n('risks.controls')} "
            f"controls, {n('risks.controls_pay')} alone take away more than they cost in an average year; "
            f"{n('risks.uncontrolled')} risks have no control of the plan at all. The other controls must earn their "
            f"price in bad years, which the losses chapter weighs. A claimed effect is believed with a chance of "
            f"{n('risks.control_works')} and then in part."
        ),
    ]
    if findings["risks.spend_by_numbers"].value is not None:
        blocks.append(Para(
            f"A matrix of three levels is a poor guide for spending: in its order of priority a given budget removes "
            f"{n('risks.spend_by_levels', 'both')} of the loss that it could remove, by numbers "
            f"{n('risks.spend_by_numbers')}."
        ))
    blocks.append(TableBlock(
        "mitigation", "Mitigation matrix", "Each control on each risk, most loss removed first, as believed.",
        (Column("control_name", "Control"), Column("risk_name", "Risk"), Column("told", "Told", "share"),
         Column("believed", "Believed", "share"), Column("removed", "Removed", "money")), rows=10,
    ))
    blocks.append(TableBlock(
        "controls", "Controls, best worth first",
        "Each alone. Believed: mean reduction of the events or losses it acts on. Removed: expected loss a year less.",
        (Column("name", "Control"), Column("told", "Told", "share"), Column("believed", "Believed", "share"),
         Column("cost", "Cost a year", "money"), Column("removed", "Removed", "money"), Column("basis", "Ground")),
        rows=14,
    ))
    return blocks


def _heat(findings: Findings) -> list[Block]:
    line = str(findings["risks.worst_line"].value)
    return [
        Heading("Where and when"),
        Para(
            f"After controls, {n('risks.red_cells')} of the cells of the heat map are red and "
            f"{n('risks.yellow_cells')} yellow: there the expected loss exceeds {n('risks.red_limit')} or "
            f"{n('risks.yellow_limit')} of the margin of that line in that month. For its margin, {line} carries most, "
            f"{n('risks.worst_line_share')} over the year. Quiet months turn red because many risks do not rest while "
            f"sales do."
        ),
        FigureBlock("heat", (
            Column("line", "Business line"), Column("month", "Month", "month"),
            Column("expected_loss", "Expected loss", "money"), Column("share", "Of the margin", "share"),
            Column("level", "Level"), Column("largest", "Largest risk"),
        )),
    ]


def _doses(findings: Findings) -> list[Block]:
    full = findings.value("risks.dose_security_full")
    worth = (
        f"The full dose of security checks would cost more than it protects: its worth is "
        f"{n('risks.dose_security_full')} a year."
        if full < 0 else f"Even the full dose of security checks is worth {n('risks.dose_security_full')} a year."
    )
    return [
        Heading("Too much of a good thing"),
        Para(
            f"Measures that protect also drive buyers away. Of the dose whose harm the documents tell, "
            f"{n('risks.dose_security', 'both')} of security checks pays best, {n('risks.dose_technology', 'both')} of "
            f"forced technology and {n('risks.dose_updates', 'both')} of pushed updates. {worth}"
        ),
        FigureBlock("doses", (
            Column("measure", "Measure"), Column("reading", "Reading"), Column("dose", "Dose", "ratio"),
            Column("harm", "Margin lost", "money"), Column("protected", "Loss avoided", "money"),
            Column("net", "Worth", "money"),
        )),
    ]


def _stress(findings: Findings) -> list[Block]:
    hold = findings.value("risks.war_held") >= findings.value("risks.war_matched")
    advice = "Holding prices costs less than matching them" if hold else "Matching prices costs less than holding them"
    return [
        Heading("Stress cases"),
        Para(
            f"{advice}: a price war changes the year's margin by {n('risks.war_held', 'both')} with prices held, by "
            f"{n('risks.war_matched', 'both')} with prices matched. Demand that falls unexpectedly weighs "
            f"{n('risks.swing_down', 'both')}. A technology lock-out changes the margin by {n('risks.lockout')}, "
            f"closed user circles by {n('risks.circles')}, dearer packaging by {n('risks.packaging')} and later "
            f"deliveries by {n('risks.delay')}, with {n('risks.delay_late')} of orders beyond their promised day."
        ),
        FigureBlock("stress", (
            Column("name", "Case"), Column("sales", "Sales", "share"), Column("margin", "Margin", "share"),
            Column("margin_low", "1 in 10 below", "share"), Column("margin_high", "1 in 10 above", "share"),
            Column("late", "Orders late", "share"),
        )),
    ]
