"""What a person changes of an outline: pure functions from one outline to the next.

A section is named by its titles from the first level down, as in `Sentence.section`; siblings have different titles. Whatever is
changed, every paper stays in exactly one section, no section is empty, and a section with a single subsection has none instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from corpus.errors import InputError, shorten
from corpus.models import clean_line
from survey.outline.building import Outline, Section

Titles = tuple[str, ...]
# The year of each paper, as far as it has one: papers that join a section stand before the first younger one there.
Years = Mapping[str, int | None]

MAX_TITLE = 150
_LAST = 9999  # papers without a year come last


def ids_in(section: Section) -> list[str]:
    """The papers of a section and of its subsections, in reading order."""
    return [*section.papers, *(one for part in section.sections for one in ids_in(part))]


def ids_of(outline: Outline) -> list[str]:
    """All papers of the outline, in reading order."""
    return [one for section in outline.sections for one in ids_in(section)]


def walk_sections(outline: Outline) -> Iterator[tuple[Titles, Section]]:
    """Every section with its titles, in reading order, each before its subsections."""

    def walk(sections: Sequence[Section], above: Titles) -> Iterator[tuple[Titles, Section]]:
        for section in sections:
            yield (*above, section.title), section
            yield from walk(section.sections, (*above, section.title))

    return walk(outline.sections, ())


def find_section(outline: Outline, titles: Titles) -> Section:
    """The section of these titles. Raises InputError where there is none."""
    found = next((section for path, section in walk_sections(outline) if path == titles), None)
    if found is None:
        raise InputError(
            f"the outline has no section {shorten(' > '.join(titles))!r}",
            "It may have been changed meanwhile; look at it again",
        )
    return found


def check_outline(outline: Outline) -> None:
    """Raises InputError where siblings have one title, a section is empty or without a title, or a paper stands twice."""
    seen: set[str] = set()
    remedy = "Undo what was changed last"
    for _, section in walk_sections(outline):
        if not section.title.strip():
            raise InputError("a section has no title", remedy)
        if not ids_in(section):
            raise InputError(f"the section {shorten(section.title)!r} holds no paper", remedy)
        for paper_id in section.papers:
            if paper_id in seen:
                raise InputError(f"the paper {shorten(paper_id)!r} stands in two sections", remedy)
            seen.add(paper_id)
    paths = [path for path, _ in walk_sections(outline)]
    if len(set(paths)) < len(paths):
        raise InputError("two sections beside each other have the same title", remedy)


# ---- titles and order ------------------------------------------------------------------------------------------------


def rename_section(outline: Outline, titles: Titles, title: str) -> Outline:
    """The section with another title. Raises InputError for an empty one, or one that a section beside it has."""
    title = _clean(title)
    find_section(outline, titles)
    beside = {one.title.casefold() for one in _siblings(outline, titles) if one.title != titles[-1]}
    if title.casefold() in beside:
        raise InputError(f"a section beside it is called {shorten(title)!r} too", "Use another title, or merge the two")
    return _made(outline, _changed(outline.sections, titles, lambda one: [_copy(one, title=title)]))


def retitle(outline: Outline, title: str) -> Outline:
    """The outline with another title of the whole. Raises InputError for an empty one."""
    return outline.model_copy(update={"title": _clean(title)})


def move_section(outline: Outline, titles: Titles, step: int) -> Outline:
    """The section `step` places further down among its siblings, up where it is negative; at the ends it stays."""
    find_section(outline, titles)

    def moved(sections: Sequence[Section]) -> tuple[Section, ...]:
        others = [one for one in sections if one.title != titles[-1]]
        at = next(n for n, one in enumerate(sections) if one.title == titles[-1])
        others.insert(max(0, min(len(others), at + step)), sections[at])
        return tuple(others)

    if len(titles) == 1:
        return _made(outline, moved(outline.sections))
    above = titles[:-1]
    return _made(outline, _changed(outline.sections, above, lambda one: [_copy(one, parts=moved(one.sections))]))


def lift_section(outline: Outline, titles: Titles) -> Outline:
    """A subsection as a section of its own, right after the one that it stood in. Raises InputError for one that is none."""
    section = find_section(outline, titles)
    if len(titles) < 2:
        raise InputError(f"{shorten(titles[-1])!r} is a section of the first level already", "Choose a subsection")
    level = _siblings(outline, titles[:-1])
    lifted = _copy(section, title=_free_title(section.title, [one.title for one in level]))

    def parted(parent: Section) -> list[Section]:
        kept = tuple(one for one in parent.sections if one.title != titles[-1])
        return [_copy(parent, parts=kept), lifted]

    return _made(outline, _changed(outline.sections, titles[:-1], parted))


# ---- sections and papers ---------------------------------------------------------------------------------------------


def move_papers(outline: Outline, ids: Sequence[str], into: Titles, years: Years | None = None) -> Outline:
    """The papers `ids` in the section `into`, wherever they stood; a section that is left without papers goes.

    Raises InputError for a paper that the outline lacks, or a section that holds its papers in subsections.
    """
    _check_known(outline, ids)
    target = find_section(outline, into)
    if target.sections:
        raise InputError(f"{shorten(target.title)!r} holds its papers in subsections", "Choose one of these")
    new = [one for one in ids_of(outline) if one in set(ids) and one not in target.papers]
    sections = _changed(outline.sections, into, lambda one: [_copy(one, papers=_joined(one.papers, new, years or {}))])
    away = set(new)

    def rest(section: Section, path: Titles) -> Section:
        if path == into:
            return section
        kept = tuple(one for one in section.papers if one not in away)
        return _copy(section, papers=kept, parts=tuple(rest(one, (*path, one.title)) for one in section.sections))

    return _made(outline, tuple(rest(one, (one.title,)) for one in sections))


def merge_sections(outline: Outline, titles: Titles, into: Titles, years: Years | None = None) -> Outline:
    """The section `titles` merged into the section `into`, which keeps its title and place.

    Into a section with subsections it goes as one more of them, or with its own subsections. Raises InputError where one holds
    the other.
    """
    source, target = find_section(outline, titles), find_section(outline, into)
    if titles[: len(into)] == into or into[: len(titles)] == titles:
        raise InputError("a section cannot be merged with one that it stands in", "Choose two that stand apart")
    if not target.sections:
        merged = _copy(target, papers=_joined(target.papers, ids_in(source), years or {}))
    else:
        merged = _copy(target, parts=_united(target.sections, source, years or {}))
    sections = _changed(outline.sections, into, lambda _: [merged])
    return _made(outline, _changed(sections, titles, lambda _: []))


def remove_section(outline: Outline, titles: Titles, years: Years | None = None) -> Outline:
    """The outline without this section; its papers go to the section before it, or after it where it is the first.

    The neighbour is the nearest section without subsections. Raises InputError where there is no other section.
    """
    section = find_section(outline, titles)
    into = neighbour_of(outline, titles)
    if into is None:
        raise InputError("the only section cannot be deleted", "Rename it, or split it")
    taken = ids_in(section)
    sections = _changed(
        outline.sections, into, lambda one: [_copy(one, papers=_joined(one.papers, taken, years or {}))]
    )
    return _made(outline, _changed(sections, titles, lambda _: []))


def neighbour_of(outline: Outline, titles: Titles) -> Titles | None:
    """Where the papers of a section go when it is deleted; None where there is no other section."""
    leaves = [path for path, section in walk_sections(outline) if not section.sections]
    inside = [n for n, path in enumerate(leaves) if path[: len(titles)] == titles]
    if not inside:
        return None
    before, after = leaves[: inside[0]], leaves[inside[-1] + 1 :]
    beside = [one for one in (before[-1:] + after[:1]) if one[:-1] == titles[:-1]]
    return next(iter([*beside, *before[-1:], *after[:1]]), None)


def split_section(outline: Outline, titles: Titles, parts: Sequence[tuple[str, Sequence[str]]]) -> Outline:
    """The section with the subsections `parts`, titles and papers, in place of its papers.

    Raises InputError where they are fewer than two, an empty one is among them, or they are not the section's papers.
    """
    section = find_section(outline, titles)
    held = [one for _, ids in parts for one in ids]
    if len(parts) < 2 or not all(ids for _, ids in parts) or sorted(held) != sorted(ids_in(section)):
        raise InputError(
            f"{shorten(section.title)!r} cannot be split so", "Give two parts or more that hold its papers, each once"
        )
    made: list[Section] = []
    for title, ids in parts:
        made.append(Section(title=_free_title(_clean(title), [one.title for one in made]), papers=tuple(ids)))
    return _made(outline, _changed(outline.sections, titles, lambda one: [_copy(one, papers=(), parts=tuple(made))]))


def add_section(outline: Outline, title: str, ids: Sequence[str], under: Titles = ()) -> Outline:
    """A new section of the papers `ids`, at the end of the outline or of the section `under`.

    Raises InputError where no paper is given: a section without papers is none. Also where `under` has no subsections.
    """
    title = _clean(title)
    _check_known(outline, ids)
    if not ids:
        raise InputError("a new section needs a paper", "Choose the papers that belong in it")
    level = find_section(outline, under).sections if under else outline.sections
    if under and not level:
        raise InputError(f"{shorten(under[-1])!r} has no subsections", "Split it first")
    if title.casefold() in {one.title.casefold() for one in level}:
        raise InputError(
            f"a section beside it is called {shorten(title)!r} too", "Use another title, or move papers there"
        )
    order = [one for one in ids_of(outline) if one in set(ids)]
    new = Section(title=title, papers=tuple(order))
    rest = tuple(_without(one, set(ids)) for one in outline.sections)
    if not under:
        return _made(outline, (*rest, new))
    return _made(outline, _changed(rest, under, lambda one: [_copy(one, parts=(*one.sections, new))]))


def without_papers(outline: Outline, ids: Sequence[str]) -> Outline:
    """The outline without these papers, and without sections that they leave empty. Raises InputError where none is left."""
    sections = tuple(_without(one, set(ids)) for one in outline.sections)
    if not any(ids_in(one) for one in sections):
        raise InputError("no paper is left in the outline", "Keep some of its papers")
    return _made(outline, sections)


def with_papers(outline: Outline, places: Mapping[str, Titles], years: Years | None = None) -> Outline:
    """The outline with more papers, each in the section that `places` names. Raises InputError for one that stands there."""
    known = set(ids_of(outline))
    if twice := [one for one in places if one in known]:
        raise InputError(f"the paper {shorten(twice[0])!r} stands in the outline already", "Move it instead")
    sections = outline.sections
    for paper_id, titles in places.items():
        find_section(outline, titles)

        def joined(one: Section, paper_id: str = paper_id) -> list[Section]:
            return [_copy(one, papers=_joined(one.papers, [paper_id], years or {}))]

        sections = _changed(sections, titles, joined)
    return _made(outline, sections)


def renamed_papers(outline: Outline, names: Mapping[str, str | None]) -> Outline:
    """The outline with the ids that `names` gives papers now; one without a name goes, and of two with one name the second."""
    seen: set[str] = set()

    def renamed(section: Section) -> Section:
        kept = []
        for one in section.papers:
            name = names.get(one, one)
            if name and name not in seen:
                seen.add(name)
                kept.append(name)
        return _copy(section, papers=tuple(kept), parts=tuple(renamed(part) for part in section.sections))

    return _made(outline, [renamed(one) for one in outline.sections])


# ---- beneath ---------------------------------------------------------------------------------------------------------


def _made(outline: Outline, sections: Sequence[Section]) -> Outline:
    made = outline.model_copy(update={"sections": tuple(_pruned(sections))})
    check_outline(made)
    return made


def _pruned(sections: Sequence[Section]) -> Iterator[Section]:
    """The sections without empty ones; of a single subsection only what it holds is left."""
    for section in sections:
        parts = tuple(_pruned(section.sections))
        if len(parts) == 1 and not section.papers:
            yield _copy(parts[0], title=section.title, papers=parts[0].papers, parts=parts[0].sections)
        elif parts or section.papers:
            yield _copy(section, parts=parts)


def _changed(
    sections: Sequence[Section], titles: Titles, change: Callable[[Section], Sequence[Section]]
) -> tuple[Section, ...]:
    """The sections with the one of these titles replaced by what `change` makes of it: none, one or several."""
    made: list[Section] = []
    for section in sections:
        if section.title != titles[0]:
            made.append(section)
        elif len(titles) > 1:
            made.append(_copy(section, parts=_changed(section.sections, titles[1:], change)))
        else:
            made += change(section)
    return tuple(made)


def _copy(
    section: Section,
    *,
    title: str | None = None,
    papers: tuple[str, ...] | None = None,
    parts: tuple[Section, ...] | None = None,
) -> Section:
    """The section with another title, other papers or other subsections; None: as they are."""
    changes = {"title": title, "papers": papers, "sections": parts}
    return section.model_copy(update={name: value for name, value in changes.items() if value is not None})


def _without(section: Section, ids: set[str]) -> Section:
    kept = tuple(one for one in section.papers if one not in ids)
    return _copy(section, papers=kept, parts=tuple(_without(one, ids) for one in section.sections))


def _siblings(outline: Outline, titles: Titles) -> Sequence[Section]:
    """The sections beside the one of these titles, with itself."""
    return find_section(outline, titles[:-1]).sections if len(titles) > 1 else outline.sections


def _united(parts: Sequence[Section], source: Section, years: Years) -> tuple[Section, ...]:
    """The subsections `parts` with those of `source`, or with it as one more; of two with one title only the first stays."""
    made = list(parts)
    for new in source.sections or [source]:
        at = next((n for n, one in enumerate(made) if one.title.casefold() == new.title.casefold()), None)
        if at is None:
            made.append(new)
        elif made[at].sections:
            made[at] = _copy(made[at], parts=_united(made[at].sections, new, years))
        else:
            made[at] = _copy(made[at], papers=_joined(made[at].papers, ids_in(new), years))
    return tuple(made)


def _joined(papers: Sequence[str], new: Sequence[str], years: Years) -> tuple[str, ...]:
    made = list(papers)
    for paper_id in new:
        year = years.get(paper_id) or _LAST
        younger = (n for n, one in enumerate(made) if years and (years.get(one) or _LAST) > year)
        made.insert(next(younger, len(made)), paper_id)
    return tuple(made)


def _check_known(outline: Outline, ids: Sequence[str]) -> None:
    known = set(ids_of(outline))
    if strangers := [one for one in ids if one not in known]:
        raise InputError(f"the paper {shorten(strangers[0])!r} is not in the outline", "Choose papers that are in it")


def _clean(title: str) -> str:
    cleaned = clean_line(title).strip()
    if not cleaned:
        raise InputError("a title is empty", "Write what it is about")
    if len(cleaned) > MAX_TITLE:
        raise InputError(f"a title has {len(cleaned)} letters", f"Use at most {MAX_TITLE}")
    return cleaned


def _free_title(title: str, taken: Sequence[str]) -> str:
    """The title, with a number behind it where one beside it has it already."""
    known, free, number = {one.casefold() for one in taken}, title, 2
    while free.casefold() in known:
        free, number = f"{title} ({number})", number + 1
    return free
