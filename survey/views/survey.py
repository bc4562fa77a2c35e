"""Drafting a survey: a topic in, a draft to read, to mend and to download out. It is kept while the browser's tab is open."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from survey.views.language import say, told
from survey.views.page import ready_workspace, require_papers, shown_errors
from survey.views.text import byline, paper_address, plain, web_address

if TYPE_CHECKING:
    from corpus.report import Progress
    from survey.draft.models import Draft, Quote, Reference, Sentence, Table
    from survey.export.blocks import Block, Listing, Text
    from survey.figures import Figure

# Sources that a tooltip names.
_MOST_SOURCES = 6


@shown_errors()
def show() -> None:
    st.title(say("survey.title"), anchor=False)
    require_papers()
    with st.form("survey", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            topic = st.text_input(say("survey.topic"), key="topic", placeholder=say("survey.topic_for_example"))
            count = st.number_input(say("survey.most"), 2, 1000, 100, step=10, key="papers", width=160)
            asked = st.form_submit_button(say("survey.draft_it"), type="primary", key="draft-it")
        _options()
    if asked:
        for name in ("draft", "llm_report"):
            st.session_state.pop(name, None)
        # A new topic has its own papers to leave out.
        if topic != st.session_state.get("drafted"):
            st.session_state["left_out"] = []
        _compose(topic, int(count))
    if "draft" in st.session_state:
        _read(st.session_state["draft"])
    elif not asked:
        st.caption(say("survey.about"))


def _options() -> None:
    with st.expander(say("survey.options")):
        st.text_area(say("survey.pins"), key="pins", height=80)
        left, right = st.columns(2)
        left.text_input(say("survey.llm"), key="llm", placeholder="http://localhost:11434/v1")
        right.text_input(say("survey.llm_model"), key="llm_model")


def _compose(topic: str, count: int) -> None:
    from survey.compose import compose

    bar = st.progress(0.0, say("survey.finding"))

    def tick(what: str, done: int, total: int) -> None:
        bar.progress(min(1.0, done / max(1, total)), plain(told(what)))

    pins = [line.strip() for line in st.session_state["pins"].splitlines() if line.strip()]
    left_out = [paper_id for paper_id, _ in st.session_state.get("left_out", [])]
    opened = ready_workspace()
    try:
        draft = compose(opened, topic, max_papers=count, pins=pins, exclude=left_out, progress=tick)
        st.session_state["draft"] = _reworded(draft, tick)
        st.session_state["drafted"] = topic
    finally:
        bar.empty()


def _reworded(draft: Draft, tick: Progress) -> Draft:
    """The draft as the language model words it, if one is named; what came of that is kept beside it."""
    url, model = st.session_state["llm"].strip(), st.session_state["llm_model"].strip()
    if not url:
        return draft
    from survey.llm import load_settings, render_report, rewrite

    opened = ready_workspace()
    settings = load_settings(url, model, home=opened.home)
    papers = [opened.library.paper(reference.id) for reference in draft.references]
    reworded, report = rewrite(draft, papers, settings, tick)
    st.session_state["llm_report"] = render_report(report)
    return reworded


# ---- the draft -------------------------------------------------------------------------------------------------------


def _read(draft: Draft) -> None:
    from survey.export.blocks import REFERENCES, build_blocks, title_of

    st.header(plain(title_of(draft)), anchor=False)
    counts = {"papers": len(draft.references), "sections": len(draft.outline.sections)}
    st.caption(say("survey.counts", **counts, sentences=len(draft.sentences)))
    if report := st.session_state.get("llm_report"):
        st.info(plain(report), icon=":material/edit_note:")
    with st.container(horizontal=True):
        _downloads(draft)
    _leave_out(draft)
    by_id = {reference.id: reference for reference in draft.references}
    by_key = {reference.key: reference for reference in draft.references}
    with st.container(width=860):
        for block in build_blocks(draft):
            _block(block, by_id, by_key)
        st.subheader(REFERENCES, anchor=False)
        st.markdown("\n".join(_reference(reference) for reference in draft.references))


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


def _leave_out(draft: Draft) -> None:
    """Papers of the draft, and those left out before; the next draft goes without the chosen ones."""
    before = st.session_state.get("left_out", [])
    titles = {reference.id: reference.title for reference in draft.references} | dict(before)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(
            say("survey.leave_out"),
            sorted(titles, key=lambda one: titles[one].lower()),
            default=[paper_id for paper_id, _ in before],
            format_func=titles.__getitem__,
            placeholder=say("survey.none_left_out"),
            key=f"leave-out-{id(draft)}",
        )
        if st.button(say("survey.again"), icon=":material/refresh:", key="draft-again"):
            st.session_state["left_out"] = [(one, titles[one]) for one in chosen]
            _compose(st.session_state["drafted"], int(st.session_state["papers"]))
            st.rerun()


def _block(block: Block, by_id: dict[str, Reference], by_key: dict[str, Reference]) -> None:
    from survey.draft.models import Table
    from survey.export.blocks import Heading, Listing, Text

    if isinstance(block, Heading):
        if block.level == 1:
            st.subheader(plain(block.text), anchor=False)
        else:
            st.markdown(f"{'#' * min(block.level + 3, 6)} {plain(block.text)}")
    elif isinstance(block, Text):
        _text(block, by_id, by_key)
    elif isinstance(block, Table):
        _table(block, by_key)
    elif isinstance(block, Listing):
        _listing(block)
    else:
        _figure(block)


def _text(text: Text, by_id: dict[str, Reference], by_key: dict[str, Reference]) -> None:
    from survey.export.blocks import attribution

    if text.label:
        st.markdown(f"**{text.label}**")
    for sentence in text.sentences:
        said = plain(sentence.text)
        if text.layout in ("quotes", "problems"):
            said = f"- {plain(attribution(sentence, by_id))}: “{said}”"
        elif text.layout == "gaps":
            said = f"- {said}"
        mark = f" :small[:gray[{say('survey.smoothed')}]]" if sentence.smoothed else ""
        sources = _sources(sentence.citations, by_key)
        st.markdown(f"{said} {_citations(sentence, by_key)}{mark}", help=sources or None)


def _sources(quotes: tuple[Quote, ...], by_key: dict[str, Reference]) -> str:
    """What a sentence rests on, for its tooltip."""
    lines = []
    for quote in quotes[:_MOST_SOURCES]:
        title = plain(by_key[quote.key].title) if quote.key in by_key else plain(quote.key)
        if quote.source == "title":
            lines.append(say("survey.from_title", title=title))
        else:
            words = plain(quote.quote)
            lines.append(say("survey.from_abstract", title=title, start=quote.start, end=quote.end, quote=words))
    more = len(quotes) - _MOST_SOURCES
    return "\n\n".join([*lines, say("survey.more_sources", n=more)] if more > 0 else lines)


def _citations(sentence: Sentence, by_key: dict[str, Reference]) -> str:
    from survey.export.blocks import cited_keys

    cited = [_key(by_key[key]) for key in cited_keys(sentence) if key in by_key]
    return f":small[\\[{'; '.join(cited)}\\]]" if cited else ""


def _table(table: Table, by_key: dict[str, Reference]) -> None:
    """The table as Markdown, whose links open the papers' pages."""
    rows = [["", *map(plain, table.columns)], ["---"] * (len(table.columns) + 1)]
    for row in table.rows:
        key = _key(by_key[row.key]) if row.key in by_key else plain(row.key)
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


def _figure(figure: Figure) -> None:
    from survey.figures.rendering import in_scheme

    svg = figure.render("svg").decode()
    st.image(in_scheme(svg[svg.index("<svg") :], dark=st.context.theme.type == "dark"), caption=plain(figure.caption))


def _reference(reference: Reference) -> str:
    about = plain(byline(reference.authors, reference.year, reference.venue))
    return f"- \\[{_key(reference)}\\] **{plain(reference.title)}** :gray[{about}]"


def _key(reference: Reference) -> str:
    """The reference's key, as a link to the paper's page in a new tab: the draft stays open in this one."""
    return f"[{plain(reference.key)}]({paper_address(reference.id)})"


if __name__ == "__main__":
    show()
