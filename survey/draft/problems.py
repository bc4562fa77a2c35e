"""Open problems: sentences in which papers say what does not work yet, and gaps that the idea graph shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from survey.draft.material import Gap, Material
from survey.draft.models import Sentence
from survey.draft.quoting import centrality, quote_row, unquoted

# Problems quoted in a section: one for every six papers, within these bounds; alike ones once.
PROBLEMS = (1, 3)
REPEATS = 0.5
GAPS = 4

_OPEN_WORDS = (
    r"open|unclear|unknown|unsolved|unresolved|unexplored|under-?explored|under-?studied|elusive|challenging|difficult|limited|hard"
    r"|poorly understood|underdeveloped|an? (?:\w+ )?(?:challenge|problem|question|bottleneck|obstacle)"
)
# What is open: unsolved, unknown, or said to be left to others.
_OPEN = re.compile(
    rf"\b(?:remain(?:s|ed)?|(?:is|are) still) (?:\w+ )?(?:{_OPEN_WORDS})\b"
    r"|\bopen (?:problem|question|challenge)s?\b|\bfuture (?:work|research|direction|stud)|\blittle is known\b"
    r"|\b(?:not|never) (?:\w+ )?(?:been )?(?:\w+ )?(?:understood|explored|studied|investigated)\b|尚未|仍然?(?:是|面临)|有待",
    re.IGNORECASE,
)
# Where methods fail.
_FAILS = re.compile(
    r"\b(?:fails? to|struggles?|suffers? from|falls? short|breaks? down|cannot|unable to|incapable of|neglects?|overlooks?|ignores?"
    r"|hinders?|hampers?|limitations?|shortcomings?|drawbacks?|bottlenecks?|(?:is|are) limited|limited (?:by|to)|prohibitive(?:ly)?"
    r"|degrades?|vulnerable to|sensitive to|prone to|at the (?:cost|expense) of|lacks?|difficult to)\b|局限|不足|难以",
    re.IGNORECASE,
)
# No problem of the field: this paper has solved it, or its own method is praised.
_SOLVED = re.compile(
    r"\b(?:our|we|this (?:paper|work)|the proposed|overcom\w+|address\w*|solv\w+|alleviat\w+|mitigat\w+|eliminat\w+|without"
    r"|avoid\w*|outperform\w*|state-of-the-art results?|not only|no longer|reduc\w+|resolv\w+|tackl\w+|novel)\b|本文|我们",
    re.IGNORECASE,
)


def state_problems(material: Material, path: tuple[str, ...], ids: Sequence[str]) -> Iterator[Sentence]:
    """What papers of a section say is open, word for word and one a paper: the most open first, of equals the most central."""
    texts = material.sentences.all
    rows = [row for row in unquoted(material, ids) if how_open(texts[row].text)]
    if not rows:
        return
    words = material.sentences.dense(rows)
    alike, central = words @ words.T, np.round(centrality(words), 6)
    order = sorted(range(len(rows)), key=lambda at: (-how_open(texts[rows[at]].text), -central[at], at))
    taken: list[int] = []
    for at in order:
        new = not taken or float(alike[at, taken].max()) <= REPEATS
        if new and texts[rows[at]].paper not in {texts[rows[one]].paper for one in taken}:
            taken.append(at)
        if len(taken) == min(PROBLEMS[1], max(PROBLEMS[0], len(ids) // 6)):
            break
    for at in sorted(taken):
        yield quote_row(material, path, rows[at], "problem")


def how_open(sentence: str) -> int:
    """How clearly a sentence says that something is open: 2 as an open problem, 1 as a failing of methods, 0 not at all.

    >>> how_open("How prompts work remains unclear."), how_open("Our method overcomes this limitation.")
    (2, 0)
    """
    if _SOLVED.search(sentence):
        return 0
    return 2 if _OPEN.search(sentence) else int(bool(_FAILS.search(sentence)))


def tell_gaps(material: Material, path: tuple[str, ...], gaps: Sequence[Gap]) -> Iterator[Sentence]:
    """The gaps as sentences, each on the words of the papers that it rests on."""
    for gap in gaps[:GAPS]:
        quotes = [
            material.quote(paper_id, one.source, one.start, one.stop)
            for paper_id, one in gap.evidence
            if paper_id in material.papers
        ]
        if quotes:
            yield Sentence(section=path, text=gap.text, citations=tuple(quotes), kind="gap")
