"""A real server of the app, and a real browser before it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from filelock import FileLock

from survey.cli import run

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page, ViewportSize, WebSocket

# What somebody might put into a title to see it run, be drawn or be hidden.
HOSTILE = (
    "<script>window.hacked = 1</script> <img src=x onerror='window.hacked = 2'> $\\frac{a}{b}$ **zebrafish** :smile:"
    " [go](javascript:window.hacked=3) <b>b</b> -> `c` # 1. | &lt;"
)
FIRST_RUN_S = 300  # compiling the embedding model and embedding the catalogue; 20 s where nothing else runs
PATIENCE_MS = 180_000  # a busy machine takes long; what is there is not waited for
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WIDE: ViewportSize = {"width": 1400, "height": 1000}
_RAN = "document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')"
_DRAWN = "!document.querySelector('[data-testid=stSkeleton]')"
# Streamlit looks for its server below the page's own address first.
_PROBES = re.compile(r"/\w+/_stcore/(health|host-config)$")

AXE = "axe-core@4.14.1"
# One after the other in one tab, which takes a third of the time of a tab for each.
LOOKS: tuple[tuple[str, str, dict[str, int]], ...] = (
    ("light", "light", {"width": 1300, "height": 900}),
    ("dark", "dark", {"width": 1300, "height": 900}),
    ("phone", "light", {"width": 390, "height": 844}),
)
# Nothing turns slowly from light to dark: of what is in between there is no telling whether it can be read.
_AT_ONCE = "*, ::before, ::after { transition: none !important }"
_WIDER = "(() => { const main = document.querySelector('[data-testid=stMain]'); return main.scrollWidth - main.clientWidth })()"


class Browser:
    """A tab at the server `address`. `tab` is Playwright's, whose locators wait for what they name and look into shadow roots."""

    def __init__(self, page: Page, address: str) -> None:
        self.tab, self.address = page, address
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", self._fail)
        page.on("console", self._hear)
        page.on("websocket", self._listen)
        self._unanswered = False

    def _fail(self, error: Error) -> None:
        self.errors.append(str(error))

    def _hear(self, said: ConsoleMessage) -> None:
        url = said.location.get("url", "")
        if said.type == "error" and not _PROBES.search(urlsplit(url).path):
            self.errors.append(f"{said.text} ({url})")

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", self._ask)
        socket.on("framereceived", self._answer)
        socket.on("close", self._answer)

    def _ask(self, _: object) -> None:
        self._unanswered = True

    def _answer(self, _: object) -> None:
        self._unanswered = False

    def leave(self) -> None:
        """Hear no more, and leave the tab as a new one: blank, with nothing kept for the session."""
        self.tab.remove_listener("pageerror", self._fail)
        self.tab.remove_listener("console", self._hear)
        self.tab.remove_listener("websocket", self._listen)
        if self.tab.url.startswith("http"):
            self.tab.evaluate("sessionStorage.clear()")
        self.tab.goto("about:blank")

    def open(self, path: str) -> None:
        self.tab.goto(self.address + path)
        self.tab.locator("h1, [data-testid=stAlert]").first.wait_for()
        self.settle()

    def settle(self) -> None:
        """Wait until the page's script has run to its end, and all of it is drawn. The page itself tells that it runs only when
        the server says so: what was asked and has no answer yet is waited for."""

        def settled() -> bool:
            self.tab.wait_for_function(f"{_RAN} && {_DRAWN}")
            return not self._unanswered

        self.wait(settled)

    def wait(self, condition: Callable[[], Any]) -> Any:
        """What `condition` gives when it gives something true."""
        end = time.monotonic() + PATIENCE_MS / 1000
        while not (found := condition()):
            if time.monotonic() > end:
                pytest.fail(f"it never came true: {condition}")
            self.tab.wait_for_timeout(100)
        return found

    def one(self, css: str, text: str = "") -> Locator:
        """The first element that holds `text`, when it can be seen."""
        found = self.tab.locator(css).filter(has_text=text).first if text else self.tab.locator(css).first
        found.wait_for()
        return found

    def click(self, css: str, text: str = "") -> None:
        self.one(css, text).click()

    def choose(self, css: str, text: str | re.Pattern[str]) -> None:
        """Choose the option that holds `text` in a box of choices. A page that is drawn anew just then closes its list."""
        option = self.tab.locator("[role=option]").filter(has_text=text).first

        def offered() -> bool:
            if not option.is_visible():
                self.click(f"{css} input")
                self.tab.wait_for_timeout(500)
            return option.is_visible()

        self.wait(offered)
        option.click()

    def part(self, name: str) -> Locator:
        """A part of the drawn graph."""
        return self.tab.locator(f"[data-part={name}]")

    def hits(self) -> list[str]:
        """The titles that a search found."""
        return self.tab.locator("[class*=st-key-hit-] strong").all_inner_texts()

    def query(self) -> dict[str, list[str]]:
        """The fields of the address."""
        return parse_qs(urlsplit(self.tab.url).query)

    def text(self) -> str:
        """All text of the page, without the characters without width that keep Streamlit from making emoji of it."""
        return str(self.tab.evaluate("document.querySelector('[data-testid=stMain]').textContent")).replace(
            "\u2060", ""
        )

    def strangers(self) -> list[str]:
        """What was loaded from elsewhere."""
        loaded = self.tab.evaluate(
            "[...performance.getEntriesByType('resource').map(one => one.name), document.querySelector('link[rel~=icon]').href]"
        )
        return [name for name in loaded if not name.startswith((self.address, "data:", "blob:"))]

    def download(self, key: str) -> Path:
        """The file that the button of this key gives."""
        with self.tab.expect_download() as awaited:
            self.click(f".st-key-{key} button")
        return Path(awaited.value.path())


@pytest.fixture
def hostile() -> str:
    """The title, the abstract and the only author of the paper h:1."""
    return HOSTILE


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser; without it the tests are skipped."""
    pytest.importorskip("playwright.sync_api", reason="needs the package playwright (its own browsers are not)")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if found is None:
        pytest.skip("needs Chromium on the path")
    return found


@pytest.fixture(scope="session")
def engine(chromium: str) -> Iterator[Chromium]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        yield running
        running.close()


class Window:
    """Tabs that share what the browser has loaded. One that a test has left serves the next: a new one starts a process."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._idle: list[Page] = []

    def forget(self) -> None:
        """Cookies and what pages may do."""
        self._context.clear_cookies()
        self._context.clear_permissions()

    def allow(self, *permissions: str) -> None:
        self._context.grant_permissions(permissions)

    def take(self) -> Page:
        page = self._idle.pop() if self._idle else self._context.new_page()
        page.bring_to_front()
        return page

    def give_back(self, browser: Browser) -> None:
        browser.leave()
        browser.tab.emulate_media(color_scheme="light")
        browser.tab.set_viewport_size(WIDE)
        self._idle.append(browser.tab)


@pytest.fixture(scope="session")
def usual(engine: Chromium) -> Iterator[Window]:
    """A wide, light, English window."""
    context = engine.new_context(viewport=WIDE, locale="en-GB")
    yield Window(context)
    context.close()


@pytest.fixture(scope="session")
def chinese(engine: Chromium) -> Iterator[Window]:
    """The window of somebody who reads Chinese."""
    context = engine.new_context(viewport=WIDE, locale="zh-CN")
    yield Window(context)
    context.close()


@pytest.fixture
def browse(usual: Window) -> Iterator[Callable[..., Browser]]:
    """A blank tab for any address, in the usual window or another one. At the end none may have told the console of an error."""
    opened: list[tuple[Window, Browser]] = []

    def open_tab(address: str, window: Window = usual) -> Browser:
        opened.append((window, Browser(window.take(), address)))
        return opened[-1][1]

    yield open_tab
    errors = [error for _, one in opened for error in one.errors]
    for window, one in opened:
        window.give_back(one)
    assert errors == []


@pytest.fixture
def fresh(usual: Window) -> Iterator[Window]:
    """The usual window, without cookies, which it loses again."""
    usual.forget()
    yield usual
    usual.forget()


@pytest.fixture(scope="session")
def stocked(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that `fourways start` makes, and a hostile paper imported while the app runs; never served again, only copied.

    It is made once, by whichever of the processes that run tests comes first.
    """
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    home, made = folder / "stocked", folder / "stocked.made"
    with FileLock(folder / "stocked.lock"):
        if not made.exists():
            home.mkdir(exist_ok=True)  # where who came before has failed
            papers = folder / "hostile.jsonl"
            papers.write_text(json.dumps({"id": "h:1", "title": HOSTILE, "abstract": HOSTILE, "authors": [HOSTILE]}))
            fourways, port = [str(Path(sys.executable).parent / "fourways"), "--home", str(home)], _free_port()
            with _served([*fourways, "start", "--no-browser", "--port", str(port)], port, home):
                assert run([*fourways[1:], "import", str(papers)]) == 0
                assert run([*fourways[1:], "index"]) == 0
            made.touch()
    return home


@pytest.fixture(scope="session")
def filled(
    stocked: Path, serve: Callable[[Path], AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the app on a copy of the stocked home."""
    home = tmp_path_factory.mktemp("filled") / "home"
    shutil.copytree(stocked, home)
    with serve(home) as address:
        yield address


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core from its npm package; without npm or its registry the tests of it are skipped."""
    folder = tmp_path_factory.mktemp("axe")
    npm = shutil.which("npm") or pytest.skip("needs npm, for axe-core")
    try:
        subprocess.run([npm, "pack", AXE], cwd=folder, check=True, capture_output=True, timeout=60)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"npm cannot get {AXE}: {error}")
    with tarfile.open(next(folder.glob("*.tgz"))) as packed:
        script = packed.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


@pytest.fixture
def barriers(axe: str) -> Callable[[Browser], list[str]]:
    """What is in somebody's way on the page in a tab, as it looks in light, in dark and on a phone; it stays on the phone."""

    def find(browser: Browser) -> list[str]:
        browser.tab.evaluate(axe)
        browser.tab.add_style_tag(content=_AT_ONCE)
        told = []
        for look, scheme, size in LOOKS:
            browser.tab.emulate_media(color_scheme=scheme)
            browser.tab.set_viewport_size(size)
            browser.wait(lambda scheme=scheme: _is_dark(browser) == (scheme == "dark"))
            browser.settle()
            if browser.tab.evaluate(_WIDER) > 0:
                told.append(f"{look}: the page is wider than the screen")
            if _violations(browser):  # of what is still turning from light to dark there is no telling
                browser.tab.wait_for_timeout(2000)
                browser.settle()
            told += [f"{look}: {one}" for one in _violations(browser)]
        return told

    return find


def _is_dark(browser: Browser) -> bool:
    colour = browser.tab.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    return sum(map(int, re.findall(r"\d+", colour)[:3])) < 3 * 128


def _violations(browser: Browser) -> list[str]:
    found = browser.tab.evaluate("axe.run(document, {resultTypes: ['violations']}).then(told => told.violations)")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.fixture(scope="session")
def serve(chromium: str) -> Callable[[Path], AbstractContextManager[str]]:
    """Serves the app on a home as it stands, without loading anything; gives its address. It may be killed with `kill`."""
    program = (
        "import sys; from pathlib import Path; from corpus.home import Home; from survey.serving import serve;"
        "serve(Home(Path(sys.argv[1])), int(sys.argv[2]), browser=False)"
    )

    def start(home: Path) -> AbstractContextManager[str]:
        port = _free_port()
        return _served([sys.executable, "-c", program, str(home), str(port)], port, home)

    return start


@pytest.fixture(scope="session")
def kill() -> Callable[[str], None]:
    """Kills the server at an address, as a power cut would."""

    def act(address: str) -> None:
        server = _SERVERS[address]
        server.send_signal(signal.SIGKILL)
        server.wait(10)

    return act


@pytest.fixture(scope="session")
def empty(
    serve: Callable[[Path], AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the app on a home without a library."""
    with serve(tmp_path_factory.mktemp("empty")) as address:
        yield address


@pytest.fixture
def browser(browse: Callable[..., Browser], filled: str) -> Browser:
    return browse(filled)


@pytest.fixture
def empty_browser(browse: Callable[..., Browser], empty: str) -> Browser:
    return browse(empty)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_SERVERS: dict[str, subprocess.Popen[bytes]] = {}


@contextmanager
def _served(command: Sequence[str], port: int, home: Path) -> Iterator[str]:
    """Run a server until the tests are over; gives its address when it answers. It may not have logged an exception."""
    log = home.with_name(f"{home.name}-{port}.log")
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        environment = {name: value for name, value in os.environ.items() if name != "FOURWAYS_CHROMA"}
        server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=home, env=environment)
        _SERVERS[address] = server
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
    assert "Traceback" not in log.read_text("utf-8", "replace"), log.read_text("utf-8", "replace")[-3000:]


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
