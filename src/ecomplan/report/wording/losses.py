"""The chapter on losses."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_VERDICT = {
    "PASS": "which stays within what is accepted over its whole range",
    "REVIEW": "and what is accepted lies inside that range, so the register cannot settle the question",
    "FAIL": "which exceeds what is accepted over its whole range",
}


def chapter(findings: Findings) -> Chapter:
    """What can go wrong in 2026, told to a board."""
    gate = str(findings["losses.gate_appetite"].value)
    within = findings.value("losses.var_95_after") <= findings.value("losses.appetite")
    claimed_within = findings.value("losses.var_95_claimed") <= findings.value("losses.appetite")
    appetite = n("losses.appetite")
    largest = str(findings["losses.largest_risk"].value).lower()
    worst_class = findings["losses.largest_class"].value
    answer = (
        f"In one year in twenty the platform loses at least {n('losses.var_95_after')} after controls, "
        f"{'within' if within else 'more than'} the {appetite} that is accepted."
    )
    blocks: list[Block] = [
        Para(
            f"Losses cost {n('losses.expected_loss', 'both')} in an average year before controls, "
            f"{n('losses.share_of_margin')} of the year's contribution margin of {n('losses.margin_plan_year')}. "
            f"A bad year is another matter: a 1-in-20 year costs {n('losses.var_95', 'both')} or more, and such years "
            f"cost {n('losses.es_95')} on average. A 1-in-100 year starts at {n('losses.var_99')}. "
            f"The chance of a year without any loss is {n('losses.chance_loss_free_year')}."
        ),
        Heading("Against the appetite"),
        Para(
            f"Accepted is a 1-in-20 loss of {appetite}, a share of {n('losses.appetite_share')} of the margin. After "
            f"controls the 1-in-20 loss is {n('losses.var_95_after', 'both')}, {_VERDICT[gate]}. "
            f"The chance that a year costs more than accepted is {n('losses.chance_above_appetite', 'both')} before "
            f"controls and {n('losses.chance_above_appetite_after', 'both')} after."
        ),
        FigureBlock("exceedance", (
            Column("loss", "Yearly loss above", "money"), Column("before", "Before controls", "probability"),
            Column("after", "After controls", "probability"), Column("claimed", "As claimed", "probability"),
        )),
        Heading("What controls take away"),
        Para(
            f"The {n('losses.controls')} controls of the documents claim large effects. The same documents say "
            f"how often a measure fails, so each control is believed to work with a chance of "
            f"{n('losses.control_works')}, and then to keep {n('losses.control_effect_share')} of what it claims. "
            f"That moves the 1-in-20 loss from "
            f"{n('losses.var_95')} to {n('losses.var_95_after')}. If every control did all it claims, it would be "
            f"{n('losses.var_95_claimed', 'both')}, {'inside' if claimed_within else 'still above'} the appetite. "
            f"The gap between these two is worth a test of the controls before money is spent on them."
        ),
        TableBlock(
            "controls", "Controls and their effect",
            "Reduction of events or of loss per event; larger is better. Believed: chance to work times the part kept.",
            (Column("name", "Control"), Column("acts_on", "Acts on"), Column("claimed", "Claimed", "share"),
             Column("believed", "Believed", "share"), Column("risks", "Used on", "risks")),
        ),
        Heading("Which risks make a bad year"),
        Para(
            f"The largest part of a 1-in-20 year comes from one risk: {largest}, "
            f"with {n('losses.largest_tail')} or {n('losses.largest_tail_share')} of the mean. The three largest risks "
            f"together make {n('losses.top_three_tail_share')}. By class, {worst_class} risks "
            f"weigh most. Frequent small losses fill ordinary years and hardly count in bad ones."
        ),
        FigureBlock("contributions", (
            Column("number", "No.", "count"), Column("name", "Risk"), Column("class", "Class"),
            Column("tail_before", "Part of a 1-in-20 year", "money"), Column("tail_share", "Share", "share"),
        )),
        FigureBlock("matrix", (
            Column("number", "No.", "count"), Column("name", "Risk"),
            Column("chance_before", "Chance in the year", "probability"),
            Column("impact_before", "Mean loss if it happens", "money"),
            Column("priority", "Priority"),
        )),
        Para(
            f"The matrix puts {n('losses.risks_to_act_on')} of the {n('losses.risks')} risks in fields that ask for "
            f"action and {n('losses.risks_to_watch')} in fields to be watched."
        ),
        FigureBlock("heat", (
            Column("class", "Class"), Column("month", "Month", "month"),
            Column("expected_loss", "Expected loss", "money"),
        )),
        Heading("The register"),
        TableBlock(
            "register", "Risks, owners and grounds",
            "Events a year and loss per event (middle 80 % of events) before controls. Frequencies are judgements; "
            "sizes rest on a claim of the documents or on judgement.",
            (Column("name", "Risk"), Column("class", "Class"), Column("owner_role", "Owner"),
             Column("trigger", "First sign"), Column("rate_likely", "Events a year", "ratio"),
             Column("loss_low", "Loss, low", "money"),
             Column("loss_high", "Loss, high", "money"), Column("evidence", "Ground of size")),
        ),
    ]
    return Chapter(
        stage="losses", title="What can go wrong", answer=answer, blocks=tuple(blocks),
        limits=(
            "How often each risk happens is a judgement: the documents give no frequency and the orders record no "
            "incident. The ranges are wide for this reason, and an incident record of the platform would narrow them "
            "most.",
            "The sizes come from single cases at other, mostly larger companies. They are scaled by sales under an "
            "assumption that is written in the register and not tested.",
            "Risks are taken as independent apart from sales, margin, the scaling and the working of controls. "
            "If bad events come together, the worst years cost more than shown.",
            "Past sales already hold the disturbances of past years, so some frequent small losses may count twice.",
        ),
    )
