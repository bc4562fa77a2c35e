"""A draft on a Chinese topic: every word of ours is Chinese in every format, and each of them can still be checked."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn
from export_drafts import QUIET, make_draft

from corpus.library import Library
from survey.bibliography import is_cjk
from survey.checking import check_draft
from survey.draft.models import Draft
from survey.export.bibtex import render_bibtex
from survey.export.html import render_html
from survey.export.latex import render_latex
from survey.export.markdown import render_markdown
from survey.export.word import render_word


@pytest.fixture(scope="module")
def draft() -> Draft:
    """Its first paper is quoted from a summary of ours."""
    made = make_draft(QUIET, topic="安静的层", headings=("倾听", "言说"))
    first, *others = made.references
    told = [
        one.model_copy(update={"text": f"最早的是“{one.citations[0].quote}”。"}) if one.kind == "counted" else one
        for one in made.sentences
    ]
    references = (first.model_copy(update={"summary_by": "fourways"}), *others)
    return made.model_copy(update={"references": references, "sentences": tuple(told)})


QUOTED = "Brown 等（2020，由 fourways 概括）：“A quiet layer listens to the layers around it.”"


def test_markdown(draft: Draft) -> None:
    text = render_markdown(draft)
    assert f"- {QUOTED} [@brown2020quiet]" in text
    assert "局限与未解决的问题：" in text
    assert "![本综述的章节结构" in text


def test_sentences_of_a_paragraph_stand_without_a_space(draft: Draft) -> None:
    one = next(sentence for sentence in draft.sentences if sentence.kind == "counted")
    twice = draft.model_copy(update={"sentences": (one, one)})
    assert "[@brown2020quiet]。最早的是" in render_markdown(twice)
    assert "\\citep{brown2020quiet}。最早的是" in render_latex(twice)
    assert "]。最早的是" in re.sub(r"<span class=\"source\".*?</span></span>|<[^>]+>", "", render_html(twice))


def test_the_page_has_no_english_of_ours(draft: Draft) -> None:
    text = render_html(draft)
    assert '<html lang="zh">' in text
    assert '<nav aria-label="目录"><details><summary>目录</summary>' in text
    assert "<figcaption>图 1：本综述的章节结构" in text
    assert "Quiet Layers</cite>（2020），标题" in text
    assert "摘要第 0–46 个字符" in text
    assert 'aria-label="引用位置 1"' in text
    assert f"<li>{QUOTED.split('“')[0]}“" in text
    plain = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", "", text, flags=re.DOTALL)
    assert not re.search(r"Figure|Contents|Code|abstract|its title|as summarised|Paper\b|Papers\b", plain)


def test_latex_calls_figures_and_references_in_chinese(draft: Draft) -> None:
    text = render_latex(draft)
    assert "\\renewcommand{\\figurename}{图}" in text
    assert "\\renewcommand{\\refname}{参考文献}" in text
    assert "\\caption{本综述的章节结构" in text
    assert "\\item Brown 等（2020，由 fourways 概括）：\\quoted{brown2020quiet}" in text
    assert "renewcommand" not in render_latex(make_draft(QUIET)).split("\\begin{document}")[1]


def test_word_has_chinese_captions_and_fonts(draft: Draft) -> None:
    document = Document(BytesIO(render_word(draft)))
    captions = [one.text for one in document.paragraphs if one.style.name == "Caption"]
    assert [caption.split("：")[0] for caption in captions] == ["图 1", "图 2", "图 3"]
    assert QUOTED in "\n".join(one.text for one in document.paragraphs)
    for name in ("Normal", "Heading 1", "Title"):
        assert document.styles[name].element.rPr.rFonts.get(qn("w:eastAsia")) == "Microsoft YaHei"
    languages = [one.get(qn("w:eastAsia")) for one in document.styles.element.iter(qn("w:lang"))]
    assert set(languages) == {"zh-CN"}


@pytest.mark.parametrize("name", ["survey.md", "survey.tex", "survey.html", "survey.docx"])
def test_each_format_can_be_checked(tmp_path: Path, draft: Draft, library: Library, name: str) -> None:
    library.add(QUIET, "test")
    render = {"md": render_markdown, "tex": render_latex, "html": render_html, "docx": render_word}[name.split(".")[1]]
    content = render(draft)
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "references.bib").write_text(render_bibtex(draft))
    report = check_draft(library, tmp_path / name)
    assert [one.why for one in report.findings] == []
    assert report.quotes >= 5
    spoilt = (content if isinstance(content, bytes) else content.encode()).replace(b"listens to", b"hears all of")
    if name != "survey.docx":
        (tmp_path / name).write_bytes(spoilt)
        assert "quote" in {one.kind for one in check_draft(library, tmp_path / name).findings}


def test_an_english_draft_has_no_chinese() -> None:
    assert not is_cjk(render_html(make_draft(QUIET)).split("</style>")[1])
