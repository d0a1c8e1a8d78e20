"""How to make the report again, told; and the chapter in front of the number register."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Chapter, CodeBlock, Column, Heading, Para, PartBlock, TableBlock, n


def register_chapter(findings: Findings) -> Chapter:
    """The chapter in front of the number register."""
    return Chapter(
        stage="report", id="register-of-numbers", title="Number register",
        answer="Every number of this report opens its row of this table.",
        blocks=(
            Para(
                "On the page a dotted line marks a number. Point at it, tab to it or tap it: a card shows its row. "
                "Enter keeps the card open, Escape closes it, and in a table the arrow keys move from number to "
                "number. The numbers of a table share one row, which names the file that holds them. In print, and "
                "in the PDF, look the number up here."
            ),
            PartBlock("register"),
        ),
    )


def chapter(findings: Findings) -> Chapter:
    """The chapter on reproducibility."""
    return Chapter(
        stage="report", id="reproducibility", title="Reproducibility",
        answer=(
            "One command makes this report again from the raw files, and the hashes below say whether it is the "
            "same report."
        ),
        blocks=(
            Heading("How to make it again"),
            CodeBlock("git clone <repository> ecomplan\ncd ecomplan\nmake report"),
            Para(
                f"The report holds no time stamp and no path: same data, parameters, claims and versions give the same "
                f"bytes. Below stand the hashes of {n('report.files')} files that it was made from, the versions "
                f"which the lock pins, and every parameter with its value."
            ),
            TableBlock(
                "files", "Inputs and outputs by hash",
                "Files of a stage stand under out/; the figures of a stage share one hash.",
                (Column("file", "File", "mono"), Column("role", "Role"), Column("bytes", "Bytes", "count"),
                 Column("hash", "SHA-256, start", "mono")),
            ),
            TableBlock(
                "versions", "Main packages",
                "As pinned in requirements.lock, which holds all others with their hashes.",
                (Column("package", "Package"), Column("version", "Version")),
            ),
            TableBlock(
                "parameters", "Parameters",
                "Every knob of params.yaml. Change one and run the same command: only what depends on it runs again.",
                (Column("parameter", "Parameter", "mono"), Column("value", "Value"), Column("unit", "Unit"),
                 Column("meaning", "Meaning")),
            ),
        ),
        limits=(
            "Another processor may round the last digits of a neural network or an optimiser otherwise; each finding "
            "states the tolerance within which it counts as the same.",
        ),
    )
