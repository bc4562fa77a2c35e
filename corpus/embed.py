"""Texts -> vectors: `Embedder` is the swap point between the index and any model. corpus/backends.py picks one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
# Called with how many texts were embedded since the last call.
Tick = Callable[[int], None]

DEFAULT_MODEL = "all-MiniLM-L6-v2"


class Embedder(Protocol):
    """What turns texts into vectors.

    `name` is the model's, and two embedders of one name give the same vectors; `device` says where it runs. All three methods
    give (len(texts), dimension), each row of length 1. A query is compared with documents by their dot product; the two sides
    may be embedded differently, so texts that are searched for go through one and texts that are found through the other.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def device(self) -> str: ...

    def encode(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        """Vectors of texts that are compared with each other: no side is a query."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched for."""
        ...

    def encode_documents(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        """Vectors of what is found: what an index keeps."""
        ...


class HashEmbedder:
    """Feature hashing of words (Weinberger et al. 2009, arXiv:0902.2206): deterministic, instant and without a model.

    Texts that share words are near. For tests, and for trying things where no model can be had; the words are not understood.
    """

    device = "cpu"

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.name = f"hash:{dimension}"

    def encode(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
                vectors[row, int.from_bytes(digest[:4], "big") % self.dimension] += 1 if digest[4] & 1 else -1
            if tick:
                tick(1)
        return normalise(vectors)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)

    def encode_documents(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        return self.encode(texts, tick=tick)


def normalise(vectors: Vectors) -> Vectors:
    """Rows of length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
