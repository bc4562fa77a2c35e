"""Places for papers: strategies by the head, directions within them by words and meaning; hand and corrections come first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from corpus.embed import Embedder, Vectors
from corpus.models import Paper, Place
from survey.places.cues import STRONG, Found, find_cues
from survey.places.head import Head, head_for, load_weights, strategy_labels
from survey.places.measures import COUNT, PER_DIRECTION, Numbers, measure
from survey.strategies import STRATEGIES, Direction, directions, place_by_hand

# paper -> direction -> whether somebody says that it stands there
Corrections = Mapping[int, Mapping[str, bool]]

YOU = "you"
# From this chance on, a paper has a further direction under a strategy beside the best one; at most so many.
_FURTHER = 0.5
_MOST = 3
# Below this cosine, nearness to a direction's sentence is not told as a reason.
_NEAR = 0.3
_BLOCK = 4_096


class _Read(NamedTuple):
    """Papers as numbers: what their words say, of the whole and of each direction; the cues; cosines to the directions."""

    numbers: Numbers  # (n, COUNT)
    each: Numbers  # (n, directions, PER_DIRECTION)
    found: list[list[Found]]
    cosines: Numbers | None  # (n, directions)
    vectors: Vectors | None


def place_papers(
    papers: Sequence[tuple[int, Paper]],
    vectors: Mapping[int, Vectors],
    embedder: Embedder | None,
    corrections: Corrections | None = None,
) -> Iterator[tuple[int, Place]]:
    """Where each `(key, paper)` stands, one place a direction; `weight` is the confidence, `source` the reason.

    What somebody corrected holds, then what the paper's record says (source: hand). Else the strategies that the paper's words
    and its vector speak for, if any: most papers of a library stand nowhere. `vectors` (d,) are those of `embedder`'s model; a
    paper without one, or all where `embedder` is None, are placed by their words. Corrections are learned from.
    """
    corrections = corrections or {}
    prototypes = _prototypes(embedder) if embedder and vectors else None
    model = embedder.name if embedder else None
    # Whether there is a vector, and whether it is that of more than a title, which the words alone tell better.
    split: dict[tuple[bool, bool], list[tuple[int, Paper]]] = {}
    for key, paper in papers:
        split.setdefault((prototypes is not None and key in vectors, bool(paper.abstract)), []).append((key, paper))
    for (with_vectors, whole), rows in split.items():
        head = _taught(head_for(model if with_vectors and whole else None), papers, vectors, prototypes, corrections)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            read = _read(block, vectors if with_vectors else {}, prototypes if with_vectors else None)
            for (key, paper), places in zip(block, _judge(head, read), strict=True):
                yield from ((key, place) for place in settle(paper, places, corrections.get(key, {})))


def settle(paper: Paper, computed: Iterable[Place], said: Mapping[str, bool]) -> list[Place]:
    """The places of a paper: those that its record names, else the computed ones; both as corrected."""
    places = list(place_by_hand(paper)) or list(computed)
    kept = {place.direction: place for place in places if said.get(place.direction, True)}
    for key, stands in said.items():
        if stands and key in directions():
            kept[key] = Place(strategy=directions()[key].strategy, direction=key, weight=1.0, source=YOU)
    return list(kept.values())


def _taught(
    head: Head,
    papers: Sequence[tuple[int, Paper]],
    vectors: Mapping[int, Vectors],
    prototypes: Vectors | None,
    corrections: Corrections,
) -> Head:
    """The head, having learned what was said of those papers that it can read."""
    known, order = directions(), list(STRATEGIES)
    rows = [
        (key, paper) for key, paper in papers if corrections.get(key) and (key in vectors or not head.reads_vectors)
    ]
    if not rows:
        return head
    read = _read(rows, vectors if head.reads_vectors else {}, prototypes if head.reads_vectors else None)
    labels = [
        strategy_labels(
            [(order.index(known[d].strategy), stands) for d, stands in corrections[key].items() if d in known],
            len(order),
        )
        for key, _ in rows
    ]
    return head.taught(head.features(read.numbers, read.vectors), np.array(labels))


def _read(papers: Sequence[tuple[int, Paper]], vectors: Mapping[int, Vectors], prototypes: Vectors | None) -> _Read:
    numbers = np.zeros((len(papers), COUNT))
    each = np.zeros((len(papers), len(directions()), PER_DIRECTION))
    rows = {key: row for row, key in enumerate(directions())}
    found = []
    for number, (_, paper) in enumerate(papers):
        abstract = paper.abstract or ""
        cues = find_cues(paper.title, abstract)
        numbers[number], own = measure(cues, abstract)
        for key, values in own.items():
            each[number, rows[key]] = values
        found.append(cues)
    if prototypes is None or not papers:
        return _Read(numbers, each, found, None, None)
    stacked = np.stack([vectors[key] for key, _ in papers])
    return _Read(numbers, each, found, np.asarray(stacked @ prototypes.T, dtype=np.float64), stacked)


def _judge(head: Head, read: _Read) -> list[list[Place]]:
    """The computed places of each paper that was read, the surest first."""
    confidences, placed = head.judge(head.features(read.numbers, read.vectors))
    nearness = None if read.cosines is None else standardised(read.cosines)
    places: list[list[Place]] = [[] for _ in read.found]
    for strategy in range(len(STRATEGIES)):
        rows = np.flatnonzero(placed[:, strategy])
        chances = direction_chances(strategy, read.each[rows], None if nearness is None else nearness[rows])
        order = np.argsort(-chances, axis=1, kind="stable")[:, :_MOST]
        for at, row in enumerate(map(int, rows)):
            for rank, position in enumerate(map(int, order[at])):
                if rank and chances[at, position] < _FURTHER:
                    break
                number, direction = _under(strategy)[position]
                cosine = None if read.cosines is None else float(read.cosines[row, number])
                weight = round(float(confidences[row, strategy] * chances[at, position]), 4)
                source = _reason(direction, read.found[row], cosine)
                place = Place(strategy=direction.strategy, direction=direction.key, weight=weight, source=source)
                places[row].append(place)
    return [sorted(some, key=lambda place: (-place.weight, place.direction)) for some in places]


def standardised(cosines: Numbers) -> Numbers:
    """Cosines (n, directions) in standard deviations above each paper's mean: some papers are near to everything."""
    spread = np.maximum(cosines.std(axis=1, keepdims=True), 1e-6)
    return np.asarray((cosines - cosines.mean(axis=1, keepdims=True)) / spread)


def direction_chances(strategy: int, each: Numbers, nearness: Numbers | None) -> Numbers:
    """How likely papers under the strategy stand under each of its directions: (n, its directions), in the table's order.

    Logistic regression on the directions' cues (n, directions, PER_DIRECTION) and on how near they are in meaning
    (n, directions), fitted on the catalogue's places by hand.
    """
    weights = np.array(load_weights()["directions" if nearness is not None else "directions_by_words"])
    return np.asarray(1 / (1 + np.exp(-np.clip(direction_rows(strategy, each, nearness) @ weights, -30, 30))))


def direction_rows(strategy: int, each: Numbers, nearness: Numbers | None) -> Numbers:
    """What `direction_chances` reads of each direction: its cues, whether it has the most of them, nearness, the constant."""
    under = [number for number, _ in _under(strategy)]
    own = each[:, under]
    total = own.sum(axis=2)
    columns = [own, ((total > 0) & (total == total.max(axis=1, keepdims=True)))[..., None]]
    if nearness is not None:
        near = nearness[:, under]
        columns += [near[..., None], (near == near.max(axis=1, keepdims=True))[..., None]]
    return np.concatenate([*columns, np.ones((*total.shape, 1))], axis=2).astype(np.float64)


def _reason(direction: Direction, found: Sequence[Found], cosine: float | None) -> str:
    """Why a paper stands under the direction, in a few words: `cue: lora, meaning .61`."""
    own = [one for one in found if one.cue.direction == direction.key]
    best = min(
        own,
        key=lambda one: (not (one.title and one.cue.weight == STRONG), -one.cue.weight, not one.title),
        default=None,
    )
    parts = [f"cue: {best.cue.name}"] if best else []
    if cosine is not None and (cosine >= _NEAR or not parts):
        parts.append(f"meaning {cosine:.2f}".replace("0.", "."))
    return ", ".join(parts) or "words of its strategy"


@cache
def _under(strategy: int) -> list[tuple[int, Direction]]:
    """The directions under a strategy, with their row in the table."""
    key = list(STRATEGIES)[strategy]
    return [(at, direction) for at, direction in enumerate(directions().values()) if direction.strategy == key]


def _prototypes(embedder: Embedder) -> Vectors:
    """A vector of each direction's name and sentence (directions, d)."""
    return embedder.encode([f"{direction.en}. {direction.about}" for direction in directions().values()])
