"""The whole report on a made-up project: numbers, references, bytes, refusals."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import report_fake as fake

from ecomplan.errors import DataError, EcomplanError
from ecomplan.params import load_params, stage_params
from ecomplan.plan import coverage as plan_coverage
from ecomplan.plan import ledger as plan_ledger
from ecomplan.report import build, provenance
from ecomplan.report.html import write_html
from ecomplan.report.pdf import write_pdf
from ecomplan.report.text import Column, FigureBlock, Para, TableBlock, check_prose, n
from ecomplan.report.wording import coverage, data, ledger, reproducibility


class Page(HTMLParser):
    """What a test wants to know of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self.numbers: list[str] = []  # href of every number
        self.loads: list[str] = []
        self.rows: set[str] = set()  # ids of rows of the register
        self.values = 0
        self.headings: list[int] = []
        self._table: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        have = dict(attrs)
        if "id" in have:
            self.ids.append(have["id"])
        if tag == "table":
            self._table.append(have.get("id", ""))
        if tag == "tr" and self._table[-1:] == ["register"] and "id" in have:
            self.rows.add(have["id"])
        if tag == "a":
            self.anchors.append(have["href"])
            if "n" in have.get("class", "").split():
                self.numbers.append(have["href"])
        if tag == "data":
            self.values += 1
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("script", "link", "img", "iframe", "source", "video", "audio", "object", "embed"):
            self.loads += [have[key] for key in ("src", "href", "data", "srcset") if have.get(key)]

    def handle_endtag(self, tag):
        if tag == "table":
            self._table.pop()


def compose(root: Path, told=None, front=None):
    params = load_params(root / "params.yaml")
    p = stage_params("report", params.of_stage("report"))
    stage = fake.opened(root, "report")
    stage.section("Only section")
    inputs = build.read_inputs(root, p)
    table = stage.table("ledger", build.ledger(inputs), "Ledger")
    build.record_counts(stage, table)
    build.record_notes(stage, stage.table("notes", plan_ledger.notes(inputs.claims), "Notes"))
    covered = plan_coverage.coverage(plan_coverage.load_coverage(root / plan_coverage.FILE))
    build.record_coverage(stage, stage.table("coverage", covered, "Coverage"))
    stage.table("sources", provenance.sources(p.source), "Sources")
    files = stage.table("files", provenance.files(root, inputs.params, inputs.stages.values()), "Files")
    stage.table("versions", provenance.versions(root / "requirements.lock"), "Versions")
    stage.table("parameters", provenance.parameters(inputs.params), "Parameters")
    build.record_edition(stage, p, files)
    own = stage.recorded().findings
    if told is None:
        told = [
            *fake.chapters()[1:], data.with_sources(fake.chapter("prepare"), True), ledger.chapter(own),
            coverage.chapter(own), reproducibility.register_chapter(own), reproducibility.chapter(own),
        ]
    return build.compose_report(stage, inputs, table, front or fake.front(), told)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return fake.project(tmp_path_factory.mktemp("plan"))


@pytest.fixture(scope="module")
def document(root):
    return compose(root)


@pytest.fixture(scope="module")
def text(document):
    return write_html(document)


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_every_number_has_its_row_in_the_register(page, document):
    assert len(page.numbers) > 80
    assert {href.removeprefix("#") for href in page.numbers} <= page.rows
    assert page.rows == {row.ref for row in document.register}
    assert all(row.hash and row.notebook and row.section for row in document.register if row.label.startswith("Table"))


def test_register_says_where_a_number_is_from(document):
    row = next(row for row in document.register if row.label == "Sales of returns")
    assert (row.stage, row.notebook, row.section, row.evidence) == (
        "returns", "43_returns", "Only section", "measured")
    assert row.claims == (("s3_total_budget", "S3 3.3"),) and row.file == "returns/tables/months.parquet"
    unknown = next(row for row in document.register if row.label == "Rate of returns")
    assert (unknown.value, unknown.range) == ("unknown", "no real root, so no rate is told")


def test_ids_are_unique_and_inner_links_arrive(page):
    assert len(page.ids) == len(set(page.ids))
    assert {href[1:] for href in page.anchors if href.startswith("#")} <= set(page.ids)


def test_nothing_is_loaded_from_elsewhere(page, text):
    assert page.loads == ["data:,"]
    assert not re.search(r"url\((?!#)|@import|//fonts|cdn", text)
    assert not [href for href in page.anchors if not href.startswith(("#", "https://doi.org/"))]


def test_page_is_accessible(text, page):
    assert '<html lang="en-GB">' in text and 'class="skip" href="#main"' in text and "<main id=" in text
    assert "prefers-color-scheme:dark" in text and ":focus-visible" in text
    assert page.headings[0] == 1 and page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    named, hidden = text.count('role="img" aria-label="'), text.count('<svg aria-hidden="true"')
    assert text.count("<svg") == named + hidden + text.count('aria-hidden="true"><defs>')
    assert text.count("<caption") == text.count("<table")


def test_ledger_has_one_row_a_claim(text, document):
    assert len(re.findall(r'<tr role="row" data-document', text)) == len(document.ledger) == 763
    for facet in document.facets:
        assert sum(count for _, count in facet.options) == 763


def test_every_system_of_the_documents_has_one_row(document):
    chapter = next(chapter for chapter in document.chapters if chapter.id == "coverage")
    counted, *classes = [block for block in chapter.blocks if block.block == "table"]
    rows = [row for table in classes for row in table.rows]
    assert [row[0].text.split()[0] for row in rows] == plan_coverage.expected_ids()
    tones = {"works": "pass", "stand-in": "review", "not yet": "open"}
    assert all(row[1].tone == tones[row[1].text] for row in rows)
    assert all((row[2].text == "–") == (row[3].text == "–") == (row[1].text == "not yet") for row in rows)
    assert sum(int(row[-1].text) for row in counted.rows[:-1]) == int(counted.rows[-1][-1].text) == len(rows) == 253
    assert all(table.fold and table.left_out == 0 for table in classes)


def test_markup_in_tables_stays_text(text):
    assert "&lt;four&gt;" in text and "<four>" not in text


def test_no_path_and_no_time_in_the_page(text, root):
    assert str(root) not in text and "/tmp" not in text
    assert not re.search(r"\d\d:\d\d:\d\d", text)


def test_same_inputs_give_the_same_bytes(document, text, tmp_path):
    again = compose(fake.project(tmp_path / "again"))
    assert write_html(again) == text
    pdf = write_pdf(document)
    assert pdf == write_pdf(again) and pdf.startswith(b"%PDF")
    assert b"CreationDate" not in pdf


def changed(block):
    first = fake.chapter("segments")
    return [replace(first, blocks=(*first.blocks, block))]


def test_a_number_typed_by_hand_is_refused(root):
    chapter = changed(Para("It costs 12 pounds."))[0]
    with pytest.raises(EcomplanError, match="'12'"):
        check_prose(chapter)
    with pytest.raises(EcomplanError, match="'12'"):
        compose(root, told=[chapter])
    with pytest.raises(EcomplanError, match="'7'"):
        compose(root, front=replace(fake.front(), answer="Sales grow by 7 %."))


@pytest.mark.parametrize(("block", "named"), [
    (Para(f"Sales {n('segments.none')}."), "segments.none"), (Para(f"Sales {n('nowhere.sales')}."), "nowhere"),
    (FigureBlock("none"), "figure 'none'"), (TableBlock("none", "T", "", ()), "table 'none'"),
    (TableBlock("months", "T", "", (Column("nix", "N"),)), "nix"),
])
def test_what_was_not_recorded_is_refused_by_name(root, block, named):
    with pytest.raises(DataError, match=re.escape(named)):
        compose(root, told=changed(block))


def test_a_missing_figure_file_is_refused_by_name(tmp_path):
    root = fake.project(tmp_path / "plan")
    (root / "out/segments/figures/months.phone.svg").unlink()
    with pytest.raises(DataError, match=r"months\.phone\.svg"):
        compose(root)


def test_best_of_each_numeric_column_is_marked(document):
    table = next(block for block in document.chapters[0].blocks if block.block == "table")
    assert [[cell.best for cell in row] for row in table.rows] == [
        [False] * 6, [False, False, True, False, False, False], [False] * 6, [False, False, False, True, False, False],
    ]


def test_versions_are_those_of_the_lock(root):
    lock = (root / "requirements.lock").read_text()
    frame = provenance.versions(root / "requirements.lock")
    assert {"numpy", "pandas", "keras", "typst"} <= set(frame["package"])
    assert all(f"{name}==" in lock and version in lock for name, version in frame.itertuples(index=False))


def test_every_parameter_is_told_with_its_meaning(root):
    frame = provenance.parameters(load_params(root / "params.yaml"))
    assert "capital.discount_rate_per_year" in set(frame["parameter"]) and (frame["meaning"] != "").all()
