"""The chapter on the documents' money."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """Whether the documents' money adds up, for whom it is meant, and how to release it, told to a board."""
    return Chapter(
        stage="budget", title="Does the documents' money add up?", answer=_answer(findings),
        blocks=(
            *_proofs(findings), *_sizes(findings), *_cash(findings), *_gates(findings), *_owning(findings),
            *_people(findings), *_rest(findings),
        ),
        limits=(
            "A proof says that two figures cannot both be true. It does not say which of them is wrong.",
            "Sizes of company, prices of buying in, attrition, lifts and years of benefit are assumed, each with its "
            "reason; no supplier was asked for an offer.",
            "Orders hold no cost, no staff and no marketing of this platform. What is said of them is assumed or "
            "simulated, and stays so until it is recorded.",
            "At the gate the plan is one programme that works or does not. What each lever returns is told in the "
            "chapter on returns.",
        ),
    )


def _answer(findings: Findings) -> str:
    failed = findings.value("budget.checks_failed")
    sums = (f"No: of {n('budget.checks')} checks of the documents against themselves {n('budget.checks_failed')} fail"
            if failed > 0 else f"Yes: all {n('budget.checks')} checks of the documents against themselves hold")
    small = findings.value("budget.reserve_small") < findings.value("budget.reserve_confidence")
    return (
        f"{sums}; the budget of {n('budget.total', 'range')} takes {n('budget.plan_of_margin')} of this platform's "
        f"yearly margin, and its reserve covers the overruns with a chance of "
        f"{'only ' if small else ''}{n('budget.reserve_small')}."
    )


def _proofs(findings: Findings) -> tuple[Block, ...]:
    mismatched = findings.value("budget.lines_mismatched")
    lines = (
        f"In {n('budget.lines_mismatched')} of its lines the stated amount contradicts the stated share: line by line, "
        f"amount and share agree at totals between {n('budget.total_least')} and {n('budget.total_most')}."
        if mismatched > 0 else "In each of its lines amount and share agree."
    )
    told = findings.value("budget.phase_told_possible")
    phase = (
        f"S0 splits its money among technology, people and process, and gives ratios for three phases, one digit lost. "
        f"In the order in which it names the parts, no mix that uses the first or the last phase gives its structure, "
        f"whichever of the {n('budget.phase_digits')} digits was lost."
        if told == 0 else
        f"In the order in which S0 names the parts, a mix of its phases gives its structure for "
        f"{n('budget.phase_told_possible')} of the lost digits."
    )
    nested = (
        f"Two parts of technology that S0 names take {n('budget.nested')} of the budget, while it gives technology "
        f"{n('budget.nested_room')}."
        if findings.value("budget.nested") > findings.value("budget.nested_room") else
        f"The parts of technology that S0 names, {n('budget.nested')}, fit into {n('budget.nested_room')}."
    )
    return (
        Heading("What cannot be true together"),
        Para(f"The growth document asks for {n('budget.total_cny', 'range')}. {lines} {nested}"),
        TableBlock(
            "lines", "The budget by line", "Shares are taken as the rule; stated amounts are rough (o07).",
            (Column("line", "Line"), Column("share", "Share", "share"), Column("low_cny", "Low, CNY", "cny"),
             Column("high_cny", "High, CNY", "cny"), Column("stated_cny", "As stated, CNY", "cny"),
             Column("stated_share", "Its share", "share"), Column("mid_money", "Mid", "money")),
        ),
        Para(
            f"{phase} The document does not say in which order the parts stand: over all orders "
            f"{n('budget.phase_possible')} of {n('budget.phase_readings')} readings have such a mix, so the ratios are "
            f"not used as a plan."
        ),
        TableBlock(
            "checks", "The documents against themselves",
            "One proof a line. Where the verdict is fails, both figures cannot hold.",
            (Column("check", "Check"), Column("stated", "Stated"), Column("computed", "Follows"),
             Column("verdict", "Verdict", "status"), Column("proof", "Proof")),
        ),
    )


def _sizes(findings: Findings) -> tuple[Block, ...]:
    by_sales, by_orders = (str(findings[f"budget.nearest_{name}"].value).lower() for name in ("sales", "orders"))
    near = (
        f"By sales this platform is nearest to a {by_sales}, by orders to a {by_orders}: it can bear the budget of the "
        f"one and learns from tests no faster than the other."
        if by_sales != by_orders else f"By sales and by orders this platform is nearest to a {by_sales}."
    )
    return (
        Heading("For whom the amounts are meant"),
        Para(
            f"Of {n('budget.amounts')} amounts {n('budget.amounts_fit_own')} fit this platform. {near} The whole plan "
            f"takes {n('budget.plan_of_sales')} of its sales a year; a small merchant it would cost "
            f"{n('budget.plan_of_small')} of the margin."
        ),
        FigureBlock("archetypes", (
            Column("figure", "Amount"), Column("who", "Size"), Column("yearly_cny", "A year, CNY", "cny"),
            Column("share_of_margin", "Of the margin", "share"), Column("verdict", "Verdict"),
        )),
        Para(
            f"The machines and the data platform that S1 praises cost {n('budget.capital', 'range')}. As yearly cost "
            f"that is {n('budget.capital_of_large', 'both')} of a large platform's sales and "
            f"{n('budget.capital_of_sales', 'both')} of this one's. Even shrunken to this size, the data platform "
            f"alone would cost {n('budget.data_platform_here', 'both')}, where the whole technology line holds "
            f"{n('budget.tech_line', 'range')}. Cost of one document and benefit of another must not meet in one sum."
        ),
        TableBlock(
            "by_figure", "Amounts by size of company", "Cost a year over the margin of a year at the likely size.",
            (Column("figure", "Amount"), Column("document", "From"), Column("yearly_cny", "A year, CNY", "cny"),
             Column("small", "Small", "share"), Column("middle", "Mid-size", "share"),
             Column("large", "Large", "share"), Column("own", "Here", "share"), Column("fits", "Fits")),
        ),
    )


def _cash(findings: Findings) -> tuple[Block, ...]:
    return (
        Heading("Cash and reserve"),
        Para(
            f"What is planned overruns by {n('budget.overrun', 'both')}. The reserve inside the budget covers that "
            f"with a chance of {n('budget.reserve_small')}, the larger one of another chapter with "
            f"{n('budget.reserve_large')}, both together with {n('budget.reserve_both')}. To be safe with a chance of "
            f"{n('budget.reserve_confidence')} the reserve must be {n('budget.reserve_needed')} of what is planned."
        ),
        FigureBlock("cash", (
            Column("plan_month", "Month", "count"), Column("planned", "Planned", "money"),
            Column("low", "1-in-10 low", "money"), Column("median", "With overruns", "money"),
            Column("high", "1-in-10 high", "money"), Column("by_year", "By year", "money"),
        )),
        TableBlock(
            "reserves", "How far a reserve goes", "In step: released with the tranches, enough at the end of each.",
            (Column("reserve", "Reserve"), Column("of_budget", "Of the budget", "share"),
             Column("of_planned", "Of what is planned", "share"), Column("chance", "Covers all", "probability"),
             Column("chance_in_step", "In step", "probability")),
        ),
    )


def _gates(findings: Findings) -> tuple[Block, ...]:
    needed, found = findings.value("budget.lift_needed"), findings.value("budget.lift_found")
    blind = (
        f"The gate cannot see it: after {n('budget.gate_look')} a test finds {n('budget.lift_found')} four times in "
        f"five, after twice the time {n('budget.lift_found_long')}, because the same customers order again and again. "
        f"It would stop a programme that just earns its cost with a chance of {n('budget.wrong_stop')}."
        if found > needed else
        f"The gate can see it: after {n('budget.gate_look')} a test finds {n('budget.lift_found')} four times in five. "
        f"It would stop a programme that just earns its cost with a chance of {n('budget.wrong_stop')}."
    )
    rule = str(findings["budget.gate_rule"].value)
    best = (
        "the best rule is to stop after the first tranche whatever the pilot shows"
        if rule == "never go on" else f"the best rule goes on only where the pilot shows {n('budget.gate_rule')}"
    )
    pays = findings.value("budget.value_gate") > 0
    return (
        Heading("Release by results"),
        Para(
            f"The first effects are expected after {n('budget.first_effects')}; by then "
            f"{n('budget.spent_by_effects')} of the money is spent. Tranches that follow the calendar are therefore no "
            f"gates. To earn itself back, the plan must lift orders by {n('budget.lift_needed', 'both')}. {blind}"
        ),
        FigureBlock("gates", (
            Column("months", "Months", "count"), Column("detectable", "Found", "share"),
            Column("needed", "Needed", "share"), Column("needed_low", "1-in-10 low", "share"),
            Column("needed_high", "1-in-10 high", "share"),
        )),
        Para(
            f"Counting one lift of orders and nothing else (the chapter on returns counts every lever), {best}. The "
            f"right to stop is worth {n('budget.gate_saves')}: as written the plan is worth "
            f"{n('budget.value_written')}, with the gate {n('budget.value_gate')}. "
            + ("" if pays else
               f"The first tranche of {n('budget.at_risk')} is spent before anything is seen, so the first step must "
               f"be smaller than a tranche and its test must look at more than orders.")
        ),
        TableBlock(
            "rules", "Rules of release",
            "A test goes on where the lift is above chance; the best rule has the highest mean value. Wrong stop: of a "
            "programme that just earns the plan back. Wrong release: of one that does nothing.",
            (Column("rule", "Rule"), Column("asked", "Lift asked"),
             Column("false_release", "Wrong release", "probability"),
             Column("wrong_stop", "Wrong stop", "probability"), Column("at_risk", "At risk", "money"),
             Column("spent", "Spent", "money"), Column("value", "Value", "money")),
        ),
    )


def _owning(findings: Findings) -> tuple[Block, ...]:
    known = findings["budget.lease_months"].value is not None
    lease = f"Leased machines are ahead for {n('budget.lease_months', 'both')}. " if known else ""
    return (
        Heading("Owning or buying in"),
        Para(
            f"S1 claims cuts that add up to {n('budget.cuts_sum')} of the cost. They change different parts, so they "
            f"can hold of their own parts only; then all three cut {n('budget.cuts_of_parts')} of the whole, and at "
            f"the assumed prices {n('budget.cut_all', 'both')}. Leasing changes the cost of machines by "
            f"{n('budget.lease', 'both')}, open source that of development by {n('budget.open', 'both')}, outsourcing "
            f"that of labour by {n('budget.outsource', 'both')}: it is cheaper with a chance of "
            f"{n('budget.outsource_chance')}. {lease}The cut claimed for leasing would need a fee of "
            f"{n('budget.lease_fee')} of the price a year; {n('budget.lease_fee_assumed', 'range')} is assumed."
        ),
        FigureBlock("ownership", (
            Column("name", "Option"), Column("claimed", "Claimed", "share"),
            Column("part_change", "Of its part", "share"), Column("total_change", "Of the whole", "share"),
            Column("chance_part", "Chance of the claim", "probability"), Column("break_even", "Advantage turns, month"),
        )),
        TableBlock(
            "cuts", "Which cuts can hold together", "Cannot hold: as cuts of the whole nothing would be left to pay.",
            (Column("options", "Options"), Column("claimed_sum", "Claimed", "share"),
             Column("of_parts", "Of their parts", "share"), Column("modelled", "Modelled", "share"),
             Column("verdict", "As cuts of the whole")),
        ),
    )


def _people(findings: Findings) -> tuple[Block, ...]:
    passed = findings.value("budget.tied") >= findings.value("budget.tied_floor")
    weekly, monthly = (findings.value(f"budget.audit_{name}") for name in ("weekly", "monthly"))
    often = "looking weekly gains little" if weekly > 0.7 * monthly else "looking weekly gains time"
    stay = (f"It pays from a stay of {n('budget.training_stay', 'both')} on. "
            if findings["budget.training_stay"].value is not None else "")
    return (
        Heading("People, and spending tied to results"),
        Para(
            f"One top expert as S1 has it costs {n('budget.expert')} times what S3's people line holds for a year. "
            f"Training own people instead of hiring changes the cost of a year of full work by "
            f"{n('budget.training', 'both')}. {stay}The claimed saving can only be one of finding people, not of "
            f"paying them: else who was trained would earn {n('budget.training_pay')} of the trade's mean."
        ),
        Para(
            f"S1 wants {n('budget.tied_floor')} of the spending tied to results. Of the plan as written "
            f"{n('budget.tied')} could be, {n('budget.tied_lines')} if the reserve is left out: it "
            f"{'reaches' if passed else 'misses'} the floor. Tied to what orders show today is "
            f"{n('budget.tied_orders')}, so recording comes first. A weekly audit that holds to the floor itself gives "
            f"a false alarm within a year with a chance of {n('budget.audit_false_weekly')}, a monthly one of "
            f"{n('budget.audit_false_monthly')}; with false alarms kept rare and the same vouchers, the weekly one "
            f"sees a drift after {n('budget.audit_weekly')}, the monthly one after {n('budget.audit_monthly')}: "
            f"{often}."
        ),
    )


def _rest(findings: Findings) -> tuple[Block, ...]:
    joined = (f" Of the orders {n('budget.combinable')} could have shared a parcel with the same customer's last."
              if findings["budget.combinable"].value is not None else "")
    return (
        Heading("Research, marketing, and what no ledger shows"),
        Para(
            f"One told point of accuracy identifies no curve. With the usual share of research accuracy would be "
            f"{n('budget.accuracy_usual', 'both')} under what is assumed, and anything between "
            f"{n('budget.accuracy_least')} and {n('budget.accuracy_most')} fits what is told. What more research would "
            f"bring here is {n('budget.accuracy_own')}: measure accuracy first."
        ),
        Para(
            f"Head firms are said to spend {n('budget.intensity_told')} of sales on marketing. This platform's margin "
            f"is used up at {n('budget.intensity_even', 'both')}, and at {n('budget.intensity_after')} once customers "
            f"are worth as much less as S3 tells; profit is highest at {n('budget.intensity_best', 'both')}. For the "
            f"told share to be best, sales would have to follow marketing with an elasticity of "
            f"{n('budget.intensity_elasticity')}."
        ),
        Para(
            f"Worth of data, brand and skills: {n('budget.intangible')}; jobs created: {n('budget.jobs')}. Neither "
            f"enters a return.{joined}"
        ),
        TableBlock(
            "indicators", "Benefits to others", "What could be reported, and on what ground.",
            (Column("field", "Field"), Column("indicator", "Indicator"), Column("value", "Value"),
             Column("ground", "Ground"), Column("follows", "What follows")),
        ),
    )
