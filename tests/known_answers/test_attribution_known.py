"""Attribution against published answers and against two programs that agreed (an R package's data, exact solves)."""

import numpy as np
import pandas as pd
import pytest

from ecomplan.behaviour.attribution import chain, paths, rules

# Credit of ChannelAttribution's PathData by a first-order chain: alpha and iota as published by two exact solves
ALPHA, IOTA, BASE_RATE = 5344.9477, 3884.6147, 0.223845


def effects(frame, order=1):
    encoded = paths.encode(frame)
    one = chain.structure(encoded, order)
    return encoded, chain.removal_effects(one, one.counts(encoded.conversions[None], encoded.nulls[None]))


def test_three_channels():
    """The worked example of Markov attribution: removal effects .5, 1, 1; shares .2, .4, .4."""
    frame = pd.DataFrame({
        "path": ["C1 > C2 > C3", "C1", "C2 > C3"], "conversions": [1, 0, 0], "value": 1.0, "nulls": [0, 1, 1],
    })
    encoded, effect = effects(frame)
    assert encoded.channels == ("C1", "C2", "C3")
    np.testing.assert_allclose(effect, [0.5, 1, 1], atol=1e-12)
    np.testing.assert_allclose(effect / effect.sum(), [0.2, 0.4, 0.4], atol=1e-12)
    np.testing.assert_allclose(encoded.conversions @ rules.shapley(encoded), [1 / 3] * 3, atol=1e-12)


def test_path_data(fetched):
    """Base conversion rate and first-order credit to four decimals."""
    frame = pd.read_csv(fetched("journeys") / "data.csv.gz").set_axis(["path", "conversions", "value", "nulls"], axis=1)
    encoded, effect = effects(frame)
    credit = dict(zip(encoded.channels, effect / effect.sum() * frame["conversions"].sum(), strict=True))
    assert paths.overview(encoded)["base_rate"] == pytest.approx(BASE_RATE, abs=5e-7)
    assert credit["alpha"] == pytest.approx(ALPHA, abs=5e-5)
    assert credit["iota"] == pytest.approx(IOTA, abs=5e-5)
    for order in (1, 2, 3):  # a chain fitted to paths converts as often as they do, whatever its memory
        one = chain.structure(encoded, order)
        chance = chain.conversion_chances(one, one.counts(encoded.conversions[None], encoded.nulls[None]))
        assert chance[0, 0] == pytest.approx(frame["conversions"].sum() / 88_387, abs=1e-12)
