"""What `fourways tune` wins on 30,000 papers: held-out pairs of the library, and judged queries, before and after.

usage: python benchmarks/tune.py [--data DIR] [--home DIR] [--minutes M | --steps N] [--device D]

Works on a copy of the home, made beside it and removed again. For judged queries, the vectors of all papers are compared, without
words, citations or an approximate index: ndcg@10 and recall@20. No judged query is trained on, and none of those reported here
was there when settings were chosen: AutoScholar's queries after the first 400 were.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from bench import HERE, need, report
from search import ndcg, recall

from corpus.backends import load_embedder
from corpus.embed import DEFAULT_MODEL
from corpus.home import Home
from corpus.tuning import Plan, tune
from corpus.workspace import Workspace


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--home", type=Path, default=HERE.parent / ".fourways" / "papers-30k")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--device")
    chosen = parser.parse_args()
    sets = {
        "LitSearch": chosen.data / "queries-litsearch.jsonl",
        "AutoScholar, first 400": chosen.data / "queries-autoscholar.jsonl",
    }
    need(chosen.home, *sets.values())
    with tempfile.TemporaryDirectory(dir=chosen.home.parent) as scratch:
        copy = Path(scratch) / "home"
        shutil.copytree(chosen.home, copy)
        report("tune", measure(Workspace(Home(copy)), chosen, sets))


def measure(workspace: Workspace, chosen: argparse.Namespace, sets: dict[str, Path]) -> dict[str, Any]:
    started, busy = time.perf_counter(), time.process_time()

    def progress(what: str, done: int, total: int) -> None:
        if done % 10 == 0:
            print(f"{what}: {done} of {total}", file=sys.stderr)

    plan = Plan(minutes=chosen.minutes, steps=chosen.steps)
    made = tune(workspace, plan, device=chosen.device, progress=progress)
    version = made.version
    rows: dict[str, Any] = {
        "papers": version.papers,
        "steps of examples": f"{version.steps} of {version.batch}",
        "minutes of training": round(version.seconds / 60, 1),
        "minutes, whole run": round((time.perf_counter() - started) / 60, 1),
        "minutes of processor time, whole run": round((time.process_time() - busy) / 60, 1),
        "kept": made.kept,
    }
    for name in ("ndcg", "recall", "mrr"):
        before, after = getattr(version.before, name), getattr(version.after, name)
        rows[f"{version.queries} held-out questions, {name}: before / after"] = f"{before:.3f} / {after:.3f}"
    if made.kept:
        before, after = judged(workspace, DEFAULT_MODEL, sets), judged(workspace, version.name, sets)
        rows |= {f"{row}: before / after": f"{before[row]} / {after[row]}" for row in before}
    return rows


def judged(workspace: Workspace, model: str, sets: dict[str, Path]) -> dict[str, str]:
    """Set and measure -> its mean, with questions read by `model`."""
    keys, vectors = workspace.index.matrix()
    names = workspace.library.names()
    embedder = load_embedder(model, workspace.home)
    found = {}
    for name, path in sets.items():
        queries = [json.loads(line) for line in path.read_text("utf-8").splitlines()][:400]
        scores = embedder.encode_queries([query["query"] for query in queries]) @ vectors.T
        firsts = np.argsort(-scores, axis=1, kind="stable")[:, :20]
        ranked = [[names[keys[row]] for row in first] for first in firsts]
        pairs = list(zip(ranked, (query["relevant"] for query in queries), strict=True))
        found[f"{name}, ndcg@10"] = f"{statistics.mean(ndcg(*pair) for pair in pairs):.3f}"
        found[f"{name}, recall@20"] = f"{statistics.mean(recall(*pair) for pair in pairs):.3f}"
    return found


if __name__ == "__main__":
    main()
