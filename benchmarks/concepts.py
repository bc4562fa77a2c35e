"""Mined concepts, beside what a reader of them said: how many are concepts of the field, of the right kind, with the right edges.

    python benchmarks/concepts.py                 mines the library anew and judges by concepts.tsv
    python benchmarks/concepts.py --draw SEED     prints a random sample to label, with the words around it

`concepts.tsv` has lines `concept SET KEY CONCEPT KIND` (a concept that was mined and is in no curated table; is it one: 1 or 0;
is the kind right: 1, 0, or - where it is no concept) and `edge SET PAPER KEY EDGE RIGHT`. SET is dev for what was read while
the rules were made, and test for what was drawn with another seed after that.
"""

from __future__ import annotations

import random
import resource
import time
from collections import Counter
from typing import Any

from bench import HERE, need, parser, report

from corpus.home import Home
from corpus.models import Mention, Paper
from corpus.workspace import Workspace
from survey.cli.concepts import around
from survey.concepts import Mined, mine

LABELS = HERE / "concepts.tsv"
CONCEPTS, EDGES = 100, 60


def main() -> None:
    asks = parser(__doc__ or "")
    asks.add_argument("--draw", type=int, metavar="SEED", help="print a sample to label")
    chosen = asks.parse_args()
    need(chosen.home)
    library = Workspace(Home(chosen.home)).library
    papers = dict(library.all_papers())
    started = time.perf_counter()
    mined = mine(papers.items())
    seconds = time.perf_counter() - started
    if chosen.draw is not None:
        draw(mined, papers, chosen.draw)
        return
    figures: dict[str, Any] = {
        "papers": len(papers),
        "mined in, s": round(seconds, 1),
        "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    for source, curated in (("curated", True), ("mined", False)):
        kinds = Counter(one.kind for one in mined.concepts if one.curated is curated)
        figures[f"{source} concepts"] = ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items()))
    edges = Counter(mention.edge for mention in mined.mentions)
    figures["mentions"] = ", ".join(f"{edge} {n}" for edge, n in edges.most_common())
    for part in ("dev", "test"):
        figures |= judged(mined, papers, part)
    report("concepts", figures)


def judged(mined: Mined, papers: dict[int, Paper], part: str) -> dict[str, str]:
    """The figures of one set of labels: of those that are still mined."""
    rows = [line.split("\t") for line in LABELS.read_text("utf-8").splitlines() if not line.startswith("#")]
    keys = {one.key for one in mined.concepts}
    names = {pid: paper.name for pid, paper in papers.items()}
    edges = {(names[mention.paper], mention.concept, mention.edge) for mention in mined.mentions}
    concepts = [row for row in rows if row[:2] == ["concept", part]]
    kept = [row for row in concepts if row[2] in keys]
    real = [row for row in kept if row[3] == "1"]
    told = [row for row in rows if row[:2] == ["edge", part]]
    there = [row for row in told if tuple(row[2:5]) in edges]
    return {
        f"{part}: labelled concepts still mined": f"{len(kept)} of {len(concepts)}",
        f"{part}: of them concepts": share(len(real), len(kept)),
        f"{part}: of these of the right kind": share(sum(row[4] == "1" for row in real), len(real)),
        f"{part}: labelled edges still there": f"{len(there)} of {len(told)}",
        f"{part}: of them right": share(sum(row[5] == "1" for row in there), len(there)),
    }


def share(some: int, of: int) -> str:
    return f"{some} of {of} ({some / of:.0%})" if of else "-"


def draw(mined: Mined, papers: dict[int, Paper], seed: int) -> None:
    """Print CONCEPTS mined concepts and EDGES mentions of any concept, ready to be labelled."""
    chance = random.Random(seed)
    by_concept: dict[str, list[Mention]] = {}
    for mention in mined.mentions:
        by_concept.setdefault(mention.concept, []).append(mention)
    sample = chance.sample([one for one in mined.concepts if not one.curated], CONCEPTS)
    for one in sample:
        print(f"concept\t{one.key}\t{len(by_concept[one.key])} papers: {', '.join(one.forms[:4])}")
        for mention in chance.sample(by_concept[one.key], min(2, len(by_concept[one.key]))):
            print(f"    {words_of(papers, mention)}")
    for mention in chance.sample(mined.mentions, EDGES):
        print(f"edge\t{papers[mention.paper].name}\t{mention.concept}\t{mention.edge}\n    {words_of(papers, mention)}")


def words_of(papers: dict[int, Paper], mention: Mention) -> str:
    paper = papers[mention.paper]
    text = paper.title if mention.field == "title" else paper.abstract or ""
    marked = f"{text[: mention.start]}[{text[mention.start : mention.stop]}]{text[mention.stop :]}"
    return f"{mention.field}: {around(marked, mention.start, mention.stop + 2, room=110)}"


if __name__ == "__main__":
    main()
