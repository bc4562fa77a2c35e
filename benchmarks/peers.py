"""Search side by side with what a researcher would use instead: quality, speed, memory, over the same 29,982 papers.

usage: python benchmarks/peers.py [--data DIR] [--home DIR] [--vectors DIR] [--folder DIR] [--only NAME,...] [--again]

First: pip install --constraint constraints.txt --requirement benchmarks/requirements-peers.txt. Then some 25 minutes on 2 cores.

`--home` is the library that benchmarks/build.py made, and says which model Fourways uses; `--vectors` is one with vectors of
all-MiniLM-L6-v2, where that is another. Each search builds its index in a process of its own, and answers in a fresh one.

build      seconds; `~`: without embedding all the papers. The vectors were taken from the library, and the time of the model is
           reckoned from a sample of 320 papers.
query      milliseconds, one query of LitSearch at a time, after 20 others.
memory     at its peak in a fresh process that loads the index, and the model, and answers 20 queries.
disk       the index, without models. Fourways' holds the library itself: records, citations, and where all came from.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import HERE, OUT, need
from engine import Corpus, disk_mb
from engines import ENGINES

SAMPLE = 320
WARM = 20
K = 20
SETS = ("LitSearch", "AutoScholar")
COLUMNS = {
    "search": "",
    "LitSearch ndcg@10": "max",
    "LitSearch recall@20": "max",
    "AutoScholar ndcg@10": "max",
    "AutoScholar recall@20": "max",
    "build, s": "min",
    "query median, ms": "min",
    "query p95, ms": "min",
    "memory, MB": "min",
    "disk, MB": "min",
}


def main() -> None:
    chosen = arguments()
    if chosen.step:
        answer = {"build": build, "ask": ask}[chosen.step](chosen)
        (chosen.folder / chosen.only / f"{chosen.step}.json").write_text(json.dumps(answer), "utf-8")
        return
    need(chosen.home, chosen.vectors, chosen.data / "papers-30k.jsonl.gz")
    wanted = chosen.only.split(",") if chosen.only else list(ENGINES)
    if unknown := set(wanted) - set(ENGINES):
        sys.exit(f"there is no {', '.join(sorted(unknown))}: --only takes {', '.join(ENGINES)}")
    if missing := [name for name in ("bm25s", "txtai") if not find_spec(name)]:
        sys.exit(f"{', '.join(missing)} cannot be imported: pip install -r benchmarks/requirements-peers.txt")
    if chosen.again or not (chosen.folder / "vectors.npy").exists():
        save_corpus(chosen)
    for name in wanted:
        for step in ("build", "ask"):
            there = chosen.folder / name / f"{step}.json"
            if chosen.again or not there.exists():
                print(f"{name}: {step} ...", file=sys.stderr, flush=True)
                if step == "build":
                    shutil.rmtree(there.parent, ignore_errors=True)
                run(chosen, name, step)
    rows = [
        row(name, chosen.folder / name, chosen.data) for name in ENGINES if (chosen.folder / name / "ask.json").exists()
    ]
    table = render_table(rows)
    print(table)
    OUT.mkdir(exist_ok=True)
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}"
    notes = {engine.title: engine.note for engine in ENGINES.values()}
    (OUT / "peers.json").write_text(json.dumps({"rows": rows, "notes": notes, "machine": machine}, indent=2), "utf-8")
    (OUT / "peers.md").write_text(table, "utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--home", type=Path, default=HERE.parent / ".fourways" / "papers-30k")
    parser.add_argument("--vectors", type=Path, help="a library with vectors of all-MiniLM-L6-v2; default: --home")
    parser.add_argument("--folder", type=Path, default=HERE.parent / ".fourways" / "peers", help="for the indexes")
    parser.add_argument(
        "--only", default="", help=f"measure these alone, of {', '.join(ENGINES)}; the table has all that were measured"
    )
    parser.add_argument("--again", action="store_true", help="build and ask anew what was measured before")
    parser.add_argument("--step", choices=["build", "ask"], help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    chosen.vectors = chosen.vectors or chosen.home
    return chosen


def run(chosen: argparse.Namespace, name: str, step: str) -> None:
    """One step of one search, in a process of its own."""
    (chosen.folder / name).mkdir(parents=True, exist_ok=True)
    options = ("data", "home", "vectors", "folder")
    given = [part for option in options for part in (f"--{option}", str(getattr(chosen, option)))]
    subprocess.run([sys.executable, __file__, *given, "--only", name, "--step", step], check=True)


# ---- the papers --------------------------------------------------------------------------------------------------


def save_corpus(chosen: argparse.Namespace) -> None:
    """The papers of `--home`, so that all search the same, with the vectors of `--vectors`."""
    import numpy as np

    from corpus.embed import DEFAULT_MODEL
    from corpus.home import Home
    from corpus.identity import embedding_text
    from corpus.workspace import Workspace

    source = Workspace(Home(chosen.vectors))
    if source.index.model() != DEFAULT_MODEL:
        sys.exit(
            f"the vectors of {chosen.vectors} are not {DEFAULT_MODEL}'s: name a library of that model with --vectors"
        )
    keys, vectors = source.index.matrix()
    rows = {embedding_text(paper): row for row, paper in enumerate(source.library.papers(keys))}
    papers = [paper for _, paper in Workspace(Home(chosen.home)).library.all_papers()]
    texts = [embedding_text(paper) for paper in papers]
    if missing := sum(text not in rows for text in texts):
        sys.exit(f"{missing} papers of {chosen.home} have no vector in {chosen.vectors}: run `fourways index` there")
    chosen.folder.mkdir(parents=True, exist_ok=True)
    columns = [[paper.name for paper in papers], texts, [" ".join(paper.authors) for paper in papers]]
    (chosen.folder / "papers.json").write_text(json.dumps(columns), "utf-8")
    np.save(chosen.folder / "vectors.npy", vectors[[rows[text] for text in texts]])


def load_corpus(chosen: argparse.Namespace) -> Corpus:
    import numpy as np

    ids, texts, authors = json.loads((chosen.folder / "papers.json").read_text("utf-8"))
    return Corpus(ids, texts, authors, np.load(chosen.folder / "vectors.npy"), chosen.data, chosen.home)


# ---- the two steps -----------------------------------------------------------------------------------------------


def build(chosen: argparse.Namespace) -> dict[str, Any]:
    """Seconds without embedding, papers a second of the model (None: has none), MB on the disk."""
    engine, corpus = ENGINES[chosen.only], load_corpus(chosen)
    folder = chosen.folder / chosen.only / "index"
    folder.mkdir()
    engine.ready(corpus)
    started = time.perf_counter()
    engine.build(corpus, folder)
    seconds = time.perf_counter() - started
    encode = engine.encoder(corpus)
    speed = None
    if encode:
        sample = random.Random(5).sample(corpus.texts, SAMPLE)
        encode(sample[:16])
        began = time.perf_counter()
        encode(sample)
        speed = SAMPLE / (time.perf_counter() - began)
    return {"seconds": seconds, "rate": speed, "papers": len(corpus.ids), "disk": disk_mb(folder)}


def ask(chosen: argparse.Namespace) -> dict[str, Any]:
    """Load the index; memory after 20 queries; then the times of LitSearch's queries, and the ids found for both sets."""
    folder = chosen.folder / chosen.only
    sets = {name: load_queries(chosen.data, name) for name in SETS}
    started = time.perf_counter()
    search = ENGINES[chosen.only].load(folder / "index")
    search("adapters for video action recognition", K)
    first = time.perf_counter() - started
    for query in sets["AutoScholar"][-WARM:]:
        search(query["query"], K)
    memory, taken = peak_mb(), []
    for name, queries in sets.items():
        found = {}
        for query in queries:
            began = time.perf_counter()
            found[query["qid"]] = search(query["query"], K)
            if name == "LitSearch":
                taken.append(1000 * (time.perf_counter() - began))
        lines = [json.dumps({"qid": qid, "ids": ids}) for qid, ids in found.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    p95 = statistics.quantiles(taken, n=20)[-1]
    return {"first": first, "memory": memory, "median": statistics.median(taken), "p95": p95}


def load_queries(data: Path, name: str) -> list[dict[str, Any]]:
    """All of LitSearch, the first 400 of AutoScholar."""
    lines = (data / f"queries-{name.lower()}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines][:400]


def score(run: Path, queries: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Means of ndcg@10 and recall@20 of the ids in the file `run`."""
    from search import ndcg, recall  # here, so that the memory of the others does not hold what this one imports

    found = {line["qid"]: line["ids"] for line in map(json.loads, run.read_text("utf-8").splitlines())}
    return (
        statistics.mean(ndcg(found[query["qid"]], query["relevant"]) for query in queries),
        statistics.mean(recall(found[query["qid"]], query["relevant"]) for query in queries),
    )


def peak_mb() -> float:
    """The most memory that this process ever held: of /proc, because getrusage's also counts the parent before exec."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


# ---- the table ---------------------------------------------------------------------------------------------------


def row(name: str, folder: Path, data: Path) -> dict[str, Any]:
    built, asked = (json.loads((folder / f"{step}.json").read_text("utf-8")) for step in ("build", "ask"))
    scores = [figure for one in SETS for figure in score(folder / f"{one}.jsonl", load_queries(data, one))]
    embedding = built["papers"] / built["rate"] if built["rate"] else 0.0
    values = [ENGINES[name].title, *scores, built["seconds"] + embedding, asked["median"], asked["p95"]]
    figures = dict(zip(COLUMNS, [*values, asked["memory"], built["disk"]], strict=True))
    return figures | {
        "reckoned": bool(embedding),
        "rest of the build, s": built["seconds"],
        "first query, s": asked["first"],
    }


def render_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Markdown; the best of each column in bold."""
    best = {
        column: {"max": max, "min": min}[way](float(shown(column, one[column])) for one in rows)
        for column, way in COLUMNS.items()
        if way
    }
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" + "|---:" * (len(COLUMNS) - 1) + "|"]
    for one in rows:
        cells = []
        for column in COLUMNS:
            text = shown(column, one[column])
            tilde = "~" if column.startswith("build") and one["reckoned"] else ""
            is_best = column in best and float(text) == best[column]
            cells.append(f"**{tilde}{text}**" if is_best else tilde + text)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def shown(column: str, value: Any) -> str:
    """A figure as the table has it: scores to three places, the rest to what is worth telling."""
    if isinstance(value, str):
        return value
    if "@" in column:
        return f"{value:.3f}"
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


if __name__ == "__main__":
    main()
