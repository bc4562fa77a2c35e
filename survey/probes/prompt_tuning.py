"""Prompt tuning: Lester et al. 2021, arXiv:2104.08691, section 2. l learned token embeddings stand before those of a text.

l d parameters. They start as embeddings of tokens drawn from the vocabulary, which the paper found better than random numbers.
Like any prompt they change a frozen model from the start. What comes out is the text's tokens alone: prompts are taken out of the
last hidden states, so that masks fit and pooling is over the text. A pooler that reads the first token reads the first prompt.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import nn

from survey.probes.errors import TargetError
from survey.probes.parts import Arguments, Injectable, Part, Tap, check_positive
from survey.probes.registry import register


@register
@dataclass(frozen=True)
class PromptTuning(Injectable):
    """For models of transformers, which take `inputs_embeds` and say where their token embedding is."""

    name: ClassVar[str] = "prompt-tuning"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "Prompt tuning"
    paper: ClassVar[str] = "The Power of Scale for Parameter-Efficient Prompt Tuning (2021), arXiv:2104.08691"
    section: ClassVar[str] = "2"
    formula: ClassVar[str] = "l d (MiniLM, l = 16: 6,144)"
    tasks: ClassVar[tuple[str, ...]] = ("text", "text-strategy")
    identity: ClassVar[bool] = False

    length: int = 16

    def __post_init__(self) -> None:
        check_positive("number of prompts", self.length)

    def parts(self, model: nn.Module) -> list[Part]:
        takes = inspect.signature(model.forward).parameters
        if "inputs_embeds" not in takes or not hasattr(model, "get_input_embeddings"):
            raise TargetError(
                f"{type(model).__name__} takes no embeddings of tokens", "Take a text model of transformers"
            )
        return [PromptTokens(model.get_input_embeddings(), self.length)]

    def parameter_count(self, width: int) -> int:
        return self.length * width


class PromptTokens(Part):
    role = "prompt"

    def __init__(self, embedding: nn.Embedding, length: int) -> None:
        super().__init__("")
        self.embedding = (embedding,)  # in a tuple: its weights are no parameters of this part
        drawn = torch.randint(embedding.num_embeddings, (length,), device=embedding.weight.device)
        self.tokens = nn.Parameter(embedding.weight.detach()[drawn].clone())

    def claims(self) -> set[str]:
        return {"the tokens before the text"}

    def taps(self) -> Iterable[Tap]:
        return (Tap("", before=self._enter, after=self._leave),)

    def _enter(self, arguments: Arguments) -> Arguments:
        args, kwargs = arguments
        kwargs = dict(kwargs)
        ids = args[0] if args else kwargs.pop("input_ids", None)
        if len(args) > 1 or ids is None:
            raise TargetError("a prompt stands before token ids", "Call with input_ids, and all else by name")
        length = len(self.tokens)
        prompt = self.tokens.expand(len(ids), -1, -1)  # (l, d) -> (batch, l, d)
        kwargs["inputs_embeds"] = torch.cat([prompt, self.embedding[0](ids)], 1)  # (batch, l + n, d)
        for name, value in (("attention_mask", 1), ("token_type_ids", 0)):
            if (given := kwargs.get(name)) is not None:
                kwargs[name] = torch.cat([given.new_full((len(ids), length), value), given], 1)  # (batch, l + n)
        return (), kwargs

    def _leave(self, _: Arguments, output: Any) -> Any:
        output.last_hidden_state = output.last_hidden_state[:, len(self.tokens) :]  # (batch, l + n, d) -> (batch, n, d)
        return output
