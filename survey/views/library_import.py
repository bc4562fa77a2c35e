"""Files dropped on the page -> library, in the background; what came of each."""

from __future__ import annotations

import streamlit as st

from corpus.errors import InputError
from corpus.workspace import Workspace
from survey.importing import MOST_FILES, MOST_MB, FileReport, Imported, check_uploads, file_types, import_uploads
from survey.jobs import Job
from survey.views.harvest_text import told_citations, told_papers
from survey.views.language import say, told
from survey.views.page import ready_workspace
from survey.views.text import message
from survey.views.work import ended, failure, start, under_way

# Reasons that are shown of one file; a broken file of a million lines has as many.
_MOST_REASONS = 500


def show_import(opened: Workspace) -> None:
    """The place to drop files, the import that runs, or what the last one came to."""
    st.subheader(say("import.title"), anchor=False)
    key = f"import {opened.home.root}"
    if under_way(key):
        return
    if imported := ended(key):
        _outcome(imported)
    with st.container(border=True, key="import"):
        _form(key)


def _form(key: str) -> None:
    kinds = {"papers": say("import.papers"), "citations": say("import.citations")}
    kind = st.segmented_control(
        say("import.kind"),
        list(kinds),
        format_func=kinds.__getitem__,
        default="papers",
        required=True,
        key="import-kind",
    )
    citations = kind == "citations"
    drawn = st.session_state.setdefault("import-drawn", 0)  # a new number empties it
    uploads = st.file_uploader(
        say("import.drop_citations" if citations else "import.drop"),
        file_types(citations=citations),
        accept_multiple_files=True,
        max_upload_size=MOST_MB,
        key=f"import-files-{kind}-{drawn}",
    )
    index = st.toggle(say("import.index"), value=True, key="import-index")
    with st.container(horizontal=True, vertical_alignment="center"):
        asked = st.button(
            say("import.start"), type="primary", icon=":material/upload:", disabled=not uploads, key="import-start"
        )
        st.caption(say("import.bounds", most=MOST_FILES, size=MOST_MB))
    if not asked or not uploads:
        return
    try:
        check_uploads(uploads, citations=citations)
    except InputError as error:
        st.error(failure(error), icon=":material/error:")
        return
    st.session_state["import-drawn"] += 1
    ready = ready_workspace()

    def work(job: Job[Imported]) -> Imported:
        try:
            return import_uploads(ready, uploads, citations=citations, index=index, progress=job.progress)
        finally:
            ready.library.close()

    start(key, work)


def _outcome(imported: Imported) -> None:
    total, files = imported.total, imported.files
    failed = [one for one in files if one.failed]
    if imported.stopped:
        st.info(say("import.stopped"), icon=":material/stop_circle:")
    elif len(failed) == len(files):
        st.error(say("import.failed"), icon=":material/error:")
    elif failed or total.skipped:
        st.warning(say("import.partly"), icon=":material/warning:")
    else:
        st.success(say("import.done"), icon=":material/check_circle:")
    lines = [told_papers(total)]
    if total.citations:
        lines.append(told_citations(total))
    if total.notes:
        lines.append(say("import.new_notes", n=total.notes.get("new", 0), wanted=total.notes.get("wanted", 0)))
    if imported.embedded is not None:
        lines.append(say("library.indexed", n=imported.embedded))
    st.markdown("  \n".join(lines))
    for one in failed:
        st.markdown(f":red[:material/error:] {message(told(one.failed))}")
    _reasons(files)
    if imported.embedded is None and (total.new or total.updated or total.merged):
        st.caption(say("import.not_indexed"))


def _reasons(files: tuple[FileReport, ...]) -> None:
    skipped = [one for file in files for one in file.report.skipped]
    if not skipped:
        return
    with st.expander(say("import.skipped", n=len(skipped))):
        st.dataframe(
            [{say("import.where"): one.where, say("import.why"): told(one.why)} for one in skipped[:_MOST_REASONS]],
            hide_index=True,
        )
        if len(skipped) > _MOST_REASONS:
            st.caption(say("import.more_reasons", n=len(skipped) - _MOST_REASONS))
