"""The chapter on the forecast."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_GATE = {
    "PASS": "lies within that limit over its whole range",
    "REVIEW": "has that limit inside its range, so these months cannot settle the question",
    "FAIL": "exceeds that limit over its whole range",
}
_SERIES = {"sales": "sales", "orders": "orders", "active_customers": "active customers"}


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
    hurt = findings["forecast.difference_hybrid_sarima"]
    blocks: list[Block] = [
        Para(
            f"Sales in {year} are forecast at {n(f'forecast.sales_{year_id}', 'both')}, a change of "
            f"{n(growth_id, 'both')} on the last twelve full months. The chance that {year} sells less than those "
            f"months is {n(f'forecast.fall_chance_sales_{year_id}')}. Sales are goods sold before returns, without "
            f"postage and fees. No measure of the plan is in this forecast."
        ),
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
            f"{n(f'forecast.order_value_{year_id}', 'both')}, against {n('forecast.order_value_last12')}."
        ),
        FigureBlock("volumes", (
            Column("month", "Month", "month"), Column("series_name", "Series"), Column("q10", "10 %", "count"),
            Column("q50", "Median", "count"), Column("q90", "90 %", "count"),
        )),
        Heading("How far off such forecasts were"),
        Para(
            f"Each model forecast {n('forecast.origins')} months, one month ahead, from {n('forecast.training_least')} "
            f"of history at first and {n('forecast.training_most')} at last. "
            f"{_choice(findings)}"
        ),
        FigureBlock("errors", (
            Column("series_name", "Series"), Column("model_name", "Model"), Column("mape_percent", "Error", "percent"),
            Column("low", "80 %, low", "percent"), Column("high", "80 %, high", "percent"),
        )),
        Para(
            f"The documents promise a hybrid of SARIMA with an LSTM network. SARIMA alone errs by "
            f"{n('forecast.mape_sarima_mean')} on average over the three series, with the network by "
            f"{n('forecast.mape_hybrid_mean')}. The difference, {n('forecast.difference_hybrid_sarima', 'both')} in "
            f"points, says that the network {_lstm(hurt.low, hurt.high)}: the history has few errors to learn from. "
            f"ETS errs by {n('forecast.mape_ets_mean')} on average, because a short history allows it no season."
        ),
        Heading("Against the documents' limit"),
        Para(
            f"The documents allow a monthly error of {n('forecast.error_limit')}. {_gates(findings)} "
            f"For the hybrid that they promise the gates read {n('forecast.gate_hybrid_sales')} for sales, "
            f"{n('forecast.gate_hybrid_orders')} for orders and {n('forecast.gate_hybrid_active_customers')} for "
            f"active customers."
        ),
        TableBlock(
            "gates", "Monthly error against the limit",
            "Mean absolute error one month ahead with its 80 % range (smaller is better). PASS: the whole range "
            "lies within the limit; FAIL: above it; REVIEW: the limit lies inside.",
            (Column("series_name", "Series"), Column("model_name", "Model"), Column("mape_percent", "Error", "percent"),
             Column("low", "80 %, low", "percent"), Column("high", "80 %, high", "percent"),
             Column("limit_percent", "Limit", "percent"), Column("gate", "Gate", "status")),
        ),
        FigureBlock("misses", (
            Column("month", "Month", "month"), Column("series_name", "Series"),
            Column("forecast", "Forecast", "count"), Column("actual", "Actual", "count"),
            Column("error_percent", "Error", "percent"),
        )),
        Heading("How sure the fan is"),
        Para(
            f"The 80 % band, made without the month that it is judged by, held {n('forecast.coverage_inside')} of "
            f"{n('forecast.coverage_months')} months of the three series, {n('forecast.coverage_80')}. "
            f"{_coverage(findings)} With the lead the fan widens by assumption: at the longest leads that the history "
            f"can test, up to {n('forecast.longest_tested_lead')}, the error was {n('forecast.lead_growth_measured')} "
            f"times the error one month ahead, while the fan takes {n('forecast.lead_growth_assumed')} times."
        ),
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
            "A handful of months cannot tell good models apart. The model handed on was set as the default by people "
            "who knew that seasonal repeats do well on such orders; only months to come are a blind test of it.",
            "How the error grows beyond the tested leads is an assumption, borrowed from the theory of the seasonal "
            "repeat and not from these data.",
            "Customers without an identity count in sales and orders, but not among the active customers.",
        ),
    )


def _choice(findings: Findings) -> str:
    chosen, default = (findings[f"forecast.{name}_model"].value for name in ("chosen", "default"))
    errors = (
        f"It errs by {n('forecast.mape_chosen_sales', 'both')} on sales, {n('forecast.mape_chosen_orders', 'both')} on "
        f"orders and {n('forecast.mape_chosen_active_customers', 'both')} on active customers."
    )
    if chosen == default:
        return (
            f"The model handed on is the simplest one that carries season and growth: last year's month, moved by "
            f"a shrunken growth. No other model beat it by more than chance, which the rule asks for. "
            f"{errors} A plain repeat of last year's month errs by "
            f"{n('forecast.mape_seasonal_naive_sales')}, {n('forecast.mape_seasonal_naive_orders')} and "
            f"{n('forecast.mape_seasonal_naive_active_customers')}."
        )
    return (
        f"The model handed on is {n('forecast.chosen_model')}: its error was lower than that of "
        f"the default by more than chance, which the rule asks for. {errors}"
    )


def _lstm(low: float | None, high: float | None) -> str:
    if low is not None and low > 0:
        return "does harm"
    if high is not None and high < 0:
        return "helps"
    return "shows no gain"


def _gates(findings: Findings) -> str:
    by_gate: dict[str, list[str]] = {}
    for series, name in _SERIES.items():
        by_gate.setdefault(str(findings[f"forecast.gate_{series}"].value), []).append(name)
    parts = [f"for {_and(names)} it {_GATE[gate]} ({gate})" for gate, names in by_gate.items()]
    return f"Take the error of the model handed on: {'; '.join(parts)}."


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _coverage(findings: Findings) -> str:
    share = findings.value("forecast.coverage_80")
    if share < 0.7:
        return "That is well below four in five: the band is too narrow."
    if share > 0.9:
        return "That is above four in five: the band is on the wide side."
    return "Four in five would be exact; so few months, which err together, cannot tell the difference."
