"""The chapter on early warning, deviations from plan and what explains them."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def _known(findings: Findings, name: str) -> bool:
    return findings[f"watch.{name}"].value is not None


def chapter(findings: Findings) -> Chapter:
    """Early warning, told to a board."""
    if _known(findings, "end_recall_in_time"):
        answer = (
            f"Of the days that end abnormal, {n('watch.end_recall_in_time')} can be told at least "
            f"{n('watch.lead_told')} ahead from orders alone, and {n('watch.planted_recall')} of incidents "
            f"planted at random are found, with {n('watch.false_seen')} false warnings a month."
        )
    else:
        answer = (
            f"No day on record ended abnormal; of incidents planted at random {n('watch.planted_recall')} are found, "
            f"with {n('watch.false_seen')} false warnings a month."
        )
    return Chapter(
        stage="watch", title="Seeing it early", answer=answer,
        blocks=(
            *_day(findings), *_planted(findings), *_visits(findings), *_lasting(findings), *_drop(findings),
            *_levels(findings), *_gate(findings), *_cards(findings),
        ),
        limits=(
            "Warnings rest on orders alone. Response times and payment errors would show a fault sooner, and are not "
            "in these data. A closed day cannot be told from a shop that stood still.",
            "Nobody recorded what went wrong on which day. Real warnings are judged by how the day ended; planted "
            "incidents have sizes that were chosen.",
            "The drill names groups and factors, not reasons.",
            "The accepted false alarms hold as long as days are like those before them. The settings of the test were "
            "chosen on these same days, so that what it finds here flatters it a little.",
        ),
    )


def _day(findings: Findings) -> list[Block]:
    if not _known(findings, "end_recall"):
        told = "No judged day ended outside its limits, so that there was nothing to warn of."
    else:
        told = (
            f"In the replay of {n('watch.days_judged')} days, {n('watch.abnormal_days')} ended abnormal. Of these "
            f"{n('watch.end_recall', 'both')} were warned of before their end was plain, and "
            f"{n('watch.end_precision', 'both')} of the warnings were right."
        )
        if _known(findings, "lead_minutes"):
            told += (
                f" The typical warning came {n('watch.lead_minutes')} ahead, most of them "
                f"{n('watch.lead_minutes', 'range')}; the document tells {n('watch.lead_told')}."
            )
    return [
        Para(told),
        FigureBlock("day_as_it_runs", (
            Column("minute", "Minute", "count"), Column("orders", "Orders", "count"),
            Column("expected", "Expected", "count"), Column("chance", "Chance of abnormal end", "probability"),
        )),
        Para(
            f"What a day should bring is known from the days before it alone, and is off by "
            f"{n('watch.day_error')} on average. The limits are set so that all tests of a day together raise "
            f"{n('watch.false_accepted')} false warnings a month; {n('watch.false_seen', 'both')} were seen."
        ),
    ]


def _planted(findings: Findings) -> list[Block]:
    large = (
        f" Of those that moved ten orders or more, {n('watch.planted_recall_large', 'both')} were found."
        if _known(findings, "planted_recall_large") else ""
    )
    drop = (
        f" A fault is found nine times in ten once it costs {n('watch.planted_drop_size')}."
        if _known(findings, "planted_drop_size") else " No fault that was planted is large enough to be found nine "
        "times in ten."
    )
    delay = (
        f" It takes {n('watch.planted_delay')}, and {n('watch.look_delay_hourly')} with one look an hour."
        if _known(findings, "planted_delay") and _known(findings, "look_delay_hourly") else ""
    )
    return [
        Heading("How small an incident can be seen"),
        Para(f"{n('watch.planted_recall', 'both')} of all planted incidents were found.{large}{drop}{delay}"),
        TableBlock(
            "planted", "Planted incidents", "Orders: expected orders lost or added. Range: eighty percent.",
            (Column("kind", "Incident"), Column("orders", "Orders"), Column("incidents", "Planted", "count"),
             Column("recall", "Found", "share"), Column("recall_low", "From", "share"),
             Column("recall_high", "To", "share")),
        ),
    ]


def _visits(findings: Findings) -> list[Block]:
    if not _known(findings, "visit_recall"):
        return [Para("The click log of another shop holds no dated fault after the stretch that is learnt from.")]
    delay = f" after {n('watch.visit_delay')}" if _known(findings, "visit_delay") else ""
    precise = (
        f" Of the episodes of alarms, {n('watch.visit_precision')} belong to a fault."
        if _known(findings, "visit_precision") else ""
    )
    return [Para(
        f"Where single steps of a visit are recorded, as in another shop's synthetic log, {n('watch.visit_recall')} "
        f"of the dated faults are found{delay}.{precise}"
    )]


def _lasting(findings: Findings) -> list[Block]:
    found = (
        f"Afterwards, {n('watch.changes_found')} lasting changes against the year before are found in four series, "
        f"at a chance of {n('watch.change_false_chance')} a series to find one where there is none."
        if _known(findings, "changes_found") else
        "The history is too short to look for lasting changes against the year before."
    )
    return [
        Heading("How soon a lasting shift is seen"),
        Para(
            f"A weekly review sees a shift of daily orders after {n('watch.delay_weekly', 'both')}, a daily running "
            f"sum after {n('watch.delay_daily', 'both')}, with the same false alarms. The document tells "
            f"{n('watch.delay_told')}: {n('watch.delay_within_told')} of the shifts are seen within two days. {found}"
        ),
        FigureBlock("delay", (
            Column("method", "Way of looking"), Column("false_a_month", "False alarms a month", "ratio"),
            Column("delay_days", "Median delay", "days"), Column("within_2", "Within two days", "share"),
            Column("within_7", "Within seven days", "share"),
        )),
    ]


def _drop(findings: Findings) -> list[Block]:
    if not _known(findings, "drop_change"):
        return [Heading("A drop taken apart"),
                Para("The history holds no month with the same month of the year before.")]
    move = "fell" if findings.value("watch.drop_change") < 0 else "rose least"
    factor = (
        f" By factor, {n('watch.drop_factor')} moved it most; {n('watch.drop_look')}."
        if _known(findings, "drop_factor") else ""
    )
    parts = (
        f" The number of orders accounts for {n('watch.drop_orders')}, goods sent back for {n('watch.drop_returns')}."
        if _known(findings, "drop_orders") else ""
    )
    named = (
        f" The drill names: {n('watch.drop_named')}. Its first step explains {n('watch.drop_first_part')} of the "
        f"change." if _known(findings, "drop_first_part") else
        " No group explains the change better than all of them together."
    )
    sure = (
        f" Of causes planted at random it names {n('watch.drill_rate', 'both')} first, a blind guess "
        f"{n('watch.drill_blind')}." if _known(findings, "drill_rate") else ""
    )
    return [
        Heading("A drop taken apart"),
        Para(
            f"Net sales {move} most in {n('watch.drop_month')}, by {n('watch.drop_change')} against the year before."
            f"{parts}{factor}{named}{sure}"
        ),
        FigureBlock("waterfall", (Column("name", "Group"), Column("amount", "Change", "money"))),
        TableBlock(
            "factors", "The same change by factor", "The contributions add up to the change exactly.",
            (Column("factor", "Factor"), Column("before", "Before", "ratio"), Column("after", "After", "ratio"),
             Column("contribution", "Contribution", "money"), Column("look", "Look first")),
        ),
    ]


def _levels(findings: Findings) -> list[Block]:
    if not _known(findings, "level1_chance"):
        return [Heading("Levels of deviation"),
                Para("The forecast was tried on too few months to know how often a level is passed by chance.")]
    return [
        Heading("Levels of deviation"),
        Para(
            f"The documents' levels are too tight for this forecast. Sales of a month pass the first level with a "
            f"chance of {n('watch.level1_chance', 'both')} though nothing is wrong, the second with "
            f"{n('watch.level2_chance')}, the third with {n('watch.level3_chance')}. A level that is "
            f"passed by chance once a year would be {n('watch.level_needed')}."
            if findings.value("watch.level2_chance") > 1 / 12 else
            f"Sales of a month pass the first level with a chance of {n('watch.level1_chance', 'both')} though nothing "
            f"is wrong, the second with {n('watch.level2_chance')}, the third with {n('watch.level3_chance')}."
        ),
        FigureBlock("deviations", (
            Column("month", "Month", "month"), Column("series", "Series"), Column("deviation", "Deviation", "share"),
            Column("colour", "Level"),
        )),
        Para(
            f"In the last month sales stood {n('watch.level_last_deviation')} off the forecast, level: "
            f"{n('watch.level_last')}. With three series watched, at least one passes the first level in a month "
            f"with a chance of {n('watch.level_any')}, were they independent."
        ),
    ]


def _gate(findings: Findings) -> list[Block]:
    if not _known(findings, "gate_passed"):
        return []
    return [
        Heading("What a person should look at"),
        Para(
            f"Judged at a fixed hour, {n('watch.gate_queue')} of the days have less confidence than "
            f"{n('watch.gate_floor')} and go to a person. Of those that pass, {n('watch.gate_passed')} are wrong, "
            f"against {n('watch.gate_alone')} without a gate. If a person decides {n('watch.gate_reviewer')} of the "
            f"cases rightly, which is assumed, {n('watch.gate_reviewed')} stay wrong and {n('watch.gate_overrides')} "
            f"of the reviewed judgements are turned round."
        ),
    ]


def _cards(findings: Findings) -> list[Block]:
    drift = (
        f" The input that moved most within a year is {n('watch.drift_worst')}, with a stability index of "
        f"{n('watch.drift_index')}." if _known(findings, "drift_index") else ""
    )
    return [
        Heading("What the models are"),
        Para(
            f"Weights that are renewed each month add {n('watch.weights_month')} to the error of a day's expectation, "
            f"weights that are never renewed {n('watch.weights_once')}.{drift}"
        ),
        TableBlock(
            "cards", "Model cards", "One row a model and what it tells; beside it a plain rule.",
            (Column("model", "Model"), Column("target", "Target"), Column("error", "Right"),
             Column("beside", "Plain rule"), Column("stability", "Over time"), Column("limits", "Not for")),
        ),
    ]
