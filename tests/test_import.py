"""Files into the library: whatever a file holds, the report is true and what could be kept is kept."""

from __future__ import annotations

import gzip
import json
import os
import random
from pathlib import Path

import pytest

from corpus.errors import InputError
from corpus.filing import import_citations, import_file
from corpus.library import Library
from corpus.report import Report

LINES = '{"title": "Thin adapters", "id": "thin"}\n{"title": "Prompt tables", "id": "tables"}\n'
# The first bytes of a PNG file, and noise such as follows them.
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + random.Random(0).randbytes(5_000)


def write(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def titles(library: Library) -> list[str]:
    return [paper.title for _, paper in library.all_papers()]


# ---- papers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("papers.jsonl", LINES),
        ("papers.ndjson", LINES),
        ("PAPERS.JSONL", LINES),
        ("papers.json", '[{"title": "Thin adapters"}, {"title": "Prompt tables"}]'),
        ("papers.csv", "title\nThin adapters\nPrompt tables\n"),
        ("papers.jsonl.gz", gzip.compress(LINES.encode(), mtime=0)),
        ("papers.csv.gz", gzip.compress(b"title\nThin adapters\nPrompt tables\n", mtime=0)),
        ("papers.jsonl", gzip.compress(LINES.encode(), mtime=0)),  # packed, whatever its name says
        ("papers.jsonl.gz", LINES),  # and the other way round
    ],
)
def test_formats(library: Library, tmp_path: Path, name: str, data: str | bytes) -> None:
    assert import_file(library, write(tmp_path, name, data)) == Report(new=2)
    assert titles(library) == ["Thin adapters", "Prompt tables"]


def test_the_same_file_twice_changes_nothing(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, "papers.jsonl", LINES)
    import_file(library, path)
    before = (library.fingerprint(), library.stats())
    assert import_file(library, path) == Report(unchanged=2)
    assert (library.fingerprint(), library.stats()) == before


def test_another_file_about_the_same_paper_merges(library: Library, tmp_path: Path) -> None:
    import_file(
        library, write(tmp_path, "one.jsonl", '{"title": "Thin", "authors": ["Ada Byron"], "arxiv_id": "2101.00001"}')
    )
    other = write(tmp_path, "other.csv", 'title,authors,doi\nThin!,"Byron, Ada",10.1234/thin\n')
    assert import_file(library, other) == Report(merged=1)
    assert library.aliases(library.resolve("10.1234/thin")) == ["arxiv:2101.00001", "doi:10.1234/thin"]


def test_a_format_can_be_named(library: Library, tmp_path: Path) -> None:
    assert import_file(library, write(tmp_path, "papers.txt", LINES), form="jsonl").new == 2


def test_a_broken_line_is_skipped_counted_and_named_and_the_rest_is_taken_in(library: Library, tmp_path: Path) -> None:
    first, second = LINES.splitlines()
    report = import_file(library, write(tmp_path, "papers.jsonl", f'{first}\n{{"title": "half\n{second}\n'))
    assert (report.new, len(report.skipped)) == (2, 1)
    assert report.skipped[0].where == "papers.jsonl, line 2"
    assert "broken JSON" in report.skipped[0].why


def test_a_line_of_five_megabytes_is_skipped_and_the_rest_is_taken_in(library: Library, tmp_path: Path) -> None:
    report = import_file(library, write(tmp_path, "papers.jsonl", "x" * 5_000_000 + "\n" + LINES))
    assert (report.new, [skipped.where for skipped in report.skipped]) == (2, ["papers.jsonl, line 1"])


def test_titles_with_control_characters_and_half_surrogates_are_cleaned(library: Library, tmp_path: Path) -> None:
    data = r'{"title": "Thin\u0000 \ud83dadapters\u001b", "abstract": "\udc00", "authors": ["A\u0007da"]}'
    import_file(library, write(tmp_path, "papers.jsonl", data))
    paper = next(paper for _, paper in library.all_papers())
    assert (paper.title, paper.abstract, paper.authors) == ("Thin adapters", None, ("A da",))


def test_what_stood_before_a_cut_is_kept(library: Library, tmp_path: Path) -> None:
    noise = random.Random(1)
    papers = [{"title": f"Paper {n}", "abstract": noise.randbytes(200).hex()} for n in range(3_000)]
    packed = gzip.compress("\n".join(json.dumps(paper) for paper in papers).encode(), mtime=0)
    path = write(tmp_path, "papers.jsonl.gz", packed[: len(packed) // 2])
    with pytest.raises(InputError, match=r"cut short or damaged; the \d+ papers before that are in the library"):
        import_file(library, path)
    kept = library.stats()["papers"]
    assert 1_000 < kept < 2_000

    path.write_bytes(packed)
    assert import_file(library, path) == Report(new=3_000 - kept, unchanged=kept)


def test_a_gzip_file_with_a_changed_byte_is_damaged(library: Library, tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(LINES.encode(), mtime=0))
    packed[-8] ^= 0xFF  # the checksum
    with pytest.raises(InputError, match="damaged"):
        import_file(library, write(tmp_path, "papers.jsonl.gz", bytes(packed)))


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("empty.jsonl", b"", "holds no paper"),
        ("empty.json", b"", "holds no paper"),
        ("empty.csv", b"", "no column called title"),
        ("empty.jsonl.gz", gzip.compress(b"", mtime=0), "holds no paper"),
        ("blank.jsonl", b"\n \n", "holds no paper"),
        ("image.jsonl", PNG, "holds no paper"),
        ("image.json", PNG, "holds no paper"),
        ("image.csv", PNG, "no column called title"),
        ("numbers.json", b"[1, 2, 3]", "item 1: a paper is an object with a title"),
        ("number.json", b"1", "holds no paper"),
        ("people.csv", b"name,age\nAda,36\n", "no column called title"),
        ("header.csv", b"title,year\n", "holds no paper"),
        ("people.jsonl", b'{"name": "Ada"}\n', "line 1: no title"),
    ],
)
def test_a_file_that_holds_no_paper_is_one_error(
    library: Library, tmp_path: Path, name: str, data: bytes, why: str
) -> None:
    with pytest.raises(InputError, match=why):
        import_file(library, write(tmp_path, name, data))
    assert library.stats()["papers"] == 0


@pytest.mark.parametrize("name", ["papers.png", "papers", "papers.gz", "papers.jsonl.zip"])
def test_an_unknown_suffix_is_an_error_that_lists_the_known(library: Library, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"no known format .*\.csv, .*\.jsonl"):
        import_file(library, write(tmp_path, name, LINES))


@pytest.mark.parametrize("name", ["missing.jsonl", "missing.png"])
def test_a_missing_file_is_an_error(library: Library, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="there is no file"):
        import_file(library, tmp_path / name)


@pytest.mark.parametrize("name", ["papers", "papers.jsonl"])
def test_a_folder_is_an_error(library: Library, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="is a folder"):
        import_file(library, tmp_path / name)


def test_a_path_below_a_file_is_an_error(library: Library, tmp_path: Path) -> None:
    write(tmp_path, "papers.jsonl", LINES)
    with pytest.raises(InputError, match="cannot be read"):
        import_file(library, tmp_path / "papers.jsonl" / "more.jsonl")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and cannot be read")
def test_a_file_that_opens_and_cannot_be_read_is_an_error(library: Library) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        import_file(library, Path("/proc/self/mem"), form="jsonl")


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX only")
def test_a_file_name_that_is_no_text_will_do(library: Library, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.jsonl")
    try:
        path = write(tmp_path, name, LINES)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert import_file(library, path).new == 2


def test_progress_adds_up_to_the_size_of_the_file(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, "papers.jsonl.gz", gzip.compress(LINES.encode(), mtime=0))
    read: list[int] = []
    import_file(library, path, progress=read.append)
    assert sum(read) == path.stat().st_size


# ---- citations -------------------------------------------------------------------------------------------------------


def test_citations_link_what_the_library_knows(library: Library, tmp_path: Path) -> None:
    import_file(library, write(tmp_path, "papers.jsonl", LINES))
    path = write(
        tmp_path, "citations.tsv", "\ufeffciting\tcited\n# a comment\n\ntables\tthin\r\ntables\tunknown\tmore\n"
    )
    assert import_citations(library, path) == Report(citations={"new": 2, "linked": 1})


def test_packed_citations_are_the_same(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, "citations.tsv.gz", gzip.compress(b"a\tb\n", mtime=0))
    assert import_citations(library, path).citations["new"] == 1


def test_a_line_without_two_ids_is_skipped_and_named(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, "citations.tsv", "a\tb\na b\n\tb\n" + "x" * 301 + "\tb\n" + "x" * 5_000_000 + "\nb\tc\n")
    report = import_citations(library, path)
    assert report.citations["new"] == 2
    assert [skipped.where for skipped in report.skipped] == [f"citations.tsv, line {n}" for n in (2, 3, 4, 5)]


def test_the_same_citations_twice_are_no_error_even_with_a_broken_line(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, "citations.tsv", "a\tb\nbroken\n")
    import_citations(library, path)
    again = import_citations(library, path)
    assert (again.citations["new"], len(again.skipped)) == (0, 1)


@pytest.mark.parametrize("data", [b"", b"a b\n", b"# only a comment\n", PNG])
def test_a_file_without_a_citation_is_an_error(library: Library, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match="holds no citation"):
        import_citations(library, write(tmp_path, "citations.tsv", data))


def test_citations_before_a_cut_are_kept(library: Library, tmp_path: Path) -> None:
    noise = random.Random(2)
    packed = gzip.compress("".join(f"{noise.getrandbits(64)}\tb\n" for _ in range(2_000)).encode(), mtime=0)
    path = write(tmp_path, "citations.tsv.gz", packed[: len(packed) // 2])
    with pytest.raises(InputError, match="cut short"):
        import_citations(library, path)
    assert 500 < library.stats()["citations_kept"] < 1_500


def test_missing_citations_are_an_error(library: Library, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        import_citations(library, tmp_path / "citations.tsv")


def test_reports_add_up() -> None:
    one, other = Report(new=1, citations={"new": 1}), Report(merged=2, unchanged=3)
    assert one + other == Report(new=1, merged=2, unchanged=3, citations={"new": 1})
    assert (one + other).papers == 6
