"""A survey's outline: the tree of its sections, and what can be done with the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from corpus.models import Paper
from corpus.workspace import Workspace
from survey.drafts import Survey, change_survey, edit_outline, undone
from survey.drafts.steps import split
from survey.jobs import Job
from survey.outline import Outline, Section
from survey.outline.editing import (
    MAX_TITLE,
    Titles,
    add_section,
    ids_in,
    lift_section,
    merge_sections,
    move_papers,
    move_section,
    neighbour_of,
    remove_section,
    rename_section,
    retitle,
    walk_sections,
)
from survey.views.language import say
from survey.views.page import ready_workspace
from survey.views.survey_papers import papers_of
from survey.views.survey_work import Run, change, survey_work, tell_refused
from survey.views.text import byline, paper_address, plain, shortened
from survey.views.work import start

# Papers of one section that can be ticked at once.
_MOST = 200
# Before the number of a subsection: an em space, which Markdown leaves where it is.
_INDENT = "\u2003"

# From an outline to the next one.
Edit = Callable[[Outline], Outline]


def show_outline(opened: Workspace, key: str, survey: Survey, run: Run) -> None:
    """The outline, and everything that changes it."""
    tell_refused()
    outline = survey.outline
    assert outline
    # The outline that the buttons of this tab were drawn for; another tab may have changed it since.
    seen = int(st.session_state.get(f"seen-{key}", survey.version))
    st.session_state[f"seen-{key}"] = survey.version
    editor = _Editor(opened, key, survey, seen)
    _head(editor, run)
    tree, panel = st.columns([2, 3], gap="large")
    with tree:
        chosen = _tree(key, outline)
    with panel, st.container(border=True, key="section"):
        _section(editor, chosen)


class _Editor:
    """Changes one survey's outline, as it was when the page was drawn."""

    def __init__(self, opened: Workspace, key: str, survey: Survey, seen: int) -> None:
        assert survey.outline
        self.opened, self.key, self.survey, self.seen = opened, key, survey, seen
        self.outline: Outline = survey.outline
        self.papers: dict[str, Paper] = papers_of(opened, tuple(one.id for one in survey.papers))
        self.years = {one: paper.year for one, paper in self.papers.items()}

    def edit(self, act: Edit, chosen: Titles | None = None) -> None:
        """Change the outline, and draw the page anew with the section `chosen`."""

        def done() -> Survey:
            after = edit_outline(self.opened.home, self.key, self.seen, act)
            if chosen is not None:
                choose(self.key, chosen)
            return after

        change(done)


def choose(key: str, titles: Titles) -> None:
    """Make this section the one that is worked on."""
    st.session_state[f"section-{key}"] = titles


# ---- the whole ---------------------------------------------------------------------------------------------------------


def _head(editor: _Editor, run: Run) -> None:
    survey, key = editor.survey, editor.key
    with st.container(horizontal=True, vertical_alignment="center"):
        if not survey.fits:
            if st.button(say("survey.update_outline"), type="primary", icon=":material/sync:", key="outline-update"):
                run("outline")
        elif survey.is_drafted:
            st.caption(f":green[:material/check_circle:] {say('survey.outline_drafted')}")
        if not survey.is_drafted and st.button(
            say("survey.write"),
            type="primary" if survey.fits else "secondary",
            icon=":material/edit_note:",
            key="outline-draft",
        ):
            st.query_params["view"] = "draft"
            run("draft")
        if survey.earlier and st.button(say("survey.undo"), icon=":material/undo:", key="outline-undo"):
            change(lambda: change_survey(editor.opened.home, key, undone))
        with st.popover(say("survey.build_anew"), icon=":material/restart_alt:"):
            st.markdown(say("survey.build_anew_means"))
            if st.button(say("survey.build_anew_yes"), key="outline-anew"):
                run("outline", anew=True)
    with st.form("retitle", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input(
            say("survey.whole_title"), editor.outline.title, max_chars=MAX_TITLE, key=f"whole-{survey.version}"
        )
        if st.form_submit_button(say("survey.rename"), icon=":material/edit:"):
            editor.edit(lambda outline: retitle(outline, title))


def _tree(key: str, outline: Outline) -> Titles:
    """The sections as buttons, one below the other; gives the one that is chosen."""
    sections = list(walk_sections(outline))
    known = [titles for titles, _ in sections]
    chosen: Titles = st.session_state.get(f"section-{key}", known[0])
    if chosen not in known:
        chosen = known[0]
        choose(key, chosen)
    numbers: list[int] = []
    with st.container(gap=None, key="outline-tree"):
        for place, (titles, section) in enumerate(sections):
            level = len(titles)
            numbers = [*numbers[:level], *[0] * (level - len(numbers))]
            numbers[level - 1] += 1
            number = ".".join(map(str, numbers))
            label = f"{number} {shortened(section.title, 120)} :gray[· {len(ids_in(section))}]"
            with st.container(key=f"tree-{level}-{place}"):
                st.button(
                    _INDENT * (level - 1) + (f"**{label}**" if titles == chosen else label),
                    type="secondary" if titles == chosen else "tertiary",
                    key=f"choose-{place}",
                    on_click=choose,
                    args=(key, titles),
                )
    return chosen


# ---- one section -------------------------------------------------------------------------------------------------------


def _section(editor: _Editor, titles: Titles) -> None:
    section = next(one for path, one in walk_sections(editor.outline) if path == titles)
    st.subheader(shortened(section.title, 150), anchor=False)
    with st.form("rename", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input(
            say("survey.section_title"),
            section.title,
            max_chars=MAX_TITLE,
            key=f"title-{editor.survey.version}-{' > '.join(titles)}",
        )
        if st.form_submit_button(say("survey.rename"), icon=":material/edit:"):
            name = " ".join(title.split())
            editor.edit(lambda outline: rename_section(outline, titles, title), (*titles[:-1], name))
    _moves(editor, titles, section)
    _merge(editor, titles)
    if section.sections:
        st.caption(say("survey.papers_below"))
    else:
        _papers(editor, titles, section)


def _moves(editor: _Editor, titles: Titles, section: Section) -> None:
    with st.container(horizontal=True):
        if st.button(say("survey.up"), icon=":material/arrow_upward:", key="section-up"):
            editor.edit(lambda outline: move_section(outline, titles, -1))
        if st.button(say("survey.down"), icon=":material/arrow_downward:", key="section-down"):
            editor.edit(lambda outline: move_section(outline, titles, 1))
        if len(titles) > 1 and st.button(
            say("survey.lift"), icon=":material/format_indent_decrease:", key="section-lift"
        ):
            editor.edit(lambda outline: lift_section(outline, titles))
        if len(section.papers) > 1 and st.button(
            say("survey.split"), icon=":material/call_split:", key="section-split"
        ):
            _split(editor, titles)
        if into := neighbour_of(editor.outline, titles):
            with st.popover(say("survey.delete"), icon=":material/delete:"):
                st.markdown(say("survey.delete_section_means", into=shortened(into[-1], 80)))
                if st.button(say("survey.delete_section"), type="primary", key="section-delete"):
                    editor.edit(lambda outline: remove_section(outline, titles, editor.years), into)


def _split(editor: _Editor, titles: Titles) -> None:
    """In the background, for it reads all papers of the outline."""
    opened, key, seen = ready_workspace(), editor.key, editor.seen

    def work(job: Job[Survey]) -> Survey:
        try:
            return split(opened, key, seen, titles, job.progress)
        finally:
            opened.library.close()

    start(survey_work(opened, key), work)


def _merge(editor: _Editor, titles: Titles) -> None:
    others = [
        path
        for path, _ in walk_sections(editor.outline)
        if path[: len(titles)] != titles and titles[: len(path)] != path
    ]
    if not others:
        return
    with st.form("merge", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        into = st.selectbox(
            say("survey.merge_into"),
            others,
            index=None,
            format_func=_name,
            placeholder=say("survey.choose_section"),
            key="merge-into",
        )
        if st.form_submit_button(say("survey.merge"), icon=":material/merge:") and into:
            editor.edit(lambda outline: merge_sections(outline, titles, into, editor.years), into)


def _papers(editor: _Editor, titles: Titles, section: Section) -> None:
    """The papers of a section, to be moved elsewhere or into a new section."""
    with st.form(f"papers-{editor.survey.version}-{' > '.join(titles)}", border=False):
        st.markdown(f"**{say('text.papers', n=len(section.papers))}**")
        if len(section.papers) > _MOST:
            st.caption(say("survey.first_of", n=_MOST))
        with st.container(gap="xsmall"):
            ticked = [one for one in section.papers[:_MOST] if _tick(editor, one)]
        leaves = [path for path, one in walk_sections(editor.outline) if not one.sections and path != titles]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            into = st.selectbox(
                say("survey.move_to"),
                leaves,
                index=None,
                format_func=_name,
                placeholder=say("survey.choose_section"),
                key="move-to",
            )
            moved = st.form_submit_button(say("survey.move"), icon=":material/arrow_forward:", disabled=not leaves)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            title = st.text_input(say("survey.new_section"), max_chars=MAX_TITLE, key=f"new-{editor.survey.version}")
            added = st.form_submit_button(say("survey.new_section_make"), icon=":material/add:")
    if moved and into and ticked:
        editor.edit(lambda outline: move_papers(outline, ticked, into, editor.years))
    elif added:
        editor.edit(partial(_added, title, ticked, titles[:-1]), (*titles[:-1], " ".join(title.split())))
    elif moved:
        st.caption(say("survey.tick_first"))


def _added(title: str, ids: Sequence[str], under: Titles, outline: Outline) -> Outline:
    return add_section(outline, title, ids, under)


def _tick(editor: _Editor, paper_id: str) -> bool:
    paper = editor.papers.get(paper_id)
    if paper is None:
        label = plain(paper_id)
    else:
        about = plain(byline(paper.authors, paper.year, paper.venue, most=2))
        address = f"[{say('survey.open_paper')}]({paper_address(paper_id)})"
        label = f"{shortened(paper.title, 200)} :small[:gray[{about}]] :small[{address}]"
    return bool(st.checkbox(label, key=f"tick-{editor.survey.version}-{paper_id}"))


def _name(titles: Titles) -> str:
    return " › ".join(titles)
