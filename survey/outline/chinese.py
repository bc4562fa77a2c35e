"""Headings of a survey whose topic is Chinese, of English papers too: no phrase is guessed, one that no table has stays English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from corpus.glossary import load_terms, translate
from survey.phrases import Key, key_of
from survey.strategies import directions

HAN = re.compile(r"[\u3400-\u9fff]")
_ACRONYM = re.compile(r" \(([^)]+?)s?\)$")


def is_chinese_topic(topic: str) -> bool:
    """Whether a survey on the topic is written in Chinese: the topic's script says so."""
    return bool(HAN.search(topic))


def both_languages(topic: str) -> str:
    """A Chinese topic with its English behind it, so that names in either language are known to say no more than the topic."""
    return f"{topic} {translate(topic).text}" if is_chinese_topic(topic) else topic


def title_for(title: str, topic: str) -> str:
    """The title of a section in the language of a survey on `topic`.

    >>> title_for("Convolutional neural networks (CNNs)", "模型压缩"), title_for("Related surveys", "Pruning")
    ('卷积神经网络（CNN）', 'Related surveys')
    """
    if not is_chinese_topic(topic) or HAN.search(title):
        return title
    if whole := _names().get(key_of(title)):
        return whole
    parts = [_part(part) for part in title.split(" and ")]
    return "与".join(part for part in parts if part) if all(parts) else title


def titles_for(titles: Sequence[str], topic: str) -> list[str]:
    """The titles of sibling sections, all different as before: where two would have one name in Chinese, the second stays."""
    told: list[str] = []
    for title in titles:
        name = title_for(title, topic)
        told.append(title if name in told else name)
    return told


def _part(title: str) -> str | None:
    acronym = _ACRONYM.search(title)
    told = _composed(key_of(_ACRONYM.sub("", title)))
    return f"{told}（{acronym[1]}）" if told and acronym else told


def _composed(key: Key) -> str | None:
    """The words in the fewest names that make them up, the longer one first; None where no name has one of the words.

    English and Chinese both put what narrows before what is narrowed, so the order stays.
    """
    best: list[list[str] | None] = [*([None] * len(key)), []]
    for start in range(len(key) - 1, -1, -1):
        for end in range(len(key), start, -1):
            name, rest, known = _names().get(key[start:end]), best[end], best[start]
            if name and rest is not None and (known is None or 1 + len(rest) < len(known)):
                best[start] = [name, *rest]
    return "".join(best[0]) if best[0] else None


@cache
def _names() -> Mapping[Key, str]:
    """The words of an English name, lower case and singular -> its Chinese: of sections first, then directions, then terms."""
    terms = {key_of(en): term.zh[0] for term in reversed(load_terms()) if term.zh for en in term.en}
    ways = {key_of(one.en): one.zh for one in directions().values()}
    lines = resources.files("survey.outline").joinpath("chinese.tsv").read_text("utf-8").splitlines()[1:]
    sections = {key_of(en): zh for en, zh in (line.split("\t") for line in lines)}
    return terms | ways | sections
