"""The lock, environment.yml, pyproject.toml and the line say the same of packages and Python."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def plain(requirement: str) -> str:
    return re.split(r"[\[=<> ;]", requirement)[0].lower().replace("_", "-")


def pins() -> dict[str, list[str]]:
    """package -> lines of its block, from the lock."""
    blocks = re.split(r"\n(?=\S)", LOCK.strip())
    found: dict[str, list[str]] = {}
    for block in blocks:
        found.setdefault(plain(block), []).append(block)
    return found


def test_the_lock_pins_and_hashes_every_file_and_names_no_host() -> None:
    for name, blocks in pins().items():
        for block in blocks:
            assert re.match(r"[\w.-]+==[\w.+!]+", block), name
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), name
    assert "://" not in LOCK and "index-url" not in LOCK and " @ " not in LOCK


def test_what_is_asked_for_is_locked() -> None:
    asked = {plain(line) for line in (ROOT / "requirements.in").read_text().split()}
    assert asked <= set(pins())
    assert {plain(line) for line in PROJECT["dependencies"]} <= asked


def test_environment_yml_is_the_same_lock_and_the_same_python() -> None:
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(item["pip"] for item in conda["dependencies"] if isinstance(item, dict))
    assert pip == ["-r requirements.lock"]
    assert f"python{PROJECT['requires-python']}" in conda["dependencies"]
    low, high = re.findall(r"3\.\d+", PROJECT["requires-python"])
    script = (ROOT / "scripts" / "setup.sh").read_text()
    assert f"({low.replace('.', ', ')}) <= sys.version_info[:2] <= (3, {int(high.split('.')[1]) - 1})" in script


def test_this_environment_is_the_lock() -> None:
    for name in ("pandas", "numpy", "mlflow", "dvc", "papermill", "statsmodels", "keras", "jax", "seaborn"):
        assert f"{name}=={version(name)}" in LOCK


def test_make_alone_lists_the_commands() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in ("report", "test", "lab", "review", "bench", "clean"):
        assert f"make {name}" in shown
