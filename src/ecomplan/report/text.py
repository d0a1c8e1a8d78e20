"""What a chapter is made of, and how its prose names a number.

Prose holds no digits of its own: `n("returns.npv")` puts a marker that the writers (HTML, PDF) turn into
the formatted value, linked to its row of the number register. `check_prose` refuses typed digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ecomplan.errors import EcomplanError

Show = Literal["value", "range", "both", "low", "high"]

_MARKER = re.compile(r"⟦([\w.]+)\|(value|range|both|low|high)⟧")
#: digits that are names or fixed words of the report, not results
_ALLOWED = re.compile(r"\b(20\d\d|S[0-3]|[ocC]\d\d|[1-9]\d?-in-\d+|80 %|CO2|SARIMA\([^)]*\)|\w{2}-\d\d)\b|80 %")


def n(finding: str, show: Show = "value") -> str:
    """A number of the plan inside prose: its value, its range ("a to b"), or both ("v (80 %: a to b)")."""
    return f"⟦{finding}|{show}⟧"


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Para:
    text: str


@dataclass(frozen=True)
class FigureBlock:
    """A figure that the chapter's stage recorded (another stage's: "stage.name").

    `columns` of its table fold out below it.
    """

    name: str
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Column:
    """A table column: its key in the frame, its head, and its unit (see findings.UNITS) for numbers.

    unit "" is text; "status" draws PASS / REVIEW / FAIL or a verdict on a claim; "evidence" draws a badge;
    "month" a month; "mono" is a hash or a path.
    """

    key: str
    head: str
    unit: str = ""


@dataclass(frozen=True)
class TableBlock:
    """A table that the chapter's stage recorded (another stage's: "stage.name"), as it shall be read."""

    name: str
    title: str
    text: str
    columns: tuple[Column, ...]
    best: Literal["", "min", "max"] = ""  # mark the best number of each numeric column
    rows: int | None = None  # show the first rows only


@dataclass(frozen=True)
class CodeBlock:
    """Commands to type, line by line."""

    text: str


@dataclass(frozen=True)
class PartBlock:
    """A part that the report itself draws: the ledger with its filters, the notes on claims, the register."""

    name: Literal["ledger", "notes", "register"]


Block = Heading | Para | FigureBlock | TableBlock | CodeBlock | PartBlock


@dataclass(frozen=True)
class Chapter:
    """One stage of the plan, told: a one-sentence answer, blocks, and what it cannot tell."""

    stage: str
    title: str
    answer: str
    blocks: tuple[Block, ...]
    limits: tuple[str, ...] = field(default=())
    id: str = ""  # its anchor on the page; by default the stage's name

    def prose(self) -> Iterator[str]:
        """Every piece of prose of the chapter."""
        yield self.title
        yield self.answer
        for block in self.blocks:
            match block:
                case Heading(text) | Para(text):
                    yield text
                case TableBlock(title=title, text=text):
                    yield title
                    yield text
                case _:
                    pass
        yield from self.limits


@dataclass(frozen=True)
class Head:
    """A headline figure; without a label it takes the finding's own.

    `note` stands in place of the range of a finding that has none (a chance, say).
    """

    label: str
    finding: str
    note: str = ""


@dataclass(frozen=True)
class Signal:
    """A row of "What would change our mind"; all texts are prose with markers."""

    signal: str
    now: str
    tripwire: str
    seen_by: str
    then: str


@dataclass(frozen=True)
class Front:
    """The first page. `sources` are labels of data sources, quoted as their modules write them."""

    title: str
    subtitle: str
    data_note: str
    sources: tuple[str, ...]
    answer: str
    asks: tuple[tuple[str, str], ...]
    heads: tuple[Head, ...]
    figure: tuple[str, str]  # stage, figure
    signals: tuple[Signal, ...]
    stage: str = "first page"

    def prose(self) -> Iterator[str]:
        """Every piece of prose of the first page."""
        yield from (self.subtitle, self.data_note, self.answer)
        for term, text in self.asks:
            yield from (term, text)
        for head in self.heads:
            yield from (head.label, head.note)
        for row in self.signals:
            yield from (row.signal, row.now, row.tripwire, row.seen_by, row.then)


class Told(Protocol):
    """What `check_prose` looks through: a chapter or the first page."""

    @property
    def stage(self) -> str: ...

    def prose(self) -> Iterator[str]: ...


def markers(text: str) -> list[tuple[str, Show]]:
    """(finding, show) of every number named in a text."""
    return [(found[1], found[2]) for found in _MARKER.finditer(text)]  # type: ignore[misc]


def split_markers(text: str) -> list[str | tuple[str, str]]:
    """The text cut at its markers: pieces of prose and (finding, show) in turn; empty pieces are left out."""
    parts = _MARKER.split(text)
    cut: list[str | tuple[str, str]] = []
    for at in range(0, len(parts), 3):
        if parts[at]:
            cut.append(parts[at])
        if at + 2 < len(parts):
            cut.append((parts[at + 1], parts[at + 2]))
    return cut


def replace_markers(text: str, write: object) -> str:
    """The text with `write(finding, show)` in the place of each marker."""
    return _MARKER.sub(lambda found: write(found[1], found[2]), text)  # type: ignore[operator]


def check_prose(chapter: Told) -> None:
    """Raise EcomplanError where a number was typed by hand instead of taken from a finding."""
    for text in chapter.prose():
        bare = _ALLOWED.sub("", _MARKER.sub("", text))
        if typed := re.search(r"\S*\d\S*", bare):
            raise EcomplanError(
                f"chapter {chapter.stage}: the number {typed[0]!r} is typed by hand in {text[:80]!r}; "
                f"record a finding and name it with n(...)"
            )
