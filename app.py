"""The app: its pages and how they are framed. `fourways start` serves it."""

from __future__ import annotations

import streamlit as st

from survey.views import FOLDER
from survey.views.page import show_address

# A file of ours as icon: Streamlit would fetch any other from the internet.
st.set_page_config(page_title="Fourways", page_icon=str(FOLDER / "icon.svg"), layout="wide")
st.html(FOLDER / "app.css")
page = st.navigation(
    [
        st.Page(FOLDER / "search.py", title="Search", icon=":material/search:", default=True),
        st.Page(FOLDER / "paper.py", title="Paper", icon=":material/article:"),
        st.Page(FOLDER / "graph.py", title="Idea graph", icon=":material/hub:"),
        st.Page(FOLDER / "ideas.py", title="Ideas", icon=":material/lightbulb:"),
        st.Page(FOLDER / "survey.py", title="Survey", icon=":material/edit_note:"),
        st.Page(FOLDER / "harvest.py", title="Harvest", icon=":material/cloud_download:"),
        st.Page(FOLDER / "status.py", title="Status", icon=":material/monitoring:"),
    ],
    position="top",
)
show_address(page.url_path)
page.run()
