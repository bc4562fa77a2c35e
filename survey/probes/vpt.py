"""Visual prompt tuning: Jia et al. 2022, arXiv:2203.12119, section 3.2.

p learned tokens stand between the class token and the patches. Shallow: they enter before the first block, and go through all.
Deep: each block gets its own, in the place of what came out of the block before. p d and L p d parameters. They enter after the
position embedding, so that prompts have no position, and start uniform in +-sqrt(6 / (3 patch^2 + d)). After the last block they
are taken out again, so that what pools all tokens pools what it did. Prompts change a frozen model from the start. In the paper
the learning rate is searched far above the usual (up to 50 with SGD): a comparison at one fixed rate wrongs the method.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import nn

from survey.probes.errors import SizeError
from survey.probes.parts import Arguments, Injectable, Part, Tap, check_positive, first, with_first
from survey.probes.paths import BLOCK, matching
from survey.probes.registry import register


@dataclass(frozen=True)
class _Prompts(Injectable):
    """`position` is where the prompts stand: after the class token (1), or first (0). `patch` is the patches' edge in pixels."""

    kind: ClassVar[str] = "adapter"
    paper: ClassVar[str] = "Visual Prompt Tuning (2022), arXiv:2203.12119"
    section: ClassVar[str] = "3.2"
    tasks: ClassVar[tuple[str, ...]] = ("image", "video")
    identity: ClassVar[bool] = False
    deep: ClassVar[bool]

    prompts: int = 10
    targets: str = BLOCK
    position: int = 1
    patch: int = 16

    def __post_init__(self) -> None:
        check_positive("number of prompts", self.prompts)

    def parts(self, model: nn.Module) -> list[Part]:
        blocks = matching(model, self.targets)
        width = next(
            (p.shape[-1] for name, p in next(iter(blocks.values())).named_parameters() if "norm" in name.lower()), None
        )
        if width is None:
            raise SizeError(
                f"{next(iter(blocks))} has no norm, which would tell the width of a token", "Target the blocks"
            )
        like = next(model.parameters())
        return [Prompts(list(blocks), width, self.deep, self, {"dtype": like.dtype, "device": like.device})]


@register
@dataclass(frozen=True)
class VPTShallow(_Prompts):
    name: ClassVar[str] = "vpt-shallow"
    title: ClassVar[str] = "Visual prompt tuning, shallow"
    formula: ClassVar[str] = "p d (ViT-B, p = 50: 38,400)"
    deep: ClassVar[bool] = False

    def parameter_count(self, width: int) -> int:
        return self.prompts * width


@register
@dataclass(frozen=True)
class VPTDeep(_Prompts):
    name: ClassVar[str] = "vpt-deep"
    title: ClassVar[str] = "Visual prompt tuning, deep"
    formula: ClassVar[str] = "L p d (ViT-B, p = 50: 460,800)"
    deep: ClassVar[bool] = True

    def parameter_count(self, width: int, layers: int) -> int:
        return layers * self.prompts * width


class Prompts(Part):
    """Tokens (blocks, p, d), or (1, p, d) of the shallow ones."""

    role = "prompts"

    def __init__(self, blocks: list[str], width: int, deep: bool, config: _Prompts, like: dict[str, Any]) -> None:
        super().__init__("")
        self.blocks = blocks
        self.position = config.position
        bound = math.sqrt(6 / (3 * config.patch**2 + width))
        shape = (len(blocks) if deep else 1, config.prompts, width)
        self.tokens = nn.Parameter(torch.empty(shape, **like).uniform_(-bound, bound))

    def claims(self) -> set[str]:
        return {"the tokens between the blocks"}

    def taps(self) -> Iterable[Tap]:
        for n, path in enumerate(self.blocks):
            if n < len(self.tokens):
                yield Tap(path, before=lambda arguments, n=n: self._enter(arguments, n))  # type: ignore[misc]
            if n == len(self.blocks) - 1:
                yield Tap(path, after=self._leave)

    def _enter(self, arguments: Arguments, n: int) -> Arguments:
        """x (batch, c + patches, d), from the second block on (batch, c + p + patches, d) -> (batch, c + p + patches, d)"""
        x = first(arguments)
        count = self.tokens.shape[1]
        rest = self.position + (count if n else 0)
        tokens = self.tokens[n].expand(len(x), -1, -1)  # (p, d) -> (batch, p, d)
        return with_first(arguments, torch.cat([x[:, : self.position], tokens, x[:, rest:]], 1))

    def _leave(self, _: Arguments, output: Any) -> Any:
        x = output[0] if isinstance(output, tuple) else output
        x = torch.cat([x[:, : self.position], x[:, self.position + self.tokens.shape[1] :]], 1)
        return (x, *output[1:]) if isinstance(output, tuple) else x
