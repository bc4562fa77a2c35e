"""`fourways survey --llm`: a draft worded by a model can be checked like any other, and comes whatever the server does."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servers.language_model import LanguageModelServer

from survey.cli import run

Run = Callable[..., tuple[int, str, str]]

_SONGS = {
    "Wood": "Wood birds sing before the sun is up, and rest when it stands high above the trees.",
    "Reed": "Reed birds answer the songs of their neighbours across the water until the wind rises.",
    "Rock": "Rock birds sing from the highest stone that they can find in the valley.",
    "Lake": "Lake birds learn their songs from the old ones while the ice melts in spring.",
    "Moor": "Moor birds repeat one short song with few tones for the whole morning.",
    "Dune": "Dune birds sing at night too, where lamps along the shore keep the beach bright.",
}
PAPERS = [
    {"id": f"song{n}", "title": f"{bird} songs at dawn", "abstract": song, "authors": [f"Ann {bird}"], "year": 2015 + n}
    for n, (bird, song) in enumerate(_SONGS.items())
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with papers on songs, indexed without a model."""
    folder = tmp_path_factory.mktemp("prepared")
    file = folder / "papers.jsonl"
    file.write_text("".join(json.dumps(paper) + "\n" for paper in PAPERS), "utf-8")
    home = ["--home", str(folder / "home")]
    assert run([*home, "import", str(file)]) == 0
    assert run([*home, "index", "--model", "hash:256"]) == 0
    return folder / "home"


@pytest.fixture
def draft(cli: Run, prepared: Path, tmp_path: Path) -> Run:
    """Drafts into tmp_path / out, with further options."""
    shutil.copytree(prepared, tmp_path / "home")

    def call(*options: str, to: str = "out") -> tuple[int, str, str]:
        return cli("survey", "bird songs at dawn", "--out", str(tmp_path / to), "--format", "md,json", *options)

    return call


def smoothed(folder: Path) -> list[dict[str, Any]]:
    written = json.loads((folder / "outline.json").read_text("utf-8"))
    return [one for one in written["sentences"] if one["smoothed"]]


def test_a_draft_worded_by_a_model_holds_under_check(draft: Run, cli: Run, tmp_path: Path) -> None:
    with LanguageModelServer() as server:
        status, _, err = draft("--llm", server.base, "--llm-model", "toy")
    assert status == 0, err
    assert f"toy at {server.base.split('/')[2]}" in err
    assert smoothed(tmp_path / "out")
    for name in ("outline.json", "survey.md"):
        status, out, err = cli("check", str(tmp_path / "out" / name))
        assert status == 0, out + err


def test_a_rerun_gives_the_same_bytes_even_without_the_server(draft: Run, tmp_path: Path) -> None:
    with LanguageModelServer() as server:
        draft("--llm", server.base, "--llm-model", "toy")
    status, _, err = draft("--llm", server.base, "--llm-model", "toy", to="again")
    assert status == 0, err
    for name in ("outline.json", "survey.md"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_server_that_is_not_there_costs_the_wording_only(draft: Run, tmp_path: Path) -> None:
    draft(to="plain")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        status, _, err = draft("--llm", f"http://127.0.0.1:{taken.getsockname()[1]}/v1", "--llm-model", "toy")
    assert status == 0, err
    assert "cannot be reached" in err
    assert "stands as extracted" in err
    assert (tmp_path / "out" / "outline.json").read_bytes() == (tmp_path / "plain" / "outline.json").read_bytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--llm", "http://localhost:1/v1"), "--llm-model"),
        (("--llm", "localhost", "--llm-model", "toy"), "no address"),
        (("--llm", "http://me:secret@localhost/v1", "--llm-model", "toy"), "FOURWAYS_LLM_KEY"),
        (("--llm-model", "toy"), "--llm URL"),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_is_drafted(
    draft: Run, tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    status, _, err = draft(*options)
    assert status == 1
    assert err.count("\n") == 1
    assert told in err
    assert "secret" not in err
    assert not (tmp_path / "out").exists()


def test_a_key_is_not_sent_unencrypted(draft: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOURWAYS_LLM_KEY", "sk-secret")
    status, _, err = draft("--llm", "http://192.0.2.1/v1", "--llm-model", "toy")
    assert status == 1
    assert "unencrypted" in err
    assert "sk-secret" not in err
