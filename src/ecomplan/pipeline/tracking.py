"""Records stages in MLflow: one run a stage result, one parent run a plan.

DVC owns what is current, MLflow owns history. A run is found again by the hash of what the stage left
(tag `ecomplan.result`), so that recording is idempotent: `publish` after `dvc pull` brings back what a
fresh clone lacks and adds nothing that is there. Artifact locations in the local store are relative: a
checkout that was moved or copied still opens its runs and models.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sqlite3
import subprocess
import threading
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from ecomplan.errors import DataError, EcomplanError
from ecomplan.params import Params, load_params

EXPERIMENT = "ecomplan"
#: set by `ecomplan report`, which loads MLflow once for all stages and records them when they have run
LATER_ENV = "ECOMPLAN_RECORD_LATER"
LOCAL_STORE = "sqlite:///mlruns/mlflow.db"
SMALL_TABLE_BYTES = 1_000_000
_STEPS = {
    "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
#: (table, column) of the local store that hold artifact locations
_LOCATIONS = (
    ("experiments", "artifact_location"), ("runs", "artifact_uri"), ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"), ("model_versions", "source"),
)


def tracking_uri() -> str:
    """The team's server if MLFLOW_TRACKING_URI names one, else the store under mlruns/."""
    return os.environ.get("MLFLOW_TRACKING_URI", LOCAL_STORE)


def warm_up(root: Path) -> threading.Thread:
    """Import MLflow and open its store in the background: seconds that a running kernel leaves free."""

    def load() -> None:
        with contextlib.suppress(Exception):  # whatever is wrong is said by `record`
            _client(root)

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    return thread


def note_seconds(root: Path, stage: str, seconds: float) -> None:
    """Keep how long the stage took: a result must not depend on it, so it stands beside the result."""
    path = root / ".ecomplan" / "seconds" / stage
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{seconds:.1f}")


def record(root: Path, stages: Iterable[str], *, say: Callable[[str], None]) -> None:
    """Record the stages' results; with the last stage also the plan. A server that is down costs no run."""
    params = load_params(root / "params.yaml")
    for stage in stages:
        try:
            run, new = record_stage(root, stage, params)
            say(f"{stage}: MLflow run {run} {'recorded' if new else 'holds this result already'}")
            if stage == list(Params.stages)[-1]:
                record_plan(root)
        except EcomplanError:
            raise
        except Exception as error:
            say(
                f"{stage}: not recorded in MLflow ({type(error).__name__}: {str(error).splitlines()[0][:200]}); "
                f"the result stands in out/{stage}/, `ecomplan publish` records it later"
            )


def publish(root: Path, say: Callable[[str], None]) -> int:
    """Record every stage result under `out/` that MLflow lacks, and the plan. Returns the runs added."""
    params = load_params(root / "params.yaml")
    missing = [stage for stage in Params.stages if not (root / "out" / stage / "findings.json").exists()]
    if missing:
        raise DataError(
            f"out/ lacks {', '.join(missing)}; `dvc checkout` or `dvc pull` brings results, `make report` makes them"
        )
    added = 0
    for stage in Params.stages:
        run, new = record_stage(root, stage, params)
        added += new
        say(f"  {stage:10s} {run}  {'recorded' if new else 'was there'}")
    run, new = record_plan(root)
    say(f"  {'plan':10s} {run}  {'recorded' if new else 'was there'}")
    return added + new


def record_stage(root: Path, stage: str, params: Params) -> tuple[str, bool]:
    """(run id, whether it is new) of the stage's present result."""
    client, experiment = _client(root)
    result = result_hash(root, stage)
    found = client.search_runs([experiment], f"tags.`ecomplan.result` = '{result}'", max_results=1)
    if found:
        return found[0].info.run_id, False

    from mlflow.entities import Metric, Param, RunTag

    from ecomplan.charts.style import plain

    folder = root / "out" / stage
    exp_name = os.environ.get("DVC_EXP_NAME", "")
    run = client.create_run(experiment, run_name=f"{stage} · {exp_name}" if exp_name else stage)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    took = root / ".ecomplan" / "seconds" / stage
    timed = metrics | ({"wall_seconds": float(took.read_text())} if took.exists() else {})
    now = run.info.start_time
    client.log_batch(
        run.info.run_id,
        metrics=[Metric(key, value, now, 0) for key, value in timed.items()],
        params=[Param(key, str(value)) for key, value in params.of_stage(stage).items()],
        tags=[RunTag(key, value) for key, value in (_provenance(root) | {
            "ecomplan.stage": stage, "ecomplan.result": result, "dvc.exp_name": exp_name,
        }).items()],
    )
    for path, where in _artifacts(root, stage):
        client.log_artifact(run.info.run_id, str(path), where)
    for path in sorted((folder / "figures").glob("*.page.svg")):
        svg = plain(path.read_text(encoding="utf-8"))
        client.log_text(run.info.run_id, svg, f"figures/{path.name.split('.')[0]}.svg")
    _register(client, root, stage, run.info.run_id, metrics, result)
    client.set_terminated(run.info.run_id)
    _make_relative(root)
    return run.info.run_id, True


def record_plan(root: Path) -> tuple[str, bool]:
    """(run id, whether it is new) of the parent run of the plan under `out/`: all stages' results together."""
    client, experiment = _client(root)
    results = {stage: result_hash(root, stage) for stage in Params.stages}
    plan = hashlib.sha256(json.dumps(results).encode()).hexdigest()
    found = client.search_runs([experiment], f"tags.`ecomplan.plan` = '{plan}'", max_results=1)
    if found:
        return found[0].info.run_id, False

    from mlflow.entities import Metric, RunTag

    runs = {}
    for stage, result in results.items():
        recorded = client.search_runs([experiment], f"tags.`ecomplan.result` = '{result}'", max_results=1)
        if not recorded:
            raise LookupError(f"the result of stage {stage} has no run yet")
        runs[stage] = recorded[0]
    exp_name = os.environ.get("DVC_EXP_NAME", "")
    parent = client.create_run(experiment, run_name=f"plan · {exp_name or plan[:8]}")
    now = parent.info.start_time
    tags = _provenance(root) | {"ecomplan.plan": plan, "ecomplan.stage": "plan", "dvc.exp_name": exp_name}
    metrics: list[Any] = []
    for stage, run in runs.items():
        tags[f"ecomplan.run.{stage}"] = run.info.run_id
        if "mlflow.parentRunId" not in run.data.tags:  # a stage that did not change stays with its first plan
            client.set_tag(run.info.run_id, "mlflow.parentRunId", parent.info.run_id)
        metrics += [
            Metric(f"{stage}.{key}", value, now, 0) for key, value in run.data.metrics.items() if key != "wall_seconds"
        ]
    client.log_batch(parent.info.run_id, metrics=metrics, tags=[RunTag(key, value) for key, value in tags.items()])
    client.set_terminated(parent.info.run_id)
    _make_relative(root)
    return parent.info.run_id, True


def result_hash(root: Path, stage: str) -> str:
    """sha256 over names and contents of all that the stage left."""
    files = [path for path in sorted((root / "out" / stage).rglob("*")) if path.is_file()]
    if stage == "report":
        files += sorted((root / "report").glob("plan-*"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path.relative_to(root)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _artifacts(root: Path, stage: str) -> list[tuple[Path, str | None]]:
    folder = root / "out" / stage
    found: list[tuple[Path, str | None]] = [(folder / "notebook.ipynb", None), (folder / "findings.json", None)]
    found += [(path, "tables") for path in sorted((folder / "tables").glob("*.parquet"))
              if path.stat().st_size <= SMALL_TABLE_BYTES]
    if stage == "report":
        found += [(path, None) for path in sorted((root / "report").glob("plan-*"))]
    return found


def _register(client: Any, root: Path, stage: str, run: str, metrics: dict[str, float], result: str) -> None:
    """Register the stage's model and give it its alias.

    `champion` goes to the newest version that beat the champion before it on the same data (smaller score),
    `challenger` to one that did not, or that cannot be compared because the data differ.
    """
    folder = root / "out" / stage / "model"
    if not folder.is_dir():
        return
    import mlflow

    from ecomplan.pipeline.models import REGISTERED

    entry = REGISTERED[stage]
    with warnings.catch_warnings(), _quiet_mlflow():
        warnings.simplefilter("ignore")
        with mlflow.start_run(run_id=run):
            logged = mlflow.pyfunc.log_model(
                name="model", python_model=entry.wrapper(), artifacts={"model": str(folder)},
                pip_requirements=_pinned(root, entry.packages),
            )
        with contextlib.suppress(mlflow.exceptions.MlflowException):
            client.create_registered_model(entry.name)
        data, score = _data_hash(root), metrics[entry.score_metric]
        version = client.create_model_version(
            entry.name, logged.model_uri, run_id=run,
            tags={"data": data, "score": repr(score), "score_metric": entry.score_metric, "ecomplan.result": result},
        )
    try:
        champion = client.get_model_version_by_alias(entry.name, "champion")
    except mlflow.exceptions.MlflowException:
        champion = None
    wins = champion is None or (champion.tags["data"] == data and score < float(champion.tags["score"]))
    client.set_registered_model_alias(entry.name, "champion" if wins else "challenger", version.version)


def _pinned(root: Path, packages: tuple[str, ...]) -> list[str]:
    lines = (root / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if line.split("==")[0] in packages]


@contextlib.contextmanager
def _quiet_mlflow() -> Any:
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


_OPEN: dict[str, tuple[Any, str]] = {}
_LOCK = threading.Lock()


def _client(root: Path) -> tuple[Any, str]:
    """(MlflowClient, experiment id); the local store is made on first use."""
    with _LOCK:
        if str(root) in _OPEN:
            return _OPEN[str(root)]
        os.environ.update(_STEPS)
        (root / "mlruns").mkdir(exist_ok=True)
        logging.getLogger("alembic").setLevel(logging.WARNING)
        import mlflow

        uri = tracking_uri()
        if uri == LOCAL_STORE:
            os.chdir(root)  # the store's locations are relative to the project
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(uri)
        with _quiet_mlflow():
            client = mlflow.MlflowClient()
            experiment = client.get_experiment_by_name(EXPERIMENT)
            number = experiment.experiment_id if experiment else client.create_experiment(
                EXPERIMENT, artifact_location="mlruns/artifacts" if uri == LOCAL_STORE else None
            )
        _make_relative(root)
        _OPEN[str(root)] = (client, number)
        return _OPEN[str(root)]


def _make_relative(root: Path) -> None:
    """Rewrite absolute artifact locations of the local store to `./mlruns/...`."""
    if tracking_uri() != LOCAL_STORE:
        return
    here = root.resolve().as_posix()
    with contextlib.closing(sqlite3.connect(root / "mlruns" / "mlflow.db", timeout=30)) as store, store:
        for table, column in _LOCATIONS:
            for prefix in (f"file://{here}/", f"{here}/"):
                store.execute(
                    f"UPDATE {table} SET {column} = './' || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                    (len(prefix) + 1, len(prefix), prefix),
                )


def _provenance(root: Path) -> dict[str, str]:
    """Where a result comes from: commit, data, parameters, lock, experiment."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    def digest(name: str) -> str:
        path = root / name
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""

    commit = git("rev-parse", "HEAD")
    return {
        "mlflow.source.name": "ecomplan", "mlflow.source.type": "PROJECT", "mlflow.source.git.commit": commit,
        "git.dirty": str(bool(git("status", "--porcelain", "--untracked-files=no"))) if commit else "unknown",
        "data.hash": _data_hash(root), "params.hash": digest("params.yaml"), "lock.hash": digest("requirements.lock"),
    }


def _data_hash(root: Path) -> str:
    """The hash that data.dvc pins, or of the prepared tables where own data are used."""
    params = load_params(root / "params.yaml")
    pin = root / "data.dvc"
    if params.data.source == "files" or not pin.exists():
        tables = sorted((root / "out" / "prepare" / "tables").glob("*.parquet"))
        return hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in tables)).hexdigest()[:32]
    return str(yaml.safe_load(pin.read_text(encoding="utf-8"))["outs"][0]["md5"])
