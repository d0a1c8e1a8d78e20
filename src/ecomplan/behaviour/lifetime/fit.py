"""Maximum likelihood for the models of this package: L-BFGS on log-parameters with the analytic gradient.

Standard errors come from the observed information (differences of the gradient) by the delta method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from ecomplan.behaviour.lifetime.counts import Floats
from ecomplan.behaviour.statistics import Z80
from ecomplan.errors import DataError

BOUND = 12.0  # log-parameters are sought within +-
STEP = 1e-4  # of the differences that give the information
FLAT_SD = 2.0  # a direction of log-parameters with a larger error is not identified by the data


M = TypeVar("M")


@dataclass(frozen=True)
class Fit(Generic[M]):
    """A fitted model; `theta` and `covariance` are of the log-parameters.

    Directions that the data do not identify have no part in `covariance`; `identified` names the parameters that
    have one.
    """

    model: M
    theta: Floats
    covariance: Floats
    identified: tuple[bool, ...]
    log_likelihood: float
    customers: int

    @property
    def bic(self) -> float:
        """Bayesian information criterion (Schwarz, 1978): smaller is better."""
        return len(self.theta) * float(np.log(self.customers)) - 2 * self.log_likelihood

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        """Parameters (draws, parameters) from the normal approximation of the log-parameters."""
        return np.exp(rng.multivariate_normal(self.theta, self.covariance, draws, method="eigh"))


def information_inverse(information: Floats) -> tuple[Floats, tuple[bool, ...]]:
    """Covariance from the observed information; directions with an error above `FLAT_SD` are left out.

    Hands back the covariance and, by parameter, whether it lies in the directions that are left.
    """
    curvature, axes = np.linalg.eigh((information + information.T) / 2)
    steep = curvature > FLAT_SD**-2
    variance = np.where(steep, 1 / np.where(steep, curvature, 1.0), 0.0)
    covariance = (axes * variance) @ axes.T
    flat = (axes[:, ~steep] ** 2).sum(axis=1)
    return covariance, tuple(bool(part < 0.05) for part in flat)  # ASSUME: 5 % of a flat direction does no harm


def fit(kind: type[M], data: Any, customers: int, start: Floats | None = None, errors: bool = True) -> Fit[M]:
    """Fit `kind` (BgNbd, ParetoNbd, GammaGamma) to its data; `customers` are the observations of the BIC.

    Without `errors` the covariance is left at zero (quicker). Raises DataError where no maximum is found.
    """
    model: Any = kind
    scale = 1 / customers

    def loss(theta: Floats) -> tuple[float, Floats]:
        value, gradient = model.log_likelihood(theta, data)
        return -value * scale, -gradient * scale

    begin = model.start(data) if start is None else start
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * len(begin),
                         options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 500, "maxfun": 1000})
        theta = np.asarray(found.x, dtype=float)
        value, gradient = model.log_likelihood(theta, data)
    if not (np.isfinite(value) and np.isfinite(gradient).all()):
        raise DataError(
            f"{model.title}: no maximum of the likelihood on {customers} customers; the search ended with "
            f"{dict(zip(model.names, np.exp(theta).round(4).tolist(), strict=True))}"
        )
    k = len(theta)
    covariance, identified = np.zeros((k, k)), (True,) * k
    if errors:
        covariance, identified = information_inverse(-hessian(model, theta, data))
    return Fit(kind(*np.exp(theta).tolist()), theta, covariance, identified, float(value), customers)


def hessian(model: Any, theta: Floats, data: Any) -> Floats:
    """Second derivatives of the log-likelihood at log-parameters `theta`, by differences of its gradient."""
    sides = [
        (model.log_likelihood(theta + move, data)[1] - model.log_likelihood(theta - move, data)[1]) / (2 * STEP)
        for move in STEP * np.eye(len(theta))
    ]
    return np.array(sides)


def parameter_table(fits: list[Fit[Any]]) -> pd.DataFrame:
    """model, parameter, value, standard_error, low, high (80 %), identified; errors by the delta method.

    A parameter that is not identified has the error 0 and limits at its value, and says so.
    """
    rows = []
    for one in fits:
        deviation = np.sqrt(np.diag(one.covariance))
        for name, log_value, error, known in zip(
            one.model.names, one.theta, deviation, one.identified, strict=True,
        ):
            spread = error if known else 0.0
            rows.append({
                "model": one.model.title, "parameter": name, "value": float(np.exp(log_value)),
                "standard_error": float(np.exp(log_value) * spread),
                "low": float(np.exp(log_value - Z80 * spread)), "high": float(np.exp(log_value + Z80 * spread)),
                "identified": "yes" if known else "no",
            })
    return pd.DataFrame(rows)
