"""A kept survey's steps, one after the other: find papers, build or adapt the outline, write the draft, draw its figures.

What a step has made is kept before the next one begins: whatever ends them, nothing of that is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal

from corpus.errors import FourwaysError, InputError, QueryError, UnknownPaper, shorten
from corpus.library import Library
from corpus.models import clean_line
from corpus.report import Progress
from corpus.workspace import Workspace
from survey.compose import MAX_PAPERS, Sources, choose_papers, citations_among, draft_of, load_sources, outline_of
from survey.compose import find_papers as find_named
from survey.draft.models import Draft
from survey.draft.renaming import retitle
from survey.drafts.files import save_drafted
from survey.drafts.keeping import change_survey, edit_outline, folder_of, load_survey, start_survey
from survey.drafts.models import Found, Survey, with_outline
from survey.drafts.proofs import check_kept
from survey.outline import Outline
from survey.outline.editing import Titles, ids_of, renamed_papers, split_section, with_papers, without_papers
from survey.outline.likeness import build_parts, place_papers

Step = Literal["papers", "outline", "draft"]
STEPS: tuple[Step, ...] = ("papers", "outline", "draft")
FINDING, READING, BUILDING = "Finding papers", "Reading papers", "Building the outline"
GAPS, WRITING, DRAWING, SPLITTING = "Looking for gaps", "Writing", "Drawing figures", "Splitting the section"


def new_survey(
    workspace: Workspace, topic: str, most: int, *, pins: Sequence[str] = (), llm: str = "", llm_model: str = ""
) -> str:
    """Keep a survey on `topic` that no step has been done of; gives its key. `pins` by id or title.

    Raises QueryError for an empty topic, what `pinned` raises, and InputError for a language model that cannot be asked.
    """
    topic = clean_line(topic)
    if not topic:
        raise QueryError("the topic is empty", "Say what the survey is about")
    survey = Survey(topic=topic, most=most)
    for name in reversed(pins):
        survey = pinned(workspace, survey, name)
    if llm.strip():
        from survey.llm import load_settings

        settings = load_settings(llm.strip(), llm_model, home=workspace.home)
        survey = survey.model_copy(update={"llm": settings.url, "llm_model": settings.model})
    return start_survey(workspace.home, survey)


def run_steps(workspace: Workspace, key: str, until: Step, progress: Progress, *, anew: bool = False) -> Survey:
    """Do what is missing or out of date of a kept survey's steps until this one; with `anew` the last of them in any case.

    `progress` may raise to stop. Raises what the steps raise; what was done until then is kept.
    """
    home = workspace.home
    try:
        survey = load_survey(home, key)
        if not survey.searched or (anew and until == "papers"):
            survey = _begin(workspace, key, "papers", until)
            found = look_for(workspace, survey, progress)
            survey = change_survey(home, key, lambda now: now.model_copy(update={"papers": found, "searched": True}))
        if until != "papers" and (not _holds(workspace, survey) or (anew and until == "outline")):
            survey = _begin(workspace, key, "outline", until)
            survey = _outline(workspace, key, survey, progress, anew=anew and until == "outline")
        if until == "draft" and (not survey.is_drafted or anew):
            survey = _begin(workspace, key, "draft", until)
            survey = _draft(workspace, key, survey, progress)
        return survey
    finally:
        with suppress(FourwaysError, OSError):  # what went wrong before counts more
            change_survey(home, key, lambda now: now.model_copy(update={"doing": "", "until": ""}))


def split(workspace: Workspace, key: str, version: int, titles: Titles, progress: Progress) -> Survey:
    """Split a section of a kept survey's outline into the parts that its papers fall into. See `build_parts`, `edit_outline`."""
    progress(SPLITTING, 0, 1)
    survey = load_survey(workspace.home, key)
    if survey.outline is None:
        raise InputError("there is no outline yet", "Build it first")
    sources = _sources(workspace, ids_of(survey.outline), survey.topic)
    parts = build_parts(survey.outline, titles, sources.papers, sources.vectors, sources.citations)
    progress(SPLITTING, 1, 1)
    return edit_outline(workspace.home, key, version, lambda outline: split_section(outline, titles, parts))


def look_for(workspace: Workspace, survey: Survey, progress: Progress) -> tuple[Found, ...]:
    """The papers of a survey, those wanted among them, the most relevant first; those left out stand at the end."""
    library = workspace.library
    progress(FINDING, 0, 2)
    pins, left_out = _known(library, survey.pins), _known(library, survey.left_out)
    pins = [one for one in pins if one not in left_out]
    relevance = choose_papers(
        workspace,
        survey.topic,
        max_papers=survey.most,
        pins=pins,
        exclude=left_out,
        step=lambda: progress(FINDING, 0, 2),
    )
    progress(FINDING, 1, 2)
    keys = list(relevance)
    cited = [0] * len(keys)
    for _, row in citations_among(library, keys):
        cited[row] += 1
    found = [
        Found(id=one, relevance=round(relevance[key], 4), cited=count, pinned=one in pins)
        for one, key, count in zip(library.names_of(keys), keys, cited, strict=True)
    ]
    before = {one.id: one for one in survey.papers}
    return (*found, *(before.get(one, Found(id=one)) for one in left_out))


def pinned(workspace: Workspace, survey: Survey, name: str) -> Survey:
    """The survey with a paper that somebody wants in it, by id of any kind or title.

    Raises UnknownPaper, InputError for a title that several papers have, for a paper without a vector, and beyond MAX_PAPERS.
    """
    (paper_id,) = find_named(workspace.library, [name])
    if not workspace.index.vectors([workspace.library.resolve(paper_id)]):
        raise InputError(
            f"{shorten(paper_id)!r} is not indexed yet", "Run `fourways index`, or index it on the library's page"
        )
    if len(survey.papers) >= MAX_PAPERS:
        raise InputError(f"the survey has {len(survey.papers)} papers", "Leave some out first")
    others = [one for one in survey.papers if one.id != paper_id]
    before = next((one for one in survey.papers if one.id == paper_id), Found(id=paper_id))
    left_out = tuple(one for one in survey.left_out if one != paper_id)
    papers = (before.model_copy(update={"pinned": True}), *others)
    return survey.model_copy(update={"papers": papers, "left_out": left_out})


# ---- outline ---------------------------------------------------------------------------------------------------------


def _outline(workspace: Workspace, key: str, survey: Survey, progress: Progress, *, anew: bool) -> Survey:
    """The outline that is missing, one built anew, or the one that there is with papers taken out and in."""
    progress(READING, 0, 1)
    if not survey.chosen:
        raise InputError("every paper is left out", "Keep some of the papers")
    sources = _sources(workspace, survey.chosen, survey.topic)
    progress(READING, 1, 1)
    kept = None if anew or not survey.edited else survey.outline
    progress(BUILDING, 0, 1)
    if kept:
        outline = adapted(kept, sources, dict(_names(workspace.library, ids_of(kept))))
    else:
        relevance = {one.id: one.relevance or 0.0 for one in survey.papers}
        by_key = {one: relevance.get(paper.name, 0.0) for one, paper in zip(sources.keys, sources.papers, strict=True)}
        outline = outline_of(survey.topic, sources, by_key, lambda: progress(BUILDING, 0, 1))
    progress(BUILDING, 1, 1)

    def change(now: Survey) -> Survey:
        present = set(ids_of(outline))
        # What is not in the library any more, or known by another id now, is no paper of the survey's.
        papers = tuple(one for one in now.papers if one.id in present or one.id in now.left_out)
        papers += tuple(Found(id=one) for one in ids_of(outline) if one not in {paper.id for paper in papers})
        return with_outline(now.model_copy(update={"papers": papers}), outline, edited=bool(kept))

    return change_survey(workspace.home, key, change)


def adapted(outline: Outline, sources: Sources, names: Mapping[str, str | None]) -> Outline:
    """An outline that somebody changed, of the papers of `sources`: titles and places stay, others go, new ones join the nearest.

    `names`: id in the outline -> id of that paper today, None where the library lacks it.
    """
    outline = renamed_papers(outline, names)
    chosen = {paper.name for paper in sources.papers}
    there = ids_of(outline)
    new = [paper.name for paper in sources.papers if paper.name not in set(there)]
    gone = [one for one in there if one not in chosen]
    if len(gone) == len(there):
        raise InputError("the outline has none of the chosen papers any more", "Build it anew")
    outline = without_papers(outline, gone)
    row = {paper.name: n for n, paper in enumerate(sources.papers)}
    kept = [sources.papers[row[one]] for one in [*ids_of(outline), *new]]
    vectors = sources.vectors[[row[paper.name] for paper in kept]]
    return with_papers(outline, place_papers(outline, new, kept, vectors), sources.years)


# ---- draft -----------------------------------------------------------------------------------------------------------


def _draft(workspace: Workspace, key: str, survey: Survey, progress: Progress) -> Survey:
    from survey.figures import build_figures

    assert survey.outline
    progress(GAPS, 0, 1)
    sources = _sources(workspace, ids_of(survey.outline), survey.topic)
    draft = draft_of(workspace, survey.outline, sources, lambda: progress(WRITING, 0, 1))
    note = ""
    if survey.llm:
        draft, note = _reworded(workspace, survey, draft, progress)
    figures = build_figures(draft)
    for done, figure in enumerate(figures):
        progress(DRAWING, done, len(figures))
        figure.render("svg")
    progress(DRAWING, len(figures), max(1, len(figures)))
    save_drafted(folder_of(workspace.home, key), draft, figures)
    version = survey.version
    with suppress(FourwaysError):  # told where it is looked at, which is quicker after this
        check_kept(workspace, folder_of(workspace.home, key))
    return change_survey(workspace.home, key, lambda now: now.model_copy(update={"drafted": version, "note": note}))


def _reworded(workspace: Workspace, survey: Survey, draft: Draft, progress: Progress) -> tuple[Draft, str]:
    """The draft as the language model words it, and what came of that; headings that somebody wrote stay."""
    from survey.llm import load_settings, render_report, rewrite

    settings = load_settings(survey.llm, survey.llm_model, home=workspace.home)
    papers = [workspace.library.paper(reference.id) for reference in draft.references]
    reworded, report = rewrite(draft, papers, settings, progress)
    if survey.edited:
        reworded = retitle(reworded, draft.outline)
    return reworded, render_report(report)


# ---- papers ----------------------------------------------------------------------------------------------------------


def _begin(workspace: Workspace, key: str, step: Step, until: Step) -> Survey:
    return change_survey(workspace.home, key, lambda now: now.model_copy(update={"doing": step, "until": until}))


def _sources(workspace: Workspace, ids: list[str], topic: str) -> Sources:
    """What the library knows of these papers, without those that it lacks or that are not indexed. Raises InputError for none."""
    keys = dict.fromkeys(workspace.library.resolve(one) for one in _known(workspace.library, ids))
    return load_sources(workspace, list(keys), topic)


def _holds(workspace: Workspace, survey: Survey) -> bool:
    """Whether the outline is one of the chosen papers, by the ids that the library has for them today."""
    return survey.fits and all(one == name for one, name in _names(workspace.library, survey.chosen))


def _known(library: Library, ids: Sequence[str]) -> list[str]:
    return [name for _, name in _names(library, ids) if name]


def _names(library: Library, ids: Sequence[str]) -> list[tuple[str, str | None]]:
    """Each id with the one that its paper has today; None where the library lacks it."""
    found: list[tuple[str, str | None]] = []
    for one in ids:
        try:
            found.append((one, library.names_of([library.resolve(one)])[0]))
        except UnknownPaper:
            found.append((one, None))
    return found
