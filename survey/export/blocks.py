"""A draft as a row of blocks, the same for every format: which text stands where, who is named for a quote, which figure follows.

The formats differ in how a block looks, and in nothing that it says.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from corpus.models import clean_line
from corpus.sources.markup import entities_to_text
from survey.bibliography import SAFE_ADDRESS, row_name, short_name
from survey.draft.models import Draft, Reference, Sentence, Table
from survey.draft.wording import wording_in
from survey.figures import Figure, build_figures
from survey.outline import Section
from survey.outline.chinese import name_for

SUMMARY = "Summary"
REFERENCES = "References"
PAPER = "Paper"
PAPERS = "Papers"
OTHERS = "Other papers of this section"
PROBLEMS = "Limitations and open problems"
GAPS = "Gaps"
CONTENTS = "Contents"
FIGURE = "Figure"
CODE = "Code"
LINK = "link"
# Whose words a quote is: who summarised the paper.
SUMMARISED = "as summarised by {by}"
# Where a sentence comes from.
FROM_TITLE, FROM_ABSTRACT = "its title", "abstract, characters {start}–{end}"
MORE_SOURCES, SMOOTHED, CITED_HERE = "and {n} more", "Worded by a language model, from:", "cited here, place {n}"
# What a draft in Chinese says instead, the columns of its tables too.
CHINESE = {
    SUMMARY: "概述",
    REFERENCES: "参考文献",
    PAPER: "论文",
    PAPERS: "论文列表",
    OTHERS: "本节其他论文",
    PROBLEMS: "局限与未解决的问题",
    GAPS: "研究空白",
    "Method": "方法",
    "Year": "年份",
    "Venue": "出处",
    "Trained": "训练参数",
    "Task": "任务",
    "Data": "数据集",
    CODE: "代码",
    CONTENTS: "目录",
    FIGURE: "图",
    LINK: "链接",
    SUMMARISED: "由 {by} 概括",
    FROM_TITLE: "标题",
    FROM_ABSTRACT: "摘要第 {start}–{end} 个字符",
    MORE_SOURCES: "另有 {n} 处",
    SMOOTHED: "由语言模型改写，依据：",
    CITED_HERE: "引用位置 {n}",
}
# Before a quote that begins in the middle of its sentence.
CUT = "… "
# Characters of a line that a table can count on.
_LINE = 100

Layout = Literal["prose", "quotes", "problems", "gaps"]


@dataclass(frozen=True)
class Heading:
    """`level` 1 is a section; `anchor` is unique in the draft, in ASCII."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Text:
    """Sentences that stand together: a paragraph (prose), or a list of one sentence an item under a `label`."""

    layout: Layout
    sentences: tuple[Sentence, ...]
    label: str = ""


@dataclass(frozen=True)
class Listing:
    """The papers of a section that its table does not have, in reading order."""

    references: tuple[Reference, ...]
    label: str = PAPERS


Block = Heading | Text | Table | Listing | Figure


def build_blocks(draft: Draft) -> list[Block]:
    """The blocks of a draft in reading order, without its title and its list of references."""
    blocks: list[Block] = []
    parts = _Parts(draft)
    if head := list(parts.body(())):
        blocks += [Heading(1, label_of(SUMMARY, draft), "summary"), *head]
    blocks += build_figures(draft)
    for number, section in enumerate(draft.outline.sections, 1):
        blocks += parts.section(section, (), str(number))
    if title := draft.closing:
        blocks += [Heading(1, title, "outlook"), *parts.body((title,))]
    return blocks


def label_of(label: str, draft: Draft) -> str:
    """One of the labels above, in the draft's language: that of its topic's script."""
    return CHINESE[label] if draft.is_chinese else label


def numbered(figure: int, draft: Draft) -> str:
    """Figure 2. / 图 2："""
    return f"{label_of(FIGURE, draft)} {figure}{'：' if draft.is_chinese else '. '}"


def colon_of(draft: Draft) -> str:
    return "：" if draft.is_chinese else ":"


def gap_of(draft: Draft) -> str:
    """What stands between two sentences of a paragraph, and behind a colon."""
    return "" if draft.is_chinese else " "


def said(sentence: Sentence) -> str:
    """The words of a quote as they are shown; records of the web have them with entities."""
    return f"{CUT if sentence.text[:1].islower() else ''}{entities_to_text(sentence.text)}"


def title_of(draft: Draft) -> str:
    """The draft's title, without what no file can hold: a topic may come from a shell that mangled it."""
    return clean_line(draft.outline.title)


def layout_of(sentence: Sentence) -> Layout:
    """How a sentence stands; what a language model worded anew is prose, whatever it was before."""
    if sentence.smoothed or sentence.kind in ("counted", "relation"):
        return "prose"
    return {"problem": "problems", "gap": "gaps"}.get(sentence.kind, "quotes")  # type: ignore[return-value]


def attribution(sentence: Sentence, references: Mapping[str, Reference], *, chinese: bool = False) -> str:
    """Whose words a quote is: Hu et al. (2022), as summarised by fourways. `references` by id."""
    cited = [references[one] for one in dict.fromkeys(quote.id for quote in sentence.citations) if one in references]
    words = wording_in(chinese=chinese)
    who = ("；" if chinese else "; ").join(short_name(reference, words) for reference in cited)
    by = sorted({reference.summary_by for reference in cited if reference.summary_by})
    if not by:
        return who
    if chinese:
        return words.beside(who, CHINESE[SUMMARISED].format(by="、".join(by)))
    return f"{who}, {SUMMARISED.format(by=', '.join(by))}"


def attributed(sentence: Sentence, references: Mapping[str, Reference], draft: Draft) -> str:
    """The same with the colon that is behind it, in the draft's language; `gap_of` stands between it and the quote."""
    return f"{attribution(sentence, references, chinese=draft.is_chinese)}{colon_of(draft)}"


def dated(reference: Reference, draft: Draft) -> str:
    """What stands behind a title: ' (2022)', （2022）; nothing for a paper without a year."""
    if not reference.year:
        return ""
    return f"（{reference.year}）" if draft.is_chinese else f" ({reference.year})"


def row_of(key: str, references: Mapping[str, Reference], draft: Draft) -> str:
    """What a table calls a paper; its key, where it is none of the `references` by key."""
    words = wording_in(chinese=draft.is_chinese)
    return row_name(references[key], words) if key in references else key


def cited_keys(sentence: Sentence) -> list[str]:
    """The keys that a sentence cites, each once, in its order."""
    return list(dict.fromkeys(quote.key for quote in sentence.citations))


def column_shares(rows: Sequence[Sequence[str]]) -> list[float]:
    """How much of a line's width each column of a table should have: no word is broken as long as there is room, and what is left
    goes to those with long texts, the first before all. Addresses do not count: they are shown short.
    """
    least, wanted = [], []
    for number, column in enumerate(zip(*rows, strict=True)):
        texts = ["link" if SAFE_ADDRESS.fullmatch(text) else text for text in column]
        words = [len(word) for text in texts for word in re.split(r"[\s-]+", text)]
        least.append(max(5, min(24, max(words, default=0))) + 2)
        wanted.append(max(least[-1], min(26 if number else 46, max(map(len, texts))) + 2))
    more = [want - need for want, need in zip(wanted, least, strict=True)]
    left = min(1.0, max(0, _LINE - sum(least)) / max(1, sum(more)))
    widths = [need + left * extra for need, extra in zip(least, more, strict=True)]
    return [width / sum(widths) for width in widths]


class _Parts:
    """What stands in each section of a draft, found once."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.by_id = {reference.id: reference for reference in draft.references}
        self.sentences: dict[tuple[str, ...], list[Sentence]] = defaultdict(list)
        self.tables: dict[tuple[str, ...], list[Table]] = defaultdict(list)
        for sentence in draft.sentences:
            self.sentences[sentence.section].append(sentence)
        for table in draft.tables:
            self.tables[table.section].append(table)

    def section(self, section: Section, above: tuple[str, ...], number: str) -> Iterator[Block]:
        path = (*above, section.title)
        yield Heading(len(path), clean_line(section.title), f"section-{number.replace('.', '-')}")
        yield from self.body(path)
        shown = {row.key for table in self.tables.get(path, ()) for row in table.rows}
        if rest := tuple(self.by_id[one] for one in section.papers if self.by_id[one].key not in shown):
            yield Listing(rest, label_of(OTHERS if shown else PAPERS, self.draft))
        for count, part in enumerate(section.sections, 1):
            yield from self.section(part, path, f"{number}.{count}")

    def body(self, path: tuple[str, ...]) -> Iterator[Block]:
        for layout, together in groupby(self.sentences.get(path, ()), key=layout_of):
            label = {"problems": PROBLEMS, "gaps": GAPS}.get(layout, "")
            yield Text(layout, tuple(together), label_of(label, self.draft) if label else "")
        names = CHINESE if self.draft.is_chinese else {}
        for table in self.tables.get(path, ()):
            if table.rows:
                shown = _without_empty_columns(table)
                told = _told(shown) if self.draft.is_chinese else shown
                yield told.model_copy(update={"columns": tuple(names.get(one, one) for one in told.columns)})


def _without_empty_columns(table: Table) -> Table:
    kept = [n for n in range(len(table.columns)) if any(row.cells[n].text for row in table.rows)]
    rows = tuple(row.model_copy(update={"cells": tuple(row.cells[n] for n in kept)}) for row in table.rows)
    return Table(section=table.section, columns=tuple(table.columns[n] for n in kept), rows=rows)


def _told(table: Table) -> Table:
    """The table of a Chinese draft, its tasks by their Chinese names; what they are evidence of stays."""
    say: dict[str, Callable[[str], str]] = {
        "Task": lambda text: "、".join(map(name_for, text.split(", "))),
        "Data": lambda text: text.replace(", ", "、"),
    }
    rows = [
        [
            cell.model_copy(update={"text": say[name](cell.text)}) if name in say else cell
            for name, cell in zip(table.columns, row.cells, strict=True)
        ]
        for row in table.rows
    ]
    told = (row.model_copy(update={"cells": tuple(cells)}) for row, cells in zip(table.rows, rows, strict=True))
    return table.model_copy(update={"rows": tuple(told)})
