"""Papers -> words as numbers: all titles and abstracts as one row of tokens, so that runs of words are counted and found by numpy.

A token is a run of letters and digits; what stands between two tokens is a gap of a kind. Hyphens part tokens, so that
fine-tuning and fine tuning are the same two words; that they stood joined is known from the gap.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corpus.models import Paper
from corpus.report import Progress
from survey.phrases import singular

# Kinds of gaps before a token. Up to JOIN, the token goes on with what stands before it.
SPACE, JOIN, COMMA, OPEN, CLOSE, COLON, STOP, OTHER, BORDER = range(9)

_CJK = r"\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"([^\W_{_CJK}]+|[{_CJK}]+)")
# Parts fields: no paper holds it, for the control characters are taken out of what comes in.
_BORDER = "\x1e"
_ENDS = 8
# Papers that are cut at a time.
_CHUNK = 2_000
_JOINS = frozenset(["-", "/", "'", "’", ".", "+", "&", "\u2010", "\u2011", "\u2013"])
# A title of so many words and mostly capitals shouts: its capitals say nothing.
_SHOUTS = 4
# A word that is written small so seldom is a name, whatever its capitals: ImageNet and imagenet, but CLIP and clip.
_SELDOM = 0.05

# -ise and -our as -ize and -or, where the ending is not the word's own.
_BRITISH = re.compile(
    r"^(normal|optim|general|regular|quant|token|summar|initial|personal|local|visual|real|minim|maxim|parallel|stabil"
    r"|penal|vector|discret|factor|categor|character|parametr|parameter|contextual|random|binar|sparsif|organ|synthes"
    r"|recogn|formal|standard|util|ideal|linear|modular|digit|harmon|orthogonal|diagonal)is(e|ed|er|es|ing|ation|able)$"
)
_SPELLINGS = {
    "behaviour": "behavior",
    "behavioural": "behavioral",
    "colour": "color",
    "colouring": "coloring",
    "neighbour": "neighbor",
    "neighbourhood": "neighborhood",
    "modelling": "modeling",
    "labelling": "labeling",
    "labelled": "labeled",
    "unlabelled": "unlabeled",
    "centre": "center",
    "grey": "gray",
    "grayscale": "grayscale",
    "analyse": "analyze",
    "licence": "license",
    "tumour": "tumor",
    "artefact": "artifact",
    "catalogue": "catalog",
    "dialog": "dialogue",
    "programme": "program",
    "signalling": "signaling",
    "travelling": "traveling",
    "corpora": "corpus",
    "indices": "index",
    "matrices": "matrix",
    "vertices": "vertex",
    "lstms": "lstm",
}

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Words:
    """All tokens of all papers, in the papers' order, title before abstract.

    One value a token: `word` (of `names`), `capital` (whether it begins with one), `field` (2 x paper, +1 in the abstract),
    `start` and `stop` (characters of the field), `gap` (what stands before it). Border tokens end the row, more
    than any run is long.
    """

    pids: tuple[int, ...]
    years: tuple[int | None, ...]
    fields: Sequence[str]
    names: list[str]
    word: Ints
    capital: NDArray[np.bool_]
    field: Ints
    start: Ints
    stop: Ints
    gap: NDArray[np.int8]

    @cached_property
    def number(self) -> dict[str, int]:
        """Word -> its number."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def goes_on(self) -> NDArray[np.bool_]:
        """Whether each token goes on with the one before it."""
        return self.gap <= JOIN

    def papers(self) -> int:
        return len(self.pids)

    def text(self, at: int, length: int) -> str:
        """What is written from token `at` on, `length` tokens long."""
        field: str = self.fields[self.field[at]]
        return field[self.start[at] : self.stop[at + length - 1]]


class _Numbers(dict[str, int]):
    """Gives each new string the next number."""

    def __missing__(self, key: str) -> int:
        self[key] = number = len(self)
        return number


def build_words(papers: Iterable[tuple[int, Paper]], progress: Progress | None = None) -> Words:
    """The tokens of `(pid, paper)` pairs; the order of the pairs says nothing."""
    rows = sorted(((pid, p.year, p.title, p.abstract or "") for pid, p in papers), key=lambda row: row[0])
    fields = [field for row in rows for field in row[2:]]
    spelt, gaps = _Numbers(), _Numbers()
    raws: list[Ints] = []
    befores: list[Ints] = []
    places: list[Ints] = []
    starts: list[Ints] = []
    stops: list[Ints] = []
    for first in range(0, len(fields), 2 * _CHUNK):
        chunk = [_calm(field) for field in fields[first : first + 2 * _CHUNK]]
        pieces = _TOKEN.split(_BORDER.join(chunk))
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
        ends = np.cumsum(lengths)
        tokens = len(pieces) // 2
        raws.append(np.fromiter(map(spelt.__getitem__, pieces[1::2]), np.int32, tokens))
        befores.append(np.fromiter(map(gaps.__getitem__, pieces[0:-1:2]), np.int32, tokens))
        begins = np.cumsum([0] + [len(field) + 1 for field in chunk[:-1]])
        start, stop = ends[0:-1:2], ends[1::2]
        place = np.searchsorted(begins, start, side="right") - 1
        places.append((place + first).astype(np.int32))
        starts.append((start - begins[place]).astype(np.int32))
        stops.append((stop - begins[place]).astype(np.int32))
        if progress:
            progress("Reading words", min(first // 2 + _CHUNK, len(rows)), len(rows))
    gap_kinds = np.array([*map(_gap, gaps), BORDER], dtype=np.int8)
    gap = gap_kinds[_row(befores, len(gaps))]
    field = _row(places, 2 * len(rows))
    gap[:1] = BORDER
    gap[1:][field[1:] != field[:-1]] = BORDER
    last = spelt[""]
    counts = sum((np.bincount(part, minlength=len(spelt)) for part in raws), np.zeros(len(spelt), dtype=np.int64))
    names, of_raw = _normalised(list(spelt), counts)
    raw = _row(raws, last)
    return Words(
        pids=tuple(row[0] for row in rows),
        years=tuple(row[1] for row in rows),
        fields=fields,
        names=names,
        word=of_raw[raw],
        capital=np.array([spelling[:1].isupper() for spelling in spelt], dtype=bool)[raw],
        field=field,
        start=_row(starts, 0),
        stop=_row(stops, 0),
        gap=gap,
    )


def _row(parts: list[Ints], last: int) -> Ints:
    """The parts in one row, with border tokens behind them; the parts are given up, for all of them together are large."""
    parts.append(np.full(_ENDS, last, dtype=np.int32))
    row = np.concatenate(parts)
    parts.clear()
    return row


def normal(spelling: str) -> str:
    """A word as it is compared: small, singular, in American spelling.

    What has capitals inside is a name and gets a mark: `AIM` -> `aim^`.
    """
    if len(spelling) > 2 and spelling[-1] == "s" and spelling[-2].isupper():
        spelling = spelling[:-1]
    small = spelling.lower()
    if any(c.isupper() for c in spelling[1:]) and len(spelling) < 16:
        return small + "^"
    small = _SPELLINGS.get(small, small)
    small = _BRITISH.sub(r"\1iz\2", singular(small))
    return _SPELLINGS.get(small, small)


def cut(text: str) -> list[str]:
    """The words of a text as they are compared.

    >>> cut("Fine-tuning of BERTs")
    ['fine', 'tuning', 'of', 'bert^']
    """
    return [normal(token) for token in _TOKEN.findall(text)]


def _calm(field: str) -> str:
    """A field that is written in capitals in small letters; its length stays."""
    letters = sum(map(str.isupper, field[:300]))
    if letters > 12 and letters > 0.6 * sum(map(str.isalpha, field[:300])) and field.count(" ") >= _SHOUTS:
        small = field.lower()
        return small if len(small) == len(field) else field
    return field


def _gap(text: str) -> int:
    """The kind of a gap by its characters."""
    if not text.strip():
        return SPACE if text else OTHER
    if text in _JOINS:
        return JOIN
    marks = text.strip()
    if any(mark in ".!?;。！？；" for mark in marks):
        return STOP
    for kind, known in ((COLON, ":："), (OPEN, "([（"), (CLOSE, ")]）"), (COMMA, ",，、")):
        if marks[0 if kind != OPEN else -1] in known:
            return kind
    return OTHER


def _normalised(spellings: Sequence[str], counts: NDArray[np.int64]) -> tuple[list[str], Ints]:
    """The words that spellings stand for, and the word's number of each spelling."""
    normals = [normal(spelling) for spelling in spellings]
    used: dict[str, int] = defaultdict(int)
    for name, count in zip(normals, counts.tolist(), strict=True):
        used[name] += count
    numbers = _Numbers()
    of_raw = np.empty(len(normals), dtype=np.int32)
    for row, name in enumerate(normals):
        bare = name.removesuffix("^")
        if name != bare and bare.endswith("s") and f"{bare[:-1]}^" in used:  # ControlNets
            name, bare = f"{bare[:-1]}^", bare[:-1]
        small = singular(bare)
        marked = f"{small}^" if f"{small}^" in used else f"{bare}^"
        if marked in used:
            # What is hardly ever written small is one name, in whatever case it stands; a word with a wrong capital is none.
            if used[small] <= _SELDOM * used[marked]:
                name = marked
            elif name == marked and not spellings[row].isupper() and used[marked] <= _SELDOM * used[small]:
                name = small
        of_raw[row] = numbers[name]
    return list(numbers), of_raw
