"""Which embedder a model's name means on this machine: the bundled default, any sentence-transformers model, or none at all."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from corpus import minilm
from corpus.embed import DEFAULT_MODEL, Embedder, HashEmbedder, Tick, Vectors, normalise
from corpus.errors import InputError, ModelError, shorten
from corpus.gpu import TorchEmbedder
from corpus.sides import SidedEmbedder
from corpus.static import STATIC, StaticEmbedder, distilled

if TYPE_CHECKING:
    from corpus.home import Home

DEVICES = ("cpu", "cuda", "mps")
PRECISIONS = ("fp32", "int8")
# `hash` and `hash:N` name the embedder that needs no model.
_HASH = re.compile(r"^hash(?::(\d{1,4}))?$")
# The bundled model, or what `fourways tune` made of it for one library (`@` and 8 hex digits); both also in 8 bits, or static.
_MINILM = re.compile(
    rf"^(?:(?:sentence-transformers/)?{re.escape(DEFAULT_MODEL)}|(?P<static>{STATIC}))"
    r"(?:@(?P<fitting>[0-9a-f]{8}))?(?P<int8>\+int8)?$"
)


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, from a folder or by name. Runs on a GPU where there is one."""

    # Sentences a step: the library's default on a CPU; a GPU is kept busy by more.
    BATCH = {"cpu": 32, "cuda": 256, "mps": 64}  # noqa: RUF012

    def __init__(self, model: str, source: str, device: str) -> None:
        # Models fetched earlier still load; asked for more, the hub's client tries for a minute and a half before it gives up.
        offline = Path(source).is_dir() or not hub_answers()
        from sentence_transformers import SentenceTransformer

        self.name, self.device = model, device
        try:
            self._model: Any = SentenceTransformer(source, device=device, local_files_only=offline)
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            raise ModelError(
                f"the embedding model {shorten(model)!r} cannot be loaded ({shorten(str(error), 160)})",
                f"Name a sentence-transformers model or its folder with --model, or leave it out for {DEFAULT_MODEL}",
            ) from error
        self.dimension = int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        return self._in_steps(self._model.encode, texts, tick)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """With the prompt that the model was trained to read before a query, where it has one (E5, BGE)."""
        return self._in_steps(self._model.encode_query, texts, None)

    def encode_documents(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        return self._in_steps(self._model.encode_document, texts, tick)

    def _in_steps(self, encode: Callable[..., Any], texts: Sequence[str], tick: Tick | None) -> Vectors:
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        step = self.BATCH.get(self.device, 32)
        for start in range(0, len(order), step):
            rows = order[start : start + step]
            vectors[rows] = encode([texts[row] for row in rows], batch_size=step, show_progress_bar=False)
            if tick:
                tick(len(rows))
        return normalise(vectors)


def load_embedder(model: str | None, home: Home, device: str | None = None) -> Embedder:
    """The embedder called `model` (None: the bundled default) on `device` (None: a GPU where there is one, else the CPU).

    The bundled model runs through ONNX Runtime on a CPU and through torch elsewhere, with the same weights. So does
    `all-MiniLM-L6-v2@` and 8 hex digits, which reads questions as `fourways tune` fitted them to the library of `home`, and
    papers as the bundled model. `+int8` after either, and `static` (`static@` for a fitted one) in its place, are faster and
    less exact, on a CPU only. Raises ModelError where the model cannot be found or its weights are not the official ones,
    InputError for a device that is not there.
    """
    model = model or DEFAULT_MODEL
    if match := _HASH.match(model):
        return HashEmbedder(int(match[1] or 64) or 64)
    if match := _MINILM.match(model):
        return _minilm(match, home, device)
    chosen = choose_device(device)
    folder = Path(model).expanduser()
    source = str(folder.resolve()) if folder.is_dir() else model
    return SentenceTransformerEmbedder(source, source, chosen)


def _minilm(match: re.Match[str], home: Home, device: str | None) -> Embedder:
    """The embedder that a match of `_MINILM` names."""
    on_cpu = match["static"] or match["int8"]
    chosen = choose_device(device or ("cpu" if on_cpu else None))
    if on_cpu and chosen != "cpu":
        raise InputError(f"{shorten(match[0])!r} runs on the CPU only", "Leave --device out, or use --device cpu")
    if match["static"] and match["int8"]:
        raise InputError("the static model has no 8 bits", "Leave --precision out")
    official, int8 = minilm.official_weights(), match["int8"] or ""
    tuned = minilm.tuned_weights(match["fitting"], home.models) if match["fitting"] else None
    if match["static"]:
        weights = tuned or official
        return StaticEmbedder(distilled(weights, home.models), weights.folder / "tokenizer.json", match[0])
    if tuned is None:
        return _run(official, home, chosen, int8)
    # What was fitted is how questions are read.
    return SidedEmbedder(tuned.name + int8, _run(tuned, home, chosen, int8), lambda: _run(official, home, chosen, int8))


def _run(weights: minilm.Weights, home: Home, device: str, int8: str) -> Embedder:
    """These weights on a device that is there; `int8` is empty or the end of a name in 8 bits."""
    if device == "cpu":
        path = minilm.compiled(weights, home.models, int8=bool(int8))
        return minilm.OnnxEmbedder(path, weights.folder / "tokenizer.json", weights.name + int8)
    if device.startswith("cuda"):
        return TorchEmbedder(weights.folder, weights.name, device)
    return SentenceTransformerEmbedder(weights.name, str(weights.folder), device)


def at_precision(model: str, precision: str) -> str:
    """The name of `model` at a precision: `int8` is faster and a little less exact, `fp32` is exact. Raises InputError."""
    if precision not in PRECISIONS:
        raise InputError(f"there is no precision called {shorten(precision)!r}", f"Use one of {', '.join(PRECISIONS)}")
    plain = model.removesuffix(minilm.INT8)
    if precision == "fp32":
        return plain
    match = _MINILM.match(plain)
    if not match or match["static"]:
        raise InputError(
            f"{shorten(model)!r} has no {precision}", f"Leave --precision out, or use --model {DEFAULT_MODEL}"
        )
    return plain + minilm.INT8


def hub_answers() -> bool:
    """Whether the hub that models are fetched from can be reached, asked for 3 seconds at most."""
    hub = urlsplit(os.environ.get("HF_ENDPOINT", "https://huggingface.co"))
    try:
        socket.create_connection((hub.hostname or "", hub.port or 443), timeout=3).close()
    except OSError:
        return False
    return True


def choose_device(device: str | None) -> str:
    """`device`, or (None) the fastest there is. Raises InputError for one that is not there."""
    chosen = device or _fastest()
    _require(chosen)
    return chosen


def _fastest() -> str:
    """`cuda` where an NVIDIA card answers, else `cpu`. torch is only asked where a driver is there: importing it takes 2 s."""
    if (
        not Path("/proc/driver/nvidia/version").exists()
        and not Path("/dev/nvidia0").exists()
        and not Path("/dev/dxg").exists()
    ):
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _require(device: str) -> None:
    if device == "cpu":
        return
    if device.split(":")[0] not in DEVICES:
        raise InputError(f"there is no device called {shorten(device)!r}", f"Use one of {', '.join(DEVICES)}")
    import torch

    there = torch.cuda.is_available() if device.startswith("cuda") else torch.backends.mps.is_available()
    if not there:
        raise InputError(
            f"this machine has no {device} device that torch can use", "Leave --device out, or use --device cpu"
        )
