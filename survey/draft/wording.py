"""The words of our own sentences, in the languages that a draft can be in. What papers say stays in their own words.

A MARK is the place of a citation; see `tell`, which puts the spaces between Chinese and Latin letters too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from corpus.models import ConceptKind
from corpus.sources.markup import entities_to_text
from survey.draft.telling import MARK
from survey.outline.chinese import HAN, is_chinese_topic, name_for, spaced
from survey.phrases import singular

_COUNTS = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class Wording:
    """English; a language is a subclass with the same names. `{papers}` is "seven papers", `{n}` "seven", `{years}` " from 2019 to
    2024" or nothing, `{name}` a method, task or data set, `{who}` papers by name.
    """

    stop = "."
    # One wording a section, in turn.
    sizes: tuple[str, ...] = (
        "this section covers {papers}{years}",
        "{papers}{years} fall under this heading",
        "this section brings together {papers}{years}",
        "{papers}{years} make up this section",
    )
    single = "one paper{years} falls under this heading: {first}"
    divided = "this section covers {papers}{years} in {n} parts: {parts}"
    listed_part = "{title} ({papers}, such as {first})"
    cited = "the one that the others cite most is {who}", "those that the others cite most are {who}"
    named_most = (
        "the one whose method the others name most is {who}",
        "those whose methods the others name most are {who}",
    )
    earliest = "the earliest is {who}"
    recent = "{n} of them from {year}", "{n} of them from {year} or later"
    among = "among them {who}"
    joint, comma, colon = "; ", ", ", ": "
    speech: ClassVar[dict[str, tuple[str, ...]]] = {
        "method": (
            "{n} of them mention {name}",
            "the method named most often is {name}, in {n} papers",
            "{n} of these papers mention {name}",
            "of methods, {name} {be} named most often, in {n} papers",
        ),
        "dataset": (
            "the data set named most often is {name}, in {n} papers",
            "{n} of them name the data set {name}",
            "of data sets, {name} is named most often, in {n} papers",
        ),
        "task": (
            "the task named most often is {name}, in {n} papers",
            "{n} of them name the task of {name}",
            "of tasks, {name} {be} named most often, in {n} papers",
        ),
    }
    # What all papers of a section speak of.
    by_all: ClassVar[dict[str, str]] = {
        "method": "all {n} papers mention {name}",
        "dataset": "all {n} papers name the data set {name}",
        "task": "all {n} papers name the task of {name}",
    }
    some, all_of_them = "{told}, among them {who}", "{told}: {who}"

    extent = "this survey covers {papers}{years}"
    extent_undated = "this survey covers {papers}, among them {first}"
    sections = "the papers are arranged in {n} sections, the largest of which are {parts}"
    all_sections = "the papers are arranged in {n} sections: {parts}"
    most_cited = "the paper that the others cite most is {who}", "the papers that the others cite most are {who}"
    most_named = (
        "the method that the other papers name most is {who}",
        "the methods that the other papers name most are {who}",
    )

    main_path = "the main path of citations runs from {first} through {middle} to {last}"
    cites = "{one} {be} cited by {who}", "{who} {cite} {one}"
    cite_forms = "cites", "cite"
    be_forms = "is", "are"
    between = "{one} cites {cited} and is cited by {who}"
    more = "{n} more"
    refers = "{who} {refer} to {name} by name"
    refer_forms = "refers", "refer"
    gains = "{who} report gains over {name}"
    crossing = "{who} cite work from the section on {title}, such as {such}"
    crossing_more = "{n} of these papers, among them {who}, cite work from the section on {title}, such as {such}"
    gap = "no paper in the library mentions both {method} (in {methods}) and {task} (in {tasks})"
    idea = "an idea that is kept in the library joins {names}: {statement}"

    def number(self, number: int) -> str:
        return _NUMBERS[number] if number < len(_NUMBERS) else str(number)

    def count(self, number: int) -> str:
        """A number right before what is counted."""
        return self.number(number)

    def papers(self, number: int) -> str:
        """'one paper', 'seven papers', '13 papers'."""
        return f"{self.number(number)} paper{'' if number == 1 else 's'}"

    def be(self, name: str) -> str:
        """The verb that a name takes: 'are' of convolutional neural networks."""
        return "is" if singular(name) == name else "are"

    def times(self, number: int) -> str:
        return {1: "once", 2: "twice"}.get(number, f"{self.number(number)} times")

    def years(self, years: Sequence[int]) -> str:
        """' from 2019 to 2024', ' of 2020', or nothing."""
        if not years:
            return ""
        first, last = min(years), max(years)
        return f" of {first}" if first == last else f" from {first} to {last}"

    def listed(self, parts: Sequence[str]) -> str:
        return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"

    def title(self, title: str) -> str:
        """A paper's title; records of the web have it with entities."""
        return f"“{entities_to_text(title)}”"

    def named(self, name: str, kind: ConceptKind = "method") -> str:
        """A method, task or data set, which the library knows by its English name."""
        return name

    def authors(self, names: Sequence[str]) -> str:
        """Who wrote a paper, by family names: 'Hu et al.'."""
        return f"{names[0]} et al." if len(names) > 2 else " and ".join(names)

    def way(self, steps: Sequence[str]) -> str:
        """How one paper leads to the next."""
        return self.main_path.format(first=steps[0], middle=self.listed(steps[1:-1]), last=steps[-1])

    def beside(self, who: str, said: str) -> str:
        """A paper by name, or where its citation stands too, with something more in brackets."""
        return f"{who} ({said})"

    def part(self, title: str, papers: str, first: str) -> str:
        """A section with its papers and the first of them."""
        return self.listed_part.format(title=title, papers=papers, first=first)


class Chinese(Wording):
    """The same in Chinese."""

    stop = "。"
    sizes = (
        "本节收录{years}{papers}",
        "这一方向有{years}{papers}",
    )
    single = "本节只有{years}{papers}：{first}"
    divided = "本节收录{years}{papers}，分为{n}部分：{parts}"
    listed_part = "{title}（{papers}，如{first}）"
    cited = "其中被本综述其他论文引用最多的是{who}", "其中被本综述其他论文引用最多的是{who}"
    named_most = "其中所提方法被其他论文提及最多的是{who}", "其中所提方法被其他论文提及最多的是{who}"
    earliest = "最早的是{who}"
    recent = "其中{n}篇发表于{year}年", "其中{n}篇发表于{year}年及以后"
    among = "其中包括{who}"
    joint, comma, colon = "；", "，", "："
    speech: ClassVar[dict[str, tuple[str, ...]]] = {
        "method": ("其中{n}篇{be}{name}", "有{n}篇论文{be}{name}"),
        "dataset": ("提到最多的数据集是{name}，共{n}篇", "其中{n}篇提到数据集{name}"),
        "task": ("涉及最多的任务是{name}，共{n}篇", "其中{n}篇涉及{name}任务"),
    }
    by_all: ClassVar[dict[str, str]] = {
        "method": "{n}篇均{be}{name}",
        "dataset": "{n}篇均提到数据集{name}",
        "task": "{n}篇均涉及{name}任务",
    }
    some, all_of_them = "{told}，例如{who}", "{told}，即{who}"
    extent = "本综述涵盖{years}{papers}"
    extent_undated = "本综述涵盖{papers}，其中包括{first}"
    sections = "这些论文分为{n}节，篇数最多的是{parts}"
    all_sections = "这些论文分为{n}节：{parts}"
    most_cited = "被其他论文引用最多的是{who}", "被其他论文引用最多的是{who}"
    most_named = "所提方法被其他论文提及最多的是{who}", "所提方法被其他论文提及最多的是{who}"
    cites = "{one}被{who}引用", "{who}{cite}{one}"
    cite_forms = "引用了", "引用了"
    between = "{one}引用了{cited}，并被{who}引用"
    more = "另外{n}篇"
    refers = "{who}的摘要{refer}{name}"
    refer_forms = "提到", "提到"
    gains = "{who}报告其方法优于{name}"
    crossing = "{who}引用了“{title}”一节的论文，例如{such}"
    crossing_more = "{who}等{n}篇论文引用了“{title}”一节的论文，例如{such}"
    gap = "文献库中没有论文同时提到{method}（{methods}）和{task}（{tasks}）"
    idea = "文献库中保存的一个想法结合了{names}：{statement}"

    def number(self, number: int) -> str:
        return str(number)

    def count(self, number: int) -> str:
        return _COUNTS[number] if 0 < number < len(_COUNTS) else f"{number}个"

    def papers(self, number: int) -> str:
        return f"{number}篇论文"

    def be(self, name: str) -> str:
        """Of a thing in Chinese papers treat, a name they mention."""
        return "涉及" if HAN.search(name) else "提到"

    def times(self, number: int) -> str:
        return f"{number}次"

    def years(self, years: Sequence[int]) -> str:
        if not years:
            return ""
        first, last = min(years), max(years)
        return f"{first}年的" if first == last else f"{first}至{last}年的"

    def listed(self, parts: Sequence[str]) -> str:
        if len(parts) == 1:
            return parts[0]
        # Of papers by two authors each: Brown 和 Fox（2020）以及 Moor 和 Wei（2023）.
        last = "以及" if any("和" in part for part in parts) else "和"
        return f"{'、'.join(parts[:-1])}{last}{parts[-1]}"

    def named(self, name: str, kind: ConceptKind = "method") -> str:
        return name if kind == "dataset" else name_for(name)

    def authors(self, names: Sequence[str]) -> str:
        return spaced(f"{names[0]}等" if len(names) > 2 else "和".join(names))

    def way(self, steps: Sequence[str]) -> str:
        return f"引文主路径为{' → '.join(steps)}"

    def beside(self, who: str, said: str) -> str:
        """Brackets that `who` ends with are opened for it: 胡等（2022，14 次）."""
        name, mark = who.removesuffix(MARK), MARK if who.endswith(MARK) else ""
        return f"{name[:-1]}，{said}）{mark}" if name.endswith("）") else f"{name}（{said}）{mark}"

    def part(self, title: str, papers: str, first: str) -> str:
        """Without brackets in brackets."""
        name = re.sub(r"（(\d+)）(?=\W?$)", r"，\1", first)
        return self.listed_part.format(title=title, papers=papers.removesuffix("论文"), first=name)


def wording_of(topic: str) -> Wording:
    """The language of a draft: that of its topic's script."""
    return wording_in(chinese=is_chinese_topic(topic))


def wording_in(*, chinese: bool) -> Wording:
    return Chinese() if chinese else Wording()
