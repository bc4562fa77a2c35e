"""A button that puts text on the clipboard: the browser does it, and the server hears nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from corpus.models import Paper
from survey.references import render_papers
from survey.views import FOLDER
from survey.views.language import say

_mount: Any = st.components.v2.component(
    "fourways_copy",
    html=(FOLDER / "copying.html").read_text("utf-8"),
    css=(FOLDER / "copying.css").read_text("utf-8"),
    js=(FOLDER / "copying.js").read_text("utf-8"),
)


def copy_bibtex(papers: Sequence[Paper], key: str) -> None:
    """Copies the BibTeX of these papers; `key` is unique in the page."""
    named = papers[0].title if len(papers) == 1 else str(len(papers))
    _mount(
        key=f"copy-{key}",
        data={
            "text": render_papers(papers),
            "label": say("copy.bibtex"),
            "title": say("copy.bibtex_of", name=named),
            "copied": say("copy.copied"),
            "failed": say("copy.failed"),
        },
        width="content",
        height="content",
    )
