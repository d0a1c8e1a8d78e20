"""Sensitivity against published values and an independent package.

Ishigami function, a = 7, b = 0.1: S1 .3139 / .4424 / 0, ST .5576 / .4424 / .2437 (closed form; Saltelli et al. 2008).
g function of Sobol: the closed form is worked out in the test. SALib gets the same points and must say the same.
"""

from __future__ import annotations

import numpy as np
import pytest

from ecomplan.investment.scenarios import morris, sobol

FIRST, TOTAL = np.array([0.3139, 0.4424, 0.0]), np.array([0.5576, 0.4424, 0.2437])
NORMAL_80 = 1.2816


def ishigami(unit):
    x = np.pi * (2 * np.asarray(unit, np.float64) - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_ishigami_within_four_standard_errors():
    found = sobol.sobol(ishigami, 3, 8192, seed=1)
    for value, low, high, known in (
        (found.first, found.first_low, found.first_high, FIRST),
        (found.total, found.total_low, found.total_high, TOTAL),
    ):
        error = (high - low) / (2 * NORMAL_80)
        assert (np.abs(value - known) < 4 * error + 1e-4).all()
        assert (error < 0.03).all()
    assert found.explained == pytest.approx(FIRST.sum(), abs=0.05)


def test_ishigami_streamed_in_any_stack_is_the_same():
    a, b = sobol.base_points(3, 256, seed=3)
    one, many = sobol.evaluate(ishigami, a, b, stack=1), sobol.evaluate(ishigami, a, b, stack=8)
    assert np.array_equal(one.ab, many.ab)
    for column in range(3):  # the slow obvious way
        mixed = a.copy()
        mixed[:, column] = b[:, column]
        assert np.array_equal(ishigami(mixed), one.ab[column])


def test_g_function_total_indices():
    weights = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])

    def model(unit):
        return np.prod((np.abs(4 * np.asarray(unit, np.float64) - 2) + weights) / (1 + weights), axis=1)

    part = 1 / (3 * (1 + weights) ** 2)
    variance = np.prod(1 + part) - 1
    found = sobol.sobol(model, 6, 16384, seed=5)
    known_total = part * np.prod(1 + part) / (1 + part) / variance
    assert found.first == pytest.approx(part / variance, abs=0.01)
    assert found.total == pytest.approx(known_total, abs=0.01)


def test_same_points_same_indices_as_salib():
    salib = pytest.importorskip("SALib.analyze.sobol")
    a, b = sobol.base_points(3, 512, seed=7)
    outputs = sobol.evaluate(ishigami, a, b)
    theirs = np.empty(512 * 5)  # SALib's order: a, the mixed ones, b, for each base point
    theirs[0::5], theirs[4::5] = outputs.a, outputs.b
    for column in range(3):
        theirs[1 + column::5] = outputs.ab[column]
    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3}
    answer = salib.analyze(problem, theirs, calc_second_order=False, num_resamples=10, seed=1)
    found = sobol.indices(outputs, resamples=10, seed=1)
    assert found.total == pytest.approx(answer["ST"], abs=1e-9)
    assert found.first == pytest.approx(answer["S1"], abs=1e-9)


def test_morris_of_a_linear_function_is_exact():
    slopes = np.array([3.0, -2.0, 0.0, 0.5])
    found = morris.elementary_effects(lambda unit: unit @ slopes, 4, count=10, levels=4, seed=1)
    assert found.mean == pytest.approx(slopes, abs=1e-12)
    assert found.mean_absolute == pytest.approx(np.abs(slopes), abs=1e-12)
    assert found.spread == pytest.approx(0, abs=1e-12)


def test_morris_trajectories_move_one_input_at_a_time():
    points, order, moves = morris.trajectories(7, 20, 6, seed=2)
    assert points.min() >= 0 and points.max() <= 1
    changed = np.diff(points, axis=1)
    assert ((np.abs(changed) > 1e-12).sum(axis=2) == 1).all()
    assert (np.sort(order, axis=1) == np.arange(7)).all()
    assert np.allclose(np.abs(moves), 6 / 10)


def test_morris_against_salib_on_the_same_runs():
    analyze = pytest.importorskip("SALib.analyze.morris")
    points, _, _ = morris.trajectories(3, 30, 4, seed=4)
    inner = (1 - 0.9) / 2 + 0.9 * points.reshape(-1, 3)
    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3, "groups": None}
    theirs = analyze.analyze(problem, points.reshape(-1, 3), ishigami(inner), num_levels=4, num_resamples=10, seed=1)
    ours = morris.elementary_effects(ishigami, 3, count=30, levels=4, seed=4)
    assert ours.mean_absolute * 0.9 == pytest.approx(np.asarray(theirs["mu_star"], float), rel=1e-9)
    assert ours.mean * 0.9 == pytest.approx(np.asarray(theirs["mu"], float), rel=1e-9)
