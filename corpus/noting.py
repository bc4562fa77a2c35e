"""Reading notes -> library: each passage that speaks of a paper becomes a note on it.

A paper is looked for in the library, then in the bundled catalogue, whose record is taken in; what neither has is wanted:
the next harvest fetches it and its passages become notes then. Importing the same notes twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from corpus.errors import InputError
from corpus.library import Library
from corpus.models import Paper
from corpus.report import OUTCOMES, Report
from corpus.sources.notes import Mention, build_names, decode, load_table, parse
from corpus.wanted import want

# The label of catalogue records that come in because notes speak of them.
CATALOGUE = "catalogue"

# A paper's key in the library, or its record in the catalogue.
Found = int | Paper


@dataclass
class _Said:
    """What one file says of one paper."""

    paper: Found
    passages: dict[str, None] = field(default_factory=dict)
    directions: dict[str, None] = field(default_factory=dict)
    code_url: str | None = None


def import_notes(
    library: Library, data: bytes, label: str, directions: Callable[[Sequence[str]], Sequence[str]]
) -> Report:
    """Take in the notes in a file called `label`; `directions` gives the keys of the directions that headings name.

    Raises InputError where they speak of no paper.
    """
    names = build_names(_known(library), load_table())
    mentions = parse(decode(data), names)
    said: dict[Found, _Said] = {}
    wanted = 0
    for mention in mentions:
        found = names.resolve(mention)
        if found is None:
            wanted += _want(library, mention, label)
            continue
        about = said.setdefault(found, _Said(found))
        about.passages.setdefault(mention.passage)
        about.directions |= dict.fromkeys(directions(mention.headings))
        about.code_url = about.code_url or mention.code_url
    if not said and not wanted and not any(mention.ids or mention.title for mention in mentions):
        raise InputError(
            f"{label} speaks of no paper", "Notes name papers by arXiv links, or by titles in quotes or 《》"
        )
    counts, new = _keep(library, list(said.values()), label)
    return Report.model_validate(counts | {"notes": {"new": new, "wanted": wanted}})


def _known(library: Library) -> Iterator[tuple[Found, Paper]]:
    """The papers that notes may mean: the library's first, then the catalogue's."""
    from corpus.starter import catalogue

    yield from library.all_papers()
    for paper in catalogue():
        yield paper, paper


def _keep(library: Library, said: Sequence[_Said], label: str) -> tuple[dict[str, int], int]:
    """Enter what was said: the catalogue's records, a record of the notes' own for what they add, and the passages."""
    counts = dict.fromkeys(OUTCOMES, 0)
    new = 0
    with library.transaction():
        for about in said:
            outcome = "unchanged"
            if isinstance(about.paper, Paper):
                ((pid, outcome),) = library.add_page([about.paper], CATALOGUE)
            else:
                pid = about.paper
            (paper,) = library.papers([pid])
            if about.directions or about.code_url:
                ((pid, added),) = library.add_page([_record(paper, about)], label)
                outcome = added if outcome == "unchanged" else outcome
            counts[outcome] += 1
            new += sum(library.keep_note(pid, passage, label) for passage in about.passages if passage)
    return counts, new


def _record(paper: Paper, about: _Said) -> Paper:
    """What the notes add to a paper, as a record under the paper's own name."""
    return Paper(
        id=paper.id,
        arxiv_id=paper.arxiv_id,
        doi=paper.doi,
        title=paper.title,
        authors=paper.authors,
        year=paper.year,
        code_url=about.code_url,
        directions=tuple(about.directions),
    )


def _want(library: Library, mention: Mention, label: str) -> int:
    """Wait for a paper that is surely meant to be one; 1 if it was not waited for before."""
    if not mention.ids and not mention.title:
        return 0
    alias = next(iter(mention.ids), None)
    return int(want(library, alias, mention.title, label, [mention.passage] if mention.passage else []))
