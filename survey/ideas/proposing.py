"""From a library to ideas that are kept: every move, the nearest existing work of each idea, and an order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources

from corpus.concepts import concepts
from corpus.errors import FourwaysError, InputError, QueryError
from corpus.ideas import OWN, Existing, Idea, KeptIdea, add_idea, check_statement, kept_ideas, set_proposals
from corpus.models import Answer, Concept, Paper, SearchRequest
from corpus.report import Progress
from corpus.workspace import Workspace
from survey.graph.topic import about_topic
from survey.ideas.board import rank
from survey.ideas.forecast import Forecast, TooLittlePast, learn
from survey.ideas.landscape import Landscape, load_landscape
from survey.ideas.moves import find_ideas, load_moves
from survey.ideas.telling import spelling_pattern

# Ideas a move, and papers that are looked at for one that does it already.
EACH, _LOOKED_AT = 12, 10
# Of these, so many are kept as the nearest.
_NEAREST = 3
# Papers that a topic is at most.
_TOPIC = 300
# Goes up with any change of what is proposed for the same library.
_VERSION = 1
_STATE, _FORECAST = "ideas_from", "forecast"


def propose(workspace: Workspace, *, progress: Progress | None = None) -> dict[str, int]:
    """Run all moves and keep what they find; see `set_proposals`, whose counts are returned."""
    landscape = open_landscape(workspace, progress)
    counts = set_proposals(workspace.library, look_up(workspace, find_all(landscape, EACH, progress), progress))
    workspace.library.set_meta(_STATE, state_of(workspace))
    return counts


def is_current(workspace: Workspace) -> bool:
    """Whether the proposals that are kept are those of the library as it is."""
    return workspace.library.meta(_STATE) == state_of(workspace)


def ideas_of_topic(workspace: Workspace, topic: str, *, k: int, progress: Progress | None = None) -> list[Idea]:
    """Ideas with a concept of the topic in each, the best first; they are not kept. Empty where nobody wrote about it."""
    try:
        names = about_topic(workspace, topic, _TOPIC)
    except (InputError, QueryError):
        return []
    landscape = open_landscape(workspace, progress)
    row = {key: number for number, key in enumerate(landscape.papers)}
    rows = [row[workspace.library.resolve(name)] for name in names]
    each = max(2, -(-2 * k // len(load_moves())))
    found = find_all(landscape.focused(rows), each, progress)
    return [one.idea for one in rank([KeptIdea(idea=idea) for idea in look_up(workspace, found, progress)])[:k]]


def add_own(workspace: Workspace, statement: str, *, strategy: str | None = None, tags: Sequence[str] = ()) -> KeptIdea:
    """Keep an idea of the user's, with the concepts that it names and the nearest existing work."""
    statement = check_statement(statement)
    named = concepts_in(statement, concepts(workspace.library))
    bare = Idea(
        key=OWN,
        statement=statement,
        move=OWN,
        concepts=tuple(one.key for one in named),
        names=tuple(one.name for one in named),
    )
    (extra,) = look_up(workspace, [bare])
    return add_idea(workspace.library, statement, strategy=strategy, tags=tags, extra=extra)


def find_all(landscape: Landscape, each: int, progress: Progress | None = None) -> list[Idea]:
    """The best of every move. An idea that two moves find is told by the first of them."""
    found: dict[frozenset[str], Idea] = {}
    moves = load_moves()
    for done, move in enumerate(moves):
        if progress:
            progress("Trying the moves", done, len(moves))
        for idea in find_ideas(move, landscape, k=each):
            found.setdefault(frozenset(idea.concepts), idea)
    if progress:
        progress("Trying the moves", len(moves), len(moves))
    return list(found.values())


def look_up(workspace: Workspace, ideas: Sequence[Idea], progress: Progress | None = None) -> list[Idea]:
    """The ideas with the nearest existing work of each, and how new that makes them."""
    known = concepts(workspace.library)
    found = []
    for done, idea in enumerate(ideas):
        if progress and done % 10 == 0:
            progress("Looking for existing work", done, len(ideas))
        found.append(with_nearest(idea, _search(workspace, idea.statement, _LOOKED_AT), known))
    if progress and ideas:
        progress("Looking for existing work", len(ideas), len(ideas))
    return found


def with_nearest(idea: Idea, answer: Answer, known: Mapping[str, Concept]) -> Idea:
    """The idea beside what a search for its statement found."""
    patterns = [spelling_pattern(known[key]) for key in idea.concepts if key in known]
    near = []
    for hit in answer.hits:
        does = len(patterns) > 1 and all(pattern.search(_text(hit.paper)) for pattern in patterns)
        cosine = float(hit.why.get("cosine", 0.0))
        paper = hit.paper
        near.append(
            Existing(paper=paper.name, title=paper.title, year=paper.year, similarity=round(cosine, 4), does_it=does)
        )
    near.sort(key=lambda one: (not one.does_it, -one.similarity))
    measured = [one.similarity for one in near if one.similarity]
    novelty = None if not measured else round((1 - max(measured)) * (0.5 if any(one.does_it for one in near) else 1), 4)
    return idea.model_copy(update={"nearest": tuple(near[:_NEAREST]), "novelty": novelty})


def concepts_in(text: str, known: Mapping[str, Concept]) -> list[Concept]:
    """The concepts that a text names, without those that are a part of a longer one there."""
    spans = []
    lower = text.lower()
    for one in known.values():
        # A plain look first: of thousands of patterns few are tried.
        if any(form.lower()[:4] in lower for form in (one.name, *one.forms)) and (
            match := spelling_pattern(one).search(text)
        ):
            spans.append((match.start(), match.end(), one))
    spans.sort(key=lambda span: (span[0] - span[1], span[0], span[2].key))
    kept: list[tuple[int, int, Concept]] = []
    for start, stop, one in spans:
        if all(stop <= a or start >= b for a, b, _ in kept):
            kept.append((start, stop, one))
    return [one for _, _, one in sorted(kept, key=lambda span: span[0])]


def open_landscape(workspace: Workspace, progress: Progress | None = None) -> Landscape:
    """The landscape of the library, with a forecast where its past is long enough; this is learned once for each state of it."""
    if progress:
        progress("Reading what papers speak of", 0, 2)
    landscape = load_landscape(workspace.library)
    if progress:
        progress("Reading what papers speak of", 1, 2)
    landscape = replace(landscape, forecast=_forecast(workspace, landscape))
    if progress:
        progress("Reading what papers speak of", 2, 2)
    return landscape


def _forecast(workspace: Workspace, landscape: Landscape) -> Forecast | None:
    state = state_of(workspace)
    kept_for, _, kept = (workspace.library.meta(_FORECAST) or "").partition("\n")
    if kept_for == state:
        return Forecast.model_validate_json(kept) if kept else None
    try:
        learned = learn(landscape.past)
    except TooLittlePast:
        learned = None
    workspace.library.set_meta(_FORECAST, f"{state}\n{learned.model_dump_json() if learned else ''}")
    return learned


def state_of(workspace: Workspace) -> str:
    """A digest of all that ideas depend on: the concepts and mentions, the citations, the years, and the moves."""
    library = workspace.library
    moves = resources.files("survey").joinpath("ideas/moves.toml").read_bytes()
    digest = hashlib.sha256(f"{_VERSION} {workspace.index.model()}".encode() + moves)
    for query in (
        "SELECT count(*), total(weight), total(start), total(pid) FROM mentions",
        "SELECT group_concat(key) FROM (SELECT key FROM concepts ORDER BY cid)",
        "SELECT count(*), total(citing * 7 + cited) FROM citations",
        "SELECT count(*), total(year) FROM papers",
    ):
        digest.update(repr([tuple(row) for row in library.rows(query)]).encode())
    return digest.hexdigest()[:16]


def _search(workspace: Workspace, text: str, k: int) -> Answer:
    """The hits for a text; by words alone where the papers have no vectors, and none in an empty library."""
    for mode in ("hybrid", "lexical"):
        try:
            return workspace.searcher.answer(SearchRequest(query=text, k=k, mode=mode))
        except FourwaysError:
            continue
    return Answer()


def _text(paper: Paper) -> str:
    return f"{paper.title}\n{paper.abstract or ''}"


def kept_in_order(workspace: Workspace) -> list[KeptIdea]:
    """All that is kept: what somebody touched, then the proposals, ranked each."""
    kept = kept_ideas(workspace.library)
    return [*rank([one for one in kept if one.touched]), *rank([one for one in kept if not one.touched])]
