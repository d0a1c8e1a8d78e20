"""The chapter on customers who bring customers."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_NEEDED = (
    Column("goal", "Promise"), Column("bound", "Needs"), Column("value", "Each brings", "ratio"),
    Column("low", "Low", "ratio"), Column("high", "High", "ratio"), Column("endless", "No end of people", "ratio"),
    Column("chance", "Chance as assumed", "probability"),
)
_ITERATIONS = (
    Column("knob", "Parameter"), Column("elasticity", "% customers for 1 %", "ratio"),
    Column("months", "Iteration", "months"), Column("tries", "Tries", "count"),
    Column("right", "Kept rightly", "probability"), Column("improvement", "Parameter", "share"),
    Column("customers", "Customers", "share"),
)


def chapter(findings: Findings) -> Chapter:
    """What invitations can do for the number of customers, told to a board."""
    blocks: list[Block] = [
        Heading("Where customers are and go"),
        Para(
            f"{n('dynamics.customers')} customers are new or active, {n('dynamics.dormant')} are dormant. In a month "
            f"of "
            f"the ordinary year {n('dynamics.lapse', 'both')} of the active fall asleep, "
            f"{n('dynamics.revival', 'both')} "
            f"of the sleepers who can still be woken wake, and {n('dynamics.entry', 'both')} are new. Of the new, "
            f"{n('dynamics.second_order', 'both')} go on ordering. An estimated {n('dynamics.lost', 'both')} of the "
            f"dormant will not come back of themselves."
        ),
        Para(_check(findings)),
        Heading("What a programme of invitations adds"),
        Para(
            f"Nothing on invitations is recorded. Assumed is that each newcomer brings {n('dynamics.k', 'both')} "
            f"others "
            f"over a life as a customer. After {n('dynamics.horizon')} there are then "
            f"{n('dynamics.customers_end', 'both')} new and active customers, against "
            f"{n('dynamics.customers_without', 'both')} without a programme: {n('dynamics.added', 'both')} more. Of "
            f"the "
            f"new customers {n('dynamics.referred', 'both')} are invited, and with a reward of "
            f"{n('dynamics.reward', 'both')} of what winning one costs, that cost falls by "
            f"{n('dynamics.saving', 'both')}."
        ),
        FigureBlock("paths", (
            Column("month", "Month", "month"), Column("counted", "Counted", "customers"),
            Column("without", "Without", "customers"), Column("middle", "With", "customers"),
            Column("low", "Low", "customers"), Column("high", "High", "customers"))),
        Heading("What the promises would need"),
        Para(_needs(findings)),
        Para(_network(findings)),
        Para(_together(findings)),
        FigureBlock("needed", _NEEDED),
        Heading("Loops and rest"),
        Para(_loops(findings)),
        FigureBlock("loops", (
            Column("loop", "Loop"), Column("kind", "Kind"), Column("gain", "Gain", "ratio"),
            Column("low", "Low", "ratio"), Column("high", "High", "ratio"), Column("at_rest", "At rest", "ratio"),
            Column("months", "Round it", "months"))),
        Heading("What to work on"),
        Para(_work(findings)),
        FigureBlock("moves"),
        TableBlock("iterations", "Iterations of the best length",
                   "A try changes one parameter for half of those concerned; what looks better is kept.", _ITERATIONS),
    ]
    return Chapter(
        stage="dynamics", title="Customers who bring customers", answer=_answer(findings), blocks=tuple(blocks),
        limits=(
            "Invitations, their acceptance and visits are not recorded: what is said of a programme rests on assumed "
            "ranges. A pilot that counts invitations would replace them.",
            "How many people could ever be customers is assumed, and so are the rates' staying as they are and "
            "competitors' standing still.",
            "Some customers counted as new had ordered before the records begin.",
            "That a change tried is measured on half of those concerned supposes that customers can be told apart.",
        ),
    )


def _answer(findings: Findings) -> str:
    chance = findings.value("dynamics.chance_users")
    verdict = "will hardly" if chance < 0.2 else "may" if chance < 0.6 else "will probably"
    knob = findings["dynamics.best_knob"].value
    return (
        f"Invitations {verdict} bring the growth of {n('dynamics.users_told')} a year that is wanted (chance "
        f"{n('dynamics.chance_users')}); the number of customers moves most with {knob}."
    )


def _check(findings: Findings) -> str:
    if findings["dynamics.check_error"].value is None:
        return "The record is too short to hold months out, so the system is untested."
    errors = (
        f"an error of {n('dynamics.check_error')}; the guess that the last count stays has {n('dynamics.check_last')}"
    )
    if findings["dynamics.check_year"].value is None:
        return f"With the last {n('dynamics.check_months')} held out, the system predicts customers with {errors}."
    beaten = findings.value("dynamics.check_error") > findings.value("dynamics.check_year")
    verdict = (
        "The last is the better guess here: the system serves to compare measures, not to forecast better than that."
        if beaten else "The system beats both."
    )
    return (
        f"With the last {n('dynamics.check_months')} held out, the system predicts their customers with {errors}, and "
        f"that a year ago repeats, {n('dynamics.check_year')}. {verdict}"
    )


def _needs(findings: Findings) -> str:
    parts = [
        ("dynamics.k_cac_s1", f"the fall of acquisition cost by {n('dynamics.cac_told')} that S1 tells of"),
        ("dynamics.k_users", f"users who grow by {n('dynamics.users_told')} a year"),
        ("dynamics.k_premium", "S3's points above the growth that comes anyway"),
    ]
    known = [f"for {text} {n(key, 'both')}" for key, text in parts if findings[key].value is not None]
    out = [text for key, text in parts if findings[key].value is None]
    told = f"Each newcomer would have to bring, {'; '.join(known)}. " if known else ""
    missing = f"Out of reach with the people there are: {'; '.join(out)}. " if out else ""
    return (
        f"{told}{missing}With endless time and people the fall of cost would take "
        f"{n('dynamics.k_cac_rest', 'both')}: the rest is that a life as a customer is longer than the months "
        f"simulated "
        f"and that people run out. The chance of it as assumed is {n('dynamics.chance_cac')}, that of the points above "
        f"other growth {n('dynamics.chance_premium')}."
    )


def _network(findings: Findings) -> str:
    endless = findings["dynamics.k_network_endless"].value is not None
    more = f" Were there no end of people, each newcomer would have to bring {n('dynamics.k_network_endless')}." \
        if endless else ""
    if findings["dynamics.k_network"].value is None:
        return f"S3's growth of users by a distribution network is out of reach: the people who could be customers " \
               f"are too few.{more}"
    return f"S3's growth of users by a distribution network takes {n('dynamics.k_network', 'both')}.{more}"


def _together(findings: Findings) -> str:
    agree = findings.value("dynamics.reward") <= findings.value("dynamics.reward_s1")
    verdict = "which the assumed reward keeps" if agree else "less than the assumed reward"
    below = findings.value("dynamics.k_shared") < findings.value("dynamics.k_cac_rest")
    shared = (
        f"S2's saving on shared orders stands for only {n('dynamics.k_shared', 'both')} customers brought, even if "
        f"every "
        f"order were shared" if below else
        f"S2's saving on shared orders stands for {n('dynamics.k_shared', 'both')} customers brought, if every order "
        f"were "
        f"shared"
    )
    return (
        f"The promises bind one another. The more are invited, the fewer are paid for: S1's fall of cost and the share "
        f"of paid newcomers that S3 wants hold together only up to a reward of {n('dynamics.reward_s1')} of "
        f"acquisition "
        f"cost, {verdict}; S2's fall, up to {n('dynamics.reward_s2')}. {shared}."
    )


def _loops(findings: Findings) -> str:
    alone = (
        "below one, so customers do not multiply by themselves" if findings["dynamics.gain_referral"].high is not None
        and (findings["dynamics.gain_referral"].high or 0) < 1 else "in part above one, where customers multiply"
    )
    double = (
        f" Even if each brought two, doubling by invitations alone would take {n('dynamics.doubling')}."
        if findings["dynamics.doubling"].value is not None else ""
    )
    fewer = findings.value("dynamics.rest_customers") < findings.value("dynamics.customers_year")
    way = "fewer" if fewer else "more"
    return (
        f"One more customer gives back {n('dynamics.gain_referral', 'both')} by referral: {alone}.{double} A far "
        f"stronger loop is waking: {n('dynamics.gain_waking', 'both')} of those who fall asleep wake again. If nothing "
        f"else changes, the system comes to rest at {n('dynamics.rest_customers', 'both')} new and active customers, "
        f"{way} than the {n('dynamics.customers_year')} of the last year on average; a "
        f"disturbance falls to about a third within {n('dynamics.settling')}."
    )


def _work(findings: Findings) -> str:
    best, iterate = findings["dynamics.best_knob"].value, findings["dynamics.iterate_on"].value
    return (
        f"One per cent on {best} gives {n('dynamics.best_elasticity', 'both')} per cent more customers at the end, one "
        f"per cent more invitations accepted {n('dynamics.invitation_elasticity', 'both')}, a cycle one per cent "
        f"shorter "
        f"{n('dynamics.cycle_elasticity', 'both')}. Iterations bring most on {iterate}: of "
        f"{n('dynamics.iteration_months')} each, they give {n('dynamics.iteration_gain')} more customers by the end if "
        f"true effects scatter by {n('dynamics.effect_sd')}; a change kept truly helps with a chance of "
        f"{n('dynamics.iteration_right')}. Their length has a best value; effort has no inner one: all of it belongs "
        f"to "
        f"the parameter that leads, until its changes give less."
    )
