"""The chapter on attribution."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """Which channels earn the credit, told to a board."""
    leader, widest = findings["attribution.leader"].value, findings["attribution.widest"].value
    less = findings.value("attribution.leader_share") < findings.value("attribution.leader_last")
    same = findings["attribution.first_changes"].value == "yes"
    alike = findings.value("attribution.memory") == findings.value("attribution.memory_by_journey")
    known = findings["attribution.quality_best"].value is not None
    memory = (
        "Both ways of holding out paths choose it."
        if alike else
        f"Held-out journeys alone would choose {n('attribution.memory_by_journey')}, but only because copies of a "
        f"path stand on both sides of such a split."
    )
    longer = findings.value("attribution.memory") > 1
    against = f", against {n('attribution.chance_one')} with a memory of one" if longer else ""
    first = (
        f"All methods put channel {leader} first" if same else "The methods do not even agree on the first channel"
    )
    blocks: list[Block] = [
        Para(
            f"The platform's orders do not say by which channel a buyer came. So the methods run on a public file: "
            f"{n('attribution.journeys')} journeys over {n('attribution.channels')} unnamed channels, of which "
            f"{n('attribution.base_rate', 'both')} convert. It shows what the methods do and how far they differ; "
            f"its shares are not this platform's."
        ),
        Para(
            f"{first}. By the Markov chain channel {leader} earns {n('attribution.leader_share', 'both')} of the "
            f"credit, {'less' if less else 'not less'} than the {n('attribution.leader_last', 'both')} that last "
            f"touch reports. Shapley values give it {n('attribution.leader_shapley', 'both')}. Without it the chain "
            f"loses {n('attribution.leader_effect', 'both')} of conversions."
        ),
        FigureBlock("credit", (
            Column("channel", "Channel"), Column("method", "Method"), Column("share", "Share", "share"),
            Column("low", "Low", "share"), Column("high", "High", "share"), Column("credit", "Conversions", "count"),
        )),
        Heading("Where the methods disagree"),
        Para(
            f"The chain puts {n('attribution.moved', 'both')} of all credit on another channel than last touch does, "
            f"Shapley values {n('attribution.moved_shapley', 'both')}. On {n('attribution.apart')} of "
            f"{n('attribution.channels')} channels the lowest and the highest of {n('attribution.methods')} methods "
            f"stand apart with their whole ranges; the widest spread is "
            f"{n('attribution.widest_spread', 'both')} on channel {widest}. Chance plays little part: the choice of "
            f"method decides. A channel budget set by one method alone is a choice of method."
        ),
        FigureBlock("disagreement", (
            Column("channel", "Channel"), Column("method", "Method"), Column("share", "Share", "share"),
        )),
        TableBlock(
            "disagreement", "Lowest and highest method, channel by channel",
            "Spread is the difference of the two shares. Apart: their ranges do not meet. Too few: met by fewer "
            "journeys than the floor set in the parameters.",
            (Column("channel", "Channel"), Column("least", "Least by"), Column("share_least", "Share", "share"),
             Column("most", "Most by"), Column("share_most", "Share", "share"), Column("spread", "Spread", "share"),
             Column("apart", "Apart"), Column("few", "Too few")),
        ),
        Heading("Which chain to believe"),
        Para(
            f"Chains with a memory of up to {n('attribution.memory_tried')} contacts had to predict paths that they "
            f"had not seen. The believed memory is {n('attribution.memory')}: it gives the contact that really comes "
            f"a mean chance of {n('attribution.chance_believed')}{against}. {memory}"
        ),
        TableBlock(
            "memory", "Prediction of unseen paths by memory",
            "Gain in log-likelihood per journey over the next shorter memory; larger is better.",
            (Column("held_out", "Held out"), Column("order", "Memory", "count"),
             Column("chance", "Chance given", "probability"), Column("gain", "Gain", "ratio"),
             Column("low", "Low", "ratio"), Column("high", "High", "ratio")),
        ),
        Heading("Better and poorer channels"),
    ]
    if known:
        blocks.append(Para(
            f"Journeys that met channel {findings['attribution.quality_best'].value} are worth "
            f"{n('attribution.quality_best_index', 'both')} times the average journey, those through channel "
            f"{findings['attribution.quality_last'].value} {n('attribution.quality_last_index', 'both')} times. "
            f"The best lies {n('attribution.quality_gap', 'both')} above the middle channel, and the best of many "
            f"looks better than it is. S3 tells of a gap between social and advertising users; with unnamed channels "
            f"that cannot be tested."
        ))
        blocks.append(FigureBlock("quality", (
            Column("channel", "Channel"), Column("journeys", "Journeys", "count"),
            Column("conversion_rate", "Convert", "share"), Column("index", "Index", "ratio"),
            Column("low", "Low", "ratio"), Column("high", "High", "ratio"),
        )))
    else:
        blocks.append(Para("Too few journeys met the channels to compare their quality."))
    return Chapter(
        stage="attribution", title="Which channels earn the credit",
        answer=(
            f"The method decides: a chain that takes channels out moves {n('attribution.moved')} of all credit away "
            f"from where last touch puts it, on a companion's paths."
        ),
        blocks=tuple(blocks),
        limits=(
            "None of the methods shows cause. What a channel adds is known only from a test that switches it off for "
            "some people at random.",
            "The channels have no names and are not this platform's, so the live-stream and social figures of S3 stay "
            "untested. The platform must record the channel of each visit first.",
            "The paths carry no times. Decay runs in steps, and its half-life is assumed.",
            "Many journeys of the file share one path. If those copies were made and not met, true ranges are wider.",
        ),
    )
