"""Text models to put methods into: the bundled MiniLM, or any of transformers from a folder or by name."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from survey.probes.errors import ProbeError

# What `--backbone` is called where none is given.
MINILM = "all-MiniLM-L6-v2"


@dataclass(frozen=True)
class Encoder:
    """A frozen text model (ids, mask -> hidden states of `width`) and its tokenizer."""

    name: str
    model: Any
    tokenizer: Any
    width: int

    def encode(self, texts: Sequence[str], longest: int) -> list[list[int]]:
        """Token ids of each text, at most `longest`, its ends included."""
        made = self.tokenizer(list(texts), truncation=True, max_length=longest, padding=False)
        return [list(ids) for ids in made["input_ids"]]

    def pad(self, rows: Sequence[Sequence[int]], device: str) -> tuple[Tensor, Tensor]:
        """Ids and mask (rows, longest of them)."""
        width = max(len(row) for row in rows)
        fill = self.tokenizer.pad_token_id or 0
        ids = torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        return ids.to(device), mask.to(device)


@lru_cache(maxsize=2)
def load_encoder(backbone: str | None, device: str, layers: int | None = None) -> Encoder:
    """The model called `backbone`, of which only the first `layers` are kept where that is given.

    Raises ProbeError where it cannot be loaded, or is no text encoder.
    """
    source = str(_minilm()) if backbone is None else source_of(backbone)
    model, tokenizer = _load(source, backbone or MINILM)
    if layers is not None:
        model.encoder.layer = model.encoder.layer[:layers]
    width = getattr(model.config, "hidden_size", None)
    if not isinstance(width, int):
        raise ProbeError(f"{backbone} does not say how wide its hidden states are", "Take an encoder such as BERT")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Encoder(backbone or MINILM, model.to(device).float().eval(), tokenizer, width)


def _minilm() -> Path:
    from corpus.errors import ModelError
    from corpus.minilm import verify_weights

    try:
        return verify_weights()
    except ModelError as error:
        raise ProbeError(error.what, error.remedy) from None


def source_of(backbone: str) -> str:
    """A folder as it is; a name as the hub has it, without a network where there is none."""
    folder = Path(backbone).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ProbeError(
                f"{folder} holds no model: it has no config.json", "Give the folder of a transformers model"
            )
        return str(folder.resolve())
    if folder.exists() or backbone.startswith((".", "/", "~")):
        raise ProbeError(
            f"{backbone} is no folder of a model", "Give a folder with config.json, or the name of a model"
        )
    return backbone


def _load(source: str, name: str) -> tuple[nn.Module, Any]:
    local = is_local(source)
    with quiet():
        from transformers import AutoModel, AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local)
            model = AutoModel.from_pretrained(source, local_files_only=local)
        except (OSError, ValueError, RuntimeError, KeyError, ImportError, TypeError, AttributeError) as error:
            why = " ".join(str(error).split())[:160]
            raise ProbeError(
                f"the backbone {name!r} cannot be loaded ({why})",
                "Give the folder of a transformers text model that is on this machine, or leave --backbone out",
            ) from None
    return model, tokenizer


def is_local(source: str) -> bool:
    """Whether only what is on this machine can be loaded: where no hub answers, its client would try for half a minute."""
    from corpus.backends import hub_answers

    return Path(source).is_dir() or not hub_answers()


@contextmanager
def quiet() -> Iterator[None]:
    """Without transformers' bars and remarks on weights that it does not need."""
    from transformers.utils import logging as theirs

    level = theirs.get_verbosity()
    theirs.set_verbosity(logging.ERROR)
    theirs.disable_progress_bar()
    try:
        yield
    finally:
        theirs.set_verbosity(level)
        theirs.enable_progress_bar()
