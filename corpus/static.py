"""A static model, made of MiniLM on the spot: one vector a token, and a text is the weighted mean of its tokens' vectors.

For a first pass over hundreds of thousands of papers: some hundred times as fast as the model it is made of, and less exact.
The recipe is Model2Vec's (https://github.com/MinishLab/model2vec, 2024): the model's own vector of each token alone, PCA, and
weights by how rare a token is, which its place in the vocabulary tells (SIF, Arora et al. 2017, with Zipf's law). Other than there,
the directions that PCA finds are evened out, so that the few widest do not decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Tick, Vectors, normalise
from corpus.minilm import OnnxEmbedder, Weights, compiled, keep

STATIC = "static"
DIMENSION = 384
# Arora et al.'s `a`, and by which power of their spread the directions are evened out; 0 would leave them as they are, 1 makes
# all alike. Both chosen by 400 queries (benchmarks/embed.py counts the others): .182 ndcg@10, where Model2Vec's own are at .13.
_SIF, _EVENING = 1e-5, 0.75
# Of the recipe: a file that an older version wrote is made anew.
_RECIPE = 2
# Texts tokenised at once.
_STEP = 1024


class StaticEmbedder:
    """The static model whose table of vectors is in the file `path`; its tokens are those of `tokenizer`."""

    dimension = DIMENSION
    device = "cpu"

    def __init__(self, path: Path, tokenizer: Path, name: str = STATIC) -> None:
        from tokenizers import Tokenizer

        self.name = name
        self._table = np.load(path)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def encode(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        """The vectors of `texts`, (len(texts), 384). All of a text is read, however long; one without a known word is zeros."""
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for start in range(0, len(texts), _STEP):
            some = texts[start : start + _STEP]
            for row, encoding in enumerate(self._tokenizer.encode_batch_fast(some, add_special_tokens=False), start):
                vectors[row] = self._table[encoding.ids].sum(axis=0)
            if tick:
                tick(len(some))
        return normalise(vectors)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)

    def encode_documents(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        return self.encode(texts, tick=tick)


def distilled(weights: Weights, models: Path) -> Path:
    """The table of the static model made of `weights`, (tokens, 384), in the folder `models`; made on first use, in some 20 s."""

    def write(target: Path) -> None:
        from tokenizers import Tokenizer

        file = weights.folder / "tokenizer.json"
        tokenizer, model = Tokenizer.from_file(str(file)), OnnxEmbedder(compiled(weights, models), file)
        words = [tokenizer.id_to_token(number) or "" for number in range(tokenizer.get_vocab_size())]
        # In BERT's vocabulary, placeholders and marks such as [CLS] stand in brackets; a bracket of a text is a token of its own.
        known = [number for number, word in enumerate(words) if word[:1] != "[" or word == "["]
        # The words come by frequency, after the single characters, which count as frequent as the first.
        ranks = np.maximum(np.array(known) - words.index("the"), 0) + 1
        first, last = words.index("[CLS]"), words.index("[SEP]")
        vectors = np.zeros((len(known), model.dimension), dtype=np.float32)
        for rows, made in model.run([[first, number, last] for number in known]):
            vectors[rows] = made
        table = np.zeros((len(words), DIMENSION), dtype=np.float32)
        table[known] = build_table(vectors, ranks)
        with target.open("wb") as stream:
            np.save(stream, table)

    name = weights.name.replace("all-MiniLM-L6-v2", STATIC)
    return keep(models / f"{name}.npy", {"weights": weights.sha256, "recipe": _RECIPE}, write)


def build_table(vectors: NDArray[np.float32], ranks: NDArray[np.int64]) -> Vectors:
    """The table, (n, d), of the `vectors` (n, d) of n tokens; `ranks` (n,) by how frequent they are, the most frequent has 1.

    The weight of a token is a / (a + p), p = 1 / (rank + 1) over the sum of those (Zipf's law).
    """
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    scores = centred @ directions
    chance = 1 / (ranks + 1)
    weights = _SIF / (_SIF + chance / chance.sum())
    return np.asarray(scores / scores.std(axis=0) ** _EVENING * weights[:, None], dtype=np.float32)
