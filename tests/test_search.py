"""Search: the two lists, their fusion, filters, likeness, and queries that mean harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.embed import Embedder, HashEmbedder
from corpus.errors import IndexMismatch, QueryError, UnknownPaper
from corpus.index import Index, sync
from corpus.library import Library
from corpus.models import Filters, Paper, SearchRequest
from corpus.search import Searcher, year_range

PAPERS = [
    Paper(
        id="lora", title="Low-rank adaptation", abstract="Thin matrices change frozen weights.", year=2021, venue="ICLR"
    ),
    Paper(
        id="vpt",
        title="Visual prompt tuning",
        abstract="Tokens are learned for a frozen vision transformer.",
        year=2022,
    ),
    Paper(id="tsm", title="Temporal shift module", abstract="Channels move along time in video networks.", year=2019),
    Paper(id="mix", title="Mixup", abstract="Pairs of images and labels are blended.", year=2018, categories=["cs.LG"]),
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder = tmp_path_factory.mktemp("search")
    library = Library(folder / "library.db")
    library.add(PAPERS, "test")
    library.add_tags("vpt", ["to-read"])
    index = Index(folder / "chroma", library.library_id)
    sync(library, index, HashEmbedder(256))
    return Searcher(library, index, lambda: HashEmbedder(256))


def names(searcher: Searcher, *args: object, **options: object) -> list[str]:
    return [hit.paper.name for hit in searcher.search(*args, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_the_paper_that_says_it_comes_first(searcher: Searcher, mode: str) -> None:
    assert names(searcher, "visual prompt tuning", mode=mode)[0] == "vpt"


def test_why_tells_ranks_words_and_cosine(searcher: Searcher) -> None:
    why = searcher.search("temporal shift in video")[0].why
    assert why["words"] == ["temporal", "shift", "video"]
    assert why["lexical_rank"] == why["dense_rank"] == 1
    assert 0 < why["cosine"] <= 1


def test_filters_hold_in_every_mode(searcher: Searcher) -> None:
    for mode in ("hybrid", "lexical", "dense"):
        found = names(searcher, "frozen", filters=Filters(year_from=2022, year_to=2022), mode=mode)
        assert found == ["vpt"]
    assert names(searcher, "images", filters=Filters(category="CS.lg")) == ["mix"]
    assert names(searcher, "frozen", filters=Filters(venue="iclr")) == ["lora"]
    assert names(searcher, "frozen", filters=Filters(tag="to-read")) == ["vpt"]
    assert names(searcher, "frozen", filters=Filters(tag="nobody")) == []


def test_like_finds_others_and_never_the_paper_itself(searcher: Searcher) -> None:
    found = names(searcher, "", like=["lora"])
    assert "lora" not in found
    assert found[0] == "vpt"  # both speak of something frozen
    assert "lora" in names(searcher, "low-rank adaptation")  # only that one search left it out
    with pytest.raises(UnknownPaper):
        searcher.search("", like=["nowhere"])


def test_many_queries_at_once_equal_one_by_one(searcher: Searcher) -> None:
    queries = {"q1": "mixup of images", "q2": "video"}
    many = searcher.search_many(queries, 3)
    assert many == {qid: names(searcher, query, 3) for qid, query in queries.items()}


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "AND OR NOT",
        "title:lora",
        "lora*",
        "NEAR(a b)",
        "(((",
        "-lora",
        "a^2",
        "x'; DROP TABLE papers; --",
        "😀 lora",
    ],
)
def test_operators_and_quotes_are_words_like_any_other(searcher: Searcher, query: str) -> None:
    try:
        searcher.search(query)
    except QueryError as error:
        assert "no word" in str(error)
    assert names(searcher, "lora low-rank") != []


def test_quotes_ask_for_a_phrase_word_for_word(searcher: Searcher) -> None:
    for mode in ("hybrid", "lexical", "dense"):
        assert names(searcher, '"frozen vision transformer"', mode=mode) == ["vpt"]
    assert names(searcher, '"frozen" "low-rank adaptation"') == ["lora"]
    assert names(searcher, '"images" "time"') == []  # two papers, one phrase each


def test_where_no_paper_has_the_phrase_its_words_are_looked_for_and_the_answer_says_so(searcher: Searcher) -> None:
    answer = searcher.answer(SearchRequest(query='"prompt visual tuning" of tokens'))
    assert answer.hits[0].paper.name == "vpt"
    assert answer.searched_for == "prompt visual tuning of tokens"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300))
def test_any_text_is_answered_or_refused_in_one_line(searcher: Searcher, query: str) -> None:
    try:
        searcher.search(query, mode="lexical")
    except QueryError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("query", "k", "says"),
    [
        ("", 5, "empty"),
        ("   ", 5, "empty"),
        ("?!", 5, "no word"),
        ("a" * 10_000, 5, "10000 characters"),
        ("lora", 0, "0 papers"),
    ],
)
def test_what_cannot_be_answered_says_why(searcher: Searcher, query: str, k: int, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        searcher.search(query, k)


def test_unknown_mode_names_the_known_ones(searcher: Searcher) -> None:
    with pytest.raises(QueryError, match="hybrid, lexical, dense"):
        searcher.search("lora", mode="psychic")  # type: ignore[arg-type]


def test_without_vectors_only_a_lexical_search_is_possible(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db")
    library.add(PAPERS, "test")

    def no_model() -> Embedder:
        raise AssertionError("a model was loaded")

    bare = Searcher(library, Index(tmp_path / "chroma", library.library_id), no_model)
    assert names(bare, "mixup", mode="lexical") == ["mix"]
    with pytest.raises(IndexMismatch, match="fourways index"):
        bare.search("mixup")


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2019-2022", (2019, 2022)),
        ("2019-", (2019, None)),
        ("-2022", (None, 2022)),
        ("2021", (2021, 2021)),
        (" 2019 - 2020 ", (2019, 2020)),
    ],
)
def test_year_ranges(text: str, years: tuple[int | None, int | None]) -> None:
    assert year_range(text) == years


@pytest.mark.parametrize(
    ("text", "says"), [("2022-2019", "2019-2022"), ("soon", "2019-2022"), ("-", "2019-2022"), ("20192022", "2019-")]
)
def test_year_ranges_that_are_none_name_the_remedy(text: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        year_range(text)
