"""Outlines against surveys and reading lists of people: headings, groups and references, with a control beside every figure.

usage: python benchmarks/outline.py [--data DIR] [--home DIR] [--scorer FILE] [--max-papers N] [--lists FILE]

Headings and references: from the topic alone, over the library in --home; --lists names further reading lists, a JSON file
{name: {"topic": str, "papers": [id]}}, of which the papers in the library are looked for too. Groups: of the very papers that
people placed, the number of groups not given; vectors are kept in benchmarks/out/, and `Ward, told the number` is a control with
the same vectors.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from bench import OUT, need, parser, report

from corpus.embed import Vectors
from corpus.home import Home
from corpus.identity import embedding_text
from corpus.models import Paper
from corpus.workspace import Workspace
from survey.compose import compose
from survey.outline import build_outline
from survey.outline.facets import aspects
from survey.selection import select_papers

# Surveys with more than so many placed papers, lists with so many and more, are grouped.
PLACED, LISTED = 50, 30
# Reading lists with so many papers in the library are looked for.
LEAST_LISTED = 25
FREQUENT = 36
Gold = dict[str, Any]
Rows = dict[str, Any]


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--scorer", type=Path, help="score_outline.py (else eval/ beside the data)")
    options.add_argument("--max-papers", type=int, default=300)
    options.add_argument("--lists", type=Path, help="reading lists: {name: {topic, papers: [id]}}")
    chosen = options.parse_args()
    file = chosen.scorer or chosen.data.parent / "eval" / "score_outline.py"
    need(chosen.home, chosen.data / "surveys", chosen.data / "taxonomies", file)
    scorer = load_scorer(file)
    workspace = Workspace(Home(chosen.home))
    surveys = load_gold(chosen.data / "surveys", scorer)
    lists = load_gold(chosen.data / "taxonomies", scorer)
    rows = headings(workspace, surveys, scorer, chosen.max_papers)
    if chosen.lists:
        rows |= reading_lists(workspace, json.loads(chosen.lists.read_text("utf-8")), chosen.max_papers)
    rows |= grouping(workspace, chosen.data, surveys, lists, scorer)
    report("outline", rows)


def load_scorer(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score_outline", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_gold(folder: Path, scorer: Any) -> dict[str, Gold]:
    return {file.stem: scorer.as_survey(json.loads(file.read_text("utf-8"))) for file in sorted(folder.glob("*.json"))}


def mean(values: Sequence[float]) -> str:
    return f"{statistics.mean(values):.3f}" if values else "none"


# ---- headings and references ------------------------------------------------------------------------------------------


def headings(workspace: Workspace, surveys: dict[str, Gold], scorer: Any, most: int) -> Rows:
    """match_f1 / soft_f1 (number of headings), means over the topics."""
    encode = workspace.embedder().encode
    made: dict[str, dict[str, Any]] = {}
    chosen: dict[str, list[Paper]] = {}
    seconds, same = [], 0
    for name, gold in surveys.items():
        started = time.perf_counter()
        made[name], chosen[name] = drafted(workspace, gold["topic"], most)
        seconds.append(time.perf_counter() - started)
        same += drafted(workspace, gold["topic"], most)[0] == made[name]
    names = list(surveys)
    after = dict(zip(names, [*names[1:], names[0]], strict=True))

    def scored(headings_for: Callable[[str], Any]) -> str:
        results = [scorer.score({"sections": headings_for(name)}, surveys[name], encode) for name in names]
        match, soft = (mean([one[key] for one in results]) for key in ("match_f1", "soft_f1"))
        return f"{match} / {soft} ({statistics.mean(one['headings'] for one in results):.1f})"

    def flat(titles: Sequence[str]) -> list[dict[str, str]]:
        return [{"title": title} for title in titles]

    human = statistics.mean(
        scorer.score({"sections": flat([h["title"] for h in surveys[name]["headings"]])}, surveys[name], encode)[
            "headings"
        ]
        for name in names
    )
    return {
        "headings, human: number": round(human, 1),
        "headings, ours: match / soft (number)": scored(lambda name: made[name]["sections"]),
        "control, our outline of another topic": scored(lambda name: made[after[name]]["sections"]),
        "control, a human outline of another topic": scored(
            lambda name: flat([h["title"] for h in surveys[after[name]]["headings"]])
        ),
        f"control, {FREQUENT} most frequent bigrams of the titles found": scored(
            lambda name: flat(bigrams(chosen[name]))
        ),
        f"control, the first {FREQUENT} aspects for every topic": scored(
            lambda _: flat([aspect.title for aspect in aspects()][:FREQUENT])
        ),
        "draft from a topic, s": f"{statistics.median(seconds):.1f} median, {max(seconds):.1f} most",
        "two runs the same": f"{same} of {len(names)}",
        **references(workspace, surveys, chosen),
    }


def drafted(workspace: Workspace, topic: str, most: int) -> tuple[dict[str, Any], list[Paper]]:
    """What `fourways survey` writes as outline.json, and its papers."""
    draft = compose(workspace, topic, max_papers=most)
    library = workspace.library
    keys = [library.resolve(reference.id) for reference in draft.references]
    return draft.to_contract(), library.papers(keys)


def bigrams(papers: Sequence[Paper]) -> list[str]:
    counts: Counter[str] = Counter()
    for paper in papers:
        words = re.findall(r"[a-z0-9-]+", paper.title.lower())
        counts.update(f"{one} {other}" for one, other in pairwise(words))
    return [text for text, _ in counts.most_common(FREQUENT)]


def references(workspace: Workspace, surveys: dict[str, Gold], chosen: dict[str, list[Paper]]) -> Rows:
    """Precision / recall of the papers found against those of the human survey that the library holds, and of the controls."""
    wanted = {name: in_library(workspace, placed(gold)) for name, gold in surveys.items()}
    topics = {name: surveys[name]["topic"] for name, papers in wanted.items() if len(papers) >= PLACED}
    found = {name: {paper.name for paper in chosen[name]} for name in surveys}
    other = dict(zip(topics, [*list(topics)[1:], *list(topics)[:1]], strict=True))
    rows = {}
    for name, topic in topics.items():
        ours, *controls = (
            precision_recall(some, wanted[name])
            for some in (
                found[name],
                searched(workspace, topic, len(found[name])),
                found[other[name]],
                drawn(workspace, len(found[name])),
            )
        )
        rows[f"references of {name}: precision / recall"] = f"{ours}, {len(wanted[name])} in the library"
        rows[f"control, {name}: search alone; another topic; random"] = "; ".join(controls)
    return rows


def reading_lists(workspace: Workspace, lists: dict[str, Gold], most: int) -> Rows:
    """Mean recall of the lists' papers, for the lists whose names hash to 0 (on which weights were chosen) and to 1."""
    recalls: dict[int, list[tuple[float, float, float]]] = {0: [], 1: []}
    for name, gold in lists.items():
        wanted = in_library(workspace, gold["papers"])
        if len(wanted) < LEAST_LISTED:
            continue
        keys = select_papers(workspace, gold["topic"], most)
        names = workspace.library.names_of(list(keys))
        some = (set(names), searched(workspace, gold["topic"], most), drawn(workspace, most))
        half = int(hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(), 16) % 2
        recalls[half].append(tuple(len(one & wanted) / len(wanted) for one in some))  # type: ignore[arg-type]
    return {
        f"papers of {len(every)} lists, {what}: recall (search alone; random)": (
            f"{mean([one[0] for one in every])} ({mean([one[1] for one in every])}; {mean([one[2] for one in every])})"
        )
        for what, every in (("chosen on", recalls[0]), ("held out", recalls[1]))
    }


def in_library(workspace: Workspace, papers: Iterable[str]) -> set[str]:
    return {" ".join(paper.split()) for paper in papers} & set(workspace.library.names().values())


def searched(workspace: Workspace, topic: str, count: int) -> set[str]:
    return {hit.paper.name for hit in workspace.searcher.search(topic, count)}


def drawn(workspace: Workspace, count: int) -> set[str]:
    return set(random.Random(7).sample(sorted(workspace.library.names().values()), count))


def precision_recall(found: set[str], wanted: set[str]) -> str:
    return f"{len(found & wanted) / len(found):.3f} / {len(found & wanted) / len(wanted):.3f}"


# ---- groups -----------------------------------------------------------------------------------------------------------


def grouping(workspace: Workspace, data: Path, surveys: dict[str, Gold], lists: dict[str, Gold], scorer: Any) -> Rows:
    """ari / b3_f1 of each list, and their means, with the controls."""
    taken = {"surveys": {n: g for n, g in surveys.items() if len(placed(g)) > PLACED}}
    taken["lists"] = {n: g for n, g in lists.items() if len(g["papers"]) >= LISTED}
    ids = {one for golds in taken.values() for gold in golds.values() for one in placed(gold)}
    papers = load_papers(data, ids)
    vectors = load_vectors(workspace, papers)
    citations = load_citations(data, papers)
    rows: Rows = {}
    for kind, golds in taken.items():
        totals: dict[str, list[tuple[float, float]]] = {}
        for name, gold in golds.items():
            home = {paper: tuple(path) for paper, path in placed(gold).items() if paper in papers}
            for how, groups in all_groups(gold["topic"], sorted(home), papers, vectors, citations, home).items():
                made = dict(zip(sorted(home), groups, strict=True))
                figures = scorer.adjusted_rand(made, home), scorer.b_cubed(made, home)[2]
                totals.setdefault(how, []).append(figures)
                if how == "ours":
                    rows[f"groups of {name} ({len(home)} papers): ari / b3"] = f"{figures[0]:.3f} / {figures[1]:.3f}"
        for how, every in totals.items():
            label = "ours" if how == "ours" else f"control, {how}"
            rows[f"groups, {kind}, {label}: ari / b3"] = " / ".join(mean([one[n] for one in every]) for n in (0, 1))
    return rows


def placed(gold: Gold) -> dict[str, list[str]]:
    return {paper: max(place["sections"], key=len) for paper, place in gold["papers"].items() if place["sections"]}


def all_groups(
    topic: str,
    ids: Sequence[str],
    papers: dict[str, Paper],
    vectors: dict[str, Vectors],
    citations: Sequence[tuple[str, str]],
    home: dict[str, tuple[str, ...]],
) -> dict[str, list[Any]]:
    from scipy.cluster.hierarchy import fcluster, linkage

    row = {paper: number for number, paper in enumerate(ids)}
    stacked = np.stack([vectors[paper] for paper in ids])
    pairs = [(row[a], row[b]) for a, b in citations if a in row and b in row]
    outline = build_outline(topic, [papers[paper] for paper in ids], stacked, pairs)
    ours = leaves(outline.model_dump()["sections"])
    mixed = [ours[papers[paper].name] for paper in ids]
    random.Random(7).shuffle(mixed)
    told = fcluster(linkage(stacked.astype(np.float64), "ward"), len(set(home.values())), "maxclust")
    return {
        "ours": [ours[papers[paper].name] for paper in ids],
        "Ward, told the number": told.tolist(),
        "our groups, papers drawn at random": mixed,
        "one group": [0] * len(ids),
        "each paper alone": list(ids),
    }


def leaves(sections: Sequence[dict[str, Any]], path: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for section in sections:
        here = (*path, section["title"])
        found |= dict.fromkeys(section["papers"], here)
        found |= leaves(section["sections"], here)
    return found


def load_papers(data: Path, ids: set[str]) -> dict[str, Paper]:
    found: dict[str, Paper] = {}
    for name in ("papers-30k.jsonl.gz", "papers-120k-more.jsonl.gz"):
        with gzip.open(data / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if record["id"] in ids:
                    found.setdefault(record["id"], Paper.model_validate(record))
    return found


def load_vectors(workspace: Workspace, papers: dict[str, Paper]) -> dict[str, Vectors]:
    """The papers' vectors, made once for each model."""
    embedder = workspace.embedder()
    file = OUT / f"outline-{re.sub(r'[^A-Za-z0-9]+', '-', embedder.name)}.npz"
    if file.exists():
        kept = np.load(file)
        if sorted(papers) == kept["ids"].tolist():
            return dict(zip(kept["ids"].tolist(), kept["vectors"], strict=True))
    ids = sorted(papers)
    made = embedder.encode([embedding_text(papers[one]) for one in ids])
    OUT.mkdir(exist_ok=True)
    np.savez(file, ids=np.array(ids), vectors=made)
    return dict(zip(ids, made, strict=True))


def load_citations(data: Path, papers: dict[str, Paper]) -> list[tuple[str, str]]:
    with gzip.open(data / "citations.tsv.gz", "rt", encoding="utf-8") as lines:
        pairs = [line.rstrip("\n").split("\t")[:2] for line in lines]
    return [(a, b) for a, b in pairs if a in papers and b in papers]


if __name__ == "__main__":
    main()
