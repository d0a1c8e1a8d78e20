"""The chapter on the plan as written: what it costs, what it returns, how sure."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """The returns chapter, told from its findings."""
    return Chapter(
        stage="returns",
        title="What the plan as written returns",
        answer=_answer(findings),
        blocks=(
            *_return(findings), *_payback(findings), *_levers(findings), *_bridge(findings), *_true(findings),
            *_shared(findings), *_customer(findings), *_benefits(findings), *_rebuilt(findings),
        ),
        limits=_limits(),
    )


def _known(findings: Findings, name: str) -> bool:
    return findings[f"returns.{name}"].value is not None


def _answer(findings: Findings) -> str:
    mean, chance = findings.value("returns.npv"), findings.value("returns.chance_npv_positive")
    tail = "more likely than not" if chance > 0.5 else "less likely than not" if chance > 0.1 else "hardly ever"
    return (
        f"Spent on everything at once, as the documents write it, the plan {'gains' if mean > 0 else 'loses'} on "
        f"average: "
        f"its net present value is {n('returns.npv', 'both')}. It {tail} returns more than it costs; the chance is "
        f"{n('returns.chance_npv_positive')}."
    )


def _return(findings: Findings) -> tuple[Block, ...]:
    rate = (
        f"The average cash flow returns {n('returns.irr')} a year"
        if _known(findings, "irr") else "The average cash flow has no single internal rate of return"
    )
    short = findings.value("returns.chance_reserve_short")
    reserve = (
        "Costs run over as such projects do, and the reserve is then too small more often than not: with a chance of "
        if short > 0.5 else "The reserve covers what costs run over in most plans; it is too small with a chance of "
    )
    return (
        Para(
            f"The growth document asks for {n('returns.budget', 'range')} ({n('returns.budget_cny', 'range')}) over "
            f"{n('returns.plan_months')}. Shared out over {n('returns.levers')} it pays "
            f"{n('returns.funded_share', 'both')} of what they need. The plan costs {n('returns.cost', 'both')} and "
            f"brings {n('returns.benefit', 'both')}, both discounted, over {n('returns.horizon')}. {reserve}"
            f"{n('returns.chance_reserve_short')}."
        ),
        FigureBlock("npv", (
            Column("npv_from", "From", "money"), Column("npv_to", "To", "money"), Column("share", "Plans", "share"),
        )),
        Para(
            f"The documents promise a return on investment of {n('returns.roi_claim')} and never define it. Defined "
            f"as discounted gain over discounted cost it is {n('returns.roi_net', 'both')}, and the chance of the "
            f"promise is {n('returns.chance_roi_claim')}. Counted as extra sales over money spent, before any cost of "
            f"those sales, it is {n('returns.roi_gross', 'both')}, and the chance is "
            f"{n('returns.chance_roi_claim_gross')}. {rate}; {n('returns.share_without_irr')} of the plans have none "
            f"at all, because their cash never turns or all but vanishes."
        ),
        TableBlock(
            "measures_money", "Money in the simulated plans",
            "Over all simulated plans and all months counted; discounted where it says so.",
            (Column("measure", "Measure"), Column("low", "1-in-10 low", "money"), Column("median", "Median", "money"),
             Column("mean", "Mean", "money"), Column("high", "1-in-10 high", "money")),
        ),
    )


def _payback(findings: Findings) -> tuple[Block, ...]:
    median = (
        f"The median plan has paid back after {n('returns.payback')}"
        if _known(findings, "payback") else "More than half of the plans do not pay back within the months counted"
    )
    return (
        Heading("When the money comes back"),
        Para(
            f"{median}. The chance of payback within {n('returns.payback_target')}, as promised, is "
            f"{n('returns.chance_payback_18')}; within {n('returns.horizon')} it is "
            f"{n('returns.chance_payback_within_horizon')}. Tranches start one after another, levers need months to be "
            f"built and months to have their effect, and their running cost goes on."
        ),
        FigureBlock("cash", (
            Column("plan_month", "Month of the plan", "count"), Column("q10", "1-in-10 low", "money"),
            Column("q50", "Median", "money"), Column("q90", "1-in-10 high", "money"),
        )),
    )


def _levers(findings: Findings) -> tuple[Block, ...]:
    earning = findings.value("returns.levers_earning")
    some = (
        f"Of them {n('returns.levers_earning')} earn their cost on average" if earning > 1
        else "Only one of them earns its cost on average" if earning == 1
        else "None of them earns its cost on average"
    )
    top, group, line = (str(findings[f"returns.{name}"].value) for name in ("top_lever", "best_group", "best_line"))
    return (
        Heading("Which levers carry it"),
        Para(
            f"The documents tell successes only, yet say themselves how often measures disappoint. So each of "
            f"{n('returns.levers')} works with a chance of {n('returns.success_prior')}, and one that works keeps on "
            f"average {n('returns.effect_share')} of its claim, after the claim is weighed by its evidence. "
            f"{some}; the largest benefit is that of this one: {top.lower()}."
        ),
        FigureBlock("levers", (
            Column("lever", "Lever"), Column("moves", "Moves"), Column("benefit_mean", "Mean benefit", "money"),
            Column("cost_mean", "Cost", "money"), Column("chance_earns_cost", "Earns its cost", "probability"),
            Column("funded_share", "Funded", "share"),
        )),
        Para(
            f"By group of measures, the best net return is that of {group} ({n('returns.best_group_roi')}); by line of "
            f"the budget, that of {line.lower()} ({n('returns.best_line_roi')}). A monthly review would read "
            f"{n('returns.roi_first_year')} after the first year and {n('returns.roi_to_horizon')} at the end: a "
            f"return "
            f"without its month says little."
        ),
        TableBlock(
            "levers", "The catalogue of levers",
            "Claimed is the mean of the claims behind a lever; weighed allows for the grade of their evidence. "
            "Reach is the share of sales, or of the cost, on which it can act: a guess.",
            (Column("lever", "Lever"), Column("moves", "Moves"), Column("line", "Paid by"),
             Column("tranche", "Tranche"), Column("claimed", "Claimed", "share"), Column("weighed", "Weighed", "share"),
             Column("reach_low", "Reach, low", "share"), Column("reach_high", "Reach, high", "share"),
             Column("documents", "From")),
        ),
    )


def _bridge(findings: Findings) -> tuple[Block, ...]:
    credit = (
        f"S3 credits {n('returns.credit_stated')} of new sales to conversion and user value together and leaves the "
        f"rest "
        f"untold. Split without favour, conversion has {n('returns.credit_conversion', 'both')} of the extra sales "
        f"here "
        f"and user value {n('returns.credit_user_value', 'both')}."
        if _known(findings, "credit_conversion") else "No simulated plan sells more, so that no credit can be given."
    )
    return (
        Heading("The bridge of sales"),
        Para(
            f"In the last year counted the plan lifts sales to {n('returns.bridge_lift', 'both')} times what they "
            f"would "
            f"be. Overlap changes them by {n('returns.bridge_overlap')}: levers on one quantity win over the same "
            f"customers. {credit}"
        ),
        FigureBlock("bridge", (
            Column("step", "Step"), Column("sales", "Sales", "money"), Column("share", "Of sales without", "share"),
            Column("low", "1-in-10 low", "share"), Column("high", "1-in-10 high", "share"),
        )),
        Para(
            f"The targets of S1 have a bridge of their own, and it overshoots: conversion and order value alone "
            f"multiply "
            f"to {n('returns.targets_growth')} more sales, while S1 aims at {n('returns.targets_goal')} a year. That "
            f"is "
            f"{n('returns.targets_years')} of the target at once, or the visits of one year would have to fall."
        ),
        TableBlock(
            "target_bridge", "The targets of S1, multiplied", 
            "Growth reached so far; in the last row, the factor on traffic.",
            (Column("step", "Step"), Column("factor", "Factor", "ratio"), Column("growth", "Growth", "share")),
        ),
    )


def _true(findings: Findings) -> tuple[Block, ...]:
    conditions = [
        f"{before} {n(f'returns.{name}')}{after}" for name, before, after in (
            ("break_even_effect_share", "levers that work deliver", " of what is claimed"),
            ("break_even_success_prior", "a lever works with a chance of", ""),
            ("break_even_horizon", "the plan goes on for", ""),
            ("break_even_benefit", "every benefit is larger by a factor of", ""),
        ) if _known(findings, name)
    ]
    must = (
        f"For the plan to break even on average, one of these must be true, all else as assumed: "
        f"{'; '.join(conditions)}."
        if conditions else "No single change that was tried makes the plan break even on average."
    )
    return (
        Heading("What must be true"),
        Para(
            f"{must} With every effect at its full claim, evidence not weighed, the mean net present value would be "
            f"{n('returns.npv_effects_100', 'both')}; at half of it {n('returns.npv_effects_50')}, at a quarter "
            f"{n('returns.npv_effects_25')}, and with no effect {n('returns.npv_effects_0')}. Only if every lever "
            f"worked "
            f"as claimed, it would be {n('returns.npv_all_work')}."
        ),
        TableBlock(
            "effect_shares", "Return at fixed shares of the claimed effects",
            "A lever still works with its prior chance only; in the last column every lever works. Larger is better.",
            (Column("share", "Of the claim", "share"), Column("npv_mean", "Mean NPV", "money"),
             Column("npv_low", "1-in-10 low", "money"), Column("npv_high", "1-in-10 high", "money"),
             Column("chance_positive", "Chance of gain", "probability"),
             Column("npv_all_work", "If all work", "money")),
        ),
    )


def _shared(findings: Findings) -> tuple[Block, ...]:
    first = (
        f"Charged over its life, what is paid once changes the net return of the first year from "
        f"{n('returns.roi_year_one_paid')} to {n('returns.roi_year_one_spread')}; the chance of the initial return "
        f"that "
        f"S1 tells of is {n('returns.chance_initial_roi')}."
        if _known(findings, "roi_year_one_spread") and _known(findings, "roi_year_one_paid")
        else "Nothing is paid in the first year, so that there is no initial return."
    )
    partner = (
        f"For the return of {n('returns.roi_cost_sharing_claim')} that S1 tells of, a partner would have to bear "
        f"{n('returns.partner_share_needed')} of the marketing cost and ask for nothing."
        if _known(findings, "partner_share_needed")
        else "Nothing is spent on marketing, so that there is nothing to share."
    )
    fair = (
        f"A provider who shares our priors would ask {n('returns.fair_fee')} of all benefit"
        if _known(findings, "fair_fee")
        else "No provider who shares our priors could be paid by result: all of the benefit would not pay its cost"
    )
    hopeful = (
        f"one who believes every claim would ask {n('returns.hopeful_fee')}. Such a contract leaves no loss with the "
        f"platform: its mean net present value is {n('returns.npv_by_result', 'both')}. Whoever sells these effects as "
        f"certain can be offered it"
        if _known(findings, "hopeful_fee") else "nor could one who believes every claim"
    )
    return (
        Heading("Cost spread over its life, and cost shared"),
        Para(first),
        Para(f"{partner} {fair}; {hopeful}."),
        TableBlock(
            "contracts", "Contracts side by side",
            "The worst tenth is the mean over the worst tenth of plans. The fee by result is that of a provider who "
            "believes every claim, if there is one.",
            (Column("contract", "Contract"), Column("own_cost", "Own cost", "money"),
             Column("npv_mean", "Mean NPV", "money"), Column("npv_low", "1-in-10 low", "money"),
             Column("npv_high", "1-in-10 high", "money"), Column("chance_loss", "Chance of loss", "probability"),
             Column("worst_tenth", "Worst tenth", "money")),
        ),
    )


def _customer(findings: Findings) -> tuple[Block, ...]:
    cost = (
        f"A customer whom the plan wins costs {n('returns.cac', 'both')} of marketing money, part of which is not "
        f"meant to "
        f"win customers," if _known(findings, "cac") else "More than half of the plans win no customer at all,"
    )
    return (
        Heading("What a customer costs and brings"),
        Para(
            f"{cost} and a new customer brings {n('returns.ltv', 'both')}. The ratio is "
            f"{n('returns.ltv_cac', 'both')}; the "
            f"chance of the {n('returns.ltv_cac_target')} that S3 asks for is {n('returns.chance_ltv_cac')}. At that "
            f"ratio "
            f"winning a customer may cost {n('returns.acquisition_limit')} at most."
        ),
        TableBlock(
            "unit_claims", "S3's figures of a user, held against each other",
            "Money in CNY. Where the verdict is fails, both figures cannot hold.",
            (Column("figure", "Figure"), Column("stated", "Stated", "ratio"), Column("computed", "Follows", "ratio"),
             Column("verdict", "Verdict", "status"), Column("proof", "Proof")),
        ),
        Para(
            f"Of {n('returns.unit_checks')} figures that S3 tells of a user, {n('returns.unit_checks_failed')} do not "
            f"hold "
            f"together. Its gain on a user would take a contribution margin of {n('returns.margin_implied')} that it "
            f"never tells; here it is {n('returns.margin_here')}."
        ),
    )


def _benefits(findings: Findings) -> tuple[Block, ...]:
    return (
        Heading("Direct and indirect benefits"),
        Para(
            f"At their full claims the direct benefits of S1 would be worth {n('returns.direct_told')} a year here, "
            f"{n('returns.direct_interaction')} of it because conversion and order value multiply. Believed as every "
            f"claim "
            f"is here, they are worth {n('returns.direct_believed', 'both')}. Of the indirect ones, more repurchases "
            f"would "
            f"bring {n('returns.repurchase_believed', 'both')} a year and sharing "
            f"{n('returns.referral_believed', 'both')}. What a better name is worth is not known: nothing here ties a "
            f"recommendation score to sales. It is not counted; were it to bring one percent more sales, that would be "
            f"{n('returns.percent_worth', 'both')} a year."
        ),
        TableBlock(
            "direct", "Direct benefits a year",
            "Split shares out what conversion and order value bring together.",
            (Column("benefit", "Benefit"), Column("alone", "Full claim", "money"), Column("split", "Split", "money"),
             Column("believed", "Believed", "money"), Column("low", "1-in-10 low", "money"),
             Column("high", "1-in-10 high", "money")),
        ),
    )


def _rebuilt(findings: Findings) -> tuple[Block, ...]:
    gains = findings.value("returns.rebuilt_npv") > 0
    return (
        Heading("The chapters that S0 lacks"),
        Para(
            f"S0 announces chapters on benefit and payback and ends before them. Rebuilt as own work, not as the "
            f"document's: its {n('returns.rebuilt_levers')}, with all that they need and paid in full, cost "
            f"{n('returns.rebuilt_cost', 'both')}. They {'gain' if gains else 'lose'} on average: their net present "
            f"value "
            f"is {n('returns.rebuilt_npv', 'both')}. They pay back within {n('returns.horizon')} with a chance of "
            f"{n('returns.rebuilt_chance_payback')}."
        ),
        TableBlock(
            "rebuilt", "Benefit of S0's measures, own reconstruction", "Discounted, over all simulated plans.",
            (Column("lever", "Measure"), Column("benefit_mean", "Mean benefit", "money"),
             Column("benefit_high", "1-in-10 high", "money"), Column("cost_mean", "Cost", "money"),
             Column("chance_earns_cost", "Earns its cost", "probability")),
        ),
    )


def _limits() -> tuple[str, ...]:
    return (
        "No effect was measured on this platform: all are claims, shrunken by stated priors. An experiment beats "
        "every one of them.",
        "How much of sales a lever reaches, what it costs, and the contribution margin are guesses: the orders hold no "
        "costs and no visits.",
        "Sales are goods sold before returns of goods; taxes and financing are left out, and so are benefits after the "
        "months counted.",
        "This chapter tells the plan as the documents write it. What to fund instead is told in the chapter on the "
        "decision.",
    )
