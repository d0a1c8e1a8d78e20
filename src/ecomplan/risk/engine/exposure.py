"""What losses are measured against: the year's sales on the forecast's paths and the margin on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.risk.engine.draws import pert_mean

Floats = npt.NDArray[np.float64]
MONTHS = 12


@dataclass(frozen=True)
class Exposure:
    """What losses are measured against.

    `sales`: (paths,) net sales of the year in money. `month_share`: (12,) share of the year's expected sales.
    `margin`: PERT low, likely, high of contribution margin as a share of sales. `cny`: CNY per unit of money.
    """

    year: int
    sales: Floats
    month_share: Floats
    margin: tuple[float, float, float]
    cny: float

    @property
    def expected_sales(self) -> float:
        return float(self.sales.mean())

    @property
    def expected_margin(self) -> float:
        """Expected contribution margin of the year, in money."""
        return self.expected_sales * pert_mean(*self.margin)


def exposure_of(paths: pd.DataFrame, margin: tuple[float, float, float], cny: float) -> Exposure:
    """Exposure of the last calendar year that the forecast covers whole.

    `paths` has columns path, month, sales (money a month). Raises DataError naming column or path.
    """
    missing = [name for name in ("path", "month", "sales") if name not in paths]
    if missing:
        raise DataError(f"table paths of stage forecast lacks column {missing[0]}; it has {', '.join(paths.columns)}")
    sales = paths["sales"].to_numpy(float)
    bad = np.flatnonzero(~np.isfinite(sales) | (sales < 0))
    if len(bad):
        raise DataError(
            f"table paths, row {bad[0]}: sales = {sales[bad[0]]} is refused; expected money a month, from 0"
        )
    months = pd.DatetimeIndex(paths["month"])
    covered = pd.Series(months.month).groupby(months.year).nunique()
    whole = covered.index[covered == MONTHS]
    if not len(whole):
        raise DataError(f"table paths covers no calendar year whole: {months.min():%Y-%m} to {months.max():%Y-%m}")
    year = int(whole.max())
    table = paths.loc[months.year == year].pivot(index="path", columns="month", values="sales")
    if table.isna().to_numpy().any():
        raise DataError(f"table paths: path {table.index[table.isna().any(axis=1)][0]} has not all months of {year}")
    values = table.to_numpy(float)
    total = values.sum(axis=1)
    if total.mean() <= 0:
        raise DataError(f"table paths: expected sales of {year} are {total.mean():g}; losses need sales above 0")
    return Exposure(year, total, values.mean(axis=0) / total.mean(), margin, cny)

