"""Whether a draft stands against the library: the kept one, and a copy that somebody edited and hands in."""

from __future__ import annotations

import streamlit as st

from corpus.workspace import Workspace
from survey.checking import CheckReport
from survey.draft.models import Draft
from survey.drafts import folder_of, load_draft
from survey.drafts.proofs import MOST_MB, TYPES, by_place, check_kept, check_upload, own_of
from survey.views.language import say, told
from survey.views.page import shown_errors, workspace
from survey.views.text import plain, shortened

# Things of one place, and sentences of somebody's own, that are shown at once.
_MOST = 50


def show_check(opened: Workspace, key: str) -> None:
    """What the check says of the kept draft, and of an edited copy."""
    folder = folder_of(opened.home, key)
    report = check_kept(opened, folder)
    st.subheader(say("survey.check_of_draft"), anchor=False)
    _report(report)
    st.subheader(say("survey.check_copy"), anchor=False)
    st.caption(say("survey.check_copy_means"))
    _upload(load_draft(folder), f"copy-{key}")


def show_loose_check() -> None:
    """The place to hand in a draft that is none of the kept ones."""
    with st.expander(say("survey.check_any"), icon=":material/fact_check:"):
        st.caption(say("survey.check_any_means"))
        _upload(None, "any")


def tell_verdict(report: CheckReport, *, where: bool = False) -> None:
    """In a line whether all of it stands; with `where`, that the text and the check's page say more."""
    if report.holds:
        text = say("survey.holds", sentences=report.sentences, quotes=report.quotes, papers=report.papers)
        st.markdown(f":green[:material/verified:] {text}")
        return
    text = say("survey.holds_not", n=len(report.findings))
    st.warning(f"{text} {say('survey.marked_below')}" if where else text, icon=":material/warning:")


def _upload(draft: Draft | None, name: str) -> None:
    upload = st.file_uploader(say("survey.check_drop"), list(TYPES), max_upload_size=MOST_MB, key=f"check-{name}")
    if upload is None:
        return
    with shown_errors():
        report = check_upload(workspace(), upload.name, upload.getvalue(), draft)
        with st.container(border=True, key="checked"):
            _report(report)


def _report(report: CheckReport) -> None:
    tell_verdict(report)
    for place, findings in by_place(report).items():
        st.markdown(f"**{shortened(told(place), 300)}**")
        lines = []
        for one in findings[:_MOST]:
            kind = say(f"survey.finding_{one.kind}")
            lines.append(f"- :orange-badge[{kind}] {plain(one.text)}  \n  :gray[{plain(told(one.why))}]")
        if len(findings) > _MOST:
            lines.append(f"- {say('survey.more_findings', n=len(findings) - _MOST)}")
        st.markdown("\n".join(lines))
    if own := own_of(report):
        with st.expander(say("survey.own_sentences", n=len(own))):
            st.caption(say("survey.own_sentences_mean"))
            st.markdown("\n".join(f"- {plain(text)}" for text in own[:_MOST]))
