"""Label spaces of detection data sets merged into one: Cai et al. 2022, arXiv:2203.13249 (BigDetection).

Every data set maps its classes to meanings (WordNet synsets, say); classes of one meaning become one, and what stays ambiguous
is dropped. Which data set has annotated which merged class is kept: where it has not, the lack of a box says nothing, and must
not be learned as a negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from survey.probes.registry import register

Source = tuple[str, str]  # data set, class


@dataclass(frozen=True)
class LabelSpace:
    """`classes`: each a set of (data set, class), by their smallest; `dropped` in none of them."""

    classes: tuple[frozenset[Source], ...]
    dropped: frozenset[Source] = frozenset()

    def label(self, dataset: str, name: str) -> int | None:
        """The merged class, None where it was dropped. Raises KeyError for a class that no data set brought."""
        for number, members in enumerate(self.classes):
            if (dataset, name) in members:
                return number
        if (dataset, name) in self.dropped:
            return None
        raise KeyError(f"{dataset} has no class {name!r}")

    def known(self, dataset: str) -> Tensor:
        """Whether the data set annotates each class, (classes,)"""
        return torch.tensor(
            [any(source == dataset for source, _ in members) for members in self.classes], dtype=torch.bool
        )

    def loss(self, losses: Tensor, targets: Tensor, datasets: Iterable[str]) -> Tensor:
        """Losses of yes-no targets, both (batch, classes), and where each row is from -> their mean over what is annotated."""
        known = torch.stack([self.known(dataset) for dataset in datasets]).to(losses.device)
        counted = known | (targets > 0)
        return losses.masked_fill(~counted, 0.0).sum() / counted.sum().clamp_min(1)


@register
@dataclass(frozen=True)
class LabelMerging:
    """With `one_each`, a merged class that holds two classes of one data set is ambiguous, and dropped as a whole: that data
    set tells apart what the others do not.
    """

    one_each: bool = True

    name: ClassVar[str] = "label-merging"
    kind: ClassVar[str] = "data"
    title: ClassVar[str] = "Label-space merging (BigDetection)"
    paper: ClassVar[str] = (
        "BigDetection: A Large-scale Benchmark for Improved Object Detector Pre-training (2022), arXiv:2203.13249"
    )
    section: ClassVar[str] = "the taxonomy of BigDetection"
    formula: ClassVar[str] = "0"
    tasks: ClassVar[tuple[str, ...]] = ("labels",)

    def merge(self, meanings: Mapping[str, Mapping[str, Iterable[str]]]) -> LabelSpace:
        """Data set -> class -> its meanings. Classes that share one are joined, and so are those joined to either; a class
        without a meaning is dropped. The result depends neither on the order of the data sets nor on that of their classes.
        """
        parent: dict[Source, Source] = {}

        def root(source: Source) -> Source:
            while parent[source] != source:
                parent[source] = parent[parent[source]]
                source = parent[source]
            return source

        first: dict[str, Source] = {}
        dropped: set[Source] = set()
        for dataset, classes in meanings.items():
            for name, own in classes.items():
                source = (dataset, name)
                parent[source] = source
                given = list(own)
                if not given:
                    dropped.add(source)
                for meaning in given:
                    parent[root(source)] = root(first.setdefault(meaning, source))
        groups: dict[Source, set[Source]] = {}
        for source in parent.keys() - dropped:
            groups.setdefault(root(source), set()).add(source)
        kept = []
        for members in groups.values():
            if self.one_each and len({dataset for dataset, _ in members}) < len(members):
                dropped |= members
            else:
                kept.append(frozenset(members))
        return LabelSpace(tuple(sorted(kept, key=min)), frozenset(dropped))
