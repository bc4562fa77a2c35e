"""What each part of a search adds, and how the weights of corpus/retrieval/ranking.py were chosen.

usage: python benchmarks/fusion.py [--data DIR] [--home DIR] [--tune]

The ablation leaves out one part at a time. `--tune` looks for better weights, step by step, on AutoScholar's queries 401 to
1,544 alone: neither the first 400 nor LitSearch's are looked at, so that their figures say what other queries can expect.
"""

from __future__ import annotations

import json
import statistics
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from bench import need, parser, report
from search import ndcg, recall

from corpus.home import Home
from corpus.retrieval.ranking import WEIGHTS, Weights
from corpus.search import Searcher
from corpus.workspace import Workspace

Query = dict[str, Any]
# A step must gain this much of ndcg@10 + recall@20 / 2.
LEAST = 0.0003


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--tune", action="store_true")
    chosen = options.parse_args()
    files = [chosen.data / f"queries-{name}.jsonl" for name in ("litsearch", "autoscholar")]
    need(chosen.home, *files)
    litsearch, autoscholar = map(read, files)
    workspace = Workspace(Home(chosen.home))
    if chosen.tune:
        tune(workspace, autoscholar[400:])
        return
    sets = {
        "LitSearch": litsearch,
        "AutoScholar, first 400": autoscholar[:400],
        "AutoScholar, others": autoscholar[400:],
    }
    parts = [
        field.name for field in fields(Weights) if field.name != "fulltext"
    ]  # the queries' papers have no full texts
    variants = {"all": WEIGHTS} | {f"without {name}": replace(WEIGHTS, **{name: 0.0}) for name in parts}
    only = dict.fromkeys(parts, 0.0)
    variants |= {
        "words and meaning": replace(WEIGHTS, **only | {"words": WEIGHTS.words, "meaning": WEIGHTS.meaning}),
        "and citations": replace(WEIGHTS, cited=0.0, likeness=0.0),
    }
    rows = {}
    for name, weights in variants.items():
        for label, queries in sets.items():
            rows[f"{label}, {name}: ndcg@10 / recall@20"] = " / ".join(
                f"{s:.3f}" for s in score(workspace, weights, queries)
            )
    report("fusion", rows)


def read(path: Path) -> list[Query]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def score(workspace: Workspace, weights: Weights, queries: list[Query]) -> tuple[float, float]:
    """ndcg@10 and recall@20, means over the queries."""
    searcher = Searcher(
        workspace.library, workspace.index, workspace.embedder, workspace.search_folder, weights=weights
    )
    found = searcher.search_many({q["qid"]: q["query"] for q in queries}, 20)
    return (
        statistics.mean(ndcg(found[q["qid"]], q["relevant"]) for q in queries),
        statistics.mean(recall(found[q["qid"]], q["relevant"]) for q in queries),
    )


def tune(workspace: Workspace, queries: list[Query]) -> None:
    """Coordinate ascent from the weights there are (citations doubled: see ranking.py), the weight of meaning held at 1."""

    def worth(weights: Weights) -> float:
        first, second = score(workspace, weights, queries)
        return first + second / 2

    weights = replace(WEIGHTS, citations=2 * WEIGHTS.citations, cited=2 * WEIGHTS.cited)
    best, step = worth(weights), 0.2
    print(f"{best:.4f} {weights}", flush=True)
    while step > 0.04:
        moved = False
        for name in ("words", "citations", "likeness", "cited"):
            for change in (step, -step):
                tried = replace(weights, **{name: max(0.0, round(getattr(weights, name) + change, 3))})
                if (value := worth(tried)) > best + LEAST:
                    weights, best, moved = tried, value, True
                    print(f"{best:.4f} {weights}", flush=True)
                    break
        step = step if moved else step / 2


if __name__ == "__main__":
    main()
