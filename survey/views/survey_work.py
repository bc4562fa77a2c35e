"""What the survey pages share: what work on a survey is called, and changes that are told where they cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import streamlit as st

from corpus.errors import FourwaysError
from corpus.workspace import Workspace
from survey.drafts import Survey
from survey.drafts.steps import Step
from survey.views.work import failure


class Run(Protocol):
    """Starts the steps of a survey until one, in the background; with `anew` that one in any case."""

    def __call__(self, until: Step, anew: bool = False) -> None: ...


def survey_work(opened: Workspace, key: str) -> str:
    """What work on this survey in the background is called."""
    return f"survey {opened.home.root} {key}"


def change(act: Callable[[], Survey]) -> None:
    """Change the survey, and draw the page anew; where it cannot be, that is told there."""
    try:
        act()
    except FourwaysError as error:
        refuse(error)
    st.rerun()


def refuse(error: FourwaysError) -> None:
    """Have it told when the page is drawn anew."""
    st.session_state["survey-refused"] = failure(error)


def tell_refused() -> None:
    """Why the last change could not be."""
    if refused := st.session_state.pop("survey-refused", None):
        st.warning(refused, icon=":material/block:")
