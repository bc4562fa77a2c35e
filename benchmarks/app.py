"""The app in a real browser over a library: seconds to the first page, from key to hits, and from page to page; and memory.

With --first: from `fourways start` on no home at all to the first draft, downloaded, by somebody who reads nothing but the screen.

usage: python benchmarks/app.py [--home DIR] [--name NAME] [--first]     (needs the package playwright, and Chromium on the path)
"""

from __future__ import annotations

import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import median, need, parser, report

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUERIES = [
    "adapters for video action recognition",
    "distillation from several teachers",
    "prompt learning for CLIP",
    "mixup",
    "object detection data sets",
    "contrastive learning",
    "translation with little data",
    "exploration in reinforcement learning",
    "graph neural networks",
]
# Menu entry -> what its page shows when it is there.
PAGES = {
    "Paper": "h1:has-text('A paper')",
    "Idea graph": "canvas[data-painted]:not([data-painted='0'])",  # it can be used, though its nodes still move
    "Ideas": "h1:has-text('Ideas')",
    "Probes": "h1:has-text('Probes')",
    "Survey": "h1:has-text('Draft a survey')",
    "Harvest": "h1:has-text('Harvest')",
    "Library": "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg",
    "Search": "h1:has-text('Find papers')",
}
# What is measured -> the most that it should be.
FIRST_PAGE, KEY_TO_HITS, MEMORY = (
    "first page, later visits, median s of 5",
    "from Enter to the hits, median s",
    "memory, MB",
)
GOALS = {FIRST_PAGE: 3.0, KEY_TO_HITS: 0.7, MEMORY: 2_500.0}
SWITCH = 1.0  # seconds from page to page
DRAFTED = 300.0  # seconds from the command to the first draft
TOPIC = "parameter-efficient fine-tuning"
ROUNDS = 3
DRAWN = "!document.querySelector('[data-testid=stSkeleton]')"
RAN = "document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')"
# Milliseconds from Enter to the frame that shows what a selector finds, as window.took.
WATCH = """(css) => {
  window.took = null;
  let began = null;
  const enter = (event) => { if (event.key === "Enter") began = performance.now(); };
  document.addEventListener("keydown", enter, { capture: true, once: true });
  const watch = new MutationObserver(() => {
    if (began === null || !document.querySelector(css)) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.took = performance.now() - began; }));
  });
  watch.observe(document.body, { childList: true, subtree: true, attributes: true });
}"""


def main() -> None:
    asked = parser(__doc__ or "")
    asked.add_argument("--name", help="of the file in benchmarks/out; app or app-first where none is given")
    asked.add_argument("--first", action="store_true", help="measure the way of a new user to a first draft")
    chosen = asked.parse_args()
    if chosen.first:
        report(chosen.name or "app-first", measure_first())
        return
    need(chosen.home)
    report(chosen.name or "app", measure(chosen.home))


def measure(home: Path) -> dict[str, Any]:
    started = time.perf_counter()
    with served(home) as (address, server), browser() as page:
        rows: dict[str, Any] = {"command to server answering, s": round(time.perf_counter() - started, 2)}
        title = "h1:has-text('Find papers')"
        rows["first page, first visit, s"] = round(seconds(page, lambda: page.goto(address), title), 2)
        rows[FIRST_PAGE] = median([seconds(page, lambda: page.goto(address), title) for _ in range(5)])
        taken = [search(page, query) for query in QUERIES]
        rows["from Enter to the hits, first, s"] = round(taken[0], 2)
        rows[KEY_TO_HITS] = round(statistics.median(taken[1:]), 2)
        taken = [
            seconds(page, partial(page.goto, f"{address}/?q={urllib.parse.quote(query)}"), "[class*=st-key-hit-]")
            for query in QUERIES
        ]
        rows["an address with a search to its hits, median s"] = round(statistics.median(taken[1:]), 2)
        paper = page.locator("[class*=st-key-hit-] a").first
        rows["from a hit to its paper, s"] = round(seconds(page, paper.click, "h1"), 2)
        rows |= switches(page, address)
        rows[MEMORY] = round(memory(server.pid))
        rows["of it not from files, MB"] = round(memory(server.pid, "RssAnon"))
    return rows | {"goals missed": "; ".join(missed(rows)) or "none"}


def switches(page: Page, address: str) -> dict[str, float]:
    """Seconds from the click on each entry of the menu to its page, the first time and later, in one visit."""
    rows = {}
    page.goto(address)
    for name, shown in PAGES.items():
        other = "Paper" if name == "Search" else "Search"
        taken = []
        for _ in range(ROUNDS):
            _enter(page, other)
            page.locator(PAGES[other]).first.wait_for()
            page.wait_for_function(f"{RAN} && {DRAWN}")
            taken.append(seconds(page, partial(_enter, page, name), shown))
        rows[f"to the page {name}, first, s"] = round(taken[0], 2)
        rows[f"to the page {name}, later, s"] = round(min(taken[1:]), 2)
    _enter(page, "Search")
    page.wait_for_function(f"{RAN} && {DRAWN}")
    at_rest = seconds(page, partial(_enter, page, "Idea graph"), "canvas[data-rested]")
    return rows | {"to the page Idea graph until its nodes rest, s": round(at_rest, 2)}


def _enter(page: Page, name: str) -> None:
    page.locator("header a", has_text=name).last.click()


def missed(rows: dict[str, Any]) -> list[str]:
    """What took more than it should."""
    most = GOALS | {row: SWITCH for row in rows if row.startswith("to the page") and "later" in row}
    return [f"{row}: {rows[row]} of {limit:g}" for row, limit in most.items() if rows[row] > limit]


def measure_first() -> dict[str, Any]:
    """From the command on no home to a draft of the starter catalogue that lies on the disk, with the steps on the way."""
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="fourways-first-") as folder:
        began = time.perf_counter()

        def reached(what: str) -> None:
            rows[f"{what}, s"] = round(time.perf_counter() - began, 1)

        with served(Path(folder) / "home", patience=DRAFTED) as (address, _), browser() as page:
            reached("the server answers")
            page.goto(address)
            page.locator("h1:has-text('Find papers')").wait_for()
            reached("the first page")
            page.locator("header a", has_text="Survey").last.click()
            page.get_by_label("Topic", exact=True).fill(TOPIC)
            page.locator(".st-key-draft-it button").click()
            page.locator(".st-key-download-md button").wait_for(timeout=DRAFTED * 1000)
            reached("the draft is shown")
            with page.expect_download(timeout=DRAFTED * 1000) as awaited:
                page.locator(".st-key-download-md button").click()
            size = Path(awaited.value.path()).stat().st_size
            reached("the draft is downloaded")
    rows["its size, bytes"] = size
    late = rows["the draft is downloaded, s"] > DRAFTED
    return rows | {"goals missed": f"more than {DRAFTED:g} s" if late else "none"}


def search(page: Page, query: str) -> float:
    """Seconds from Enter until a hit for the query has been painted, by the page's own clock: Playwright's waiting adds to it.

    The query is typed before, as by somebody who has looked at the last hits for a moment.
    """
    page.wait_for_function(f"{RAN} && {DRAWN}")
    page.wait_for_timeout(500)
    box = page.get_by_label("What are you looking for?")
    box.fill(query)
    page.evaluate(WATCH, hit_of(query))
    box.press("Enter")
    page.wait_for_function("window.took")
    return float(page.evaluate("window.took")) / 1000


def hit_of(query: str) -> str:
    """What is there when the query is answered: its address is, so its words are in the links that narrow it."""
    return f"[class*=st-key-hit-] a[href*='q={urllib.parse.quote_plus(query)}']"


def seconds(page: Page, act: Callable[[], object], shown: str) -> float:
    """From an act until what it leads to can be seen."""
    started = time.perf_counter()
    act()
    page.locator(shown).first.wait_for()
    return time.perf_counter() - started


@contextmanager
def browser() -> Iterator[Page]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or sys.exit("chromium is missing")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = running.new_page(viewport={"width": 1400, "height": 1000}, locale="en-GB")
        page.set_default_timeout(120_000)
        yield page
        running.close()


@contextmanager
def served(home: Path, patience: float = 240) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "survey.cli", "--home", str(home), "start", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}", patience)
        yield f"http://127.0.0.1:{port}", server
    finally:
        server.terminate()
        server.wait()


def memory(process: int, field: str = "VmRSS") -> float:
    """Resident megabytes of a process (Linux): all of them, or those of another field of its status."""
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) * 1024 / 1e6


def wait_for(address: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the app's server did not answer")


if __name__ == "__main__":
    main()
