"""The drafts of docs/examples: what is there is what the code writes, and every key, quote and count in it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.library import Library
from corpus.starter import load_starter
from survey.checking import check_draft
from survey.checking.contract import load_contract
from survey.export import build_files, exports

FOLDER = Path(__file__).parents[1] / "docs" / "examples"
OUTLINES = sorted(FOLDER.glob("*/outline.json"))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    library = Library(tmp_path_factory.mktemp("catalogue") / "library.db")
    load_starter(library)
    yield library
    library.close()


def test_there_are_two() -> None:
    assert len(OUTLINES) == 2


@pytest.mark.parametrize("outline", OUTLINES, ids=lambda path: path.parent.name)
def test_each_file_is_what_the_code_writes(outline: Path) -> None:
    """Of the draft that outline.json tells; `python benchmarks/examples.py` writes all of them anew."""
    draft, folder = load_contract(outline.read_text("utf-8")), outline.parent
    files: dict[str, bytes] = {}
    for name, one in exports().items():
        if (folder / one.file).is_file():
            files |= build_files(draft, name)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == set(files)
    assert {name for name, content in files.items() if (folder / name).read_bytes() != content} == set()
    assert "survey.md" in files


@pytest.mark.parametrize("outline", OUTLINES, ids=lambda path: path.parent.name)
def test_every_key_quote_and_count_holds(outline: Path, catalogue: Library) -> None:
    for path in sorted(outline.parent.glob("*.*")):
        report = check_draft(catalogue, path)
        assert report.findings == (), path.name
        assert report.own == (), path.name
        assert report.quotes > 0
