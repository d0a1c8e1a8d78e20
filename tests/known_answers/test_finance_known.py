"""Measures of a cash flow against published answers."""

from __future__ import annotations

import numpy as np
import pytest

from ecomplan.investment.engine import finance


def test_irr_of_the_textbook_flow() -> None:
    """numpy-financial's manual: 0.2809484 (tolerance: the digits printed)."""
    assert finance.irr_roots([-100, 39, 59, 55, 20]) == pytest.approx([0.2809484], abs=5e-8)


def test_both_rates_of_the_pump_problem() -> None:
    """2.5 times the oil pump of Lorie & Savage (1955): balances at 25 % and at 400 % (exact)."""
    assert finance.irr_roots([-4000, 25000, -25000]) == pytest.approx([0.25, 4.0], abs=1e-12)


def test_three_rates() -> None:
    """-1000, 6000, -11000, 6000 balances at 0, 100 and 200 % (factorises exactly)."""
    assert finance.irr_roots([-1000, 6000, -11000, 6000]) == pytest.approx([0, 1, 2], abs=1e-9)


def test_mirr_of_the_excel_manual() -> None:
    """Excel's manual for MIRR: 12.6094 % (tolerance: the digits printed)."""
    flows = [-120_000, 39_000, 30_000, 21_000, 37_000, 46_000]
    assert finance.mirr(flows, 0.10, 0.12) == pytest.approx(0.126094, abs=5e-7)


def test_npv_of_an_annuity() -> None:
    """36 payments of 1, the first a period from now: (1 - v^36) / i, the closed form."""
    assert finance.npv(np.ones(36), 0.01, first=1) == pytest.approx((1 - 1.01**-36) / 0.01, rel=1e-13)


def test_payback_with_and_without_discount() -> None:
    """-100 then 60 a year: 2 years simple; at 10 % 54.5 + 49.6 also reach 100 in year 2, at 15 % 52.2 + 45.4 do not."""
    flows = [-100, 60, 60, 60]
    assert [float(finance.payback(flows, rate)) for rate in (0.0, 0.10, 0.15)] == [2, 2, 3]


def test_dated_flows_of_the_excel_manual() -> None:
    """Excel's manual for XIRR and XNPV: 0.373362535 and 2086.6476 (tolerance: the digits printed)."""
    flows = [-10_000, 2_750, 4_250, 3_250, 2_750]
    days = [0, 60, 303, 411, 456]  # 2008-01-01, 03-01, 10-30, 2009-02-15, 04-01
    assert finance.xirr(flows, days) == pytest.approx([0.373362535], abs=5e-9)
    assert finance.xnpv(0.09, flows, days) == pytest.approx(2086.6476, abs=5e-5)


def test_many_flows_hold_the_same_answers() -> None:
    """The textbook flow and the pump problem again, as rows of one table."""
    found = finance.irr_many([[-100, 39, 59, 55, 20], [-4000, 25000, -25000, 0, 0]])
    assert found.count.tolist() == [1, 2]
    assert found.lowest == pytest.approx([0.2809484, 0.25], abs=5e-8)
    assert found.highest[1] == pytest.approx(4.0, abs=1e-9)
