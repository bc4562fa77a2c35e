"""Semantic Scholar: batches read, and asked of a local server that times out, empties lists and wants a key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.semantic_scholar import SemanticScholarServer, Work, made_up_id

from corpus.errors import ServiceError
from corpus.models import Paper
from corpus.net import Session
from corpus.sources import Batch, Bibliography, Reference
from corpus.sources.semantic_scholar import MAX_PAGE, Entry, fetch, paper_id, parse, parse_page

ADAPTERS = Work("a" * 40, "Thin adapters", {"ArXiv": "1902.00001", "DOI": "10.5555/Thin.1"}, ("Ada Byron",), 2019)
PARSER = Work("b" * 40, "A parser for notes", {"DOI": "10.18653/v1/P19-1613"}, ("Lin Wei",), 2019)
BOOK = Work("c" * 40, "A book without ids", {}, ("Noor Haddad",), None)
RANKS = Work(
    "d" * 40,
    "Low ranks suffice",
    {"ArXiv": "2106.00001", "DOI": "10.48550/arXiv.2106.00001"},
    ("Émile Núñez", "Ada Byron"),
    2021,
    "Made-up Meeting",
    (ADAPTERS, PARSER, BOOK),
    cited_by=7,
)


def many(count: int) -> list[Work]:
    """Papers that each cite the adapters."""
    return [Work(made_up_id(n), f"Paper {n}", {"ArXiv": f"2301.{n:05d}"}, cites=(ADAPTERS,)) for n in range(count)]


def arxiv(works: list[Work]) -> list[str]:
    return [f"arxiv:{work.ids['ArXiv']}" for work in works]


def ask(server: SemanticScholarServer, aliases: list[str], patience: float = 300.0, **options: Any) -> list[Batch]:
    """The batches; waits for retries are not slept."""
    session = Session(sleep=lambda seconds: None, patience=patience)
    return list(fetch(session, aliases, base_url=server.url, interval=0.0, **options))


def one(batches: list[Batch]) -> Bibliography:
    (found,) = [bibliography for batch in batches for bibliography in batch.found]
    return found


def parse_one(**item: Any) -> Entry:
    (entry,) = parse(json.dumps([item]).encode(), ["arxiv:2106.00001"])
    assert entry
    return entry


# ---- ids -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("arxiv:2106.09685", "ARXIV:2106.09685"),
        ("arxiv:cs/0112017", "ARXIV:cs/0112017"),
        ("doi:10.1000/a:b", "DOI:10.1000/a:b"),
        ("acl:P19-1613", "ACL:P19-1613"),
        ("s2:" + "a" * 40, "a" * 40),
        ("mla:hu2022iclr-lora", None),
        ("title:0123456789ab", None),
        ("openalex:W12", None),
        ("Low ranks suffice", None),
        ("s2:", None),
        ("", None),
    ],
)
def test_the_name_under_which_a_paper_is_asked_for(alias: str, name: str | None) -> None:
    assert paper_id(alias) == name


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_an_entry_tells_of_the_paper_and_whom_it_cites() -> None:
    with SemanticScholarServer([RANKS]) as server:
        assert one(ask(server, ["arxiv:2106.00001"])) == Bibliography(
            asked="arxiv:2106.00001",
            record=Paper(
                arxiv_id="2106.00001",
                title="Low ranks suffice",
                authors=("Émile Núñez", "Ada Byron"),
                year=2021,
                venue="Made-up Meeting",
            ),
            references=(
                Reference(("arxiv:1902.00001", "doi:10.5555/thin.1"), "Thin adapters", ("Ada Byron",), 2019),
                Reference(("acl:P19-1613",), "A parser for notes", ("Lin Wei",), 2019),
                Reference(("s2:" + "c" * 40,), "A book without ids", ("Noor Haddad",), None),
            ),
            cited_by_count=7,
        )


def test_an_acl_id_becomes_the_address_in_the_anthology() -> None:
    record = parse_one(title="A parser", externalIds={"ACL": "P19-1613", "DOI": "10.5555/p"}).bibliography.record
    assert record and (record.url, record.doi) == ("https://aclanthology.org/P19-1613/", "10.5555/p")


def test_the_record_keeps_the_id_that_was_asked_for() -> None:
    # The service may have the paper under another arXiv id, or without one; the library must recognise the record.
    for ids in ({"ArXiv": "1999.00009"}, {"DOI": "10.5555/x"}, None):
        record = parse_one(title="Low ranks", externalIds=ids).bibliography.record
        assert record and record.arxiv_id == "2106.00001"


def test_an_entry_without_a_title_still_has_its_references() -> None:
    entry = parse_one(title=None, references=[{"paperId": "e" * 40, "title": "Old"}], citationCount=3)
    assert entry.bibliography.record is None
    assert entry.bibliography.cited_by_count == 3
    assert entry.bibliography.references == (Reference(("s2:" + "e" * 40,), "Old"),)


def test_fields_of_the_wrong_kind_are_passed_over() -> None:
    entry = parse_one(
        title="Low ranks",
        year="2021",
        venue=None,
        authors=[None, {"name": None}, {"name": "Ada"}, "Lin"],
        externalIds={"ArXiv": 2106, "DOI": "no doi"},
        references=[None, 3, {"paperId": None, "title": "A talk", "year": 99_999, "authors": None}],
        citationCount=True,
        referenceCount=-1,
    )
    assert entry.bibliography.record == Paper(arxiv_id="2106.00001", title="Low ranks", authors=("Ada",))
    assert entry.bibliography.references == (Reference((), "A talk"),)
    assert entry.bibliography.cited_by_count is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"message": "Too Many Requests"}', "Too Many Requests"),
        (b"[null]", "1 came back"),
        (b"[null, 3]", "no paper"),
        (b"[null, {", "no whole JSON"),
        (b"", "no whole JSON"),
        (b"\xff", "no whole JSON"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_an_answer_of_another_shape_says_why(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(content, ["arxiv:2106.00001", "arxiv:2106.00002"])


def test_a_page_of_references_says_where_the_next_begins() -> None:
    page = parse_page(b'{"offset": 0, "next": 2, "data": [{"citedPaper": {"title": "A"}}, {"citedPaper": null}]}')
    assert (page.references, page.next) == ((Reference((), "A"),), 2)


def test_a_withheld_page_is_empty() -> None:
    assert parse_page(b'{"data": null}').references == ()


@pytest.mark.parametrize("content", [b"[]", b'{"error": "no"}', b'{"data": 3}', b"<html>"])
def test_what_is_no_page_says_why(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"expected|no whole JSON"):
        parse_page(content)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "title",
                    "authors",
                    "name",
                    "externalIds",
                    "ArXiv",
                    "DOI",
                    "references",
                    "paperId",
                    "data",
                    "citedPaper",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(_JSON)
def test_no_json_makes_the_readers_fail(value: Any) -> None:
    for content in (json.dumps([value]), json.dumps({"data": value}), json.dumps(value)):
        for read in (lambda text: parse(text, ["doi:10.1/x"]), parse_page):
            try:
                read(content.encode())
            except ValueError as error:
                assert str(error)


# ---- asking ----------------------------------------------------------------------------------------------------------


def test_unknown_papers_are_named() -> None:
    with SemanticScholarServer([RANKS]) as server:
        (batch,) = ask(server, ["doi:10.5555/none", "arxiv:2106.00001", "acl:P00-0000"])
    assert batch.unknown == ("doi:10.5555/none", "acl:P00-0000")
    assert [found.asked for found in batch.found] == ["arxiv:2106.00001"]


def test_a_batch_of_unknown_papers_alone_is_no_error() -> None:
    with SemanticScholarServer([RANKS]) as server:
        (batch,) = ask(server, ["arxiv:2106.00007", "arxiv:2106.00008"])
    assert batch == Batch(unknown=("arxiv:2106.00007", "arxiv:2106.00008"))


def test_ids_that_the_service_does_not_have_are_not_sent() -> None:
    with SemanticScholarServer([RANKS]) as server:
        strange, rest = ask(server, ["mla:hu2022iclr-lora", "arxiv:2106.00001"])
        assert server.asked[0].json() == {"ids": ["ARXIV:2106.00001"]}
    assert [alias for alias, _ in strange.failed] == ["mla:hu2022iclr-lora"]
    assert len(rest.found) == 1


def test_nothing_to_ask_sends_nothing() -> None:
    with SemanticScholarServer([RANKS]) as server:
        assert ask(server, []) == []
        assert server.asked == []


def test_batches_start_at_a_hundred_and_grow_slowly_to_five_hundred() -> None:
    works = many(4_000)
    with SemanticScholarServer(works) as server:
        batches = ask(server, arxiv(works))
        sizes = server.batches()
    assert sizes[:3] == [100, 112, 126]
    assert max(sizes) == 500
    assert sum(len(batch.found) for batch in batches) == 4_000


def test_a_batch_that_times_out_is_halved_until_it_passes() -> None:
    works = many(150)
    with SemanticScholarServer(works, max_with_references=30) as server:
        batches = ask(server, arxiv(works))
        sizes = server.batches()
    assert sizes[:4] == [100, 50, 25, 28]
    found = [bibliography for batch in batches for bibliography in batch.found]
    assert [bibliography.asked for bibliography in found] == arxiv(works)
    assert all(len(bibliography.references) == 1 for bibliography in found)


def test_a_paper_that_spoils_its_batches_fails_alone() -> None:
    works = many(20)
    with SemanticScholarServer(works, poison=[works[13].paper_id]) as server:
        batches = ask(server, arxiv(works), patience=3.0)
    failed = [failure for batch in batches for failure in batch.failed]
    assert [alias for alias, _ in failed] == arxiv(works)[13:14]
    assert "HTTP 500" in failed[0][1]
    assert sum(len(batch.found) for batch in batches) == 19


def test_a_service_that_fails_for_everything_is_given_up() -> None:
    works = many(10)
    with SemanticScholarServer(works, always=500) as server:
        told = []
        with pytest.raises(ServiceError, match="HTTP 500"):
            for batch in fetch(
                Session(sleep=lambda seconds: None, patience=3.0), arxiv(works), base_url=server.url, interval=0.0
            ):
                told.append(batch)
    assert [alias for batch in told for alias, _ in batch.failed] == arxiv(works)[:3]


def test_an_emptied_list_is_asked_for_singly() -> None:
    with SemanticScholarServer([RANKS, ADAPTERS], emptied=[RANKS.paper_id]) as server:
        (batch,) = ask(server, ["arxiv:2106.00001", "arxiv:1902.00001"])
        assert [asked.method for asked in server.asked] == ["POST", "GET"]
    ranks, adapters = batch.found
    assert len(ranks.references) == 3
    assert adapters.references == ()  # it has none, so nothing was missing


def test_a_long_list_is_read_page_by_page() -> None:
    survey = Work("f" * 40, "A survey of everything", {"ArXiv": "2401.00001"}, cites=tuple(many(2_500)))
    with SemanticScholarServer([survey]) as server:
        bibliography = one(ask(server, ["arxiv:2401.00001"]))
        pages = [asked.query for asked in server.asked if asked.method == "GET"]
    assert len(bibliography.references) == 2_500
    assert [page["offset"] for page in pages] == ["0", "1000", "2000"]
    assert all(int(page["limit"]) <= MAX_PAGE for page in pages)


def test_a_list_that_the_publisher_withholds_stays_empty() -> None:
    with SemanticScholarServer([RANKS], withheld=[RANKS.paper_id]) as server:
        assert one(ask(server, ["arxiv:2106.00001"])).references == ()


def test_a_paper_whose_pages_fail_is_named_and_the_others_are_kept() -> None:
    with SemanticScholarServer([RANKS, ADAPTERS], emptied=["d" * 40], broken_pages=["d" * 40]) as server:
        (batch,) = ask(server, ["arxiv:2106.00001", "arxiv:1902.00001"], patience=3.0)
    assert [alias for alias, _ in batch.failed] == ["arxiv:2106.00001"]
    assert [found.asked for found in batch.found] == ["arxiv:1902.00001"]


def test_what_was_answered_is_handed_on_before_the_service_fails() -> None:
    with SemanticScholarServer([ADAPTERS, RANKS], emptied=[RANKS.paper_id], troubles={2: 403}) as server:
        session = Session(sleep=lambda seconds: None)
        batches = fetch(session, ["arxiv:1902.00001", "arxiv:2106.00001"], base_url=server.url, interval=0.0)
        assert [found.asked for found in next(batches).found] == ["arxiv:1902.00001"]
        with pytest.raises(ServiceError, match="HTTP 403"):
            next(batches)


def test_too_many_requests_are_waited_for() -> None:
    waits: list[float] = []
    with SemanticScholarServer([RANKS], troubles={1: 429}, retry_after="17") as server:
        session = Session(sleep=waits.append)
        assert len(list(fetch(session, ["arxiv:2106.00001"], base_url=server.url, interval=0.0))) == 1
        assert len(server.asked) == 2
    assert waits[0] >= 17


def test_the_key_is_sent_and_without_it_nothing_comes() -> None:
    with SemanticScholarServer([RANKS], key="a-secret") as server:
        assert one(ask(server, ["arxiv:2106.00001"], key="a-secret"))
        with pytest.raises(ServiceError, match="HTTP 429") as caught:
            ask(server, ["arxiv:2106.00001"], patience=3.0, key="another-secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("trouble", ["cut", "rate", "html", "nothing", "drop"])
def test_a_spoilt_answer_is_asked_for_again(trouble: str) -> None:
    with SemanticScholarServer([RANKS], troubles={1: trouble}) as server:
        assert one(ask(server, ["arxiv:2106.00001"])).references
        assert len(server.asked) == 2


def test_an_answer_that_stays_spoilt_is_an_error() -> None:
    with (
        SemanticScholarServer([RANKS], always="cut") as server,
        pytest.raises(ServiceError, match="no whole JSON"),
    ):
        ask(server, ["arxiv:2106.00001"], patience=3.0)


def test_the_interval_lies_between_two_requests() -> None:
    works = many(102)
    with SemanticScholarServer(works) as server:
        assert list(fetch(Session(), arxiv(works), base_url=server.url, interval=0.2))
        first, second = server.asked
    assert second.at - first.at >= 0.15  # the first took a while to arrive
