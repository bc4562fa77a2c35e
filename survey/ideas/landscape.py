"""The ground that moves look at: which papers speak of which concepts, in which words, and how likely two concepts meet.

It is the idea graph without its strategies and likenesses, as arrays: a move compares thousands of concepts at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.concepts import concepts, mentions
from corpus.library import Library
from corpus.models import Concept, Mention, Paper
from survey.ideas.features import build_baselines
from survey.ideas.forecast import Forecast
from survey.ideas.past import Pairs, Past, build_past
from survey.sentences import sentence_at

Numbers = NDArray[np.float64]
# Words of tasks and data sets that tell what a paper works on; a venue tells more surely.
AREAS = {
    "language": r"\b(?:text|language|word|sentence|document|translation|dialogue|summariz\w+|question answering|parsing|sentiment"
    r"|named entity|reading comprehension|linguistic|corpus|GLUE|SQuAD|LLMs?|reasoning)\b",
    "vision": r"\b(?:image|visual|video|object detection|segmentation|pose|face|3D|point cloud|scene|action recognition|pixel"
    r"|optical flow|depth estimation|ImageNet|CIFAR\S*|COCO|tracking|super-resolution)\b",
}
_VENUES = {
    "language": r"\b(?:acl|emnlp|naacl|eacl|tacl|coling|conll|aacl|computational linguistics)\b|^cs\.CL$",
    "vision": r"\b(?:cvpr|iccv|eccv|wacv|bmvc|ijcv|computer vision)\b|^cs\.CV$",
}
_VENUE_WEIGHT = 3
# A concept in more than this share of the papers is too broad to be worked on; in fewer papers than that, none is.
_BROAD, _FEW = 0.04, 25
# Papers of a topic that speak of a concept in its focus, and their share of all that do.
_FOCUS, _SHARE = 3, 0.1
# An area must have so many times the marks of the other.
_CLEAR = 2


@dataclass(frozen=True)
class Landscape:
    """`papers` (rows): their keys in the library; `concepts` (columns); `past`: who speaks of what, and when. `spans[row, column]`,
    less 1, is the place in `mentions` of the words, `read` gives the papers of keys, `venues` are venue and categories of each.
    `forecast` tells how likely pairs meet, None where the library is too small to learn it from. `focus` (concepts,): those of a
    topic, of which one at least must be in every gap; None: all.
    """

    papers: Sequence[int]
    concepts: Sequence[Concept]
    past: Past
    mentions: Sequence[Mention]
    spans: Any
    read: Callable[[Sequence[int]], list[Paper]]
    venues: Sequence[str]
    forecast: Forecast | None = None
    focus: NDArray[np.bool_] | None = None

    def columns(self, pattern: str, *, kinds: Iterable[str] = ("method", "task", "dataset")) -> list[int]:
        """The concepts of these kinds that have words of a regular expression in their name or a spelling, the most used first."""
        wanted, allowed = re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), set(kinds)
        found = [
            column
            for column, one in enumerate(self.concepts)
            if one.kind in allowed and any(map(wanted.search, (one.name, *one.forms)))
        ]
        return sorted(found, key=lambda column: (-self.past.papers[column], self.concepts[column].key))

    def of_kind(self, kind: str, *, titles: int = 2) -> list[int]:
        """The concepts of a kind that are in so many titles (subjects, and no mere circumstances), but not in so many papers that
        they say nothing (`reasoning`); the most used first.
        """
        right = (np.asarray(self.past.kinds) == kind) & (self.past.titles >= titles) & ~self.broad
        found = np.flatnonzero(right)
        return sorted(found.tolist(), key=lambda column: (-self.past.papers[column], self.concepts[column].key))

    def rows(self, column: int, *, also: int | None = None) -> NDArray[np.intp]:
        """The papers that speak of a concept (and `also` of another)."""
        found = self.by_concept[:, [column]].nonzero()[0]
        return found if also is None else np.intersect1d(found, self.by_concept[:, [also]].nonzero()[0])

    def focused(self, rows: Sequence[int] | NDArray[np.intp]) -> Landscape:
        """The same with the concepts of these papers in focus: those that 3 of them speak of, a tenth of all who do."""
        inside = np.asarray(self.past.holds[rows].sum(axis=0)).ravel()
        return replace(self, focus=(inside >= _FOCUS) & (inside >= _SHARE * self.past.papers))

    def met(self, one: int, other: int) -> int:
        """How many papers speak of both."""
        return int(self.past.together[one, other])

    def chances(self, pairs: Pairs) -> tuple[Numbers, bool]:
        """A score for each pair of concepts, and whether it is a chance in 0..1 that was learned; else their common neighbours'
        weight (Adamic-Adar), where the library is too small to learn from.
        """
        if self.forecast is None:
            return build_baselines(self.past.together, pairs)["adamic_adar"], False
        return self.forecast.score(self.past, pairs), True

    def quote(self, row: int, column: int) -> tuple[str, str]:
        """The sentence or title in which a paper speaks of a concept, and the words for it there."""
        mention = self.mentions[int(self.spans[row, column]) - 1]
        paper = self.paper(row)
        text = (paper.title if mention.field == "title" else paper.abstract) or ""
        if mention.field == "title":
            return text, text[mention.start : mention.stop]
        a, b = sentence_at(text, mention.start)
        return text[a:b], text[mention.start : mention.stop]

    def paper(self, row: int) -> Paper:
        """The paper of a row, with its abstract."""
        if row not in self._read:
            (self._read[row],) = self.read([self.papers[row]])
        return self._read[row]

    @cached_property
    def broad(self) -> NDArray[np.bool_]:
        """The concepts (n,) that so many papers speak of that they are no subject."""
        return np.asarray(self.past.papers > max(_BROAD * len(self.papers), _FEW))

    @cached_property
    def by_concept(self) -> Any:
        """`past.holds`, quick to read by columns."""
        return self.past.holds.tocsc()

    @cached_property
    def areas(self) -> dict[str, Any]:
        """Area -> 1 for each paper (n,) that clearly works on it, by its concepts and its venue."""
        return build_areas(self)

    @cached_property
    def _read(self) -> dict[int, Paper]:
        return {}


def build_landscape(
    papers: Sequence[tuple[int, Paper]],
    known: Iterable[Concept],
    said: Sequence[Mention],
    cites: Iterable[tuple[int, int]],
    *,
    read: Callable[[Sequence[int]], list[Paper]] | None = None,
) -> Landscape:
    """The landscape of `(key, paper)` pairs; `cites` are pairs of keys. Without `read`, the papers given are kept."""
    from scipy import sparse

    listed = list(known)
    row = {key: number for number, (key, _) in enumerate(papers)}
    column = {one.key: number for number, one in enumerate(listed)}
    # Of several mentions of one concept the one in the title, else the surest.
    said = sorted(said, key=lambda one: (one.paper, one.concept, one.field != "title", -one.weight, one.edge))
    first: dict[tuple[int, int], int] = {}
    for number, one in enumerate(said):
        if one.paper in row and one.concept in column:
            first.setdefault((row[one.paper], column[one.concept]), number)
    titled = [place for place, number in first.items() if said[number].field == "title"]
    past = build_past(
        [paper.year for _, paper in papers],
        [one.kind for one in listed],
        first,
        titled,
        ((row[one], row[other]) for one, other in cites if one in row and other in row),
    )
    places = np.array(list(first), dtype=np.intp).reshape(-1, 2)
    numbers = np.fromiter(first.values(), dtype=np.int64, count=len(first)) + 1
    spans = sparse.csr_array((numbers, (places[:, 0], places[:, 1])), shape=past.holds.shape)
    if read is None:
        kept = dict(papers)

        def read(keys: Sequence[int]) -> list[Paper]:
            return [kept[key] for key in keys]

    venues = ["\n".join([paper.venue or "", *paper.categories]) for _, paper in papers]
    return Landscape([key for key, _ in papers], listed, past, said, spans, read, venues)


def load_landscape(library: Library) -> Landscape:
    """The landscape of a library. Abstracts are read when they are quoted."""
    papers = [
        (pid, Paper.model_construct(title="", year=year, venue=venue, categories=tuple(json.loads(categories))))
        for pid, year, venue, categories in library.rows("SELECT pid, year, venue, categories FROM papers ORDER BY pid")
    ]
    return build_landscape(
        papers, concepts(library).values(), mentions(library), library.citations(), read=library.papers
    )


def build_areas(landscape: Landscape) -> dict[str, Any]:
    """Area -> which papers (n,) work on it: twice as many marks of it as of the other one."""
    marks: dict[str, Numbers] = {}
    for area, words in AREAS.items():
        tells = np.zeros(len(landscape.concepts))
        tells[landscape.columns(words)] = 1
        venue = re.compile(_VENUES[area], re.IGNORECASE | re.MULTILINE)
        venues = np.array([bool(venue.search(text)) for text in landscape.venues], dtype=np.float64)
        marks[area] = landscape.past.holds @ tells + _VENUE_WEIGHT * venues
    return {
        area: (own > 0) & (own >= _CLEAR * np.max([marks[other] for other in marks if other != area], axis=0))
        for area, own in marks.items()
    }
