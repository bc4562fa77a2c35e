"""Texts -> token windows -> one vector a text: what the embedders of MiniLM's architecture share, whatever runs the model.

A query is cut after 256 tokens, as sentence-transformers does. A document is not: a longer one is put into overlapping windows,
each beginning with the title, and its vector is the mean of theirs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from corpus.embed import Tick, Vectors, normalise

# Of a window, with the two tokens that frame it.
MAX_TOKENS = 256
# What lies beyond this many windows of a document, some 1,800 tokens, is not read.
MAX_WINDOWS = 8
# Tokens that two neighbours share.
_OVERLAP = 32
# A longer first line is no title, and is not repeated.
_MAX_TITLE = 64
# Texts tokenised and sorted by length at once.
_PART = 4096

Tokens = Sequence[int]


def build_windows(tokens: Tokens, title: int, space: int = MAX_TOKENS - 2) -> list[Tokens]:
    """Windows of at most `space` tokens that hold all of `tokens`, each beginning with the first `title` of them.

    They are about equally long and overlap by 32 tokens. A text that fits is one window. At most 8 windows are made.

    >>> [len(window) for window in build_windows(range(300), 12)]
    [172, 172]
    """
    if len(tokens) <= space:
        return [tokens]
    title = title if title <= _MAX_TITLE else 0
    head, body = tokens[:title], tokens[title:]
    room = space - title - _OVERLAP  # new tokens a window
    count = min(-(-(len(body) - _OVERLAP) // room), MAX_WINDOWS)
    body = body[: count * room + _OVERLAP]
    step = -(-(len(body) - _OVERLAP) // count)
    return [[*head, *body[start : start + step + _OVERLAP]] for start in range(0, count * step, step)]


class WindowEmbedder(ABC):
    """An embedder that tokenises by the file `tokenizer` and leaves the windows to `run`."""

    name: str
    dimension: int
    device: str

    def __init__(self, tokenizer: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._first, self._last = (int(self._tokenizer.token_to_id(token) or 0) for token in ("[CLS]", "[SEP]"))

    @abstractmethod
    def run(self, windows: Sequence[Tokens]) -> Iterator[tuple[list[int], Vectors]]:
        """Rows of `windows`, framed and of any lengths up to 256, and their vectors (rows, dimension), as they are made."""

    def encode(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        """The vectors of `texts`, (len(texts), dimension). What lies beyond 256 tokens of a text is not read."""
        return self._embed(texts, self._cut, tick)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)

    def encode_documents(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        """The vectors of `texts`, (len(texts), dimension), each a title, a line break, and what follows.

        A text of more than 256 tokens is read in windows, as `build_windows` makes them, at most 8; its vector is the mean of
        theirs, weighted by their tokens.
        """
        return self._embed(texts, self._split, tick)

    def _cut(self, texts: Sequence[str]) -> list[list[Tokens]]:
        encodings = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [[encoding.ids[: MAX_TOKENS - 2]] for encoding in encodings]

    def _split(self, texts: Sequence[str]) -> list[list[Tokens]]:
        documents: list[list[Tokens]] = []
        for text, encoding in zip(texts, self._tokenizer.encode_batch(texts, add_special_tokens=False), strict=True):
            tokens, title = encoding.ids, 0
            first_line, _, rest = text.partition("\n")
            if first_line and rest and len(tokens) > MAX_TOKENS - 2:
                title = encoding.char_to_token(len(text) - len(rest.lstrip())) or 0
            documents.append(build_windows(tokens, title))
        return documents

    def _embed(
        self, texts: Sequence[str], split: Callable[[Sequence[str]], list[list[Tokens]]], tick: Tick | None
    ) -> Vectors:
        parts = [texts[start : start + _PART] for start in range(0, len(texts), _PART)]
        with ThreadPoolExecutor(1) as pool:  # the next part is tokenised while this one runs
            vectors = [self._join(documents, tick) for documents in pool.map(split, parts)]
        return np.concatenate([np.zeros((0, self.dimension), dtype=np.float32), *vectors])

    def _join(self, documents: Sequence[Sequence[Tokens]], tick: Tick | None) -> Vectors:
        """One vector of length 1 for each document, of its windows; a document counts as done with its last window."""
        windows = [[self._first, *window, self._last] for document in documents for window in document]
        owners = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
        left = np.array([len(document) for document in documents])
        vectors = np.zeros((len(documents), self.dimension), dtype=np.float32)
        for rows, made in self.run(windows):
            weights = np.array([len(windows[row]) for row in rows], dtype=np.float32)
            np.add.at(vectors, owners[rows], normalise(made) * weights[:, None])
            before = int(np.count_nonzero(left))
            np.subtract.at(left, owners[rows], 1)
            if tick and (done := before - int(np.count_nonzero(left))):
                tick(done)
        return normalise(vectors)
