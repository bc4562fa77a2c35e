"""Re-ranking: a cross-encoder reads the query and a paper's words together and says how well they fit. Off unless asked for.

Nogueira & Cho 2019, "Passage Re-ranking with BERT". It reads pair by pair, so it is for the first hits of a search only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from corpus.backends import choose_device, hub_answers
from corpus.errors import InputError, ModelError, shorten

# Pairs a step on a CPU; the longest of a step sets its cost, so small steps of equal lengths are the fastest.
_BATCH = 8


class Reranker(Protocol):
    """Says how well texts answer a query. `name` is what it was asked for by."""

    name: str

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score a text, in their order; a higher one fits better. Scores of two queries cannot be compared."""
        ...


class CrossEncoderReranker:
    """A sentence-transformers CrossEncoder with one label, from a folder or by name. Runs on a GPU where there is one."""

    def __init__(self, model: str, source: str, device: str) -> None:
        local = Path(source).is_dir()
        # Models fetched earlier still load without a network; asked for others, the hub's client would try for a minute and a half.
        offline = local or not hub_answers()
        from safetensors import SafetensorError
        from sentence_transformers import CrossEncoder
        from transformers.utils import logging

        # Its bars and tables would stand between the lines of the answer; what matters of them is told as an error below.
        logging.disable_progress_bar()
        logging.set_verbosity_error()
        self.name, self.device = model, device
        try:
            self._model: Any = CrossEncoder(source, device=device, local_files_only=offline)
        except (OSError, ValueError, RuntimeError, ImportError, KeyError, TypeError, SafetensorError) as error:
            raise _unusable(model, f"cannot be loaded ({shorten(str(error), 160)})") from error
        if (labels := int(self._model.num_labels)) != 1:
            raise _unusable(model, f"gives {labels} labels a pair and not one score")
        if not _scores_pairs(self._model.config.architectures or ()):
            raise _unusable(model, "is no cross-encoder: it was never trained to score pairs")

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """See Reranker. Raises ModelError where the model fails on them or its scores are no numbers."""
        if not texts:
            return []
        try:
            found = self._model.predict(
                [(query, text) for text in texts], batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True
            )
        except (RuntimeError, ValueError, IndexError) as error:
            raise _unusable(self.name, f"failed on this search ({shorten(str(error), 160)})") from error
        scores = [float(score) for score in found]
        if not all(map(math.isfinite, scores)):
            raise _unusable(self.name, "gave scores that are no numbers")
        return scores


def load_reranker(model: str, device: str | None = None) -> Reranker:
    """The cross-encoder called `model` (a name, or a folder) on `device` (None: a GPU where there is one, else the CPU).

    Raises ModelError where it cannot be found or gives no single score, InputError for a device that is not there.
    """
    model = model.strip()
    if not model:
        raise InputError("no cross-encoder was named", "Name one, or its folder, with --rerank MODEL")
    chosen = choose_device(device)
    folder = Path(model).expanduser()
    source = str(folder.resolve()) if folder.is_dir() else model
    return CrossEncoderReranker(model, source, chosen)


def _scores_pairs(architectures: Sequence[str]) -> bool:
    """False for a model of texts: the library would give it a head of random weights, and with it an order by chance."""
    return not architectures or any(
        name.endswith(("ForSequenceClassification", "ForCausalLM")) for name in architectures
    )


def _unusable(model: str, why: str) -> ModelError:
    return ModelError(
        f"the cross-encoder {shorten(model)!r} {why}",
        "Name a sentence-transformers CrossEncoder with one label, or its folder, with --rerank; or leave it out",
    )
