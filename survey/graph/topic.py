"""The papers of the graph that a topic means."""

from __future__ import annotations

import numpy as np

from corpus.errors import InputError, shorten
from corpus.models import Hit, SearchRequest
from corpus.workspace import Workspace
from survey.graph.structure.ranks import Ints
from survey.graph.table import IdeaTable

# A hit that lacks words of the topic counts where it is nearer in meaning than this share of the ten best.
_NEAR = 0.8
# One step along the citations adds at most so many papers for each hit.
_WIDER = 0.25


def topic_papers(workspace: Workspace, table: IdeaTable, topic: str, *, hits: int = 200, wider: bool = True) -> Ints:
    """The rows, ascending, of the papers on `topic`: what a search finds, and with `wider` one step along the citations: at most a
    quarter as many again, those first whose citations join them to these most often and to others least.

    Raises InputError where no paper is about it, and what a search raises.
    """
    rows = np.unique([table.row(name) for name in about_topic(workspace, topic, hits) if name in table]).astype(
        np.int64
    )
    return np.union1d(rows, _wider(table, rows)) if wider else rows


def about_topic(workspace: Workspace, topic: str, hits: int = 200) -> list[str]:
    """The ids of the papers on `topic` among so many hits of a search, best first. Raises as `topic_papers`."""
    mode = "hybrid" if workspace.index.model() else "lexical"
    found = workspace.searcher.answer(SearchRequest(query=topic, k=hits, mode=mode)).hits
    kept = [hit.paper.name for hit in _about(found)]
    if not kept:
        raise InputError(
            f"no paper in the library is about {shorten(topic)!r}", "Use other words, or see `fourways search`"
        )
    return kept


def _about(hits: tuple[Hit, ...]) -> list[Hit]:
    """The hits with as many words of the topic as any has, or near to it in meaning; a search fills up with what is least far.

    None, where no hit has a word: that nobody wrote about it is then the better answer.
    """
    most = max((len(hit.why.get("words", ())) for hit in hits), default=0)
    if not most:
        return []
    cosines = sorted((hit.why["cosine"] for hit in hits if "cosine" in hit.why), reverse=True)[:10]
    least = _NEAR * sum(cosines) / len(cosines) if cosines else 1.0
    return [hit for hit in hits if len(hit.why.get("words", ())) == most or hit.why.get("cosine", -1.0) >= least]


def _wider(table: IdeaTable, rows: Ints) -> Ints:
    here = np.zeros(len(table), dtype=bool)
    here[rows] = True
    citing, cited = table.citations
    links = np.bincount(cited[here[citing]], minlength=len(table)) + np.bincount(
        citing[here[cited]], minlength=len(table)
    )
    links[rows] = 0
    degree = np.bincount(citing, minlength=len(table)) + np.bincount(cited, minlength=len(table))
    found = np.flatnonzero(links)
    # Their number times their share of all: what the whole field cites is cited here too, and is not the topic's own.
    worth = links[found] ** 2 / degree[found]
    return found[np.argsort(-worth, kind="stable")][: int(_WIDER * len(rows)) + 1]
