"""Headings: phrases of the papers' own words that tell one group of papers from its neighbours.

A phrase's weight in a group follows the class-based TF-IDF of Grootendorst 2022 (arXiv:2203.05794), with the log of how much
more often it is here than in the siblings for the IDF, times the cosine of phrase and group, a phrase's vector being the mean
of its papers'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors, normalise
from survey.grouping import Rows
from survey.phrases import Key, Phrases, is_chinese, overlaps, singular

# A phrase in more of the parent's papers than this names the parent, not a part of it.
COMMON = 0.6
# Where the best phrase names less than this share of a group, a second one is joined to it with "and".
NAMES_ENOUGH = 0.3
# Added to shares before they are compared: what is twice as rare is not twice as telling.
SMOOTHING = 0.1


@dataclass(frozen=True)
class Label:
    """A heading, and the keys of the phrases it is made of (lower case, singular)."""

    text: str
    keys: tuple[Key, ...]


def label_groups(
    phrases: Phrases,
    groups: Sequence[Rows],
    vectors: Vectors,
    *,
    topic: str = "",
    parent: Label | None = None,
    used: Sequence[Label] = (),
    importance: NDArray[np.float64] | None = None,
) -> list[Label | None]:
    """A heading for each of the sibling `groups` (rows of papers; together they are their parent), None where nothing fits.

    No heading equals, holds or is held by a sibling's or the `parent`'s, equals one of `used`, or says less than the `topic`.
    `importance` (n,) weighs the papers, 1 each if None.
    """
    if not phrases.keys or not groups:
        return [None] * len(groups)
    scores, shares = _scores(phrases, groups, vectors, importance)
    known = {key for label in used for key in label.keys}
    about = {singular(word) for word in re.findall(r"[^\W_]+", topic.lower())} | {c for c in topic if is_chinese(c)}
    barred = [key in known or set(key) <= about for key in phrases.keys]
    scores[:, barred] = 0.0
    banned = list(parent.keys) if parent else []
    chosen: list[list[int]] = [[] for _ in groups]
    _choose(phrases, scores, chosen, banned)
    _choose(phrases, _seconds(phrases, scores, shares, groups, chosen), chosen, banned)
    return [_joined(phrases, columns) for columns in chosen]


def _seconds(
    phrases: Phrases,
    scores: NDArray[np.float64],
    shares: NDArray[np.float64],
    groups: Sequence[Rows],
    chosen: Sequence[Sequence[int]],
) -> NDArray[np.float64]:
    """The scores of phrases that can stand second in a heading: good ones, on papers that the first does not name."""
    seconds = np.zeros_like(scores)
    for group, columns in enumerate(chosen):
        if not columns or shares[group, columns[0]] >= NAMES_ENOUGH or len(groups[group]) < 6:
            continue
        held = phrases.weights.tocsr()[groups[group]] > 0
        unnamed = ~held[:, columns[0]].toarray()[:, 0]
        fresh = np.asarray(held[unnamed].sum(axis=0)).ravel() / len(groups[group])
        # A name of two things takes no third one.
        long = np.array([len(key) > 1 and "and" not in key for key in phrases.keys])
        if "and" in phrases.keys[columns[0]]:
            continue
        good = long & (fresh >= 0.6 * shares[group]) & (scores[group] >= 0.6 * scores[group, columns[0]])
        seconds[group] = scores[group] * good
    return seconds


def _joined(phrases: Phrases, columns: Sequence[int]) -> Label | None:
    if not columns:
        return None
    texts = [phrases.texts[column] for column in columns]
    if len(texts) > 1:
        texts = [re.sub(r" \([^)]*\)$", "", text) for text in texts]
    text = ("与" if all(is_chinese(text) for text in texts) else " and ").join(texts)
    first = text.split(maxsplit=1)[0]
    # LoRA, mT5 and 3D keep their form; a plain word opens the heading with a capital.
    text = text if any(c.isupper() for c in first.split("-")[0][1:]) else text[:1].upper() + text[1:]
    return Label(text=text, keys=tuple(phrases.keys[column] for column in columns))


def _scores(
    phrases: Phrases, groups: Sequence[Rows], vectors: Vectors, importance: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How well each phrase names each group (groups, phrases), 0 where it cannot; and its share of the group's papers."""
    parent = np.concatenate(groups)
    weights = phrases.weights.tocsr()
    held = (weights > 0).astype(np.float64)
    weighed = weights.multiply((importance if importance is not None else np.ones(weights.shape[0]))[:, None]).tocsr()
    counts = np.stack([np.asarray(held[rows].sum(axis=0)).ravel() for rows in groups])
    sizes = np.array([len(rows) for rows in groups], dtype=np.float64)[:, None]
    shares = counts / sizes
    rates = np.stack([np.asarray(weighed[rows].sum(axis=0)).ravel() for rows in groups]) / sizes
    total = counts.sum(axis=0)
    outside = (total - counts) / np.maximum(len(parent) - sizes, 1)
    # Rates and not counts, so that a large group does not outvote a small one.
    telling = rates * np.log((shares + SMOOTHING) / (outside + SMOOTHING)).clip(0)
    fits = np.maximum(2.0, phrases.least * sizes) <= counts if len(parent) >= 8 else counts >= 1
    alone = len(groups) == 1
    if not alone:
        fits &= (total <= COMMON * len(parent)) & (shares > 1.5 * outside)
    return np.where(fits, telling * phrases.bonus * _nearness(held, groups, vectors), 0.0), shares


def _nearness(held: Any, groups: Sequence[Rows], vectors: Vectors) -> NDArray[np.float64]:
    """Cosine of each group's mean vector with each phrase's, the mean of its papers' vectors (groups, phrases), 0..1."""
    among = np.concatenate(groups)
    means = normalise(np.asarray(held[among].T @ vectors[among].astype(np.float64), dtype=np.float32))
    centres = normalise(np.stack([vectors[rows].mean(axis=0) for rows in groups]))
    return np.asarray(np.clip(centres @ means.T, 0.0, 1.0), dtype=np.float64)


def _choose(phrases: Phrases, scores: NDArray[np.float64], chosen: Sequence[list[int]], banned: list[Key]) -> None:
    """Add one phrase to each group, the best pair of group and phrase first; `banned` grows with the phrases given away."""
    order = np.argsort(-np.round(scores, 9), axis=None, kind="stable")
    done: set[int] = set()
    for flat in order[: np.count_nonzero(scores)]:
        group, column = divmod(int(flat), scores.shape[1])
        key = phrases.keys[column]
        if group in done or any(overlaps(key, other) for other in banned):
            continue
        chosen[group].append(column)
        banned.append(key)
        done.add(group)
