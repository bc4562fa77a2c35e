"""The words of our own sentences, in the languages that a draft can be in. What papers say stays in their own words.

A MARK is the place of a citation; see `tell`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from survey.outline.chinese import is_chinese_topic
from survey.phrases import singular

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
    part = "{title} ({papers}, such as {first})"
    cited = "the one that the others cite most is {who}", "those that the others cite most are {who}"
    cited_times = "{who} ({times})"
    named = "the one whose method the others name most is {who}", "those whose methods the others name most are {who}"
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
    named_in = "{who} ({papers})"

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
        return f"“{title}”"


class Chinese(Wording):
    """The same in Chinese."""

    stop = "。"
    sizes = (
        "本节收录{years}{papers}",
        "这一方向有{years}{papers}",
        "本节涉及{years}{papers}",
    )
    single = "本节只有{years}{papers}：{first}"
    divided = "本节收录{years}{papers}，分为{n}个部分：{parts}"
    part = "{title}（{papers}，如{first}）"
    cited = "其中被本综述其他论文引用最多的是{who}", "其中被本综述其他论文引用最多的是{who}"
    cited_times = "{who}（{times}）"
    named = "其中方法被其他论文提到最多的是{who}", "其中方法被其他论文提到最多的是{who}"
    earliest = "最早的是{who}"
    recent = "其中{n}篇发表于{year}年", "其中{n}篇发表于{year}年及以后"
    among = "其中包括{who}"
    joint, comma, colon = "；", "，", "："
    speech: ClassVar[dict[str, tuple[str, ...]]] = {
        "method": ("其中{n}篇提到{name}", "有{n}篇论文提到{name}"),
        "dataset": ("提到最多的数据集是{name}，共{n}篇", "其中{n}篇提到数据集{name}"),
        "task": ("提到最多的任务是{name}，共{n}篇", "其中{n}篇涉及{name}任务"),
    }
    some, all_of_them = "{told}，例如{who}", "{told}，即{who}"
    extent = "本综述涵盖{years}{papers}"
    extent_undated = "本综述涵盖{papers}，其中包括{first}"
    sections = "这些论文分为{n}节，篇数最多的是{parts}"
    all_sections = "这些论文分为{n}节：{parts}"
    most_cited = "被其他论文引用最多的是{who}", "被其他论文引用最多的是{who}"
    most_named = "被其他论文提到最多的工作是{who}", "被其他论文提到最多的工作是{who}"
    named_in = "{who}（{papers}）"
    main_path = "引用的主路径从{first}经{middle}到{last}"
    cites = "{one}被{who}引用", "{who}{cite}{one}"
    cite_forms = "引用了", "引用了"
    between = "{one}引用了{cited}，并被{who}引用"
    more = "另外{n}篇"
    refers = "{who}{refer}{name}"
    refer_forms = "提到了", "提到了"
    gains = "{who}报告了相对于{name}的提升"
    crossing = "{who}引用了「{title}」一节的论文，例如{such}"
    crossing_more = "其中{n}篇（如{who}）引用了「{title}」一节的论文，例如{such}"
    gap = "文献库中没有论文同时提到{method}（{methods}）和{task}（{tasks}）"
    idea = "文献库中保存的一个想法结合了{names}：{statement}"

    def number(self, number: int) -> str:
        return str(number)

    def papers(self, number: int) -> str:
        return f"{number}篇论文"

    def times(self, number: int) -> str:
        return f"{number}次"

    def years(self, years: Sequence[int]) -> str:
        if not years:
            return ""
        first, last = min(years), max(years)
        return f"{first}年的" if first == last else f"{first}至{last}年的"

    def listed(self, parts: Sequence[str]) -> str:
        return parts[0] if len(parts) == 1 else f"{'、'.join(parts[:-1])}和{parts[-1]}"


def wording_of(topic: str) -> Wording:
    """The language of a draft: that of its topic's script."""
    return Chinese() if is_chinese_topic(topic) else Wording()
