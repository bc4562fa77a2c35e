"""The Word file: headings, tables, pictures, links to the references; whatever the titles hold."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from export_drafts import HOSTILE_TITLES, QUIET, hostile_papers, make_draft

from survey.export.word import render_word


@pytest.fixture(scope="module")
def document() -> Any:
    return Document(BytesIO(render_word(make_draft(QUIET))))


def paragraphs(document: Any, style: str) -> list[str]:
    return [one.text for one in document.paragraphs if one.style.name == style]


def test_headings_are_real(document: Any) -> None:
    assert paragraphs(document, "Title") == ["layers: a survey"]
    assert paragraphs(document, "Heading 1") == ["Summary", "Listening", "Speaking", "References"]


def test_quotes_are_items_with_their_paper(document: Any) -> None:
    assert "Brown et al. (2020): “A quiet layer listens to the layers around it.” [1]" in paragraphs(
        document, "List Bullet"
    )


def test_tables_have_a_row_a_paper_and_no_empty_column(document: Any) -> None:
    first = document.tables[0]
    assert [cell.text for cell in first.rows[0].cells] == ["Paper", "Method & more", "Code"]
    assert [cell.text for cell in first.rows[1].cells] == ["Quiet Layers (Brown et al.) [1]", "Quiet Layers", "link"]
    assert len(first.rows) == 3


def test_pictures_have_captions_and_a_text_for_those_who_do_not_see_them(document: Any) -> None:
    captions = paragraphs(document, "Caption")
    assert [caption.split(".")[0] for caption in captions] == ["Figure 1", "Figure 2", "Figure 3"]
    assert len(document.inline_shapes) == 3
    assert document.inline_shapes[0]._inline.docPr.get("descr") == "Sections of this survey"


def test_citations_lead_to_the_references(document: Any) -> None:
    body = document.element.body
    marks = {mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))}
    anchors = {link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink"))} - {None}
    assert anchors == marks == {"ref_brown2020quiet", "ref_hof2021loud", "ref_moor2023layers"}


def test_hostile_titles_stand_as_they_are() -> None:
    made = Document(BytesIO(render_word(make_draft(hostile_papers(), "a\x00b\x0bc\ud800d"))))
    shown = "\n".join(one.text for one in made.paragraphs)
    for title in HOSTILE_TITLES:
        assert title in shown
    assert "a b cd: a survey" in shown
    targets = [one.target_ref for one in made.part.rels.values() if one.is_external]
    assert not [target for target in targets if "javascript" in target or '"' in target]


def test_two_runs_give_the_same_bytes_without_times() -> None:
    made = render_word(make_draft(QUIET))
    assert made == render_word(make_draft(QUIET))
    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert {info.date_time[:3] for info in archive.infolist()} == {(1980, 1, 1)}
