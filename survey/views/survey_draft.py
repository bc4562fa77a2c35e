"""A survey's draft to read: whether it stands, its downloads, and the text, each sentence with its sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from corpus.workspace import Workspace
from survey.drafts import KeptFigure, Survey, folder_of, load_draft, load_figures
from survey.drafts.proofs import Marks, check_kept, findings_at, marks_of
from survey.views.language import say, told
from survey.views.survey_check import tell_verdict
from survey.views.survey_work import Run, tell_refused
from survey.views.text import byline, paper_address, plain, web_address

if TYPE_CHECKING:
    from survey.draft.models import Draft, Quote, Reference, Sentence, Table
    from survey.export.blocks import Block, Heading, Listing, Text
    from survey.figures import Figure

# Sources that a tooltip names.
_MOST_SOURCES = 6


@dataclass(frozen=True)
class _Page:
    """The draft, and what is looked up while it is drawn: references by id and by key, findings, figures as they were kept."""

    draft: Draft
    by_id: dict[str, Reference]
    by_key: dict[str, Reference]
    marks: Marks
    figures: Mapping[str, KeptFigure]
    dark: bool


def show_draft(opened: Workspace, key: str, survey: Survey, run: Run) -> None:
    """The draft, and what it is worth."""
    tell_refused()
    folder = folder_of(opened.home, key)
    draft = load_draft(folder)
    assert draft
    if not survey.is_drafted:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(say("survey.outdated"), icon=":material/history:")
            if st.button(say("survey.again"), type="primary", icon=":material/refresh:", key="draft-again"):
                run("draft")
    report = check_kept(opened, folder)
    counts = {"papers": len(draft.references), "sections": len(draft.outline.sections)}
    st.caption(say("survey.counts", **counts, sentences=len(draft.sentences)))
    tell_verdict(report, where=True)
    if survey.note:
        st.info(plain(survey.note), icon=":material/edit_note:")
    with st.container(horizontal=True, key="downloads"):
        _downloads(draft)
    page = _Page(
        draft=draft,
        by_id={reference.id: reference for reference in draft.references},
        by_key={reference.key: reference for reference in draft.references},
        marks=marks_of(report),
        figures=load_figures(folder) or {},
        dark=st.context.theme.type == "dark",
    )
    _text_of(draft, page)


def _text_of(draft: Draft, page: _Page) -> None:
    from survey.export.blocks import REFERENCES, Heading, build_blocks, label_of

    blocks = build_blocks(draft)
    headings = [block for block in blocks if isinstance(block, Heading) and block.level <= 2]
    with st.container(width=860, key="draft-text"):
        with st.expander(say("survey.contents"), icon=":material/toc:"):
            st.markdown("\n".join(_entry(one) for one in headings))
        for block in blocks:
            _block(block, page)
        st.subheader(label_of(REFERENCES, draft), anchor="references")
        st.markdown("\n".join(_reference(reference) for reference in draft.references))


def _entry(heading: Heading) -> str:
    # Streamlit gives headings below the first level no anchor of our own.
    return f"- [{plain(heading.text)}](#{heading.anchor})" if heading.level == 1 else f"  - {plain(heading.text)}"


def _downloads(draft: Draft) -> None:
    from survey.export import build_download, exports, is_packed

    name = re.sub(r"\W+", "-", draft.outline.topic.lower()).strip("-")[:60] or "survey"
    for key, chosen in exports().items():
        suffix = f"{key}.zip" if is_packed(key) else chosen.file.split(".", 1)[1]
        st.download_button(
            chosen.label,
            # Called when the button is pressed: pictures for Word alone take seconds.
            partial(build_download, draft, key),
            f"{name}.{suffix}",
            "application/zip" if is_packed(key) else chosen.mime,
            on_click="ignore",
            icon=":material/download:",
            key=f"download-{key}",
        )


# ---- blocks ------------------------------------------------------------------------------------------------------------


def _block(block: Block, page: _Page) -> None:
    from survey.draft.models import Table
    from survey.export.blocks import Heading, Listing, Text

    if isinstance(block, Heading):
        if block.level == 1:
            st.subheader(plain(block.text), anchor=block.anchor)
        else:
            st.markdown(f"{'#' * min(block.level + 2, 6)} {plain(block.text)}")
    elif isinstance(block, Text):
        _text(block, page)
    elif isinstance(block, Table):
        _table(block, page)
    elif isinstance(block, Listing):
        _listing(block)
    else:
        _figure(block, page)


def _text(text: Text, page: _Page) -> None:
    from survey.export.blocks import attributed, gap_of, said

    if text.label:
        st.markdown(f"**{text.label}**")
    for sentence in text.sentences:
        if text.layout in ("quotes", "problems"):
            words = (
                f"- {plain(attributed(sentence, page.by_id, page.draft))}{gap_of(page.draft)}"
                f"“{plain(said(sentence))}” {_citations(sentence, page)}"
            )
        else:
            words = f"{'- ' if text.layout == 'gaps' else ''}{_pieces(sentence, page)}"
        mark = f" :small[:gray[{say('survey.smoothed')}]]" if sentence.smoothed else ""
        wrong = findings_at(sentence, page.marks)
        flag = f" :orange-badge[:material/warning: {say('survey.stands_not')}]" if wrong else ""
        reasons = [f":orange[{plain(told(one.why))}]" for one in wrong]
        sources = "\n\n".join([*reasons, *_sources(sentence.citations, page)])
        st.markdown(f"{words}{mark}{flag}", help=sources or None)


def _pieces(sentence: Sentence, page: _Page) -> str:
    """The text of a sentence, each citation behind what it is cited for."""
    from survey.draft.telling import pieces_of

    parts = []
    for text, keys in pieces_of(sentence):
        cited = _cited(keys, page)
        parts.append(f"{' ' if text[:1] == ' ' else ''}{plain(text)}{f' {cited}' if cited else ''}")
    return "".join(parts)


def _sources(quotes: tuple[Quote, ...], page: _Page) -> list[str]:
    """What a sentence rests on, for its tooltip."""
    lines = []
    for quote in quotes[:_MOST_SOURCES]:
        title = plain(page.by_key[quote.key].title) if quote.key in page.by_key else plain(quote.key)
        if quote.source == "title":
            lines.append(say("survey.from_title", title=title))
        else:
            words = plain(quote.quote)
            lines.append(say("survey.from_abstract", title=title, start=quote.start, end=quote.end, quote=words))
    more = len(quotes) - _MOST_SOURCES
    return [*lines, say("survey.more_sources", n=more)] if more > 0 else lines


def _citations(sentence: Sentence, page: _Page) -> str:
    from survey.export.blocks import cited_keys

    return _cited(tuple(cited_keys(sentence)), page)


def _cited(keys: tuple[str, ...], page: _Page) -> str:
    cited = [_key(page.by_key[key]) for key in keys if key in page.by_key]
    return f":small[\\[{'; '.join(cited)}\\]]" if cited else ""


def _table(table: Table, page: _Page) -> None:
    """The table as Markdown, whose links open the papers' pages."""
    rows = [["", *map(plain, table.columns)], ["---"] * (len(table.columns) + 1)]
    for row in table.rows:
        key = _key(page.by_key[row.key]) if row.key in page.by_key else plain(row.key)
        rows.append([key, *(_cell(cell.text) for cell in row.cells)])
    st.markdown("\n".join(f"| {' | '.join(cells)} |" for cells in rows))


def _cell(text: str) -> str:
    from survey.bibliography import SAFE_ADDRESS, short_address

    if web_address(text) and SAFE_ADDRESS.fullmatch(text):
        return f"[{plain(short_address(text))}](<{text}>)"
    return plain(text)


def _listing(listing: Listing) -> None:
    with st.expander(say("text.papers", n=len(listing.references))):
        st.markdown("\n".join(f"- {_key(one)} {plain(one.title)}" for one in listing.references))


def _figure(figure: Figure, page: _Page) -> None:
    from survey.figures.rendering import in_scheme

    kept = page.figures.get(figure.name)
    # Drawn when the draft was written: drawing takes seconds.
    svg = kept.svg if kept else figure.render("svg").decode()
    picture = in_scheme(svg[svg.index("<svg") :], dark=page.dark)
    st.image(picture, caption=plain(figure.caption), alt=figure.caption)


def _reference(reference: Reference) -> str:
    about = plain(byline(reference.authors, reference.year, reference.venue))
    return f"- \\[{_key(reference)}\\] **{plain(reference.title)}** :gray[{about}]"


def _key(reference: Reference) -> str:
    """The reference's key, as a link to the paper's page in a new tab: the draft stays open in this one."""
    return f"[{plain(reference.key)}]({paper_address(reference.id)})"
