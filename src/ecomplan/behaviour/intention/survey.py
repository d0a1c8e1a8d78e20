"""A simulated survey and its structural model, fitted with semopy (Igolkina and Meshcheryakov 2020)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.behaviour.intention.truth import ANTECEDENTS, CONSTRUCTS, PATHS, Truth
from ecomplan.behaviour.statistics import z_of
from ecomplan.errors import DataError

#: answers asked for each construct
ITEMS = 3
#: decimals of an estimate that every run agrees on
DECIMALS = 9


@dataclass(frozen=True)
class Fit:
    """`paths` frame: outcome, cause, estimate, error, low, high; `cfi` and `rmsea` (1 and 0 at best)."""

    paths: pd.DataFrame
    cfi: float
    rmsea: float

    def estimate(self, outcome: str, cause: str) -> tuple[float, float]:
        """(estimate, standard error) of one path."""
        row = self.paths[(self.paths["outcome"] == outcome) & (self.paths["cause"] == cause)].iloc[0]
        return float(row["estimate"]), float(row["error"])


def simulate(truth: Truth, respondents: int, rng: np.random.Generator) -> pd.DataFrame:
    """Answers, one column each (`attitude_1` ... `behaviour_3`), one row a respondent; mean 0, variance 1."""
    root = np.linalg.cholesky(truth.correlation)
    causes = rng.standard_normal((respondents, len(ANTECEDENTS))) @ root.T
    rest = {name: np.sqrt(1 - share) * rng.standard_normal(respondents) for name, share in truth.explained.items()}
    intention = causes @ truth.vector("intention") + rest["intention"]
    behaviour = (
        causes @ truth.vector("behaviour") + truth.weights["behaviour", "intention"] * intention + rest["behaviour"]
    )
    latent = np.repeat(np.column_stack([causes, intention, behaviour]), ITEMS, axis=1)
    noise = np.sqrt(1 - truth.loading**2) * rng.standard_normal(latent.shape)
    names = [f"{name}_{item}" for name in CONSTRUCTS for item in range(1, ITEMS + 1)]
    return pd.DataFrame(truth.loading * latent + noise, columns=names)


def description(with_anxiety: bool = True) -> str:
    """The model in semopy's language; without anxiety it is the plain theory of planned behaviour."""
    left_out = set() if with_anxiety else {"anxiety"}
    lines = [
        f"{name} =~ " + " + ".join(f"{name}_{item}" for item in range(1, ITEMS + 1))
        for name in CONSTRUCTS if name not in left_out
    ]
    for outcome in ("intention", "behaviour"):
        causes = [cause for target, cause in PATHS if target == outcome and cause not in left_out]
        lines.append(f"{outcome} ~ " + " + ".join(causes))
    return "\n".join(lines)


def covariance(truth: Truth) -> pd.DataFrame:
    """Covariance of the answers that the truth implies: that of a survey without end."""
    size = len(ANTECEDENTS)
    onward = truth.weights["behaviour", "intention"]
    first = truth.vector("intention")
    second = truth.vector("behaviour") + onward * first
    causes = np.vstack([np.eye(size), first, second])
    latent = causes @ truth.correlation @ causes.T
    latent[size, size] = latent[size + 1, size + 1] = 1
    rest = onward * (1 - truth.explained["intention"])  # intention's own part reaches behaviour as well
    latent[size, size + 1] += rest
    latent[size + 1, size] += rest
    answers = truth.loading**2 * np.kron(latent, np.ones((ITEMS, ITEMS)))
    np.fill_diagonal(answers, 1)
    names = [f"{name}_{item}" for name in CONSTRUCTS for item in range(1, ITEMS + 1)]
    return pd.DataFrame(answers, index=names, columns=names)


def fit(answers: pd.DataFrame, level: float = 0.8) -> Fit:
    """`fit_covariance` of a survey's answers."""
    return fit_covariance(answers.cov(), len(answers), level=level)


def fit_covariance(cov: pd.DataFrame, respondents: int, with_anxiety: bool = True, level: float = 0.8) -> Fit:
    """Fit by maximum likelihood on the covariance of the answers of so many respondents; deterministic.

    The first answer of each construct sets its scale; as all load alike, paths come out in standard deviations.
    Raises DataError where the optimiser does not settle or a standard error is no number.
    """
    import semopy  # costs seconds, so only where a model is fitted

    used = [name for name in cov if with_anxiety or not str(name).startswith("anxiety_")]
    model = semopy.Model(description(with_anxiety))
    result = model.fit(cov=cov.loc[used, used], n_samples=respondents)
    found = model.inspect()
    found = found[(found["op"] == "~") & found["lval"].isin(["intention", "behaviour"])]  # the rest are loadings
    # semopy walks over sets of names, so its last digits change from run to run: cut them off
    estimate = pd.to_numeric(found["Estimate"]).to_numpy().round(DECIMALS)
    error = pd.to_numeric(found["Std. Err"], errors="coerce").to_numpy().round(DECIMALS)
    if not result.success or not np.isfinite(error).all():
        raise DataError(
            f"the structural model did not settle on {respondents} respondents; raise intention.respondents or "
            "intention.loading"
        )
    half = z_of(level) * error
    statistics = semopy.calc_stats(model)
    return Fit(
        pd.DataFrame({
            "outcome": found["lval"].to_numpy(), "cause": found["rval"].to_numpy(), "estimate": estimate,
            "error": error, "low": estimate - half, "high": estimate + half,
        }),
        cfi=round(float(min(statistics["CFI"].iloc[0], 1.0)), DECIMALS),
        rmsea=round(float(statistics["RMSEA"].iloc[0]), DECIMALS),
    )


def anxiety_total(one: Fit, level: float = 0.8) -> dict[str, float]:
    """Estimated effect of anxiety on behaviour, direct and by way of intention, with Sobel's (1982) interval.

    # ASSUME: the three estimates err independently of each other; a test holds the interval against repeated surveys.
    """
    direct, direct_error = one.estimate("behaviour", "anxiety")
    onward, onward_error = one.estimate("behaviour", "intention")
    first, first_error = one.estimate("intention", "anxiety")
    value = direct + onward * first
    half = z_of(level) * float(
        np.sqrt(direct_error**2 + (onward * first_error) ** 2 + (first * onward_error) ** 2)
    )
    return {"value": value, "low": value - half, "high": value + half}
