"""What the stage's parameters mean for its parts, and single numbers ready for findings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.params import ConductStage
from ecomplan.risk.conduct.exploits import Audited
from ecomplan.risk.conduct.gaps import Shuffling
from ecomplan.risk.conduct.matching import Ints, Priced
from ecomplan.risk.conduct.monitor import Rules
from ecomplan.risk.conduct.reviews import Audit
from ecomplan.risk.conduct.trust import Assumed
from ecomplan.risk.engine.shares import share

YEAR, MONTHS, WEEKS_A_MONTH = 365, 12, 52 / 12


@dataclass(frozen=True)
class Trade:
    """The last year of the orders: sales and orders, and those of one active customer in a month.

    ASSUME: where no order names a customer, every order counts as a customer of its own.
    """

    sales: float
    orders: int
    customers: int
    named: bool
    sales_month: float
    orders_month: float

    @property
    def known_customers(self) -> Estimate:
        if self.named:
            return Estimate(float(self.customers))
        return Estimate(None, unknown="No order of the last year names its customer; each counts as one of its own")


def trade(lines: Priced) -> Trade:
    """Trade of the last 365 days."""
    late = lines.day > lines.day.max() - YEAR
    named = late & (lines.customer >= 0)
    part = named if named.any() else late
    orders = _different(lines.order[part])
    customers = _different(lines.customer[part]) if named.any() else orders
    return Trade(
        float(lines.amount[late].sum()), _different(lines.order[late]), customers, bool(named.any()),
        float(lines.amount[part].sum()) / customers / MONTHS, orders / customers / MONTHS,
    )


def _different(codes: Ints) -> int:
    return int((np.bincount(codes) > 0).sum())


def rules_of(p: ConductStage) -> Rules:
    """How the price monitor compares and flags."""
    return Rules(
        p.period_days, p.quantity_band_ratio, p.known_after_days, p.high_spender_share, p.min_group,
        Shuffling(p.shuffles_first, p.shuffles_most, p.shuffles_stop, p.false_discovery, p.seed),
    )


def sizes(p: ConductStage) -> tuple[float, float, float]:
    """Gaps planted in trials."""
    return p.planted_gap_low, p.planted_gap_middle, p.planted_gap_high


def margin(p: ConductStage) -> tuple[float, float, float]:
    return p.contribution_margin_low, p.contribution_margin_likely, p.contribution_margin_high


def exploiting(p: ConductStage) -> tuple[float, float, float]:
    return p.exploit_share_low, p.exploit_share_likely, p.exploit_share_high


def assumed(p: ConductStage) -> Assumed:
    """What is assumed of messages to customers."""
    return Assumed(
        (p.contact_ceiling_low, p.contact_ceiling_likely, p.contact_ceiling_high),
        (p.contact_half_low, p.contact_half_likely, p.contact_half_high),
        (p.contact_told_low, p.contact_told_likely, p.contact_told_high),
        (p.brand_to_sales_low, p.brand_to_sales_likely, p.brand_to_sales_high),
        p.contact_cost_cny / p.cny_per_currency_unit, p.complaint_cost_cny / p.cny_per_currency_unit,
        p.complaints_per_thousand / 1000, margin(p),
    )


def audit_of(p: ConductStage) -> Audit:
    """The simulated audit of reviews."""
    return Audit(
        p.review_count, min(p.review_budget, p.review_count), p.review_random_share,
        (p.fake_share_low, p.fake_share_likely, p.fake_share_high), p.review_signals, p.review_separation,
        p.review_catches, p.review_accuses, p.review_repeats, p.seed,
    )


def promo_orders(year: Trade, p: ConductStage) -> float:
    """Orders while a promotion runs, at last year's pace."""
    return year.orders * p.promo_days / YEAR


def steady(table: pd.DataFrame, limit: float) -> Estimate:
    """Share of followed products whose price moves by at most `limit`."""
    return share(float((table["volatility"] <= limit).sum()), len(table), "No product sold in enough weeks")


def marketing_year(claims: Claims, cny: float) -> tuple[float, float]:
    """Least and most that the documents give to marketing, as money of one year.

    ASSUME: the documents' budget is one year's, which makes the limit on compliance as wide as it can be read.
    """
    part = claims["s3_budget_share_marketing"].share
    low, high = claims["s3_total_budget"].range
    return low * part * 1e6 / cny, high * part * 1e6 / cny


def compliance_cap(claims: Claims, cny: float) -> Estimate:
    """Most that compliance may cost of the marketing budget, a year."""
    most = claims["s3_compliance_cost_max"].share
    low, high = (most * end for end in marketing_year(claims, cny))
    return Estimate((low + high) / 2, low, high)


def push_cap_month(claims: Claims) -> float:
    """The documents' cap on pushed messages, a month."""
    return claims["s0_push_cap_weekly"].range[0] * WEEKS_A_MONTH


def status(audited: Audited) -> str:
    """PASS or FAIL of a rule set before launch."""
    return "FAIL" if audited.violated else "PASS"

