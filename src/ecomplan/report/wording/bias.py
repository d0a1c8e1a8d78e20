"""The chapter on groups under a ranking: what an alarm sees, what fairness costs, and an audit of real logs."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """Groups under a ranking, told to a board."""
    if _loud(findings):
        answer = (
            f"The alarm that the document tells would ring in {n('bias.false_year_told')} of years in which nothing is "
            f"wrong, so it cannot show that a ranking is unfair; an alarm set by the year rings falsely in "
            f"{n('bias.false_year_sum')} and needs a wider audit to see much."
        )
    else:
        answer = (
            f"The alarm that the document tells rings falsely in {n('bias.false_year_told')} of fair years; bias at "
            f"the least fair ratio goes unseen for a year with a chance of {n('bias.missed_told')}."
        )
    return Chapter(
        stage="bias", title="Is a group shown less than it should be?", answer=answer,
        blocks=(*_alarm(findings), *_population(), *_price(findings), *_articles(findings), *_clicks(findings),
                *_report(findings)),
        limits=(
            "The platform records neither what it showed nor who belongs to a group. What is said of alarms and of the "
            "price is a simulation with assumed numbers of candidates, lists and noise.",
            "The logs are of another shop. Its features of users are hashed, so that no group has a name, and a log "
            "holds single impressions, not pages or persons.",
            "Whether a gap of scores is bias or true cannot be read off the scores or clicks of a ranking; only lists "
            "shown at random tell, and they cost clicks.",
            "A group may be served worse without any test finding it; what could have been found stands beside each.",
        ),
    )


def _loud(findings: Findings) -> bool:
    """Whether the told alarm rings in more fair years than accepted, beyond the error of simulating."""
    return (findings["bias.false_year_told"].low or 0.0) > findings.value("bias.size_year")


def _alarm(findings: Findings) -> list[Block]:
    better = (
        f" Watching {n('bias.wide_candidates')} candidates instead brings that chance to "
        f"{n('bias.missed_wide', 'both')}: more candidates help, more lists of the same ones hardly do."
        if findings.value("bias.missed_wide") < findings.value("bias.missed_sum") else ""
    )
    loud = _loud(findings)
    verdict = (
        " As an alarm the claim fails; the incident itself cannot be tested here, because neither sex nor what was "
        "shown is recorded." if loud else " The incident itself cannot be tested here."
    )
    always = (
        f" The alarm as told misses it with a chance of {n('bias.missed_told')}, but only because it rings in most "
        f"years anyway." if loud and findings.value("bias.false_year_told") > 0.5 else ""
    )
    return [
        Para(
            f"The document calls a share of exposure below {n('bias.told_share')} an incident of bias. By luck alone "
            f"one fair list in which the group is {n('bias.base_share')} of the candidates falls below it with a "
            f"chance of {n('bias.fair_list_below')}, a fair week with {n('bias.false_week_told', 'both')}. Looked at "
            f"every week, the alarm rings in {n('bias.false_year_told', 'both')} of fair years.{verdict}"
        ),
        FigureBlock("weeks"),
        Para(
            f"A limit of {n('bias.week_limit')} holds the accepted {n('bias.size_week')} in a week (on other weeks: "
            f"{n('bias.false_week_set')}), yet rings in {n('bias.false_year_week')} of fair years, because it is "
            f"looked at again and again. An alarm that adds up the shortfalls of all weeks is set by the year: it "
            f"rings in {n('bias.false_year_sum', 'both')} of fair ones; accepted are {n('bias.size_year')}. It is "
            f"blunter, too: bias that leaves a ratio of {n('bias.least_fair_ratio')} goes unseen for a year with a "
            f"chance of {n('bias.missed_sum', 'both')}.{always}{better}"
        ),
        FigureBlock("power", (
            Column("ratio", "Ratio left", "ratio"), Column("below_told", "Week below told", "probability"),
            Column("seen_told", "As told", "probability"), Column("seen_week", "By the week", "probability"),
            Column("seen_sum", "By the year", "probability"),
        )),
        TableBlock(
            "alarms", "Four alarms", "Smaller is better. Missed: chance that a year of bias goes unseen, at the least "
            "fair ratio and at the told share.",
            (Column("alarm", "Alarm"), Column("limit", "Share below", "share"),
             Column("false_year", "False in a fair year", "probability"),
             Column("missed_limit", "Missed, least fair", "probability"),
             Column("missed_told", "Missed, told share", "probability")),
        ),
    ]


def _population() -> list[Block]:
    return [
        Heading("What the share means depends on the population"),
        Para(
            f"Exposure is fair or not against the group's share of the population, which the document leaves out. For "
            f"a group of {n('bias.base_share')} the told share is an exposure ratio of {n('bias.told_ratio')}; the "
            f"least fair ratio of {n('bias.least_fair_ratio')} is reached at a share of {n('bias.least_fair_share')}. "
            f"The smaller the group, the less the told share says of bias."
        ),
        TableBlock(
            "bases", "The told share against other populations", "Ratio: exposure of a member of the group over that "
            "of another candidate, at the told share.",
            (Column("base", "Group's share", "share"), Column("ratio_at_told", "Ratio at told share", "ratio"),
             Column("share_at_limit", "Least fair share", "share"),
             Column("false_alarm", "Fair weeks below told", "probability")),
        ),
        TableBlock(
            "fair_audits", "What a fair audit shows by chance", "Each audit looks at candidates of its own. Spread: "
            "standard deviation of the share, in points.",
            (Column("candidates", "Candidates", "count"), Column("shown", "Shown", "count"),
             Column("lists", "Lists", "count"), Column("spread", "Spread", "points"),
             Column("false_alarm", "Below told", "probability")),
        ),
    ]


def _price(findings: Findings) -> list[Block]:
    gain = findings.value("bias.price_bias") < 0
    return [
        Heading("What fairness costs"),
        Para(
            f"Take a group whose scores lie lower, so that the ranking by score alone leaves it an exposure ratio of "
            f"{n('bias.ratio_score')}. If the gap is true, equal exposure costs {n('bias.price_true', 'both')} of the "
            f"clicks and the least fair ratio {n('bias.price_fifths')}. If the gap is a fault of the scores, equal "
            f"exposure {'brings clicks instead' if gain else 'costs'} (cost: {n('bias.price_bias', 'both')}). Adding "
            f"noise to the scores, as a softmax policy does, is the dear way: a ratio of {n('bias.ratio_softmax')} for "
            f"{n('bias.clicks_softmax')} of the best possible clicks, against {n('bias.clicks_score')} without noise."
        ),
        FigureBlock("price", (
            Column("kind", "Gap"), Column("ratio", "Ratio", "ratio"), Column("clicks", "Clicks kept", "share"),
        )),
        TableBlock(
            "policies", "Ranking policies on the same lists", "Clicks as a share of the best possible, if the gap of "
            "scores is bias and if it is true.",
            (Column("policy", "Policy"), Column("share", "Group's exposure", "share"),
             Column("ratio", "Ratio", "ratio"), Column("clicks_bias", "Clicks, gap is bias", "share"),
             Column("clicks_true", "Clicks, gap is true", "share")),
        ),
    ]


def _articles(findings: Findings) -> list[Block]:
    found = findings["bias.shifts_learned"]
    if found.value is None:
        told = f"{found.unknown}."
    else:
        told = (
            f"The learned policy shows groups of users different articles in {n('bias.shifts_learned')} of "
            f"{n('bias.shift_tests')} tests; the uniform policy, which cannot, does so in {n('bias.shifts_uniform')}. "
            f"A typical test would have found {n('bias.smallest_move')} of the largest group's impressions moved to "
            f"one article."
        )
    return [
        Heading("An audit of real logs: what groups are shown"),
        Para(
            f"A fashion shop's public logs hold {n('bias.impressions')} impressions under each of two policies. {told} "
            f"What the learned policy does narrow is the choice itself, for everyone: it shows "
            f"{n('bias.breadth_learned')} effective articles of the longest list where the uniform one shows "
            f"{n('bias.breadth_uniform')}."
            if findings.value("bias.breadth_learned") < findings.value("bias.breadth_uniform") else
            f"A fashion shop's public logs hold {n('bias.impressions')} impressions under each of two policies. {told}"
        ),
    ]


def _clicks(findings: Findings) -> list[Block]:
    lowest, uniform = findings["bias.lowest_ratio"], findings["bias.lowest_uniform"]
    blocks: list[Block] = [Heading("An audit of real logs: what groups are worth")]
    if lowest.value is None:
        return [*blocks, Para(f"{lowest.unknown}.")]
    alike = (
        f" Under the uniform policy the same group's ratio is {n('bias.lowest_uniform', 'both')}, so that the learned "
        f"policy need not be the cause."
        if uniform.value is not None and uniform.low is not None and not isinstance(uniform.value, str)
        and uniform.low <= findings.value("bias.lowest_ratio") else ""
    )
    gap = (
        f"The best placed test finds a ratio of {n('bias.nearest_gap')} with a chance of {n('bias.power_asked')}; "
        f"smaller gaps stay unseen. "
        if findings["bias.nearest_gap"].value is not None else "No test could find any gap. "
    )
    cuts = (
        f" How much the weights are cut matters more than the groups do: the weighted ratio of the largest group runs "
        f"from {n('bias.cut_ratio', 'low')} to {n('bias.cut_ratio', 'high')}."
        if findings["bias.cut_ratio"].value is not None else ""
    )
    return [
        *blocks,
        Para(
            f"The learned policy's log holds {n('bias.clicks_learned')} clicks. {gap}Of {n('bias.groups_compared')} "
            f"groups {n('bias.groups_unfair')} are found below the least fair ratio and {n('bias.groups_fair')} lie "
            f"above it with their whole range; of the others nothing can be said. The group that stands out most has a "
            f"ratio of {n('bias.lowest_ratio', 'both')}, which is nothing unusual among so many groups (chance "
            f"{n('bias.lowest_chance')}).{alike}{cuts}"
            if findings.value("bias.groups_unfair") == 0 else
            f"The learned policy's log holds {n('bias.clicks_learned')} clicks. {gap}Of {n('bias.groups_compared')} "
            f"groups {n('bias.groups_unfair')} are found below the least fair ratio, first of all one with a ratio of "
            f"{n('bias.lowest_ratio', 'both')}.{alike}{cuts}"
        ),
        FigureBlock("clicks", (
            Column("feature", "Feature"), Column("group", "Group"), Column("clicks", "Clicks", "count"),
            Column("ratio", "Ratio", "ratio"), Column("smallest_gap", "Gap found", "ratio"),
            Column("power_limit", "Power", "probability"),
        )),
    ]


def _report(findings: Findings) -> list[Block]:
    standing = str(findings["bias.standing"].value)
    return [
        Heading("The fairness report"),
        Para(
            f"As an outside auditor would write it: {n('bias.checks_passed')} of {n('bias.checks')} checks pass and "
            f"{n('bias.checks_failed')} fail; what was looked at in the logs stands at {standing} as a whole. A check "
            f"that finds nothing passes only if it would have found something."
        ),
        TableBlock(
            "fairness_report", "Checks, their limits and their errors",
            "Size: chance of a false alarm. Power: chance to find a group at the least fair ratio; for articles, the "
            "shift told above. The first four are simulated, the others of the other shop's logs.",
            (Column("check", "Check"), Column("value", "Value", "ratio"), Column("limit", "Limit", "ratio"),
             Column("size", "Size", "probability"), Column("power", "Power", "probability"),
             Column("standing", "Standing", "status")),
        ),
    ]
