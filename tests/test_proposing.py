"""From a library to ideas that are kept: existing work, own ideas, topics, and the commands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.home import Home
from corpus.ideas import Idea, kept_ideas, rate_idea
from corpus.models import Answer, Concept, Hit, Paper
from corpus.workspace import Workspace
from survey.cli import run
from survey.ideas.proposing import (
    add_own,
    concepts_in,
    ideas_of_topic,
    is_current,
    propose,
    with_nearest,
)
from survey.ideas.telling import spelling_pattern

Run = Callable[..., tuple[int, str, str]]

PAIRS = [
    ("adapters", "machine translation"),
    ("adapters", "object detection"),
    ("prompt tuning", "machine translation"),
    ("knowledge distillation", "object detection"),
    ("knowledge distillation", "machine translation"),
]


def papers() -> list[dict[str, object]]:
    """Three papers a pair: prompt tuning and object detection have not met."""
    return [
        {
            "id": f"own:{method.split()[0]}-{task.split()[0]}-{n}",
            "title": f"{method.capitalize()} for {task} {n}",
            "abstract": f"We use {method} for {task}. It is easy to do, and it is quick.",
            "year": 2019 + n,
        }
        for method, task in PAIRS
        for n in range(3)
    ]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    file = folder / "papers.jsonl"
    file.write_text("".join(json.dumps(paper) + "\n" for paper in papers()), "utf-8")
    home = ["--home", str(folder / "home")]
    assert run([*home, "import", str(file)]) == 0
    assert run([*home, "index", "--model", "hash:64"]) == 0
    return folder / "home"


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "home"))


@pytest.fixture
def workspace(home: Path) -> Workspace:
    return Workspace(Home(home), model="hash:64")


def statements(workspace: Workspace) -> list[str]:
    return [one.idea.statement for one in kept_ideas(workspace.library)]


STEER = "Leave the model frozen and steer it by prompt tuning for object detection."


def test_ideas_are_proposed_kept_and_proposed_anew_when_the_library_changed(workspace: Workspace) -> None:
    assert not is_current(workspace)
    counts = propose(workspace)
    assert counts["new"] == len(kept_ideas(workspace.library)) > 0
    assert STEER in statements(workspace)
    assert is_current(workspace)
    assert propose(workspace) == {"new": 0, "kept": counts["new"], "gone": 0}
    workspace.library.add([Paper(title="A paper of another year", year=1999)], "test")
    assert not is_current(workspace)


def test_the_nearest_papers_and_novelty_are_told(workspace: Workspace) -> None:
    propose(workspace)
    (idea,) = [one.idea for one in kept_ideas(workspace.library) if one.idea.statement == STEER]
    assert len(idea.nearest) == 3
    assert idea.novelty == pytest.approx(1 - max(near.similarity for near in idea.nearest), abs=1e-3)
    assert not idea.exists
    assert idea.support is None  # fifteen papers teach nothing


def test_two_moves_do_not_tell_the_same_idea(workspace: Workspace) -> None:
    propose(workspace)
    combined = [frozenset(one.idea.concepts) for one in kept_ideas(workspace.library)]
    assert len(combined) == len(set(combined))


def test_a_topic_has_ideas_of_its_own_and_keeps_none(workspace: Workspace) -> None:
    found = ideas_of_topic(workspace, "object detection", k=5)
    assert STEER in [idea.statement for idea in found]
    assert kept_ideas(workspace.library) == []


def test_a_topic_that_nobody_wrote_about_has_none(workspace: Workspace) -> None:
    assert ideas_of_topic(workspace, "zebrafish", k=5) == []


ADAPTERS = Concept(key="method:adapters", kind="method", name="adapters", forms=("adapters", "Adapter", "AM"))
TRACKING = Concept(key="task:object tracking", kind="task", name="object tracking", forms=("object-tracking",))
KNOWN = {one.key: one for one in (ADAPTERS, TRACKING)}
BOTH = Idea(key="x-1", statement="Adapters for tracking.", move="combine", concepts=tuple(KNOWN))


def hit(title: str, cosine: float) -> Hit:
    return Hit(paper=Paper(id=title, title=title), score=1, why={"cosine": cosine})


def test_a_paper_that_does_it_already_is_said_first_and_halves_the_novelty() -> None:
    near, does = hit("Object detection", 0.6), hit("Object-Tracking with an adapter", 0.5)
    found = with_nearest(BOTH, Answer(hits=(near, does)), KNOWN)
    assert [one.does_it for one in found.nearest] == [True, False]
    assert (found.exists, found.novelty) == (True, 0.2)
    alone = with_nearest(BOTH, Answer(hits=(near,)), KNOWN)
    assert (alone.exists, alone.novelty) == (False, 0.4)
    assert with_nearest(BOTH, Answer(), KNOWN).novelty is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("An adapter for Object  Tracking", ["adapters", "object tracking"]),
        ("object-trackings by adapters", ["object tracking", "adapters"]),
        ("am I an adaptersmith?", []),
        ("the AM for it", ["adapters"]),
        ("", []),
    ],
)
def test_concepts_are_found_in_a_statement(text: str, names: list[str]) -> None:
    assert [one.name for one in concepts_in(text, KNOWN)] == names


def test_a_spelling_with_signs_is_no_regular_expression() -> None:
    odd = Concept(key="method:c++ (x)", kind="method", name="C++ (x)", forms=("[",))
    assert spelling_pattern(odd).search("in C++ (x) now")
    assert not spelling_pattern(odd).search("in C now")


def test_an_own_idea_is_looked_up_and_outlives_every_run(workspace: Workspace) -> None:
    own = add_own(workspace, "Prompt tuning for object detection, on a phone", strategy="efficient", tags=["soon"])
    assert own.idea.names == ("prompt tuning", "object detection")
    assert len(own.idea.nearest) == 3
    propose(workspace)
    assert own in kept_ideas(workspace.library)


# ---- the commands ----------------------------------------------------------------------------------------------------


def test_list_show_and_change(cli: Run, home: Path) -> None:
    status, out, err = cli("ideas", "list", "--move", "prompts", "--json")
    assert status == 0, err
    (one,) = json.loads(out)
    key = one["idea"]["key"]
    assert one["idea"]["statement"] == STEER
    status, out, _ = cli("ideas", "show", key)
    assert status == 0
    assert "3 papers here speak of prompt tuning" in out
    assert "Nearest existing work:" in out
    assert cli("ideas", "rate", key, "4")[1] == f"{key}: 4\n"
    assert cli("ideas", "state", key, "trying")[1] == f"{key}: trying\n"
    assert cli("ideas", "tag", key, "soon", "later")[1] == f"{key}: soon, later\n"
    assert cli("ideas", "tag", key, "soon", "--remove")[1] == f"{key}: later\n"
    assert cli("ideas", "note", key, "Ask first.")[1] == f"{key}: 1 note\n"
    status, out, _ = cli("ideas", "list", "--state", "trying")
    assert status == 0
    assert "  1. " in out
    assert "rated 4, #later" in out
    assert cli("ideas", "list", "--strategy", "evaluation")[1] == ""
    assert cli("ideas", "delete", key)[1] == f"{key}: deleted\n"


def test_a_list_is_not_made_twice_for_one_library(cli: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("ideas", "list")[0] == 0
    monkeypatch.setattr("survey.ideas.proposing.open_landscape", lambda *_: pytest.fail("made again"))
    assert cli("ideas", "list")[0] == 0


@pytest.mark.parametrize("name", ["ideas.md", "ideas.json"])
def test_export(cli: Run, home: Path, tmp_path: Path, name: str) -> None:
    cli("ideas", "propose")
    file = tmp_path / name
    status, _, err = cli("ideas", "export", str(file))
    assert status == 0, err
    assert STEER.rstrip(".") in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("list", "--strategy", "x"), "there is no strategy 'x'"),
        (("list", "--move", "x"), "there is no move 'x'. Use one of structure"),
        (("list", "--state", "x"), "there is no state 'x'. Use one of new"),
        (("show", "x"), "there is no idea 'x'"),
        (("add", " "), "the idea is empty"),
        (("add", "x" * 501), "Say it in 500"),
        (("rate", "x", "3"), "there is no idea 'x'"),
        (("backtest", "--until", "2020"), "too little to learn from"),
        (("backtest", "--until", "1990"), "no papers up to 1990"),
        (("export", "ideas.txt"), "End the name with .md or .json"),
        (("export", "/nowhere/ideas.md"), "cannot be written"),
    ],
)
def test_bad_input_is_told_in_one_line(cli: Run, home: Path, arguments: tuple[str, ...], message: str) -> None:
    status, out, err = cli("ideas", *arguments)
    assert (status, out) == (1, "")
    assert message in err
    assert err.splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize("arguments", [("rate", "x", "9"), ("backtest",), ("backtest", "--until", "x")])
def test_wrong_usage_exits_2(cli: Run, arguments: tuple[str, ...]) -> None:
    assert cli("ideas", *arguments)[0] == 2


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_library_of_hardly_any_papers(cli: Run, tmp_path: Path, count: int) -> None:
    file = tmp_path / "few.jsonl"
    file.write_text("".join(json.dumps(paper) + "\n" for paper in papers()[:count]), "utf-8")
    if count:
        cli("import", str(file))
        cli("index", "--model", "hash:64")
    status, out, err = cli("ideas", "list")
    assert (status, out) == (0, "")
    assert "No ideas" in err or "The library is empty" in err
    assert cli("ideas", "list", "--topic", "nobody wrote about this")[0] == 0


def test_an_idea_can_be_added_to_an_empty_library(cli: Run) -> None:
    status, out, _ = cli("ideas", "add", "What nobody thought of <b>yet</b>")
    assert status == 0
    assert "What nobody thought of <b>yet</b>" in out


def test_a_touched_idea_stands_first(workspace: Workspace, cli: Run) -> None:
    propose(workspace)
    last = kept_ideas(workspace.library)[-1].idea
    rate_idea(workspace.library, last.key, 1)
    status, out, _ = cli("ideas", "list", "-k", "1")
    assert status == 0
    assert last.key in out
