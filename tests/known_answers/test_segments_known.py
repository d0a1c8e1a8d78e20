"""Concentration against closed forms."""

import numpy as np
import pandas as pd
import pytest

from ecomplan.behaviour.segments.agreement import adjusted_rand, contingency, stability_index
from ecomplan.behaviour.segments.concentration import measure, ordered_values
from ecomplan.behaviour.segments.dimensions import measures


def concentration(values, shares=(0.2,)):
    ordered = ordered_values(pd.Series(values))
    return measure(ordered, np.ones(len(ordered)), list(shares))


def test_equal_customers():
    found = concentration([7.0] * 50)
    assert found.gini == pytest.approx(0, abs=1e-12)
    assert found.top[0] == pytest.approx(0.2)
    assert found.hhi == pytest.approx(1 / 50)  # n equal shares
    assert found.half == pytest.approx(0.5)


def test_one_holds_all():
    found = concentration([0.0] * 9 + [5.0])
    assert found.gini == pytest.approx(0.9)  # 1 - 1/n
    assert found.hhi == pytest.approx(1)


def test_textbook_gini():
    """1, 2, 3, 4, 5: mean absolute difference 8/5 over twice the mean of 3."""
    assert concentration([1, 2, 3, 4, 5.0]).gini == pytest.approx(4 / 15)


@pytest.mark.parametrize("a", [2.0, 3.0])
def test_pareto_distribution(a):
    """Pareto with exponent a: Gini 1 / (2a - 1), share of the best p is p^(1 - 1/a) (Arnold, 1983).

    400,000 midpoints stand for it; the largest customers of a finite sample are cut, hence the tolerance.
    """
    values = ((np.arange(400_000) + 0.5) / 400_000) ** (-1 / a)
    found = concentration(values)
    assert found.gini == pytest.approx(1 / (2 * a - 1), abs=2e-3)
    assert found.top[0] == pytest.approx(0.2 ** (1 - 1 / a), abs=2e-3)


def test_lognormal_gini():
    """Lognormal with sigma 1: Gini erf(1/2) = 0.5205 (Aitchison & Brown, 1957)."""
    from scipy.special import ndtri

    n = 200_000
    assert concentration(np.exp(ndtri((np.arange(n) + 0.5) / n))).gini == pytest.approx(0.5205, abs=5e-4)


# agreement and drift


@pytest.mark.parametrize(("a", "b", "expected"), [
    ([0, 0, 1, 1], [1, 1, 0, 0], 1.0), ([0, 0, 1, 1], [0, 1, 0, 1], -0.5), ([0, 0, 0, 0], [0, 0, 0, 0], 1.0),
    ([0, 0, 1, 2], [0, 0, 1, 1], 0.5714285714285714),
])
def test_adjusted_rand_index(a, b, expected):
    """Small groupings worked by hand; the last is the example of scikit-learn's documentation."""
    from sklearn.metrics import adjusted_rand_score

    table = contingency(np.array(a), np.array(b), 3, 3)
    assert adjusted_rand(table) == pytest.approx(expected)
    assert adjusted_rand(table) == pytest.approx(adjusted_rand_score(a, b))


def test_adjusted_rand_index_of_random_labels_equals_scikit_learn():
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(1)
    a, b = rng.integers(5, size=(20, 300)), rng.integers(4, size=(20, 300))
    b[10:] = np.minimum(a[10:], 3)
    fast = adjusted_rand(np.stack([contingency(x, y, 5, 4) for x, y in zip(a, b, strict=True)]))
    assert fast == pytest.approx([adjusted_rand_score(x, y) for x, y in zip(a, b, strict=True)], abs=1e-12)


def test_population_stability_index():
    """Halves that become 60 and 40 %: 0.1 ln(0.6/0.5) - 0.1 ln(0.4/0.5) = 0.0405; nothing moved: 0."""
    before = np.array([500.0, 500.0])
    assert stability_index(before, np.array([600.0, 400.0])) == pytest.approx(0.1 * np.log(1.2) - 0.1 * np.log(0.8))
    assert stability_index(before, 3 * before) == pytest.approx(0)
    counts = np.random.default_rng(2).integers(1, 90, (2, 11)).astype(float)
    p, q = counts / counts.sum(axis=1, keepdims=True)
    slow = sum((b - a) * np.log(b / a) for a, b in zip(p, q, strict=True))
    assert stability_index(counts[0], counts[1]) == pytest.approx(slow)


def test_leading_share_hhi_and_gini_by_hand():
    """Shares 40, 30, 20, 10 %: CR3 0.9, HHI 0.30, Gini 0.25; four equal: 0.75, 0.25, 0."""
    assert measures(np.array([10.0, 40, 20, 30]), 3) == pytest.approx([0.9, 0.30, 0.25])
    assert measures(np.full(4, 7.0), 3) == pytest.approx([0.75, 0.25, 0])
    assert measures(np.array([0.0, 0, 9, -5]), 3) == pytest.approx([1, 1, 0])
