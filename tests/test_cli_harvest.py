"""Harvesting as a user meets it on the command line: what it prints, how it ends, what it says when a service fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from servers.arxiv import ArxivServer, make_papers

from corpus.home import Home
from corpus.library import Library

PAPERS = make_papers(30)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server() -> Iterator[ArxivServer]:
    with ArxivServer(PAPERS, page_cap=10) as running:
        yield running


def harvest(cli: Run, server: ArxivServer, *arguments: str) -> tuple[int, str, str]:
    return cli("harvest", *arguments, "--base-url", server.url)


def test_the_report_as_json_has_all_counts_and_nothing_else_is_printed(cli: Run, server: ArxivServer) -> None:
    status, out, _ = harvest(cli, server, "--query", "abs:series", "--json")
    report = json.loads(out)
    assert status == 0
    assert {key: report[key] for key in ("asked", "new", "updated", "merged", "unchanged", "skipped", "requests")} == {
        "asked": 30,
        "new": 30,
        "updated": 0,
        "merged": 0,
        "unchanged": 0,
        "skipped": [],
        "requests": 3,
    }
    assert report["waited_s"] == 0


def test_a_second_harvest_says_that_nothing_is_new(cli: Run, server: ArxivServer) -> None:
    harvest(cli, server, "--query", "abs:series")
    status, out, err = harvest(cli, server, "--query", "abs:series")
    assert (status, "0 new" in out) == (0, True)
    assert "fourways index" not in err


def test_index_embeds_what_is_new_and_a_second_time_nothing(cli: Run, server: ArxivServer) -> None:
    cli("index", "--model", "hash:16", "--rebuild")
    first = json.loads(harvest(cli, server, "--query", "abs:series", "--index", "--json")[1])
    again = json.loads(harvest(cli, server, "--query", "abs:series", "--index", "--json")[1])
    assert (first["embedded"], again["embedded"]) == (30, 0)
    server.entries[4] = replace(PAPERS[4], abstract="Another series.", updated="2026-02-03", version=4)
    changed = json.loads(harvest(cli, server, "--query", "abs:series", "--index", "--json")[1])
    assert (changed["updated"], changed["embedded"]) == (1, 1)


def test_topics_are_asked_by_name(cli: Run, server: ArxivServer) -> None:
    status, out, _ = harvest(cli, server, "LoRA", "visual-prompts", "--json")
    assert (status, list(json.loads(out)["topics"])) == (0, ["lora", "visual-prompts"])


def test_an_unknown_topic_is_told_with_the_nearest(cli: Run, server: ArxivServer) -> None:
    status, _, err = harvest(cli, server, "adaptors")
    assert status == 1
    assert "adapters" in err
    assert not server.requests


def test_without_a_topic_all_are_asked(cli: Run, server: ArxivServer) -> None:
    status, out, _ = harvest(cli, server, "--json")
    assert (status, len(json.loads(out)["topics"])) == (0, 28)  # 27, and the papers of notes


def test_the_users_own_topics_are_asked_too(cli: Run, server: ArxivServer, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "topics.toml").write_text(
        '[[topic]]\nkey = "mine"\nen = "Mine"\nquery = "abs:series"\nstrategy = "efficient"\n', "utf-8"
    )
    status, out, _ = harvest(cli, server, "mine", "--json")
    assert (status, json.loads(out)["new"]) == (0, 30)


def test_a_broken_topics_file_is_one_line(cli: Run, server: ArxivServer, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "topics.toml").write_text("[[topic]\nkey =", "utf-8")
    status, _, err = harvest(cli, server, "lora")
    assert (status, err.count("\n")) == (1, 1)
    assert "topics.toml" in err


def test_topics_are_listed(cli: Run) -> None:
    status, out, _ = cli("harvest", "--topics", "--json")
    assert (status, len(json.loads(out))) == (0, 27)
    assert "多教师" in cli("harvest", "--topics")[1]


def test_a_service_that_fails_ends_with_status_1_and_the_report(cli: Run, server: ArxivServer, tmp_path: Path) -> None:
    server.troubles = dict.fromkeys(range(2, 9), 503)
    status, out, err = harvest(cli, server, "--query", "abs:series", "--json", "--patience", "0.1")
    assert (status, json.loads(out)["new"]) == (1, 10)
    assert err.strip().splitlines()[-1].startswith("error: 127.0.0.1")
    assert "Traceback" not in err
    assert Library(Home(tmp_path / "home").library).count() == 10


def test_a_server_that_is_not_there_is_one_line_with_a_remedy(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    status, _, err = cli("harvest", "--query", "x", "--base-url", "http://127.0.0.1:9/api/query", "--patience", "0")
    assert status == 1
    assert "cannot be reached" in err
    assert "Check the network" in err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--since", "yesterday"], 2, "since"),
        (["--max", "0"], 2, "max"),
        (["--ids", "2106.09685,hello"], 1, "no arXiv id"),
        (["--since", "2024-01-02", "--until", "2024-01-01", "--query", "x"], 1, "no day lies between"),
        (["--category", "cs CL"], 1, "no arXiv category"),
        (["--query", "x", "--citations-from", "google"], 1, "semantic-scholar"),
        (["--query", "x", "--base-url", "nonsense"], 1, "address"),
    ],
)
def test_wrong_options_are_one_line(cli: Run, arguments: list[str], status: int, said: str) -> None:
    ended, out, err = cli("harvest", *arguments)
    assert (ended, out) == (status, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert said in err


def test_two_harvests_at_once_do_not_ask_twice_as_often(cli: Run, server: ArxivServer, tmp_path: Path) -> None:
    home = Home(tmp_path / "home").make()
    with FileLock(home.harvest_lock):
        status, _, err = harvest(cli, server, "--query", "abs:series")
    assert (status, "another harvest is running" in err) == (1, True)
    assert not server.requests


def test_ctrl_c_keeps_what_was_done(
    cli: Run, server: ArxivServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = server.answer

    def interrupt(*arguments: object, **options: object) -> object:
        if len(server.requests) == 2:
            raise KeyboardInterrupt
        return send(*arguments, **options)

    from corpus.net import Session

    send = Session.get
    monkeypatch.setattr(Session, "get", interrupt)
    status, _, err = harvest(cli, server, "--query", "abs:series")
    assert (status, "interrupted" in err, answer is not None) == (130, True, True)
    assert Library(Home(tmp_path / "home").library).count() == 20


def test_merges_are_listed_and_undone(cli: Run, server: ArxivServer, tmp_path: Path) -> None:
    harvest(cli, server, "--query", "abs:series")
    file = tmp_path / "mine.jsonl"
    first = PAPERS[0]
    record = {"id": "mine:1", "title": first.title, "authors": list(first.authors), "year": int(first.published[:4])}
    file.write_text(json.dumps(record) + "\n", "utf-8")
    cli("import", str(file))
    (merge,) = json.loads(cli("merges", "--json")[1])
    assert (merge["labels"], merge["why"]) == (["mine.jsonl"], "title, first author and year")
    status, out, _ = cli("merges", "--undo", str(merge["number"]))
    assert (status, "are two papers now" in out) == (0, True)
    assert "Nothing was merged" in cli("merges")[2]
    assert cli("import", str(file))[1].startswith("0 new, 0 updated, 0 merged, 1 unchanged")
    assert cli("merges", "--undo", "99")[0] == 1
