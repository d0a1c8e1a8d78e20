"""The chapter on the decision: what to fund, how much, when, and when to stop."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """The decision, told to a board."""
    kind = str(findings["allocation.decision_kind"].value)
    decision = str(findings["allocation.decision"].value)
    blocks: list[Block] = [
        *_decision(findings, kind), *_why(findings, kind), *_risk(findings, kind), *_stop(findings, kind),
        *_mind(findings, kind), *_channels(findings),
    ]
    spent = (
        f"spend {n('allocation.spend')}, {n('allocation.budget_used')} of the documents' budget, for an expected net "
        f"present value of {n('allocation.npv', 'both')}"
    )
    answer = (
        f"{decision}: none of the {n('allocation.levers')} measures pays at its expected cost." if kind == "none"
        else f"{decision}: {spent}."
    )
    return Chapter(
        stage="allocation", title="What to fund", answer=answer, blocks=tuple(blocks),
        limits=(
            "No effect was measured on this platform. The documents' claims are shrunken by their grade, and every "
            "measure is given the same chance to work; a measure that is known to work here deserves its own.",
            "Costs are estimates of the catalogue. A measure is taken to be buildable at any dose above its least one, "
            "with costs in proportion.",
            "The search is no proof: the bound on what any choice could reach is not tight, because it ignores that "
            "measures overlap.",
            "The test's error follows from the number of orders, not from a test that was run. What a small pilot "
            "before building would show is not valued.",
        ),
    )


def _decision(findings: Findings, kind: str) -> list[Block]:
    if kind == "none":
        return [Para(
            f"The rule stood before the results: fund the set with the greatest expected value within the budget of "
            f"{n('allocation.budget')} and the limit on risk. No set has an expected value above zero, with or without "
            f"tests, on plans that were not used to choose it."
        )]
    tests = (
        "Its measures are funded up to their tests only: without tests no set pays. " if kind == "tests" else ""
    )
    start = (
        f"Spending begins in month {n('allocation.first_month')}" + (
            "" if findings.value("allocation.first_month") == findings.value("allocation.last_start")
            else f", and the last measure begins in month {n('allocation.last_start')}, when a test is free"
        )
    )
    return [
        Para(
            f"{tests}The chance that the decision returns more than it costs is {n('allocation.chance_gain')}. In the "
            f"worst twentieth of simulated plans it loses {n('allocation.shortfall')} on average; accepted are "
            f"{n('allocation.shortfall_limit')}. {_most(findings)}"
        ),
        Para(
            f"{start}, and all are reviewed by month {n('allocation.review_month')}. {_waiting(findings)}The "
            f"table says how much of each measure is built: a dose of one is the "
            f"whole of what the catalogue describes."
        ),
        TableBlock(
            "funded", "What is funded",
            "Dose: part of the whole that the catalogue describes. Money is discounted except the spend. Begin and "
            "review are months of the plan. Cap: the cost above which the measure no longer pays. Stop below: the lift "
            "that pays for what is still to be spent after the review.",
            (Column("lever", "Measure"), Column("dose", "Dose", "share"), Column("spend_money", "Spend", "money"),
             Column("start_month", "Begin", "count"), Column("npv_mean", "Value", "money"),
             Column("chance", "Gains", "probability"), Column("cost_cap", "Cap", "money"),
             Column("stop_if_below", "Stop below", "share"), Column("by_month", "Review", "count")),
        ),
        FigureBlock("what_to_fund", (
            Column("lever", "Measure"), Column("gain_money", "Expected gain", "money"),
            Column("cost_money", "Expected cost", "money"), Column("npv_mean", "Gain less cost", "money"),
        )),
    ]


def _most(findings: Findings) -> str:
    """Why the expected value is above zero where most plans lose."""
    if findings.value("allocation.chance_gain") >= 0.5:
        return f"One measure in {_words_of(findings)} is believed to work."
    return (
        f"The expected value is positive although most plans lose: one measure in {_words_of(findings)} works, and one "
        f"that works repays several that do not."
    )


def _waiting(findings: Findings) -> str:
    if findings.value("allocation.waiting_cost") <= 0:
        return "Waiting a year would lose nothing. "
    return f"Beginning a year later would lose {n('allocation.waiting_cost')}. "


def _words_of(findings: Findings) -> str:
    """The chance to work as "one in ...", in words where it is a plain number."""
    share = findings.value("allocation.success_prior")
    words = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}
    return words.get(round(1 / share), "several") if share > 0 else "none"


def _why(findings: Findings, kind: str) -> list[Block]:
    change = findings["allocation.error_change"]
    verdict = (
        f"Choosing with a model moves the share of chosen measures that lose from "
        f"{n('allocation.error_face_value')} to "
        f"{n('allocation.error_decision')}, a change of {n('allocation.error_change')}; the document tells "
        f"{n('allocation.error_change_claim')}. The money is saved by choosing few measures and small doses, hardly by "
        f"picking winners: nobody can tell yet which measure works."
        if change.value is not None else
        "How the selection error changes is not said, because nothing is chosen."
    )
    return [
        Heading("Why not the plan as written"),
        Para(
            f"The plan as written spends every line on all measures at once. Its expected value is "
            f"{n('allocation.npv_as_written', 'both')}, {n('allocation.regret_as_written')} below the decision "
            f"(on the plans simulated here; the next chapter finds {n('returns.npv')} on others). "
            f"Whoever believes every claim would fund {n('allocation.face_value_count')} measures, expect "
            f"{n('allocation.promised_face_value')}, and get {n('allocation.npv_face_value', 'both')}."
        ),
        Para(verdict),
        TableBlock(
            "options", "The decision beside other choices",
            "The same simulated plans for all, none of them used to choose. Shortfall: mean loss in the worst "
            "twentieth.",
            (Column("option", "Choice"), Column("npv_mean", "Expected value", "money"),
             Column("npv_low", "1 in 10 below", "money"), Column("npv_high", "1 in 10 above", "money"),
             Column("chance_gain", "Chance of gain", "probability"), Column("shortfall", "Shortfall", "money"),
             Column("spent", "Spent", "money")),
        ),
    ]


def _risk(findings: Findings, kind: str) -> list[Block]:
    left = findings.value("allocation.shadow_price") <= 0
    priced = findings.value("allocation.risk_priced") > 0
    budget = (
        "The budget does not bind: one more unit of it is worth nothing, because nothing is left that pays."
        if left else f"The budget binds: one more unit of it is worth {n('allocation.shadow_price')}."
    )
    limit = (
        f"The limit on risk binds and costs {n('allocation.risk_priced')} of expected value."
        if priced else "The limit on risk does not bind either."
    )
    return [
        Heading("More value only with more risk"),
        Para(
            f"{budget} {limit} With half of the decision's shortfall {n('allocation.half_risk_npv')} of value would be "
            f"left, because the best measures come first."
        ),
        FigureBlock("frontier", (
            Column("limit", "Limit on the shortfall", "money"), Column("npv", "Value", "money"),
            Column("npv_checked", "On other plans", "money"), Column("used", "Spend", "money"),
            Column("levers", "Measures", "count"),
        )),
        FigureBlock("shadow_price", (
            Column("budget", "Budget", "money"), Column("npv", "Value", "money"), Column("used", "Spent", "money"),
            Column("shadow_price", "Worth of one more", "ratio"),
        )),
        FigureBlock("next_unit", (
            Column("lever", "Measure"), Column("marginal_return", "Value of one more unit", "ratio"),
        )),
        Para(
            f"The best of many looks better than it is on the plans it was chosen on: here by "
            f"{n('allocation.optimism')}, which is why it is valued on others. No choice under these limits can exceed "
            f"{n('allocation.bound')}."
        ),
    ]


def _stop(findings: Findings, kind: str) -> list[Block]:
    head: list[Block] = [Heading("When to stop, and what tests are worth")]
    worth = findings.value("allocation.tests_worth") > 0
    tests = (
        f"Tests that this shop can run add {n('allocation.tests_worth')} to the value."
        if worth else
        f"Tests that this shop can run add nothing after their cost of {n('allocation.test_cost')} each: a test on all "
        f"visits finds a gain of {n('allocation.test_gain_seen')}, far above what a believed measure brings."
    )
    upper = (
        f" Tests free of error, which no shop has, would be worth {n('allocation.tests_worth_most')}."
        if findings.value("allocation.tests_worth_most") > 0 else ""
    )
    if kind == "none":
        return [*head, Para(tests + upper)]
    tested = findings.value("allocation.tested_first") > 0
    rule = (
        f"Going on hangs on a test for {n('allocation.tested_first')} of the {n('allocation.fund_count')} "
        f"measures. The "
        f"rule on lifts stops a measure that does nothing with a chance of {n('allocation.stops_failing')}."
        if tested else
        f"The rule on lifts stops a measure that does nothing with a chance of {n('allocation.stops_failing')} only. "
        f"The cap on cost is the rule that bites."
    )
    return [
        *head,
        Para(
            f"{findings['allocation.stop_rule'].value}. After the review {n('allocation.remaining')} are still to be "
            f"spent. The lift at which a measure is stopped is {n('allocation.stop_lift')} on average, while a "
            f"test errs "
            f"by {n('allocation.test_error')}. {rule} Expected are {n('allocation.cost')} of cost, and above "
            f"{n('allocation.cost_cap')} the measures no longer pay together."
        ),
        Para(tests + upper),
        TableBlock(
            "rules", "The funded measures under each rule",
            "Tests cost money in the two rows between; the last row is a limit that no test reaches.",
            (Column("rule", "Rule"), Column("npv_mean", "Expected value", "money"),
             Column("chance_gain", "Chance of gain", "probability"),
             Column("stopped", "Measures stopped", "share")),
        ),
    ]


def _mind(findings: Findings, kind: str) -> list[Block]:
    needed = findings["allocation.chance_needed"]
    prior = findings.value("allocation.success_prior")
    blocks: list[Block] = [Heading("What would change our mind")]
    if needed.value is None:
        return [*blocks, Para("No measure outside the decision could pay, whatever its chance to work.")]
    nearest = str(findings["allocation.nearest"].value)
    nearest = nearest[0].lower() + nearest[1:]
    text = (
        f"Nearest among the others is {nearest}: alone it would pay with a chance to work of "
        f"{n('allocation.chance_needed')}, less than the {n('allocation.success_prior')} believed, but beside the "
        f"funded "
        f"measures it wins over the same customers and adds less than it costs. It is the first to take their place."
        if float(needed.value) < prior else
        f"Nearest among the others is {nearest}: it would pay with a chance to work of "
        f"{n('allocation.chance_needed')}, "
        f"where {n('allocation.success_prior')} are believed."
    )
    return [
        *blocks, Para(text),
        TableBlock(
            "considered", "Measures alone, best first",
            "Each measure alone at the dose that pays best. Chance needed: the chance to work from which it "
            "pays; above "
            "one it does not pay even if it works for certain.",
            (Column("lever", "Measure"), Column("npv_alone", "Value alone", "money"),
             Column("cost_money", "Cost", "money"), Column("chance_needed", "Chance needed", "ratio")), rows=12,
        ),
    ]


def _channels(findings: Findings) -> list[Block]:
    return [
        Heading("Channels of traffic"),
        Para(
            f"Of the marketing budget of {n('allocation.channel_budget')} a year, {n('allocation.channel_spend')} are "
            f"worth spending on channels as they are believed: at that point one more unit earns "
            f"{n('allocation.marginal_margin')} of margin on each. Most goes to "
            f"{str(findings['allocation.channel_first'].value).lower()}, {n('allocation.channel_first_share')}. "
            f"All of this is assumed: the orders hold no channel."
        ),
        Para(
            f"Paid traffic is told to return {n('allocation.paid_ratio_told')} for each unit spent. That pays for "
            f"itself "
            f"only if {n('allocation.paid_share_needed')} of those sales would not have come anyway. At the price "
            f"told of "
            f"an order from social traffic, its part of the budget would buy {n('allocation.social_orders')} times all "
            f"orders of the shop: the price cannot hold at that spend."
        ),
        TableBlock(
            "channels", "Channels a year", "Told and believed sales at the told spend; best spend and what it brings.",
            (Column("channel", "Channel"), Column("told_spend", "Told spend", "money"),
             Column("told_ratio", "Told output", "ratio"), Column("believed_sales", "Believed sales", "money"),
             Column("spend", "Best spend", "money"), Column("sales", "Sales there", "money"),
             Column("gain", "Gain", "money")),
        ),
    ]
