"""A real server of the app, and a real browser before it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

# What somebody might put into a title to see it run, be drawn or be hidden.
HOSTILE = (
    "<script>window.hacked = 1</script> <img src=x onerror='window.hacked = 2'> $\\frac{a}{b}$ **zebrafish** :smile:"
    " [go](javascript:window.hacked=3) <b>b</b> -> `c` # 1. | &lt;"
)
FIRST_RUN_S = 120  # compiling the embedding model takes most of it
PATIENCE_S = 20
_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--window-size=1400,1000"),
)


class Browser:
    """The browser at the server `address`. Finds by CSS, and waits for what it is asked for."""

    def __init__(self, driver: webdriver.Chrome, address: str, downloads: Path) -> None:
        self.driver, self.address, self.downloads = driver, address, downloads

    def open(self, path: str) -> None:
        self.driver.get(self.address + path)
        self.wait(lambda: self.all("h1, [data-testid=stAlert]"))
        self.settle()

    def wait(self, condition: Callable[[], Any]) -> Any:
        """What `condition` gives when it gives something true; fails after PATIENCE_S."""
        waiting = WebDriverWait(self.driver, PATIENCE_S, 0.1, ignored_exceptions=[StaleElementReferenceException])
        return waiting.until(lambda _: condition())

    def settle(self) -> None:
        """Wait until the page's script has run to its end."""
        self.wait(lambda: self.all("[data-testid=stApp][data-test-script-state=notRunning]"))

    def all(self, css: str, text: str = "") -> list[WebElement]:
        return [one for one in self.driver.find_elements(By.CSS_SELECTOR, css) if text in one.text]

    def one(self, css: str, text: str = "") -> WebElement:
        """The first element that holds `text`, when there is one."""
        found: WebElement = self.wait(lambda: next(iter(self.all(css, text)), None))
        return found

    def click(self, css: str, text: str = "") -> None:
        """Click the first such element, when there is one that takes it."""

        def clicked() -> bool:
            self.one(css, text).click()
            return True

        self.wait(clicked)

    def node(self, css: str) -> WebElement:
        """A node of the drawn graph, which lives in a shadow root."""
        drawn = self.one("[data-testid=stBidiComponentIsolated]")
        found: WebElement = self.wait(lambda: next(iter(drawn.shadow_root.find_elements(By.CSS_SELECTOR, css)), None))
        return found

    def hits(self) -> list[str]:
        """The titles that a search found."""
        return [one.text for one in self.all("[class*=st-key-hit-] strong")]


@pytest.fixture
def hostile() -> str:
    """The title, the abstract and the only author of the paper h:1."""
    return HOSTILE


@pytest.fixture(scope="session")
def chromium() -> tuple[str, str]:
    """The browser and its driver; without them the tests are skipped."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip(f"needs Chromium and chromedriver on the path (found {browser} and {driver})")
    return browser, driver


@pytest.fixture(scope="session")
def filled(chromium: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `fourways start` on a new home; a hostile paper is imported while the app runs."""
    home, port = tmp_path_factory.mktemp("filled"), _free_port()
    papers = tmp_path_factory.mktemp("papers") / "hostile.jsonl"
    papers.write_text(json.dumps({"id": "h:1", "title": HOSTILE, "abstract": HOSTILE, "authors": [HOSTILE]}), "utf-8")
    fourways = [str(Path(sys.executable).parent / "fourways"), "--home", str(home)]
    with _served([*fourways, "start", "--no-browser", "--port", str(port)], port, home) as address:
        for command in (["import", str(papers)], ["index"]):
            subprocess.run([*fourways, *command], check=True, capture_output=True)
        yield address


@pytest.fixture(scope="session")
def serve(chromium: tuple[str, str]) -> Callable[[Path], AbstractContextManager[str]]:
    """Serves the app on a home as it stands, without loading anything; gives its address."""
    program = (
        "import sys; from pathlib import Path; from corpus.home import Home; from survey.serving import serve;"
        "serve(Home(Path(sys.argv[1])), int(sys.argv[2]), browser=False)"
    )

    def run(home: Path) -> AbstractContextManager[str]:
        port = _free_port()
        return _served([sys.executable, "-c", program, str(home), str(port)], port, home)

    return run


@pytest.fixture(scope="session")
def empty(
    serve: Callable[[Path], AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the app on a home without a library."""
    with serve(tmp_path_factory.mktemp("empty")) as address:
        yield address


@pytest.fixture(scope="session")
def driver(
    chromium: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[webdriver.Chrome, Path]]:
    profile, downloads = tmp_path_factory.mktemp("profile"), tmp_path_factory.mktemp("downloads")
    options = Options()
    options.binary_location = chromium[0]
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    started = webdriver.Chrome(options=options, service=Service(chromium[1]))
    yield started, downloads
    started.quit()


@pytest.fixture
def browser(driver: tuple[webdriver.Chrome, Path], filled: str) -> Browser:
    return Browser(driver[0], filled, driver[1])


@pytest.fixture
def browse(driver: tuple[webdriver.Chrome, Path]) -> Callable[[str], Browser]:
    """The browser at any address."""
    return lambda address: Browser(driver[0], address, driver[1])


@pytest.fixture
def empty_browser(driver: tuple[webdriver.Chrome, Path], empty: str) -> Browser:
    return Browser(driver[0], empty, driver[1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _served(command: Sequence[str], port: int, home: Path) -> Iterator[str]:
    """Run a server until the tests are over; gives its address when it answers."""
    log = home.with_suffix(".log")
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        environment = {name: value for name, value in os.environ.items() if name != "FOURWAYS_CHROMA"}
        server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=home, env=environment)
        try:
            _await_answer(f"{address}/_stcore/health", server, log)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _await_answer(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + FIRST_RUN_S
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            # The one sleep: nothing but asking again tells when a port opens.
            time.sleep(0.2)
    pytest.fail(f"the server did not come up: {log.read_text('utf-8', 'replace')[-2000:]}")
