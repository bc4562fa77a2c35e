"""Effects that papers report, on the bench's tasks of texts, images, clips and prompts, over three seeds.

usage: python benchmarks/probe_effects.py [--seeds N] [--task text|image|video|vision-language|retrieval] [--kept HOME]

--kept: judge the newest runs of a home, as `fourways probe run --all` leaves them there, instead of running anything. Exit 1 where
one that must show does not. What is only told, because it need not show at this scale: AIM's gain by adapters over time, CoCoOp
against CoOp on classes that they were not trained on, MixGen against no mixing.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import report

from corpus.home import Home
from survey.bench.record import Run
from survey.bench.results import load_runs
from survey.bench.run import Plan, run_task
from survey.bench.task import load_tasks

# Task -> what is put beside its own rows.
METHODS = {
    "text": ("lora", "houlsby"),
    "image": ("lora", "houlsby"),
    "video": ("tsm", "aim-temporal", "aim", "aim-published"),
    "vision-language": ("coop", "cocoop"),
    "retrieval": ("mixgen",),
}
# Task, method, the row it must beat on the first measure, and by how much on average.
BEATS = (
    ("text", "lora", "linear", 0.15),
    ("text", "houlsby", "linear", 0.15),
    ("image", "lora", "linear", 0.1),
    ("image", "houlsby", "linear", 0.1),
    ("video", "aim-spatial", "linear", 0.0),
)
BLIND = ("linear", "aim-spatial", "full")
# Task, method, what it is put against, and the measure: told, whichever way it comes out.
TOLD = (
    ("video", "aim-temporal", "aim-spatial", "direction"),
    ("video", "aim-published", "aim-spatial", "direction"),
    ("video", "aim", "aim-spatial", "accuracy"),
    ("vision-language", "cocoop", "coop", "new"),
    ("vision-language", "cocoop", "coop", "harmonic mean"),
    ("retrieval", "mixgen", "none", "recall@1"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--task", choices=METHODS)
    parser.add_argument("--kept", type=Path, metavar="HOME")
    chosen = parser.parse_args()
    names = [chosen.task] if chosen.task else list(METHODS)
    if chosen.kept:
        runs = {name: newest(chosen.kept, name) for name in names}
    else:
        runs = {name: run_task(load_tasks()[name], METHODS[name], Plan(seeds=chosen.seeds)) for name in names}
    rows, failed = effects(runs)
    report("probe_effects", rows)
    if failed:
        sys.exit("; ".join(failed))


def newest(home: Path, task: str) -> Run:
    """The newest run of `task` with all the methods that are judged."""
    for run in load_runs(Home(home), task):
        if {row.method for row in run.rows} >= set(METHODS[task]):
            return run
    sys.exit(f"error: {home} has no run of {task}. Make one by `fourways --home {home} probe run --all --task {task}`.")


def effects(runs: dict[str, Run]) -> tuple[dict[str, Any], list[str]]:
    """Rows of the table, and what should hold and does not."""
    rows: dict[str, Any] = {}
    judged = {name: {*methods, *load_tasks()[name].rows} for name, methods in METHODS.items()}
    failed = [
        f"{task}: {row.method}: {row.failed}"
        for task, run in runs.items()
        for row in run.rows
        if row.failed and row.method in judged[task]
    ]
    if failed:
        return rows, failed
    for task, method, other, margin in BEATS:
        if task in runs:
            over = gains(runs[task], method, other, runs[task].measures[0].name)
            rows[f"{task}: {method} over {other}"] = told(over)
            if min(over) <= 0 or statistics.fmean(over) < margin:
                failed.append(f"{task}: {method} is not over {other} by {margin} and for every seed")
    if "video" in runs:
        directions = {method: values(runs["video"], method, "direction") for method in (*BLIND, "tsm")}
        rows |= {f"video: direction, {method}": told(found) for method, found in directions.items()}
        failed += [f"video: {one} is not blind" for one in BLIND if set(directions[one]) != {0.5}]
        if min(directions["tsm"]) <= 0.9:
            failed.append("video: tsm does not tell the direction")
    for task, method, other, measure in TOLD:
        if task in runs:
            rows[f"{task}: {method} over {other}, {measure}"] = told(gains(runs[task], method, other, measure))
    return rows, failed


def gains(run: Run, method: str, other: str, measure: str) -> list[float]:
    """Seed by seed."""
    pairs = zip(values(run, method, measure), values(run, other, measure), strict=True)
    return [mine - theirs for mine, theirs in pairs]


def values(run: Run, method: str, measure: str) -> list[float]:
    return list(next(row for row in run.rows if row.method == method).values(measure))


def told(found: list[float]) -> str:
    return f"{statistics.fmean(found):.3f} ({', '.join(f'{one:.3f}' for one in found)})"


if __name__ == "__main__":
    main()
