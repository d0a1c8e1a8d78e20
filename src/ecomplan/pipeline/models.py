"""The two models as MLflow serves them: thin wrappers around what the stages wrote to `model/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pandas as pd


class Forecaster(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Monthly series to come. Input: one row with `horizon_months`; output: month, series, mean, q10, q50, q90."""

    def load_context(self, context: Any) -> None:
        from ecomplan.forecast.platform.model import load_model

        self._model = load_model(Path(context.artifacts["model"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        return self._model.predict(int(model_input["horizon_months"].iloc[0]))


class ReturnModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """What the plan returns under other assumptions. Input: one row a what-if, any of the return knobs."""

    def load_context(self, context: Any) -> None:
        from ecomplan.investment.returns.model import load_model

        self._model = load_model(Path(context.artifacts["model"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        return self._model.predict(model_input)


@dataclass(frozen=True)
class Registered:
    """How a stage's model enters the registry. Smaller `score_metric` is better."""

    name: str
    wrapper: type[Any]
    score_metric: str
    packages: tuple[str, ...]


REGISTERED = {
    "forecast": Registered("ecomplan-forecaster", Forecaster, "mape_chosen_mean", ("numpy", "pandas")),
    "returns": Registered("ecomplan-returns", ReturnModel, "npv_standard_error", ("numpy", "pandas", "scipy")),
}
