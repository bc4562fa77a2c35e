"""The page that drafts a survey: what it shows of a draft, its downloads, and drafting again without a paper."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pages import Show, click, words
from streamlit.testing.v1 import AppTest

from corpus.home import Home
from corpus.models import Citation, Paper
from corpus.workspace import Workspace
from survey.export import build_download
from survey.indexing import index_library

HOSTILE = "<script>alert(1)</script> $x$ frozen **networks** | [a](javascript:alert(1))"
PAPERS = [
    Paper(
        id=f"p{n}",
        title=title,
        abstract=f"Number {n} of the frozen networks keeps {n} layers as they are. However, it remains slow for long films.",
        year=2015 + n,
        authors=("Ada Moor", "Lin Wei"),
    )
    for n, title in enumerate(["Quiet frozen networks", "Frozen networks for films", "Thin frozen networks", HOSTILE])
]


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Four papers on frozen networks, indexed by an embedder that needs no model."""
    monkeypatch.setenv("FOURWAYS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FOURWAYS_CHROMA", raising=False)
    monkeypatch.setattr("corpus.workspace.DEFAULT_MODEL", "hash:64")
    workspace = Workspace(Home(tmp_path / "home"))
    workspace.library.add(PAPERS, "test")
    workspace.library.add_citations([Citation(citing="p1", cited="p0"), Citation(citing="p2", cited="p0")])
    index_library(workspace)
    yield workspace


def drafted(show: Show) -> AppTest:
    app = show("survey")
    app.text_input(key="topic").input("frozen networks")
    return click(app, "Draft it")


def test_a_draft_is_shown_with_its_sections_its_figures_and_its_references(filled: Workspace, show: Show) -> None:
    app = drafted(show)
    assert not app.error
    shown = words(app)
    assert "Papers on the topic" in shown
    assert "Quiet frozen networks" in shown
    assert "References" in shown
    assert len(app.get("image")) >= 1


def test_each_sentence_names_its_source(filled: Workspace, show: Show) -> None:
    quotes = [one for one in drafted(show).markdown if one.value.startswith("- Moor and Wei")]
    assert quotes
    for quote in quotes:
        assert re.search(r"\*\*, abstract, characters \d+ to \d+: “", quote.help)


def test_every_format_can_be_downloaded(filled: Workspace, show: Show) -> None:
    app = drafted(show)
    labels = [one.proto.label for one in app.get("download_button")]
    assert labels == ["Markdown", "LaTeX", "Word", "HTML", "BibTeX", "RIS", "CSL-JSON", "JSON"]


def test_what_needs_other_files_is_downloaded_as_a_zip(filled: Workspace, show: Show) -> None:
    draft = drafted(show).session_state["draft"]
    packed = build_download(draft, "tex")
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        names = archive.namelist()
    assert names[:2] == ["survey.tex", "references.bib"]
    assert all(name.startswith("figures/") for name in names[2:])
    assert build_download(draft, "tex") == packed


def test_hostile_titles_show_as_text(filled: Workspace, show: Show) -> None:
    shown = words(drafted(show))
    assert "\\<script\\>" in shown
    assert "<script>" not in shown.replace("\\<script\\>", "")
    assert "](javascript" not in shown.replace("\\]\\(javascript", "")


def test_a_paper_can_be_left_out_and_taken_in_again(filled: Workspace, show: Show) -> None:
    app = drafted(show)
    app.multiselect[0].set_value(["p2"])
    app = click(app, "Draft it again")
    assert not app.error
    assert {one.id for one in app.session_state["draft"].references} == {"p0", "p1", "p3"}
    app.multiselect[0].set_value([])
    app = click(app, "Draft it again")
    assert {one.id for one in app.session_state["draft"].references} == {"p0", "p1", "p2", "p3"}


def test_a_pin_that_is_not_in_the_library_is_told_in_a_line(filled: Workspace, show: Show) -> None:
    app = show("survey")
    app.text_input(key="topic").input("frozen networks")
    app.text_area(key="pins").input("arxiv:9999.99999")
    app = click(app, "Draft it")
    assert "no paper in the library is known as" in app.error[0].value


def test_without_a_topic_the_page_asks_for_one(filled: Workspace, show: Show) -> None:
    assert "the topic is empty" in click(show("survey"), "Draft it").error[0].value


def test_a_language_model_without_a_name_is_told_in_a_line(filled: Workspace, show: Show) -> None:
    app = show("survey")
    app.text_input(key="topic").input("frozen networks")
    app.text_input(key="llm").input("http://127.0.0.1:9/v1")
    app = click(app, "Draft it")
    assert "no language model is named" in app.error[0].value
