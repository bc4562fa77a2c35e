"""Search: the two lists, their fusion, filters, likeness, and queries that mean harm."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.embed import Embedder, HashEmbedder
from corpus.errors import HomeError, IndexMismatch, QueryError, UnknownPaper
from corpus.home import Home
from corpus.index import Index, sync
from corpus.library import Library
from corpus.models import Citation, Filters, Paper, SearchRequest
from corpus.retrieval.snapshot import indexing
from corpus.search import Searcher, year_range
from corpus.workspace import Workspace
from survey.indexing import index_library

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
    library.add_citations([Citation(citing="vpt", cited="lora"), Citation(citing="tsm", cited="vpt")])
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


def test_why_marks_what_matched_and_tells_what_the_score_is_made_of(searcher: Searcher) -> None:
    hit = searcher.search("learned tokens for transformers")[0]
    text = {"title": hit.paper.title, "abstract": str(hit.paper.abstract)}
    assert {text[field][start:end] for field, spans in hit.why["marks"].items() for start, end in spans} == {
        "Tokens",
        "learned",
        "transformer",
    }
    assert hit.score == pytest.approx(sum(hit.why["parts"].values()), abs=1e-3)
    assert hit.why["citations"] == 1
    lora = next(hit for hit in searcher.search("frozen") if hit.paper.name == "lora")
    assert lora.why["cited_by_hits"] == ["vpt"]


def test_the_title_itself_comes_first_whatever_else_says_it_better(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db")
    library.add(
        [Paper(id="a", title="Mixup of Mixup", abstract="Mixup mixup mixup."), Paper(id="b", title="Mixup!")], "x"
    )
    bare = Searcher(library, Index(tmp_path / "chroma", library.library_id), HashEmbedder)
    assert names(bare, "mixup", mode="lexical") == ["b", "a"]


def test_chinese_is_looked_up_as_it_was_typed_too(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db")
    titles = {"a": "图像分割的方法", "b": "图像增强", "c": "Image segmentation"}
    library.add([Paper(id=one, title=title) for one, title in titles.items()], "x")
    bare = Searcher(library, Index(tmp_path / "chroma", library.library_id), HashEmbedder)
    why = {hit.paper.name: hit.why["words"] for hit in bare.search("图像分割", mode="lexical")}
    assert why == {"a": ["图像分割"], "c": ["image", "segmentation"], "b": []}  # half of a word is none


def test_facets_count_the_best_candidates(searcher: Searcher) -> None:
    answer = searcher.answer(SearchRequest(query="frozen images", k=1), facets=True)
    assert len(answer.hits) == 1
    assert answer.counted == 4
    assert answer.facets["year"] == (("2018", 1), ("2019", 1), ("2021", 1), ("2022", 1))
    assert answer.facets["venue"] == (("ICLR", 1),)
    assert answer.facets["category"] == (("cs.LG", 1),)
    assert searcher.answer(SearchRequest(query="frozen")).facets == {}


def test_disliked_papers_pull_away_and_are_left_out(searcher: Searcher) -> None:
    request = SearchRequest(query="frozen", like=("lora",), unlike=("vpt",))
    assert {"lora", "vpt"}.isdisjoint(hit.paper.name for hit in searcher.answer(request).hits)
    near = searcher.search("networks", unlike=["tsm"], mode="dense")
    assert "tsm" not in [hit.paper.name for hit in near]
    with pytest.raises(QueryError, match="both liked and disliked"):
        searcher.search("frozen", like=["lora"], unlike=["lora"])
    with pytest.raises(QueryError, match="empty"):
        searcher.search("", unlike=["lora"])
    with pytest.raises(QueryError, match="too many"):
        searcher.search("", like=["lora"] * 101)


def test_several_liked_papers_count_together(searcher: Searcher) -> None:
    assert names(searcher, "", like=["lora", "tsm"])[0] == "vpt"


def test_a_cross_encoder_orders_the_first_hits_anew(tmp_path: Path, searcher: Searcher) -> None:
    class Shortest:
        name = "shortest"

        def scores(self, query: str, texts: Sequence[str]) -> list[float]:
            return [-float(len(text)) for text in texts]

    plain = searcher.search("frozen weights")
    workspace = Workspace(Home(tmp_path), model="hash:256")
    workspace.library.add(PAPERS, "test")
    index_library(workspace)
    fresh = Searcher(workspace.library, workspace.index, workspace.embedder, reranker=lambda name: Shortest())
    hits = fresh.answer(SearchRequest(query="frozen weights", rerank="shortest")).hits
    lengths = [len(f"{hit.paper.title}. {hit.paper.abstract}") for hit in hits]
    assert lengths == sorted(lengths)
    assert {hit.paper.name for hit in hits} == {hit.paper.name for hit in plain}
    assert hits[0].why["rerank"] == -lengths[0]


def test_chinese_papers_are_found_by_chinese_words_too(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db")
    library.add([Paper(id="a", title="参数高效微调综述"), Paper(id="b", title="图像分类")], "x")
    bare = Searcher(library, Index(tmp_path / "chroma", library.library_id), HashEmbedder)
    assert names(bare, "高效微调", mode="lexical") == ["a"]


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


def test_coverage_is_the_share_of_the_words_by_their_rarity(searcher: Searcher) -> None:
    """Of four papers two have `frozen` and one `tokens`: log 5/2.5 = .69 and log 5/1.5 = 1.20, so that `tokens` alone is .63."""
    keys = [searcher._library.resolve(name) for name in ("vpt", "lora", "mix")]
    shares = searcher.coverage("frozen tokens", keys)
    assert [shares[key] for key in keys] == pytest.approx([1.0, 0.693 / 1.897, 0.0], abs=1e-3)


@pytest.mark.parametrize(
    ("query", "share"), [("low-rank", 1.0), ("low rank", 1.0), ("lowrank", 1.0), ("low-tide", 0.0)]
)
def test_coverage_asks_for_all_parts_of_a_compound(searcher: Searcher, query: str, share: float) -> None:
    lora = searcher._library.resolve("lora")
    assert searcher.coverage(query, [lora])[lora] == share


def test_the_middle_is_the_mean_of_the_others(tmp_path: Path) -> None:
    made = Workspace(Home(tmp_path), model="hash:64")
    made.library.add([Paper(id=f"p{n}", title=f"Title {n}", abstract=f"Words {n}.") for n in range(12)], "test")
    index_library(made)
    keys, vectors = made.index.matrix()
    assert made.searcher.middle(keys[:1]) == pytest.approx(vectors[1:].mean(axis=0), abs=1e-6)
    assert not made.searcher.middle(keys[:3]).any()  # nine say nothing


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def test_an_index_of_another_model_says_so(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db")
    library.add(PAPERS, "test")
    index = Index(tmp_path / "chroma", library.library_id)
    sync(library, index, HashEmbedder(64))
    other = Searcher(library, index, lambda: HashEmbedder(32), tmp_path / "search")
    with pytest.raises(IndexMismatch, match="'hash:64', and this is 'hash:32'"):
        other.search("mixup")
    assert names(other, "mixup", mode="lexical") == ["mix"]


def test_while_another_model_is_indexed_the_finished_index_is_searched(tmp_path: Path) -> None:
    workspace = Workspace(Home(tmp_path), model="hash:64")
    workspace.library.add(PAPERS, "test")
    index_library(workspace)
    begun = Workspace(Home(tmp_path), model="hash:32")
    begun.index.start(begun.embedder(), rebuild=True)  # killed here: nothing is embedded yet
    after = Workspace(Home(tmp_path))
    assert names(after.searcher, "mixup")[0] == "mix"
    assert after.embedder().name == "hash:64"
    assert index_library(Workspace(Home(tmp_path))).embedded == len(PAPERS)  # goes on with what was begun
    assert names(Workspace(Home(tmp_path)).searcher, "mixup")[0] == "mix"
    assert Workspace(Home(tmp_path)).embedder().name == "hash:32"


def test_during_the_first_index_only_words_are_searched(tmp_path: Path) -> None:
    workspace = Workspace(Home(tmp_path), model="hash:64")
    workspace.library.add(PAPERS, "test")
    workspace.index.start(workspace.embedder())
    with indexing(workspace.search_folder):
        with pytest.raises(IndexMismatch, match="for the first time"):
            workspace.searcher.search("mixup")
        assert names(workspace.searcher, "mixup", mode="lexical") == ["mix"]
        with pytest.raises(HomeError, match="indexed already"):
            index_library(workspace)
    index_library(workspace)
    assert names(workspace.searcher, "mixup")[0] == "mix"


def test_two_processes_search_while_a_third_indexes(tmp_path: Path) -> None:
    workspace = Workspace(Home(tmp_path), model="hash:64")
    workspace.library.add(PAPERS, "test")
    index_library(workspace)
    writer = (
        "import sys; from pathlib import Path; from corpus.home import Home; from corpus.models import Paper\n"
        "from corpus.workspace import Workspace; from survey.indexing import index_library\n"
        "for n in range(6):\n"
        "    w = Workspace(Home(Path(sys.argv[1])), model='hash:64')\n"
        "    w.library.add([Paper(id=f'n{n}', title=f'Blended pictures {n}')], 'more')\n"
        "    index_library(w)\n"
    )
    reader = (
        "import sys, time; from pathlib import Path; from corpus.home import Home; from corpus.workspace import Workspace\n"
        "w = Workspace(Home(Path(sys.argv[1]))); until = time.monotonic() + 60; seen = 0\n"
        "while time.monotonic() < until:\n"
        "    assert w.searcher.search('temporal shift module')[0].paper.name == 'tsm'\n"
        "    now = len(w.searcher.search('blended pictures', 50, mode='lexical'))\n"
        "    assert now >= seen; seen = now\n"
        "    if seen == 7 and w.searcher.waiting() == 0: sys.exit(0)\n"
        "sys.exit(f'{seen} found, {w.searcher.waiting()} wait')\n"
    )
    programs = (writer, reader, reader)
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stderr=subprocess.PIPE) for program in programs
    ]
    for process in running:
        _, errors = process.communicate(timeout=90)
        assert process.returncode == 0, errors.decode()


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
