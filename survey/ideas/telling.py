"""From a place in the landscape to an idea: its evidence, what it rests on, what to compare it with and on which data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from corpus.errors import shorten
from corpus.ideas import Evidence, Idea, idea_key
from corpus.models import Concept
from survey.ideas.landscape import Landscape
from survey.ideas.move import Move
from survey.sentences import split_sentences

# Papers quoted for each side.
_QUOTED = 2
# Papers of one side that are read for words against it.
_READ = 40
_MAX_WORDS = 300
# Characters between a concept and what is said against it.
_NEAR = 90
# What authors say of what does not work. Of whom, the sentence must name.
AGAINST = re.compile(
    r"\b(?:limit(?:ed|ation|ations)|suffers?|fails?|failure|struggles?|drawbacks?|shortcomings?|expensive|costly|inefficient"
    r"|unstable|poorly|degrad\w+|bottleneck|impractical|prohibitive\w*|sensitive to|lacks?|overfit\w*|forget\w*|hallucinat\w*"
    r"|underperforms?|difficult|cannot|inferior)\b",
    re.IGNORECASE,
)


def build_idea(
    landscape: Landscape,
    move: Move,
    columns: Sequence[int],
    statement: str,
    why: str,
    *,
    support: float | None = None,
    task: int | None = None,
    evidence: Sequence[Evidence] = (),
) -> Idea:
    """The idea of `move` that combines `columns`, with evidence of either side; baseline and data set of the `task`'s papers."""
    known = landscape.concepts
    sides = [
        one for column in columns for one in (*speaking_for(landscape, column), *speaking_against(landscape, column))
    ]
    return Idea(
        key=idea_key(move.key, [known[column].key for column in columns]),
        statement=shorten(statement, 480),
        move=move.key,
        strategy=move.strategy,
        concepts=tuple(known[column].key for column in columns),
        names=tuple(known[column].name for column in columns),
        why=why,
        evidence=(*evidence, *sides),
        support=None if support is None else round(support, 4),
        cost=move.cost,
        baseline=partner(landscape, task, "method", columns),
        dataset=partner(landscape, task, "dataset", columns),
    )


def speaking_for(
    landscape: Landscape, column: int, *, count: int = _QUOTED, among: Sequence[int] = ()
) -> list[Evidence]:
    """The most cited and the newest papers that have the concept in their title (or of `among`), in their own words."""
    rows = np.asarray(among, dtype=np.intp) if len(among) else landscape.rows(column)
    cited = landscape.past.cited[rows]
    titled = landscape.past.titled[rows][:, [column]].toarray().ravel() if len(rows) else np.zeros(0)
    years = landscape.past.years[rows]
    seminal = rows[np.lexsort((rows, -years, -cited, -titled))]
    newest = rows[np.lexsort((rows, -cited, -years, -titled))]
    chosen = list(dict.fromkeys([*seminal[:1].tolist(), *newest[:count].tolist()]))[:count]
    return [quoted(landscape, row, column) for row in chosen]


def quoted(landscape: Landscape, row: int, column: int) -> Evidence:
    """What a paper says with the words of a concept: a sentence of its abstract, or else its title."""
    paper = landscape.paper(row)
    sentence, _ = landscape.quote(row, column)
    if sentence == paper.title and paper.abstract:
        called = spelling_pattern(landscape.concepts[column])
        spans = split_sentences(paper.abstract)
        sentence = next((paper.abstract[a:b] for a, b in spans if called.search(paper.abstract[a:b])), sentence)
    return Evidence(
        paper=paper.name,
        title=paper.title,
        year=paper.year,
        concept=landscape.concepts[column].key,
        words=shorten(sentence, _MAX_WORDS),
    )


def speaking_against(landscape: Landscape, column: int) -> list[Evidence]:
    """The newest sentence in which a paper says of the concept that something does not work; none where none is found."""
    rows = landscape.rows(column)
    newest = rows[np.lexsort((rows, -landscape.past.years[rows]))][:_READ]
    for row in newest.tolist():
        sentence, words = landscape.quote(row, column)
        # In the same clause, soon after its name: elsewhere it is mostly the fault of something else.
        after = re.split(r"[,;:]", sentence.partition(words)[2])[0][:_NEAR]
        if AGAINST.search(after) and sentence != landscape.paper(row).title:
            return [quoted(landscape, row, column).model_copy(update={"speaks": "against"})]
    return []


def spelling_pattern(concept: Concept) -> re.Pattern[str]:
    """Any spelling of the concept as whole words, hyphens or not, plural or not. Short acronyms in their own case only."""
    spellings = []
    for form in dict.fromkeys((concept.name, *concept.forms)):
        words = [re.escape(word) for word in re.split(r"[\s-]+", form) if word]
        pattern = r"[\s-]*".join(words) + "s?"
        spellings.append(pattern if form.isupper() or len(form) < 5 else f"(?i:{pattern})")
    return re.compile(rf"(?<!\w)(?:{'|'.join(spellings)})(?!\w)")


def partner(landscape: Landscape, column: int | None, kind: str, without: Iterable[int]) -> str | None:
    """The method or data set that papers on a concept use most for their number: the cosine of both over the papers."""
    if column is None:
        return None
    together = landscape.past.together[[column]].toarray().ravel()
    together[[*without, column]] = 0
    together[np.asarray(landscape.past.kinds) != kind] = 0
    together[together < 2] = 0
    initials = "".join(word[0] for word in re.findall(r"\w+", landscape.concepts[column].name)).lower()
    for same in np.flatnonzero(together).tolist():  # `T2I` is no baseline of text-to-image generation
        name = landscape.concepts[same].name.lower()
        if name[:1] == initials[:1] and len(name) <= len(initials):
            together[same] = 0
    scores = together / np.sqrt(np.maximum(landscape.past.papers, 1))
    best = int(np.argmax(scores)) if len(scores) else 0
    return landscape.concepts[best].name if len(scores) and scores[best] > 0 else None


def shared(landscape: Landscape, one: int, other: int, *, count: int = 3) -> list[str]:
    """The names of what both have met, the most telling first."""
    return [landscape.concepts[column].name for column in met_by_both(landscape, one, other)[:count]]


def met_by_both(landscape: Landscape, one: int, other: int, *, kind: str | None = None, least: int = 1) -> list[int]:
    """What `least` papers join with either, the most telling first: many papers for their number. Of a `kind`, without what is
    too broad to tell anything.
    """
    rows = landscape.past.together[[one, other]].toarray()
    papers = np.minimum(rows[0], rows[1])
    papers[papers < least] = 0
    if kind is not None:
        papers[(np.asarray(landscape.past.kinds) != kind) | landscape.broad] = 0
    scores = papers / np.sqrt(np.maximum(landscape.past.papers, 1))
    return [int(column) for column in np.argsort(-scores, kind="stable")[: np.count_nonzero(scores)]]


def counted(number: int) -> str:
    """`1 paper`, `2 papers`."""
    return f"{number:,} paper" + ("" if number == 1 else "s")


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
