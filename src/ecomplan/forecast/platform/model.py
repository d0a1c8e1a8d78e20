"""The forecaster that is handed on: small enough to read, complete enough to forecast without its data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ecomplan.errors import DataError, ParameterError
from ecomplan.forecast.platform.agreement import MOST_NEW
from ecomplan.forecast.platform.fan import fan_table, paths_table
from ecomplan.forecast.platform.paths import joint_errors
from ecomplan.forecast.platform.series import ALL, BASE, LONGEST_MONTHS, with_order_value


@dataclass(frozen=True)
class Forecaster:
    """Every model's central forecast from the last known month, the model handed on, and the errors that make its fan.

    A central forecast depends on the months known alone, so it is kept as its numbers [36 months x BASE], logs.
    """

    last_month: pd.Timestamp
    chosen: str
    paths_of: Mapping[str, np.ndarray]
    errors: np.ndarray  # one-month log errors of the chosen model in the backtest [origins x BASE]
    ratios: np.ndarray  # spread of the error at leads 1 to 36 months over that at lead 1
    sample_paths: int
    seed: int
    series: tuple[str, ...] = BASE

    def months(self, horizon_months: int) -> pd.DatetimeIndex:
        """The months ahead. Raises ParameterError outside 1 to 36."""
        if not 1 <= horizon_months <= LONGEST_MONTHS:
            raise ParameterError(
                f"horizon_months = {horizon_months} is refused; expected 1 to {LONGEST_MONTHS}, unit: months"
            )
        first = self.last_month + pd.offsets.MonthBegin(1)
        return pd.date_range(first, periods=horizon_months, freq="MS", unit="us")

    def central(self, horizon_months: int, model: str = "") -> np.ndarray:
        """Logs [months x series] of one model, the chosen one if not said."""
        return np.asarray(self.paths_of[model or self.chosen][:horizon_months])

    def draws(self, horizon_months: int) -> np.ndarray:
        """Joint sample paths [paths x months x series]; the same for the same seed.

        A longer horizon leaves the nearer months as they were.
        """
        self.months(horizon_months)
        errors = joint_errors(self.errors, self.sample_paths, horizon_months, self.seed, self.ratios)
        values = np.exp(self.central(horizon_months)[None] + errors)
        values[..., 3] = np.minimum(values[..., 3], MOST_NEW * values[..., 2])
        return np.asarray(values)

    def paths(self, horizon_months: int) -> pd.DataFrame:
        """path, month and one column a series."""
        return paths_table(self.draws(horizon_months), self.months(horizon_months), self.series)

    def predict(self, horizon_months: int) -> pd.DataFrame:
        """month, series, mean, q10, q50, q90 of the next `horizon_months` (1 to 36) months, order value with them."""
        every = np.exp(with_order_value(np.log(self.draws(horizon_months))))
        return fan_table(every, self.months(horizon_months), ALL)

    def save(self, folder: Path) -> None:
        """forecaster.json, and central.npy with the central forecasts [models x months x series]."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "central.npy", np.stack([np.asarray(one, dtype="<f8") for one in self.paths_of.values()]))
        plain = {
            "last_month": f"{self.last_month:%Y-%m-%d}", "series": list(self.series), "chosen": self.chosen,
            "models": list(self.paths_of), "sample_paths": self.sample_paths, "seed": self.seed,
            "errors": self.errors.tolist(), "ratios": self.ratios.tolist(),
        }
        (folder / "forecaster.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def save_card(card: pd.DataFrame, folder: Path) -> None:
    """card.json beside the saved model: topic, item, value of each row."""
    text = json.dumps(card.to_dict("records"), indent=1, ensure_ascii=False)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")


def load_model(folder: Path) -> Forecaster:
    """The forecaster that `save` wrote; needs numpy and pandas alone.

    Raises DataError naming the file where one is missing or cut short.
    """
    folder = Path(folder)
    try:
        plain = json.loads((folder / "forecaster.json").read_text(encoding="utf-8"))
        central = np.load(folder / "central.npy", allow_pickle=False)
    except FileNotFoundError as error:
        raise DataError(f"saved forecast: {Path(str(error.filename)).name} is missing in {folder.name}/") from None
    except ValueError as error:
        raise DataError(f"saved forecast in {folder.name}/ cannot be read: {error}") from None
    wanted = (len(plain["models"]), LONGEST_MONTHS, len(plain["series"]))
    if central.shape != wanted:
        raise DataError(f"saved forecast: central.npy has shape {central.shape}, forecaster.json describes {wanted}")
    return Forecaster(
        last_month=pd.Timestamp(plain["last_month"]), chosen=plain["chosen"],
        paths_of=dict(zip(plain["models"], central, strict=True)), errors=np.array(plain["errors"]),
        ratios=np.array(plain["ratios"]), sample_paths=plain["sample_paths"], seed=plain["seed"],
        series=tuple(plain["series"]),
    )
