"""The diffusion of Bass (1969) on new customers by month, beside a logistic and a straight line.

New customers of month t are m (F(t) - F(t-1)) with F(t) = (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t), fitted by non-linear
least squares (Srinivasan & Mason 1986). Where counting begins at a time when a share f of the m has come already, the
rest follows the same curve with p + q f, q (1 - f) and m (1 - f): a late start overstates innovation and understates
imitation, and m counts those still to come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.forecast.drivers.shapley import blocks
from ecomplan.forecast.drivers.shares import limits

Floats = npt.NDArray[np.float64]
#: the grid: innovation and imitation by month; below its lowest q nothing can be told from none
P_GRID = np.geomspace(1e-4, 0.5, 90)
Q_GRID = np.geomspace(1e-4, 2.0, 90)
MIN_MONTHS = 8


def by_month(first_orders: pd.DataFrame) -> pd.DataFrame:
    """month, customers from first orders by day."""
    return first_orders.groupby("month")["customers"].sum().reset_index()


def adopted(t: npt.ArrayLike, p: npt.ArrayLike, q: npt.ArrayLike) -> Floats:
    """Share that has adopted by time t."""
    innovation, imitation = np.asarray(p, float), np.asarray(q, float)
    decay = np.exp(-1.0 * (innovation + imitation) * np.asarray(t, float))
    return np.asarray((1 - decay) / (1 + imitation / innovation * decay))


def peak_time(p: float, q: float) -> float:
    """When most adopt: ln(q/p) / (p+q), at once where q is not above p."""
    return float(np.log(q / p) / (p + q)) if q > p else 0.0


@dataclass(frozen=True)
class Bass:
    """p, q (by month) and m, each with draws; `fitted` new customers by month."""

    p: float
    q: float
    m: float
    draws: Floats  # 3 x draws
    fitted: Floats

    @property
    def imitation_seen(self) -> bool:
        """Whether nine tenths of the draws keep q off the lowest tenth of its grid."""
        return bool(np.quantile(self.draws[1], 0.1) > Q_GRID[len(Q_GRID) // 10])

    def found(self, which: str) -> dict[str, float]:
        """value, low, high of "p", "q" or "m" for `Stage.finding`."""
        value = float(getattr(self, which))
        return {"value": value} | limits(self.draws["pqm".index(which)], value)


def fit(new: npt.ArrayLike, draws: int, block: int, rng: np.random.Generator) -> Bass:
    """Fit to new customers by month [n]; draws by blocks of residuals scaled with the root of the fit.

    For each p and q of a grid the best m is known in closed form; the best of the grid is then refined. Raises
    DataError under eight months, for negative counts or none at all.
    """
    y = _checked(new)
    shape = _grid(len(y))
    at, m = _best(shape, y[:, None])
    p, q, size = _refined(y, float(P_GRID[at[0] // len(Q_GRID)]), float(Q_GRID[at[0] % len(Q_GRID)]), float(m[0]))
    fitted = size * _increments(len(y), p, q)
    unit = np.sqrt(np.maximum(fitted, 1.0))
    residual = (y - fitted) / unit * np.sqrt(len(y) / max(len(y) - 3, 1))
    made = fitted[:, None] + unit[:, None] * residual[blocks(len(y), len(y), block, draws, rng)].T
    at, m = _best(shape, np.maximum(made, 0))
    return Bass(p, q, size, np.array([P_GRID[at // len(Q_GRID)], Q_GRID[at % len(Q_GRID)], m]), fitted)


def beside(new: npt.ArrayLike, holdout: int) -> pd.DataFrame:
    """model, parameters, rmse (new customers a month, fitted on all), mape and total_error (shares, on `holdout` last
    months forecast from those before; None where too short) of Bass, logistic, straight line and, where a year is
    there before, the same month a year before."""
    y = _checked(new)
    rows: list[dict[str, Any]] = []
    train = y[:-holdout] if len(y) - holdout >= MIN_MONTHS else None
    for name, parameters, curve in (
        ("Bass", 3, bass_curve), ("Logistic", 3, logistic_curve), ("Straight line", 1, line_curve),
    ):
        fitted = curve(y, len(y))
        row: dict[str, Any] = {"model": name, "parameters": parameters, "rmse": _rmse(y, fitted)}
        if train is not None:
            row |= _errors(y[-holdout:], curve(train, len(y))[-holdout:])
        rows.append(row)
    if train is not None and len(train) >= 12 >= holdout:
        rows.append({"model": "Same month a year before", "parameters": 0, "rmse": None}
                    | _errors(y[-holdout:], y[len(y) - holdout - 12: len(y) - 12]))
    frame = pd.DataFrame(rows).reindex(columns=["model", "parameters", "rmse", "mape", "total_error"])
    return frame.astype({"rmse": "Float64", "mape": "Float64", "total_error": "Float64"})


def curves(months: pd.DataFrame, burn_in_months: int, fitted: Bass) -> pd.DataFrame:
    """month, customers, bass, logistic, line by month; the curves are missing in the burn-in. `months`: month,
    customers."""
    used = months["customers"].to_numpy(float)[burn_in_months:]
    frame = months.reset_index(drop=True)
    for name, curve in (("bass", fitted.fitted), ("logistic", logistic_curve(used, len(used))),
                        ("line", line_curve(used, len(used)))):
        frame[name] = pd.array([pd.NA] * burn_in_months + list(curve), dtype="Float64")
    return frame


def bass_curve(y: Floats, months: int) -> Floats:
    """New customers by month [months] of the Bass curve fitted to `y`."""
    at, m = _best(_grid(len(y)), y[:, None])
    p, q, size = _refined(y, float(P_GRID[at[0] // len(Q_GRID)]), float(Q_GRID[at[0] % len(Q_GRID)]), float(m[0]))
    return size * _increments(months, p, q)


def logistic_curve(y: Floats, months: int) -> Floats:
    """The same of a logistic curve of the total (midpoint and speed on a grid, size in closed form)."""
    middle, speed = (part.ravel() for part in np.meshgrid(
        np.linspace(-len(y), 3 * len(y), 80), np.geomspace(0.01, 2.0, 80), indexing="ij"))
    t = np.arange(months + 1)
    share = 1 / (1 + np.exp(-np.clip(speed[:, None] * (t - middle[:, None]), -500, 500)))
    steps = np.diff(share, axis=1)
    at, m = _best(steps[:, : len(y)], y[:, None])
    return np.asarray(m[0] * steps[at[0]])


def line_curve(y: Floats, months: int) -> Floats:
    """The same of a straight line of the total: as many every month."""
    return np.full(months, y.mean())


def _checked(new: npt.ArrayLike) -> Floats:
    y = np.asarray(new, float)
    if len(y) < MIN_MONTHS:
        raise DataError(f"Bass: {len(y)} months of new customers are too few; {MIN_MONTHS} are needed")
    if not np.isfinite(y).all() or (y < 0).any() or y.sum() <= 0:
        raise DataError("Bass: new customers by month must be counts from 0 on, not all of them 0")
    return y


def _increments(months: int, p: float, q: float) -> Floats:
    return np.diff(adopted(np.arange(months + 1), p, q))


def _grid(months: int) -> Floats:
    p, q = (part.ravel()[:, None] for part in np.meshgrid(P_GRID, Q_GRID, indexing="ij"))
    return np.diff(adopted(np.arange(months + 1)[None, :], p, q), axis=1)


def _best(shape: Floats, y: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """(row of the grid, size) [series] with the least squares; `shape` [grid, months], `y` [months, series]."""
    norm = (shape**2).sum(1)
    inner = shape @ y
    gain = np.maximum(inner, 0) ** 2 / np.maximum(norm, 1e-300)[:, None]
    at = gain.argmax(0)
    return at, inner[at, np.arange(y.shape[1])] / norm[at]


def _refined(y: Floats, p: float, q: float, m: float) -> tuple[float, float, float]:
    from scipy.optimize import least_squares

    edge = np.log([[P_GRID[0], Q_GRID[0]], [P_GRID[-1], Q_GRID[-1]]])

    def misfit(logs: Floats) -> Floats:
        step = _increments(len(y), *np.exp(logs))
        return np.asarray(y - step * (step @ y) / (step @ step))

    start = np.clip(np.log([p, q]), edge[0] + 1e-6, edge[1] - 1e-6)
    logs = least_squares(misfit, start, bounds=(edge[0], edge[1]), x_scale=0.1).x
    step = _increments(len(y), *np.exp(logs))
    return float(np.exp(logs[0])), float(np.exp(logs[1])), float((step @ y) / (step @ step))


def _rmse(actual: Floats, fitted: Floats) -> float:
    return float(np.sqrt(((actual - fitted) ** 2).mean()))


def _errors(actual: Floats, forecast: Floats) -> dict[str, float]:
    return {
        "mape": float((np.abs(forecast - actual) / np.maximum(actual, 1)).mean()),
        "total_error": float(forecast.sum() / max(actual.sum(), 1) - 1),
    }


def error_of(table: pd.DataFrame, model: str, holdout: int, column: str = "mape") -> dict[str, Any]:
    """A model's error from `beside` for `Stage.finding`, or why there is none."""
    row = table[table["model"] == model]
    if row.empty or pd.isna(row[column].iloc[0]):
        return {"value": None, "unknown": f"too few months of new customers to hold out {holdout} of them"}
    return {"value": float(row[column].iloc[0])}


def imitation(fitted: Bass) -> dict[str, Any]:
    """Imitation for `Stage.finding`: unknown where the fit cannot tell it from none."""
    if not fitted.imitation_seen:
        return {"value": None, "unknown": "new customers by month do not rise before they fall, so imitation cannot be "
                                          "told from none; a curve of word of mouth needs a rise"}
    return fitted.found("q")
