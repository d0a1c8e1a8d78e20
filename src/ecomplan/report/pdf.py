"""The document as a PDF on A4, by typst: no network, no system fonts, no time stamp."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ecomplan.charts import style
from ecomplan.report.compose import plain
from ecomplan.report.document import Document, FigureView, TableView
from ecomplan.report.register import TONES

TEMPLATE = Path(__file__).with_name("templates") / "report.typ"


def write_pdf(document: Document) -> bytes:
    """The PDF's bytes: same document, same bytes."""
    import matplotlib
    import typst

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "figures").mkdir()
        for figure in _figures(document):
            svg = style.plain(figure.files["page"])
            (folder / "figures" / f"{figure.id}.svg").write_text(svg, encoding="utf-8")
        (folder / "report.json").write_text(json.dumps(_content(document)), encoding="utf-8")
        (folder / "report.typ").write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        return bytes(typst.compile(
            folder / "report.typ", root=folder, format="pdf", ignore_system_fonts=True,
            font_paths=[Path(matplotlib.get_data_path()) / "fonts" / "ttf"],
        ))


def _figures(document: Document) -> list[FigureView]:
    blocks = (block for chapter in document.chapters for block in chapter.blocks)
    return [document.front.figure, *(block for block in blocks if isinstance(block, FigureView))]


def _content(document: Document) -> dict[str, Any]:
    content = asdict(document)
    length = len(plain(document.front.answer))
    content["front"]["answer_size"] = 14.5 if length < 220 else 13 if length < 330 else 11.5
    content["front"]["figure"] = _figure(document.front.figure)
    for chapter, view in zip(content["chapters"], document.chapters, strict=True):
        chapter["blocks"] = [
            _figure(block) if isinstance(block, FigureView) else _table(block) if isinstance(block, TableView)
            else asdict(block) for block in view.blocks
        ]
    for row in content["ledger"]:
        row["tone"] = TONES.get(row["standing"], "untold")
    return content


def _figure(figure: FigureView) -> dict[str, Any]:
    return {
        "block": "figure", "number": figure.number, "title": figure.title, "text": figure.text, "alt": figure.alt,
        "evidence": figure.evidence, "ref": figure.ref, "file": f"{figure.id}.svg",
    }


def _table(table: TableView) -> dict[str, Any]:
    """A table with its column widths: 0 fits its content, else a share of what is left."""
    content = asdict(table)
    longest = [
        max([len(head), *(len(row[at].text) for row in table.rows)]) for at, head in enumerate(table.heads)
    ]
    widths = [0.0 if right or length <= 24 else length**0.6 for right, length in zip(table.right, longest, strict=True)]
    if not any(widths):
        widths[0] = 1.0
    content["widths"] = widths
    content["wide"] = len(table.heads) > 4 or sum(longest) > 85
    content["size"] = 7.8 if len(table.heads) <= 7 else 6.6
    return content
