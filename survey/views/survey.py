"""Drafting a survey: a topic in, a draft to read and to download out. The draft is kept while the browser's tab is open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from survey.views.page import ready_workspace, require_papers, shown_errors
from survey.views.text import byline, paper_address, plain

if TYPE_CHECKING:
    from survey.draft import Draft, Reference, Sentence
    from survey.outline import Section

_FORMATS = {"md": ("Markdown", "text/markdown"), "json": ("JSON", "application/json")}


@shown_errors()
def show() -> None:
    st.title("Draft a survey", anchor=False)
    require_papers()
    with st.form("survey", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        topic = st.text_input("Topic", key="topic", placeholder="parameter-efficient fine-tuning")
        count = st.number_input("Papers at most", 2, 1000, 100, step=10, key="papers", width=160)
        asked = st.form_submit_button("Draft it", type="primary")
    if asked:
        st.session_state.pop("draft", None)
        st.session_state["draft"] = _compose(topic, int(count))
    if "draft" in st.session_state:
        _read(st.session_state["draft"])
    elif not asked:
        st.caption(
            "Every citation of the draft is a paper of your library, and every quote stands in it word for word."
        )


def _compose(topic: str, count: int) -> Draft:
    from survey.compose import compose

    bar = st.progress(0.0, "Finding papers")

    def tick(what: str, done: int, total: int) -> None:
        bar.progress(done / total, f"{what}: step {done} of {total}")

    try:
        return compose(ready_workspace(), topic, max_papers=count, progress=tick)
    finally:
        bar.empty()


def _read(draft: Draft) -> None:
    outline = draft.outline
    st.header(plain(outline.title), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        _downloads(draft)
        st.caption(
            f"{len(draft.references)} papers, {len(outline.sections)} sections, {len(draft.sentences)} sentences"
        )
    references = {reference.id: reference for reference in draft.references}
    with st.container(width=860):
        for section in outline.sections:
            _section(draft, section, (section.title,), references)
        st.subheader("References", anchor=False)
        st.markdown(
            "\n".join(
                f"- \\[{_key(reference)}\\] **{plain(reference.title)}** "
                f":gray[{plain(byline(reference.authors, reference.year, reference.venue))}]"
                for reference in draft.references
            )
        )


def _downloads(draft: Draft) -> None:
    from survey.export import exports

    name = re.sub(r"\W+", "-", draft.outline.topic.lower()).strip("-")[:60] or "survey"
    for suffix, render in exports().items():
        label, mime = _FORMATS.get(suffix, (suffix, "text/plain"))
        st.download_button(
            label, render(draft), f"{name}.{suffix}", mime, on_click="ignore", icon=":material/download:", key=suffix
        )


def _section(draft: Draft, section: Section, path: tuple[str, ...], references: dict[str, Reference]) -> None:
    if len(path) == 1:
        st.subheader(plain(section.title), anchor=False)
    else:
        st.markdown(f"##### {plain(section.title)}")
    for sentence in draft.sentences:
        if sentence.section == path:
            quoted = all(quote.source == "abstract" for quote in sentence.citations)
            text = f"“{plain(sentence.text)}”" if quoted else plain(sentence.text)
            ours = quoted and any(references[quote.id].summary_by for quote in sentence.citations)
            mark = " :small[:gray[(a summary, not the authors' words)]]" if ours else ""
            st.markdown(f"{'- ' if quoted else ''}{text} {_citations(sentence, references)}{mark}")
    if section.papers:
        with st.expander(f"{len(section.papers)} papers"):
            st.markdown(
                "\n".join(f"- {_key(references[one])} {plain(references[one].title)}" for one in section.papers)
            )
    for below in section.sections:
        _section(draft, below, (*path, below.title), references)


def _citations(sentence: Sentence, references: dict[str, Reference]) -> str:
    cited = dict.fromkeys(quote.id for quote in sentence.citations)
    return f":small[\\[{'; '.join(_key(references[one]) for one in cited)}\\]]" if cited else ""


def _key(reference: Reference) -> str:
    """The reference's key, as a link to the paper's page in a new tab: the draft stays open in this one."""
    return f"[{plain(reference.key)}]({paper_address(reference.id)})"


if __name__ == "__main__":
    show()
