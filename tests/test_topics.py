"""The bundled topics, and how a user's own are added, refused and found."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from corpus.errors import InputError
from corpus.topics import STRATEGIES, Topic, check_query, find_topics, load_topics
from survey import strategies

# What the project promises to harvest: a topic each.
PROMISED = [
    "parameter-efficient-fine-tuning",
    "adapters",
    "lora",
    "text-prompts",
    "visual-prompts",
    "efficient-attention",
    "plug-and-play-modules",
    "losses",
    "data-augmentation",
    "datasets-and-benchmarks",
    "surveys",
    "video-action-recognition",
    "unsupervised-segmentation",
    "object-centric-learning",
    "vision-language-pretraining",
    "swin",
    "hrnet",
    "dynamic-head",
    "metaavatar",
    "r-drop",
    "multi-teacher-distillation",
    "top-k-ranking",
    "in-context-learning",
    "chain-of-thought",
    "causal-learning",
    "neural-symbolic",
    "instruction-tuning",
]
BUNDLED = list(load_topics().values())

TENTS = """
[[topic]]
key = "tents"
en = "Tents"
query = 'ti:tent OR (ti:shelter AND abs:"rain fly")'
strategy = "existing"
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "topics.toml"


def refusal(path: Path, text: str | bytes) -> str:
    """The message with which a user's file is refused."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(InputError) as caught:
        load_topics(path)
    assert caught.value.remedy
    return str(caught.value)


# ---- the bundled topics ----------------------------------------------------------------------------------------------


def test_every_promised_topic_is_bundled() -> None:
    assert sorted(load_topics()) == sorted(PROMISED)


@pytest.mark.parametrize("topic", BUNDLED, ids=lambda topic: topic.key)
def test_a_bundled_topic_has_two_names_categories_a_strategy_and_a_direction_of_that_strategy(topic: Topic) -> None:
    assert topic.en != topic.zh and re.search(r"[\u4e00-\u9fff]", topic.zh)
    assert topic.categories
    assert topic.direction is not None
    assert strategies.directions()[topic.direction].strategy == topic.strategy


@pytest.mark.parametrize("topic", BUNDLED, ids=lambda topic: topic.key)
def test_a_bundled_query_asks_titles_and_abstracts_and_leaves_categories_apart(topic: Topic) -> None:
    assert set(re.findall(r"(\w+):", topic.query)) <= {"ti", "abs"}


@pytest.mark.parametrize("topic", BUNDLED, ids=lambda topic: topic.key)
def test_a_bundled_query_never_leaves_the_service_to_choose_between_and_and_or(topic: Topic) -> None:
    levels: list[set[str]] = [set()]
    for word in re.findall(r"[()]|\bANDNOT\b|\bAND\b|\bOR\b", re.sub(r'"[^"]*"', "x", topic.query)):
        if word == "(":
            levels.append(set())
        elif word == ")":
            levels.pop()
        else:
            levels[-1].add(word)
            assert len(levels[-1]) == 1, topic.query


@pytest.mark.parametrize("topic", BUNDLED, ids=lambda topic: topic.key)
def test_a_bundled_query_that_says_fine_tuning_says_finetuning(topic: Topic) -> None:
    if "fine-tuning" in topic.query:
        assert "finetuning" in topic.query


def test_the_strategies_are_those_of_the_survey() -> None:
    assert list(strategies.STRATEGIES) == list(STRATEGIES)


# ---- a user's own ----------------------------------------------------------------------------------------------------


def test_no_file_of_the_users_is_no_fault(mine: Path) -> None:
    assert load_topics(mine) == load_topics()


def test_a_users_topic_is_added_at_the_end(mine: Path) -> None:
    mine.write_text(TENTS)
    topics = load_topics(mine)
    query = 'ti:tent OR (ti:shelter AND abs:"rain fly")'
    assert topics.popitem() == ("tents", Topic("tents", "Tents", "Tents", query, (), "existing", None))
    assert topics == load_topics()


def test_a_users_topic_takes_the_place_of_a_bundled_one_whole(mine: Path) -> None:
    mine.write_text(TENTS.replace('"tents"', '"lora"'))
    assert load_topics(mine)["lora"].en == "Tents"
    assert load_topics(mine)["lora"].categories == ()
    assert list(load_topics(mine)) == list(load_topics())


def test_a_query_over_several_lines_is_one_line(mine: Path) -> None:
    mine.write_text(TENTS.replace("'ti:tent OR", '"""\\\n   ti:tent \\\n   OR').replace(")'\n", ')"""\n'))
    assert load_topics(mine)["tents"].query.startswith("ti:tent OR (ti:shelter")


def test_a_file_that_begins_with_a_byte_order_mark_is_read(mine: Path) -> None:
    mine.write_bytes(b"\xef\xbb\xbf" + TENTS.strip().encode())
    assert "tents" in load_topics(mine)


@pytest.mark.parametrize(
    ("was", "becomes", "field", "why"),
    [
        ('"existing"', '"magic"', "strategy", "none of efficient, existing, plug-and-play, evaluation"),
        ('strategy = "existing"', "", "strategy", "missing"),
        ('en = "Tents"', 'en = ""', "en", "missing"),
        ('en = "Tents"', "en = 7", "en", "must be text"),
        ('en = "Tents"', f'en = "{"T" * 101}"', "en", "longer than 100 characters"),
        ('en = "Tents"', 'en = "Tents"\ncategory = "cs.CV"', "category", "not a field of a topic"),
        ('en = "Tents"', 'en = "Tents"\ncategories = "cs.CV"', "categories", "must be a list"),
        ('en = "Tents"', 'en = "Tents"\ncategories = ["cs.CV OR all:x"]', "categories", "no arXiv category"),
        ('en = "Tents"', 'en = "Tents"\ndirection = "A tent"', "direction", "small letters"),
        ("ti:tent ", "title:tent ", "query", "'title' is no field of arXiv's"),
        ("(ti:shelter", "ti:shelter", "query", "a parenthesis has no partner"),
        ('fly"', "fly", "query", "a quotation mark has no partner"),
    ],
)
def test_a_broken_topic_is_refused_by_file_topic_and_field(
    mine: Path, was: str, becomes: str, field: str, why: str
) -> None:
    assert was in TENTS
    message = refusal(mine, TENTS.replace(was, becomes))
    assert f"{mine}, topic 'tents', {field}: " in message
    assert why in message


def test_a_topic_without_a_key_is_named_by_its_number(mine: Path) -> None:
    assert "topic number 2, key: missing" in refusal(mine, TENTS + TENTS.replace('key = "tents"', ""))


@pytest.mark.parametrize("key", ["Big Tents", "tents-", "zelte/2", "-k"])
def test_a_key_that_cannot_be_typed_is_refused(mine: Path, key: str) -> None:
    assert "key: only small letters" in refusal(mine, TENTS.replace('"tents"', f'"{key}"'))


def test_a_key_given_twice_in_one_file_is_refused(mine: Path) -> None:
    assert "topic 'tents', key: another topic of the file has it already" in refusal(mine, TENTS * 2)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[topic]\n", "broken TOML"),
        ("x = " + "[" * 5_000, "broken TOML"),
        (b"\xff\xfe", "not UTF-8"),
        ('topics = "tents"', "holds something else than topics"),
        ('topic = "tents"', "holds something else than topics"),
        ('[topic]\nkey = "tents"', "holds something else than topics"),
    ],
)
def test_a_file_that_holds_no_topics_is_refused(mine: Path, text: str | bytes, why: str) -> None:
    message = refusal(mine, text)
    assert str(mine) in message and why in message


def test_a_folder_of_that_name_is_refused(mine: Path) -> None:
    mine.mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        load_topics(mine)


# ---- queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "tents",
        'ti:"fine-tuning (a) AND"',
        "au:del_maestro ANDNOT (ti:checkerboard OR cat:cs.CV)",
        "ti:(tent OR shelter) AND submittedDate:[202301010000 TO 202401010000]",
    ],
)
def test_a_query_that_arxiv_can_answer(query: str) -> None:
    assert check_query(query) is None


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("a" * 2_001, "longer than 2000 characters"),
        ("ti:tent\nOR ti:fly", "line break"),
        ("ti:tent\x00", "control character"),
        ("ti:a) OR (ti:b", "a parenthesis has no partner"),
        ("ti:a OR", "nothing stands after OR"),
        ("AND ti:a", "nothing stands before 'AND'"),
        ("ti:a AND (OR ti:b)", "nothing stands before 'OR'"),
        ("ti:a OR ()", "nothing stands before ')'"),
        ("ti:a AND OR ti:b", "nothing stands after AND"),
    ],
)
def test_a_query_that_arxiv_cannot_answer(query: str, why: str) -> None:
    assert why in str(check_query(query))


def test_a_query_with_a_line_break_in_a_users_file_is_refused(mine: Path) -> None:
    assert "query: holds a line break" in refusal(
        mine, TENTS.replace("'ti:tent OR", "'''ti:tent\nOR").replace(")'", ")'''")
    )


# ---- finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["chain-of-thought", "CHAIN-of-thought", "Chain of thought", "chain_of_thought", "思维链", " 思维链 "]
)
def test_a_topic_is_found_by_key_or_either_name_without_case(name: str) -> None:
    assert [topic.key for topic in find_topics([name], load_topics())] == ["chain-of-thought"]


def test_topics_come_in_the_order_asked_for_and_once() -> None:
    found = find_topics(["swin", "lora", "SWIN"], load_topics())
    assert [topic.key for topic in found] == ["swin", "lora"]


def test_a_key_is_meant_before_a_name(mine: Path) -> None:
    mine.write_text(TENTS.replace("Tents", "Swin"))
    assert [topic.key for topic in find_topics(["swin"], load_topics(mine))] == ["swin"]


def test_an_unknown_topic_names_the_nearest_and_how_to_list_them() -> None:
    with pytest.raises(InputError) as caught:
        find_topics(["instruct-tuning"], load_topics())
    assert "there is no topic 'instruct-tuning'" in str(caught.value)
    assert "Did you mean instruction-tuning" in caught.value.remedy
    assert "fourways harvest --topics" in caught.value.remedy


def test_an_unknown_topic_like_no_other_is_not_guessed_at() -> None:
    with pytest.raises(InputError) as caught:
        find_topics(["qqqq"], load_topics())
    assert "Did you mean" not in caught.value.remedy


def test_the_file_itself_is_plain_toml() -> None:
    table = tomllib.loads((Path(__file__).parents[1] / "corpus" / "topics.toml").read_text("utf-8"))
    assert [topic["key"] for topic in table["topic"]] == list(load_topics())
