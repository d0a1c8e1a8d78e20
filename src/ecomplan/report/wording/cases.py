"""The chapter on single measures."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_NPV = (Column("npv", "Value", "money"), Column("low", "Low", "money"), Column("high", "High", "money"),
        Column("chance", "Chance of a gain", "probability"))


def chapter(findings: Findings) -> Chapter:
    """Single measures as business cases, told to a board."""
    blocks: list[Block] = [
        Heading("Which of them pay here?"),
        Para(_ranked(findings)),
        FigureBlock("cases"),
        TableBlock(
            "cases", "Single measures, best first",
            "Values are present values over the months counted. Volume: times today's sales at which the mean benefit "
            "covers the mean cost.",
            (Column("case", "Case"), Column("claimed", "Claimed", "share"), Column("expected", "Kept", "share"),
             Column("as_told", "Value if fully true", "money"), *_NPV, Column("volume", "Volume", "ratio")),
        ),
        Heading("Features"),
        Para(_features(findings)),
        TableBlock(
            "features", "Features", "The gain needed is the true one, where the feature reaches, at which it pays.",
            (Column("feature", "Feature"), Column("claimed", "Claimed", "share"), Column("kept", "Kept", "share"),
             Column("reach", "Reach", "share"), *_NPV, Column("gain_needed", "Gain needed", "share")),
        ),
        Heading("Service, supply and warehouses"),
        Para(_service(findings)),
        Para(_warehouses(findings)),
        FigureBlock("warehouses", (
            Column("volume", "Times the volume", "ratio"), Column("count", "Warehouses", "count"),
            Column("value", "Cost an order", "money"), Column("low", "Low", "money"), Column("high", "High", "money"),
        )),
        Para(_abroad(findings)),
        TableBlock(
            "abroad", "Stock abroad by country", "A year's gain on the sales there, less what the place costs.",
            (Column("country", "Country"), Column("orders", "Orders", "orders"), Column("sales", "Sales", "money"),
             Column("net", "Gain a year", "money"), Column("low", "Low", "money"), Column("high", "High", "money"),
             Column("multiple", "Times today's sales to pay", "ratio")), rows=6,
        ),
        Heading("What trials gain, and what they report"),
        Para(_learning(findings)),
        FigureBlock("learning", (
            Column("month", "Month", "count"), Column("middle", "True", "share"), Column("low", "Low", "share"),
            Column("high", "High", "share"), Column("reported", "Reported", "share"),
            Column("claimed", "Claimed", "share"),
        )),
        Heading("Platform, merchant and provider"),
        Para(_split(findings)),
        FigureBlock("split", (
            Column("place", "Where"), Column("party", "Party"), Column("rule", "Rule"), Column("paid", "Paid", "money"),
            Column("share", "Share", "share"), Column("least_share", "Least", "share"),
            Column("most_share", "Most", "share"),
        )),
        Heading("Trying a technology first"),
        Para(_options(findings)),
        TableBlock(
            "options", "Technology of the later tranches", "Trying first: the trial paid, with the right to stop.",
            (Column("lever", "Technology"), Column("worth", "Worth if it works", "money"),
             Column("price", "Price", "money"), Column("committed", "Built at once", "money"),
             Column("net", "Tried first", "money"), Column("at_most", "Dearest trial, of the price", "share")),
        ),
        Heading("The ratio of output to input"),
        Para(_ratio(findings)),
        TableBlock(
            "meanings", "What the ratio can mean", "At the catalogue's cost shares, with their ranges.",
            (Column("meaning", "Meaning"), Column("value", "Ratio", "ratio"), Column("low", "Low", "ratio"),
             Column("high", "High", "ratio"), Column("chance_high", "Chance above the claim", "probability")),
        ),
    ]
    return Chapter(
        stage="cases", title="Single measures, one by one", answer=_answer(findings), blocks=tuple(blocks),
        limits=(
            "The orders hold no costs. Costs of measures come from the catalogue, cost shares from its guesses; "
            "contacts, carriage, stock, merchants and trials are assumed ranges.",
            "Each measure stands alone. Together they share what they stand on and win over the same customers; the "
            "plan as a whole counts that, this chapter does not.",
            "The warehouse model knows distance, rent and stock only. Speed of delivery, which may win customers, is "
            "left to the plan's levers.",
            "What the loop of trials adds rests on an assumed gain of a trial. The decision on what to fund takes "
            "testing at the catalogue's price and effect and does not pay for the loop; the first quarter of trials "
            "would show which of the two is right.",
            "No contract with merchants or providers and no trial is recorded, so that splits and trials are "
            "simulated throughout.",
        ),
    )


def _known(findings: Findings, *names: str) -> bool:
    return all(findings[f"cases.{name}"].value is not None for name in names)


def _answer(findings: Findings) -> str:
    likely = findings.value("cases.cases_likely")
    head = (
        f"None of {n('cases.cases')} single measures is more likely than not to gain at this volume" if likely == 0 else
        f"Of {n('cases.cases')} single measures {n('cases.cases_likely')} {_is(likely)} more likely than not to gain "
        f"at this volume: {_name(findings, 'case_best')} leads with a chance of {n('cases.case_best_chance')}"
    )
    return (
        f"{head}; even if every claim held in full, {n('cases.cases_told')} would, because most cost the same for a "
        f"small shop as for a large one."
    )


def _is(count: float) -> str:
    return "is" if count == 1 else "are"


def _name(findings: Findings, name: str) -> str:
    text = str(findings[f"cases.{name}"].value)
    return text[:1].lower() + text[1:] if not text[:2].isupper() else text


def _ranked(findings: Findings) -> str:
    return (
        f"Largest is {_name(findings, 'case_best')}: {n('cases.case_best_npv', 'both')}, a gain with a chance of "
        f"{n('cases.case_best_chance')}. Of the {n('cases.cases')} cases {n('cases.cases_gain')} "
        f"{_has(findings.value('cases.cases_gain'))} a mean gain. What is claimed is shrunken for the grade of its "
        f"evidence, for selection, and because most measures do not work at all; rings show what full belief would "
        f"make of it. Where even the ring lies left of nothing, no better evidence could help: the shop is too small."
    )


def _has(count: float) -> str:
    return "has" if count == 1 else "have"


def _features(findings: Findings) -> str:
    text = (
        f"Best is {_name(findings, 'feature_best')} with {n('cases.feature_best_npv', 'both')} and a chance of "
        f"{n('cases.feature_best_chance')}. The chance that at least one feature gains is {n('cases.feature_any')}; "
        f"with separate luck it would be {n('cases.feature_apart')}, but all claims come from the same kind of "
        f"source. Try-on by AR is told to lift conversion by {n('cases.ar_claimed')}; of that {n('cases.ar_kept')} "
        f"is kept where it works."
    )
    if _known(findings, "ar_needed"):
        text += (
            f" To pay here it would have to bring {n('cases.ar_needed')} on the few goods that it reaches; with its "
            f"claim held in full it is worth {n('cases.ar_as_told')}."
        )
    if _known(findings, "voice_needed"):
        text += (
            f" Of voice only a reach is told, no effect: among those who would use it conversion must rise by "
            f"{n('cases.voice_needed')} before it pays."
        )
    return text


def _service(findings: Findings) -> str:
    text = (
        f"About {n('cases.contacts', 'both')} contacts a year, counted from orders, cost "
        f"{n('cases.service_cost', 'both')}. Triage and an assistant would cost more than they save: "
        if findings.value("cases.service_npv") < 0 else
        f"About {n('cases.contacts', 'both')} contacts a year, counted from orders, cost "
        f"{n('cases.service_cost', 'both')}. Triage and an assistant are worth "
    ) + n("cases.service_npv", "both")
    if _known(findings, "service_orders", "service_orders_catalogue"):
        text += (
            f". They pay from {n('cases.service_orders')} a year on, against {n('cases.orders')} expected; on the "
            f"catalogue's larger cost of service, from {n('cases.service_orders_catalogue')}"
        )
    return (
        f"{text}. Counting contacts for two weeks would tell which holds. Supply deals gain with a chance of "
        f"{n('cases.deals_chance')} at the saving told ({n('cases.deals_npv', 'both')}) and "
        f"{n('cases.discount_chance')} at the discount planned."
    )


def _warehouses(findings: Findings) -> str:
    text = (
        f"At this volume the cheapest number of warehouses is {n('cases.warehouses_best', 'both')}; one alone is "
        f"cheapest with a chance of {n('cases.warehouses_single')}. S3 plans at least {n('cases.warehouses_told')} "
        f"and a change of cost of {n('cases.warehouses_cost_told')}. Here so many would change it by "
        f"{n('cases.warehouses_cost', 'both')}."
    )
    if _known(findings, "told_sales"):
        text += (
            f" Their rent alone asks for sales of {n('cases.told_sales', 'both')} a year; this shop has "
            f"{n('cases.shop_sales')}."
        )
    if not _known(findings, "told_sales_stock"):
        text += " With the safety stock of goods that turn as slowly as assumed here, no volume carries them."
    return text


def _abroad(findings: Findings) -> str:
    if not _known(findings, "abroad_best"):
        return "No country abroad has customers enough to be shown, so that stock there stays unjudged."
    return (
        f"Stock abroad pays from sales of {n('cases.abroad_sales')} a year in one country, "
        f"{n('cases.abroad_multiple')} times those of the largest shown; no country reaches a higher chance than "
        f"{n('cases.abroad_best')}. Countries with few customers are left out."
    )


def _learning(findings: Findings) -> str:
    likely = findings.value("cases.learned_chance")
    verdict = (
        "Trials alone do not bring that" if likely < 0.1 else "Trials alone may bring that" if likely < 0.5 else
        "Trials alone probably bring that"
    )
    return (
        f"S0 tells of {n('cases.month_told')} a month, which compounds to {n('cases.pdca_year')} a year; S3 of at "
        f"least {n('cases.year_told')}. {verdict}: in the first year they add {n('cases.learned_year', 'both')}, or "
        f"{n('cases.month_true', 'both')} a month, and the chance of the growth that S3 tells of is "
        f"{n('cases.learned_chance')}; with {n('cases.volume_large')} times the orders it is "
        f"{n('cases.learned_chance_large')}. The best length is {n('cases.trial_weeks')}, with a standard error of "
        f"{n('cases.trial_error')} and {n('cases.trial_right')} of the changes adopted truly helping. How such a claim "
        f"can come about: monthly trials that adopt what looks better would report "
        f"{n('cases.month_reported', 'both')} a month, with {n('cases.month_behind', 'both')} truly behind it. If no "
        f"change did anything at all, they would still report {n('cases.month_chance')}."
    )


def _split(findings: Findings) -> str:
    text = (
        f"If sharing data works, it leaves a surplus here with a chance of {n('cases.sharing_chance')}; doubts "
        f"counted, it is worth {n('cases.sharing_npv', 'both')} to all three together."
    )
    if not _known(findings, "fund_volume", "shapley_stable", "provider_margin"):
        return text
    return (
        f"{text} The fund of {n('cases.fund')} that S1 tells of would be carried from {n('cases.fund_volume')} times "
        f"this shop's sales, and then only if sharing works. There a split by what each adds (Shapley) holds with a "
        f"chance of {n('cases.shapley_stable')}, equal shares with {n('cases.nash_stable')}: platform and merchant "
        f"could build without the provider before paying it a third. By Shapley a provider's margin is "
        f"{n('cases.provider_margin', 'both')}, the most that holds {n('cases.provider_margin_most', 'both')}; S1 "
        f"tells of {n('cases.provider_margin_told')}."
    )


def _options(findings: Findings) -> str:
    worth = findings.value("cases.options_worth")
    head = (
        f"Of {n('cases.options')} technologies {n('cases.options_at_once')} would be built at once and "
        f"{n('cases.options_worth')} {_is(worth)} worth trying first. "
    )
    if worth > 0:
        head += (
            f"First is {_name(findings, 'option_best')}: {n('cases.option_at_once')} built at once, "
            f"{n('cases.option_net')} tried first, as long as the trial costs less than {n('cases.option_at_most')} "
            f"of the price. Trials worth paying take {n('cases.option_share')} of a year's technology money. "
        )
    else:
        head += "No trial is worth its cost, so that no yearly share for pre-research can be defended here. "
    text = (
        f"{head}The rule to stop: build only if the trial passes, and the belief of {n('cases.option_belief')} after "
        f"it times the worth then seen exceeds the price."
    )
    if _known(findings, "option_output"):
        text += (
            f" Trying first changes output per money spent by {n('cases.option_output')} against building all at "
            f"once."
        )
    return text


def _ratio(findings: Findings) -> str:
    text = (
        f"S0 sets a ratio of {n('cases.ratio_told')} against {n('cases.ratio_old')} and defines neither. What the "
        f"words can mean lies between {n('cases.ratio_least')} and {n('cases.ratio_most')} for this shop as it is, "
        f"so that the claim can be met by choosing a meaning. It amounts to a rise of {n('cases.ratio_step')}."
    )
    if not _known(findings, "sales_change", "line_change"):
        return f"{text} Fewer than two full years are recorded, so that no trend can be set beside it."
    return (
        f"{text} In a year this shop's ratio moved between {n('cases.line_change', 'both')}, if operating cost "
        f"follows order lines, and {n('cases.sales_change', 'both')}, if it is fixed."
    )
