"""Re-ranking: a cross-encoder of a folder orders texts by its scores; what cannot score pairs is refused in one line."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.errors import InputError, ModelError
from corpus.rerank import load_reranker

WORDS = ["frozen", "adapter", "layer", "image", "video", "trained", "shift", "prompt"]
TEXTS = ["frozen adapter", "image video trained", "", "shift", "prompt layer " * 500]

Make = Callable[..., Path]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes a folder with a tiny BERT of random weights, large enough for its scores to differ."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()

    def run(labels: int | None = 1) -> Path:
        """`labels` None: a model of texts, without a head that scores pairs."""
        folder = tmp_path_factory.mktemp("cross")
        (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]), "utf-8")
        BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
        torch.manual_seed(0)
        size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
        config = BertConfig(
            vocab_size=5 + len(WORDS),
            max_position_embeddings=64,
            initializer_range=1.0,
            num_labels=labels or 1,
            **size,
        )
        (BertModel if labels is None else BertForSequenceClassification)(config).save_pretrained(folder)
        return folder

    return run


@pytest.fixture(scope="module")
def folder(make: Make) -> Path:
    return make()


def logits(folder: Path, query: str, texts: list[str]) -> list[float]:
    """The model's own numbers, one pair at a time, by transformers alone."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    found = []
    for text in texts:
        inputs = tokenizer(query, text, truncation=True, max_length=64, return_tensors="pt")
        with torch.inference_mode():
            found.append(model(**inputs).logits[0, 0].item())
    return found


def order(scores: list[float]) -> list[int]:
    return sorted(range(len(scores)), key=lambda n: -scores[n])


def test_the_scores_order_texts_as_the_model_does(folder: Path) -> None:
    reranker = load_reranker(str(folder))
    found = reranker.scores("frozen layer", TEXTS)
    assert reranker.name == str(folder)
    assert len(set(found)) == len(TEXTS)
    assert order(found) == order(logits(folder, "frozen layer", TEXTS))


def test_the_query_counts_and_the_order_of_texts_does_not(folder: Path) -> None:
    reranker = load_reranker(str(folder))
    scores = reranker.scores("frozen layer", TEXTS)
    assert reranker.scores("frozen layer", TEXTS[::-1]) == pytest.approx(scores[::-1], abs=1e-6)
    assert reranker.scores("shift", TEXTS) != pytest.approx(scores, abs=1e-3)


def test_no_texts_have_no_scores(folder: Path) -> None:
    assert load_reranker(str(folder)).scores("frozen", []) == []


def test_loading_says_nothing_on_the_terminal(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_reranker(str(folder)).scores("frozen", TEXTS)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_a_search_shows_its_first_hits_in_the_order_of_the_scores(
    folder: Path, cli: Run, tmp_path: Path, mode: str
) -> None:
    papers = tmp_path / "papers.jsonl"
    abstracts = ["An adapter.", "A layer is trained.", "Video, then image.", "Prompt after prompt.", "They shift."]
    lines = [json.dumps({"id": f"p{n}", "title": f"Frozen {n}", "abstract": one}) for n, one in enumerate(abstracts)]
    papers.write_text("\n".join(lines), "utf-8")
    assert cli("import", str(papers))[0] == cli("index", "--model", "hash:64")[0] == 0
    _, out, _ = cli("search", "frozen", "--rerank", str(folder), "--mode", mode, "--json")
    hits = json.loads(out)["hits"]
    scores = [hit["why"]["rerank"] for hit in hits]
    assert len(set(scores)) == len(abstracts)
    assert scores == sorted(scores, reverse=True)
    texts = [f"{hit['title']}. {abstracts[int(hit['id'][1:])]}" for hit in hits]
    assert order(logits(folder, "frozen", texts)) == list(range(len(texts)))


def test_several_labels_are_refused(make: Make) -> None:
    with pytest.raises(ModelError, match="gives 3 labels") as caught:
        load_reranker(str(make(labels=3)))
    assert "--rerank" in caught.value.remedy


def test_a_model_that_was_not_trained_on_pairs_is_refused(make: Make) -> None:
    with pytest.raises(ModelError, match="never trained to score pairs"):
        load_reranker(str(make(labels=None)))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_reranker(str(tmp_path))


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_file_that_was_cut_is_refused(make: Make, file: str) -> None:
    folder = make()
    path = folder / file
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_reranker(str(folder))


def test_weights_that_are_no_numbers_are_told(make: Make) -> None:
    from safetensors.torch import load_file, save_file

    path = make() / "model.safetensors"
    weights = load_file(path)
    weights["classifier.bias"].fill_(float("nan"))
    save_file(weights, path, metadata={"format": "pt"})
    reranker = load_reranker(str(path.parent))
    with pytest.raises(ModelError, match="no numbers"):
        reranker.scores("frozen", TEXTS)


def test_a_name_that_nothing_goes_by_is_refused_within_seconds_where_there_is_no_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket() as closed:  # a port where nothing answers
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(ModelError, match="'nobody/such-model' cannot be loaded"):
            load_reranker("nobody/such-model")
    assert time.monotonic() - started < 20
    assert os.environ.get("HF_HUB_OFFLINE") is None  # a later search may find the network again


def test_a_name_is_needed_and_a_device_that_is_there(folder: Path) -> None:
    with pytest.raises(InputError, match="no cross-encoder"):
        load_reranker("  ")
    with pytest.raises(InputError, match="no device called 'abacus'"):
        load_reranker(str(folder), "abacus")
