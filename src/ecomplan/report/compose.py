"""Chapters and findings become the document: markers become numbers, tables and figures are looked up.

Whatever is named and was not recorded (a finding, a figure, a table, a column) is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import DataError
from ecomplan.findings import Figure, StageResult
from ecomplan.report import format as fmt
from ecomplan.report.document import (
    BlockView,
    Cell,
    ChapterView,
    CodeView,
    Document,
    Facet,
    FigureView,
    FrontView,
    HeadingView,
    HeadView,
    Num,
    ParaView,
    PartView,
    Rich,
    TableView,
)
from ecomplan.report.register import EVIDENCE, TONES, Register
from ecomplan.report.text import (
    Chapter,
    CodeBlock,
    Column,
    FigureBlock,
    Front,
    Head,
    Heading,
    Para,
    PartBlock,
    TableBlock,
    Told,
    check_prose,
    split_markers,
)
from ecomplan.stages import NOTEBOOKS

SIZES = ("wide", "phone", "page")
WORDS = ("", "text", "status", "gate", "evidence", "mono", "month")  # column units that align left
DETAIL_ROWS = 60  # rows of a figure's table that fold out below it
FACETS = (("document", "Document"), ("kind", "Kind"), ("grade", "Grade"), ("standing", "Standing"))


def compose(
    front: Front, chapters: Sequence[Chapter], results: Mapping[str, StageResult], claims: Claims,
    ledger: pd.DataFrame, notes: pd.DataFrame, currency: str,
) -> Document:
    """The document from what the stages left.

    Raises EcomplanError for a number typed by hand, DataError for anything named but not recorded.
    """
    everything: list[Told] = [front, *chapters]
    for told in everything:
        check_prose(told)
    writer = _Writer(Register(results, claims, currency))
    view = writer.front(front)
    chapter_views = tuple(writer.chapter(number, chapter) for number, chapter in enumerate(chapters, start=1))
    return Document(
        front=view, chapters=chapter_views, register=writer.register.rows, ledger=_records(ledger),
        notes=_records(notes), facets=facets(ledger),
    )


def facets(ledger: pd.DataFrame) -> tuple[Facet, ...]:
    """What the ledger can be filtered by, with the number of claims behind each choice."""
    from ecomplan.plan.ledger import STANDINGS

    found = []
    for name, title in FACETS:
        counts = ledger[name].value_counts()
        order = [item for item in STANDINGS if item in counts.index] if name == "standing" else sorted(counts.index)
        found.append(Facet(name, title, tuple((item, int(counts[item])) for item in order)))
    return tuple(found)


class _Writer:
    """Counts figures and tables, and asks the register for every number."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.figures = self.tables = 0
        self._shown: set[str] = set()

    def rich(self, text: str) -> Rich:
        return tuple(
            tidy(part) if isinstance(part, str) else self.register.number(*part) for part in split_markers(text)
        )

    def front(self, front: Front) -> FrontView:
        answer = self.rich(front.answer)
        asks = tuple((term, self.rich(text)) for term, text in front.asks)
        heads = tuple(self.head(head) for head in front.heads)
        figure = self.figure(*front.figure, place="front")
        signals = tuple(
            (self.rich(row.signal), self.rich(row.now), self.rich(row.tripwire), self.rich(row.seen_by),
             self.rich(row.then)) for row in front.signals
        )
        return FrontView(
            title=front.title, subtitle=front.subtitle, data_note=self.rich(front.data_note), sources=front.sources,
            answer=answer, asks=asks, heads=heads, figure=figure, signals=signals,
        )

    def head(self, head: Head) -> HeadView:
        item = self.register.finding(head.finding)
        value = self.register.number(head.finding)
        interval = fmt.interval(item, self.register.currency) if item.value is not None else ""
        text = self.rich(head.note) if head.note else (interval or tidy(item.unknown),)
        bar, zero = None, 0.0
        if isinstance(item.value, float):
            low, high = (item.value if limit is None else limit for limit in (item.low, item.high))
            if item.low is not None or item.unit == "probability":
                start, end = (0.0, 1.0) if item.unit == "probability" else (min(0.0, low), max(0.0, high))
                pad = 0.0 if item.unit == "probability" else 0.06 * ((end - start) or 1.0)
                start, end = start - (pad if start < 0 else 0), end + (pad if end > 0 else 0)
                low_at, at, high_at, zero = (
                    round(100 * (number - start) / (end - start), 1) for number in (low, item.value, high, 0.0)
                )
                bar = (low_at, at, high_at)
        return HeadView(tidy(head.label or item.label), value, text, EVIDENCE[item.evidence], bar, zero)

    def chapter(self, number: int, chapter: Chapter) -> ChapterView:
        result = self.register.result(chapter.stage, f"chapter {chapter.title!r}")
        answer = self.rich(chapter.answer)
        blocks = tuple(self.block(chapter.stage, block) for block in chapter.blocks)
        shown = {
            self.register.finding(key).evidence
            for text in chapter.prose() for part in split_markers(text) if not isinstance(part, str)
            for key in part[:1] if key.startswith(f"{chapter.stage}.")
        } | {figure.evidence for figure in result.figures}
        return ChapterView(
            id=chapter.id or chapter.stage, number=number, title=chapter.title, answer=answer, stage=chapter.stage,
            notebook=NOTEBOOKS.get(chapter.stage, ""),
            evidence=tuple(word for key, word in EVIDENCE.items() if key in shown), blocks=blocks,
            limits=tuple(self.rich(text) for text in chapter.limits),
        )

    def block(self, stage: str, block: object) -> BlockView:
        match block:
            case Heading(text):
                return HeadingView(tidy(text))
            case Para(text):
                return ParaView(self.rich(text))
            case CodeBlock(text):
                return CodeView(text)
            case PartBlock(name):
                return PartView(name)
            case FigureBlock(name):
                return self.figure(*_owner(stage, name), block.columns)
            case TableBlock(full_name):
                stage, name = _owner(stage, full_name)
                self.tables += 1
                title = self.rich(block.title)
                return self.table(
                    stage, name, f"tab-{stage}-{name}", self.tables, title, self.rich(block.text),
                    block.columns, block.best, block.rows,
                )
        raise DataError(f"chapter {stage}: a block of kind {type(block).__name__} is unknown")

    def figure(self, stage: str, name: str, columns: tuple[Column, ...] = (), place: str = "") -> FigureView:
        result = self.register.result(stage, f"figure {name!r}")
        record = next((figure for figure in result.figures if figure.name == name), None)
        if record is None:
            known = ", ".join(figure.name for figure in result.figures) or "none"
            raise DataError(f"figure {name!r} of stage {stage} is named, but not recorded; recorded: {known}")
        self.figures += 1
        number = self.figures
        ref = self.register.table(stage, record.table, record.title.rstrip("."))
        files = {size: self._svg(result, record, size) for size in SIZES}
        table = None
        if columns:
            table = self.table(
                stage, record.table, f"tab-{stage}-{name}-figure", 0, (f"Figure {number} as a table",), (), columns,
                "", DETAIL_ROWS,
            )
        return FigureView(
            id=f"fig-{place or f'{stage}-{name}'}", number=number, title=tidy(record.title), text=tidy(record.text),
            alt=record.alt, evidence=EVIDENCE[record.evidence], ref=ref, files=files, table=table,
        )

    def table(
        self, stage: str, name: str, place: str, number: int, title: Rich, text: Rich, columns: Sequence[Column],
        best: str, rows: int | None,
    ) -> TableView:
        ref = self.register.table(stage, name, plain(title).rstrip("."))
        frame = self.register.results[stage].table(name)
        missing = [column.key for column in columns if column.key not in frame.columns]
        if missing:
            raise DataError(
                f"table {name!r} of stage {stage} has no column {', '.join(missing)}; it has {', '.join(frame.columns)}"
            )
        left_out = max(0, len(frame) - rows) if rows is not None else 0
        frame = frame.head(rows) if rows is not None else frame
        shared = {
            unit: [number for values in amounts for number in values]
            for unit in ("money", "cny")
            if fmt.comparable(amounts := [_numbers(frame[item.key]) for item in columns if item.unit == unit])
        }
        cells = [self.column(frame[column.key], column, best, shared.get(column.unit, [])) for column in columns]
        return TableView(
            id=place, number=number, title=title, text=text, heads=tuple(tidy(column.head) for column in columns),
            right=tuple(at > 0 and column.unit not in WORDS for at, column in enumerate(columns)),
            rows=tuple(zip(*cells, strict=True)), ref=ref, left_out=left_out,
        )

    def column(self, values: pd.Series, column: Column, best: str, beside: list[float]) -> list[Cell]:
        items = list(values)
        match column.unit:
            case "" | "text":
                return [Cell(fmt.NONE if fmt.missing(item) or item == "" else tidy(str(item))) for item in items]
            case "mono":
                return [Cell(_short(str(item)), "mono") for item in items]
            case "month":
                return [Cell(fmt.month(item)) for item in items]
            case "status" | "gate":
                return [Cell(str(item), "status", tone=TONES.get(str(item), "open")) for item in items]
            case "evidence":
                return [
                    Cell(fmt.NONE) if fmt.missing(item) or item == "" else
                    Cell(EVIDENCE.get(str(item), str(item)), "evidence") for item in items
                ]
        texts = fmt.column(items, column.unit, self.register.currency, beside)
        numbers = _numbers(values)
        target = (min if best == "min" else max)(numbers) if best and len(numbers) > 1 else None
        return [
            Cell(text, "number", raw=str(item) if fmt.is_number(item) else "",
                 best=target is not None and fmt.is_number(item) and float(item) == target)
            for text, item in zip(texts, items, strict=True)
        ]

    def _svg(self, result: StageResult, record: Figure, size: str) -> str:
        path = result.folder / "figures" / f"{record.name}.{size}.svg"
        if not path.exists():
            raise DataError(
                f"figure {record.name!r} of stage {result.name}: {path.name} is missing; `dvc repro` makes it anew"
            )
        svg = path.read_text(encoding="utf-8")
        name = f"{result.name}-{record.name}-{size}"
        if name in self._shown:  # the same figure a second time: its inner ids must stay unique on the page
            svg = re.sub(rf'(id="|href="#|url\(#){re.escape(name)}-', rf"\g<1>again-{name}-", svg)
        self._shown.add(name)
        return svg


def _owner(stage: str, name: str) -> tuple[str, str]:
    """(stage, name) of a block's table or figure: "returns.cash" names another stage's."""
    owner, _, rest = name.rpartition(".")
    return (owner, rest) if owner else (stage, name)


def _numbers(values: pd.Series) -> list[float]:
    return [float(item) for item in values if fmt.is_number(item)]


def _short(text: str) -> str:
    """A SHA-256 by its first sixteen digits in groups of four; anything else as it is."""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        return text
    return " ".join(text[at:at + 4] for at in range(0, 16, 4))


def tidy(text: str) -> str:
    """A number never parts from its unit at a line's end."""
    return re.sub(r"(?<=\d) (?=%)", fmt.NB, text)


def plain(rich: Rich) -> str:
    return "".join(part.text if isinstance(part, Num) else part for part in rich)


def _records(frame: pd.DataFrame) -> tuple[dict[str, str], ...]:
    return tuple({str(key): str(value) for key, value in row.items()} for row in frame.to_dict("records"))
