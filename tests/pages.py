"""The app's pages as a script's output: showing one, and reading what it shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

import survey.views.page
from survey.jobs import JOBS

APP = Path(__file__).parent.parent / "app.py"
survey.views.page.PATIENCE = 30.0  # on a busy machine too, a page is looked at when it is whole
# Streamlit reads what every installed package says of itself, anew for each page; that takes longer than most pages.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
Show = Callable[..., AppTest]


def show_page(page: str, /, **query: str | list[str]) -> AppTest:
    """A page with these fields in its address; one that raises fails the test."""
    app = AppTest.from_file(str(APP), default_timeout=30)
    if page != "search":  # which has no name in its address, as the page that is there at first
        app.switch_page(f"survey/views/{page}.py")
    for field, value in query.items():
        app.query_params[field] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    """All Markdown and text of a page."""
    shown: list[Any] = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.text, *app.info]
    return "\n".join(str(one.value) for one in [*shown, *app.error, *app.success, *app.warning])


def links(app: AppTest) -> list[str]:
    """The labels of the links to other pages."""
    return [one.proto.label for one in app.get("page_link")]


def click(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label == label).click()
    app.run()
    assert not app.exception
    return app


def await_work(app: AppTest) -> AppTest:
    """The page when the work that it has begun is over."""
    for job in list(JOBS._jobs.values()):
        assert job.join(30)
    app.run()
    assert not app.exception
    return app
