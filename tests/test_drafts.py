"""Kept surveys: their folders, steps that go on where they ended, outlines that somebody changed, and the command line's drafts."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import HomeError, InputError, UnknownPaper
from corpus.home import Home
from corpus.models import Citation, Paper
from corpus.workspace import Workspace
from survey import drafts
from survey.compose import compose
from survey.draft import renaming
from survey.draft.models import Draft
from survey.drafts import Survey, proofs
from survey.drafts.proofs import by_place, check_kept, check_upload, findings_at, marks_of, own_of
from survey.drafts.steps import STEPS, pinned, run_steps, split
from survey.export.markdown import render_markdown
from survey.figures import Figure
from survey.indexing import index_library
from survey.jobs import Stopped
from survey.outline.editing import (
    add_section,
    ids_of,
    rename_section,
    retitle,
    walk_sections,
)

ADAPTERS = [
    Paper(
        id=f"on{n}",
        title=f"Frozen adapters {n}: {'prompts' if n % 2 else 'layers'}",
        abstract=f"Frozen adapters number {n} keep {'prompts' if n % 2 else 'layers'} as they are. It remains slow.",
        year=2015 + n,
    )
    for n in range(8)
]
WEATHER = [Paper(id=f"off{n}", title=f"Weather report {n}", abstract="Rain and wind.", year=2020) for n in range(3)]
TOPIC = "frozen adapters"


def hear(what: str, done: int, total: int) -> None:
    """Somebody who lets all go on."""


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drafts have no figures, which take most of the time."""
    monkeypatch.setattr("survey.figures.build_figures", lambda draft: [])


@pytest.fixture
def workspace(undrawn: None, tmp_path: Path) -> Workspace:
    made = Workspace(Home(tmp_path / "home"), model="hash:256")
    made.library.add([*ADAPTERS, *WEATHER], "test")
    made.library.add_citations([Citation(citing=f"on{n}", cited="on0") for n in (1, 2, 3)])
    index_library(made)
    return made


@pytest.fixture
def key(workspace: Workspace) -> str:
    return drafts.start_survey(workspace.home, Survey(topic=TOPIC))


def draft_of(workspace: Workspace, key: str) -> Draft:
    draft = drafts.load_draft(drafts.folder_of(workspace.home, key))
    assert draft
    return draft


def papers_of(draft: Draft) -> set[str]:
    return {one.id for one in draft.references}


# ---- folders ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "folder"),
    [("Data / ../ augmentation!", "data-augmentation"), ("数据增强", "数据增强"), ("../..", "survey")],
)
def test_a_topic_names_a_folder_inside_the_home(topic: str, folder: str, tmp_path: Path) -> None:
    assert drafts.run_folder(Home(tmp_path), topic) == tmp_path / "runs" / "surveys" / folder
    key = drafts.start_survey(Home(tmp_path), Survey(topic=topic))
    assert drafts.folder_of(Home(tmp_path), key) == tmp_path / "runs" / "surveys" / folder


def test_surveys_on_one_topic_have_a_folder_each(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert [drafts.start_survey(home, Survey(topic="x y")) for _ in range(3)] == ["x-y", "x-y-2", "x-y-3"]
    assert drafts.free_folder(home, "x y").name == "x-y-4"


@pytest.mark.parametrize("key", ["", ".", "..", "../home", "a/b", "nowhere", "x" * 90, "a\0b"])
def test_no_key_leads_out_of_the_home(key: str, tmp_path: Path) -> None:
    (tmp_path / "survey.json").write_text("{}", "utf-8")
    for act in (drafts.folder_of, drafts.load_survey, drafts.delete_survey):
        with pytest.raises(InputError, match="there is no survey"):
            act(Home(tmp_path / "home"), key)
    assert (tmp_path / "survey.json").exists()


def test_a_damaged_survey_is_told_and_not_listed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    key = drafts.start_survey(home, Survey(topic="whole"))
    broken = drafts.start_survey(home, Survey(topic="broken"))
    (drafts.folder_of(home, broken) / "survey.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match="'broken' cannot be read"):
        drafts.load_survey(home, broken)
    assert [one.key for one in drafts.list_surveys(home)] == [key]
    drafts.delete_survey(home, broken)
    assert not (home.runs / "surveys" / "broken").exists()


# ---- steps -----------------------------------------------------------------------------------------------------------


def test_the_steps_come_to_what_drafting_in_one_go_comes_to(workspace: Workspace, key: str) -> None:
    for step in STEPS:
        survey = run_steps(workspace, key, step, hear)
    assert survey.is_drafted
    assert draft_of(workspace, key) == compose(workspace, TOPIC)
    (entry,) = drafts.list_surveys(workspace.home)
    assert (entry.key, entry.topic, entry.papers, entry.drafted, entry.edited) == (key, TOPIC, 8, True, False)


def test_figures_are_kept_as_long_as_the_draft_is_theirs(workspace: Workspace, key: str) -> None:
    figures = [Figure("growth", "Growth", "Papers by year", compose(workspace, TOPIC))]
    folder = drafts.folder_of(workspace.home, key)
    assert drafts.load_figures(folder) is None
    drafts.save_drafted(folder, figures[0].draft, figures)
    kept = drafts.load_figures(folder)
    assert kept
    assert (list(kept), kept["growth"].caption) == (["growth"], "Papers by year")
    assert "<svg" in kept["growth"].svg
    other = (folder / "outline.json").read_text("utf-8").replace(TOPIC, "thawed adapters")
    (folder / "outline.json").write_text(other, "utf-8")
    assert drafts.load_figures(folder) is None


def test_papers_are_found_with_what_speaks_for_them(workspace: Workspace, key: str) -> None:
    found = {one.id: one for one in run_steps(workspace, key, "papers", hear).papers}
    assert set(found) == {paper.id for paper in ADAPTERS}
    assert found["on0"].cited == 3
    assert max(one.relevance or 0 for one in found.values()) == 1.0


def test_what_is_there_is_not_made_again(workspace: Workspace, key: str) -> None:
    run_steps(workspace, key, "draft", hear)
    told: list[str] = []
    before = drafts.load_survey(workspace.home, key)
    assert run_steps(workspace, key, "draft", lambda what, done, total: told.append(what)) == before
    assert told == []
    run_steps(workspace, key, "draft", lambda what, done, total: told.append(what), anew=True)
    assert "Writing" in told


@pytest.mark.parametrize(
    "where", ["Finding papers", "Reading papers", "Building the outline", "Writing", "Drawing figures"]
)
def test_stopped_anywhere_it_goes_on_from_what_is_kept(workspace: Workspace, key: str, where: str) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == where:
            raise Stopped

    with pytest.raises(Stopped):
        run_steps(workspace, key, "draft", stop)
    left = drafts.load_survey(workspace.home, key)
    assert left.doing == ""
    assert bool(left.papers) == (where != "Finding papers")
    assert (left.outline is not None) == (where in ("Writing", "Drawing figures"))
    assert drafts.load_draft(drafts.folder_of(workspace.home, key)) is None
    run_steps(workspace, key, "draft", hear)
    assert draft_of(workspace, key) == compose(workspace, TOPIC)


def test_a_kill_in_a_step_leaves_word_of_it(workspace: Workspace, key: str) -> None:
    seen: list[str] = []
    run_steps(workspace, key, "draft", lambda *tick: seen.append(drafts.load_survey(workspace.home, key).doing))
    assert list(dict.fromkeys(seen)) == ["papers", "outline", "draft"]


def test_a_full_disk_leaves_the_old_draft(workspace: Workspace, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run_steps(workspace, key, "draft", hear)
    before = draft_of(workspace, key)

    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("survey.export.saving._write", full)
    drafts.change_survey(workspace.home, key, lambda now: now.model_copy(update={"left_out": ("on1",)}))
    with pytest.raises(HomeError, match="No space left"):
        run_steps(workspace, key, "draft", hear)
    assert draft_of(workspace, key) == before


def test_papers_left_out_go_and_come_back(workspace: Workspace, key: str) -> None:
    run_steps(workspace, key, "draft", hear)
    drafts.change_survey(workspace.home, key, lambda now: now.model_copy(update={"left_out": ("on1", "on2")}))
    assert not drafts.load_survey(workspace.home, key).is_drafted
    run_steps(workspace, key, "draft", hear)
    assert papers_of(draft_of(workspace, key)) == {f"on{n}" for n in (0, 3, 4, 5, 6, 7)}
    found = run_steps(workspace, key, "papers", hear, anew=True)  # they stay left out, and listed
    assert {one.id for one in found.papers} == {f"on{n}" for n in range(8)}
    assert len(found.chosen) == 6
    drafts.change_survey(workspace.home, key, lambda now: now.model_copy(update={"left_out": ()}))
    run_steps(workspace, key, "draft", hear)
    assert len(papers_of(draft_of(workspace, key))) == 8


def test_a_survey_without_papers_says_so(workspace: Workspace, key: str) -> None:
    run_steps(workspace, key, "papers", hear)
    everything = tuple(paper.id or "" for paper in ADAPTERS)
    drafts.change_survey(workspace.home, key, lambda now: now.model_copy(update={"left_out": everything}))
    with pytest.raises(InputError, match="every paper is left out"):
        run_steps(workspace, key, "draft", hear)


def test_a_pinned_paper_is_first_and_stays(workspace: Workspace, key: str) -> None:
    survey = run_steps(workspace, key, "papers", hear)
    wanted = pinned(workspace, survey, "weather REPORT 2")
    assert (wanted.papers[0].id, wanted.pins) == ("off2", ["off2"])
    drafts.change_survey(workspace.home, key, lambda now: wanted)
    assert "off2" in run_steps(workspace, key, "papers", hear, anew=True).chosen
    run_steps(workspace, key, "draft", hear)
    assert "off2" in papers_of(draft_of(workspace, key))
    back = pinned(workspace, wanted.model_copy(update={"left_out": ("on1",)}), "on1")
    assert back.left_out == ()


def test_a_pin_that_cannot_be(workspace: Workspace, key: str) -> None:
    survey = drafts.load_survey(workspace.home, key)
    with pytest.raises(UnknownPaper):
        pinned(workspace, survey, "arxiv:9999.99999")
    workspace.library.add([Paper(id="fresh", title="Fresh snow")], "test")
    with pytest.raises(InputError, match="not indexed yet"):
        pinned(workspace, survey, "fresh")


# ---- an outline that somebody changed ----------------------------------------------------------------------------------


def edited(workspace: Workspace, key: str) -> Survey:
    """With a section that is somebody's own, and a title too."""
    survey = run_steps(workspace, key, "draft", hear)
    first = survey.chosen[:3]

    def change(outline: Any) -> Any:
        return retitle(add_section(outline, "My own choice", first), "What I think")

    return drafts.edit_outline(workspace.home, key, survey.version, change)


def test_a_changed_outline_is_drafted_as_it_was_changed(workspace: Workspace, key: str) -> None:
    before = edited(workspace, key)
    assert not before.is_drafted
    assert run_steps(workspace, key, "draft", hear).is_drafted
    draft = draft_of(workspace, key)
    assert draft.outline == before.outline
    assert ("My own choice",) in {one.section for one in draft.sentences}


def test_other_papers_leave_titles_and_places_as_somebody_made_them(workspace: Workspace, key: str) -> None:
    before = edited(workspace, key)
    own = before.outline.sections[-1].papers if before.outline else ()
    gone = own[0]
    drafts.change_survey(workspace.home, key, lambda now: now.model_copy(update={"left_out": (gone,)}))
    run_steps(workspace, key, "draft", hear)
    outline = draft_of(workspace, key).outline
    assert (outline.title, outline.sections[-1].title) == ("What I think", "My own choice")
    assert outline.sections[-1].papers == own[1:]
    drafts.change_survey(workspace.home, key, lambda now: now.model_copy(update={"left_out": ()}))
    after = run_steps(workspace, key, "outline", hear).outline
    assert after
    assert sorted(ids_of(after)) == sorted(before.chosen)
    assert "My own choice" in [one.title for one in after.sections]


def test_an_outline_built_anew_is_one_of_the_tool_and_can_be_undone(workspace: Workspace, key: str) -> None:
    mine = edited(workspace, key)
    anew = run_steps(workspace, key, "outline", hear, anew=True)
    assert anew.outline == compose(workspace, TOPIC).outline
    assert not anew.edited
    back = drafts.undone(anew)
    assert back.outline == mine.outline
    for _ in range(3):
        back = drafts.undone(back) if back.earlier else back
    with pytest.raises(InputError, match="nothing is left to undo"):
        drafts.undone(back)


def test_a_change_of_what_is_not_there_any_more_is_refused(workspace: Workspace, key: str) -> None:
    survey = edited(workspace, key)
    with pytest.raises(InputError, match="changed meanwhile"):
        drafts.edit_outline(workspace.home, key, survey.version - 1, lambda outline: retitle(outline, "Late"))
    assert drafts.load_survey(workspace.home, key) == survey


def test_a_section_is_split_by_what_its_papers_are_about(workspace: Workspace, key: str) -> None:
    survey = run_steps(workspace, key, "outline", hear)
    assert survey.outline
    whole = drafts.edit_outline(workspace.home, key, survey.version, lambda one: add_section(one, "All", ids_of(one)))
    after = split(workspace, key, whole.version, ("All",), hear).outline
    assert after
    assert len(after.sections) == 1
    parts = [set(part.papers) for part in after.sections[0].sections]
    assert {frozenset(part) for part in parts} == {
        frozenset(f"on{n}" for n in range(0, 8, 2)),
        frozenset(f"on{n}" for n in range(1, 8, 2)),
    }
    assert len({part.title for part in after.sections[0].sections}) == 2


def test_a_section_of_one_paper_cannot_be_split(workspace: Workspace, key: str) -> None:
    survey = run_steps(workspace, key, "outline", hear)
    alone = drafts.edit_outline(workspace.home, key, survey.version, lambda one: add_section(one, "Alone", ["on0"]))
    with pytest.raises(InputError, match="nothing tells the papers of 'Alone' apart"):
        split(workspace, key, alone.version, ("Alone",), hear)


def test_papers_that_the_library_joined_meanwhile_stand_once(workspace: Workspace, key: str) -> None:
    edited(workspace, key)
    library = workspace.library
    library.add([Paper(id="on1", doi="10.1/x", title="Frozen adapters 1: prompts")], "test")
    library.add([Paper(id="on3", doi="10.1/x", title="Frozen adapters 1: prompts")], "test")
    assert library.resolve("on1") == library.resolve("on3")
    index_library(workspace)
    run_steps(workspace, key, "draft", hear)
    assert len(papers_of(draft_of(workspace, key))) == 7


def test_headings_of_somebody_stay_whatever_a_model_calls_them(workspace: Workspace, key: str) -> None:
    edited(workspace, key)
    run_steps(workspace, key, "draft", hear)
    draft = draft_of(workspace, key)
    outline = draft.outline
    for n, (titles, _) in enumerate(reversed(list(walk_sections(outline)))):
        outline = rename_section(outline, titles, f"The model's {n}")
    assert renaming.retitle(renaming.retitle(draft, outline), draft.outline) == draft


# ---- the check -------------------------------------------------------------------------------------------------------


def test_a_kept_draft_is_checked_anew_when_the_library_has_changed(workspace: Workspace, key: str) -> None:
    run_steps(workspace, key, "draft", hear)
    folder = drafts.folder_of(workspace.home, key)
    assert check_kept(workspace, folder).holds
    workspace.library.add([ADAPTERS[1].model_copy(update={"abstract": "All of it is new."})], "test")
    report = check_kept(workspace, folder)
    draft = draft_of(workspace, key)
    wrong = [one for one in draft.sentences if findings_at(one, marks_of(report))]
    assert wrong
    assert all("on1" in {quote.id for quote in one.citations} for one in wrong)
    drafts.start_survey(workspace.home, Survey(topic="none yet"))
    with pytest.raises(InputError, match="no draft to check"):
        check_kept(workspace, drafts.folder_of(workspace.home, "none-yet"))


def test_an_edited_copy_is_checked_with_what_it_is_a_copy_of(workspace: Workspace, key: str) -> None:
    run_steps(workspace, key, "draft", hear)
    draft = draft_of(workspace, key)
    text = render_markdown(draft)
    assert check_upload(workspace, "copy.md", text.encode(), draft).holds
    cited = draft.references[0].key
    own = f"I find that adapters are slow on every second day [@{cited}]."
    edited = text.replace("as they are", "as they were").replace("## References", f"{own}\n\n## References")
    report = check_upload(workspace, "copy.md", edited.encode(), draft)
    assert {one.kind for one in report.findings} == {"quote"}
    assert sum(map(len, by_place(report).values())) <= len(report.findings)
    assert own_of(report) == ["I find that adapters are slow on every second day."]
    assert not list((workspace.home.runs).glob(".check-*"))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("draft.exe", b"MZ", "a file of this kind cannot be checked"),
        ("../../draft", b"x", "a file of this kind cannot be checked"),
        ("draft.json", b"{}", "holds no draft"),
        ("draft.md", b"\xff\xfe", "draft.md cannot be read"),
        ("draft.md", b"Nothing.", "draft.md has no list of references"),
    ],
)
def test_a_file_that_is_no_draft_is_told_without_its_place(
    workspace: Workspace, name: str, content: bytes, told: str
) -> None:
    with pytest.raises(InputError, match=told) as caught:
        check_upload(workspace, name, content)
    assert str(workspace.home.root) not in str(caught.value)


def test_a_file_that_is_too_large_is_not_read(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "MOST_MB", 0)
    with pytest.raises(InputError, match="larger than 0 MB"):
        check_upload(workspace, "draft.md", b"x")


# ---- the command line ------------------------------------------------------------------------------------------------


Run = Callable[..., tuple[int, str, str]]


def test_a_draft_of_the_command_line_can_be_opened_and_changed(workspace: Workspace, cli: Run) -> None:
    status, out, err = cli("survey", TOPIC, "--exclude", "on3", "--pin", "off1", "--format", "bib")
    assert status == 0, err
    folder = workspace.home.runs / "surveys" / "frozen-adapters"
    assert out.splitlines()[1:] == [str(folder / "references.bib")]
    (entry,) = drafts.list_surveys(workspace.home)
    survey = drafts.load_survey(workspace.home, entry.key)
    assert (survey.pins, survey.left_out, survey.is_drafted) == (["off1"], ("on3",), True)
    drafts.edit_outline(workspace.home, entry.key, 0, lambda one: add_section(one, "Mine", ["on4", "on5"]))
    run_steps(workspace, entry.key, "draft", hear)
    assert draft_of(workspace, entry.key).outline.sections[-1].papers == ("on4", "on5")


def test_the_command_line_drafts_into_its_folder_again_but_not_over_somebodys_work(
    workspace: Workspace, cli: Run
) -> None:
    folder = workspace.home.runs / "surveys" / "frozen-adapters"
    for _ in range(2):
        assert cli("survey", TOPIC, "--format", "json")[0] == 0
    assert [one.key for one in drafts.list_surveys(workspace.home)] == ["frozen-adapters"]
    drafts.edit_outline(workspace.home, "frozen-adapters", 0, lambda outline: retitle(outline, "Mine"))
    before = (folder / "survey.json").read_bytes()
    assert cli("survey", TOPIC, "--format", "json")[0] == 0
    assert (folder / "survey.json").read_bytes() == before
    assert {one.key for one in drafts.list_surveys(workspace.home)} == {"frozen-adapters", "frozen-adapters-2"}


def test_a_draft_from_before_is_listed_by_what_it_says(workspace: Workspace, cli: Run) -> None:
    assert cli("survey", TOPIC, "--format", "json")[0] == 0
    folder = workspace.home.runs / "surveys" / "frozen-adapters"
    (folder / "survey.json").unlink()
    (entry,) = drafts.list_surveys(workspace.home)
    assert (entry.topic, entry.papers, entry.drafted) == (TOPIC, 8, True)
    survey = drafts.load_survey(workspace.home, entry.key)
    assert survey.is_drafted
    drafts.edit_outline(workspace.home, entry.key, 0, lambda outline: retitle(outline, "Mine"))
    run_steps(workspace, entry.key, "draft", hear)
    assert json.loads((folder / "outline.json").read_text("utf-8"))["title"] == "Mine"


def test_with_out_nothing_is_kept_in_the_home(workspace: Workspace, cli: Run, tmp_path: Path) -> None:
    assert cli("survey", TOPIC, "--out", str(tmp_path / "out"), "--format", "json")[0] == 0
    assert drafts.list_surveys(workspace.home) == []
    assert {path.name for path in (tmp_path / "out").iterdir()} == {".fourways.json", "outline.json"}
