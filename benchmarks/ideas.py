"""Whether proposed pairs of concepts come true, for several years, and how long the moves take over 30,000 papers.

usage: python benchmarks/ideas.py [--data DIR] [--home DIR] [--until YEAR ...] [--propose]

Works on a copy of the home, made beside it and removed again; its concepts are mined where it has none. The settings were
chosen with 2020 as the last year; the other years were not looked at for that.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import need, parser, report

from corpus.home import Home
from corpus.workspace import Workspace
from survey.ideas.backtest import backtest
from survey.ideas.past import load_past
from survey.ideas.proposing import propose
from survey.indexing import index_concepts


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--until", type=int, nargs="*", default=[2018, 2020, 2022])
    options.add_argument("--propose", action="store_true", help="run all moves too, with the search for existing work")
    chosen = options.parse_args()
    need(chosen.home)
    with tempfile.TemporaryDirectory(dir=chosen.home.parent) as scratch:
        copy = Path(scratch) / "home"
        shutil.copytree(chosen.home, copy)
        workspace = Workspace(Home(copy))
        rows: dict[str, Any] = {}
        started = time.perf_counter()
        index_concepts(workspace.library, progress=tell)
        rows["mining the concepts, s"] = round(time.perf_counter() - started, 1)
        past, _ = load_past(workspace.library)
        for year in chosen.until:
            rows |= look_back(past, year)
        if chosen.propose:
            started = time.perf_counter()
            rows["ideas, all moves"] = propose(workspace, progress=tell)["new"]
            rows["all moves and existing work, s"] = round(time.perf_counter() - started, 1)
        report("ideas", rows)


def look_back(past: Any, year: int) -> dict[str, Any]:
    started = time.perf_counter()
    found = backtest(past, year, progress=tell)
    rows: dict[str, Any] = {
        f"{year}: concepts, pairs, of these joined later": f"{found.concepts}, {found.pairs}, {found.joined}"
    }
    ways = dict(found.scores) | {f"{way}, over titles": scores for way, scores in found.titles.items()}
    for way, scores in ways.items():
        figures = " / ".join(f"{scores[name]:.3f}" for name in ("auc", "ap", "p100"))
        rows[f"{year}, {way}: AUC / average precision / precision@100"] = figures
    for name in ("auc", "p100"):
        spread = [run["ours"][name] for run in found.by_seed]
        rows[f"{year}, ours over the seeds: {name}"] = f"{min(spread):.3f} to {max(spread):.3f}"
    rows[f"{year}, s"] = round(time.perf_counter() - started, 1)
    return rows


def tell(what: str, done: int, total: int) -> None:
    if done % max(1, total // 10) == 0:
        print(f"{what}: {done} of {total}", file=sys.stderr)


if __name__ == "__main__":
    main()
