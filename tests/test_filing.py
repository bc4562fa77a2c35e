"""Files that are more than a list of papers: reading notes, PDFs with their text, and arXiv's snapshot."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from corpus import filing
from corpus.errors import InputError, UnknownPaper
from corpus.filing import Only, import_file
from corpus.library import Library
from corpus.models import Filters, Paper
from corpus.wanted import list_wanted
from survey.places.cues import directions_named

Run = Callable[..., tuple[int, str, str]]

# ---- reading notes ---------------------------------------------------------------------------------------------------

NOTES = """# 数据增强

## mixup

- 论文：《Thin Adapters》 https://arxiv.org/abs/2101.00001 把网络冻结，只训练很薄的层。
  代码：https://github.com/ada/thin

以后再读：[A Paper That Nobody Has Here Yet](https://arxiv.org/abs/2401.12345)，据说更快。
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.md"
    path.write_text(NOTES, "utf-8")
    return path


@pytest.fixture
def shelf(library: Library, preprint: Paper) -> Library:
    library.add([preprint], "arxiv")
    return library


def test_a_passage_becomes_a_note_on_the_paper_that_it_speaks_of(shelf: Library, notes: Path) -> None:
    report = import_file(shelf, notes, directions=directions_named)
    (note,) = shelf.notes(shelf.resolve("2101.00001"))
    assert "只训练很薄的层" in note.text
    assert note.source == "notes.md"
    assert report.notes == {"new": 1, "wanted": 1}


def test_headings_become_directions_and_code_links_are_kept(shelf: Library, notes: Path) -> None:
    import_file(shelf, notes, directions=directions_named)
    paper = shelf.paper("2101.00001")
    assert "data-augmentation" in paper.directions
    assert paper.code_url == "https://github.com/ada/thin"
    assert paper.abstract == "We freeze the network and train thin layers."


def test_what_is_not_here_is_wanted_and_gets_its_note_when_it_arrives(shelf: Library, notes: Path) -> None:
    import_file(shelf, notes)
    assert [wanted.alias for wanted in list_wanted(shelf)] == ["arxiv:2401.12345"]
    later = notes.with_name("later.jsonl")
    later.write_text('{"title": "A paper that nobody has here yet", "arxiv_id": "2401.12345"}\n', "utf-8")
    import_file(shelf, later)
    assert "据说更快" in shelf.notes(shelf.resolve("2401.12345"))[0].text
    assert list_wanted(shelf) == []


def test_the_same_notes_twice_add_nothing(shelf: Library, notes: Path) -> None:
    import_file(shelf, notes, directions=directions_named)
    again = import_file(shelf, notes, directions=directions_named)
    assert (again.new, again.updated, again.merged, again.notes) == (0, 0, 0, {"new": 0, "wanted": 0})


def test_a_system_of_the_catalogue_is_known_by_its_name_in_an_empty_library(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("我觉得 R-Drop 的想法很简单。\n", "utf-8")
    assert import_file(library, path).new == 1
    ((_, paper),) = library.all_papers()
    assert paper.title.startswith("R-Drop")


def test_notes_that_speak_of_no_paper_are_an_error(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "diary.md"
    path.write_text("Bought milk.\n", "utf-8")
    with pytest.raises(InputError, match="speaks of no paper"):
        import_file(library, path)


# ---- PDF -------------------------------------------------------------------------------------------------------------


def write_pdf(path: Path, *lines: str) -> Path:
    """A PDF of one page; the first line is set larger than the others."""
    sizes = [18, *[10] * (len(lines) - 1)]
    shows = "".join(
        f"BT /F1 {size} Tf 72 {720 - 24 * n} Td ({line}) Tj ET\n"
        for n, (line, size) in enumerate(zip(lines, sizes, strict=True))
    ).encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(shows), shows),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"%PDF-1.4\n"
    offsets = []
    for number, entry in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj%b\nendobj\n" % (number, entry)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"xref\n0 6\n0000000000 65535 f \n%btrailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(body),
    )
    path.write_bytes(body + trailer)
    return path


PAGE = (
    "Thin Adapters for Thick Networks",
    "Abstract",
    "We freeze the network, train thin layers between its blocks, and find that they suffice for most tasks.",
    "1 Introduction",
    "The zymurgy of weights is new. These words are here so that the page has enough of them to be a text.",
)


def test_the_words_of_a_pdf_are_found_by_search(library: Library, tmp_path: Path) -> None:
    assert import_file(library, write_pdf(tmp_path / "thin.pdf", *PAGE)).new == 1
    ((pid, paper),) = library.all_papers()
    assert (paper.title, paper.abstract) == (PAGE[0], PAGE[2])
    assert library.in_fulltexts('"zymurgy"', 5, Filters()) == [pid]
    assert library.stats()["full_texts"] == 1


def test_a_hit_in_the_full_text_alone_says_so(cli: Run, tmp_path: Path) -> None:
    cli("import", str(write_pdf(tmp_path / "thin.pdf", *PAGE)))
    status, out, _ = cli("search", "zymurgy", "--mode", "lexical")
    assert (status, "in its full text" in out) == (0, True)


def test_the_same_pdf_twice_adds_nothing(library: Library, tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "thin.pdf", *PAGE)
    import_file(library, path)
    assert import_file(library, path).unchanged == 1
    assert (library.count(), library.stats()["full_texts"]) == (1, 1)


def test_a_pdf_without_text_says_that_it_is_scanned(library: Library, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="scanned"):
        import_file(library, write_pdf(tmp_path / "scan.pdf", ""))


# ---- arXiv's snapshot ------------------------------------------------------------------------------------------------


def snapshot(path: Path, count: int) -> Path:
    """`count` records in the snapshot's form; every other one is of cs.CL, and each year has ten."""
    lines = [
        json.dumps(
            {
                "id": f"{10 + n // 10:02d}01.{n:05d}",
                "submitter": "Ada Byron",
                "authors": "Ada Byron",
                "title": f"Record {n}",
                "categories": "cs.CL cs.LG" if n % 2 else "hep-th",
                "abstract": "  We count.\n",
                "versions": [{"version": "v1", "created": f"Mon, 4 Jan {2010 + n // 10} 19:18:42 GMT"}],
                "update_date": f"{2010 + n // 10}-02-01",
                "authors_parsed": [["Byron", "Ada", ""]],
            }
        )
        + "\n"
        for n in range(count)
    ]
    data = "".join(lines).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["arxiv-metadata-oai-snapshot.json", "arxiv-metadata-oai-snapshot.json.gz"])
def test_the_snapshot_is_narrowed_by_category_and_day(library: Library, tmp_path: Path, name: str) -> None:
    only = Only(("cs.CL",), since=date(2012, 1, 1))
    assert import_file(library, snapshot(tmp_path / name, 40), only=only).new == 10
    assert min(str(paper.published) for _, paper in library.all_papers()) >= "2012"


def test_a_killed_import_of_the_snapshot_goes_on_where_it_was(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "BATCH", 10)
    path = snapshot(tmp_path / "snapshot.json", 100)
    add_page, pages = library.add_page, 0

    def killed(records: list[Paper], label: str) -> object:
        nonlocal pages
        pages += 1
        if pages == 4:
            raise KeyboardInterrupt
        return add_page(records, label)

    monkeypatch.setattr(library, "add_page", killed)
    with pytest.raises(KeyboardInterrupt):
        import_file(library, path)
    assert library.count() == 30
    monkeypatch.setattr(library, "add_page", add_page)
    report = import_file(library, path)
    assert (report.new, report.unchanged) == (70, 0)  # the first 30 were not read again
    again = import_file(library, path)
    assert (again.new, again.unchanged) == (0, 100)


def test_papers_of_any_file_can_be_narrowed(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text(
        '{"title": "In", "id": "in", "categories": ["cs.CL"], "published": "2021-05-05"}\n'
        '{"title": "Other field", "id": "field", "categories": ["math.AG"], "published": "2021-05-05"}\n'
        '{"title": "No day", "id": "day", "categories": ["cs.CL"]}\n',
        "utf-8",
    )
    assert import_file(library, path, only=Only(("cs",), since=date(2021, 1, 1))).new == 1
    with pytest.raises(UnknownPaper):
        library.paper("field")
