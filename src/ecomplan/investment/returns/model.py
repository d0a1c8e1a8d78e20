"""The return model: saved as one small JSON file, it simulates the plan again under other parameters.

    model = load_model(folder)
    model.predict(pd.DataFrame({"discount_rate_per_year": [0.08, 0.12]}))
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from ecomplan.errors import DataError, EcomplanError
from ecomplan.investment.engine import cash as engine
from ecomplan.investment.engine.budget import Budget
from ecomplan.investment.engine.curves import Curve
from ecomplan.investment.engine.levers import Lever, Levers
from ecomplan.investment.engine.margins import Lognormal
from ecomplan.investment.engine.plan import Plan, Settings, as_written, budget_margin
from ecomplan.investment.engine.sales import Base
from ecomplan.investment.returns.measures import Normals
from ecomplan.params import ReturnsStage, explain

FILE = "return_model.json"
SAVED_PATHS = 200  # sales paths kept, evenly spaced by rank of their yearly total
MODEL_DRAWS = 4096


@dataclass(frozen=True)
class Written:
    """The documents' plan on a platform: what is needed to make it anew under other parameters. `newcomer` is the
    80 % range of the margin that a new customer brings."""

    base: Base
    budget: Budget
    levers: Levers
    newcomer: tuple[float, float]

    def plan(self, p: ReturnsStage) -> Plan:
        """The plan as the documents write it, under these parameters."""
        settings = Settings.of(p)
        return Plan(
            self.levers, self.base, as_written(self.levers, self.budget, settings), settings,
            Lognormal(*self.newcomer), budget_margin(self.budget),
        )


class ReturnModel:
    """A plan that can be simulated again under other parameters."""

    def __init__(self, written: Written, p: ReturnsStage):
        self._written = written
        self._p = p
        self._points: dict[tuple[float, ...], Normals] = {}

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters as saved: the columns that `predict` takes, with the values used where one is absent."""
        return self._p.model_dump()

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
                plan = self._written.plan(p)
            except ValidationError as error:
                raise DataError(explain(error, ReturnsStage, f"return model: row {number}")) from None
            except EcomplanError as error:
                raise DataError(f"return model: row {number}: {error}") from None
            cash = engine.simulate(plan, self._drawn(plan, p))
            low, high = np.quantile(cash.npv, [0.1, 0.9])
            rows.append({
                "npv_mean": float(cash.npv.mean()), "npv_p10": float(low), "npv_p90": float(high),
                "chance_payback_within_target": float((cash.payback_months <= p.payback_target_months).mean()),
            })
        names = ["npv_mean", "npv_p10", "npv_p90", "chance_payback_within_target"]
        return pd.DataFrame(rows, columns=names, index=frame.index)

    def _drawn(self, plan: Plan, p: ReturnsStage) -> Normals:
        """The same points for every what-if with the same correlations, so that differences are not chance."""
        key = (p.effect_correlation, p.cost_correlation, p.delay_correlation, p.seed)
        if key not in self._points:
            self._points[key] = engine.draw(plan, MODEL_DRAWS, p.seed, "sobol")
        return self._points[key]


def save_model(folder: Path, written: Written, p: ReturnsStage) -> Path:
    """Write the model as JSON under `folder`: same plan, same bytes. Sales are kept in whole units of money."""
    base = written.base
    ranks = np.linspace(0, base.paths - 1, min(SAVED_PATHS, base.paths)).round().astype(int)
    content = {
        "model": "returns", "parameters": p.model_dump(), "budget": asdict(written.budget),
        "levers": asdict(written.levers), "newcomer": list(written.newcomer),
        "base": {
            "segments": list(base.segments), "sales": base.sales[ranks].round().astype(int).tolist(),
            "new_customers": base.new_customers[ranks].round(1).tolist(),
            "orders": base.orders[ranks].round().astype(int).tolist(),
        },
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
        levers, base = raw["levers"], raw["base"]
        items = tuple(_lever(item) for item in levers["items"])
        kept = Base(
            tuple(base["segments"]),
            *(np.asarray(base[name], dtype=np.float64) for name in ("sales", "new_customers", "orders")),
        )
        low, high = raw["newcomer"]
        written = Written(kept, Budget(**raw["budget"]), Levers(**{**levers, "items": items}), (low, high))
        return ReturnModel(written, ReturnsStage.model_validate(raw["parameters"]))
    except FileNotFoundError:
        raise DataError(f"return model: {path} is missing") from None
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"return model: {path} is not what save_model wrote: {error}") from None


def _lever(item: dict[str, Any]) -> Lever:
    """A lever from JSON: lists back to tuples, the curve back to a curve."""
    made: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in item.items()}
    return Lever(**{**made, "curve": Curve(**item["curve"])})


def _like(saved: Any, value: Any) -> Any:
    """A frame's value as the parameter's own type: numpy numbers and 18.0 for a whole number are taken."""
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(saved, float) and isinstance(number, int):
        return float(number)
    if isinstance(saved, int) and isinstance(number, float) and number.is_integer():
        return int(number)
    return number
