"""The chapter on campaigns."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_TWO_SIDED = {
    (False, False): "the two comparisons leave nothing that chance would not bring",
    (True, False): "only one of the two comparisons leaves an effect beyond chance",
    (False, True): "only one of the two comparisons leaves an effect beyond chance",
    (True, True): "both comparisons leave an effect beyond chance",
}


def chapter(findings: Findings) -> Chapter:
    """What recommendations and campaigns did elsewhere, told to a board."""
    def known(name: str) -> bool:
        return findings[f"campaigns.{name}"].value is not None

    def beyond_zero(name: str) -> bool:
        low, high = findings[f"campaigns.{name}"].low, findings[f"campaigns.{name}"].high
        return low is not None and high is not None and not low <= 0 <= high

    differ = findings["campaigns.policies_differ"].value == "yes"
    weighing = {target: (findings[f"campaigns.{target}_naive_agrees"].value == "yes",
                         findings[f"campaigns.{target}_dr_agrees"].value == "yes") for target in ("random", "bts")}
    helped = all(not naive and robust for naive, robust in weighing.values())
    blocks: list[Block] = [
        Para(
            "The platform keeps no log of recommendations and no record of who was sent a campaign. Two companions "
            "have one each: a fashion shop with two recommendation policies, and the baskets of a grocer's households. "
            "The grocer's data are simulated from real patterns, by their own readme, for education and exploration, "
            "so no decision of this plan rests on them: they show what a method can and cannot tell."
        ),
        Heading("Two recommendation policies"),
        Para(
            f"A policy that learns from clicks got {n('campaigns.rate_bts', 'both')} clicks per thousand impressions, "
            f"one that shows articles by lot {n('campaigns.rate_random', 'both')}. The gain is "
            f"{n('campaigns.policy_gain', 'both')}; between equal policies such a gap would come up with a chance of "
            f"{n('campaigns.policy_gain_chance')}. "
            + ("The two differ by the level asked. " if differ else
               "By the level asked, the two cannot be told apart. ")
            + f"{n('campaigns.impressions')} impressions a policy find gains from {n('campaigns.detectable')} on"
            + (f"; the gap seen would need {n('campaigns.impressions_needed')}" if known("impressions_needed") else "")
            + f". S2 asks for {n('campaigns.ctr_claimed')} clicks per thousand at the exposure node, without saying "
            f"whether a level or a gain is meant; the adaptive policy here got {n('campaigns.rate_bts')}."
        ),
        Heading("What a log can tell of another policy"),
        Para(
            f"A shop wants to know what a new policy would bring before it runs. Judged by the other's log as it is, "
            f"the uniform policy seems to bring {n('campaigns.random_naive', 'both')} clicks per thousand and the "
            f"adaptive one {n('campaigns.bts_naive', 'both')}: each simply inherits the other's result. Weighted and "
            f"corrected by a click model (doubly robust) the answers are {n('campaigns.random_dr', 'both')} and "
            f"{n('campaigns.bts_dr', 'both')}. "
            + ("Held against each policy's own log, the plain answers miss and the weighted ones agree."
               if helped else "Held against each policy's own log, the figure shows which of them agree.")
        ),
        FigureBlock("policy_values", (
            Column("policy", "Policy valued"), Column("campaign", "List"), Column("estimator", "Estimator"),
            Column("value_1000", "Clicks per thousand", "ratio"), Column("low_1000", "Low", "ratio"),
            Column("high_1000", "High", "ratio"), Column("truth_1000", "Own log", "ratio"),
        )),
        Para(
            f"The price is width. For the uniform policy the adaptive log of {n('campaigns.impressions')} impressions "
            f"is worth only {n('campaigns.random_effective')}, or {n('campaigns.random_effective_cut')} with large "
            f"weights cut: one impression weighs {n('campaigns.random_largest_weight')} times and carries "
            f"{n('campaigns.heaviest_share')} of the total. The other way round {n('campaigns.bts_effective')} remain. "
            f"A policy that is to be learnt from later must keep showing everything now and then."
        ),
        FigureBlock("weights", (
            Column("policy", "Policy valued"), Column("low", "Weight from", "ratio"),
            Column("high", "Weight to", "ratio"), Column("impressions_share", "Impressions", "share"),
            Column("weight_share", "Weight", "share"),
        )),
        Heading("Recommendations that miss the user's history"),
        Para(
            f"S1 says that recommendations miss behaviour in {n('campaigns.claimed_mismatch')} of cases. Here users "
            f"with known earlier clicks see an article outside of them in {n('campaigns.mismatch_bts', 'both')} of "
            f"impressions, about as often as by lot; neither policy looks at the history, so the claim stays untested. "
            + (f"What a match is worth can be seen, for the lot decided who got one: clicks rise by "
               f"{n('campaigns.match_lift', 'both')}, on {n('campaigns.match_clicks')} clicks in "
               f"{n('campaigns.matches')} impressions. S3 tells of {n('campaigns.claimed_click_lift')}; the direction "
               f"{'agrees, the size is open' if beyond_zero('match_lift') else 'is open'}. Between users with and "
               f"without a history, click rates on articles outside of it differ by "
               f"{n('campaigns.history_selection')}: who compares these two groups measures whom the trigger picks, "
               f"not what it does."
               if known("match_lift") and known("history_selection") else
               "Too few impressions show a match to say what one is worth.")
        ),
        Heading("Campaigns: three comparisons, three answers"),
        Para(
            f"The grocer sent {n('campaigns.campaigns')} campaigns to {n('campaigns.targeted')} of "
            f"{n('campaigns.households')} households, {n('campaigns.per_household')} to each on average; "
            f"{n('campaigns.two_at_once')} of these households were under two or more at once. Targeted households "
            f"spent more than others beforehand: before weighting the two differ by up to "
            f"{n('campaigns.largest_gap_before')} standard deviations."
        ),
        Para(
            f"Compared as they are, targeted households spend {n('campaigns.effect_naive', 'both')} more in a "
            f"campaign. Set against their own weeks before (difference in differences) it is "
            f"{n('campaigns.effect_did', 'both')}. Set against untargeted households reweighted to the same past it is "
            f"{n('campaigns.effect_weighted', 'both')}. Of {n('campaigns.campaigns_estimated')} campaigns that can be "
            f"estimated, {n('campaigns.below_alpha')} show a weighted effect when tested alone, "
            f"{n('campaigns.below_alpha_holm')} when all are tested together; {n('campaigns.campaigns_left_out')} are "
            f"left out as too early, too late or too small."
        ),
        FigureBlock("forest", (
            Column("campaign", "Campaign", "count"), Column("type", "Type"),
            Column("targeted", "Targeted", "households"), Column("naive", "Naive, $", "ratio"),
            Column("did", "Difference in differences, $", "ratio"), Column("weighted", "Weighted, $", "ratio"),
            Column("weighted_low", "Low", "ratio"), Column("weighted_high", "High", "ratio"),
            Column("left_out", "Left out because"),
        )),
        Heading("The placebo"),
        Para(
            f"For {n('campaigns.first_households')} households the first campaign can be watched week by week. In the "
            f"weeks before it, when nothing had been sent, difference in differences shows "
            f"{n('campaigns.placebo_did', 'both')} and the weighted comparison "
            f"{n('campaigns.placebo_weighted', 'both')}. "
            + ("So a part of the weighted effect is drift: untargeted households picked for a good spell fall back. "
               if beyond_zero("placebo_weighted") else "")
            + f"Above the placebo, the first campaign adds {n('campaigns.net_did', 'both')} by the one and "
            f"{n('campaigns.net_weighted', 'both')} by the other: "
            f"{_TWO_SIDED[beyond_zero('net_did'), beyond_zero('net_weighted')]}."
        ),
        FigureBlock("event_study", (
            Column("week", "Week", "count"), Column("phase", "Phase"), Column("estimator", "Comparison"),
            Column("value", "Effect, $", "ratio"), Column("low", "Low", "ratio"), Column("high", "High", "ratio"),
        )),
        TableBlock(
            "selection", "Who was targeted",
            "Targeted against not yet targeted households in the weeks before; weighted: the latter after weighting. "
            "Spend in US dollars a week. Gap in standard deviations.",
            (Column("covariate", "In the weeks before"), Column("treated", "Targeted", "ratio"),
             Column("control", "Others", "ratio"), Column("weighted", "Weighted", "ratio"),
             Column("before", "Gap before", "ratio"), Column("after", "Gap after", "ratio")),
        ),
        Heading("The documents' effects"),
        Para(
            f"S3 tells of {n('campaigns.claimed_segment_targeting_conversion_lift')} more conversion from precise "
            f"groups; households buying in a week change by {n('campaigns.active_net_did', 'both')} or "
            f"{n('campaigns.active_net_weighted', 'both')} here. Of higher lifetime value from tiers "
            f"({n('campaigns.claimed_tiering_ltv_lift')}, S2) and from care for the best customers "
            f"({n('campaigns.claimed_vip_crm_ltv_lift')}, S3) only the weeks of a campaign can be seen: "
            + _best_third(findings)
            + f"S2 warns of {n('campaigns.claimed_promo_retention_change')} in retention after a promotion; in the "
            f"weeks after a campaign the households that buy change by {n('campaigns.after_active_did', 'both')} or "
            f"{n('campaigns.after_active_weighted', 'both')}."
        ),
        TableBlock(
            "thirds", "Uplift by segment",
            "First campaign above placebo by third of spend before; larger is better.",
            (Column("third", "By spend before"), Column("households", "Households", "households"),
             Column("spend_before", "Spend before, $ a week", "ratio"), Column("relative", "Uplift", "share"),
             Column("relative_low", "Low", "share"), Column("relative_high", "High", "share")),
        ),
        Para(
            f"Coupons: {n('campaigns.redemption', 'both')} of targeted households redeem one, against "
            f"{n('campaigns.claimed_redemption')} told of coupons pushed by location (S0). In a household's first "
            f"campaign it is {n('campaigns.redemption_first', 'both')}, in the one at which the mean household ends "
            f"{n('campaigns.redemption_usual', 'both')}: "
            + _fatigue(findings)
        ),
    ]
    return Chapter(
        stage="campaigns", title="What campaigns did elsewhere",
        answer=(
            f"A plain look at targeted households sees {n('campaigns.effect_naive')} more spend; against what they "
            f"would have spent anyway, the first campaign adds {n('campaigns.net_weighted', 'both')}, in simulated "
            f"data that show the method and decide nothing."
        ),
        blocks=tuple(blocks),
        limits=(
            "Neither companion is the platform. They show how wrong a plain comparison goes; what a campaign of the "
            "platform would bring, they cannot tell.",
            "The grocer's data are simulated for education and exploration, by their own readme; no decision rests on "
            "them.",
            "Targeted households were chosen, not drawn. Every comparison assumes something about that choice, and the "
            "placebo shows that the assumptions do not hold exactly. A holdout drawn by lot before sending needs none.",
            "Messages a week, opt-outs, place and weather are in no source at hand, so push fatigue and offers by "
            "location stay open.",
        ),
    )


def _best_third(findings: Findings) -> str:
    best = findings["campaigns.uplift_upper"]
    if best.value is None or best.high is None:
        return "too few of the households that spent most can be compared. "
    told = sorted(findings.value(f"campaigns.claimed_{name}") for name in ("vip_crm_ltv_lift", "tiering_ltv_lift"))
    end = ("ends below both claims" if best.high < told[0] else "reaches one of them" if best.high < told[1] else
           "reaches both claims")
    return f"the third that spent most adds {n('campaigns.uplift_upper', 'both')}, a range that {end}. "


def _fatigue(findings: Findings) -> str:
    first, usual = (findings[f"campaigns.redemption_{name}"] for name in ("first", "usual"))
    if first.low is None or first.high is None or usual.low is None or usual.high is None:
        return "too few to compare."
    if usual.high < first.low:
        return "a decline, as fatigue would bring; later turns hold other households, though."
    if usual.low > first.high:
        return "no sign of fatigue; later turns hold other households, though: those that were sent more."
    return "no clear change over the turns."
