"""`fourways survey` and `fourways check`: papers pinned and left out, files that can be checked, and what bad input is told."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from survey.cli import run
from survey.export import saving

Run = Callable[..., tuple[int, str, str]]

PAPERS: list[dict[str, Any]] = [
    {
        "id": f"song{n}",
        "title": f"{name} songs at dawn",
        "abstract": f"The songs of {name.lower()} birds begin before the sun is up and end when it is high. "
        f"Why {name.lower()} birds sing at dawn remains an open question of the field.",
        "authors": [f"Ann {name}"],
        "year": 2015 + n,
    }
    for n, name in enumerate(("Wood", "Reed", "Rock", "Lake", "Moor", "Dune"))
] + [
    {
        "id": "nest",
        "title": "Nests of moss",
        "abstract": "Moss keeps the rain out of nests in the forest.",
        "year": 2020,
    }
]


def write(path: Path, papers: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers), "utf-8")
    return path


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with papers on songs and one on nests, indexed without a model; song1 cites song0."""
    folder = tmp_path_factory.mktemp("prepared")
    citations = folder / "citations.tsv"
    citations.write_text("song1\tsong0\nsong2\tsong0\n", "utf-8")
    home = ["--home", str(folder / "home")]
    assert run([*home, "import", str(write(folder / "papers.jsonl", PAPERS)), "--citations", str(citations)]) == 0
    assert run([*home, "index", "--model", "hash:256"]) == 0
    return folder / "home"


@pytest.fixture
def filled(cli: Run, prepared: Path, tmp_path: Path) -> Run:
    """Runs a command on a copy of that home."""
    shutil.copytree(prepared, tmp_path / "home")
    return cli


def drafted(result: tuple[int, str, str]) -> dict[str, Any]:
    status, out, err = result
    assert status == 0, err
    return dict(json.loads(out))


def ids(draft: dict[str, Any]) -> set[str]:
    return {reference["id"] for reference in draft["references"]}


# ---- papers ----------------------------------------------------------------------------------------------------------


def test_a_pin_by_title_is_in_and_an_exclusion_by_id_is_out(filled: Run, tmp_path: Path) -> None:
    asked = ("survey", "bird songs at dawn", "--out", str(tmp_path / "out"), "--format", "json", "--json")
    assert "nest" not in ids(drafted(filled(*asked)))
    made = drafted(filled(*asked, "--pin", "nests of MOSS", "--exclude", "song3"))
    assert "nest" in ids(made)
    assert "song3" not in ids(made)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--pin", "Nobody wrote this"], "no paper in the library is known as 'Nobody wrote this'"),
        (["--exclude", "nowhere"], "'nowhere'"),
        (["--pin", "nest", "--exclude", "nest"], "both pinned and excluded"),
        (["--papers", "ids.txt", "--pin", "nest"], "beside an exact list"),
        (["--llm-model", "tiny"], "--llm URL"),
        (["--format", "papyrus"], "there is no format 'papyrus'"),
    ],
)
def test_what_cannot_be_done_is_one_line(filled: Run, tmp_path: Path, options: list[str], told: str) -> None:
    (tmp_path / "ids.txt").write_text("song0\n", "utf-8")
    options = [str(tmp_path / one) if one == "ids.txt" else one for one in options]
    status, out, err = filled("survey", "bird songs at dawn", "--out", str(tmp_path / "out"), *options)
    assert (status, out) == (1, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert told in err
    assert not (tmp_path / "out").exists()


def test_a_topic_that_nobody_wrote_about_is_one_line(filled: Run) -> None:
    status, out, err = filled("survey", "quantum chromodynamics")
    assert (status, out) == (1, "")
    assert "no paper in the library is about 'quantum chromodynamics'" in err
    assert err.count("\n") == 1


def test_fewer_papers_than_asked_for_are_told(filled: Run, tmp_path: Path) -> None:
    asked = ("survey", "bird songs at dawn", "--out", str(tmp_path / "out"), "--format", "json")
    assert "(of 50 asked for: no more are about the topic) in" in filled(*asked, "--max-papers", "50")[1]
    assert filled(*asked, "--max-papers", "2")[1].startswith("2 papers in")


def test_two_papers_make_a_draft(filled: Run, tmp_path: Path) -> None:
    chosen = tmp_path / "ids.txt"
    chosen.write_text("song0\nnest\n", "utf-8")
    made = drafted(filled("survey", "songs", "--papers", str(chosen), "--out", str(tmp_path / "d"), "--json"))
    assert ids(made) == {"song0", "nest"}
    assert len(made["sections"]) == 1


def test_two_runs_give_the_same_bytes(filled: Run, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        filled("survey", "bird songs at dawn", "--out", str(tmp_path / folder))
    for name in ("survey.md", "outline.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_without_its_server_a_language_model_changes_nothing(filled: Run, tmp_path: Path) -> None:
    plain = ("survey", "bird songs at dawn", "--out", str(tmp_path / "plain"), "--format", "json", "--json")
    asked = ("survey", "bird songs at dawn", "--out", str(tmp_path / "asked"), "--format", "json", "--json")
    before = drafted(filled(*plain))
    status, out, err = filled(*asked, "--llm", "http://127.0.0.1:9/v1", "--llm-model", "tiny")
    assert status == 0
    assert "127.0.0.1:9 cannot be reached" in err
    after = json.loads(out)
    assert after.pop("llm")["kept"] == 0
    assert after == before


# ---- folders ---------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_a_file_is_one_line_before_anybody_waits(
    filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey.compose.compose", lambda *_, **__: pytest.fail("a draft was made for nothing"))
    (tmp_path / "out").write_text("I am a file", "utf-8")
    status, _, err = filled("survey", "bird songs at dawn", "--out", str(tmp_path / "out"))
    assert status == 1
    assert "--out DIR" in err
    assert (tmp_path / "out").read_text("utf-8") == "I am a file"


def test_a_disk_that_fills_up_leaves_the_old_draft(
    filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("survey", "bird songs at dawn", "--out", str(tmp_path / "out"))
    filled(*asked)
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.*")}

    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(saving, "_write", full)
    status, _, err = filled(*asked, "--exclude", "song1")
    assert status == 1
    assert "No space left on device" in err
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.*")} == before


# ---- check -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def out(filled: Run, tmp_path: Path) -> Path:
    """A folder with a draft in it."""
    assert filled("survey", "bird songs at dawn", "--out", str(tmp_path / "out"))[0] == 0
    return tmp_path / "out"


def test_check_of_what_we_wrote_is_0(filled: Run, out: Path) -> None:
    for name in ("outline.json", "survey.md"):
        status, said, err = filled("check", str(out / name))
        assert (status, err) == (0, "")
        assert said.endswith("every count is right, and every sentence cites.\n")


def test_check_of_an_edited_draft_is_1_with_the_list(filled: Run, out: Path) -> None:
    path = out / "survey.md"
    text = path.read_text("utf-8").replace("before the sun is up", "before the moon is up")
    path.write_text(text.replace("## References", "Birds never sing at night in any wood.\n\n## References"), "utf-8")
    status, said, err = filled("check", str(path))
    assert status == 1
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "quotes that do not stand in their paper" in said
    assert "Birds never sing at night in any wood." in said
    status, said, _ = filled("check", str(path), "--json")
    found = json.loads(said)
    assert (status, found["holds"]) == (1, False)
    assert {one["kind"] for one in found["findings"]} == {"quote", "uncited"}


@pytest.mark.parametrize("name", ["nowhere.md", "home"])
def test_check_of_what_is_no_draft_is_one_line(filled: Run, tmp_path: Path, name: str) -> None:
    status, out, err = filled("check", str(tmp_path / name))
    assert (status, out) == (1, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
