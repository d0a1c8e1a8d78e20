"""The chapter on the forecast."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n
from ecomplan.report.wording import forecast_parts

_SERIES = {"sales": "sales", "orders": "orders", "active_customers": "active customers"}
_PROMISES = {
    "early_": f"after {n('forecast.early_open_days')} open", "late_": f"after {n('forecast.late_open_days')} open",
    "quarter_": "over a quarter",
}


def chapter(findings: Findings) -> Chapter:
    """What sales, orders and active customers will be, told to a board."""
    year_id = f"{findings['forecast.plan_year'].value}"
    year = n("forecast.plan_year")
    growth_id = f"forecast.growth_sales_{year_id}"
    growth = findings[growth_id]
    more = findings.value(growth_id) >= 0
    unsure = growth.low is not None and growth.high is not None and growth.low < 0 < growth.high
    answer = (
        f"Left to itself, the platform will most likely sell goods for {n(f'forecast.sales_{year_id}')} in {year}, "
        f"{'more' if more else 'less'} than the {n('forecast.sales_last12')} of the last twelve full months"
        f"{', but the range allows a fall as well as a rise.' if unsure else ', and the whole range says so.'}"
    )
    blocks: list[Block] = [
        Para(
            f"Sales in {year} are forecast at {n(f'forecast.sales_{year_id}', 'both')}, a change of "
            f"{n(growth_id, 'both')} on the last twelve full months. The chance that {year} sells less than those "
            f"months is {n(f'forecast.fall_chance_sales_{year_id}')}. Sales are goods sold before returns, without "
            f"postage and fees. No measure of the plan is in this forecast."
        ),
        Para(_decision(findings)),
        FigureBlock("fan", (
            Column("month", "Month", "month"), Column("q10", "10 %", "money"), Column("q50", "Median", "money"),
            Column("q90", "90 %", "money"), Column("mean", "Mean", "money"),
        )),
        Para(
            f"The season outweighs everything else: full months so far lie between {n('forecast.sales_month_least')} "
            f"and {n('forecast.sales_month_most')}. The busiest month ahead is {n('forecast.sales_peak_month')} with "
            f"{n('forecast.sales_peak', 'both')}, the quietest {n('forecast.sales_trough_month')} with "
            f"{n('forecast.sales_trough', 'both')}."
        ),
        Para(
            f"Orders are forecast at {n(f'forecast.orders_{year_id}', 'both')} "
            f"({n('forecast.orders_last12')} in the last twelve full months), active customers at "
            f"{n(f'forecast.active_customers_monthly_{year_id}', 'both')} a month "
            f"(so far {n('forecast.active_customers_last12')}). An average order is worth "
            f"{n(f'forecast.order_value_{year_id}', 'both')}, against {n('forecast.order_value_last12')}. "
            f"New customers come to {n(f'forecast.new_customers_{year_id}', 'both')} in the year, after "
            f"{n('forecast.new_customers_last12')} in the last twelve months; a shop older than its data counts some "
            f"returning customers as new, so the true figure is lower."
        ),
        FigureBlock("volumes", (
            Column("month", "Month", "month"), Column("series_name", "Series"), Column("q10", "10 %", "count"),
            Column("q50", "Median", "count"), Column("q90", "90 %", "count"),
        )),
        Heading("How far off such forecasts were"),
        Para(
            f"Each model forecast {n('forecast.origins')} months, one month ahead, from {n('forecast.training_least')} "
            f"of history at first and {n('forecast.training_most')} at last. So few months prove little: they share "
            f"most of their past, and one odd autumn can turn the order of the models. {_choice(findings)}"
        ),
        Para(
            f"{_calendar(findings)} The rule, learnt from earlier days alone, foretold the number of open days exactly "
            f"in {n('forecast.open_days_exact')} of {n('forecast.open_days_months')} months."
        ),
        FigureBlock("errors", (
            Column("series_name", "Series"), Column("model_name", "Model"), Column("mape_percent", "Error", "percent"),
            Column("low", "80 %, low", "percent"), Column("high", "80 %, high", "percent"),
        )),
        Para(
            f"Part of the error is nobody's fault: who happens to order in a month moves its sales by "
            f"{n('forecast.floor_sales')} on average, its orders by {n('forecast.floor_orders')} and its active "
            f"customers by {n('forecast.floor_active_customers')}, by resampled customers. {_floor(findings)}"
        ),
        Para(
            f"The documents promise a hybrid of SARIMA with an LSTM network. SARIMA alone errs by "
            f"{n('forecast.mape_sarima_mean')} on average over the three series, with the network by "
            f"{n('forecast.mape_hybrid_mean')}. The difference, {n('forecast.difference_hybrid_sarima', 'both')} in "
            f"points, says that the network {_lstm(findings)}: the history has few errors to learn from. "
            f"ETS errs by {n('forecast.mape_ets_mean')} on average and Theta by {n('forecast.mape_theta_mean')}: "
            f"a season seen once or twice teaches them little."
        ),
        FigureBlock("misses", (
            Column("month", "Month", "month"), Column("series_name", "Series"),
            Column("forecast", "Forecast", "count"), Column("actual", "Actual", "count"),
            Column("error_percent", "Error", "percent"),
        )),
        Heading("Which promise can be kept"),
        Para(
            f"The documents allow a monthly error of {n('forecast.error_limit')}. {_gates(findings)} For the hybrid "
            f"that they promise the gates read {n('forecast.gate_hybrid_sales')} for sales, "
            f"{n('forecast.gate_hybrid_orders')} for orders and {n('forecast.gate_hybrid_active_customers')} for "
            f"active customers."
        ),
        TableBlock(
            "gates", "Each promise against the limit",
            "Mean absolute error with its 80 % range (smaller is better), beside the plain repeat of last year (naive) "
            "on the same months; gap: the paired difference to it. PASS: the whole range lies within the limit; FAIL: "
            "above it; REVIEW: the limit lies inside.",
            (Column("promise_name", "Promise"), Column("series_name", "Series"),
             Column("mape_percent", "Error", "percent"), Column("low", "80 %, low", "percent"),
             Column("high", "80 %, high", "percent"), Column("naive_percent", "Naive", "percent"),
             Column("difference_low", "Gap, low", "percent"), Column("difference_high", "Gap, high", "percent"),
             Column("gate", "Gate", "status")),
        ),
        FigureBlock("reissue", (
            Column("series_name", "Series"), Column("open_days", "Open days seen", "count"),
            Column("mape_percent", "Error", "percent"), Column("low", "80 %, low", "percent"),
            Column("high", "80 %, high", "percent"),
        )),
        Para(
            f"Issued again after {n('forecast.late_open_days')} with the shop open, the sales forecast misjudges "
            f"{n('forecast.reissue_late_less_off', 'both')} of goods a month less than a month ahead. Were every "
            f"misjudged sale lost and every correction in time, the margin on that would be "
            f"{n('forecast.reissue_late_margin')} a month: the most that issuing it again can be worth. It costs no "
            f"new data, so do it each month; a month with fewer surprises gains less."
        ),
        Para(
            f"Summed over three months the error is {n('forecast.mape_quarter_sales', 'both')} on sales, "
            f"{n('forecast.mape_quarter_orders', 'both')} on orders and "
            f"{n('forecast.mape_quarter_active_customers', 'both')} on active customers, over "
            f"{n('forecast.quarter_origins')} quarters that overlap."
        ),
        Heading("How sure the fan is"),
        Para(
            f"The 80 % band, made without the month that it is judged by, held {n('forecast.coverage_inside')} of "
            f"{n('forecast.coverage_months')} months of the three series, {n('forecast.coverage_80')}. "
            f"{_coverage(findings)} With the lead the fan widens as errors do on the companion panels. At the longest "
            f"leads that the history can test, up to {n('forecast.longest_tested_lead')}, the error was "
            f"{n('forecast.lead_growth_measured')} times the error one month ahead, while the fan takes "
            f"{n('forecast.lead_growth_assumed')} times."
        ),
        *forecast_parts.blocks(findings),
        Heading("Growth that the documents plan"),
        Para(
            f"The documents plan {n('forecast.target_sales')} more sales a year and "
            f"{n('forecast.target_active_customers')} more users. Without any measure the chance of such growth in "
            f"{year} is {n('forecast.target_chance_sales')} for sales and "
            f"{n('forecast.target_chance_active_customers')} for active customers: what the "
            f"documents plan would have to come from the measures."
        ),
    ]
    return Chapter(
        stage="forecast", title="What the year will bring", answer=answer, blocks=tuple(blocks),
        limits=(
            "Two years show one change from year to year. Whether the coming year grows or shrinks is "
            "therefore mostly unknown; the forecast keeps only part of the last change, its range carries the rest.",
            "A handful of months cannot tell good models apart. What the combination consists of was fixed before its "
            "errors were counted, except that its sales rest on a shrunken order value: that step was taken with these "
            "months known, and helps on them. Only months to come are a blind test.",
            "The noise floor takes customers as independent of each other; if they order together, it is higher.",
            "How the error grows beyond the tested leads is borrowed from series of other firms and not seen here.",
            "Customers without an identity count in sales and orders, but not among the active or new customers.",
            *forecast_parts.limits(findings),
        ),
    )


def _decision(findings: Findings) -> str:
    """What a board can rely on: the promises that hold for all three series, and the ones that hold for none."""
    held = [words for mark, words in _PROMISES.items() if _of(findings, mark) == {"PASS"}]
    some = [words for mark, words in _PROMISES.items() if "PASS" in _of(findings, mark) and words not in held]
    text = "For planning: "
    if held:
        text += f"rely on the allowed error of {n('forecast.error_limit')} for every series {_and(held)}; "
    if some:
        text += f"rely on it for some of the series {_and(some)} (the table below says which); "
    ahead = _of(findings, "")
    if "PASS" not in ahead:
        text += "do not promise it a month ahead. "
    else:
        text = text[:-2] + ". "
    return (
        f"{text}Set stock and staff for a month by its range, and correct them when the forecast is issued again "
        f"within the month."
    )


def _of(findings: Findings, mark: str) -> set[str]:
    return {str(findings[f"forecast.gate_{mark}{series}"].value) for series in _SERIES}


def _calendar(findings: Findings) -> str:
    if findings["forecast.closed_days"].value == "nothing":
        return "The shop is open all days, so that only the length of a month and its weekdays count."
    return f"The shop keeps to a calendar, which helps: it closes on {n('forecast.closed_days')}."


def _choice(findings: Findings) -> str:
    chosen, best = (findings[f"forecast.{name}_model"].value for name in ("chosen", "best"))
    gap = findings["forecast.difference_chosen_naive"]
    sure = gap.high is not None and gap.high < 0
    first = (
        f"The model handed on is a mean of three that differ in how much of last year's change they let live, each "
        f"counted per open day; it was fixed beforehand, not picked. It errs by "
        f"{n('forecast.mape_chosen_sales', 'both')} on sales, {n('forecast.mape_chosen_orders', 'both')} on orders and "
        f"{n('forecast.mape_chosen_active_customers', 'both')} on active customers. A plain repeat of last year's "
        f"month errs by {n('forecast.mape_seasonal_naive_sales')}, {n('forecast.mape_seasonal_naive_orders')} and "
        f"{n('forecast.mape_seasonal_naive_active_customers')}; the mean difference, "
        f"{n('forecast.difference_chosen_naive', 'both')} in points, "
        f"{'is more than chance' if sure else 'could still be chance'}."
    )
    if best == chosen:
        return first
    return (
        f"{first} The least mean error so far was that of the model {n('forecast.best_model')}, which on so few months "
        f"is no reason to prefer it."
    )


def _floor(findings: Findings) -> str:
    limit = findings.value("forecast.error_limit")
    above = [name for series, name in _SERIES.items() if findings.value(f"forecast.floor_{series}") > limit]
    if not above:
        return "All lie below the allowed error, which a good enough forecast could therefore meet."
    return (
        f"For {_and(above)} that alone exceeds the allowed error of {n('forecast.error_limit')}: no method can promise "
        f"it a month ahead, and a run of months within it is luck."
    )


def _lstm(findings: Findings) -> str:
    gap = findings["forecast.difference_hybrid_sarima"]
    if gap.low is not None and gap.low > 0:
        return "does harm"
    if gap.high is not None and gap.high < 0:
        return "helps"
    return "shows no gain"


def _gates(findings: Findings) -> str:
    parts = []
    for mark, words in {"": "a month ahead", **_PROMISES}.items():
        by_gate: dict[str, list[str]] = {}
        for series, name in _SERIES.items():
            by_gate.setdefault(str(findings[f"forecast.gate_{mark}{series}"].value), []).append(name)
        said = "; ".join(f"{gate} for {_and(names)}" for gate, names in by_gate.items())
        parts.append(f"{words[0].upper()}{words[1:]}: {said}.")
    return " ".join(parts)


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _coverage(findings: Findings) -> str:
    share = findings.value("forecast.coverage_80")
    if share < 0.7:
        return "That is well below four in five: the band is too narrow."
    if share > 0.9:
        return "That is above four in five: the band is on the wide side."
    return "Four in five would be exact; so few months, which err together, cannot tell the difference."
