"""Segmentation without labels: Zadaianchuk et al. 2022, arXiv:2207.05027 (COMUS), the method section.

A saliency mask for each image -> features of what it covers -> clusters, of which the nearest `core` are kept -> mask times
cluster as pseudo-labels -> a network is trained on them and labels all images anew, some rounds long. Saliency, features and
the network are the caller's; here is what lies between them, and how it is judged: mean IoU after the best matching of
clusters to classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from survey.probes.registry import register

Labels = NDArray[np.int64]
IGNORED = -1  # in pseudo-labels: objects too far from their cluster's centre to be trusted


@register
@dataclass(frozen=True)
class UnsupervisedSegmentation:
    """Into `clusters` by k-means, or the paper's `spectral` clustering of nearest `neighbours`; label 0 is background."""

    clusters: int = 5
    core: float = 0.8
    rounds: int = 2
    spectral: bool = False
    neighbours: int = 30
    seed: int = 0

    name: ClassVar[str] = "unsupervised-segmentation"
    kind: ClassVar[str] = "data"
    title: ClassVar[str] = "Unsupervised segmentation (saliency, features, clusters, pseudo-masks, self-training)"
    paper: ClassVar[str] = (
        "Unsupervised Semantic Segmentation with Self-supervised Object-centric Representations (2022), arXiv:2207.05027"
    )
    section: ClassVar[str] = "the method (object discovery, self-training)"
    formula: ClassVar[str] = "0 (those of the network that is trained)"
    tasks: ClassVar[tuple[str, ...]] = ("segmentation",)

    def group(self, features: NDArray[np.float64]) -> Labels:
        """One row a masked object -> its cluster from 1 on, IGNORED outside of its cluster's core: (n, d) -> (n,)

        Raises ValueError for fewer objects than clusters.
        """
        from sklearn.cluster import KMeans, SpectralClustering

        if not 1 <= self.clusters <= len(features):
            raise ValueError(f"{self.clusters} clusters of {len(features)} objects: take from 1 to {len(features)}")
        if self.spectral:
            near = min(self.neighbours, len(features) - 1)
            model = SpectralClustering(
                self.clusters, affinity="nearest_neighbors", n_neighbors=near, random_state=self.seed
            )
        else:
            model = KMeans(self.clusters, n_init=10, random_state=self.seed)
        labels: Labels = model.fit_predict(features).astype(np.int64) + 1
        found = labels.copy()
        for label in np.unique(found):
            members = np.flatnonzero(found == label)
            far = np.linalg.norm(features[members] - features[members].mean(0), axis=1)
            kept = max(1, round(self.core * len(members)))
            labels[members[np.argsort(far, kind="stable")[kept:]]] = IGNORED
        return labels

    def pseudo_masks(self, masks: NDArray[np.bool_], groups: Labels) -> Labels:
        """Saliency (n, height, width), the group of each (n,) -> labels (n, height, width)"""
        return np.where(masks, groups[:, None, None], 0)

    def run(
        self,
        images: Sequence[object],
        saliency: Callable[[Sequence[object]], NDArray[np.bool_]],
        describe: Callable[[Sequence[object], NDArray[np.bool_]], NDArray[np.float64]],
        train: Callable[[Sequence[object], Labels], Callable[[Sequence[object]], Labels]],
    ) -> Labels:
        """The last labels (n, height, width). `train` leaves IGNORED places out of its loss, and returns what labels images.

        An image without anything salient is background in the first round.
        """
        masks = saliency(images)
        salient = np.flatnonzero(masks.any((1, 2)))
        groups = np.zeros(len(images), np.int64)
        groups[salient] = self.group(describe([images[int(i)] for i in salient], masks[salient]))
        labels = self.pseudo_masks(masks, groups)
        for _ in range(self.rounds):
            labels = train(images, labels)(images)
        return labels


def overlaps(predicted: Labels, true: Labels, predictions: int, classes: int) -> NDArray[np.float64]:
    """IoU of every label with every class, over all places together: any size, the same -> (predictions, classes)"""
    counts = np.bincount(predicted.ravel() * classes + true.ravel(), minlength=predictions * classes)
    both = counts.reshape(predictions, classes).astype(np.float64)
    union = both.sum(1, keepdims=True) + both.sum(0, keepdims=True) - both
    shares: NDArray[np.float64] = both / np.maximum(union, 1)
    return shares


def matched_iou(predicted: Labels, true: Labels, classes: int) -> tuple[float, dict[int, int]]:
    """Mean IoU over the classes after the best one-to-one matching of labels to them, and that matching.

    A class that no label is left for counts 0. Places whose true class is negative are left out.
    """
    from scipy.optimize import linear_sum_assignment

    seen = true >= 0
    labels = max(int(predicted.max()) + 1, classes)
    scores = overlaps(predicted[seen], true[seen], labels, classes)
    rows, columns = linear_sum_assignment(-scores)
    return float(scores[rows, columns].sum() / classes), {int(r): int(c) for r, c in zip(rows, columns, strict=True)}
