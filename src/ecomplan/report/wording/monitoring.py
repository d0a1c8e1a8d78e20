"""The chapter on alarms: how often the rules speak, what they find, what an alarm should start."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """The monitor, told to a board."""
    blocks: list[Block] = [
        *_often(findings), *_finds(findings), *_starts(findings), *_returns(findings), *_missing(findings),
    ]
    recall = findings["monitoring.recall"].value
    found = (
        f"find {n('monitoring.recall', 'both')} of planted incidents at {n('monitoring.false_alarms')} false alarms a "
        f"month" if recall is not None else "could not be tried on planted incidents, because none could be planted"
    )
    return Chapter(
        stage="monitoring", title="Alarms on the order stream",
        answer=f"Rules that see only the past, with limits set on the platform's own first months, {found}.",
        blocks=tuple(blocks),
        limits=(
            "Nobody recorded which real orders were fraud. What the rules find is counted on planted incidents whose "
            "sizes are assumed; a thief who knows the limits stays below them.",
            "Only the limits were set on the first months alone. The form of the rules and the number of alarms wanted "
            "were settled with the whole stream and planted incidents in view, so that what is told here flatters "
            "them: another year may bring more false alarms and miss more.",
            "Closed days are taken as announced, and countries stand in for channels, price bands for product groups.",
            "How often fraud comes is assumed as a wide range; the gain of a tier hangs on it.",
        ),
    )


def _often(findings: Findings) -> list[Block]:
    later, wanted = findings.value("monitoring.alarms_later"), findings.value("monitoring.alarms_wanted")
    check = "fewer than" if later < wanted else "more than"
    told = (
        f"The told rule on payments alone, at its told multiple of a customer's own mean, would raise "
        f"{n('monitoring.payment_told')} alarms a month. A multiple of {n('monitoring.payment_limit')} keeps to the "
        f"rule's part of the wanted alarms. "
        if findings["monitoring.payment_told"].value is not None else ""
    )
    return [
        Heading("How often the rules speak"),
        Para(
            f"{n('monitoring.rules_watched')} of {n('monitoring.rules')} rules are fed by the platform's orders. Their "
            f"limits are set so that together they raise {n('monitoring.alarms_wanted')} alarms a month on normal "
            f"days. In the months after they raised {n('monitoring.alarms_later', 'both')}, {check} wanted; all of "
            f"them are counted as false. {told}"
        ),
        FigureBlock("calendar", (
            Column("time", "Time"), Column("name", "Rule"), Column("level", "Colour"), Column("receiver", "Receiver"),
            Column("tier", "Tier"), Column("value", "Value", "ratio"),
        )),
        Para(
            f"{n('monitoring.alarms_red')} of {n('monitoring.alarms')} alarms are red and "
            f"{n('monitoring.alarms_yellow')} yellow. Each goes to its receiver with the action it starts, as a line "
            f"of an alert file that names no customer. Alarms of the last thirty days started "
            f"{n('monitoring.open_tasks')} tasks."
        ),
        TableBlock(
            "rules", "Rules and their limits",
            "Alarms a month: wanted of the rule, and seen in the months after its limit was set, at the limit in use "
            "and at the told one. Empty: no limit is told, or no data.",
            (Column("name", "Rule"), Column("limit_used", "Limit", "ratio"), Column("limit_told", "Told", "ratio"),
             Column("expected_a_month", "Wanted", "ratio"), Column("later_a_month", "Seen", "ratio"),
             Column("told_a_month", "At the told", "ratio")), rows=12,
        ),
    ]


def _finds(findings: Findings) -> list[Block]:
    head: list[Block] = [Heading("What they find")]
    if findings["monitoring.recall"].value is None:
        return [*head, Para("No incident could be planted into this stream.")]
    gate = str(findings["monitoring.goal"].value)
    goal = {
        "PASS": "Both goals are met, their ranges included",
        "REVIEW": "Both goals are met as estimated; their ranges reach beyond them",
        "FAIL": "At least one of the goals is missed",
    }[gate]
    sizes = "".join(
        text for name, text in (
            ("size_takeover", f"a taken-over account from {n('monitoring.size_takeover')} orders within an hour on, "),
            ("size_refunds", f"a wave of returns from {n('monitoring.size_refunds')} times a usual day's on, "),
            ("size_stop", f"a stop of the shop from {n('monitoring.size_stop')} lost orders on, "),
        ) if findings[f"monitoring.{name}"].value is not None
    ).rstrip(", ")
    from_on = f" The goal's share is found of: {sizes}." if sizes else ""
    blocks: list[Block] = [
        *head,
        Para(
            f"{n('monitoring.planted')} incidents of five kinds were planted into the checked months, at places and "
            f"sizes drawn at random. The goal is to find {n('monitoring.recall_goal')} with at most "
            f"{n('monitoring.false_goal')} false alarms a month. {goal}.{from_on}"
        ),
        FigureBlock("found", (
            Column("name", "Incident"), Column("incidents", "Planted", "count"), Column("recall", "Found", "share"),
            Column("delay_hours", "Hours", "ratio"), Column("size_found", "Size found", "ratio"),
            Column("size_unit", "Unit of size"),
        )),
    ]
    if findings["monitoring.takeover_told"].value is not None:
        blocks.append(Para(
            f"The told payment rule alone, at its told limit, finds {n('monitoring.takeover_told', 'both')} of the "
            f"taken-over accounts, all rules {n('monitoring.recall_takeover', 'both')}: a thief who orders at the "
            f"account's own scale stays below any multiple of its mean, but not below its pace."
            if findings.value("monitoring.takeover_told") < findings.value("monitoring.recall_takeover") else
            f"The told payment rule alone, at its told limit, finds {n('monitoring.takeover_told', 'both')} of the "
            f"taken-over accounts, all rules {n('monitoring.recall_takeover', 'both')}."
        ))
    return blocks


def _starts(findings: Findings) -> list[Block]:
    head: list[Block] = [Heading("What an alarm should start")]
    tier = findings["monitoring.best_tier"]
    if tier.value is None:
        return [*head, Para(f"{tier.unknown}.")]
    name = str(tier.value)
    looser = findings.value("monitoring.best_factor") > 1
    advice = (
        "For orders that are only read before they leave, the limits in use are too strict: a reading costs little, a "
        "missed wave much. The goal on false alarms suits alarms that block or wake somebody. "
        if looser else "Looser limits would not pay. "
    )
    return [
        *head,
        Para(
            f"{name} gains most, {n('monitoring.best_net', 'both')} a month, at {n('monitoring.best_factor')} times "
            f"the alarms in use, which flags {n('monitoring.best_flagged')} good orders a month. {advice}It changes "
            f"the loss from planted fraud by {n('monitoring.loss_change', 'both')}."
        ),
        FigureBlock("tiers", (
            Column("name", "Tier"), Column("factor", "Alarms over those in use", "ratio"),
            Column("flagged_a_month", "Good orders flagged", "ratio"), Column("prevented", "Prevented", "money"),
            Column("cost", "Cost", "money"), Column("net", "Net", "money"),
        )),
        Para(
            f"At the limits in use, blocking gains {n('monitoring.net_block', 'both')} a month, reviews "
            f"{n('monitoring.net_review', 'both')} and closing sign-up {n('monitoring.net_close', 'both')}."
        ),
    ]


def _returns(findings: Findings) -> list[Block]:
    head: list[Block] = [Heading("Returns under control")]
    if findings["monitoring.return_share"].value is None:
        return [*head, Para(f"{findings['monitoring.return_share'].unknown}.")]
    weeks = findings.value("monitoring.return_weeks")
    text = (
        f"In a mean month of the last year {n('monitoring.return_share', 'both')} of sales came back, far below both "
        f"told rates: an alarm at either would never speak. The shop's own past gives a limit that does: "
        f"{n('monitoring.return_weeks')} weeks pass it."
        if findings.value("monitoring.return_share") < 0.1 else
        f"In a mean month of the last year {n('monitoring.return_share', 'both')} of sales came back. Against the "
        f"shop's own past {n('monitoring.return_weeks')} weeks pass the limit."
    )
    if weeks == 0:
        text += " No week stands out."
    return [*head, Para(text), FigureBlock("returns", (
        Column("week", "Week"), Column("band", "Unit price"), Column("rate", "Returned", "share"),
        Column("centre", "Past mean", "share"), Column("upper", "Limit", "share"),
    ))]


def _missing(findings: Findings) -> list[Block]:
    month = findings["monitoring.lost_month"].value
    lost = (
        f" Read as a month, the told trigger on lost customers speaks nearly always: "
        f"{n('monitoring.lost_month')} are lost in four weeks. While few months are known to set a limit on, it opens "
        f"a task but raises no alarm."
        if month is not None and float(month) > 0.03 else ""
    )
    return [
        Heading("Each metric, its goal and its action"),
        Para(
            f"{n('monitoring.rules_no_data')} rules have no data: response times, fraud of payment channels, spend on "
            f"winning customers, visits. They stand in the file with their told limits and start to work when a stage "
            f"gives the metric.{lost}"
        ),
        TableBlock(
            "goals", "Goals and actions", "Open: tasks that alarms of the last thirty days started.",
            (Column("name", "Metric"), Column("goal", "Goal"), Column("action", "Action"), Column("owner", "Owner"),
             Column("open_tasks", "Open", "count"), Column("state", "State")), rows=12,
        ),
    ]
