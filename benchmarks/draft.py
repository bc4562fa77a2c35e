"""Drafting a survey from 300 papers of the 30,000: time by stage, peak memory, and whether two runs give the same bytes.

usage: python benchmarks/draft.py [--data DIR] [--home DIR]
"""

from __future__ import annotations

import hashlib
import json
import resource
import time

from bench import need, options, report

from corpus.home import Home
from corpus.workspace import Workspace
from survey.compose import compose

TOPIC = "parameter-efficient fine-tuning"


def main() -> None:
    chosen = options(__doc__ or "")
    need(chosen.home)
    workspace = Workspace(Home(chosen.home))
    seconds, digests = [], set()
    for _ in range(3):
        started = time.perf_counter()
        draft = compose(workspace, TOPIC, max_papers=300)
        seconds.append(round(time.perf_counter() - started, 2))
        digests.add(hashlib.sha256(json.dumps(draft.to_contract(), sort_keys=True).encode()).hexdigest())
    known = set(workspace.library.names().values())
    quotes = [quote for sentence in draft.sentences for quote in sentence.citations]
    papers = {reference.id: workspace.library.paper(reference.id) for reference in draft.references}
    exact = [
        (papers[q.id].abstract if q.source == "abstract" else papers[q.id].title or "")[q.start : q.end] == q.quote
        for q in quotes
    ]
    ours = sum(reference.id in known for reference in draft.references)
    report(
        "draft",
        {
            "papers": len(draft.references),
            "first run, model load included, s": seconds[0],
            "later runs, s": seconds[1:],
            "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "different results in 3 runs": len(digests) - 1,
            "references that are papers of the library": f"{ours} of {len(draft.references)}",
            "quotes that stand at their span": f"{sum(exact)} of {len(quotes)}",
        },
    )


if __name__ == "__main__":
    main()
