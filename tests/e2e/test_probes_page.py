"""The probes' page in a real browser: a run found again after a reload and stopped, runs by their addresses, a table of texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corpus.home import Home
from corpus.ideas import add_idea
from corpus.library import Library
from survey.bench.record import Outcome, Row, Run
from survey.bench.results import load_runs, save_run
from survey.bench.task import Measure

if TYPE_CHECKING:
    from conftest import Browser

pytestmark = pytest.mark.e2e

WORK, ALERT = ".st-key-work-probe", "[data-testid=stAlert]"


def outcomes(*scores: float) -> tuple[Outcome, ...]:
    return tuple(Outcome(seed, 64, score, {"accuracy": score}, 2.0, 1.5) for seed, score in enumerate(scores))


def kept(home: Path, key: str, method: str, idea: str | None = None) -> Run:
    rows = (
        Row(method, outcomes=outcomes(0.9, 0.91), count={"total": 75_000, "stored": 75_000}),
        Row("linear", always=True, outcomes=outcomes(0.6, 0.61), count={"total": 770, "stored": 770}),
    )
    run = Run(
        id=key, made="2026-01-02T03:04:05+00:00", task="text", title="Are the words in order?", measures=(Measure("accuracy"),),
        reference="linear", rates=(0.01,), steps=64, seeds=2, budget=None, device="cpu", device_name="one", threads=1,
        versions={}, rows=rows, idea=idea,
    )  # fmt: skip
    return save_run(Home(home), run)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, hostile_idea: str) -> Path:
    made = tmp_path_factory.mktemp("probes")
    library = Library(made / "library.db")
    key = add_idea(library, hostile_idea).idea.key
    library.close()
    kept(made, "20260102-030405-text", "lora", key)
    kept(made, "20260103-030405-text", "ia3")
    return made


@pytest.fixture(scope="module")
def hostile_idea() -> str:
    return (
        "LoRA <script>window.hacked = 1</script> <img src=x onerror='window.hacked = 2'> $\\frac{a}{b}$ **b** :smile:"
    )


@pytest.fixture(scope="module")
def address(home: Path, serve: Callable[[Path], AbstractContextManager[str]]) -> Iterator[str]:
    with serve(home) as running:
        yield running


def choose(browser: Browser, method: str) -> None:
    # Alone, or with its long name behind it: focal is not focal-1.
    browser.choose("[class*=st-key-probe-methods-]", re.compile(rf"^{re.escape(method)}( \(|$)"))
    browser.tab.keyboard.press("Escape")
    browser.settle()


def set_to(browser: Browser, key: str, value: str) -> None:
    field = browser.one(f".st-key-{key} input")
    field.fill(value)
    field.press("Enter")
    browser.settle()


def test_earlier_runs_open_stand_side_by_side_and_survive_reload_and_back(
    browse: Callable[..., Browser], address: str, barriers: Callable[[Browser], list[str]]
) -> None:
    browser = browse(address)
    browser.open("/probes")
    browser.click("[class*=st-key-run-] a", "lora")
    browser.one("h2", "Are the words in order?")
    assert browser.query()["run"] == ["20260102-030405-text"]
    browser.one("[data-testid^=stImage]")
    browser.tab.reload()
    browser.one("h2", "Are the words in order?")
    browser.one("[data-testid=stMarkdownContainer] li", "lora is .300 over linear in accuracy, in 2 of 2 seeds.")
    run = json.loads(browser.download("probe-json").read_text("utf-8"))
    assert run["id"] == "20260102-030405-text"
    assert browser.download("probe-svg").read_text("utf-8").startswith("<?xml")
    browser.settle()
    browser.choose(".st-key-probe-with", "ia3")
    browser.one(".st-key-probe-compared table", "20260103")
    assert browser.query()["with"] == ["20260103-030405-text"]
    assert barriers(browser) == []
    browser.tab.go_back()
    browser.wait(lambda: "with" not in browser.query())
    browser.tab.go_back()
    browser.one("h1", "Probes")
    assert browser.tab.evaluate("window.hacked") is None


def test_a_probe_is_found_after_a_reload_and_stopped(browse: Callable[..., Browser], address: str, home: Path) -> None:
    before = len(load_runs(Home(home)))
    browser = browse(address)
    browser.open("/probes?task=imbalanced")
    choose(browser, "focal")
    # A row takes 10 seconds at most, however busy the machine is; so many seeds take that on any.
    set_to(browser, "probe-seeds", "20")
    set_to(browser, "probe-budget", "10")
    browser.click(".st-key-probe-start button")
    browser.one(WORK, "methods")
    browser.tab.reload()
    browser.one(WORK, "methods")
    # The first row is done: stopping keeps it.
    browser.one(".st-key-probe-standing li", "focal")
    browser.click(f"{WORK} button", "Stop")
    browser.one(ALERT, "Stopped. The rows that were finished are kept")
    runs = load_runs(Home(home))
    assert len(runs) == before + 1
    assert runs[0].interrupted and runs[0].row("focal")


def test_a_table_with_one_class_is_told_in_a_line(browse: Callable[..., Browser], address: str, home: Path) -> None:
    browser = browse(address)
    browser.open("/probes")
    browser.click("summary", "Texts of your own")
    content = "text,label\n" + "".join(f"good {n},yes\n" for n in range(9))
    name = "<img src=x onerror='window.hacked=4'>.csv"
    browser.tab.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        [{"name": name, "mimeType": "text/csv", "buffer": content.encode()}]
    )
    browser.wait(lambda: browser.query().get("task", [""])[0].startswith("own:"))
    browser.settle()
    choose(browser, "lora")
    browser.click(".st-key-probe-start button")
    told = browser.one(ALERT, "has one class")
    assert "Give two classes with 3 examples each at least" in told.inner_text()
    assert str(home) not in told.inner_text()
    assert browser.tab.evaluate("window.hacked") is None


def test_an_idea_is_tried(browse: Callable[..., Browser], address: str, home: Path) -> None:
    (run,) = [one for one in load_runs(Home(home)) if one.idea]
    browser = browse(address)
    browser.open(f"/ideas?idea={run.idea}")
    browser.one("[class*=st-key-run-] a", "lora")
    browser.click("[data-testid=stMain] a", "Try it on the bench")
    browser.one("[class*=st-key-probe-methods-]", "lora")
    assert browser.query()["idea"] == [run.idea]
    browser.settle()
    assert browser.tab.evaluate("window.hacked") is None
