"""The document as a PDF on A4, by typst: no network, no system fonts, no time stamp."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any

from ecomplan.charts import style
from ecomplan.report.compose import plain
from ecomplan.report.document import Document, FigureView, PartView, TableView
from ecomplan.report.format import kept_together
from ecomplan.report.register import TONES

LONG_ROWS = 24  # a table with more rows is set smaller and tighter, and those of its chapter with the same columns
SHORT_MM = 75  # a last page that ends above this is shared with the next chapter
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
        (folder / "report.typ").write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        content = _content(document)
        fonts = [Path(matplotlib.get_data_path()) / "fonts" / "ttf"]

        def ends(part: slice, joined: bool) -> list[float]:
            _write(folder, _draft(content, part, joined))
            found = typst.query(
                folder / "report.typ", "<chapter-end>", field="value", root=folder, ignore_system_fonts=True,
                font_paths=fonts,
            )
            return [float(end) for end in json.loads(found)]

        _write(folder, {**content, "joined": _joined(_drafted(document), ends), "draft": False})
        return bytes(typst.compile(
            folder / "report.typ", root=folder, format="pdf", ignore_system_fonts=True, font_paths=fonts,
        ))


def _drafted(document: Document) -> int:
    """How many chapters a draft sets as they are: up to the first with a part that drafts leave out."""
    whole = [not any(isinstance(block, PartView) for block in chapter.blocks) for chapter in document.chapters]
    return whole.index(False) + 1 if False in whole else len(whole)


def _joined(chapters: int, ends: Callable[[slice, bool], list[float]]) -> list[int]:
    """Chapters that start below the one before instead of on a new page, because that one left little on its last.

    `ends(part, joined)` sets a part of the chapters, each on a new page or joined, and says where they end. Where one
    ends depends on those alone that it is joined to.
    """
    found = ends(slice(0, chapters), False)
    joined: list[int] = []
    first = 0
    for at in range(1, chapters):
        if found[at - 1] < SHORT_MM:
            joined.append(at)
            found[at] = ends(slice(first, at + 1), True)[-1]
        else:
            first = at
    return joined


def _draft(content: dict[str, Any], part: slice, joined: bool) -> dict[str, Any]:
    """The content with a part of the chapters alone, and without the long parts."""
    chapters = content["chapters"][part]
    return {
        **content, "chapters": chapters, "joined": list(range(1, len(chapters))) if joined else [], "draft": True,
        "ledger": [], "notes": [], "register": [],
    }


def _write(folder: Path, content: dict[str, Any]) -> None:
    (folder / "report.json").write_text(kept_together(json.dumps(content, ensure_ascii=False)), encoding="utf-8")


def _figures(document: Document) -> list[FigureView]:
    blocks = (block for chapter in document.chapters for block in chapter.blocks)
    return [document.front.figure, *(block for block in blocks if isinstance(block, FigureView))]


def _told(value: Any) -> Any:
    """A dataclass and all in it as JSON has it; strings, which are most of it, are not copied."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple | list):
        return [_told(item) for item in value]
    if isinstance(value, dict):
        return {key: _told(item) for key, item in value.items()}
    if is_dataclass(value):
        return {name: _told(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def _content(document: Document) -> dict[str, Any]:
    content: dict[str, Any] = _told(replace(document, chapters=()))
    length = len(plain(document.front.answer))
    content["front"]["answer_size"] = 14.5 if length < 220 else 13 if length < 330 else 11.5
    content["front"]["figure"] = _figure(document.front.figure)
    for view in document.chapters:
        tables = [block for block in view.blocks if isinstance(block, TableView)]
        long = {table.heads for table in tables if len(table.rows) > LONG_ROWS}
        blocks = [
            _figure(block) if isinstance(block, FigureView)
            else _table(block, block.heads in long) if isinstance(block, TableView)
            else _told(block) for block in view.blocks
        ]
        content["chapters"].append({**_told(replace(view, blocks=())), "blocks": blocks})
    for row in content["ledger"]:
        row["tone"] = TONES.get(row["standing"], "untold")
    return content


def _figure(figure: FigureView) -> dict[str, Any]:
    return {
        "block": "figure", "number": figure.number, "title": figure.title, "text": figure.text, "alt": figure.alt,
        "evidence": figure.evidence, "ref": figure.ref, "file": f"{figure.id}.svg",
    }


def _table(table: TableView, long: bool) -> dict[str, Any]:
    """A table with its column widths: 0 fits its content, else a share of what is left."""
    content: dict[str, Any] = _told(table)
    longest = [
        max([len(head), *(len(row[at].text) for row in table.rows)]) for at, head in enumerate(table.heads)
    ]
    # names of files and parameters cannot be broken, so that their column takes what it needs
    fits = [
        44 if any(row[at].kind == "mono" for row in table.rows) else 24 for at in range(len(table.heads))
    ]
    widths = [
        0.0 if right or length <= fit else length**0.6
        for right, length, fit in zip(table.right, longest, fits, strict=True)
    ]
    if not any(widths):
        widths[0] = 1.0
    content["widths"] = widths
    content["wide"] = len(table.heads) > 4 or sum(longest) > 85
    content["long"] = long
    content["size"] = 7.8 if len(table.heads) <= 7 and not long else 6.6
    return content
