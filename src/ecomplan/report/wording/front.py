"""The first page: answer, decision, eight figures, and what would change our mind.

Every sentence branches on the findings, so that it is true whatever they say.
"""

from __future__ import annotations

from ecomplan.findings import Finding, Findings
from ecomplan.params.shared import Data, Report
from ecomplan.report.text import Front, Head, Signal, n

NAMED = 4  # measures up to which the first page names them
LIKELY, EVEN = 0.8, 0.5  # chances from which a plan counts as likely, and as more likely than not


def front(findings: Findings, report: Report, data: Data, source: str) -> Front:
    """The first page. `source` is the label of the public data, empty for own data."""
    year = str(report.plan_year)
    return Front(
        title=report.title, subtitle="Behaviour, forecast, investment, risk",
        data_note=data_note(data, year, bool(source)),
        sources=(source,) if source else (), answer=answer(findings, year), asks=asks(findings),
        heads=heads(findings, year), figure=("forecast", "fan"), signals=signals(findings),
    )


def data_note(data: Data, year: str, public: bool) -> str:
    """What the orders are, and that their dates were moved."""
    what = (
        "The orders are public data of another shop, which stand in for the platform's own"
        if public else "The orders are the platform's own"
    )
    if data.shift_years:
        return (
            f"{what}; every date in them was moved by {n('report.shift_years')}, so that the months keep their season "
            f"and {year} follows on them."
        )
    return f"{what}."


def answer(findings: Findings, year: str) -> str:
    """What will happen, what the investment does to it, and what can be lost."""
    growth = findings[f"forecast.growth_sales_{year}"]
    sales = f"{n(f'forecast.sales_{year}')} in {year}, a change of {n(growth.id)} on the last twelve full months"
    if growth.low is not None and growth.high is not None and growth.low < 0 < growth.high:
        sales += " that may as well be a fall" if findings.value(growth.id) >= 0 else " that may as well be a rise"
    return (
        f"Left to itself, the platform will most likely sell goods for {sales}; {_investment(findings)}. One year in "
        f"twenty costs at least {n('losses.var_95_best')} through what can go wrong, even with the controls worth "
        f"their price."
    )


def _investment(findings: Findings) -> str:
    chance, budget = findings.value("returns.chance_npv_positive"), n("returns.budget")
    shown = n("returns.chance_npv_positive")
    if chance >= LIKELY:
        told = f"the investment of {budget} returns more than it costs with a chance of {shown}"
    elif chance > EVEN:
        told = f"the investment of {budget} returns more than it costs with a chance of {shown}, so the doubt is real"
    elif chance > 0:
        told = (
            f"the investment of {budget} that the documents ask for will more likely lose money than not: its chance "
            f"of returning more than it costs is {shown}"
        )
    else:
        told = (
            f"the investment of {budget} that the documents ask for returns what it costs in none of the simulated "
            f"plans (chance {shown})"
        )
    if _kind(findings) != "portfolio":
        return told
    measures = f"{n('allocation.fund_count')} of its measures, for {n('allocation.spend')}"
    return f"{told}; {measures}, are worth their cost on average"


def _kind(findings: Findings) -> str:
    """What stage `allocation` decided: portfolio, tests or none."""
    return str(findings["allocation.decision_kind"].value)


def asks(findings: Findings) -> tuple[tuple[str, str], ...]:
    """The decision asked for: money, stop, risk, time, and the alternative."""
    whole = f"{n('returns.budget')} ({n('returns.budget_cny')} in the documents) over {n('returns.plan_months')}"
    written = n("returns.npv")
    decline = ("Decline", f"the budget as written, {whole}: its mean net present value is {written}.")
    stop = ("Stop", "a measure whose cost passes its cap, or whose test leaves no gain that pays for what is still to "
            "be spent; both limits stand beside each measure in the first chapter on the investment.")
    other = ("Otherwise", f"the plan costs {n('returns.cost')} and brings {n('returns.benefit')} in today's money, on "
             f"average.")
    measures = f"{n('allocation.fund_count')} measures for {n('allocation.spend')}"
    if findings.value("allocation.fund_count") <= NAMED:
        measures += f" ({findings['allocation.funded'].value})"
    first: tuple[tuple[str, str], ...]
    match _kind(findings):
        case "portfolio":
            first = (
                ("Fund", f"{measures}: worth {n('allocation.npv')} on average, with a chance of "
                 f"{n('allocation.chance_gain')} to gain and {n('allocation.shortfall')} lost in the worst twentieth "
                 f"of plans."), stop, decline,
            )
        case "tests":
            first = (
                ("Fund", f"tests only: {measures}, each to be stopped or carried on by its result."), stop, decline,
            )
        case _:
            first = (decline, ("Ask for", "measured effects: no measure is worth its cost as the documents tell it."))
    return (*first, _risk(findings), ("By", "the start of the plan year, before any money is due."), other)


def _risk(findings: Findings) -> tuple[str, str]:
    loss, appetite = n("losses.var_95_best"), n("losses.appetite")
    controls = (
        f"The documents' controls cost {n('losses.controls_price')} a year and take {n('losses.removed_expected')} off "
        f"an average year's loss"
    )
    if findings.value("losses.removed_expected") >= findings.value("losses.controls_price"):
        controls += ", so they pay for themselves."
    elif findings.value("losses.best_set_controls") > 0:
        controls += (
            f"; of all that are known, {n('losses.best_set_controls')} for {n('losses.best_set_price')} a year are "
            f"worth their price."
        )
    else:
        controls += "; none that is known is worth its price."
    if findings.value("losses.var_95_best") <= findings.value("losses.appetite"):
        return "Accept", (
            f"a 1-in-20 yearly loss of {loss} with the controls that are worth their price, within the appetite of "
            f"{appetite}. {controls}"
        )
    return "Settle", (
        f"how to meet a 1-in-20 yearly loss of {loss} with the controls that are worth their price, above the "
        f"appetite of {appetite}. {controls}"
    )


def heads(findings: Findings, year: str) -> tuple[Head, ...]:
    """The eight figures."""
    own = (
        Head("Worth of what we would fund", "allocation.npv") if _kind(findings) != "none" else
        Head("Chance of payback in time", "returns.chance_payback_18",
             f"within the promised {n('returns.payback_target')}")
    )
    return (
        Head(f"Goods sold in {year}", f"forecast.sales_{year}"),
        Head("Growth of sales", f"forecast.growth_sales_{year}"),
        Head("Chance of planned growth", "forecast.target_chance_sales",
             f"{n('forecast.target_sales')} more sales, without any measure"),
        Head("", "segments.top_15"),
        Head("Investment asked for", "returns.budget"),
        Head("Worth of it as written", "returns.npv"),
        own,
        Head("1-in-20 yearly loss", "losses.var_95_best"),
    )


def signals(findings: Findings) -> tuple[Signal, ...]:
    """What would change our mind: signal, where it stands, tripwire, when it is seen, what follows."""
    error = _error(findings)
    pays = findings.value("returns.chance_npv_positive") > EVEN
    crossed = findings.value("losses.var_95_best") > findings.value("losses.appetite")
    rows = [
        Signal(
            "Goods sold in the quietest month", n("forecast.sales_trough"),
            f"below {n('forecast.sales_trough', 'low')}", f"end of {n('forecast.sales_trough_month')}",
            "forecast again before any further money is released",
        ),
        Signal(
            "Forecast error, one month ahead", n(error.id), f"above {n(error.id, 'high')}" if error.high is not None
            else f"above {n('forecast.error_limit')}", "each month", "widen the ranges and choose the model anew",
        ),
        Signal(
            "Chance that the plan returns its cost", n("returns.chance_npv_positive"),
            "below one half" if pays else "above one half", "each test that reports",
            "stop before the next tranche" if pays else "bring the budget back to the board",
        ),
    ]
    needed = findings["allocation.chance_needed"].value
    if isinstance(needed, float) and needed > findings.value("allocation.success_prior"):
        rows.append(Signal(
            "Chance that a measure works at all", n("allocation.success_prior"),
            f"{n('allocation.chance_needed')} for {_lower(str(findings['allocation.nearest'].value))}", "first tests",
            "fund the next measure in the order of the list",
        ))
    if isinstance(findings["returns.break_even_effect_share"].value, float):
        rows.append(Signal(
            "Part of its claim that a working measure keeps", n("returns.effect_share"),
            f"at least {n('returns.break_even_effect_share')}", "first tests", "take the whole plan up again",
        ))
    if findings["lifetime.pace"].low is not None:
        rows.append(Signal(
            "Order rate of customers who stay, change a year", n("lifetime.pace"), f"below {n('lifetime.pace', 'low')}",
            "each quarter", "ask them why, before money is spent on winning others",
        ))
    rows += [
        Signal(
            "1-in-20 yearly loss with the controls worth their price", n("losses.var_95_best"),
            f"above {n('losses.appetite')}, {'crossed now' if crossed else 'not crossed'}", "each incident recorded",
            "test the controls, then pay for those that work",
        ),
        Signal(
            "Goods taken back, share of goods sold", n("prepare.return_share_last12"),
            f"above {n('prepare.return_share_last12', 'high')}", "each quarter",
            "compute the margin anew, and with it the plan",
        ),
    ]
    return tuple(rows)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _error(findings: Findings) -> Finding:
    """The one-month error on sales of the model handed on."""
    wanted = f"{findings['forecast.chosen_model'].value}, one-month error, sales"
    return next(
        (item for item in findings.values() if item.label == wanted), findings["forecast.mape_seasonal_naive_sales"]
    )
