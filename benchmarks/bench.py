"""What the benchmarks share: their options, the table they print, the JSON they write."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"


def options(description: str) -> argparse.Namespace:
    """The options, where a benchmark has none of its own."""
    return parser(description).parse_args()


def parser(description: str) -> argparse.ArgumentParser:
    """`--data`: the folder of papers and judged queries; `--home`: the library that `benchmarks/build.py` made of it."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--home", type=Path, default=HERE.parent / ".fourways" / "papers-30k")
    return parser


def need(*paths: Path) -> None:
    """Stop with one line where the data or the library is missing."""
    for path in paths:
        if not path.exists():
            sys.exit(f"{path} is missing: name the data with --data, and run benchmarks/build.py first")


def times(call: Callable[[], Any], repeats: int) -> list[float]:
    """Seconds of each call, after one that is not counted."""
    call()
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return taken


def median(seconds: Sequence[float]) -> float:
    return round(statistics.median(seconds), 4)


def report(name: str, rows: dict[str, Any]) -> None:
    """Print the rows as a table and write them, with the machine's size, to benchmarks/out/NAME.json."""
    rows = rows | {"machine": f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}"}
    width = max(len(row) for row in rows)
    for row, value in rows.items():
        print(f"{row:{width}}  {value}")
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
