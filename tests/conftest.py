"""What several test files use: an empty library in a folder of its own, and two records of one paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from corpus.library import Library
from corpus.models import Paper
from survey.cli import run

# A busy machine is slow to make an example, which says nothing of the code.
settings.register_profile("any machine", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
# For a night: pytest --hypothesis-profile thorough
settings.register_profile("thorough", settings.get_profile("any machine"), max_examples=1_000)
settings.load_profile("any machine")

# Runs a command; gives its exit status, standard output and standard error.
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "home" / "library.db")


@pytest.fixture
def preprint() -> Paper:
    """The arXiv record of a paper."""
    return Paper(
        arxiv_id="2101.00001",
        title="Thin Adapters",
        abstract="We freeze the network and train thin layers.",
        authors=("Ada Byron", "Lin Wei"),
        year=2021,
        venue="arXiv",
        categories=("cs.LG",),
        published="2021-01-02",
        updated="2021-03-04",
    )


@pytest.fixture
def published() -> Paper:
    """The publisher's record of the same paper: other ids, a year later, without an abstract."""
    return Paper(
        doi="10.1234/thin.5",
        title="Thin adapters.",
        authors=("Byron, Ada", "Wei, Lin"),
        year=2022,
        venue="Journal of Small Models",
        keywords=("adapters",),
    )


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a home of its own."""

    def call(*arguments: str, home: Path = tmp_path / "home") -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["--home", str(home), *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return call


@pytest.fixture
def show() -> Callable[..., Any]:
    """Shows a page of the app; see `pages.show_page`. Imported here, as Streamlit takes a second that other tests need not wait."""
    from pages import show_page

    return show_page
