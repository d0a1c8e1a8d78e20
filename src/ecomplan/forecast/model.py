"""The forecaster that is handed on: small enough to read, complete enough to forecast without its data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.errors import DataError, ParameterError
from ecomplan.forecast.fan import error_draws, fan_table, paths_table
from ecomplan.forecast.states import Member, Network, from_plain, to_plain

LONGEST_MONTHS = 36
_PARTS = ("kernel", "recurrent", "bias", "dense", "dense_bias")


@dataclass(frozen=True)
class Forecaster:
    """Members of every model at the last known month, the model chosen, and the errors that make its fan."""

    last_month: pd.Timestamp
    series: tuple[str, ...]
    chosen: str
    members: dict[str, tuple[Member, ...]]
    network: Network
    errors: np.ndarray  # one-month log errors of the chosen model in the backtest [origins x series]
    sample_paths: int
    seed: int

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
        return np.column_stack([member.path(horizon_months) for member in self.members[model or self.chosen]])

    def draws(self, horizon_months: int) -> np.ndarray:
        """Joint sample paths [paths x months x series]; the same for the same seed."""
        self.months(horizon_months)
        rng = np.random.default_rng(self.seed)
        # always drawn at full length: a longer horizon leaves the nearer months as they were
        errors = error_draws(self.errors, self.sample_paths, LONGEST_MONTHS, rng)[:, :horizon_months]
        return np.asarray(np.exp(self.central(horizon_months)[None] + errors))

    def paths(self, horizon_months: int) -> pd.DataFrame:
        """path, month and one column a series."""
        return paths_table(self.draws(horizon_months), self.months(horizon_months), self.series)

    def predict(self, horizon_months: int) -> pd.DataFrame:
        """month, series, mean, q10, q50, q90 of the next `horizon_months` (1 to 36) months."""
        return fan_table(self.draws(horizon_months), self.months(horizon_months), self.series)

    def save(self, folder: Path) -> None:
        """forecaster.json, and weights.npy with the network's weights one after the other."""
        folder.mkdir(parents=True, exist_ok=True)
        parts = [np.asarray(getattr(self.network, name), dtype="<f4") for name in _PARTS]
        np.save(folder / "weights.npy", np.concatenate([part.ravel() for part in parts]))
        plain: dict[str, Any] = {
            "last_month": f"{self.last_month:%Y-%m-%d}", "series": list(self.series), "chosen": self.chosen,
            "sample_paths": self.sample_paths, "seed": self.seed, "errors": self.errors.tolist(),
            "weights": {name: list(part.shape) for name, part in zip(_PARTS, parts, strict=True)},
            "members": {name: [to_plain(one) for one in members] for name, members in self.members.items()},
        }
        (folder / "forecaster.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def load_model(folder: Path) -> Forecaster:
    """The forecaster that `save` wrote; needs numpy and pandas alone.

    Raises DataError naming the file where one is missing or cut short.
    """
    folder = Path(folder)
    try:
        plain = json.loads((folder / "forecaster.json").read_text(encoding="utf-8"))
        flat = np.load(folder / "weights.npy", allow_pickle=False)
    except FileNotFoundError as error:
        raise DataError(f"saved forecast: {Path(str(error.filename)).name} is missing in {folder.name}/") from None
    except ValueError as error:
        raise DataError(f"saved forecast in {folder.name}/ cannot be read: {error}") from None
    shapes = [tuple(plain["weights"][name]) for name in _PARTS]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    if ends[-1] != len(flat):
        raise DataError(f"saved forecast: weights.npy holds {len(flat)} numbers, forecaster.json describes {ends[-1]}")
    network = Network(*(part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)))
    return Forecaster(
        last_month=pd.Timestamp(plain["last_month"]), series=tuple(plain["series"]), chosen=plain["chosen"],
        members={name: tuple(from_plain(one, network) for one in many) for name, many in plain["members"].items()},
        network=network, errors=np.array(plain["errors"]), sample_paths=plain["sample_paths"], seed=plain["seed"],
    )
