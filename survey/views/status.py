"""What is in the library, and whether this machine has what is needed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from survey.health import check_machine, status_of
from survey.strategies import STRATEGIES
from survey.views.page import offer_index, ready_workspace, require_papers, shown_errors, workspace
from survey.views.text import message, plain

_METRICS = {
    "papers": "Papers",
    "with_abstract": "With an abstract",
    "citations": "Citations",
    "similar_pairs": "Similar pairs",
    "notes": "Notes",
    "tagged": "Tagged papers",
}


@shown_errors()
def show() -> None:
    st.title("Status", anchor=False)
    with shown_errors():
        status = status_of(ready_workspace())
        st.caption(f"Library in {plain(status['home'])}")
        _counts(status)
        if status["papers"]:
            _charts(status)
        else:
            require_papers()
    _checks()


def _counts(status: dict[str, Any]) -> None:
    for column, (field, label) in zip(st.columns(len(_METRICS)), _METRICS.items(), strict=True):
        column.metric(label, f"{status[field]:,}")
    disk = ", ".join(f"{part} {size:,.1f} MB" for part, size in status["disk_mb"].items())
    st.caption(f"Embedding model: {plain(status['model'])}, {status['vectors']:,} vectors. On disk: {disk}.")
    if status["waiting_for_index"]:
        st.warning(f"{status['waiting_for_index']:,} papers are not indexed yet.", icon=":material/pending:")
        offer_index()


def _charts(status: dict[str, Any]) -> None:
    years, strategies = st.columns(2, gap="large")
    with years:
        st.subheader("Papers by year", anchor=False)
        counts = workspace().library.counts_by("year")
        st.bar_chart([{"year": year, "papers": count} for year, count in counts], x="year", y="papers", height=320)
    with strategies:
        st.subheader("Papers by strategy", anchor=False)
        counts_by = status["papers_by_strategy"]
        rows = [
            {"strategy": strategy.en, "名称": strategy.zh, "papers": counts_by.get(key, 0)}
            for key, strategy in STRATEGIES.items()
        ]
        bar = st.column_config.ProgressColumn(format="%d", max_value=max([1, *counts_by.values()]))
        st.dataframe(rows, column_config={"papers": bar}, hide_index=True)


def _checks() -> None:
    st.subheader("This machine", anchor=False)
    # Behind a button: looking for a GPU imports torch, which takes seconds and some hundred megabytes.
    if not st.button("Check this machine", icon=":material/stethoscope:", key="check_machine"):
        return
    with st.spinner("Looking"):
        checks = list(check_machine(ready_workspace()))
    for check in checks:
        sign = (
            ":green[:material/check_circle:]"
            if check.ok
            else f":{'red' if check.needed else 'orange'}[:material/error:]"
        )
        remedy = "" if check.ok or not check.remedy else f" {message(check.remedy)}."
        st.markdown(f"{sign} **{plain(check.name)}** {plain(check.found)}{remedy}")


if __name__ == "__main__":
    show()
