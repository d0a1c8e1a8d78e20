"""The same results however the work is spread; Spark and Dask from their own lock, in a folder of their own."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ecomplan.errors import ParameterError
from ecomplan.forecast.engine.accuracy import naive_scale
from ecomplan.forecast.engine.spread import spread

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements-spark.lock"
# run by a fresh Python which sees the extras: forecasts of a small panel, as bytes
PANEL = """
import hashlib, sys
import numpy as np, pandas as pd
from ecomplan.forecast import Settings, forecast
if __name__ == "__main__":
    rng = np.random.default_rng(1)
    ds = pd.date_range("2020-01-01", periods=30, freq="MS")
    frame = pd.DataFrame({"unique_id": np.repeat(list("abcdef"), 30), "ds": np.tile(ds, 6)})
    frame["y"] = np.exp(3 + 0.2 * rng.normal(size=len(frame)))
    backend, jobs = sys.argv[1], int(sys.argv[2])
    found = forecast(frame, 3, settings=Settings(lstm="never", jobs=jobs, backend=backend))
    print("digest", hashlib.sha256(found.drop(columns=["unique_id", "ds"]).to_numpy(float).tobytes()).hexdigest())
"""


def histories(count: int = 30) -> list[np.ndarray]:
    return [np.random.default_rng(i).lognormal(size=40) for i in range(count)]


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_results_and_order_do_not_depend_on_how_the_work_is_spread(backend: str) -> None:
    work = partial(naive_scale, season=12)
    told: list[tuple[int, int]] = []
    found = spread(work, histories(), jobs=2, backend=backend, progress=lambda *now: told.append(now))  # type: ignore[arg-type]
    assert found == [work(y) for y in histories()] == spread(work, histories())
    assert [done for done, _ in told] == sorted(done for done, _ in told) and told[-1] == (30, 30)
    assert spread(work, []) == []


def test_unknown_backends_and_missing_extras_are_told() -> None:
    with pytest.raises(ParameterError, match="'ray' is unknown"):
        spread(abs, [1], backend="ray")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="jobs"):
        spread(abs, [1], jobs=0)
    for extra, package in (("dask", "distributed"), ("spark", "joblibspark")):
        if importlib.util.find_spec(package) is None:
            with pytest.raises(ParameterError, match=rf"ecomplan\[{extra}\].*requirements-spark\.lock"):
                spread(abs, [1, 2], jobs=2, backend=extra)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def extras(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extras installed from their lock beside, not into, this environment."""
    folder = tmp_path_factory.mktemp("extras")
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert uv, "uv is in requirements.lock"
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder), "--no-deps"]
    subprocess.run([*command, "--require-hashes", "-r", str(LOCK)], check=True)
    return folder


def digest(extras: Path, backend: str, jobs: int) -> str:
    path = os.pathsep.join([str(extras), str(ROOT / "src")])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "SPARK_LOCAL_IP": "127.0.0.1"}
    program = extras / "small_panel.py"
    program.write_text(PANEL)
    command = [sys.executable, str(program), backend, str(jobs)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.split("digest ")[1].strip()


NO_JAVA = shutil.which("java") is None and "JAVA_HOME" not in os.environ
NEEDS_JAVA = pytest.mark.skipif(
    NO_JAVA, reason="Spark needs Java 17 or 21: no java on PATH, no JAVA_HOME; install one to run this test",
)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["dask", pytest.param("spark", marks=NEEDS_JAVA)])
def test_clusters_give_the_same_bytes_as_one_process(backend: str, extras: Path) -> None:
    assert digest(extras, backend, 2) == digest(extras, "loky", 1)


def test_the_extras_lock_agrees_with_the_projects() -> None:
    def pins(path: Path) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE))

    project, extra = pins(ROOT / "requirements.lock"), pins(LOCK)
    assert {"pyspark", "joblibspark", "dask", "distributed"} <= set(extra)
    assert not {name for name in set(project) & set(extra) if project[name] != extra[name]}
