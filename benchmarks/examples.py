"""Write the drafts of docs/examples anew, from the bundled catalogue, and check them.

usage: python benchmarks/examples.py [--home DIR] [--out DIR]

Without --home a library is made of the catalogue in a folder that goes away again.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from corpus.home import Home
from corpus.starter import load_starter
from corpus.workspace import Workspace
from survey.checking import check_draft
from survey.compose import compose
from survey.export import save_draft
from survey.export.saving import WRITTEN
from survey.indexing import index_library

FOLDER = Path(__file__).parents[1] / "docs" / "examples"
# Folder -> topic and formats. outline.json is what `fourways check` holds the other files against.
EXAMPLES = {
    "parameter-efficient-fine-tuning": ("parameter-efficient fine-tuning", ["md", "json"]),
    "video-action-recognition": ("video action recognition", ["md", "json", "html"]),
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--home", type=Path, help="a home with the catalogue, indexed")
    asked.add_argument("--out", type=Path, default=FOLDER)
    chosen = asked.parse_args()
    if chosen.home:
        sys.exit(not write_examples(Workspace(Home(chosen.home)), chosen.out))
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Home(Path(folder)))
        load_starter(workspace.library)
        index_library(workspace)
        sys.exit(not write_examples(workspace, chosen.out))


def write_examples(workspace: Workspace, out: Path) -> bool:
    """Draft, write and check each example; whether all hold."""
    holds = True
    for name, (topic, formats) in EXAMPLES.items():
        # Else the files that stand there would be kept beside the new ones, as somebody's own.
        shutil.rmtree(out / name, ignore_errors=True)
        files = save_draft(compose(workspace, topic), out / name, formats)
        (out / name / WRITTEN).unlink()
        for path in files:
            report = check_draft(workspace.library, path)
            print(f"{path}: {report.papers} papers, {report.quotes} quotes, {len(report.findings)} findings")
            holds &= report.holds
    return holds


if __name__ == "__main__":
    main()
