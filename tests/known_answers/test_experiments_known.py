"""Experiments against published answers, closed forms and other libraries."""

from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize, proportions_ztest

from ecomplan.behaviour import multiplicity
from ecomplan.behaviour.experiments import factorial, gate, peeking, power, sequential
from ecomplan.behaviour.experiments.mismatch import mismatch
from ecomplan.behaviour.experiments.two_sample import means, proportions, welch


def test_two_means():
    """Means .41 (sd 3.9, n 3407) and .70 (6.2, 3461): p .02016, 95 % interval .04538 to .53462."""
    found = welch(3407, 0.41, 3.9**2, 3461, 0.70, 6.2**2, 0.05)
    assert found.p_value == pytest.approx(0.02016, abs=5e-6)
    assert (found.low, found.high) == (pytest.approx(0.04538, abs=5e-6), pytest.approx(0.53462, abs=5e-6))


def test_means_as_scipy():
    rng = np.random.default_rng(1)
    a, b = rng.normal(0, 1, 20), rng.normal(0.5, 3, 35)
    found, told = means(a, b, 0.05), stats.ttest_ind(b, a, equal_var=False)
    interval = told.confidence_interval(0.95)
    assert found.p_value == pytest.approx(told.pvalue, rel=1e-10)
    assert (found.low, found.high) == (pytest.approx(interval.low, rel=1e-9), pytest.approx(interval.high, rel=1e-9))


def test_proportions_as_statsmodels():
    found = proportions(42, 1000, 61, 1100, 0.05)
    assert found.p_value == pytest.approx(proportions_ztest([61, 42], [1100, 1000])[1], rel=1e-10)


def test_units_for_two_proportions():
    """.50 to .75 with power .9: 76.7 per arm; statsmodels' arcsine approximation lies within a tenth."""
    found = power.units_for_proportions(0.50, 0.75, 0.05, 0.9)
    assert found == pytest.approx(76.7, abs=0.05)
    arcsine = NormalIndPower().solve_power(proportion_effectsize(0.75, 0.5), power=0.9, alpha=0.05)
    assert found == pytest.approx(arcsine, abs=0.1)


def test_sample_ratio_mismatch():
    """821,588 against 815,482 users: p 1.82e-6 (Fabijan et al., 2019)."""
    assert mismatch([821_588, 815_482], [0.5, 0.5])[1] == pytest.approx(1.82e-6, rel=2e-3)


def test_pocock_and_naive_looks():
    """Five looks: Pocock's z 2.413; at 1.96 each the type-I error is .142 (Armitage, McPherson & Rowe, 1969)."""
    assert sequential.pocock(5, 0.05)[0] == pytest.approx(2.413, abs=5e-4)
    assert sequential.error_rate(np.full(5, 1.96)) == pytest.approx(0.1417, abs=5e-5)


@pytest.mark.parametrize(("looks", "constant"), [(2, 1.977), (3, 2.004), (4, 2.024), (5, 2.040), (10, 2.087)])
def test_obrien_fleming(looks, constant):
    """Last boundary of Jennison & Turnbull (2000), table 2.3, two-sided 5 %."""
    assert sequential.obrien_fleming(looks, 0.05)[-1] == pytest.approx(constant, abs=6e-4)


def test_naive_looks_of_published_table():
    """Armitage, McPherson & Rowe (1969): 2 looks .083, 10 looks .193, 20 looks .248, 50 looks .320."""
    for looks, rate in ((1, 0.05), (2, 0.083), (10, 0.193), (20, 0.248), (50, 0.320)):
        assert sequential.naive_error(looks, 0.05) == pytest.approx(rate, abs=6e-4)


def test_walk_that_never_falls():
    """Sparre Andersen (1953): a symmetric walk stays at or above nought n steps with chance C(2n, n) / 4^n."""
    for looks in (1, 2, 4, 8):
        assert sequential.stays_above(looks) == pytest.approx(comb(2 * looks, looks) / 4**looks, abs=1e-9)


def test_pilot_at_its_goal_is_that_walk():
    table = peeking.pilot(0.19, 0.1, 4)
    assert table.loc[table["true_gain"] == 0.19, "survives_4"].iloc[0] == pytest.approx(70 / 256, abs=1e-9)


def test_always_valid_stays_below_alpha_with_many_looks():
    """Fine steps too: a grid coarser than the steps would lose the density (found so with 1,000 looks)."""
    share = np.arange(1, 601) / 600
    assert 0 < sequential.error_rate(sequential.always_valid(share, 0.05, 0.5)) < 0.05


def test_multiplicity_as_statsmodels():
    p = np.random.default_rng(3).random((5, 12)) ** 2
    for row in p:
        assert multiplicity.holm(row) == pytest.approx(multipletests(row, method="holm")[1])
        assert multiplicity.benjamini_hochberg(row) == pytest.approx(multipletests(row, method="fdr_bh")[1])
    assert multiplicity.holm(p) == pytest.approx(np.stack([multiplicity.holm(row) for row in p]))


def test_shapley_of_an_interaction_is_split_evenly():
    """1, 2 and together 5: contributions 2 and 3."""
    shares = factorial.shapley(np.array([0.0, 2.0, 1.0, 5.0]), ["a", "b"])
    assert shares["contribution"].tolist() == pytest.approx([2.0, 3.0])


def test_factorial_recovers_exact_cells():
    """Without noise the effects are the contrasts of Yates (1937): A 3, B 5, A x B 1 on 10, 12, 14, 18."""
    names, effect, _ = factorial.from_cells(np.array([100.0, 140, 120, 180]), np.full(4, 1000.0), ["A", "B"])
    assert dict(zip(names, effect * 100, strict=True)) == pytest.approx({"A": 3, "B": 5, "A x B": 1})


def test_one_normal_component_has_the_textbook_posterior():
    """Prior N(m, t2), noise s2: mean m + t2 / (t2 + s2) (y - m)."""
    belief = gate.Prior(np.array([1.0]), np.array([0.02]), np.array([0.05]), np.array([True]))
    found = gate.posterior(belief, np.array([0.15]), 0.10)
    assert found["expected"].iloc[0] == pytest.approx(0.02 + 0.2 * 0.13)
    deviation = np.sqrt(0.05**2 * 0.8)
    assert found["high"].iloc[0] == pytest.approx(0.046 + stats.norm.ppf(0.9) * deviation, abs=1e-5)


def test_fit_is_least_squares():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"a": rng.integers(0, 2, 400), "b": rng.integers(0, 2, 400)})
    frame["y"] = 1 + 0.5 * frame["a"] + 0.2 * frame["a"] * frame["b"] + rng.normal(size=400)
    import statsmodels.formula.api as smf

    coded = frame.assign(A=2 * frame["a"] - 1, B=2 * frame["b"] - 1)
    told = smf.ols("y ~ A * B", coded).fit(cov_type="HC2", use_t=True)
    found = factorial.fit(frame, ["a", "b"], "y", 0.05).set_index("term")
    assert found.loc["a x b", "effect"] == pytest.approx(2 * told.params["A:B"])
    assert found.loc["a", "error"] == pytest.approx(2 * told.bse["A"])
    assert found.loc["b", "p_value"] == pytest.approx(told.pvalues["B"])
