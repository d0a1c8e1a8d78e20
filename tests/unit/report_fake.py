"""A small made-up project for tests of the report: every stage with findings, tables and one figure."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from ecomplan.charts import style
from ecomplan.findings import Stage
from ecomplan.report.build import STAGES
from ecomplan.report.text import Chapter, Column, FigureBlock, Front, Head, Heading, Para, Signal, TableBlock, n

ROOT = Path(__file__).parents[2]
HEADS = ("prepare", "segments", "forecast", "returns", "losses")


def project(root: Path) -> Path:
    """Parameters, claims and lock of the repository, with made-up results under out/."""
    shutil.copytree(ROOT / "claims", root / "claims")
    (root / "docs").mkdir()
    for name in ("params.yaml", "dvc.yaml", "requirements.lock", "docs/coverage.yaml"):
        shutil.copy(ROOT / name, root / name)
    (root / "data.dvc").write_text("outs:\n- md5: 0123456789abcdef.dir\n  path: data\n")
    for at, name in enumerate(STAGES):
        made_up(root, name, at + 1)
    return root


def opened(root: Path, name: str) -> Stage:
    out = root / "out" / name
    for folder in ("tables", "figures"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    return Stage(name=name, root=root, out=out)


def line(frame: pd.DataFrame, *, size: style.Size) -> Any:
    fig, ax = style.canvas(size, height=2.2, unit="£ m a month")
    ax.fill_between(range(len(frame)), frame["low"], frame["high"], color=style.C["forecast"], alpha=0.2, lw=0)
    ax.plot(range(len(frame)), frame["value"], color=style.C["forecast"])
    return fig


def made_up(root: Path, name: str, at: int) -> None:
    stage = opened(root, name)
    stage.section("Only section")
    frame = pd.DataFrame({
        "month": pd.date_range("2025-01-01", periods=4, freq="MS"), "value": [1e6 * at, 1.2e6 * at, 0.8e6, 1.5e6],
        "low": [0.8e6, 1e6, 0.5e6, 1e6], "high": [2e6, 2.4e6, 1e6, 2e6], "share": [0.1, 0.2, 0.3, 0.4],
        "gate": ["PASS", "REVIEW", "FAIL", "PASS"], "evidence": ["measured", "assumed", "simulated", "companion"],
        "word": ["one", "two & three", "<four>", "five"],
    })
    stage.table("months", frame, "Months")
    stage.figure(
        "months", line, frame, title="Sales by month.", text="Line: median. Band: 80 %.", alt="Line with a band",
        table="months", evidence="simulated",
    )
    stage.finding("sales", f"Sales of {name}", 1.23e6 * at, low=1.0e6 * at, high=1.5e6 * at, unit="money",
                  evidence="measured", tables=["months"], claims=["s3_total_budget"])
    stage.finding("chance", f"Chance of {name}", 0.42, unit="probability", evidence="simulated")
    stage.finding("gate", f"Gate of {name}", "REVIEW", unit="gate", evidence="measured")
    stage.finding("irr", f"Rate of {name}", None, unit="percent", evidence="simulated",
                  unknown="no real root, so no rate is told")
    if name == "losses":
        stage.claim("s3_total_budget", "target", "Read as the budget asked for.")
        stage.claim("s1_conversion_target", "tested", "Held against orders.", verdict="fails", observed=0.1,
                    evidence="measured")
    stage.save()


def chapter(name: str) -> Chapter:
    return Chapter(
        stage=name, title=f"Chapter of {name}", answer=f"Sales are {n(f'{name}.sales')}, gate {n(f'{name}.gate')}.",
        blocks=(
            Heading("A heading"),
            Para(f"Sales were {n(f'{name}.sales', 'both')}, chance {n(f'{name}.chance')}; rate {n(f'{name}.irr')}."),
            FigureBlock("months", (Column("month", "Month", "month"), Column("value", "Sales", "money"))),
            TableBlock(
                "months", "Months", "Larger is better.",
                (Column("word", "Word"), Column("month", "Month", "month"), Column("value", "Sales", "money"),
                 Column("share", "Share", "share"), Column("gate", "Gate", "status"),
                 Column("evidence", "Evidence", "evidence")), best="max",
            ),
        ),
        limits=("Nothing is real here.",),
    )


def chapters() -> list[Chapter]:
    return [chapter(name) for name in STAGES]


def front() -> Front:
    return Front(
        title="The 2026 plan", subtitle="Forecast, investment, risk",
        data_note=f"Dates were moved by {n('report.shift_years')}.", sources=("Orders of 2009 to 2011.",),
        answer=f"Sales will most likely reach {n('forecast.sales')} in 2026.",
        asks=(("Approve", f"{n('returns.sales')} in three stages."),),
        heads=(
            *(Head(f"Sales of {name}", f"{name}.sales") for name in HEADS),
            Head("Chance", "returns.chance", "of simulated plans"), Head("Rate", "returns.irr"),
            Head("Chance", "losses.chance", "of simulated years"),
        ),
        figure=("forecast", "months"),
        signals=(Signal("Sales", n("forecast.sales"), f"below {n('forecast.sales', 'low')}", "March 2026", "stop"),),
    )
