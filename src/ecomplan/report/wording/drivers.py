"""The chapter on what moves sales."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_SHARES = (
    Column("name", "Driver"), Column("prior", "Documents", "share"), Column("share", "Data", "share"),
    Column("low", "Low", "share"), Column("high", "High", "share"), Column("unseen", "Unseen weeks", "points"),
)


def chapter(findings: Findings) -> Chapter:
    """What moves sales, told to a board."""
    share, told = findings["drivers.season_share"], findings.value("drivers.season_told")
    high = (share.low or 0) > told
    side = "more than" if high else "less than" if (share.high or 1) < told else "about"
    missing = "social diffusion and macro" if findings["drivers.macro_share"].value is None else "social diffusion"
    blocks: list[Block] = [
        Heading("The documents' weights and the data"),
        Para(
            f"The documents forecast with fixed weights: season {n('drivers.season_told')}, social diffusion "
            f"{n('drivers.diffusion_told')}, promotion {n('drivers.promotion_told')} and macro "
            f"{n('drivers.macro_told')}. Over {n('drivers.weeks')} the drivers that can be measured explain "
            f"{n('drivers.explained', 'both')} of the ups and downs of weekly sales. Of that, season makes "
            f"{n('drivers.season_share', 'both')}, {side} its weight; the inflow of new and long-silent customers, "
            f"which stands in for social diffusion, {n('drivers.diffusion_share', 'both')}; cuts of list prices "
            f"{n('drivers.promotion_share', 'both')}. {_macro(findings)}"
        ),
        FigureBlock("weights", _SHARES),
        Para(_unseen(findings)),
        Para(
            f"On a scale from zero (same) to one (nothing in common), the documents' weights lie "
            f"{n('drivers.distance', 'both')} from the data over the drivers measured, and "
            f"{n('drivers.distance_trend', 'both')} if every slow move were macro. {_composite(findings)}"
        ),
        Heading("Season and named events"),
        Para(
            f"An open day in {findings['drivers.best_month_name'].value} sells {n('drivers.best_month', 'both')} times "
            f"the mean month's, in {findings['drivers.worst_month_name'].value} {n('drivers.worst_month', 'both')} "
            f"times. {_events(findings)}"
        ),
        FigureBlock("season", (Column("month", "Month", "count"), Column("index", "Ratio", "ratio"),
                               Column("low", "Low", "ratio"), Column("high", "High", "ratio"))),
        TableBlock(
            "events", "Named events",
            "Sales above what month and weekday say, and the chance that other places in the calendar look as strong.",
            (Column("event", "Event"), Column("days", "Days", "days"), Column("effect", "Sales", "share"),
             Column("low", "Low", "share"), Column("high", "High", "share"),
             Column("placebo_p", "Chance elsewhere", "probability")),
        ),
        Heading("Price cuts"),
        Para(_cuts(findings)),
        FigureBlock("cut", (Column("week", "Weeks from the cut", "count"), Column("effect", "Orders", "share"),
                            Column("low", "Low", "share"), Column("high", "High", "share"))),
        Heading("New customers"),
        Para(_newcomers(findings)),
        FigureBlock("newcomers", (Column("month", "Month", "month"), Column("customers", "Counted", "customers"),
                                  Column("bass", "Bass", "customers"), Column("logistic", "Logistic", "customers"),
                                  Column("line", "Straight line", "customers"))),
        TableBlock(
            "diffusion", "Diffusion curves",
            "Error a month over the months fitted, and on held-out months. Smaller is better.",
            (Column("model", "Curve"), Column("rmse", "Fitted", "customers"), Column("mape", "Held out", "share"),
             Column("total_error", "Held out, total", "share")),
        ),
        Para(_cycles(findings)),
        FigureBlock("cycles", (Column("period_days", "Period", "days"), Column("power", "Variance", "share"),
                               Column("limit", "Limit", "share"))),
        Heading("Refreshed every month"),
        Para(_refresh(findings)),
        FigureBlock("refresh", (Column("month", "Month", "month"), Column("name", "Driver"),
                                Column("share", "Share", "share"), Column("low", "Low", "share"),
                                Column("high", "High", "share"), Column("change", "Change", "points"))),
        TableBlock(
            "drift", "Changelog of the weights",
            "Drift since the first month beside its limit, and the largest change of the month.",
            (Column("month", "Month", "month"), Column("statistic", "Drift", "ratio"),
             Column("limit", "Limit", "ratio"), Column("note", "What changed")),
        ),
    ]
    return Chapter(
        stage="drivers", title="What moves sales",
        answer=(
            f"Season makes {n('drivers.season_share')} of what can be explained of weekly sales, {side} the "
            f"{n('drivers.season_told')} of the documents; {missing} cannot be measured with these data."
        ),
        blocks=tuple(blocks),
        limits=(
            "Shares tell what moves together with sales and is known before the week. They do not tell what sales "
            "would do if a driver were changed.",
            "No shares, invitations or links between customers are recorded, and no campaigns or coupons. The inflow "
            "of customers and cuts of list prices stand in for them; the true drivers may weigh more or less.",
            "The history holds each month about twice. A season that shifts and a slow move of the economy look alike, "
            "and the ranges do not show it.",
            "The week of a price change is overrated, since a price is only seen when the product is ordered, and "
            "prices may be cut when demand moves anyway.",
        ),
    )


def _macro(findings: Findings) -> str:
    if findings["drivers.macro_share"].value is not None:
        return (
            f"The indicators of the macro table make {n('drivers.macro_share', 'both')}, and a slow trend beside them "
            f"{n('drivers.trend_share', 'both')}."
        )
    return (
        f"No macro table comes with the data, so the share of macro is unknown; a slow trend of any cause makes "
        f"{n('drivers.trend_share', 'both')}."
    )


def _unseen(findings: Findings) -> str:
    gain = findings["drivers.beyond_season"]
    if (gain.low or 0) > 0:
        more = f"the other drivers add {n('drivers.beyond_season', 'both')}"
    elif (gain.high or 0) < 0:
        more = (
            f"the other drivers take away from that, {n('drivers.beyond_season', 'both')}: what they seem to explain "
            f"in sample is season seen twice, or chance"
        )
    else:
        more = f"the other drivers change that by {n('drivers.beyond_season', 'both')}, which may be nothing"
    return (
        f"The harder test are {n('drivers.weeks_unseen')} that the estimates had not seen. There season by itself "
        f"explains {n('drivers.season_unseen')}, all drivers together {n('drivers.explained_unseen', 'both')}; {more}. "
        f"Counted over all orders of entry, the inflow of customers is worth {n('drivers.diffusion_unseen', 'both')} "
        f"there and price cuts {n('drivers.promotion_unseen', 'both')}."
    )


def _composite(findings: Findings) -> str:
    gain = findings["drivers.tracks_gain"]
    better = (
        "follows sales more closely" if (gain.low or 0) > 0 else
        "follows sales less closely" if (gain.high or 0) < 0 else "follows sales no differently, as far as can be told"
    )
    return (
        f"A composite index with the documents' weights correlates with sales by "
        f"{n('drivers.tracks_documents', 'both')} on unseen weeks, one with weights estimated so far by "
        f"{n('drivers.tracks_estimated', 'both')}; the latter {better} (difference "
        f"{n('drivers.tracks_gain', 'both')})."
    )


def _events(findings: Findings) -> str:
    known = [
        f"{n(f'drivers.{key}', 'both')} {words}" for key, words in (
            ("singles", "around Singles' Day in November"), ("midyear", "around the mid-year sale in June"),
            ("friday", "from Black Friday to Monday"),
        ) if findings[f"drivers.{key}"].value is not None
    ]
    stand = findings.value("drivers.events_real")
    real = (
        "None of the named events stands out from other places in the calendar" if stand == 0 else
        f"{n('drivers.events_real')} of {n('drivers.events')} named events stand out from other places in the calendar"
    )
    listed = f"Against what the month says, sales stand {', '.join(known)}. " if known else ""
    return f"{listed}{real}, when their days are laid at every other place in the record."


def _cuts(findings: Findings) -> str:
    if findings["drivers.cut_now"].value is None:
        return (
            "Too few list prices were cut among the products followed to tell what a cut does. Campaigns and coupons "
            "are not recorded."
        )
    sunk = any((findings[f"drivers.{key}"].high or 0) < 0 for key in ("cut_after", "cut_later"))
    dip = (
        "Orders fall below usual after a cut: demand is drawn forward." if sunk else
        "Neither lies below usual, so no dip after a cut can be seen; prices that stay low may hide one."
    )
    before = findings["drivers.cut_before"]
    placebo = (
        f"In the weeks before they stood {n('drivers.cut_before', 'both')} from usual already, so a part of the "
        f"effect is not the cut's."
        if (before.low or 0) > 0 or (before.high or 0) < 0 else
        f"In the weeks before they stood {n('drivers.cut_before', 'both')} from usual, as they should."
    )
    rise = (
        f" In the week of a price rise of that size they stand {n('drivers.rise_now', 'both')} from usual."
        if findings["drivers.rise_now"].value is not None else ""
    )
    return (
        f"{n('drivers.cut_products')} were followed by the week, with {n('drivers.cut_weeks')} of products on cut. In "
        f"the week of a cut of {n('drivers.cut_depth')}, orders for the product stand {n('drivers.cut_now', 'both')} "
        f"from usual, in the four weeks after it {n('drivers.cut_after', 'both')}, later "
        f"{n('drivers.cut_later', 'both')}. {dip} {placebo}{rise} Cuts at made-up times "
        f"look as strong with a chance of {n('drivers.cut_placebo')}. How buyers answer to the height of prices stands "
        f"in the chapter on baskets."
    )


def _newcomers(findings: Findings) -> str:
    seen = (
        f"imitation is {n('drivers.imitation', 'both')} a month"
        if findings["drivers.imitation"].value is not None else
        "imitation cannot be told from none, because new customers by month show no rise of their own"
    )
    text = (
        f"Diffusion by word of mouth would show as a rise of new customers that feeds on itself. With the first "
        f"{n('drivers.burn_in')} left out, in which old customers look new, the Bass curve finds an innovation of "
        f"{n('drivers.innovation', 'both')} a month, and {seen}."
    )
    if findings["drivers.bass_error"].value is not None and findings["drivers.line_error"].value is not None:
        worse = findings.value("drivers.bass_error") > findings.value("drivers.line_error")
        text += (
            f" On the last {n('drivers.holdout')}, held out, it errs by {n('drivers.bass_error')} a month, a straight "
            f"line by {n('drivers.line_error')}: {'no ground to plan with it' if worse else 'closer than the line'}."
        )
    return text


def _cycles(findings: Findings) -> str:
    week = (
        f"New customers follow the week: it holds {n('drivers.week_power')} of the variance from day to day, and red "
        f"noise would show that with a chance of {n('drivers.week_p')}."
        if findings.value("drivers.week_p") < 0.05 else
        f"The week holds {n('drivers.week_power')} of the variance of new customers from day to day, no more than red "
        f"noise may show (chance {n('drivers.week_p')})."
    )
    real = findings.value("drivers.cycles")
    others = (
        f"Over all lengths at once no cycle stands out; the strongest, of {n('drivers.strongest_cycle')}, has a chance "
        f"of {n('drivers.strongest_cycle_p')} in red noise."
        if real == 0 else
        f"Over all lengths at once the one that stands out most lasts {n('drivers.strongest_cycle')} (chance in red "
        f"noise {n('drivers.strongest_cycle_p')}); {'no other does' if real == 1 else 'some others do as well'}."
    )
    parts = 7 / findings.value("drivers.strongest_cycle")
    if real and abs(parts - round(parts)) < 0.02:
        others += " It fits into the week a whole number of times, so it is the shape of the week, not an event's."
    tied = (
        "First orders are tied to none of the named events."
        if findings.value("drivers.newcomer_events_real") == 0 else
        f"First orders stand out on {n('drivers.newcomer_events_real')} of the named events."
    )
    return f"{week} {others} {tied}"


def _refresh(findings: Findings) -> str:
    alarms = findings.value("drivers.drift_alarms")
    heard = "raised no alarm" if alarms == 0 else f"raised an alarm at {n('drivers.drift_alarms')} of them"
    return (
        f"The documents ask for new weights every month. At {n('drivers.refreshes')} month ends they were estimated on "
        f"what was known then; the largest change of a share from one to the next was {n('drivers.largest_change')}. "
        f"The drift statistic {heard}; at most it reached {n('drivers.drift_worst')} of its limit. The limit is set so "
        f"that a log in which nothing changes raises any alarm with a chance of {n('drivers.drift_rate')}; over fresh "
        f"simulated histories it was {n('drivers.drift_rate_seen', 'both')}."
    )
