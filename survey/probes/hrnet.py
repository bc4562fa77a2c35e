"""HRNet exchange unit, every resolution hears all others: Wang et al. 2019, arXiv:1908.07919, section 3.

out_i = relu(sum_j f_ij(x_j)): a coarser branch (j > i) by a 1x1 convolution, BN and nearest upsampling by 2^(j - i); its own
unchanged; a finer one (j < i) by i - j strided 3x3 convolutions with BN, ReLU after all but the last, which alone changes the
channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class HRNetExchange:
    """The widths of the branches, the finest first; each is half as high and wide as the one before."""

    channels: tuple[int, ...] = (18, 36, 72, 144)

    name: ClassVar[str] = "hrnet"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "HRNet exchange unit"
    paper: ClassVar[str] = (
        "Deep High-Resolution Representation Learning for Visual Recognition (2019), arXiv:1908.07919"
    )
    section: ClassVar[str] = "3 (repeated multi-resolution fusions)"
    formula: ClassVar[str] = "sum_{j>i} (C_j C_i + 2 C_i) + sum_{j<i} ((i-j-1) (9 C_j^2 + 2 C_j) + 9 C_j C_i + 2 C_i)"
    tasks: ClassVar[tuple[str, ...]] = ("masks",)

    def parameter_count(self) -> int:
        total = 0
        for i, out in enumerate(self.channels):
            for j, own in enumerate(self.channels):
                if j > i:
                    total += own * out + 2 * out
                elif j < i:
                    total += (i - j - 1) * (9 * own**2 + 2 * own) + 9 * own * out + 2 * out
        return total

    def build(self) -> nn.Module:
        """Raises ValueError for a single branch, which has nothing to exchange."""
        if len(self.channels) < 2:
            raise ValueError(f"{len(self.channels)} branch: an exchange takes 2 or more widths")
        return _Exchange(self.channels)


class _Exchange(nn.Module):  # type: ignore[misc]
    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        count = range(len(channels))
        self.paths = nn.ModuleList(nn.ModuleList(_path(channels, i, j) for j in count) for i in count)

    def forward(self, branches: Sequence[Tensor]) -> list[Tensor]:
        """(batch, C_i, height / 2^i, width / 2^i) each -> the same, in a new list. Raises ValueError for other sizes."""
        height, width = branches[0].shape[-2:]
        for i, branch in enumerate(branches):
            if tuple(branch.shape[-2:]) != (height / 2**i, width / 2**i):
                raise ValueError(f"branch {i} is {tuple(branch.shape[-2:])}, not {height} x {width} halved {i} times")
        return [sum(path(x) for path, x in zip(row, branches, strict=True)).relu() for row in self.paths]


def _path(channels: Sequence[int], i: int, j: int) -> nn.Module:
    if i == j:
        return nn.Identity()
    if j > i:
        point = nn.Conv2d(channels[j], channels[i], 1, bias=False)
        return nn.Sequential(point, nn.BatchNorm2d(channels[i]), nn.Upsample(scale_factor=2 ** (j - i), mode="nearest"))
    layers: list[nn.Module] = []
    for step in range(i - j):
        last = step == i - j - 1
        out = channels[i] if last else channels[j]
        layers += [nn.Conv2d(channels[j], out, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(out)]
        if not last:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)
