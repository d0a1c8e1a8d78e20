"""The chapter on intention and returns."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_EFFECT = (Column("truth", "Truth", "ratio"), Column("estimate", "Estimate", "ratio"), Column("low", "Low", "ratio"),
           Column("high", "High", "ratio"))


def chapter(findings: Findings) -> Chapter:
    """From intention to purchase, less what is sent back, told to a board."""
    first, later = findings["intention.first_any"], findings["intention.later_any"]
    if first.value is None or later.value is None:
        tenure = "Too few customers ordered to set first against later orders."
    else:
        apart = (first.high or 0) < (later.low or 0) or (later.high or 0) < (first.low or 0)
        tenure = (
            f"Something comes back from {n('intention.first_any', 'both')} of first orders and from "
            f"{n('intention.later_any', 'both')} of later ones; the two ranges {'stand apart' if apart else 'meet'}."
        )
    without = findings.value("intention.intention_on_behaviour_without")
    more = "overrates" if without > findings.value("intention.intention_on_behaviour_truth") else "underrates"
    covered = findings["intention.coverage"]
    honest = (covered.low or 0) <= covered.interval_percent / 100 <= (covered.high or 1)
    calm = (
        f"To lift conversion from {n('intention.start')} to {n('intention.target')} by calm alone, anxiety would have "
        f"to fall by {n('intention.calm_needed', 'both')} standard deviations: reassurance helps, and does not reach "
        f"the target by itself."
        if findings["intention.calm_needed"].value is not None else
        "The fit does not show that calm raises conversion, so no fall of anxiety can be named that reaches the target."
    )
    needed = (
        f" To keep {n('intention.target')} after returns, {n('intention.needed', 'both')} is needed before them."
        if findings["intention.needed"].value is not None else ""
    )
    unmatched = (
        f" The sale could not be found for {n('intention.unmatched')} of the value of all returns; these are left out."
        if findings["intention.unmatched"].value is not None else ""
    )
    blocks: list[Block] = [
        Heading("What the platform's customers send back"),
        Para(
            f"Within {n('intention.window')} customers send back {n('intention.value_back', 'both')} of the value "
            f"of an order. Something comes back from {n('intention.any_back', 'both')} of orders, and "
            f"{n('intention.undone', 'both')} are undone as a whole. {tenure}{unmatched}"
        ),
        TableBlock(
            "kept", "Sent back, by order and price",
            "Share of value, of orders with anything sent back, and of orders undone. Smaller is better.",
            (Column("level", "Orders"), Column("customers", "Customers", "customers"),
             Column("value", "Of value", "share"), Column("value_low", "Low", "share"),
             Column("value_high", "High", "share"), Column("any", "Anything", "share"),
             Column("undone", "Undone", "share")),
        ),
        Heading("Conversion that is kept"),
        Para(
            f"S1 aims at a conversion of {n('intention.target')}, up from {n('intention.start')}. At the platform's "
            f"share of value sent back, {n('intention.target_kept', 'both')} of it is kept; if every order from which "
            f"anything came back were lost, {n('intention.target_kept_any', 'both')}. At the "
            f"{n('intention.told_back')} that S0 calls usual it would be {n('intention.target_kept_told')}.{needed} "
            f"The platform counts no visits, so its own conversion is not known."
        ),
        FigureBlock("sensitivity", (
            Column("shift", "Shift of anxiety", "ratio"), Column("before", "Before returns", "share"),
            Column("low", "Low", "share"), Column("high", "High", "share"), Column("kept", "Kept", "share"),
        )),
        Para(
            f"One standard deviation less anxiety would lift conversion from {n('intention.start')} to "
            f"{n('intention.calmer', 'both')}. {calm} The size of the effect is assumed; see below."
        ),
        Heading("What moves a purchase"),
        Para(
            f"The decision equation of S1 is the theory of planned behaviour with anxiety added. No survey of the "
            f"customers exists, so {n('intention.respondents')} answers were simulated from a stated truth that "
            f"explains {n('intention.explained_intention')} of intention and {n('intention.explained_behaviour')} of "
            f"behaviour, and the model was fitted to them. In this survey {n('intention.paths_held')} of "
            f"{n('intention.paths')} ranges hold the truth; over {n('intention.simulations')} surveys "
            f"{n('intention.coverage', 'both')} of ranges do, "
            f"{'as they claim' if honest else 'which is not quite what they claim'}. The mean over all surveys "
            f"lies within {n('intention.bias')} of the truth for every effect."
        ),
        FigureBlock("paths", (Column("name", "Effect"), Column("model", "Model"), *_EFFECT)),
        Para(
            f"Intention moves behaviour by {n('intention.intention_on_behaviour', 'both')}; the truth is "
            f"{n('intention.intention_on_behaviour_truth')}. Leave anxiety out, and the model {more} intention for "
            f"good: {n('intention.intention_on_behaviour_without')}, however many are asked."
        ),
    ]
    return Chapter(
        stage="intention", title="From intention to what is kept",
        answer=(
            f"Customers send back {n('intention.value_back')} of value and something from {n('intention.any_back')} "
            f"of orders, so a conversion of {n('intention.target')} on paper is {n('intention.target_kept')} kept."
        ),
        blocks=tuple(blocks),
        limits=(
            "The survey is simulated. It shows that the method would find such effects, not that this platform's "
            "customers feel them.",
            "Orders say that goods came back, not why. Regret, broken goods and corrected typing errors look alike.",
            "Returns of customers without a number cannot be assigned; the true share may be higher.",
            "Anxiety and returns are held apart: nothing here says how far calmer customers would send back less.",
        ),
    )
