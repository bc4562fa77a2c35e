"""Where papers are placed: by the cues of their words, by their vectors, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.embed import DEFAULT_MODEL, HashEmbedder
from corpus.models import Paper, Place
from corpus.starter import catalogue
from survey.places.cues import directions_named, find_cues, place_by_cue
from survey.places.head import Head, head_for, strategy_labels
from survey.places.measures import COUNT, measure
from survey.places.placing import direction_chances, place_papers, settle
from survey.places.telling import told
from survey.strategies import STRATEGIES, directions


def found(title: str, abstract: str = "") -> dict[str, list[str]]:
    """Direction -> its cues."""
    cues: dict[str, list[str]] = {}
    for one in find_cues(title, abstract):
        cues.setdefault(one.cue.direction, []).append(one.cue.name)
    return cues


def placed(paper: Paper, **more: object) -> dict[str, Place]:
    return {place.direction: place for _, place in place_papers([(1, paper)], {}, None, **more)}  # type: ignore[arg-type]


ADAPTERS = Paper(
    title="Thin Adapters for Frozen Transformers",
    abstract="We freeze the pretrained model and train adapters, less than 1% of the parameters.",
)
NOTHING = Paper(
    title="Stable Matchings on Trees",
    abstract="We prove that a stable matching on a tree is found in linear time by a greedy walk from its leaves.",
)


# ---- cues ------------------------------------------------------------------------------------------------------------


def test_a_cue_in_the_title_places_a_paper_and_is_named() -> None:
    places = {place.direction: place.source for place in place_by_cue("R-Drop: Regularized Dropout for Networks")}
    assert places["dropout-consistency"] in ("cue: r-drop", "cue: dropout")


@pytest.mark.parametrize("title", ["Explorable maps", "Explo-r-able", "Clippings", "Corporate"])
def test_cues_are_whole_words(title: str) -> None:
    assert found(title) == {}


def test_a_hyphen_is_a_space_and_capitals_are_small() -> None:
    assert found("Prompt-Tuning") == found("prompt tuning") != {}


@pytest.mark.parametrize(
    ("title", "abstract", "stands"),
    [
        ("Action Recognition in Crowds", "Skeletons are tracked.", False),
        ("Action Recognition in Crowds", "Adapters are put into a frozen network.", True),
        ("Adapting Image Models: Video Recognition with Adapters", "", True),
    ],
)
def test_some_cues_count_in_company_only(title: str, abstract: str, stands: bool) -> None:
    assert ("image-models-for-video" in found(title, abstract)) is stands


@pytest.mark.parametrize(
    ("title", "direction", "stands"),
    [
        ("A Dataset of Birds", "datasets", True),
        ("Dataset Distillation by Matching Gradients", "datasets", False),
        ("Evaluation of Parsers", "benchmarks", True),
        ("Off-Policy Evaluation with Few Samples", "benchmarks", False),
        ("Deep Metric Learning", "benchmarks", False),
        ("Learning a Vocabulary", "vocabulary", True),
        ("Open-Vocabulary Detection", "vocabulary", False),
    ],
)
def test_some_cues_do_not_count_beside_others(title: str, direction: str, stands: bool) -> None:
    assert (direction in found(title)) is stands


def test_what_is_too_common_counts_in_the_title_only() -> None:
    assert "datasets" in found("A dataset")
    assert "datasets" not in found("Trees", "Results on one dataset.")


def test_where_a_cue_stands_is_told() -> None:
    (one,) = [
        one for one in find_cues("Trees", "Others use LoRA. We propose LoRA for trees.") if one.cue.name == "lora"
    ]
    assert (one.title, one.lead, one.abstract) == (False, True, True)
    (one,) = [one for one in find_cues("LoRA", "Others use lora a lot.") if one.cue.name == "lora"]
    assert (one.title, one.lead, one.abstract) == (True, False, True)


@pytest.mark.parametrize(
    ("title", "direction"),
    [
        ("大语言模型综述", "surveys"),
        ("知识蒸馏的新方法", "learning-process"),
        ("基于适配器的微调", "adapters"),
        ("思维链提示", "chain-of-thought"),
    ],
)
def test_chinese_titles_have_cues(title: str, direction: str) -> None:
    assert direction in found(title)
    assert placed(Paper(title=title))  # no abstract, no vector: still somewhere


def test_headings_name_directions_in_either_language() -> None:
    assert directions_named(["1. PEFT", "Adapter 相关技术"]) == ["unified-peft", "adapters"]
    assert directions_named(["", "?", "统一天下"]) == []


def test_every_cue_of_the_table_can_be_found() -> None:
    lost = []
    for direction in directions().values():
        for text in (*direction.cues, *direction.titles, *direction.hints):
            name, _, company = text.partition(" + ")
            name = name.partition(" - ")[0]
            if direction.key not in found(f"{name} {company.split('|')[0]}"):
                lost.append((direction.key, text))
    assert lost == []


# ---- measures --------------------------------------------------------------------------------------------------------


def test_a_paper_without_a_cue_measures_nothing() -> None:
    numbers, each = measure(find_cues("Trees", "A walk."), "A walk.")
    assert numbers.shape == (COUNT,)
    assert not numbers.any() and each == {}


def test_no_abstract_is_a_number_of_its_own() -> None:
    numbers, _ = measure([], "")
    assert numbers[-1] == 1 and numbers.sum() == 1


@pytest.mark.parametrize(
    "said",
    [
        "We introduce Tree-1, a large dataset of trees.",
        "This survey covers trees.",
        "We compare all parsers.",
        "Only 0.1% of the parameters are trained.",
        "We leverage a pretrained language model.",
        "We propose a module that fits.",
    ],
)
def test_turns_of_phrase_are_measured_and_no_number_grows_without_end(said: str) -> None:
    once, _ = measure([], said)
    often, _ = measure([], f"{said} " * 500)
    assert once.any()
    assert often.max() <= 1


# ---- the head --------------------------------------------------------------------------------------------------------


def tiny_head() -> Head:
    """Two strategies, one feature and the constant: nothing is known yet."""
    return Head(np.zeros((2, 2)), np.ones(2), np.zeros(2), 0.45, 1.0, False)


def test_a_head_that_knows_nothing_is_half_sure() -> None:
    head = tiny_head()
    confidence, _ = head.judge(head.features(np.array([[3.0]]), None))
    assert np.allclose(confidence, 0.5)


def test_corrections_move_the_head_to_the_mode_of_the_posterior() -> None:
    head = tiny_head()
    rows, labels = head.features(np.array([[1.0], [-1.0]]), None), np.array([[1.0, np.nan], [0.0, np.nan]])
    weights = head.taught(rows, labels).weights
    # At the mode the gradient is zero: w = sum of (label - chance) * row.
    chance = 1 / (1 + np.exp(-rows @ weights[0]))
    assert np.allclose(weights[0], (labels[:, 0] - chance) @ rows, atol=1e-6)
    assert weights[0, 0] > 0.3
    assert np.array_equal(weights[1], np.zeros(2))  # nothing was said of it


def test_a_strategy_holds_where_any_direction_of_it_does() -> None:
    assert strategy_labels([(0, False), (0, True)], 2)[0] == 1
    assert strategy_labels([(0, True), (0, False)], 2)[0] == 1
    labels = strategy_labels([(0, False)], 2)
    assert labels[0] == 0 and np.isnan(labels[1])


@pytest.mark.parametrize(
    ("model", "reads"),
    [
        (DEFAULT_MODEL, True),
        (f"{DEFAULT_MODEL}+int8", True),
        (f"{DEFAULT_MODEL}@0a1b2c3d", True),
        (f"{DEFAULT_MODEL}-static", False),
        ("hash:64", False),
        (None, False),
    ],
)
def test_vectors_of_another_model_are_not_read(model: str | None, reads: bool) -> None:
    assert head_for(model).reads_vectors is reads


def test_the_weights_fit_what_is_measured() -> None:
    assert head_for(None).weights.shape == (len(STRATEGIES), COUNT + 1)
    assert head_for(DEFAULT_MODEL).weights.shape == (len(STRATEGIES), COUNT + 384 + 1)


# ---- placing ---------------------------------------------------------------------------------------------------------


def test_a_paper_stands_where_its_words_say_with_a_confidence_and_a_reason() -> None:
    place = placed(ADAPTERS)["adapters"]
    assert (place.strategy, place.source) == ("efficient", "cue: adapters")
    assert 0.5 < place.weight <= 1


def test_most_papers_stand_nowhere() -> None:
    assert placed(NOTHING) == {}


@pytest.mark.parametrize(
    ("title", "abstract", "strategy"),
    [
        ("TreeBench: A Benchmark of Parsers", "We introduce TreeBench, a benchmark of 2,000 trees.", "evaluation"),
        ("A Survey of Parsing", "This survey reviews parsing.", "evaluation"),
        ("LoRA for Trees", "We train low-rank adaptation modules of a frozen model.", "efficient"),
        ("Tree Mixup", "We propose a data augmentation that mixes trees.", "plug-and-play"),
        ("Chain-of-Thought Prompting on Trees", "Large language models reason step by step.", "existing"),
    ],
)
def test_each_strategy_has_papers_that_are_clear(title: str, abstract: str, strategy: str) -> None:
    places = placed(Paper(title=title, abstract=abstract))
    assert max(places.values(), key=lambda place: place.weight).strategy == strategy


def test_several_strategies_and_directions_are_allowed() -> None:
    paper = Paper(
        title="A Survey and Benchmark of LoRA and Adapters",
        abstract="We survey adapters and LoRA. We build a benchmark.",
    )
    assert {"surveys", "adapters", "low-rank-adaptation"} <= set(placed(paper))


def test_a_person_is_believed_before_anything_computed() -> None:
    by_hand = ADAPTERS.model_copy(update={"directions": ("surveys",)})
    assert [(place.direction, place.source, place.weight) for place in placed(by_hand).values()] == [
        ("surveys", "hand", 1.0)
    ]


def test_what_you_say_holds_against_hand_and_words() -> None:
    by_hand = ADAPTERS.model_copy(update={"directions": ("surveys", "datasets")})
    assert list(placed(by_hand, corrections={1: {"surveys": False}})) == ["datasets"]
    assert "adapters" not in placed(ADAPTERS, corrections={1: {"adapters": False}})
    place = placed(NOTHING, corrections={1: {"mathematics": True}})["mathematics"]
    assert (place.source, place.weight) == ("you", 1.0)


def test_a_correction_that_names_no_direction_any_more_is_passed_over() -> None:
    assert settle(NOTHING, [], {"gone": True, "gone too": False}) == []


def test_corrections_are_learned_from() -> None:
    papers = [(n, ADAPTERS.model_copy(update={"title": f"{ADAPTERS.title} {n}"})) for n in range(9)]
    said = {n: dict.fromkeys(("adapters", "unified-peft", "low-rank-adaptation"), False) for n in range(1, 9)}

    def confidence(corrections: dict[int, dict[str, bool]]) -> float:
        places = place_papers(papers, {}, None, corrections)
        return max((p.weight for key, p in places if key == 0 and p.strategy == "efficient"), default=0.0)

    assert confidence(said) < confidence({}) - 0.1


def test_meaning_chooses_among_the_directions_of_a_strategy() -> None:
    under = [key for key, one in directions().items() if one.strategy == "efficient"]
    each, nearness = np.zeros((1, len(directions()), 4)), np.zeros((1, len(directions())))
    nearness[0, list(directions()).index("sparse-tuning")] = 3.0
    chances = direction_chances(0, each, nearness)[0]
    assert under[int(chances.argmax())] == "sparse-tuning"


def test_meaning_is_a_reason_where_it_is_near() -> None:
    embedder = HashEmbedder(512)
    about = directions()["adapters"]
    vector = embedder.encode([f"{about.en}. {about.about}"])[0]
    places = {place.direction: place for _, place in place_papers([(1, ADAPTERS)], {1: vector}, embedder)}
    assert places["adapters"].source == "cue: adapters, meaning 1.00"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_small_libraries_are_placed(count: int) -> None:
    embedder = HashEmbedder(64)
    papers = [(n, Paper(title=f"Adapters {n}")) for n in range(count)]
    vectors = dict(enumerate(embedder.encode([paper.title for _, paper in papers])))
    assert {key for key, _ in place_papers(papers, vectors, embedder)} == set(range(count))
    assert {key for key, _ in place_papers(papers, {}, embedder)} == set(range(count))


def test_papers_with_and_without_a_vector_are_placed_together() -> None:
    embedder = HashEmbedder(64)
    vectors = {0: embedder.encode([ADAPTERS.title])[0]}
    assert {key for key, _ in place_papers([(0, ADAPTERS), (1, ADAPTERS)], vectors, embedder)} == {0, 1}


def test_the_same_paper_stands_in_the_same_place_whatever_lies_beside_it() -> None:
    alone = placed(ADAPTERS)
    beside = place_papers([(n, NOTHING) for n in range(2, 9)] + [(1, ADAPTERS)], {}, None)
    assert {place.direction: place for key, place in beside if key == 1} == alone


def test_most_of_the_catalogue_is_placed_by_its_words_under_a_strategy_that_people_chose() -> None:
    papers = list(catalogue())
    plain = [(n, paper.model_copy(update={"directions": ()})) for n, paper in enumerate(papers)]
    named: dict[int, set[str]] = {}
    for key, place in place_papers(plain, {}, None):
        named.setdefault(key, set()).add(place.strategy)
    right = sum(bool(strategies & set(papers[key].strategies)) for key, strategies in named.items())
    assert right / len(named) > 0.8 and len(named) > len(papers) / 2


@pytest.mark.parametrize(
    "text", ["", "?", "a" * 49_000, "lora " * 9_000, "综述" * 20_000, "we " * 15_000, "use " * 12_000]
)
def test_hostile_abstracts_are_read_in_time(text: str) -> None:
    assert all(0 <= place.weight <= 1 for place in placed(Paper(title="T", abstract=text)).values())


def test_chances_of_directions_are_probabilities() -> None:
    each = np.zeros((2, len(directions()), 4))
    for strategy, key in enumerate(STRATEGIES):
        under = [one for one in directions().values() if one.strategy == key]
        for nearness in (None, np.zeros((2, len(directions())))):
            chances = direction_chances(strategy, each, nearness)
            assert chances.shape == (2, len(under))
            assert (chances > 0).all() and (chances < 1).all()


def test_a_place_is_told_in_one_line() -> None:
    place = Place(strategy="efficient", direction="adapters", weight=0.914, source="cue: adapter, meaning .61")
    assert told(place) == "Parameter-efficient methods / Adapter modules (适配器), 91% sure: cue: adapter, meaning .61"
    assert told(place.model_copy(update={"source": "you"})).endswith(", you said so")
