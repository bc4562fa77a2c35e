"""Drafts: an outline with sentences and tables, each of which says where it comes from."""

from __future__ import annotations

from survey.draft.keys import build_keys
from survey.draft.models import Cell, Draft, Kind, Quote, Reference, Row, Sentence, Table, papers_of
from survey.draft.writing import write_draft

__all__ = [
    "Cell",
    "Draft",
    "Kind",
    "Quote",
    "Reference",
    "Row",
    "Sentence",
    "Table",
    "build_keys",
    "papers_of",
    "write_draft",
]
