"""`ecomplan forecast`: the engine on a user's own series, from a file to a file, in any folder."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ecomplan.errors import DataError, ParameterError
from ecomplan.pipeline.series_files import check_out, read_days, read_series, write_whole
from ecomplan.pipeline.series_text import Progress, accuracy_text, network_text, note, tell

if TYPE_CHECKING:
    import pandas as pd

    from ecomplan.forecast.engine.frame import Panel
    from ecomplan.forecast.engine.settings import Settings

KEYS = ("unique_id", "ds", "y")
EXAMPLE = """\
SERIES is a table with the columns unique_id, ds (dates, or whole numbers that count periods) and y, in any order of
rows; without unique_id it is one series. Further numeric columns are regressors; their values over the horizon
stand in FUTURE (unique_id, ds, the same columns). OUT gets unique_id, ds, mean and the quantiles q025 to q975.

examples:
  ecomplan forecast sales.csv --horizon 12 --out ahead.csv
  ecomplan forecast sales.csv --horizon 12 --origins 4 --step 3 --out ahead.parquet
  ecomplan forecast shop.csv --horizon 28 --closed 2025-12-24..2026-01-03,2026-04-05 --events none --out ahead.csv
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.usage = "ecomplan forecast SERIES --horizon N --out OUT [options]"
    parser.epilog = EXAMPLE
    parser.add_argument("series", type=Path, metavar="SERIES", help="CSV or Parquet: unique_id, ds, y, regressors")
    parser.add_argument("--horizon", type=int, required=True, metavar="N", help="periods ahead")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="where forecasts go, .csv or .parquet")
    parser.add_argument("--future", type=Path, help="CSV or Parquet: the regressors' values ahead")
    parser.add_argument("--freq", help="frequency of ds where it cannot be read off: MS (months), QS, W, D, ...; with "
                                       "whole numbers it says what they count")
    parser.add_argument("--skip-bad", action="store_true", help="leave out series that cannot be read, and list them")

    test = parser.add_argument_group("how good it is")
    test.add_argument("--origins", type=int, default=0, metavar="N",
                      help="forecast at N past origins too and print the accuracy table")
    test.add_argument("--step", type=int, metavar="N", help="periods between origins (default: the horizon)")
    test.add_argument("--zhang", action="store_true",
                      help="with --origins: the hybrid of Zhang (2003), one LSTM a series, as a baseline; slow")

    method = parser.add_argument_group("method")
    method.add_argument("--members", metavar="LIST", help="methods combined (default: snaive,sarima,ets,theta,ces)")
    method.add_argument("--combination", choices=("trimmed", "median", "performance"),
                        help="mean without the extremes, median, or weights from past errors (default: trimmed)")
    method.add_argument("--no-lstm", action="store_true",
                        help="without the network; else it comes in where past origins show that it helps")
    method.add_argument("--no-conformal", action="store_true",
                        help="the models' own widths; else they are stretched to what past origins showed")
    method.add_argument("--past-origins", type=int, metavar="N",
                        help="past origins that widths and network are judged at (default: by the number of series)")
    method.add_argument("--seed", type=int, default=2026, metavar="N", help="of all that is random (default: 2026)")

    calendar = parser.add_argument_group("calendar (dated series)")
    calendar.add_argument("--calendar", choices=("auto", "none"), default="auto",
                          help="regressors of trading days, holidays and sales events, or none (default: auto)")
    calendar.add_argument("--country", metavar="CODE", help="whose holidays: GB or CN (default: GB)")
    calendar.add_argument("--events", metavar="LIST",
                          help="sales events: of 11.11,6.18,black_friday,cyber_monday, or none (default: all)")
    calendar.add_argument("--closed", metavar="DAYS",
                          help="the shop's own closing days: 2025-12-25,2025-12-27..2026-01-02, or a file, one a line")

    work = parser.add_argument_group("work (results do not depend on it)")
    work.add_argument("--jobs", type=int, default=1, metavar="N", help="workers (default: 1)")
    work.add_argument("--backend", default="loky", metavar="NAME",
                      help="loky, threading, dask or spark (the last two are extras)")


def run(options: argparse.Namespace) -> None:
    """Read, test at past origins where asked for, forecast, write. Nothing is written unless all went well."""
    begun = time.monotonic()
    settings = settings_of(options)
    _check_numbers(options)
    check_out(options.out, (options.series, options.future))
    frame = read_series(options.series)
    future = read_series(options.future) if options.future else None
    _check_regressors(frame, options)

    from ecomplan.forecast.engine.frame import read_panel
    from ecomplan.forecast.engine.run import backtest, predict

    panel = read_panel(
        frame, options.horizon, freq=options.freq, future=future, on_bad="skip" if options.skip_bad else "raise",
    )
    for name, reason in panel.skipped:
        note(f"left out {name!r}: {reason}")
    if panel.skipped:
        frame = frame[~frame["unique_id"].astype(str).isin([name for name, _ in panel.skipped])]
    tell(_panel_text(panel))
    settings = _fitting(settings, panel, options)

    progress = Progress()
    if options.origins:
        progress.begin(f"{options.origins} past origin{'s' if options.origins > 1 else ''}")
        tested = backtest(
            frame, options.horizon, options.origins, options.step or options.horizon, freq=options.freq,
            settings=settings, seed=options.seed, progress=progress,
        )
        progress.end()
        room = len(tested.outlooks)
        if room < options.origins:
            note(f"only {room} of {options.origins} origins: before them no series has enough values")
        tell(accuracy_text(tested.table, panel.season))
    progress.begin("forecast")
    found = predict(
        frame, options.horizon, freq=options.freq, future=future, settings=replace(settings, zhang=False),
        seed=options.seed, progress=progress,
    )
    progress.end()
    write_whole(found.frame, options.out)
    if found.outlook.verdict is not None:
        tell(network_text(found.outlook.verdict.evidence))
    tell(f"{options.out}: {len(found.frame):,} rows, {len(panel)} series x {options.horizon} periods, "
         f"{time.monotonic() - begun:.0f} s")
    if not options.origins:
        tell("how good are they? --origins 4 tests the same at past origins, beside the baselines")


def settings_of(options: argparse.Namespace) -> Settings:
    """The engine's settings from the options; ParameterError where one cannot be meant."""
    from ecomplan.forecast.engine.holidays import COUNTRIES, EVENTS
    from ecomplan.forecast.engine.settings import Settings

    chosen: dict[str, object] = {}
    if options.members is not None:
        chosen["members"] = _list(options.members)
    if options.combination:
        chosen["combination"] = options.combination
    if options.past_origins is not None:
        chosen["past_origins"] = options.past_origins
    if options.calendar == "none" and (options.country or options.events or options.closed):
        raise ParameterError("--calendar none: then --country, --events and --closed have nothing to act on")
    if options.country:
        if options.country not in COUNTRIES:
            raise ParameterError(f"--country: {options.country!r} is not one of {', '.join(COUNTRIES)}; "
                                 "--calendar none does without holidays")
        chosen["country"] = options.country
    if options.events is not None:
        events = () if options.events == "none" else _list(options.events)
        unknown = [name for name in events if name not in EVENTS]
        if unknown:
            raise ParameterError(f"--events: {unknown[0]!r} is not one of {', '.join(EVENTS)}, or none")
        chosen["events"] = events
    if options.closed is not None:
        chosen["closed"] = read_days(options.closed)
    return Settings(
        calendar=options.calendar, lstm="never" if options.no_lstm else "auto", zhang=options.zhang,
        conformal=not options.no_conformal, jobs=options.jobs, backend=options.backend, **chosen,  # type: ignore[arg-type]
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _check_numbers(options: argparse.Namespace) -> None:
    if options.horizon < 1:
        raise ParameterError(f"--horizon: {options.horizon} is not a number of periods; 1 or more")
    if options.origins < 0 or (options.step is not None and options.step < 1):
        raise ParameterError("--origins must be 0 or more and --step 1 or more")
    if not options.origins and (options.step is not None or options.zhang):
        raise ParameterError("--step and --zhang belong to the test at past origins: give --origins too")
    if options.seed < 0:
        raise ParameterError(f"--seed: {options.seed} is not 0 or more")


def _check_regressors(frame: pd.DataFrame, options: argparse.Namespace) -> None:
    names = [str(name) for name in frame.columns if name not in KEYS]
    if not set(KEYS) <= set(frame.columns):
        return  # told by read_panel
    if names and options.future is None:
        raise DataError(f"{options.series}: further columns are regressors, here {', '.join(names)}; "
                        "give their values ahead with --future, or leave them out of the file")
    if not names and options.future is not None:
        raise DataError(f"{options.series}: has no regressors (columns beside {', '.join(KEYS)}) that --future could "
                        "belong to")


def _panel_text(panel: Panel) -> str:
    lengths = sorted({len(series.y) for series in panel.series})
    of = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
    counted = f"frequency {panel.freq}" if panel.freq else "ds counts periods"
    season = f"season {panel.season}" if panel.season > 1 else "no season"
    return f"{len(panel)} series of {of} values, {counted}, {season}"


def _fitting(settings: Settings, panel: Panel, options: argparse.Namespace) -> Settings:
    """The settings as they fit the panel's dates, with a line where that is not what a user may expect."""
    from ecomplan.forecast.engine.calendar import knows

    if panel.freq is None:
        if options.freq is None:
            note("ds holds whole numbers: no season is assumed; --freq MS says that they count months (QS, W, D, ...)")
        if options.country or options.events or options.closed:
            note("ds holds whole numbers: no calendar, so --country, --events and --closed change nothing")
        return settings
    if not knows(panel.freq):
        note(f"frequency {panel.freq}: no regressors of trading days and holidays are known for it, so none are used")
        return replace(settings, calendar="none")
    return settings
