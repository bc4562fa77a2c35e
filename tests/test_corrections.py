"""What people say of papers' places: it holds at once, through indexing and merging, and can be taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.corrections import all_corrections, corrections_of, corrections_state, keep_correction
from corpus.library import Library
from corpus.merges import list_merges, undo_merge
from corpus.models import Paper, Place

Run = Callable[..., tuple[int, str, str]]

PLACE = Place(strategy="efficient", direction="adapters", weight=1.0, source="you")


# ---- in the library --------------------------------------------------------------------------------------------------


def test_a_correction_and_the_places_it_makes_are_kept_together(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    keep_correction(library, 1, "adapters", True, [PLACE])
    assert all_corrections(library) == {1: {"adapters": True}}
    assert library.places() == {1: [PLACE]}
    keep_correction(library, 1, "adapters", False, [])
    assert corrections_of(library, 1) == {"adapters": False}
    assert library.places() == {}
    keep_correction(library, 1, "adapters", None, [])
    assert all_corrections(library) == {}


def test_neither_is_written_where_one_cannot_be(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    keep_correction(library, 1, "adapters", True, [PLACE])

    def fails() -> Place:
        raise RuntimeError("halfway")

    with pytest.raises(RuntimeError):
        keep_correction(library, 1, "surveys", True, (fails() for _ in range(1)))
    assert all_corrections(library) == {1: {"adapters": True}}
    assert library.places() == {1: [PLACE]}


def test_the_state_changes_with_what_is_said_and_back(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    before = corrections_state(library)
    keep_correction(library, 1, "adapters", True, [])
    assert corrections_state(library) != before
    keep_correction(library, 1, "adapters", None, [])
    assert corrections_state(library) == before


def test_new_places_leave_corrections_alone(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    keep_correction(library, 1, "adapters", True, [PLACE])
    library.set_places([])
    assert all_corrections(library) == {1: {"adapters": True}}


def test_a_merge_carries_corrections_and_its_undoing_leaves_them(
    library: Library, preprint: Paper, published: Paper
) -> None:
    apart = published.model_copy(update={"title": "Otherwise"})
    library.add([preprint], "arxiv")
    library.add([apart], "journal")
    keep_correction(library, 1, "adapters", True, [])
    keep_correction(library, 2, "adapters", False, [])
    keep_correction(library, 2, "surveys", True, [])
    library.add([preprint.model_copy(update={"doi": published.doi})], "both")
    # Where two say otherwise of one direction, the paper that the other joined is believed.
    assert all_corrections(library) == {1: {"adapters": True, "surveys": True}}
    undo_merge(library, list_merges(library)[0].number)
    assert all_corrections(library) == {1: {"adapters": True, "surveys": True}}
    assert library.rows("PRAGMA foreign_key_check") == []


# ---- from the command line -------------------------------------------------------------------------------------------


@pytest.fixture
def filled(cli: Run, tmp_path: Path) -> Run:
    """Three papers, indexed without a model; one stands nowhere, one is placed by its record."""
    papers = [
        {"id": "a", "title": "Adapters for Trees", "abstract": "We freeze the model and train adapters."},
        {"id": "t", "title": "Walks on Trees", "abstract": "A walk is bounded."},
        {"id": "h", "title": "Trees", "abstract": "Trees.", "directions": ["surveys"], "strategies": ["evaluation"]},
    ]
    file = tmp_path / "papers.jsonl"
    file.write_text("\n".join(map(json.dumps, papers)), "utf-8")
    assert cli("import", str(file))[0] == 0
    assert cli("index", "--model", "hash:64")[0] == 0
    return cli


def places(run: Run, name: str) -> dict[str, str]:
    """Direction -> source, as `show` tells them."""
    _, out, _ = run("show", name, "--json")
    return {place["direction"]: place["source"] for place in json.loads(out)["places"]}


def test_a_correction_holds_at_once_and_through_index(filled: Run) -> None:
    assert places(filled, "t") == {}
    status, out, _ = filled("place", "t", "mathematics")
    assert (status, out) == (
        0,
        "Plug-and-play modules / Mathematics for deep learning (将数学应用到深度学习中), you said so\n",
    )
    assert places(filled, "t") == {"mathematics": "you"}
    assert filled("index")[0] == 0
    assert places(filled, "t") == {"mathematics": "you"}


def test_not_takes_a_computed_place_away_and_show_says_so(filled: Run) -> None:
    assert places(filled, "a")["adapters"].startswith("cue: adapters")
    assert filled("place", "a", "适配器", "--not")[0] == 0
    assert "adapters" not in places(filled, "a")
    assert filled("index", "--rebuild", "--model", "hash:64")[0] == 0
    assert "adapters" not in places(filled, "a")
    _, out, _ = filled("show", "a")
    assert "not under adapters: you said so" in out


def test_what_you_say_holds_against_the_record(filled: Run) -> None:
    assert filled("place", "h", "Surveys", "--not") == (0, "It stands nowhere now.\n", "")
    assert places(filled, "h") == {}
    assert filled("place", "h", "surveys", "--undo")[0] == 0
    assert places(filled, "h") == {"surveys": "hand"}


def test_undo_gives_back_what_was_computed(filled: Run) -> None:
    before = places(filled, "a")
    for stands in ((), ("--not",)):
        assert filled("place", "a", "adapters", *stands)[0] == 0
        assert places(filled, "a") != before
        assert filled("place", "a", "adapters", "--undo")[0] == 0
        assert places(filled, "a") == before


def test_places_as_json_are_one_document(filled: Run) -> None:
    _, out, _ = filled("place", "t", "datasets", "--json")
    assert json.loads(out) == [
        {"strategy": "evaluation", "direction": "datasets", "weight": 1.0, "source": "you"},
    ]


def test_a_paper_is_corrected_before_there_are_vectors(cli: Run, tmp_path: Path) -> None:
    file = tmp_path / "papers.jsonl"
    file.write_text(json.dumps({"id": "a", "title": "Adapters"}), "utf-8")
    cli("import", str(file))
    assert cli("place", "a", "surveys")[0] == 0
    assert places(cli, "a") == {"surveys": "you"}
    assert cli("place", "a", "surveys", "--undo")[0] == 0
    assert set(places(cli, "a")) == {"adapters"}  # from its words


def test_a_correction_finds_the_paper_by_any_id_that_it_merged_with(filled: Run, tmp_path: Path) -> None:
    assert filled("place", "a", "surveys")[0] == 0
    file = tmp_path / "more.jsonl"
    row = {"id": "a2", "doi": "10.1/x", "title": "Adapters for Trees", "authors": ["Ada Byron"], "year": 2020}
    file.write_text(json.dumps(row) + "\n" + json.dumps(row | {"id": "a"}), "utf-8")
    assert filled("import", str(file))[0] == 0
    assert filled("place", "doi:10.1/x", "surveys", "--undo")[0] == 0
    assert "surveys" not in places(filled, "a")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nobody", "adapters"), "no paper in the library is known as 'nobody'"),
        (("t", "adaptor"), "there is no direction 'adaptor'. Use adapters"),
        (("t", "qqqq"), "survey/directions.toml lists them all"),
        (("t", ""), "there is no direction ''"),
        (("t", "adapters", "--undo"), "nobody has said anything of 't' under adapters"),
    ],
)
def test_what_cannot_be_is_one_line(filled: Run, arguments: tuple[str, ...], says: str) -> None:
    status, out, err = filled("place", *arguments)
    assert (status, out) == (1, "")
    assert err.startswith("error: ") and err.count("\n") == 1 and says in err


def test_not_and_undo_together_are_wrong_usage(filled: Run) -> None:
    status, _, err = filled("place", "t", "adapters", "--not", "--undo")
    assert status == 2 and "--undo" in err
