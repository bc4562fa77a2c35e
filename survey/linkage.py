"""Linkage: what citations say of papers, given some papers on a topic that are trusted, the seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]

# A bibliography with so many of the seeds is on the topic, or near to it.
LEAST_SEEDS = 2
# Added to how often a paper is cited before shares are taken: cited once, by a seed, is little evidence.
DOUBT = 5.0


@dataclass(frozen=True)
class Linkage:
    """Arrays (n,) over `keys`, the papers with a citation, ascending. Of the bibliographies that hold a paper so many
    are taken away as would hold it by chance, were it in those on the topic as often as in the others: else, in a library of many
    topics, what everybody cites would lead.

    `cited_by`: how many seeds cite the paper; `share`: these among all that cite it, with DOUBT; `cites`: how many seeds it cites;
    `together`: in how many bibliographies that hold LEAST_SEEDS seeds and more it stands; `weighed`: the same, each bibliography
    counting the logarithm of 1 + its seeds.
    """

    keys: NDArray[np.int64]
    cited_by: Counts
    share: Counts
    cites: Counts
    together: Counts
    weighed: Counts

    @property
    def strength(self) -> Counts:
        """Links with the seeds (n,): one for each that cites the paper or is cited, half a link for being cited beside them."""
        return self.cited_by + self.cites + 0.5 * self.together

    def rows(self, keys: Iterable[int]) -> NDArray[np.int64]:
        """The row of each key, -1 for a paper without citations."""
        wanted = np.fromiter(keys, dtype=np.int64)
        if not len(self.keys):
            return np.full(len(wanted), -1, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[rows] == wanted, rows, -1)


def build_linkage(citations: Sequence[tuple[int, int]], seeds: Iterable[int]) -> Linkage:
    """The linkage of all papers of `citations`, pairs (citing, cited) without repeats, to the `seeds`; all are keys."""
    pairs = np.array(citations, dtype=np.int64).reshape(-1, 2)
    keys, rows = np.unique(pairs, return_inverse=True)
    citing, cited = rows.reshape(-1, 2).T
    n = len(keys)
    seed = np.isin(keys, np.fromiter(seeds, dtype=np.int64)).astype(np.float64)

    def count(at: NDArray[np.intp], weights: Counts) -> Counts:
        return np.bincount(at, weights=weights, minlength=n).astype(np.float64)

    def beyond_chance(chosen: Counts, weights: Counts) -> Counts:
        """The summed `weights` of the `chosen` bibliographies (of 0 and 1, a row a paper) that hold each paper."""
        everywhere = np.isin(np.arange(n), citing).astype(np.float64)
        others = everywhere - chosen * everywhere
        rate = count(cited, others[citing]) / (others.sum() + DOUBT)
        expected = rate * float((weights * everywhere).sum())
        return np.asarray(np.maximum(0.0, count(cited, weights[citing]) - expected))

    seeds_cited = count(citing, seed[cited])
    on_topic = (seeds_cited >= LEAST_SEEDS).astype(np.float64)
    cited_by = beyond_chance(seed, seed)
    return Linkage(
        keys=keys,
        cited_by=cited_by,
        share=cited_by / (np.bincount(cited, minlength=n) + DOUBT),
        cites=seeds_cited,
        together=beyond_chance(on_topic, on_topic),
        weighed=beyond_chance(on_topic, on_topic * np.log1p(seeds_cited)),
    )
