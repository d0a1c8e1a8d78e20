"""From what the stages left to `plan-<year>.html` and `plan-<year>.pdf`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from ecomplan.claims import Claims, load_claims
from ecomplan.errors import DataError
from ecomplan.findings import Findings, Stage, StageResult, read_stage
from ecomplan.params import Params, ReportStage, load_params
from ecomplan.plan import coverage as plan_coverage
from ecomplan.plan import ledger as plan_ledger
from ecomplan.report.compose import compose, plain
from ecomplan.report.document import Document
from ecomplan.report.html import write_html
from ecomplan.report.pdf import write_pdf
from ecomplan.report.text import Chapter, Front

STAGES = (
    "prepare", "segments", "lifetime", "baskets", "journey", "attribution", "experiments", "campaigns", "intention",
    "panels", "forecast", "drivers", "demand", "market", "dynamics", "responses", "budget", "returns",
    "allocation", "scenarios", "cases", "breach", "supply", "risks", "losses", "bias", "conduct", "monitoring", "watch",
    "response",
)
#: findings of this stage by standing of the claims
STANDING_NAMES = {
    "holds": "holds", "holds in part": "holds_in_part", "fails": "fails", "not testable": "not_testable",
    "target": "targets", "prior": "priors", "limit": "limits", "set aside": "set_aside",
    "not used yet": "not_used",
}
STANDING_LABELS = {
    "holds": "Claims that hold", "holds in part": "Claims that hold in part", "fails": "Claims that fail",
    "not testable": "Claims that cannot be tested on these data", "target": "Claims followed as targets",
    "prior": "Claims used as shrunken priors", "limit": "Claims used as limits", "set aside": "Claims set aside",
    "not used yet": "Claims that no analysis uses yet",
}
#: the same for the systems of the documents by status
COVERED_LABELS = {
    "works": "Systems of the documents that work", "stand-in": "Systems of the documents with a stand-in",
    "not yet": "Systems of the documents that are not there yet",
}
#: how a reader calls the classes of systems
CLASS_NAMES = {
    "FORECAST": "Forecast", "BEHAVIOUR": "User behaviour", "INVESTMENT": "Investment", "RISK": "Risk",
    "KPI/MONITORING": "Targets and monitoring", "EXPERIMENT": "Tests", "PLAN": "Plan and organisation",
    "OUT-OF-SCOPE-HERE": "Live systems", "all": "All",
}


@dataclass(frozen=True)
class Inputs:
    """All that the report is made from."""

    stages: dict[str, StageResult]
    claims: Claims
    params: Params

    @property
    def findings(self) -> Findings:
        return Findings(item for result in self.stages.values() for item in result.findings.values())


def read_inputs(root: Path, p: ReportStage) -> Inputs:
    """What every stage left, the claims, and all parameters (those of this stage as the notebook has them)."""
    params = load_params(root / "params.yaml")
    sections = {
        name: type(section).model_validate({key: getattr(p, key) for key in type(section).model_fields})
        for name in Params.stages["report"][1] if (section := getattr(params, name))
    }
    return Inputs(
        stages={name: read_stage(root, name) for name in STAGES}, claims=load_claims(root / "claims"),
        params=params.model_copy(update=sections),
    )


def ledger(inputs: Inputs) -> pd.DataFrame:
    """The claims ledger: one row a claim with its present standing."""
    return plan_ledger.ledger(inputs.claims, [use for result in inputs.stages.values() for use in result.claims])


def record_counts(stage: Stage, table: pd.DataFrame) -> None:
    """Findings on the claims, after table `ledger` was recorded: how many there are of each standing."""
    counts = plan_ledger.counts(table)
    tested = sum(counts[verdict] for verdict in plan_ledger.VERDICTS)
    for name, label, value in [
        ("claims", "Figures in the planning documents", len(table)), ("tested", "Claims tested", tested),
        *((STANDING_NAMES[standing], STANDING_LABELS[standing], count) for standing, count in counts.items()),
    ]:
        stage.finding(name, label, value, unit="claims", evidence="measured", tables=["ledger"])


def record_notes(stage: Stage, notes: pd.DataFrame) -> None:
    """How many notes on claims there are, after table `notes` was recorded."""
    stage.finding(
        "notes", "Conflicts and oddities among the claims", len(notes), unit="count", evidence="measured",
        tables=["notes"],
    )


def record_coverage(stage: Stage, table: pd.DataFrame) -> pd.DataFrame:
    """Tables by class as a reader sees them and findings by status, after table `coverage` was recorded.

    Returns the table of counts by class and status.
    """
    counted = plan_coverage.counts(table)
    counted["class"] = counted["class"].map(CLASS_NAMES)
    stage.table("coverage_counts", counted, "Systems of the documents by class and status")
    for group, (prefix, _) in plan_coverage.CLASSES.items():
        stage.table(
            f"coverage_{prefix.lower()}", told_coverage(table[table["class"] == group]),
            f"Systems of the documents: {CLASS_NAMES[group]}",
        )
    found = table["status"].value_counts()
    stage.finding(
        "systems", "Systems that the planning documents ask for", len(table), unit="count", evidence="measured",
        tables=["coverage"],
    )
    for status, label in COVERED_LABELS.items():
        stage.finding(
            f"systems_{status.replace('-', '_').replace(' ', '_')}", label, int(found.get(status, 0)), unit="count",
            evidence="measured", tables=["coverage"],
        )
    return counted


def told_coverage(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the coverage as a reader sees them: columns system, status, where, evidence, note."""
    code = table["code"].str.rpartition(":")
    function = code[0].str.rpartition(".")[2] + "." + code[2]
    where = table["notebook"] + ", " + table["section"] + " (" + function + ")"
    return pd.DataFrame({
        "system": table["id"] + " " + table["name"], "status": table["status"],
        "where": where.where(table["notebook"] != "", ""), "evidence": table["evidence"], "note": table["note"],
    }).reset_index(drop=True)


def record_edition(stage: Stage, p: ReportStage, files: pd.DataFrame) -> None:
    """Findings on the edition itself, after table `files` was recorded: shift of the dates, rate, files behind it."""
    stage.finding("shift_years", "Whole years added to every date", p.shift_years, unit="years", evidence="assumed")
    stage.finding("plan_year", "Calendar year planned", str(p.plan_year), unit="text", evidence="assumed")
    stage.finding(
        "cny_per_currency_unit", f"CNY for one {p.currency}", p.cny_per_currency_unit, unit="ratio", evidence="assumed",
    )
    stage.finding("files", "Files behind this report", len(files), unit="count", evidence="measured", tables=["files"])


def chapters(inputs: Inputs, own: Findings) -> list[Chapter]:
    """All chapters in reading order, as their wording modules tell them."""
    from ecomplan.report.wording import (
        allocation,
        attribution,
        baskets,
        bias,
        breach,
        budget,
        campaigns,
        cases,
        conduct,
        data,
        demand,
        drivers,
        dynamics,
        experiments,
        intention,
        journey,
        lifetime,
        losses,
        market,
        monitoring,
        panels,
        prepare,
        reproducibility,
        response,
        responses,
        returns,
        risks,
        scenarios,
        segments,
        supply,
        watch,
    )
    from ecomplan.report.wording import coverage as coverage_wording
    from ecomplan.report.wording import forecast as forecast_wording
    from ecomplan.report.wording import ledger as ledger_wording

    tell: Sequence[Callable[[Findings], Chapter]] = (
        segments.chapter, lifetime.chapter, baskets.chapter, journey.chapter, attribution.chapter,
        experiments.chapter, campaigns.chapter, intention.chapter, forecast_wording.chapter, drivers.chapter,
        demand.chapter, market.chapter, panels.chapter,
        # the decision first, then the grounds for it
        allocation.chapter, returns.chapter, scenarios.chapter, budget.chapter, responses.chapter, dynamics.chapter,
        cases.chapter,
        # what can be lost first, then where it comes from and what is seen and done
        losses.chapter, risks.chapter, breach.chapter, supply.chapter, bias.chapter, conduct.chapter,
        monitoring.chapter, watch.chapter, response.chapter,
    )
    findings = inputs.findings
    return [
        *(one(findings) for one in tell),
        data.with_sources(prepare.chapter(findings), inputs.params.data.source != "files"),
        ledger_wording.chapter(own), coverage_wording.chapter(own), reproducibility.register_chapter(own),
        reproducibility.chapter(own),
    ]


def first_page(inputs: Inputs, own: Findings) -> Front:
    """The first page, as its wording module tells it."""
    from ecomplan.data.sources import SOURCES
    from ecomplan.report.wording import front

    findings = Findings([*inputs.findings.values(), *own.values()])
    source = SOURCES.get(inputs.params.data.source)
    return front.front(findings, inputs.params.report, inputs.params.data, source.label if source else "")


def compose_report(
    stage: Stage, inputs: Inputs, table: pd.DataFrame, front: Front | None = None,
    told: Sequence[Chapter] | None = None,
) -> Document:
    """Compose the document. `front` and `told` are taken from the wording modules unless given.

    Raises EcomplanError for a number typed by hand, DataError for anything named but not recorded.
    """
    own = stage.recorded()
    front = front or first_page(inputs, own.findings)
    told = chapters(inputs, own.findings) if told is None else told
    return compose(
        front, told, {**inputs.stages, "report": own}, inputs.claims, table, plan_ledger.notes(inputs.claims),
        inputs.params.money.currency,
    )


def write(document: Document, folder: Path, year: int) -> tuple[Path, Path]:
    """Write `plan-<year>.html` and `.pdf` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    page, print_ = folder / f"plan-{year}.html", folder / f"plan-{year}.pdf"
    with ThreadPoolExecutor(1) as pool:  # typst leaves Python to the page while it sets
        printed = pool.submit(write_pdf, document)
        page.write_text(write_html(document), encoding="utf-8")
        print_.write_bytes(printed.result())
    return page, print_


def register_frame(document: Document) -> pd.DataFrame:
    """The number register as a table: one row a number, all text."""
    rows = [{**asdict(row), "claims": ", ".join(key for key, _ in row.claims)} for row in document.register]
    return pd.DataFrame(rows, dtype="str")


def headline(document: Document) -> pd.DataFrame:
    """The first page's eight figures as a frame to look at."""
    heads = document.front.heads
    if not heads:
        raise DataError("the first page has no headline figures")
    return pd.DataFrame(
        [{"figure": head.label, "value": head.value.text, "range": plain(head.range), "evidence": head.evidence}
         for head in heads]
    )
