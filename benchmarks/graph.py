"""The idea graph of 150,000 papers: seconds, memory, and what is asked of it; and how exact the similar papers are.

usage: python benchmarks/graph.py [--home DIR] [--folder DIR] [--papers N]

The library is made up in `--folder`, once: N papers with abstracts of some 150 words, 105,000 citations, and ten pairs of similar
papers and eight mentions of 5,000 concepts for each paper. Similar papers are worked out for the vectors of `--home`
(benchmarks/build.py), and for N vectors that lie around those. Each step runs in a process of its own, so that its memory is
its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import HERE, need, report

CITATIONS, SIMILAR, MENTIONS, CONCEPTS, WORDS = 105_000, 10, 8, 5_000, 150
HUB = 10_000
# What is asked at 150,000 papers: seconds, MB, milliseconds, share of the exact neighbours.
GOALS = {
    "build, s": 180,
    "networkx graph, peak MB": 6_000,
    "save, s": 15,
    "reload, s": 15,
    "stats, ms": 100,
    "neighbours of a paper with 10,000, ms": 100,
    "similar papers, recall": 0.99,
}


def main() -> None:
    chosen = arguments()
    if chosen.step:
        print(json.dumps(STEPS[chosen.step](chosen)))
        return
    need(chosen.home / "library.db")
    rows: dict[str, Any] = {"papers": chosen.papers}
    for step in STEPS:
        rows |= child(chosen, step)
    rows["goals"] = ", ".join(
        f"{name} {rows[name]} ({'met' if meets(name, rows[name]) else 'MISSED'}: {goal})"
        for name, goal in GOALS.items()
    )
    report("graph", rows)


def meets(name: str, value: float) -> bool:
    return value >= GOALS[name] if "recall" in name else value <= GOALS[name]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=HERE.parent / ".fourways" / "papers-30k")
    parser.add_argument("--folder", type=Path, default=HERE.parent / ".fourways" / "graph", help="for the library")
    parser.add_argument("--papers", type=int, default=150_000)
    parser.add_argument("--step", choices=list(STEPS), help=argparse.SUPPRESS)
    return parser.parse_args()


def child(chosen: argparse.Namespace, step: str) -> dict[str, Any]:
    given = ["--home", str(chosen.home), "--folder", str(chosen.folder), "--papers", str(chosen.papers)]
    done = subprocess.run(
        [sys.executable, __file__, *given, "--step", step], check=True, stdout=subprocess.PIPE, text=True
    )
    return dict(json.loads(done.stdout))


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    answer = call()
    return time.perf_counter() - started, answer


def peak_mb() -> int:
    """The most memory that this process ever held."""
    status = Path("/proc/self/status").read_text("ascii")
    return round(int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6)


# ---- the steps -------------------------------------------------------------------------------------------------------


def make(chosen: argparse.Namespace) -> dict[str, Any]:
    """The library, where it is missing."""
    import numpy as np

    from corpus.library import Library

    path = chosen.folder / f"{chosen.papers}" / "library.db"
    if path.exists():
        return {}
    library, n = Library(path.with_name("making.db")), chosen.papers
    random = np.random.default_rng(11)
    vocabulary = [f"w{number:04}" for number in range(4_000)]
    words = [" ".join(vocabulary[at] for at in random.integers(0, 4_000, WORDS)) for _ in range(2_000)]
    years = random.integers(2000, 2027, n).tolist()
    papers = ((at + 1, f"p{at}", f"Paper {at}", words[at % 2_000], years[at], f"Venue {at % 97}") for at in range(n))
    # Citations and concepts as in life: a few get most. The first paper is cited by 10,000.
    cited = (n * random.random(CITATIONS) ** 4).astype(np.int64)
    cited[:HUB] = 0
    pairs = {(int(a) + 1, int(b) + 1) for a, b in zip(random.integers(0, n, CITATIONS), cited, strict=True) if a != b}
    near = (np.repeat(np.arange(n), SIMILAR), random.integers(0, n, n * SIMILAR))
    concepts = (CONCEPTS * random.random(n * MENTIONS) ** 3).astype(np.int64) + 1
    edges = ("uses", "addresses", "evaluates_on", "introduces", "improves", "combines")
    kinds = ("method", "task", "dataset")
    with library.transaction() as connection:
        connection.execute("DROP TRIGGER papers_inserted")  # the graph needs no full-text search
        connection.executemany(
            "INSERT INTO papers (pid, id, title, abstract, year, venue, title_key, text_hash) VALUES (?, ?, ?, ?, ?, ?, '', '')",
            papers,
        )
        connection.executemany("INSERT INTO ids VALUES (?, ?, ?)", ((at + 1, f"p{at}", at + 1) for at in range(n)))
        connection.executemany("INSERT INTO citations VALUES (?, ?)", pairs)
        connection.executemany(
            "INSERT OR IGNORE INTO similar VALUES (?, ?, ?)",
            (
                (min(a, b) + 1, max(a, b) + 1, 0.7)
                for a, b in zip(*(one.tolist() for one in near), strict=True)
                if a != b
            ),
        )
        connection.executemany(
            "INSERT INTO places VALUES (?, 'adapters', 'efficient', 0.5, 'meaning')",
            ((at + 1,) for at in range(0, n, 2)),
        )
        connection.executemany(
            "INSERT INTO concepts VALUES (?, ?, ?, ?, '[]', NULL, 0)",
            ((at + 1, f"{kinds[at % 3]}:c{at}", kinds[at % 3], f"c{at}") for at in range(CONCEPTS)),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO mentions VALUES (?, ?, ?, 0.5, 'abstract', ?, ?)",
            (
                (at // MENTIONS + 1, cid, edges[at % 6], 6 * (at % 100), 6 * (at % 100) + 11)
                for at, cid in enumerate(concepts.tolist())
            ),
        )
    library.close()
    path.with_name("making.db").rename(path)
    return {}


def build(chosen: argparse.Namespace) -> dict[str, Any]:
    """The arrays from the library, to the disk and back."""
    from survey.graph import build_table, stats
    from survey.graph.store import graph_state, load_table, save_table

    library = opened(chosen)
    seconds, table = timed(lambda: build_table(library))
    counting, figures = timed(lambda: stats(table))
    rows: dict[str, Any] = {
        "edges": figures["edges"],
        "build, s": round(seconds, 1),
        "stats, the first time, s": round(counting, 2),
        "build, peak MB": peak_mb(),
    }
    seconds, state = timed(lambda: graph_state(library))
    rows["has the library changed, s"] = round(seconds, 2)
    folder = chosen.folder / f"{chosen.papers}" / "graph"
    seconds, _ = timed(lambda: save_table(table, folder, revision=library.revision(), state=state))
    rows["save, s"] = round(seconds, 2)
    rows["saved, MB"] = round(sum(path.stat().st_size for path in folder.rglob("*.npy")) / 1e6)
    seconds, again = timed(lambda: load_table(folder))
    assert again is not None and again.number_of_edges() == table.number_of_edges()
    return rows


def ask(chosen: argparse.Namespace) -> dict[str, Any]:
    """What is asked of a graph that was saved: the first time, and once it is open."""
    from survey.graph import build_star, neighbourhood, neighbours, open_table, shortest_path, stats

    library = opened(chosen)
    folder = chosen.folder / f"{chosen.papers}" / "graph"
    seconds, table = timed(lambda: open_table(library, folder))
    first, _ = timed(lambda: (stats(table), neighbours(table, "p5")))
    rows: dict[str, Any] = {"reload, s": round(seconds, 3), "first answers after it, s": round(first, 2)}
    asked: dict[str, Callable[[], Any]] = {
        "stats, ms": lambda: stats(table),
        "neighbours of a paper, ms": lambda: neighbours(table, "p5"),
        "neighbours of a paper with 10,000, ms": lambda: neighbours(table, "p0", k=20),
        "the same, all of them, ms": lambda: neighbours(table, "p0"),
        "the same from the library, ms": lambda: neighbours(build_star(library, "p0")[1], "p0", k=20),
        "neighbours of a paper from the library, ms": lambda: neighbours(*reversed(build_star(library, "p5"))),
        "picture around it, ms": lambda: neighbourhood(table, "p0"),
        "shortest path, ms": lambda: shortest_path(table, "p7", "p149"),
    }
    for name, call in asked.items():
        rows[name] = round(1000 * sorted(timed(call)[0] for _ in range(5))[2], 1)
    return rows | {"asked, peak MB": peak_mb()}


def shape(chosen: argparse.Namespace) -> dict[str, Any]:
    """Ranks, communities, bridges, main path, growth over the whole."""
    from survey.graph import open_table
    from survey.graph.reports import find_bridges, find_communities, main_path
    from survey.graph.structure.growth import growth
    from survey.graph.structure.naming import describe_communities
    from survey.graph.structure.ranks import co_cited, coupled, pagerank

    table = open_table(opened(chosen), chosen.folder / f"{chosen.papers}" / "graph")
    n, (citing, cited) = len(table), table.citations
    labels = find_communities(table)
    asked: dict[str, Callable[[], Any]] = {
        "PageRank, s": lambda: pagerank(n, citing, cited),
        "co-citation, s": lambda: co_cited(n, citing, cited),
        "coupling, s": lambda: coupled(n, citing, cited),
        "communities, s": lambda: find_communities(table),
        "named, s": lambda: describe_communities(table, labels, 20),
        "bridges (200 sources), s": lambda: find_bridges(table, labels),
        "main path of all, s": lambda: main_path(table),
        "growth, s": lambda: growth(table),
    }
    rows: dict[str, Any] = {name: round(timed(call)[0], 2) for name, call in asked.items()}
    rows["communities the same twice"] = bool((find_communities(table) == labels).all())
    return rows | {"structure, peak MB": peak_mb()}


def network(chosen: argparse.Namespace) -> dict[str, Any]:
    """The whole as a networkx graph."""
    from survey.graph import open_table

    table = open_table(opened(chosen), chosen.folder / f"{chosen.papers}" / "graph")
    seconds, graph = timed(table.network)
    assert graph.number_of_edges() == table.number_of_edges()
    return {"networkx graph, s": round(seconds, 1), "networkx graph, peak MB": peak_mb()}


def alike(chosen: argparse.Namespace) -> dict[str, Any]:
    """Similar papers: the share of the exact pairs that is found at the home's size, and seconds at both sizes."""
    import numpy as np

    from survey.graph import similar_pairs

    vectors: Any = vectors_of(chosen.home)
    seconds, exact = timed(lambda: similar_pairs(vectors, exact=len(vectors)))
    rows: dict[str, Any] = {f"similar papers of {len(vectors)}, all with all, s": round(seconds, 1)}
    seconds, found = timed(lambda: similar_pairs(vectors, exact=0))
    rows[f"similar papers of {len(vectors)}, s"] = round(seconds, 1)
    wanted = {(one, other) for one, other, _ in exact}
    rows["similar papers, recall"] = round(sum((a, b) in wanted for a, b, _ in found) / max(1, len(wanted)), 4)
    random = np.random.default_rng(5)
    many = np.empty((chosen.papers, vectors.shape[1]), dtype=np.float32)
    for start in range(0, len(many), 10_000):
        one, other = random.integers(0, len(vectors), (2, len(many[start : start + 10_000])))
        noise = random.standard_normal((len(one), vectors.shape[1])) / vectors.shape[1] ** 0.5
        mixed = 0.75 * vectors[one] + 0.25 * vectors[other] + 0.3 * noise
        many[start : start + 10_000] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    seconds, found = timed(lambda: similar_pairs(many))
    rows |= {
        f"similar papers of {len(many)}, s": round(seconds, 1),
        f"similar papers of {len(many)}, pairs": len(found),
    }
    return rows | {"similar papers, peak MB": peak_mb()}


def opened(chosen: argparse.Namespace) -> Any:
    from corpus.library import Library

    return Library(chosen.folder / f"{chosen.papers}" / "library.db")


def vectors_of(home: Path) -> Any:
    from corpus.home import Home
    from corpus.workspace import Workspace

    return Workspace(Home(home)).index.matrix()[1]


STEPS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "make": make,
    "build": build,
    "ask": ask,
    "shape": shape,
    "network": network,
    "alike": alike,
}

if __name__ == "__main__":
    main()
