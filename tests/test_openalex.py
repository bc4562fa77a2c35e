"""OpenAlex: works read, and asked of a local server by DOI, by their page at arXiv and by OpenAlex's own ids."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.openalex import OpenAlexServer, Work

from corpus.errors import ServiceError
from corpus.models import Paper
from corpus.net import Session
from corpus.sources import Batch, Bibliography, Reference
from corpus.sources.openalex import doi_of, fetch, parse

ADAPTERS = Work("W1", "Thin adapters", "10.48550/arxiv.1902.00001", authors=("Ada Byron",), year=2019)
PARSER = Work("W2", "A parser for notes", "10.18653/v1/p19-1613", authors=("Lin Wei",), year=2019)
BOOK = Work("W3", "A book without a DOI", authors=("Noor Haddad",), year=None)
RANKS = Work(
    "W4",
    "Low ranks suffice",
    "10.48550/arxiv.2106.00001",
    ("http://arxiv.org/abs/2106.00001", "https://doi.org/10.48550/arxiv.2106.00001"),
    ("Émile Núñez", "Ada Byron"),
    2021,
    "arXiv (Made-up University)",
    ("W1", "W2", "W3", "W99"),
    cited_by=7,
)
# OpenAlex found out that this is the same text, and keeps it under the publisher's DOI alone.
PUBLISHED = Work(
    "W5",
    "Plug-and-play losses",
    "10.5555/losses.5",
    ("https://doi.org/10.5555/losses.5", "http://arxiv.org/abs/2207.00005"),
    year=2022,
    venue="Made-up Letters",
    cites=("W1",),
    cited_by=12,
)


def ask(server: OpenAlexServer, aliases: list[str], patience: float = 300.0, **options: Any) -> list[Batch]:
    """The batches; waits for retries are not slept."""
    session = Session(sleep=lambda seconds: None, patience=patience)
    return list(fetch(session, aliases, base_url=server.url, interval=0.0, **options))


def one(batches: list[Batch]) -> Bibliography:
    (found,) = [bibliography for batch in batches for bibliography in batch.found]
    return found


# ---- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alias", "doi"),
    [
        ("arxiv:2106.09685", "10.48550/arxiv.2106.09685"),
        ("arxiv:cs/0112017", "10.48550/arxiv.cs/0112017"),
        ("doi:10.5555/a", "10.5555/a"),
        ("acl:P19-1613", "10.18653/v1/p19-1613"),
        ("s2:aaaa", None),
        ("mla:hu2022iclr-lora", None),
        ("doi:", None),
        ("", None),
    ],
)
def test_the_doi_under_which_a_paper_is_asked_for(alias: str, doi: str | None) -> None:
    assert doi_of(alias) == doi


def test_a_work_is_read() -> None:
    (work,) = parse(json.dumps({"meta": {}, "results": [RANKS.to_json()]}).encode())
    assert (work.number, work.ids, work.year) == ("W4", ("arxiv:2106.00001",), 2021)
    assert work.cites == ("W1", "W2", "W3", "W99")


def test_a_single_work_is_read_too() -> None:
    (work,) = parse(json.dumps(BOOK.to_json()).encode())
    assert work.reference() == Reference(("openalex:W3",), "A book without a DOI", ("Noor Haddad",), None)


def test_the_arxiv_id_is_read_from_the_locations() -> None:
    (work,) = parse(json.dumps(PUBLISHED.to_json()).encode())
    assert work.ids == ("arxiv:2207.00005", "doi:10.5555/losses.5")


def test_fields_of_the_wrong_kind_are_passed_over() -> None:
    odd = {
        "id": "https://openalex.org/W7",
        "doi": 3,
        "ids": [],
        "title": None,
        "publication_year": "2021",
        "authorships": [None, {"author": None}, {"author": {"display_name": "Ada"}}],
        "locations": [None, {"landing_page_url": 5}],
        "referenced_works": [None, "W8", "https://openalex.org/W8", "nothing"],
        "cited_by_count": -1,
    }
    (work,) = parse(json.dumps({"results": [odd, None, {"id": "no number"}]}).encode())
    assert (work.ids, work.title, work.authors, work.year) == ((), "", ("Ada",), None)
    assert (work.cites, work.cited_by_count) == (("W8",), None)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"error": "x", "message": "Insufficient budget."}', "Insufficient budget"),
        (b"[]", "something else"),
        (b'{"results": null}', "something else"),
        (b"<html>", "no whole JSON"),
        (b"", "no whole JSON"),
    ],
)
def test_an_answer_of_another_shape_says_why(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(content)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "doi", "ids", "title", "authorships", "author", "locations", "referenced_works"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(_JSON)
def test_no_json_makes_the_reader_fail(value: Any) -> None:
    for content in (value, {"results": value}, {"results": [value, {"id": "W1", "locations": value, "ids": value}]}):
        try:
            parse(json.dumps(content).encode())
        except ValueError as error:
            assert str(error)


# ---- asking ----------------------------------------------------------------------------------------------------------


def test_a_bibliography_is_resolved() -> None:
    with OpenAlexServer([ADAPTERS, PARSER, BOOK, RANKS]) as server:
        assert one(ask(server, ["arxiv:2106.00001"])) == Bibliography(
            asked="arxiv:2106.00001",
            record=Paper(
                arxiv_id="2106.00001",
                title="Low ranks suffice",
                authors=("Émile Núñez", "Ada Byron"),
                year=2021,
                venue="arXiv (Made-up University)",
            ),
            references=(
                Reference(("arxiv:1902.00001",), "Thin adapters", ("Ada Byron",), 2019),
                Reference(("acl:P19-1613",), "A parser for notes", ("Lin Wei",), 2019),
                Reference(("openalex:W3",), "A book without a DOI", ("Noor Haddad",), None),
                Reference(("openalex:W99",)),
            ),
            cited_by_count=7,
        )


def test_an_arxiv_paper_is_found_under_its_published_form() -> None:
    with OpenAlexServer([PUBLISHED, ADAPTERS]) as server:
        found = one(ask(server, ["arxiv:2207.00005"]))
    assert found.record
    assert (found.record.arxiv_id, found.record.doi) == ("2207.00005", "10.5555/losses.5")
    assert found.references == (Reference(("arxiv:1902.00001",), "Thin adapters", ("Ada Byron",), 2019),)


def test_preprint_and_published_form_are_united() -> None:
    preprint = Work("W6", "Plug-and-play losses", "10.48550/arxiv.2207.00005", cites=("W1", "W2"), cited_by=3)
    with OpenAlexServer([preprint, PUBLISHED, ADAPTERS, PARSER]) as server:
        # Asked for by DOI, the published form; its preprint is a work of its own.
        (batch,) = ask(server, ["arxiv:2207.00005", "doi:10.5555/losses.5"])
    by_arxiv, by_doi = batch.found
    assert [reference.ids[0] for reference in by_arxiv.references] == ["arxiv:1902.00001", "acl:P19-1613"]
    assert by_arxiv.cited_by_count == by_doi.cited_by_count == 12
    assert by_arxiv.record and by_arxiv.record.venue == "Made-up Letters"


def test_papers_are_asked_for_fifty_at_a_time_and_references_a_hundred() -> None:
    cited = [Work(f"W{n}", f"Cited {n}", f"10.5555/cited.{n}") for n in range(1_000, 1_250)]
    numbers = tuple(work.number for work in cited)
    works = [Work(f"W{n}", f"Paper {n}", f"10.5555/p.{n}", cites=numbers) for n in range(120)]
    with OpenAlexServer([*works, *cited]) as server:
        batches = ask(server, [f"doi:{work.doi}" for work in works])
        sizes = [(name, len(values)) for name, values in server.filters()]
    assert [len(batch.found) for batch in batches] == [50, 50, 20]
    # The references are the same for all papers, and are resolved once.
    assert sizes == [("doi", 50)] + [("openalex", n) for n in (100, 100, 50)] + [("doi", 50), ("doi", 20)]
    assert all(len(found.references) == 250 for batch in batches for found in batch.found)


def test_unknown_papers_are_named() -> None:
    with OpenAlexServer([RANKS]) as server:
        (batch,) = ask(server, ["doi:10.5555/none", "arxiv:2106.00001", "arxiv:2106.00099"])
        assert server.filters()[1][1] == ["http://arxiv.org/abs/2106.00099", "https://arxiv.org/abs/2106.00099"]
    assert batch.unknown == ("doi:10.5555/none", "arxiv:2106.00099")
    assert [found.asked for found in batch.found] == ["arxiv:2106.00001"]


def test_ids_without_a_doi_are_not_sent() -> None:
    with OpenAlexServer([RANKS]) as server:
        (batch,) = ask(server, ["mla:hu2022iclr-lora", "s2:aaaa"])
        assert server.asked == []
    assert [alias for alias, _ in batch.failed] == ["mla:hu2022iclr-lora", "s2:aaaa"]


@pytest.mark.parametrize("doi", ["10.1002/(sici)1-2,3", "10.1002/a|b", "10.1002/a+b"])
def test_a_doi_that_a_filter_cannot_hold_is_asked_for_singly(doi: str) -> None:
    with OpenAlexServer([Work("W8", "An odd DOI", doi), ADAPTERS]) as server:
        (batch,) = ask(server, [f"doi:{doi}", "arxiv:1902.00001"])
        assert server.filters() == [("doi", ["10.48550/arxiv.1902.00001"])]
    assert [found.asked for found in batch.found] == [f"doi:{doi}", "arxiv:1902.00001"]


def test_one_doi_that_the_service_refuses_does_not_cost_the_others() -> None:
    with OpenAlexServer([RANKS, ADAPTERS], refused=["10.5555/type:x"]) as server:
        (batch,) = ask(server, ["arxiv:1902.00001", "doi:10.5555/type:x"])
    assert [found.asked for found in batch.found] == ["arxiv:1902.00001"]
    assert batch.unknown == ("doi:10.5555/type:x",)


def test_the_address_and_the_key_are_told_to_the_service_alone() -> None:
    with OpenAlexServer([RANKS], key="a-secret") as server:
        assert one(ask(server, ["arxiv:2106.00001"], key="a-secret", mailto="ada@example.org"))
        assert {asked.query["mailto"] for asked in server.asked} == {"ada@example.org"}
        assert not any("secret" in asked for asked in server.requests)
        with pytest.raises(ServiceError, match="HTTP 429") as caught:
            ask(server, ["arxiv:2106.00001"], patience=3.0, key="another-secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("trouble", [429, 503, "cut", "html", "nothing", "drop"])
def test_a_busy_service_is_asked_again(trouble: int | str) -> None:
    with OpenAlexServer([RANKS], troubles={1: trouble}) as server:
        assert one(ask(server, ["arxiv:2106.00001"])).references


def test_a_wrong_address_is_an_error() -> None:
    with OpenAlexServer([RANKS], always=404) as server, pytest.raises(ServiceError, match="HTTP 404"):
        ask(server, ["arxiv:2106.00001"])
