"""The readers: bytes in; papers, and the faults of what is none, out. Here: all of them, and JSON."""

from __future__ import annotations

import gzip
import io
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.models import Paper
from corpus.sources import Fault, json_document, jsonl, readers


def read_lines(text: str | bytes) -> list[Paper | Fault]:
    return list(jsonl.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def read_json(text: str | bytes) -> list[Paper | Fault]:
    return list(json_document.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


class Endless(io.RawIOBase):
    """A stream that goes on with `piece` for ever and counts what it has given."""

    def __init__(self, piece: bytes, start: bytes = b"") -> None:
        self._piece, self._rest, self.given = piece, start, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "an endless stream was asked for all of it"
        while len(self._rest) < size:
            self._rest += self._piece * 10_000
        data, self._rest = self._rest[:size], self._rest[size:]
        self.given += size
        return data


@pytest.mark.parametrize("suffix", sorted(readers()))
@given(data=st.binary(max_size=300))
def test_no_bytes_make_a_reader_fail(suffix: str, data: bytes) -> None:
    assert all(isinstance(item, Paper | Fault) for item in readers()[suffix](io.BytesIO(data)))


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.characters(exclude_categories=()), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(Paper.model_fields)), _JSON))
def test_no_json_object_makes_the_reader_fail(fields: dict[str, object]) -> None:
    (item,) = read_lines(json.dumps(fields))
    assert isinstance(item, Paper | Fault)


# ---- JSON lines ------------------------------------------------------------------------------------------------------


def test_a_line_is_a_paper() -> None:
    assert read_lines('{"title": "Thin", "year": 2021, "unknown": 1}\n') == [Paper(title="Thin", year=2021)]


def test_a_title_is_read_without_entities_of_html() -> None:
    lines = '{"title": "Nests &amp; Eggs"}\n{"title": "R&D; AT&T &amp;quot;wings&amp;quot;"}'
    assert read_lines(lines) == [Paper(title="Nests & Eggs"), Paper(title='R&D; AT&T "wings"')]


def test_blank_lines_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    assert read_lines(b'\xef\xbb\xbf{"title": "A"}\r\n\r\n{"title": "B"}') == [Paper(title="A"), Paper(title="B")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"title": "A"', "broken JSON"),
        ("not json", "broken JSON"),
        ("[" * 100_000, "nested too deep"),
        ('{"title": "A", "year": ' + "9" * 5_000 + "}", "a number too long"),
        ("7", "this is int"),
        ('["A"]', "this is list"),
        ("{}", "no title"),
        ('{"title": null}', "no title"),
        ('{"title": " "}', "no title"),
        (r'{"title": "\ud800"}', "no title"),
        ('{"title": 7}', "the title is no text but int"),
        ('{"title": "' + "x" * 1_001 + '"}', "the title is longer than 1000 characters"),
        (b'{"title": "\xff"}', "not UTF-8"),
        ('{"title": "A"}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_line_that_is_no_paper_is_a_fault_with_its_number_and_reason(line: str | bytes, why: str) -> None:
    line = line.encode() if isinstance(line, str) else line
    good, bad, last = read_lines(b'{"title": "First"}\n' + line + b'\n{"title": "Last"}')
    assert (good, last) == (Paper(title="First"), Paper(title="Last"))
    assert isinstance(bad, Fault)
    assert bad.where == "line 2"
    assert why in bad.why


@pytest.mark.parametrize(
    "field",
    [
        '"year": 99999',
        '"year": "2021a"',
        '"year": "forthcoming"',
        '"year": NaN',
        '"year": true',
        '"year": [2021]',
        '"year": ' + "9" * 4_000,
        '"published": "yesterday"',
        '"updated": 20210617',
        '"venue": {"name": 1}',
        '"venue": "' + "x" * 301 + '"',
        '"abstract": ["a"]',
        '"authors": 7',
        '"authors": [{"name": 7}, {}, [], null]',
        '"keywords": [{"score": 1}]',
        '"url": "' + "x" * 2_001 + '"',
    ],
)
def test_a_field_that_cannot_be_used_is_left_out_and_the_paper_kept(field: str) -> None:
    assert read_lines('{"title": "Thin", "arxiv_id": "2101.00001", ' + field + "}") == [
        Paper(title="Thin", arxiv_id="2101.00001")
    ]


@pytest.mark.parametrize(
    "authors",
    [
        '["Ada Byron", "Lin Wei"]',
        '"Ada Byron and Lin Wei"',
        '"Ada Byron & Lin Wei"',
        '"Ada Byron; Lin Wei; et al."',
        '"Ada Byron, Lin Wei, et al."',
        '"Byron, Ada; Wei, Lin"',
        '"Byron, Ada and Wei, Lin and others"',
        '[{"name": "Ada Byron"}, {"name": "Lin Wei", "authorId": "7"}]',
        '[{"family": "Byron", "given": "Ada"}, {"firstName": "Lin", "lastName": "Wei"}]',
    ],
)
def test_authors_are_read_as_a_list_whichever_way_they_are_given(authors: str) -> None:
    assert read_lines('{"title": "Thin", "authors": ' + authors + "}") == [
        Paper(title="Thin", authors=("Ada Byron", "Lin Wei"))
    ]


def test_keywords_and_categories_may_be_text() -> None:
    assert read_lines('{"title": "Thin", "keywords": "adapters, noise", "categories": "cs.CL;cs.LG"}') == [
        Paper(title="Thin", keywords=("adapters", "noise"), categories=("cs.CL", "cs.LG"))
    ]


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_line_may_be_as_long_as_the_limit_and_no_longer(end: str) -> None:
    shell = len('{"title": "A", "other": ""}')
    for length, expected in ((jsonl.MAX_LINE, Paper), (jsonl.MAX_LINE + 1, Fault)):
        line = '{"title": "A", "other": "' + "x" * (length - shell) + '"}'
        assert [type(item) for item in read_lines(line + end)] == [expected]


def test_after_a_line_of_five_megabytes_the_next_is_read() -> None:
    first, second = read_lines('{"title": "' + "x" * 5_000_000 + '"}\n{"title": "B"}\n')
    assert isinstance(first, Fault)
    assert second == Paper(title="B")


def test_a_record_of_arxiv_s_snapshot_is_told_by_its_keys() -> None:
    record = {
        "id": "2101.00001",
        "title": "Thin\n  Adapters",
        "authors": "Ada Byron and Lin Wei",
        "authors_parsed": [["Byron", "Ada", ""], ["Wei", "Lin", ""]],
        "categories": "cs.CL cs.LG",
        "versions": [{"version": "v1", "created": "Mon, 4 Jan 2021 10:00:00 GMT"}],
        "update_date": "2021-02-01",
    }
    (paper,) = read_lines(json.dumps(record))
    assert isinstance(paper, Paper)
    assert (paper.arxiv_id, paper.title, paper.authors) == ("2101.00001", "Thin Adapters", ("Ada Byron", "Lin Wei"))
    assert (paper.categories, paper.published) == (("cs.CL", "cs.LG"), "2021-01-04")


# ---- one JSON document -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '[{"title": "A"}, {"title": "B"}]',
        '{"papers": [{"title": "A"}, {"title": "B"}], "version": 1}',
        '{"title": "A"}\n{"title": "B"}\n',  # JSON lines under another name
    ],
)
def test_a_document_of_papers(text: str) -> None:
    assert read_json(text) == [Paper(title="A"), Paper(title="B")]


def test_a_document_may_be_one_paper() -> None:
    assert read_json('{\n  "title": "A"\n}') == [Paper(title="A")]


def test_an_item_that_is_no_paper_is_a_fault_with_its_number() -> None:
    assert read_json('[{"title": "A"}, 5]') == [
        Paper(title="A"),
        Fault("item 2", "a paper is an object with a title, this is int"),
    ]


def test_an_empty_array_holds_nothing() -> None:
    assert read_json("[]") == read_json("") == []


@pytest.mark.parametrize("key", ["papers", "items", "data", "results"])
def test_the_papers_of_a_document_may_stand_under_several_keys(key: str) -> None:
    assert read_json('{"version": [1, {}], "' + key + '": [{"title": "A"}, {"title": "B"}], "total": 2}') == [
        Paper(title="A"),
        Paper(title="B"),
    ]


def test_a_paper_may_have_a_list_under_such_a_key() -> None:
    assert read_json('{"title": "A", "data": ["set"]}') == [Paper(title="A")]


def test_json_lines_under_another_name_are_read_line_by_line() -> None:
    lines = '\ufeff{"title": "A"}\n\n{"title": "half\n{"title": "B"}\n'
    assert read_json(lines) == [
        Paper(title="A"),
        Fault("line 3", "broken JSON (Invalid control character at)"),
        Paper(title="B"),
    ]
    first, second = read_json('{"title": "half\n{"title": "B"}\n')
    assert (first, second) == (Fault("line 1", "broken JSON (Invalid control character at)"), Paper(title="B"))


def test_json_lines_are_streamed() -> None:
    stream = Endless(b'{"title": "A"}\n')
    papers = json_document.read(stream)
    assert [next(papers) for _ in range(3)] == [Paper(title="A")] * 3
    assert stream.given < 1_000_000


def test_an_array_is_streamed() -> None:
    stream = Endless(b'{"title": "A"}, ', start=b"[")
    papers = json_document.read(stream)
    assert [next(papers) for _ in range(20_000)] == [Paper(title="A")] * 20_000
    assert stream.given < 20_000 * 16 + 200_000


@pytest.mark.parametrize("start", ["[", '{"papers": ['])
@pytest.mark.parametrize(
    "cut", ["", ",", ", ", ', {"title": "C', ', {"title": "C"', ', {"year": 20', ', {"x": fals', r', {"x": "\u12']
)
def test_what_stood_before_a_cut_is_kept(start: str, cut: str) -> None:
    assert read_json(start + '{"title": "A"}, {"title": "B"}' + cut) == [
        Paper(title="A"),
        Paper(title="B"),
        Fault("item 3", "the file ends in the middle"),
    ]


@pytest.mark.parametrize("key", [None, "papers"])
def test_what_stood_before_the_cut_of_a_packed_array_is_kept(key: str | None) -> None:
    noise = random.Random(0)
    papers = [{"title": f"Paper {n}", "abstract": noise.randbytes(200).hex()} for n in range(1_000)]
    packed = gzip.compress(json.dumps({key: papers} if key else papers).encode(), mtime=0)
    kept = []
    with gzip.open(io.BytesIO(packed[: len(packed) // 2])) as stream, pytest.raises(EOFError):
        for item in json_document.read(stream):
            kept.append(item)
    assert 450 < len(kept) < 550
    assert all(isinstance(item, Paper) for item in kept)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[{"title": "A"} {"title": "B"}]', "broken JSON (no , or ] where one must be)"),
        ('[{"title": "A"}, {"title" "B"}]', "broken JSON (Expecting ':' delimiter)"),
        ('[{"title": "A"}, {"x": ' + "9" * 5_000 + "}]", "broken JSON (a number too long)"),
        ('[{"title": "A"}, {"x": ' + "[" * 100_000, "broken JSON (nested too deep)"),
        ('[{"title": "A"}, {"x": "' + "y" * 5_000_000 + '"}]', None),
        ('[{"title": "A"}] and more', "broken JSON (Expecting value)"),
    ],
)
def test_where_an_array_is_broken_the_reading_ends(text: str, why: str | None) -> None:
    first, second = read_json(text)
    assert first == Paper(title="A")
    assert isinstance(second, Fault)
    assert second.where == "item 2"
    assert why in (second.why, None)


def test_an_item_beyond_the_limit_is_not_read_into_memory() -> None:
    stream = Endless(b"x", start=b'[{"title": "A"}, {"title": "')
    first, second = json_document.read(stream)
    assert first == Paper(title="A")
    assert isinstance(second, Fault)
    assert second.why.startswith("longer than 4194304 characters")
    assert stream.given < 3 * jsonl.MAX_LINE


class Dripping(io.BytesIO):
    """A stream that gives one byte at a time."""

    def read1(self, size: int | None = -1) -> bytes:
        return super().read1(1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_it_does_not_matter_how_the_stream_is_parted(encoding: str) -> None:
    data = '[12, {"title": "Étale", "year": 2021}]'.encode(encoding)
    fault = Fault("item 1", "a paper is an object with a title, this is int")
    assert list(json_document.read(Dripping(data))) == [fault, Paper(title="Étale", year=2021)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_a_document_may_be_in_another_encoding(encoding: str) -> None:
    assert read_json('[{"title": "Étale"}]'.encode(encoding)) == [Paper(title="Étale")]


@given(
    st.lists(st.fixed_dictionaries({"title": st.text(min_size=1)}, optional={"extra": _JSON}), max_size=4),
    st.booleans(),
)
def test_a_document_is_read_as_json_reads_it(papers: list[dict[str, object]], pretty: bool) -> None:
    expected = [jsonl.to_paper(paper, f"item {number}") for number, paper in enumerate(papers, 1)]
    assert read_json(json.dumps(papers, indent=2 if pretty else None)) == expected
