"""The model that is fitted, in torch: texts -> vectors with gradients, its LoRA update, and what is kept of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from corpus.embed import Vectors
from corpus.tuning.lora import adapter_state, add_lora, merge_lora

# All linear layers of MiniLM's blocks: query, key, value and output of attention, and the two of the feed-forward part.
TARGETS = r"encoder\.layer\.\d+\..*(query|key|value|dense)"
# Tokens of a question that are read; judged queries have 10 to 40.
MAX_TOKENS = 48
# Texts that go through the model together, of similar length: few on a CPU, for its cache, many on a GPU.
_CHUNK, _GPU_CHUNK = 32, 1024


class Student:
    """The model of the folder `weights` on `device`, with an update of the rank `rank` that starts at nothing."""

    def __init__(self, weights: Path, device: str, *, rank: int, seed: int) -> None:
        from tokenizers import Tokenizer
        from transformers import AutoModel

        with _quiet():
            model = AutoModel.from_pretrained(weights, attn_implementation="sdpa", dtype=torch.float32)
        torch.manual_seed(seed)
        add_lora(model, TARGETS, rank=rank, alpha=rank)
        # Without dropout: few texts are seen twice.
        self._model: Any = model.eval().to(device)
        self._device = device
        self._chunk = _GPU_CHUNK if device.startswith("cuda") else _CHUNK
        self._tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()

    def parameters(self) -> list[Tensor]:
        """The numbers to be trained."""
        return [one for one in self._model.parameters() if one.requires_grad]

    def encode(self, texts: Sequence[str]) -> Tensor:
        """The vectors of `texts`, (len(texts), dimension), each of length 1, with gradients where these are on."""
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        starts = range(0, len(order), self._chunk)
        parts = [self._encode([texts[row] for row in order[i : i + self._chunk]]) for i in starts]
        back = torch.empty(len(order), dtype=torch.long)
        back[order] = torch.arange(len(order))
        return torch.cat(parts)[back.to(self._device)]

    def read(self, texts: Sequence[str]) -> Vectors:
        """The vectors of `texts` as they are now, without gradients."""
        with torch.no_grad():
            vectors: Vectors = self.encode(texts).cpu().numpy()
        return vectors

    def _encode(self, texts: list[str]) -> Tensor:
        encodings = self._tokenizer.encode_batch(texts)
        ids = torch.tensor([one.ids for one in encodings], device=self._device)  # (batch, tokens)
        mask = torch.tensor([one.attention_mask for one in encodings], device=self._device)
        # Half precision on a GPU only: many CPUs multiply it slower than single.
        with torch.autocast("cuda", torch.bfloat16, enabled=self._device.startswith("cuda")):
            tokens = self._model(input_ids=ids, attention_mask=mask).last_hidden_state  # (batch, tokens, dimension)
        weights = mask.unsqueeze(-1).float()
        return normalize((tokens.float() * weights).sum(1) / weights.sum(1), dim=-1)

    def save(self, folder: Path) -> None:
        """Write adapter.safetensors, the update alone, and model.safetensors, the model with the update added in."""
        from safetensors.torch import save_file

        update = {name: tensor.cpu().contiguous() for name, tensor in adapter_state(self._model).items()}
        save_file(update, folder / "adapter.safetensors")
        merge_lora(self._model)
        whole = {name: tensor.cpu().contiguous() for name, tensor in self._model.state_dict().items()}
        save_file(whole, folder / "model.safetensors", metadata={"format": "pt"})


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without transformers' bar over the loading of a model that lies on the disk."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
