"""The app in a real browser over 30,000 papers: seconds to the first page and from a query to its hits.

usage: python benchmarks/app.py [--data DIR] [--home DIR]     (needs chromium and chromedriver)
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
from typing import Any

from bench import median, need, options, report
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

QUERIES = [
    "adapters for video action recognition",
    "distillation from several teachers",
    "prompt learning for CLIP",
    "mixup",
    "object detection data sets",
]


def main() -> None:
    chosen = options(__doc__ or "")
    need(chosen.home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    started = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "survey.cli",
        "--home",
        str(chosen.home),
        "start",
        "--no-browser",
        "--port",
        str(port),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(address, 60)
        rows: dict[str, Any] = {"command to server answering, s": round(time.perf_counter() - started, 2)}
        browser = open_browser()
        try:
            rows["first page, first visit, s"] = round(page(browser, address, "Search"), 2)
            rows["first page, later visits, median s of 5"] = median(
                [page(browser, address, "Search") for _ in range(5)]
            )
            taken = [page(browser, f"{address}/?q={urllib.parse.quote(query)}", "cosine") for query in QUERIES]
            rows["a search, first, s"] = round(taken[0], 2)
            rows["a search with its page, median s"] = round(statistics.median(taken[1:]), 2)
        finally:
            browser.quit()
        report("app", rows)
    finally:
        server.terminate()
        server.wait()


def open_browser() -> webdriver.Chrome:
    flags = webdriver.ChromeOptions()
    flags.binary_location = shutil.which("chromium") or sys.exit("chromium is missing")
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
    ]
    for flag in ["--headless=new", "--no-sandbox", "--disable-gpu", *quiet, f"--user-data-dir={tempfile.mkdtemp()}"]:
        flags.add_argument(flag)
    return webdriver.Chrome(options=flags, service=webdriver.ChromeService(shutil.which("chromedriver")))


def page(browser: webdriver.Chrome, address: str, text: str) -> float:
    """Seconds until `text` stands on the page."""
    started = time.perf_counter()
    browser.get(address)
    WebDriverWait(browser, 60, poll_frequency=0.05).until(lambda b: text in b.find_element(By.TAG_NAME, "body").text)
    return time.perf_counter() - started


def wait_for(address: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the app's server did not answer")


if __name__ == "__main__":
    main()
