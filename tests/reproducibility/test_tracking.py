"""MLflow: runs and parent, models that load elsewhere, publish, aliases, a server that is down."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_line import change

from conftest import dvc, ecomplan, environment
from ecomplan.forecast.platform.series import ALL
from ecomplan.stages import NOTEBOOKS

pytestmark = pytest.mark.slow

ASK = """
import json, os, warnings
warnings.simplefilter("ignore")
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
import mlflow, pandas as pd
mlflow.set_tracking_uri("sqlite:///mlruns/mlflow.db")
client = mlflow.MlflowClient()
runs = client.search_runs([client.get_experiment_by_name("ecomplan").experiment_id])
answer = {"runs": [{"name": run.info.run_name, "tags": run.data.tags, "metrics": run.data.metrics,
                    "artifacts": sorted(item.path for item in client.list_artifacts(run.info.run_id)),
                    "uri": run.info.artifact_uri, "id": run.info.run_id} for run in runs]}
answer["aliases"] = {model.name: {alias: str(version) for alias, version in model.aliases.items()}
                     for model in client.search_registered_models()}
answer["fan"] = mlflow.pyfunc.load_model("models:/ecomplan-forecaster@champion").predict(
    pd.DataFrame({"horizon_months": [3]})).shape
answer["npv"] = mlflow.pyfunc.load_model("models:/ecomplan-returns@champion").predict(
    pd.DataFrame({"discount_rate_per_year": [0.05, 0.2]})).iloc[:, :3].to_numpy().tolist()
print("ANSWER" + json.dumps(answer, default=str))
"""


def ask(project: Path) -> dict[str, object]:
    """What MLflow says of a project's store: runs, aliases, and what its two models predict."""
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=project, capture_output=True, text=True, check=False, env=environment()
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.split("ANSWER")[1])


def test_a_moved_checkout_lists_loads_and_predicts(run_copy: Path, tmp_path: Path, run_project: Path) -> None:
    moved = shutil.move(run_copy, tmp_path / "moved")
    hidden = run_project.rename(run_project.with_name("hidden"))  # nothing may be read from where it was made
    try:
        said = ask(Path(moved))
    finally:
        hidden.rename(run_project)
    stages = [run["name"] for run in said["runs"]]
    assert sorted(name.split(" · ")[0] for name in stages) == sorted([*NOTEBOOKS, "plan"])
    plan = next(run for run in said["runs"] if run["name"].startswith("plan"))
    for run in said["runs"]:
        assert run["uri"].startswith(("./mlruns", "mlruns"))
        if run is not plan:
            assert run["tags"]["mlflow.parentRunId"] == plan["id"]
            assert "notebook.ipynb" in run["artifacts"]
            assert len(run["tags"]["mlflow.source.git.commit"]) == 40
    assert "returns.npv" in plan["metrics"]
    assert said["fan"] == [3 * len(ALL), 6]  # three months of each series, six columns
    assert len(said["npv"]) == 2


def test_publish_brings_all_runs_back_and_a_second_time_none(run_copy: Path) -> None:
    before = ask(run_copy)
    shutil.rmtree(run_copy / "mlruns")
    first = ecomplan(run_copy, "publish")
    assert first.returncode == 0, first.stderr
    assert f"{len(NOTEBOOKS) + 1} runs added" in first.stdout
    assert "0 runs added" in ecomplan(run_copy, "publish").stdout
    after = ask(run_copy)
    assert {run["tags"]["ecomplan.result"] for run in after["runs"] if "ecomplan.result" in run["tags"]} == {
        run["tags"]["ecomplan.result"] for run in before["runs"] if "ecomplan.result" in run["tags"]
    }


def test_an_experiment_is_seen_by_its_name_and_models_get_aliases(run_copy: Path) -> None:
    done = dvc(run_copy, "exp", "run", "--name", "dear-money", "-S", "capital.discount_rate_per_year=0.12",
               "-S", "returns.draws=1000")
    assert done.returncode == 0, done.stdout + done.stderr
    shown = dvc(run_copy, "exp", "show", "--csv").stdout
    assert "dear-money" in shown and "0.12" in shown
    said = ask(run_copy)
    named = {run["name"]: run for run in said["runs"] if run["tags"].get("dvc.exp_name") == "dear-money"}
    # those that count money over time, and market, which takes a newcomer's value from lifetime
    reached = ("lifetime", "demand", "market", "budget", "returns", "allocation", "scenarios", "cases",
               "report", "plan")
    assert set(named) == {f"{name} · dear-money" for name in reached}
    # fewer draws, larger standard error: the newer version does not beat the champion on the same data
    assert said["aliases"]["ecomplan-returns"] == {"champion": "1", "challenger": "2"}
    assert said["aliases"]["ecomplan-forecaster"] == {"champion": "1"}


def test_a_server_that_is_down_costs_no_run(run_copy: Path) -> None:
    change(run_copy, "losses", seed=5)
    done = subprocess.run(
        [sys.executable, "-m", "ecomplan.pipeline.cli", "stage", "losses"], cwd=run_copy, capture_output=True,
        text=True, check=False, env=environment() | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"},
    )
    assert done.returncode == 0, done.stderr
    assert "not recorded in MLflow" in done.stdout and "ecomplan publish" in done.stdout
    assert "2 runs added" in ecomplan(run_copy, "publish").stdout  # the stage and the plan that it changed
