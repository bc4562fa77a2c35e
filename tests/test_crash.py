"""A harvest that is killed (SIGKILL) at random moments and run again ends with the same library as an undisturbed one."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from servers.arxiv import ArxivServer, make_papers

from corpus.library import Library

PAPERS = 500
KILLS = 25


def start(home: Path, url: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "survey.cli",
        "--home",
        str(home),
        "harvest",
        "--query",
        "abs:series",
        "--base-url",
        url,
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(home: Path, url: str) -> None:
    process = start(home, url)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors.decode()


def contents(home: Path) -> list[object]:
    """All that the library says of its papers, by id; the order of arrival leaves no trace in it."""
    library = Library(home / "library.db")
    found = [
        (paper.to_json(), library.aliases(pid), sorted(library.origin(pid).items()))
        for pid, paper in library.all_papers()
    ]
    assert library.column("PRAGMA integrity_check") == ["ok"]
    library.close()
    return sorted(found, key=lambda item: str(item[0]["id"]))


@pytest.fixture(scope="module")
def server() -> object:
    with ArxivServer(make_papers(PAPERS), page_cap=25, delay=0.02) as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(server: ArxivServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[object], float]:
    """What an undisturbed harvest leaves, and the seconds it took."""
    home = tmp_path_factory.mktemp("undisturbed")
    started = time.monotonic()
    finish(home, server.url)
    taken = time.monotonic() - started
    return contents(home), taken


def test_kills_at_random_moments_lose_and_double_nothing(
    server: ArxivServer, undisturbed: tuple[list[object], float], tmp_path: Path
) -> None:
    expected, taken = undisturbed
    assert len(expected) == PAPERS
    dice = random.Random(7)
    cut_off = 0
    for round_number in range(KILLS):
        home = tmp_path / str(round_number)
        process = start(home, server.url)
        time.sleep(dice.uniform(0.2, 1.0) * taken)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        cut_off += process.returncode == -signal.SIGKILL
        finish(home, server.url)
        assert contents(home) == expected, f"round {round_number}"
    assert cut_off > KILLS / 2  # else the moments were not inside the harvest


def test_a_harvest_that_is_killed_again_and_again_still_ends(
    server: ArxivServer, undisturbed: tuple[list[object], float], tmp_path: Path
) -> None:
    expected, taken = undisturbed
    dice = random.Random(11)
    for _ in range(5):
        process = start(tmp_path, server.url)
        time.sleep(dice.uniform(0.3, 0.8) * taken)
        process.kill()
        process.communicate()
    finish(tmp_path, server.url)
    assert contents(tmp_path) == expected
