"""`make report`: parameters checked, data fetched and pinned, `dvc repro`, and the headline figures."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from ecomplan.claims import Claims, load_claims
from ecomplan.errors import DataError, EcomplanError
from ecomplan.findings import Finding, read_stage
from ecomplan.params import Params, load_params
from ecomplan.pipeline import tracking
from ecomplan.pipeline.stage import FOLLOW_ENV, check_parameters, notebook_of
from ecomplan.pipeline.warm import warm_kernels

#: what the last lines of `make report` show
HEADLINE = (
    "forecast.sales_{year}", "forecast.growth_sales_{year}", "returns.budget", "returns.npv",
    "returns.chance_payback_18", "allocation.spend", "allocation.npv",
    "losses.var_95", "losses.var_95_after",
)


def report(root: Path, force: bool = False) -> None:
    """The whole line; `force` runs every stage again. Raises EcomplanError, and then out/ and report/ are as before."""
    _step("parameters and claims", lambda: check(root))
    _step("data", lambda: fetch_and_pin(root))
    _step("pipeline (dvc repro)", lambda: repro(root, force))
    print()
    for line in headline(root):
        print(line)


def check(root: Path) -> str:
    """Check params.yaml, claims/ and that each notebook's parameters cell fits. No kernel starts."""
    params = load_params(root / "params.yaml")
    claims = load_claims(root / "claims")
    for stage in Params.stages:
        check_parameters(notebook_of(root, stage), params.of_stage(stage))
    _check_catalogues(root, params, claims)
    return f"{len(Params.stages)} stages, {len(claims)} claims"


def _check_catalogues(root: Path, params: Params, claims: Claims) -> None:
    """Check the catalogues of claims/ and the coverage. Takes some seconds, so once a state of them."""
    files = [*sorted((root / "claims").glob("*.yaml")), root / "docs" / "coverage.yaml"]
    state = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    stamp = root / ".ecomplan" / "catalogues_checked"
    if stamp.exists() and stamp.read_text() == state:
        return
    from ecomplan.investment.budget.assumptions import load_assumptions
    from ecomplan.investment.engine.budget import read_budget
    from ecomplan.investment.engine.levers import load_levers
    from ecomplan.investment.scenarios.catalogue import load_catalogue
    from ecomplan.plan.coverage import load_coverage
    from ecomplan.risk.breach.schema import load_breach
    from ecomplan.risk.conduct.rulebook import load_rulebook
    from ecomplan.risk.engine.register import load_register
    from ecomplan.risk.monitoring.rules import load_rules
    from ecomplan.risk.response.schema import load_playbook
    from ecomplan.risk.supply.figures import load_figures

    load_coverage(files[-1])
    read_budget(claims)
    load_levers(root / "claims", claims)
    load_assumptions(root / "claims", claims)
    load_catalogue(root / "claims", claims)
    register = load_register(root / "claims", claims, params.shrinkage.effect_share)
    load_breach(root / "claims", claims)
    load_figures(root / "claims")
    load_rulebook(root / "claims", claims)
    load_rules(root / "claims", claims)
    load_playbook(root / "claims", claims, {risk.id for risk in register.risks})
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(state)


def fetch_and_pin(root: Path) -> str:
    """Fetch what is missing and prove that data.dvc pins just these files."""
    from ecomplan.data.fetch import fetch

    fetched = fetch(root, say=lambda line: print(f"  {line}", flush=True))
    pin = root / "data.dvc"
    if not pin.exists():
        _dvc(root, "add", "data", "--quiet")
        return f"{len(fetched)} sources; data.dvc made"
    pinned = pin.read_bytes()
    if not _cached(root, yaml.safe_load(pinned)["outs"][0]["md5"]):
        _dvc(root, "commit", "--force", "--quiet", "data.dvc")
        _hold_pin(root, pinned)
    return f"{len(fetched)} sources as pinned by data.dvc"


def repro(root: Path, force: bool = False) -> str:
    """Run `dvc repro`. What was damaged by a killed run is set aside first."""
    lock = root / "dvc.lock"
    if lock.exists():
        try:
            yaml.safe_load(lock.read_text(encoding="utf-8"))["stages"]
        except (yaml.YAMLError, TypeError, KeyError, UnicodeDecodeError):
            aside = root / ".ecomplan" / "dvc.lock.broken"
            aside.parent.mkdir(exist_ok=True)
            shutil.move(lock, aside)
            print(f"  dvc.lock was cut short by an interrupted run; kept as {aside.relative_to(root)}", flush=True)
    failure = root / ".ecomplan" / "failed" / "exit_code"
    failure.unlink(missing_ok=True)
    pinned = (root / "data.dvc").read_bytes()
    begun = time.time()
    # the stages' command is that of this environment, activated or not
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with warm_kernels(root) as warm:
        environment = os.environ | warm | {"PATH": path, tracking.LATER_ENV: "1", FOLLOW_ENV: str(os.getpid())}
        command = [sys.executable, "-m", "dvc", "repro", *(["--force"] if force else [])]
        process = subprocess.Popen(command, cwd=root, env=environment)
        loading = None
        recorded: list[str] = []
        while process.poll() is None:
            time.sleep(0.1)
            waiting = [stage for stage in _ran_since(root, begun) if stage not in recorded]
            if loading is None and waiting:
                loading = tracking.warm_up(root)
            elif loading is not None and waiting and not loading.is_alive():  # recorded while the next one runs
                tracking.record(root, waiting[:1], say=_told)
                recorded += waiting[:1]
    if loading is not None:
        loading.join()
        tracking.record(root, [stage for stage in _ran_since(root, begun) if stage not in recorded], say=_told)
    if process.returncode != 0:
        code = int(failure.read_text()) if failure.exists() else 1
        error = EcomplanError("dvc repro stopped, for the reason above. out/ and report/ hold the last good results.")
        error.exit_code = code
        raise error
    _hold_pin(root, pinned)
    return "out/ and report/ are up to date"


def headline(root: Path) -> list[str]:
    """The report's path and its headline figures."""
    from ecomplan.report import format

    params = load_params(root / "params.yaml")
    currency, year = params.money.currency, params.report.plan_year
    found: dict[str, Finding] = {}
    names = [name.format(year=year) for name in HEADLINE]
    for stage in {name.split(".")[0] for name in names}:
        found |= dict(read_stage(root, stage).findings)
    lines = [f"report/plan-{year}.html · report/plan-{year}.pdf", ""]
    for name in names:
        item = found[name]
        lines.append(f"  {item.label:56s} {format.finding(item, 'both', currency)}")
    return lines


def compare_metrics(root: Path) -> list[str]:
    """Where metrics under out/ differ from those committed to git by more than their tolerance.

    The tolerance is relative to the largest of a finding's value and limits: a limit near zero may move as far
    as the value beside it.
    """
    faults: list[str] = []
    for stage in Params.stages:
        path = f"out/{stage}/metrics.json"
        shown = subprocess.run(["git", "show", f"HEAD:{path}"], cwd=root, capture_output=True, text=True, check=False)
        if shown.returncode != 0:
            faults.append(f"{path} is not committed")
            continue
        committed: dict[str, float] = json.loads(shown.stdout)
        present: dict[str, float] = json.loads((root / path).read_text(encoding="utf-8"))
        findings = read_stage(root, stage).findings.values()
        tolerance = {item.id.split(".", 1)[1]: item.tolerance for item in findings}
        for key in sorted(committed.keys() | present.keys()):
            if key not in committed or key not in present:
                faults.append(f"{path}: {key} stands only in {'the new result' if key in present else 'git'}")
                continue
            base = key if key in tolerance else key.rpartition("_")[0]  # less "_low" or "_high"
            scale = max(abs(committed.get(name, 0.0)) for name in (base, f"{base}_low", f"{base}_high"))
            if abs(present[key] - committed[key]) > tolerance[base] * scale:
                faults.append(
                    f"{path}: {key} is {present[key]:.10g}, committed {committed[key]:.10g}, "
                    f"relative tolerance {tolerance[base]:g}"
                )
    return faults


def _told(line: str) -> None:
    print(f"  {line}", flush=True)


def _ran_since(root: Path, begun: float) -> list[str]:
    """Stages that have finished since `begun`, in order."""
    took = {stage: root / ".ecomplan" / "seconds" / stage for stage in Params.stages}
    return [stage for stage, path in took.items() if path.exists() and path.stat().st_mtime >= begun]


def _cached(root: Path, md5: str) -> bool:
    return (root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]).exists()


def _hold_pin(root: Path, pinned: bytes) -> None:
    """Raise DataError, and restore data.dvc, if the files under data/ are not those that it pins."""
    pin = root / "data.dvc"
    if pin.read_bytes() == pinned:
        return
    found = yaml.safe_load(pin.read_bytes())["outs"][0]["md5"]
    pin.write_bytes(pinned)
    raise DataError(
        f"data/ is not what data.dvc pins: expected {yaml.safe_load(pinned)['outs'][0]['md5']}, found {found}. "
        f"Files were added, changed or removed there; `git clean -dxf data && make report` fetches them again. "
        f"Own data belong into a folder outside data/."
    )


def _dvc(root: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EcomplanError(f"dvc {' '.join(arguments)} failed: {(done.stderr or done.stdout).strip()}")


def _step(name: str, work: Callable[[], Any]) -> None:
    begun = time.perf_counter()
    print(f"▸ {name}", flush=True)
    try:
        told = work()
    except EcomplanError as error:
        wrapped = type(error)(f"step {name!r}: {error}")
        wrapped.exit_code = error.exit_code
        raise wrapped from None
    print(f"  {told} · {time.perf_counter() - begun:.1f} s", flush=True)
