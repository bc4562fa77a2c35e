"""The pictures of the app in docs/: every page, light and dark.

usage: python benchmarks/screenshots.py [--home DIR] [--out DIR] [--only PAGE,...]
(needs the packages playwright and pillow, and Chromium on the path; a survey is drafted where the home has none)

Pictures that are kept are of the starter catalogue, whose words are ours, with ideas proposed and a probe run before.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bench import HERE, need, parser

from app import DRAWN, RAN, TOPIC, browser, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZE = {"width": 1300, "height": 860}
COLOURS = 128  # more than the pages use beside the edges of letters
MOST_BYTES = 150_000
# Page -> its address, and what is there when all of it is.
PAGES = {
    "search": ("/?q=adapters+for+video+action+recognition", "[class*=st-key-hit-]"),
    "paper": ("", "h1"),  # the first that the search finds
    "graph": ("/graph?node=adapters", "canvas[data-rested]"),
    "ideas": ("/ideas", "[class*=st-key-idea-]"),
    "idea": ("", "h2"),  # the first on the board
    "map": ("/ideas?view=map&topic=adapters", "[data-testid=stVegaLiteChart]"),
    "probes": ("/probes", "h1"),
    "probe": ("", ".st-key-probe-svg, [data-testid=stImageContainer]"),  # the newest run
    "survey": ("", ".st-key-download-md"),
    "outline": ("", ".st-key-outline-tree"),
    "harvest": ("/harvest", "h1"),
    "library": ("/library", "[data-testid=stVegaLiteChart] >> nth=2"),
}


def main() -> None:
    asked = parser(__doc__ or "")
    asked.add_argument("--out", type=Path, default=HERE.parent / "docs")
    asked.add_argument("--only", default=",".join(PAGES), help="pages, parted by commas")
    chosen = asked.parse_args()
    need(chosen.home)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with served(chosen.home) as (address, _), browser() as page:
        page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        for name in chosen.only.split(","):
            visit(page, address, name)
            for scheme, ending in (("light", ""), ("dark", "-dark")):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.reload()  # pictures that the server draws are for the scheme that a page was opened in
                settle(page, name)
                page.wait_for_timeout(1500)  # the page, its canvas and its charts follow one after the other
                keep(page.screenshot(), chosen.out / f"app-{name}{ending}.png")
            page.emulate_media(color_scheme="light")


def visit(page: Page, address: str, name: str) -> None:
    """Open a page, and wait until it is drawn."""
    path = PAGES[name][0]
    if path:
        page.goto(address + path)
    else:
        WAYS[name](page, address)
    settle(page, name)


def settle(page: Page, name: str) -> None:
    """Wait until a page is drawn."""
    page.locator(PAGES[name][1]).first.wait_for()
    page.wait_for_function(f"{RAN} && {DRAWN}")


def _first_paper(page: Page, address: str) -> None:
    visit(page, address, "search")
    page.locator("[class*=st-key-hit-] a").first.click()
    page.wait_for_url("**/paper*")


def _first_idea(page: Page, address: str) -> None:
    visit(page, address, "ideas")
    page.locator("[class*=st-key-idea-] a").first.click()


def _draft(page: Page, address: str) -> None:
    """The newest draft; a first one where there is none."""
    page.goto(f"{address}/survey")
    page.locator("h1").first.wait_for()
    page.wait_for_function(RAN)
    known = page.locator("[data-testid=stMain] a[href*='draft=']")
    if known.count():
        known.first.click()
        return
    page.get_by_label("Topic", exact=True).fill(TOPIC)
    page.locator(".st-key-draft-it button").click()
    page.locator(".st-key-download-md").wait_for(timeout=600_000)


def _newest_run(page: Page, address: str) -> None:
    visit(page, address, "probes")
    page.locator("[class*=st-key-run-] a").first.click()


def _outline(page: Page, address: str) -> None:
    _draft(page, address)
    page.locator(".st-key-download-md").wait_for()
    page.locator("[data-testid=stButtonGroup] button", has_text="Outline").click()


WAYS: dict[str, Callable[[Page, str], None]] = {
    "paper": _first_paper,
    "idea": _first_idea,
    "probe": _newest_run,
    "survey": _draft,
    "outline": _outline,
}


def keep(png: bytes, target: Path) -> None:
    """Write a picture in a palette of COLOURS: a third of the bytes, and no difference to the eye."""
    from PIL import Image

    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    size = target.stat().st_size
    print(f"{target.name:24} {size:7,} bytes" + (" TOO LARGE" if size > MOST_BYTES else ""))


if __name__ == "__main__":
    main()
