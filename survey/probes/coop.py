"""CoOp, context vectors learned in the place of a prompt's words: Zhou et al. 2021, arXiv:2109.01134, section 3.

The prompt of a class is [SOS, v_1 .. v_M, words of its name, "." and EOS]; the logits are exp(tau) cos(image, text(prompt)).
The vectors v alone are trained, through the frozen text encoder, which therefore must not run without gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from survey.probes.registry import register

# Prompts (n, length, d) and where each ends (n,), the place of EOS, to their features (n, joint width).
TextEncoder = Callable[[Tensor, Tensor], Tensor]


@register
@dataclass(frozen=True)
class CoOp:
    """`position` of the name within the context: "end" (the paper's default) or "middle"; `per_class`: a context for each class."""

    length: int = 16
    position: str = "end"
    per_class: bool = False

    name: ClassVar[str] = "coop"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "CoOp: context optimization"
    paper: ClassVar[str] = "Learning to Prompt for Vision-Language Models (2021), arXiv:2109.01134"
    section: ClassVar[str] = "3 Methodology (Context Optimization)"
    formula: ClassVar[str] = "M d, or C M d with a context for each class"
    tasks: ClassVar[tuple[str, ...]] = ("vision-language",)

    def parameter_count(self, width: int, classes: int = 1) -> int:
        """`width` is that of a word's embedding."""
        return (classes if self.per_class else 1) * self.length * width

    def build(
        self, start: Tensor, names: Sequence[Tensor], end: Tensor, encode: TextEncoder, start_from: Tensor | None = None
    ) -> nn.Module:
        """Embeddings of SOS (1, d), of the words of every class name (n_c, d), of what ends a prompt (k, d), EOS last.

        `start_from` (M, d): the embedded words to start from, such as those of "a photo of a"; else N(0, .02^2). Raises
        ValueError for an empty context, or an unknown position.
        """
        if self.length < 1:
            raise ValueError(f"a context of {self.length} vectors: take 1 or more")
        if self.position not in ("end", "middle"):
            raise ValueError(f"the name in position {self.position!r}: say 'end' or 'middle'")
        return _CoOp(self, Prompts(start, names, end, self.position), encode, start_from)


class Prompts(nn.Module):  # type: ignore[misc]
    """What is around the context. None of it is saved: trained vectors are there for the names of other classes too."""

    def __init__(self, start: Tensor, names: Sequence[Tensor], end: Tensor, position: str) -> None:
        super().__init__()
        self.position, self.sizes = position, [len(words) for words in names]
        self.register_buffer("start", start, persistent=False)
        self.register_buffer("end", end, persistent=False)
        self.register_buffer("names", torch.cat(list(names)), persistent=False)

    def forward(self, context: Tensor) -> tuple[Tensor, Tensor]:
        """(classes, M, d) -> prompts (classes, longest, d), zeros behind the shorter ones, and where EOS stands (classes,)"""
        prompts = []
        for vectors, words in zip(context, self.names.split(self.sizes), strict=True):
            # The name stands behind the first `half` of the vectors.
            half = len(vectors) // 2 if self.position == "middle" else len(vectors)
            prompts.append(torch.cat([self.start, vectors[:half], words, vectors[half:], self.end]))
        ends = torch.tensor([len(prompt) - 1 for prompt in prompts], device=context.device)
        return pad_sequence(prompts, batch_first=True), ends


def cosine_logits(image: Tensor, text: Tensor, log_scale: float | Tensor) -> Tensor:
    """(batch, width), text (classes, width) or (batch, classes, width) -> (batch, classes)"""
    image, text = F.normalize(image, dim=-1), F.normalize(text, dim=-1)
    cosine = image @ text.T if text.dim() == 2 else (text @ image.unsqueeze(-1)).squeeze(-1)
    return torch.as_tensor(log_scale).exp() * cosine


class _CoOp(nn.Module):  # type: ignore[misc]
    def __init__(self, method: CoOp, prompts: Prompts, encode: TextEncoder, start_from: Tensor | None) -> None:
        super().__init__()
        size = (len(prompts.sizes), 1) if method.per_class else (1, 1)
        one = torch.randn(*size[:1], method.length, prompts.start.shape[1]) * 0.02
        if start_from is not None:
            one = start_from.detach().expand(size[0], method.length, -1).clone()
        self.context, self.prompts = nn.Parameter(one), prompts
        self.encode = encode.requires_grad_(False) if isinstance(encode, nn.Module) else encode

    def forward(self, image: Tensor, log_scale: float | Tensor = 4.6052) -> Tensor:
        """Features of images (batch, width) -> logits (batch, classes); 4.6052 is log 100, where CLIP stands after training"""
        text = self.encode(*self.prompts(self.context.expand(len(self.prompts.sizes), -1, -1)))
        return cosine_logits(image, text, log_scale)
