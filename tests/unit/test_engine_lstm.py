"""The network on SARIMA's errors, its gate and Zhang's literal hybrid, on panels whose truth is known."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import ndtri

from ecomplan.errors import ParameterError
from ecomplan.forecast.engine import gate, windows
from ecomplan.forecast.engine.frame import QUANTILES
from ecomplan.forecast.engine.lstm import NetworkSettings, fit_lstm
from ecomplan.forecast.engine.zhang import LocalSettings, fit_zhang

HORIZON, SEASON, LENGTH = 6, 4, 90
#: one size for all tests: it is compiled once
SMALL = NetworkSettings(window=8, units=6, facts=6, networks=2, steps=150, batch=64, learning_rate=0.02, budget=4096)


@dataclass(frozen=True)
class Walk:
    """A stand-in with SARIMA's interface: the random walk z[t + j] = z[t], whose errors are the changes."""

    z: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        return np.concatenate([[np.nan], np.diff(self.z)])

    @property
    def mean(self) -> np.ndarray:
        return np.full(HORIZON, self.z[-1])

    @property
    def sigma(self) -> np.ndarray:
        return np.nanstd(self.errors) * np.sqrt(1.0 + np.arange(HORIZON))

    def rolling(self, horizon: int) -> np.ndarray:
        found = np.repeat(self.z[:, None], horizon, axis=1)
        found[0] = np.nan
        return found


def panel(momentum: float, seed: int, series: int = 60) -> np.ndarray:
    """[series, LENGTH + HORIZON]: walks of different size whose changes follow on each other with `momentum`."""
    rng = np.random.default_rng(seed)
    changes = np.zeros((series, LENGTH + HORIZON))
    for t in range(1, changes.shape[1]):
        changes[:, t] = momentum * changes[:, t - 1] + rng.normal(size=series)
    return rng.uniform(0.1, 10.0, (series, 1)) * changes.cumsum(axis=1)


def trial(z: np.ndarray, end: int) -> gate.Trial:
    """The walk's quantiles at `end`, the same corrected by the network, and what followed."""
    fits = [Walk(one[:end]) for one in z]
    network = fit_lstm(fits, [fit.z for fit in fits], HORIZON, SEASON, settings=SMALL, seed=1)
    mean = np.array([fit.mean for fit in fits])
    base = mean[:, :, None] + np.array([fit.sigma for fit in fits])[:, :, None] * ndtri(QUANTILES)
    drawn = np.array([network.quantiles(i) for i in range(len(z))])
    scale = np.array([windows.naive_scale(fit.z, SEASON) for fit in fits])
    return gate.Trial(base, gate.corrected(base, mean, drawn), z[:, end : end + HORIZON], scale, np.arange(len(z)))


def test_a_planted_pattern_is_learnt_and_the_same_seed_gives_the_same_bytes() -> None:
    z = panel(momentum=0.7, seed=3)
    fits = [Walk(one[:LENGTH]) for one in z]
    known = [fit.z for fit in fits]
    network = fit_lstm(fits, known, HORIZON, SEASON, settings=SMALL, seed=1)
    assert network.reason is None and network.losses[:, -20:].mean() < network.losses[:, :5].mean()
    scale = np.array([windows.scale_of(fit.errors) for fit in fits])[:, None]
    actual = z[:, LENGTH:]
    miss = (np.abs(actual - network.median) / scale).mean()
    # the best possible forecast of an AR(1) change takes about a sixth off over these leads
    assert miss < 0.93 * (np.abs(actual - np.array([fit.mean for fit in fits])) / scale).mean()
    drawn = np.array([network.quantiles(i) for i in range(len(z))])
    assert np.isfinite(drawn).all() and (np.diff(drawn, axis=2) >= 0.0).all()
    assert np.array_equal(network.median, drawn[:, :, QUANTILES.index(0.5)])
    again = fit_lstm(fits, known, HORIZON, SEASON, settings=SMALL, seed=1)
    assert again.median.tobytes() == network.median.tobytes()
    # the unit of a series is its own: thousandfold values, thousandfold forecasts
    large = fit_lstm([Walk(1024.0 * one) for one in known], [1024.0 * one for one in known], HORIZON, SEASON,
                     settings=SMALL, seed=1)
    assert np.allclose(large.median, 1024.0 * network.median, rtol=1e-4)


def test_gate_opens_for_a_pattern_and_stays_shut_on_noise() -> None:
    planted = panel(momentum=0.7, seed=4)
    verdict = gate.earn([trial(planted, LENGTH), trial(planted, LENGTH - HORIZON)], seed=1)
    assert verdict.point
    point = verdict.evidence.set_index("measure").loc["absolute error"]
    assert point["with_network"] < point["without"] and point["high"] < 0.0 and point["origins"] == 2
    noise = [gate.earn([trial(z, LENGTH), trial(z, LENGTH - HORIZON)], seed=1) for z in
             (panel(momentum=0.0, seed=seed) for seed in (5, 6, 7))]
    assert not any(one.point for one in noise)
    assert set(noise[0].evidence.columns) == set(gate.EVIDENCE)


def test_gate_refuses_what_one_past_origin_contradicts() -> None:
    rng = np.random.default_rng(8)
    actual = rng.normal(size=(40, HORIZON))
    far = np.zeros((40, HORIZON, len(QUANTILES))) + ndtri(QUANTILES)
    near = 0.8 * actual[:, :, None] + 0.2 * far
    good = gate.Trial(far, near, actual, np.ones(40), np.arange(40))
    bad = gate.Trial(near, 0.9 * near + 0.1 * far, actual, np.ones(40), np.arange(40))
    assert gate.earn([good], seed=1).point and gate.earn([good], seed=1).spread
    verdict = gate.earn([good, bad], seed=1)
    assert not verdict.point and "past origins" in verdict.evidence["reason"][0]
    few = gate.Trial(far[:12], near[:12], actual[:12], np.ones(12), np.arange(12))
    verdict = gate.earn([few], seed=1)
    assert not verdict.any and "12 series" in verdict.evidence["reason"][0]
    unknown = gate.Trial(far, near, np.where(np.arange(40)[:, None] < 30, np.nan, actual), np.ones(40), np.arange(40))
    assert "10 series" in gate.earn([unknown], seed=1).evidence["reason"][0]


def test_a_network_without_a_word_leaves_the_base() -> None:
    base = np.zeros((2, HORIZON, len(QUANTILES))) + ndtri(QUANTILES)
    network = base + 1.0
    network[1] = np.nan
    found = gate.corrected(base, np.zeros((2, HORIZON)), network)
    assert np.allclose(found[0], base[0]) and np.array_equal(found[1], base[1])  # a shift that all share is none


def test_the_network_moves_series_apart_and_not_the_panel() -> None:
    base = np.array([1.0, 1.0, 5.0])[:, None, None] * (np.zeros((3, HORIZON, len(QUANTILES))) + ndtri(QUANTILES))
    sarima = np.zeros((3, HORIZON))
    sarima[2] = np.nan  # left out of the combination: then so is what rests on it
    network = base + np.array([3.0, 1.0, 9.0])[:, None, None]
    found = gate.corrected(base, sarima, network)
    assert np.allclose(found[0], base[0] + gate.SHARE) and np.allclose(found[1], base[1] - gate.SHARE)
    assert np.array_equal(found[2], base[2])


def test_small_panels_and_constant_series_keep_sarima_and_say_why() -> None:
    z = panel(momentum=0.7, seed=9, series=5)[:, :LENGTH]
    fits = [Walk(one) for one in z]
    network = fit_lstm(fits, list(z), HORIZON, SEASON, settings=SMALL, seed=1)
    assert network.reason is not None and "only 5 series" in network.reason
    assert np.allclose(network.median, [fit.mean for fit in fits])
    short = panel(momentum=0.0, seed=9, series=30)[:, :8]
    network = fit_lstm([Walk(one) for one in short], list(short), HORIZON, SEASON, settings=SMALL, seed=1)
    assert network.reason is not None and "past origins" in network.reason
    mixed = np.concatenate([np.full((1, LENGTH), 7.0), panel(momentum=0.5, seed=10, series=30)[:, :LENGTH]])
    network = fit_lstm([Walk(one) for one in mixed], list(mixed), HORIZON, SEASON, settings=SMALL, seed=1)
    assert network.reason is None and np.array_equal(network.quantiles(0), np.full((HORIZON, len(QUANTILES)), 7.0))
    with pytest.raises(ParameterError, match=r"hold 0\.5"):
        fit_lstm(fits, list(z), HORIZON, SEASON, quantiles=(0.1, 0.9), settings=SMALL, seed=1)


def test_a_window_sees_nothing_after_its_origin() -> None:
    z = panel(momentum=0.5, seed=11, series=1)[0]
    origin, planted = 60, z.copy()
    planted[origin + 1 :] += 50.0 * np.ptp(z)
    seen = []
    for one in (z, planted):
        fit = Walk(one)
        made = windows.windows_of(fit, one, np.array([origin, len(z) - 1]), HORIZON, SEASON, 8, 24.0)
        seen.append((made, windows.scale_of(fit.errors)))
    (first, unit), (second, other) = seen
    known = slice(0, 1)  # SARIMA's errors, in the series' own unit, up to the origin
    assert np.allclose(first.sequence[known, :, 0] * unit, second.sequence[known, :, 0] * other, atol=1e-4)
    assert np.allclose(first.static[known, :HORIZON] * unit, second.static[known, :HORIZON] * other, atol=1e-4)
    assert not np.allclose(first.target[known] * unit, second.target[known] * other)
    assert (first.known[1] == 0.0).all() and (first.target[1] == 0.0).all()


def test_zhang_learns_an_alternating_error_and_leaves_the_unlearnable() -> None:
    rng = np.random.default_rng(12)
    changes = np.tile([1.0, -1.0], 32) + 0.1 * rng.normal(size=64)
    fits = [Walk(np.cumsum(changes)), Walk(np.full(64, 3.0)), Walk(np.arange(8.0))]
    settings = LocalSettings(window=4, units=4, passes=80, learning_rate=0.03)
    found = fit_zhang(fits, HORIZON, settings=settings, seed=1)
    assert found[0, 0] - fits[0].z[-1] == pytest.approx(1.0, abs=0.3)
    assert np.array_equal(found[1], np.full(HORIZON, 3.0))
    assert np.array_equal(found, fit_zhang(fits, HORIZON, settings=settings, seed=1))
