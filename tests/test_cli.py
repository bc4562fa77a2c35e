"""The command line as a user meets it: what it prints, how it ends, and what it says to bad input."""

from __future__ import annotations

import gzip
import json
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpus.home import find_home
from survey.cli import app

PAPERS = [
    {
        "id": "a",
        "title": "Adapters in frozen networks",
        "abstract": "Small layers are trained.",
        "year": 2019,
        "authors": ["A One"],
    },
    {
        "id": "b",
        "title": "Prompts before the patches",
        "abstract": "Learned tokens steer a frozen model.",
        "year": 2021,
        "authors": ["B Two"],
    },
    {
        "id": "c",
        "title": "Blending two pictures",
        "abstract": "Pairs of images are mixed.",
        "year": 2018,
        "authors": ["C Three"],
    },
    {
        "id": "d",
        "title": "Shifting channels in time",
        "abstract": "Video networks for free.",
        "year": 2019,
        "authors": ["D Four"],
    },
]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(paper) + "\n" for paper in PAPERS), "utf-8")
    return path


@pytest.fixture
def filled(cli: Run, papers: Path, tmp_path: Path) -> Run:
    """A library of four papers with two citations, indexed without a model."""
    citations = tmp_path / "citations.tsv"
    citations.write_text("b\ta\nd\tnobody\n", "utf-8")
    assert cli("import", str(papers), "--citations", str(citations))[0] == 0
    assert cli("index", "--model", "hash:64")[0] == 0
    return cli


def fails(result: tuple[int, str, str], *says: str, status: int = 1) -> None:
    """One line on standard error that says what and what to do, nothing on standard output."""
    code, out, err = result
    assert code == status, (out, err)
    assert out == ""
    assert err.startswith("error: ") and err.count("\n") == 1, err
    for words in says:
        assert words in err, err


# ---- what it does ----------------------------------------------------------------------------------------------------


def test_importing_twice_adds_and_embeds_nothing(filled: Run, papers: Path) -> None:
    _, out, _ = filled("import", str(papers), "--json")
    assert {key: json.loads(out)[key] for key in ("new", "updated", "merged", "unchanged")} == {
        "new": 0,
        "updated": 0,
        "merged": 0,
        "unchanged": 4,
    }
    _, out, _ = filled("index", "--json")
    assert json.loads(out)["embedded"] == 0


def test_search_json_is_the_contract(filled: Run) -> None:
    status, out, _ = filled("search", "frozen model", "-k", "2", "--json")
    answer = json.loads(out)
    assert status == 0
    assert set(answer) == {"query", "mode", "took_ms", "hits"}
    assert set(answer["hits"][0]) == {"id", "title", "year", "venue", "authors", "score", "why"}
    assert answer["hits"][0]["id"] == "b"


def test_search_prints_and_filters(filled: Run) -> None:
    _, out, _ = filled("search", "video or frozen", "--year", "2019")
    assert "Shifting channels in time" in out and "Prompts before" not in out
    _, out, _ = filled("search", "anything", "--tag", "nobody")
    assert out == "No paper matches.\n"


def test_search_like_a_paper(filled: Run) -> None:
    _, out, _ = filled("search", "--like", "a", "--json")
    assert [hit["id"] for hit in json.loads(out)["hits"]] == ["d", "b", "c"]  # networks; frozen; neither


def test_many_queries_write_a_run_file(filled: Run, tmp_path: Path) -> None:
    queries, target = tmp_path / "q.jsonl", tmp_path / "run.jsonl"
    queries.write_text('{"qid": "1", "query": "frozen"}\n\n{"qid": "2", "query": "pictures"}\n', "utf-8")
    assert filled("search", "--queries", str(queries), "--run", str(target), "-k", "2")[0] == 0
    rows = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [row["qid"] for row in rows] == ["1", "2"]
    assert rows[1]["ids"][0] == "c" and len(rows[0]["ids"]) == 2


def test_show_note_and_tag(filled: Run) -> None:
    assert filled("note", "a", "Try this first.")[0] == 0
    assert filled("tag", "a", "Baseline", "to-read")[1] == "tags: baseline, to-read\n"
    _, out, _ = filled("show", "a", "--json")
    card = json.loads(out)
    assert card["notes"][0]["text"] == "Try this first."
    assert [one["id"] for one in card["cited_by"]] == ["b"]
    assert card["origin"]["title"] == "papers.jsonl"
    _, text, _ = filled("show", "a")
    assert "Small layers are trained." in text and "tags: baseline, to-read" in text


def test_graph_commands(filled: Run, tmp_path: Path) -> None:
    assert json.loads(filled("graph", "stats", "--json")[1])["nodes"]["paper"] == 4
    assert {one["id"] for one in json.loads(filled("graph", "neighbours", "a", "--json")[1])} >= {"b"}
    assert [step["id"] for step in json.loads(filled("graph", "path", "a", "b", "--json")[1])] == ["a", "b"]
    assert filled("graph", "export", str(tmp_path / "g.graphml"))[0] == 0
    assert (tmp_path / "g.graphml").stat().st_size > 1_000
    for command in (("stats",), ("neighbours", "a"), ("path", "a", "b")):
        assert filled("graph", *command)[0] == 0


def test_survey_writes_an_outline_whose_every_reference_is_in_the_library(filled: Run, tmp_path: Path) -> None:
    status, out, _ = filled("survey", "frozen", "--out", str(tmp_path / "draft"), "--json")
    assert status == 0
    made = json.loads(out)
    assert {reference["id"] for reference in made["references"]} == {"a", "b"}  # the others are about something else
    assert json.loads((tmp_path / "draft" / "outline.json").read_text("utf-8")) == made


def test_survey_takes_exactly_the_papers_of_a_file(filled: Run, tmp_path: Path) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("# mine\na\n\nc\na\n", "utf-8")
    made = json.loads(filled("survey", "mixing", "--papers", str(ids), "--out", str(tmp_path / "d"), "--json")[1])
    assert {reference["id"] for reference in made["references"]} == {"a", "c"}


def test_status_counts_and_doctor_finds_the_machine_fit(filled: Run) -> None:
    figures = json.loads(filled("status", "--json")[1])
    assert (figures["papers"], figures["vectors"], figures["model"]) == (4, 4, "hash:64")
    status, out, _ = filled("doctor", "--json")
    assert status == 0 and all(check["ok"] for check in json.loads(out) if check["needed"])
    assert filled("status")[0] == filled("doctor")[0] == 0


def test_every_command_has_a_help_text_with_an_example(cli: Run) -> None:
    commands = [[command.name or command.callback.__name__] for command in app.registered_commands]  # type: ignore[union-attr]
    for group in app.registered_groups:
        commands += [[str(group.name), str(command.name)] for command in group.typer_instance.registered_commands]  # type: ignore[union-attr]
    assert len(commands) >= 13
    for command in commands:
        status, out, _ = cli(*command, "--help")
        assert status == 0
        assert f"Example: fourways {' '.join(command)}" in " ".join(out.split()), command


# ---- bad input -------------------------------------------------------------------------------------------------------


def test_a_missing_file(cli: Run) -> None:
    fails(cli("import", "nowhere.jsonl"), "there is no file nowhere.jsonl")


def test_a_broken_line_is_skipped_counted_and_named(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"title": "One"}\n{"title": \n{"title": "Three"}\n', "utf-8")
    status, out, err = cli("import", str(path))
    assert status == 0
    assert "2 new" in out and "1 skipped" in out
    assert "skipped p.jsonl, line 2: broken JSON" in err


def test_a_truncated_gz_keeps_what_stood_before(cli: Run, tmp_path: Path) -> None:
    lines = "".join(json.dumps({"title": f"Paper {n}", "abstract": f"{n * 7919}"}) + "\n" for n in range(5_000))
    path = tmp_path / "p.jsonl.gz"
    path.write_bytes(gzip.compress(lines.encode(), mtime=0)[:-2_000])
    fails(cli("import", str(path)), "cut short", "papers before that are in the library")
    assert json.loads(cli("status", "--json")[1])["papers"] > 1_000


@pytest.mark.parametrize(
    ("name", "content"), [("p.json", b"[1, 2]"), ("p.jsonl", b"\x89PNG\r\n\x1a\n\x00"), ("p.csv", b"a,b\n1,2\n")]
)
def test_a_file_that_is_no_paper_list(cli: Run, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    fails(cli("import", str(tmp_path / name)), "holds no paper")


def test_an_unknown_id(filled: Run) -> None:
    for command in (("show",), ("tag",), ("note",), ("graph", "neighbours")):
        extra = ["x"] if command[0] in ("tag", "note") else []
        fails(filled(*command, "nope", *extra), "'nope'")
    fails(filled("search", "--like", "nope"), "'nope'")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["search", ""], "the query is empty"),
        (["search", "a" * 10_000], "10000 characters"),
        (["search", "frozen", "-k", "0"], "with -k"),
        (["search", "frozen", "--year", "2022-2019"], "2019-2022"),
        (["search", "frozen", "--strategy", "magic"], "efficient"),
        (["search", "frozen", "--mode", "magic"], "hybrid"),
        (["search", "--queries", "x"], "go together"),
        (["survey", ""], "the topic is empty"),
        (["survey", "frozen", "--max-papers", "0"], "--max-papers"),
        (["survey", "frozen", "--papers", "nowhere"], "cannot be read"),
        (["survey", "frozen", "--format", "papyrus"], "md"),
        (["graph", "path", "a", "nope"], "nope"),
        (["graph", "export", "graph.png"], ".graphml"),
        (["note", "a", " "], "the note is empty"),
    ],
)
def test_what_cannot_be_done_is_one_line_with_a_remedy(filled: Run, arguments: list[str], says: str) -> None:
    fails(filled(*arguments), says)


@pytest.mark.parametrize(
    "query", ['"frozen', "frozen AND (", "title:frozen*", "NEAR(frozen)", "frozen'; DROP TABLE papers"]
)
def test_operators_and_quotes_are_searched_as_words(filled: Run, query: str) -> None:
    status, out, _ = filled("search", query, "--json")
    assert status == 0
    assert {hit["id"] for hit in json.loads(out)["hits"][:2]} == {"a", "b"}


@pytest.mark.parametrize("arguments", [["search", "--nonsense"], ["nonsense"], ["show"], ["search", "x", "-k", "many"]])
def test_wrong_usage_is_one_line_and_exit_2(cli: Run, arguments: list[str]) -> None:
    fails(cli(*arguments), "--help", status=2)


def test_a_home_that_cannot_be_made(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    fails(cli("status", home=tmp_path / "file" / "home"), "cannot be made", "--home")


def test_a_database_of_a_newer_version_is_left_alone(filled: Run, tmp_path: Path) -> None:
    database = tmp_path / "home" / "library.db"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    fails(filled("search", "frozen"), "newer Fourways", "Upgrade")
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM papers").fetchone() == (4,)
    connection.close()


def test_vectors_of_another_model(filled: Run) -> None:
    status, _, err = filled("index", "--model", "hash:32")
    assert status == 1
    assert err.splitlines()[-1].startswith("error: the vectors were made by the model 'hash:64'")
    assert "--rebuild" in err
    assert filled("search", "frozen")[0] == 0


def test_a_port_in_use(cli: Run) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        fails(cli("start", "--port", str(other.getsockname()[1])), "cannot be used", "--port")


def test_an_empty_library_says_what_to_do(cli: Run) -> None:
    _, out, _ = cli("search", "frozen", "--mode", "lexical")
    assert "fourways start" in out
    fails(cli("search", "frozen"), "the library is empty", "fourways start")


def test_papers_that_wait_for_the_index_are_told_of(filled: Run, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text('{"title": "A frozen newcomer"}\n', "utf-8")
    filled("import", str(more))
    status, out, err = filled("search", "frozen", "--json")
    assert status == 0 and json.loads(out)["hits"]
    assert err.startswith("1 papers wait for the index")


def test_a_draft_into_the_same_folder_keeps_what_was_edited(filled: Run, tmp_path: Path) -> None:
    folder = tmp_path / "draft"
    filled("survey", "frozen models", "--out", str(folder))
    (folder / "survey.md").write_text("MY EDIT", "utf-8")
    filled("survey", "frozen models", "--out", str(folder))
    filled("survey", "frozen models", "--out", str(folder))
    assert (folder / "survey.md.1").read_text("utf-8") == "MY EDIT"
    assert not (folder / "survey.md.2").exists()
    assert (folder / "survey.md").read_text("utf-8").startswith("# ")


def test_a_copy_of_the_library_file_alone_is_whole(filled: Run, tmp_path: Path) -> None:
    filled("note", "a", "Remember this.")
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "library.db").write_bytes((tmp_path / "home" / "library.db").read_bytes())
    assert json.loads(filled("show", "a", "--json", home=copy)[1])["notes"][0]["text"] == "Remember this."


def test_home_is_the_one_given_else_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOURWAYS_HOME", str(tmp_path / "named"))
    assert find_home(tmp_path / "given").root == tmp_path / "given"
    assert find_home().root == tmp_path / "named"


def test_interrupted_is_130(monkeypatch: pytest.MonkeyPatch, cli: Run, papers: Path) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("corpus.filing.import_file", interrupt)
    fails(cli("import", str(papers)), "interrupted", status=130)


def test_one_bad_file_does_not_hide_what_the_others_gave(cli: Run, papers: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"no PDF")
    status, out, err = cli("import", str(bad), str(papers))
    assert (status, out.startswith("4 new")) == (1, True)
    assert "bad.pdf is no PDF" in err


def test_a_chinese_query_is_answered_in_the_fields_english_and_says_so(filled: Run) -> None:
    _, out, err = filled("search", "适配器")
    assert "Adapters in frozen networks" in out.splitlines()[0]
    assert err.startswith("searched for: adapter")
    assert json.loads(filled("search", "适配器", "--json")[1])["searched_for"].startswith("adapter")
