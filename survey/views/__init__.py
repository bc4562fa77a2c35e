"""The app's pages, one file each; Streamlit runs the file of the page that is shown. No logic: call, then draw."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
