"""The app's pages as a script's output: what each shows for a library, an empty one, and an address that makes no sense."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pages import Show, await_work, click, links, words
from servers.arxiv import ArxivServer, make_papers
from streamlit.testing.v1 import AppTest

from corpus import logbook
from corpus.concepts import set_concepts
from corpus.home import Home
from corpus.ideas import Evidence, Idea, set_proposals
from corpus.library import Library
from corpus.models import Answer, Citation, Concept, Filters, Hit, Mention, Paper, SearchRequest
from corpus.report import Progress
from corpus.searches import broken_searches, mark_seen, save_search, saved_search, saved_searches
from corpus.wanted import want
from corpus.workspace import Workspace
from survey.asking import PAGE
from survey.graph import IdeaTable, build_table
from survey.hits import word_spans
from survey.indexing import index_library
from survey.jobs import JOBS
from survey.views.text import byline, marked, message, paper_address, plain, snippet, web_address

PAGES = ("search", "paper", "graph", "survey", "library")
HOSTILE = "<script>alert(1)</script> $x$ **adapter** [a](javascript:alert(1))"

PAPERS = [
    Paper(
        id="a", title="Adapters in frozen networks", abstract="Small layers are trained. The rest is frozen.", year=2019
    ),
    Paper(id="b", title="Prompts before the patches", abstract="Learned tokens steer a frozen model.", year=2021),
    Paper(id="c", title="Blending two pictures", abstract="Pairs of images are mixed.", year=2018, venue="ICLR"),
    Paper(id="d", title="Shifting channels in time", abstract="Video networks for free.", summary_by="fourways"),
    Paper(id="e", title=HOSTILE, abstract=HOSTILE, url="javascript:alert(1)", code_url="https://example.org/code"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home, and an embedder that needs no model."""
    monkeypatch.setenv("FOURWAYS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FOURWAYS_CHROMA", raising=False)
    monkeypatch.setattr("corpus.workspace.DEFAULT_MODEL", "hash:64")
    return Home(tmp_path / "home")


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with five papers and a citation, indexed."""
    workspace = Workspace(Home(tmp_path_factory.mktemp("indexed") / "home"), model="hash:64")
    workspace.library.add(PAPERS, "test")
    workspace.library.add_citations([Citation(citing="b", cited="a")])
    index_library(workspace)
    workspace.library.close()
    return workspace.home.root


@pytest.fixture
def filled(indexed: Path, home: Home) -> Workspace:
    """A copy of that home."""
    shutil.copytree(indexed, home.root)
    return Workspace(home)


# ---- text -----------------------------------------------------------------------------------------------------------


def test_plain_escapes_every_mark_that_markdown_html_or_latex_could_read() -> None:
    assert plain("<b>$x_1$</b> [a](b)") == r"\<b\>\$x\_1\$\<\/b\> \[a\]\(b\)"


def test_plain_is_one_line_so_that_no_list_heading_or_code_block_can_begin() -> None:
    assert plain("a\n\n    b\n# c") == r"a b \# c"


def test_plain_parts_emoji_names_and_arrows_which_streamlit_replaces_after_unescaping() -> None:
    assert plain(":smile:") == "\\:\u2060smile\\:"
    assert plain("->") == "\\-\u2060\\>"


def test_plain_leaves_letters_of_all_scripts_alone() -> None:
    assert plain("适配器 Müller 3") == "适配器 Müller 3"


def test_marked_marks_whole_words_with_and_without_an_s() -> None:
    text = "Adapters, an adapter; adaptersmith"
    assert marked(text, word_spans(text, ["adapter"])) == (
        r":yellow-background[Adapters]\, an :yellow-background[adapter]\; adaptersmith"
    )


def test_marked_escapes_between_the_marks() -> None:
    assert marked("$x$ lora *y*", [(4, 8)]) == r"\$x\$ :yellow-background[lora] \*y\*"


def test_snippet_is_the_stretch_around_the_marks() -> None:
    text = "begin " * 100 + "here stands lora " + "end " * 100
    assert "lora" in snippet(text, word_spans(text, ["lora"]), limit=60)
    assert snippet("short") == "short"


def test_message_shows_commands_as_code_and_all_else_as_text() -> None:
    assert message("Run `fourways index`, *now*") == r"Run `fourways index`\, \*now\*"
    assert message("one ` alone") == r"one \` alone"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//x.org", "https://", "http://[", "", None]
)
def test_only_addresses_of_the_web_are_linked(url: str | None) -> None:
    assert web_address(url) is None
    assert web_address("https://example.org/a") == "https://example.org/a"


def test_paper_address_holds_any_id() -> None:
    assert paper_address("doi:10.1/a&b#c d") == "paper?id=doi%3A10.1%2Fa%26b%23c%20d"


def test_byline_counts_the_authors_that_it_leaves_out() -> None:
    assert byline(["A", "B", "C"], 2020, "ICLR", most=2) == "A, B and 1 more · 2020 · ICLR"
    assert byline([], None, None) == ""


# ---- an empty library, and addresses that make no sense ----------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_library_says_how_to_fill_it(home: Home, show: Show, page: str) -> None:
    app = show(page)
    assert "fourways start" in words(app)
    assert any(one.label == "Load the starter catalogue" for one in app.button)


def test_the_button_loads_and_indexes_the_starter_catalogue(home: Home, show: Show) -> None:
    app = await_work(click(show("search"), "Load the starter catalogue"))
    assert not app.info
    workspace = Workspace(home)
    assert workspace.index.count() == workspace.library.stats()["papers"] > 0


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("search", {"q": "x", "year": "never"}),
        ("search", {"q": "x", "strategy": "luck"}),
        ("search", {"q": "x", "mode": "magic"}),
        ("search", {"q": "x", "k": "²"}),
        ("search", {"q": "x", "k": "0"}),
        ("search", {"q": "?!"}),
        ("search", {"q": "x" * 6000}),
        ("search", {"like": "nobody"}),
        ("paper", {"id": "nobody"}),
        ("graph", {"node": "nothing"}),
    ],
)
def test_a_senseless_address_is_answered_with_a_message(
    filled: Workspace, show: Show, page: str, query: dict[str, str]
) -> None:
    assert len(show(page, **query).error) == 1


def test_papers_without_vectors_can_be_indexed_from_the_search_page(home: Home, show: Show) -> None:
    Workspace(home).library.add(PAPERS, "test")
    app = show("search", q="frozen")
    assert "no vectors" in app.error[0].value
    app = await_work(click(app, "Index the papers now"))
    assert "**Adapters in frozen networks**" in title_links(app)


def test_a_damaged_library_is_a_message(home: Home, show: Show) -> None:
    home.make().library.write_bytes(b"not a database, though it is long enough to be read as one" * 20)
    assert "damaged" in show("search").error[0].value


# ---- search -----------------------------------------------------------------------------------------------------------


def title_links(app: AppTest) -> list[str]:
    """The links that are titles of hits or names of kept searches, without marks."""
    return [label.replace(":yellow-background[", "").replace("]", "") for label in links(app) if label[:2] == "**"]


def link_address(app: AppTest, label: str, number: int = 0) -> dict[str, list[str]]:
    """What the address of a link with this label asks for."""
    found = [one.proto for one in app.get("page_link") if one.proto.label == label]
    return parse_qs(found[number].query_string)


def test_search_shows_titles_and_why_they_were_found(filled: Workspace, show: Show) -> None:
    app = show("search", q="frozen layers")
    assert "**Adapters in :yellow-background[frozen] networks**" in links(app)
    assert title_links(app)[0] == "**Adapters in frozen networks**"
    assert "Small :yellow-background[layers] are trained" in words(app)
    assert "words\\: frozen\\, layers" in words(app)
    assert "cosine" in words(app)


def test_the_address_fills_the_form(filled: Workspace, show: Show) -> None:
    app = show("search", q="frozen", year="2020-", strategy="efficient", mode="lexical")
    assert app.text_input(key="q").value == "frozen"
    assert app.text_input(key="year").value == "2020-"
    assert app.selectbox(key="strategy").value == "efficient"
    assert app.selectbox(key="mode").value == "lexical"


def test_the_form_fills_the_address(filled: Workspace, show: Show) -> None:
    app = show("search")
    app.text_input(key="q").input("frozen")
    app.text_input(key="year").input("2021")
    click(app, "Search")
    assert app.query_params == {"q": "frozen", "year": "2021"}


def test_filters_hold_and_each_can_be_taken_away(filled: Workspace, show: Show) -> None:
    app = show("search", q="frozen", year="2020-", mode="lexical")
    assert "**Prompts before the patches**" in title_links(app)
    assert "**Adapters in frozen networks**" not in title_links(app)
    assert link_address(app, "Year: 2020\\-") == {"q": ["frozen"], "mode": ["lexical"]}


def test_nothing_found_says_what_to_change(filled: Workspace, show: Show) -> None:
    assert "No paper matches. Use other words" in words(show("search", q="zebra", mode="lexical"))
    found = words(show("search", q="frozen", mode="lexical", year="1999"))
    assert "Without the filter year 1999 there are some" in found


def test_like_names_the_paper_and_leaves_it_out(filled: Workspace, show: Show) -> None:
    app = show("search", like="a")
    assert "Like: Adapters in frozen networks" in links(app)
    assert "**Adapters in frozen networks**" not in title_links(app)
    assert link_address(app, "Like: Adapters in frozen networks") == {}


def test_hits_move_the_search_nearer_and_farther(filled: Workspace, show: Show) -> None:
    app = show("search", q="frozen", year="2019-2022")
    first, second = (
        one.proto for one in app.get("page_link") if "frozen" in one.proto.label or "Prompts" in one.proto.label
    )
    assert parse_qs(first.query_string) == {"id": ["a"]} and parse_qs(second.query_string) == {"id": ["b"]}
    assert link_address(app, "More like this", 1) == {"q": ["frozen"], "year": ["2019-2022"], "like": ["b"]}
    assert link_address(app, "Not like this") == {"q": ["frozen"], "year": ["2019-2022"], "unlike": ["a"]}
    app = show("search", q="frozen", like=["b", "c"], unlike=["d"])
    assert "Not like: Shifting channels in time" in links(app)
    assert link_address(app, "Like: Blending two pictures") == {"q": ["frozen"], "like": ["b"], "unlike": ["d"]}
    assert link_address(app, "More like this") == {"q": ["frozen"], "like": ["b", "c", "a"], "unlike": ["d"]}


def test_a_new_query_forgets_what_the_old_ones_hits_were_liked_for_and_a_new_filter_does_not(
    filled: Workspace, show: Show
) -> None:
    app = show("search", q="frozen", like="b", unlike=["d"])
    app.text_input(key="year").input("2019")
    click(app, "Search")
    assert app.query_params == {"q": "frozen", "year": "2019", "like": "b", "unlike": "d"}
    app.text_input(key="q").input("video")
    click(app, "Search")
    assert app.query_params == {"q": "video", "year": "2019"}


def test_hostile_text_is_escaped_in_results(filled: Workspace, show: Show) -> None:
    app = show("search", q="adapter", mode="lexical")
    assert f"**{marked(HOSTILE, word_spans(HOSTILE, ['adapter']))}**" in links(app)
    assert "<script>" not in words(app).replace("\\<script\\>", "")
    app = show("search", q="<script>alert(1)</script>", like="e")
    assert f"Like: {plain(HOSTILE)}" in links(app)


class Canned:
    """A searcher that finds the papers of the library, all the same each time, with all that can be said of a hit."""

    def __init__(self, library: Library, *_: Any) -> None:
        self.library = library

    def search(self, *_: Any) -> None:
        """The app's first, which nobody waits for."""

    def answer(self, request: SearchRequest, *, facets: bool = False) -> Answer:
        why = {
            "marks": {"title": [[0, 8]], "abstract": [[6, 12]]},
            "words": ["adapters"],
            "cosine": 0.5,
            "citations": 3,
            "cited_by_hits": ["b"],
            "rerank": 0.7,
        }
        hits = [Hit(paper=self.library.paper("a"), score=1.0, why=why), Hit(paper=self.library.paper("b"), score=0.5)]
        counts = {
            "year": tuple((str(year), year - 2000) for year in range(2001, 2022)),
            "venue": (("[*ICLR*](x)", 4),),
            "strategy": (("efficient", 5),),
            "category": (),
        }
        return Answer(hits=tuple(hits), searched_for="in other words", facets=counts if facets else {}, counted=99)


@pytest.fixture
def canned(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.workspace.Searcher", Canned)


def test_all_that_can_be_said_of_a_hit_is_shown(canned: None, show: Show) -> None:
    app = show("search", q="anything")
    assert "**:yellow-background[Adapters] in frozen networks**" in links(app)
    assert "Small :yellow-background[layers] are trained" in words(app)
    for reason in ("cited by 1 of these hits", "3 citations here", r"re\-ranked 0\.70", r"words\: adapters"):
        assert reason in words(app)
    assert "Searched for: in other words" in words(app)


def test_counts_are_links_that_narrow_the_search(canned: None, show: Show) -> None:
    app = show("search", q="anything", tag="mine", like="c", k="60")
    assert link_address(app, "2021 :gray[21]") == {"q": ["anything"], "tag": ["mine"], "like": ["c"], "year": ["2021"]}
    assert [label for label in links(app) if ":gray[" in label][:2] == ["2021 :gray[21]", "2020 :gray[20]"]
    assert link_address(app, f"{plain('[*ICLR*](x)')} :gray[4]")["venue"] == ["[*ICLR*](x)"]
    assert link_address(app, r"Parameter\-efficient methods :gray[5]")["strategy"] == ["efficient"]
    assert "Counted over the 99 best papers" in words(app)
    app = show("search", q="anything", year="2020")
    assert not any(label.startswith("2020 ") for label in links(app))  # a year is chosen: there is none to choose


def test_filters_alone_list_papers_and_a_list_is_a_tag(filled: Workspace, show: Show) -> None:
    filled.library.add_tags("a", ["to read"])
    filled.library.add_tags("c", ["to read"])
    assert r"to read :gray[2]" in links(show("search"))
    app = show("search", tag="to read")
    assert [label for label in links(app) if label.startswith("**")] == [
        f"**{plain(PAPERS[n].title)}**" for n in (0, 2)
    ]
    assert "1–2 of 2 papers" in words(app)
    app = show("search", tag="to read", order="oldest")
    assert [label for label in links(app) if label.startswith("**")] == [
        f"**{plain(PAPERS[n].title)}**" for n in (2, 0)
    ]


def test_an_order_and_a_page_that_make_no_sense_are_told(filled: Workspace, show: Show) -> None:
    assert show("search", q="frozen", order="upwards").error
    assert show("search", q="frozen", page="0").error
    assert "There are no more papers" in words(show("search", q="frozen", page="9"))


# ---- kept searches ----------------------------------------------------------------------------------------------------


def test_a_search_is_kept_opened_and_forgotten(filled: Workspace, show: Show) -> None:
    app = show("search", q="frozen", year="2019-")
    app.text_input(key="save_as").input("  cold *ones* ")
    click(app, "Save")
    assert app.query_params["saved"] == "cold *ones*"
    kept = saved_search(filled.library, "cold *ones*")
    assert kept.request == SearchRequest(query="frozen", k=PAGE, filters=Filters(year_from=2019))
    assert set(kept.seen) == {"a", "b"}
    assert ":green-badge[new]" not in words(app)
    app = show("search")
    assert r"frozen · year 2019\-" in words(app)
    assert link_address(app, r"**cold \*ones\***") == {"q": ["frozen"], "year": ["2019-"], "saved": ["cold *ones*"]}
    app = click(app, "Forget")
    assert saved_searches(filled.library) == []
    assert "Saved searches" not in words(app)


def test_a_search_without_a_name_is_kept_by_its_words(filled: Workspace, show: Show) -> None:
    click(show("search", q="frozen layers"), "Save")
    assert [one.name for one in saved_searches(filled.library)] == ["frozen layers"]


def test_a_name_that_cannot_be_kept_is_a_message(filled: Workspace, show: Show) -> None:
    app = show("search", like="a")
    app = click(app, "Save")
    assert "no name" in app.error[0].value
    assert saved_searches(filled.library) == []


def test_what_is_new_in_a_kept_search_is_counted_and_marked_until_the_page_is_left(
    filled: Workspace, show: Show
) -> None:
    save_search(filled.library, "cold", SearchRequest(query="frozen", k=20, mode="lexical"))
    mark_seen(filled.library, "cold", ["a", "b"])
    assert "new]" not in words(show("search"))
    filled.library.add([Paper(id="f", title="A frozen newcomer")], "test")
    assert ":green-badge[1 new]" in words(show("search"))
    app = show("search", q="frozen", mode="lexical", saved="cold")
    assert "1 new since 20" in words(app)
    assert words(app).count(":green-badge[new]") == 1
    assert "f" in saved_search(filled.library, "cold").seen
    written = filled.library.column("PRAGMA data_version")
    app.run()
    assert words(app).count(":green-badge[new]") == 1  # still new to whoever looks at it
    assert filled.library.column("PRAGMA data_version") == written  # and noted once
    assert "new]" not in words(show("search"))
    assert "new" not in words(show("search", q="frozen", mode="lexical", saved="cold")).replace("newcomer", "")


def test_another_search_does_not_count_as_the_kept_one(filled: Workspace, show: Show) -> None:
    save_search(filled.library, "cold", SearchRequest(query="frozen", k=20))
    for query in ({"q": "video", "saved": "cold"}, {"q": "frozen", "saved": "forgotten"}, {"q": "frozen"}):
        show("search", **query)
    assert saved_search(filled.library, "cold").ran is None
    show("search", q="frozen", saved="cold", k="40")  # more of the same is the same
    assert saved_search(filled.library, "cold").ran is not None


def test_a_kept_search_that_was_broken_hides_no_other(filled: Workspace, show: Show) -> None:
    for name in ("torn", "whole"):
        save_search(filled.library, name, SearchRequest(query=name))
    with filled.library.transaction() as connection:
        connection.execute("UPDATE searches SET request = '{' WHERE name = 'torn'")
    app = show("search")
    assert title_links(app) == ["**whole**"]
    assert "torn cannot be read" in words(app)
    click(app, "Forget torn")
    assert [one.name for one in saved_searches(filled.library)] == ["whole"]
    assert broken_searches(filled.library) == []


def test_an_address_names_no_model_that_no_kept_search_names(canned: None, filled: Workspace, show: Show) -> None:
    app = show("search", q="frozen", rerank="some/model")
    assert r"Not re-ranked by some\/model" in words(app)
    save_search(filled.library, "mine", SearchRequest(query="frozen", rerank="some/model"))
    app = show("search", q="frozen", rerank="some/model")
    assert "Not re-ranked" not in words(app)
    assert link_address(app, r"Re-ranked by some\/model") == {"q": ["frozen"]}


# ---- the other pages --------------------------------------------------------------------------------------------------


def test_paper_page_shows_what_is_known(filled: Workspace, show: Show) -> None:
    app = show("paper", id="b")
    assert app.title[0].value == "Prompts before the patches"
    assert "Learned tokens steer a frozen model" in words(app)
    assert any(tab.label == "Cites (1)" for tab in app.tabs)


def test_a_summary_of_ours_is_told_from_an_abstract(filled: Workspace, show: Show) -> None:
    assert "not the authors' abstract" in words(show("paper", id="d"))
    assert "not the authors' abstract" not in words(show("paper", id="a"))


def test_notes_and_tags_are_kept_changed_and_taken_away(filled: Workspace, show: Show) -> None:
    filled.library.add_tags("b", ["baseline"])
    filled.library.add_tags("a", ["to read"])
    app = show("paper", id="a")
    app.multiselect(key="tags-of-a").set_value(["baseline"]).run()
    app.text_area(key="new_note").input("# not a heading")
    app = click(app, "Add the note")
    key = filled.library.resolve("a")
    assert filled.library.tags(key) == ["baseline"]
    assert [one.value for one in app.text] == ["# not a heading"]
    app = click(app, "Change")
    app.text_area(key="note-text-1").input("another")
    app.button(key="keep-note-1").click().run()
    assert [note.text for note in filled.library.notes(key)] == ["another"]
    click(app, "Delete it")
    assert filled.library.notes(key) == []


def test_a_note_of_a_file_names_it_and_cannot_be_changed(filled: Workspace, show: Show) -> None:
    filled.library.keep_note(filled.library.resolve("a"), "Read this first.", "notes_2024.md")
    app = show("paper", id="a")
    assert r"read in notes\_2024\.md" in words(app)
    assert "Change" not in [one.label for one in app.button]


def test_an_unknown_paper_can_be_asked_for_anew(filled: Workspace, show: Show) -> None:
    app = show("paper", id="nobody")
    assert app.error
    app.text_input(key="wanted").input("a").run()
    assert app.title[0].value == plain(PAPERS[0].title)


def test_a_paper_of_arxiv_has_its_pdf(filled: Workspace, show: Show) -> None:
    filled.library.add([Paper(id="x", title="Extra", arxiv_id="2106.09685")], "test")
    addresses = [one.proto.url for one in show("paper", id="x").get("link_button")]
    assert addresses == ["https://arxiv.org/abs/2106.09685", "https://arxiv.org/pdf/2106.09685"]


def test_a_paper_names_what_it_speaks_of_and_the_ideas_that_quote_it(filled: Workspace, show: Show) -> None:
    key = filled.library.resolve("a")
    mention = Mention(
        paper=key, concept="method:adapters", edge="introduces", weight=1.0, field="title", start=0, stop=8
    )
    set_concepts(filled.library, [Concept(key="method:adapters", kind="method", name="adapters")], [mention])
    evidence = Evidence(paper="a", title=PAPERS[0].title, words="Small layers are trained.", speaks="for")
    set_proposals(
        filled.library,
        [
            Idea(key=f"{name}-1", statement=f"Try {name}.", move=name, evidence=found)
            for name, found in (("combine", (evidence,)), ("transfer", ()))
        ],
    )
    shown = links(show("paper", id="a"))
    assert "adapters :gray[:small[method]]" in shown
    assert [one for one in shown if one.startswith("Try")] == [r"Try combine\."]


def test_a_paper_s_own_address_is_linked_only_if_it_is_of_the_web(filled: Workspace, show: Show) -> None:
    addresses = [one.proto.url for one in show("paper", id="e").get("link_button")]
    assert addresses == ["https://example.org/code"]


def test_graph_page_draws_the_neighbourhood_and_lists_the_links(filled: Workspace, show: Show) -> None:
    app = show("graph", node="a")
    assert "Links of Adapters in frozen networks" in words(app)
    assert "Open the paper" in links(app)
    assert "cites" in " ".join(app.dataframe[0].value["link"])


def test_a_graph_that_takes_long_is_opened_in_the_background_and_can_be_stopped(
    filled: Workspace, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey.views.page.PATIENCE", 0.1)
    go_on = threading.Event()

    def slow(workspace: Workspace, progress: Progress) -> IdeaTable:
        go_on.wait(20)
        progress("Building the graph", 1, 2)
        return build_table(workspace.library)

    monkeypatch.setattr("survey.graph.open_graph", slow)
    app = show("graph", node="a")
    assert [one.label for one in app.button] == ["Stop"]
    click(app, "Stop")
    go_on.set()
    app = await_work(app)
    assert "Stopped" in words(app)
    app = await_work(click(app, "Open the graph"))
    assert "Links of" in words(app)
    filled.library.add_note("a", "The graph is out of date now.")
    go_on.clear()
    app = show("graph", node="a")  # the one from before is shown meanwhile
    assert "Links of" in words(app) and "Stop" in [one.label for one in app.button]
    go_on.set()


def test_the_way_to_another_node_is_told_in_steps(filled: Workspace, show: Show) -> None:
    app = show("graph", node="b", to="a")
    assert r"1 step:" in words(app)
    assert [label for label in links(app) if label.startswith("**")] == [
        f"**{plain(PAPERS[n].title)}**" for n in (1, 0)
    ]
    app = show("graph", node="b", to="nobody")
    assert app.warning
    app.selectbox(key="goal").set_value("strategy:efficient").run()
    assert app.query_params["to"] in ("strategy:efficient", ["strategy:efficient"])


def test_graph_page_takes_a_strategy_by_its_key(filled: Workspace, show: Show) -> None:
    assert "Links of Plug" in words(show("graph", node="plug-and-play"))


def test_the_graph_is_built_anew_when_the_library_has_changed(filled: Workspace, show: Show) -> None:
    show("graph", node="a")
    filled.library.add([Paper(id="f", title="A late paper")], "test")
    assert "Links of A late paper" in words(show("graph", node="f"))


# ---- harvest ----------------------------------------------------------------------------------------------------------

OWN_TOPICS = """
[[topic]]
key = "series"
en = "The <b>series</b>"
zh = "系列"
query = "abs:series"
strategy = "efficient"
"""


@pytest.fixture
def server(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArxivServer]:
    """arXiv with 45 papers of the topic `series`, 20 a page; one title is hostile."""
    entries = make_papers(45)
    entries[0] = replace(entries[0], title=HOSTILE, published="2030-01-01", updated="2030-01-01")
    home.make().topics.write_text(OWN_TOPICS, "utf-8")
    with ArxivServer(entries, page_cap=20) as running:
        monkeypatch.setenv("FOURWAYS_ARXIV_URL", running.url)
        yield running
        if (job := JOBS.find(str(home.root))) and job.running:
            job.stop()
            job.join(30)


def pick(app: AppTest, topic: str = "series") -> AppTest:
    app.checkbox(key=f"topic-{topic}").check()
    return app.run()


def finish(app: AppTest, home: Home) -> AppTest:
    """The page when its harvest has ended."""
    job = JOBS.find(str(home.root))
    assert job is not None
    assert job.join(30)
    app.run()
    assert not app.exception
    return app


def start(app: AppTest, home: Home) -> AppTest:
    return finish(click(app, "Start"), home)


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def test_harvest_page_offers_the_topics_though_the_library_is_empty(home: Home, show: Show) -> None:
    app = show("harvest")
    assert "LoRA and LoCon" in [box.label for box in app.checkbox]
    assert button(app, "Start").disabled
    app = click(app, "All topics")
    assert all(box.value for box in app.checkbox)
    assert not button(app, "Start").disabled
    assert "3 s between them" in words(app)


def test_a_harvest_brings_papers_and_lists_them_as_text(server: ArxivServer, home: Home, show: Show) -> None:
    app = start(pick(show("harvest")), home)
    assert [one.value for one in app.success] == ["The harvest is done."]
    assert "**45 new papers**" in words(app)
    assert "45 papers indexed" in words(app)
    shown = links(app)
    assert len(shown) == 20
    assert shown[0].startswith(plain(HOSTILE))  # the newest
    assert len(links(click(app, "More papers"))) == 45
    library = Workspace(home).library
    assert library.count() == 45
    # The next time the same topic is picked, and shows what it has found.
    again = next(box for box in show("harvest").checkbox if box.key == "topic-series")
    assert again.value
    assert again.label.startswith(f"{plain('The <b>series</b>')}")
    assert "45\u00a0papers" in again.label


def test_a_second_harvest_brings_nothing_and_the_first_can_be_looked_at(
    server: ArxivServer, home: Home, show: Show
) -> None:
    app = start(start(pick(show("harvest")), home), home)
    assert "brought no paper that was not here already" in words(app)
    app.selectbox(key="shown-run-2").select_index(1).run()
    assert len(links(app)) == 20
    table = app.dataframe[-1].value
    assert list(table["new"]) == [0, 45]
    assert list(table["how it ended"]) == ["complete", "complete"]


def test_a_harvest_can_be_stopped_and_goes_on(server: ArxivServer, home: Home, show: Show) -> None:
    server.delay = 0.5
    app = pick(show("harvest"))
    app.toggle(key="harvest-index").set_value(False)
    app = click(app, "Start")
    assert button(app, "Start").disabled
    assert button(show("harvest"), "Stop")  # another tab finds it
    while not server.requests:
        time.sleep(0.01)
    app = finish(click(app, "Stop"), home)
    assert "and the next harvest goes on from there" in app.info[0].value
    assert Workspace(home).library.count() < 45
    server.delay = 0
    app = start(app, home)
    assert app.success
    assert Workspace(home).library.count() == 45
    assert list(app.dataframe[-1].value["how it ended"]) == ["complete", "stopped"]


def test_of_two_tabs_that_start_at_once_the_second_is_told(server: ArxivServer, home: Home, show: Show) -> None:
    server.delay = 0.5
    first, second = pick(show("harvest")), pick(show("harvest"))
    click(first, "Start")
    second = click(second, "Start")
    assert "another harvest is running" in second.warning[0].value
    assert button(second, "Stop")


def test_a_service_that_fails_is_named_and_what_came_is_kept(server: ArxivServer, home: Home, show: Show) -> None:
    server.troubles = {2: 404}
    app = start(pick(show("harvest")), home)
    assert "HTTP 404" in app.warning[0].value
    assert Workspace(home).library.count() == 20
    assert "HTTP 404" in app.dataframe[-1].value["how it ended"][0]


def test_a_model_that_cannot_be_had_is_told_before_anything_is_fetched(
    server: ArxivServer, home: Home, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus.workspace.DEFAULT_MODEL", "all-MiniLM-L6-v2@ffffffff")
    app = start(pick(show("harvest")), home)
    assert len(app.error) == 1
    assert server.requests == []


def test_a_broken_file_of_topics_is_told_and_the_rest_is_shown(server: ArxivServer, home: Home, show: Show) -> None:
    start(pick(show("harvest")), home)
    home.topics.write_text(OWN_TOPICS + "\n[[topic]]\nkey = 3", "utf-8")
    app = show("harvest")
    assert "topics\\.toml" in app.error[0].value
    assert "Mend this field" in app.error[0].value
    assert links(app)


@pytest.mark.parametrize(("field", "given", "told"), [("ids", "10.1/x", "no arXiv id"), ("query", "(", "query")])
def test_a_field_that_makes_no_sense_is_told(home: Home, show: Show, field: str, given: str, told: str) -> None:
    app = show("harvest")
    app.text_input(key=f"harvest-{field}").input(given).run()
    assert told in app.error[0].value
    assert "Start" not in [one.label for one in app.button]


def test_papers_of_notes_are_fetched_on_demand(server: ArxivServer, home: Home, show: Show) -> None:
    library = Workspace(home).library
    want(library, f"arxiv:{server.entries[3].arxiv_id}", None, "notes.md", ["Read this."])
    want(library, None, "A paper that nobody wrote", "notes.md", ["Nor this."])
    app = show("harvest")
    toggle = app.toggle(key="harvest-wanted")
    assert "2 papers that your notes wait for" in toggle.label
    toggle.set_value(True).run()
    app = start(app, home)
    assert "1 paper of your notes arrived, 1 still wait" in words(app)
    assert library.count() == 1


def test_a_harvest_that_was_killed_is_told_from_one_that_ended(home: Home, show: Show) -> None:
    logbook.begin(Workspace(home).library, {"query": "ti:x"})
    table = show("harvest").dataframe[0].value
    assert (table["what"][0], table["how it ended"][0]) == ("“ti:x”", "cut off, or still running")


def test_merged_papers_can_be_parted_again(home: Home, show: Show, preprint: Paper, published: Paper) -> None:
    library = Workspace(home).library
    library.add([preprint], "arxiv")
    library.add([published], "acl")
    assert library.count() == 1
    app = click(show("harvest"), "Undo")
    assert "are two papers now" in app.success[0].value
    assert library.count() == 2
    assert "Undo" not in [one.label for one in app.button]


def test_only_what_somebody_chose_comes_into_the_address() -> None:
    """Streamlit calls `keep_in_address` also for a value that the page gave its widget, where a link cut its drawing short."""

    def page() -> None:
        import streamlit as st

        from survey.views.page import keep_in_address, preset

        preset("step", "papers")
        keep_in_address("view", "step")
        st.text(str(st.query_params.to_dict()))
        st.session_state["step"] = "outline"
        keep_in_address("view", "step")
        st.text(str(st.query_params.to_dict()))

    app = AppTest.from_function(page).run()
    assert [one.value for one in app.text] == ["{}", "{'view': 'outline'}"]
