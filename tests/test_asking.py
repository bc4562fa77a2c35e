"""A search as people and addresses write it: there and back, narrowed and widened, and what to change where nothing was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import FourwaysError, InputError, QueryError
from corpus.library import Library
from corpus.models import Answer, Filters, Hit, Paper, SearchRequest
from corpus.searches import SavedSearch
from survey.asking import (
    PAGE,
    advise,
    build_address,
    build_filters,
    count_new,
    doubt,
    filter_texts,
    liking,
    narrowed,
    read_address,
    render_request,
    same_search,
    unliking,
    without,
)

WHOLE = SearchRequest(
    query="适配器 & video",
    k=40,
    filters=Filters(year_from=2019, year_to=2022, venue="ICLR", category="cs.CV", strategy="efficient", tag="to-read"),
    mode="dense",
    like=("a", "doi:10.1/b"),
    unlike=("c",),
    rerank="some/model",
)
BARE = SearchRequest(query="lora", k=PAGE)


class Shelf:
    """Answers with the papers that the filters let through; counts how often it is asked."""

    def __init__(self, *papers: Paper) -> None:
        self.papers, self.asked = papers, 0

    def answer(self, request: SearchRequest, *, facets: bool = False) -> Answer:
        self.asked += 1
        wanted = request.filters
        fits = [
            paper
            for paper in self.papers
            if (wanted.year_from is None or (paper.year or 0) >= wanted.year_from)
            and wanted.venue in (None, paper.venue)
            and (not wanted.tag)
        ]
        return Answer(hits=tuple(Hit(paper=paper, score=1.0) for paper in fits[: request.k]))


@pytest.mark.parametrize("request_", [WHOLE, BARE, SearchRequest(k=PAGE, like=("a",))])
def test_an_address_holds_the_whole_search(request_: SearchRequest) -> None:
    assert read_address(build_address(request_)) == request_


def test_an_address_leaves_out_what_is_as_usual() -> None:
    assert build_address(BARE) == {"q": ["lora"]}


def test_of_a_field_given_twice_the_last_counts_and_papers_add_up() -> None:
    found = read_address({"q": ["a", "b"], "like": ["x", "x", "", "y"], "year": [""], "unheard": ["z"]})
    assert found == SearchRequest(query="b", k=PAGE, like=("x", "y"))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"mode": "magic"}, "hybrid"),
        ({"k": "0"}, "Ask for 1 to"),
        ({"k": "²"}, "Ask for 1 to"),
        ({"k": "99999999"}, "Ask for 1 to"),
        ({"year": "never"}, "2019-2022"),
        ({"strategy": "luck"}, "efficient"),
    ],
)
def test_an_address_that_makes_no_sense_names_the_remedy(fields: dict[str, str], says: str) -> None:
    with pytest.raises((QueryError, InputError), match=says):
        read_address({"q": ["x"], **{name: [value] for name, value in fields.items()}})


@given(st.dictionaries(st.sampled_from(["q", "k", "year", "mode", "like", "venue", "strategy"]), st.lists(st.text())))
def test_any_address_is_read_or_refused_in_one_line(fields: dict[str, list[str]]) -> None:
    try:
        read_address(fields)
    except FourwaysError as error:
        assert "\n" not in str(error)


def test_filters_combine_and_an_empty_value_takes_one_away() -> None:
    request = narrowed(narrowed(BARE, "year", "2021"), "venue", "ICLR")
    assert filter_texts(request.filters) == {"year": "2021", "venue": "ICLR"}
    assert narrowed(request, "year", None).filters == Filters(venue="ICLR")
    assert build_filters({"venue": " "}, request.filters) == Filters(year_from=2021, year_to=2021)
    assert build_filters({}, request.filters) == request.filters


@pytest.mark.parametrize("years", ["2019-2022", "2019-", "-2022", "2021"])
def test_years_are_written_as_they_are_typed(years: str) -> None:
    assert filter_texts(build_filters({"year": years})) == {"year": years}


def test_a_paper_is_on_one_side_only() -> None:
    request = unliking(liking(liking(BARE, "a"), "b"), "a")
    assert (request.like, request.unlike) == (("b",), ("a",))
    assert liking(request, "a").unlike == ()
    assert without(request, "a") == liking(BARE, "b")


def test_a_search_in_words() -> None:
    assert render_request(WHOLE) == (
        "适配器 & video · like a, doi:10.1/b · not like c · year 2019-2022 · venue ICLR · category cs.CV"
        " · strategy efficient · tag to-read · meaning only · re-ranked by some/model"
    )
    assert render_request(BARE) == "lora"


def test_how_many_are_shown_makes_no_other_search() -> None:
    assert same_search(BARE, BARE.model_copy(update={"k": 500}))
    assert not same_search(BARE, BARE.model_copy(update={"mode": "dense"}))


PAPERS = [
    Paper(id="1", title="One", year=2019, venue="ICLR"),
    Paper(id="2", title="Two", year=2021, venue="CVPR"),
]


@pytest.mark.parametrize(
    ("filters", "says"),
    [
        (Filters(year_from=2022), "Without the filter year 2022- there are some"),
        (Filters(year_from=2021, venue="ICLR"), "Without the filter year 2021- or venue ICLR there are some"),
        (Filters(year_from=2022, tag="mine", venue="CVPR"), "Without the filters there are some"),
    ],
)
def test_where_filters_leave_nothing_the_one_to_loosen_is_named(filters: Filters, says: str) -> None:
    assert advise(Shelf(*PAPERS), BARE.model_copy(update={"filters": filters})) == says


def test_where_no_filter_is_to_blame_other_words_may_help() -> None:
    assert advise(Shelf(), BARE) == "Use other words"
    lexical = BARE.model_copy(update={"mode": "lexical", "filters": Filters(tag="mine")})
    assert advise(Shelf(), lexical) == "Use other words, or search by meaning too"


def test_new_papers_of_a_kept_search_are_counted(library: Library) -> None:
    library.add(PAPERS, "list")
    kept = SavedSearch(name="mine", request=BARE, created="2026-01-01", ran="2026-01-02", seen=("1",))
    shelf = Shelf(*PAPERS)
    assert count_new(shelf, library, kept) == 1
    assert count_new(shelf, library, kept.model_copy(update={"seen": ("1", "2")})) == 0
    assert shelf.asked == 2
    assert count_new(shelf, library, kept.model_copy(update={"ran": None})) == 0
    assert shelf.asked == 2  # what never ran has shown nothing: all of it would be new


def test_hits_without_a_word_of_the_query_are_doubted() -> None:
    far = Hit(paper=Paper(title="Mixup"), score=1, why={"words": [], "cosine": 0.1})
    near = Hit(paper=Paper(title="LoRA"), score=1, why={"words": ["lora"]})
    request = SearchRequest(query="мультимодальные модели")
    assert "No word of the query" in str(doubt(request, Answer(hits=(far,))))
    assert doubt(request, Answer(hits=(far, near))) is None
    assert doubt(request, Answer()) is None
    assert doubt(SearchRequest(like=("a",)), Answer(hits=(far,))) is None
