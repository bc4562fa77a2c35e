"""Drafts on a Chinese topic: our sentences and tables speak Chinese as Chinese papers do, and all of it can be checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus.library import Library
from corpus.models import ConceptKind, EdgeKind, Paper
from survey.checking import check_draft
from survey.draft import write_draft
from survey.draft.keys import authors_of
from survey.draft.material import Spoken
from survey.draft.models import Draft, Quote, Sentence
from survey.draft.telling import MARK, tell
from survey.draft.wording import Chinese, Wording
from survey.export import blocks
from survey.export.bibtex import render_bibtex
from survey.export.html import render_html
from survey.export.json import render_json
from survey.export.latex import render_latex
from survey.export.markdown import render_markdown
from survey.export.word import render_word
from survey.outline import Outline, Section

WORDS = Chinese()
WORK = "We gain over object detectors in graph classification of Natural Questions by random walks."
# Six papers of a first section, the first four each citing the one before; nine of a second one, of which three cite those.
FIRST = [
    Paper(id="a", title="Can Birds Count?", abstract=WORK, authors=("Ann Gray",), year=2001),
    Paper(id="b", title="Nests &amp; Eggs", abstract=WORK, authors=("Bo Veličković", "Cy Moor"), year=2002),
    Paper(id="c", title="OWL: Night Birds", abstract=WORK, authors=("Di Fox", "Ed Lee", "Flo Hu"), year=2003),
    Paper(id="d", title="Songs", abstract=WORK, authors=("王小明", "李伟", "赵一"), year=2004),
    Paper(id="e", title="Wings", abstract=WORK, authors=("Gus Orr",), year=2004),
    Paper(id="g", title="Beaks", abstract=WORK, authors=("Hal Ito",), year=2004),
]
SECOND = [
    Paper(
        id=f"f{n}",
        title=f"Fish {n}",
        abstract=f"We show that fins &amp; tails of {n} fish move the water behind.",
        authors=(f"Fin Ray{n}",),
        year=2005 + n,
    )
    for n in range(9)
]
PAPERS = [*FIRST, *SECOND]
LINKS = [(1, 0), (2, 1), (3, 2), (6, 2), (7, 2), (8, 3)]


def said(words: str, name: str, kind: ConceptKind, edge: EdgeKind = "uses") -> Spoken:
    start = WORK.index(words)
    return Spoken(
        concept=f"{kind}:{name}",
        name=name,
        kind=kind,
        edge=edge,
        weight=0.8,
        source="abstract",
        start=start,
        stop=start + len(words),
    )


SAID = [
    said("random walks", "random walks", "method"),
    said("object detectors", "object detectors", "method", "improves"),
    said("graph classification", "graph classification", "task"),
    said("Natural Questions", "Natural Questions", "dataset"),
]


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures have no statements, and take a second to draw."""
    monkeypatch.setattr(blocks, "build_figures", lambda draft: [])


@pytest.fixture(scope="module")
def draft() -> Draft:
    sections = (
        Section(title="鸟类", papers=tuple(one.name for one in FIRST)),
        Section(title="鱼类", papers=tuple(one.name for one in SECOND)),
    )
    outline = Outline(topic="动物", title="动物：综述", sections=sections)
    spoken = {one.name: SAID for one in FIRST}
    made = write_draft(outline, PAPERS, np.eye(len(PAPERS), dtype=np.float32), LINKS, spoken=spoken)
    return made.model_copy(update={"sentences": (*made.sentences, quoted(SECOND[0], made))})


def quoted(paper: Paper, draft: Draft) -> Sentence:
    """All of an abstract."""
    words, key = paper.abstract or "", next(one.key for one in draft.references if one.id == paper.name)
    quote = Quote(key=key, id=paper.name, quote=words, start=0, end=len(words), source="abstract")
    return Sentence(section=("鱼类",), text=words, citations=(quote,))


def test_our_sentences(draft: Draft) -> None:
    assert [one.text for one in draft.sentences if one.kind in ("counted", "relation")] == [
        "本综述涵盖 2001 至 2013 年的 15 篇论文，其中 8 篇发表于 2006 年及以后；最早的是“Can Birds Count?”。",
        "这些论文分为 2 节：鱼类（9 篇，如 Ray0，2005）和鸟类（6 篇，如 OWL）。",
        "被其他论文引用最多的是 OWL（3 次）。",
        "本节收录 2001 至 2004 年的 6 篇论文；其中被本综述其他论文引用最多的是 OWL（3 次）。",
        "6 篇均涉及目标检测器，例如 Gray（2001）、Veličković 和 Moor（2002）以及 OWL。",
        "6 篇均提到数据集 Natural Questions，例如 Gray（2001）、Veličković 和 Moor（2002）以及 OWL。",
        "引文主路径为 Gray（2001） → Veličković 和 Moor（2002） → OWL（2003） → 王小明等（2004）。",
        "Gray（2001）、Veličković 和 Moor（2002）以及 OWL 报告其方法优于目标检测器。",
        "这一方向有 2005 至 2013 年的 9 篇论文，其中 4 篇发表于 2010 年及以后。",
        "Ray0（2005）、Ray1（2006）和 Ray2（2007）引用了“鸟类”一节的论文，例如 OWL 和王小明等（2004）。",
    ]


def test_what_is_said_of_sections_that_have_several_parts_has_no_brackets_in_brackets() -> None:
    told = WORDS.part("鸟类", WORDS.papers(3), f"Fox 等（2003）{MARK}")
    assert told == f"鸟类（3篇，如Fox 等，2003{MARK}）"
    divided = WORDS.divided.format(years="", papers=WORDS.papers(9), n=WORDS.count(2), parts=told)
    assert divided.startswith("本节收录9篇论文，分为两部分：鸟类")
    assert [WORDS.count(number) for number in (1, 10, 12)] == ["一", "十", "12个"]


@pytest.mark.parametrize(
    ("authors", "year", "name"),
    [
        (("Di Fox", "Ed Lee", "Flo Hu"), 2003, "Fox 等（2003）"),
        (("Di Fox", "Ed Lee"), 2003, "Fox 和 Lee（2003）"),
        (("王小明", "李伟"), 2003, "王小明和李伟（2003）"),
        (("Di Fox",), None, "Fox"),
        ((), 2003, "“Nests & Eggs”"),
    ],
)
def test_authors_in_chinese(authors: tuple[str, ...], year: int | None, name: str) -> None:
    assert authors_of(Paper(title="Nests &amp; Eggs", authors=authors, year=year), WORDS) == name


def test_a_name_is_spoken_of_by_its_kind() -> None:
    names = [WORDS.named("meta-learning"), WORDS.named("CLIP"), WORDS.named("Natural Questions", "dataset")]
    assert names == ["元学习", "CLIP", "Natural Questions"]
    assert [WORDS.be(name) for name in names[:2]] == ["涉及", "提到"]
    assert Wording().named("meta-learning") == "meta-learning"


def test_a_citation_stands_before_the_space_behind_its_words() -> None:
    one = tell((), f"CLIP{MARK}和GPT{MARK}引用了“图GNN”", [], stop="。")
    assert one.text == "CLIP 和 GPT 引用了“图GNN”。"


def test_a_chinese_sentence_that_begins_with_a_name_keeps_its_case() -> None:
    assert tell((), "p-tuning被引用", [], stop="。").text == "p-tuning 被引用。"


def test_the_table_names_tasks_in_chinese_and_data_sets_as_they_are(draft: Draft) -> None:
    text = render_markdown(draft)
    assert "| 论文 | 年份 | 任务 | 数据集 |" in text
    assert (
        "| Nests &amp; Eggs（Veličković 和 Moor） [@velickovic2002nests] | 2002 | 图分类 | Natural Questions |" in text
    )
    # What the library calls them stays in the draft, with the words that it rests on.
    assert {cell.text for row in draft.tables[0].rows for cell in row.cells} >= {"graph classification"}


def test_entities_of_titles_are_characters(draft: Draft) -> None:
    assert [one.title for one in draft.references if one.id == "b"] == ["Nests & Eggs"]
    assert "We show that fins &amp; tails of 0 fish" in render_markdown(draft)
    assert "&amp;amp;" not in render_html(draft) + render_markdown(draft)


@pytest.mark.parametrize("name", ["outline.json", "survey.md", "survey.tex", "survey.html", "survey.docx"])
def test_each_format_holds_and_is_ours(name: str, draft: Draft, library: Library, tmp_path: Path) -> None:
    library.add(PAPERS, "test")
    (tmp_path / "outline.json").write_text(render_json(draft))
    (tmp_path / "references.bib").write_text(render_bibtex(draft))
    made: dict[str, str | bytes] = {
        "outline.json": render_json(draft),
        "survey.md": render_markdown(draft),
        "survey.tex": render_latex(draft),
        "survey.html": render_html(draft),
        "survey.docx": render_word(draft),
    }
    content = made[name]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    report = check_draft(library, tmp_path / name)
    assert [one.why for one in report.findings] == []
    assert report.own == ()
    assert report.sentences >= 10


def test_a_heading_in_marks_is_no_quote_and_other_words_in_marks_are(
    draft: Draft, library: Library, tmp_path: Path
) -> None:
    library.add(PAPERS, "test")
    text = render_markdown(draft)
    assert "引用了“鸟类”一节的论文" in text
    (tmp_path / "survey.md").write_text(text.replace("“鸟类”一节的论文", "“鸟类”的论文"))
    assert {one.kind for one in check_draft(library, tmp_path / "survey.md").findings} == {"quote"}


def test_another_number_of_parts_is_told(library: Library, tmp_path: Path, draft: Draft) -> None:
    one = draft.sentences[0].model_copy(update={"text": "本节收录 9 篇论文，分为两部分。"})
    (tmp_path / "outline.json").write_text(render_json(draft.model_copy(update={"sentences": (one,)})))
    library.add(PAPERS, "test")
    text = render_markdown(draft.model_copy(update={"sentences": (one,)}))
    (tmp_path / "survey.md").write_text(text.replace("两部分", "三部分"))
    assert {one.kind for one in check_draft(library, tmp_path / "survey.md").findings} == {"count"}


def test_a_draft_of_an_older_wording_holds(draft: Draft, library: Library, tmp_path: Path) -> None:
    library.add(PAPERS, "test")
    old = {
        "引用了“鸟类”一节的论文": "引用了「鸟类」一节的论文",
        " 年的 ": "年的",
        "被其他论文引用最多的是 OWL（3 次）": "被其他论文引用最多的是OWL（3次）",
    }
    sentences = []
    for one in draft.sentences:
        text = one.text
        for new, before in old.items():
            text = text.replace(new, before) if one.kind in ("counted", "relation") else text
        marks = () if text != one.text else one.marks
        sentences.append(one.model_copy(update={"text": text, "marks": marks}))
    older = draft.model_copy(update={"sentences": tuple(sentences)})
    (tmp_path / "outline.json").write_text(render_json(older))
    (tmp_path / "survey.md").write_text(render_markdown(older))
    for name in ("outline.json", "survey.md"):
        report = check_draft(library, tmp_path / name)
        assert (report.findings, report.own) == ((), ())
