"""One paper with all that hangs on it: the card that `fourways show` prints and the app's paper page shows."""

from __future__ import annotations

import json
from typing import Any

from corpus.corrections import corrections_of
from corpus.library import Library
from corpus.logbook import cited_by_counts
from corpus.models import Paper
from survey.places.telling import how_sure
from survey.strategies import STRATEGIES, directions


def paper_card(library: Library, paper_id: str) -> dict[str, Any]:
    """The paper's fields, `aliases`, `origin` (field -> source), `places`, `corrections` (direction -> whether somebody says
    that it stands there), `notes`, `tags`, `cites`, `cited_by`, `similar`, `concepts` (`{"key", "name", "zh", "kind", "edge",
    "words"}`, what it does with methods, tasks and data sets, the surest first), `ideas` (`{"key", "statement"}` of those that
    quote it or name it as near).

    Linked papers are `{"id", "title", "year"}`, those of the library; `cited_by_counts` is what services count in all
    literature: `{"source", "count", "day"}`. Raises UnknownPaper.
    """
    key = library.resolve(paper_id)
    (paper,) = library.papers([key])
    near = library.similar_to(key)
    cosines = dict(near)
    return paper.to_json() | {
        "aliases": library.aliases(key),
        "origin": library.origin(key),
        "places": [place.to_json() | _names(place.direction) for place in library.places([key]).get(key, [])],
        "corrections": corrections_of(library, key),
        "notes": [note.to_json() for note in library.notes(key)],
        "tags": library.tags(key),
        "cites": _linked(library, library.cited_by(key)),
        "cited_by": _linked(library, library.citing(key)),
        "cited_by_counts": [
            {"source": source, "count": count, "day": day}
            for source, (count, day) in cited_by_counts(library, key).items()
        ],
        "similar": [
            _link(paper) | {"cosine": cosines[other]}
            for (other, _), paper in zip(near, library.papers([other for other, _ in near]), strict=True)
        ],
        "concepts": _concepts(library, key, paper),
        "ideas": _ideas(library, paper),
    }


def render_card(card: dict[str, Any]) -> str:
    """The card as plain text."""
    lines = [card["title"], ", ".join(card.get("authors", [])) or "(no authors known)"]
    lines.append(" · ".join(str(card[field]) for field in ("year", "venue", "id") if card.get(field)))
    for field in ("url", "code_url"):
        if card.get(field):
            lines.append(f"{field.removesuffix('_url')}: {card[field]}")
    lines += ["", card.get("abstract", "(no abstract known)")]
    if card.get("summary_by"):
        lines.append(f"(summary by {card['summary_by']}, not the authors' abstract)")
    lines.append("")
    for place in card["places"]:
        named = f"{place['strategy_en']} / {place['direction_en']} ({place['direction_zh']})"
        lines.append(f"{named}, {how_sure(place['weight'], place['source'])}")
    lines += [f"not under {key}: you said so" for key, stands in card["corrections"].items() if not stands]
    lines.append("known as: " + ", ".join(card["aliases"]))
    lines.append("from: " + ", ".join(f"{field} {label}" for field, label in sorted(card["origin"].items())))
    for heading, name in (("cites", "cites"), ("cited by", "cited_by"), ("near in meaning", "similar")):
        if card[name]:
            lines.append(f"{heading} ({len(card[name])}):")
            lines += [f"  {one['id']}  {one['title']}" for one in card[name][:10]]
    for told in card["cited_by_counts"]:
        lines.append(f"cited {told['count']} times in all, says {told['source']} ({told['day']})")
    if card["tags"]:
        lines.append("tags: " + ", ".join(card["tags"]))
    for note in card["notes"]:
        read_in = f", from {note['source']}" if note.get("source") else ""
        lines.append(f"note {note['created'][:10]}{read_in}: {note['text']}")
    return "\n".join(lines)


def _linked(library: Library, keys: list[int]) -> list[dict[str, Any]]:
    return [_link(paper) for paper in library.papers(keys)]


def _concepts(library: Library, key: int, paper: Paper) -> list[dict[str, Any]]:
    found = library.rows(
        "SELECT c.key, c.name, c.zh, c.kind, m.edge, m.field, m.start, m.stop FROM mentions m JOIN concepts c USING (cid)"
        " WHERE m.pid = ? ORDER BY m.weight DESC, c.key, m.edge",
        (key,),
    )
    texts = {"title": paper.title, "abstract": paper.abstract or ""}
    return [
        {"key": name, "name": called, "zh": zh, "kind": kind, "edge": edge, "words": texts[field][start:stop]}
        for name, called, zh, kind, edge, field, start, stop in found
    ]


def _ideas(library: Library, paper: Paper) -> list[dict[str, Any]]:
    """The ideas whose evidence or nearest work the paper is."""
    found = []
    for key, body in library.rows(
        "SELECT key, body FROM ideas WHERE instr(body, ?) ORDER BY touched DESC, key",
        (json.dumps(paper.name, ensure_ascii=False),),
    ):
        told = json.loads(body)
        if any(one.get("paper") == paper.name for one in [*told.get("evidence", ()), *told.get("nearest", ())]):
            found.append({"key": key, "statement": told.get("statement", "")})
    return found


def _link(paper: Paper) -> dict[str, Any]:
    return {"id": paper.name, "title": paper.title, "year": paper.year}


def _names(key: str) -> dict[str, str]:
    direction = directions()[key]
    return {
        "direction_en": direction.en,
        "direction_zh": direction.zh,
        "strategy_en": STRATEGIES[direction.strategy].en,
        "strategy_zh": STRATEGIES[direction.strategy].zh,
    }
