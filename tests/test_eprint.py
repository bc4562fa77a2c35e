"""arXiv's LaTeX sources: unpacked in memory whatever is in them, and their bibliographies read."""

from __future__ import annotations

import gzip
import random
import tarfile
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.eprint import EprintServer, bibliography, member, pack, pack_members, printed

from corpus.errors import ServiceError
from corpus.harvest.matching import TitleIndex
from corpus.net import Session
from corpus.sources import Fault, Reference
from corpus.sources.eprint import MAX_FILE, MAX_FILES, NoSource, Source, fetch, read_references, read_source

THIN = printed("Thin adapters", more="\\url{https://arxiv.org/abs/1902.00001}, 2019")
LOW = printed("Low ranks suffice", "Émile Núñez")
BIB = r"""
@string{mm = "Made-up Meeting"}
@article{thin, author = {Byron, Ada and Wei, Lin}, title = {Thin adapters}, year = 2019, eprint = {1902.00001},
  archivePrefix = {arXiv}}
@inproceedings{low, author = {N{\'u}{\~n}ez, {\'E}mile}, title = {Low {R}anks suffice}, booktitle = mm, year = {2021},
  doi = {10.5555/low.1}}
@article{never, author = {Nobody, A.}, title = {Never cited}, year = 2000}
@article{broken, title = {
"""


def titles(source: Source) -> list[str]:
    return [reference.title for reference, _ in read_references(source)]


def of(files: dict[str, str | bytes]) -> list[str]:
    return titles(read_source(pack(files)))


# ---- unpacking -------------------------------------------------------------------------------------------------------


def test_a_tar_gives_its_bibliography_and_its_text() -> None:
    source = read_source(
        pack({"main.tex": "Hello", "main.bbl": bibliography(THIN), "refs.bib": BIB, "fig/a.pdf": b"%PDF", "b.sty": "x"})
    )
    assert source == Source(bbl=(bibliography(THIN),), bib=(BIB,), tex=("Hello",))


def test_a_single_file_is_text() -> None:
    assert titles(read_source(gzip.compress(bibliography(THIN).encode(), mtime=0))) == ["Thin adapters"]


def test_the_gzip_layer_may_have_been_taken_off() -> None:
    for content in (gzip.decompress(pack({"main.bbl": bibliography(THIN)})), bibliography(THIN).encode()):
        assert titles(read_source(content)) == ["Thin adapters"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.5 ...", "a PDF"),
        (gzip.compress(b"%PDF-1.5 ...", mtime=0), "a PDF"),
        (b"%!PS-Adobe-3.0", "PostScript"),
        (b"PK\x03\x04docx", "office document"),
        (b"\n<!DOCTYPE html><p>A paper in HTML", "a web page"),
    ],
)
def test_what_is_no_latex_is_named(content: bytes, kind: str) -> None:
    with pytest.raises(NoSource, match=kind):
        read_source(content)


def test_latin_1_is_read() -> None:
    text = bibliography(printed("Gated losses", "Émile Núñez"))
    ((reference, _),) = read_references(read_source(pack({"main.bbl": text.encode("latin-1")})))
    assert reference.authors == ("Émile Núñez",)


def test_names_are_never_used_as_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = pack_members(
        member("../../outside.bbl", bibliography(THIN)),
        member("/absolute.bbl", bibliography(LOW)),
        member("passwords.bbl", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        member("hard.bbl", kind=tarfile.LNKTYPE, link="/etc/passwd"),
        member("pipe.bbl", kind=tarfile.FIFOTYPE),
        member("device.bbl", kind=tarfile.CHRTYPE),
        member("folder.bbl", kind=tarfile.DIRTYPE),
    )
    assert titles(read_source(content)) == ["Thin adapters", "Low ranks suffice"]
    assert list(tmp_path.iterdir()) == []


def test_a_bomb_is_refused_in_bounded_memory() -> None:
    zeros = bytes(1024 * 1024)
    bombs = [gzip.compress(zeros * 260, 1, mtime=0), pack_members(*(member(f"{n}.png", zeros * 13) for n in range(20)))]
    tracemalloc.start()
    try:
        with pytest.raises(NoSource, match="no bibliography"):
            read_references(read_source(bombs[0]))
        with pytest.raises(NoSource, match="larger than 200 MB"):
            read_source(bombs[1])
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()


def test_too_many_files_are_refused() -> None:
    with pytest.raises(NoSource, match=f"more than {MAX_FILES} files"):
        read_source(pack_members(*(member(f"{n}.tex") for n in range(MAX_FILES + 1))))


def test_a_file_that_is_too_large_is_passed_over() -> None:
    assert of({"all.bib": b"x" * (MAX_FILE + 1), "main.bbl": bibliography(THIN)}) == ["Thin adapters"]


def test_a_header_that_takes_quadratic_time_is_refused() -> None:
    with pytest.raises(NoSource, match="unreasonable name"):
        read_source(pack_members(member("pax", b"1" * 400_000, kind=tarfile.XHDTYPE), member("main.bbl", "")))


def test_a_long_name_is_no_trouble() -> None:
    assert of({"folder/" * 60 + "main.bbl": bibliography(THIN)}) == ["Thin adapters"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_source_that_is_cut_off_is_damaged(share: float) -> None:
    noise = random.Random(0).randbytes(200_000)
    content = pack({"fig.png": noise, "main.bbl": bibliography(THIN)})
    with pytest.raises(NoSource, match="damaged"):
        read_source(content[: int(len(content) * share)])


@settings(max_examples=60)
@given(st.binary(max_size=600), st.integers(0, 1_200), st.booleans())
def test_no_bytes_make_the_reader_fail(junk: bytes, at: int, packed: bool) -> None:
    tar = gzip.decompress(pack({"main.bbl": bibliography(THIN), "main.tex": "\\cite{k1}"}))
    content = tar[:at] + junk + tar[at + len(junk) :]
    for one in (junk, gzip.compress(content, 1, mtime=0) if packed else content):
        try:
            read_references(read_source(one))
        except NoSource as error:
            assert str(error)


# ---- the bibliography ------------------------------------------------------------------------------------------------


def test_a_printed_bibliography_comes_with_its_text() -> None:
    ((reference, text),) = read_references(Source(bbl=(bibliography(THIN),)))
    assert reference == Reference(("arxiv:1902.00001",), "Thin adapters", ("Ada Byron",), 2019)
    assert text.startswith("Ada Byron and Lin Wei.\nThin adapters.\n")


def test_all_printed_bibliographies_count_and_repeats_do_not() -> None:
    assert of({"main.bbl": bibliography(THIN, LOW), "appendix.bbl": bibliography(THIN, printed("More"))}) == [
        "Thin adapters",
        "Low ranks suffice",
        "More",
    ]


def test_items_may_stand_in_the_text_itself() -> None:
    assert of({"main.tex": "\\documentclass{a}\n" + bibliography(THIN) + "\\end{document}"}) == ["Thin adapters"]


def test_ids_come_from_the_bibtex_entry_of_the_same_key() -> None:
    printed_low = bibliography(LOW).replace("{k1}", "{low}")
    ((reference, _),) = read_references(Source(bbl=(printed_low,), bib=(BIB,)))
    assert reference == Reference(("doi:10.5555/low.1",), "Low ranks suffice", ("Émile Núñez",), 2021)


def test_without_a_printed_bibliography_the_cited_entries_count() -> None:
    source = Source(bib=(BIB,), tex=("\\citep[see][]{thin} and % \\cite{never}\n \\citet*{ low ,\n unknown}",))
    assert titles(source) == ["Thin adapters", "Low Ranks suffice"]
    assert [reference.ids for reference, _ in read_references(source)] == [
        ("arxiv:1902.00001",),
        ("doi:10.5555/low.1",),
    ]


@pytest.mark.parametrize("command", ["cite", "Citet", "parencite", "textcite", "nocite", "citeauthor", "onlinecite"])
def test_every_cite_command_counts(command: str) -> None:
    assert titles(Source(bib=(BIB,), tex=(f"\\{command}{{thin}}",))) == ["Thin adapters"]


def test_nocite_of_everything_cites_everything() -> None:
    assert titles(Source(bib=(BIB,), tex=("\\nocite{*}",))) == ["Thin adapters", "Low Ranks suffice", "Never cited"]


def test_without_a_text_every_entry_counts() -> None:
    assert titles(Source(bib=(BIB,))) == ["Thin adapters", "Low Ranks suffice", "Never cited"]


def test_a_source_that_cites_nothing_says_so() -> None:
    for source in (Source(), Source(tex=("withdrawn",)), Source(bib=(BIB,), tex=("no citation",))):
        with pytest.raises(NoSource, match="no bibliography"):
            read_references(source)


def test_a_huge_bibtex_file_is_searched_for_what_is_cited() -> None:
    entries = (f"@article{{k{n}, title = {{Paper {n}}}, author = {{Byron, Ada}}, year = 2020}}" for n in range(100_000))
    began = time.perf_counter()
    assert titles(Source(bib=("\n".join(entries),), tex=("\\cite{k7,k99999}",))) == ["Paper 7", "Paper 99999"]
    assert time.perf_counter() - began < 5.0


def test_the_references_meet_the_library() -> None:
    known = TitleIndex([("a", "Thin Adapters", ["Ada Byron"]), ("b", "Low ranks suffice", ["Émile Núñez"])])
    pairs = read_references(Source(bbl=(bibliography(THIN, LOW, printed("Unknown things")),)))
    assert [known.find(text, reference) for reference, text in pairs] == ["a", "b", None]


# ---- asking ----------------------------------------------------------------------------------------------------------


def ask(server: EprintServer, alias: str, patience: float = 300.0) -> list[tuple[Reference, str]] | Fault:
    return fetch(Session(sleep=lambda seconds: None, patience=patience), alias, base_url=server.url, interval=0.0)


@pytest.mark.parametrize("as_encoding", [False, True])
def test_a_source_is_fetched(as_encoding: bool) -> None:
    sources = {"2106.00001": pack({"main.bbl": bibliography(THIN, LOW)}), "hep-th/9901001": pack({"a.tex": ""})}
    with EprintServer(sources, as_encoding=as_encoding) as server:
        found = ask(server, "arxiv:2106.00001")
        assert ask(server, "arxiv:hep-th/9901001") == Fault(
            "arxiv:hep-th/9901001", "there is no bibliography in its source"
        )
        assert server.requests == ["/e-print/2106.00001", "/e-print/hep-th/9901001"]
    assert not isinstance(found, Fault)
    assert [reference.title for reference, _ in found] == ["Thin adapters", "Low ranks suffice"]


def test_a_paper_without_latex_says_so() -> None:
    with EprintServer({"2106.00001": b"%PDF-1.5"}) as server:
        assert ask(server, "arxiv:2106.00001") == Fault(
            "arxiv:2106.00001", "arXiv has no LaTeX source of it, but a PDF"
        )


def test_a_source_that_is_too_large_is_this_papers_fault() -> None:
    with EprintServer({}, always=413) as server:
        assert ask(server, "arxiv:2106.00001") == Fault("arxiv:2106.00001", "its source is too large to be read")


def test_a_paper_that_is_not_there_is_an_error_of_its_own_status() -> None:
    with EprintServer({}) as server, pytest.raises(ServiceError) as caught:
        ask(server, "arxiv:2106.00001")
    assert caught.value.status == 404


@pytest.mark.parametrize("trouble", ["html", "rate", "nothing", "drop", 503])
def test_a_busy_service_is_asked_again(trouble: str | int) -> None:
    with EprintServer({"2106.00001": pack({"a.bbl": bibliography(THIN)})}, troubles={1: trouble}) as server:
        assert not isinstance(ask(server, "arxiv:2106.00001"), Fault)
        assert len(server.requests) == 2
