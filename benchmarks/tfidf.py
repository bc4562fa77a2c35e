"""The searches of arxiv-sanity-lite's kind (https://github.com/karpathy/arxiv-sanity-lite), for `benchmarks/peers.py`."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from engine import Corpus, Engine, Search, load_ids, save_ids


class TfIdf(Engine):
    """What arxiv-sanity-lite computes: tf-idf over words and pairs of words of title, abstract and authors.

    `by`: `cosine` ranks by the query's tf-idf vector; `svm` trains arxiv-sanity-lite's linear SVM with that vector as the only
    positive and every paper as a negative, as its "similar papers" do with a paper; `counts` is what its search field does.
    """

    FEATURES = 20_000

    KINDS = {  # noqa: RUF012
        "cosine": ("TF-IDF (scikit-learn)", "arxiv-sanity-lite's settings, with 20,000 features; cosine to the query"),
        "svm": (
            "TF-IDF + SVM (as arxiv-sanity-lite)",
            "the same vectors; a linear SVM (C 0.1, balanced) with the query as the one positive",
        ),
        "counts": (
            "search field of arxiv-sanity-lite",
            "how often the query's words stand in authors (x 5), title (x 10) and abstract, summed",
        ),
    }

    def __init__(self, by: str) -> None:
        self.by = by
        self.title, self.note = self.KINDS[by]

    def build(self, corpus: Corpus, folder: Path) -> None:
        save_ids(folder, corpus.ids)
        if self.by == "counts":
            parts = [
                (authors.lower(), *text.lower().split("\n", 1))
                for authors, text in zip(corpus.authors, corpus.texts, strict=True)
            ]
            (folder / "papers.pickle").write_bytes(pickle.dumps(parts))
            return
        import numpy as np
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(
            strip_accents="unicode",
            stop_words="english",
            token_pattern=r"(?u)\b[a-zA-Z_][a-zA-Z0-9_]+\b",
            ngram_range=(1, 2),
            max_features=self.FEATURES,
            sublinear_tf=True,
            max_df=0.5,
            min_df=5,
        )
        texts = [f"{text} {authors}" for text, authors in zip(corpus.texts, corpus.authors, strict=True)]
        matrix = vectorizer.fit_transform(texts).astype(np.float32)
        (folder / "features.pickle").write_bytes(pickle.dumps((vectorizer, matrix)))

    def load(self, folder: Path) -> Search:
        ids = load_ids(folder)
        if self.by == "counts":
            return self._counts(ids, pickle.loads((folder / "papers.pickle").read_bytes()))
        import numpy as np
        import scipy.sparse
        from sklearn.svm import LinearSVC

        vectorizer, matrix = pickle.loads((folder / "features.pickle").read_bytes())

        def cosine(query: str) -> Any:
            return (matrix @ vectorizer.transform([query]).T).toarray()[:, 0]

        def svm(query: str) -> Any:
            x = scipy.sparse.vstack([matrix, vectorizer.transform([query]).astype(np.float32)], format="csr")
            y = np.zeros(len(ids) + 1)
            y[-1] = 1
            judge = LinearSVC(class_weight="balanced", max_iter=10_000, tol=1e-6, C=0.1).fit(x, y)
            return judge.decision_function(matrix)

        score = cosine if self.by == "cosine" else svm
        return lambda query, k: [ids[row] for row in np.argsort(-score(query), kind="stable")[:k]]

    def _counts(self, ids: list[str], papers: list[tuple[str, ...]]) -> Search:
        def search(query: str, k: int) -> list[str]:
            words = query.lower().split()

            def score(paper: tuple[str, ...]) -> float:
                return sum(
                    weight * sum(part.count(word) for word in words)
                    for weight, part in zip((5, 10, 1), paper, strict=False)
                )

            order = sorted(((score(paper), name) for paper, name in zip(papers, ids, strict=True)), reverse=True)
            return [name for _, name in order[:k]]

        return search
