"""The library's page in a real browser: files dropped on it, work that outlives a reload, a server that is killed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corpus.library import Library

if TYPE_CHECKING:
    from conftest import Browser

pytestmark = pytest.mark.e2e

INPUT = "[data-testid=stFileUploaderDropzoneInput], [data-testid=stFileUploader] input[type=file]"
WORK = ".st-key-work-import"
ALERT = "[data-testid=stAlert]"
# So many that a reload is quicker; packed, for the browser takes long to hand them in.
MANY = 80_000


def papers(count: int, title: str = "Thin layers") -> bytes:
    rows = (
        {"id": f"t:{number}", "title": f"{title}, part {number}", "abstract": "They are trained. " * 20, "year": 2020}
        for number in range(count)
    )
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def drop(browser: Browser, *files: tuple[str, bytes], index: bool = True) -> None:
    """Hand the files in, and start the import."""
    given = [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    browser.tab.locator(INPUT).first.set_input_files(given)
    browser.one("[data-testid=stFileUploaderFile], [data-testid=stFileUploader]", files[-1][0].rsplit("/", 1)[-1][:20])
    browser.settle()
    if not index:
        browser.click(".st-key-import-index label")
        browser.settle()
    browser.click(".st-key-import-start button")


def kept(home: Path) -> int:
    library = Library(home / "library.db")
    count = library.count()
    library.close()
    return count


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def address(home: Path, serve: Callable[[Path], AbstractContextManager[str]]) -> Iterator[str]:
    with serve(home) as running:
        yield running


def test_dropped_files_are_imported_and_each_reason_is_told(
    browse: Callable[..., Browser], address: str, home: Path, hostile: str
) -> None:
    browser = browse(address)
    browser.open("/library")
    browser.one(ALERT, "The library is empty")
    bad = b'{"title": \n' + json.dumps({"id": "x", "title": hostile}).encode() + b"\n"
    name = "<img src=x onerror='window.hacked=4'>.jsonl"
    drop(browser, ("thin.jsonl", papers(3)), (name, bad), ("notes.bib", b"no entry"), index=False)
    browser.one(ALERT, "Not all could be read")
    browser.settle()
    assert kept(home) == 4
    browser.one("[data-testid=stMarkdownContainer]", "4 new papers")
    browser.click("summary", "1 skipped")
    assert "notes.bib holds no paper" in browser.text()
    assert browser.tab.evaluate("window.hacked") is None
    browser.tab.reload()  # what came of it stays
    browser.one(ALERT, "Not all could be read")


def test_an_import_is_found_after_a_reload_and_stopped(
    browse: Callable[..., Browser], address: str, home: Path
) -> None:
    browser = browse(address)
    browser.open("/library")
    before = kept(home)
    drop(browser, ("many.jsonl.gz", gzip.compress(papers(MANY, "Many layers"), mtime=0)), index=False)
    browser.one(WORK, "Reading")
    browser.tab.reload()
    browser.one(WORK, "Reading")
    browser.click(f"{WORK} button", "Stop")
    browser.one(ALERT, "Stopped")
    browser.settle()
    assert before < kept(home) < MANY
    assert not (home / "uploads").exists()


def test_a_server_killed_in_the_middle_of_an_import_leaves_a_whole_library(
    browse: Callable[..., Browser],
    serve: Callable[[Path], AbstractContextManager[str]],
    kill: Callable[[str], None],
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with serve(home) as address:
        browser = browse(address)
        browser.open("/library")
        drop(browser, ("many.jsonl.gz", gzip.compress(papers(MANY), mtime=0)), index=False)
        browser.one(WORK, "Reading")
        browser.wait(lambda: kept(home) > 0)
        kill(address)
        browser.errors.clear()  # that the server has gone is told by the browser
    left = kept(home)
    assert 0 < left < MANY
    browser.tab.goto("about:blank")
    browser.errors.clear()
    with serve(home) as address:
        browser = browse(address)
        browser.open("/library")
        drop(browser, ("few.jsonl", papers(100)), index=False)  # the same papers once more
        browser.one(ALERT, "The import is done")
        browser.one("[data-testid=stMarkdownContainer]", "0 new papers")
    assert kept(home) == left


def test_the_starter_catalogue_is_loaded_and_drawn(browser: Browser) -> None:
    browser.open("/library")
    assert browser.tab.locator("[data-testid=stVegaLiteChart]").count() == 3
    browser.one("[data-testid=stMetric]", "Papers")
    browser.one("[data-testid=stMarkdownContainer]", "Every paper is indexed")
    browser.click("button", "Check this machine")
    browser.one("[data-testid=stMarkdownContainer]", "full-text search")
