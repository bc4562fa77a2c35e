"""Training pairs that a library offers: who cites whom, titles and sentences with their own papers."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from corpus.library import Library
from corpus.tuning.asking import question_of_sentence, question_of_title, sentences

CITES, OWN = "citing-cited", "title-abstract"
# Of the training examples; the rest are a paper's own title or sentence with itself.
CITES_SHARE = 0.5
# Questions made of titles; the others are made of sentences.
TITLES = 0.4
# Held out: this share of the papers that cite, but no more than so many. Fewer than the least decide nothing.
HELD_SHARE, MAX_HELD, MIN_HELD = 0.05, 500, 30


@dataclass(frozen=True)
class Material:
    """The papers to learn from, a row each: key, title, sentences of the abstract; and which rows a row cites."""

    keys: Sequence[int]
    titles: Sequence[str]
    sentences: Sequence[Sequence[str]]
    cited: Mapping[int, frozenset[int]]

    @cached_property
    def citing(self) -> Mapping[int, frozenset[int]]:
        """Which rows a row is cited by."""
        return _grouped((other, one) for one, others in self.cited.items() for other in others)


@dataclass(frozen=True)
class Question:
    """A text made of the paper in row `source`, and the rows of the papers that it should find."""

    text: str
    source: int
    right: frozenset[int]


@dataclass(frozen=True)
class Example:
    """A text and the row of one right paper. Those in `unclear` are neither right nor wrong, and count for nothing."""

    text: str
    right: int
    unclear: frozenset[int] = field(default_factory=frozenset)


def load_material(library: Library, with_vector: frozenset[int]) -> Material:
    """What there is to learn from: the papers that have an abstract, and a vector."""
    keys, titles, split = [], [], []
    for key, paper in library.all_papers():
        if paper.abstract and key in with_vector:
            keys.append(key)
            titles.append(paper.title)
            split.append(sentences(paper.abstract))
    row = {key: number for number, key in enumerate(keys)}
    edges = ((row[one], row[other]) for one, other in library.citations() if one in row and other in row)
    return Material(keys, titles, split, _grouped(edges))


def hold_out(material: Material, seed: int) -> list[Question]:
    """A question each of the papers that training must leave alone, in the order of their rows.

    They are 5% of the papers that cite others, which are to be found. Where that is too few to decide by, they are 5% of all
    papers, at least 30 and at most half, and a sentence of theirs is to find the paper itself.
    """
    dice = random.Random(seed)
    citing = sorted(material.cited)
    linked = round(len(citing) * HELD_SHARE) >= MIN_HELD
    sources = citing if linked else [row for row, split in enumerate(material.sentences) if split]
    chosen = dice.sample(sources, min(len(sources) // 2, MAX_HELD, max(MIN_HELD, round(len(sources) * HELD_SHARE))))
    if linked:
        return [Question(_text(material, row, dice), row, material.cited[row]) for row in sorted(chosen)]
    made = [(question_of_sentence(dice.choice(material.sentences[row]), dice), row) for row in sorted(chosen)]
    return [Question(text, row, frozenset([row])) for text, row in made]


class Sampler:
    """Draws training examples without end, none of them made of the papers in `held`. The same seed draws the same ones."""

    def __init__(self, material: Material, held: frozenset[int], seed: int) -> None:
        self._material, self._dice = material, random.Random(seed)
        self._edges = [
            (one, other) for one in sorted(material.cited) if one not in held for other in sorted(material.cited[one])
        ]
        self._own = [row for row in range(len(material.keys)) if row not in held]
        # A library with few citations would learn them by heart.
        self._share = CITES_SHARE * min(1.0, 2 * len(self._edges) / max(1, len(self._own)))
        self._left: list[tuple[int, int]] = []

    @property
    def pairs(self) -> dict[str, int]:
        """How many pairs there are to draw from, by kind."""
        return {CITES: len(self._edges), OWN: len(self._own)}

    def draw(self, count: int) -> list[Example]:
        """The next `count` examples."""
        return [self._cites() if self._dice.random() < self._share else self._itself() for _ in range(count)]

    def _cites(self) -> Example:
        """A question made of the citing paper, and one that it cites; each pair once before any comes again."""
        if not self._left:
            self._left = self._edges.copy()
            self._dice.shuffle(self._left)
        citing, cited = self._left.pop()
        unclear = self._material.cited[citing] | {citing}
        return Example(_text(self._material, citing, self._dice), cited, unclear - {cited})

    def _itself(self) -> Example:
        row = self._dice.choice(self._own)
        near = self._material.cited.get(row, frozenset()) | self._material.citing.get(row, frozenset())
        return Example(_text(self._material, row, self._dice), row, near)


def _text(material: Material, row: int, dice: random.Random) -> str:
    """A question made of the title or a sentence of the paper in this row."""
    split = material.sentences[row]
    if not split or dice.random() < TITLES:
        return question_of_title(material.titles[row], dice)
    return question_of_sentence(dice.choice(split), dice)


def _grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, frozenset[int]]:
    groups: dict[int, set[int]] = {}
    for one, other in pairs:
        groups.setdefault(one, set()).add(other)
    return {one: frozenset(others) for one, others in groups.items()}
