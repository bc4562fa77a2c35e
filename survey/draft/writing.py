"""Drafts: an outline with sentences, each of which says where it comes from.

A section opens with a sentence of counted facts; the others are sentences of the papers' abstracts, word for word. Nothing is
made up: every citation holds the span of the title or abstract that it rests on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors, normalise
from corpus.errors import InputError, shorten
from corpus.models import Paper
from survey.draft.keys import build_keys, build_reference
from survey.draft.models import Draft, Quote, Sentence, papers_of
from survey.outline import Outline, Section
from survey.phrases import singular
from survey.sentences import can_be_quoted, speaks_of_itself, split_sentences
from survey.wording import GLUE

# Quoted sentences of a section without subsections: one for every four papers, within these bounds.
QUOTES = (2, 5)
# Maximal marginal relevance (Carbonell & Goldstein 1998): what a sentence is worth to the section against what it repeats.
MMR = 0.7
# A sentence more alike to one already taken than this is not taken at all.
REPEATS = 0.75
# Only the papers nearest to a section's centre are read for quotes: all sentences are compared with each other.
READ = 150
MOST_NAMED = 3


@dataclass(frozen=True)
class _Set:
    """The papers of a draft by id, with what sentences are chosen by."""

    papers: Mapping[str, Paper]
    keys: Mapping[str, str]
    rows: Mapping[str, int]
    vectors: Vectors
    cited_by: Counter[str]


def write_draft(
    outline: Outline, papers: Sequence[Paper], vectors: Vectors, citations: Sequence[tuple[int, int]]
) -> Draft:
    """The draft of an outline of `papers`; `vectors` (n, d) and `citations` (pairs (i, j): papers[i] cites papers[j]) as there.

    Raises InputError where the outline names a paper that is not among `papers`.
    """
    by_id = {paper.name: paper for paper in papers}
    placed = [paper_id for section in outline.sections for paper_id in papers_of(section)]
    if strangers := [paper_id for paper_id in placed if paper_id not in by_id]:
        raise InputError(
            f"the outline names {shorten(strangers[0])!r}, which is not among the papers",
            "Build the outline of these papers",
        )
    keys = build_keys([by_id[paper_id] for paper_id in placed])
    material = _Set(
        papers=by_id,
        keys=keys,
        rows={paper.name: row for row, paper in enumerate(papers)},
        vectors=np.asarray(vectors, dtype=np.float32),
        cited_by=Counter(papers[j].name for i, j in sorted(set(citations)) if i != j),
    )
    sentences = [one for section in outline.sections for one in _write_section(material, section, ())]
    references = sorted(
        (build_reference(by_id[paper_id], key) for paper_id, key in keys.items()), key=lambda ref: ref.key
    )
    named = {(papers[i].name, papers[j].name) for i, j in citations if i != j}
    links = sorted((keys[citing], keys[cited]) for citing, cited in named if citing in keys and cited in keys)
    return Draft(outline=outline, references=tuple(references), sentences=tuple(sentences), links=tuple(links))


# ---- sentences -------------------------------------------------------------------------------------------------------


def _write_section(material: _Set, section: Section, above: tuple[str, ...]) -> Iterator[Sentence]:
    path = (*above, section.title)
    yield _opening(material, path, papers_of(section))
    if section.papers:
        for quote in _choose(material, section.papers):
            yield Sentence(section=path, text=quote.quote, citations=(quote,))
    for part in section.sections:
        yield from _write_section(material, part, path)


def _opening(material: _Set, path: tuple[str, ...], ids: Sequence[str]) -> Sentence:
    """Counted facts: how many papers, of which years, and which of them the papers of this draft cite most."""
    years = [year for paper_id in ids if (year := material.papers[paper_id].year)]
    text = f"{_counted(len(ids))}{_span(years)} {'belongs' if len(ids) == 1 else 'belong'} here"
    ranked = sorted(ids, key=lambda i: (-material.cited_by[i], material.papers[i].year or 9999, i))
    named = [paper_id for paper_id in ranked if material.cited_by[paper_id] > 1][:MOST_NAMED]
    if len(ids) == 1:
        named = [ids[0]]
        text += f": {_quoted(material, ids[0])}"
    elif named:
        each = [f"{_quoted(material, i)} ({material.cited_by[i]} times)" for i in named]
        text += f"; most cited by the papers of this survey {'is' if len(each) == 1 else 'are'} {_listed(each)}"
    else:
        named = [min(ids, key=lambda i: (material.papers[i].year or 9999, i))]
        text += (
            f"; the earliest is {_quoted(material, named[0])}"
            if years
            else f", among them {_quoted(material, named[0])}"
        )
    return Sentence(
        section=path, text=f"{text}.", citations=tuple(_title_quote(material, i) for i in named), kind="counted"
    )


def _counted(papers: int) -> str:
    return "One paper" if papers == 1 else f"{papers} papers"


def _span(years: Sequence[int]) -> str:
    if not years:
        return ""
    first, last = min(years), max(years)
    return f" of {first}" if first == last else f" from {first} to {last}"


def _quoted(material: _Set, paper_id: str) -> str:
    return f"“{material.papers[paper_id].title}”"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _title_quote(material: _Set, paper_id: str) -> Quote:
    title = material.papers[paper_id].title
    return Quote(key=material.keys[paper_id], id=paper_id, quote=title, start=0, end=len(title), source="title")


def _choose(material: _Set, ids: Sequence[str]) -> list[Quote]:
    """Sentences that speak for the section without repeating each other, one a paper, in the order of the papers."""
    found = [
        (paper_id, start, end)
        for paper_id in _nearest(material, ids)
        if (abstract := material.papers[paper_id].abstract)
        for start, end in split_sentences(abstract)
        if can_be_quoted(abstract[start:end])
    ]
    if not found:
        return []
    texts = [_abstract_quote(material, *one).quote for one in found]
    worth, alike = _worth(material, found, texts)
    wanted = min(QUOTES[1], max(QUOTES[0], len(ids) // 4))
    taken: list[int] = []
    left = list(range(len(found)))
    while left and len(taken) < wanted:
        repeats = alike[left][:, taken].max(axis=1) if taken else np.zeros(len(left))
        gain = np.where(repeats > REPEATS, -np.inf, MMR * worth[left] - (1 - MMR) * repeats)
        best = int(np.argmax(np.round(gain, 9)))
        if np.isinf(gain[best]):
            break
        taken.append(left[best])
        left = [one for one in left if found[one][0] != found[left[best]][0]]
    return [_abstract_quote(material, *found[one]) for one in sorted(taken)]


def _nearest(material: _Set, ids: Sequence[str]) -> list[str]:
    """The READ papers nearest to the mean of all, in the order given."""
    vectors = material.vectors[[material.rows[paper_id] for paper_id in ids]]
    near = np.argsort(-np.round(vectors @ vectors.mean(axis=0), 6), kind="stable")[:READ]
    return [ids[row] for row in sorted(near)]


def _worth(
    material: _Set, found: Sequence[tuple[str, int, int]], texts: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How central each sentence is (m,), and how alike each two are (m, m), both 0..1.

    Central by its words (cosine with the mean of the sentences' TF-IDF) and by its paper (cosine with the mean of the vectors);
    what speaks of `we` and `this paper` is worth less, for it reads oddly beside the sentences of others.
    """
    words = _term_weights(texts)
    by_words = words @ (words.mean(axis=0) / max(float(np.linalg.norm(words.mean(axis=0))), 1e-12))
    rows = [material.rows[paper_id] for paper_id, _, _ in found]
    centre = normalise(material.vectors[sorted(set(rows))].mean(axis=0, keepdims=True))[0]
    by_paper = np.clip(material.vectors[rows] @ centre, 0, 1).astype(np.float64)
    tone = np.array([0.6 if speaks_of_itself(text) else 1.0 for text in texts])
    return tone * (by_words / max(float(by_words.max()), 1e-12) + by_paper) / 2, words @ words.T


def _term_weights(texts: Sequence[str]) -> NDArray[np.float64]:
    """TF-IDF rows of length 1 (m, words that at least two sentences share, at most 2,000)."""
    bags = [Counter(word for word in map(singular, _terms(text)) if word not in GLUE) for text in texts]
    frequency = Counter(word for bag in bags for word in bag)
    common = sorted((word for word, n in frequency.items() if n > 1), key=lambda word: (-frequency[word], word))[:2_000]
    column = {word: number for number, word in enumerate(common)}
    weights = np.zeros((len(texts), max(1, len(common))))
    for row, bag in enumerate(bags):
        for word, n in bag.items():
            if word in column:
                weights[row, column[word]] = (1 + np.log(n)) * np.log((1 + len(texts)) / frequency[word])
    return np.asarray(weights / np.maximum(np.linalg.norm(weights, axis=1, keepdims=True), 1e-12))


def _terms(text: str) -> list[str]:
    """Words in lower case; of Chinese, each two neighbouring characters."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    return [
        term
        for word in words
        for term in ([word[i : i + 2] for i in range(len(word) - 1)] if word[0] >= "\u3400" else [word])
    ]


def _abstract_quote(material: _Set, paper_id: str, start: int, end: int) -> Quote:
    text = (material.papers[paper_id].abstract or "")[start:end]
    return Quote(key=material.keys[paper_id], id=paper_id, quote=text, start=start, end=end, source="abstract")
