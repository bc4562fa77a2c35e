from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from limits import few, no_tick

from survey.bench.cost import measure_memory, time_calls
from survey.bench.data.heads import HEADS, LAYERS, LENGTH, WIDTH, load_heads
from survey.bench.tasks import sequences
from survey.bench.tasks.sequences import Mean, Sequences, crossover, load_costs, squared_error, tell
from survey.probes.errors import ProbeError

TASK = Sequences()
MEGABYTE = torch.zeros(1000, 250)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three stretches of text, and lengths that take no time."""
    for name, value in (("TRAIN", 1), ("VALIDATION", 1), ("TEST", 1), ("LENGTHS", (64, 128)), ("REPEATS", 1)):
        monkeypatch.setattr(sequences, name, value)
    for cached in (sequences.load_splits, load_costs):
        cached.cache_clear()
    yield
    for cached in (sequences.load_splits, load_costs):
        cached.cache_clear()


def test_memory_is_that_of_what_is_alive_at_once() -> None:
    assert measure_memory(lambda: MEGABYTE + 1) == 1
    assert measure_memory(lambda: ((MEGABYTE + 1) + 1) + 1) == 2  # the first is free when the third is made
    assert measure_memory(lambda: [MEGABYTE + n for n in range(5)]) == 5
    assert measure_memory(lambda: MEGABYTE.T) == 0  # a view
    assert measure_memory(lambda: MEGABYTE.clone().add_(1)) == 1  # in place


def test_exact_attention_keeps_no_table_where_the_formula_does() -> None:
    q = torch.randn(1, 1, 500, 8)
    table = 500 * 500 * 4 / 1e6
    assert measure_memory(lambda: (q @ q.transpose(-2, -1)).softmax(-1) @ q) >= 2 * table
    assert measure_memory(lambda: F.scaled_dot_product_attention(q, q, q)) < table / 10


def test_what_sleeps_longer_takes_longer() -> None:
    taken = time_calls({"short": lambda: time.sleep(0.001), "long": lambda: time.sleep(0.02)}, 3)
    assert taken["long"] > 3 * taken["short"] > 0


def test_the_crossover_is_the_length_from_which_on_all_are_faster() -> None:
    assert crossover({512: 1.6, 1024: 0.9, 2048: 0.7}) == 1024
    assert crossover({512: 0.9, 1024: 1.1, 2048: 0.7}) == 2048
    assert crossover({512: 0.9, 1024: 0.8}) == 512
    assert crossover({512: 0.5, 1024: 1.0}) is None  # faster on short ones alone is no crossover
    assert tell({"faster from": 1024.0}).startswith("faster than exact attention from 1,024 tokens on")
    assert tell({}) == "never faster, measured up to 4,096 tokens"


def test_the_heads_are_those_of_the_model_and_exact_is_its_attention() -> None:
    heads = load_heads(1, 0)
    assert heads.query.shape == (len(LAYERS), HEADS, LENGTH, WIDTH)
    scores = heads.query @ heads.key.transpose(-2, -1) / WIDTH**0.5
    torch.testing.assert_close(scores.softmax(-1) @ heads.value, heads.exact, atol=1e-4, rtol=1e-4)


def test_the_error_is_relative(small: None) -> None:
    learning, validation, test = sequences.load_splits(0)
    assert len(learning.query) == len(validation.query) == len(test.query) == len(LAYERS)
    assert not torch.equal(validation.key, test.key)
    zero = torch.nn.Identity()
    zero.forward = lambda query, key, value: torch.zeros_like(query)  # type: ignore[method-assign]
    assert float(squared_error(zero, test)) == pytest.approx(1)
    assert 0.2 < float(squared_error(Mean(), test)) < 1


def test_rows_and_methods(small: None) -> None:
    exact, mean = (TASK.learn(row, None, 0, few(), no_tick) for row in ("exact-attention", "mean"))
    assert exact.scores["error@512"] < 1e-6
    assert exact.scores["time@128/exact"] == 1
    assert "faster from" not in exact.scores  # than itself
    assert mean.scores["error@512"] > 0.4
    learned = TASK.learn('linformer{"rank": 16}', 0.1, 0, few(3), no_tick)
    assert learned.steps == 3
    assert learned.count == {
        "method": 2 * 16 * 512,
        "norm": 0,
        "head": 0,
        "stored": 2 * 16 * 512,
        "total": 2 * 16 * 512,
    }
    assert TASK.learn('performer{"features": 16}', None, 0, few(), no_tick).steps == 0


def test_more_landmarks_than_tokens_is_one_line(small: None) -> None:
    with pytest.raises(ProbeError, match="nystrom: 600 landmarks for a length of 512") as caught:
        TASK.learn('nystrom{"landmarks": 600}', None, 0, few(), no_tick)
    assert "\n" not in str(caught.value)
