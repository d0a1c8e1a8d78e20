"""What the stage hands on: its findings and the claims that its tables test."""

from __future__ import annotations

from ecomplan.claims import Claims
from ecomplan.data.prepare import Prepared
from ecomplan.data.summary import LastYear, Quality
from ecomplan.findings import Stage
from ecomplan.params import PrepareStage


def record_source(stage: Stage, measured: Quality, tables: Prepared, p: PrepareStage) -> None:
    """Findings on the raw file and on what it became."""
    days = tables.calendar["date"]
    months = tables.calendar.loc[tables.calendar["in_full_month"], "month"]
    first_month, last_month = (f"{month:%Y-%m-%d}" for month in (months.min(), months.max()))
    found: list[tuple[str, str, float | str, str]] = [
        ("raw_lines", "Order lines in the raw file", measured.raw_lines, "lines"),
        ("raw_orders", "Order numbers in the raw file, cancellations included", measured.raw_orders, "orders"),
        ("raw_customers", "Customers named in the raw file", measured.raw_customers, "customers"),
        ("raw_total", "Money in the raw file, all lines added", measured.raw_total, "money"),
        ("kept_lines", "Order lines after cleaning", measured.kept_lines, "lines"),
        ("orders", "Orders with goods", len(tables.orders), "orders"),
        ("customers", "Named customers who bought goods", len(tables.customers), "customers"),
        ("products", "Products sold", len(tables.products), "products"),
        ("countries", "Countries sold to, as the source names them", tables.orders["country"].nunique(), "countries"),
        ("first_day", "First day of the data", f"{days.min():%Y-%m-%d}", "date"),
        ("last_day", "Last day of the data", f"{days.max():%Y-%m-%d}", "date"),
        ("first_full_month", "First full month of the data", first_month, "date"),
        ("last_full_month", "Last full month of the data", last_month, "date"),
        ("full_months", "Full months of data", measured.full_months, "months"),
    ]
    for name, label, value, unit in found:
        stage.finding(name, label, value, unit=unit, evidence="measured", tables=["lines", "calendar"])
    stage.finding(
        "shift_years", "Whole years added to every date", p.shift_years, unit="years", evidence="assumed",
    )


def record_cleaning(stage: Stage, measured: Quality, repeated_lines: int, p: PrepareStage) -> None:
    """Findings on what the rules took away, and on what is missing or unmatched."""
    found = [
        ("doubled_lines", "Lines that stand in the raw file twice because two extracts overlap",
         measured.doubled_lines, "lines", "less"),
        ("dropped_share", "Share of raw lines dropped", measured.dropped_share, "share", "less"),
        ("sound_share", "Share of raw lines that stand as they are", measured.sound_share, "share", "more"),
        ("complete_share", "Share of goods lines with customer, product and country", measured.complete_share,
         "share", "more"),
        ("unnamed_line_share", "Share of goods lines without a customer", measured.unnamed_line_share, "share", "less"),
        ("unnamed_sales_share", "Share of goods sales without a customer", measured.unnamed_sales_share, "share",
         "less"),
        ("matched_returns_share", "Share of return lines whose sale was found", measured.matched_share, "share",
         "more"),
        ("matched_returns_value_share", "Share of the money taken back whose sale was found",
         measured.matched_value_share, "share", "more"),
        ("repeated_lines", "Kept lines that repeat another line of their order", repeated_lines, "lines", "neither"),
    ]
    for name, label, value, unit, better in found:
        stage.finding(
            name, label, value, unit=unit, evidence="measured", tables=["rules"],
            better=better,  # type: ignore[arg-type]
        )
    stage.finding(
        "match_window_days", "Days back in which a return looks for its sale", p.match_window_days, unit="days",
        evidence="assumed",
    )
    stage.finding(
        "min_group", "Customers below which a group is not shown", p.min_group, unit="customers", evidence="assumed",
    )


def record_trade(stage: Stage, tables: Prepared, year: LastYear) -> None:
    """Findings on goods sold and taken back."""
    goods = tables.rules[tables.rules["effect"].isin(["sale", "return"])]
    stage.finding(
        "net_sales_total", "Net goods sales over the whole data", float(goods["revenue"].sum()), unit="money",
        evidence="measured", tables=["rules", "bridge"], better="more",
    )
    stage.finding(
        "months_last12", "Months behind the figures of the last year", year.months, unit="months", evidence="measured",
        tables=["monthly_trade"],
    )
    for name, label, value, better in (
        ("sales_last12", "Goods sold in the last full year", year.sales, "more"),
        ("returns_last12", "Goods taken back in the last full year", year.returns, "less"),
        ("net_sales_last12", "Net goods sales in the last full year", year.net_sales, "more"),
        ("largest_return_last12", "Largest single line taken back in the last full year", year.largest_return, "less"),
    ):
        stage.finding(
            name, label, value, unit="money", evidence="measured", tables=["monthly_trade"],
            better=better,  # type: ignore[arg-type]
        )
    stage.finding(
        "return_share_last12", "Goods taken back, as a share of goods sold in the last full year", year.return_share,
        unit="share", evidence="measured", low=year.return_share_low, high=year.return_share_high,
        tables=["monthly_trade"], better="less", claims=["s0_traditional_return_rate", "s0_fresh_return_rate"],
    )


def record_claims(stage: Stage, claims: Claims, measured: Quality, year: LastYear) -> None:
    """Hold four claims of the documents against the platform's own lines."""
    share = {
        "observed": 100 * year.return_share, "low": 100 * year.return_share_low, "high": 100 * year.return_share_high,
    }
    typical = 100 * claims["s0_traditional_return_rate"].share
    stage.claim(
        "s0_traditional_return_rate", "tested",
        "Read as: in e-commerce of the usual kind more than this share comes back; held against goods taken back "
        "as a share of goods sold here. One shop cannot speak for a trade, but it can be an exception.",
        verdict="holds" if share["low"] > typical else "fails" if share["high"] <= typical else "holds in part",
        evidence="measured", **share,
    )
    reached = 100 * claims["s0_fresh_return_rate"].share
    stage.claim(
        "s0_fresh_return_rate", "tested",
        "Read as: tiered control brings returns down to this share or less. The level can be compared, the cause "
        "cannot: this platform sells gifts, not fresh food, and no such control is recorded.",
        verdict="holds in part" if share["high"] <= reached else "not testable", evidence="measured", **share,
    )
    for key, found, what in (
        ("s1_data_accuracy", measured.sound_share,
         "Read as the share of raw lines that are neither doubled, nor without a price, nor a correction."),
        ("s1_data_consistency", measured.complete_share,
         "Read as the share of goods lines that name customer, product and country."),
    ):
        stage.claim(
            key, "tested", what, verdict="holds" if found >= claims[key].share else "fails", observed=100 * found,
            evidence="measured",
        )


def record_gate(stage: Stage, measured: Quality) -> None:
    """Is there enough history to plan from?"""
    stage.finding(
        "history_gate", "Enough full months to tell season from chance", measured.gate, unit="gate",
        evidence="measured", tables=["checks"],
    )
