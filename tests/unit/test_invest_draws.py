"""Margins, correlation and points of the plan engine."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from ecomplan.errors import ParameterError
from ecomplan.investment.engine import correlation, points, variables
from ecomplan.investment.engine.margins import Bernoulli, Beta, Fixed, Lognormal, Margin, Pert, Uniform

MARGINS: list[Margin] = [
    Fixed(3.0), Uniform(-1, 2), Pert(0.9, 1.1, 2.0), Pert(1, 1, 1), Lognormal(0.5, 2.0), Beta(0.5, 4.0), Beta(1.0, 4.0),
    Bernoulli(0.2),
]


@pytest.mark.parametrize("margin", MARGINS, ids=str)
def test_mean_and_spread_are_those_of_the_draws(margin: Margin) -> None:
    u = (np.arange(200_000) + 0.5) / 200_000
    drawn = margin.quantile(u)
    assert drawn.mean() == pytest.approx(margin.mean, rel=2e-3)
    assert drawn.std() == pytest.approx(margin.sd, rel=1e-2, abs=1e-12)
    assert (np.diff(drawn) >= 0).all()


@pytest.mark.parametrize("margin", MARGINS, ids=str)
def test_a_table_reads_as_its_margin(margin: Margin) -> None:
    z = np.random.default_rng(1).standard_normal(5000)
    for low, high in ((0.0, 1.0), (0.3, 0.8)):
        wanted = margin.quantile(low + (high - low) * ndtr(z))
        got = variables.read(variables.table(margin, low, high), z)
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4 * max(margin.sd, 1e-9))


def test_doubled_chance_and_closed_windows() -> None:
    z = points.normals(50_000, 1, 3)[:, 0]
    assert variables.read(variables.table(Bernoulli(0.2), scale=2.0), z).mean() == pytest.approx(0.4, abs=0.01)
    assert variables.read(variables.table(Bernoulli(0.2), 0.9, 1.0), z).min() == 1
    assert variables.read(variables.table(Bernoulli(0.2), 0.0, 0.8), z).max() == 0
    assert np.isfinite(variables.table(Lognormal(1, 2), 1.0, 1.0).values).all()


@pytest.mark.parametrize("kind", points.KINDS)
def test_correlations_come_back(kind: str) -> None:
    names = ["a", "b", "c", "d", "e"]
    wanted = correlation.from_groups(names, [(["a", "b", "d"], 0.4), (["c", "e"], -0.6)])
    drawn = points.normals(20_000, 5, 3, correlation.factor(wanted, names), kind)
    assert np.abs(np.corrcoef(drawn.T) - wanted).max() < 4 / np.sqrt(20_000)
    assert np.abs(drawn.mean(axis=0)).max() < 4 / np.sqrt(20_000)
    blocks = list(points.normal_blocks(1000, 5, 3, correlation.factor(wanted, names), kind, block=300))
    assert [len(block) for block in blocks] == [300, 300, 300, 100]
    again = points.normals(1000, 5, 3, correlation.factor(wanted, names), kind)
    np.testing.assert_allclose(np.concatenate(blocks), again, rtol=0, atol=1e-6)  # sums may round by block


def test_an_impossible_correlation_is_named_and_repaired_on_request_only() -> None:
    names = ["cost", "delay", "effect"]
    matrix = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1.0]])
    with pytest.raises(ParameterError, match=r"smallest eigenvalue -0.8; most at fault: .* with "):
        correlation.checked(matrix, names)
    repaired = correlation.nearest(matrix, names)
    correlation.checked(repaired.matrix, names)
    assert 0 < repaired.largest_change < 0.9
    assert "from" in repaired.told and repaired.pair[0] in repaired.told


def test_nearest_correlation_of_a_published_case() -> None:
    """Higham (2002), section 4: [[1, 1, 0], [1, 1, 1], [0, 1, 1]] is nearest to 0.7607 and 0.1573."""
    repaired = correlation.nearest(np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1.0]]), ["a", "b", "c"])
    assert repaired.matrix[0, 1] == pytest.approx(0.7607, abs=1e-4)
    assert repaired.matrix[0, 2] == pytest.approx(0.1573, abs=1e-4)


def test_refusals() -> None:
    with pytest.raises(ParameterError, match="no variable 'x'"):
        correlation.from_groups(["a"], [(["x"], 0.1)])
    with pytest.raises(ParameterError, match="points 'halton'"):
        points.normals(10, 2, 1, kind="halton")
    for wrong in (lambda: Uniform(2, 1), lambda: Pert(0, 3, 2), lambda: Lognormal(0, 1), lambda: Bernoulli(1.2)):
        with pytest.raises(ParameterError, match="is refused; expected"):
            wrong()
