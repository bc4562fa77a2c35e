"""Makes the library that the other benchmarks use: import of 30,000 papers with citations, then the index.

usage: python benchmarks/build.py [--data DIR] [--home DIR]     (10 to 20 minutes on 2 cores, nearly all of it embedding)
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import time

from bench import need, options, report


def main() -> None:
    chosen = options(__doc__ or "")
    papers, citations = chosen.data / "papers-30k.jsonl.gz", chosen.data / "citations.tsv.gz"
    need(papers, citations)
    shutil.rmtree(chosen.home, ignore_errors=True)
    command = [sys.executable, "-m", "survey.cli", "--home", str(chosen.home)]
    steps = {}
    for name, arguments in {
        "import": ["import", str(papers), "--citations", str(citations), "--json"],
        "import again": ["import", str(papers), "--citations", str(citations), "--json"],
        "index": ["index", "--json"],
        "index again": ["index", "--json"],
    }.items():
        started = time.perf_counter()
        done = subprocess.run([*command, *arguments], check=True, stdout=subprocess.PIPE, text=True)
        answer = json.loads(done.stdout)
        steps[f"{name}, s"] = round(time.perf_counter() - started, 1)
        steps[f"{name}, counted"] = {key: answer[key] for key in ("new", "merged", "embedded") if key in answer}
        if name == "import":  # the largest of the children so far: the import itself
            steps["import, peak MB"] = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
    report("build", steps)


if __name__ == "__main__":
    main()
