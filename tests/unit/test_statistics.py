"""Wilson's interval where counts leave its usual ground; its figures and Kaplan-Meier's are known answers."""

import pytest

from ecomplan.behaviour.statistics import wilson
from ecomplan.errors import DataError


def test_without_trials_nothing_is_known():
    assert [float(limit) for limit in wilson(0, 0)] == [0, 1]


def test_fractions_stand_between_their_neighbours():
    low, high = wilson([3, 3.5, 4], 12)
    assert low[0] < low[1] < low[2] and high[0] < high[1] < high[2]


@pytest.mark.parametrize("hits", [-1, 13])
def test_impossible_counts_are_refused(hits):
    with pytest.raises(DataError, match="from 0 to the trials"):
        wilson(hits, 12)
