"""Work in the background as pages show it: how far it is, a button that stops it, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from corpus.errors import FourwaysError, HomeError
from survey.jobs import JOBS, Job, seconds_left
from survey.views.language import say, told
from survey.views.moments import roughly
from survey.views.text import message, plain

Result = TypeVar("Result")


def start(key: str, work: Callable[[Job[Result]], Result]) -> None:
    """Start the work, and draw the page anew; where another tab was quicker, that is told there."""
    try:
        JOBS.start(key, work)
    except HomeError:
        st.session_state["busy"] = key
    st.rerun()


def under_way(key: str) -> bool:
    """Draw the work of this key if it runs; says whether it does."""
    if st.session_state.get("busy") == key:
        st.session_state.pop("busy")
        st.warning(say("work.busy"), icon=":material/group:")
    job = JOBS.find(key)
    if job is None or not job.running:
        return False
    _watch(key, job)
    return True


def ended(key: str) -> Any:
    """What the work of this key came to, if it has ended well; how it ended otherwise is told."""
    job = JOBS.find(key)
    if job is None or job.running:
        return None
    if job.stopped:
        st.info(say("work.stopped"), icon=":material/stop_circle:")
    elif job.error is not None:
        st.error(failure(job.error), icon=":material/error:")
    elif job.result is None:
        st.error(say("work.broken"), icon=":material/error:")
    else:
        return job.result
    return None


def failure(error: FourwaysError | OSError) -> str:
    """What went wrong, and the remedy, as Markdown."""
    if isinstance(error, FourwaysError):
        return say("page.error", what=message(told(error.what)), remedy=message(told(error.remedy)))
    return say("page.disk", why=plain(str(error)))


def _draw(key: str, job: Job[Any]) -> None:
    if not job.running:
        st.rerun()
    with st.container(border=True, key=f"work-{_slug(key)}"):
        step = job.steps[-1] if job.steps else None
        st.progress(step.part if step else 0.0, _doing(job))
        st.button(
            say("work.stopping") if job.stopping else say("work.stop"),
            on_click=job.stop,
            disabled=job.stopping,
            icon=":material/stop_circle:",
            key=f"stop-{_slug(key)}",
        )


def _doing(job: Job[Any]) -> str:
    if not job.steps:
        return say("work.starting")
    step = job.steps[-1]
    name = plain(told(step.what))
    if step.total <= 1:
        return name
    left = seconds_left(step.part, step.heard - step.began)
    parts = [name, say("work.part", part=f"{step.part:.0%}")]
    if left is not None and step.part < 1:
        parts.append(say("work.left", time=roughly(left - (time.monotonic() - step.heard))))
    return " · ".join(parts)


def _slug(key: str) -> str:
    """Work is called by what it is and where: `index /home`."""
    return key.split(" ", 1)[0]


# Drawn anew every second, by itself. Called as a function, for the decorator has no types.
_watch: Callable[[str, Job[Any]], None] = st.fragment(_draw, run_every=1.0)
