"""arXiv's snapshot file: a record a line, filtered as it is read, and read on from an offset."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.models import Paper
from corpus.sources import Fault
from corpus.sources.decoding import MAX_LINE
from corpus.sources.snapshot import read_snapshot, to_paper

RECORD: dict[str, Any] = {
    "id": "0704.0077",
    "submitter": "Ada Byron",
    "authors": "A. Byron (Turin), Z. M\\'uller and L. Wei",
    "title": "Thin adapters\n  for gates",
    "comments": "12 pages, code at https://github.com/ada/thin.",
    "journal-ref": "Made-up Letters 5 (2008) 77",
    "doi": "10.5555/thin.77",
    "report-no": None,
    "categories": "cs.CL cs.LG",
    "license": None,
    "abstract": "  We freeze the network\nand train thin layers.\n",
    "versions": [
        {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
        {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
    ],
    "update_date": "2008-11-26",
    "authors_parsed": [["Byron", "Ada", ""], ["Müller", "Zoë", "Jr."], ["Wei", "Lin", "", "Turin"]],
}


def record(**fields: Any) -> dict[str, Any]:
    return RECORD | fields


def read(*values: Any, **wish: Any) -> list[Paper | Fault]:
    return [item for _, item in read_snapshot(io.BytesIO(content(*values)), **wish)]


def content(*values: Any) -> bytes:
    return b"".join(value if isinstance(value, bytes) else json.dumps(value).encode() + b"\n" for value in values)


def ids(items: list[Paper | Fault]) -> list[str | None]:
    return [item.arxiv_id if isinstance(item, Paper) else item.where for item in items]


def test_a_line_is_a_paper() -> None:
    assert read(RECORD) == [
        Paper(
            arxiv_id="0704.0077",
            doi="10.5555/thin.77",
            title="Thin adapters for gates",
            abstract="We freeze the network and train thin layers.",
            authors=("Ada Byron", "Zoë Müller Jr.", "Lin Wei"),
            year=2007,
            venue="Made-up Letters 5 (2008) 77",
            categories=("cs.CL", "cs.LG"),
            url="https://arxiv.org/abs/0704.0077",
            code_url="https://github.com/ada/thin",
            published="2007-04-02",
            updated="2007-07-24",
        )
    ]


def test_without_parsed_authors_the_line_of_authors_is_read() -> None:
    (item,) = read(record(authors_parsed=None))
    assert isinstance(item, Paper)
    assert item.authors == ("A. Byron", "Z. Múller", "L. Wei")


def test_without_versions_the_day_is_that_of_the_update() -> None:
    (item,) = read(record(versions=[]))
    assert isinstance(item, Paper)
    assert (item.published, item.updated, item.year) == (None, "2008-11-26", 2007)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"id": "0704.0077", "title": "cut o\n', "broken JSON"),
        (b"\xff\xfe\n", "broken JSON"),
        (b"[" * 100_000 + b"\n", "broken JSON"),
        (b"7\n", "a record is an object, this is int"),
        (record(id="unheard"), "it has no arXiv id"),
        (record(id=704), "it has no arXiv id"),
        (record(title=None), "it has no title"),
        (record(versions=[{"created": "soon"}]), "'soon' is no date"),
        (record(versions=[{"created": "Mon, 31 Apr 2007 19:18:42 GMT"}]), "'Mon, 31 Apr 2007 19:18:42 GMT' is no date"),
        (b'{"abstract": "' + b"x" * MAX_LINE + b'"}\n', f"longer than {MAX_LINE} bytes"),
    ],
)
def test_a_line_that_is_no_paper_is_a_fault_with_its_offset(line: Any, why: str) -> None:
    first, fault, last = read(RECORD, line, RECORD)
    assert isinstance(first, Paper)
    assert fault == Fault(f"byte {len(content(RECORD))}", why)
    assert isinstance(last, Paper)


def test_half_a_surrogate_pair_costs_no_paper() -> None:
    (item,) = read(content(record(title="Thin?")).replace(b"Thin?", rb"Thin \ud835"))
    assert isinstance(item, Paper)
    assert item.title == "Thin"


FILE = [
    record(id="2101.00001", categories="cs.CL"),
    record(id="2101.00002", categories="math.CO cs.CL"),
    record(id="2101.00003", categories="cs.CLX math.CO", title="On cs.CL"),
    record(id="2101.00004", categories="cs.LG", abstract="We look at cs.CL."),
    record(id="2101.00005", categories="hep-th"),
    record(id="2101.00006", categories="physics.optics"),
]


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        (["cs.CL"], [1, 2]),
        (["cs.LG", "hep-th"], [4, 5]),
        (["cs"], [1, 2, 3, 4]),
        (["cs.*"], [1, 2, 3, 4]),
        (["physics"], [6]),
        (["econ.EM"], []),
        ([], [1, 2, 3, 4, 5, 6]),
    ],
)
def test_records_of_any_wanted_category_pass(categories: list[str], expected: list[int]) -> None:
    assert ids(read(*FILE, categories=categories)) == [f"2101.{n:05d}" for n in expected]


@pytest.mark.parametrize(
    ("since", "until", "passes"),
    [
        (date(2007, 4, 2), date(2007, 4, 2), True),
        (date(2007, 4, 3), None, False),
        (None, date(2007, 4, 1), False),
        (None, date(2007, 4, 2), True),
    ],
)
def test_the_day_of_the_first_version_decides(since: date | None, until: date | None, passes: bool) -> None:
    assert bool(read(RECORD, since=since, until=until)) is passes


def test_a_broken_line_is_told_even_where_it_may_not_be_wanted() -> None:
    assert read(RECORD, b'{"id": "0704.0078", "ti', categories=["econ.EM"]) == [
        Fault(f"byte {len(content(RECORD))}", "broken JSON")
    ]


def test_reading_goes_on_from_any_offset() -> None:
    data = content(*FILE[:2], b"broken\n", *FILE[2:], b"\n", b"x" * (2 * MAX_LINE + 9) + b"\n", RECORD)
    whole = list(read_snapshot(io.BytesIO(data)))
    assert len(whole) == 9
    for number, (offset, _) in enumerate(whole, 1):
        stream = io.BytesIO(data)
        stream.seek(offset)
        assert list(read_snapshot(stream, start=offset)) == whole[number:]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["created", "version"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(RECORD)), _JSON))
def test_no_record_makes_the_reader_fail(fields: dict[str, Any]) -> None:
    assert isinstance(to_paper(RECORD | fields, "here"), Paper | Fault)


@given(st.binary(max_size=200), st.sampled_from([(), ("cs.CL",)]))
def test_no_bytes_make_the_reader_fail(data: bytes, categories: tuple[str, ...]) -> None:
    assert all(isinstance(item, Paper | Fault) for _, item in read_snapshot(io.BytesIO(data), categories=categories))


@given(st.lists(st.sampled_from(FILE), max_size=6), st.sampled_from(["cs.CL", "cs", "hep-th", "math.CO"]))
def test_the_quick_look_drops_nothing_that_a_slow_one_keeps(records: list[dict[str, Any]], category: str) -> None:
    slow = [
        item
        for item in read(*records)
        if isinstance(item, Paper)
        and any(name == category or name.startswith(f"{category}.") for name in item.categories)
    ]
    assert read(*records, categories=[category]) == slow
