"""Credit by position in the path: last, first, linear, decay; and the Shapley value in closed form.

Each rule is a matrix (paths x channels) whose rows add up to one: how a path shares out one conversion.
"""

from __future__ import annotations

import numpy as np

from ecomplan.behaviour.attribution.paths import Paths
from ecomplan.errors import ParameterError


def position_weights(paths: Paths, rule: str, half_life_steps: float = 1.0) -> np.ndarray:
    """Weight of each step of each path, adding up to one in each path; shape (steps,).

    `last` and `first` give all to one end; `linear` the same to each step, a repeated channel counting each time;
    `decay` halves the weight every `half_life_steps` steps before the end. Raises ParameterError for another rule.
    """
    # ASSUME: paths without times: decay runs in steps, the half-life is a parameter and not measured
    place = np.arange(len(paths.steps))
    before_end = paths.last[paths.row] - place
    if rule == "last":
        weight = (before_end == 0).astype(float)
    elif rule == "first":
        weight = (place == paths.first[paths.row]).astype(float)
    elif rule == "linear":
        weight = np.ones(len(place))
    elif rule == "decay":
        weight = np.exp2(-before_end / half_life_steps)
    else:
        raise ParameterError(f"attribution: rule {rule!r} is unknown; expected last, first, linear or decay")
    total = np.bincount(paths.row, weight, minlength=len(paths.first))
    return np.asarray(weight / total[paths.row])


def by_position(paths: Paths, rule: str, half_life_steps: float = 1.0) -> np.ndarray:
    """Credit of one conversion by a position rule, shape (paths, channels)."""
    width = len(paths.channels)
    weight = position_weights(paths, rule, half_life_steps)
    flat = np.bincount(paths.row * width + paths.steps, weight, minlength=len(paths.first) * width)
    return flat.reshape(-1, width)


def shapley(paths: Paths) -> np.ndarray:
    """Credit of one conversion by Shapley value, shape (paths, channels).

    The game: a coalition of channels is worth the conversions of all paths whose channels all lie in it (Shapley
    1953; Zhao, Mahboobi and Bagheri 2018). It is a sum of unanimity games, one a converting path, and each such
    game's value falls in equal parts on its distinct channels: no coalition need be listed.
    """
    met = paths.touched().astype(float)
    return np.asarray(met / met.sum(axis=1, keepdims=True))
