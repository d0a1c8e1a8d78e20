"""Diffusion and Shapley shares against answers known in closed form or from the literature."""

from __future__ import annotations

import numpy as np
import pytest

from ecomplan.forecast.drivers import bass, shapley


def test_bass_curve_of_the_usual_example() -> None:
    """p = .03, q = .38: most adopt at 6.1926, .812803 have after ten periods (Bass 1969, closed form)."""
    assert bass.peak_time(0.03, 0.38) == pytest.approx(6.1926, abs=5e-5)
    assert float(bass.adopted(10, 0.03, 0.38)) == pytest.approx(0.812803, abs=5e-7)


def test_bass_parameters_come_back_from_their_own_curve() -> None:
    new = 5000 * np.diff(bass.adopted(np.arange(19), 0.03, 0.38))
    found = bass.fit(new, 100, 3, np.random.default_rng(1))
    assert (found.p, found.q, found.m) == pytest.approx((0.03, 0.38, 5000), rel=1e-3)
    assert found.imitation_seen


def test_a_late_start_is_bass_again_with_other_parameters() -> None:
    p, q, late = 0.03, 0.38, 4.0
    gone = float(bass.adopted(late, p, q))
    t = np.arange(1, 10)
    rest = (bass.adopted(late + t, p, q) - gone) / (1 - gone)
    assert bass.adopted(t, p + q * gone, q * (1 - gone)) == pytest.approx(rest, abs=1e-12)


def test_shares_of_two_correlated_regressors() -> None:
    """With unit effects and correlation r each of two regressors gets half of R² = (2 + 2r) / (2 + 2r + s²)."""
    rng = np.random.default_rng(2)
    z = np.linalg.qr(rng.standard_normal((200, 4)) - 0)[0]
    z = np.linalg.qr(np.column_stack([np.ones(200), z]))[0][:, 1:] * np.sqrt(200)
    r, s = 0.6, 0.8
    a, b = z[:, 0], r * z[:, 0] + np.sqrt(1 - r * r) * z[:, 1]
    design = shapley.Design(a + b + s * z[:, 2], {"a": a[:, None], "b": b[:, None]}, np.arange(200))
    half = (2 + 2 * r) / (2 + 2 * r + s * s) / 2
    assert shapley.in_sample(design) == pytest.approx([half, half], abs=1e-9)
