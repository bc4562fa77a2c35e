"""arXiv: Atom read, queries built, pages fetched from a local server that speaks the protocol and misbehaves."""

from __future__ import annotations

import inspect
import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import arxiv
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.arxiv import ArxivServer, Record, make_papers, render_entry, render_feed
from servers.local import BOMB

from corpus.errors import InputError, ServiceError
from corpus.models import Paper
from corpus.net import Answer, Session
from corpus.sources import Fault
from corpus.sources.arxiv import (
    ArxivClient,
    build_query,
    objection,
    parse,
    split_range,
)
from corpus.sources.arxiv_record import find_code, pick_doi, pick_venue, split_authors, valid_id

RECORDED = Path(__file__).parents[2] / "shared" / "data" / "arxiv-api"

THIN = Record(
    arxiv_id="2106.00001",
    title="Thin adapters & $\\alpha$-gates",
    abstract="We freeze the\n  network. Code: https://github.com/ada/thin.",
    authors=("Ada Byron", "Zoë Müller"),
    published="2021-06-17",
    updated="2021-10-16",
    categories=("cs.CL", "cs.AI", "cs.LG"),
    comment="Draft, 12 pages",
    journal_ref="Proceedings of the\n Made-up Meeting, 2022",
    doi="10.5555/thin.1",
    version=2,
)


def feed(*entries: str, total: int | None = None, start: int = 0) -> bytes:
    return render_feed(entries, total, start).encode()


def entry(**fields: Any) -> str:
    return render_entry(Record(**{"arxiv_id": "2101.00001", "title": "Thin"} | fields))


def only(content: bytes) -> Paper | Fault:
    (item,) = parse(content).entries
    return item


def answer(body: bytes) -> Answer:
    return Answer("http://localhost/", 200, {}, body)


# ---- reading Atom ----------------------------------------------------------------------------------------------------


def test_an_entry_is_a_paper() -> None:
    assert only(feed(render_entry(THIN))) == Paper(
        arxiv_id="2106.00001",
        doi="10.5555/thin.1",
        title="Thin adapters & $\\alpha$-gates",
        abstract="We freeze the network. Code: https://github.com/ada/thin.",
        authors=("Ada Byron", "Zoë Müller"),
        year=2021,
        venue="Proceedings of the Made-up Meeting, 2022",
        categories=("cs.CL", "cs.AI", "cs.LG"),
        url="https://arxiv.org/abs/2106.00001",
        code_url="https://github.com/ada/thin",
        published="2021-06-17",
        updated="2021-10-16",
    )


def test_a_feed_tells_how_many_hits_there_are_and_where_it_starts() -> None:
    read = parse(feed(entry(), total=214_881, start=40))
    assert (read.total, read.start, len(read.entries)) == (214_881, 40, 1)


def test_without_a_journal_there_is_no_venue() -> None:
    item = only(feed(entry()))
    assert isinstance(item, Paper)
    assert (item.venue, item.doi) == (None, None)


def test_the_primary_category_comes_first() -> None:
    text = entry(categories=("cs.AI", "cs.CV")).replace(
        'primary_category term="cs.AI"', 'primary_category term="cs.CV"'
    )
    item = only(feed(text))
    assert isinstance(item, Paper)
    assert item.categories == ("cs.CV", "cs.AI")


def test_entities_in_a_title_are_characters_and_latex_stays_as_it_is() -> None:
    item = only(feed(entry(title=r"A &lt;b&gt; of \'Etale $x^2$")))
    assert isinstance(item, Paper)
    assert item.title == r"A <b> of \'Etale $x^2$"


def test_duplicates_are_both_kept() -> None:
    assert len(parse(feed(entry(), entry())).entries) == 2


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (entry().replace("<id>http://arxiv.org/abs/2101.00001v1</id>", ""), Fault("entry 3", "it has no id")),
        (entry(arxiv_id="unheard"), Fault("http://arxiv.org/abs/unheardv1", "its id is no arXiv id")),
        (entry(title=" "), Fault("2101.00001", "it has no title")),
        (entry(published="2021-02-30"), Fault("2101.00001", "published: '2021-02-30T17:37:18Z' is no date")),
        (entry(updated="soon"), Fault("2101.00001", "updated: 'soonT17:37:18Z' is no date")),
        (entry(title="x" * 1_001), Fault("2101.00001", "the title is longer than 1000 characters")),
    ],
)
def test_an_entry_that_is_no_paper_is_a_fault_in_its_place(text: str, fault: Fault) -> None:
    first, second, third, fourth = parse(feed(entry(), entry(), text, entry())).entries
    assert isinstance(first, Paper)
    assert isinstance(second, Paper)
    assert third == fault
    assert isinstance(fourth, Paper)


def test_an_entry_is_counted_from_the_start_of_the_query() -> None:
    assert only(feed("<entry/>", start=200)) == Fault("entry 201", "it has no id")


def test_one_entry_of_broken_xml_costs_no_other() -> None:
    broken = entry(arxiv_id="2101.00002").replace("Thin", "Thin &nbsp;")
    first, second, fault = parse(feed(entry(), broken, entry(arxiv_id="2101.00003"))).entries
    assert isinstance(first, Paper)
    assert isinstance(second, Paper)
    assert fault == Fault("2101.00002", "broken XML")


def test_a_control_character_in_an_abstract_reads_as_a_space() -> None:
    item = only(feed(entry(abstract="thin\x0blayers")))
    assert isinstance(item, Paper)
    assert item.abstract == "thin layers"


def test_an_error_feed_is_raised_with_its_summary() -> None:
    text = entry().replace("http://arxiv.org/abs/2101.00001v1", "https://arxiv.org/api/errors#incorrect_id")
    with pytest.raises(ServiceError, match="We try it and say what happened") as raised:
        parse(feed(text))
    assert raised.value.status == 400


@pytest.mark.parametrize("content", [b"", b"Rate exceeded.", b"<html/>", b"<feed/>", feed(entry())[:-30]])
def test_what_is_no_whole_feed_is_raised(content: bytes) -> None:
    with pytest.raises(ServiceError, match="no Atom feed"):
        parse(content)


@pytest.mark.parametrize(
    "content", [BOMB, b'<!DOCTYPE feed SYSTEM "file:///etc/hostname"><feed/>', b"<!DOCTYPE a><feed>"]
)
def test_a_doctype_is_refused_and_not_asked_for_again(content: bytes) -> None:
    with pytest.raises(ServiceError, match="DOCTYPE"):
        parse(content)
    assert objection(answer(content)) is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"Rate exceeded.", "rate exceeded"),
        (b"<!DOCTYPE html><html><body>Rate exceeded.<br></body></html>", "rate exceeded"),
        (b"<html><body>Bad gateway</body></html>", "no Atom feed"),
        (b"", "no Atom feed"),
        (feed(entry(), entry())[:-40], "cut short"),
        (feed(entry())[:400], "cut short"),
        (feed(total=7, start=5), "an empty page before the end"),
        (feed(total=7, start=7), None),
        (feed(total=0), None),
        (feed(entry(), total=7), None),
        (feed(entry(title="Rate exceeded")), None),
        (feed(entry(title="Thin &amp;").replace("&amp;amp;", "&nbsp;"), total=7), None),
    ],
)
def test_what_must_be_asked_for_again(body: bytes, why: str | None) -> None:
    assert objection(answer(body)) == why


@given(
    st.binary(max_size=200)
    | st.sampled_from([feed(entry()), BOMB]).flatmap(lambda b: st.integers(0, len(b)).map(lambda n: b[:n]))
)
def test_any_bytes_are_read_or_refused_in_words(body: bytes) -> None:
    assert objection(answer(body)) is None or isinstance(objection(answer(body)), str)
    try:
        parse(body)
    except ServiceError as error:
        assert error.what


# ---- the parts of an entry -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "arxiv_id"),
    [
        ("2106.09685", "2106.09685"),
        ("2106.09685v2", "2106.09685"),
        (" arXiv:2106.09685 ", "2106.09685"),
        ("https://arxiv.org/pdf/2106.09685v1", "2106.09685"),
        ("http://arxiv.org/abs/quant-ph/0201082v1", "quant-ph/0201082"),
        ("arxiv:unheard", None),
        ("10.1234/thin", None),
        ("unheard", None),
        ("", None),
    ],
)
def test_the_bare_arxiv_id(text: str, arxiv_id: str | None) -> None:
    assert valid_id(text) == arxiv_id


@pytest.mark.parametrize(
    ("texts", "link"),
    [
        (["Code at https://github.com/ada/thin."], "https://github.com/ada/thin"),
        (["(see github.com/ada/thin)"], "https://github.com/ada/thin"),
        ([r"\url{http://www.GitLab.com/ada/thin\_layers}"], "https://GitLab.com/ada/thin_layers"),
        (["https://github.com/ada/thin/tree/main/src, 9 pages"], "https://github.com/ada/thin/tree/main/src"),
        (["https://github.com/ada/thin", "again: https://github.com/Ada/thin.git"], "https://github.com/ada/thin"),
        (["https://github.com/ada/thin and https://github.com/lin/wide"], None),
        (["https://github.com/ada"], None),
        (["https://notgithub.com/ada/thin"], None),
        (["12 pages", None], None),
    ],
)
def test_the_one_link_to_code(texts: list[str | None], link: str | None) -> None:
    assert find_code(*texts) == link


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.5555/thin.1", "10.5555/thin.1"),
        ("doi:10.5555/thin.1, 10.5555/other", "10.5555/thin.1"),
        ("https://doi.org/10.5555/thin.1", "10.5555/thin.1"),
        ("none yet", None),
        ("10.5555/" + "x" * 300, None),
        (None, None),
    ],
)
def test_the_first_doi(text: str | None, doi: str | None) -> None:
    assert pick_doi(text) == doi


def test_an_author_line_of_many_parentheses_is_read_in_time() -> None:
    assert split_authors("A. Byron (Turin (Italy)), " + "(" * 100_000)[0] == "A. Byron"


def test_a_very_long_journal_reference_is_cut_and_costs_no_paper() -> None:
    assert len(pick_venue("Proceedings " * 50) or "") == 300
    assert pick_venue(" ") is None


# ---- recorded answers ------------------------------------------------------------------------------------------------


def recorded() -> list[tuple[str, int, bytes]]:
    """Name, status and body of each; the recorder read the bytes as Latin-1."""
    if not RECORDED.is_dir():
        pytest.skip(f"{RECORDED} is not here")
    values = [(path.stem, json.loads(path.read_text("utf-8"))) for path in sorted(RECORDED.glob("*.json"))]
    return [(name, value["status_code"], value["body"].encode("latin-1")) for name, value in values]


def test_every_recorded_answer_parses_without_loss() -> None:
    from arxiv import _feed

    compared = 0
    for name, status, body in recorded():
        if status != 200:
            continue
        ours, theirs = parse(body), _feed.parse(body)
        assert (ours.total, ours.start) == (theirs.header.total_results, theirs.header.start_index), name
        assert len(ours.entries) == len(theirs.results) == body.count(b"<entry>"), name
        for paper, result in zip(ours.entries, theirs.results, strict=True):
            assert isinstance(paper, Paper), paper
            assert paper.arxiv_id == re.sub(r"v\d+$", "", result.get_short_id())
            assert paper.title == " ".join(result.title.split())
            assert paper.abstract == " ".join(result.summary.split())
            assert paper.authors == tuple(dict.fromkeys(author.name for author in result.authors))
            assert (paper.published, paper.updated) == (f"{result.published:%F}", f"{result.updated:%F}")
            assert paper.year == result.published.year
            assert paper.categories[0] == result.primary_category
            assert set(paper.categories) == set(result.categories)
            assert paper.doi == result.doi
            assert paper.venue == (" ".join(result.journal_ref.split()) if result.journal_ref else None)
            compared += 1
        assert objection(answer(body)) is None, name
    assert compared > 150


def test_the_recorded_error_says_which_id_is_wrong() -> None:
    (body,) = [body for _, status, body in recorded() if status == 400]
    with pytest.raises(ServiceError, match="incorrect id format for abc"):
        parse(body)


# ---- queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("adapters", "(all:adapters)"),
        ("parameter-efficient fine-tuning", '(all:"parameter-efficient fine-tuning")'),
        (' "prompt tuning"  vision ', '(all:"prompt tuning" AND all:vision)'),
        ('"prompt tuning', "(all:prompt AND all:tuning)"),
        ("ti:adapter", "(ti:adapter)"),
        ("mixup OR cutmix", "(mixup OR cutmix)"),
        ('(ti:"top-k" OR abs:ranking) ANDNOT cat:cs.IR', '((ti:"top-k" OR abs:ranking) ANDNOT cat:cs.IR)'),
        ("chain and thought: or how", '(all:"chain and thought: or how")'),
        ("  ", ""),
        (None, ""),
    ],
)
def test_words_become_a_query(words: str | None, query: str) -> None:
    assert build_query(words) == query


def test_categories_and_days_narrow_a_query() -> None:
    assert build_query("mixup", ["cs.CL", "cs.CV", "cs.CL"], date(2022, 1, 1), date(2022, 6, 30)) == (
        "(all:mixup) AND (cat:cs.CL OR cat:cs.CV) AND submittedDate:[202201010000 TO 202206302359]"
    )


def test_an_archive_stands_for_all_of_its_subjects() -> None:
    assert build_query(None, ["cs", "hep-th", "stat.*"]) == "(cat:cs.* OR cat:hep-th OR cat:stat.*)"


def test_a_range_may_be_open_at_either_end() -> None:
    assert build_query(None, since=date(2022, 1, 1)) == "submittedDate:[202201010000 TO 219912312359]"
    assert build_query(None, until=date(2022, 1, 1)) == "submittedDate:[199107010000 TO 202201012359]"


def test_a_query_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="no arXiv category"):
        build_query("mixup", ["cs.CL) OR (all:x"])
    with pytest.raises(InputError, match="no day lies between"):
        build_query("mixup", since=date(2022, 1, 2), until=date(2022, 1, 1))


def test_a_range_is_halved_without_a_gap() -> None:
    assert split_range(date(2022, 1, 1), date(2022, 1, 4)) == (
        (date(2022, 1, 3), date(2022, 1, 4)),
        (date(2022, 1, 1), date(2022, 1, 2)),
    )
    assert split_range(date(2022, 1, 1), date(2022, 1, 2)) == (
        (date(2022, 1, 2), date(2022, 1, 2)),
        (date(2022, 1, 1), date(2022, 1, 1)),
    )
    assert split_range(date(2022, 1, 1), date(2022, 1, 1)) == ((date(2022, 1, 1), date(2022, 1, 1)),)


# ---- asking ----------------------------------------------------------------------------------------------------------


def quick() -> Session:
    """A session that waits for nothing."""
    return Session(sleep=lambda seconds: None)


def fetch(server: ArxivServer, query: str = "all:experiment", page_size: int = 20, **wish: Any) -> list[Paper | Fault]:
    client = ArxivClient(quick(), server.url, 0.0, page_size)
    return [item for page in client.pages(query, **wish) for item in page.entries]


def ids_of(items: list[Paper | Fault]) -> list[str | None]:
    return [item.arxiv_id if isinstance(item, Paper) else item.where for item in items]


def newest_first(records: list[Record]) -> list[str]:
    return [one.arxiv_id for one in sorted(records, key=lambda one: (one.updated, one.arxiv_id), reverse=True)]


def asked(server: ArxivServer, name: str) -> list[str]:
    return [parse_qs(urlsplit(path).query, keep_blank_values=True)[name][0] for path in server.requests]


def test_all_pages_come_newest_change_first_with_one_request_a_page() -> None:
    records = make_papers(50)
    with ArxivServer(records) as server:
        pages = list(ArxivClient(quick(), server.url, 0.0, 20).pages("all:experiment"))
        assert [(page.start, page.total, len(page.entries)) for page in pages] == [
            (0, 50, 20),
            (20, 50, 20),
            (40, 50, 10),
        ]
        assert ids_of([item for page in pages for item in page.entries]) == newest_first(records)
        assert asked(server, "start") == ["0", "20", "40"]


def test_the_next_page_is_not_asked_for_before_the_last_was_taken() -> None:
    with ArxivServer(make_papers(50)) as server:
        pages = ArxivClient(quick(), server.url, 0.0, 20).pages("all:experiment")
        next(pages)
        assert len(server.requests) == 1
        next(pages)
        assert len(server.requests) == 2


def test_a_limit_asks_for_no_more_than_it_needs() -> None:
    records = make_papers(50)
    with ArxivServer(records) as server:
        assert ids_of(fetch(server, limit=25)) == newest_first(records)[:25]
        assert asked(server, "max_results") == ["20", "5"]


def test_a_limit_of_whole_pages_asks_for_no_page_more() -> None:
    with ArxivServer(make_papers(50)) as server:
        assert len(fetch(server, limit=40)) == 40
        assert len(server.requests) == 2


def test_a_page_asks_for_no_more_than_the_service_allows() -> None:
    with ArxivServer(make_papers(3)) as server:
        fetch(server, page_size=5_000)
        assert asked(server, "max_results") == ["2000"]


def test_a_run_goes_on_from_an_offset() -> None:
    records = make_papers(50)
    with ArxivServer(records) as server:
        assert ids_of(fetch(server, start=30)) == newest_first(records)[30:]
        assert asked(server, "start") == ["30"]


def test_where_the_service_gives_less_than_was_asked_for_the_next_page_starts_where_it_ended() -> None:
    records = make_papers(50)
    with ArxivServer(records, page_cap=15) as server:
        assert ids_of(fetch(server)) == newest_first(records)
        assert asked(server, "start") == ["0", "15", "30", "45"]


def test_malformed_entries_are_counted_so_that_no_page_is_counted_wrong() -> None:
    records = make_papers(50)
    order = newest_first(records)
    bad = {order[3], order[4], order[21], order[49]}
    with ArxivServer(records, malformed=bad) as server:
        items = fetch(server)
        assert ids_of(items) == order
        assert {item.where for item in items if isinstance(item, Fault)} == bad
        assert asked(server, "start") == ["0", "20", "40"]


def test_a_page_may_be_all_faults() -> None:
    records = make_papers(4)
    with ArxivServer(records, malformed={one.arxiv_id for one in records}) as server:
        assert all(isinstance(item, Fault) for item in fetch(server, page_size=2))


def test_entries_of_broken_xml_are_faults_and_lose_no_others() -> None:
    records = make_papers(50)
    bad = newest_first(records)[7]
    with ArxivServer(records, unsound={bad}) as server:
        items = fetch(server)
        assert sorted(map(str, ids_of(items))) == sorted(one.arxiv_id for one in records)
        assert [item for item in items if isinstance(item, Fault)] == [Fault(bad, "broken XML")]


@pytest.mark.parametrize("trouble", [429, 500, 503, "rate", "html", "nothing", "cut", "empty", "drop"])
def test_after_a_trouble_the_same_page_is_asked_for_again(trouble: int | str) -> None:
    records = make_papers(50)
    with ArxivServer(records, troubles={2: trouble}) as server:
        assert ids_of(fetch(server)) == newest_first(records)
        assert asked(server, "start") == ["0", "20", "20", "40"]


def test_a_doctype_ends_the_run_at_once() -> None:
    with ArxivServer(make_papers(50), troubles={2: "bomb"}) as server:
        with pytest.raises(ServiceError, match="DOCTYPE"):
            fetch(server)
        assert len(server.requests) == 2


def test_an_answer_beyond_all_bounds_ends_the_run() -> None:
    with ArxivServer(make_papers(5), always="big") as server, pytest.raises(ServiceError, match="sends more than"):
        fetch(server)


def test_a_service_that_never_answers_well_is_given_up() -> None:
    with ArxivServer(make_papers(5), always="rate") as server:
        client = ArxivClient(Session(sleep=lambda seconds: None, patience=20.0), server.url, 0.0)
        with pytest.raises(ServiceError, match="rate exceeded"):
            list(client.pages("all:experiment"))
        assert len(server.requests) > 2


def test_a_refused_query_is_told_in_the_service_s_words() -> None:
    with ArxivServer(make_papers(5)) as server:
        with pytest.raises(ServiceError, match=r"127\.0\.0\.1.*there is no field unheard"):
            fetch(server, "unheard:x")
        assert len(server.requests) == 1


def test_no_hits_are_no_pages() -> None:
    with ArxivServer(make_papers(5)) as server:
        assert fetch(server, "all:nowhere") == []


def test_without_query_and_ids_nothing_is_asked() -> None:
    with ArxivServer(make_papers(5)) as server:
        assert fetch(server, "") == fetch(server, "", ids=[]) == fetch(server, limit=0) == []
        assert server.requests == []


def test_papers_come_by_their_ids_a_hundred_at_a_time() -> None:
    records = make_papers(250)
    ids = [one.arxiv_id for one in records]
    with ArxivServer(records) as server:
        pages = list(ArxivClient(quick(), server.url, 0.0).pages(ids=[*ids, "2101.99999"]))
        assert [(page.start, page.total, len(page.entries)) for page in pages] == [
            (0, 251, 100),
            (100, 251, 100),
            (200, 251, 50),
        ]
        assert set(ids_of([item for page in pages for item in page.entries])) == set(ids)
        assert asked(server, "search_query") == [""] * 3


def test_a_start_and_a_limit_count_ids() -> None:
    ids = [one.arxiv_id for one in make_papers(9)]
    with ArxivServer(make_papers(9)) as server:
        assert set(ids_of(fetch(server, "", ids=ids, start=2, limit=3))) == set(ids[2:5])


def test_an_id_that_the_service_refuses_is_a_fault_and_costs_no_other() -> None:
    ids = [one.arxiv_id for one in make_papers(9)]
    with ArxivServer(make_papers(9)) as server:
        items = fetch(server, "", ids=[*ids[:4], "9999.9", *ids[4:]])
        assert {str(one) for one in ids_of(items)} == {*ids, "9999.9"}
        assert next(item for item in items if isinstance(item, Fault)).why.endswith("incorrect id format for 9999.9")


def test_an_address_is_everything_up_to_the_question_mark() -> None:
    with ArxivServer(make_papers(1)) as server:
        for base in (server.url, server.url + "?", server.url + "/{a}"):
            assert len([*ArxivClient(quick(), base, 0.0).pages("all:experiment")]) == 1
        assert [urlsplit(path).path for path in server.requests] == ["/api/query", "/api/query", "/api/query/%7Ba%7D"]


def test_the_interval_is_kept() -> None:
    waits: list[float] = []
    with ArxivServer(make_papers(3)) as server:
        list(ArxivClient(Session(sleep=waits.append), server.url, 3.0, 1).pages("all:experiment"))
    assert len(waits) == 2
    assert all(2.5 < wait <= 3.0 for wait in waits)


def test_built_queries_mean_what_they_say() -> None:
    records = make_papers(200)
    query = build_query("low-rank updates", ["cs.CV"], date(2020, 1, 1), date(2021, 12, 31))
    expected = {
        one.arxiv_id
        for one in records
        if "low-rank updates" in one.title.lower()
        and "cs.CV" in one.categories
        and "2020" <= one.published[:4] <= "2021"
    }
    with ArxivServer(records) as server:
        assert set(ids_of(fetch(server, query))) == expected != set()


def test_the_package_s_private_name_is_still_there() -> None:
    # `_parse_feed` is overridden: if a new version of the package renames it, the package would fetch by itself.
    assert list(inspect.signature(arxiv.Client._parse_feed).parameters) == ["self", "url", "first_page", "_try_index"]
    assert "_parse_feed" in inspect.getsource(arxiv.Client._results)
