"""Oscar's input, words, object tags and image regions in one sequence: Li et al. 2020, arXiv:2004.06165, section 3.

[CLS] words [SEP] tags [SEP] pass through the embeddings of BERT as two segments; regions, 2048 features of a detector and 6
numbers of the box, through a linear layer to the same width, without a position. The tags are words that also stand in the
picture, and so anchor the one to the other. Pre-training masks words and tags, and tells the right tags from tags of another
picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class OscarInput:
    region_width: int = 2054

    name: ClassVar[str] = "oscar"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "Oscar input: words, tags, regions"
    paper: ClassVar[str] = (
        "Oscar: Object-Semantics Aligned Pre-training for Vision-Language Tasks (2020), arXiv:2004.06165"
    )
    section: ClassVar[str] = "3 Oscar Pre-training"
    formula: ClassVar[str] = "2054 d + d beside the text model's"
    tasks: ClassVar[tuple[str, ...]] = ("tags",)

    def parameter_count(self, width: int) -> int:
        return self.region_width * width + width

    def build(self, embeddings: nn.Module, width: int) -> nn.Module:
        """`embeddings(input_ids=, token_type_ids=)` are those of a BERT of transformers, or alike; they are not frozen here."""
        return _Oscar(embeddings, self.region_width, width)


class _Oscar(nn.Module):  # type: ignore[misc]
    def __init__(self, embeddings: nn.Module, region_width: int, width: int) -> None:
        super().__init__()
        self.embeddings, self.regions = embeddings, nn.Linear(region_width, width)

    def forward(
        self, words: Tensor, tags: Tensor, regions: Tensor, masks: tuple[Tensor, Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Ids (batch, w), ids (batch, t), regions (batch, r, 2054), a mask of each -> (batch, w + t + r, d) and its mask

        The result is for `encoder(inputs, mask)`, not for `inputs_embeds` of a BERT, which would embed positions once more.
        """
        segments = torch.cat([torch.zeros_like(words), torch.ones_like(tags)], 1)
        text = self.embeddings(input_ids=torch.cat([words, tags], 1), token_type_ids=segments)  # (batch, w + t, d)
        return torch.cat([text, self.regions(regions)], 1), torch.cat(masks, 1)


def box_geometry(boxes: Tensor, width: float, height: float) -> Tensor:
    """Boxes (.., 4) as left, top, right, bottom -> (.., 6): these as shares of the picture, and the box's width and height."""
    shares = boxes / torch.tensor([width, height, width, height], dtype=boxes.dtype, device=boxes.device)
    return torch.cat([shares, shares[..., 2:] - shares[..., :2]], -1)


def exchange_tags(tags: Tensor, generator: torch.Generator, chance: float = 0.5) -> tuple[Tensor, Tensor]:
    """Some rows get the tags of another, for the contrastive loss: (batch, t) -> (batch, t), and 1 where they are the right ones.

    Raises ValueError for a batch of one, which has no other row.
    """
    if len(tags) < 2:
        raise ValueError("tags to exchange take a batch of 2 or more")
    count = len(tags)
    other = (torch.arange(count) + torch.randint(1, count, (count,), generator=generator)) % count
    wrong = (torch.rand(count, generator=generator) < chance).to(tags.device)
    exchanged = torch.where(wrong[:, None], tags[other.to(tags.device)], tags)
    return exchanged, (exchanged == tags).all(1).long()
