"""The chapter on data leaks."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """How customer data leak, what a leak costs, what each control is worth, told to a board."""
    paying = findings.value("breach.controls_paying")
    answer = (
        f"The chance that customer data leak in 2026 is {n('breach.leak_chance', 'both')}, and leaks cost "
        f"{n('breach.yearly_loss', 'both')} in an average year."
    )
    blocks: list[Block] = [
        Para(
            f"Three ways lead out: an attack from outside ({n('breach.outside_chance')} a year), someone inside "
            f"({n('breach.insider_chance')}) and a vendor ({n('breach.vendor_chance')}). The figures come from a "
            f"network of {n('breach.nodes')} causes and effects. No leak of this shop is on record, so that the tables "
            f"behind it are judgements, {n('breach.published')} of them backed by surveys; the ranges carry that."
        ),
        FigureBlock("network", (
            Column("name", "Node"), Column("chance", "As things are", "probability"),
            Column("low", "1 in 10 below", "probability"), Column("high", "1 in 10 above", "probability"),
            Column("given_leak", "Once a leak is known", "probability"), Column("grade", "Ground"),
        )),
        Heading("What a sign changes"),
        Para(
            f"Once an intruder is inside, the chance of a leak is {n('breach.leak_intruder', 'both')}; once a vendor "
            f"is hit, {n('breach.leak_vendor', 'both')}. Phishing that worked raises it only to "
            f"{n('breach.leak_phishing')}, because it happens in most years anyway. With every control in place "
            f"{n('breach.leak_all_controls', 'both')} remain."
        ),
        FigureBlock("what_if", (
            Column("question", "What is known"), Column("leak", "Chance of a leak", "probability"),
            Column("low", "1 in 10 below", "probability"), Column("high", "1 in 10 above", "probability"),
            Column("loss", "Expected loss", "money"),
        )),
        Heading("What a leak costs"),
        Para(
            f"The documents' average leak, brought to this shop's size, costs {n('breach.leak_cost', 'both')}. A fit "
            f"on the number of records gives {n('breach.leak_cost_records')} for a middling part of the "
            f"{n('breach.customers')} customers. The two differ more than the controls do."
        ),
        TableBlock(
            "ways", "The three ways in a year", "Cost of one leak: one in ten below the first, one in ten above the "
            "second figure.",
            (Column("way", "Way"), Column("chance", "Chance", "probability"),
             Column("loss_low", "One leak, low", "money"), Column("loss_high", "One leak, high", "money"),
             Column("yearly", "Expected a year", "money")),
        ),
        TableBlock(
            "readings", "Cost of a leak, read in three ways", "The first is used; the others show how far readings go.",
            (Column("reading", "Reading"), Column("cost", "Cost", "money"), Column("low", "Low", "money"),
             Column("high", "High", "money")),
        ),
        Heading("What each control is worth"),
        *_worth(findings, paying),
        Heading("What to find out first"),
        Para(_find_out(findings)),
        TableBlock(
            "information", "What tells most about a leak", "Share of the uncertainty about a leak that knowing it "
            "takes away.",
            (Column("name", "Node"), Column("role", "Kind"), Column("share", "Share taken away", "share")), rows=8,
        ),
        TableBlock(
            "checks", "The network beside surveys", "Share of leaks in which each stands. The surveys were in sight "
            "when the tables were set, so that this is no independent test.",
            (Column("check", "Share of leaks"), Column("published", "Survey", "share"),
             Column("network", "Network", "share"), Column("low", "Low", "share"), Column("high", "High", "share")),
        ),
        Heading("Counts with noise"),
        Para(
            f"Encryption in use, proofs without knowledge and shared computing need systems that this plan does not "
            f"have. What can be shown is the price of one such method: noise on counts of customers by country that "
            f"hides any single customer. At an epsilon of one a count is off by {n('breach.noise_error')} on average, "
            f"and in {n('breach.noise_within')} of the {n('breach.countries')} countries it still serves, within "
            f"{n('breach.noise_close')} of the truth. Large countries keep their figures, small ones vanish in noise."
        ),
        TableBlock(
            "noise", "Protection against accuracy", "Epsilon: privacy budget; smaller protects more.",
            (Column("epsilon", "Epsilon", "ratio"), Column("error", "Mean error", "customers"),
             Column("error_ninety", "Nine in ten within", "customers"), Column("within", "Countries served", "share"),
             Column("customers_within", "Customers in them", "share")),
        ),
    ]
    return Chapter(
        stage="breach", title="How customer data leak", answer=answer, blocks=tuple(blocks),
        limits=(
            "Which controls the shop really has is not known here; the network takes shares from surveys and guesses.",
            "A year knows each event once; several leaks in one year are not counted apart.",
            "A control stands for its full use. One bought and half used does less.",
            "Prices of controls are judgements, first cost spread over some years; no document names the price of one.",
        ),
    )


def _worth(findings: Findings, paying: float) -> list[Block]:
    best = str(findings["breach.best_control"].value)
    nearest = str(findings["breach.nearest_control"].value)
    verdict = (
        f"{n('breach.controls_paying')} of {n('breach.controls')} controls save more than they cost."
        if paying > 0 else
        f"None of the {n('breach.controls')} controls saves as much as it costs: the nearest is "
        f"{nearest[0].lower() + nearest[1:]}, which would pay if leaks cost {n('breach.pays_from')} times as much."
    )
    return [
        Para(
            f"{verdict} Most is saved by {best[0].lower() + best[1:]}, {n('breach.best_saved', 'both')} a year for "
            f"{n('breach.best_cost')}. Duties of law, and trust that is lost for good, are not counted in this and may "
            f"decide otherwise."
        ),
        FigureBlock("controls", (
            Column("name", "Control"), Column("in_place", "In place today", "probability"),
            Column("fall", "Fall of the chance", "share"), Column("saved", "Loss saved", "money"),
            Column("cost", "Cost", "money"), Column("pays_from", "Pays from, times", "ratio"),
        )),
        Para(
            f"For leak prevention the documents claim a fall of leaks by {n('breach.leak_prevention_claimed')}. As the "
            f"project believes claims, {n('breach.leak_prevention_believed')} of that kind are left. The network, "
            f"built from causes, finds {n('breach.leak_prevention_fall', 'both')}: more than is believed of a bare "
            f"claim, as the control is set to full use, and "
            f"{_beside(findings)}."
        ),
    ]


def _beside(findings: Findings) -> str:
    found, told = findings["breach.leak_prevention_fall"], findings.value("breach.leak_prevention_claimed")
    if found.low is not None and found.high is not None and found.low <= told <= found.high:
        return "in reach of the claim"
    return "short of the claim" if found.value is not None and float(found.value) < told else "above the claim"


def _find_out(findings: Findings) -> str:
    most, carries = (str(findings[f"breach.{name}"].value) for name in ("tells_most", "carries_most"))
    money = (
        f"Finding out beforehand which controls are really in place would save at most {n('breach.knowing_money')} a "
        f"year."
        if findings.value("breach.knowing_money") > 0 else
        "Finding out beforehand which controls are really in place would change no decision at these prices, and so is "
        "worth nothing in money."
    )
    return (
        f"Whether this is so tells most about a leak: \u201c{most.lower()}\u201d. Knowing it takes away "
        f"{n('breach.tells_share')} of the uncertainty, so that is what monitoring should watch. {money} The largest "
        f"part of the range of the leak chance, {n('breach.carries_share')}, comes from the table "
        f"\u201c{carries.lower()}\u201d: own records there would narrow it first."
    )
