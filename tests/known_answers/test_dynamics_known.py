"""Stocks and flows against the Bass curve, another integrator and another simulator of system dynamics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ecomplan.investment.dynamics.network import Flow, Network, delay
from ecomplan.investment.dynamics.referral import Rates, Start, coefficients, network, start_stocks
from ecomplan.investment.dynamics.simulate import simulate

BASS = Network(("potential", "adopters"), (
    Flow("innovation", "potential", "adopters"), Flow("imitation", "potential", "adopters", by="adopters"),
))
P, Q = 0.03, 0.38

#: in a month an invitation is accepted, passes three stages and becomes a customer, who leaves in time
MODEL = """
potential = INTEG(-invited, 900) ~ ~|
stage one = INTEG(invited - onward one, 0) ~ ~|
stage two = INTEG(onward one - onward two, 0) ~ ~|
stage three = INTEG(onward two - arriving, 0) ~ ~|
customers = INTEG(arriving - leaving, 100) ~ ~|
invited = 0.0006 * potential * customers ~ ~|
onward one = 1.5 * stage one ~ ~|
onward two = 1.5 * stage two ~ ~|
arriving = 1.5 * stage three ~ ~|
leaving = 0.1 * customers ~ ~|
INITIAL TIME = 0 ~ ~|
FINAL TIME = 24 ~ ~|
TIME STEP = 0.00390625 ~ ~|
SAVEPER = 1 ~ ~|
"""


def test_bass_curve() -> None:
    """Bass (1969): F(10) = .812803 and the peak at ln(q/p)/(p+q) = 6.1926 for p = .03, q = .38."""
    runs = simulate(BASS, np.array([[1.0, 0.0]]), np.array([[P, Q]]), 10, 50, watch=("innovation", "imitation"))
    assert runs.stock("adopters")[-1, 0] == pytest.approx(0.812803, abs=5e-7)
    hundredths = simulate(BASS, np.array([[1.0, 0.0]]), np.array([[P, Q]]) / 100, 1000, 1,
                          watch=("innovation", "imitation")).flow("innovation", "imitation")[:, 0]
    # the top of a parabola through the three highest hundredths
    at = int(hundredths.argmax())
    a, b, c = hundredths[at - 1: at + 2]
    assert (at + 0.5 + 0.5 * (a - c) / (a - 2 * b + c)) / 100 == pytest.approx(6.1926, abs=5e-4)


def test_the_referral_system_by_another_integrator() -> None:
    """scipy's DOP853 at 1e-11 on the same derivatives."""
    system = network()
    one = Rates(20_000.0, 120.0, 1.4, 1.0, 3.0, 0.4, 0.18, 0.14, 0.06, 0.05, 6.0, 60.0).checked(36)  # type: ignore[arg-type]
    rate = coefficients(one, system)
    begin = start_stocks(Start(600.0, 2200.0, 3000.0), np.array([1500.0]), one, system)
    ours = simulate(system, begin, rate, 36, 16).stocks[-1, :, 0]
    other = solve_ivp(lambda _, x: system.change(x, rate[0]), (0, 36), begin[0], method="DOP853", rtol=1e-11, atol=1e-8)
    np.testing.assert_allclose(ours, other.y[:, -1], rtol=1e-8, atol=1e-5)


def test_a_referral_ring_with_a_third_order_delay_by_pysd(tmp_path: Path) -> None:
    """PySD integrates the same model by Euler's method; at 1/256 of a month its error is some 1e-3."""
    pysd = pytest.importorskip("pysd")
    file = tmp_path / "ring.mdl"
    file.write_text("{UTF-8}\n" + MODEL, encoding="utf-8")
    other = pysd.read_vensim(str(file)).run(return_columns=["customers", "potential"])
    system = Network(
        ("potential", "one", "two", "three", "customers"),
        (*delay("invited", "potential", ("one", "two", "three"), by="customers"),
         Flow("arriving", "three", "customers"), Flow("leaving", "customers", None)),
    )
    ours = simulate(system, np.array([[900.0, 0, 0, 0, 100]]), np.array([[0.0006, 1.5, 1.5, 1.5, 0.1]]), 24, 8)
    np.testing.assert_allclose(ours.stock("customers")[:, 0], other["customers"].to_numpy(), rtol=3e-3)
    np.testing.assert_allclose(ours.stock("potential")[:, 0], other["potential"].to_numpy(), rtol=3e-3)
