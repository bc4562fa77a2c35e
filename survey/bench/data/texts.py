"""Texts with labels from the bundled catalogue: whether the words are in their order, and the strategy of a paper."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Texts:
    """Texts and the numbers of their classes."""

    texts: tuple[str, ...]
    labels: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class TextSplits:
    """No text, and nothing made of it, is in two of the splits."""

    train: Texts
    validation: Texts
    test: Texts
    classes: tuple[str, ...]


ORDERS = ("as written", "shuffled")
# Texts, of which each gives two: as written, and shuffled.
_ORDER_SIZES = (720, 120, 240)
# Words of a text: fewer have few orders, more make long batches.
_WORDS = (5, 9)


@lru_cache(maxsize=8)
def order_splits(seed: int) -> TextSplits:
    """Titles and sentences of summaries, each as written and shuffled; without marks, which tell where a sentence ends."""
    random_ = random.Random(seed)
    groups = _sentences()
    random_.shuffle(groups)
    pool = [text for group in groups for text in group]
    splits, begin = [], 0
    for size in _ORDER_SIZES:
        texts = pool[begin : begin + size]
        begin += size
        pairs = [(text, 0) for text in texts] + [(shuffle_words(text, random_), 1) for text in texts]
        random_.shuffle(pairs)
        splits.append(_texts(pairs))
    return TextSplits(splits[0], splits[1], splits[2], ORDERS)


def shuffle_words(text: str, random_: random.Random) -> str:
    """Its words in another order."""
    words = text.split()
    mixed = words[:]
    while mixed == words:
        random_.shuffle(mixed)
    return " ".join(mixed)


@lru_cache(maxsize=8)
def strategy_splits(seed: int) -> TextSplits:
    """Summaries under the strategy of their paper, of the papers that stand under one only; shares of 60, 15 and 25 %."""
    random_ = random.Random(seed)
    papers = [paper for paper in load_catalogue() if len(paper.get("strategies", ())) == 1]
    classes = tuple(sorted({paper["strategies"][0] for paper in papers}))
    splits: tuple[list[tuple[str, int]], ...] = ([], [], [])
    for number, name in enumerate(classes):
        texts = [paper["abstract"] for paper in papers if paper["strategies"] == [name]]
        random_.shuffle(texts)
        first, second = round(0.6 * len(texts)), round(0.75 * len(texts))
        for split, part in zip(splits, (texts[:first], texts[first:second], texts[second:]), strict=True):
            split.extend((text, number) for text in part)
    for split in splits:
        random_.shuffle(split)
    train, validation, test = (_texts(split) for split in splits)
    return TextSplits(train, validation, test, classes)


def _texts(pairs: Sequence[tuple[str, int]]) -> Texts:
    return Texts(tuple(text for text, _ in pairs), tuple(label for _, label in pairs))


def load_catalogue() -> Iterator[dict[str, Any]]:
    text = resources.files("corpus.starter").joinpath("papers.jsonl").read_text("utf-8")
    return (json.loads(line) for line in text.splitlines())


@lru_cache(maxsize=1)
def _plain() -> tuple[tuple[str, ...], ...]:
    """The texts of each paper, each once in the catalogue."""
    seen: set[str] = set()
    groups = []
    for paper in load_catalogue():
        group = []
        for sentence in [paper["title"], *re.split(r"(?<=[.?!:;])\s+", paper.get("abstract", ""))]:
            words = re.findall(r"[\w'-]+", sentence.lower())[: _WORDS[1]]
            text = " ".join(words)
            if len(set(words)) >= _WORDS[0] and text not in seen:
                seen.add(text)
                group.append(text)
        groups.append(tuple(group))
    return tuple(groups)


def _sentences() -> list[tuple[str, ...]]:
    return list(_plain())
