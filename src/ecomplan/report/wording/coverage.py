"""What is covered, told: every system that the planning documents ask for, and what became of it."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Chapter, Column, Heading, Para, TableBlock, n

_COLUMNS = (
    Column("system", "System"), Column("status", "Status", "status"), Column("where", "Where"),
    Column("evidence", "Evidence", "evidence"), Column("note", "Note"),
)
#: recorded table -> (heading, what the caption adds)
_CLASSES = {
    "coverage_fc": ("Forecast", ""),
    "coverage_bh": ("User behaviour", ""),
    "coverage_in": ("Investment", ""),
    "coverage_rk": ("Risk", ""),
    "coverage_km": ("Targets and monitoring", ""),
    "coverage_ex": ("Tests", ""),
    "coverage_pl": ("Plan and organisation", ""),
    "coverage_os": (
        "Live systems", "Only a running platform or a real organisation could do these; a plan can have a stand-in at "
        "most.",
    ),
}


def chapter(findings: Findings) -> Chapter:
    """The chapter on the systems of the documents."""
    return Chapter(
        stage="report", id="coverage", title="What is covered",
        answer=(
            f"Of {n('report.systems')} systems that the planning documents ask for, {n('report.systems_works')} work, "
            f"{n('report.systems_stand_in')} have a stand-in, and {n('report.systems_not_yet')} are not there yet."
        ),
        blocks=(
            Para(
                "The documents describe models, analyses and systems; each has a row below. Works: what the row asks "
                "for runs on data. Stand-in: it runs on another data set, on a simulation, or covers only a part, and "
                "the note says which. Not yet: nothing of it runs, and the note says what is missing. Where names "
                "the notebook, its section and, in brackets, the function."
            ),
            TableBlock(
                "coverage_counts", "Systems by class and status", "Each system stands in one class.",
                (Column("class", "Class"), Column("works", "Works", "count"), Column("stand-in", "Stand-in", "count"),
                 Column("not yet", "Not yet", "count"), Column("all", "All", "count")),
            ),
            *(block for name, (title, more) in _CLASSES.items() for block in (
                Heading(title),
                TableBlock(name, f"Systems: {title[0].lower()}{title[1:]}", more, _COLUMNS),
            )),
        ),
        limits=(
            "Works says that the method runs and is tested, not that its result is favourable or its claim true.",
            "The status is set by hand. A test checks that notebook, section, function and finding of each row exist, "
            "not that they are enough.",
            "A system that the documents hint at without describing it has no row.",
        ),
    )
