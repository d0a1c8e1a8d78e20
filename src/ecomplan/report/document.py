"""The report as it will be read, before it is written as HTML or PDF: all text, numbers already formatted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Num:
    """A number in prose or in a table: as shown, as computed, and its row of the register."""

    text: str
    raw: str
    ref: str
    status: str = ""  # pass, review or fail where it is a gate


Rich = tuple[str | Num, ...]


@dataclass(frozen=True)
class Cell:
    """A table cell. `kind` says how it is drawn; numbers align right."""

    text: str
    kind: Literal["text", "number", "status", "evidence", "mono"] = "text"
    raw: str = ""
    tone: str = ""  # pass, review, fail or open, for kind "status"
    best: bool = False


@dataclass(frozen=True)
class HeadingView:
    text: str
    block: str = "heading"


@dataclass(frozen=True)
class ParaView:
    rich: Rich
    block: str = "para"


@dataclass(frozen=True)
class CodeView:
    text: str
    block: str = "code"


@dataclass(frozen=True)
class PartView:
    name: str
    block: str = "part"


@dataclass(frozen=True)
class TableView:
    """A table to be drawn; `fold` tells a narrow one that stacks on a phone from a wide one that scrolls."""

    id: str
    number: int
    title: Rich
    text: Rich
    heads: tuple[str, ...]
    right: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]
    ref: str
    left_out: int = 0  # rows of the recorded table that are not shown
    block: str = "table"

    @property
    def fold(self) -> bool:
        return len(self.heads) <= 6

    @property
    def numeric(self) -> bool:
        return any(self.right)


@dataclass(frozen=True)
class FigureView:
    id: str
    number: int
    title: str
    text: str
    alt: str
    evidence: str
    ref: str
    files: dict[str, str]  # size -> SVG
    table: TableView | None
    block: str = "figure"


BlockView = HeadingView | ParaView | CodeView | PartView | TableView | FigureView


@dataclass(frozen=True)
class ChapterView:
    id: str
    number: int
    title: str
    answer: Rich
    stage: str
    notebook: str
    evidence: tuple[str, ...]
    blocks: tuple[BlockView, ...]
    limits: tuple[Rich, ...]


@dataclass(frozen=True)
class HeadView:
    """A headline figure with its bar: positions in percent of a track that starts at nought."""

    label: str
    value: Num
    range: Rich
    evidence: str
    bar: tuple[float, float, float] | None
    zero: float = 0.0


@dataclass(frozen=True)
class FrontView:
    title: str
    subtitle: str
    data_note: Rich
    sources: tuple[str, ...]
    answer: Rich
    asks: tuple[tuple[str, Rich], ...]
    heads: tuple[HeadView, ...]
    figure: FigureView
    signals: tuple[tuple[Rich, Rich, Rich, Rich, Rich], ...]


@dataclass(frozen=True)
class Row:
    """A row of the number register."""

    ref: str
    label: str
    value: str
    range: str
    stage: str
    notebook: str
    section: str
    evidence: str
    claims: tuple[tuple[str, str], ...]  # (key, document and section)
    file: str
    hash: str


@dataclass(frozen=True)
class Facet:
    name: str
    title: str
    options: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Document:
    front: FrontView
    chapters: tuple[ChapterView, ...]
    register: tuple[Row, ...]
    ledger: tuple[dict[str, str], ...]
    notes: tuple[dict[str, str], ...]
    facets: tuple[Facet, ...] = field(default=())
