"""Response curves: what a dose of a lever brings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.errors import ParameterError
from ecomplan.investment.engine.curves import Curve, harm_curve

CURVES = st.one_of(
    st.just(Curve("linear")),
    st.builds(lambda a, b: Curve("hill", a, b), st.floats(0.05, 3), st.floats(0.5, 6)),
    st.builds(lambda a: Curve("harm", a), st.floats(0.01, 5)),
)


@given(CURVES)
@settings(max_examples=60, deadline=None)
def test_nothing_brings_nothing_and_a_whole_dose_the_whole_effect(curve):
    assert curve.response(0.0) == 0.0
    assert curve.response(1.0) == pytest.approx(1, rel=1e-12)
    doses = np.linspace(0, min(curve.peak, 4), 60)
    assert (np.diff(curve.response(doses)) >= -1e-12).all()  # more is more, up to the peak


def test_a_hill_curve_brings_half_of_its_ceiling_at_its_half_dose():
    curve = Curve("hill", 0.4, 1.7)
    ceiling = float(curve.response(1e9))
    assert float(curve.response(0.4)) == pytest.approx(ceiling / 2, rel=1e-6)
    flat = Curve("hill", 0.4, 1.0)  # diminishing from the start: the first half dose brings more than the second
    assert flat.response(0.5) > 0.5


def test_too_much_does_harm_beyond_a_peak():
    curve = harm_curve(gain=0.27, harm=0.12, too_much=2.0)
    assert float(curve.response(2.0)) * 0.27 == pytest.approx(-0.12)  # the told harm, at the dose at which it is told
    fine = np.linspace(0, 3, 30_001)
    response = curve.response(fine)
    assert fine[response.argmax()] == pytest.approx(curve.peak, abs=2e-4)
    assert (response[fine > curve.harmful_beyond + 1e-9] < 0).all()
    assert (response[(fine > 0) & (fine < curve.harmful_beyond - 1e-9)] > 0).all()
    assert harm_curve(0.27, 0.40, 2.0).peak < curve.peak  # more harm told, less is best


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Curve("cubic"), "'cubic' is refused; expected one of linear, hill, harm"),
    (lambda: Curve("linear", 1.0), "takes no numbers"),
    (lambda: Curve("hill", 0.0, 1.0), "half dose above 0"),
    (lambda: Curve("hill", 0.4, 0.2), "steepness of at least 0.5"),
    (lambda: Curve("hill", float("nan"), 1.0), "is refused"),
    (lambda: Curve("harm", -1.0), "expected a > 0"),
    (lambda: harm_curve(0.0, 0.1, 2.0), "gain above 0"),
    (lambda: harm_curve(0.1, 0.1, 1.0), "dose above 1"),
    (lambda: Curve("linear").response([0.5, -0.1]), "dose is refused"),
    (lambda: Curve("linear").response(float("nan")), "dose is refused"),
])
def test_a_curve_that_cannot_be_is_refused(make, message):
    with pytest.raises(ParameterError, match=message):
        make()
