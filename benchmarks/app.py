"""The app in a real browser over a library: seconds to the first page, from key to hits, and from page to page; and memory.

usage: python benchmarks/app.py [--home DIR]     (needs the package playwright, and Chromium on the path)
"""

from __future__ import annotations

import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import median, need, options, report

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUERIES = [
    "adapters for video action recognition",
    "distillation from several teachers",
    "prompt learning for CLIP",
    "mixup",
    "object detection data sets",
]
# Menu entry -> what its page shows when it is there.
PAGES = {
    "Idea graph": "canvas[data-rested]",
    "Ideas": "h1:text-is('Ideas')",
    "Survey": "h1:text-is('Draft a survey')",
    "Harvest": "h1:text-is('Harvest')",
    "Library": "[data-testid=stVegaLiteChart] >> nth=0",
    "Search": "h1:text-is('Find papers')",
}
ROUNDS = 3
RAN = "document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')"


def main() -> None:
    chosen = options(__doc__ or "")
    need(chosen.home)
    started = time.perf_counter()
    with served(chosen.home) as (address, server), browser() as page:
        rows: dict[str, Any] = {"command to server answering, s": round(time.perf_counter() - started, 2)}
        home = "h1:text-is('Find papers')"
        rows["first page, first visit, s"] = round(seconds(page, lambda: page.goto(address), home), 2)
        rows["first page, later visits, median s of 5"] = median(
            [seconds(page, lambda: page.goto(address), home) for _ in range(5)]
        )
        taken = [seconds(page, lambda q=query: search(page, q), hits_of(query)) for query in QUERIES]
        rows["from Enter to the hits, first, s"] = round(taken[0], 2)
        rows["from Enter to the hits, median s"] = round(statistics.median(taken[1:]), 2)
        taken = [
            seconds(page, lambda q=query: page.goto(f"{address}/?q={urllib.parse.quote(q)}"), "[class*=st-key-hit-]")
            for query in QUERIES
        ]
        rows["an address with a search to its hits, median s"] = round(statistics.median(taken[1:]), 2)
        for name, shown in PAGES.items():
            taken = []
            for _ in range(ROUNDS):
                page.goto(f"{address}/harvest" if name == "Search" else address)
                page.wait_for_function(RAN)
                taken.append(seconds(page, lambda n=name: page.locator("header a", has_text=n).last.click(), shown))
            rows[f"to the page {name}, first, s"] = round(taken[0], 2)
            rows[f"to the page {name}, later, s"] = round(min(taken[1:]), 2)
        rows["the server's memory, MB"] = round(memory(server.pid))
    report("app", rows)


def search(page: Page, query: str) -> None:
    box = page.get_by_label("What are you looking for?")
    box.fill(query)
    box.press("Enter")


def hits_of(query: str) -> str:
    """What is there when the query is answered: its address is, so its words are in the links that narrow it."""
    return f"[class*=st-key-hit-] a[href*='q={urllib.parse.quote_plus(query)}'] >> nth=0"


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
def served(home: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "survey.cli", "--home", str(home), "start", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}", 120)
        yield f"http://127.0.0.1:{port}", server
    finally:
        server.terminate()
        server.wait()


def memory(process: int) -> float:
    """Resident megabytes of a process (Linux)."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


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
