"""Sources and licences, added to what the data stage tells of itself."""

from __future__ import annotations

from dataclasses import replace

from ecomplan.report.text import Chapter, Column, Heading, Para, TableBlock


def with_sources(chapter: Chapter, public: bool) -> Chapter:
    """The data chapter, followed by the registered sources with licence and citation."""
    if public:
        told = (
            "The orders are public data, which stand in for a platform's own. Companions are public data too: they "
            "show what orders cannot, and a figure that rests on one says so where it stands."
        )
    else:
        told = (
            "The orders are the platform's own files, which no list of sources can name. Companions are public data: "
            "they show what orders cannot, and a figure that rests on one says so where it stands."
        )
    added = (
        Heading("Sources and licences"),
        Para(told),
        TableBlock(
            "report.sources", "Registered sources",
            "Each is carried by a public package: fetched once, checked against its hash, copied byte for byte.",
            (Column("title", "Source"), Column("use", "Use"), Column("label", "What it is"),
             Column("licence", "Licence"), Column("citation", "Citation"),
             Column("hash", "SHA-256, start", "mono")),
        ),
    )
    return replace(chapter, blocks=(*chapter.blocks, *added))
