"""The table of strategies and directions, and where papers are placed."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.embed import HashEmbedder
from corpus.errors import QueryError
from corpus.models import Paper
from survey.strategies import STRATEGIES, check_strategy, directions, place_by_cue, place_papers


def test_the_four_strategies_are_those_of_the_notes() -> None:
    assert list(STRATEGIES) == ["efficient", "existing", "plug-and-play", "evaluation"]


def test_every_direction_has_a_strategy_two_names_a_sentence_and_cues() -> None:
    for direction in directions().values():
        assert direction.strategy in STRATEGIES, direction.key
        assert direction.en and direction.zh and direction.about.endswith(".") and direction.cues, direction.key
        assert direction.parent is None or direction.parent in directions(), direction.key


def test_each_of_the_twelve_numbered_ideas_is_a_direction_with_its_sub_points() -> None:
    ideas = {direction.idea for direction in directions().values() if direction.idea}
    expected = {str(n) for n in range(1, 13)}
    # 1.13 and 12.2 are empty in the notes, 11.3 is nothing but a link.
    for above, count in {"1": 12, "4": 5, "5": 1, "6": 1, "7": 1, "8": 2, "9": 1, "10": 1, "11": 2, "12": 1}.items():
        expected |= {f"{above}.{n}" for n in range(1, count + 1)}
    assert ideas == expected


def test_a_cue_in_the_title_places_a_paper_and_is_named() -> None:
    places = {place.direction: place.source for place in place_by_cue("R-Drop: Regularized Dropout for Networks")}
    assert places["dropout-consistency"] == "cue: r-drop"


def test_cues_are_whole_words() -> None:
    assert "low-rank-adaptation" not in {place.direction for place in place_by_cue("Explorable maps")}


def test_a_person_is_believed_before_a_cue_and_a_cue_before_meaning() -> None:
    embedder = HashEmbedder(64)
    by_hand = Paper(title="A dataset of adapters", directions=["surveys"])
    by_cue = Paper(title="A dataset of adapters")
    vectors = dict(enumerate(embedder.encode([by_hand.title, by_cue.title])))
    placed = list(place_papers([(0, by_hand), (1, by_cue)], vectors, embedder))
    assert [(key, place.direction, place.source) for key, place in placed if key == 0] == [(0, "surveys", "hand")]
    assert {place.direction for key, place in placed if key == 1} == {"datasets", "adapters"}


def test_meaning_places_what_has_no_cue() -> None:
    embedder = HashEmbedder(512)
    about = directions()["saliency-detection"]
    paper = Paper(title=f"{about.about}")
    vector = embedder.encode([f"{about.en}. {about.about}"])
    assert np.allclose(np.linalg.norm(vector), 1)
    placed = list(place_papers([(7, Paper(title="Zzz"))], {7: vector[0]}, embedder))
    assert placed[0][1].direction == "saliency-detection"
    assert placed[0][1].source == "meaning"
    assert paper.title.startswith("The objects")


def test_an_unknown_strategy_names_the_known_ones() -> None:
    assert check_strategy(None) is None
    with pytest.raises(QueryError, match="efficient, existing, plug-and-play, evaluation"):
        check_strategy("magic")
