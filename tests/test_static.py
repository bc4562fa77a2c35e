"""The static model: a table of token vectors, made of MiniLM; fast, and less exact."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from corpus import minilm
from corpus.backends import at_precision, load_embedder
from corpus.embed import Embedder
from corpus.errors import InputError
from corpus.home import Home
from corpus.static import build_table, distilled

Run = Callable[..., tuple[int, str, str]]
FITTING = "0a1b2c3d"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def embedder(home: Home) -> Embedder:
    """Of a fitted model whose vocabulary ends after the 3,000 most frequent words: all 30,000 take half a minute."""
    from safetensors.numpy import load_file, save_file

    folder = home.models / "tuned" / FITTING
    shutil.copytree(minilm.verify_weights(), folder)
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    tokenizer["model"]["vocab"] = {word: at for word, at in tokenizer["model"]["vocab"].items() if at < 5000}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    weights = load_file(folder / "model.safetensors")
    weights["embeddings.word_embeddings.weight"] = weights["embeddings.word_embeddings.weight"][:5000].copy()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return load_embedder(f"static@{FITTING}", home)


def test_texts_of_one_topic_are_near(embedder: Embedder) -> None:
    songs, album, army = embedder.encode_documents(
        ["Songs of a band\nThey play music.", "The band released an album", "An army fights a war"]
    )
    assert songs @ album > 0.3 > songs @ army
    assert (embedder.name, embedder.dimension, embedder.device) == (f"static@{FITTING}", 384, "cpu")


def test_queries_find_documents_that_share_no_word_with_them(embedder: Embedder) -> None:
    texts = ["Football players and coaches", "A river near the mountains", "Students at a school"]
    queries = ["the team won its game", "lake and valley", "university education"]
    assert (embedder.encode_queries(queries) @ embedder.encode_documents(texts).T).argmax(axis=1).tolist() == [0, 1, 2]


def test_vectors_have_length_1_and_a_text_without_words_has_none(embedder: Embedder) -> None:
    ticks: list[int] = []
    vectors = embedder.encode(["music", "music " * 3000, "", "\n"], tick=ticks.append)
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0, 0], atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.9999
    assert sum(ticks) == 4


def test_the_table_is_made_once(embedder: Embedder, home: Home) -> None:
    path = home.models / f"static@{FITTING}.npy"
    first = path.stat().st_mtime_ns
    assert distilled(minilm.tuned_weights(FITTING, home.models), home.models) == path
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


def test_the_command_takes_a_tier_and_the_library_remembers_it(
    cli: Run, embedder: Embedder, home: Home, tmp_path: Path
) -> None:
    (tmp_path / "papers.jsonl").write_text('{"title": "Songs of a band"}\n{"title": "An army at war"}\n', "utf-8")
    cli("import", str(tmp_path / "papers.jsonl"), home=home.root)
    status, _, err = cli("index", "--precision", "int8", home=home.root)
    assert (status, "Embedding with all-MiniLM-L6-v2+int8 on cpu" in err) == (0, True)
    status, out, _ = cli("search", "music", "--mode", "dense", home=home.root)
    assert (status, out.find("Songs") < out.find("An army")) == (0, True)
    status, _, err = cli("index", "--precision", "fp32", home=home.root)
    assert status == 1
    assert "the vectors were made by the model 'all-MiniLM-L6-v2+int8'" in err
    status, out, _ = cli("index", "--rebuild", "--model", embedder.name, home=home.root)
    assert (status, out.startswith("2 papers embedded")) == (0, True)


@pytest.mark.parametrize("arguments", [("--precision", "int4"), ("--model", "static", "--precision", "int8")])
def test_the_command_refuses_other_precisions_in_one_line(cli: Run, arguments: tuple[str, ...]) -> None:
    status, out, err = cli("index", *arguments)
    assert (status, out, err.count("\n"), err.startswith("error: ")) == (1, "", 1, True)
