"""OAI-PMH: records read in three formats, lists fetched from a local repository, and saved answers read as files."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.arxiv import Record, make_papers, render_entry, render_feed
from servers.local import BOMB
from servers.oai import OaiServer, error_reply, in_set, render_answer, render_record

from corpus.errors import ServiceError
from corpus.models import Paper
from corpus.net import Answer, Session
from corpus.sources import Fault, xml_file
from corpus.sources.arxiv import parse as parse_atom
from corpus.sources.arxiv_record import stamp_day
from corpus.sources.oai_pmh import ExpiredToken, OaiPage, objection, pages, parse

THIN = Record(
    arxiv_id="2106.00001",
    title="Thin adapters & gates",
    abstract="We freeze the\n  network. Code: https://github.com/ada/thin.",
    authors=("Ada Byron", "Zoë Müller"),
    published="2021-06-17",
    updated="2021-10-16",
    categories=("cs.CL", "cs.AI"),
    comment="Draft, 12 pages",
    journal_ref="Proceedings of the Made-up Meeting, 2022",
    doi="10.5555/thin.1",
    version=2,
)
PAPER = Paper(
    arxiv_id="2106.00001",
    doi="10.5555/thin.1",
    title="Thin adapters & gates",
    abstract="We freeze the network. Code: https://github.com/ada/thin.",
    authors=("Ada Byron", "Zoë Müller"),
    year=2021,
    venue="Proceedings of the Made-up Meeting, 2022",
    categories=("cs.CL", "cs.AI"),
    url="https://arxiv.org/abs/2106.00001",
    code_url="https://github.com/ada/thin",
    published="2021-06-17",
    updated="2021-10-16",
)


def answer(*records: str) -> bytes:
    return render_answer("<ListRecords>", *records, "</ListRecords>").encode()


def only(record: str) -> Paper | Fault:
    (item,) = parse(answer(record)).entries
    return item


# ---- reading records -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["arXiv", "arXivRaw"])
def test_a_record_is_the_same_paper_in_both_of_arxiv_s_formats_and_in_atom(prefix: str) -> None:
    assert only(render_record(THIN, prefix)) == PAPER
    assert parse_atom(render_feed([render_entry(THIN)]).encode()).entries == (PAPER,)


def test_dublin_core_gives_what_it_has() -> None:
    assert only(render_record(THIN, "oai_dc")) == PAPER.model_copy(
        update={"venue": None, "categories": (), "keywords": ("Computation and Language",)}
    )


def test_another_repository_s_record_keeps_its_identifier() -> None:
    record = render_record(THIN, "oai_dc").replace("oai:arXiv.org:2106.00001", "oai:zoo.example:77")
    record = record.replace("https://arxiv.org/abs/2106.00001", "https://zoo.example/77").replace("2021-06-17", "2021")
    item = only(record)
    assert isinstance(item, Paper)
    assert (item.id, item.arxiv_id, item.url, item.year) == ("oai:zoo.example:77", None, "https://zoo.example/77", 2021)
    assert item.published == item.updated == "2021-10-16"


def test_a_paper_of_one_version_was_updated_when_it_was_published() -> None:
    for prefix in ("arXiv", "arXivRaw"):
        item = only(render_record(replace(THIN, version=1), prefix))
        assert isinstance(item, Paper)
        assert (item.published, item.updated) == ("2021-06-17", "2021-06-17")


def test_the_days_of_all_versions_count_whatever_their_order() -> None:
    record = render_record(THIN, "arXivRaw")
    first, last = record.index("<version "), record.index("<title>")
    turned = "".join(reversed(record[first:last].replace("</version>", "</version>|").split("|")))
    assert only(record[:first] + turned + record[last:]) == PAPER


def test_a_day_after_the_month_of_the_id_is_a_later_version_s() -> None:
    # arXiv's `created` is the day of the last version, and 2106.00001 was first submitted in June at the latest.
    record = render_record(replace(THIN, published="2023-01-05", version=1), "arXiv")
    item = only(record)
    assert isinstance(item, Paper)
    assert (item.published, item.updated, item.year) == (None, "2023-01-05", 2021)


def test_affiliations_are_left_out_and_accents_are_letters() -> None:
    record = render_record(THIN, "arXivRaw").replace(
        "Ada Byron and Zoë Müller", "A. Byron (Turin, (Italy)), L. Wei, Jr. and Zo\\\"e M\\'uller et al."
    )
    item = only(record)
    assert isinstance(item, Paper)
    assert item.authors == ("A. Byron", "L. Wei, Jr.", "Zoë Múller")


def test_a_suffix_follows_the_family_name() -> None:
    record = render_record(THIN, "arXiv").replace("</forenames>", "</forenames><suffix>Jr</suffix>", 1)
    item = only(record)
    assert isinstance(item, Paper)
    assert item.authors[0] == "Ada Byron Jr"


def test_an_old_id_is_read() -> None:
    item = only(render_record(replace(THIN, arxiv_id="cs/0106001", published="2001-06-02"), "arXiv"))
    assert isinstance(item, Paper)
    assert (item.arxiv_id, item.published) == ("cs/0106001", "2001-06-02")


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ("<record/>", Fault("record 1", "it has no metadata")),
        (
            render_record(THIN, "arXiv").replace("<id>2106.00001</id>", ""),
            Fault("2106.00001", "it has no arXiv id"),
        ),
        (
            render_record(THIN, "arXiv").replace("<title>Thin adapters &amp; gates</title>", ""),
            Fault("2106.00001", "it has no title"),
        ),
        (render_record(THIN, "arXiv").replace("2021-06-17", "soon"), Fault("2106.00001", "'soon' is no date")),
        (
            render_record(THIN, "arXivRaw").replace("17 Jun 2021", "37 Jun 2021"),
            Fault("2106.00001", "'Thu, 37 Jun 2021 17:37:18 GMT' is no date"),
        ),
        (
            render_record(THIN, "arXiv").replace("arXiv xmlns", "mods xmlns").replace("</arXiv>", "</mods>"),
            Fault("2106.00001", "its format mods is not one of arXiv, arXivRaw, oai_dc"),
        ),
        (render_record(THIN, "oai_dc").replace("dc:title", "dc:name"), Fault("2106.00001", "no title")),
        (render_record(THIN, "arXiv").replace("<title>", "<title>&nbsp;"), Fault("2106.00001", "broken XML")),
    ],
)
def test_a_record_that_is_no_paper_is_a_fault(record: str, fault: Fault) -> None:
    page = parse(answer(record, render_record(replace(THIN, arxiv_id="2106.00002"))))
    assert sorted(page.entries, key=lambda item: isinstance(item, Fault))[1] == fault
    assert len(page.entries) == 2


def test_deleted_records_are_listed_by_their_ids() -> None:
    other = render_record(THIN, deleted=True).replace("oai:arXiv.org:2106.00001", "oai:zoo.example:77")
    page = parse(answer(render_record(THIN, deleted=True), other))
    assert (page.entries, page.deleted) == ((), ("arxiv:2106.00001", "oai:zoo.example:77"))


def test_the_token_says_whether_there_is_more() -> None:
    token = "<resumptionToken expirationDate='2030-01-01T00:00:00Z' completeListSize='77' cursor='0'> a%26b|1 </resumptionToken>"
    more = parse(answer(render_record(THIN), token))
    assert (more.token, more.total) == ("a%26b|1", 77)
    last = parse(answer(render_record(THIN), "<resumptionToken/>"))
    assert (last.token, last.total) == (None, None)


def test_an_empty_list_is_an_empty_page() -> None:
    assert parse(error_reply("noRecordsMatch", "nothing").body) == OaiPage()


def test_other_errors_are_raised_in_the_repository_s_words() -> None:
    with pytest.raises(ServiceError, match=r"badArgument .there is no such set."):
        parse(error_reply("badArgument", "there is no such set").body)
    with pytest.raises(ExpiredToken):
        parse(error_reply("badResumptionToken", "too old").body)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"Rate exceeded.", "rate exceeded"),
        (b"<!DOCTYPE html><html><br></html>", "no OAI-PMH"),
        (b"<html/>", "no OAI-PMH"),
        (b"", "no OAI-PMH"),
        (answer(render_record(THIN))[:-60], "cut short"),
        (answer(render_record(THIN)), None),
        (error_reply("noRecordsMatch", "nothing").body, None),
        (BOMB, None),
    ],
)
def test_what_must_be_asked_for_again(body: bytes, why: str | None) -> None:
    assert objection(Answer("http://localhost/", 200, {}, body)) == why


@pytest.mark.parametrize("content", [b"", b"<html/>", BOMB, answer(render_record(THIN))[:-60]])
def test_what_is_no_answer_is_raised(content: bytes) -> None:
    with pytest.raises(ServiceError, match=r"no OAI-PMH|DOCTYPE"):
        parse(content)


@given(st.text(max_size=40))
def test_any_stamp_is_a_day_or_refused_in_words(text: str) -> None:
    try:
        assert date.fromisoformat(stamp_day(text))
    except ValueError as error:
        assert str(error).endswith("is no date")


# ---- fetching lists --------------------------------------------------------------------------------------------------


RECORDS = make_papers(250)


def fetch(server: OaiServer, **wish: Any) -> list[OaiPage]:
    return list(pages(Session(sleep=lambda seconds: None), server.url, **({"interval": 0.0} | wish)))


def ids_of(found: list[OaiPage]) -> list[str | None]:
    return [item.arxiv_id if isinstance(item, Paper) else item.where for page in found for item in page.entries]


def oldest_first(records: list[Record]) -> list[str]:
    return [one.arxiv_id for one in sorted(records, key=lambda one: (one.updated, one.arxiv_id))]


def asked(server: OaiServer) -> list[dict[str, str]]:
    return [{name: values[0] for name, values in parse_qs(urlsplit(path).query).items()} for path in server.requests]


def test_all_records_come_oldest_change_first() -> None:
    with OaiServer(RECORDS) as server:
        found = fetch(server)
        assert ids_of(found) == oldest_first(RECORDS)
        assert [len(page.entries) for page in found] == [100, 100, 50]
        assert found[-1].token is None
        assert asked(server)[0] == {"verb": "ListRecords", "metadataPrefix": "arXivRaw"}
        assert set(asked(server)[1]) == {"verb", "resumptionToken"}


@pytest.mark.parametrize("prefix", ["arXiv", "arXivRaw", "oai_dc"])
def test_every_format_can_be_asked_for(prefix: str) -> None:
    with OaiServer(RECORDS[:3]) as server:
        assert ids_of(fetch(server, prefix=prefix)) == oldest_first(RECORDS[:3])


@pytest.mark.parametrize("name", ["cs", "cs:cs", "cs:cs:CL", "stat:stat:ML"])
def test_a_set_and_days_narrow_the_list(name: str) -> None:
    since, until = date(2020, 1, 1), date(2021, 12, 31)
    expected = [one for one in RECORDS if in_set(one, name) and "2020-01-01" <= one.updated <= "2021-12-31"]
    assert 10 < len(expected) < 200
    with OaiServer(RECORDS) as server:
        assert ids_of(fetch(server, set=name, since=since, until=until)) == oldest_first(expected)


def test_days_that_arxiv_would_refuse_are_not_sent() -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    with OaiServer(RECORDS) as server:
        assert len(ids_of(fetch(server, since=date(1991, 8, 14), until=tomorrow))) == 250


def test_each_page_tells_up_to_which_day_all_was_read() -> None:
    days = sorted(one.updated for one in RECORDS)
    with OaiServer(RECORDS) as server:
        assert [page.datestamp_max for page in fetch(server)] == [days[99], days[199], days[249]]


def test_where_the_order_is_none_a_page_tells_no_day_before_the_end() -> None:
    with OaiServer(RECORDS, shuffled=True) as server:
        assert [page.datestamp_max for page in fetch(server)] == [None, None, max(one.updated for one in RECORDS)]


def test_the_total_is_told_where_the_repository_tells_it() -> None:
    with OaiServer(RECORDS, tells_total=True) as server:
        assert [page.total for page in fetch(server)] == [250, 250, 250]


def test_a_list_goes_on_with_its_token() -> None:
    with OaiServer(RECORDS) as server:
        first = fetch(server)[0]
        assert ids_of(fetch(server, token=first.token)) == oldest_first(RECORDS)[100:]


def test_no_records_are_one_empty_page() -> None:
    with OaiServer([]) as server:
        assert fetch(server) == [OaiPage()]


@pytest.mark.parametrize("trouble", [429, 500, 503, "rate", "html", "nothing", "cut", "drop"])
def test_after_a_trouble_the_same_page_is_asked_for_again(trouble: int | str) -> None:
    with OaiServer(RECORDS, troubles={2: trouble}) as server:
        assert ids_of(fetch(server)) == oldest_first(RECORDS)
        assert len(server.requests) == 4
        assert server.requests[1] == server.requests[2]


def test_the_wait_that_a_busy_repository_asks_for_is_kept() -> None:
    waits: list[float] = []
    with OaiServer(RECORDS[:3], troubles={1: 503}, retry_after="20") as server:
        list(pages(Session(sleep=waits.append), server.url, interval=0.0))
    assert waits == [20.0]


def test_after_an_expired_token_the_list_starts_again_from_the_newest_day() -> None:
    with OaiServer(RECORDS, troubles={3: "expired"}) as server:
        found = fetch(server, set="cs", since=date(2019, 1, 1))
        newest = found[1].datestamp_max
        wish = asked(server)[3]
        assert (wish["from"], wish["set"]) == (newest, "cs")
        expected = [one for one in RECORDS if in_set(one, "cs")]
        assert set(ids_of(found)) == set(oldest_first(expected))


def test_without_an_order_it_starts_again_from_the_first_day() -> None:
    with OaiServer(RECORDS, shuffled=True, troubles={3: "expired"}) as server:
        found = fetch(server, since=date(2019, 2, 1))
        assert asked(server)[3]["from"] == "2019-02-01"
        assert set(ids_of(found)) == {one.arxiv_id for one in RECORDS if one.updated >= "2019-02-01"}


def test_a_kept_token_that_has_expired_starts_the_list_again_from_the_given_day() -> None:
    with OaiServer(RECORDS, troubles={1: "expired"}) as server:
        found = fetch(server, token="old", since=date(2021, 1, 1))
        assert asked(server)[1]["from"] == "2021-01-01"
        assert ids_of(found) == oldest_first([one for one in RECORDS if one.updated >= "2021-01-01"])


def test_tokens_that_always_expire_are_given_up() -> None:
    one_day = [replace(one, updated="2021-01-01") for one in RECORDS]
    with OaiServer(one_day, troubles=dict.fromkeys(range(2, 100, 2), "expired")) as server:
        with pytest.raises(ServiceError, match="expire sooner"):
            fetch(server)
        assert len(server.requests) == 8


def test_a_token_that_comes_twice_ends_the_run() -> None:
    class Stuck(OaiServer):
        def answer(self, asked: dict[str, str]) -> Any:
            return super().answer({"verb": "ListRecords", "metadataPrefix": "arXiv"})

    with Stuck(RECORDS) as server, pytest.raises(ServiceError, match="same resumption token"):
        fetch(server)


def test_an_unknown_format_is_told_with_the_host() -> None:
    with OaiServer(RECORDS) as server, pytest.raises(ServiceError, match=r"127\.0\.0\.1.*cannotDisseminateFormat"):
        fetch(server, prefix="marc")


def test_faults_and_deleted_records_come_with_the_others() -> None:
    ids = oldest_first(RECORDS)
    with OaiServer(RECORDS, malformed={ids[5]}, unsound={ids[120]}, deleted={ids[7], ids[249]}) as server:
        found = fetch(server)
        assert [name for page in found for name in page.deleted] == [f"arxiv:{ids[7]}", f"arxiv:{ids[249]}"]
        faults = [item for page in found for item in page.entries if isinstance(item, Fault)]
        assert faults == [Fault(ids[5], "it has no arXiv id"), Fault(ids[120], "broken XML")]
        assert set(ids_of(found)) == set(ids) - {ids[7], ids[249]}


# ---- XML files -------------------------------------------------------------------------------------------------------


def read(content: bytes) -> list[Paper | Fault]:
    return list(xml_file.read(io.BytesIO(content)))


def test_a_saved_feed_and_a_saved_list_are_read() -> None:
    assert read(render_feed([render_entry(THIN)]).encode()) == [PAPER]
    assert read(answer(render_record(THIN), "<resumptionToken>more</resumptionToken>")) == [PAPER]


def test_deleted_records_and_errors_in_a_file_are_told() -> None:
    assert read(answer(render_record(THIN, deleted=True))) == [Fault("arxiv:2106.00001", "deleted by the repository")]
    assert read(error_reply("badVerb", "no such verb").body) == [
        Fault("the file", "an error of the repository: badVerb (no such verb)")
    ]


def test_another_document_is_told() -> None:
    assert read(b"<rss><channel/></rss>") == [Fault("the file", "neither Atom nor OAI-PMH, but <rss>")]


def test_of_a_file_that_was_cut_what_came_before_is_read() -> None:
    content = answer(*(render_record(one) for one in RECORDS))
    *papers, fault = read(content[: len(content) // 2])
    assert len(papers) > 100
    assert all(isinstance(item, Paper) for item in papers)
    assert isinstance(fault, Fault)
    assert fault.where == f"after entry {len(papers)}"
    assert fault.why.startswith("broken XML, read no further: ")


@pytest.mark.parametrize("content", [BOMB, b'<!DOCTYPE feed SYSTEM "file:///etc/hostname"><feed>&x;</feed>'])
def test_entity_tricks_are_refused_at_once(content: bytes) -> None:
    started = time.monotonic()
    assert read(content) == [Fault("the file", "it has a DOCTYPE, which may hold entity tricks")]
    assert time.monotonic() - started < 1


def test_an_entry_without_end_does_not_eat_the_memory() -> None:
    content = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry>' + b"<a/>" * 200_000
    (fault,) = read(content)
    assert isinstance(fault, Fault)
    assert "more than 100000 elements" in fault.why


@given(st.data())
def test_no_cut_and_no_wrong_byte_makes_the_reader_fail(data: st.DataObject) -> None:
    content = bytearray(answer(render_record(THIN, "oai_dc"), render_record(THIN, "arXiv"), render_record(THIN)))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(content)))
    assert all(isinstance(item, Paper | Fault) for item in read(bytes(content[:end])))
