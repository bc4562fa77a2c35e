"""`fourways concepts`: the list, one concept with its papers, and what is said where there is nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.library import Library
from corpus.models import Paper
from survey.cli.concepts import around
from survey.indexing import index_concepts

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def mined(tmp_path: Path) -> Path:
    """A home whose library has concepts."""
    library = Library(tmp_path / "mined" / "library.db")
    library.add(
        [
            Paper(id="own:1", title="LoRA for images", abstract="We use low-rank adaptation (LoRA) on ImageNet."),
            Paper(id="own:2", title="Dropout improves LoRA", abstract="We improve [b]LoRA[/b] by dropout."),
        ],
        "test",
    )
    index_concepts(library)
    library.close()
    return tmp_path / "mined"


def test_concepts_are_listed_the_most_used_first(cli: Run, mined: Path) -> None:
    status, out, _ = cli("concepts", home=mined)
    names = [line.split()[2] for line in out.splitlines()[1:]]
    assert (status, names[0], set(names)) == (0, "low-rank", {"low-rank", "dropout", "ImageNet"})


@pytest.mark.parametrize("query", ["lora", "LoRA", "rank adaptation", "低秩"])
def test_a_query_is_looked_for_in_all_spellings(cli: Run, mined: Path, query: str) -> None:
    status, out, _ = cli("concepts", query, "--json", home=mined)
    (one,) = json.loads(out)
    assert (status, one["name"], one["papers"]) == (0, "low-rank adaptation", 2)


def test_kind_and_number_are_kept_to(cli: Run, mined: Path) -> None:
    _, out, _ = cli("concepts", "--kind", "dataset", "--json", home=mined)
    assert [one["name"] for one in json.loads(out)] == ["ImageNet"]
    _, out, err = cli("concepts", "-k", "1", home=mined)
    assert len(out.splitlines()) == 2
    assert "2 more" in err


def test_one_concept_is_shown_with_its_papers_and_their_words(cli: Run, mined: Path) -> None:
    status, out, _ = cli("concepts", "show", "LoRA", home=mined)
    assert (status, "own:1" in out, "improves: 1" in out) == (0, True, True)
    _, out, _ = cli("concepts", "show", "LoRA", "--json", home=mined)
    told = json.loads(out)["edges"]
    assert {edge: one["papers"] for edge, one in told.items()} == {"uses": 1, "improves": 1}
    assert "LoRA" in told["improves"]["first"][0]["words"]


def test_what_is_unknown_is_one_line(cli: Run, mined: Path) -> None:
    assert cli("concepts", "show", "drop out", home=mined)[0] == 0  # as a name is parted says nothing
    status, out, err = cli("concepts", "show", "dropuot", home=mined)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "Did you mean dropout" in err
    status, _, err = cli("concepts", "--kind", "idea", home=mined)
    assert (status, "method, task, dataset" in err) == (1, True)


def test_nothing_found_and_nothing_there(cli: Run, mined: Path) -> None:
    assert cli("concepts", "zebra", home=mined) == (0, "", "No concept is called so.\n")
    assert "fourways index" in cli("concepts")[2]
    assert "fourways index" in cli("concepts", "show", "LoRA")[2]


def test_words_around_a_span_are_whole_and_marked_where_cut() -> None:
    text = "alpha beta gamma LoRA delta epsilon"
    start = text.index("LoRA")
    assert around(text, start, start + 4, room=8) == "…gamma LoRA delta…"
    assert around("LoRA", 0, 4) == "LoRA"
