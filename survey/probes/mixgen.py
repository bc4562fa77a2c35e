"""MixGen, mixing pairs of image and text: Hao et al. 2022, arXiv:2206.08358, section 3.

image = lambda image_i + (1 - lambda) image_j, text = text_i and text_j one after the other: the new pair still belongs together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class MixGen:
    """The first `share` of a batch are mixed with the `share` after them; the others stay. lambda is fixed, .5 in the paper."""

    weight: float = 0.5
    share: float = 0.25

    name: ClassVar[str] = "mixgen"
    kind: ClassVar[str] = "augmentation"
    title: ClassVar[str] = "MixGen"
    paper: ClassVar[str] = "MixGen: A New Multi-Modal Data Augmentation (2022), arXiv:2206.08358"
    section: ClassVar[str] = "3 Method"
    formula: ClassVar[str] = "0"
    tasks: ClassVar[tuple[str, ...]] = ("retrieval",)

    def __call__(self, images: Tensor, texts: Sequence[str]) -> tuple[Tensor, list[str]]:
        """(batch, ..) and as many texts -> the same sizes; neither argument is changed.

        Raises ValueError for a share outside of (0, .5], or images and texts that are not as many.
        """
        if not 0 < self.share <= 0.5:
            raise ValueError(f"a share of {self.share}: take one above 0 and up to 0.5, since each takes a partner")
        if len(images) != len(texts):
            raise ValueError(f"{len(images)} images and {len(texts)} texts")
        count = int(len(images) * self.share)
        # Out of place: written into the batch while it is read, later pairs would mix what is mixed already.
        mixed = images.clone()
        mixed[:count] = self.weight * images[:count] + (1 - self.weight) * images[count : 2 * count]
        joined = [f"{texts[i]} {texts[i + count]}" for i in range(count)]
        return mixed, [*joined, *texts[count:]]
