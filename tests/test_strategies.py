"""The table of strategies and directions."""

from __future__ import annotations

import pytest

from corpus.errors import QueryError
from corpus.models import Paper
from survey.strategies import STRATEGIES, check_direction, check_strategy, directions, place_by_hand


def test_the_four_strategies_are_those_of_the_notes() -> None:
    assert list(STRATEGIES) == ["efficient", "existing", "plug-and-play", "evaluation"]


def test_every_direction_has_a_strategy_two_names_a_sentence_and_cues() -> None:
    for direction in directions().values():
        assert direction.strategy in STRATEGIES, direction.key
        assert direction.en and direction.zh and direction.about.endswith("."), direction.key
        assert direction.cues or direction.titles, direction.key
        assert direction.parent is None or direction.parent in directions(), direction.key


def test_each_of_the_twelve_numbered_ideas_is_a_direction_with_its_sub_points() -> None:
    ideas = {direction.idea for direction in directions().values() if direction.idea}
    expected = {str(n) for n in range(1, 13)}
    # 1.13 and 12.2 are empty in the notes, 11.3 is nothing but a link.
    for above, count in {"1": 12, "4": 5, "5": 1, "6": 1, "7": 1, "8": 2, "9": 1, "10": 1, "11": 2, "12": 1}.items():
        expected |= {f"{above}.{n}" for n in range(1, count + 1)}
    assert ideas == expected


def test_an_unknown_strategy_names_the_known_ones() -> None:
    assert check_strategy(None) is None
    with pytest.raises(QueryError, match="efficient, existing, plug-and-play, evaluation"):
        check_strategy("magic")


@pytest.mark.parametrize("name", ["low-rank-adaptation", "Low-Rank  adaptation", "低秩适配"])
def test_a_direction_goes_by_its_key_and_its_names(name: str) -> None:
    assert check_direction(name).key == "low-rank-adaptation"


@pytest.mark.parametrize(
    ("name", "near"),
    [("adaptors", "adapters"), ("low rank", "low-rank-adaptation"), ("distillation", "multi-teacher-distillation")],
)
def test_an_unknown_direction_names_those_that_are_near(name: str, near: str) -> None:
    with pytest.raises(QueryError, match=f"there is no direction '{name}'.*{near}"):
        check_direction(name)


@pytest.mark.parametrize("name", ["", "  ", "qqqqqqqq", "x" * 5_000])
def test_a_direction_like_none_says_where_the_list_is(name: str) -> None:
    with pytest.raises(QueryError, match=r"directions\.toml lists them all") as raised:
        check_direction(name)
    assert len(str(raised.value)) < 250


def test_a_record_places_its_paper_and_unknown_keys_are_passed_over() -> None:
    placed = list(place_by_hand(Paper(title="Any", directions=["surveys", "unheard-of"])))
    assert [(place.strategy, place.direction, place.source) for place in placed] == [("evaluation", "surveys", "hand")]
