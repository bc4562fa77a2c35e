"""What sentences and tables are written from: the papers of a draft by id, what they speak of, and who of them cites whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors
from corpus.models import ConceptKind, EdgeKind, Frozen, Paper
from survey.draft.candidates import Sentences, build_sentences
from survey.draft.keys import authors_of, short_title
from survey.draft.models import Quote
from survey.draft.naming import NAME, Span, own_name
from survey.draft.referring import names_no_method, refers_to
from survey.draft.telling import MARK
from survey.draft.wording import Wording, wording_of
from survey.outline.chinese import both_languages
from survey.sentences import calls_it_a_task, split_sentences
from survey.terms import words_of

# A year that no paper has, for those without one: they stand last.
UNDATED = 9_999
# Where a smaller share of the papers is joined by citations, most of these are not known, and counting them tells nothing.
JOINED = 0.4
# A failing of methods is told by the papers that came out last: so many parts of all with a year. What older ones deplore, later
# ones have worked on.
RECENT = 0.5
# An old name in a title is another's only if it is older by more years: preprints of those that build on it come before its print.
PRINT = 2


class Spoken(Frozen):
    """What a paper does with a method, task or data set called `name`: characters `start` to `stop` of `source` say so."""

    concept: str
    name: str
    kind: ConceptKind
    edge: EdgeKind
    weight: float
    source: Literal["title", "abstract"]
    start: int
    stop: int


class Gap(Frozen):
    """What no paper of the library does, as a sentence, and the words that it rests on: `(paper id, what it speaks of)` pairs."""

    text: str
    evidence: tuple[tuple[str, Spoken], ...]


@dataclass(frozen=True)
class Material:
    """`papers`, `keys` and `rows` (of `vectors`) by id; `links` (citing id, cited id), sorted; `spoken` by id, the surest first.

    `topic`: its words, of a Chinese one in English too, `wording` its language; `quoted`: the rows of `sentences` that stand in
    the draft already, so that none stands in it twice (see `quote_once`); `named`: the papers that the openings of sections have
    named.
    """

    papers: Mapping[str, Paper]
    keys: Mapping[str, str]
    rows: Mapping[str, int]
    vectors: Vectors
    links: Sequence[tuple[str, str]]
    spoken: Mapping[str, Sequence[Spoken]]
    topic: frozenset[str] = frozenset()
    wording: Wording = field(default_factory=Wording)
    quoted: set[int] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    @cached_property
    def sentences(self) -> Sentences:
        """All that can be quoted."""
        return build_sentences(self.papers)

    @cached_property
    def repeats(self) -> NDArray[np.float64]:
        """How alike each sentence is to the nearest of those that stand in the draft already (sentences,)."""
        return np.zeros(len(self.sentences.all))

    def quote_once(self, row: int) -> None:
        """A sentence stands in the draft from now on."""
        self.quoted.add(row)
        np.maximum(self.repeats, self.sentences.likeness(row), out=self.repeats)

    @cached_property
    def recent(self) -> int:
        """The first of the years in which the last papers of the draft came out; 0 where no year is known."""
        years = sorted(year for paper in self.papers.values() if (year := paper.year))
        return years[-max(1, round(RECENT * len(years)))] if years else 0

    @cached_property
    def cites(self) -> Mapping[str, Sequence[str]]:
        """Paper id -> the papers of the draft that it cites, by id."""
        found: dict[str, list[str]] = defaultdict(list)
        for citing, cited in self.links:
            found[citing].append(cited)
        return dict(found)

    @cached_property
    def cited_by(self) -> Counter[str]:
        """How many papers of the draft cite each; empty where the citations of most are not known."""
        joined = {one for link in self.links for one in link}
        return Counter(cited for _, cited in self.links if len(joined) >= JOINED * len(self.papers))

    @cached_property
    def coined(self) -> Mapping[str, Span]:
        """Paper id -> where it names its own method, be the name its own or not."""
        return {one: span for one, paper in self.papers.items() if (span := own_name(paper))}

    @cached_property
    def names(self) -> Mapping[str, Span]:
        """Paper id -> where in title or abstract its own method is named; without names that are not its own: others give them to
        something too, or an older one speaks of it. The first to have a name before the colon of its title has it.
        """
        found = self.coined
        owners: dict[str, list[str]] = defaultdict(list)
        for one, span in found.items():
            owners[span.text].append(one)
        first = self._first_use()
        kept = {}
        for name, who in owners.items():
            titled = sorted((one for one in who if found[one].source == "title"), key=lambda one: (self.year(one), one))
            owner = titled[0] if titled else who[0]
            late = PRINT if titled else 0
            if (titled or len(who) == 1) and first.get(name, UNDATED) >= self.year(owner) - late:
                kept[owner] = found[owner]
        return {one: kept[one] for one in found if one in kept}

    def _first_use(self) -> dict[str, int]:
        first: dict[str, int] = {}
        for one, paper in self.papers.items():
            for word in set(NAME.findall(f"{paper.title} {paper.abstract or ''}")):
                first[word] = min(first.get(word, UNDATED), self.year(one))
        return first

    @cached_property
    def referred(self) -> Mapping[str, Mapping[str, int]]:
        """Paper id -> the younger papers that name its method in their abstracts, and where; without those that give the name to
        something of their own. Data sets are named here too, tasks and measures not.
        """
        owner = {span.text: one for one, span in self.names.items() if not names_no_method(self.papers[one], span)}
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for one in self.papers:
            text, own = self.text(one, "abstract"), self.coined.get(one)
            places: dict[str, list[int]] = defaultdict(list)
            for match in NAME.finditer(text):
                # Several of a kind: GATs.
                name = match[0] if match[0] in owner else match[0].removesuffix("s")
                if name in owner and self.year(owner[name]) < self.year(one):
                    places[name].append(match.start())
            for name, starts in places.items():
                if own and own.text.lower() == name.lower():
                    continue
                start = refers_to(text, starts, name, self.papers[owner[name]])
                if start is not None:
                    found[owner[name]][one] = start
        return found

    @cached_property
    def refers(self) -> Mapping[str, Sequence[str]]:
        """Paper id -> the papers whose methods its abstract names, as in `referred`."""
        found: dict[str, list[str]] = defaultdict(list)
        for named, speakers in self.referred.items():
            for one in speakers:
                found[one].append(named)
        return dict(found)

    @cached_property
    def authors(self) -> Mapping[str, str]:
        return {one: authors_of(paper, self.wording) for one, paper in self.papers.items()}

    @cached_property
    def times(self) -> Counter[str]:
        """How many papers go by the same authors and year."""
        return Counter(self.authors.values())

    @cached_property
    def speakers(self) -> Counter[str]:
        """Concept key -> how many papers of the draft speak of it."""
        return Counter(concept for said in self.spoken.values() for concept in {one.concept for one in said})

    @cached_property
    def tasks(self) -> Counter[str]:
        """Concept key -> how many papers of the draft have it in their title or call it a task."""
        return Counter(
            concept
            for one, said in self.spoken.items()
            for concept in {each.concept for each in said if self._is_called(one, each)}
        )

    def _is_called(self, paper_id: str, said: Spoken) -> bool:
        text = self.text(paper_id, said.source)
        return said.kind == "task" and (said.source == "title" or calls_it_a_task(text, said.start, said.stop))

    def year(self, paper_id: str) -> int:
        return self.papers[paper_id].year or UNDATED

    def text(self, paper_id: str, source: str) -> str:
        paper = self.papers[paper_id]
        return paper.title if source == "title" else paper.abstract or ""

    def quote(self, paper_id: str, source: Literal["title", "abstract"], start: int, end: int) -> Quote:
        """The words of a paper at a place, as evidence."""
        words = self.text(paper_id, source)[start:end]
        return Quote(key=self.keys[paper_id], id=paper_id, quote=words, start=start, end=end, source=source)

    def title_quote(self, paper_id: str) -> Quote:
        return self.quote(paper_id, "title", 0, len(self.papers[paper_id].title))

    def sentence_quote(self, paper_id: str, source: Literal["title", "abstract"], at: int) -> Quote:
        """The title, or the sentence of the abstract that has the character `at` in it."""
        if source == "title":
            return self.title_quote(paper_id)
        for start, end in split_sentences(self.text(paper_id, source)):
            if start <= at < end:
                return self.quote(paper_id, source, start, end)
        return self.title_quote(paper_id)

    def called(self, paper_id: str) -> str:
        """How a sentence calls a paper: by the method that it names, else by its authors, else by its title."""
        if name := self.names.get(paper_id):
            return name.text
        by = self.authors[paper_id]
        return by if self.times[by] == 1 else self.wording.title(short_title(self.papers[paper_id].title))

    def cite(self, paper_id: str) -> str:
        """How a sentence calls a paper, with the place of its citation."""
        return f"{self.called(paper_id)}{MARK}"

    def cite_title(self, paper_id: str) -> str:
        """A paper's title, with the place of its citation."""
        return f"{self.wording.title(self.papers[paper_id].title)}{MARK}"


def build_material(
    papers: Sequence[Paper],
    keys: Mapping[str, str],
    vectors: Vectors,
    citations: Iterable[tuple[int, int]],
    spoken: Mapping[str, Sequence[Spoken]],
    topic: str = "",
) -> Material:
    """The material of the papers that have a key; `citations` are pairs (i, j): papers[i] cites papers[j]."""
    pairs = {(papers[i].name, papers[j].name) for i, j in citations if i != j}
    return Material(
        papers={paper.name: paper for paper in papers if paper.name in keys},
        keys=keys,
        rows={paper.name: row for row, paper in enumerate(papers)},
        vectors=np.asarray(vectors, dtype=np.float32),
        links=sorted(pair for pair in pairs if pair[0] in keys and pair[1] in keys),
        spoken=spoken,
        topic=words_of(both_languages(topic)),
        wording=wording_of(topic),
    )


def by_concept(material: Material, ids: Iterable[str], kind: str) -> dict[str, dict[str, Spoken]]:
    """Concept key -> paper id -> the surest that the paper says of it; the concept of most papers first."""
    found: dict[str, dict[str, Spoken]] = defaultdict(dict)
    for paper_id in ids:
        for one in material.spoken.get(paper_id, ()):
            if one.kind == kind:
                found[one.concept].setdefault(paper_id, one)
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))
