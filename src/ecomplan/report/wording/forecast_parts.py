"""Parts, their agreement with the whole, and the sample paths: blocks of the chapter on the forecast."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Column, FigureBlock, Heading, Para, TableBlock, n

_SOURCE = {
    "panels": "on errors of many other monthly series, cut to as short a history as the platform has",
    "assumed": "on the assumption that a month's error variance doubles after a year",
    "history": "on the platform's own errors",
}


def blocks(findings: Findings) -> list[Block]:
    """Who will buy the plan year's sales, how parts and whole agree, what the sample paths rest on."""
    return [*_parts(findings), *_paths(findings)]


def limits(findings: Findings) -> tuple[str, ...]:
    """What parts and paths cannot tell."""
    if findings["forecast.parts_method"].value is None:
        return ("No two groups of customers are large enough to be shown, so the forecast is not split.",)
    return (
        "A customer counts as new at the first order in the data. The shop is older than the data, so the split into "
        "new and returning counts from the second year on; one year of it knows no change from year to year.",
        "Parts are small: their shares of the plan year are surer than any single month of theirs.",
    )


def _parts(findings: Findings) -> list[Block]:
    if findings["forecast.parts_method"].value is None:
        return []
    year = f"{findings['forecast.plan_year'].value}"
    told = " ".join(
        f"By {name}: {shares}." for name, shares in (
            ("country", _shares(findings, "country", year)), ("segment", _shares(findings, "segment", year)),
        ) if shares
    )
    whole, by_share = findings["forecast.reconcile_whole_mint"], findings["forecast.reconcile_parts_top_down"]
    kept = "whole kept" in str(findings["forecast.parts_method"].value)
    return [
        Heading("Who will buy"),
        Para(
            f"Sales of {n('forecast.plan_year')} are also forecast by country group and by segment, so that the parts "
            f"add up to the whole. Shares expected, with their "
            f"80 % ranges. {told}"
        ),
        FigureBlock("parts", (
            Column("month", "Month", "month"), Column("part", "Part"), Column("q10", "10 %", "money"),
            Column("q50", "Median", "money"), Column("q90", "90 %", "money"),
        )),
        TableBlock(
            "part_years_sales", "Sales by part",
            "Last twelve full months beside the plan year; 80 % ranges of the sample paths.",
            (Column("part", "Part"), Column("last12", "Last 12 months", "money"),
             Column("value", "Plan year", "money"), Column("low", "10 %", "money"), Column("high", "90 %", "money"),
             Column("share", "Share", "share")),
        ),
        *_against_last_year(findings),
        Para(
            "A part's season is its own only as far as it stands out from the sampling noise of its customers; the "
            "rest is the whole's season. Parts and whole are then made to agree. "
            + ("The whole keeps its own forecast and the parts move, the unsurest most (MinT)"
               if kept else f"The way used is: {n('forecast.parts_method')}")
            + f". {_moved(whole.low, whole.high)} (80 % range {n('forecast.reconcile_whole_mint', 'range')}). "
            f"Splitting the whole by share instead would {_worse(by_share.low, by_share.high)} "
            f"(80 % range {n('forecast.reconcile_parts_top_down', 'range')})."
        ),
        FigureBlock("ways", (
            Column("nodes", "Nodes"), Column("method_name", "Way"), Column("mape_percent", "Error", "percent"),
            Column("difference", "Difference in points", "count"), Column("difference_low", "low", "count"),
            Column("difference_high", "high", "count"),
        )),
    ]


def _shares(findings: Findings, hierarchy: str, year: str) -> str:
    start = f"forecast.part_share_{hierarchy}_"
    keys = sorted(
        (key for key in findings if key.startswith(start) and key.endswith(year)), key=lambda key: -findings.value(key)
    )
    return "; ".join(f"{findings[key].label.split(':')[0]} {n(key)} ({n(key, 'range')})" for key in keys)


def _against_last_year(findings: Findings) -> list[Block]:
    """Errors of parts beside last year's month, where countries are told apart."""
    if "forecast.part_error_naive_country" not in findings:
        return []
    return [Para(
        f"A single month of a part is hard to foresee: sales by country group were off by "
        f"{n('forecast.part_error_sales_country', 'both')} a month ahead on average over the groups; repeating last "
        f"year's month would have been off by {n('forecast.part_error_naive_country', 'both')}. Orders err less, "
        f"{n('forecast.part_error_orders_country', 'both')}."
        if findings.value("forecast.part_error_orders_country") < findings.value("forecast.part_error_sales_country")
        else f"Sales by country group were off by {n('forecast.part_error_sales_country', 'both')} a month ahead on "
        f"average over the groups, against {n('forecast.part_error_naive_country', 'both')} for last year's month."
    )]


def _paths(findings: Findings) -> list[Block]:
    source = str(findings["forecast.fan_width_source"].value)
    return [
        Heading("How wide the range is and why"),
        Para(
            f"{n('forecast.paths')} joint sample paths carry the forecast on to returns and losses: errors are drawn "
            f"for all series at once, as they fell together in the backtest. How the range widens with the months "
            f"ahead rests {_SOURCE.get(source, 'on ' + source)}. The last month's spread is "
            f"{n('forecast.fan_width_last')} times the first's. One to three months ahead, where the history can "
            f"tell, {n('forecast.fan_leads_inside')} of {n('forecast.fan_leads_months')} months fell inside the 80 % "
            f"band. They overlap and err together: no proof."
        ),
        TableBlock(
            "widths_used", "Width of the range by months ahead",
            "Spread of the error over that of one month ahead, and what it rests on.",
            (Column("lead_months", "Months ahead", "count"), Column("ratio", "Ratio", "ratio"),
             Column("source", "Rests on"), Column("origins", "Own origins", "count")),
        ),
    ]


def _moved(low: float | None, high: float | None) -> str:
    """What moving the whole towards its parts did to its error."""
    assert low is not None and high is not None
    if high < 0:
        return "Moving the whole as well lowers its error"
    if low > 0:
        return "Moving the whole as well raises its error"
    return "Moving the whole as well changes its error by no more than chance"


def _worse(low: float | None, high: float | None) -> str:
    assert low is not None and high is not None
    if low > 0:
        return "raise the parts' error"
    return "lower the parts' error" if high < 0 else "change the parts' error by no more than chance"
