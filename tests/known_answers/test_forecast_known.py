"""Forecast against answers from outside: the platform's own monthly figures and textbook formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ecomplan.forecast import backtest, fan, sarima
from ecomplan.forecast.baselines import fit_seasonal_naive

# UCI Online Retail II (Chen 2019), 2009-12 to 2011-11, doubled days dropped; counted from the raw file with
# goods, postage and fees together, before returns, GBP
SALES = [
    825686, 652709, 553340, 833570, 681529, 659859, 752270, 650713, 697275, 924333, 1165484, 1470272,
    823746, 691365, 523632, 717639, 537809, 770536, 761740, 719221, 748076, 1058590, 1154979, 1509496,
]


def test_seasonal_naive_on_the_platform_errs_by_ten_percent() -> None:
    """Nine one-month origins: 10.1 % on sales (two independent programs, postage included)."""
    y = np.log(SALES)
    errors = [abs(np.exp(fit_seasonal_naive(y[:known]).path(1)[0] - y[known]) - 1) for known in range(15, 24)]
    assert 100 * np.mean(errors) == pytest.approx(10.1, abs=0.1)


def test_airline_model_on_the_airline_series() -> None:
    """Box & Jenkins (1970), series G, logs: theta about -0.40, seasonal theta about -0.56 (statsmodels' sign)."""
    g = np.array([
        112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170, 158, 133,
        114, 140, 145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180, 193, 181, 183, 218, 230, 242,
        209, 191, 172, 194, 196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201, 204, 188, 235, 227, 234, 264,
        302, 293, 259, 229, 203, 229, 242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313,
        318, 374, 413, 405, 355, 306, 271, 306, 315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336, 340, 318,
        362, 348, 363, 435, 491, 505, 404, 359, 310, 337, 360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405,
        417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
    ])
    state = sarima.fit_sarima(np.log(g)).state
    assert state.ma[0] == pytest.approx(-0.40, abs=0.03)
    assert state.ma[11] == pytest.approx(-0.56, abs=0.03)
    assert state.ma[12] == pytest.approx(state.ma[0] * state.ma[11], rel=1e-6)
    # the forecast of 1961 by R's arima(): 450.42 in January, 670.01 in July
    path = np.exp(state.path(12))
    assert path[0] == pytest.approx(450.42, rel=0.003)
    assert path[6] == pytest.approx(670.01, rel=0.003)


def test_bootstrap_interval_of_a_mean_is_students_in_the_limit() -> None:
    """80 % of a bootstrap mean of n values lies within 1.2816 sd / sqrt(n), for large n."""
    values = np.random.default_rng(0).normal(10, 2, 400)
    low, high = np.quantile(backtest.resamples(400, 1) @ values, backtest.INTERVAL)
    assert (high - low) / 2 == pytest.approx(1.2816 * values.std() / 20, rel=0.05)


def test_band_of_one_month_is_students() -> None:
    """With the spread known from n normal errors the 90 % quantile is t(n)'s: 1.383 sd for n = 9 (tables)."""
    rng = np.random.default_rng(2)
    errors = rng.normal(0, 1, (9, 1))
    errors /= np.sqrt(np.mean(errors**2))
    draws = fan.error_draws(errors, 100_000, 1, np.random.default_rng(0))[:, 0, 0]
    assert np.quantile(draws, 0.9) == pytest.approx(1.383, rel=0.06)


def test_lead_growth_of_the_seasonal_random_walk() -> None:
    """Hyndman & Athanasopoulos (2021), 5.5: sd grows by sqrt(2) after a whole season."""
    leads = pd.DataFrame({"series": "s", "lead_months": [1, 13], "origins": 5, "rms_log_error": [0.1, 0.1 * 2**0.5]})
    check = fan.growth_check(leads)
    assert check["measured"].tolist() == pytest.approx([1, 2**0.5])
    assert check["assumed"].tolist() == pytest.approx([1, 2**0.5])
