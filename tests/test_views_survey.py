"""The survey page as a script: a topic becomes a draft in steps, each of which can be gone back to; nothing it shows can run."""

from __future__ import annotations

import re
import shutil
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from pages import Show, await_work, click, links, words
from streamlit.testing.v1 import AppTest

from corpus.home import Home
from corpus.models import Citation, Paper
from corpus.workspace import Workspace
from survey import drafts
from survey.drafts import Survey
from survey.drafts.steps import run_steps
from survey.export import build_download
from survey.indexing import index_library
from survey.jobs import JOBS

HOSTILE = "<script>alert(1)</script> $x$ frozen **networks** | [a](javascript:alert(1))"
TITLES = ["Quiet frozen networks", "Frozen networks for films", "Thin frozen networks", HOSTILE]
PAPERS = [
    Paper(
        id=f"p{n}",
        title=title,
        abstract=f"Number {n} of the frozen networks keeps {n} layers as they are. However, it remains slow for long films.",
        year=2015 + n,
        authors=("Ada Moor", "Lin Wei"),
    )
    for n, title in enumerate(TITLES)
]
TOPIC = "frozen networks"


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with four papers on frozen networks and one on weather, indexed by an embedder that needs no model."""
    workspace = Workspace(Home(tmp_path_factory.mktemp("indexed") / "home"), model="hash:64")
    workspace.library.add([*PAPERS, Paper(id="rain", title="Rain on Mondays", year=2020)], "test")
    workspace.library.add_citations([Citation(citing="p1", cited="p0"), Citation(citing="p2", cited="p0")])
    index_library(workspace)
    workspace.library.close()
    return workspace.home.root


@pytest.fixture
def filled(indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A copy of that home."""
    monkeypatch.setenv("FOURWAYS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FOURWAYS_CHROMA", raising=False)
    monkeypatch.setattr("corpus.workspace.DEFAULT_MODEL", "hash:64")
    shutil.copytree(indexed, tmp_path / "home")
    return Workspace(Home(tmp_path / "home"))


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drafts have no figures, which take most of the time."""
    monkeypatch.setattr("survey.figures.build_figures", lambda draft: [])
    monkeypatch.setattr("survey.export.blocks.build_figures", lambda draft: [])


def asked(show: Show, button: str = "Draft it", pins: str = "") -> AppTest:
    """The page after a press on one of the two buttons, when what that began is over."""
    app = show("survey")
    app.text_input(key="topic").input(TOPIC)
    app.text_area(key="pins").input(pins)
    return await_work(click(app, button))


def made(workspace: Workspace) -> str:
    """The key of a survey that has been drafted, as if by an earlier visit."""
    key = drafts.start_survey(workspace.home, Survey(topic=TOPIC))
    run_steps(workspace, key, "draft", lambda what, done, total: None)
    return key


def only(workspace: Workspace) -> tuple[str, Survey]:
    (entry,) = drafts.list_surveys(workspace.home)
    return entry.key, drafts.load_survey(workspace.home, entry.key)


def drafted_ids(workspace: Workspace, key: str) -> set[str]:
    draft = drafts.load_draft(drafts.folder_of(workspace.home, key))
    assert draft
    return {one.id for one in draft.references}


# ---- the draft -------------------------------------------------------------------------------------------------------


def test_a_topic_becomes_a_draft_with_sections_figures_and_references(filled: Workspace, show: Show) -> None:
    app = asked(show)
    assert not app.error
    shown = words(app)
    for text in ("Papers on the topic", "Quiet frozen networks", "References", "All of it stands"):
        assert text in shown
    assert len(app.get("image")) >= 1
    assert app.query_params["draft"] == "frozen-networks"


def test_each_sentence_names_its_source(filled: Workspace, undrawn: None, show: Show) -> None:
    quotes = [one for one in show("survey", draft=made(filled)).markdown if one.value.startswith("- Moor and Wei")]
    assert quotes
    for quote in quotes:
        assert re.search(r"\*\*, abstract, characters \d+ to \d+: “", quote.help)


def test_every_format_can_be_downloaded(filled: Workspace, undrawn: None, show: Show) -> None:
    key = made(filled)
    labels = [one.proto.label for one in show("survey", draft=key).get("download_button")]
    assert labels == ["Markdown", "LaTeX", "Word", "HTML", "BibTeX", "RIS", "CSL-JSON", "JSON"]
    draft = drafts.load_draft(drafts.folder_of(filled.home, key))
    assert draft
    packed = build_download(draft, "tex")
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        assert archive.namelist()[:2] == ["survey.tex", "references.bib"]
    with zipfile.ZipFile(BytesIO(drafts.build_archive(draft))) as archive:
        assert {"survey.md", "survey.tex", "survey.docx", "survey.html", "references.ris", "outline.json"} <= set(
            archive.namelist()
        )


def test_hostile_titles_show_as_text(filled: Workspace, undrawn: None, show: Show) -> None:
    made(filled)
    for view in ("papers", "outline", "draft", "check"):
        app = show("survey", draft="frozen-networks", view=view)
        shown = words(app) + "".join(one.label for one in app.checkbox)
        assert view == "check" or "\\<script\\>" in shown
        assert "<script>" not in shown.replace("\\<script\\>", "")
        assert "](javascript" not in shown.replace("\\]\\(javascript", "")


def test_a_hostile_topic_is_shown_as_text_and_keeps_to_its_folder(filled: Workspace, undrawn: None, show: Show) -> None:
    app = show("survey")
    app.text_input(key="topic").input(f"../../{HOSTILE}")
    app = await_work(click(app, "Draft it"))
    key, survey = only(filled)
    assert re.fullmatch(r"[\w-]+", key)
    assert survey.topic == f"../../{HOSTILE}"
    assert "<script>" not in (words(app) + words(show("survey"))).replace("\\<script\\>", "")


def test_what_does_not_stand_any_more_is_marked_in_the_text(filled: Workspace, undrawn: None, show: Show) -> None:
    made(filled)
    filled.library.add([PAPERS[0].model_copy(update={"abstract": "Something else was written."})], "test")
    app = show("survey", draft="frozen-networks")
    assert re.search(r"\d+ things? do(es)? not stand", words(app))
    marked = [one for one in app.markdown if "does not stand" in one.value and one.help]
    assert marked
    assert all("has changed since" in one.help for one in marked)
    assert "text has changed" in words(show("survey", draft="frozen-networks", view="check"))


# ---- papers ----------------------------------------------------------------------------------------------------------


def test_papers_can_be_chosen_before_anything_is_written(filled: Workspace, undrawn: None, show: Show) -> None:
    app = asked(show, "Choose the papers first")
    assert len(app.checkbox) == 4
    assert "4 papers found" in words(app)
    assert any("cited by 2 of these" in one.label for one in app.checkbox)
    app.checkbox(key="keep-frozen-networks-p2").uncheck().run()
    assert "1 of them is left out" in words(app)
    app = await_work(click(app, "Build the outline"))
    assert "Title of the survey" in [one.label for one in app.text_input]
    await_work(click(app, "Write the draft"))
    assert drafted_ids(filled, "frozen-networks") == {"p0", "p1", "p3"}


def test_a_paper_left_out_is_taken_in_again(filled: Workspace, undrawn: None, show: Show) -> None:
    made(filled)
    app = show("survey", draft="frozen-networks", view="papers")
    for tick, left in ((False, {"p0", "p1", "p3"}), (True, {"p0", "p1", "p2", "p3"})):
        app.checkbox(key="keep-frozen-networks-p2").set_value(tick).run()
        app = await_work(click(app, "Write the draft"))
        assert drafted_ids(filled, "frozen-networks") == left
        app.segmented_control(key="survey-view").set_value("papers").run()


def test_a_paper_is_added_by_its_title_or_found_by_words(filled: Workspace, undrawn: None, show: Show) -> None:
    app = asked(show, "Choose the papers first")
    app.text_input(key="add-name").input("rain on mondays")
    app = click(app, "Add")
    assert only(filled)[1].pins == ["rain"]
    assert "added by you" in app.checkbox(key="keep-frozen-networks-rain").label
    app.checkbox(key="keep-frozen-networks-p1").uncheck().run()
    app.text_input(key="add-name").input("films")
    app = click(app, "Add")
    app.button(key="add-p1").click().run()
    survey = only(filled)[1]
    assert (set(survey.pins), survey.left_out) == ({"rain", "p1"}, ())


def test_the_list_of_papers_is_narrowed_and_put_in_order(filled: Workspace, undrawn: None, show: Show) -> None:
    app = asked(show, "Choose the papers first")
    app.text_input(key="only-frozen-networks").input("2017 thin").run()
    assert [one.key for one in app.checkbox] == ["keep-frozen-networks-p2"]
    app.text_input(key="only-frozen-networks").input("").run()
    app.selectbox(key="order-frozen-networks").set_value("newest").run()
    assert [one.key[-2:] for one in app.checkbox] == ["p3", "p2", "p1", "p0"]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("pins", "arxiv:9999.99999", "no paper in the library is known as"),
        ("llm", "http://127.0.0.1:9/v1", "no language model is named"),
        ("topic", " ", "the topic is empty"),
    ],
)
def test_what_cannot_be_is_one_line(filled: Workspace, show: Show, field: str, value: str, told: str) -> None:
    app = show("survey")
    app.text_input(key="topic").input(TOPIC)
    (app.text_area if field == "pins" else app.text_input)(key=field).input(value)
    app = click(app, "Draft it")
    assert told in app.error[0].value
    assert drafts.list_surveys(filled.home) == []


def test_a_topic_that_nobody_wrote_about_is_one_line(filled: Workspace, show: Show) -> None:
    app = show("survey")
    app.text_input(key="topic").input("quantum chromodynamics of zebras")
    app = await_work(click(app, "Draft it"))
    assert "no paper in the library is about" in app.error[0].value


# ---- the outline -----------------------------------------------------------------------------------------------------


def outlined(show: Show, filled: Workspace) -> AppTest:
    """The outline's page, with two sections: Old (p0, p1) and New (p2, p3)."""
    made(filled)
    key, survey = only(filled)
    from survey.outline import Section

    sections = (Section(title="Old", papers=("p0", "p1")), Section(title="New", papers=("p2", "p3")))
    drafts.edit_outline(filled.home, key, survey.version, lambda one: one.model_copy(update={"sections": sections}))
    return show("survey", draft=key, view="outline")


def sections(filled: Workspace) -> dict[str, tuple[str, ...]]:
    outline = only(filled)[1].outline
    assert outline
    return {one.title: one.papers for one in outline.sections}


def test_sections_are_renamed_moved_merged_and_brought_back(filled: Workspace, undrawn: None, show: Show) -> None:
    app = outlined(show, filled)
    titled = next(one for one in app.text_input if one.label == "Title of the section")
    titled.input("Early work")
    app = click_in(app, "rename")
    assert list(sections(filled)) == ["Early work", "New"]
    app = click(app, "Down")
    assert list(sections(filled)) == ["New", "Early work"]
    app.selectbox(key="merge-into").set_value(("New",))
    app = click(app, "Merge")
    assert sections(filled) == {"New": ("p0", "p1", "p2", "p3")}
    app = click(app, "Undo")
    assert list(sections(filled)) == ["New", "Early work"]
    await_work(click(app, "Write the draft"))
    draft = drafts.load_draft(drafts.folder_of(filled.home, "frozen-networks"))
    assert draft
    assert [one.title for one in draft.outline.sections] == ["New", "Early work"]


def click_in(app: AppTest, form: str) -> AppTest:
    """Press the button of a form."""
    next(one for one in app.button if one.form_id == form).click()
    app.run()
    assert not app.exception
    return app


def test_papers_move_to_another_section_or_a_new_one(filled: Workspace, undrawn: None, show: Show) -> None:
    app = outlined(show, filled)
    ticks = {one.key.rsplit("-", 1)[1]: one for one in app.checkbox}
    ticks["p1"].check()
    app.selectbox(key="move-to").set_value(("New",))
    app = click(app, "Move")
    assert sections(filled) == {"Old": ("p0",), "New": ("p1", "p2", "p3")}
    ticks = {one.key.rsplit("-", 1)[1]: one for one in app.checkbox}
    ticks["p0"].check()
    next(one for one in app.text_input if one.label.startswith("Or into")).input("Mine")
    click(app, "Make it")
    assert sections(filled) == {"New": ("p1", "p2", "p3"), "Mine": ("p0",)}


def test_a_section_is_split_and_deleted(filled: Workspace, undrawn: None, show: Show) -> None:
    app = await_work(click(outlined(show, filled), "Split"))
    outline = only(filled)[1].outline
    assert outline
    assert [len(part.papers) for part in outline.sections[0].sections] == [1, 1]
    assert outline.sections[0].title == "Old"
    click(app, "Delete the section")
    assert sections(filled) == {"New": ("p0", "p1", "p2", "p3")}


def test_a_title_that_is_taken_is_told_and_nothing_changes(filled: Workspace, undrawn: None, show: Show) -> None:
    app = outlined(show, filled)
    next(one for one in app.text_input if one.label == "Title of the section").input("new")
    app = click_in(app, "rename")
    assert "is called \\'new\\' too" in app.warning[0].value
    assert list(sections(filled)) == ["Old", "New"]


def test_a_tab_that_is_behind_does_not_change_what_it_has_not_seen(
    filled: Workspace, undrawn: None, show: Show
) -> None:
    app = outlined(show, filled)
    other = show("survey", draft="frozen-networks", view="outline")
    click(other, "Down")
    app = click(app, "Down")
    assert "changed meanwhile" in app.warning[0].value
    assert list(sections(filled)) == ["New", "Old"]


# ---- work, earlier surveys, the check ----------------------------------------------------------------------------------


def test_an_app_that_was_closed_in_a_step_goes_on_with_it(filled: Workspace, undrawn: None, show: Show) -> None:
    key = drafts.start_survey(filled.home, Survey(topic=TOPIC, doing="papers", until="draft"))
    app = show("survey", draft=key)
    assert "closed in the middle of a step" in app.warning[0].value
    app = await_work(click(app, "Go on"))
    assert not app.warning
    assert drafted_ids(filled, key) == {"p0", "p1", "p2", "p3"}


def test_earlier_surveys_are_listed_opened_and_deleted(filled: Workspace, undrawn: None, show: Show) -> None:
    made(filled)
    drafts.start_survey(filled.home, Survey(topic=HOSTILE))
    app = show("survey")
    assert "2 earlier surveys" in words(app)
    assert "**frozen networks**" in links(app)
    captions = [one.value for one in app.caption]
    assert any(re.search(r"4 papers · 1 section · drafted · \d{4}-", one) for one in captions)
    assert any("papers, no outline yet" in one for one in captions)
    app.button(key="delete-yes-frozen-networks").click().run()
    assert [one.topic for one in drafts.list_surveys(filled.home)] == [HOSTILE]


@pytest.mark.parametrize("key", ["nowhere", "../../etc", "%00"])
def test_an_address_of_no_survey_says_so(filled: Workspace, show: Show, key: str) -> None:
    app = show("survey", draft=key)
    assert "there is no survey" in app.error[0].value
    assert "All surveys" in links(app)


def test_an_edited_copy_is_checked_by_section(filled: Workspace, undrawn: None, show: Show) -> None:
    made(filled)
    draft = drafts.load_draft(drafts.folder_of(filled.home, "frozen-networks"))
    assert draft
    from survey.export.markdown import render_markdown

    text = render_markdown(draft).replace("layers as they are", "layers as they were")
    app = show("survey", draft="frozen-networks", view="check")
    app.get("file_uploader")[0].set_value(("my copy.md", text.encode(), "text/markdown"))
    app.run()
    shown = words(app)
    assert "not a quote" in shown
    assert "Papers on the topic**" in shown
    app.get("file_uploader")[0].set_value(("draft.json", b"{}", "application/json"))
    app.run()
    assert "holds no draft" in app.error[-1].value


def test_two_surveys_at_once_do_not_meet(filled: Workspace, undrawn: None, show: Show) -> None:
    first, second = show("survey"), show("survey")
    for app, topic in ((first, TOPIC), (second, "frozen films")):
        app.text_input(key="topic").input(topic)
        click(app, "Draft it")
    assert (
        len(
            {
                job
                for key in ("frozen-networks", "frozen-films")
                if (job := JOBS.find(f"survey {filled.home.root} {key}"))
            }
        )
        == 2
    )
    for app, topic in ((first, "Frozen networks"), (second, "Frozen films")):
        assert topic in await_work(app).title[0].value
