"""A harvest that is killed (SIGKILL) at random moments and run again ends with the same library as an undisturbed one."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from servers.arxiv import ArxivServer, make_papers

from corpus.library import Library

PAPERS = 120
KILLS = 25
# Loads what a harvest needs once, then forks a process for each list of arguments it reads; tells its id, then how it ended.
# Nearly all of a command's own time goes into loading, where a kill would try nothing.
NURSERY = """
import json, os, sys
import arxiv, corpus.workspace, requests, rich.console, rich.progress, sqlite3, survey.harvesting
from survey.cli import run
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(run(json.loads(line)))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def arguments(home: Path, url: str) -> list[str]:
    return ["--home", str(home), "harvest", "--query", "abs:series", "--base-url", url]


class Nursery:
    """Harvests, one at a time, each in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def _line(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def start(self, home: Path, url: str) -> int:
        """The id of its process."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(arguments(home, url)) + "\n")
        self._process.stdin.flush()
        return self._line()

    def kill(self, process: int) -> bool:
        """Kill it without warning; whether it was still at work."""
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        return self._line() == -signal.SIGKILL

    def finish(self, home: Path, url: str) -> None:
        self.start(home, url)
        assert self._line() == 0

    def close(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


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
def server() -> Iterator[ArxivServer]:
    with ArxivServer(make_papers(PAPERS), page_cap=8, delay=0.01) as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(
    server: ArxivServer, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[object], float]:
    """What an undisturbed harvest leaves by the command itself, and the seconds that one takes where all is loaded."""
    home = tmp_path_factory.mktemp("undisturbed")
    command = [sys.executable, "-m", "survey.cli", *arguments(home, server.url)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=120)
    again = tmp_path_factory.mktemp("again")
    started = time.monotonic()
    nursery.finish(again, server.url)
    taken = time.monotonic() - started
    assert contents(again) == contents(home)
    return contents(home), taken


def test_kills_at_random_moments_lose_and_double_nothing(
    server: ArxivServer, nursery: Nursery, undisturbed: tuple[list[object], float], tmp_path: Path
) -> None:
    expected, taken = undisturbed
    assert len(expected) == PAPERS
    dice = random.Random(7)
    cut_off = 0
    for round_number in range(KILLS):
        home = tmp_path / str(round_number)
        process = nursery.start(home, server.url)
        time.sleep(dice.uniform(0.02, 0.9) * taken)
        cut_off += nursery.kill(process)
        nursery.finish(home, server.url)
        assert contents(home) == expected, f"round {round_number}"
    assert cut_off > KILLS / 2  # else the moments were not inside the harvest


def test_a_harvest_that_is_killed_again_and_again_still_ends(
    server: ArxivServer, nursery: Nursery, undisturbed: tuple[list[object], float], tmp_path: Path
) -> None:
    expected, taken = undisturbed
    dice = random.Random(11)
    for _ in range(5):
        process = nursery.start(tmp_path, server.url)
        time.sleep(dice.uniform(0.1, 0.5) * taken)
        nursery.kill(process)
    nursery.finish(tmp_path, server.url)
    assert contents(tmp_path) == expected
