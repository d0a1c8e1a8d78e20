"""Which chapters of the printed report share a page."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.report.pdf import SHORT_MM, _joined

PAGE_MM = 280


def ends(lengths: list[int], joined: list[int]) -> list[float]:
    """Where each chapter ends on its last page, if text flows freely."""
    at, out = 0, []
    for number, length in enumerate(lengths):
        at = (at if number in joined else 0) + length
        at = (at - 1) % PAGE_MM + 1
        out.append(float(at))
    return out


def slowly(lengths: list[int]) -> list[int]:
    """The same choice by setting the whole report again after each joining."""
    joined: list[int] = []
    for at in range(1, len(lengths)):
        if ends(lengths, joined)[at - 1] < SHORT_MM:
            joined.append(at)
    return joined


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(20, 900), min_size=1, max_size=12))
def test_parts_set_alone_join_the_same_chapters_as_the_whole_set_again(lengths: list[int]) -> None:
    asked: list[int] = []

    def part_ends(part: slice, joined: bool) -> list[float]:
        part_lengths = lengths[part]
        asked.append(len(part_lengths))
        return ends(part_lengths, list(range(1, len(part_lengths))) if joined else [])

    found = _joined(len(lengths), part_ends)
    assert found == slowly(lengths)
    assert len(asked) == 1 + len(found)  # the whole once, then one chain a joining
