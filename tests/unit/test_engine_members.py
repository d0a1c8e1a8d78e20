"""Members of the engine: SARIMA, ETS, Theta, CES and the seasonal naive, against statsmodels where it has the same."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.forecast.engine import ces, ets, members, theta
from ecomplan.forecast.engine.sarima import AIRLINE, STATIONARY, Form, fit_sarima


def airline(
    n: int, phi: float, theta: float, big: float, seed: int, scale: float = 0.05, regular: int = 1,
) -> np.ndarray:
    """A simulated (1,d,1)(0,1,1)12 around 5, as logs are."""
    rng = np.random.default_rng(seed)
    e = rng.normal(0, scale, n + 100)
    w = np.zeros(n + 100)
    for t in range(13, n + 100):
        w[t] = phi * w[t - 1] + e[t] + theta * e[t - 1] + big * (e[t - 12] + theta * e[t - 13])
    z = np.zeros(n)
    z[:13] = 5 + np.sin(np.arange(13))
    for t in range(13, n):
        z[t] = w[t + 100] + z[t - 12] + regular * (z[t - 1] - z[t - 13])
    return z


def statsmodels_sarima(z: np.ndarray, order: tuple[int, int, int]) -> object:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SARIMAX(z, order=order, seasonal_order=(0, 1, 1, 12), simple_differencing=True).fit(
            disp=False, maxiter=200
        )


@pytest.mark.parametrize(("form", "order"), [(AIRLINE, (1, 1, 1)), (STATIONARY, (1, 0, 1))])
def test_sarima_agrees_with_statsmodels(form: Form, order: tuple[int, int, int]) -> None:
    z = airline(240, *((0.3, -0.6) if form.regular else (0.8, -0.3)), -0.5, seed=3, regular=form.regular)
    ours = fit_sarima(z, 18, 12, forms=[form])
    theirs = statsmodels_sarima(z, order)
    part = ours.parts[0]
    # the exact likelihood, but for the first change's covariance with the errors before it, and a weak prior on phi
    assert part.seasonal_theta == pytest.approx(theirs.params[2], abs=0.05)
    assert part.phi + part.theta == pytest.approx(theirs.params[0] + theirs.params[1], abs=0.08)
    assert part.phi == pytest.approx(theirs.params[0], abs=0.2)  # each alone is poorly told from the other
    assert part.scale**2 == pytest.approx(theirs.params[3], rel=0.06)
    change = theirs.get_forecast(18).predicted_mean
    lost = form.regular + 12
    w = np.diff(z, n=1) if form.regular else z
    w = np.concatenate([w[12:] - w[:-12], change])
    u = list(z)
    for step in w[len(z) - lost :]:
        u.append(step + u[-12] + (u[-1] - u[-13] if form.regular else 0.0))
    assert np.abs(ours.mean - np.array(u[len(z) :])).max() < 0.5 * part.scale


def test_sarima_sigma_is_that_of_the_psi_weights() -> None:
    from statsmodels.tsa.arima_process import arma2ma

    z = airline(150, 0.3, -0.6, -0.5, seed=5)
    part = fit_sarima(z, 30, 12, forms=[AIRLINE]).parts[0]
    ar = np.polymul(np.polymul([1, -part.phi], [1, -1]), [1] + [0] * 11 + [-1])
    ma = np.polymul([1, part.theta], [1] + [0] * 11 + [part.seasonal_theta])
    psi = arma2ma(ar, ma, 30)
    assert np.allclose(part.sigma, part.scale * np.sqrt(np.cumsum(psi**2)), rtol=1e-9)


def test_sarima_rolls_over_its_own_past() -> None:
    z = airline(100, 0.3, -0.6, -0.5, seed=6)
    fitted = fit_sarima(z, 12, 12)
    rolled = fitted.rolling(12)
    assert rolled.shape == (100, 12)
    assert np.isnan(rolled[:12]).all() and np.isfinite(rolled[20:]).all()
    assert np.allclose(rolled[-1], fitted.mean)
    assert np.allclose(z[31:] - rolled[30:-1, 0], fitted.errors[31:])


def test_regressors_are_recovered_and_noise_is_left_out() -> None:
    rng = np.random.default_rng(8)
    days = rng.integers(-3, 4, (132, 2)).astype(float)
    noise = rng.normal(size=(132, 1))
    z = airline(120, 0.2, -0.5, -0.6, seed=8, scale=0.02)
    effect = np.array([0.03, -0.02])
    every = np.hstack([days, noise, np.ones((132, 1))])
    groups = ["days", "days", "other", "one"]
    fitted = fit_sarima(z + days[:120] @ effect, 12, 12, every[:120], every[120:], groups=groups)
    assert np.allclose(fitted.coefficients[:2], effect, atol=0.004)
    assert fitted.coefficients[3] == 0  # a constant is differenced away
    plain = fit_sarima(z, 12, 12)
    assert np.abs(fitted.mean - plain.mean - days[120:] @ effect).max() < 0.03
    assert np.nanstd(fitted.errors) == pytest.approx(np.nanstd(plain.errors), rel=0.15)


@pytest.mark.parametrize(("trend", "name", "damped"), [(ets.NONE, None, False), (ets.DAMPED, "add", True)])
def test_ets_reaches_the_likelihood_of_statsmodels(trend: int, name: str | None, damped: bool) -> None:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    z = airline(120, 0.0, -0.6, -0.6, seed=11)
    y = (z - z.mean()) / z.std()
    _, total = ets.search(y, ets.initial_season(12), trend)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ETSModel(y, error="add", trend=name, damped_trend=damped, seasonal="add", seasonal_periods=12).fit(
            disp=False, maxiter=2000
        )
    ours = -0.5 * len(y) * (np.log(2 * np.pi * total / len(y)) + 1)
    assert ours > theirs.llf - 0.5


def test_theta_with_two_lines_is_the_standard_theta() -> None:
    """theta = 2 of the dynamic model is close to statsmodels' Theta, which is simple smoothing and half the slope."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    rng = np.random.default_rng(4)
    y = 100 + 0.8 * np.arange(120) + np.cumsum(rng.normal(0, 1, 120))
    theirs = ThetaModel(y, deseasonalize=False, period=1).fit()
    _, ahead = theta._run(y, min(max(theirs.params["alpha"], 0.1), 0.99), 2.0, y[0], 12)
    assert np.allclose(ahead, theirs.forecast(12), rtol=0.01)


def test_ces_follows_a_season_and_does_not_explode() -> None:
    t = np.arange(132)
    y = 100 * (1 + 0.3 * np.sin(2 * np.pi * t / 12)) * np.exp(np.random.default_rng(2).normal(0, 0.02, 132))
    fitted = ces.fit_ces(y[:120], 12, 12, True)
    assert np.abs(np.exp(fitted.mean) / y[120:] - 1).mean() < 0.05
    grown = ces.fit_ces(np.exp(0.15 * np.arange(30.0)), 240, 1, True)
    assert np.isfinite(grown.mean).all()


@pytest.mark.parametrize("name", members.NAMES)
@pytest.mark.parametrize("season", [1, 7, 12, 52])
@pytest.mark.parametrize("n", [6, 15, 20, 31, 60])
def test_every_length_and_kind_gives_finite_forecasts(name: members.Name, season: int, n: int) -> None:
    rng = np.random.default_rng(n)
    for y in (rng.normal(0, 10, n), np.zeros(n), np.full(n, 3.5), np.arange(n) - n / 2.0, (np.arange(n) == 3) * 1e9):
        found = members.fit(name, y, 14, season, False)
        assert found.mean.shape == found.sigma.shape == (14,) and found.errors.shape == (n,)
        assert np.isfinite(found.mean).all() and np.isfinite(found.sigma).all() and (found.sigma >= 0).all()
        if np.ptp(y) == 0:
            assert (found.mean == y[0]).all() and (found.sigma == 0).all()
    positive = np.exp(rng.normal(0, 2, n))
    assert np.isfinite(members.fit(name, positive, 14, season, True).mean).all()


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), shift=st.floats(-3, 8), n=st.sampled_from([20, 48, 90]))
def test_a_constant_added_to_logs_is_added_to_the_forecast(seed: int, shift: float, n: int) -> None:
    z = airline(n, 0.2, -0.5, -0.6, seed=seed)
    for name in members.NAMES:
        before, after = (members.fit(name, np.exp(x), 12, 12, True) for x in (z, z + shift))
        assert np.allclose(after.mean, before.mean + shift, atol=2e-3)


def test_the_guard_holds_an_explosion_and_lets_growth_pass() -> None:
    z = np.log(np.exp(0.05 * np.arange(60)))
    grown = members.fit("sarima", np.exp(z), 12, 12, True)
    assert np.allclose(grown.mean, 0.05 * np.arange(60, 72), atol=0.01)
    wild = members.Fit(name="x", mean=np.full(12, 50.0), sigma=np.full(12, np.inf), errors=np.zeros(60))
    held = members.guarded(wild, z, 12, True)
    assert np.allclose(held.mean, z[-12:] + 3 * 0.6) and np.isfinite(held.sigma).all()
