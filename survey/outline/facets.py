"""Facets: what surveys of any topic of machine learning have a section on, told by the words of titles.

Standard facets (data sets, evaluation, related surveys, open problems) are sections of their own. All others, the aspects of
`aspects.tsv`, are names that a person has worded for groups whose papers bear them out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from corpus.glossary import load_data_sets
from corpus.models import Paper
from survey.grouping import Rows
from survey.wording import (
    DATASET_TITLE,
    DATASET_USED,
    EVALUATION_TITLE,
    INQUIRY_TITLE,
    OPEN_TITLE,
    PROPOSAL,
    SURVEY_TITLE,
)

DATASETS, EVALUATION, SURVEYS, OPEN = (
    "Datasets and benchmarks",
    "Evaluation and analysis",
    "Related surveys",
    "Challenges and future directions",
)
# In the order in which they close a survey.
STANDARD = (DATASETS, EVALUATION, SURVEYS, OPEN)
THEORY = "Theory"
# The section of `aspects.tsv` whose groups stand under EVALUATION where there is one, and how its own papers are called there.
EVALUATIONS = "Evaluation"
REST = {EVALUATION: "Empirical studies"}
# A standard section of fewer papers is none.
FEWEST = 3
# Where this share of the papers falls under one facet, the facet is the topic and not a part of it.
MOST = 0.4
# The parts of a standard section: a name, and the words of titles that tell its papers; the first that fits takes a paper.
PARTS: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    DATASETS: (
        ("Benchmarks", re.compile(r"\b(?:benchmark\w*|leaderboards?|test ?suites?|test ?beds?)\b|基准", re.IGNORECASE)),
        ("Datasets", re.compile(r"\b(?:data ?sets?|corpus|corpora|treebanks?)\b|数据集|语料库", re.IGNORECASE)),
    ),
    EVALUATION: (
        (
            "Human and model judges",
            re.compile(r"\b(?:judg\w+|human evaluation|annotators?|evaluators?)\b", re.IGNORECASE),
        ),
        ("Evaluation metrics", re.compile(r"\b(?:metrics?|scor(?:es?|ing)|measur\w+|quantifying)\b", re.IGNORECASE)),
        ("Empirical studies", re.compile(r"", re.IGNORECASE)),
    ),
}


@dataclass(frozen=True)
class Aspect:
    """A name for a group of papers, the words that tell them (`cues`, an expression), and the section that it falls under.

    `stems`: how each of the alternatives of `cues` begins, in small letters; a text that has none of them has no cue.
    """

    section: str
    title: str
    cues: re.Pattern[str]
    stems: tuple[str, ...]

    def count(self, text: str, lower: str) -> int:
        """How many cues stand in a text; `lower` is the text in small letters."""
        return len(self.cues.findall(text)) if any(stem in lower for stem in self.stems) else 0


@cache
def aspects() -> tuple[Aspect, ...]:
    """The rows of `aspects.tsv`."""
    lines = resources.files("survey.outline").joinpath("aspects.tsv").read_text("utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines if line.strip())
    return tuple(
        Aspect(section, title, re.compile(rf"(?<![\w-])(?:{cues})(?!\w)", re.IGNORECASE), _stems(cues))
        for section, title, cues in rows
    )


def _stems(cues: str) -> tuple[str, ...]:
    r"""The letters that the alternatives of an expression begin with: a letter that may be missing is none.

    >>> _stems(r"pre-?train\w*|theor(?:y|em)|bounds?")
    ('pre', 'theor', 'bound')
    """
    depth, parts = 0, [""]
    for char in re.sub(r"\(\?<![^)]*\)", "", cues):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return tuple(re.findall(r"^[a-z0-9 -]*(?![?*{])", part.lower())[0] for part in parts)


@cache
def aspect_sections() -> tuple[str, ...]:
    """The sections that aspects fall under, in the order of a survey."""
    return tuple(dict.fromkeys(aspect.section for aspect in aspects()))


def facet_of(title: str, abstract: str | None = None) -> str | None:
    """The standard section that a title asks for, or None for a paper on a method.

    A title that asks or looks into something is one on evaluation unless the paper proposes something, or is one on theory.

    >>> facet_of("A Survey of Adapters"), facet_of("Dataset Distillation by Gradient Matching")
    ('Related surveys', None)
    """
    if SURVEY_TITLE.search(title):
        return SURVEYS
    if names_data_set(title) or (DATASET_TITLE.search(title) and not DATASET_USED.search(title)):
        return DATASETS
    if OPEN_TITLE.search(title):
        return OPEN
    if _theory().cues.search(title):
        return None
    inquires = INQUIRY_TITLE.search(title) and not PROPOSAL.search(abstract or "")
    return EVALUATION if inquires or EVALUATION_TITLE.search(title) else None


def names_data_set(title: str) -> bool:
    """Whether what a title names before its colon is a data set of the field.

    >>> names_data_set("Microsoft COCO: Common Objects in Context"), names_data_set("LoRA: Low-Rank Adaptation")
    (True, False)
    """
    name, colon, _ = title.partition(":")
    return bool(colon) and name.strip().lower() in load_data_sets()


@cache
def _theory() -> Aspect:
    return next(aspect for aspect in aspects() if aspect.section == THEORY)


def split_facets(topic: str, papers: Sequence[Paper]) -> tuple[list[tuple[str, Rows]], Rows]:
    """The standard facets that have papers enough, in the order in which they close a survey, and the rows of all other papers.

    A facet that the topic itself asks for is none: all of a survey on evaluation is on evaluation.
    """
    found: dict[str, list[int]] = {title: [] for title in STANDARD}
    whole = facet_of(topic)
    for row, paper in enumerate(papers):
        if (facet := facet_of(paper.title, paper.abstract)) and facet != whole:
            found[facet].append(row)
    kept = [(title, np.array(rows)) for title, rows in found.items() if FEWEST <= len(rows) <= MOST * len(papers)]
    placed = {int(row) for _, rows in kept for row in rows}
    rest = np.array([row for row in range(len(papers)) if row not in placed], dtype=np.int64)
    # A remainder too small for a section would be a heading for two papers.
    return (kept, rest) if len(rest) >= FEWEST else ([], np.arange(len(papers)))


def split_standard(title: str, papers: Sequence[Paper], rows: Rows) -> list[tuple[str, Rows]]:
    """The parts of a standard section that have papers enough; what fits no such part stands under the last one. None where only
    one part is left.
    """
    table = PARTS.get(title, ())
    if not table:
        return []
    parts: dict[str, list[int]] = {name: [] for name, _ in table}
    for row in rows.tolist():
        parts[next((name for name, cues in table if cues.search(papers[row].title)), table[-1][0])].append(row)
    last = table[-1][0]
    for name in [name for name, some in parts.items() if name != last and len(some) < FEWEST]:
        parts[last] += parts.pop(name)
    found = [(name, np.sort(np.array(some))) for name, some in parts.items()]
    return found if len(found) > 1 and min(len(some) for _, some in found) >= FEWEST else []


def aspect_weights(papers: Sequence[Paper], title_weight: float) -> NDArray[np.float64]:
    """How much each paper bears each aspect out (papers, aspects): `title_weight` in the title, 1 twice in the abstract, else 0."""
    weights = np.zeros((len(papers), len(aspects())))
    for row, paper in enumerate(papers):
        title, abstract = paper.title, paper.abstract or ""
        titled, told = title.lower(), abstract.lower()
        for column, aspect in enumerate(aspects()):
            if aspect.count(title, titled):
                weights[row, column] = title_weight
            elif aspect.count(abstract, told) > 1:
                weights[row, column] = 1.0
    return weights
