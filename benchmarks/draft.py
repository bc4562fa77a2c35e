"""Drafting a survey: time by stage, peak memory, whether two runs give the same bytes, and whether keys and quotes hold.

usage: python benchmarks/draft.py [--data DIR] [--home DIR] [--papers N] [--topic TOPIC]

Beside the seconds on the clock stand those of the processor, which other work on the machine does not stretch, and the time that
`fourways --help` takes here: a measure of the machine.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from bench import need, parser, report

from corpus.home import Home
from corpus.workspace import Workspace
from survey.checking import check_draft
from survey.compose import compose
from survey.draft import Draft
from survey.export import save_draft

PAPERS, TOPIC = 300, "parameter-efficient fine-tuning"
RUNS = 2


def main() -> None:
    asked = parser(__doc__ or "")
    asked.add_argument("--papers", type=int, default=PAPERS)
    asked.add_argument("--topic", default=TOPIC)
    chosen = asked.parse_args()
    need(chosen.home)
    runs = [_timed(chosen.home, chosen.topic, chosen.papers) for _ in range(RUNS)]
    draft = runs[0][0]
    workspace = Workspace(Home(chosen.home))
    with tempfile.TemporaryDirectory() as folder:
        save_draft(draft, Path(folder), ["json", "md"])
        checked = [check_draft(workspace.library, Path(folder) / name) for name in ("outline.json", "survey.md")]
    report(
        "draft" if chosen.papers == PAPERS else f"draft-{chosen.papers}",
        {
            "papers": len(draft.references),
            "sentences": len(draft.sentences),
            "of each kind": {
                kind: sum(one.kind == kind for one in draft.sentences)
                for kind in ("counted", "quote", "relation", "problem", "gap")
            },
            "tables": len(draft.tables),
            "seconds on the clock, model load included": [round(wall, 1) for _, wall, _, _ in runs],
            "seconds of the processor": [round(cpu, 1) for _, _, cpu, _ in runs],
            "by stage, second run": runs[-1][3],
            "`fourways --help`, s": _help_seconds(),
            "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "different results in 2 runs": len({_digest(made) for made, _, _, _ in runs}) - 1,
            "quotes and cells checked": checked[0].quotes,
            "what does not hold, outline.json and survey.md": [len(one.findings) for one in checked],
        },
    )


def _timed(home: Path, topic: str, papers: int) -> tuple[Draft, float, float, dict[str, float]]:
    """A draft of a home that is opened anew, its seconds by the clock and the processor, and those of the processor by stage."""
    marks: list[tuple[str, float]] = []
    started, used = time.perf_counter(), time.process_time()
    draft = compose(
        Workspace(Home(home)),
        topic,
        max_papers=papers,
        progress=lambda what, done, total: marks.append((what, time.process_time())),
    )
    stages = {what: round(end - at, 1) for (what, at), (_, end) in pairwise(marks)}
    return draft, time.perf_counter() - started, time.process_time() - used, stages


def _digest(draft: Draft) -> str:
    return hashlib.sha256(json.dumps(draft.to_contract(), sort_keys=True).encode()).hexdigest()


def _help_seconds() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "survey.cli", "--help"], check=True, capture_output=True)
    return round(time.perf_counter() - started, 2)


if __name__ == "__main__":
    main()
