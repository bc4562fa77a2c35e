"""Headings and names in a survey whose topic is Chinese, of English papers too: no phrase is guessed, one that no table has stays
English, and so does a proper name: 图 Transformer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

from corpus.glossary import load_terms, translate
from survey.phrases import Key, key_of
from survey.strategies import directions

HAN = re.compile(r"[\u3400-\u9fff]")
_ACRONYM = re.compile(r" \(([^)]+?)s?\)$")
_BASED = re.compile(r"(.+?)[- ]based (.+)")
_WORD = re.compile(r"[^\W_]+")
# Written as no other word is: a capital or a digit behind its first letter, or a number behind a hyphen.
_PROPER = re.compile(r"(?=\w*[A-Za-z])\w+[A-Z\d]\w*(?:-[A-Z\d]\w*)*|[A-Z]\w*(?:-\d\w*)+")
# Of ViTs, not of GoEmotions.
_PLURAL = re.compile(r"(?<=[A-Z\d])s$")
_TITLE_CASE = re.compile(r"\b[A-Z][a-z]+")
_LATIN = r"A-Za-z0-9\u00c0-\u024f\u0370-\u03ff"
_SEAM = re.compile(rf"(?<=[\u3400-\u9fff])([\ue0c1]*)(?=[{_LATIN}])|(?<=[{_LATIN}%])([\ue0c1]*)(?=[\u3400-\u9fff])")
# What stands in marks is a title or quoted, and stays as it is; titles have marks inside.
_QUOTED = re.compile(r"(“[^“”]*(?:“[^“”]*”[^“”]*)*”)")


def is_chinese_topic(topic: str) -> bool:
    """Whether a survey on the topic is written in Chinese: the topic's script says so."""
    return bool(HAN.search(topic))


def both_languages(topic: str) -> str:
    """A Chinese topic with its English behind it, so that names in either language are known to say no more than the topic."""
    return f"{topic} {translate(topic).text}" if is_chinese_topic(topic) else topic


def spaced(text: str) -> str:
    """Chinese of ours with a space between it and Latin letters or digits, behind the marks of citations; titles stay as they are.

    >>> spaced("2020年的GNN引用了“图GNN”")
    '2020 年的 GNN 引用了“图GNN”'
    """
    parts = _QUOTED.split(text)
    parts[::2] = [_SEAM.sub(lambda match: f"{match[1] or match[2] or ''} ", part) for part in parts[::2]]
    return "".join(parts)


def title_for(title: str, topic: str) -> str:
    """The title of a section in the language of a survey on `topic`.

    >>> title_for("Convolutional neural networks (CNNs)", "模型压缩"), title_for("Related surveys", "Pruning")
    ('卷积神经网络（CNN）', 'Related surveys')
    """
    if not is_chinese_topic(topic) or HAN.search(title):
        return title
    return _told(title) or title


def titles_for(titles: Sequence[str], topic: str) -> list[str]:
    """The titles of sibling sections, all different as before: where two would have one name in Chinese, the second stays."""
    told: list[str] = []
    for title in titles:
        name = title_for(title, topic)
        told.append(title if name in told else name)
    return told


def name_for(name: str) -> str:
    """What a Chinese text calls a method or task; a name in title case is a thing's own.

    >>> name_for("graph classification"), name_for("Open Graph Benchmark")
    ('图分类', 'Open Graph Benchmark')
    """
    if whole := _names().get(key_of(name)):
        return spaced(whole)
    if HAN.search(name) or len(_TITLE_CASE.findall(name)) > 1:
        return name
    return _told(name) or name


def _told(title: str) -> str | None:
    if whole := _names().get(key_of(title)):
        return spaced(whole)
    parts = [_part(part) for part in title.split(" and ")]
    return spaced("与".join(part for part in parts if part)) if all(parts) else None


def _part(title: str) -> str | None:
    acronym = _ACRONYM.search(title)
    title = _ACRONYM.sub("", title)
    told = _composed(title)
    # What no name has whole: 基于 Transformer 的模型.
    if not told and (based := _BASED.fullmatch(title)):
        parts = [_composed(part) for part in based.groups()]
        told = f"基于{parts[0]}的{parts[1]}" if all(parts) else None
    return f"{told}（{acronym[1]}）" if told and acronym else told


class _Piece(NamedTuple):
    """Characters `start` to `stop` of a title, and what they are told as."""

    start: int
    stop: int
    told: str


def _composed(title: str) -> str | None:
    """The words in the fewest names that make them up, the longer one first; None where no name has one of the words.

    English and Chinese both put what narrows before what is narrowed, so the order stays.
    """
    words = [(match.start(), match.end()) for match in _WORD.finditer(title)]
    best: list[list[_Piece] | None] = [*([None] * len(words)), []]
    for first in range(len(words) - 1, -1, -1):
        for last in range(len(words), first, -1):
            start, stop = words[first][0], words[last - 1][1]
            name, rest, known = _name_of(title[start:stop]), best[last], best[first]
            if name and rest is not None and (known is None or 1 + len(rest) < len(known)):
                best[first] = [_Piece(start, stop, name), *rest]
    return _joined(title, best[0]) if best[0] else None


def _joined(title: str, pieces: Sequence[_Piece]) -> str:
    """The pieces in a row; two names in English keep what stood between them."""
    told = pieces[0].told
    for before, piece in pairwise(pieces):
        latin = not HAN.search(before.told[-1]) and not HAN.search(piece.told[0])
        told += (title[before.stop : piece.start] if latin else "") + piece.told
    return told


def _name_of(words: str) -> str | None:
    """The Chinese of some words; of a proper name the name itself, in the singular, as Chinese has no other."""
    if name := _names().get(key_of(words)):
        return name
    one = next((one for one in (words, words.removesuffix("s")) if one in _proper_names()), None)
    if one:
        return _proper_names()[one]
    return _PLURAL.sub("", words) if _PROPER.fullmatch(words) else None


@cache
def _names() -> Mapping[Key, str]:
    """The words of an English name, lower case and singular -> its Chinese: of sections first, then directions, then terms."""
    terms = {key_of(en): term.zh[0] for term in reversed(load_terms()) if term.zh for en in term.en}
    ways = {key_of(one.en): one.zh for one in directions().values()}
    lines = resources.files("survey.outline").joinpath("chinese.tsv").read_text("utf-8").splitlines()[1:]
    sections = {key_of(en): zh for en, zh in (line.split("\t") for line in lines)}
    return terms | ways | sections


@cache
def _proper_names() -> Mapping[str, str]:
    """Each way to write a name that Chinese papers leave in English -> how it is written best: the first that has a capital.

    What is no more than a phrase in small letters has its words told one by one.
    """
    found = {}
    for term in load_terms():
        if not term.zh and (capital := next((en for en in term.en if en != en.lower()), None)):
            found.update({en: en for en in term.en if en != en.lower()})
            if {capital.lower(), f"{capital.lower()}s"} & set(term.en):
                found[capital.lower()] = capital
    return found
