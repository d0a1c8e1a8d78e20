"""Baskets: order values, list prices, elasticity, cuts, pairs, returns; fast code against slow, and bad input."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from ecomplan.behaviour.baskets import coded, cuts, elasticity, pairs, prices, readings, returned, values, words
from ecomplan.behaviour.baskets.estimate import change, quantile, ratio, share
from ecomplan.claims import load_claims
from ecomplan.errors import DataError

CLAIMS = load_claims(Path(__file__).parents[2] / "claims")


def shop(months=6, seed=1, products=8, orders=400, customers=40, price_moves=False):
    """(lines, orders, products, calendar) of a small made-up shop as `prepare` leaves them."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2024-01-01", periods=months, freq="MS")
    last = days[-1] + pd.DateOffset(months=1)
    length = (last - days[0]).days
    time = days[0] + pd.to_timedelta(np.sort(rng.integers(0, length, orders)), unit="D")
    customer = np.array([f"{code:016x}" for code in rng.integers(0, customers, orders)], dtype=object)
    customer[rng.random(orders) < 0.1] = None
    rows = []
    for at in range(orders):
        for product in rng.choice(products, rng.integers(1, 4), replace=False):
            quantity = int(rng.integers(1, 9))
            price = 2.0 + product
            if price_moves:
                price *= 1 + 0.2 * ((time[at].month + product) % 3)
            if quantity > 6:
                price *= 0.85
            rows.append((f"o{at:04d}", time[at], customer[at], "Home" if at % 5 else "Abroad", f"p{product}", quantity,
                         round(price, 2), "sale"))
    lines = pd.DataFrame(rows, columns=["order_id", "time", "customer_id", "country", "product_id", "quantity",
                                        "unit_price", "kind"])
    lines["line_id"] = np.arange(1, len(lines) + 1)
    lines["matched_line_id"] = pd.array([pd.NA] * len(lines), dtype="Int64")
    back = lines.sample(frac=0.05, random_state=seed).sort_index()
    back = back.assign(order_id="r" + back["order_id"], quantity=-back["quantity"], kind="return",
                       matched_line_id=back["line_id"].astype("Int64"), line_id=back["line_id"] + 100_000)
    lines = pd.concat([lines, back], ignore_index=True)
    lines["amount"] = lines["quantity"] * lines["unit_price"]
    sale = lines[lines["kind"] == "sale"]
    table = sale.groupby("order_id").agg(
        time=("time", "first"), country=("country", "first"), lines=("line_id", "size"), items=("quantity", "sum"),
        amount=("amount", "sum"),
    ).reset_index()
    table["customer_id"] = table["order_id"].map(dict(zip(sale["order_id"], sale["customer_id"], strict=True)))
    listed = sale.groupby("product_id").agg(items=("quantity", "sum"), sales=("amount", "sum")).reset_index()
    listed["description"] = [f"article {code}" for code in listed["product_id"].str[1:]]
    calendar = pd.DataFrame({"month": days, "in_full_month": True})
    return lines, table, listed, calendar


def test_ratio_equals_the_bootstrap_of_whole_clusters():
    rng = np.random.default_rng(3)
    cluster = rng.integers(0, 80, 600)
    weight = rng.gamma(2, 1, 80)[cluster]
    top, bottom = weight * rng.gamma(3, 1, 600), rng.integers(1, 5, 600).astype(float)
    got = ratio(top, bottom, cluster)
    sums = np.stack([np.bincount(cluster, part, minlength=80) for part in (top, bottom)])
    drawn = sums[:, rng.integers(0, 80, (4000, 80))].sum(axis=2)
    low, high = np.quantile(drawn[0] / drawn[1], [0.1, 0.9])
    # tolerance: Monte Carlo and second-order error of the delta method at 80 clusters
    assert got.value == pytest.approx(top.sum() / bottom.sum())
    assert got.high - got.low == pytest.approx(high - low, rel=0.08)


def test_change_and_quantile_equal_their_bootstraps():
    rng = np.random.default_rng(5)
    cluster = rng.integers(0, 120, 1500)
    top = rng.lognormal(1, 0.6, 120)[cluster] * rng.gamma(4, 1, 1500)
    later = rng.random(1500) < 0.5
    top = top * np.where(later, 1.2, 1.0)
    one = np.ones(1500)
    got, middle = change(top, one, cluster, later), quantile(top, 0.5, cluster)
    by = [np.flatnonzero(cluster == code) for code in range(120)]
    changes, medians = [], []
    for _ in range(800):
        rows = np.concatenate([by[code] for code in rng.integers(0, 120, 120)])
        changes.append(top[rows][later[rows]].mean() / top[rows][~later[rows]].mean() - 1)
        medians.append(np.median(top[rows]))
    for estimate, drawn in ((got, changes), (middle, medians)):
        low, high = np.quantile(drawn, [0.1, 0.9])
        assert estimate.high - estimate.low == pytest.approx(high - low, rel=0.2)
    assert got.low < 0.2 < got.high


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 30), st.integers(1, 30))
def test_a_share_lies_in_its_interval(part, whole):
    found = share(min(part, whole), whole)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_orders_equal_a_loop():
    lines, orders, _, calendar = shop()
    months = coded.months_of(calendar)
    frame = values.order_frame(orders, lines, months)
    for order_id, kept in zip(frame["order_id"], frame["kept"], strict=True):
        own = lines[(lines["order_id"] == order_id) | (lines["order_id"] == "r" + order_id)]
        assert kept == pytest.approx(max(own["amount"].sum(), 0))
    assert values.measure(frame, "order value").value == pytest.approx(orders["amount"].mean())
    assert values.density(frame["amount"].to_numpy())["share"].sum() == pytest.approx(1)
    groups = values.group_table(frame, 10).set_index("group")
    assert groups.loc[["home country", "abroad"], "orders"].sum() == len(frame)
    assert values.yearly_change(frame, months, "order value").value is None


def test_weeks_count_back_from_the_end():
    lines, _, _, calendar = shop()
    months = coded.months_of(calendar)
    sold = coded.sold(lines, months)
    end = coded.end_of(months)
    sale = lines[lines["kind"] == "sale"]
    expected = sold.weeks - 1 - ((end - pd.Timedelta(nanoseconds=1) - sale["time"]).dt.days // 7)
    assert (sold.week == np.maximum(expected, -1)).all()
    assert (sold.month == sale["time"].dt.month - 1).all()


def test_list_price_is_the_vote_of_small_buyers():
    lines, _, _, calendar = shop(price_moves=True, orders=600)
    months = coded.months_of(calendar)
    sold = coded.sold(lines, months)
    small = prices.small_lines(sold, 0.5)
    panel = prices.panel(sold, sold.month, len(months), small)
    for row in panel.sample(12, random_state=1).itertuples():
        own = (sold.product == row.product) & (sold.month == row.period) & sold.main
        assert row.buyers == len(set(sold.buyer[own])) and row.pieces == sold.quantity[own].sum()
        assert row.paid == pytest.approx(sold.amount[own].sum() / sold.quantity[own].sum())
        cap = np.quantile(sold.quantity[sold.main & (sold.product == row.product)], 0.5, method="lower")
        votes = {}
        for buyer, price, pieces in zip(sold.buyer[own], sold.price[own], sold.quantity[own], strict=True):
            if pieces <= cap:
                votes[buyer] = max(votes.get(buyer, 0), price)
        count = pd.Series(list(votes.values())).value_counts()
        assert row.votes == len(votes)
        if len(count):
            assert row.list_price == count[count == count.max()].index.max()


def test_one_large_buyer_cannot_fake_a_price_cut():
    rows = [(f"o{at}", "2024-01-10", f"c{at}", "p", 1, 10.0) for at in range(5)]
    rows += [(f"x{at}", "2024-01-11", "big", "p", 1, 7.0) for at in range(20)]
    lines = pd.DataFrame(rows, columns=["order_id", "time", "customer_id", "product_id", "quantity", "unit_price"])
    lines = lines.assign(time=pd.to_datetime(lines["time"]), kind="sale", amount=lines["unit_price"],
                         line_id=range(25), matched_line_id=pd.NA)
    sold = coded.sold(lines, pd.DatetimeIndex(["2024-01-01"]))
    panel = prices.panel(sold, sold.month, 1, prices.small_lines(sold, 0.5))
    assert panel["list_price"].iloc[0] == 10.0 and panel["buyers"].iloc[0] == 6


def panel_of(effect, products=40, periods=12, seed=2, moving=1.0):
    rng = np.random.default_rng(seed)
    product, period = (part.ravel() for part in np.meshgrid(np.arange(products), np.arange(periods), indexing="ij"))
    keep = rng.random(len(product)) < 0.9
    product, period = product[keep], period[keep]
    price = rng.normal(1, 0.5, products)[product] + moving * rng.normal(0, 0.1, len(product))
    logs = rng.normal(3, 1, products)[product] + rng.normal(0, 0.2, periods)[period] + effect * price
    return product, period, price, logs + rng.normal(0, 0.1, len(product))


def test_absorbed_slope_equals_dummies():
    from statsmodels.api import OLS

    product, period, price, outcome = panel_of(-1.3)
    found, error = elasticity.slope(outcome, price, product, period, product)
    dummies = pd.get_dummies(pd.DataFrame({"p": product.astype(str), "t": period.astype(str)}), dtype=float)
    design = np.column_stack([price, dummies.drop(columns="t_0").to_numpy()])
    model = OLS(outcome, design).fit(cov_type="cluster", cov_kwds={"groups": product, "use_correction": False})
    rows, known, groups = len(outcome), 1 + 11, 40  # slope and the free period effects
    factor = np.sqrt(groups / (groups - 1) * (rows - 1) / (rows - known))
    assert found == pytest.approx(model.params[0], rel=1e-8)
    assert error == pytest.approx(model.bse[0] * factor, rel=1e-6)


def test_poisson_slope_equals_dummies_with_zeros():
    from statsmodels.api import GLM, families

    product, period, price, outcome = panel_of(-1.0, products=15, periods=8)
    count = np.random.default_rng(4).poisson(np.exp(outcome - outcome.mean())).astype(float)
    keep = np.isin(product, np.flatnonzero(np.bincount(product, count) > 0))
    product, period, price, count = (part[keep] for part in (product, period, price, count))
    assert (count == 0).any()
    product = pd.factorize(product)[0]
    found, error = elasticity.poisson_slope(count, price, product, period, product)
    dummies = pd.get_dummies(pd.DataFrame({"p": product.astype(str), "t": period.astype(str)}), dtype=float)
    design = np.column_stack([price, dummies.drop(columns="t_0").to_numpy()])
    model = GLM(count, design, family=families.Poisson()).fit(
        cov_type="cluster", cov_kwds={"groups": product, "use_correction": False}, tol=1e-12)
    groups = product.max() + 1
    assert found == pytest.approx(model.params[0], rel=1e-6)
    assert error == pytest.approx(model.bse[0] * np.sqrt(groups / (groups - 1)), rel=1e-4)


def test_guarded_elasticity_sees_through_quantity_breaks():
    """Buyers do not answer to price; large buyers get a break. The naive estimate must fall for it, the other not."""
    rng = np.random.default_rng(8)
    rows = []
    for product in range(30):
        listed = 5.0 + product
        for period in range(12):
            listed *= rng.choice([1, 1, 1.1, 0.9])
            for buyer in range(rng.poisson(12) + 1):
                large = rng.random() < 0.2
                rows.append((product, period, buyer, 60 if large else 2, listed * (0.7 if large else 1.0)))
    raw = pd.DataFrame(rows, columns=["product", "period", "buyer", "pieces", "price"]).assign(
        paid=lambda frame: frame["pieces"] * frame["price"])
    panel = raw.groupby(["product", "period"]).agg(
        buyers=("buyer", "nunique"), pieces=("pieces", "sum"), paid=("paid", "sum"), votes=("buyer", "size"),
        list_price=("price", "max"),
    ).reset_index()
    panel["paid"] /= panel["pieces"]
    table = elasticity.estimates(panel, 5.0, 0.3, 5).set_index("key")
    assert table.loc["naive", "high"] < -1
    assert table.loc["guarded", "low"] < 0.15 and table.loc["guarded", "high"] > -0.15


def test_price_for_a_lift_solves_its_equation():
    from ecomplan.estimate import Estimate

    found = elasticity.price_for(0.18, Estimate(-0.75, -0.9, -0.6))
    assert (1 + found.value) ** -0.75 == pytest.approx(1.18)
    assert found.low < found.value < found.high < 0
    assert elasticity.price_for(0.18, Estimate(-0.1, -0.3, 0.1)).value is None


def weekly_shop(uplift, seed=1, products=20, weeks=60):
    rng = np.random.default_rng(seed)
    season = 1 + 0.3 * np.sin(np.arange(weeks) / 8)
    price = np.full((products, weeks), 10.0)
    mean = np.outer(rng.uniform(8, 20, products), season)
    at = rng.integers(20, 45, products)
    for product in range(products):
        price[product, at[product]:at[product] + 2] = 8.0
        mean[product, at[product]:at[product] + 2] *= 1 + uplift
    buyers = rng.poisson(mean).astype(float)
    return cuts.Weekly(np.arange(products), buyers, price, price), at


@pytest.mark.parametrize("uplift", [0.0, 0.8])
def test_planted_cuts_are_found_with_their_effect(uplift):
    week, at = weekly_shop(uplift)
    seen = cuts.find(week, 0.1, 6)
    assert (seen["week"].to_numpy() == at).all() and (seen["kind"] == "short").all()
    assert seen["depth"].to_numpy() == pytest.approx(0.2)
    study = cuts.study(week, seen, 10, 300, np.random.default_rng(1))
    # 80 % ranges; a little wider here so that one seed decides nothing
    assert study.uplift.low - 0.1 < uplift < study.uplift.high + 0.1
    assert study.dip.low - 0.1 < 0 < study.dip.high + 0.1
    assert abs(study.before.value) < 0.2
    few = cuts.study(week, seen.head(4), 10, 300, np.random.default_rng(1))
    assert few.uplift.value is None and few.curve.empty


def test_a_price_that_stays_down_is_no_promotion():
    week, at = weekly_shop(0.0)
    for row, first in enumerate(at):
        week.price[row, first:] = 8.0
    assert set(cuts.find(week, 0.1, 6)["kind"]) == {"lasting"}
    assert cuts.find(week, 0.3, 6).empty


baskets = st.lists(st.sets(st.integers(0, 6), min_size=1, max_size=5), min_size=2, max_size=30)


@settings(max_examples=30, deadline=None)
@given(baskets)
def test_pairs_equal_counting_by_hand(orders):
    order = np.concatenate([np.full(len(found) + 1, at) for at, found in enumerate(orders)])
    product = np.concatenate([[*sorted(found), min(found)] for found in orders])  # one line twice
    grid = pairs.matrix(order, product, len(orders), 7)
    got = pairs.count(grid, 1, 1)
    expected = {
        (a, b): sum(a in found and b in found for found in orders) for a, b in combinations(range(7), 2)
    }
    assert {(a, b): both for a, b, both in zip(got.first, got.second, got.both, strict=True)} == {
        pair: both for pair, both in expected.items() if both}
    table = pairs.table(got, 0.05)
    for row in table.itertuples():
        of_first, of_second = (sum(code in found for found in orders) for code in (row.first, row.second))
        assert row.lift == pytest.approx(row.orders * len(orders) / (of_first * of_second))
        assert row.lift_low <= row.lift <= row.lift_high
        assert row.confidence == pytest.approx(row.orders / min(of_first, of_second))
        assert 0 <= row.p <= 1


def test_g_test_follows_the_hypergeometric_tail():
    both, first, second = np.array([60, 45, 80]), np.array([200, 150, 300]), np.array([300, 400, 350])
    exact = hypergeom(2000, first, second).sf(both - 1)
    got = pairs.g_test(both, first, second, 2000)
    # chi-squared against the exact tail: same order of magnitude
    assert np.log10(got) == pytest.approx(np.log10(exact), abs=0.35)


def test_discoveries_are_benjamini_and_hochbergs():
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(1).random(200) ** 4
    full = np.concatenate([p, np.ones(50)])
    assert (pairs.discoveries(p, 250, 0.1) == multipletests(full, 0.1, "fdr_bh")[0][:200]).all()
    assert not pairs.discoveries(np.ones(5), 5, 0.1).any()


def test_lift_interval_covers():
    rng = np.random.default_rng(6)
    cells = rng.multinomial(5000, [0.02, 0.08, 0.05, 0.85], 2000)
    value, error = pairs.lift(cells[:, 0], cells[:, 0] + cells[:, 1], cells[:, 0] + cells[:, 2], 5000)
    truth = 0.02 / (0.10 * 0.07)
    inside = np.abs(np.log(value / truth)) <= 1.2816 * error
    assert inside.mean() == pytest.approx(0.8, abs=0.03)


def test_planted_pair_lasts_and_a_passing_one_does_not():
    rng = np.random.default_rng(2)
    rows = []
    for at in range(2400):
        month = at // 400
        found = set(rng.choice(np.arange(4, 20), 2, replace=False))
        if rng.random() < 0.15:
            found |= {0, 1}
        if rng.random() < 0.15 and month < 3:
            found |= {2, 3}
        elif rng.random() < 0.15:
            found.add(2 if rng.random() < 0.5 else 3)
        rows += [(f"o{at}", pd.Timestamp("2024-01-05") + pd.DateOffset(months=month), f"c{at % 300}", f"p{code}")
                 for code in sorted(found)]
    lines = pd.DataFrame(rows, columns=["order_id", "time", "customer_id", "product_id"]).assign(
        quantity=1, unit_price=1.0, amount=1.0, kind="sale", line_id=range(len(rows)), matched_line_id=pd.NA)
    sold = coded.sold(lines, pd.date_range("2024-01-01", periods=6, freq="MS"))
    products = pd.DataFrame({"product_id": [f"p{code}" for code in range(20)],
                             "description": [f"thing {chr(65 + code) * 3}" for code in range(20)]})
    grid = pairs.matrix(sold.order, sold.product, len(sold.order_ids), len(sold.product_ids))
    followed = pairs.follow(sold, grid, products, 0.9, 80, 2)
    ids = [{sold.product_ids[a], sold.product_ids[b]}
           for a, b in zip(followed["first"], followed["second"], strict=True)]
    assert {"p0", "p1"} in ids and {"p2", "p3"} in ids
    held = pairs.stability(followed, "complement")
    assert held.hold.value == pytest.approx(0.5)
    code = {name: at for at, name in enumerate(sold.product_ids)}
    best = np.array([code["p0"]]), np.array([code["p1"]])
    owners = lines.groupby("order_id").filter(lambda part: {"p0", "p1"} <= set(part["product_id"]))["customer_id"]
    assert pairs.buyers(sold, grid, *best)[0] == owners.nunique()


def test_words_tell_variants_from_complements():
    red, blue = words.words_of("LUNCH BAG RED SPOTS"), words.words_of("lunch bag, blue spot 2")
    assert words.similarity([red], [blue])[0] == pytest.approx(3 / 5)
    assert words.words_of(None) == frozenset()
    text = pd.Series(["RED MUGS", "BLUE MUG", "PAPER BAG", "TIN BAG", None], index=list("abcde"))
    made, by = words.groups(text, pd.Series([5.0, 5, 4, 4, 1], index=list("abcde")), 2)
    assert by == "word" and list(made) == ["Mugs", "Mugs", "Bag", "Bag", "Other"]
    assert words.groups(pd.Series(["article 1", "article 2"]), pd.Series([1.0, 2.0]), 3)[1] == ""


def test_returns_by_group_and_month_equal_a_loop():
    lines, _, products, calendar = shop(products=6, orders=800)
    months = coded.months_of(calendar)
    traded = returned.goods(lines, months)
    group, by = returned.product_groups(products, 5, 3)
    assert by == "price band"
    table = returned.by_group(traded, group, 5, 3.0).set_index("group")
    for name, row in table.iterrows():
        mine = lines["product_id"].isin(group.index[group == name])
        assert row["sold_lines"] == (mine & (lines["kind"] == "sale")).sum()
        assert row["return_lines"] == (mine & (lines["kind"] == "return")).sum()
        assert row["low"] <= row["share"] <= row["high"]
    by_month = returned.by_month(traded, 3.0)
    assert by_month["return_lines"].sum() == (lines["kind"] == "return").sum() == table["return_lines"].sum()
    both = returned.shares(traded)
    assert both["value"].value == pytest.approx(
        -lines.loc[lines["kind"] == "return", "amount"].sum() / lines.loc[lines["kind"] == "sale", "amount"].sum())
    assert returned.soon(lines, months, 0).value == pytest.approx(1)


def test_control_limits_name_a_planted_month_and_group():
    rng = np.random.default_rng(1)
    size = 40_000
    month, product = rng.integers(0, 24, size), rng.integers(0, 30, size)
    chance = 0.02 + 0.06 * (month == 13) + 0.10 * (product == 7)
    traded = returned.Goods(
        product=product, product_ids=np.array([f"p{code}" for code in range(30)], dtype=object),
        cluster=rng.integers(0, 500, size), month=month, months=pd.date_range("2024-01-01", periods=24, freq="MS"),
        back=rng.random(size) < chance, amount=np.ones(size),
    )
    by_month = returned.by_month(traded, 3.0)
    assert list(np.flatnonzero(by_month["signal"] == "high")) == [13]
    group = pd.Series([f"g{code}" for code in range(30)], index=traded.product_ids)
    table = returned.by_group(traded, group, 5, 3.0).set_index("group")
    assert list(table.index[table["signal"] == "high"]) == ["g7"]
    assert returned.highest(table.reset_index())[0] == "g7"


def test_claims_are_read_in_their_units():
    from ecomplan.estimate import Estimate

    found = {row.key: row for row in readings.returns(CLAIMS, Estimate(0.03, 0.02, 0.04))}
    assert found["s0_fresh_return_rate"].verdict == "holds"
    assert found["s0_fresh_return_rate"].told()["observed"] == pytest.approx(3)
    assert found["s0_traditional_return_rate"].verdict == "fails"
    value = {row.key: row for row in readings.order_values(CLAIMS, Estimate(20, 19, 25), Estimate(None), 9.0)}
    assert value["s3_aov_assumed"].verdict == "holds"
    moves = {"mean": Estimate(0.01, 0.0, 0.02), "steady": Estimate(0.8, 0.7, 0.9), "within": Estimate(0.9, 0.9, 0.9)}
    assert readings.price_moves(CLAIMS, moves)[0].verdict == "holds in part"


# bad input: a stated limit, never a NaN


def everything(lines, orders, products, calendar, min_pair_orders=5):
    """All estimates of the stage on a shop, by name."""
    months = coded.months_of(calendar)
    frame, sold = values.order_frame(orders, lines, months), coded.sold(lines, months)
    found = {name: values.measure(frame, name) for name in values.MEASURES}
    found["median"] = values.level(frame, 0.5)
    small = prices.small_lines(sold, 0.5)
    every = prices.panel(sold, sold.month, len(months), small)
    panel = prices.enough(every, 5)
    found |= prices.volatility(prices.moves(panel), 0.05) | {"breaks " + key: part for key, part in
                                                            prices.breaks(sold, every).items()}
    found |= {"varying": prices.varying_share(panel), "markup": prices.unidentified_markup(sold)}
    table = elasticity.estimates(panel, 1.0, 0.3, 5)
    found |= {key: elasticity.estimate(table, key) for key in table["key"]}
    bands = elasticity.by_band(panel, 1.0, 5, 2)
    weekly = cuts.weekly(prices.panel(sold, sold.week, sold.weeks, small), sold.weeks, 1)
    study = cuts.study(weekly, cuts.find(weekly, 0.1, 6), 5, 100, np.random.default_rng(1))
    found |= {"uplift": study.uplift, "dip": study.dip, "before": study.before, "extra": study.extra_share}
    grid = pairs.matrix(sold.order, sold.product, len(sold.order_ids), len(sold.product_ids))
    counted = pairs.named(pairs.table(pairs.count(grid, min_pair_orders, min_pair_orders), 0.05), sold, products, 0.2)
    best = pairs.shown_kinds(counted, sold, grid, 5, 3)
    followed = pairs.follow(sold, grid, products, 0.2, min_pair_orders, 10)
    found |= vars(pairs.stability(followed, "complement")) | {"best": pairs.best_of(best)[1]}
    found["variants"] = pairs.variant_share(counted, 10)
    traded = returned.goods(lines, months)
    group, _ = returned.product_groups(products, 5, 3)
    by_group = returned.by_group(traded, group, 5, 3.0)
    found |= returned.shares(traded) | {"soon": returned.soon(lines, months, 1), "top": returned.highest(by_group)[1]}
    for part in (values.quantile_table(frame), values.group_table(frame, 5), values.month_table(frame), bands, best,
                 followed, study.curve, by_group, returned.by_month(traded, 3.0)):
        assert not part.isna().any().any() and np.isfinite(part.select_dtypes("number").to_numpy(float)).all()
    for name, estimate in found.items():
        told = estimate.told
        assert all(np.isfinite(number) for number in told.values() if isinstance(number, float)), name
        assert told["value"] is not None or told["unknown"], name
    return found


def test_a_small_shop_runs_through_and_fixed_prices_have_no_elasticity():
    lines, orders, products, calendar = shop(months=12, orders=1500)
    found = everything(lines, orders, products, calendar)
    assert found["order value"].value is not None
    assert found["guarded"].value is None and "min_price_products" in found["guarded"].unknown
    assert found["uplift"].value is None and "min_price_cuts" in found["uplift"].unknown
    assert everything(*shop(months=12, orders=1500, price_moves=True, products=20))["guarded"].value is not None


def test_one_month_says_what_it_cannot_know():
    found = everything(*shop(months=1, orders=200))
    assert found["naive"].value is None and "one month" in found["naive"].unknown
    assert found["guarded"].value is None and found["hold"].value is None and found["mean"].value is None
    assert found["order value"].value is not None


def test_no_pair_reaches_the_minimum():
    found = everything(*shop(), min_pair_orders=10_000)
    assert found["best"].value is None and "min_pair_orders" in found["best"].unknown


def test_everything_returned_and_nothing_returned():
    lines, orders, products, calendar = shop()
    sale = lines[lines["kind"] == "sale"]
    back = sale.assign(kind="return", quantity=-sale["quantity"], amount=-sale["amount"],
                       matched_line_id=sale["line_id"].astype("Int64"), line_id=sale["line_id"] + 10**6)
    found = everything(pd.concat([sale, back], ignore_index=True), orders, products, calendar)
    assert found["value"].value == pytest.approx(1) and found["order value after returns"].value == pytest.approx(0)
    found = everything(sale, orders, products, calendar)
    assert found["value"].value == 0 and found["soon"].value is None and found["top"].value is None


def test_no_customer_numbers_and_no_descriptions():
    lines, orders, products, calendar = shop()
    found = everything(lines.assign(customer_id=None), orders.assign(customer_id=None),
                       products.assign(description=None), calendar)
    assert found["markup"].value is None and found["order value"].value is not None


def test_bad_tables_are_named():
    lines, orders, _, calendar = shop()
    months = coded.months_of(calendar)
    with pytest.raises(DataError, match="no month is full"):
        coded.months_of(calendar.assign(in_full_month=False))
    with pytest.raises(DataError, match="column unit_price is missing"):
        coded.sold(lines.drop(columns="unit_price"), months)
    with pytest.raises(DataError, match="no line of kind sale"):
        coded.sold(lines[lines["kind"] == "return"], months)
    with pytest.raises(DataError, match="no order in a full month"):
        values.order_frame(orders.assign(time=orders["time"] + pd.DateOffset(years=5)), lines, months)
