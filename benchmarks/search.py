"""Search over 30,000 papers: quality on two sets of judged queries, latency in process and as a whole command.

usage: python benchmarks/search.py [--data DIR] [--home DIR]

ndcg@10 and recall@20 with binary relevance, means over all queries; ids are compared as given. AutoScholar's queries were
written by a language model from related-work sections, LitSearch's by people.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from bench import HERE, median, need, options, report, times

from corpus.home import Home
from corpus.workspace import Workspace

# Chinese queries, and what a researcher would ask in English.
CHINESE = HERE / "chinese_queries.tsv"
QUERY = "adapters for video action recognition"


def main() -> None:
    chosen = options(__doc__ or "")
    sets = {
        "LitSearch": chosen.data / "queries-litsearch.jsonl",
        "AutoScholar, first 400": chosen.data / "queries-autoscholar.jsonl",
    }
    need(chosen.home, *sets.values())
    workspace = Workspace(Home(chosen.home))
    rows: dict[str, Any] = {}
    for name, path in sets.items():
        queries = [json.loads(line) for line in path.read_text("utf-8").splitlines()][:400]
        for mode in ("lexical", "dense", "hybrid"):
            found = workspace.searcher.search_many({q["qid"]: q["query"] for q in queries}, 20, mode=mode)
            scores = [(ndcg(found[q["qid"]], q["relevant"]), recall(found[q["qid"]], q["relevant"])) for q in queries]
            rows[f"{name}, {mode}: ndcg@10 / recall@20"] = " / ".join(
                f"{statistics.mean(s):.3f}" for s in zip(*scores, strict=True)
            )
    pairs = [line.split("\t") for line in CHINESE.read_text("utf-8").splitlines()[1:]]
    search = workspace.searcher.search
    common = [
        len({hit.paper.name for hit in search(chinese)} & {hit.paper.name for hit in search(english)}) / 10
        for chinese, english in pairs
    ]
    rows["Chinese queries, first ten hits shared with their English twins, mean"] = round(statistics.mean(common), 3)
    rows["Chinese queries that share 70% or more"] = f"{sum(share >= 0.7 for share in common)} of {len(common)}"
    texts = [json.loads(line)["query"] for line in sets["LitSearch"].read_text("utf-8").splitlines()]
    taken = [times(lambda text=text: workspace.searcher.search(text), 1)[0] for text in texts]
    rows["search in process, median ms"] = round(1000 * statistics.median(taken), 1)
    rows["search in process, p95 ms"] = round(1000 * statistics.quantiles(taken, n=20)[-1], 1)
    command = [sys.executable, "-m", "survey.cli", "--home", str(chosen.home)]
    for name, arguments in {"fourways search, whole command": ["search", QUERY], "fourways --help": ["--help"]}.items():
        rows[f"{name}, median s of 5"] = median(
            times(lambda a=arguments: subprocess.run([*command, *a], check=True, capture_output=True), 5)
        )
    report("search", rows)


def ndcg(ids: Sequence[str], relevant: Sequence[str], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `k`, relevance 0 or 1 (Järvelin & Kekäläinen 2002)."""
    gain = sum(1 / math.log2(rank + 2) for rank, one in enumerate(ids[:k]) if one in set(relevant))
    return gain / sum(1 / math.log2(rank + 2) for rank in range(min(k, len(set(relevant)))))


def recall(ids: Sequence[str], relevant: Sequence[str], k: int = 20) -> float:
    return len(set(ids[:k]) & set(relevant)) / len(set(relevant))


if __name__ == "__main__":
    main()
