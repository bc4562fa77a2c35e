"""Getting papers in: 150,000 JSON lines, arXiv's snapshot (made up, 1.8 kB a line), 1,000 papers from a local arXiv server.

usage: python benchmarks/harvest.py [--data DIR]     (some 3 minutes on 2 cores)
"""

from __future__ import annotations

import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import HERE, need, options, report

sys.path.insert(0, str(HERE.parent / "tests"))
from servers.arxiv import ArxivServer, make_papers

SNAPSHOT = 200_000


def run(home: Path, *arguments: str) -> tuple[float, dict[str, Any]]:
    """A whole command: its seconds, and its JSON report."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "survey.cli", "--home", str(home), *arguments, "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return time.perf_counter() - started, json.loads(done.stdout)


def peak() -> int:
    """MB of the largest child so far."""
    return round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


def lines(data: Path, count: int, into: Path) -> Path:
    """The first `count` records of the two files of papers, as one file of JSON lines."""
    left = count
    with into.open("wb") as out:
        for name in ("papers-30k.jsonl.gz", "papers-120k-more.jsonl.gz"):
            with gzip.open(data / name) as stream:
                for line in stream:
                    if left:
                        out.write(line)
                        left -= 1
    return into


def write_snapshot(path: Path) -> None:
    """A file in the form of arXiv's snapshot; 3% of its papers are of cs.CL."""
    dice = random.Random(5)
    words = ["adapter", "frozen", "network", "prompt", "low", "rank", "we", "train", "thin", "layers", "with", "few"]
    with path.open("w", encoding="utf-8") as out:
        for number in range(SNAPSHOT):
            category = (
                "cs.CL cs.LG" if dice.random() < 0.03 else dice.choice(["hep-th", "math.AG", "cs.CV", "astro-ph.GA"])
            )
            year = 7 + number * 17 // SNAPSHOT
            record = {
                "id": f"{year:02d}{1 + number % 12:02d}.{number % 100_000:05d}",
                "submitter": "Ada Byron",
                "authors": "Ada Byron, Lin Wei and Noor Haddad",
                "title": f"Made-up paper {number}: " + " ".join(dice.choices(words, k=8)),
                "comments": "12 pages, 3 figures",
                "journal-ref": None,
                "doi": None,
                "report-no": None,
                "categories": category,
                "license": "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
                "abstract": "  " + " ".join(dice.choices(words, k=200)) + "\n",
                "versions": [{"version": "v1", "created": f"Mon, {1 + number % 28} Jan 20{year:02d} 19:18:42 GMT"}],
                "update_date": f"20{year:02d}-02-01",
                "authors_parsed": [["Byron", "Ada", ""], ["Wei", "Lin", ""], ["Haddad", "Noor", ""]],
            }
            out.write(json.dumps(record) + "\n")


def main() -> None:
    chosen = options(__doc__ or "")
    need(chosen.data / "papers-30k.jsonl.gz", chosen.data / "papers-120k-more.jsonl.gz")
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with ArxivServer(make_papers(1_000)) as server:
            asked = ("harvest", "--query", "abs:series", "--base-url", server.url)
            seconds, done = run(root / "arxiv", *asked)
            rows["harvest of 1,000 from a local server, s"] = round(seconds, 2)
            rows["harvest, counted"] = {key: done[key] for key in ("new", "requests")}
            seconds, done = run(root / "arxiv", *asked)
            rows["harvest again, counted"] = {key: done[key] for key in ("new", "requests")}
        snapshot = root / "arxiv-metadata-oai-snapshot.json"
        write_snapshot(snapshot)
        for name, only in (("filtered to cs.CL", ["--category", "cs.CL"]), ("since 2023", ["--since", "2023-01-01"])):
            seconds, done = run(root / name.replace(" ", "-"), "import", str(snapshot), *only)
            rows[f"snapshot, {name}"] = f"{round(SNAPSHOT / seconds):,} records/s, {done['new']} taken"
        for count in (50_000, 150_000):
            file = lines(chosen.data, count, root / "papers.jsonl")
            seconds, done = run(root / f"lines-{count}", "import", str(file))
            rows[f"import of {count:,} JSON lines, s"] = round(seconds, 1)
            rows[f"import of {count:,} JSON lines, peak MB"] = peak()
    report("harvest", rows)


if __name__ == "__main__":
    main()
