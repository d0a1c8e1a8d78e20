"""The chapter on what is done when something happens."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """Colours, limits, drills, plans, a review, recurrence, triggers and people, told to a board."""
    answer = (
        f"{n('response.plans')} emergency plans cover {n('response.covered_share')} of the risks; "
        f"{n('response.uncovered_often')} of those without a plan are likely to come within the year."
    )
    blocks: list[Block] = [
        Para(
            f"One scale of three colours serves alarms and risks. {n('response.red_risks')} risks stop sales at once "
            f"and are red, {n('response.yellow_risks')} are likely to come within the year and yellow, "
            f"{n('response.blue_risks')} are latent and blue. {_alarms(findings)}"
        ),
        TableBlock(
            "colours", "What each colour starts", "Minutes allowed until the first step is done.",
            (Column("colour", "Colour"), Column("meaning", "Meaning"), Column("step", "First step"),
             Column("limit_minutes", "Minutes", "count"), Column("risks", "Risks", "risks"),
             Column("alarms", "Alarms", "count")),
        ),
        Heading("Are the limits of time kept?"),
        Para(
            f"In a simulated log, cleaning of attack traffic starts within its limit in "
            f"{n('response.cleaning_kept', 'both')} of attacks, parties are told in time in "
            f"{n('response.notice_kept', 'both')}, and someone works on an emergency in time in "
            f"{n('response.reply_kept', 'both')}. The step that eats most of the time until cleaning starts is "
            f"\u201c{str(findings['response.slow_step'].value).lower()}\u201d, {n('response.slow_share')} of it. The "
            f"ranges are wide because nobody has taken these times yet."
        ),
        FigureBlock("limits_kept", (
            Column("name", "Aim"), Column("limit", "Limit, minutes", "ratio"), Column("kept", "Kept today", "share"),
            Column("kept_believed", "With drills, believed", "share"),
            Column("kept_claimed", "With drills, claimed", "share"),
            Column("slow", "Slow tenth from, minutes", "ratio"),
        )),
        Heading("What a drill is worth"),
        Para(_drills(findings)),
        FigureBlock("drill_value", (
            Column("drills", "Drills a year", "count"), Column("faster", "Faster, claimed", "share"),
            Column("saved_claimed", "Saved, claimed", "money"), Column("saved_believed", "Saved, believed", "money"),
            Column("cost", "Cost", "money"),
        )),
        Heading("Plans, and risks without one"),
        Para(
            f"{n('response.uncovered')} risks of the register have no plan, {n('response.uncovered_often')} of them "
            f"red or yellow: these come first. {n('response.stale_plans')} of the {n('response.plans')} plans are past "
            f"their yearly review."
        ),
        TableBlock(
            "coverage", "Risks without a plan first", "By expected events a year.",
            (Column("name", "Risk"), Column("colour", "Colour"), Column("events", "Events a year", "ratio"),
             Column("plans", "Plans")), rows=10,
        ),
        TableBlock(
            "plans", "The library of plans", "First step when it strikes; when the next review is due.",
            (Column("plan", "Plan"), Column("owner_role", "Owner"), Column("act", "Act"), Column("due", "Review due")),
        ),
        Heading("A review of causes, worked once"),
        Para(_review(findings)),
        *_tree(findings),
        Heading("Alarms that come again"),
        Para(_again(findings)),
        Heading("What asks for a change"),
        Para(
            f"{n('response.requests')} change requests are open: {n('response.requests_data')} from data, "
            f"{n('response.requests_outside')} from the surroundings. Users' voice is the third trigger of "
            f"the documents, and it is silent here because no reviews or complaints are recorded. "
            f"{n('response.events_ahead')} known "
            f"changes outside are still ahead; {n('response.events_unsure')} on the list is an example that must be "
            f"checked first."
        ),
        TableBlock(
            "requests", "Change requests", "Each with an owner and a limit.",
            (Column("trigger", "Trigger"), Column("what", "What"), Column("owner_role", "Owner"),
             Column("limit", "Until")),
        ),
        Heading("People who leave"),
        Para(
            f"A project of {n('response.project_months')} for a full team ends {n('response.late_usual', 'both')} late "
            f"with usual leaving, and {n('response.late_both', 'both')} late after a radical change with outside "
            f"seniors who do not fit. To be in time in nine cases of ten it needs {n('response.schedule_safe')}. "
            f"{_floor(findings)}"
        ),
        FigureBlock("months_late", (
            Column("case", "Case"), Column("late", "Months late", "months"), Column("low", "1 in 10 below", "months"),
            Column("high", "1 in 10 above", "months"), Column("chance_month", "Over a month late", "probability"),
        )),
    ]
    return Chapter(
        stage="response", title="When something happens", answer=answer, blocks=tuple(blocks),
        limits=(
            "No incident of this shop is on record, so that step times and prices of drills are judgements.",
            "A drill is credited with outages alone; calm and trust in an emergency are not priced.",
            "A plan counts as cover whatever its quality; only a drill shows whether it works.",
            "Sizes of teams and rates of leaving are assumed; no staff data were given.",
        ),
    )


def _alarms(findings: Findings) -> str:
    if findings["response.red_alarms_month"].value is None:
        return "The monitor raised no alarm on the order stream."
    red = (
        f"{n('response.red_alarms_month')} red ones a month"
        if findings.value("response.red_alarms_month") > 0 else "none of them red"
    )
    return f"The monitor raised {n('response.alarms')} alarms on the real order stream, {red}."


def _drills(findings: Findings) -> str:
    best = findings.value("response.best_drills_believed")
    told = findings.value("response.best_drills_claimed")
    verdict = (
        f"As believed, {n('response.best_drills_believed')} drills a year pay best."
        if best > 0 else
        "As believed, no drill pays for itself in outages alone"
        + (", and as claimed none either." if told <= 0 else f"; as claimed {n('response.best_drills_claimed')} would.")
    )
    needs = (
        "" if findings["response.drill_break_even"].value is None else
        f" The loss would have to be {n('response.drill_break_even')} times as large for one drill a year to pay."
    )
    return (
        f"{verdict} Outages that quick hands can shorten cost {n('response.outage_loss')} a year; the first drill "
        f"takes away {n('response.first_drill_claimed')} of that as claimed, {n('response.first_drill_believed')} as "
        f"believed, and costs {n('response.drill_cost')}.{needs} What speaks for one drill all the same: it measures "
        f"the step "
        f"times on which this chapter rests."
    )


def _review(findings: Findings) -> str:
    if findings["response.fall"].value is None:
        return "With less than two years of months, no month has one to be compared with; no review was worked."
    part = str(findings["response.fall_part"].value)
    return (
        f"The month whose sales did worst against the year before changed by {n('response.fall')}, a share of "
        f"{n('response.fall_share')}. Its largest part is \u201c{part.lower()}\u201d. The split is exact; why it came "
        f"about is for people to answer, branch by branch."
    )


def _tree(findings: Findings) -> list[Block]:
    if findings["response.fall"].value is None:
        return []
    return [
        TableBlock(
            "tree", "Cause tree", "The effect, its measured parts, and the questions that are open.",
            (Column("branch", "Branch"), Column("cause", "Cause or question"), Column("part", "Part", "money"),
             Column("state", "State")),
        ),
        TableBlock("review", "The form", "A form with an empty field is refused.",
                   (Column("field", "Field"), Column("text", "Entry"))),
    ]


def _again(findings: Findings) -> str:
    if findings["response.again"].value is None:
        return "No rule alarmed on two days, so that nothing came again."
    months = (
        f" To see whether such a list lowers recurrence as told would take {n('response.test_months')} with it after "
        f"as many without."
        if findings["response.test_months"].value is not None else ""
    )
    listed = (
        f"{n('response.blacklisted')} rules come again more often than chance would have it and belong on a list with "
        f"a file of their own."
        if findings.value("response.blacklisted") > 0 else
        "No rule comes again more often than chance would have it, so that the list of repeat offenders is empty."
    )
    return (
        f"{n('response.again')} of the days with an alarm are followed by another of the same rule within the window; "
        f"chance alone would give {n('response.again_by_chance')}. {listed}{months}"
    )


def _floor(findings: Findings) -> str:
    if findings["response.veterans_needed"].value is None:
        return "No number of experienced people looked at keeps customer service above its floor."
    return (
        f"Customer service with {n('response.service_people')} people needs {n('response.veterans_needed')} "
        f"experienced ones to stay above its floor through such a change; with just as many as the floor asks, the "
        f"chance to fall "
        f"below it is {n('response.floor_chance_least')}."
    )
