"""Search over 30,000 papers: quality on two sets of judged queries, latency in process and as a whole command.

usage: python benchmarks/search.py [--data DIR] [--home DIR]

Writes the ids found to benchmarks/out/search-SET-MODE.jsonl, `{"qid", "ids"}` a line, for any scorer.

ndcg@10 and recall@20 with binary relevance, means over all queries; ids are compared as given. AutoScholar's queries were
written by a language model from related-work sections, LitSearch's by people.
"""

from __future__ import annotations

import json
import math
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import HERE, OUT, median, need, options, report, times

from corpus.home import Home
from corpus.workspace import Workspace

# Chinese queries, and what a researcher would ask in English.
CHINESE = HERE / "chinese_queries.tsv"
QUERY = "adapters for video action recognition"


# What a fresh process needs to its first answer, the model's loading included; Python's own start is not.
FIRST = """
import sys, time
started = time.perf_counter()
from pathlib import Path
from corpus.home import Home
from corpus.workspace import Workspace
Workspace(Home(Path(sys.argv[1]))).searcher.search(sys.argv[2])
print(time.perf_counter() - started)
"""


def main() -> None:
    chosen = options(__doc__ or "")
    sets = {
        "LitSearch": chosen.data / "queries-litsearch.jsonl",
        "AutoScholar, first 400": chosen.data / "queries-autoscholar.jsonl",
    }
    need(chosen.home, *sets.values())
    workspace = Workspace(Home(chosen.home))
    judged = {
        name: [json.loads(one) for one in path.read_text("utf-8").splitlines()][:400] for name, path in sets.items()
    }
    rows: dict[str, Any] = {}
    for name, queries in judged.items():
        for mode in ("lexical", "dense", "hybrid"):
            rows[f"{name}, {mode}: ndcg@10 / recall@20"] = quality(workspace, queries, f"{name}-{mode}", mode=mode)
    pairs = [line.split("\t") for line in CHINESE.read_text("utf-8").splitlines()[1:]]
    search = workspace.searcher.search
    common = [
        len({hit.paper.name for hit in search(chinese)} & {hit.paper.name for hit in search(english)}) / 10
        for chinese, english in pairs
    ]
    rows["Chinese queries, first ten hits shared with their English twins, mean"] = round(statistics.mean(common), 3)
    rows["Chinese queries that share 70% or more"] = f"{sum(share >= 0.7 for share in common)} of {len(common)}"
    rows |= latency(workspace, [query["query"] for query in judged["LitSearch"]])
    everything = [query for queries in judged.values() for query in queries]
    rows |= throughput(workspace, chosen.home, everything)
    rows |= commands(chosen.home)
    report("search", rows)


def quality(workspace: Workspace, queries: Sequence[Mapping[str, Any]], run: str, **arguments: Any) -> str:
    """ndcg@10 / recall@20, means; the ids go to a file."""
    found = workspace.searcher.search_many({q["qid"]: q["query"] for q in queries}, 20, **arguments)
    OUT.mkdir(exist_ok=True)
    file = OUT / f"search-{re.sub('[^a-z0-9]+', '-', run.lower())}.jsonl"
    file.write_text("".join(json.dumps({"qid": qid, "ids": ids}) + "\n" for qid, ids in found.items()), "utf-8")
    scores = [(ndcg(found[q["qid"]], q["relevant"]), recall(found[q["qid"]], q["relevant"])) for q in queries]
    return " / ".join(f"{statistics.mean(s):.3f}" for s in zip(*scores, strict=True))


def latency(workspace: Workspace, texts: Sequence[str]) -> dict[str, Any]:
    """One query at a time, each once, in a process that has answered others."""
    taken = []
    for text in texts:
        started = time.perf_counter()
        workspace.searcher.search(text)
        taken.append(1000 * (time.perf_counter() - started))
    return {
        "search in process, median ms": round(statistics.median(taken), 1),
        "search in process, p95 ms": round(statistics.quantiles(taken, n=20)[-1], 1),
    }


def throughput(workspace: Workspace, home: Path, queries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Hybrid queries a second: in process, and of the command, which starts, loads the model and writes the file."""
    texts = {query["qid"]: query["query"] for query in queries}
    (inside,) = times(lambda: workspace.searcher.search_many(texts, 20), 1)
    with tempfile.TemporaryDirectory() as folder:
        asked, found = Path(folder) / "queries.jsonl", Path(folder) / "run.jsonl"
        asked.write_text("".join(json.dumps({"qid": qid, "query": q}) + "\n" for qid, q in texts.items()), "utf-8")
        arguments = ["search", "--queries", str(asked), "--run", str(found), "-k", "20"]
        (outside,) = times(lambda: command(home, *arguments), 1)
    return {
        f"{len(texts)} queries at once, queries/s in process": round(len(texts) / inside),
        f"{len(texts)} queries at once, queries/s of the whole command": round(len(texts) / outside),
    }


def commands(home: Path) -> dict[str, Any]:
    """Whole commands, and the first search of a fresh process."""

    def first() -> float:
        done = subprocess.run(
            [sys.executable, "-c", FIRST, str(home), QUERY], check=True, capture_output=True, text=True
        )
        return float(done.stdout.split()[-1])

    rows = {"first search of a fresh process, model included, median s of 5": median([first() for _ in range(5)])}
    for name, arguments in {"fourways search, whole command": ["search", QUERY], "fourways --help": ["--help"]}.items():
        rows[f"{name}, median s of 5"] = median(times(lambda a=arguments: command(home, *a), 5))
    return rows


def command(home: Path, *arguments: str) -> None:
    given = [sys.executable, "-m", "survey.cli", "--home", str(home), *arguments]
    subprocess.run(given, check=True, capture_output=True)


def ndcg(ids: Sequence[str], relevant: Sequence[str], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `k`, relevance 0 or 1 (Järvelin & Kekäläinen 2002)."""
    gain = sum(1 / math.log2(rank + 2) for rank, one in enumerate(ids[:k]) if one in set(relevant))
    return gain / sum(1 / math.log2(rank + 2) for rank in range(min(k, len(set(relevant)))))


def recall(ids: Sequence[str], relevant: Sequence[str], k: int = 20) -> float:
    return len(set(ids[:k]) & set(relevant)) / len(set(relevant))


if __name__ == "__main__":
    main()
