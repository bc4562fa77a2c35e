"""Whether proposals come true: built on the papers up to a year, and held against those that came later."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import InputError
from corpus.report import Progress
from survey.ideas.features import build_baselines
from survey.ideas.forecast import LEAST_PAPERS, TooLittlePast, draw_pairs, learn
from survey.ideas.past import Past

SEEDS = 3
# For one pair that was joined, so many that were not; at most so many joined pairs, drawn with each seed.
UNJOINED, MOST = 300, 1_500
FIRST = 100
MEASURES = ("auc", "ap", "p100")
OURS = "ours"
_MORE = "Add papers of more years (fourways import FILE), run `fourways index`, or choose another year"

Scores = Mapping[str, float]


@dataclass(frozen=True)
class Backtest:
    """`scores`: way -> measure -> mean over the seeds; `by_seed` the same for each. `pairs` and `joined`: the mean number of pairs
    that were ranked, and of those among them that came true. `titles`: the baselines over the graph of concepts that were joined
    in titles, which is smaller and sharper than that of all that met. `first`: the best pairs of the first seed, and whether they
    came true.
    """

    until: int
    concepts: int
    papers: tuple[int, int]
    pairs: int
    joined: int
    scores: Mapping[str, Scores]
    titles: Mapping[str, Scores]
    by_seed: tuple[Mapping[str, Scores], ...]
    first: tuple[tuple[int, int, float, bool], ...]

    def to_json(self, names: Sequence[str]) -> dict[str, Any]:
        """All of it as plain values, with the concepts of the first pairs by their `names`."""
        first = [
            {"concepts": [names[one], names[other]], "chance": round(chance, 4), "joined": joined}
            for one, other, chance, joined in self.first
        ]
        papers = {"before": self.papers[0], "after": self.papers[1]}
        return asdict(self) | {"papers": papers, "first": first}


def backtest(past: Past, until: int, *, seeds: int = SEEDS, progress: Progress | None = None) -> Backtest:
    """Learn from `past` up to the year `until`, rank pairs of concepts that had not met, and look at the later papers.

    Raises InputError where there is too little before or after that year.
    """
    known, later = past.until(until), past.after(until)
    papers = known.holds.shape[0], later.holds.shape[0]
    if not all(papers):
        where = "up to" if not papers[0] else "after"
        raise InputError(f"the library has no papers {where} {until} that speak of any concept", _MORE)
    steps = seeds + 1

    def tell(done: int) -> None:
        if progress:
            progress("Looking back", done, steps)

    tell(0)
    try:
        forecast = learn(known)
    except TooLittlePast as error:
        raise InputError(f"up to {until} there is too little to learn from: {error}", _MORE) from error
    by_seed, titles, sizes = [], [], []
    first: tuple[tuple[int, int, float, bool], ...] = ()
    for seed in range(seeds):
        tell(seed + 1)
        pairs, joined = draw_pairs(known, later, unjoined=UNJOINED, seed=seed, most=MOST)
        if not joined.any():
            raise InputError(f"no paper after {until} joins two concepts that had not met", _MORE)
        ours = forecast.score(known, pairs)
        ways = {OURS: ours, **build_baselines(known.together, pairs)}
        by_seed.append({way: measure(joined, scores) for way, scores in ways.items()})
        over_titles = build_baselines(known.joined, pairs)
        titles.append({way: measure(joined, scores) for way, scores in over_titles.items()})
        sizes.append((len(joined), int(joined.sum())))
        if not seed:
            best = np.argsort(-ours, kind="stable")[:FIRST]
            first = tuple((int(pairs[0][n]), int(pairs[1][n]), float(ours[n]), bool(joined[n])) for n in best)
    tell(steps)
    return Backtest(
        until=until,
        concepts=int((known.papers >= LEAST_PAPERS).sum()),
        papers=papers,
        pairs=round(statistics.mean(size for size, _ in sizes)),
        joined=round(statistics.mean(count for _, count in sizes)),
        scores=_mean(by_seed),
        titles=_mean(titles),
        by_seed=tuple(by_seed),
        first=first,
    )


def measure(joined: NDArray[np.bool_], scores: NDArray[np.float64]) -> dict[str, float]:
    """Area under the ROC curve, average precision, and the share of the best FIRST that were joined, where of equal scores every
    order is as likely as any other.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    order = np.argsort(-scores, kind="stable")[:FIRST]
    border = scores[order[-1]]
    above, equal = scores > border, scores == border
    hits = joined[above].sum() + (len(order) - above.sum()) * joined[equal].mean()
    both = 0 < joined.sum() < len(joined)
    return {
        "auc": float(roc_auc_score(joined, scores)) if both else 0.5,
        "ap": float(average_precision_score(joined, scores)),
        "p100": float(hits / len(order)),
    }


def _mean(runs: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    return {
        way: {name: round(statistics.mean(run[way][name] for run in runs), 4) for name in MEASURES} for way in runs[0]
    }
