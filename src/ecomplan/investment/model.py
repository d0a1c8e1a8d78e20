"""The return model: saved as one small JSON file, it simulates the plan again under other parameters.

    model = load_model(folder)
    model.predict(pd.DataFrame({"discount_rate_per_year": [0.08, 0.12]}))
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from ecomplan.errors import DataError
from ecomplan.investment import finance
from ecomplan.investment.budget import Budget
from ecomplan.investment.finance import Array
from ecomplan.investment.levers import Lever, Levers
from ecomplan.investment.whatif import Plan, make_plan
from ecomplan.params import ReturnsStage, explain

FILE = "return_model.json"
SAVED_PATHS = 200  # sales paths kept, evenly spaced by rank of their yearly total
MODEL_DRAWS = 5000


class ReturnModel:
    """A plan that can be simulated again under other parameters."""

    def __init__(self, plan: Plan):
        self._plan = plan

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters as saved: the columns that `predict` takes, with the values used where one is absent."""
        return self._plan.p.model_dump()

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """One what-if a row: columns are names of parameters, absent ones stay as saved.

        Columns of the answer: npv_mean, npv_p10, npv_p90 (platform money) and chance_payback_within_target.
        Raises DataError for an unknown column or a value that is refused, naming row and column.
        """
        known = self.parameters
        if unknown := [str(name) for name in frame.columns if name not in known]:
            raise DataError(f"return model: column {unknown[0]!r} is unknown; known: {', '.join(known)}")
        rows = []
        for number, row in enumerate(frame.to_dict("records")):
            try:
                changed = {str(name): _like(known[str(name)], value) for name, value in row.items()}
                p = ReturnsStage.model_validate({**known, **changed})
            except ValidationError as error:
                raise DataError(explain(error, ReturnsStage, f"return model: row {number}")) from None
            cash = Plan(self._plan.sales, self._plan.budget, self._plan.levers, p, self._plan.draws).cash()
            paid = finance.payback(cash.flows, first=1)
            low, high = np.quantile(cash.npv, [0.1, 0.9])
            rows.append({
                "npv_mean": float(cash.npv.mean()), "npv_p10": float(low), "npv_p90": float(high),
                "chance_payback_within_target": float((paid <= p.payback_target_months).mean()),
            })
        names = ["npv_mean", "npv_p10", "npv_p90", "chance_payback_within_target"]
        return pd.DataFrame(rows, columns=names, index=frame.index)


def save_model(folder: Path, sales: Array, budget: Budget, levers: Levers, p: ReturnsStage) -> Path:
    """Write the model as JSON under `folder`: same plan, same bytes. Sales are kept in whole units of money."""
    ranks = np.linspace(0, len(sales) - 1, min(SAVED_PATHS, len(sales))).round().astype(int)
    content = {
        "model": "returns", "parameters": p.model_dump(), "budget": asdict(budget), "levers": asdict(levers),
        "sales_paths": sales[ranks].round().astype(int).tolist(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return path


def load_model(folder: Path) -> ReturnModel:
    """Read a saved model. Raises DataError where the file is missing or not what `save_model` wrote."""
    path = Path(folder) / FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        levers = raw["levers"]
        items = tuple(
            Lever(**{**item, "claims": tuple(item["claims"]), "rows": tuple(item["rows"])}) for item in levers["items"]
        )
        plan = make_plan(
            np.asarray(raw["sales_paths"], dtype=np.float64), Budget(**raw["budget"]),
            Levers(**{**levers, "items": items}), ReturnsStage.model_validate(raw["parameters"]), MODEL_DRAWS,
        )
    except FileNotFoundError:
        raise DataError(f"return model: {path} is missing") from None
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"return model: {path} is not what save_model wrote: {error}") from None
    return ReturnModel(plan)


def _like(saved: Any, value: Any) -> Any:
    """A frame's value as the parameter's own type: numpy numbers and 18.0 for a whole number are taken."""
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(saved, float) and isinstance(number, int):
        return float(number)
    if isinstance(saved, int) and isinstance(number, float) and number.is_integer():
        return int(number)
    return number
