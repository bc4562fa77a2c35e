"""The pages for ideas, the map of gaps and the idea graph, as a script's output."""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from markdown_it import MarkdownIt
from pages import Show, click, links, words

from corpus.concepts import set_concepts
from corpus.home import Home
from corpus.ideas import (
    MAX_STATEMENT,
    Evidence,
    Existing,
    Idea,
    KeptIdea,
    add_idea,
    idea_key,
    kept_idea,
    kept_ideas,
    note_idea,
    rate_idea,
    set_proposals,
    set_state,
    tag_idea,
)
from corpus.library import Library
from corpus.models import Concept, Mention, Paper
from corpus.workspace import Workspace
from survey.ideas.board import build_board, rank, worth
from survey.ideas.export import render_json, render_markdown
from survey.indexing import index_library
from survey.jobs import JOBS
from survey.views.idea import idea_marks

HOSTILE = "<script>alert(1)</script> $x$ **adapter** [a](javascript:alert(1)) :smile: `c`"
ADAPTERS, TRACKING = "method:adapters", "task:tracking"


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with four papers, indexed without a model."""
    made = Workspace(Home(tmp_path_factory.mktemp("indexed") / "home"), model="hash:64")
    made.library.add([Paper(id=f"p{n}", title=f"On adapters, part {n}", year=2020) for n in range(1, 5)], "test")
    index_library(made)
    made.library.close()
    return made.home.root


@pytest.fixture
def workspace(indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A copy of that home."""
    monkeypatch.setenv("FOURWAYS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FOURWAYS_CHROMA", raising=False)
    monkeypatch.setattr("corpus.workspace.DEFAULT_MODEL", "hash:64")
    shutil.copytree(indexed, tmp_path / "home")
    return Workspace(Home(tmp_path / "home"))


@pytest.fixture
def library(workspace: Workspace) -> Library:
    """The same with two concepts that have not met, three papers on the one, one on the other."""
    concepts = [
        Concept(key=ADAPTERS, kind="method", name="adapters"),
        Concept(key=TRACKING, kind="task", name="tracking"),
    ]
    spoken = [(1, ADAPTERS), (2, ADAPTERS), (3, ADAPTERS), (4, TRACKING)]
    mentions = [
        Mention(paper=n, concept=key, edge="uses", weight=1.0, field="title", start=3, stop=11) for n, key in spoken
    ]
    set_concepts(workspace.library, concepts, mentions)
    return workspace.library


def proposal(statement: str = "Try adapters on tracking.", move: str = "transfer", **fields: Any) -> Idea:
    return Idea(key=idea_key(move, [statement]), statement=statement, move=move, **fields)


FULL = proposal(
    strategy="efficient",
    concepts=(ADAPTERS, TRACKING),
    names=("adapters", "tracking"),
    why="No paper has both.",
    evidence=(
        Evidence(paper="p1", title="On adapters, part 1", year=2020, concept=ADAPTERS, words="adapters are small"),
        Evidence(paper="p4", title="On adapters, part 4", concept=TRACKING, words="tracking is slow", speaks="against"),
    ),
    nearest=(Existing(paper="p2", title="On adapters, part 2", similarity=0.71),),
    novelty=0.29,
    support=0.4,
    cost="frozen model",
    baseline="full tuning",
    dataset="LaSOT",
    probe="adapter-probe",
)


# ---- the board: pure ---------------------------------------------------------------------------------------------------


def kept(*ideas: Idea) -> list[KeptIdea]:
    return [KeptIdea(idea=idea) for idea in ideas]


def test_the_best_of_every_move_comes_before_the_second_best_of_any() -> None:
    far = [proposal(f"a{n}", "combine", novelty=0.9, support=0.9 - n / 10) for n in range(3)]
    near = [proposal(f"b{n}", "transfer", novelty=0.2, support=0.2 - n / 100) for n in range(2)]
    assert [one.idea.statement for one in rank(kept(*near, *far))] == ["a0", "b0", "a1", "b1", "a2"]


def test_rated_ideas_come_first_and_what_a_paper_does_already_last() -> None:
    does = (Existing(paper="p", title="P", similarity=0.9, does_it=True),)
    good, fair, done = (proposal(name, novelty=0.5, support=0.5) for name in ("good", "fair", "done"))
    ideas = [
        KeptIdea(idea=done.model_copy(update={"nearest": does}), rating=5),
        KeptIdea(idea=good),
        KeptIdea(idea=fair, rating=2),
    ]
    assert [one.idea.statement for one in rank(ideas)] == ["fair", "good", "done"]


def test_what_is_not_known_of_an_idea_counts_as_a_half() -> None:
    assert worth(proposal()) == 0.25
    assert worth(proposal(novelty=1.0, support=0.3)) == 0.3


def test_filters_narrow_the_board_by_strategy_move_and_words_anywhere() -> None:
    one = KeptIdea(idea=FULL, tags=("soon",))
    other = KeptIdea(idea=proposal("Prompts for captions.", "combine", strategy="existing"), state="done")
    assert build_board([one, other])["done"] == [other]
    for narrow in ({"strategy": "efficient"}, {"move": "transfer"}, {"text": "SOON adapters"}):
        assert [i for ideas in build_board([one, other], **narrow).values() for i in ideas] == [one]  # type: ignore[arg-type]
    assert not any(build_board([one, other], text="adapters captions").values())


# ---- export: pure ------------------------------------------------------------------------------------------------------


def test_markdown_has_all_that_is_known_of_an_idea(library: Library) -> None:
    set_proposals(library, [FULL])
    note_idea(library, FULL.key, "First.\n\nSecond.")
    text = render_markdown([rate_idea(library, FULL.key, 4)])
    for part in (
        "## New (1)\n\n### Try adapters on tracking.",
        "- support: 0.40",
        "- rating: 4 of 5",
        "For it:\n\n- On adapters, part 1 (2020) \\[p1\\]: “adapters are small”",
        "Against it:\n\n- On adapters, part 4",
        "On adapters, part 2 \\[p2\\], similarity 0.71",
        "> First.\n>\n> Second.",
    ):
        assert part in text


def test_markdown_shows_hostile_text_as_text() -> None:
    idea = proposal(HOSTILE, why=HOSTILE, evidence=(Evidence(paper="<b>", title=HOSTILE, words=HOSTILE),))
    text = render_markdown([KeptIdea(idea=idea, tags=(HOSTILE,))])
    page = MarkdownIt("commonmark").render(text)
    assert page.count("&lt;script&gt;") == 5
    assert not re.search("<(?:script|a|strong|img)", page)
    assert "\\$x\\$" in text  # no formula either, where Markdown has them


def test_json_gives_back_what_is_kept() -> None:
    one = KeptIdea(idea=FULL, state="trying", tags=("中文",))
    assert [KeptIdea.model_validate(read) for read in json.loads(render_json([one]))] == [one]
    assert render_json([]) == "[]\n"
    assert "There are none yet" in render_markdown([])


# ---- the board's page --------------------------------------------------------------------------------------------------


def test_without_ideas_the_page_says_how_to_get_some(library: Library, show: Show) -> None:
    app = show("ideas")
    assert "No ideas yet" in words(app)
    assert any(one.label == "Propose" for one in app.button)


def test_without_concepts_it_offers_to_index(workspace: Workspace, show: Show) -> None:
    set_concepts(workspace.library, [], [])
    app = show("ideas")
    assert "no methods and tasks yet" in words(app)
    assert [one.label for one in app.button if "Index" in one.label] == ["Index the papers now"]


def test_ideas_stand_under_their_states(library: Library, show: Show) -> None:
    set_proposals(library, [FULL, proposal("Prompts for captions.")])
    set_state(library, FULL.key, "trying")
    app = show("ideas")
    assert "**New** :gray[1]" in words(app) and "**Trying** :gray[1]" in words(app)
    assert "**Done** :gray[0]" in words(app)
    assert {"Try adapters on tracking\\.", "Prompts for captions\\."} <= set(links(app))


def test_an_idea_goes_on_from_the_board(library: Library, show: Show) -> None:
    set_proposals(library, [FULL])
    app = show("ideas")
    for label, state in (
        ("Read on it", "reading"),
        ("Try it", "trying"),
        ("Drop", "dropped"),
        ("Take up again", "new"),
    ):
        app = click(app, label)
        assert kept_idea(library, FULL.key).state == state


def test_a_long_column_is_shown_in_parts(library: Library, show: Show) -> None:
    set_proposals(library, [proposal(f"Idea number {n}.") for n in range(45)])
    app = show("ideas")

    def shown() -> int:
        return sum(label.startswith("Idea number") for label in links(app))

    assert shown() == 10
    click(app, "20 more")
    assert shown() == 30
    click(app, "15 more")
    assert shown() == 45


def test_the_address_narrows_the_board(library: Library, show: Show) -> None:
    set_proposals(library, [FULL, proposal("Prompts for captions.", "combine", strategy="existing")])
    for query in ({"strategy": "efficient"}, {"move": "transfer"}, {"words": "tracking"}):
        app = show("ideas", **query)
        assert "Try adapters on tracking\\." in links(app)
        assert "Prompts for captions\\." not in links(app)
        assert "1 of 2 ideas" in words(app)
    assert "2 ideas" in words(show("ideas", strategy="luck", move="magic", view="nothing"))


def test_an_idea_of_ones_own_is_kept_and_opened(library: Library, show: Show) -> None:
    app = show("ideas")
    app.text_area(key="own-statement").input("把提示用于跟踪")
    app.text_input(key="own-tags").input("mine, soon")
    click(app, "Keep it")
    (own,) = kept_ideas(library)
    assert (own.idea.statement, own.idea.move, own.tags) == ("把提示用于跟踪", "own", ("mine", "soon"))
    assert app.query_params["idea"] == own.idea.key


def test_an_empty_idea_is_refused_with_a_message(library: Library, show: Show) -> None:
    app = click(show("ideas"), "Keep it")
    assert "the idea is empty" in words(app)
    assert kept_ideas(library) == []


def propose_with(monkeypatch: pytest.MonkeyPatch, work: Callable[..., dict[str, int]]) -> None:
    """Have the button run `work` in place of the moves."""
    module = types.ModuleType("survey.ideas.proposing")
    module.propose = work  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "survey.ideas.proposing", module)


def wait(workspace: Workspace) -> None:
    job = JOBS.find(f"ideas {workspace.home.root}")
    assert job is not None and job.join(10)


def test_propose_runs_in_the_background_and_tells_what_it_brought(
    library: Library, workspace: Workspace, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(opened: Workspace, *, progress: Callable[[str, int, int], None]) -> dict[str, int]:
        progress("Looking", 1, 2)
        return set_proposals(opened.library, [FULL])

    propose_with(monkeypatch, work)
    app = click(show("ideas"), "Propose")
    wait(workspace)
    app.run()
    assert "1 new proposal, 0 as before, 0 gone." in words(app)
    assert "Try adapters on tracking\\." in links(app)


def test_a_proposal_that_fails_is_told_and_one_that_runs_can_be_stopped(
    library: Library, workspace: Workspace, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    from corpus.errors import InputError

    def fail(opened: Workspace, *, progress: Callable[..., None]) -> dict[str, int]:
        raise InputError("there is nothing to combine", "Import more papers")

    propose_with(monkeypatch, fail)
    app = click(show("ideas"), "Propose")
    wait(workspace)
    assert "there is nothing to combine" in words(app.run())

    def endless(opened: Workspace, *, progress: Callable[..., None]) -> dict[str, int]:
        while True:
            progress("Looking", 1, 2)
            time.sleep(0.01)

    propose_with(monkeypatch, endless)
    app = click(show("ideas"), "Propose")
    click(app, "Stop")
    wait(workspace)
    assert "Stopped" in words(app.run())


# ---- an idea's page ----------------------------------------------------------------------------------------------------


def test_an_idea_shows_what_it_rests_on(library: Library, show: Show) -> None:
    set_proposals(library, [FULL])
    app = show("ideas", idea=FULL.key)
    told = words(app)
    for part in (
        "Try adapters on tracking\\.",
        "No paper has both\\.",
        "> adapters are small",
        "What speaks against it",
        "> tracking is slow",
        "How likely its parts come together",
        "1 less the likeness of the nearest paper",
        "little beside a frozen model is trained",
        "full tuning",
        "LaSOT",
        "adapter\\-probe",
    ):
        assert part in told
    addresses = [parse_qs(one.proto.query_string) for one in app.get("page_link")]
    for query in ({"node": [ADAPTERS]}, {"node": [TRACKING]}, {"id": ["p1"]}, {"id": ["p2"]}, {"id": ["p4"]}):
        assert query in addresses
    assert "does this already" not in told


def test_an_idea_that_a_paper_does_already_says_so(library: Library, show: Show) -> None:
    does = (Existing(paper="p2", title="On adapters, part 2", similarity=0.9, does_it=True),)
    set_proposals(library, [FULL.model_copy(update={"nearest": does})])
    assert "does this already" in show("ideas", idea=FULL.key).warning[0].value
    assert "done already" in words(show("ideas"))


def test_state_rating_tags_and_notes_are_edited(library: Library, show: Show) -> None:
    set_proposals(library, [FULL])
    app = show("ideas", idea=FULL.key)
    app.button_group(key=f"state-{FULL.key}").set_value("reading")
    app.run()
    app.feedback(key=f"rating-{FULL.key}").set_value(3)
    app.run()
    app.text_area(key="new-idea-note").input("Ask first.")
    click(app, "Add the note")
    one = kept_idea(library, FULL.key)
    assert (one.state, one.rating, [note.text for note in one.notes]) == ("reading", 4, ["Ask first."])
    assert "Ask first." in words(app)


def test_what_another_tab_changed_is_shown(library: Library, show: Show) -> None:
    set_proposals(library, [FULL])
    app = show("ideas", idea=FULL.key)
    set_state(library, FULL.key, "done")
    tag_idea(library, FULL.key, ["soon"])
    app.run()
    assert app.button_group(key=f"state-{FULL.key}").value == "done"
    assert app.multiselect(key=f"tags-{FULL.key}").value == ["soon"]


def test_only_an_idea_of_ones_own_can_be_deleted(library: Library, show: Show) -> None:
    set_proposals(library, [FULL])
    own = add_idea(library, "My own.")
    assert all(one.label != "Delete it" for one in show("ideas", idea=FULL.key).button)
    click(show("ideas", idea=own.idea.key), "Delete it")
    assert [one.idea.key for one in kept_ideas(library)] == [FULL.key]


@pytest.mark.parametrize("key", ["transfer-00000000", "<b>", "x" * 3_000])
def test_an_unknown_idea_is_a_message(library: Library, show: Show, key: str) -> None:
    assert "there is no idea" in show("ideas", idea=key).error[0].value


def test_hostile_and_very_long_ideas_are_shown_as_text(library: Library, show: Show) -> None:
    hostile = FULL.model_copy(
        update={
            "statement": HOSTILE,
            "why": HOSTILE,
            "names": (HOSTILE, HOSTILE),
            "baseline": HOSTILE,
            "probe": HOSTILE,
        }
    )
    set_proposals(library, [hostile])
    own = add_idea(library, "x" * MAX_STATEMENT, tags=[HOSTILE[:50]])
    for app in (show("ideas"), show("ideas", idea=FULL.key), show("ideas", idea=own.idea.key)):
        told = words(app) + "\n".join(links(app))
        assert "<script" not in told.replace("\\<", "") and "](javascript" not in told and " $x$" not in told
    assert "\\<b" in idea_marks(tag_idea(library, FULL.key, ["<b>"]))


# ---- the map's page ----------------------------------------------------------------------------------------------------


def test_the_map_counts_and_lists_gaps(library: Library, show: Show) -> None:
    concepts = [
        Concept(key=ADAPTERS, kind="method", name="adapters"),
        Concept(key=TRACKING, kind="task", name="tracking"),
    ]
    library.add([Paper(id=f"q{n}", title=f"On tracking, part {n}") for n in range(3)], "test")
    mentions = [
        Mention(
            paper=n, concept=ADAPTERS if n < 4 else TRACKING, edge="uses", weight=1.0, field="title", start=0, stop=2
        )
        for n in range(1, 8)
    ]
    set_concepts(library, concepts, mentions)
    app = show("ideas", view="map")
    assert "7 papers" in words(app)
    assert "The widest gaps (1)" in words(app)
    assert len(app.get("vega_lite_chart")) == 1


@pytest.mark.parametrize(("topic", "told"), [("unheard-of", "no paper in the library is about"), ("?!", "")])
def test_a_topic_that_nobody_wrote_about_is_a_message(library: Library, show: Show, topic: str, told: str) -> None:
    app = show("ideas", view="map", topic=topic)
    assert len(app.error) == 1
    assert told in app.error[0].value


def test_a_map_needs_concepts(workspace: Workspace, show: Show) -> None:
    set_concepts(workspace.library, [], [])
    assert "fourways index" in show("ideas", view="map").error[0].value


# ---- the graph's page --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("node", [ADAPTERS, "adapters", TRACKING, FULL.key, f"idea:{FULL.key}", "p1", "efficient"])
def test_the_graph_opens_around_any_kind_of_node(library: Library, show: Show, node: str) -> None:
    set_proposals(library, [FULL])
    app = show("graph", node=node)
    assert not app.error
    assert "Links of" in words(app)


def test_the_card_of_a_concept_and_of_an_idea(library: Library, show: Show) -> None:
    set_proposals(library, [FULL])
    assert "- uses: 3" in words(show("graph", node=ADAPTERS))
    app = show("graph", node=FULL.key)
    assert {"idea": [FULL.key]} in [parse_qs(one.proto.query_string) for one in app.get("page_link")]


def test_a_larger_graph_says_what_was_left_out(library: Library, show: Show) -> None:
    library.add([Paper(id=f"q{n}", title=f"Paper {n}") for n in range(200)], "test")
    mentions = [
        Mention(paper=n, concept=ADAPTERS, edge="uses", weight=1.0, field="title", start=0, stop=2)
        for n in range(1, 205)
    ]
    set_concepts(library, [Concept(key=ADAPTERS, kind="method", name="adapters")], mentions)
    assert "This is the backbone: 120 of" in words(show("graph", node=ADAPTERS))
