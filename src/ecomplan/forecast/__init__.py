"""What the coming months bring: series, models, rolling-origin errors, fans.

    from ecomplan.forecast import Settings, backtest, forecast

    ahead = forecast(frame, 12)                        # frame: unique_id, ds, y
    tested = backtest(frame, 12, origins=4, step=12)   # tested.table, tested.forecasts
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from ecomplan.forecast.engine.run import Backtest
    from ecomplan.forecast.engine.settings import Settings

__all__ = ["Settings", "backtest", "forecast"]

OnBad = Literal["raise", "skip"]


def forecast(
    frame: pd.DataFrame, horizon: int, *, freq: str | None = None, future: pd.DataFrame | None = None,
    settings: Settings | None = None, seed: int = 2026, on_bad: OnBad = "raise",
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """unique_id, ds, mean, q025 ... q975 for the `horizon` periods after each series of a long frame (unique_id,
    ds, y, regressors); see `ecomplan.forecast.engine.run.forecast`."""
    from ecomplan.forecast.engine import run

    return run.forecast(
        frame, horizon, freq=freq, future=future, settings=settings, seed=seed, on_bad=on_bad, progress=progress,
    )


def backtest(
    frame: pd.DataFrame, horizon: int, origins: int = 1, step: int | None = None, *, freq: str | None = None,
    settings: Settings | None = None, seed: int = 2026, on_bad: OnBad = "raise",
    progress: Callable[[int, int], None] | None = None,
) -> Backtest:
    """The same at past origins, beside the baselines; see `ecomplan.forecast.engine.run.backtest`."""
    from ecomplan.forecast.engine import run

    return run.backtest(
        frame, horizon, origins, step, freq=freq, settings=settings, seed=seed, on_bad=on_bad, progress=progress,
    )


def __getattr__(name: str) -> Any:
    if name == "Settings":  # loaded when asked for: who imports the package for something else needs no pandas
        from ecomplan.forecast.engine.settings import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
