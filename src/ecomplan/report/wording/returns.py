"""The chapter on returns."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """What the plan costs and returns, and what to approve, told to a board."""
    return Chapter(
        stage="returns", title="What to spend, and what it returns", answer=_answer(findings),
        blocks=(
            *_return(findings), *_budget(), *_payback(findings), *_levers(findings), *_drivers(findings),
            *_decision(findings),
        ),
        limits=_limits(),
    )


def _answer(findings: Findings) -> str:
    whole = f"the whole plan has a chance of {n('returns.chance_npv_positive')} to return more than it costs"
    match findings["returns.decision_kind"].value:
        case "whole":
            return f"Approve the whole plan: {whole}, and nine in ten simulated plans gain."
        case "stage one":
            return (
                f"Approve stage one only, {n('returns.stage_one')}, and release the rest lever by lever on test "
                f"results: {whole}, but stopping what fails makes the mean return positive."
            )
        case _:
            return (
                f"Do not approve the budget of {n('returns.budget', 'range')} as written: {whole}. "
                + (
                    f"Ask instead for a first stage of tests that costs at most {n('returns.stage_one_worth')}."
                    if findings.value("returns.stage_one_worth") > 0 else "No first stage of it is worth its cost."
                )
            )


def _return(findings: Findings) -> tuple[Block, ...]:
    gains = findings.value("returns.npv") > 0
    rate = (
        f"The average cash flow returns {n('returns.irr')} a year" if findings["returns.irr"].value is not None
        else "The average cash flow has no single internal rate of return"
    )
    return (
        Para(
            f"On average the whole plan {'gains' if gains else 'loses'}: its net present value is "
            f"{n('returns.npv', 'both')}. It costs {n('returns.cost')} and brings {n('returns.benefit', 'both')}, "
            f"both discounted, over {n('returns.horizon')}. All levers together lift sales by "
            f"{n('returns.sales_lift', 'both')} in the last of these months."
        ),
        FigureBlock("npv", (
            Column("npv_from", "From", "money"), Column("npv_to", "To", "money"), Column("share", "Plans", "share"),
        )),
        Para(
            f"The documents promise a return on investment of {n('returns.roi_claim')} and never define it. Defined "
            f"as discounted gain over discounted cost it is {n('returns.roi_net', 'both')}, and the chance of the "
            f"promise is {n('returns.chance_roi_claim')}. Counted as extra sales over money spent, before any cost of "
            f"those sales, it is {n('returns.roi_gross', 'both')}, and the chance is "
            f"{n('returns.chance_roi_claim_gross')}. "
            f"{rate}; {n('returns.share_without_irr')} of the plans have none at all, because their cash never turns "
            f"or all but vanishes."
        ),
        TableBlock(
            "measures_money", "Money in the simulated plans",
            "Over all simulated plans and all months counted; discounted where it says so.",
            (Column("measure", "Measure"), Column("low", "1-in-10 low", "money"), Column("median", "Median", "money"),
             Column("mean", "Mean", "money"), Column("high", "1-in-10 high", "money")),
        ),
    )


def _budget() -> tuple[Block, ...]:
    return (
        Heading("The budget does not add up"),
        Para(
            f"The growth document asks for {n('returns.budget_cny', 'range')}; at the stated rate that is "
            f"{n('returns.budget', 'range')}. Shares and amounts of its lines contradict each other, and so do its "
            f"tranches and its yearly spending. Of {n('returns.checks')} checks of the documents against themselves "
            f"{n('returns.checks_failed')} fail. The largest gap is in S1: its targets for conversion and order value "
            f"multiply to {n('returns.bridge')} more sales, while it aims at {n('returns.bridge_target')} a year."
        ),
        TableBlock(
            "budget", "The budget by line", "Shares are taken as the rule; stated amounts are rough (o07).",
            (Column("line", "Line"), Column("share", "Share", "share"), Column("low_cny", "Low, CNY", "cny"),
             Column("high_cny", "High, CNY", "cny"), Column("stated_cny", "As stated, CNY", "cny"),
             Column("mid_money", "Mid", "money")),
        ),
        TableBlock(
            "budget_checks", "The documents against themselves",
            "One proof a line. Where the verdict is fails, both figures cannot hold.",
            (Column("check", "Check"), Column("stated", "Stated"), Column("computed", "Follows"),
             Column("verdict", "Verdict"), Column("proof", "Proof")),
        ),
    )


def _payback(findings: Findings) -> tuple[Block, ...]:
    median = (
        f"The median plan has paid back after {n('returns.payback')}"
        if findings["returns.payback"].value is not None
        else "More than half of the plans do not pay back within the months counted"
    )
    return (
        Heading("When the money comes back"),
        Para(
            f"{median}. The chance of payback within {n('returns.payback_target')}, as promised, is "
            f"{n('returns.chance_payback_18')}; within {n('returns.horizon')} it is "
            f"{n('returns.chance_payback_within_horizon')}. The plan's own milestones explain it: the first tranche is "
            f"spent after {n('returns.stage_one_months')}, and its levers need more months to reach their full effect."
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
    top = str(findings["returns.top_lever"].value).lower()
    return (
        Heading("Which levers carry it"),
        Para(
            f"The documents tell successes only, yet say themselves how often measures disappoint. So each of "
            f"{n('returns.levers')} works with a chance of {n('returns.success_prior')}, and one that works keeps on "
            f"average {n('returns.effect_share')} of its claim, after the claim is weighed by its evidence. "
            f"{some}; the largest benefit comes from {top}."
        ),
        FigureBlock("levers", (
            Column("lever", "Lever"), Column("moves", "Moves"), Column("benefit_mean", "Mean benefit", "money"),
            Column("cost_mean", "Cost", "money"), Column("chance_earns_cost", "Earns its cost", "probability"),
        )),
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


def _drivers(findings: Findings) -> tuple[Block, ...]:
    driver = str(findings["returns.top_driver"].value).lower()
    conditions = [
        f"{before} {n(key)}{after}" for key, before, after in (
            ("returns.break_even_effect_share", "levers that work deliver", " of what is claimed"),
            ("returns.break_even_success_prior", "a lever works with a chance of", ""),
            ("returns.break_even_horizon", "effects last, at no further cost, for", ""),
            ("returns.break_even_benefit", "every benefit is larger by a factor of", ""),
        ) if findings[key].value is not None
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
            f"{n('returns.npv_effects_25')}, and with no effect {n('returns.npv_effects_0')}."
        ),
        TableBlock(
            "effect_shares", "Return at fixed shares of the claimed effects",
            "A lever still works with its prior chance only; in the last column every lever works. Larger is better.",
            (Column("share", "Of the claim", "share"), Column("npv_mean", "Mean NPV", "money"),
             Column("npv_low", "1-in-10 low", "money"), Column("npv_high", "1-in-10 high", "money"),
             Column("chance_positive", "Chance of gain", "probability"),
             Column("npv_all_work", "If all work", "money")),
        ),
        Para(
            f"One input decides most: {driver}. At its better end alone, the mean net present value is "
            f"{n('returns.top_driver_npv')}. What stands at the top of the figure is the first thing to test."
        ),
        FigureBlock("tornado", (
            Column("input", "Input"), Column("low_label", "Low end"), Column("npv_low_end", "NPV there", "money"),
            Column("high_label", "High end"), Column("npv_high_end", "NPV there", "money"),
        )),
    )


def _decision(findings: Findings) -> tuple[Block, ...]:
    decision, reason = (str(findings[f"returns.{name}"].value) for name in ("decision", "decision_reason"))
    return (
        Heading("What to approve"),
        Para(
            f"{decision}. {reason} Stage one, tested without error, and then only the levers that earn what is left of "
            f"their cost, is worth {n('returns.npv_staged', 'both')} and gains with a chance of "
            f"{n('returns.chance_staged_positive')}. Stage one as written costs {n('returns.stage_one_cost')}, "
            f"discounted; the most it may cost is {n('returns.stage_one_worth')}."
        ),
        TableBlock(
            "options", "The options side by side", "At risk is the discounted money committed today.",
            (Column("option", "Option"), Column("npv_mean", "Mean NPV", "money"),
             Column("npv_low", "1-in-10 low", "money"), Column("npv_high", "1-in-10 high", "money"),
             Column("chance_positive", "Chance of gain", "probability"), Column("at_risk", "At risk", "money")),
        ),
    )


def _limits() -> tuple[str, ...]:
    return (
        "No effect was measured on this platform: all are claims, shrunken by stated priors. An experiment beats "
        "every one of them.",
        "How much of sales a lever reaches, and the contribution margin, are guesses: the orders hold no costs and no "
        "visits.",
        "Sales are goods sold before returns of goods, and later years repeat the plan year; growth, taxes and "
        "financing are left out.",
        "Tests in stage one are taken to be free of error, so its worth is an upper bound; benefits after the months "
        "counted are left out, and so is the cost of keeping effects up.",
    )
