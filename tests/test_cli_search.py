"""`fourways search` and `fourways searches`: how hits are printed, what is counted, kept and new, and what bad input is told."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import ModelError
from corpus.models import Answer, Hit, Paper, SearchRequest
from survey.cli import find, run

PAPERS = [
    {"id": "a", "title": "Adapters in frozen networks", "abstract": "Small layers are trained.", "year": 2019},
    {
        "id": "b",
        "title": "Prompts before the patches",
        "abstract": "Learned tokens steer a frozen model.",
        "year": 2021,
    },
    {"id": "c", "title": "Blending two pictures", "abstract": "Pairs of images are mixed.", "year": 2018},
    {"id": "d", "title": "Shifting channels in time", "abstract": "Video networks for free.", "year": 2019},
]

Run = Callable[..., tuple[int, str, str]]


def write(path: Path, papers: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers), "utf-8")
    return path


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with four papers, indexed without a model; `b` cites `a`."""
    folder = tmp_path_factory.mktemp("prepared")
    citations = folder / "citations.tsv"
    citations.write_text("b\ta\n", "utf-8")
    papers = write(folder / "papers.jsonl", PAPERS)
    home = ["--home", str(folder / "home")]
    assert run([*home, "import", str(papers), "--citations", str(citations)]) == 0
    assert run([*home, "index", "--model", "hash:64"]) == 0
    return folder / "home"


@pytest.fixture
def filled(cli: Run, prepared: Path, tmp_path: Path) -> Run:
    """Runs a command on a copy of that home."""
    shutil.copytree(prepared, tmp_path / "home")
    return cli


def titles(out: str) -> list[str]:
    """The titles of the hits that were printed."""
    return [line[4:] for line in out.splitlines() if line[1:4].endswith(". ") and line[:2].strip().isdigit()]


def ids(result: tuple[int, str, str]) -> list[str]:
    """The papers that `--json` lists."""
    status, out, err = result
    assert status == 0, err
    return [hit["id"] for hit in json.loads(out)["hits"]]


def fails(result: tuple[int, str, str], *says: str) -> None:
    """One line on standard error that says what and what to do, nothing on standard output."""
    status, out, err = result
    assert status == 1, (out, err)
    assert out == ""
    assert err.startswith("error: ") and err.count("\n") == 1, err
    for words in says:
        assert words in err, err


# ---- how it is printed -----------------------------------------------------------------------------------------------

LONG = "It begins with nothing of note, " * 12 + "then an adapter is trained, " + "and goes on for long. " * 20
CANNED = Answer(
    hits=(
        Hit(
            paper=Paper(id="a", title="Adapters", abstract=LONG, authors=["A", "B", "C", "D"], year=2019, venue="ICLR"),
            score=0.5,
            why={
                "words": ["adapter"],
                "marks": {"title": [[0, 8]], "abstract": [[LONG.index("adapter"), LONG.index("adapter") + 7]]},
                "bm25": 3.1,
                "lexical_rank": 1,
                "cosine": 0.61,
                "dense_rank": 2,
                "citations": 12,
                "cited_by_hits": ["c", "b"],
                "cites_hits": [],
                "parts": {"bm25": 0.2},
                "rerank": 0.9,
            },
        ),
        Hit(paper=Paper(id="b", title="Bare"), score=0.4),
        Hit(paper=Paper(id="c", title="Cut"), score=0.3, why={"words": [], "cosine": 0.5}),
    ),
    searched_for="adapter",
    facets={
        "year": tuple((str(year), year - 1999) for year in range(2000, 2020)),
        "venue": (("ICLR", 7), ("CVPR", 2)),
        "strategy": (),
        "category": (("cs.CV", 9),),
    },
    counted=200,
)


class Canned:
    """A searcher that answers all the same; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[SearchRequest, bool]] = []
        self.answer_: Answer = CANNED

    def waiting(self) -> int:
        return 0

    def answer(self, request: SearchRequest, *, facets: bool = False) -> Answer:
        self.asked.append((request, facets))
        return self.answer_ if facets else self.answer_.model_copy(update={"facets": {}, "counted": 0})


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch) -> Canned:
    searcher = Canned()
    monkeypatch.setattr("corpus.workspace.Searcher", lambda *_: searcher)
    return searcher


def test_a_hit_is_a_title_facts_a_stretch_of_the_abstract_and_why(cli: Run, canned: Canned) -> None:
    _, out, _ = cli("search", "adapter", "--mode", "lexical")
    title, facts, text, why = out.splitlines()[:4]
    assert title == " 1. Adapters"
    assert facts == "    A, B, C et al. · 2019 · ICLR"
    assert text.startswith("    … ") and text.endswith(" …")
    assert "then an adapter is trained" in text and len(text) < 220
    assert why == "    a   words: adapter; cosine 0.61; cited by hits 2, 3; 12 citations here; re-ranked 0.90"
    assert out.splitlines()[4:] == [" 2. Bare", "    b", " 3. Cut", "    c   cosine 0.50"]


def test_nothing_is_marked_in_a_pipe_and_matched_words_are_in_a_terminal(
    cli: Run, canned: Canned, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in cli("search", "adapter", "--mode", "lexical")[1]
    for name, value in {"TTY_COMPATIBLE": "1", "FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "60"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("survey.cli.console.sys.stdout.isatty", lambda: True, raising=False)
    lines = cli("search", "adapter", "--mode", "lexical")[1].splitlines()
    assert lines[0].endswith("\x1b[1;4mAdapters\x1b[0m")  # bold and underlined
    assert any("\x1b[1madapter\x1b[0m is trained" in line for line in lines[2:5])


def test_counts_are_printed_after_the_hits(cli: Run, canned: Canned) -> None:
    _, out, _ = cli("search", "adapter", "--mode", "lexical", "--facets")
    assert canned.asked[-1][1] is True
    counts = out[out.index("Of the 200 best:") :].splitlines()
    assert counts[1].split("  ")[0] == "year"
    assert "2019 (20)" in counts[1] and "2007" not in counts[1] and "8 earlier years" in counts[1]  # the last twelve
    assert counts[2:] == ["venue     ICLR (7) · CVPR (2)", "category  cs.CV (9)"]  # no strategy: none was counted
    assert "Of the" not in cli("search", "adapter", "--mode", "lexical")[1]


def test_json_has_all_of_why_and_the_counts(cli: Run, canned: Canned) -> None:
    answer = json.loads(cli("search", "适配器", "--mode", "lexical", "--facets", "--json")[1])
    assert set(answer) == {"query", "mode", "took_ms", "hits", "searched_for", "facets", "counted"}
    assert answer["hits"][0]["why"] == json.loads(json.dumps(CANNED.hits[0].why))
    assert answer["facets"]["venue"] == [{"value": "ICLR", "count": 7}, {"value": "CVPR", "count": 2}]
    assert answer["counted"] == 200
    assert len(answer["facets"]["year"]) == 20
    assert "facets" not in json.loads(cli("search", "adapter", "--mode", "lexical", "--json")[1])


def test_what_was_searched_for_is_said_where_it_is_not_the_query(cli: Run, canned: Canned) -> None:
    assert cli("search", "适配器", "--mode", "lexical")[2] == "searched for: adapter\n"
    assert cli("search", " adapter ", "--mode", "lexical")[2] == ""


def test_all_that_is_asked_reaches_the_searcher(cli: Run, canned: Canned) -> None:
    cli("search", "q", "-k", "3", "--year", "2019-", "--venue", "V", "--category", "C", "--strategy", "existing")
    cli("search", "--like", "x", "--like", "y", "--unlike", "z", "--mode", "lexical", "--rerank", "m", "--tag", "t")
    first, second = (request for request, _ in canned.asked)
    assert (first.query, first.k, first.mode, first.rerank) == ("q", 3, "hybrid", None)
    assert first.filters.model_dump(exclude_none=True) == {
        "year_from": 2019,
        "venue": "V",
        "category": "C",
        "strategy": "existing",
    }
    assert (second.query, second.k, second.like, second.unlike) == ("", 10, ("x", "y"), ("z",))
    assert (second.mode, second.rerank, second.filters.tag) == ("lexical", "m", "t")


def test_a_slow_search_says_what_takes_so_long(cli: Run, canned: Canned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "_PATIENCE", 0.05)
    assert cli("search", "adapter", "--mode", "lexical", "--rerank", "m")[2] == ""
    answer = canned.answer

    def slowly(request: SearchRequest, *, facets: bool = False) -> Answer:
        time.sleep(0.5)
        return answer(request, facets=facets)

    monkeypatch.setattr(canned, "answer", slowly)
    assert cli("search", "adapter", "--mode", "lexical", "--rerank", "m")[2] == "Re-ranking with m ...\n"
    assert cli("search", "adapter", "--mode", "lexical")[2].startswith("Making the library ready")


def test_a_filter_that_leaves_nothing_is_named(filled: Run) -> None:
    status, out, err = filled("search", "frozen", "--year", "2019-", "--tag", "mine")
    assert (status, out, err) == (0, "No paper matches.\n", "Without the filter tag mine there are some.\n")
    _, out, err = filled("search", "zebra", "--mode", "lexical")
    assert (out, err) == ("No paper matches.\n", "Use other words, or search by meaning too.\n")


# ---- kept searches ---------------------------------------------------------------------------------------------------


def test_a_kept_search_runs_again_as_it_was(filled: Run) -> None:
    first = filled("search", "frozen", "-k", "2", "--year", "2019-", "--save", "Cold ones", "--json")
    assert first[2] == "saved as 'Cold ones': frozen · year 2019-\n"
    again = filled("search", "--saved", "cold ones", "--json")
    assert ids(again) == ids(first)
    assert again[2] == "Cold ones: frozen · year 2019-\n"
    assert json.loads(again[1])["query"] == "frozen"


def test_options_given_now_count_instead_of_the_kept_ones(filled: Run) -> None:
    filled("search", "frozen", "-k", "1", "--year", "2019", "--like", "c", "--save", "mine")
    shown = filled("search", "--saved", "mine", "-k", "4", "--year", "2021", "--like", "d", "--json")
    assert ids(shown) == ["b"]
    assert "like d" in shown[2] and "year 2021" in shown[2]
    bare = filled("search", "--saved", "mine", "--year", "", "--like", "", "-k", "4", "--rerank", "", "--json")
    assert bare[2] == "mine: frozen\n"
    assert len(ids(bare)) == 4
    assert "year 2019" in filled("searches")[1]  # what is kept has not changed


def test_new_shows_only_what_the_last_runs_did_not(filled: Run, tmp_path: Path) -> None:
    filled("search", "frozen", "--save", "mine")
    assert filled("search", "--saved", "mine", "--new")[1] == "Nothing new.\n"
    more = [{"id": "e", "title": "A frozen newcomer"}, {"id": "f", "title": "Frozen once more"}]
    filled("import", str(write(tmp_path / "more.jsonl", more)))
    filled("index")
    assert sorted(titles(filled("search", "--saved", "mine", "--new")[1])) == ["A frozen newcomer", "Frozen once more"]
    assert ids(filled("search", "--saved", "mine", "--new", "--json")) == []  # it remembers
    assert len(ids(filled("search", "--saved", "mine", "--json"))) == 6


def test_a_run_without_new_remembers_too(filled: Run, tmp_path: Path) -> None:
    filled("search", "frozen", "--save", "mine")
    filled("import", str(write(tmp_path / "more.jsonl", [{"id": "e", "title": "A frozen newcomer"}])))
    filled("index")
    assert "e" in ids(filled("search", "--saved", "mine", "--json"))
    assert ids(filled("search", "--saved", "mine", "--new", "--json")) == []


def test_a_search_that_fails_is_not_kept_and_shows_nothing_as_seen(
    filled: Run, canned: Canned, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Answer:
        raise ModelError("it broke", "Mend it")

    monkeypatch.setattr(canned, "answer", fail)
    fails(filled("search", "frozen", "--save", "mine"), "it broke. Mend it.")
    assert json.loads(filled("searches", "--json")[1]) == []


def test_kept_searches_are_listed_and_forgotten(filled: Run) -> None:
    assert filled("searches")[1].startswith("No search is kept")
    filled("search", "frozen", "--mode", "lexical", "--save", "cold")
    filled("search", "--saved", "cold", "--year", "2021", "--save", "cold and late")
    _, out, err = filled("searches")
    assert err == ""
    assert out.splitlines()[:2] == ["cold", "    frozen · words only"]
    assert "2 papers shown" in out and "last run 20" in out
    listed = json.loads(filled("searches", "--json")[1])
    assert [one["name"] for one in listed] == ["cold", "cold and late"]
    assert listed[1]["words"] == "frozen · year 2021 · words only"
    assert set(listed[0]) == {"name", "words", "request", "created", "ran", "seen"}
    assert filled("searches", "--forget", "COLD")[1] == "forgotten: cold\n"
    assert json.loads(filled("searches", "--forget", "cold and late", "--json")[1]) == {"forgotten": "cold and late"}
    assert json.loads(filled("searches", "--json")[1]) == []


# ---- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--like", "nope"], ["'nope'", "fourways search"]),
        (["--like", "a", "--unlike", "nope"], ["'nope'", "fourways search"]),
        (["frozen", "--like", "a", "--unlike", "b", "--unlike", "a"], ["'a'"]),
        (["--unlike", "a"], ["the query is empty"]),
        (["frozen", "--new"], ["--new", "--saved NAME"]),
        (["frozen", "--save", ""], ["no name", "--save NAME"]),
        (["frozen", "--save", "x" * 101], ["101 characters", "Shorten it to 100"]),
        (["frozen", "--saved", "mine"], ["a query and --saved", "--save NAME"]),
        (["--saved", "mine"], ["no saved search 'mine'", "There is none yet"]),
        (["--saved", ""], ["no saved search ''"]),
        (["frozen", "-k", "0"], ["-k"]),
        (["frozen", "--year", "later"], ["2019-2022"]),
        (["frozen", "--strategy", "luck"], ["efficient"]),
        (["frozen", "--rerank", "/nowhere/at all"], ["'/nowhere/at all'", "--rerank"]),
    ],
)
def test_what_cannot_be_done_is_one_line_with_a_remedy(
    filled: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: list[str]
) -> None:
    monkeypatch.setattr(find, "_PATIENCE", 600)  # a slow machine says meanwhile what it is at
    fails(filled("search", *arguments), *says)


def test_a_bad_name_is_told_before_anything_is_searched(filled: Run, canned: Canned) -> None:
    fails(filled("search", "frozen", "--save", " \n"), "no name")
    assert canned.asked == []


@pytest.mark.parametrize(
    "option",
    ["--facets", "--new", "--save=x", "--saved=x", "--like=a", "--unlike=a", "--rerank=m", "--year=2020", "--tag=t"],
)
def test_what_a_file_of_queries_cannot_have_is_refused(filled: Run, tmp_path: Path, option: str) -> None:
    arguments = ("search", "--queries", str(tmp_path / "q.jsonl"), "--run", str(tmp_path / "run.jsonl"))
    fails(filled(*arguments, option), f"{option.split('=')[0]} does not go with a file of queries")


@pytest.mark.parametrize("column", ["request", "seen"])
def test_a_kept_search_that_was_broken_is_told_and_can_be_forgotten(filled: Run, tmp_path: Path, column: str) -> None:
    filled("search", "frozen", "--save", "torn")
    filled("search", "frozen", "--save", "whole")
    with sqlite3.connect(tmp_path / "home" / "library.db") as connection:
        connection.execute(f"UPDATE searches SET {column} = '{{oops' WHERE name = 'torn'")
    connection.close()
    fails(filled("search", "--saved", "torn"), "'torn' cannot be read", "--forget 'torn'")
    status, out, err = filled("searches")
    assert (status, out.splitlines()[0]) == (0, "whole")
    assert err.startswith("the saved search 'torn' cannot be read") and err.count("\n") == 1
    assert filled("searches", "--forget", "torn")[1] == "forgotten: torn\n"
    assert filled("searches")[2] == ""


def test_a_slip_in_a_name_names_the_near_ones(filled: Run) -> None:
    filled("search", "frozen", "--save", "cold ones")
    fails(filled("search", "--saved", "clod ones"), "Near to it are 'cold ones'")
    fails(filled("searches", "--forget", "ones"), "Near to it are 'cold ones'")
