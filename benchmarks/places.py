"""Where papers stand, beside what a reader of them said: F1 of the four strategies and of none, and who is taken for what.

    python benchmarks/places.py            judges on the test half of places.tsv
    python benchmarks/places.py --fit      fits survey/places/head.json to the other half and to the catalogue

`places.tsv` holds ids of papers and the strategies that they stand under, the main one first.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from bench import HERE, need, parser, report

from corpus.embed import Embedder, Vectors
from corpus.errors import UnknownPaper
from corpus.home import Home
from corpus.identity import embedding_text, title_key
from corpus.library import Library
from corpus.models import Paper
from corpus.starter import catalogue
from corpus.workspace import Workspace
from survey.places import placing
from survey.places.cues import find_cues
from survey.places.head import SCALE
from survey.places.measures import measure
from survey.strategies import STRATEGIES

LABELS = HERE / "places.tsv"
WEIGHTS = HERE.parent / "survey" / "places" / "head.json"
NONE = "none"
# Chosen by ten-fold cross-validation on the half that is fitted on.
PENALTY, THRESHOLD, CATALOGUE, BARE = 1.0, 0.45, 0.3, 0.3
FOLDS = 10


class Labelled(NamedTuple):
    """A paper, the strategies that it stands under (the main one first), its half, and how it was drawn."""

    key: int
    paper: Paper
    strategies: tuple[str, ...]
    half: str
    drawn: str


def main() -> None:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--fit", action="store_true", help="fit the weights instead")
    options = arguments.parse_args()
    need(options.home)
    workspace = Workspace(Home(options.home))
    rows = labelled(workspace.library, LABELS)
    vectors = workspace.index.vectors([row.key for row in rows])
    if options.fit:
        fit([row for row in rows if row.half == "dev"], vectors, workspace.embedder())
    else:
        judge(workspace, [row for row in rows if row.half == "test"], vectors)


def labelled(library: Library, path: Path) -> list[Labelled]:
    """The papers of the file that are in the library and not in the catalogue, each once."""
    bundled = {title_key(paper.title) for paper in catalogue()}
    found: dict[int, Labelled] = {}
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, strategies, half, drawn = line.split("\t")
        try:
            key = library.resolve(name)
        except UnknownPaper:
            continue
        (paper,) = library.papers([key])
        if title_key(paper.title) not in bundled:
            found.setdefault(
                key, Labelled(key, paper, () if strategies == "-" else tuple(strategies.split(",")), half, drawn)
            )
    return list(found.values())


# ---- judging ---------------------------------------------------------------------------------------------------------


def judge(workspace: Workspace, rows: list[Labelled], vectors: dict[int, Vectors]) -> None:
    embedder = workspace.embedder()
    placed: dict[int, list[Any]] = {row.key: [] for row in rows}
    for key, place in placing.place_papers([(row.key, row.paper) for row in rows], vectors, embedder):
        placed[key].append(place)
    by_words: dict[int, list[Any]] = {row.key: [] for row in rows}
    for key, place in placing.place_papers([(row.key, row.paper) for row in rows], {}, None):
        by_words[key].append(place)
    found = [[place.strategy for place in placed[row.key]] for row in rows]
    print(f"{len(rows)} papers: " + ", ".join(f"{n} {how}" for how, n in Counter(row.drawn for row in rows).items()))
    results: dict[str, Any] = {"papers": len(rows)}
    results["f1"] = scores(rows, found)
    results["f1, words alone"] = scores(rows, [[p.strategy for p in by_words[row.key]] for row in rows])
    for how in sorted({row.drawn for row in rows}):
        some = [n for n, row in enumerate(rows) if row.drawn == how]
        results[f"f1, {how}"] = scores([rows[n] for n in some], [found[n] for n in some])
    results["main strategy right"] = round(
        float(
            np.mean(
                [
                    (named[0] if named else NONE) in (row.strategies or (NONE,))
                    for row, named in zip(rows, found, strict=True)
                ]
            )
        ),
        3,
    )
    results["confidence and share right"] = calibration(rows, placed)
    started = time.perf_counter()
    keys, matrix = workspace.index.matrix()
    papers = list(workspace.library.all_papers())
    loaded = time.perf_counter()
    whole = list(placing.place_papers(papers, dict(zip(keys, matrix, strict=True)), embedder))
    results["seconds for all papers"] = {
        "papers": len(papers),
        "loading": round(loaded - started, 1),
        "placing": round(time.perf_counter() - loaded, 1),
        "places": len(whole),
        "standing somewhere": len({key for key, _ in whole}),
    }
    report("places", results)
    print(confusion(rows, found))


def scores(rows: list[Labelled], found: list[list[str]]) -> dict[str, float]:
    """F1 of each strategy and of none of them, and their mean. Every label counts, the main one and the others."""
    said = [set(row.strategies) or {NONE} for row in rows]
    named = [set(one) or {NONE} for one in found]
    f1 = {}
    for key in (*STRATEGIES, NONE):
        right = sum(key in a and key in b for a, b in zip(said, named, strict=True))
        count = sum(key in a for a in said) + sum(key in b for b in named)
        f1[key] = round(2 * right / count, 3) if count else float("nan")
    f1["macro, four"] = round(float(np.mean([f1[key] for key in STRATEGIES])), 3)
    f1["macro, with none"] = round(float(np.mean([f1[key] for key in (*STRATEGIES, NONE)])), 3)
    return f1


def confusion(rows: list[Labelled], found: list[list[str]]) -> str:
    """The main strategy (rows) and the surest place (columns), as Markdown."""
    names = [*STRATEGIES, NONE]
    table = Counter(
        ((row.strategies or (NONE,))[0], named[0] if named else NONE) for row, named in zip(rows, found, strict=True)
    )
    lines = ["| stands under | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    lines += [f"| {one} | " + " | ".join(str(table[one, other]) for other in names) + " |" for one in names]
    return "\n".join(lines)


def calibration(rows: list[Labelled], placed: dict[int, list[Any]]) -> dict[str, str]:
    """Of places in each range of confidence: its mean, and the share whose strategy is right."""
    pairs = [(place.weight, place.strategy in row.strategies) for row in rows for place in placed[row.key]]
    told = {}
    for low in (0.0, 0.4, 0.6, 0.8):
        some = [pair for pair in pairs if low <= pair[0] < low + (0.4 if not low else 0.2) + 1e-9]
        if some:
            mean, right = np.mean(some, axis=0)
            told[f"from {low}"] = f"{mean:.2f}, {right:.2f} of {len(some)}"
    return told


# ---- fitting ---------------------------------------------------------------------------------------------------------


def fit(rows: list[Labelled], vectors: dict[int, Vectors], embedder: Embedder) -> None:
    bundled = list(catalogue())
    bare = [Paper(title=row.paper.title) for row in rows]  # many libraries hold papers without an abstract
    own = embedder.encode_documents([embedding_text(paper) for paper in bundled])
    strategies = (
        [row.strategies for row in rows] + [paper.strategies for paper in bundled] + [row.strategies for row in rows]
    )
    labels = np.array([[key in some for key in STRATEGIES] for some in strategies])
    weights = np.array([1.0] * len(rows) + [CATALOGUE] * len(bundled) + [BARE] * len(bare))
    random = np.array([row.drawn == "random" for row in rows] + [False] * (len(bundled) + len(bare)))
    papers = [row.paper for row in rows] + bundled + bare
    words = np.array([measure(find_cues(p.title, p.abstract or ""), p.abstract or "")[0] for p in papers])
    count = len(rows) + len(bundled)
    # A paper and its title alone are held out together.
    folds = np.random.default_rng(0).permutation(np.arange(count) % FOLDS)
    folds = np.concatenate([folds, folds[: len(rows)]])
    stacked = np.vstack([np.stack([vectors[row.key] for row in rows]), own])
    stored: dict[str, Any] = {"penalty": PENALTY, "words": fit_head(words, labels, weights, random, folds)}
    features = np.hstack([words[:count], SCALE * stacked])
    stored["vectors"] = fit_head(features, labels[:count], weights[:count], random[:count], folds[:count])
    read_of_bundled = placing._read(list(enumerate(bundled)), dict(enumerate(own)), placing._prototypes(embedder))
    stored["directions"] = fit_directions(bundled, read_of_bundled, by_meaning=True)
    stored["directions_by_words"] = fit_directions(bundled, read_of_bundled, by_meaning=False)
    WEIGHTS.write_text(json.dumps(stored, separators=(",", ":")) + "\n", "utf-8")
    print(f"{WEIGHTS.stat().st_size / 1000:.0f} kB, fitted on {len(rows)} papers and {len(bundled)} of the catalogue")


def fit_head(
    features: np.ndarray, labels: np.ndarray, weights: np.ndarray, random: np.ndarray, folds: np.ndarray
) -> dict[str, Any]:
    """A logistic regression a strategy, and its calibration (Platt 1999) on held-out scores of the papers drawn at random."""
    from sklearn.linear_model import LogisticRegression

    def model(**more: Any) -> LogisticRegression:
        return LogisticRegression(C=1 / PENALTY, max_iter=5_000, **more)

    found: dict[str, Any] = {"weights": [], "slope": [], "shift": [], "threshold": THRESHOLD}
    for wanted in labels.T:
        held = np.zeros(len(features))
        for fold in range(FOLDS):
            train = folds != fold
            one = model().fit(features[train], wanted[train], sample_weight=weights[train])
            held[~train] = one.decision_function(features[~train])
        whole = model().fit(features, wanted, sample_weight=weights)
        platt = LogisticRegression(C=10.0).fit(held[random][:, None], wanted[random])
        found["weights"].append([round(float(w), 3) for w in (*whole.coef_[0], whole.intercept_[0])])
        found["slope"].append(round(float(platt.coef_[0, 0]), 3))
        found["shift"].append(round(float(platt.intercept_[0]), 3))
    return found


def fit_directions(papers: list[Paper], read: Any, *, by_meaning: bool) -> list[float]:
    """Logistic regression on pairs of a paper of the catalogue and a direction of a strategy that it stands under."""
    from sklearn.linear_model import LogisticRegression

    nearness = placing.standardised(read.cosines) if by_meaning else None
    rows, wanted = [], []
    for strategy, key in enumerate(STRATEGIES):
        some = [number for number, paper in enumerate(papers) if key in paper.strategies]
        features = placing.direction_rows(strategy, read.each[some], None if nearness is None else nearness[some])
        rows.append(features.reshape(-1, features.shape[2])[:, :-1])
        wanted += [direction.key in papers[n].directions for n in some for _, direction in placing._under(strategy)]
    one = LogisticRegression(C=1.0, max_iter=5_000).fit(np.vstack(rows), wanted)
    return [round(float(w), 3) for w in (*one.coef_[0], one.intercept_[0])]


if __name__ == "__main__":
    main()
