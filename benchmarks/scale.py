"""Search over 150,000 papers: what a year filter costs, memory, how exact the nearest vectors are, and growth from 30,000.

usage: python benchmarks/scale.py [--data DIR] [--folder DIR] [--model NAME] [--again]

Makes a library of 30,000 and one of 150,000 papers in `--folder` where they are missing, with the same embedder: `static` by
default, which is done in minutes, where all-MiniLM-L6-v2 takes an hour for 150,000 abstracts on 2 cores. The queries are
LitSearch's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench import HERE, need, report

SIZES = {"30k": ["papers-30k"], "150k": ["papers-30k", "papers-120k-more"]}
WARM = 20
# Three papers of four: a filter that lets through much is the slow one.
YEARS = (2022, 2026)
# What is asked of 150,000 papers: milliseconds, MB, share of the exact first ten, times as slow as 30,000.
GOALS = {"median ms": 25, "p95 ms": 50, "memory MB": 1500, "recall@10": 0.99, "growth": 2}


def main() -> None:
    chosen = arguments()
    if chosen.step:
        home = chosen.folder / chosen.size
        answer = {"index": index, "ask": ask, "recall": exact}[chosen.step](home, chosen)
        print(json.dumps(answer))
        return
    need(*(chosen.data / f"{name}.jsonl.gz" for name in SIZES["150k"]), chosen.data / "queries-litsearch.jsonl")
    rows: dict[str, Any] = {"model": chosen.model}
    medians = {}
    for size in SIZES:
        rows |= {f"{size}: {name}": value for name, value in make(chosen, size).items()}
        asked = child(chosen, size, "ask")
        medians[size] = asked["hybrid, a year filter, median ms"]
        rows |= {f"{size}: {name}": value for name, value in (asked | child(chosen, size, "recall")).items()}
    rows["growth of the median, 30k to 150k"] = round(medians["150k"] / medians["30k"], 2)
    rows["goals at 150k"] = judge(rows)
    report("scale", rows)


def judge(rows: dict[str, Any]) -> str:
    """Which of the goals are met."""
    figures = {
        "median ms": rows["150k: hybrid, a year filter, median ms"],
        "p95 ms": rows["150k: hybrid, a year filter, p95 ms"],
        "memory MB": rows["150k: memory at its peak, MB"],
        "recall@10": rows["150k: recall@10 of the exact nearest, all years"],
        "growth": rows["growth of the median, 30k to 150k"],
    }
    met = {
        name: (value >= GOALS[name]) if "recall" in name else (value < GOALS[name]) for name, value in figures.items()
    }
    return ", ".join(
        f"{name} {value} ({'met' if met[name] else 'MISSED'}: {GOALS[name]})" for name, value in figures.items()
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--folder", type=Path, default=HERE.parent / ".fourways" / "scale", help="for the libraries")
    parser.add_argument("--model", default="static")
    parser.add_argument("--again", action="store_true", help="index anew")
    parser.add_argument("--step", choices=["index", "ask", "recall"], help=argparse.SUPPRESS)
    parser.add_argument("--size", choices=list(SIZES), help=argparse.SUPPRESS)
    return parser.parse_args()


def child(chosen: argparse.Namespace, size: str, step: str) -> dict[str, Any]:
    """One step in a process of its own, so that its memory is its own."""
    given = ["--data", str(chosen.data), "--folder", str(chosen.folder), "--model", chosen.model]
    again = ["--again"] if chosen.again else []
    command = [sys.executable, __file__, *given, *again, "--size", size, "--step", step]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def make(chosen: argparse.Namespace, size: str) -> dict[str, Any]:
    """Import and index, where that is not done; seconds of each step."""
    home, rows = chosen.folder / size, {}
    if not (home / "library.db").exists():
        files = [str(chosen.data / f"{name}.jsonl.gz") for name in SIZES[size]]
        command = [sys.executable, "-m", "survey.cli", "--home", str(home), "import", *files]
        started = time.perf_counter()
        subprocess.run(
            [*command, "--citations", str(chosen.data / "citations.tsv.gz")], check=True, capture_output=True
        )
        rows["import, s"] = round(time.perf_counter() - started, 1)
    return rows | child(chosen, size, "index")


# ---- the steps ---------------------------------------------------------------------------------------------------


def index(home: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Seconds of each stage of `fourways index`, as its progress tells them; the embedding itself apart."""
    from corpus.home import Home
    from corpus.workspace import Workspace
    from survey.indexing import index_library

    workspace = Workspace(Home(home), model=chosen.model)
    embedder = workspace.index_embedder()
    spent = 0.0

    def timed(encode: Callable[..., Any]) -> Callable[..., Any]:
        def call(*texts: Any, **more: Any) -> Any:
            nonlocal spent
            started = time.perf_counter()
            try:
                return encode(*texts, **more)
            finally:
                spent += time.perf_counter() - started

        return call

    embedder.encode_documents = timed(embedder.encode_documents)  # type: ignore[method-assign]
    rows: dict[str, Any] = {}
    ends: dict[str, float] = {}
    started = time.perf_counter()

    def progress(stage: str, done: int, total: int) -> None:
        ends[stage] = time.perf_counter()
        before = max((end for other, end in ends.items() if other != stage), default=started)
        rows[f"index, {stage.lower()}, s"] = round(ends[stage] - before, 1)

    done = index_library(workspace, rebuild=chosen.again, progress=progress)
    if not done.embedded:
        return {}
    whole = time.perf_counter() - started
    return rows | {
        "index, of it the embedder, s": round(spent, 1),
        "index, s": round(whole, 1),
        "index, peak MB": peak_mb(),
    }


def ask(home: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Times and memory of hybrid search in a fresh process."""
    from corpus.home import Home
    from corpus.models import Filters
    from corpus.workspace import Workspace

    queries, years = load_queries(chosen.data), Filters(year_from=YEARS[0], year_to=YEARS[1])
    started = time.perf_counter()
    searcher = Workspace(Home(home)).searcher
    searcher.search(queries[0])
    rows: dict[str, Any] = {"first search, s": round(time.perf_counter() - started, 2)}
    for name, filters in (("a year filter", years), ("all years", None)):
        for query in queries[:WARM]:
            searcher.search(query, filters=filters)
        taken = []
        for query in queries:
            began = time.perf_counter()
            searcher.search(query, filters=filters)
            taken.append(1000 * (time.perf_counter() - began))
        rows[f"hybrid, {name}, median ms"] = round(statistics.median(taken), 1)
        rows[f"hybrid, {name}, p95 ms"] = round(statistics.quantiles(taken, n=20)[-1], 1)
    return rows | {"memory at its peak, MB": peak_mb()}


def exact(home: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Of the ten nearest vectors by numpy, the share that `mode="dense"` finds; one as near as the tenth counts as found."""
    import numpy as np

    from corpus.home import Home
    from corpus.models import Filters
    from corpus.workspace import Workspace

    workspace, queries = Workspace(Home(home)), load_queries(chosen.data)
    keys, vectors = workspace.index.matrix()
    names = workspace.library.names()
    row_of = {names[key]: row for row, key in enumerate(keys)}
    asked = workspace.embedder().encode_queries(queries)  # (queries, d)
    years = Filters(year_from=YEARS[0], year_to=YEARS[1])
    rows = {}
    for name, filters in (("all years", Filters()), ("a year filter", years)):
        among = np.isin(keys, workspace.library.matching(filters))
        shares = []
        for query, vector in zip(queries, asked, strict=True):
            cosines = np.where(among, vectors @ vector, -2.0)
            tenth = np.sort(cosines)[-10]
            hits = workspace.searcher.search(query, 10, mode="dense", filters=filters)
            shares.append(sum(cosines[row_of[hit.paper.name]] >= tenth - 1e-6 for hit in hits) / 10)
        rows[f"recall@10 of the exact nearest, {name}"] = round(statistics.mean(shares), 4)
    return rows


def load_queries(data: Path) -> Sequence[str]:
    return [json.loads(line)["query"] for line in (data / "queries-litsearch.jsonl").read_text("utf-8").splitlines()]


def peak_mb() -> int:
    """The most memory that this process ever held."""
    status = Path("/proc/self/status").read_text("ascii")
    return round(int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6)


if __name__ == "__main__":
    main()
