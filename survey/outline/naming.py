"""Names for groups: phrases of the papers, aspects that any field has, directions that a person has worded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from corpus.glossary import load_data_sets, load_terms
from corpus.models import Paper
from survey.concepts.words import NO_CONCEPTS
from survey.grouping import Rows
from survey.headings import Label
from survey.outline.facets import EVALUATION, aspect_weights, aspects
from survey.phrases import TITLE_WEIGHT, Key, Phrases, build_phrases, key_of
from survey.strategies import directions
from survey.wording import GLUE, HEADS, SOLO

# A direction that this share of a group's papers stands under names the group.
MOST = 0.5
# How much like a heading a name is that a person has worded; phrases have up to 3.
ASPECT_BONUS = 1.5
# An aspect names a group only where this share of its papers bears it out.
ASPECT_LEAST = 0.35
# How much more like a heading a phrase is that stands among the field's terms.
TERM_BONUS = 1.2
LONE_BONUS = 0.05
# How section titles are joined to the topic. Of the sections of people's surveys four in ten name the topic, of their subsections
# two: 20 surveys of machine learning.
ABOUT = {
    "Training strategies": "Training strategies for",
    "Efficiency": "Efficiency of",
    "Applications": "Applications of",
    "Evaluation": "Evaluation of",
    EVALUATION: "Evaluation of",
}
# Sections that only aspects stand in: what words say of abilities (visual, memory) they say of methods just as often.
OWN = frozenset({"Capabilities", "Modalities"})
# A longer subject would hide what the section is.
SUBJECT_WORDS = 4
_LINK = re.compile(r"\s(?:in|for|of)\s")
# Names of whole fields: they say less than the topic, whatever it is.
FIELDS = frozenset(
    tuple(name.split())
    for name in (
        "natural language processing",
        "machine learning",
        "deep learning",
        "computer vision",
        "artificial intelligence",
        "neural network",
        "deep neural network",
        "neural network architecture",
    )
)


def build_names(papers: Sequence[Paper], topic: str) -> Phrases:
    """The phrases of `papers` that can be headings, and the aspects that the topic does not already name."""
    from scipy.sparse import csc_matrix, hstack

    phrases = build_phrases(papers)
    phrases = replace(
        phrases, bonus=phrases.bonus * [_worth(*one) for one in zip(phrases.keys, phrases.texts, strict=True)]
    )
    keys = [key_of(aspect.title) for aspect in aspects()]
    weights = aspect_weights(papers, TITLE_WEIGHT)
    kept = [n for n, aspect in enumerate(aspects()) if weights[:, n].any() and not aspect.cues.search(topic)]
    if not kept:
        return phrases
    named = {keys[n] for n in kept}
    own = [n for n, key in enumerate(phrases.keys) if key not in named]
    return replace(
        phrases,
        keys=(*(phrases.keys[n] for n in own), *(keys[n] for n in kept)),
        texts=(*(phrases.texts[n] for n in own), *(aspects()[n].title for n in kept)),
        weights=csc_matrix(hstack([phrases.weights[:, own], csc_matrix(weights[:, kept])])),
        bonus=np.concatenate([phrases.bonus[own], np.full(len(kept), ASPECT_BONUS)]),
        least=np.concatenate([phrases.least[own], np.full(len(kept), ASPECT_LEAST)]),
    )


def _worth(key: tuple[str, ...], text: str) -> float:
    """How much more or less like a heading a phrase is than others of its form, by what the field has for names."""
    # Languages, firms, metrics, devices and data sets are in every corner of a field.
    if key in FIELDS or key in _data_sets() or set(key) <= NO_CONCEPTS:
        return 0.0
    known = key in terms()
    if len(key) > 1 and " " in text:
        return TERM_BONUS if known else 1.0
    # What a hyphen joins is mostly said of something (black-box, higher-quality), unless its last part is a name itself.
    last = key[-1] if key[0].isascii() else ""
    if not last or last in SOLO or (len(key) > 1 and last in HEADS):
        return TERM_BONUS if known else 1.0
    # Any other lone word is a fragment (gap, estimation), or a name, written as one: BERT, or DeepFoo, which few readers know.
    if not any(c.isupper() for c in text[1:]) or (text.isupper() and (len(key) > 1 or not known)):
        return 0.0
    return TERM_BONUS if known else LONE_BONUS


@cache
def terms() -> frozenset[tuple[str, ...]]:
    """The field's terms, of `corpus/terms.tsv`, as keys."""
    return frozenset(key_of(name) for term in load_terms() for name in term.en)


@cache
def _data_sets() -> frozenset[Key]:
    return frozenset(map(key_of, load_data_sets()))


def about_topic(title: str, topic: str) -> str:
    """The title of a section with the topic that it is about, where people word it so.

    >>> about_topic("Applications", "Speech recognition"), about_topic("Capabilities", "Speech recognition")
    ('Applications of speech recognition', 'Capabilities')
    """
    subject = subject_of(topic)
    if title not in ABOUT or not 0 < len(subject.split()) <= SUBJECT_WORDS:
        return title
    # Efficiency of efficient inference, evaluation of evaluation: the topic says it already.
    return title if title[:6].lower() in topic.lower() else f"{ABOUT[title]} {subject}"


def subject_of(topic: str) -> str:
    """What a survey on `topic` is about, inside a sentence: of a topic in two parts the first (3D object detection in driving).

    Where that is a single word, a property (safety in large language models), it is what has the property. Empty for Chinese.
    """
    if not topic.isascii():
        return ""
    first, *rest = _LINK.split(topic, maxsplit=1)
    subject = rest[0] if rest and len(first.split()) == 1 else first
    return " ".join(word if any(c.isupper() for c in word[1:]) else word.lower() for word in subject.split())


def without_aspects(phrases: Phrases) -> Phrases:
    """The phrases with no aspect among them: an aspect names a group, and not a section of several."""
    names = {key_of(aspect.title) for aspect in aspects()}
    bonus = np.where([key in names for key in phrases.keys], 0.0, phrases.bonus)
    return replace(phrases, bonus=bonus)


def section_of(label: Label, topic: str) -> str | None:
    """The section of aspects that a label falls under, or None: an aspect's own, or that of one which its words are a case of.

    >>> section_of(Label("Adversarial examples", (("adversarial", "example"),)), "Speech recognition")
    'Robustness, safety and trust'
    """
    own = next((aspect.section for aspect in aspects() if (key_of(aspect.title),) == label.keys), None)
    return own or next(
        (
            aspect.section
            for aspect in aspects()
            if aspect.section not in OWN and aspect.cues.search(label.text) and not aspect.cues.search(topic)
        ),
        None,
    )


def label_by_direction(
    topic: str, papers: Sequence[Paper], groups: Sequence[Rows], parent: Label | None, used: Sequence[Label]
) -> list[Label | None]:
    """The direction that most papers of a group stand under and few of its siblings' do: a heading that a person has worded.

    A direction names one group at most, and none where it says no more than the topic or was used before. The numbered ideas
    of the reading notes name no group: they are questions to ask of a field, not parts of one.
    """
    titles = {key: direction.heading or direction.en for key, direction in directions().items() if not direction.idea}
    table = {key: Label(title, (key_of(title),)) for key, title in titles.items()}
    barred = {key for label in (*used, *([parent] if parent else [])) for key in label.keys}
    about = set(key_of(topic))
    total = sum(len(rows) for rows in groups)
    found: list[tuple[float, str, int]] = []
    for key, label in table.items():
        if barred & set(label.keys) or set(label.keys[0]) - GLUE <= about:
            continue
        held = [sum(key in papers[row].directions for row in rows) for rows in groups]
        for group, rows in enumerate(groups):
            share, others = held[group] / len(rows), (sum(held) - held[group]) / max(1, total - len(rows))
            if share >= MOST and others <= share / 2:
                found.append((-share * held[group], key, group))
    labels: list[Label | None] = [None] * len(groups)
    given: set[str] = set()
    for _, key, group in sorted(found):
        if labels[group] is None and key not in given:
            labels[group] = table[key]
            given.add(key)
    return labels
