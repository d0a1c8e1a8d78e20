"""Concentration against closed forms."""

import numpy as np
import pandas as pd
import pytest

from ecomplan.behaviour.concentration import measure, ordered_values


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
