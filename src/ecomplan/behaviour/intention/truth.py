"""The stated truth behind the simulated survey: theory of planned behaviour with post-purchase anxiety.

Intention follows from attitude, subjective norm and perceived control, behaviour from intention and control (Ajzen
1991). Anxiety about regretting the purchase lowers both. All constructs have variance one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecomplan.errors import ParameterError
from ecomplan.params.behaviour import Intention

ANTECEDENTS = ("attitude", "norm", "control", "anxiety")
CONSTRUCTS = (*ANTECEDENTS, "intention", "behaviour")
#: paths of the model: (outcome, cause)
PATHS = (
    ("intention", "attitude"), ("intention", "norm"), ("intention", "control"), ("intention", "anxiety"),
    ("behaviour", "intention"), ("behaviour", "control"), ("behaviour", "anxiety"),
)


@dataclass(frozen=True)
class Truth:
    """`weights` by (outcome, cause), in standard deviations; `correlation` (4, 4) of the antecedents; `loading` of
    every answer; `explained` share of variance of intention and of behaviour."""

    weights: dict[tuple[str, str], float]
    correlation: np.ndarray
    loading: float
    explained: dict[str, float]

    def vector(self, outcome: str) -> np.ndarray:
        """Weights of the antecedents on an outcome, 0 where there is no path."""
        return np.array([self.weights.get((outcome, cause), 0.0) for cause in ANTECEDENTS])

    @property
    def anxiety_total(self) -> float:
        """Effect of anxiety on behaviour, direct and by way of intention."""
        return (
            self.weights["behaviour", "anxiety"]
            + self.weights["behaviour", "intention"] * self.weights["intention", "anxiety"]
        )


def truth_of(p: Intention) -> Truth:
    """The truth that the parameters state.

    # ASSUME: path sizes are set, not measured: they explain about as much of intention and behaviour as the review of
    # Armitage and Conner (2001) reports, 39 % and 27 %; the correlations must be possible and leave a rest unexplained.
    Raises ParameterError where they do not.
    """
    correlation = np.full((4, 4), p.antecedent_correlation)
    correlation[3, :] = correlation[:, 3] = p.anxiety_correlation
    np.fill_diagonal(correlation, 1)
    if np.linalg.eigvalsh(correlation)[0] <= 1e-9:
        raise ParameterError(
            f"intention.antecedent_correlation = {p.antecedent_correlation:g} and anxiety_correlation = "
            f"{p.anxiety_correlation:g} cannot hold together: no four variables correlate like this"
        )
    values = (
        p.attitude_weight, p.norm_weight, p.control_weight, p.anxiety_weight,
        p.intention_weight, p.control_direct_weight, p.anxiety_direct_weight,
    )
    weights = dict(zip(PATHS, values, strict=True))
    first = np.array([weights["intention", cause] for cause in ANTECEDENTS])
    direct = np.array([weights.get(("behaviour", cause), 0.0) for cause in ANTECEDENTS])
    joint = correlation @ first  # of each antecedent with intention
    intention = float(first @ joint)
    behaviour = float(
        direct @ correlation @ direct + p.intention_weight**2 + 2 * p.intention_weight * direct @ joint
    )
    for name, share in (("intention", intention), ("behaviour", behaviour)):
        if share >= 1:
            raise ParameterError(
                f"intention: the weights explain {share:.0%} of the variance of {name}; make them smaller so that it "
                "stays below 100 %"
            )
    return Truth(weights, correlation, p.loading, {"intention": intention, "behaviour": behaviour})
