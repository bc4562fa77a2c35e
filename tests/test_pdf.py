"""PDFs in; a paper and its text, or the reason why not, out. The PDFs are written here, byte by byte."""

from __future__ import annotations

import hashlib
import io
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.models import Paper
from corpus.sources import Fault, pdf, pdf_pages
from corpus.sources.pdf import Document, read_pdf

# ---- writing a PDF (ISO 32000-1) -------------------------------------------------------------------------------------

WORDS = "These sentences are here so that the page has a usual size of letters and enough of them to be a text at all."
UPRIGHT, UPWARD = "1 0 0 1", "0 1 -1 0"


@dataclass
class Put:
    """A piece of text on a page: `turn` are the first four numbers of its matrix."""

    text: str
    size: float = 10
    x: float = 72
    y: float = 700
    bold: bool = False
    turn: str = UPRIGHT


@dataclass
class Sheet:
    """A page under construction: each line stands below the one before."""

    puts: list[Put] = field(default_factory=list)
    y: float = 740

    def line(self, text: str, size: float = 10, *, bold: bool = False, gap: float = 1.2) -> Sheet:
        self.y -= size * gap
        self.puts.append(Put(text, size, 72, self.y, bold))
        return self

    def lines(self, *texts: str, size: float = 10) -> Sheet:
        for text in texts:
            self.line(text, size)
        return self

    def put(self, text: str, size: float, x: float, y: float, turn: str = UPRIGHT) -> Sheet:
        self.puts.append(Put(text, size, x, y, turn=turn))
        return self

    def body(self, times: int = 4) -> Sheet:
        return self.lines("1 Introduction", *[WORDS] * times)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), entries, data)


def content(sheet: Sheet) -> bytes:
    shown = [
        f"BT /{'B' if put.bold else 'F'} {put.size} Tf {put.turn} {put.x} {put.y} Tm "
        f"<{put.text.encode('utf-16-be').hex()}> Tj ET"
        for put in sheet.puts
    ]
    return "\n".join(shown).encode()


def font(name: str, spells: dict[str, str]) -> tuple[bytes, bytes]:
    """A font whose codes are UTF-16, and the table that says so; `spells` makes a code stand for something else."""
    chars = sorted({*"".join(chr(code) for code in range(32, 127)), *"摘要引言：是文章的一个很好方法ﬁ—©’ü", *spells})
    pairs = [f"<{ord(c):04x}> <{spells.get(c, f'{ord(c):04x}')}>" for c in chars]
    blocks = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
    table = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
    cmap = f"begincmap\n1 begincodespacerange <0000> <ffff> endcodespacerange\n{table}endcmap\n"
    entry = (
        f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H/ToUnicode %d 0 R/DescendantFonts"
        f"[<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDSystemInfo<</Registry(A)/Ordering(I)/Supplement 0>>"
        f"/DW 500/FontDescriptor<</Type/FontDescriptor/FontName/{name}/Flags 4/Ascent 800/Descent -200>>>>]>>"
    )
    return entry.encode(), stream(cmap.encode())


def write(
    *sheets: Sheet | bytes, title: str = "", author: str = "", extra: bytes = b"", spells: dict[str, str] | None = None
) -> bytes:
    """A PDF of these pages; a page given as bytes is its content stream."""
    plain, table = font("Serif-Roman", spells or {})
    bold, bold_table = font("Serif-Bold", spells or {})
    info = "".join(
        f"/{key} <feff{text.encode('utf-16-be').hex()}>" for key, text in (("Title", title), ("Author", author))
    )
    fonts = b"/Resources<</Font<</F 3 0 R/B 5 0 R>>>>"
    objects = [b"", b"", plain % 4, table, bold % 6, bold_table, f"<<{info}>>".encode()]
    kids = []
    for sheet in sheets:
        data = sheet if isinstance(sheet, bytes) else content(sheet)
        kids.append(b"%d 0 R" % (len(objects) + 2))
        objects.append(stream(data))
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]%s/Contents %d 0 R>>" % (fonts, len(objects)))
    objects[0] = b"<</Type/Catalog/Pages 2 0 R%s>>" % extra
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    return assemble(objects, b"/Info 7 0 R")


def assemble(objects: list[bytes], trailer: bytes = b"") -> bytes:
    pieces, places, at = [b"%PDF-1.7\n"], [], 9
    for number, body in enumerate(objects, 1):
        places.append(at)
        pieces.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        at += len(pieces[-1])
    pieces.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    pieces += [b"%010d 00000 n \n" % place for place in places]
    pieces.append(b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, at))
    return b"".join(pieces)


def rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def encrypted(page: bytes, password: bytes) -> bytes:
    """A PDF of one page in Helvetica, encrypted with 40 bits under a user password (ISO 32000-1, 7.6.3, revision 2)."""
    pad = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    user = (password + pad)[:32]
    owner = rc4(hashlib.md5((b"owner" + pad)[:32]).digest()[:5], user)
    key = hashlib.md5(user + owner + b"\xfc\xff\xff\xff" + b"an id").digest()[:5]
    own_key = hashlib.md5(key + (4).to_bytes(3, "little") + b"\x00\x00").digest()[:10]
    return assemble(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
            stream(rc4(own_key, page)),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (owner.hex().encode(), rc4(key, pad).hex().encode()),
        ],
        b"/Encrypt 6 0 R/ID[<%s><%s>]" % ((b"an id".hex().encode(),) * 2),
    )


TITLE = "Folding Tents in the Dark"


def front(title: str = TITLE) -> Sheet:
    """A first page as far as the names."""
    return Sheet().line(title, 17).line("Ada Pole", 11, gap=2).line("Bo Peg", 11, gap=1.5)


def paper(*sheets: Sheet, name: str = "", title: str = "", author: str = "") -> Paper:
    found = read_pdf(write(*sheets, title=title, author=author), name)
    assert isinstance(found, Document), found
    return found.paper


def why(content: bytes) -> str:
    found = read_pdf(content, "tent.pdf")
    assert isinstance(found, Fault), found
    assert found.where == "tent.pdf"
    return found.why


# ---- a whole paper ---------------------------------------------------------------------------------------------------


def test_a_paper_is_read_with_all_that_its_first_page_tells() -> None:
    page = Sheet().put("arXiv:2106.00001v2 [cs.CV] 16 Oct 2022", 20, 32, 240, UPWARD)
    page.line("Published as a conference paper at ICLR 2022", 10)
    page.line("Folding Tents", 17, gap=2).line("in the Dark", 17).line("Ada Pole and Bo Peg", 11, gap=2)
    page.line("Abstract", 12, gap=3).lines("We fold a tent without light and count the poles that", "remain. " + WORDS)
    found = read_pdf(write(page.body(), Sheet().body(), author="Ada Pole and Bo Peg"), "x.pdf")
    assert isinstance(found, Document)
    assert found.paper == Paper(
        arxiv_id="2106.00001",
        title="Folding Tents in the Dark",
        abstract="We fold a tent without light and count the poles that remain. " + WORDS,
        authors=("Ada Pole", "Bo Peg"),
        year=2021,
        categories=("cs.CV",),
    )
    first, second = found.text.split("\f")
    assert first.startswith("arXiv:2106.00001v2") and "Folding Tents\nin the Dark" in first
    assert second.startswith("1 Introduction\nThese sentences")


def test_the_reader_gives_the_paper_alone() -> None:
    assert list(pdf.read(io.BytesIO(write(front().body())))) == [Paper(title=TITLE)]


# ---- title -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "larger",
    [
        "arXiv:2106.00001v1 [cs.CV] 1 Jun 2021",
        "Published as a conference paper at ICLR 2022",
        "Journal of Tents",
        "Abstract",
    ],
)
def test_what_is_larger_than_the_title_but_none_is_passed_over(larger: str) -> None:
    assert paper(Sheet().line(larger, 24).line("", 40).line(TITLE, 17).body()).title == TITLE


def test_the_mark_of_a_footnote_is_no_part_of_the_title() -> None:
    page = Sheet().line(TITLE, 17)
    page.put("1", 9, 72 + 8.5 * len(TITLE), page.y + 6)
    assert paper(page.body()).title == TITLE


@pytest.mark.parametrize("bold", [True, False])
def test_a_title_as_small_as_the_text_is_known_by_bold_letters_or_capitals(bold: bool) -> None:
    title = TITLE if bold else TITLE.upper()
    assert paper(Sheet().line(title, 10, bold=bold).line("Ada Pole", 10).body()).title == title


def test_small_capitals_are_spelt_as_the_metadata_has_them() -> None:
    page = (
        Sheet().put("F", 17, 72, 700).put("OLDING ", 13.6, 81, 700).put("T", 17, 132, 700).put("ENTS", 13.6, 141, 700)
    )
    assert paper(page.body()).title == "FOLDING TENTS"
    assert paper(page, title="Folding tents").title == "Folding tents"


@pytest.mark.parametrize(
    "claimed", ["untitled", "Microsoft Word - tents.doc", "tents.dvi", "Quite Another Paper", "Folding"]
)
def test_a_title_in_the_metadata_that_the_page_does_not_show_is_not_believed(claimed: str) -> None:
    assert paper(front().body(), title=claimed).title == TITLE


def test_a_page_without_a_title_is_called_as_its_file_is() -> None:
    page = Sheet().lines(*[WORDS] * 3)
    assert paper(page, name="Folding_Tents-at-Night.pdf").title == "Folding Tents at Night"
    assert "shows no title" in str(read_pdf(write(page), "scan01.pdf"))


def test_a_word_that_the_lines_of_a_title_part_is_whole() -> None:
    page = Sheet().line("Folding Trans-", 17).line("formers of Low-", 17).line("Rank Tents", 17)
    assert paper(page.body().line("Transformers are tents.")).title == "Folding Transformers of Low-Rank Tents"


# ---- authors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claimed", ["Ada Pole; Bo Peg", "Ada Pole, Bo Peg", "Ada Pole and Bo Peg", "Ada Pole & Bo Peg"]
)
def test_authors_are_those_of_the_metadata(claimed: str) -> None:
    assert paper(front().body(), author=claimed).authors == ("Ada Pole", "Bo Peg")


@pytest.mark.parametrize(
    "claimed", ["admin", "Cy Cord", "Ada Pole; Cy Cord", "Bo Peg; Ada Pole", "Bo Peg", "tents@example.org"]
)
def test_authors_that_the_page_does_not_show_first_are_not_believed(claimed: str) -> None:
    assert paper(front().body(), author=claimed).authors == ()


def test_one_author_alone_is_believed_only_where_nobody_else_has_an_address() -> None:
    page = front().line("ada@example.org").body()
    assert paper(page, author="Ada Pole").authors == ("Ada Pole",)
    assert paper(page.line("bo@example.org"), author="Ada Pole").authors == ()


# ---- abstract --------------------------------------------------------------------------------------------------------

SENTENCES = [
    "We fold a tent in the dark, without any light at all, and",
    "we count the poles that remain on the grass.",
]


@pytest.mark.parametrize("heading", ["Abstract", "ABSTRACT", "A B S T R A C T", "Abstract.", "摘要", "摘 要"])
@pytest.mark.parametrize(
    "after", ["1 Introduction", "1. INTRODUCTION", "I. INTRODUCTION", "Keywords: tents", "引言", "1 Tents"]
)
def test_the_abstract_stands_between_its_heading_and_the_next(heading: str, after: str) -> None:
    page = front().line(heading, 12, gap=2).lines(*SENTENCES).lines(after, WORDS)
    assert paper(page).abstract == " ".join(SENTENCES)


@pytest.mark.parametrize("start", ["Abstract—", "Abstract. ", "ABSTRACT ", "摘要：", "摘要 "])
def test_the_abstract_may_begin_in_the_line_of_its_heading(start: str) -> None:
    assert paper(front().lines(start + SENTENCES[0], SENTENCES[1]).body()).abstract == " ".join(SENTENCES)


def test_a_bold_heading_may_run_into_the_abstract_but_a_word_of_a_sentence_is_no_heading() -> None:
    page = front().line("Abstract " + SENTENCES[0], bold=True).lines(SENTENCES[1]).body()
    assert paper(page).abstract == " ".join(SENTENCES)
    assert paper(front().lines("Abstract " + SENTENCES[0], SENTENCES[1]).body()).abstract is None


def test_an_abstract_on_the_second_page_is_found() -> None:
    assert paper(front(), Sheet().line("Abstract", 12).lines(*SENTENCES).body()).abstract == " ".join(SENTENCES)


def test_words_parted_at_a_lines_end_are_joined_as_the_document_spells_them() -> None:
    page = front().line("Abstract", 12, gap=2)
    page.lines(
        "We train a trans-",
        "former with a low-",
        "rank update of its weights and count how many poles remain on the grass.",
    )
    page.body().lines("A transformer of low-rank updates is what we train.")
    assert str(paper(page).abstract).startswith("We train a transformer with a low-rank update of its weights")


def test_ligatures_are_letters() -> None:
    page = front().line("Abstract", 12, gap=2).lines("We ﬁnd a tent. " + SENTENCES[0], SENTENCES[1]).body()
    assert str(paper(page).abstract).startswith("We find a tent.")


def test_a_footnote_in_the_midst_of_an_abstract_is_passed_over() -> None:
    page = (
        front()
        .line("Abstract", 12, gap=2)
        .lines(SENTENCES[0])
        .line("* Both poled equally.", 7)
        .lines(SENTENCES[1])
        .body()
    )
    assert paper(page).abstract == " ".join(SENTENCES)


def test_an_abstract_without_an_end_is_none() -> None:
    assert paper(front().line("Abstract", 12, gap=2).lines(*SENTENCES)).abstract is None
    assert paper(front().line("Abstract", 12), *[Sheet().lines(*[WORDS] * 30) for _ in range(2)]).abstract is None


# ---- arXiv id, DOI, year ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stamp", "arxiv_id", "year"),
    [
        ("arXiv:2106.00001v2 [cs.CL] 16 Oct 2022", "2106.00001", 2021),
        ("arXiv:0704.0001v1 [hep-ph] 2 Apr 2007", "0704.0001", 2007),
        ("arXiv:math/9404236v1 [math.HO] 1 Apr 1994", "math/9404236", 1994),
        ("arXiv:cmp-lg/9404001v1 1 Apr 1994", "cmp-lg/9404001", 1994),
    ],
)
def test_the_stamp_in_the_margin_gives_the_arxiv_id_and_the_year_of_its_first_version(
    stamp: str, arxiv_id: str, year: int
) -> None:
    found = paper(front().put(stamp, 20, 32, 240, UPWARD).body())
    assert (found.arxiv_id, found.year) == (arxiv_id, year)


def test_an_arxiv_id_in_the_text_is_another_papers() -> None:
    assert paper(front().line("arXiv:2106.00001 was first, and [3] says arXiv:2106.00002.").body()).arxiv_id is None


def test_a_file_that_is_called_by_its_arxiv_id_has_it() -> None:
    assert paper(front().body(), name="2106.00001v3.pdf").arxiv_id == "2106.00001"
    assert paper(front().body(), name="tents-2106.00001.pdf").arxiv_id is None


@pytest.mark.parametrize(
    "line", ["https://doi.org/10.5555/tents.7", "DOI: 10.5555/Tents.7.", "doi:10.5555/tents.7", "10.5555/tents.7"]
)
def test_a_doi_that_stands_alone_is_the_papers(line: str) -> None:
    assert paper(front().line(line).body()).doi == "10.5555/tents.7"


def test_a_doi_that_runs_over_the_lines_end_is_whole() -> None:
    assert (
        paper(front().lines("https://doi.org/10.5555/2939672.", "2939785", "Tents").body()).doi
        == "10.5555/2939672.2939785"
    )


def test_two_dois_or_one_among_the_references_are_others() -> None:
    assert paper(front().lines("doi:10.5555/tents.7", "doi:10.5555/tents.8").body()).doi is None
    assert paper(front().body().lines("References", "Pole, A.: Tents. doi:10.5555/tents.8")).doi is None


@pytest.mark.parametrize(
    ("y", "line", "year"),
    [
        (760, "Published as a conference paper at ICLR 2022", 2022),
        (40, "Proceedings of the 57th Meeting, pages 1–10, July 28, 2019. ©2019 Tents", 2019),
        (170, "TENT ’16, August 13-17, 2016, Field", 2016),
        (40, "Conference on Tents 2018, after that of 2017", None),
        (40, "We won the challenge of 2012", None),
        (400, "The conference of 2012 was wet", None),
    ],
)
def test_the_year_is_that_of_the_publishers_line(y: float, line: str, year: int | None) -> None:
    assert paper(front().put(line, 8, 72, y).body()).year == year


# ---- what cannot be read ---------------------------------------------------------------------------------------------


def page_in_helvetica() -> bytes:
    return f"BT /F 17 Tf 72 700 Td ({TITLE}) Tj /F 10 Tf 0 -30 Td ({WORDS}) Tj 0 -12 Td ({WORDS}) Tj ET".encode()


def test_a_file_that_asks_for_a_password_says_so() -> None:
    assert why(encrypted(page_in_helvetica(), b"pole")) == "is encrypted: save it without a password"


def test_a_file_encrypted_with_the_empty_password_is_read() -> None:
    found = read_pdf(encrypted(page_in_helvetica(), b""), "")
    assert isinstance(found, Document) and found.paper.title == TITLE


def test_a_scanned_file_is_told_about_ocr() -> None:
    assert "run OCR" in why(write(b"0 0 612 792 re f", b"0 0 612 792 re f"))


def test_a_file_whose_letters_stand_for_others_is_told_about_ocr() -> None:
    page = Sheet().line("# $ % & A ' ( ) b + ,", 17).lines(*["! a # b $ c % d & e ' f ( g"] * 20)
    assert "which letters" in why(write(page))


def test_chinese_characters_that_stand_one_by_one_are_text() -> None:
    text = "文章的一个很好方法" * 4
    page = Sheet().line("文章的一个很好方法", 17).lines(*[" ".join(text[at:]) for at in range(5)])
    assert paper(page).title == "文章的一个很好方法"


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 1000, b"PK\x03\x04 a letter", b"<html>%PD", b"%PDF-1.7\n", b"%PDF-1.7\n%%EOF"]
)
def test_what_is_no_pdf_is_refused(content: bytes) -> None:
    assert "is no PDF" in why(content) or "is empty" in why(content)


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_a_file_cut_short_is_refused(share: float) -> None:
    whole = write(front().body())
    assert "cut short" in why(whole[: int(share * len(whole))])


def test_a_file_without_pages_is_refused() -> None:
    assert why(write())


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_BYTES", 100)
    assert "is larger than" in why(write(front()))


@settings(max_examples=15, deadline=None)
@given(at=st.integers(0, 4000), bytes_=st.binary(min_size=1, max_size=40))
def test_no_damage_makes_the_reader_fail(at: int, bytes_: bytes) -> None:
    whole = write(front().body())
    at %= len(whole)
    assert isinstance(read_pdf(whole[:at] + bytes_ + whole[at + len(bytes_) :], ""), Document | Fault)


def test_nothing_is_written_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    read_pdf(write(front().body())[:-200], "")
    read_pdf(b"%PDF-1.7\n1 0 obj<</Type/Catalog", "")
    assert capfd.readouterr() == ("", "")


# ---- bounds ----------------------------------------------------------------------------------------------------------


def forms(depth: int) -> bytes:
    """A page that draws a form ten times, which draws a form ten times, and so on: 10 ** depth texts."""
    entry = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X %d 0 R>>>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
        stream(b"/X Do"),
    ]
    objects += [stream(b"/X Do " * 10, entry % (6 + level)) for level in range(depth)]
    last = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F %d 0 R>>>>" % (6 + depth)
    objects.append(stream(b"BT /F 9 Tf 50 50 Td (ha) Tj ET", last))
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    return assemble(objects)


def inflating(megabytes: int) -> bytes:
    """A page whose content is that large when unpacked."""
    # A block that ends with a full flush can be repeated (RFC 1951), which is quicker than packing all of it.
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b"\n" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    count = megabytes << 20
    low, high = (
        (1 + 10 * count) % 65521,
        (count + 5 * count * (count + 1)) % 65521,
    )  # Adler-32 of so many line ends, 10 each
    packed = b"\x78\xda" + block * megabytes + b"\x03\x00" + (high << 16 | low).to_bytes(4, "big")
    return assemble(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>",
            stream(zlib.compress(packed, 9), b"/Filter[/FlateDecode/FlateDecode]"),
        ]
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory")
@pytest.mark.parametrize(("pack", "size"), [(inflating, 2000), (forms, 8)], ids=["inflating", "forms"])
def test_a_bomb_ends_its_own_process_and_becomes_a_fault(pack: Callable[[int], bytes], size: int) -> None:
    bomb = pack(size)
    assert len(bomb) < 10_000
    started = time.monotonic()
    assert "needs more than 1 GB of memory" in why(bomb)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("piece", ["a", "a-", "-", "a\u00ad"])
def test_an_endless_word_takes_no_endless_time(piece: str) -> None:
    words = Sheet()
    for number in range(60):  # PDFium reads no more than 32,767 characters of a string
        words.line(f"{number} " + piece * (30_000 // len(piece)))
    started = time.process_time()
    read_pdf(write(front().body(), words), "")
    assert time.process_time() - started < 10


def test_a_file_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "LIMIT", 0.001)
    assert "takes more than" in why(write(front().body()))


def test_a_long_book_is_read_as_far_as_the_bounds_go(monkeypatch: pytest.MonkeyPatch) -> None:
    book = write(front().body(), *[Sheet().lines(f"Page {number}. {WORDS}") for number in range(2, 7)])
    monkeypatch.setattr(pdf_pages, "MAX_PAGES", 4)
    found = pdf_pages.extract(book)
    assert (found["count"], len(found["texts"]), len(found["lines"])) == (6, 4, 3)
    monkeypatch.setattr(pdf_pages, "MAX_TEXT", 500)
    assert sum(map(len, pdf_pages.extract(book)["texts"])) == 500


def test_ten_thousand_pages_are_no_burden() -> None:
    book = write(front().body(), *[Sheet().lines(WORDS)] * 9_999)
    found = read_pdf(book, "")
    assert isinstance(found, Document) and found.text.count("\f") == pdf_pages.MAX_PAGES - 1


def test_javascript_is_passed_over() -> None:
    script = b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\); while \\(true\\) {})>>"
    found = read_pdf(write(front().body(), extra=script), "")
    assert isinstance(found, Document) and found.paper.title == TITLE


def test_halves_of_surrogate_pairs_and_control_characters_are_removed() -> None:
    page = front().body().line("a^b~c")
    found = read_pdf(write(page, spells={"^": "d83d", "~": "0007"}), "")
    assert isinstance(found, Document)
    found.text.encode()
    assert all(char.isprintable() or char in "\n\f" for char in found.text)
    assert found.text.endswith("ab c")
