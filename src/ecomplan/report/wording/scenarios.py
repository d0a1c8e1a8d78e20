"""Chapter on the scenarios: which targets are reached, in which futures the plan pays, what decides it."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """The chapter, true for whatever the findings say."""
    on_track, measured = findings.value("scenarios.targets_on_track"), findings.value("scenarios.targets")
    reach = (
        f"all {n('scenarios.targets')} readings of the documents' targets are on track" if on_track == measured
        else f"none of {n('scenarios.targets')} readings of the documents' targets is on track" if on_track == 0
        else f"of {n('scenarios.targets')} readings of the documents' targets {n('scenarios.targets_on_track')} "
        f"{'is' if on_track == 1 else 'are'} on track and {n('scenarios.targets_out_of_reach')} out of reach"
    )
    gain = findings.value("scenarios.scenarios_that_gain")
    pays = (
        "in none of" if gain == 0 else "in one of" if gain == 1 else f"in {n('scenarios.scenarios_that_gain')} of"
    )
    return Chapter(
        stage="scenarios", title="Which targets are reached, and what decides it",
        answer=f"As written, {reach}; {pays} {n('scenarios.count')} scenarios the plan gains on average.",
        blocks=(
            *_targets(findings), *_futures(findings), *_pair(findings), *_drivers(findings), *_box(findings),
            *_turning(findings),
        ),
        limits=_limits(),
    )


def _targets(findings: Findings) -> tuple[Block, ...]:
    return (
        Heading("Each target and its chance"),
        Para(
            f"The chance of payback in the time promised is {n('scenarios.chance_payback')}, of the promised lift of "
            f"sales in a year {n('scenarios.chance_gmv')}, of the promised conversion "
            f"{n('scenarios.chance_conversion')}. "
            f"A target is on track from a chance of {n('scenarios.pass_chance')} and out of reach below "
            f"{n('scenarios.fail_chance')}. On average the plan as written attains {n('scenarios.attained_share')} of "
            f"them; a document tells of {n('scenarios.attained_claim')} with a model of this kind."
        ),
        FigureBlock("attainment"),
        TableBlock(
            "attainment", "The targets, one by one",
            "Modelled is the middle plan as written, in the unit of the claim. Where the documents define no ratio, "
            "both readings are shown. A target made for a smaller shop is on track without any plan.",
            (Column("target", "Target"), Column("document", "From"), Column("claimed", "Claimed"),
             Column("modelled", "Modelled"), Column("chance", "Chance", "probability"),
             Column("scenarios_high", "In a good scenario", "probability"), Column("due", "Due"),
             Column("status", "Status", "status")),
        ),
        Para(
            f"{n('scenarios.targets_unmeasured')} further targets are not measured here: most count things to build, "
            f"others need visits, surveys or systems that the orders do not hold. The table gives the reason for each."
        ),
        TableBlock(
            "not_measured", "Targets without a measure", "Each with the reason.",
            (Column("target", "Target"), Column("document", "From"), Column("reason", "Why not")), rows=20,
        ),
    )


def _futures(findings: Findings) -> tuple[Block, ...]:
    inside, claimed = findings.value("scenarios.control_rate"), findings.value("scenarios.control_claim")
    control = "as many as" if inside >= claimed else "fewer than"
    return (
        Heading("In which futures it pays"),
        Para(
            f"The plan as written has a mean net present value of {n('scenarios.npv', 'both')}. Over the scenarios "
            f"it is "
            f"{n('scenarios.npv_over_scenarios', 'both')}, from {n('scenarios.worst_npv')} "
            f"(“{findings['scenarios.worst_scenario'].value}”) to {n('scenarios.best_npv')} "
            f"(“{findings['scenarios.best_scenario'].value}”). Each "
            f"scenario holds {n('scenarios.draws')} simulated plans over {n('scenarios.variables')} variables; all "
            f"meet "
            f"the same random numbers."
        ),
        FigureBlock("envelope", (
            Column("scenario", "Scenario"), Column("npv_low", "1-in-10 low", "money"),
            Column("npv_mean", "Mean NPV", "money"), Column("npv_high", "1-in-10 high", "money"),
            Column("chance_positive", "Chance of gain", "probability"), Column("trigger", "Sign that it has begun"),
        )),
        Para(
            f"{n('scenarios.control_rate')} of the scenarios stay inside a loss of {n('scenarios.loss_limit')}, "
            f"which at "
            f"most {n('scenarios.loss_chance')} of a scenario's plans may exceed: {control} the "
            f"{n('scenarios.control_claim')} that a document tells. Extra sales over the horizon are "
            f"{n('scenarios.increment', 'both')}. The documents' increment of {n('scenarios.increment_claim')} "
            f"belongs to "
            f"another company: this platform sells {n('scenarios.platform_sales')} in that time without the plan."
        ),
    )


def _pair(findings: Findings) -> tuple[Block, ...]:
    return (
        Heading("Two scenarios side by side"),
        Para(
            f"“{findings['scenarios.compare_a'].value}” against “{findings['scenarios.compare_b'].value}”: the second "
            f"changes the mean net "
            f"present value by {n('scenarios.compare_npv', 'both')}. Of the decisions among the scenarios, the "
            f"highest mean "
            f"is that of “{findings['scenarios.choice'].value}”: {n('scenarios.choice_npv')}."
        ),
        TableBlock("differs", "What differs", "Inputs that the two do not share.",
                   (Column("input", "Input"), Column("in_a", "In the first"), Column("in_b", "In the second"))),
        *(
            TableBlock(
                name, title, "Means; the range of the difference comes from pairs of the same draws.",
                (Column("measure", "Measure"), Column("mean_a", "First", unit), Column("mean_b", "Second", unit),
                 Column("difference", "Difference", unit), Column("low", "Low", unit), Column("high", "High", unit)),
            ) for name, title, unit in (
                ("follows_money", "What follows in money", "money"),
                ("follows_rates", "What follows in rates", "share"),
            )
        ),
    )


def _drivers(findings: Findings) -> tuple[Block, ...]:
    return (
        Heading("What decides the result"),
        Para(
            f"“{findings['scenarios.top_driver'].value}” has a part in {n('scenarios.top_driver_share', 'both')} of "
            f"all that is not known about the net present value; “{findings['scenarios.second_driver'].value}” comes "
            f"next. All unknowns explain {n('scenarios.explained_alone')} of it each alone; the rest is interaction, "
            f"mostly of measures that work at the same time. What measures have in common is told apart from what is a "
            f"measure's own."
        ),
        FigureBlock("tornado", (
            Column("label", "Variable"), Column("low_label", "Low end"), Column("npv_low_end", "NPV there", "money"),
            Column("high_label", "High end"), Column("npv_high_end", "NPV there", "money"),
        )),
        FigureBlock("indices", (
            Column("label", "Variable"), Column("first", "Alone", "share"), Column("total", "In total", "share"),
            Column("total_low", "Low", "share"), Column("total_high", "High", "share"),
        )),
    )


def _box(findings: Findings) -> tuple[Block, ...]:
    gains = findings["scenarios.box_outcome"].value == "a gain"
    sought = (
        f"a gain, which {n('scenarios.box_outcome_share')} of the plans have" if gains
        else f"the best {n('scenarios.box_outcome_share')} of the plans, because gains are too rare to look for: those "
        f"above {n('scenarios.box_threshold')}"
    )
    if findings.value("scenarios.box_limits") == 0:
        return (Heading("The few that matter together"), Para(f"Sought was {sought}. No few variables set them apart."))
    return (
        Heading("The few that matter together"),
        Para(
            f"Sought was {sought}. {n('scenarios.box_limits')} conditions together raise their share to "
            f"{n('scenarios.box_density')}; {n('scenarios.box_mass')} of all plans meet them, and "
            f"{n('scenarios.box_coverage')} of the sought ones are among these."
        ),
        FigureBlock("box"),
        TableBlock(
            "box", "The conditions",
            "Without says what share is left if that one is dropped; found again is the share of half samples in which "
            "the search comes to the same variable.",
            (Column("label", "Variable"), Column("must", "Must be"), Column("density", "Share with all", "share"),
             Column("density_without", "Without it", "share"), Column("found_in_halves", "Found again", "share")),
        ),
    )


def _turning(findings: Findings) -> tuple[Block, ...]:
    turn = findings.value("scenarios.flips")
    driver = str(findings["scenarios.flip_driver"].value)
    told = (
        f"Of {n('scenarios.flips_looked_at')} drivers none, moved alone from end to end, makes the plan as written "
        f"pay on "
        f"average; the best is “{driver}”, with {n('scenarios.flip_npv')}. So no single piece of "
        f"good news should change the decision." if turn == 0
        else f"Of {n('scenarios.flips_looked_at')} drivers {n('scenarios.flips')}, moved alone from end to end, "
        f"{'turns' if turn == 1 else 'turn'} the plan as written. The one with the most to gain is "
        f"“{driver}”, where it turns at {n('scenarios.flip_at')}. No piece of news outside the table's turning rows "
        f"should change the decision alone."
    )
    return (
        Heading("What would change our mind"), Para(told),
        TableBlock(
            "flips", "Where the plan turns", "Mean net present value at both ends of each driver's range.",
            (Column("driver", "Driver"), Column("from_value", "From"), Column("npv_from", "NPV there", "money"),
             Column("to_value", "To"), Column("npv_to", "NPV there", "money"), Column("flips", "Turns"),
             Column("at", "Where")),
        ),
    )


def _limits() -> tuple[str, ...]:
    return (
        "Nobody knows how likely a scenario is: spans over scenarios show what is possible, not how often it happens.",
        "Effects are shrunken claims and their reach a guess; the first experiment on this platform outweighs all of "
        "it.",
        "Indices describe this model with its assumed spreads: what was guessed too narrow looks harmless. They rest "
        "on "
        "independent scores behind correlated variables.",
        "Targets about visits, satisfaction, systems and ranks are not measured, and repurchase is shown where "
        "customers "
        "are.",
    )
