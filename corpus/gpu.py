"""MiniLM's architecture on a GPU: 16-bit floats, batches of many tokens, and a GPU that never waits for the next batch.

Needs torch, transformers and the folder of weights, nothing else of ours but `corpus.windows`, so that `benchmarks/embed.py` can
be carried to a machine that has no more. Copies to and from the card run beside its work: batches go up from pinned memory, and
the vectors of a batch are fetched when the next ones are under way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpus.embed import Vectors
from corpus.windows import Tokens, WindowEmbedder

# Tokens a batch, padding included; on a CPU, where this is only tested, less.
_BATCH = {"cuda": 1 << 16, "cpu": 1 << 12}
# Batches under way before the first is fetched.
_AHEAD = 2


class TorchEmbedder(WindowEmbedder):
    """The model in `folder`, a Hugging Face folder, on `device`: `cuda`, `cuda:1`, or `cpu`, which is for tests.

    On a GPU the vectors are near the exact ones to a cosine of 0.9999.
    """

    def __init__(self, folder: Path, name: str, device: str) -> None:
        import torch
        from transformers import AutoModel

        super().__init__(folder / "tokenizer.json")
        self.name, self.device = name, device
        self._kind = device.split(":")[0]
        dtype = torch.float16 if self._kind == "cuda" else torch.float32
        self._model: Any = AutoModel.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa").to(device).eval()
        self.dimension = int(self._model.config.hidden_size)

    def run(self, windows: Sequence[Tokens]) -> Iterator[tuple[list[int], Vectors]]:
        """See `WindowEmbedder`. The longest windows come first; a batch is padded to its longest."""
        order = sorted(range(len(windows)), key=lambda row: -len(windows[row]))
        underway: deque[tuple[list[int], Any, Any]] = deque()
        start = 0
        while start < len(order):
            rows = order[start : start + max(1, _BATCH[self._kind] // len(windows[order[start]]))]
            start += len(rows)
            underway.append((rows, *self._launch([windows[row] for row in rows])))
            if len(underway) > _AHEAD:
                yield _fetch(*underway.popleft())
        while underway:
            yield _fetch(*underway.popleft())

    def _launch(self, windows: Sequence[Tokens]) -> tuple[Any, Any]:
        """Start a batch: the place where its vectors will be, and the event after which they are there (None on a CPU)."""
        import torch

        on_gpu = self._kind == "cuda"
        lengths = np.array([len(window) for window in windows])
        width = -(-int(lengths.max()) // 8) * 8  # attention with a mask wants rows of whole 16 bytes
        ids = np.zeros((len(windows), width), dtype=np.int32)
        ids[np.arange(width) < lengths[:, None]] = np.concatenate(windows)
        up = [torch.from_numpy(array).pin_memory() if on_gpu else torch.from_numpy(array) for array in (ids, lengths)]
        tokens, counts = (tensor.to(self.device, non_blocking=True) for tensor in up)
        with torch.inference_mode():
            mask = torch.arange(width, device=self.device) < counts[:, None]  # (batch, tokens)
            # In four dimensions it is taken as it is; in two it would be asked whether it hides anything, which waits for the card.
            hidden = self._model(input_ids=tokens.long(), attention_mask=mask[:, None, None, :]).last_hidden_state
            # A mean as a product: its sums are of 32 bits inside.
            share = (mask / counts[:, None]).to(hidden.dtype)
            vectors = torch.bmm(share[:, None, :], hidden)[:, 0].float()
            if not on_gpu:
                return vectors, None
            down = torch.empty(vectors.shape, dtype=torch.float32, pin_memory=True)
            down.copy_(vectors, non_blocking=True)
            event = torch.cuda.Event()
            event.record(torch.cuda.current_stream(vectors.device))
            return down, event


def _fetch(rows: list[int], vectors: Any, event: Any) -> tuple[list[int], Vectors]:
    if event is not None:
        event.synchronize()
    return rows, np.array(vectors.numpy())
