"""The chapter on the market and on growth."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_LIMITS = (Column("low", "Low", "share"), Column("high", "High", "share"))


def chapter(findings: Findings) -> Chapter:
    """The market around the platform and its growth, told to a board."""
    blocks: list[Block] = [
        Heading("How large is the market?"),
        Para(_sizes(findings)),
        FigureBlock("sizes", (
            Column("name", "Source"), Column("currency", "Currency"), Column("year", "Year"),
            Column("low", "Low, trillions", "ratio"), Column("middle", "Middle", "ratio"),
            Column("high", "High", "ratio"),
        )),
        TableBlock(
            "conflicts", "Sizes held against each other", "If both mean the same thing, the later needs this growth.",
            (Column("first", "One size"), Column("second", "Another"), Column("ratio", "Second over first", "ratio"),
             Column("proof", "Proof"), Column("verdict", "Verdict")),
        ),
        Para(
            "A share of the market therefore stays unknown, and no goal of this plan rests on one. Growth can be used "
            "with care: the documents tell between "
            f"{n('market.growth_least')} and {n('market.growth_most')} a year."
        ),
        Heading("New channels and late regions"),
        Para(_channels(findings)),
        FigureBlock("curves", (Column("year", "Year"), Column("middle", "Share", "share"), *_LIMITS)),
        Para(_regions(findings)),
        Heading("Groups of buyers"),
        Para(_groups(findings)),
        TableBlock(
            "countries", "Sales by country, identified customers", "Last twelve full months and the twelve before.",
            (Column("group", "Country"), Column("customers", "Customers", "customers"),
             Column("last", "Sales", "money"), Column("growth", "Growth", "share"), *_LIMITS), rows=8,
        ),
        Heading("What may winning a customer cost?"),
        Para(_cost(findings)),
        FigureBlock("cost", (
            Column("start", "Start"), Column("year", "Year"), Column("low", "Low", "cny"),
            Column("middle", "Middle", "cny"), Column("high", "High", "cny"),
        )),
        Heading("Users"),
        Para(_users(findings)),
        FigureBlock("users", (
            Column("month", "Month", "month"), Column("stock", "Users", "customers"),
            Column("gained", "New", "customers"),
            Column("regained", "Back again", "customers"), Column("lost", "Lost", "customers"),
        )),
        Para(_daily(findings)),
        Para(_retention(findings)),
        Heading("Sales against the goals"),
        Para(_sales(findings)),
        FigureBlock("sales", (
            Column("month", "Month", "month"), Column("middle", "Growth", "share"), *_LIMITS,
            Column("chance", "Chance of the goal", "probability"),
        )),
    ]
    return Chapter(
        stage="market", title="The market around, and growth against the goals", answer=_answer(findings),
        blocks=tuple(blocks),
        limits=(
            "Sizes, channel shares, regions and costs of acquisition are the documents' own figures carried forward. "
            "No source at hand confirms one of them; they are scenarios, not forecasts.",
            "Takeover time, speed of adoption and saturation are assumed. The years hang on them.",
            "Spend on acquisition, visits, ages and city tiers are not recorded, so goals for them cannot be checked.",
            "Records begin in the middle of the shop's life: some new customers are old ones who came back. Only both "
            "kinds together are projected.",
        ),
    )


def _known(findings: Findings, *names: str) -> bool:
    return all(findings[f"market.{name}"].value is not None for name in names)


def _answer(findings: Findings) -> str:
    size = ("The documents' market sizes contradict each other, so the plan uses none"
            if findings.value("market.conflicts") > 0 else "The documents' market sizes agree")
    return (
        f"{size}; without any measure users grow by {n('market.users_growth', 'both')} in a year and reach the goal of "
        f"{n('market.users_told')} with a chance of {n('market.users_chance')}, sales theirs of "
        f"{n('market.sales_told')} with {n('market.sales_chance')}."
    )


def _sizes(findings: Findings) -> str:
    return (
        f"Of {n('market.pairs')} pairs of sizes of the Chinese market, {n('market.conflicts')} cannot both be true if "
        f"they mean the same thing. Carried forward each by itself, the market of 2026 would be "
        f"{n('market.size_s3', 'both')} by S3, at least {n('market.size_s1', 'both')} by S1 and "
        f"{n('market.size_s2', 'both')} by S2: the largest is {n('market.size_ratio')} times the smallest. Perhaps S2 "
        f"counts all transactions and the others online retail; the documents do not say. Even the world does not fit: "
        f"while a dollar costs less than {n('market.world_rate')} CNY, China alone by S2 exceeds the world by S0, both "
        f"read at their least."
    )


def _channels(findings: Findings) -> str:
    return (
        f"S1 expects {n('market.share_told')} of the market for social, live and similar models by 2026. Where they "
        f"stood before is not told. From starts between the shares told of single models, and with an assumed takeover "
        f"time, they reach {n('market.share_2026', 'both')}; the chance of the share told is "
        f"{n('market.share_chance')}. It would take a growth of {n('market.share_growth')} a year from the middle "
        f"start ({n('market.share_growth', 'range')} over the starts), while the old models change by "
        f"{n('market.share_old_growth')} a year. All of this is assumed."
    )


def _regions(findings: Findings) -> str:
    if not _known(findings, "lag_national", "lag_coast"):
        return "A region's level lies above the assumed saturation, so how long others take to reach it is unknown."
    text = (
        f"On one logistic curve the north-west stands where the whole country stood after "
        f"{n('market.lag_national', 'both')}, and where the east coast stood after {n('market.lag_coast', 'both')}."
    )
    if not _known(findings, "lag_coast_early", "lag_coast_late"):
        return text
    return (
        f"{text} The latter is {n('market.lag_coast_early')} with the lowest saturation assumed and "
        f"{n('market.lag_coast_late')} with the highest. The levels are told without their year."
    )


def _groups(findings: Findings) -> str:
    told = (
        f"The spend of older users, at the growth told, is {n('market.seniors')} times today's after a year; for Gen Z "
        "and lower-tier cities no growth is told, and frequency for none. The platform knows no ages or city tiers."
    )
    home = str(findings["market.home"].value)
    if not _known(findings, "abroad_growth", "home_growth"):
        return f"{told} It knows countries; too few customers or years stand behind those beyond {home} to follow them."
    apart = findings["market.abroad_growth"], findings["market.home_growth"]
    clear = (apart[0].low or 0) > (apart[1].high or 0) or (apart[1].low or 0) > (apart[0].high or 0)
    verdict = "" if clear else " The two ranges overlap: that one grows faster is not shown."
    return (
        f"{told} It knows countries: sales to identified customers of the home market, {home}, changed by "
        f"{n('market.home_growth', 'both')} in twelve months, those abroad, {n('market.abroad_share')} of all, by "
        f"{n('market.abroad_growth', 'both')}.{verdict}"
    )


def _cost(findings: Findings) -> str:
    text = (
        "The platform's own cost of winning a customer is unknown: its orders hold no spend. The documents tell of "
        f"growth around {n('market.cost_growth')} a year; {n('market.cost_kept')} of it is taken to go on. From "
        f"S3's apparel case the cost of 2026 would be {n('market.case_cost', 'both')}, and the mildest goal, that of "
        f"S2, has a chance of {n('market.case_chance_s2')}. From S1's case it has {n('market.before_chance_s2')} "
        f"before the measure told of; after it S1's goal has {n('market.after_chance_s1')} and S3's "
        f"{n('market.after_chance_s3')}. Where one starts decides."
    )
    if not _known(findings, "bearable"):
        return f"{text} What a newcomer is worth is unknown here, and so is what one may cost."
    return (
        f"{text} Measured is the other side: at a value of {n('market.ratio_told')} times the cost, as S3 asks, "
        f"winning a customer of this platform may cost {n('market.bearable', 'both')}. {_goals(findings)}"
    )


def _goals(findings: Findings) -> str:
    most, limit = findings.value("market.goal_most"), findings["market.bearable"]
    if (limit.low or findings.value("market.bearable")) > most:
        return f"All goals of the documents, up to {n('market.goal_most')}, ask for less than that value would bear."
    return f"The mildest goal, {n('market.goal_most')}, is no milder than what that value bears."


def _users(findings: Findings) -> str:
    check = (
        f" With the last {n('market.users_test')} held out, and those who entered known, the stock was missed by "
        f"{n('market.users_check')}." if _known(findings, "users_check") else
        " The history is too short to hold months out, so the projection is untested."
    )
    return (
        f"{n('market.users')} customers ordered within the last {n('market.window')}. In twelve months "
        f"{n('market.users_gained')} were new, {n('market.users_regained')} came back and {n('market.users_lost')} "
        f"were lost. Twelve months on there will be {n('market.users_ahead', 'both')}, a growth of "
        f"{n('market.users_growth', 'both')}. The goal of {n('market.users_told')} has a chance of "
        f"{n('market.users_chance')}; the growth of {n('market.users_industry')} that S3 thereby gives its industry, "
        f"{n('market.users_industry_chance')}.{check}"
    )


def _daily(findings: Findings) -> str:
    far = not _known(findings, "daily_ratio") or findings.value("market.daily_ratio") > 10
    other = ": a figure for a shop of another size, not for this one" if far else ""
    return (
        f"{n('market.new_a_day')} new customers come a day; the goal for growth would take "
        f"{n('market.needed_a_day', 'both')}. The {n('market.daily_told')} a day that S3 wants are "
        f"{n('market.daily_ratio')} times as many, and at S3's own goal for the cost of one they would cost "
        f"{n('market.daily_bill')} a year{other}."
    )


def _retention(findings: Findings) -> str:
    text = (
        f"S3 wants {n('market.visit_day_told')} of new users back the next day and {n('market.visit_week_told')} after "
        f"a week. It means visits, which are not recorded. Second orders come later: {n('market.again_day', 'both')} "
        f"by the next day, {n('market.again_week', 'both')} within a week, {n('market.again_month', 'both')} within "
        f"thirty days."
    )
    if not _known(findings, "visit_day_reached", "visit_week_reached"):
        return f"{text} Within the days followed they do not reach the shares told."
    return (
        f"{text} They reach the weekly share after {n('market.visit_week_reached')} and the daily one after "
        f"{n('market.visit_day_reached')}."
    )


def _sales(findings: Findings) -> str:
    small = (
        "It was made for a much smaller shop." if findings.value("market.half_year_days") < 60 else
        f"The chance of it is {n('market.half_year_chance')}."
    )
    return (
        f"Over the plan year sales change by {n('market.sales_growth', 'both')} without any measure. The growth of "
        f"{n('market.sales_told')} that S1 wants has a chance of {n('market.sales_chance')} at the year's end; "
        f"the highest in any month is {n('market.sales_chance_best')}. S2's goal for six months is "
        f"{n('market.half_year_goal')}: {n('market.half_year_days', 'both')} of mean sales make it up. {small}"
    )
