"""The static model: a table of token vectors, made of MiniLM; fast, and less exact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus import minilm
from corpus.backends import at_precision, load_embedder
from corpus.embed import Embedder
from corpus.errors import InputError
from corpus.home import Home
from corpus.static import build_table, distilled


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def embedder(home: Home) -> Embedder:
    return load_embedder("static", home)


def test_texts_of_one_topic_are_near(embedder: Embedder) -> None:
    one, near, far = embedder.encode_documents(
        ["Adapters for video\nWe recognise actions.", "Action recognition in videos", "Proteins fold into shapes"]
    )
    assert one @ near > 0.4 > one @ far
    assert (embedder.name, embedder.dimension, embedder.device) == ("static", 384, "cpu")


def test_it_ranks_as_the_model_it_is_made_of_for_plain_cases(embedder: Embedder, home: Home) -> None:
    texts = [
        "Graph networks for molecules",
        "Speech recognition",
        "Pruning of large language models",
        "Image retrieval",
    ]
    queries = [
        "chemistry with GNNs",
        "recognition of spoken words",
        "smaller LLMs by pruning",
        "finding similar pictures",
    ]
    exact = load_embedder(None, home, "cpu")
    assert (exact.encode_queries(queries) @ exact.encode_documents(texts).T).argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert (embedder.encode_queries(queries) @ embedder.encode_documents(texts).T).argmax(axis=1).tolist() == [
        0,
        1,
        2,
        3,
    ]


def test_vectors_have_length_1_and_a_text_without_words_has_none(embedder: Embedder) -> None:
    ticks: list[int] = []
    vectors = embedder.encode(["adapters", "adapters " * 3000, "", "[unused1]"], tick=ticks.append)
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0, 1], atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.9999
    assert sum(ticks) == 4


def test_the_table_is_made_once(embedder: Embedder, home: Home) -> None:
    path = home.models / "static.npy"
    first = path.stat().st_mtime_ns
    assert distilled(minilm.official_weights(), home.models) == path
    assert path.stat().st_mtime_ns == first


def test_rare_tokens_weigh_more_and_wide_directions_are_evened_out() -> None:
    rng = np.random.default_rng(0)
    spread = np.linspace(1, 9, 30)
    vectors = (rng.normal(size=(20_000, 30)) * spread).astype(np.float32)
    table = build_table(vectors, np.arange(1, 20_001))
    lengths = np.linalg.norm(table, axis=1)
    assert lengths[:10].mean() < lengths[-10:].mean() / 100
    after = table[-5000:].std(axis=0)
    assert after.max() / after.min() < 2


@pytest.mark.parametrize(
    ("model", "precision", "name"),
    [
        ("all-MiniLM-L6-v2", "fp32", "all-MiniLM-L6-v2"),
        ("all-MiniLM-L6-v2", "int8", "all-MiniLM-L6-v2+int8"),
        ("all-MiniLM-L6-v2+int8", "int8", "all-MiniLM-L6-v2+int8"),
        ("all-MiniLM-L6-v2@0a1b2c3d+int8", "fp32", "all-MiniLM-L6-v2@0a1b2c3d"),
        ("all-MiniLM-L6-v2@0a1b2c3d", "int8", "all-MiniLM-L6-v2@0a1b2c3d+int8"),
    ],
)
def test_a_precision_is_part_of_the_name(model: str, precision: str, name: str) -> None:
    assert at_precision(model, precision) == name


@pytest.mark.parametrize(
    ("model", "precision", "error"),
    [
        ("all-MiniLM-L6-v2", "int4", "no precision called 'int4'"),
        ("static", "int8", "'static' has no int8"),
        ("nobody/nothing", "int8", "'nobody/nothing' has no int8"),
    ],
)
def test_a_precision_that_is_not_there_is_one_line(model: str, precision: str, error: str) -> None:
    with pytest.raises(InputError, match=error):
        at_precision(model, precision)


@pytest.mark.parametrize("name", ["static+int8", "static@0a1b2c3d+int8"])
def test_the_static_model_has_no_8_bits(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no 8 bits"):
        load_embedder(name, Home(tmp_path))
