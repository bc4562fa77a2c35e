"""What figures say, beside the picture and in it, in the languages of drafts."""

from __future__ import annotations

from survey.draft.models import Draft
from survey.figures.measure import showable


class Captions:
    """English; a language is a subclass with the same names. A `title` is a figure's first words, for a list or a label."""

    taxonomy_title = "Sections of this survey"
    taxonomy = "Sections and subsections of this survey with the number of their papers; at the right some of them, {order} first."
    order_cited, order_earliest = "those that the others cite most", "the earliest"

    timeline_title = "Key papers by year"
    timeline = (
        "Key papers by year: of each section the paper that the others of this survey cite most, then those that they cite"
        " most of all. The larger the mark, the more of them cite it."
    )
    timeline_uncited = (
        "Papers by year: the first of each section, then the earliest; the library knows of too few citations among them to rank"
        " them."
    )

    growth_title = "Papers by year"
    growth = "Papers of this survey by year and section."
    growth_earlier = "The first column holds all up to {year}."
    growth_undated = "1 paper without a year is left out.", "{n} papers without a year are left out."

    citations_title = "Citations between the papers"
    citations = "Who cites whom among the papers of this survey, each line a citation. The larger a mark, the more of them cite it."
    citations_shown = "Drawn are the {shown} of {linked} linked papers that have most links."
    citations_apart = "{n} of {papers} papers have no such link and are left out."

    gap = " "  # between two sentences
    # In the picture: how often a paper is cited, and what stands for a heading or topic that no font here can show.
    cited = "cited once", "cited {n} times"
    section, topic = "Section {number}", "Survey"


class ChineseCaptions(Captions):
    """The same in Chinese."""

    taxonomy_title = "本综述的章节结构"
    taxonomy = "本综述的章节结构及各节论文篇数；右侧为其中部分论文，{order}排在前面。"
    order_cited, order_earliest = "被其他论文引用最多的", "年份最早的"

    timeline_title = "各年份的重要论文"
    timeline = (
        "各年份的重要论文：先取每一节中被本综述其他论文引用最多的一篇，再按被引次数补充其余论文。"
        "标记越大，表示引用它的论文越多。"
    )
    timeline_uncited = (
        "各年份的论文：先取每一节中最早的一篇，再按年份补充其余论文；文献库中这些论文之间的引用太少，无法据此排序。"
    )

    growth_title = "论文数量的年度分布"
    growth = "本综述收录论文的年份与章节分布。"
    growth_earlier = "第一列包含 {year} 年及以前的全部论文。"
    growth_undated = "有 1 篇论文没有年份，未计入。", "有 {n} 篇论文没有年份，未计入。"

    citations_title = "论文之间的引用关系"
    citations = "本综述收录论文之间的引用关系，每条线表示一次引用。标记越大，表示引用它的论文越多。"
    citations_shown = "图中为 {linked} 篇有引用关系的论文中联系最多的 {shown} 篇。"
    citations_apart = "{papers} 篇论文中有 {n} 篇没有这种引用关系，未画出。"

    gap = ""
    cited = "被引 1 次", "被引 {n} 次"
    section, topic = "第 {number} 节", "综述"


def captions_of(draft: Draft) -> Captions:
    """What stands beside the figures of a draft, in its language."""
    return ChineseCaptions() if draft.is_chinese else Captions()


def words_within(draft: Draft) -> Captions:
    """What stands in them: in English, where no font of this machine has the characters of the draft's language."""
    words = captions_of(draft)
    return words if showable(words.section) == words.section else Captions()
