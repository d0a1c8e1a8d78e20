"""The price monitor: gaps, tests, false discoveries, planted gaps, bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from ecomplan.errors import DataError
from ecomplan.risk.conduct import consistency, gaps, matching, monitor, told, trial

SHUFFLING = gaps.Shuffling(first=199, most=1999, stop=10, level=0.05, seed=3)
RULES = monitor.Rules(period_days=7, quantity_ratio=1.25, known_after_days=30, high_share=0.3, least_units=5,
                      shuffling=SHUFFLING)


def shop(
    seed: int = 1, lines: int = 6000, products: int = 25, customers: int = 120, noise: float = 0.1
) -> pd.DataFrame:
    """Sold lines whose price depends on product and quantity, and by chance on the line."""
    rng = np.random.default_rng(seed)
    product = rng.integers(0, products, lines)
    quantity = rng.integers(1, 13, lines)
    customer = rng.integers(0, customers, lines)
    price = (2 + product) * np.where(quantity >= 10, 0.8, 1.0) * np.exp(noise * (rng.random(lines) < 0.2))
    return pd.DataFrame({
        "order_id": [f"o{number // 3}" for number in range(lines)],
        "time": pd.Timestamp("2025-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 90, lines)), unit="D"),
        "customer_id": [f"c{number}" for number in customer], "country": np.where(customer % 4, "A", "B"),
        "product_id": [f"p{number}" for number in product], "quantity": quantity, "unit_price": price, "kind": "sale",
    })


def coded(frame: pd.DataFrame) -> matching.Priced:
    return matching.priced_lines(frame, 0.05)


def compared(price: list[float], group: list[int], unit: list[int]) -> gaps.Compared:
    """One product, one cell."""
    nothing = np.zeros(len(price), np.int64)
    return gaps.compare(np.array(price), np.array(group), nothing, np.array(unit), nothing)[1]


def test_gap_is_the_regression_coefficient_with_a_constant_for_each_cell() -> None:
    rng = np.random.default_rng(5)
    cell = np.sort(rng.integers(0, 8, 200))
    group = rng.integers(0, 2, 200)
    price = 0.3 * group + cell + rng.normal(size=200)
    gap, _ = gaps.overall(gaps.compare(price, group, np.zeros(200, np.int64), np.arange(200), cell)[1])
    design = np.column_stack([group, cell[:, None] == np.arange(8)])
    assert gap == pytest.approx(np.linalg.lstsq(design, price, rcond=None)[0][0], abs=1e-10)


def test_lines_are_sorted_by_one_code_after_the_other_and_ties_keep_their_order() -> None:
    rng = np.random.default_rng(6)
    few, many = rng.integers(0, 3, (2, 500)), rng.integers(0, 2**40, 500) // 2**36 * 2**36
    for parts in (few, (few[0], many, few[1])):  # the codes of the second leave no room for a place beside them
        found = matching.sort(*parts)
        assert found.order.tolist() == np.lexsort(parts[::-1]).tolist()
        assert (np.diff(found.cell(1), prepend=0) > 0).sum() == 2
        assert np.unique(found.cell(2)).size == len(set(zip(*parts[:2], strict=True)))


def test_permutation_p_value_agrees_with_all_permutations() -> None:
    price, group = [0.0, 0.1, 0.2, 0.9, 1.0, 1.3, 0.4, 0.5], [0, 0, 0, 1, 1, 1, 0, 1]
    data = compared(price, group, list(range(8)))
    residual = np.array(price) - np.mean(price)
    seen = abs(residual[np.array(group) == 1].sum())
    every = [abs(residual[list(chosen)].sum()) for chosen in itertools.combinations(range(8), 4)]
    exact = np.mean(np.array(every) >= seen - 1e-9)
    many = gaps.Shuffling(first=40000, most=40000, stop=40000, level=0.05, seed=1)
    assert gaps.by_product(data, 1, 2, many).p[0] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 40000))


def test_pairs_are_not_flagged_too_often() -> None:
    """Cells of one buyer each side, noisy prices: half as much variation as within pairs would double the alarms."""
    rng = np.random.default_rng(8)
    products, pairs = 600, 20
    cell = np.repeat(np.arange(products * pairs), 2)
    group = np.tile([0, 1], products * pairs)
    _, data = gaps.compare(rng.normal(size=len(cell)), group, cell // pairs, np.arange(len(cell)), cell)
    found = gaps.by_product(data, products, 5, SHUFFLING)
    assert (found.p <= 0.05).mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / products))


def test_a_customers_lines_count_as_one_unit() -> None:
    """Two customers with many lines each are two units: no test, whatever their lines say."""
    data = compared([1.0] * 20 + [2.0] * 20, [0] * 20 + [1] * 20, [0] * 20 + [1] * 20)
    found = gaps.by_product(data, 1, 2, SHUFFLING)
    assert (found.ones[0], found.zeros[0], found.weight[0], found.p[0]) == (1, 1, 0.0, 1.0)


def test_discoveries_follow_the_step_up_rule() -> None:
    p = np.array([0.001, 0.045, 0.035, 0.9, 0.012])
    assert gaps.discoveries(p, 0.05).tolist() == [True, False, False, False, True]
    assert gaps.discoveries(np.array([0.049, 0.05]), 0.05).all()
    assert len(gaps.discoveries(np.zeros(0), 0.05)) == 0


def test_a_bulk_discount_is_no_gap_and_a_planted_gap_is_found() -> None:
    frame = shop(noise=0.0)
    heavy = frame["customer_id"].isin([f"c{number}" for number in range(40)])
    frame.loc[heavy, "quantity"] = np.random.default_rng(2).integers(10, 13, heavy.sum())
    frame["unit_price"] = (2 + frame["product_id"].str[1:].astype(int)) * np.where(frame["quantity"] >= 10, 0.8, 1.0)
    lines = coded(frame)
    calm = monitor.watch(lines, monitor.comparisons(lines, RULES), RULES)
    assert monitor.flagged_between(calm, 0.0) == 0
    high = calm[1].comparison
    dear = np.unique(lines.customer[high.taking_part][high.group == 1])
    raised = lines.log_price + np.log(1.05) * np.isin(lines.customer, dear) * (lines.product < 3)
    changed = matching.Priced(**{**lines.__dict__, "log_price": raised})
    found = monitor.watch(changed, monitor.comparisons(lines, RULES), RULES)[1]
    assert np.flatnonzero(found.flagged).tolist() == [0, 1, 2]
    assert np.expm1(found.gaps.gap[:3]) == pytest.approx(0.05, abs=1e-9)


def test_no_more_false_flags_than_claimed_and_power_grows_with_the_gap() -> None:
    tried = trial.try_out(coded(shop(lines=12000)), RULES, (0.02, 0.20), 25, 60, 4, 0.3)
    assert tried.tested > 500
    assert tried.small / tried.tested < 0.05 + 4 * np.sqrt(0.05 * 0.95 / tried.tested)
    assert tried.alarms / tried.shuffles < 0.05 + 4 * np.sqrt(0.05 * 0.95 / tried.shuffles)
    assert tried.power(1).value is not None and tried.power(1).value > 0.9
    assert tried.planted["power"].is_monotonic_increasing


def test_one_country_one_price_and_no_names_end_in_stated_limits() -> None:
    frame = shop(lines=500).assign(country="A", unit_price=3.0, customer_id=None)
    lines = coded(frame)
    found = monitor.watch(lines, monitor.comparisons(lines, RULES), RULES)
    for ident in ("new", "high", "unnamed", "abroad"):
        assert monitor.gap_of(found, ident).value is None and monitor.gap_of(found, ident).unknown
        assert monitor.share_flagged(found, ident, 0.01).value is None
    assert monitor.tested_between(found) == monitor.flagged_between(found, 0.01) == 0
    assert monitor.flagged_table(lines, found, 0.01).empty and monitor.ladder_table(found).empty
    tried = trial.try_out(lines, RULES, (0.05,), 10, 5, 2, 0.1)
    assert tried.false_alarm.value is None and tried.power(0).value is None
    channels = consistency.channel_table(lines, 7, 1.25, 0.01, 5)
    assert consistency.index(channels, "country", consistency.ONE_PRICE).unknown == consistency.ONE_PRICE
    assert told.trade(lines).known_customers.value is None


def test_volatility_is_that_of_the_weekly_median_price() -> None:
    weeks = np.arange(8)
    price = np.array([2.0, 2.0, 2.4, 2.0, 2.0, 2.2, 2.0, 2.0])
    frame = pd.DataFrame({
        "order_id": [f"o{week}" for week in weeks],
        "time": pd.Timestamp("2025-01-01") + pd.to_timedelta(7 * weeks, "D"),
        "customer_id": "c", "country": "A", "product_id": "p", "quantity": 1, "unit_price": price, "kind": "sale",
    })
    table = consistency.volatility_table(coded(frame), 52, 4)
    assert table["volatility"].iloc[0] == pytest.approx(price.std(ddof=1) / price.mean())


def test_likeness_counts_cells_within_the_tolerance() -> None:
    frame = shop(noise=0.0)
    assert consistency.channel_table(coded(frame), 7, 1.25, 0.01, 5)["alike"].tolist() == [1.0]
    dearer = frame.assign(unit_price=frame["unit_price"] * np.where(frame["country"] == "B", 1.1, 1.0))
    table = consistency.channel_table(coded(dearer), 7, 1.25, 0.01, 5)
    assert table["alike"].iloc[0] == 0.0 and table["gap"].iloc[0] == pytest.approx(0.1)


def test_lines_without_a_price_or_a_column_are_refused() -> None:
    with pytest.raises(DataError, match="no sale with a unit price"):
        coded(shop(lines=50).assign(kind="return"))
    with pytest.raises(DataError, match="column country is missing"):
        coded(shop(lines=50).drop(columns="country"))
