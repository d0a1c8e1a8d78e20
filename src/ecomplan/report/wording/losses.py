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
    """What can be lost in the plan year, what controls take away, at what price, told to a board."""
    return Chapter(
        stage="losses", title="What can be lost, and what control costs", answer=_answer(findings),
        blocks=(*_whole(findings), *_where(findings), *_worst(findings), *_controls(findings), *_cash(findings)),
        limits=(
            "How often most risks happen is a judgement: the documents give no frequency and the orders record no "
            "incident. The ranges are wide for this reason, and an incident record of the platform would narrow them "
            "most.",
            "The sizes come from single cases at other, mostly larger companies. They are scaled by sales under an "
            "assumption that is written in the register and not tested.",
            f"Losses to platforms of others rest on a guess that moves the tail more than any other: that "
            f"{n('supply.platform_share')} of sales come through them, which the orders cannot show.",
            "What ties risks together, and what each control costs, are judgements with their reasons in the register. "
            "A control may earn its price elsewhere, in sales or in trust; that is not counted here.",
            "Cash counts margin when a sale is made; stock, terms of payment and credit lines are left out.",
        ),
    )


def _answer(findings: Findings) -> str:
    pays = findings.value("losses.removed_expected") >= findings.value("losses.controls_price")
    return (
        f"One year in twenty costs at least {n('losses.var_95')} without controls and {n('losses.var_95_after')} with "
        f"the plan's, which cost {n('losses.controls_price')} a year and take away {n('losses.removed_expected')} of "
        f"the average loss: {'they pay for themselves' if pays else 'more is paid than saved'}."
    )


def _whole(findings: Findings) -> list[Block]:
    gate = str(findings["losses.gate_appetite"].value)
    claimed_pays = findings.value("losses.removed_claimed") >= findings.value("losses.controls_price")
    return [
        FigureBlock("plan_losses", (
            Column("name", "Controls"), Column("price", "Price a year", "money"),
            Column("expected", "Average loss", "money"), Column("var_95", "1-in-20 loss", "money"),
            Column("cost", "Price and average loss", "money"),
        )),
        Para(
            f"Without controls an average year loses {n('losses.expected_loss', 'both')}, "
            f"{n('losses.share_of_margin')} of the year's contribution margin of {n('losses.margin_plan_year')}. The "
            f"plan's {n('losses.controls_in_plan')} controls take away {n('losses.removed_expected', 'both')} of it "
            f"and {n('losses.removed_var_95', 'both')} of a 1-in-20 loss, for "
            f"{n('losses.controls_price', 'both')} a year. What remains is {n('losses.expected_loss_after')} on "
            f"average and {n('losses.var_95_after')} in a 1-in-20 year."
        ),
        Para(
            f"If every control did all it claims, {n('losses.removed_claimed')} would be taken away, "
            f"{'more' if claimed_pays else 'still less'} than the price. Effects that only a document claims are "
            f"believed with a chance of {n('losses.control_works')} to work, and then to keep "
            f"{n('losses.control_effect_share')} of the claim; computed and published effects stand as they are."
        ),
        Para(
            f"The best set holds {n('losses.best_set_controls')} controls for {n('losses.best_set_price')} a year and "
            f"takes away {n('losses.best_set_removed')}. It is the cheapest way to bear these losses, not the safest: "
            f"its 1-in-20 loss is {n('losses.var_95_best')}."
        ),
        Heading("Against the appetite"),
        Para(
            f"Accepted is a 1-in-20 loss of {n('losses.appetite')}, or {n('losses.appetite_share')} of the margin. "
            f"With the plan's controls it is {n('losses.var_95_after', 'both')}, {_VERDICT[gate]}. "
            f"The chance that a year costs more than accepted is {n('losses.chance_above_appetite', 'both')} without "
            f"controls, {n('losses.chance_above_appetite_after', 'both')} with the plan's, and "
            f"{n('losses.chance_above_appetite_claimed')} if they worked as claimed. Years beyond 1-in-20 cost "
            f"{n('losses.es_95')} on average without controls and {n('losses.es_95_after')} with the plan's."
        ),
        FigureBlock("exceedance", (
            Column("loss", "Yearly loss above", "money"), Column("before", "No controls", "probability"),
            Column("after", "The plan's", "probability"), Column("claimed", "As claimed", "probability"),
            Column("best", "Best set", "probability"),
        )),
    ]


def _where(findings: Findings) -> list[Block]:
    largest = str(findings["losses.largest_risk"].value)
    largest = largest[:1].lower() + largest[1:]
    adds = findings.value("losses.dependence_adds")
    return [
        Heading("Which risks make a bad year"),
        Para(
            f"The largest part of a 1-in-20 year comes from one risk: {largest}, with {n('losses.largest_tail')} or "
            f"{n('losses.largest_tail_share')} of the mean. The three largest risks together make "
            f"{n('losses.top_three_tail_share')}. By class, {findings['losses.largest_class'].value} risks weigh most. "
            f"Frequent small losses fill ordinary years and hardly count in bad ones."
        ),
        FigureBlock("contributions", (
            Column("name", "Risk"), Column("class", "Class"), Column("tail_before", "Part of a 1-in-20 year", "money"),
            Column("tail_after", "With the plan's controls", "money"), Column("tail_share", "Share", "share"),
        )),
        Para(
            f"Risks that come together make bad years worse: common factors and shocks change the mean 1-in-20 loss by "
            f"{n('losses.dependence_adds')}, at the same number of events. "
            f"{'With so many risks side by side, that is little.' if adds < 0.1 else 'That is not little.'}"
        ),
        TableBlock(
            "dependence", "What ties risks together",
            "The mean reading of the register, aggregated exactly, with the same expected events in each row.",
            (Column("name", "Risks are tied by"), Column("var_95", "1-in-20 loss", "money"),
             Column("es_95", "Mean beyond", "money"), Column("var_99", "1-in-100 loss", "money"),
             Column("adds_es_95", "Adds", "share")),
        ),
    ]


def _worst(findings: Findings) -> list[Block]:
    return [
        Heading("The ten worst scenarios"),
        Para(
            f"The worst years with the plan's controls in place mostly begin in one of "
            f"{n('losses.worst_scenarios')} ways, which make {n('losses.worst_share_told')} of their loss. The first "
            f"table says what such a year costs and what comes with it, the second who does what."
        ),
        TableBlock(
            "worst", "Ways into the worst years",
            "A year belongs to the risk with the largest loss in it. Shock: the common shock that most often came with "
            "it, and the share of these years with any.",
            (Column("number", "No.", "count"), Column("name", "It begins with"),
             Column("share", "Of worst years", "share"), Column("loss", "Loss of the year", "money"),
             Column("shock", "Common shock"), Column("with_shock", "With a shock", "share")),
        ),
        TableBlock(
            "worst", "What is done in the first hour and on the first day",
            "Same order. The trigger is what the owner watches.",
            (Column("number", "No.", "count"), Column("trigger", "Trigger"), Column("first_hour", "First hour"),
             Column("first_day", "First day"), Column("owner_role", "Owner")),
        ),
    ]


def _controls(findings: Findings) -> list[Block]:
    pays = findings.value("losses.controls_that_pay")
    return [
        Heading("Which controls are worth their price"),
        Para(
            f"Of the plan's {n('losses.controls_in_plan')} controls, {n('losses.controls_that_pay')} "
            f"{'saves' if pays == 1 else 'save'} more than {'it costs' if pays == 1 else 'they cost'} beside all the "
            f"others. With a price on bad years the best set holds {n('losses.best_tail_controls')}. The plan's money, "
            f"spent on the set that removes most, would leave {n('losses.same_money_expected')} in an average year."
        ),
        FigureBlock("frontier", (
            Column("kind", "Set"), Column("controls", "Controls", "count"), Column("price", "Price a year", "money"),
            Column("expected", "Average loss", "money"), Column("es_95", "Mean 1-in-20 year", "money"),
            Column("kept_reduction", "Of all that controls save", "share"),
        )),
        TableBlock(
            "controls", "Controls by what they bring beyond their price",
            "Saves: expected loss that one control takes away beside all of the plan's others.",
            (Column("name", "Control"), Column("price", "Price", "money"), Column("saves_beside", "Saves", "money"),
             Column("net", "Net", "money"), Column("in_plan", "In the plan"), Column("in_best", "In the best set")),
            rows=20,
        ),
        Para(
            f"Buying every control would raise the yearly cost by {n('losses.over_control_rise')} against the best "
            f"set. The cheapest set that keeps what the documents call a tuned control changes the price by "
            f"{n('losses.tuned_price_change')}. The plan's controls cost {n('losses.spend_share_plan')} of net sales "
            f"and the best set {n('losses.spend_share_best')}; a leading platform is told to spend "
            f"{n('losses.leader_share')} of a base that is not named. Automated review, as believed, saves "
            f"{n('losses.automation_saves')} of a control's price."
        ),
        TableBlock(
            "spend", "The told shares on three bases",
            "Total: the money spent plus the average loss that remains, for the lower and the higher share told.",
            (Column("base", "Share of"), Column("base_money", "Base", "money"),
             Column("best_share", "Best set", "share"), Column("best_total", "Total, best set", "money"),
             Column("traditional_total", "Total, lower share", "money"),
             Column("leader_total", "Total, higher share", "money")),
        ),
    ]


def _cash(findings: Findings) -> list[Block]:
    enough = findings.value("losses.fund_as_told") >= findings.value("losses.fund_needed")
    return [
        Heading("Cash and the emergency fund"),
        Para(
            f"A fund of {n('losses.fund_needed')} keeps the chance to run out of cash within the year at one in a "
            f"hundred, {n('losses.fund_needed_5')} at one in twenty. Without a fund cash falls below its start in "
            f"{n('losses.ruin_chance')} of the simulated years, in {n('losses.ruin_chance_calm')} even if nothing goes "
            f"wrong, because sales come late in the year and cost does not. The documents' fund, brought to the "
            f"platform's size, is {n('losses.fund_as_told')}; with it the chance is {n('losses.ruin_chance_fund')}, so "
            f"that it is {'enough' if enough else 'too small'} for one in a hundred. Fixed cost of "
            f"{n('losses.fixed_cost_share')} of the expected margin is an assumption."
        ),
    ]
