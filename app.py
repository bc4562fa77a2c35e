"""The app: its pages and how they are framed. `fourways start` serves it."""

from __future__ import annotations

import streamlit as st

from survey.views import FOLDER
from survey.views.language import choose_language, say
from survey.views.page import show_address

# A file of ours as icon: Streamlit would fetch any other from the internet.
st.set_page_config(page_title="Fourways", page_icon=str(FOLDER / "icon.svg"), layout="wide")
st.html(FOLDER / "app.css")
choose_language()
PAGES = {
    "search": ":material/search:",
    "paper": ":material/article:",
    "graph": ":material/hub:",
    "ideas": ":material/lightbulb:",
    "probes": ":material/science:",
    "survey": ":material/edit_note:",
    "harvest": ":material/cloud_download:",
    "library": ":material/library_books:",
}
page = st.navigation(
    [
        st.Page(FOLDER / f"{name}.py", title=say(f"menu.{name}"), icon=icon, default=name == "search")
        for name, icon in PAGES.items()
    ],
    position="top",
)
show_address(page.url_path)
page.run()
