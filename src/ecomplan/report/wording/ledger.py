"""The claims ledger, told: where the figures of the planning documents stand."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Chapter, Heading, Para, PartBlock, n


def chapter(findings: Findings) -> Chapter:
    """The chapter on the claims of the documents."""
    tested = findings.value("report.tested")
    if tested:
        told = (
            f"Of {n('report.claims')} figures in the planning documents, {n('report.tested')} were tested: "
            f"{n('report.holds')} hold, {n('report.holds_in_part')} hold in part, {n('report.fails')} fail, and "
            f"{n('report.not_testable')} cannot be tested on these data."
        )
    else:
        told = f"None of the {n('report.claims')} figures in the planning documents has been tested yet."
    return Chapter(
        stage="report", id="claims-ledger", title="Claims ledger", answer=told,
        blocks=(
            Para(
                "The plan starts from four planning documents, S0 to S3. Their figures are claims: none was checked "
                "against the origin that its document names, and most come from a case without a name. So no claim "
                "is taken as true. Each has one standing."
            ),
            Para(
                f"Tested: held against data, or against another figure of the documents, with its verdict. "
                f"Target: followed, with the chance of reaching it "
                f"({n('report.targets')} claims). Prior: an input that is shrunken first ({n('report.priors')}). "
                f"Limit: a threshold that the plan uses ({n('report.limits')}). Set aside: may not be used, and the "
                f"row says why ({n('report.set_aside')}). Not used yet: no analysis of this edition reads it "
                f"({n('report.not_used')})."
            ),
            Heading("Where the documents disagree"),
            Para(
                f"The documents contradict each other or themselves in {n('report.notes')} places. Each was given a "
                f"treatment before any analysis used the figures."
            ),
            PartBlock("notes"),
            Heading("All claims"),
            PartBlock("ledger"),
        ),
        limits=(
            "A verdict speaks of this platform's orders, of a companion's data where its reading says so, or of the "
            "documents held against each other. A claim on other shops may fail here and hold there.",
            "The grade of a claim says how its document names an origin, not whether that origin exists.",
            "A claim that is not used yet is neither confirmed nor refused.",
        ),
    )
