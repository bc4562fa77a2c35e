"""Which sentences of the abstracts speak for a section: near to what all say, no two alike, and from all of its years."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.embed import normalise
from survey.draft.candidates import Candidate, Floats
from survey.draft.material import Material
from survey.draft.models import Kind, Sentence
from survey.draft.naming import is_name
from survey.draft.openings import most_cited
from survey.outline.chinese import both_languages
from survey.sentences import speaks_of_itself
from survey.terms import words_of
from survey.wording import GLUE

# Quoted sentences of a section: one for every three papers, within these bounds, at most one a paper.
QUOTES = (3, 8)
# Maximal marginal relevance (Carbonell & Goldstein 1998): what a sentence is worth to the section against what it repeats.
MMR = 0.7
# A sentence more alike to one that is quoted already, anywhere in the draft, is not quoted.
REPEATS = 0.5
# How much of being near to all of the draft is taken from being near to the section.
CONTRAST = 0.5
# A sentence that begins with the name of the paper's own method says what that does: it is worth so many times as much.
OWN = 1.5
# What begins with "The task ..." may mean a thing of the sentence before.
THE = 0.75
# One that has most words of the topic in its first words (beside so many others) is worth less, except in the summary.
DEFINES, HEAD, MOSTLY = 0.5, 3, 0.6
# What comes before a paper says what it does, the others say too: in a section it is worth less, and told once. At the head of a
# draft or of a section with parts, what a paper does is worth less: there the matter is told.
OPENS, ENDS, DOES, OPENINGS = 0.35, 0.6, 0.5, 1
# At the head of a draft a sentence must say what the topic is: so many of its words among the first, and no praise.
ON_TOPIC, BEGINNING, CALM = 0.6, 12, 0.6
# Words of headings that stand in any section.
ANYTHING = {
    "method",
    "approach",
    "technique",
    "strategy",
    "model",
    "network",
    "learning",
    "training",
    "tuning",
    "task",
    "application",
}
# Of a paper that a section names as much cited is told what it brought, else what it did: worth so many times as much as the rest.
BRINGS, DID = 1.6, 1.2
# What has none of the words of its paper's title is worth so much of what has all: the title says what the paper is on.
UNTITLED = 0.5
# Nothing is quoted that is worth less wherever it stands: rather a quote fewer than an empty one.
EMPTY = 0.3
# What says that something is open is better told as an open problem.
OPEN = 0.4
# Only the papers nearest to a section's centre are read: all of their sentences are compared with each other.
READ = 150
# A paper's place in the reading order falls into one of so many parts (seminal, development, recent), each of which is heard.
PARTS = 3


def choose_quotes(
    material: Material,
    ids: Sequence[str],
    *,
    most: int | None = None,
    section: bool = True,
    alike: float = REPEATS,
    heading: str | None = None,
) -> list[int]:
    """Rows of the material's sentences that speak for the papers `ids`, which stand in reading order; in that order too.

    `section`: these papers are a part of the draft, and what is told is what marks them; else they are all of it. No two quotes are
    more `alike`. `heading`: of a section that the quotes introduce, and so have to speak of.
    """
    rows = [row for row in unquoted(material, ids) if _stands(material, row) and material.sentences.tones[row] >= EMPTY]
    if not section:
        rows = [row for row in rows if _introduces(material, row)]
    if heading is not None:
        subjects = _subjects(material, heading)
        rows = [row for row in rows if _speaks_of(material, row, subjects)]
    if not rows:
        return []
    found = [material.sentences.all[row] for row in rows]
    words, columns = material.sentences.dense(rows)
    whole = not section or most == 1
    said = material.sentences.tones
    tones = [
        (_tone(material, row) if section else said[row] * _on_topic(material, one)) * _role(material, row, whole)
        for row, one in zip(rows, found, strict=True)
    ]
    worth = (
        (own_centrality(material, words, columns) if section else centrality(words))
        * np.array(tones)
        * _nearness(material, found)
    )
    worth /= max(float(worth.max()), 1e-12)
    repeats = material.repeats[rows]
    wanted = min(QUOTES[1], max(QUOTES[0], len(ids) // 3)) if most is None else most
    limit = len(found) if whole else OPENINGS
    first = [] if whole or most else _landmarks(material, rows, ids, repeats <= alike)[:wanted]
    return [rows[at] for at in sorted(_pick(found, worth, words, repeats, ids, wanted, limit, alike, first))]


def _landmarks(material: Material, rows: Sequence[int], ids: Sequence[str], new: NDArray[np.bool_]) -> list[int]:
    """Of each paper that the openings of sections name as much cited the sentence that tells best what it is on, if it is `new`:
    places in `rows`.

    Whoever reads the name of a paper wants to read of it. That its words are those of the topic is no fault here: it made them so.
    """
    texts = material.sentences.all
    heard = {texts[row].paper for row in material.quoted}
    found = []
    for paper_id in most_cited(material, ids):
        own = [at for at, row in enumerate(rows) if new[at] and texts[row].paper == paper_id and not texts[row].opens]
        if own and paper_id in material.named and paper_id not in heard:
            found.append(max(own, key=lambda at: (_telling(material, rows[at]), -at)))
    return found


def _telling(material: Material, row: int) -> float:
    """How well a sentence tells what its paper is on."""
    one = material.sentences.all[row]
    name = material.names.get(one.paper)
    worth = material.sentences.tones[row] * _role(material, row, False)
    worth *= BRINGS if material.sentences.makes[row] else DID if material.sentences.does[row] else 1.0
    worth *= OWN if name and one.text.startswith(name.text) else 1.0
    worth *= OPEN if material.sentences.openness[row] else 1.0
    return round(worth * (THE if one.text.startswith("The ") else 1.0), 6)


def _stands(material: Material, row: int) -> bool:
    """Whether a sentence stands on its own; of those without their beginning what the paper says that it does."""
    return not material.sentences.all[row].cut or material.sentences.does[row]


def _role(material: Material, row: int, whole: bool) -> float:
    one = material.sentences.all[row]
    worth = ENDS if one.ends else 1.0
    if whole:
        return worth * (DOES if material.sentences.does[row] else 1.0)
    return worth * (OPENS if one.opens else UNTITLED + (1 - UNTITLED) * one.titled)


def _on_topic(material: Material, one: Candidate) -> float:
    beginning = words_of(" ".join(one.text.split()[:BEGINNING]))
    return len(material.topic & beginning) / max(1, len(material.topic))


def _introduces(material: Material, row: int) -> bool:
    one = material.sentences.all[row]
    return _on_topic(material, one) >= ON_TOPIC and material.sentences.tones[row] >= CALM and not one.ends


def _subjects(material: Material, heading: str) -> list[frozenset[str]]:
    """What a heading says that its section is on, of a Chinese one in English: the words of each thing that it names, without
    those of the topic.

    Of "Large language models (LLMs) and prompts": large and language; llm; prompt.
    """
    parts = re.split(r"[\u3400-\u9fff,()（）、]+| (?:and|or|for|of|in) ", both_languages(heading))
    return [words for part in parts if (words := words_of(part) - GLUE - ANYTHING - material.topic)]


def _speaks_of(material: Material, row: int, subjects: Sequence[frozenset[str]]) -> bool:
    """Whether a sentence may introduce a section: it begins with one of its subjects, and not with praise or with what the paper
    itself makes.
    """
    one = material.sentences.all[row]
    name = material.coined.get(one.paper)
    start = one.text.split()[:BEGINNING]
    own = is_name(start[0]) or (name is not None and name.text in start) or speaks_of_itself(one.text)
    calm = material.sentences.tones[row] >= CALM and not one.ends
    return calm and not own and any(words <= words_of(" ".join(start)) for words in subjects)


def quote_row(material: Material, path: tuple[str, ...], row: int, kind: Kind = "quote") -> Sentence:
    """The sentence of a row, word for word; it is not quoted again."""
    material.quote_once(row)
    one = material.sentences.all[row]
    quote = material.quote(one.paper, "abstract", one.start, one.end)
    return Sentence(section=path, text=quote.quote, citations=(quote,), kind=kind)


def unquoted(material: Material, ids: Sequence[str]) -> list[int]:
    """The rows of the READ papers nearest to the mean of all, in the order given, without those that are quoted already."""
    vectors = material.vectors[[material.rows[paper_id] for paper_id in ids]]
    near = np.argsort(-np.round(vectors @ vectors.mean(axis=0), 6), kind="stable")[:READ]
    return [row for row in material.sentences.rows(ids[at] for at in sorted(near)) if row not in material.quoted]


def centrality(words: Floats) -> Floats:
    """How central each sentence is (m,): the cosine of its terms with the mean of all (the centroid of Radev et al. 2004)."""
    mean = words.mean(axis=0)
    return np.asarray(words @ (mean / max(float(np.linalg.norm(mean)), 1e-12)))


def _tone(material: Material, row: int) -> float:
    """How well a sentence stands in somebody else's text; best where it says what the paper's own method is or does.

    One that begins with the topic itself defines it, and a survey does that once, at its head.
    """
    one = material.sentences.all[row]
    name = material.names.get(one.paper)
    head = words_of(" ".join(one.text.split()[: len(material.topic) + HEAD]))
    defines = len(material.topic & head) >= MOSTLY * len(material.topic) > 0
    worth = (
        material.sentences.tones[row]
        * (OWN if name and one.text.startswith(name.text) else 1.0)
        * (DEFINES if defines else 1.0)
    )
    worth *= THE if one.text.startswith(("The ", "With the ")) else 1.0
    return worth * (OPEN if material.sentences.openness[row] > 1 else 1.0)


def own_centrality(material: Material, words: Floats, columns: NDArray[np.intp]) -> Floats:
    """How central each sentence is here (m,), less what it says of the draft as a whole; `columns`: which words of the draft
    `words` (m, words) holds.
    """
    return np.clip(centrality(words) - CONTRAST * (words @ material.sentences.mean[columns]), 1e-6, None)


def _nearness(material: Material, found: Sequence[Candidate]) -> Floats:
    """How near each sentence's paper is to the mean of the papers (m,), in 0.5..1; much cited papers count as nearer."""
    rows = [material.rows[one.paper] for one in found]
    centre = normalise(material.vectors[sorted(set(rows))].mean(axis=0, keepdims=True))[0]
    near = np.clip(material.vectors[rows] @ centre, 0, 1).astype(np.float64)
    cited = np.log1p(np.array([material.cited_by[one.paper] for one in found], dtype=np.float64))
    return np.asarray(0.5 + 0.25 * near + 0.25 * np.maximum(near, cited / max(float(cited.max()), 1e-12)))


def _pick(
    found: Sequence[Candidate],
    worth: Floats,
    words: Floats,
    repeats: Floats,
    ids: Sequence[str],
    wanted: int,
    openings: int,
    alike: float,
    first: Sequence[int],
) -> list[int]:
    """Which of `found` to quote: those of `first`, then one a paper, and as long as there are any, the same number from each part
    of the reading order; at most so many that only open an abstract.
    """
    waiting = list(first)
    place = {paper_id: number * PARTS // max(1, len(ids)) for number, paper_id in enumerate(ids)}
    part = np.array([place[one.paper] for one in found])
    papers = np.array([one.paper for one in found])
    opens = np.array([one.opens for one in found])
    taken: list[int] = []
    left = np.ones(len(found), dtype=bool)
    while len(taken) < wanted:
        left &= repeats <= alike
        waiting = [at for at in waiting if left[at]]
        heard = Counter(part[taken].tolist())
        quiet = min((heard[one] for one in np.unique(part[left]).tolist()), default=0)
        turn = left & np.isin(part, [one for one in range(PARTS) if heard[one] == quiet])
        if not turn.any():
            break
        gain = np.where(turn, MMR * worth - (1 - MMR) * repeats, -np.inf)
        best = waiting[0] if waiting else int(np.argmax(np.round(gain, 9)))
        taken.append(best)
        left &= papers != papers[best]
        if opens[taken].sum() >= openings:
            left &= ~opens
        repeats = np.maximum(repeats, words @ words[best])
    return taken
